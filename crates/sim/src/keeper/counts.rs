//! What runs met, so that a clean one is known to be no empty one.

/// What a run met.
#[derive(Clone, Copy, Default, Debug)]
pub struct Counts {
    /// Refresh tokens that were presented.
    pub presented: u64,
    /// Of those, again.
    pub replays: u64,
    /// Reads that were served.
    pub reads: u64,
    /// Processes that were killed.
    pub kills: u64,
    /// Commits.
    pub commits: u64,
}

impl Counts {
    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        self.presented += other.presented;
        self.replays += other.replays;
        self.reads += other.reads;
        self.kills += other.kills;
        self.commits += other.commits;
    }
}
