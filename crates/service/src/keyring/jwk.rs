//! Public keys as JWKs (RFC 7517, RFC 7518 section 6, RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant_core::id::KeyId;

pub(super) fn ed25519(id: KeyId, public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    format!(
        "{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\",\"use\":\"sig\",\
         \"kid\":\"{id}\",\"x\":\"{x}\"}}"
    )
}

/// `public` is an uncompressed point: a byte 4, then both coordinates.
pub(super) fn p256(id: KeyId, public: &[u8]) -> String {
    let coordinates = public.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    format!(
        "{{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"use\":\"sig\",\
         \"kid\":\"{id}\",\"x\":\"{x}\",\"y\":\"{y}\"}}"
    )
}

pub(super) fn rsa(id: KeyId, public: &ring::rsa::PublicKey) -> String {
    let parts = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(public);
    let (n, e) = (
        URL_SAFE_NO_PAD.encode(parts.n),
        URL_SAFE_NO_PAD.encode(parts.e),
    );
    format!(
        "{{\"kty\":\"RSA\",\"alg\":\"RS256\",\"use\":\"sig\",\
         \"kid\":\"{id}\",\"n\":\"{n}\",\"e\":\"{e}\"}}"
    )
}
