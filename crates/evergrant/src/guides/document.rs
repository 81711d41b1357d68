//! The documents in `docs/guides`, made from the same data.

use evergrant_web::service::core::held::Party;
use evergrant_web::service::core::held::guide::{
    Browser, Guide, Look, Part, Piece, Place, Text, actor,
};
use evergrant_web::service::held::guides;

use crate::render::prose;

/// How wide a line of ours is.
const WIDTH: usize = 100;

/// Those who act, in the order of the index.
const PARTIES: [Party; 5] = [
    Party::EndUser,
    Party::AccountAdmin,
    Party::AppDeveloper,
    Party::Operator,
    Party::Nobody,
];

const HEAD: &str = "\
# Guides

What to do when a connection to a provider stops: what it means, who acts, the steps, and how to
avoid it next time. `evergrant connection show NAME` names the cause. The same stands at `/guides`
on a server, and in `evergrant guide CAUSE --provider P`.

These files are made from the data in `crates/service/guides` by `evergrant guide --markdown`; a
test keeps them true.

- [The wrong account in the browser](browser.md): the provider meets somebody else, or an old
  session gets in the way
";

/// The index.
pub(crate) fn index() -> String {
    let mut text = HEAD.to_owned();
    for party in PARTIES {
        text.push_str(&format!("\n## {}\n\n", actor(party)));
        for guide in guides::all().iter().filter(|guide| guide.party == party) {
            let word = guide.cause.as_str();
            text.push_str(&format!("- [{}]({word}.md): `{word}`\n", guide.title));
        }
    }
    text
}

/// The document of a guide, with every provider where it differs.
pub(crate) fn guide(guide: &Guide) -> String {
    let word = guide.cause.as_str();
    let mut text = format!("# {}\n\n", guide.title);
    text.push_str(&made_from(word));
    text.push_str(&paragraph(&guide.meaning));
    text.push_str(&format!(
        "\n## Who acts\n\n{}",
        acts(guide.party, &guide.who)
    ));
    text.push_str(&format!("\n## What to do\n\n{}", steps(&guide.steps)));
    if guide.browser {
        text.push_str(
            "\nIf the provider meets somebody else in your browser, or its page goes round in a \
             circle,\n[The wrong account in the browser](browser.md) says what helps.\n",
        );
    }
    let avoid = points(&guide.avoid);
    text.push_str(&format!("\n## How to avoid it next time\n\n{avoid}"));
    for look in &guide.looks {
        text.push_str(&looks(*look));
    }
    for part in &guide.parts {
        text.push_str(&provider(part));
    }
    text.push_str(&sources(&guide.sources));
    text
}

/// The document of the browser's part.
pub(crate) fn browser() -> String {
    let guide = guides::browser();
    let mut text = format!("# {}\n\n", guide.title);
    text.push_str(&made_from(guides::BROWSER));
    text.push_str(&paragraph(&guide.meaning));
    let signs = points(&guide.signs);
    text.push_str(&format!("\n## By what you notice it\n\n{signs}"));
    for (number, rung) in (1..).zip(&guide.rungs) {
        let meaning = paragraph(&rung.meaning);
        let steps = steps(&rung.steps);
        let title = &rung.title;
        text.push_str(&format!("\n## {number}. {title}\n\n{meaning}\n{steps}"));
    }
    text.push_str("\n## How it is done in each browser\n");
    text.extend(guide.browsers.iter().map(in_browser));
    let avoid = points(&guide.avoid);
    text.push_str(&format!("\n## How to avoid it next time\n\n{avoid}"));
    text.push_str(
        "\n## Providers\n\n| provider | other account | sites to clear |\n|---|---|---|\n",
    );
    text.extend(guides::places().iter().map(row));
    text.push_str(&sources(&guide.sources));
    text
}

fn made_from(word: &str) -> String {
    format!(
        "<!-- Made from crates/service/guides/{word}.toml by `evergrant guide {word} --markdown`. \
         -->\n\n"
    )
}

fn acts(party: Party, who: &Text) -> String {
    prose(
        &format!("**{}.** {}", actor(party), who.as_str()),
        WIDTH,
        "",
        "",
    )
}

/// What differs at one provider.
fn provider(part: &Part) -> String {
    let name = guides::place(&part.provider).map_or(part.provider.as_str(), |it| &it.name);
    let mut text = format!("\n## At {name}\n");
    if let Some(meaning) = &part.meaning {
        text.push_str(&format!("\n{}", paragraph(meaning)));
    }
    if let (Some(party), Some(who)) = (part.party, &part.who) {
        text.push_str(&format!("\nWho acts there:\n\n{}", acts(party, who)));
    }
    if !part.steps.is_empty() {
        text.push_str(&format!("\nWhat to do there:\n\n{}", steps(&part.steps)));
    }
    if !part.avoid.is_empty() {
        let avoid = points(&part.avoid);
        text.push_str(&format!("\nHow to avoid it there:\n\n{avoid}"));
    }
    text
}

/// Where every provider has that place.
fn looks(look: Look) -> String {
    let head = format!(
        "\n## {}\n\n| provider | where |\n|---|---|\n",
        look.heading()
    );
    let seen = |place: &Place| {
        let at = place.look(look)?;
        Some(format!("| {} | {} |\n", place.name, at.as_str()))
    };
    let rows: String = guides::places().iter().filter_map(seen).collect();
    format!("{head}{rows}")
}

fn row(place: &Place) -> String {
    let switch = place.switch.as_ref().map_or("", Text::as_str);
    format!(
        "| {} | {switch} | {} |\n",
        place.name,
        place.sites.join(", ")
    )
}

fn in_browser(browser: &Browser) -> String {
    let (private, clear) = (steps(&browser.private), steps(&browser.clear));
    let note = browser.note.as_ref();
    let note = note.map(|note| format!("\n{}", paragraph(note)));
    format!(
        "\n### {}\n\nA private window:\n\n{private}\nCookies and cache of one site:\n\n{clear}{}",
        browser.name,
        note.unwrap_or_default()
    )
}

fn sources(sources: &[String]) -> String {
    let source = |source: &String| match source.starts_with("https://") {
        true => format!("- <{source}>\n"),
        false => format!("- {source}\n"),
    };
    let sources: String = sources.iter().map(source).collect();
    format!("\n## Where this is from\n\n{sources}")
}

/// As Markdown; a guide that is named is a link.
fn marked(text: &Text) -> String {
    let mut marked = text.as_str().to_owned();
    for piece in text.pieces() {
        if let Piece::Guide(cause) = piece {
            let word = format!("`{}`", cause.as_str());
            let link = format!("[{}]({}.md)", guides::title(cause), cause.as_str());
            marked = marked.replace(&word, &link);
        }
    }
    marked
}

fn paragraph(text: &Text) -> String {
    prose(&marked(text), WIDTH, "", "")
}

fn steps(steps: &[Text]) -> String {
    let step = |(number, step): (usize, &Text)| {
        let first = format!("{number}. ");
        prose(&marked(step), WIDTH, &first, &" ".repeat(first.len()))
    };
    (1..).zip(steps).map(step).collect()
}

fn points(texts: &[Text]) -> String {
    let point = |text: &Text| prose(&marked(text), WIDTH, "- ", "  ");
    texts.iter().map(point).collect()
}
