//! What a text says, for people to read. The text itself is never repeated.

use evergrant_web::api::explain::ExplanationShown;
use evergrant_web::service::core::Time;
use evergrant_web::service::core::held::guide::actor;
use evergrant_web::service::core::held::{Confidence, Party};

use super::{Render, prose, when};

/// Letters in a line.
const WIDTH: usize = 92;

impl Render for ExplanationShown {
    fn render(&self, now: Time) -> String {
        let mut text = prose(&self.summary, WIDTH, "", "");
        text.push('\n');
        for (name, value) in facts(self) {
            let (first, others) = (format!("  {name:<13}  "), " ".repeat(17));
            text.push_str(&prose(&value, WIDTH, &first, &others));
        }
        text.push_str(&paragraph("What was seen:", &self.evidence));
        let dates: Vec<_> = self.dates.iter().map(|it| when(*it, now)).collect();
        text.push_str(&paragraph("Dates in it:", &dates));
        let provider = self.provider.as_ref();
        let at = provider.map(|it| format!(" --provider {it}"));
        let guide = format!("{}{}", self.cause, at.unwrap_or_default());
        text + &format!("\nStep by step: evergrant guide {guide}\n")
    }
}

fn facts(said: &ExplanationShown) -> impl Iterator<Item = (&'static str, String)> {
    let tells = said.tells();
    let party = Party::parse(&said.party).map(actor);
    let degree = Confidence::parse(&said.confidence).map(Confidence::degree);
    let passes = if said.transient {
        "yes, by itself or by asking again"
    } else {
        "no, somebody has to act"
    };
    let told = |text: Option<&str>| text.filter(|_| tells).map(str::to_owned);
    let also = Some(said.also_possible.join(", ")).filter(|it| !it.is_empty());
    let facts = [
        ("what to do", Some(said.next_step.clone())),
        ("who must act", told(party)),
        ("how sure", told(degree)),
        ("does it pass", told(Some(passes))),
        ("provider", said.provider.clone()),
        ("cause", Some(said.cause.clone())),
        ("also possible", also),
    ];
    let known = |(name, value): (_, Option<String>)| Some((name, value?));
    facts.into_iter().filter_map(known)
}

fn paragraph(head: &str, lines: &[String]) -> String {
    let lines: String = lines
        .iter()
        .map(|line| prose(line, WIDTH, "  ", "  "))
        .collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{head}\n{lines}")
    }
}

#[cfg(test)]
mod tests {
    use evergrant_web::service::core::held::explain::Question;

    use super::*;

    fn said(text: &str) -> String {
        let question = Question {
            text,
            ..Question::default()
        };
        ExplanationShown::of(&question).render(Time::from_seconds(1_795_176_000))
    }

    #[test]
    fn what_happened_comes_first_and_the_guide_last() {
        let text = said("Token expired on 2026-11-19T12:00:00Z due to inactivity.");
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].ends_with('.') && lines[1].is_empty(), "{text}");
        assert!(lines[2].starts_with("  what to do     "), "{text}");
        assert!(text.contains("2026-11-19 12:00 UTC (1 day ago)"), "{text}");
        let last = lines[lines.len() - 1];
        assert!(last.starts_with("Step by step: evergrant guide "), "{text}");
        assert!(lines.iter().all(|it| it.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn nobody_must_act_where_nothing_failed() {
        let text = said("The weather is fine.");
        assert!(!text.contains("who must act"), "{text}");
        assert!(text.contains("cause          unknown"), "{text}");
    }
}
