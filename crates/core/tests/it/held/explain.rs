//! Any text at all is explained: what chance writes, and what is left of a message when it was cut,
//! spoiled, doubled and wrapped on its way.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use evergrant_core::held::explain::{Catalogue, Question, Signature, Speaker, explain};
use evergrant_core::held::{Cause, Confidence, Party};
use proptest::prelude::*;

/// Messages that the small catalogue knows, and what they mean.
const KNOWN: [(&str, Cause); 3] = [
    (
        "{\"error\":\"invalid_grant\",\"error_description\":\"The token has expired.\"}",
        Cause::IdleExpiry,
    ),
    (
        "429 Too Many Requests, retry after 2026-11-28T10:00:00Z",
        Cause::RateLimited,
    ),
    (
        "Acme: the user has revoked the refresh token on 28 Nov 2026 at 10:00 UTC",
        Cause::UserRevoked,
    ),
];

fn signature(id: &str, says: &str, cause: Cause) -> Signature {
    Signature {
        id: id.into(),
        speaker: None,
        says: vec![says.into()],
        status: None,
        sharp: false,
        of_somebody: false,
        bare: true,
        weight: 0,
        cause,
        also: vec![Cause::Unknown],
        party: Party::EndUser,
        confidence: Confidence::Likely,
        means: Some("It says so.".into()),
        next: None,
    }
}

static SMALL: LazyLock<Catalogue> = LazyLock::new(|| {
    let phrases = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
    let groups = BTreeMap::from([
        ("set_phrases".to_owned(), phrases(&["expired or revoked"])),
        (
            "token".to_owned(),
            phrases(&["token", "refresh token", "grant"]),
        ),
        (
            "ended".to_owned(),
            phrases(&["expired", "has expired", "expir*"]),
        ),
    ]);
    let acme = Speaker {
        key: "acme".into(),
        name: "Acme".into(),
        aliases: phrases(&["acme_sso"]),
        clues: phrases(&["acme"]),
        relays: false,
    };
    let mut revoked = signature(
        "acme_revoked",
        "@token ~ revok* ! expired or revoked",
        Cause::UserRevoked,
    );
    revoked.speaker = Some("acme".into());
    let all = vec![
        signature(
            "expired",
            "@token ~ @ended + invalid_grant",
            Cause::IdleExpiry,
        ),
        signature("limited", "too many > requests", Cause::RateLimited),
        revoked,
    ];
    Catalogue::new(&groups, vec![acme], all).unwrap()
});

/// What happens to a message on its way.
#[derive(Clone, Debug)]
enum Harm {
    Flip(usize, u8),
    Cut(usize),
    Behead(usize),
    Double(usize),
    Insert(usize, String),
    InJson,
    InQuery,
    InPage,
    InBase64,
    InUtf16,
    Escaped,
}

fn harm() -> impl Strategy<Value = Harm> {
    let piece = prop::sample::select(vec![
        "\\u",
        "\\ud83d",
        "%",
        "%e",
        "&#",
        "&#x1f600;",
        "=\n",
        "=3D",
        "<",
        "<script>",
        "\u{1b}[",
        "\0",
        "é",
        "\u{301}",
        "2026-",
        "28 ",
        "1/2/",
        "+",
        "\"",
        "{",
        "[[[[",
        "\r\n",
    ]);
    prop_oneof![
        3 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Harm::Flip(at, byte)),
        2 => any::<usize>().prop_map(Harm::Cut),
        2 => any::<usize>().prop_map(Harm::Behead),
        1 => any::<usize>().prop_map(Harm::Double),
        3 => (any::<usize>(), piece).prop_map(|(at, it)| Harm::Insert(at, it.to_owned())),
        1 => Just(Harm::InJson),
        1 => Just(Harm::InQuery),
        1 => Just(Harm::InPage),
        1 => Just(Harm::InBase64),
        1 => Just(Harm::InUtf16),
        1 => Just(Harm::Escaped),
    ]
}

fn harmed(text: &str, harm: &Harm) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = |it: usize| it % (text.len() + 1);
    match harm {
        Harm::Flip(place, byte) if !bytes.is_empty() => {
            let place = place % bytes.len();
            bytes[place] ^= byte;
        }
        Harm::Flip(..) => {}
        Harm::Cut(place) => bytes.truncate(at(*place)),
        Harm::Behead(place) => drop(bytes.drain(..at(*place))),
        Harm::Double(place) => {
            let again = bytes[at(*place)..].to_vec();
            bytes.extend(again);
        }
        Harm::Insert(place, piece) => {
            let place = at(*place);
            bytes.splice(place..place, piece.bytes());
        }
        Harm::InJson => return serde_json::json!({ "error": text, "n": [[text]] }).to_string(),
        Harm::InQuery => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            return query.append_pair("error_description", text).finish();
        }
        Harm::InPage => return format!("<html><body><p class=x>{text}</p></body></html>"),
        Harm::InBase64 => {
            use base64::Engine as _;
            return base64::engine::general_purpose::STANDARD.encode(text);
        }
        Harm::InUtf16 => bytes = text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Harm::Escaped => return text.escape_default().collect(),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn message() -> impl Strategy<Value = String> {
    let known = prop::sample::select(KNOWN.map(|(text, _)| text.to_owned()).to_vec());
    let begun = prop_oneof![
        4 => known,
        1 => any::<String>(),
        1 => prop::collection::vec(any::<u8>(), 0..300)
            .prop_map(|it| String::from_utf8_lossy(&it).into_owned()),
    ];
    let harms = prop::collection::vec(harm(), 0..8);
    (begun, harms).prop_map(|(text, harms)| {
        let harmed = |text: String, it: &Harm| harmed(&text, it);
        harms.iter().fold(text, harmed)
    })
}

#[test]
fn the_messages_mean_what_they_say() {
    for (text, cause) in KNOWN {
        let question = Question {
            text,
            ..Question::default()
        };
        assert_eq!(explain(&SMALL, &question).cause, cause, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_is_explained_and_twice_the_same(
        text in message(),
        provider in prop::option::of(prop_oneof![Just("acme".to_owned()), any::<String>()]),
        status: Option<u16>,
    ) {
        let question = Question { text: &text, provider: provider.as_deref(), status };
        let said = explain(&SMALL, &question);
        prop_assert_eq!(&explain(&SMALL, &question), &said);
        prop_assert!(!said.summary.is_empty() && !said.next_step.is_empty());
        prop_assert!(!said.also_possible.contains(&said.cause));
        prop_assert!(said.provider.is_none_or(|it| it == "acme"));
        prop_assert!(said.dates.len() <= 12);
        let nothing = Catalogue::default();
        prop_assert_eq!(explain(&nothing, &question).cause, Cause::Unknown);
    }

    #[test]
    fn what_stands_before_and_behind_does_not_hide_it(
        before in "[ -$'-;=-Z^-~]{0,200}",
        behind in "[ -$'-;=-Z^-~]{0,200}",
    ) {
        // A line of a program and another one make a program of it.
        prop_assume!(!before.ends_with([';', '{']) || !behind.ends_with([';', '{']));
        let text = format!("{before}\n{}\n{behind}", KNOWN[1].0);
        let question = Question { text: &text, ..Question::default() };
        prop_assert_eq!(explain(&SMALL, &question).cause, Cause::RateLimited);
    }
}
