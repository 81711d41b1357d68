//! What the catalogue must keep true: that every file is read, and what the files must say.

use std::collections::BTreeSet;

use evergrant_core::Span;
use evergrant_core::held::provider::{Renewal, RevocationEnds, RevocationHow, Rule};
use evergrant_core::held::{Provider, ReplayPolicy, Verdict};
use url::Url;

use super::{ENTRIES, GENERIC, all, file, find, keys};

fn provider(key: &str) -> Provider {
    find(key).unwrap_or_else(|| panic!("no {key}"))
}

fn rule<'a>(provider: &'a Provider, code: &str) -> &'a Rule {
    let mut rules = provider.rules.iter();
    let found = rules.find(|it| it.code.as_deref() == Some(code));
    found.unwrap_or_else(|| panic!("{} has no rule for {code}", provider.key))
}

fn addresses(provider: &Provider) -> impl Iterator<Item = &String> {
    let it = &provider.endpoints;
    let all = [
        &it.authorization,
        &it.token,
        &it.refresh,
        &it.revocation,
        &it.device,
        &it.userinfo,
        &it.issuer,
    ];
    all.into_iter().flatten()
}

fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let within = |part: &str, length, range: std::ops::RangeInclusive<u32>| {
        part.len() == length && part.parse().is_ok_and(|it| range.contains(&it))
    };
    within(year, 4, 2026..=2100) && within(month, 2, 1..=12) && within(day, 2, 1..=31)
}

#[test]
fn every_file_is_read_and_agrees_with_the_table() {
    for entry in &ENTRIES {
        let read = file::read(entry.text);
        let provider = read.unwrap_or_else(|flaw| panic!("{}: {flaw}", entry.key));
        assert_eq!(provider.key, entry.key);
        assert_eq!(provider.aliases, entry.aliases, "{}", entry.key);
    }
    assert_eq!(all().len(), ENTRIES.len());
    assert!(keys().is_sorted());
}

#[test]
fn every_file_in_the_folder_is_in_the_table() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/providers");
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap());
    let names: BTreeSet<_> = files
        .map(|it| it.file_name().into_string().unwrap())
        .collect();
    let expected: BTreeSet<_> = keys().map(|key| format!("{key}.toml")).collect();
    assert_eq!(names, expected);
}

#[test]
fn no_word_means_two_providers() {
    let mut seen = BTreeSet::from([GENERIC]);
    for entry in &ENTRIES {
        for word in entry.aliases.iter().chain([&entry.key]) {
            assert!(seen.insert(word), "{word} is said twice");
            let spelt = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(word.chars().all(spelt), "{word} could never be found");
        }
    }
}

#[test]
fn a_provider_is_found_by_any_of_its_names() {
    for (word, key) in [
        ("google", "google"),
        ("Google-Ads", "google"),
        (" gmail ", "google"),
        ("Facebook", "meta"),
        ("Azure AD", "microsoft"),
        ("office365", "microsoft"),
        ("INTUIT", "quickbooks"),
        ("canopy", "canopy_connect"),
        ("canvas-lms", "canvas_lms"),
        ("github_app", "github"),
        ("github oauth app", "github_oauth_app"),
        (GENERIC, GENERIC),
    ] {
        assert_eq!(provider(word).key, key, "{word}");
    }
    for word in ["", "goog", "google_", "instagram"] {
        assert_eq!(find(word), None, "{word:?}");
    }
}

#[test]
fn every_provider_can_be_asked_over_tls_and_says_where_its_facts_are_from() {
    for provider in all() {
        let key = &provider.key;
        assert!(provider.endpoints.authorization.is_some(), "{key}");
        assert!(provider.endpoints.token.is_some(), "{key}");
        for address in addresses(&provider) {
            let filled = ["{host}", "{token}", "{client_id}"]
                .iter()
                .fold(address.clone(), |it, name| it.replace(name, "x.example"));
            let url = Url::parse(&filled).unwrap();
            assert_eq!(url.scheme(), "https", "{key}: {address}");
            assert!(!filled.contains(['{', '}']), "{key}: {address}");
        }
        assert!(!provider.sources.is_empty(), "{key}");
        assert!(is_date(&provider.checked), "{key}: {}", provider.checked);
        assert!(!provider.sends_issuer || provider.endpoints.issuer.is_some());
    }
}

#[test]
fn what_ends_a_grant_has_what_its_request_needs() {
    for provider in all() {
        let key = &provider.key;
        let address = provider.endpoints.revocation.as_deref();
        let how = provider.revocation.how;
        assert_eq!(address.is_none(), how == RevocationHow::None, "{key}");
        let address = address.unwrap_or_default();
        let in_path = how == RevocationHow::DeleteTokenInPath;
        assert_eq!(address.contains("{token}"), in_path, "{key}");
    }
}

#[test]
fn rules_are_reachable() {
    for provider in all() {
        for (index, rule) in provider.rules.iter().enumerate() {
            let fits =
                |mine: &Option<String>, other: &Option<String>| mine.is_none() || mine == other;
            let shadow = provider.rules[..index].iter().find(|earlier| {
                (earlier.status.is_none() || earlier.status == rule.status)
                    && fits(&earlier.code, &rule.code)
                    && fits(&earlier.text, &rule.text)
            });
            assert_eq!(shadow, None, "{}: {rule:?} is never reached", provider.key);
        }
    }
}

