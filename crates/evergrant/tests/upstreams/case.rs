//! The cases of the matrix: what befalls the requests, and where processes die.

use std::fmt;
use std::time::Duration;

use evergrant_sim::proxy::Fault;
use evergrant_sim::upstream::{Kind, Reuse};
use evergrant_web::service::core::Span;
use evergrant_web::service::core::held::ReplayPolicy;

use crate::process::Step;

/// A wait that a request survives, and one that it doesn't.
const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_millis(3_400);
const RETRY_AFTER_SECONDS: u64 = 7;

/// What happens in a case.
#[derive(Clone, PartialEq)]
pub(crate) struct Case {
    /// Befalls the first requests that come to the provider.
    pub(crate) fault: Fault,
    /// How many of them.
    pub(crate) times: usize,
    /// What becomes of the processes, one after the other; nothing of the last.
    pub(crate) fates: Vec<Step>,
    /// Whether each process has a disk of its own for its spool.
    pub(crate) own_disks: bool,
    /// What the keeper is told about the provider.
    pub(crate) told: ReplayPolicy,
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (times, fates) = (self.times, &self.fates);
        match &self.fault {
            Fault::AnswerWith { status, .. } => write!(formatter, "a page with {status}")?,
            fault => write!(formatter, "{fault:?}")?,
        }
        write!(formatter, " x {times}, {fates:?}")?;
        if self.own_disks {
            formatter.write_str(", each on a disk of its own")?;
        }
        Ok(())
    }
}

/// How a server treats a refresh token that comes again, as a keeper is told.
pub(crate) fn policy(kind: Kind) -> ReplayPolicy {
    match kind.reuse() {
        Reuse::EndsGrant | Reuse::EndsRefreshing => ReplayPolicy::Strict,
        Reuse::GivesSuccessor { within } => {
            ReplayPolicy::Window(Span::from_seconds(i64::try_from(within.as_secs()).unwrap()))
        }
    }
}

fn faults() -> Vec<Fault> {
    let page = |status| Fault::AnswerWith {
        status,
        content_type: "text/html".to_owned(),
        body: b"<title>Elsewhere</title>".to_vec(),
    };
    let mut faults = Fault::all(SHORT);
    faults.retain(|fault| !matches!(fault, Fault::TooMany(_) | Fault::Trickle(_)));
    faults.extend([
        Fault::TooMany(RETRY_AFTER_SECONDS),
        Fault::Trickle(Duration::from_millis(1)),
        Fault::Delay(LONG),
        Fault::DelayRequest(LONG),
        page(302),
        page(408),
        page(503),
    ]);
    faults
}

fn is_slow(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Delay(_) | Fault::DelayRequest(_) | Fault::Trickle(_)
    )
}

impl Case {
    /// One fault, one death, one disk.
    pub(crate) fn plain(kind: Kind, fault: Fault, fates: &[Step]) -> Self {
        Self {
            fault,
            times: 1,
            fates: fates.to_vec(),
            own_disks: false,
            told: policy(kind),
        }
    }

    /// Every fault with every death; and with a successor that can't see the spool, every death
    /// after which it matters.
    fn matrix(kind: Kind) -> Vec<Self> {
        let mut cases = Vec::new();
        for fault in faults() {
            let one = |fates: &[Step]| Self::plain(kind, fault.clone(), fates);
            cases.push(one(&[]));
            cases.push(one(&[Step::StoreAway]));
            cases.extend(Step::DEATHS.map(|step| one(&[step])));
        }
        for fault in [Fault::Pass, Fault::DropRequest, Fault::DropAnswer] {
            let elsewhere = |step| Self {
                own_disks: true,
                ..Self::plain(kind, fault.clone(), &[step])
            };
            // An answer in a spool that nobody looks at comes when its machine does.
            let steps = Step::DEATHS.into_iter().filter(|it| *it != Step::Spooled);
            cases.extend(steps.map(elsewhere));
        }
        cases
    }

    /// Every fault twice, with every death; and two deaths, one after the other, with the faults
    /// that differ in what the provider did.
    fn beyond(kind: Kind) -> Vec<Self> {
        let mut cases = Vec::new();
        for fault in faults() {
            let twice = |fates: &[Step]| Self {
                times: 2,
                ..Self::plain(kind, fault.clone(), fates)
            };
            cases.push(twice(&[]));
            cases.push(twice(&[Step::StoreAway]));
            cases.extend(Step::DEATHS.map(|step| twice(&[step])));
        }
        let telling = [
            Fault::Pass,
            Fault::DropRequest,
            Fault::DropAnswer,
            Fault::Cut,
            Fault::TooMany(RETRY_AFTER_SECONDS),
        ];
        for fault in telling {
            for first in Step::DEATHS {
                let two = |second| Self::plain(kind, fault.clone(), &[first, second]);
                cases.extend(Step::DEATHS.map(two));
            }
        }
        cases
    }

    /// The cases of a server, the longest first, so that none is waited for alone at the end.
    pub(crate) fn all(kind: Kind, everything: bool) -> Vec<Self> {
        let mut cases = Self::matrix(kind);
        if everything {
            cases.extend(Self::beyond(kind));
        }
        cases.sort_by_key(|case| !is_slow(&case.fault));
        cases
    }
}
