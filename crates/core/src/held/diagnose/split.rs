//! Text and history put together.

use super::finding::{Case, Finding, Weight, all};
use super::{Known, against, clock, crowd, seen, text, young};
use crate::held::answer::Fault;
use crate::held::connection::Event;
use crate::held::diagnosis::{Cause, Confidence, Diagnosis, Party};

/// More other causes than these help nobody.
const OTHERS: usize = 6;

/// Causes that a provider can't take a lost answer for: if it names one, that is it.
const DECISIVE: [Cause; 10] = [
    Cause::AccountUnconfirmedOrDisabled,
    Cause::AdminPolicyBlocked,
    Cause::AppInTestingMode,
    Cause::AppOrClientMisconfigured,
    Cause::ConsentRequired,
    Cause::MfaEnabledOrRequired,
    Cause::PasswordChanged,
    Cause::PlatformSecurityEvent,
    Cause::ScopeMissingOrChanged,
    Cause::UserRemovedByAdmin,
];

fn case<'a>(fault: &'a Fault, known: &'a Known) -> Option<Case<'a>> {
    Some(Case {
        facts: &known.facts,
        fault,
        said: &known.said,
        history: known.history.as_ref()?,
    })
}

/// The grant has ended.
pub(super) fn dead(plain: Diagnosis, lost: bool, fault: &Fault, known: &Known) -> Diagnosis {
    let said = &known.said;
    let mut it = begun(plain, known);
    let decisive = text::is_certain(said) && DECISIVE.contains(&said.cause);
    if lost && !decisive {
        text::add_evidence(&mut it, said);
        let mut others = vec![Cause::RefreshTokenReused];
        others.extend(possible(known));
        return finished(it, others, true);
    }
    if text::speaks(said) {
        text::take(&mut it, said);
    } else {
        text::add_evidence(&mut it, said);
    }
    let mut others = if lost {
        vec![Cause::ResponseLost]
    } else {
        Vec::new()
    };
    if let Some(case) = case(fault, known) {
        others.extend(told_apart(&mut it, &case));
    }
    others.extend(possible(known));
    let mut it = finished(it, others, true);
    if let Some(doubt) = case(fault, known).and_then(|case| young::doubt(&case))
        && it.cause == Cause::UserRevoked
    {
        it.evidence.push(doubt);
        it.confidence = Confidence::Ambiguous;
        it.also_possible.retain(|it| *it != Cause::ProviderOutage);
        it.also_possible.insert(0, Cause::ProviderOutage);
        it.also_possible.truncate(OTHERS);
    }
    it
}

/// A failure that is no end.
pub(super) fn paused(plain: Diagnosis, event: Event, fault: &Fault, known: &Known) -> Diagnosis {
    let said = &known.said;
    let mut it = begun(plain, known);
    let before = it.cause;
    let fits = match (event, fault.status) {
        (Event::AppRefused, _) => said.party != Party::Nobody && said.party != Party::EndUser,
        (_, Some(429)) => said.cause == Cause::RateLimited,
        (_, Some(500..)) => said.cause.is_transient() || said.confidence != Confidence::Ambiguous,
        _ => true,
    };
    if fits && text::speaks(said) {
        text::take(&mut it, said);
    } else {
        text::add_evidence(&mut it, said);
    }
    let mut others = Vec::new();
    if let Some(case) = case(fault, known) {
        if let Some(doubt) = young::doubt(&case) {
            it.cause = Cause::ProviderOutage;
            it.party = Party::Nobody;
            it.confidence = Confidence::Likely;
            it.advice = None;
            it.evidence.push(doubt);
            others.push(said.cause);
        } else if text::speaks(said) || event == Event::AppRefused || fault.mute {
            others.extend(told_apart(&mut it, &case));
        } else {
            // Nobody said that the grant has ended: why it would have is no question.
            let around = [
                clock::evidence(&case),
                crowd::alike(&case).map(|it| it.because),
            ];
            it.evidence.extend(around.into_iter().flatten());
        }
    }
    others.extend(possible(known));
    if fault.mute && event == Event::Unknown {
        others.extend(unsaid(fault, known));
    }
    if before == Cause::AppOrClientMisconfigured {
        others.push(before);
    }
    finished(it, others, false)
}

/// A consent that did not come to be.
pub(super) fn denied(plain: Diagnosis, _: &Fault, known: &Known) -> Diagnosis {
    let said = &known.said;
    let mut it = begun(plain, known);
    if text::speaks(said) && said.confidence != Confidence::Ambiguous {
        text::take(&mut it, said);
    } else {
        text::add_evidence(&mut it, said);
    }
    finished(it, possible(known), true)
}

fn begun(mut plain: Diagnosis, known: &Known) -> Diagnosis {
    plain.dates.clone_from(&known.said.dates);
    if let Some(history) = &known.history {
        plain.code.clone_from(&history.code);
        plain.at = Some(history.answered_at);
    }
    plain
}

