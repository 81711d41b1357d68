//! Measures how well texts about failed tokens are understood, and how fast.
//!
//! Reads files of cases and prints, for each, how often the cause was right with the provider told
//! and without.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use evergrant_service::core::held::explain::{Question, explain};
use evergrant_service::held::signatures;
use evergrant_sim::verdicts::{self, Case, Tally};

/// Measures how well texts about failed tokens are understood.
#[derive(Parser)]
struct Arguments {
    /// Files of cases.
    files: Vec<PathBuf>,
    /// Print each case whose cause is not the expert's first.
    #[arg(long)]
    wrong: bool,
    /// Only half of the cases: even or odd, by a hash of the text.
    #[arg(long)]
    half: Option<String>,
    /// Leave out, one after the other, what each speaker's file says, and ask about its examples.
    #[arg(long)]
    cross: bool,
    /// Time texts of a megabyte that are made to be hard.
    #[arg(long)]
    noise: bool,
    /// Time so many rounds over the catalogue's examples.
    #[arg(long)]
    rounds: Option<u32>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    match run(&arguments, &mut out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(out, "{error}"));
            ExitCode::FAILURE
        }
    }
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn run(arguments: &Arguments, out: &mut impl std::io::Write) -> Result<()> {
    let began = Instant::now();
    let catalogue = signatures::catalogue();
    let ready = began.elapsed().as_secs_f64() * 1_000.0;
    writeln!(
        out,
        "{} signatures, ready in {ready:.1} ms",
        catalogue.len()
    )?;
    let examples = examples();
    if let Some(rounds) = arguments.rounds {
        return timed(&examples, rounds, out);
    }
    if arguments.noise {
        return noise(out);
    }
    if arguments.cross {
        return cross(&examples, arguments.wrong, out);
    }
    if arguments.files.is_empty() {
        return asked("examples", &examples, arguments, out);
    }
    for file in &arguments.files {
        let cases = verdicts::read(&std::fs::read_to_string(file)?)?;
        asked(&file.display().to_string(), &cases, arguments, out)?;
    }
    Ok(())
}

/// The catalogue's own examples as cases.
fn examples() -> Vec<Case> {
    let cases = signatures::examples().map(|it| Case {
        provider: it.speaker.unwrap_or_default().into(),
        text: it.text.into(),
        cause: it.cause.as_str().into(),
        also: Vec::new(),
        party: String::new(),
    });
    cases.collect()
}

fn timed(examples: &[Case], rounds: u32, out: &mut impl std::io::Write) -> Result<()> {
    let began = Instant::now();
    for _ in 0..rounds {
        for case in examples {
            let question = Question {
                text: &case.text,
                ..Question::default()
            };
            std::hint::black_box(explain(signatures::catalogue(), &question));
        }
    }
    let count = f64::from(rounds) * f64::from(u32::try_from(examples.len())?);
    let seconds = began.elapsed().as_secs_f64();
    writeln!(out, "{:.0} diagnoses a second on one core", count / seconds)?;
    Ok(())
}

