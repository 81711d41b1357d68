//! Texts of failures that nothing matches: seen, exported as signatures to be filled in, removed.

use evergrant_core::Change;
use evergrant_core::held::unmatched::Unmatched;
use evergrant_core::id::UnmatchedId;
use evergrant_core::issued::personal::Ability;
use evergrant_store::{Page, PageRequest};

use crate::held::signatures::draft;
use crate::manage::Caller;
use crate::{Failure, Service, Wrong};

fn not_found(name: &str) -> Failure {
    Wrong::NotFound {
        kind: "unmatched text",
        name: name.to_owned(),
    }
    .into()
}

impl Service {
    /// The texts of the caller's team, those first that were met last.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn unmatched(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<Unmatched>, Failure> {
        caller.need(&Ability::Read)?;
        Ok(self.store.unmatched(caller.team, page).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// When there is none, or the caller may not.
    pub async fn unmatched_text(&self, caller: &Caller, id: &str) -> Result<Unmatched, Failure> {
        caller.need(&Ability::Read)?;
        let parsed = UnmatchedId::parse(id).map_err(|_| not_found(id))?;
        let found = self.store.unmatched_text(caller.team, parsed).await?;
        found.ok_or_else(|| not_found(id))
    }

    /// One of them, or all, as signatures whose cause is to be filled in, and how many.
    ///
    /// # Errors
    /// When there is none of that id, or the caller may not.
    pub async fn unmatched_signatures(
        &self,
        caller: &Caller,
        id: Option<&str>,
    ) -> Result<(String, u64), Failure> {
        caller.need(&Ability::Read)?;
        if let Some(id) = id {
            return Ok((draft(&self.unmatched_text(caller, id).await?), 1));
        }
        let (mut text, mut count) = (String::new(), 0);
        let mut page = PageRequest::default();
        loop {
            let found = self.store.unmatched(caller.team, &page).await?;
            for it in &found.items {
                if count > 0 {
                    text.push('\n');
                }
                text.push_str(&draft(it));
                count += 1;
            }
            match found.next {
                Some(next) => page.after = Some(next),
                None => return Ok((text, count)),
            }
        }
    }

    /// Forgets one of them. Met again, it is counted anew.
    ///
    /// # Errors
    /// When there is none, or the caller may not.
    pub async fn remove_unmatched(&self, caller: &Caller, id: &str) -> Result<Unmatched, Failure> {
        caller.need(&Ability::Admin)?;
        let found = self.unmatched_text(caller, id).await?;
        let removed = Change::UnmatchedRemoved {
            team: caller.team,
            unmatched: found.id,
        };
        self.end_well(self.write(caller.who(), vec![removed]).await)?;
        Ok(found)
    }
}
