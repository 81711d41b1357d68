//! Answers with tokens in them, in all the shapes that are met.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant_core::held::{RawAnswer, Reading, TokenResponse};

use super::{NOW, answer, read, seconds, with_header};

fn tokens(answer: &RawAnswer) -> TokenResponse {
    match read(answer) {
        Reading::Tokens(tokens) => *tokens,
        other => panic!("{other:?} of {:?}", String::from_utf8_lossy(&answer.body)),
    }
}

fn of(body: &str) -> TokenResponse {
    tokens(&answer(200, body))
}

fn with(field: &str) -> TokenResponse {
    of(&format!(r#"{{"access_token":"at-1",{field}}}"#))
}

fn jwt(claims: &str) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
}

#[test]
fn both_tokens_are_found_wherever_they_stand() {
    for (who, body) in [
        (
            "standard",
            r#"{"access_token":"at-1","token_type":"Bearer","refresh_token":"rt-1"}"#,
        ),
        (
            "white space",
            "\r\n\t {\"access_token\" : \"at-1\", \"refresh_token\":\"rt-1\"} \n",
        ),
        (
            "byte order mark",
            "\u{feff}{\"access_token\":\"at-1\",\"refresh_token\":\"rt-1\"}",
        ),
        (
            "form",
            "access_token=at-1&expires_in=28800&refresh_token=rt-1&scope=&token_type=bearer",
        ),
        (
            "form, escaped",
            "scope=a%2Cb&access%5Ftoken=at%2D1&refresh_token=rt%2d1&access_token=at-1",
        ),
        (
            "camel case",
            r#"{"accessToken":"at-1","refreshToken":"rt-1","expiresIn":1}"#,
        ),
        (
            "data",
            r#"{"data":{"access_token":"at-1","refresh_token":"rt-1"},"message":"ok","code":0}"#,
        ),
        (
            "a list in data",
            r#"{"data":[{"access_token":"at-1","refresh_token":"rt-1"}]}"#,
        ),
        (
            "Slack, of a user",
            r#"{"ok":true,"authed_user":{"access_token":"at-1","refresh_token":"rt-1","id":"U1"}}"#,
        ),
        (
            "beside data",
            r#"{"data":{"access_token":"at-1"},"refresh_token":"rt-1"}"#,
        ),
        (
            "empty error",
            r#"{"error":"","access_token":"at-1","refresh_token":"rt-1"}"#,
        ),
        (
            "JSON in a string",
            r#""{\"access_token\":\"at-1\",\"refresh_token\":\"rt-1\"}""#,
        ),
        (
            "something behind",
            "{\"access_token\":\"at-1\",\"refresh_token\":\"rt-1\"}\n<!-- 3 ms -->",
        ),
    ] {
        let tokens = of(body);
        let refresh = tokens.refresh_token.map(|it| it.expose().to_owned());
        assert_eq!(tokens.access_token.expose(), "at-1", "{who}");
        assert_eq!(refresh.as_deref(), Some("rt-1"), "{who}");
    }
}

#[test]
fn slacks_bot_token_comes_before_the_users() {
    let body = r#"{"ok":true,"access_token":"xoxb-1","authed_user":{"access_token":"xoxp-1"}}"#;
    assert_eq!(of(body).access_token.expose(), "xoxb-1");
}

#[test]
fn the_content_type_and_the_status_within_2xx_do_not_matter() {
    for media_type in [
        "text/html",
        "text/plain; charset=latin1",
        "application/xml",
        "",
    ] {
        for status in [200, 201, 203, 299] {
            let raw = answer(status, r#"{"access_token":"at-1"}"#);
            tokens(&with_header(raw, "content-type", media_type));
        }
    }
}

#[test]
fn a_byte_that_is_no_utf_8_hides_no_token() {
    let latin = b"{\"access_token\":\"at-1\",\"user\":\"Ren\xe9\"}";
    assert_eq!(tokens(&answer(200, latin)).access_token.expose(), "at-1");
    let latin = b"access_token=at-1&user=Ren\xe9";
    assert_eq!(tokens(&answer(200, latin)).access_token.expose(), "at-1");
}

#[test]
fn no_refresh_token_means_that_the_old_one_goes_on() {
    for field in [
        r#""x":1"#,
        r#""refresh_token":null"#,
        r#""refresh_token":"""#,
    ] {
        assert_eq!(with(field).refresh_token, None, "{field}");
    }
}

#[test]
fn a_lifetime_is_read_however_it_is_said() {
    for (field, lifetime) in [
        (r#""expires_in":3599"#, seconds(3_599)),
        (r#""expires_in":"3600""#, seconds(3_600)),
        (r#""expires_in":" 3600 ""#, seconds(3_600)),
        (r#""expires_in":3600.0"#, seconds(3_600)),
        (r#""expires_in":1e3"#, seconds(1_000)),
        (
            r#""expires_in":3600000,"expires_in_sec":3600"#,
            seconds(3_600),
        ),
        (r#""expires_in":0"#, None),
        (r#""expires_in":-1"#, None),
        (r#""expires_in":"-1""#, None),
        (r#""expires_in":0.2"#, None),
        (r#""expires_in":null"#, None),
        (r#""expires_in":"soon""#, None),
        (r#""expires_in":"NaN""#, None),
        (r#""expires_in":"inf""#, None),
        (r#""expires_in":{}"#, None),
        (r#""expires_in":true"#, None),
        (
            r#""expires_in":99999999999999999999999"#,
            seconds(3_653 * 86_400),
        ),
        (r#""expires_in":0,"expires_at":1795179600"#, seconds(3_600)),
        (r#""expires_at":1795179600"#, seconds(3_600)),
        (r#""expires_at":1795179600000"#, seconds(3_600)),
        (r#""expires_at":"1795179600""#, seconds(3_600)),
        (r#""expires_at":"2026-11-20T13:00:00Z""#, seconds(3_600)),
        (
            r#""expires_at":"2026-11-20T13:00:00.000+00:00""#,
            seconds(3_600),
        ),
        (r#""expires_at":"2006-11-20T13:00:00Z""#, None),
        (r#""expires_at":3600"#, None),
        (r#""expires_on":"1795179600""#, seconds(3_600)),
        (r#""expires":5183944"#, seconds(5_183_944)),
        (r#""expires":1795179600"#, seconds(3_600)),
        (
            r#"".expires":"Fri, 20 Nov 2026 13:00:00 GMT""#,
            seconds(3_600),
        ),
        (r#""expires_at":1e300"#, seconds(3_653 * 86_400)),
        (r#""expires_at":-1e300"#, None),
    ] {
        assert_eq!(with(field).expires_in, lifetime, "{field}");
    }
}

#[test]
fn a_salesforce_answer_says_no_lifetime_and_means_none() {
    let tokens = of(concat!(
        r#"{"access_token":"00Dx0000000BV7z!AR8AQP0jITN80ESEsj5EbaZTFG0R","#,
        r#""signature":"c2ln","scope":"refresh_token api","#,
        r#""instance_url":"https://x.example","#,
        r#""id":"https://login.example/id/00D/005","token_type":"Bearer","#,
        r#""issued_at":"1795176000000"}"#,
    ));
    assert_eq!(tokens.expires_in, None);
    assert_eq!(tokens.refresh_expires_in, None);
    assert_eq!(tokens.scope.unwrap().to_string(), "api refresh_token");
}

#[test]
fn a_jwt_tells_its_own_end_where_nothing_else_does() {
    let end = NOW.seconds() + 600;
    let access = jwt(&format!(r#"{{"exp":{end}}}"#));
    let refresh = jwt(&format!(r#"{{"exp":{}.5}}"#, end + 600));
    let body = format!(r#"{{"access_token":"{access}","refresh_token":"{refresh}"}}"#);
    let tokens = of(&body);
    assert_eq!(tokens.expires_in, seconds(600));
    assert_eq!(tokens.refresh_expires_in.unwrap().seconds(), 1_200);
    let said = of(&format!(r#"{{"access_token":"{access}","expires_in":60}}"#));
    assert_eq!(said.expires_in, seconds(60));
    for claims in ["{}", "[]", "{\"exp\":1}", "no JSON", ""] {
        let body = format!(r#"{{"access_token":"{}"}}"#, jwt(claims));
        assert_eq!(of(&body).expires_in, None, "{claims}");
    }
    assert_eq!(of(r#"{"access_token":"a.b.c.d.e"}"#).expires_in, None);
}

#[test]
fn a_refresh_tokens_lifetime_has_many_names() {
    for (field, lifetime) in [
        (
            r#""refresh_token_expires_in":15897600"#,
            seconds(15_897_600),
        ),
        (r#""refresh_token_expires_in":"604799""#, seconds(604_799)),
        (r#""refresh_expires_in":1800"#, seconds(1_800)),
        (r#""refresh_expires_in":0"#, None),
        (
            r#""x_refresh_token_expires_in":8726400"#,
            seconds(8_726_400),
        ),
        (r#""refreshTokenExpiresIn":60"#, seconds(60)),
        (
            r#""refresh_token_expires_at":"2026-11-20T12:00:30Z""#,
            seconds(30),
        ),
        (r#""refresh_token_expires_at":1795176030"#, seconds(30)),
    ] {
        assert_eq!(with(field).refresh_expires_in, lifetime, "{field}");
    }
}

#[test]
fn scopes_are_sets_however_they_are_written() {
    for (field, scope) in [
        (r#""scope":"b a""#, Some("a b")),
        (r#""scope":"b,a""#, Some("a b")),
        (r#""scope":"b, a""#, Some("a b")),
        (r#""scope":"b|a""#, Some("a b")),
        (r#""scope":["b","a"]"#, Some("a b")),
        (r#""scope":["a b",7]"#, Some("a b")),
        (r#""scopes":["x:read"]"#, Some("x:read")),
        (r#""scope":"a é b\\c b""#, Some("a b")),
        (r#""scope":"""#, None),
        (r#""scope":null"#, None),
        (r#""scope":{"a":1}"#, None),
        (r#""x":1"#, None),
    ] {
        let found = with(field).scope.map(|it| it.to_string());
        assert_eq!(found.as_deref(), scope, "{field}");
    }
}

#[test]
fn the_id_token_says_who_consented() {
    for (claims, subject) in [
        (r#"{"sub":"248289761001"}"#, Some("248289761001")),
        (r#"{"sub":7}"#, Some("7")),
        (r#"{"sub":""}"#, None),
        (r#"{"sub":"a\u0007b"}"#, None),
        (r#"{"sub":null}"#, None),
        ("{}", None),
    ] {
        let found = with(&format!(r#""id_token":"{}""#, jwt(claims))).subject;
        assert_eq!(found.as_deref(), subject, "{claims}");
    }
    assert_eq!(with(r#""id_token":"no jwt""#).subject, None);
}
