//! An address on this site, to which a person is sent back: never one of another site.

use std::fmt;

use url::form_urlencoded;

/// Longest that is read: an authorization request with a long `state` fits.
const MAX_LENGTH: usize = 16 * 1024;
/// Where people go who asked for nothing else.
const HOME: &str = "/settings";

/// A path with its query, beginning with a single `/`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct LocalPath(String);

impl LocalPath {
    /// Reads what a request asks for; anything doubtful leads home. Browsers read `\` as `/` and
    /// leave out tabs and line ends, so none of them is let through.
    pub(super) fn or_home(text: Option<&str>) -> Self {
        let fits = |text: &&str| {
            text.starts_with('/')
                && !text.starts_with("//")
                && text.len() <= MAX_LENGTH
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        };
        Self(text.filter(fits).unwrap_or(HOME).to_owned())
    }

    /// The address as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The query, where the address is this path.
    pub(super) fn query_of(&self, path: &str) -> Option<&str> {
        let (own, query) = self.0.split_once('?')?;
        (own == path).then_some(query)
    }

    /// The sign-in page that leads here afterwards.
    pub(super) fn through_sign_in(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        format!(
            "/login?{}",
            query.append_pair("return_to", &self.0).finish()
        )
    }
}

impl Default for LocalPath {
    fn default() -> Self {
        Self(HOME.to_owned())
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::LocalPath;

    #[test]
    fn only_our_own_paths_are_let_through() {
        for path in ["/", "/settings", "/oauth2/authorize?a=b&c=%2F%2Fd", "/.//x"] {
            assert_eq!(LocalPath::or_home(Some(path)).as_str(), path);
        }
        let wrong = [
            "",
            "settings",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "/a\\b",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\r\nSet-Cookie: a=b",
            "/a b",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\u{e9}",
        ];
        for path in wrong {
            assert_eq!(
                LocalPath::or_home(Some(path)),
                LocalPath::default(),
                "{path:?}"
            );
        }
    }

    #[test]
    fn what_is_let_through_stays_here() {
        let base = Url::parse("https://auth.example/login").unwrap();
        for path in [
            "/.//evil.example",
            "/..//evil.example",
            "/@evil.example",
            "/?//evil",
        ] {
            let url = base.join(LocalPath::or_home(Some(path)).as_str()).unwrap();
            assert_eq!(url.origin(), base.origin(), "{path}");
        }
    }
}
