//! The anti-forgery field: shows that a form was made for the browser that sends it.
//!
//! Its value is a MAC whose key is a cookie's text, so that it needs no store and no key of ours,
//! survives a restart, and is the same on every node. Another site can neither read the cookie nor
//! make the value; over https the cookie's `__Host-` name keeps subdomains from planting one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant_service::core::Secret;
use ring::hmac;

use super::fields::Fields;

/// The field's name.
pub(super) const FIELD: &str = "anti_forgery";
const PURPOSE: &[u8] = b"evergrant form 1";

/// The field's value in the forms of the browser that has this cookie.
pub(super) fn value(cookie: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(&key(cookie), PURPOSE))
}

/// Whether a form was made for the browser that has this cookie.
pub(super) fn fits(cookie: &Secret, fields: &Fields) -> bool {
    let sent = URL_SAFE_NO_PAD.decode(fields.get(FIELD).unwrap_or_default());
    sent.is_ok_and(|sent| hmac::verify(&key(cookie), PURPOSE, &sent).is_ok())
}

fn key(cookie: &Secret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, cookie.expose().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_fits_its_own_cookie_only() {
        let (mine, other) = (Secret::new("mine".into()), Secret::new("other".into()));
        let fields = Fields::parse(format!("{FIELD}={}", value(&mine)).as_bytes());
        assert!(fits(&mine, &fields));
        assert!(!fits(&other, &fields));
        for wrong in ["", "anti_forgery=", "anti_forgery=AAAA", "anti_forgery=!"] {
            assert!(!fits(&mine, &Fields::parse(wrong.as_bytes())), "{wrong}");
        }
    }
}