/// What a grant that was refused without a word may have ended of, but for what its history speaks
/// against. A code is no grant yet.
fn unsaid(fault: &Fault, known: &Known) -> Vec<Cause> {
    let case = case(fault, known);
    if case.is_some_and(|case| case.history.redeems) {
        return Vec::new();
    }
    let out = case
        .map(|case| against::ruled_out(&case))
        .unwrap_or_default();
    let is_out = |cause: &Cause| out.iter().any(|(it, _)| it == cause);
    seen::MUTE.into_iter().filter(|it| !is_out(it)).collect()
}

/// Every cause that the text takes for possible.
fn possible(known: &Known) -> Vec<Cause> {
    let said = &known.said;
    let known = said.signature.is_some();
    let all = std::iter::once(said.cause).chain(said.also_possible.iter().copied());
    all.filter(|_| known).collect()
}

/// Lets the history choose among the causes that the text leaves open, and gives the causes that it
/// speaks for and did not choose.
fn told_apart(it: &mut Diagnosis, case: &Case<'_>) -> Vec<Cause> {
    let found = all(case);
    if let Some(line) = clock::evidence(case)
        && found.iter().all(|it| it.cause != Cause::ClockSkew)
    {
        it.evidence.push(line);
    }
    let open = it.confidence != Confidence::Certain;
    let chosen = found
        .iter()
        .find(|finding| open && decides(it, finding, case));
    if let Some(chosen) = chosen {
        if chosen.cause != it.cause {
            it.advice = None;
        }
        it.cause = chosen.cause;
        it.party = chosen.party;
        it.confidence = if chosen.weight >= Weight::Strong {
            Confidence::Likely
        } else {
            Confidence::Ambiguous
        };
    }
    // Whose doing a second use was is not in any text.
    let ours = |found: &&Finding| found.cause == it.cause && found.party == Party::Operator;
    if it.cause == Cause::RefreshTokenReused && found.iter().any(|it| ours(&it)) {
        it.party = Party::Operator;
    }
    let told = |it: &Finding| it.because.clone();
    it.evidence.extend(found.iter().map(told));
    let others: Vec<_> = found.iter().map(|it| it.cause).collect();
    if it.confidence != Confidence::Certain {
        excluded(it, case, &others);
    }
    others
}

/// Whether a finding says what happened, beside what the text says.
fn decides(it: &Diagnosis, finding: &Finding, case: &Case<'_>) -> bool {
    let agrees = finding.cause == it.cause;
    let weight = match it.confidence {
        Confidence::Certain => return false,
        // A text that names its cause yields to an exact number among the causes it allows.
        Confidence::Likely if agrees || case.allows(finding.cause) => Weight::Exact,
        Confidence::Likely => return false,
        Confidence::Ambiguous => Weight::Leaning,
    };
    finding.weight >= weight
}

/// Takes away what the history speaks against: of what the text allows, and so of what is chosen.
fn excluded(it: &mut Diagnosis, case: &Case<'_>, others: &[Cause]) {
    let mut why = Vec::new();
    let mut out = Vec::new();
    for (cause, reason) in against::ruled_out(case) {
        let found = others.contains(&cause);
        if !found && (case.allows(cause) && text::speaks(case.said)) {
            why.push(format!("{} ({reason})", cause.as_str()));
            out.push(cause);
        }
    }
    if out.is_empty() {
        return;
    }
    it.evidence
        .push(format!("Its history speaks against {}.", why.join(", ")));
    let left = case.said.also_possible.iter().find(|it| !out.contains(it));
    if it.confidence == Confidence::Ambiguous
        && out.contains(&it.cause)
        && let Some(next) = left
    {
        it.cause = *next;
        it.advice = None;
    }
    it.also_possible = out;
}

/// Makes it whole: other causes each once, and what a person is told to do.
fn finished(mut it: Diagnosis, others: Vec<Cause>, ended: bool) -> Diagnosis {
    let out = std::mem::take(&mut it.also_possible);
    for cause in others {
        let new = cause != it.cause && cause != Cause::Unknown;
        if new && !out.contains(&cause) && !it.also_possible.contains(&cause) {
            it.also_possible.push(cause);
        }
    }
    it.also_possible.truncate(OTHERS);
    it.transient = !ended && it.cause.passes(it.party);
    if ended && it.party == Party::Nobody {
        // Nothing tries it again by itself.
        it.party = Party::EndUser;
        it.advice = None;
    }
    if ended && it.advice.is_none() && it.cause.is_transient() {
        let mend = match it.cause {
            Cause::ClockSkew => "Set this machine's clock by the network (NTP), then r",
            _ => "R",
        };
        it.advice = Some(format!(
            "{mend}enew the connection: let its owner authorize it anew."
        ));
    }
    it
}
