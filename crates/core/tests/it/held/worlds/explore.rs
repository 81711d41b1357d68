//! Breadth first through every state of a world, to the shortest way into a violation. What was
//! visited is remembered by a fingerprint of 128 bits; two processes in each other's place are the
//! same state.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt::Write;
use std::hash::{Hash, Hasher};

use super::state::State;
use super::world::{Step, World};

pub(crate) type Steps = Vec<(Step, State)>;

/// More states than this are a mistake in the world's bounds.
const MOST_STATES: usize = 6_000_000;

/// What was found.
pub(crate) struct Explored {
    pub(crate) name: &'static str,
    pub(crate) states: usize,
    pub(crate) transitions: usize,
    pub(crate) covered: BTreeMap<&'static str, usize>,
    /// Where it all ends, when nothing is left that could happen.
    pub(crate) ends: BTreeMap<String, usize>,
    pub(crate) violation: Option<(&'static str, Vec<Step>)>,
}

/// A hash of 128 bits, quick also without optimisation. Nobody chooses states to make it collide.
struct Wide(u128);

impl Wide {
    const fn mix(&mut self, value: u128) {
        const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        self.0 = (self.0 ^ value).wrapping_mul(ODD);
        self.0 ^= self.0 >> 61;
    }
}

impl Hasher for Wide {
    fn finish(&self) -> u64 {
        u64::try_from(self.0 >> 64).unwrap()
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.mix((*byte).into());
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(value.into());
    }

    fn write_i32(&mut self, value: i32) {
        self.mix(value.unsigned_abs().into());
        self.mix(u128::from(value < 0));
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value.into());
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u128);
    }
}

fn fingerprint(state: &State) -> u128 {
    let mut hasher = Wide(1);
    state.hash(&mut hasher);
    hasher.0
}

impl World {
    fn name_of(&self, state: &State) -> u128 {
        let own = fingerprint(state);
        if self.skew == 0 {
            own.min(fingerprint(&state.mirrored()))
        } else {
            own
        }
    }
}

/// Visits every state, or stops at the first violation.
pub(crate) fn explore(world: &World) -> Explored {
    let mut found = Explored {
        name: world.name,
        states: 0,
        transitions: 0,
        covered: BTreeMap::new(),
        ends: BTreeMap::new(),
        violation: None,
    };
    let begin = world.begin();
    let mut known = HashSet::from([world.name_of(&begin)]);
    let mut parents: Vec<Option<(u32, Step)>> = vec![None];
    let mut queue = VecDeque::from([(0_u32, begin)]);
    let mut next = Vec::new();
    while let Some((current, state)) = queue.pop_front() {
        for situation in world.situations(&state) {
            *found.covered.entry(situation).or_default() += 1;
        }
        if let Some(violation) = world.violation(&state) {
            found.violation = Some((violation, way(&parents, current)));
            break;
        }
        world.steps(&state, &mut next);
        found.transitions += next.len();
        if next.is_empty() {
            *found.ends.entry(state.told()).or_default() += 1;
        }
        for (step, state) in next.drain(..) {
            if known.insert(world.name_of(&state)) {
                queue.push_back((u32::try_from(parents.len()).unwrap(), state));
                parents.push(Some((current, step)));
            }
        }
        assert!(parents.len() < MOST_STATES, "{}: too large", world.name);
    }
    found.states = parents.len();
    found
}

fn way(parents: &[Option<(u32, Step)>], mut to: u32) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some((from, step)) = parents[to as usize] {
        steps.push(step);
        to = from;
    }
    steps.reverse();
    steps
}

impl Explored {
    /// How many states are an example of a situation.
    pub(crate) fn met(&self, situation: &str) -> usize {
        self.covered.get(situation).copied().unwrap_or_default()
    }

    /// In how many states it all came to this end.
    pub(crate) fn ended(&self, end: &str) -> usize {
        self.ends.get(end).copied().unwrap_or_default()
    }

    /// The whole report, for a failing assertion and for `--nocapture`.
    pub(crate) fn report(&self) -> String {
        let mut text = format!(
            "{}: {} states, {} transitions\n  covers {:?}\n  ends {:?}\n",
            self.name, self.states, self.transitions, self.covered, self.ends
        );
        if let Some((violation, steps)) = &self.violation {
            let _ = writeln!(text, "  violation in {} steps: {violation}", steps.len());
            for (number, step) in steps.iter().enumerate() {
                let _ = writeln!(text, "  {:3} {step}", number + 1);
            }
        }
        text
    }
}
