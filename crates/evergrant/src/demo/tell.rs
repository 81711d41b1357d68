//! What the demo says, step by step, and what to look at.

use std::path::Path;

use evergrant_web::service::core::Secret;

use crate::output;

/// Counts the steps and prints them.
pub(super) struct Teller {
    step: u32,
    checks: u32,
}

impl Teller {
    pub(super) fn begin(url: &str, directory: &Path) -> Self {
        output::text(&format!(
            "evergrant demo: a new store in {}, and the real server on {url}.\n\
             Every step below is real HTTP calls and real commands; nothing leaves this machine.",
            directory.display()
        ));
        Self { step: 0, checks: 0 }
    }

    /// A new step of the story.
    pub(super) fn step(&mut self, title: &str, what: &str) {
        self.step += 1;
        output::text(&format!("\n{}. {title}\n   {what}", self.step));
    }

    /// Something that was seen to be so.
    pub(super) fn seen(&mut self, what: &str) {
        self.checks += 1;
        output::text(&format!("   ok  {what}"));
    }

    /// What to look at oneself.
    pub(super) fn look(&self, what: &str) {
        output::text(&format!("       {what}"));
    }

    /// What a command printed.
    pub(super) fn printed(&self, text: &str) {
        for line in text.lines() {
            self.look(line);
        }
    }

    pub(super) fn end(&self) {
        output::text(&format!(
            "\nAll {} steps came out as told ({} things checked).",
            self.step, self.checks
        ));
    }

    pub(super) fn invite(&self, url: &str, email: &str, link: &Secret) {
        output::text(&format!(
            "\nLook at it yourself, as {email}:\n\n   {}\n\n\
             The link signs you in once. Pages: {url}/settings/integrations   \
             API: {url}/api/v1/openapi.json",
            link.expose()
        ));
    }

    pub(super) fn invite_to_keeper(&self, url: &str, variables: &str) {
        output::text(&format!(
            "The keeper serves at {url}, and takes commands on its store:\n\n   \
             {variables} evergrant token sample\n\n\
             Ctrl-C ends the demo and removes its stores."
        ));
    }
}

/// The last word.
pub(super) fn farewell() {
    output::text("\nEnded; the stores of the demo are removed.");
}
