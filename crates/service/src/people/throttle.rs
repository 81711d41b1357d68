//! Guessing passwords takes long: so many tries for each account and address, then waiting. Work
//! that anybody may ask for has a limit for each address too.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use evergrant_core::Digest;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Tries for one account at once; then one every [`REFILL`].
const TRIES: NonZeroU32 = NonZeroU32::new(20).unwrap();
const REFILL: Duration = Duration::from_secs(15);
/// Tries from one address at once; then four a minute for each such refill.
const TRIES_OF_ADDRESS: NonZeroU32 = NonZeroU32::new(100).unwrap();

pub(crate) struct Throttle {
    accounts: DefaultKeyedRateLimiter<Digest>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    /// Who has texts explained: another count, so that reading about an error locks nobody out.
    readers: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Default for Throttle {
    fn default() -> Self {
        let quota = |tries| Quota::with_period(REFILL).map(|quota| quota.allow_burst(tries));
        let of = |tries| quota(tries).unwrap_or(Quota::per_minute(tries));
        Self {
            accounts: RateLimiter::keyed(of(TRIES)),
            addresses: RateLimiter::keyed(of(TRIES_OF_ADDRESS)),
            readers: RateLimiter::keyed(of(TRIES_OF_ADDRESS)),
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
        let Some(from) = stranger(from) else {
            return Ok(());
        };
        if let Some(address) = from {
            self.addresses
                .check_key(&address)
                .map_err(|it| self.wait(&it))?;
        }
        let account = format!("{} {from:?}", email.trim().to_lowercase());
        self.accounts
            .check_key(&Digest::of(account.as_bytes()))
            .map_err(|it| self.wait(&it))
    }

    /// Counts a text that somebody whom we don't know has explained.
    ///
    /// # Errors
    /// The seconds after which to try again.
    pub(crate) fn try_explain(&self, from: Option<IpAddr>) -> Result<(), u32> {
        let Some(Some(address)) = stranger(from) else {
            return Ok(());
        };
        self.readers
            .check_key(&address)
            .map_err(|it| self.wait(&it))
    }

    fn wait(&self, until: &governor::NotUntil<<DefaultClock as Clock>::Instant>) -> u32 {
        let left = until.wait_time_from(self.clock.now()).as_secs();
        u32::try_from(left.saturating_add(1)).unwrap_or(u32::MAX)
    }

    /// Forgets those whose quota is full again.
    pub(crate) fn forget_the_innocent(&self) {
        self.accounts.retain_recent();
        self.addresses.retain_recent();
        self.readers.retain_recent();
    }
}

/// Where somebody comes from, if that is not this machine.
fn stranger(from: Option<IpAddr>) -> Option<Option<IpAddr>> {
    let from = from.map(|address| address.to_canonical());
    (!from.is_some_and(|address| address.is_loopback())).then_some(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_about_errors_waits_after_many_and_can_still_sign_in() {
        let throttle = Throttle::default();
        let address = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        for _ in 0..TRIES_OF_ADDRESS.get() {
            assert_eq!(throttle.try_explain(address("192.0.2.1")), Ok(()));
            assert_eq!(throttle.try_explain(address("127.0.0.1")), Ok(()));
        }
        let wait = throttle.try_explain(address("::ffff:192.0.2.1"));
        assert!(wait.is_err_and(|it| (1..=16).contains(&it)), "{wait:?}");
        assert_eq!(throttle.try_explain(address("127.0.0.1")), Ok(()));
        assert_eq!(throttle.try_explain(address("192.0.2.2")), Ok(()));
        assert_eq!(
            throttle.try_sign_in("a@b.example", address("192.0.2.1")),
            Ok(())
        );
    }
}
