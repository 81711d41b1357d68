//! What a run is made of: processes, connections, providers, weather.

use std::time::Duration;

use evergrant_service::core::Span;

use crate::faults::Random;
use crate::keeper::provider::Habit;
use crate::keeper::weather::Weather;

/// What a run is made of, drawn from its seed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) processes: usize,
    pub(crate) one_disk: bool,
    pub(crate) connections: Vec<(Habit, Span)>,
    pub(crate) weather: Weather,
    pub(crate) bad: Duration,
}

impl Plan {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let mut pick = |below: u64| usize::try_from(random.below(below)).unwrap_or_default();
        let habits = [
            Habit::Strict,
            Habit::Soft,
            Habit::Strict,
            Habit::Window(Span::from_seconds(30)),
            Habit::Window(Span::from_seconds(120)),
            Habit::UntilFirstUse,
            Habit::Reusable,
        ];
        let lifetimes = [20, 45, 90, 150];
        let processes = [1, 1, 2, 2, 3, 5].get(pick(6)).copied().unwrap_or(1);
        let one_disk = pick(3) > 0;
        let count = pick(2) + 1;
        let connections = (0..count)
            .map(|_| {
                let habit = habits.get(pick(7)).copied().unwrap_or(Habit::Strict);
                let lifetime = lifetimes.get(pick(4)).copied().unwrap_or(60);
                (habit, Span::from_seconds(lifetime))
            })
            .collect();
        let bad = Duration::from_secs(60 + u64::try_from(pick(180)).unwrap_or_default());
        Self {
            processes,
            one_disk,
            connections,
            weather: Weather::draw(random),
            bad,
        }
    }

    /// How long calm must last until everything has shown what it is.
    pub(crate) fn calm(&self) -> Duration {
        let longest = self.connections.iter().map(|(_, it)| it.seconds()).max();
        let own_disks = if self.one_disk { 0 } else { 75 };
        Duration::from_secs(longest.unwrap_or_default().unsigned_abs() * 2 + 120 + own_disks)
    }
}
