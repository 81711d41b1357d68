//! That every file can be read, is complete, and is written as guides are.

use std::collections::BTreeSet;

use evergrant_core::held::guide::{Advice, Guide, Piece, Text};
use evergrant_core::held::{Cause, Party};
use url::Url;

use super::{address, all, browser, browser_address, catalogue, file, find, of, place, places};

/// The longest sentence that is read in one breath.
const SENTENCE: usize = 200;

fn guide(cause: Cause) -> &'static Guide {
    let found = all().iter().find(|guide| guide.cause == cause);
    found.unwrap_or_else(|| panic!("no guide for {}", cause.as_str()))
}

fn at(cause: Cause, provider: &str) -> Advice<'static> {
    of(cause, Some(provider)).unwrap()
}

fn steps(advice: &Advice<'_>) -> String {
    let steps: Vec<_> = advice.steps.iter().map(Text::plain).collect();
    steps.join("\n")
}

/// Every text of a guide, with what it belongs to.
fn texts(guide: &'static Guide) -> Vec<(&'static str, &'static Text)> {
    let word = guide.cause.as_str();
    let own = [&guide.meaning, &guide.who].into_iter();
    let own = own.chain(&guide.steps).chain(&guide.avoid);
    let of_parts = guide.parts.iter().flat_map(|part| {
        let some = part.meaning.iter().chain(&part.who);
        some.chain(&part.steps).chain(&part.avoid)
    });
    own.chain(of_parts).map(|text| (word, text)).collect()
}

fn every_text() -> Vec<(&'static str, &'static Text)> {
    let mut every: Vec<_> = all().iter().flat_map(texts).collect();
    let it = browser();
    let rungs = it.rungs.iter();
    let rungs = rungs.flat_map(|rung| std::iter::once(&rung.meaning).chain(&rung.steps));
    let browsers = it.browsers.iter();
    let browsers = browsers.flat_map(|it| it.private.iter().chain(&it.clear).chain(&it.note));
    let own = std::iter::once(&it.meaning)
        .chain(&it.signs)
        .chain(&it.avoid);
    every.extend(
        own.chain(rungs)
            .chain(browsers)
            .map(|text| ("browser", text)),
    );
    let of_places = places().iter();
    let of_places = of_places.flat_map(|it| it.apps.iter().chain(&it.status).chain(&it.switch));
    every.extend(of_places.map(|text| ("places", text)));
    every
}

fn sentences(text: &str) -> Vec<String> {
    let ends = text.replace("? ", "?\n").replace("! ", "!\n");
    ends.replace(". ", ".\n")
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_file_is_read() {
    for cause in Cause::ALL {
        let word = cause.as_str();
        let read = file::guide(*cause, super::text(*cause));
        let read = read.unwrap_or_else(|flaw| panic!("{word}: {flaw}"));
        assert_eq!(&read, guide(*cause));
    }
    assert_eq!(all().len(), Cause::ALL.len());
    assert_eq!(&file::browser(super::BROWSER_TEXT).unwrap(), browser());
    assert_eq!(file::places(super::PLACES_TEXT).unwrap(), places());
}

#[test]
fn every_file_in_the_folder_is_of_a_cause() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/guides");
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap());
    let names = files.map(|it| it.file_name().into_string().unwrap());
    let names: BTreeSet<_> = names.collect();
    let causes = Cause::ALL.iter().map(|cause| cause.as_str());
    let expected = causes.chain(["browser", "places"]);
    let expected: BTreeSet<_> = expected.map(|word| format!("{word}.toml")).collect();
    assert_eq!(names, expected);
}

#[test]
fn every_guide_is_complete() {
    for guide in all() {
        let word = guide.cause.as_str();
        let count = sentences(guide.meaning.as_str()).len();
        assert!((2..=4).contains(&count), "{word} means {count} sentences");
        assert!((3..=8).contains(&guide.steps.len()), "{word}");
        assert!(
            !guide.avoid.is_empty() && !guide.sources.is_empty(),
            "{word}"
        );
        assert!(guide.title.len() <= 60, "{word}: {}", guide.title);
        assert!(!guide.title.ends_with('.'), "{word}: {}", guide.title);
    }
    let it = browser();
    assert_eq!(
        it.rungs.len(),
        3,
        "the chooser, a private window, the cookies"
    );
    assert!(it.browsers.len() >= 10 && !it.signs.is_empty());
    for browser in &it.browsers {
        assert!(
            !browser.private.is_empty() && !browser.clear.is_empty(),
            "{}",
            browser.key
        );
    }
}