#[test]
fn a_wrong_file_is_refused() {
    let good = ENTRIES[0].text;
    assert!(file::read(good).is_ok());
    for (from, to) in [
        ("pkce = true", "pkce = true\nsurprise = 1"),
        ("how = \"none\"", "how = \"none\"\nsurprise = 1"),
        ("how = \"none\"", "how = \"perhaps\""),
        ("replay = \"strict\"", "replay = \"often\""),
        ("renewal = \"refresh_token\"", "renewal = \"weekly\""),
        ("client_auth = \"post\"", "client_auth = \"magic\""),
        ("verdict = \"transient\"", "verdict = \"bad\""),
        ("status = 500\n", ""),
        ("scope_separator = \" \"", "scope_separator = \"\""),
    ] {
        assert!(good.contains(from), "{from}");
        assert!(file::read(&good.replacen(from, to, 1)).is_err(), "{to}");
    }
    let silent = file::read(&good.replace("replay = \"strict\"\n", "")).unwrap();
    assert_eq!(silent.replay, ReplayPolicy::Strict);
}

#[test]
fn meta_renews_by_exchange_and_its_codes_part_limits_from_deaths() {
    let meta = provider("meta");
    let Renewal::Exchange {
        grant_type,
        parameter,
    } = &meta.renewal
    else {
        panic!("{:?}", meta.renewal);
    };
    assert_eq!(grant_type, "fb_exchange_token");
    assert_eq!(parameter, "fb_exchange_token");
    assert_eq!(meta.scope_separator, ',');
    assert_eq!(meta.revocation.how, RevocationHow::DeleteAsBearer);
    assert_eq!(meta.revocation.ends, RevocationEnds::UserAndClient);
    assert_eq!(rule(&meta, "190").verdict, Verdict::Dead);
    for code in ["4", "17", "32", "613"] {
        let rule = rule(&meta, code);
        assert_eq!((rule.verdict, rule.unspent), (Verdict::Transient, true));
    }
}

#[test]
fn slack_and_github_have_rules_for_errors_that_come_with_200() {
    for (key, code, verdict, unspent) in [
        ("slack", "invalid_refresh_token", Verdict::Dead, false),
        ("slack", "token_revoked", Verdict::Dead, false),
        ("slack", "ratelimited", Verdict::Transient, true),
        ("slack", "internal_error", Verdict::Transient, false),
        ("slack", "bad_client_secret", Verdict::AppFault, true),
        ("github", "bad_refresh_token", Verdict::Dead, false),
        (
            "github",
            "incorrect_client_credentials",
            Verdict::AppFault,
            true,
        ),
        (
            "github_oauth_app",
            "incorrect_client_credentials",
            Verdict::AppFault,
            true,
        ),
    ] {
        let provider = provider(key);
        let rule = rule(&provider, code);
        assert_eq!((rule.verdict, rule.unspent), (verdict, unspent), "{code}");
        assert_eq!(rule.status, None, "the status says nothing there");
    }
}

#[test]
fn salesforce_says_no_lifetime_so_one_is_assumed() {
    let salesforce = provider("salesforce");
    assert_eq!(salesforce.access_lifetime, Some(Span::from_seconds(7_200)));
    assert_eq!(salesforce.replay, ReplayPolicy::Strict);
    let rule = rule(&salesforce, "invalid_grant");
    assert_eq!(rule.text.as_deref(), Some("login rate exceeded"));
    assert_eq!((rule.verdict, rule.unspent), (Verdict::Transient, true));
}

#[test]
fn hubspot_canvas_and_github_revoke_by_delete_each_in_its_own_way() {
    for (key, how) in [
        ("hubspot", RevocationHow::DeleteTokenInPath),
        ("canvas_lms", RevocationHow::DeleteAsBearer),
        ("github", RevocationHow::DeleteInJson),
        ("github_oauth_app", RevocationHow::DeleteInJson),
    ] {
        assert_eq!(provider(key).revocation.how, how, "{key}");
    }
}

#[test]
fn a_token_is_sent_twice_only_where_a_source_allows_it() {
    for (key, replay) in [
        ("canopy_connect", "strict"),
        ("canvas_lms", "reusable"),
        ("github", "strict"),
        ("github_oauth_app", "strict"),
        ("google", "reusable"),
        ("hubspot", "reusable"),
        ("linkedin", "reusable"),
        ("meta", "reusable"),
        ("microsoft", "reusable"),
        ("quickbooks", "strict"),
        ("salesforce", "strict"),
        ("slack", "strict"),
        ("xero", "window:1800"),
    ] {
        assert_eq!(provider(key).replay.to_string(), replay, "{key}");
    }
}

#[test]
fn canopy_may_be_asked_again_after_its_faults() {
    let canopy = provider("canopy_connect");
    for status in [500, 502, 503, 504] {
        let rule = canopy.rules.iter().find(|it| it.status == Some(status));
        let rule = rule.unwrap();
        assert_eq!((rule.verdict, rule.unspent), (Verdict::Transient, true));
    }
    assert!(canopy.pkce, "it refuses requests without a code challenge");
}

#[test]
fn a_number_of_microsoft_is_never_the_beginning_of_another() {
    for rule in provider("microsoft").rules {
        if let Some(text) = rule.text {
            let number = text.strip_prefix("AADSTS").unwrap();
            let number = number.strip_suffix(':').unwrap();
            assert!(number.bytes().all(|it| it.is_ascii_digit()), "{text}");
        }
    }
}
