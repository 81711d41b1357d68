//! Faults by chance: the same for the same seed.

use super::CommitFault;

/// How often each fault comes, in a thousand operations.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Odds {
    /// A read is an outage.
    pub read_outage: u16,
    /// A commit is a conflict.
    pub conflict: u16,
    /// A commit is an outage.
    pub commit_outage: u16,
    /// A commit is done, and the answer lost.
    pub lost_answer: u16,
    /// A commit is not done, and nobody is told so.
    pub lost_request: u16,
}

impl Odds {
    /// Every fault, so many times in a thousand.
    pub const fn even(each: u16) -> Self {
        Self {
            read_outage: each,
            conflict: each,
            commit_outage: each,
            lost_answer: each,
            lost_request: each,
        }
    }

    pub(super) fn read(self, random: &mut Random) -> bool {
        random.below(1000) < u64::from(self.read_outage)
    }

    pub(super) fn commit(self, random: &mut Random) -> Option<CommitFault> {
        let mut drawn = random.below(1000);
        let each = [
            (self.conflict, CommitFault::Conflict),
            (self.commit_outage, CommitFault::Outage),
            (self.lost_answer, CommitFault::LostAnswer),
            (self.lost_request, CommitFault::LostRequest),
        ];
        for (odds, fault) in each {
            let odds = u64::from(odds);
            if drawn < odds {
                return Some(fault);
            }
            drawn -= odds;
        }
        None
    }
}

/// SplitMix64: chance that comes again for the same seed, on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, near enough to even for faults.
    pub const fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.draw() % end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut random = Random::new(1_234_567);
        let first = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!([random.draw(), random.draw()], first);
    }

    #[test]
    fn faults_come_about_as_often_as_asked() {
        let mut random = Random::new(1);
        let odds = Odds::even(100);
        let mut seen = [0; 4];
        for _ in 0..10_000 {
            if let Some(fault) = odds.commit(&mut random) {
                seen[CommitFault::ALL.iter().position(|it| *it == fault).unwrap()] += 1;
            }
        }
        assert!(
            seen.iter().all(|count| (800..1200).contains(count)),
            "{seen:?}"
        );
    }
}
