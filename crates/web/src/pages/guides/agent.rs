//! Which browser somebody seems to use, so that its steps stand first. A wrong guess does no harm:
//! all browsers stand on the page.

/// Words that stand in the header `User-Agent`, those first that stand beside the ones of others:
/// nearly everybody says to be Chrome and Safari too.
const SIGNS: [(&str, Option<&str>); 13] = [
    ("EdgA/", None),
    ("EdgiOS/", None),
    ("CriOS/", None),
    ("FxiOS/", None),
    ("Edg/", Some("edge")),
    ("Vivaldi/", Some("vivaldi")),
    ("OPR/", Some("opera")),
    ("SamsungBrowser/", Some("samsung")),
    ("iPhone", Some("safari_ios")),
    ("iPad", Some("safari_ios")),
    ("Firefox/", Some("firefox")),
    ("Chrome/", Some("chrome")),
    ("Safari/", Some("safari")),
];

/// The key of the browser that says so of itself; nothing where no steps are known. Brave says to
/// be Chrome.
pub(super) fn browser(agent: &str) -> Option<&'static str> {
    let android = agent.contains("Android");
    let (_, key) = SIGNS.iter().find(|(sign, _)| agent.contains(sign))?;
    match key {
        Some("chrome") if android => Some("chrome_android"),
        Some("samsung") => Some("samsung"),
        Some(_) if android => None,
        key => *key,
    }
}

#[cfg(test)]
mod tests {
    use evergrant_service::held::guides;

    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0";
        let android = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1";
        for (agent, key) in [
            (windows.to_owned(), Some("chrome")),
            (format!("{windows} Safari/537.36 Edg/130.0"), Some("edge")),
            (format!("{windows} Safari/537.36 OPR/115.0"), Some("opera")),
            (format!("{windows} Vivaldi/7.0"), Some("vivaldi")),
            (android.to_owned(), Some("chrome_android")),
            (format!("{android} SamsungBrowser/26.0"), Some("samsung")),
            (format!("{android} EdgA/130.0"), None),
            (format!("{android} OPR/85.0"), None),
            (phone.to_owned(), Some("safari_ios")),
            (format!("{phone} CriOS/130.0"), None),
            (
                "(Macintosh) Version/18.0 Safari/605.1.15".to_owned(),
                Some("safari"),
            ),
            (
                "(X11; Linux x86_64; rv:132.0) Firefox/132.0".to_owned(),
                Some("firefox"),
            ),
            (
                "(Android 14; Mobile; rv:132.0) Firefox/132.0".to_owned(),
                None,
            ),
            ("curl/8.9".to_owned(), None),
        ] {
            assert_eq!(browser(&agent), key, "{agent}");
        }
        for key in SIGNS.iter().filter_map(|(_, key)| *key) {
            let known = guides::browser().browsers.iter().any(|it| it.key == key);
            assert!(known, "{key}");
        }
    }
}
