//! Guides as the command line shows them: as JSON, as text for people, and as the documents in
//! `docs/guides`.

pub(crate) mod document;
mod shown;
mod text;

pub(crate) use shown::{BrowserShown, GuideList, GuideShown};
