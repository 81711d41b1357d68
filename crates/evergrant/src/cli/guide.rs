//! `evergrant guide`

use clap::Args;
use evergrant_web::api::Problem;
use evergrant_web::service::core::Time;
use evergrant_web::service::core::held::guide::{self, Place};
use evergrant_web::service::held::catalogue::GENERIC;
use evergrant_web::service::held::guides;
use serde::Serialize;

use crate::failure::Failed;
use crate::guides::{BrowserShown, GuideList, GuideShown, document};
use crate::output;
use crate::render::Render;

/// Every browser.
const ALL: &str = "all";

/// Show what to do about a cause: what it means, who acts, the steps, how to avoid it next time
///
/// Without a cause it lists them. It needs no store and no network. The same stands on the server's
/// pages, at /guides, and in docs/guides.
///
/// Examples:
///   evergrant guide
///   evergrant guide password_changed --provider google
///   evergrant guide user_revoked --provider meta --browser
///   evergrant guide --browser=firefox
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Guide {
    /// The cause, as `connection show` names it, such as password_changed; or `browser`
    cause: Option<String>,
    /// The provider: its key or another name of it, such as google or facebook
    #[arg(long, value_name = "P")]
    provider: Option<String>,
    /// Show the browser's part too: the wrong account, or an old session; of one browser or of all
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ALL
    )]
    browser: Option<String>,
    /// Print it in Markdown, for every provider, as docs/guides has it
    #[arg(long, conflicts_with_all = ["provider", "browser"])]
    markdown: bool,
}

impl Guide {
    /// Answers from the guides alone.
    pub(super) fn run(mut self, json: bool) -> Result<(), Failed> {
        // The browser's part is asked for by a flag, and by its name in the place of a cause.
        if self.cause.as_deref() == Some(guides::BROWSER) {
            self.cause = None;
            self.browser.get_or_insert_with(|| ALL.to_owned());
        }
        let guide = self.cause.as_deref().map(found).transpose()?;
        if self.markdown {
            output::raw(self.document(guide).as_bytes());
            return Ok(());
        }
        let place = self.provider.as_deref().and_then(known);
        let browser = self.browser.as_deref().map(|name| part(name, place));
        let browser = browser.transpose()?;
        match (guide, browser) {
            (Some(guide), browser) => {
                let shown = GuideShown::of(&guide.at(place), browser);
                print(&shown, json);
            }
            (None, Some(browser)) => print(&browser, json),
            (None, None) => print(&GuideList::at(place), json),
        }
        Ok(())
    }

    fn document(&self, guide: Option<&guide::Guide>) -> String {
        match (guide, &self.browser) {
            (Some(guide), _) => document::guide(guide),
            (None, Some(_)) => document::browser(),
            (None, None) => document::index(),
        }
    }
}

/// The provider of that name. That nobody wrote about one is no failure: the general steps hold.
fn known(provider: &str) -> Option<&'static Place> {
    let place = guides::place(provider);
    if place.is_none() && provider != GENERIC {
        output::note(&format!(
            "Nothing is known here of {provider:?}; what follows holds everywhere."
        ));
    }
    place
}

fn found(cause: &str) -> Result<&'static guide::Guide, Failed> {
    guides::find(cause).ok_or_else(|| {
        let near = guides::nearest(cause);
        let meant = match near.as_slice() {
            [] => String::new(),
            [first] => format!(" Did you mean {first}?"),
            [.., last] => {
                let others: Vec<_> = near.iter().copied().filter(|it| it != last).collect();
                format!(" Did you mean {} or {last}?", others.join(", "))
            }
        };
        missing(format!(
            "There is no guide {cause:?}.{meant} `evergrant guide` lists what there is."
        ))
    })
}

fn part(name: &str, place: Option<&Place>) -> Result<BrowserShown, Failed> {
    let guide = guides::browser();
    let one = |it: &&guide::Browser| name == ALL || it.key == name;
    let browsers: Vec<_> = guide.browsers.iter().filter(one).collect();
    if browsers.is_empty() {
        let keys: Vec<_> = guide.browsers.iter().map(|it| it.key.as_str()).collect();
        return Err(missing(format!(
            "There is nothing about the browser {name:?}. There are: {}.",
            keys.join(", ")
        )));
    }
    Ok(BrowserShown::of(guide, place, &browsers))
}

fn missing(detail: String) -> Failed {
    Problem::new(404, "not_found", detail).into()
}

fn print(answer: &(impl Serialize + Render), json: bool) {
    if json {
        output::document(answer);
    } else {
        // Nothing in a guide is told by the time of day.
        output::text(answer.render(Time::default()).trim_end());
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Arguments;

    /// The commands that a document names, as words.
    fn commands(document: &str) -> Vec<Vec<&str>> {
        let named = document.split("`evergrant ").skip(1);
        let named = named.filter_map(|rest| rest.split('`').next());
        named.map(|it| it.split_whitespace().collect()).collect()
    }

    #[test]
    fn the_commands_that_guides_name_are_there() {
        let ours = Arguments::command();
        let documents = guides::all().iter().map(document::guide);
        let documents: Vec<_> = documents.chain([document::index()]).collect();
        let mut count = 0;
        for words in documents.iter().flat_map(|it| commands(it)) {
            count += 1;
            let mut at = &ours;
            for word in &words {
                if !at.has_subcommands() {
                    let flag = word.strip_prefix("--");
                    let known = |flag| at.get_arguments().any(|it| it.get_long() == Some(flag));
                    assert!(
                        flag.is_none_or(|it| it.is_empty() || known(it)),
                        "{words:?}"
                    );
                    continue;
                }
                let found = at.find_subcommand(word);
                at = found.unwrap_or_else(|| panic!("there is no {words:?}"));
            }
        }
        assert!(count > 40, "{count} commands");
    }
}
