//! A form request made beforehand, whose last value is replaced from one request to the next.

use std::io::Write as _;

use url::form_urlencoded;

use crate::actor::App;

/// The bytes of a request up to its length, the body up to the value, and both put together.
#[derive(Clone, Debug)]
pub(super) struct Template {
    request: Vec<u8>,
    head_length: usize,
    body_start: Vec<u8>,
}

impl Template {
    /// A form to an endpoint, authenticated as the app; the field of that name is left open.
    pub(super) fn new(app: &App, path: &str, fields: &[(&str, &str)], open: &str) -> Self {
        let mut all = fields.to_vec();
        all.push((open, ""));
        let bytes = app.request(path, &all).encode(app.site().host());
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        // The length is written last, so that everything before it stays as it is.
        let mut request = String::with_capacity(2048);
        for line in head.lines().filter(|line| !line.starts_with(LENGTH)) {
            request.push_str(line);
            request.push_str("\r\n");
        }
        request.push_str(LENGTH);
        let head_length = request.len();
        Self {
            request: request.into_bytes(),
            head_length,
            body_start: body.as_bytes().to_vec(),
        }
    }

    /// The request with this value.
    pub(super) fn with(&mut self, value: &[u8]) -> &[u8] {
        self.request.truncate(self.head_length);
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._*".contains(byte);
        if value.iter().all(is_plain) {
            self.put_body(value);
        } else {
            let encoded: String = form_urlencoded::byte_serialize(value).collect();
            self.put_body(encoded.as_bytes());
        }
        &self.request
    }

    fn put_body(&mut self, encoded: &[u8]) {
        let length = self.body_start.len() + encoded.len();
        // Writing into a Vec cannot fail.
        let _ = write!(self.request, "{length}\r\n\r\n");
        self.request.extend_from_slice(&self.body_start);
        self.request.extend_from_slice(encoded);
    }
}

const LENGTH: &str = "Content-Length: ";

#[cfg(test)]
mod tests {
    use super::Template;
    use crate::actor::App;
    use crate::http::Site;

    #[test]
    fn each_value_gives_the_request_that_the_app_itself_would_send() {
        let site = Site::new("http://127.0.0.1:8420").unwrap();
        let apps = [
            App::public(&site, "a b", "http://x"),
            App::confidential(&site, "a", "s", "http://x"),
        ];
        for app in apps {
            let mut template = Template::new(&app, "/t", &[("grant_type", "x")], "token");
            for value in [
                "abc.def-g_h",
                "",
                "a+b/c=",
                "a-much-longer-value-than-the-one-before",
            ] {
                let fields = [("grant_type", "x"), ("token", value)];
                let expected = app.request("/t", &fields).encode(site.host());
                let given = template.with(value.as_bytes());
                assert_eq!(
                    String::from_utf8_lossy(given),
                    String::from_utf8(expected).unwrap()
                );
            }
        }
    }
}
