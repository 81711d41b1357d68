//! `evergrant explain`

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal as _, stdin};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use evergrant_web::api::explain::{ExplanationShown, status};
use evergrant_web::service::core::held::explain::Question;
use evergrant_web::service::core::held::mask;
use evergrant_web::service::world::{Real, World as _};
use serde::Serialize;

use crate::failure::Failed;
use crate::render::Render as _;
use crate::{output, texts};

/// Say what an error about a token means: what happened, who must act, what to do next
///
/// The text is whatever you have: a message, an answer, a page, a mail, lines of a log. It needs no
/// store and no network, keeps nothing, and never repeats the text.
///
/// Examples:
///   evergrant explain 'invalid_grant: Token has been expired or revoked.'
///   curl -s https://provider.example/token -d ... | evergrant explain --status 400
///   evergrant explain --provider quickbooks --file answer.json
///   evergrant explain --lines --file worker.log | jq -r .cause | sort | uniq -c
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Explain {
    /// The text; `-`, or nothing, reads standard input
    text: Option<OsString>,
    /// Who it is from, in any word: google, github, "Canopy Connect"
    #[arg(long, value_name = "P")]
    provider: Option<OsString>,
    /// The HTTP status that it came with
    #[arg(long, value_name = "N")]
    status: Option<OsString>,
    /// Read the text from a file; with several, each is explained
    #[arg(long, value_name = "FILE", conflicts_with = "text", value_hint = ValueHint::FilePath)]
    file: Vec<PathBuf>,
    /// Take every line as a text of its own, and print one JSON object for each
    #[arg(long)]
    lines: bool,
}

/// What one of several files says.
#[derive(Serialize)]
struct OfFile {
    file: String,
    #[serde(flatten)]
    explanation: ExplanationShown,
}

#[derive(Serialize)]
struct OfFiles {
    items: Vec<OfFile>,
}

/// What is known beside the text.
struct Beside {
    provider: Option<String>,
    status: Option<u16>,
}

impl Beside {
    fn explain(&self, text: &str) -> ExplanationShown {
        ExplanationShown::of(&Question {
            text,
            provider: self.provider.as_deref(),
            status: self.status,
        })
    }
}

impl Explain {
    /// Answers from the catalogue alone.
    pub(super) fn run(self, json: bool) -> Result<(), Failed> {
        let lossy = |text: &OsString| text.to_string_lossy().into_owned();
        let given = self.status.as_ref().map(lossy).unwrap_or_default();
        let status = status(&given).map_err(|text| Failed::usage(format!("{text}.")))?;
        let beside = Beside {
            provider: self.provider.as_ref().map(lossy),
            status,
        };
        if self.lines {
            return self.each_line(&beside);
        }
        match self.file.as_slice() {
            [] => print(&beside.explain(&self.text()?), json),
            [file] => print(&beside.explain(&content(file)?), json),
            several => {
                let of_file = |file: &PathBuf| {
                    Ok::<_, Failed>(OfFile {
                        file: shown(file),
                        explanation: beside.explain(&content(file)?),
                    })
                };
                let items: Result<_, _> = several.iter().map(of_file).collect();
                print_all(&OfFiles { items: items? }, json);
            }
        }
        Ok(())
    }

    /// What was given as an argument, if it is a text.
    fn argument(&self) -> Option<&OsStr> {
        self.text.as_deref().filter(|it| *it != "-")
    }

    fn text(&self) -> Result<String, Failed> {
        if let Some(text) = self.argument() {
            return Ok(text.to_string_lossy().into_owned());
        }
        invite();
        texts::whole(stdin().lock()).map_err(|error| unreadable("Standard input", &error))
    }

    fn each_line(&self, beside: &Beside) -> Result<(), Failed> {
        let answer = |name: &str, from: &mut dyn BufRead| {
            let mut read_on = true;
            let read = texts::each_line(from, |line| {
                let printed = output::entry(&beside.explain(line));
                read_on = printed.is_ok();
                printed
            });
            match read {
                Err(error) if read_on => Err(unreadable(name, &error)),
                // Whoever reads us may have read enough.
                _ => Ok(()),
            }
        };
        if let Some(text) = self.argument() {
            let text = text.to_string_lossy();
            return answer("The text", &mut text.as_bytes());
        }
        if self.file.is_empty() {
            invite();
            return answer("Standard input", &mut stdin().lock());
        }
        // A file that is not there is missed before anything is printed.
        let open = |file: &PathBuf| Ok::<_, Failed>((shown(file), opened(file)?));
        let files: Result<Vec<_>, _> = self.file.iter().map(open).collect();
        for (name, file) in files? {
            answer(&name, &mut BufReader::new(file))?;
        }
        Ok(())
    }
}

/// A person who waits for us, while we wait for them.
fn invite() {
    if stdin().is_terminal() {
        output::note("Paste the text, then press Enter and Ctrl-D.");
    }
}

fn opened(file: &Path) -> Result<File, Failed> {
    File::open(file).map_err(|error| unreadable(&shown(file), &error))
}

fn content(file: &Path) -> Result<String, Failed> {
    texts::whole(opened(file)?).map_err(|error| unreadable(&shown(file), &error))
}

fn shown(file: &Path) -> String {
    mask::file_name(&file.to_string_lossy())
}

fn unreadable(name: &str, error: &std::io::Error) -> Failed {
    Failed::because("text_unreadable", format!("{name} can't be read: {error}."))
}

fn print(said: &ExplanationShown, json: bool) {
    if json {
        output::document(said);
    } else {
        output::text(said.render(Real::default().now()).trim_end());
    }
}

fn print_all(said: &OfFiles, json: bool) {
    if json {
        output::document(said);
        return;
    }
    let now = Real::default().now();
    let one = |it: &OfFile| format!("{}:\n\n{}", it.file, it.explanation.render(now));
    let all: Vec<_> = said.items.iter().map(one).collect();
    output::text(all.join("\n\n").trim_end());
}
