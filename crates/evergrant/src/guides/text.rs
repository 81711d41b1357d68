//! Guides for people to read on a terminal.

use evergrant_web::service::core::Time;

use super::shown::{BrowserShown, GuideList, GuideShown, InBrowser, WayShown};
use crate::render::{Render, list, prose};

/// How wide a line is: as wide as the narrowest terminal that is in use.
const WIDTH: usize = 80;

impl Render for GuideList {
    fn render(&self, _: Time) -> String {
        let rows = self.items.iter().map(|row| {
            let acts = row.party.replace('_', " ");
            [row.cause.to_owned(), acts, row.title.clone()]
        });
        let listed = list(["CAUSE", "WHO ACTS", "WHAT IT IS"], rows, None, "");
        let more = "Show one with `evergrant guide CAUSE --provider P`. For the wrong account in \
                    the browser there is `evergrant guide --browser`.";
        format!("{listed}\n{}", prose(more, WIDTH, "", ""))
    }
}

impl Render for GuideShown {
    fn render(&self, now: Time) -> String {
        let mut text = match &self.provider {
            Some(provider) => format!("{} ({})\n", self.title, provider.name),
            None => format!("{}\n", self.title),
        };
        for meaning in &self.meaning {
            text.push_str(&format!("\n{}", prose(meaning, WIDTH, "  ", "  ")));
        }
        let who = prose(&self.who, WIDTH, "  ", "  ");
        text.push_str(&format!("\nWho acts: {}\n{who}", self.actor));
        text.push_str(&format!("\nWhat to do:\n{}", numbered(&self.steps, "  ")));
        if !self.look.is_empty() {
            text.push_str("\nWorth a look:\n");
        }
        for look in &self.look {
            let line = format!("{}: {}", look.heading, look.place);
            text.push_str(&prose(&line, WIDTH, "  ", "    "));
        }
        let avoid = points(&self.avoid);
        text.push_str(&format!("\nHow to avoid it next time:\n{avoid}"));
        match &self.browser {
            Some(browser) => text.push_str(&format!("\n{}", browser.render(now))),
            None if self.in_browser => text.push_str(
                "\nThe provider meets somebody else in the browser? `evergrant guide --browser`\n",
            ),
            None => {}
        }
        text
    }
}

impl Render for BrowserShown {
    fn render(&self, _: Time) -> String {
        let meaning = prose(&self.meaning, WIDTH, "  ", "  ");
        let mut text = format!("{}\n\n{meaning}", self.title);
        text.push_str(&format!(
            "\nBy what you notice it:\n{}",
            points(&self.signs)
        ));
        if let Some(provider) = &self.provider {
            text.push_str(&format!("\nAt {}:\n", provider.name));
            let switch = self.switch.iter().map(|it| format!("Other account: {it}"));
            let sites = format!("Sites to clear: {}", self.sites.join(", "));
            for line in switch.chain([sites]) {
                text.push_str(&prose(&line, WIDTH, "  ", "    "));
            }
        }
        let ways = self.ways.iter().zip(1..).map(way);
        text.extend(ways);
        text.extend(self.browsers.iter().map(in_browser));
        let avoid = points(&self.avoid);
        text.push_str(&format!("\nHow to avoid it next time:\n{avoid}"));
        text
    }
}

fn way((way, number): (&WayShown, usize)) -> String {
    let meaning = prose(&way.meaning, WIDTH, "  ", "  ");
    let steps = numbered(&way.steps, "  ");
    format!("\n{number}. {}\n{meaning}\n{steps}", way.title)
}

fn in_browser(browser: &InBrowser) -> String {
    let note = browser.note.as_ref();
    let note = note.map(|note| prose(note, WIDTH, "  ", "  "));
    format!(
        "\n{}\n  A private window:\n{}  Cookies and cache of one site:\n{}{}",
        browser.name,
        numbered(&browser.private, "    "),
        numbered(&browser.clear, "    "),
        note.unwrap_or_default()
    )
}

fn numbered(steps: &[String], indent: &str) -> String {
    let step = |(number, step): (usize, &String)| {
        let first = format!("{indent}{number}. ");
        prose(step, WIDTH, &first, &" ".repeat(first.len()))
    };
    (1..).zip(steps).map(step).collect()
}

fn points(texts: &[String]) -> String {
    let point = |text: &String| prose(text, WIDTH, "  - ", "    ");
    texts.iter().map(point).collect()
}
