//! Breadth first through every state of a world, to the shortest way into a violation.
//!
//! Not stateright: its search overwrites the first counterexample of a property with later, longer
//! ones and can't count how often a situation was met, which is what shows that a clean world is
//! not an empty one.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::state::State;
use super::world::{Step, World};

/// More states than this are a mistake in the world's bounds.
const MOST_STATES: usize = 8_000_000;

/// What was found.
pub(crate) struct Explored {
    pub(crate) name: &'static str,
    pub(crate) states: usize,
    pub(crate) transitions: usize,
    pub(crate) covered: BTreeMap<&'static str, usize>,
    pub(crate) violation: Option<(&'static str, Vec<Step>)>,
}

/// Visits every state, or stops at the first violation.
pub(crate) fn explore(world: &World) -> Explored {
    let mut found = Explored {
        name: world.name,
        states: 0,
        transitions: 0,
        covered: BTreeMap::new(),
        violation: None,
    };
    let mut index: HashMap<State, usize> = HashMap::new();
    let mut parents: Vec<Option<(usize, Step)>> = vec![None];
    let mut queue = vec![world.begin()];
    index.insert(queue[0], 0);
    let mut next = Vec::new();
    let mut current = 0;
    while current < queue.len() && found.violation.is_none() {
        let state = queue[current];
        for situation in world.situations(&state) {
            *found.covered.entry(situation).or_default() += 1;
        }
        if let Some(violation) = world.violation(&state) {
            found.violation = Some((violation, way(&parents, current)));
        }
        world.steps(&state, &mut next);
        found.transitions += next.len();
        for (step, state) in next.drain(..) {
            index.entry(state).or_insert_with(|| {
                queue.push(state);
                parents.push(Some((current, step)));
                queue.len() - 1
            });
        }
        assert!(queue.len() < MOST_STATES, "{}: too large", world.name);
        current += 1;
    }
    found.states = queue.len();
    found
}

fn way(parents: &[Option<(usize, Step)>], mut to: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some((from, step)) = parents[to] {
        steps.push(step);
        to = from;
    }
    steps.reverse();
    steps
}

impl Explored {
    /// The whole report, for a failing assertion and for `--nocapture`.
    pub(crate) fn report(&self) -> String {
        let mut text = format!(
            "{}: {} states, {} transitions; covers {:?}\n",
            self.name, self.states, self.transitions, self.covered
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
