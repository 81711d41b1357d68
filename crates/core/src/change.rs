//! The spine: every change to the world, one variant each. The store's writes, the audit journal
//! and later the notices and the history pages are made from it.

use crate::held::grant::Grant as HeldGrant;
use crate::held::read::Read;
use crate::held::unmatched::Sighting;
use crate::held::{Account, Attempt, Connection, Consent, ConsentSecrets, Integration};
use crate::held::{RawAnswer, Standing, Tokens};
use crate::id::{
    AttemptId, ClientId, ConnectionId, GrantId, IntegrationId, KeyId, PersonalTokenId,
    RevocationId, TeamId, UnmatchedId, UserId,
};
use crate::issued::client::Algorithm;
use crate::issued::presenter::Entry;
use crate::issued::{
    Absence, Client, Code, Grant, Incident, Nonce, PersonalToken, Reason, Rotation,
};
use crate::people::{Effect, EpochSubject, Role, Session, Team, User};
use crate::secret::{Digest, Secret};
use crate::time::Time;

/// Who does something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Actor {
    /// A person, in a browser.
    User(UserId),
    /// A person's token.
    PersonalToken(UserId, PersonalTokenId),
    /// A client at one of the OAuth endpoints.
    Client(ClientId),
    /// Whoever has the store and its key: the command line on the machine itself.
    Operator,
    /// We ourselves.
    System,
}

