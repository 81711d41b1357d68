//! An authorization code's row, and the challenge that binds it to the one who asked (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::id::{ClientId, GrantId, TeamId, UserId};
use crate::people::SignIn;
use crate::scope::ScopeSet;
use crate::secret::Digest;
use crate::time::{Span, Time};

/// How long a redeemed or expired code's row is kept, so that a second redemption is recognised.
pub const CODE_KEPT: Span = Span::from_seconds(3_600);

/// A code's row; the code itself is known to the browser and the client only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Code {
    /// Digest of the code.
    pub digest: Digest,
    /// Who may redeem it.
    pub client: ClientId,
    /// The client's team.
    pub team: TeamId,
    /// Who consented.
    pub user: UserId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the authorization request named that address.
    pub redirect_uri_named: bool,
    /// What was consented to.
    pub scope: ScopeSet,
    /// For which resources.
    pub resources: Vec<String>,
    /// What the verifier must hash to.
    pub challenge: Challenge,
    /// The epochs of the sign-in.
    pub sign_in: SignIn,
    /// The client's epoch at the consent.
    pub client_epoch: u32,
    /// When it was made.
    pub created_at: Time,
    /// Until when it may be redeemed.
    pub expires_at: Time,
    /// When it was redeemed, and the grant that began then.
    pub redeemed: Option<(Time, GrantId)>,
}

/// An `S256` challenge; `plain` is not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Challenge(pub [u8; 32]);

impl Challenge {
    /// Reads the base64url text of the challenge.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Whether this verifier belongs to the challenge (RFC 7636 section 4.6).
    pub fn is_answered_by(&self, verifier: &str) -> bool {
        let form = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        (43..=128).contains(&verifier.len())
            && verifier.bytes().all(form)
            && Digest::of(verifier.as_bytes()).0 == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636 appendix B.
    #[test]
    fn the_rfc_example_fits() {
        let challenge = Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.is_answered_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.is_answered_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!challenge.is_answered_by("short"));
        assert!(Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw").is_none());
    }
}
