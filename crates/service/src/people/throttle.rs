//! Guessing passwords takes long: so many tries for each account and address, then waiting.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use evergrant_core::Digest;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Tries for one account at once; then one every [`REFILL`].
const TRIES: NonZeroU32 = NonZeroU32::new(20).unwrap();
const REFILL: Duration = Duration::from_secs(15);
/// Tries from one address at once; then four a minute for each such refill.
const TRIES_OF_ADDRESS: NonZeroU32 = NonZeroU32::new(100).unwrap();

pub(crate) struct Throttle {
    accounts: DefaultKeyedRateLimiter<Digest>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Default for Throttle {
    fn default() -> Self {
        let quota = |tries| Quota::with_period(REFILL).map(|quota| quota.allow_burst(tries));
        let of = |tries| quota(tries).unwrap_or(Quota::per_minute(tries));
        Self {
            accounts: RateLimiter::keyed(of(TRIES)),
            addresses: RateLimiter::keyed(of(TRIES_OF_ADDRESS)),
            clock: DefaultClock::default(),
        }
    }
}

impl Throttle {
    /// Counts a try to sign in. Who sits at this machine is not counted; an account is counted for
    /// each address alone, so that nobody can lock another out.
    ///
    /// # Errors
    /// The seconds after which to try again.
    pub(crate) fn try_sign_in(&self, email: &str, from: Option<IpAddr>) -> Result<(), u32> {
        let from = from.map(|address| address.to_canonical());
        if from.is_some_and(|address| address.is_loopback()) {
            return Ok(());
        }
        let wait = |until: governor::NotUntil<_>| {
            let left = until
                .wait_time_from(self.clock.now())
                .as_secs()
                .saturating_add(1);
            u32::try_from(left).unwrap_or(u32::MAX)
        };
        if let Some(address) = from {
            self.addresses.check_key(&address).map_err(wait)?;
        }
        let account = format!("{} {from:?}", email.trim().to_lowercase());
        self.accounts
            .check_key(&Digest::of(account.as_bytes()))
            .map_err(wait)
    }

    /// Forgets those whose quota is full again.
    pub(crate) fn forget_the_innocent(&self) {
        self.accounts.retain_recent();
        self.addresses.retain_recent();
    }
}