/// A password in the only form in which it is kept: an Argon2id hash in PHC notation.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// One change. Each names what it expects to find, so that a commit on a world that moved on is
/// refused whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// An access token, and all older ones of its grant, are given back.
    AccessFloorRaised {
        /// The grant.
        grant: GrantId,
        /// The lowest generation that lives.
        floor: u64,
    },
    /// A held grant's attempt goes a step further.
    AttemptAdvanced {
        /// The revision that was seen.
        seen: u64,
        /// The attempt, one revision later.
        to: Box<Attempt>,
    },
    /// A held grant's generation gets its attempt; it had none that binds it.
    AttemptClaimed(Box<Attempt>),
    /// An answer is kept as it came, sealed.
    AnswerKept {
        /// Whose.
        attempt: AttemptId,
        /// To which send, counted from 0.
        send: usize,
        /// When it came.
        at: Time,
        /// What came.
        answer: Box<RawAnswer>,
    },
    /// A kept answer was judged and is needed no more.
    AnswerShredded {
        /// Whose.
        attempt: AttemptId,
        /// To which send.
        send: usize,
    },
    /// A client is registered.
    ClientAdded(Box<Client>),
    /// A client is removed.
    ClientRemoved {
        /// The client.
        client: ClientId,
        /// When.
        at: Time,
    },
    /// A client gets another secret.
    ClientSecretSet {
        /// The client.
        client: ClientId,
        /// Digest of the new secret.
        secret: Digest,
    },
    /// A person consented.
    CodeMade(Box<Code>),
    /// A code is redeemed; it was not before.
    CodeRedeemed {
        /// The code.
        digest: Digest,
        /// When.
        at: Time,
        /// The grant that begins.
        grant: GrantId,
    },
    /// A connection is bound to the account that consented.
    ConnectionBound {
        /// Which.
        connection: ConnectionId,
        /// The version that was seen.
        seen: u64,
        /// To whom.
        account: Account,
    },
    /// A connection is made, with its first grant and what is known of it.
    ConnectionMade(Box<Connection>, Box<HeldGrant>, Tokens),
    /// A connection's state, count of failures and next date change.
    ConnectionMoved {
        /// Which.
        connection: ConnectionId,
        /// The version that was seen.
        seen: u64,
        /// What it is now.
        to: Box<Standing>,
    },
    /// A person is sent to a provider.
    ConsentBegun(Box<Consent>, ConsentSecrets),
    /// A person comes back from a provider with a code; nobody did before.
    ConsentSpent {
        /// The digest of the `state`.
        state: Digest,
        /// When.
        at: Time,
        /// What is kept of it now; nothing, if the person said no.
        secrets: ConsentSecrets,
    },
    /// An epoch is raised from the value that was seen. With [`Effect::Keep`], what remembers that
    /// value is stamped anew.
    EpochRaised {
        /// Whose.
        subject: EpochSubject,
        /// The value that was seen.
        from: u32,
        /// Why.
        cause: Reason,
        /// What becomes of what lives.
        effect: Effect,
    },
    /// A grant begins.
    GrantBegun(Box<Grant>),
    /// A grant ends; it had not ended before.
    GrantEnded {
        /// The grant.
        grant: GrantId,
        /// When.
        at: Time,
        /// Why.
        reason: Reason,
    },
    /// The last refresh token of a grant is presented again.
    GrantRetried {
        /// The grant.
        grant: GrantId,
        /// The generation and nonce that were seen.
        at: (u64, Nonce),
        /// Who it was.
        presenter: Entry,
    },
    /// A grant's counter moves.
    GrantRotated {
        /// The grant.
        grant: GrantId,
        /// The generation and nonce that were seen.
        from: (u64, Nonce),
        /// Whether retries were seen in that generation.
        retried: bool,
        /// The new length of the chain of retried generations.
        chain: u32,
        /// The new rotation.
        to: Rotation,
        /// Who it was.
        presenter: Entry,
    },
    /// An incident is opened, or seen once more.
    IncidentSeen(Box<Incident>),
    /// We registered with a provider.
    IntegrationAdded(Box<Integration>, Option<Secret>),
    /// A registration is forgotten; no connection needs it.
    IntegrationRemoved {
        /// Which.
        integration: IntegrationId,
        /// When.
        at: Time,
    },
    /// A registration gets another client secret.
    IntegrationSecretSet {
        /// Which.
        integration: IntegrationId,
        /// The secret.
        secret: Secret,
    },
    /// A refresh token, signing or data key is made.
    KeyMade {
        /// Its id.
        key: KeyId,
        /// Its kind.
        kind: KeyKind,
        /// From when on it makes tokens; known to everybody before.
        active_from: Time,
        /// When.
        at: Time,
        /// The public half as a JWK, for keys that have one.
        public: Option<String>,
        /// The private half, sealed by the store before it is written.
        private: Secret,
    },
    /// A key makes no tokens any more and is forgotten after a while.
    KeyRetired {
        /// The key.
        key: KeyId,
        /// When.
        at: Time,
        /// Until when it verifies.
        verifies_until: Time,
    },
    /// A person's password is set.
    PasswordSet {
        /// Whose.
        user: UserId,
        /// The hash.
        hash: PasswordHash,
    },
    /// A personal access token is deleted.
    PersonalTokenDeleted {
        /// The token.
        token: PersonalTokenId,
    },
    /// A personal access token is made.
    PersonalTokenMade(Box<PersonalToken>),
    /// A personal access token is used.
    PersonalTokenUsed {
        /// The token.
        token: PersonalTokenId,
        /// When.
        at: Time,
    },
    /// Readers saw tokens.
    ReadsNoted(Vec<Read>),
    /// A grant is to be ended at its provider.
    RevocationDue {
        /// Of which connection.
        connection: ConnectionId,
        /// The grant.
        grant: GrantId,
        /// What to end it with.
        tokens: Tokens,
    },
    /// A grant was ended at its provider, or that is given up.
    RevocationEnded {
        /// Which.
        revocation: RevocationId,
        /// Whether the provider agreed.
        done: bool,
    },
    /// A grant could not be ended at its provider yet.
    RevocationPutOff {
        /// Which.
        revocation: RevocationId,
        /// How many tries that were.
        tries: u32,
        /// When to try again.
        due_at: Time,
    },
    /// A second answer to one refresh is kept beside the first, or takes its place.
    RunnerUpKept {
        /// What is known of the grant then.
        grant: Box<HeldGrant>,
        /// What came.
        tokens: Tokens,
        /// Whether it takes the place of the first.
        swap: bool,
    },
    /// A browser signs out, or is signed out.
    SessionEnded {
        /// Its cookie's digest.
        digest: Digest,
    },
    /// A browser is signed in.
    SessionOpened(Box<Session>),
    /// We served until now; if there was a gap before, it is remembered.
    Served {
        /// The value that was seen.
        seen: Time,
        /// Now.
        at: Time,
        /// The gap.
        absence: Option<Absence>,
    },
    /// The store gets its first team; it had none before.
    StoreSetUp,
    /// A team is made.
    TeamMade(Box<Team>),
    /// A held grant's next generation is there.
    TokensApplied {
        /// The generation that was seen.
        from: u64,
        /// What is known of the grant now.
        grant: Box<HeldGrant>,
        /// Its tokens.
        tokens: Tokens,
    },
    /// The tokens of a held grant are forgotten.
    TokensShredded {
        /// Which.
        grant: GrantId,
    },
    /// A text of a failure is forgotten.
    UnmatchedRemoved {
        /// Whose.
        team: TeamId,
        /// Which.
        unmatched: UnmatchedId,
    },
    /// A text of a failure was seen that nothing matches.
    UnmatchedSeen(Box<Sighting>),
    /// A user is added to a team, with a password if one was set.
    UserAdded(Box<User>, Option<PasswordHash>),
    /// A user is removed.
    UserRemoved {
        /// Who.
        user: UserId,
        /// When.
        at: Time,
    },
    /// A user's role in a team changes.
    UserRoleSet {
        /// Who.
        user: UserId,
        /// Where.
        team: TeamId,
        /// The new role.
        role: Role,
    },
    /// A user is suspended, or may sign in again.
    UserSuspended {
        /// Who.
        user: UserId,
        /// Since when; `None` lifts it.
        at: Option<Time>,
    },
}

/// The kinds of keys that the store keeps sealed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyKind {
    /// Makes and verifies refresh tokens.
    RefreshToken,
    /// Signs access tokens with this algorithm.
    Signing(Algorithm),
}

impl KeyKind {
    /// The name in the store, the API and the CLI.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh",
            Self::Signing(algorithm) => algorithm.as_str(),
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "refresh" {
            return Some(Self::RefreshToken);
        }
        Algorithm::parse(text).map(Self::Signing)
    }
}
