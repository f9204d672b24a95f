//! `dunwatch scan`: one record for each of many files.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::jurisdictions::Jurisdictions;
use super::progress::{Progress, When};
use super::rules::Rules;
use super::terminal::Terminal;
use super::{Exit, Misuse};
use crate::scan::{self, Outcome, Selection, Settings, Shard, folder};
use crate::signing::Verify;

const DETAILS: &str = "\
A PATH is a file, a folder or a quoted pattern such as 'store/**/*.apk'. In folders, and folders
below them, files ending in .apk, .aab, .xapk, .apks, .apkm and .dex count; files named as such or
matched by a pattern always do. A base and its splits that a folder or pattern holds are one app and
get one record; files named one by one get one each. A list has one path a line.

DIR/results.ndjson  one report a line, in the order of the inputs, for any number of threads
DIR/summary.json    counts over all of them, once the scan is complete
DIR/scan.json       what was asked for

Certificates are read. Whether the signatures hold, and whether the contents are what was signed, is
found out with --verify; without it every signature is reported as not-checked with the reason
not-asked.

A scan that was interrupted goes on when it is started again with the same arguments. Files with
the same SHA-256 are examined once and recorded for each path. Files must not be shortened while
they are scanned.

Exit codes:
  0  every input has its record, be it that it could not be read
  2  wrong usage, or DIR holds another scan
  4  the results could not be written; start the scan again to go on";

#[derive(Debug, Args)]
#[command(after_help = DETAILS)]
pub(super) struct Scan {
    /// Files, folders and patterns
    #[arg(value_name = "PATH", required_unless_present = "list")]
    paths: Vec<PathBuf>,

    /// Folder of the results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Read paths from this file, one a line; - for the standard input
    #[arg(long, value_name = "FILE")]
    list: Vec<PathBuf>,

    /// Number of threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Take the i-th of n parts of the inputs, i from 1 to n
    #[arg(long, value_name = "i/n")]
    shard: Option<Shard>,

    /// Add the rule files in this folder; one with the path of a built-in file replaces it
    #[arg(long, value_name = "DIR")]
    signatures: Option<PathBuf>,

    #[command(flatten)]
    jurisdictions: Jurisdictions,

    /// Verify the signatures and compare the contents of each package with them, which takes longer
    #[arg(long)]
    verify: bool,

    /// When to show the progress; only ever on a terminal
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    progress: When,

    /// Throw away what is in DIR and begin anew
    #[arg(long)]
    restart: bool,
}

impl Scan {
    fn verify(&self) -> Verify {
        if self.verify {
            Verify::Everything
        } else {
            Verify::None
        }
    }

    pub(super) fn run(&self, terminal: &Terminal) -> anyhow::Result<Exit> {
        let rules = Rules::load(self.signatures.as_deref(), self.verify())?.judging(&self.jurisdictions)?;
        if self.list.iter().filter(|list| list.as_os_str() == "-").count() > 1 {
            return Err(Misuse("the standard input can be read as a list once only".to_owned()).into());
        }
        let settings = Settings {
            selection: Selection {
                paths: self.paths.clone(),
                lists: self.list.clone(),
                shard: self.shard,
            },
            out: self.out.clone(),
            threads: self.threads.map_or_else(
                || std::thread::available_parallelism().map_or(1, usize::from),
                usize::from,
            ),
            restart: self.restart,
        };
        let mut progress = Progress::start(self.progress, &settings.selection);
        let begin = Instant::now();
        let result = scan::run(&settings, &rules, &mut progress);
        progress.finish();
        self.say(&result?, begin.elapsed().as_secs_f64(), terminal)?;
        Ok(Exit::Done)
    }

    fn say(&self, outcome: &Outcome, seconds: f64, terminal: &Terminal) -> anyhow::Result<()> {
        let messages = terminal.messages();
        let mut err = terminal.err();
        if outcome.cut > 0 {
            let values = [("bytes", &*outcome.cut.to_string())];
            writeln!(err, "{}", messages.fill("summary", "cut", &values))?;
        }
        if outcome.resumed > 0 {
            let values = [("count", &*outcome.resumed.to_string())];
            writeln!(err, "{}", messages.fill("summary", "resumed", &values))?;
        }
        let records = outcome.summary.inputs - outcome.resumed;
        if records > 0 && seconds > 0.0 {
            #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
            let (records, bytes) = (records as f64, outcome.bytes as f64);
            let values = [
                ("apks", &*format!("{:.1}", records / seconds)),
                ("megabytes", &*format!("{:.1}", bytes / 1e6 / seconds)),
                ("seconds", &*format!("{seconds:.1}")),
            ];
            writeln!(err, "{}", messages.fill("summary", "rate", &values))?;
        }
        drop(err);
        let mut out = terminal.out();
        write!(out, "{}", outcome.summary.text(messages))?;
        let results = self.out.join(folder::RESULTS);
        writeln!(
            out,
            "{}: {}",
            messages.text("summary", "results"),
            results.display()
        )?;
        Ok(())
    }
}
