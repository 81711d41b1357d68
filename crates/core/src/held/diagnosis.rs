//! Why something failed: cause, party, confidence, next step. It explains; it never steers.

use crate::Time;

/// Declares an enum whose variants are words of the API.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $($(#[$inner])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in the store, the API and the CLI.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads the word.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What happened.
    Cause {
        /// The grant came to an end that was fixed from the start.
        HardLifetimeLimit = "hard_lifetime_limit",
        /// Nobody used it for too long.
        IdleExpiry = "idle_expiry",
        /// The person changed their password.
        PasswordChanged = "password_changed",
        /// A second factor was switched on, or is asked for.
        MfaEnabledOrRequired = "mfa_enabled_or_required",
        /// The person removed the app.
        UserRevoked = "user_revoked",
        /// An admin removed the person.
        UserRemovedByAdmin = "user_removed_by_admin",
        /// A policy of their admin forbids it.
        AdminPolicyBlocked = "admin_policy_blocked",
        /// The provider ended it for safety.
        PlatformSecurityEvent = "platform_security_event",
        /// A one-time token was used twice.
        RefreshTokenReused = "refresh_token_reused",
        /// A newer token took its place.
        RefreshTokenSuperseded = "refresh_token_superseded",
        /// The provider's answer to a refresh was lost on the way.
        ResponseLost = "response_lost",
        /// A scope is missing, or is not what it was.
        ScopeMissingOrChanged = "scope_missing_or_changed",
        /// Consent is needed.
        ConsentRequired = "consent_required",
        /// The account is not confirmed, or switched off.
        AccountUnconfirmedOrDisabled = "account_unconfirmed_or_disabled",
        /// Our registration at the provider is wrong.
        AppOrClientMisconfigured = "app_or_client_misconfigured",
        /// The app is in testing, where grants are short.
        AppInTestingMode = "app_in_testing_mode",
        /// Only the access token ended.
        AccessTokenExpired = "access_token_expired",
        /// A consent is not finished.
        AuthorizationPendingOrCodeProblem = "authorization_pending_or_code_problem",
        /// Clocks disagree.
        ClockSkew = "clock_skew",
        /// Too many requests.
        RateLimited = "rate_limited",
        /// The provider is away.
        ProviderOutage = "provider_outage",
        /// The way to the provider is broken.
        NetworkOrProxy = "network_or_proxy",
        /// An answer that nobody can read.
        MalformedResponse = "malformed_response",
        /// It can't be told.
        Unknown = "unknown",
    }
}

words! {
    /// Who must act.
    Party {
        /// Nobody: it mends itself.
        Nobody = "nobody",
        /// The person whose account it is.
        EndUser = "end_user",
        /// An admin of their organisation.
        AccountAdmin = "account_admin",
        /// Whoever registered the app at the provider.
        AppDeveloper = "app_developer",
        /// Whoever runs this evergrant.
        Operator = "operator",
    }
}

words! {
    /// How sure it is.
    Confidence {
        /// The provider, or our own journal, says so.
        Certain = "certain",
        /// Everything points there.
        Likely = "likely",
        /// Other causes look the same.
        Ambiguous = "ambiguous",
    }
}

/// Why something failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnosis {
    /// What happened.
    pub cause: Cause,
    /// What else it may be, most likely first.
    pub also_possible: Vec<Cause>,
    /// Who must act.
    pub party: Party,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether it passes, and the same grant works again.
    pub transient: bool,
    /// What to do next, where it is not what one does after such a cause.
    pub advice: Option<String>,
    /// What was seen: sentences fit to be shown.
    pub evidence: Vec<String>,
    /// The dates that the provider's answer carries, in order.
    pub dates: Vec<Time>,
    /// What the failure is counted by: the code of the refusal or, where it had none, its status.
    pub code: Option<String>,
    /// When it was seen, of what came as an answer.
    pub at: Option<Time>,
}

impl Diagnosis {
    /// A diagnosis of which no more is known.
    pub const fn new(
        cause: Cause,
        party: Party,
        confidence: Confidence,
        evidence: Vec<String>,
    ) -> Self {
        Self {
            cause,
            also_possible: Vec::new(),
            party,
            confidence,
            transient: cause.passes(party),
            advice: None,
            evidence,
            dates: Vec::new(),
            code: None,
            at: None,
        }
    }

    /// What happened, in one sentence for people. `provider` is what people call it.
    pub fn summary(&self, provider: Option<&str>) -> String {
        let they = provider.unwrap_or("the provider");
        match (self.cause, self.party) {
            (Cause::AccessTokenExpired, Party::EndUser) => format!(
                "The access token of {they} has ended, and there is nothing to renew it with."
            ),
            _ => self.cause.summary(provider),
        }
    }

    /// What to do next, in one sentence.
    pub fn next_step(&self) -> &str {
        match &self.advice {
            Some(advice) => advice,
            None => self.cause.next_step(self.party),
        }
    }
}
