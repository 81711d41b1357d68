//! The way out: one connection to a provider, for one request, at an address that was checked.

mod address;
mod clock;
mod line;
mod message;
mod reach;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use evergrant_service::held::wire::{Limits, Line, Unreachable, Wire};
use evergrant_service::store::engine::Pending;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use self::clock::Deadline;
use self::line::Laid;
use self::reach::Place;

/// Whom we may ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Whether providers may be at addresses that are not public, and may be asked without TLS.
    pub allow_private: bool,
}

/// Lays lines over the network: HTTP/1.1 (RFC 9112), over TLS but for private providers.
///
/// A connection serves one request and is reset after it. There is no pool, no proxy, no early
/// data, and no second look-up of a name between the check and the connection.
pub struct Outward {
    policy: Policy,
    tls: TlsConnector,
}

/// The certificates of a company's own authority can't be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadRoots(String);

impl fmt::Display for BadRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for BadRoots {}

impl Outward {
    /// Gets ready. `own_roots` are certificates in PEM (RFC 7468) that are trusted beside the
    /// public authorities; empty for none.
    ///
    /// # Errors
    /// When there is text in `own_roots` but no certificate, or one that can't be read.
    pub fn new(policy: Policy, own_roots: &[u8]) -> Result<Self, BadRoots> {
        let roots = trusted(own_roots)?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| BadRoots(format!("TLS can't be set up: {error}.")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Early data can be replayed by others (RFC 8446 section 8).
        config.enable_early_data = false;
        config.resumption = Resumption::disabled();
        Ok(Self {
            policy,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    async fn laid(&self, to: &Url, limits: Limits) -> Result<Box<dyn Line>, Unreachable> {
        let place = Place::of(to, self.policy)?;
        let deadline = Deadline::after(limits.connect);
        let connecting = self.connected(&place, to, limits, &deadline);
        let in_time = deadline.bound(connecting).await;
        in_time.unwrap_or_else(|| Err(place.too_slow(limits.connect)))
    }

    async fn connected(
        &self,
        place: &Place,
        to: &Url,
        limits: Limits,
        deadline: &Deadline,
    ) -> Result<Box<dyn Line>, Unreachable> {
        let addresses = place.addresses(self.policy).await?;
        let stream = place.connected(&addresses, deadline).await?;
        if place.encrypted {
            let stream = self.shaken(place, stream).await?;
            Ok(Box::new(Laid::new(stream, to.origin(), limits)))
        } else {
            Ok(Box::new(Laid::new(stream, to.origin(), limits)))
        }
    }

    /// Checks the certificate against the name that was asked for (RFC 9525).
    async fn shaken(
        &self,
        place: &Place,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Unreachable> {
        let name = match &place.host {
            Host::Domain(name) => ServerName::try_from(name.clone())
                .map_err(|_| place.failed("its name can't be in a certificate"))?,
            Host::Ipv4(address) => ServerName::from(std::net::IpAddr::from(*address)),
            Host::Ipv6(address) => ServerName::from(std::net::IpAddr::from(*address)),
        };
        let shaken = self.tls.connect(name, stream).await;
        shaken.map_err(|error| place.failed(format!("TLS: {error}")))
    }
}

impl Wire for Outward {
    fn lay<'a>(
        &'a self,
        to: &'a Url,
        limits: Limits,
    ) -> Pending<'a, Result<Box<dyn Line>, Unreachable>> {
        Box::pin(self.laid(to, limits))
    }

    fn permits(&self, to: &Url) -> Result<(), Unreachable> {
        Place::of(to, self.policy).map(drop)
    }
}

fn trusted(own_roots: &[u8]) -> Result<RootCertStore, BadRoots> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let public = roots.len();
    for certificate in CertificateDer::pem_slice_iter(own_roots) {
        let wrong = |error: &dyn Error| BadRoots(format!("A certificate can't be read: {error}."));
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    if roots.len() == public && !own_roots.trim_ascii().is_empty() {
        return Err(BadRoots("There is no certificate in PEM in it.".to_owned()));
    }
    Ok(roots)
}
