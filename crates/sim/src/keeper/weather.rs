//! How bad the weather is: how often each fault comes, in ten thousand steps. Drawn from the seed,
//! so that some runs meet one fault alone and some meet all of them.

use crate::faults::Random;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// A process is killed.
    pub(crate) kill: u32,
    /// A process stands still for a while.
    pub(crate) stall: u32,
    /// The database is away for a while.
    pub(crate) database_away: u32,
    /// A commit is done and its answer lost, or not done and nobody says so.
    pub(crate) commit_unknown: u32,
    /// No way to the provider.
    pub(crate) unreachable: u32,
    /// A request gets lost.
    pub(crate) request_lost: u32,
    /// A request arrives twice.
    pub(crate) request_twice: u32,
    /// An answer is lost, or comes too late.
    pub(crate) answer_lost: u32,
    /// An answer is cut, HTML, empty, an error after the act.
    pub(crate) answer_spoilt: u32,
    /// An answer has the wrong media type; nothing else is wrong with it.
    pub(crate) wrong_type: u32,
    /// The provider says "later", and has not looked.
    pub(crate) too_many: u32,
    /// The clock is set.
    pub(crate) clock_jump: u32,
}

impl Weather {
    pub(crate) fn calm() -> Self {
        Self::default()
    }

    pub(crate) fn draw(random: &mut Random) -> Self {
        let mut odds = |often: u32| {
            // Half of the faults are absent from a run.
            if random.below(2) == 0 {
                0
            } else {
                let part = u32::try_from(random.below(10)).unwrap_or_default() + 1;
                often * part / 10
            }
        };
        Self {
            kill: odds(60),
            stall: odds(60),
            database_away: odds(12),
            commit_unknown: odds(200),
            unreachable: odds(2_000),
            request_lost: odds(1_500),
            request_twice: odds(500),
            answer_lost: odds(3_000),
            answer_spoilt: odds(3_000),
            wrong_type: odds(3_000),
            too_many: odds(2_000),
            clock_jump: 0,
        }
        .with_clock(random)
    }

    fn with_clock(self, random: &mut Random) -> Self {
        Self {
            clock_jump: if random.below(8) == 0 { 10_000 } else { 0 },
            ..self
        }
    }
}
