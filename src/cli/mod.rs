//! The command line: arguments in, exit code out. One file per subcommand; what they do lives in
//! `scan`, `watchlist` and `render`.
//!
//! Results go to the standard output, everything about the run to the standard error. A reader
//! that goes away (`dunwatch list … | head`) ends the program without a complaint.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::messages::Language;
use crate::{evaluation, scan, watchlist};
use terminal::{Color, Terminal};

mod check;
mod eval;
mod explain;
mod flows;
mod jurisdictions;
mod list;
mod progress;
mod rules;
mod scan_command;
mod schema;
mod signatures;
mod terminal;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// What was asked for is done.
    Done = 0,
    /// `check --fail-on` found what it was to look for, or `signatures` something to mend.
    Found = 1,
    /// The arguments ask for something that cannot be done.
    Usage = 2,
    /// An input could not be read.
    Unreadable = 3,
    /// The results could not be written.
    Unwritable = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Heading of the options that every subcommand has.
const GLOBAL: &str = "Global options";

const EXAMPLES: &str = "\
Examples:
  dunwatch check app.apk
  dunwatch check --lang zh-CN --format json app.apk
  dunwatch scan store/ --out results/
  dunwatch list results/ --band high --format csv
  dunwatch flows --data contacts app.apk
  dunwatch eval --truth labels.tsv results/
  dunwatch explain zip-encrypted-flag
  dunwatch signatures show moxie

Exit codes:
  0  done
  1  check: an app is in the band given with --fail-on, or in a higher one
     signatures: a complaint, an example that does not hold, or a stale page
  2  wrong usage
  3  an input could not be read
  4  the results could not be written";

/// Tells from an Android app's file alone whether the app can take contacts, SMS or the call log,
/// and whether it is a lending app.
///
/// Reports state what a file declares and what its code does. They pass no verdict on people or
/// companies. What could not be examined is said, and is never counted as absent.
#[derive(Debug, Parser)]
#[command(name = "dunwatch", version, after_help = EXAMPLES, max_term_width = 100)]
struct Arguments {
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = GLOBAL)]
    color: Color,

    /// Language of what is printed [default: from the locale; English for csv and json]
    #[arg(long, global = true, value_name = "LANGUAGE", help_heading = GLOBAL)]
    lang: Option<Lang>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Examine files and print a report on each
    Check(check::Check),
    /// Examine many files and write one record for each
    Scan(scan_command::Scan),
    /// Print a sorted list of the apps in the results of scans
    List(list::List),
    /// Print where data is read and the way it takes through the code
    Flows(flows::FlowsOf),
    /// Compare the scores with labels: precision, recall, calibration, each with an interval
    Eval(eval::Eval),
    /// Print what an id in a report means
    Explain(explain::Explain),
    /// Print, check and document the signatures
    Signatures(signatures::Signatures),
    /// Print the JSON Schema of a report
    Schema(schema::Schema),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    #[value(name = "en")]
    English,
    #[value(name = "zh-CN", aliases = ["zh", "zh-Hans", "zh_CN"])]
    SimplifiedChinese,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::English => Self::English,
            Lang::SimplifiedChinese => Self::SimplifiedChinese,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Band {
    High,
    Elevated,
    NotAssessable,
    Low,
}

impl From<Band> for crate::report::v1::Band {
    fn from(band: Band) -> Self {
        match band {
            Band::High => Self::High,
            Band::Elevated => Self::Elevated,
            Band::NotAssessable => Self::NotAssessable,
            Band::Low => Self::Low,
        }
    }
}

/// A complaint about what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misuse(String);

/// Runs the program with `arguments`, the first being its name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too, and are no misuse.
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return match error.print() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Exit::Unwritable,
                _ => exit,
            }
            .into();
        }
    };
    let terminal = Terminal::new(arguments.color, arguments.lang.map(Language::from));
    let result = match &arguments.command {
        Command::Check(check) => check.run(&terminal),
        Command::Scan(scan) => scan.run(&terminal),
        Command::List(list) => list.run(&terminal),
        Command::Flows(flows) => flows.run(&terminal),
        Command::Eval(eval) => eval.run(&terminal),
        Command::Explain(explain) => explain.run(&terminal),
        Command::Signatures(signatures) => signatures.run(&terminal),
        Command::Schema(schema) => schema.run(&terminal),
    };
    let exit = result.unwrap_or_else(|error| {
        if is_broken_pipe(&error) {
            return Exit::Done;
        }
        // Nobody is left to be told when the standard error cannot be written.
        let _ = writeln!(terminal.err(), "error: {}", chain(&error));
        exit_of(&error)
    });
    exit.into()
}

/// The error and its causes in one line, made fit to be shown.
fn chain(error: &anyhow::Error) -> String {
    crate::render::sanitize::visible(&format!("{error:#}")).into_owned()
}

fn exit_of(error: &anyhow::Error) -> Exit {
    if error.is::<Misuse>() {
        Exit::Usage
    } else if let Some(error) = error.downcast_ref::<scan::Error>() {
        if error.is_usage() {
            Exit::Usage
        } else {
            Exit::Unwritable
        }
    } else if error.is::<watchlist::Error>() || error.is::<evaluation::truth::Error>() {
        Exit::Unreadable
    } else {
        Exit::Unwritable
    }
}

/// Whether the reader of the standard output went away. A broken pipe elsewhere has its own error
/// around it.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
