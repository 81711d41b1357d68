//! Integrations: our own registrations at providers.

use crate::Time;
use crate::held::provider::{ClientAuth, Endpoints, Provider, Renewal, RevocationEnds};
use crate::held::provider::{Revocation, RevocationHow};
use crate::held::replay::ReplayPolicy;
use crate::id::{IntegrationId, TeamId};

/// Our registration at a provider. Its secret is kept apart, sealed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Integration {
    /// Its id.
    pub id: IntegrationId,
    /// Whose it is.
    pub team: TeamId,
    /// What it is called here.
    pub name: String,
    /// The key of the provider in the catalogue.
    pub provider: String,
    /// Our `client_id` there.
    pub client_id: String,
    /// Whether there is a client secret.
    pub has_secret: bool,
    /// The scopes that are asked for, in order.
    pub scopes: Vec<String>,
    /// What is different here from the catalogue.
    pub overrides: Overrides,
    /// When it was made.
    pub created_at: Time,
}

/// What an integration says instead of the catalogue.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Overrides {
    /// What stands for `{host}` in the provider's addresses.
    pub host: Option<String>,
    /// Addresses.
    pub endpoints: Endpoints,
    /// What becomes of a refresh token that is used twice.
    pub replay: Option<ReplayPolicy>,
    /// How we authenticate.
    pub client_auth: Option<ClientAuth>,
    /// That its answers to authorization requests carry `iss`, as its metadata says (RFC 9207
    /// section 3).
    pub sends_issuer: bool,
}

impl Integration {
    /// The provider as this integration meets it.
    #[must_use]
    pub fn provider(&self, base: Provider) -> Provider {
        let mut it = base;
        // A server that is in no catalogue is called as whoever added it called it.
        if it.key == Provider::generic().key {
            it.name.clone_from(&self.name);
        }
        let over = &self.overrides;
        let mine = &over.endpoints;
        let theirs = &mut it.endpoints;
        let fields = [
            (&mut theirs.authorization, &mine.authorization),
            (&mut theirs.token, &mine.token),
            (&mut theirs.refresh, &mine.refresh),
            (&mut theirs.revocation, &mine.revocation),
            (&mut theirs.device, &mine.device),
            (&mut theirs.userinfo, &mine.userinfo),
            (&mut theirs.issuer, &mine.issuer),
        ];
        for (field, other) in fields {
            if other.is_some() {
                field.clone_from(other);
            }
            if let (Some(url), Some(host)) = (field.as_mut(), &over.host) {
                *url = url.replace("{host}", host);
            }
        }
        // Whoever names another token endpoint means another server: its habits are not known.
        if mine.token.is_some() && it.key != "generic" {
            it.renewal = Renewal::RefreshToken;
            it.replay = ReplayPolicy::Strict;
        }
        if let Some(replay) = over.replay {
            it.replay = replay;
        }
        if let Some(auth) = over.client_auth {
            it.client_auth = auth;
        }
        it.sends_issuer |= over.sends_issuer;
        if !self.has_secret {
            it.client_auth = ClientAuth::None;
        }
        if it.endpoints.revocation.is_none() {
            it.revocation = Revocation {
                how: RevocationHow::None,
                ends: RevocationEnds::Unknown,
            };
        }
        it
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Chance;

    #[test]
    fn a_server_in_no_catalogue_is_called_as_whoever_added_it_called_it() {
        let integration = Integration {
            id: IntegrationId::new(Time::default(), Chance([0; 16])),
            team: TeamId::new(Time::default(), Chance([0; 16])),
            name: "acme".into(),
            provider: "generic".into(),
            client_id: "x".into(),
            has_secret: false,
            scopes: Vec::new(),
            overrides: Overrides::default(),
            created_at: Time::default(),
        };
        let generic = integration.provider(Provider::generic());
        assert_eq!(generic.name, "acme");
        let known = Provider {
            key: "xero".into(),
            name: "Xero".into(),
            ..Provider::generic()
        };
        assert_eq!(integration.provider(known).name, "Xero");
    }
}
