//! Causes in sentences: what happened, and what to do next.

use crate::held::diagnosis::{Cause, Confidence, Party};

/// What happened, where `{they}` is the provider.
const SENTENCES: [(Cause, &str); 24] = [
    (
        Cause::HardLifetimeLimit,
        "The grant at {they} came to an end that was fixed from the start.",
    ),
    (
        Cause::IdleExpiry,
        "The grant at {they} ended because nobody used it for too long.",
    ),
    (
        Cause::PasswordChanged,
        "The person's password at {they} changed, and that ended the grant.",
    ),
    (
        Cause::MfaEnabledOrRequired,
        "A second factor is asked for at {they}, which only a person can give.",
    ),
    (
        Cause::UserRevoked,
        "The grant at {they} was taken back, most likely by the person who \
         gave it.",
    ),
    (
        Cause::UserRemovedByAdmin,
        "An admin removed the person or their role at {they}.",
    ),
    (
        Cause::AdminPolicyBlocked,
        "A policy of the organisation at {they} forbids this.",
    ),
    (
        Cause::PlatformSecurityEvent,
        "The grant or the account was stopped by {they} for safety.",
    ),
    (
        Cause::RefreshTokenReused,
        "A refresh token that {they} accepts only once was used a second time.",
    ),
    (
        Cause::RefreshTokenSuperseded,
        "A newer refresh token of {they} took the place of this one.",
    ),
    (
        Cause::ResponseLost,
        "The answer of {they} to a refresh was lost on the way, and the \
         token it replaced no longer works; nobody did anything wrong.",
    ),
    (
        Cause::ScopeMissingOrChanged,
        "The grant at {they} does not have a scope that is needed.",
    ),
    (
        Cause::ConsentRequired,
        "A person has not consented to this at {they}, or no longer.",
    ),
    (
        Cause::AccountUnconfirmedOrDisabled,
        "The account at {they} is not confirmed, or switched off.",
    ),
    (
        Cause::AppOrClientMisconfigured,
        "The app itself is refused by {they}: its id, secret, address or \
         settings are wrong.",
    ),
    (
        Cause::AppInTestingMode,
        "The app is in testing at {they}, where grants are short or for \
         few people.",
    ),
    (
        Cause::AccessTokenExpired,
        "The access token of {they} has ended, as they all do; a refresh \
         brings the next.",
    ),
    (
        Cause::AuthorizationPendingOrCodeProblem,
        "A consent at {they} is not finished, or its code came too late or \
         twice.",
    ),
    (
        Cause::ClockSkew,
        "The clock of this machine and that of {they} disagree.",
    ),
    (
        Cause::RateLimited,
        "There were too many requests for {they}.",
    ),
    (
        Cause::ProviderOutage,
        "There is trouble on the side of {they}.",
    ),
    (
        Cause::NetworkOrProxy,
        "The way to {they} is broken: network, proxy or certificates.",
    ),
    (
        Cause::MalformedResponse,
        "What came back is no answer that {they} should give.",
    ),
    (Cause::Unknown, "The refresh failed, and nobody said why."),
];

impl Cause {
    /// Whether it passes: the same grant works again once it is over.
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::AccessTokenExpired
                | Self::AuthorizationPendingOrCodeProblem
                | Self::ClockSkew
                | Self::MalformedResponse
                | Self::NetworkOrProxy
                | Self::ProviderOutage
                | Self::RateLimited
        )
    }

    /// Whether it passes, where this party must act: what waits for a person does not.
    pub const fn passes(self, party: Party) -> bool {
        match self {
            Self::AccessTokenExpired | Self::AuthorizationPendingOrCodeProblem => {
                matches!(party, Party::Nobody)
            }
            cause => cause.is_transient(),
        }
    }

    /// What happened, in one sentence. `provider` is what people call whoever said so.
    pub fn summary(self, provider: Option<&str>) -> String {
        let sentence = SENTENCES.iter().find(|(cause, _)| *cause == self);
        let sentence = sentence.map_or("", |(_, sentence)| *sentence);
        sentence.replace("{they}", provider.unwrap_or("the provider"))
    }

    /// What to do next, in one sentence.
    pub const fn next_step(self, party: Party) -> &'static str {
        match (self, party) {
            (Self::AccessTokenExpired, Party::Nobody) => {
                "Nothing: refresh the access token; only if that is refused, renew the connection."
            }
            (Self::RateLimited, _) => {
                "Wait as long as the provider says, then try again, less often."
            }
            (Self::ProviderOutage, _) => {
                "Nothing: it is tried again by itself; look at the provider's status page if \
                 it lasts."
            }
            (Self::NetworkOrProxy, _) => {
                "Look at this machine's names, proxy, firewall and certificates, then try again."
            }
            (Self::ClockSkew, _) => {
                "Set this machine's clock by the network (NTP), then try again."
            }
            (Self::MalformedResponse, _) => {
                "Look at who answered: a proxy, a sign-in page or a wrong address; then try again."
            }
            (Self::AuthorizationPendingOrCodeProblem, Party::Nobody) => {
                "Nothing: the consent goes on; ask again as often as the provider allows."
            }
            (Self::AuthorizationPendingOrCodeProblem, _) => {
                "Start the consent anew, and use its code at once and once only."
            }
            (Self::AppOrClientMisconfigured, _) => {
                "Compare client id, secret, redirect address and settings with those at the \
                 provider."
            }
            (Self::AppInTestingMode, _) => {
                "Publish the app at the provider, or add the person as a tester; then renew the \
                 connection."
            }
            (Self::RefreshTokenReused | Self::RefreshTokenSuperseded, _) => {
                "Renew the connection, and see to it that one program alone refreshes it."
            }
            (Self::ScopeMissingOrChanged, _) => {
                "Authorize again, and let the person agree to all scopes that are asked for."
            }
            (Self::MfaEnabledOrRequired, _) => {
                "Renew the connection: sign in at the provider with the second factor."
            }
            (Self::PlatformSecurityEvent, _) => {
                "Sign in at the provider's own site, follow what it asks for, then renew the \
                 connection."
            }
            (Self::AccountUnconfirmedOrDisabled, Party::EndUser) => {
                "Confirm or unlock the account at the provider's own site, then renew the \
                 connection."
            }
            (_, Party::AccountAdmin) => {
                "Ask an admin of the organisation to allow the app or the person; then renew the \
                 connection."
            }
            (Self::Unknown, Party::Nobody) => "Nothing: it is tried again by itself.",
            (_, Party::Operator) => "Look at this server's network, clock and settings.",
            (_, Party::AppDeveloper) => "Look at the app's registration at the provider.",
            (_, Party::Nobody) => "Nothing: it is tried again by itself.",
            (_, Party::EndUser) => "Renew the connection: let its owner authorize it anew.",
        }
    }
}

impl Confidence {
    /// How sure that is, in words for people.
    pub const fn degree(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Ambiguous => "open: other causes look the same",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_sentence_with_the_provider_in_it() {
        for cause in Cause::ALL {
            let sentence = cause.summary(Some("Xero"));
            assert!(sentence.ends_with('.'), "{cause:?}");
            assert_eq!(
                sentence.contains("Xero"),
                *cause != Cause::Unknown,
                "{sentence}"
            );
        }
    }
}