#[test]
fn keys_are_words_and_every_provider_has_its_place_once() {
    let word = |key: &str| {
        let spelt = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        !key.is_empty() && key.chars().all(spelt)
    };
    let mut keys = BTreeSet::new();
    for place in places() {
        assert!(word(&place.key), "{}", place.key);
        assert!(
            keys.insert(place.key.as_str()),
            "{} is there twice",
            place.key
        );
        assert!(!place.sites.is_empty(), "{}", place.key);
        if let Some(like) = &place.like {
            assert!(super::place(like).is_some(), "{like}");
        }
    }
    for guide in all() {
        let mut seen = BTreeSet::new();
        for part in &guide.parts {
            let (cause, key) = (guide.cause.as_str(), part.provider.as_str());
            assert!(keys.contains(key), "{cause}: {key} has no place");
            assert!(seen.insert(key), "{cause}: {key} is there twice");
            let says = part.meaning.is_some() || !part.steps.is_empty() || !part.avoid.is_empty();
            assert!(says, "{cause}: nothing is said of {key}");
            assert_eq!(part.party.is_some(), part.who.is_some(), "{cause}: {key}");
        }
        assert!(guide.parts.is_sorted_by_key(|part| &part.provider));
    }
    for browser in &browser().browsers {
        assert!(word(&browser.key), "{}", browser.key);
    }
}

#[test]
fn what_a_connection_names_as_its_provider_has_a_place() {
    let known = catalogue::keys().filter(|key| place(key).is_some());
    assert!(known.count() >= 13);
    assert_eq!(place(catalogue::GENERIC), None);
}

#[test]
fn sentences_are_short_and_end() {
    for (of, text) in every_text() {
        for sentence in sentences(text.as_str()) {
            let length = sentence.chars().count();
            assert!(length <= SENTENCE, "{of}: {length} letters: {sentence}");
        }
        let whole = text.as_str();
        assert_eq!(whole.trim(), whole, "{of}: {whole:?}");
        assert!(
            !whole.contains(['\n', '\t']) && !whole.contains("  "),
            "{of}: {whole}"
        );
        assert_eq!(whole.matches("**").count() % 2, 0, "{of}: {whole}");
        assert_eq!(whole.matches('`').count() % 2, 0, "{of}: {whole}");
        if of != "places" {
            assert!(whole.ends_with(['.', '?']), "{of}: {whole}");
        }
    }
}

#[test]
fn addresses_can_be_opened_and_guides_that_are_named_are_there() {
    for (of, text) in every_text() {
        for piece in text.pieces() {
            if let Piece::Address(address) = piece {
                let url = Url::parse(address).unwrap();
                assert!(url.host_str().is_some(), "{of}: {address}");
            }
        }
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once("the guide `") {
            let (named, after) = after.split_once('`').unwrap();
            assert!(find(named).is_some(), "{of}: there is no guide {named}");
            rest = after;
        }
    }
}

#[test]
fn a_guide_is_found_by_its_word_and_a_provider_by_any_of_its_names() {
    for word in ["password_changed", "Password-Changed", " password changed "] {
        assert_eq!(find(word).unwrap().cause, Cause::PasswordChanged);
    }
    assert_eq!(find("password"), None);
    for (word, key) in [
        ("Facebook", "meta"),
        ("gmail", "google"),
        ("azure ad", "microsoft"),
        ("spotify", "spotify"),
        ("canvas-lms", "canvas_lms"),
    ] {
        assert_eq!(place(word).unwrap().key, key, "{word}");
    }
    assert_eq!(place("acme"), None);
}

#[test]
fn a_provider_has_its_own_steps_and_one_that_nobody_knows_has_the_general_ones() {
    let google = at(Cause::AppInTestingMode, "google");
    assert!(google.differs && steps(&google).contains("Publish app"));
    assert_eq!(google.party, Party::AppDeveloper);
    let general = of(Cause::AppInTestingMode, None).unwrap();
    let unknown = at(Cause::AppInTestingMode, "acme");
    assert_eq!(general.steps, unknown.steps);
    assert!(!unknown.differs && unknown.place.is_none());
    let oauth_app = at(Cause::PlatformSecurityEvent, "github_oauth_app");
    assert!(oauth_app.differs, "it is like github");
    let own = at(Cause::IdleExpiry, "github_oauth_app");
    assert!(own.meaning[1].plain().contains("one year"));
}

#[test]
fn the_places_to_look_at_come_along() {
    let slack = at(Cause::ProviderOutage, "slack");
    let (_, status) = slack.looks().next().unwrap();
    assert_eq!(status.plain(), "https://slack-status.com");
    let threads = place("threads").unwrap();
    assert!(threads.apps.is_some(), "it is like instagram");
}

#[test]
fn pages_have_an_address() {
    let cause = Cause::PasswordChanged;
    assert_eq!(address(cause, None), "/guides/password_changed");
    let google = address(cause, Some("google"));
    assert_eq!(google, "/guides/password_changed?provider=google");
    let odd = address(cause, Some("a&b c"));
    assert_eq!(odd, "/guides/password_changed?provider=a%26b+c");
    assert_eq!(browser_address(None), "/guides/browser");
}

#[test]
fn a_wrong_file_is_refused() {
    let cause = Cause::UserRevoked;
    let good = super::text(cause);
    assert!(file::guide(cause, good).is_ok());
    for (from, to) in [
        ("party = \"end_user\"", "party = \"somebody\""),
        ("looks = [\"apps\"]", "looks = [\"roofs\"]"),
        ("browser = true", "browser = true\nsurprise = 1"),
        ("[[provider]]", "[[provider]]\nsurprise = 1"),
    ] {
        assert!(good.contains(from), "{from}");
        assert!(
            file::guide(cause, &good.replacen(from, to, 1)).is_err(),
            "{to}"
        );
    }
}
