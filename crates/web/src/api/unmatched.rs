//! Texts of failures that nothing matches.

use evergrant_service::core::held::unmatched::Unmatched;
use evergrant_service::{Caller, Failure, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::values::{Listing, Moment, number, page};

/// A text of a failure that nothing matches. It is masked, and what differs each time is `#`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Unmatched)]
pub struct UnmatchedShown {
    /// Its id.
    pub unmatched_id: String,
    /// The key of the provider.
    pub provider: String,
    /// The HTTP status that it came with last.
    pub http_status: u16,
    /// The text.
    pub text: String,
    /// When it was seen first.
    pub first_seen_at: Moment,
    /// When it was seen last. A year later it is forgotten.
    pub last_seen_at: Moment,
    /// How often it was seen.
    pub count: u64,
}

impl From<Unmatched> for UnmatchedShown {
    fn from(it: Unmatched) -> Self {
        Self {
            unmatched_id: it.id.to_string(),
            provider: it.provider,
            http_status: it.status,
            text: it.text,
            first_seen_at: Moment(it.first_at),
            last_seen_at: Moment(it.last_at),
            count: it.count,
        }
    }
}

/// Lists them.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUnmatched {
    /// The `next` of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most, 1 to 200; 200 if nothing is said.
    #[serde(
        default,
        deserialize_with = "number",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl Act for ListUnmatched {
    type Answer = Listing<UnmatchedShown>;
    const NAME: &'static str = "list_unmatched";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/unmatched";
    const SUMMARY: &'static str =
        "Lists the texts of failures that nothing matches, those first that were met last.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let asked = page(self.after, self.limit)?;
        let found = service.unmatched(caller, &asked).await?;
        Ok(found.map(UnmatchedShown::from).into())
    }
}

/// Shows one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowUnmatched {
    /// Its id.
    pub id: String,
}

impl Act for ShowUnmatched {
    type Answer = UnmatchedShown;
    const NAME: &'static str = "show_unmatched";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/unmatched/{id}";
    const SUMMARY: &'static str = "Shows a text of failures that nothing matches.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        Ok(service.unmatched_text(caller, &self.id).await?.into())
    }
}

/// Texts as signatures.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = UnmatchedSignatures)]
pub struct UnmatchedExported {
    /// TOML in the form of the files of signatures; words, cause, party and confidence are to be
    /// filled in.
    pub signatures: String,
    /// How many.
    pub count: u64,
}

/// Exports one, or all, as signatures to be filled in.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportUnmatched {
    /// The id of one; all, if none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Act for ExportUnmatched {
    type Answer = UnmatchedExported;
    const NAME: &'static str = "export_unmatched";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/unmatched-signatures";
    const SUMMARY: &'static str =
        "Exports texts of failures that nothing matches as signatures to be filled in.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let id = self.id.as_deref();
        let (signatures, count) = service.unmatched_signatures(caller, id).await?;
        Ok(UnmatchedExported { signatures, count })
    }
}

/// Removes one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveUnmatched {
    /// Its id.
    pub id: String,
}

impl Act for RemoveUnmatched {
    type Answer = UnmatchedShown;
    const NAME: &'static str = "remove_unmatched";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/unmatched/{id}";
    const SUMMARY: &'static str =
        "Forgets a text of failures that nothing matches; met again, it is counted anew.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        Ok(service.remove_unmatched(caller, &self.id).await?.into())
    }
}