/// A megabyte of each kind, and how long it takes.
fn noise(out: &mut impl std::io::Write) -> Result<()> {
    const SIZE: usize = 1_000_000;
    let repeated = |it: &str| it.repeat(SIZE / it.len());
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let random: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes().into_iter().next().unwrap_or_default()
    })
    .take(SIZE)
    .collect();
    let log = "2026-03-01T08:00:00Z INFO job=17 rows=4012 user=ada path=/api/v1/items?page=3\n";
    for (name, text) in [
        (
            "random bytes",
            String::from_utf8_lossy(&random).into_owned(),
        ),
        ("a log", repeated(log)),
        (
            "words of tokens",
            repeated("refresh token expired revoked invalid_grant scope "),
        ),
        ("open tags", repeated("<a <b <script ")),
        ("scripts", repeated("<script>x</script ")),
        ("ampersands", repeated("&#&lt&amp;amp;")),
        ("backslashes", repeated("\\\\\\\"")),
        ("percent signs", repeated("%25%2525")),
        ("brackets", repeated("[{")),
        (
            "base64",
            repeated("aGVsbG8gd29ybGQgZXJyb3I6IGhlbGxvIHdvcmxk "),
        ),
        ("one word", repeated("aB1")),
        ("digits", repeated("2026-11-2 1700000000 ")),
        ("quoted-printable", repeated("=3D=C3=A9=\n")),
        ("signs", repeated("\u{671f}\u{9650}\u{5207}\u{308c}")),
        ("accents", repeated("\u{e9}\u{fc}a\u{301} ")),
        ("capitals", repeated("AbCdEf aBcDeF ")),
        ("Cyrillic", repeated("Срок Действия токена истёк ")),
        ("Thai", repeated("โทเค็นหมดอายุ ")),
        ("Korean", repeated("토큰 만료 ")),
    ] {
        let question = Question {
            text: &text,
            ..Question::default()
        };
        let began = Instant::now();
        let said = explain(signatures::catalogue(), &question);
        let ms = began.elapsed().as_secs_f64() * 1_000.0;
        writeln!(out, "{name}: {ms:.1} ms, {}", said.cause.as_str())?;
    }
    Ok(())
}

/// Asks about each case twice: with its provider told, and without.
fn asked(
    name: &str,
    cases: &[Case],
    arguments: &Arguments,
    out: &mut impl std::io::Write,
) -> Result<()> {
    let half = |case: &Case| {
        let mut hasher = DefaultHasher::new();
        case.text.hash(&mut hasher);
        let odd = hasher.finish() % 2 == 1;
        arguments
            .half
            .as_deref()
            .is_none_or(|it| (it == "odd") == odd)
    };
    for told in [true, false] {
        let mut tally = Tally::default();
        for case in cases.iter().filter(|it| half(it)) {
            let said = tally.ask(signatures::catalogue(), case, told);
            if arguments.wrong && said.cause.as_str() != case.cause {
                let mark = if said.accepted { "~" } else { "!" };
                let text: String = case.text.chars().take(400).collect();
                let signature = said.signature.as_deref().unwrap_or("-");
                let (want, got) = (&case.cause, said.cause.as_str());
                let (also, told) = (case.also.join(","), u8::from(told));
                let provider = &case.provider;
                writeln!(
                    out,
                    "{mark}{told} {provider}: {want} [{also}] <> {got} ({signature}) {text:?}"
                )?;
            }
        }
        let how = if told { "with provider" } else { "without" };
        report(out, &format!("{name} {how}"), &tally)?;
    }
    Ok(())
}

/// Asks about each speaker's examples with all of that speaker's signatures left out.
fn cross(examples: &[Case], wrong: bool, out: &mut impl std::io::Write) -> Result<()> {
    let speakers: BTreeSet<&str> = examples.iter().map(|case| case.provider.as_str()).collect();
    let mut tally = Tally::default();
    for speaker in speakers.into_iter().filter(|it| !it.is_empty()) {
        let catalogue = signatures::without(|it| it == speaker)?;
        for case in examples.iter().filter(|case| case.provider == speaker) {
            let said = tally.ask(&catalogue, case, true);
            if wrong && said.cause.as_str() != case.cause {
                let signature = said.signature.as_deref().unwrap_or("-");
                let (want, got) = (&case.cause, said.cause.as_str());
                writeln!(
                    out,
                    "{speaker}: {want} <> {got} ({signature}) {:?}",
                    case.text
                )?;
            }
        }
    }
    report(
        out,
        "each speaker's examples without its signatures",
        &tally,
    )?;
    Ok(())
}

fn report(out: &mut impl std::io::Write, name: &str, tally: &Tally) -> std::io::Result<()> {
    let share = |count: usize| 100.0 * count as f64 / tally.cases.max(1) as f64;
    writeln!(
        out,
        "{name}: {} cases, right {:.1} %, accepted {:.1} %, named {:.1} %, party {:.1} %, \
         false alarms {}",
        tally.cases,
        share(tally.right),
        share(tally.accepted),
        share(tally.named),
        share(tally.party),
        tally.false_alarms
    )
}
