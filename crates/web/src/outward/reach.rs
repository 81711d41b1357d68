//! From a URL to a connection, by way of addresses that were checked.

use std::fmt::Display;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use evergrant_service::core::Span;
use evergrant_service::held::wire::Unreachable;
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use url::{Host, Url};

use super::Policy;
use super::address::is_public;
use super::clock::Deadline;
use super::message::short;

/// What one of several addresses is given at least.
const ONE_ADDRESS: Duration = Duration::from_secs(1);

/// Where a provider is, as its URL says.
pub(super) struct Place {
    pub(super) host: Host<String>,
    pub(super) encrypted: bool,
    port: u16,
}

impl Place {
    /// Reads a URL, and refuses what needs no look at the network to be refused.
    pub(super) fn of(to: &Url, policy: Policy) -> Result<Self, Unreachable> {
        let encrypted = match to.scheme() {
            "https" => true,
            "http" if policy.allow_private => false,
            _ => return Err(not_allowed("A provider is asked over https only.")),
        };
        if !to.username().is_empty() || to.password().is_some() {
            let text = "The address of a provider has no user name and no password in it.";
            return Err(not_allowed(text));
        }
        let (Some(host), Some(port)) = (to.host(), to.port_or_known_default()) else {
            return Err(not_allowed("The address of a provider names a host."));
        };
        let place = Self {
            host: host.to_owned(),
            encrypted,
            port,
        };
        place.checked(place.written_out(), policy)?;
        if !policy.allow_private && place.is_this_machine_by_name() {
            let text = format!("{} is this machine itself.", place.host);
            return Err(not_allowed(&text));
        }
        Ok(place)
    }

    /// Whether the name is one that always means the machine that asks (RFC 6761 section 6.3).
    fn is_this_machine_by_name(&self) -> bool {
        let Host::Domain(name) = &self.host else {
            return false;
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        name == "localhost" || name.ends_with(".localhost")
    }

    /// The address, if the URL has one in place of a name.
    fn written_out(&self) -> Vec<SocketAddr> {
        match self.host {
            Host::Ipv4(address) => vec![SocketAddr::from((address, self.port))],
            Host::Ipv6(address) => vec![SocketAddr::from((address, self.port))],
            Host::Domain(_) => Vec::new(),
        }
    }

    /// All addresses of the host, each of which was checked.
    pub(super) async fn addresses(&self, policy: Policy) -> Result<Vec<SocketAddr>, Unreachable> {
        let found = match &self.host {
            Host::Ipv4(_) | Host::Ipv6(_) => self.written_out(),
            Host::Domain(name) => lookup_host((name.as_str(), self.port))
                .await
                .map_err(|error| self.failed(format!("its name was not found: {error}")))?
                .collect(),
        };
        self.checked(found, policy)
    }

    /// Lets addresses through. One that is not public is enough to refuse all: whoever answers for
    /// the name could choose which of them we meet.
    pub(super) fn checked(
        &self,
        found: Vec<SocketAddr>,
        policy: Policy,
    ) -> Result<Vec<SocketAddr>, Unreachable> {
        if !policy.allow_private && !found.iter().map(SocketAddr::ip).all(is_public) {
            // The address itself stays unsaid: it tells of the network that we are in.
            let text = format!("{} is at an address that is not public.", self.host);
            return Err(not_allowed(&text));
        }
        Ok(found)
    }

    /// Connects to the first of the addresses that answers, none of which may use up all the time.
    pub(super) async fn connected(
        &self,
        addresses: &[SocketAddr],
        deadline: &Deadline,
    ) -> Result<TcpStream, Unreachable> {
        let mut last = self.failed("its name has no address");
        let mut open = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        for address in addresses {
            let share = (deadline.left() / open.max(1)).max(ONE_ADDRESS);
            open = open.saturating_sub(1);
            last = match tokio::time::timeout(share, connected(*address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => self.failed(error),
                Err(_) => self.failed("it did not answer"),
            };
        }
        Err(last)
    }

    /// What is said of a failure before anything was sent.
    pub(super) fn failed(&self, why: impl Display) -> Unreachable {
        Unreachable::Failed(short(&format!("{} can't be reached: {why}.", self.host)))
    }

    /// What is said when the time was over.
    pub(super) fn too_slow(&self, limit: Span) -> Unreachable {
        self.failed(format!("no connection within {:?}", Duration::from(limit)))
    }
}

fn not_allowed(why: &str) -> Unreachable {
    Unreachable::NotAllowed(short(why))
}

/// A connection whose end is a reset, so that nothing waits in it or arrives later.
async fn connected(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = match address.ip() {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_nodelay(true)?;
    socket.set_zero_linger()?;
    socket.connect(address).await
}
