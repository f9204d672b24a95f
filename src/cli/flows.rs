//! `dunwatch flows`: the reads of personal data and the ways of what is read.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Exit;
use super::rules::Rules;
use super::terminal::Terminal;
use crate::analysis::facts_of;
use crate::limits::Limits;
use crate::render::flows::{Flows, Outcome, Selection, text};
use crate::render::graph::graph;
use crate::render::json;
use crate::report::v1::{Failure, InputKind};
use crate::scan::content::Pipes;
use crate::scan::given::{Opened, together};
use crate::signing::Verify;

const DETAILS: &str = "\
For each read of contacts, SMS or the call log: how it is reached from an entry point of the app,
and the way of the data to each place it goes to, step by step. Reads in code that no entry point
was found to reach are left out and counted, unless --all is given. The code is followed only if the
manifest asks for a permission to read such data and the code names one of its tables; where it was
not followed, the reason is printed.

A base package and its splits, given together, are one app. Of a folder with a decoded app its dex
files are followed; without one it cannot be read, for smali is not followed.

With --format dot a graph for Graphviz is printed, the files as clusters of one graph. With --format
json a single app gives one JSON object over several lines; several give one object a line (NDJSON),
in the order of the files.

Examples:
  dunwatch flows app.apk
  dunwatch flows base.apk split_*.apk
  dunwatch flows --data contacts --exact app.apk
  dunwatch flows --format dot app.apk | dot -Tsvg > app.svg

Exit codes:
  0  every file was read
  2  wrong usage
  3  a file could not be read";

#[derive(Debug, Args)]
#[command(after_help = DETAILS)]
pub(super) struct FlowsOf {
    /// Packages (APK, XAPK, APKS, APKM, AAB), dex files, manifests, or folders that hold one app each
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Form: text for a person, json for a program, dot for Graphviz
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,

    /// Only this kind of data; can be given several times
    #[arg(long, value_name = "DATA")]
    data: Vec<Data>,

    /// Also reads in code that no entry point was found to reach
    #[arg(long)]
    all: bool,

    /// Text: print the descriptor of every method, and every single step
    #[arg(long)]
    exact: bool,

    /// Add the rule files in this folder; one with the path of a built-in file replaces it
    #[arg(long, value_name = "DIR")]
    signatures: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Dot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Data {
    Contacts,
    Sms,
    CallLog,
}

impl Data {
    fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Sms => "sms",
            Self::CallLog => "call-log",
        }
    }
}

impl FlowsOf {
    pub(super) fn run(&self, terminal: &Terminal) -> anyhow::Result<Exit> {
        let rules = Rules::load(self.signatures.as_deref(), Verify::None)?;
        let selection = Selection {
            data: self.data.iter().map(|data| data.name().to_owned()).collect(),
            all: self.all,
        };
        let mut failed = false;
        // Only a graph needs all files at once.
        let mut drawn = Vec::new();
        let inputs = together(&self.files);
        for (position, (path, parts)) in inputs.iter().enumerate() {
            let flows = follow(path, parts, &rules, &selection);
            failed |= flows.outcome == Outcome::Failed;
            match self.format {
                Format::Text => {
                    let mut out = terminal.out();
                    if position > 0 {
                        writeln!(out)?;
                    }
                    let text = text(&flows, self.exact, terminal.messages(), terminal.columns());
                    out.write_all(text.as_bytes())?;
                    out.flush()?;
                }
                Format::Json => {
                    let json = if inputs.len() == 1 {
                        json::pretty(&flows)?
                    } else {
                        json::line(&flows)? + "\n"
                    };
                    let mut out = terminal.data();
                    out.write_all(json.as_bytes())?;
                    out.flush()?;
                }
                Format::Dot => drawn.push(flows),
            }
        }
        if self.format == Format::Dot {
            let mut out = terminal.data();
            out.write_all(graph(&drawn, terminal.messages()).as_bytes())?;
            out.flush()?;
        }
        Ok(if failed { Exit::Unreadable } else { Exit::Done })
    }
}

/// Follows the data in the file or folder at `path`, or in the app that `parts` are.
fn follow(path: &Path, parts: &[PathBuf], rules: &Rules, selection: &Selection) -> Flows {
    let name = path.to_string_lossy();
    let opened = match Opened::open(path, parts, Pipes::Read) {
        Ok(opened) => opened,
        Err(error) => return Flows::failed(&name, error),
    };
    let facts = opened.with(|input| facts_of(input, rules.ruleset(), &Limits::default()));
    match facts {
        Ok(facts) if facts.kind == InputKind::Folder && facts.coverage.dex_bytes == 0 => {
            Flows::failed(&name, no_code())
        }
        Ok(facts) => Flows::of(&name, &facts, rules.ruleset(), selection),
        Err(error) => Flows::failed(&name, error),
    }
}

fn no_code() -> Failure {
    Failure {
        kind: "no-code-in-folder".to_owned(),
        message: "The folder holds no dex file, and smali is not followed: give the package itself."
            .to_owned(),
        offset: None,
    }
}
