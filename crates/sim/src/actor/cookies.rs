//! A browser's cookies for one site, as far as sign-in needs them (RFC 6265).
//!
//! `Secure` is no hindrance here, since browsers trust loopback as well, and there is one host.

/// Cookies by name and path.
#[derive(Clone, Debug, Default)]
pub(super) struct CookieJar(Vec<Cookie>);

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl CookieJar {
    /// Takes in one `Set-Cookie` of an answer to a request for that path.
    pub(super) fn store(&mut self, set_cookie: &str, request_path: &str) {
        let mut parts = set_cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let mut path = default_path(request_path).to_owned();
        let mut is_over = false;
        for attribute in parts {
            let (key, setting) = attribute.split_once('=').unwrap_or((attribute, ""));
            if key.eq_ignore_ascii_case("path") && setting.starts_with('/') {
                setting.clone_into(&mut path);
            } else if key.eq_ignore_ascii_case("max-age") {
                is_over = setting.parse::<i64>().is_ok_and(|seconds| seconds <= 0);
            } else if key.eq_ignore_ascii_case("expires") {
                // Servers delete with the epoch; a calendar for any other date is not needed.
                is_over |= setting.contains("1970");
            }
        }
        self.0
            .retain(|cookie| cookie.name != name || cookie.path != path);
        if !is_over {
            self.0.push(Cookie {
                name: name.to_owned(),
                value: value.to_owned(),
                path,
            });
        }
    }

    /// The `Cookie` header of a request for that path.
    pub(super) fn header(&self, request_path: &str) -> Option<String> {
        let sent = self
            .0
            .iter()
            .filter(|cookie| covers(&cookie.path, request_path));
        let pairs: Vec<String> = sent
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

fn default_path(request_path: &str) -> &str {
    match request_path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => request_path.get(..at).unwrap_or("/"),
    }
}

fn covers(cookie_path: &str, request_path: &str) -> bool {
    request_path
        .strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie_path.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::CookieJar;

    #[test]
    fn cookies_are_replaced_deleted_and_kept_to_their_path() {
        let mut jar = CookieJar::default();
        jar.store("session=a; Path=/; HttpOnly; SameSite=Lax", "/login");
        jar.store("form=x", "/oauth2/authorize");
        jar.store("session=b; path=/", "/login");
        assert_eq!(jar.header("/settings").as_deref(), Some("session=b"));
        assert_eq!(
            jar.header("/oauth2/token").as_deref(),
            Some("form=x; session=b")
        );
        assert_eq!(jar.header("/oauth2x").as_deref(), Some("session=b"));

        jar.store("session=; Path=/; Max-Age=0", "/logout");
        jar.store("form=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "/oauth2/x");
        assert_eq!(jar.header("/oauth2/token"), None);
    }
}
