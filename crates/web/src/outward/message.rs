//! Requests as they are written, and what is kept of an answer.

use evergrant_service::core::Secret;
use evergrant_service::core::held::RawAnswer;
use evergrant_service::core::held::plan::{Method, Request};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::{Position, Url};
use zeroize::Zeroizing;

const USER_AGENT: &str = concat!("evergrant/", env!("CARGO_PKG_VERSION"));
/// No header that we keep is of use when it is longer, in bytes.
const LONGEST_VALUE: usize = 1024;
/// Others' text in our errors, in bytes.
const LONGEST_TEXT: usize = 300;

/// Secret bytes that are lent to the connection without a copy and wiped when it is done.
struct Lent(Secret);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

fn lent(secret: Secret) -> Bytes {
    Bytes::from_owner(Lent(secret))
}

/// A request as it is sent: its target in origin form (RFC 9112 section 3.2.1), one connection for
/// it alone, and no coding of the answer that we could not read.
pub(super) fn written(request: Request) -> Result<hyper::Request<Full<Bytes>>, hyper::http::Error> {
    let Request {
        method,
        url,
        headers,
        body,
    } = request;
    let mut built = hyper::Request::builder()
        .method(name(&method))
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .body(Full::default())?;
    let fields = built.headers_mut();
    fields.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    fields.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    fields.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    for (field, value) in headers {
        let mut value = HeaderValue::from_maybe_shared(lent(value))?;
        value.set_sensitive(true);
        fields.insert(HeaderName::try_from(field)?, value);
    }
    fields.insert(header::HOST, host(&url)?);
    fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if let Some(body) = body {
        let media_type = HeaderValue::from_static(body.media_type);
        fields.insert(header::CONTENT_TYPE, media_type);
        let text = lent(body.text);
        fields.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
        *built.body_mut() = Full::new(text);
    } else if method == Method::Post {
        fields.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
    }
    Ok(built)
}

fn name(method: &Method) -> hyper::Method {
    match method {
        Method::Get => hyper::Method::GET,
        Method::Post => hyper::Method::POST,
        Method::Delete => hyper::Method::DELETE,
    }
}

fn host(url: &Url) -> Result<HeaderValue, hyper::http::Error> {
    Ok(HeaderValue::try_from(
        &url[Position::BeforeHost..Position::AfterPort],
    )?)
}

/// The headers that matter, each cut to a length that is of use.
pub(super) fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let matters = |name: &HeaderName| RawAnswer::HEADERS.contains(&name.as_str());
    let kept = headers.iter().filter(|(name, _)| matters(name));
    kept.map(|(name, value)| (name.as_str().to_owned(), kept_value(value)))
        .collect()
}

fn kept_value(value: &HeaderValue) -> String {
    let bytes = value.as_bytes();
    let bytes = bytes.get(..LONGEST_VALUE).unwrap_or(bytes);
    cut(String::from_utf8_lossy(bytes).into_owned(), LONGEST_VALUE)
}

fn cut(mut text: String, longest: usize) -> String {
    text.truncate(text.floor_char_boundary(longest));
    text
}

/// Text with others' words in it, fit to be logged: short, and on one line.
pub(super) fn short(text: &str) -> String {
    let shown = text.chars().map(|letter| match letter {
        letter if letter.is_control() => ' ',
        letter => letter,
    });
    cut(shown.collect(), LONGEST_TEXT)
}

/// Adds a piece to a body while there is room, and says whether all of it found room. Where the
/// body was before it grew is wiped.
pub(super) fn take_in(body: &mut Zeroizing<Vec<u8>>, piece: &[u8], room: usize) -> bool {
    let left = room.saturating_sub(body.len());
    let fits = piece.get(..left).unwrap_or(piece);
    let length = body.len().saturating_add(fits.len());
    if length > body.capacity() {
        let capacity = length.checked_next_power_of_two().unwrap_or(length);
        let mut wider = Zeroizing::new(Vec::with_capacity(capacity.min(room)));
        wider.extend_from_slice(body);
        *body = wider;
    }
    body.extend_from_slice(fits);
    fits.len() == piece.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_grows_to_its_bound_and_no_further() {
        let mut body = Zeroizing::default();
        assert!(take_in(&mut body, b"abc", 7));
        assert!(take_in(&mut body, b"defg", 7));
        assert_eq!(**body, *b"abcdefg");
        assert!(take_in(&mut body, b"", 7));
        assert!(!take_in(&mut body, b"hi", 7));
        assert_eq!(**body, *b"abcdefg");
        assert!(body.capacity() <= 8);
        assert!(!take_in(&mut Zeroizing::default(), b"x", 0));
    }

    #[test]
    fn a_header_is_kept_short_and_readable_whatever_is_in_it() {
        let mut headers = HeaderMap::new();
        let long = vec![0xff; 5000];
        headers.insert("location", HeaderValue::from_bytes(&long).unwrap());
        headers.insert("Date", HeaderValue::from_static("today"));
        headers.insert("set-cookie", HeaderValue::from_static("session=1"));
        let kept = kept(&headers);
        assert_eq!(kept.len(), 2);
        let answer = RawAnswer {
            status: 200,
            headers: kept,
            body: Zeroizing::default(),
            complete: true,
        };
        assert_eq!(answer.header("date"), Some("today"));
        let location = answer.header("location").unwrap();
        assert_eq!(location, "\u{fffd}".repeat(LONGEST_VALUE / 3));
    }

    #[test]
    fn text_of_others_is_short_and_on_one_line() {
        assert_eq!(short("a\r\nb\u{1b}[31m"), "a  b [31m");
        assert_eq!(short(&"é".repeat(500)).len(), LONGEST_TEXT);
    }
}
