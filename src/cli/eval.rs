//! `dunwatch eval`: how well the scores fit labels.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::progress::{Progress, When};
use super::rules::Rules;
use super::terminal::Terminal;
use super::{Exit, Misuse};
use crate::evaluation::{self, Evaluation, Gathering, Matching, Settings, Truth, evaluate};
use crate::render::evaluation::{plots, text};
use crate::render::json;
use crate::report::{Report, v1};
use crate::scan::folder::RESULTS;
use crate::scan::{Analyze, Selection, memory};
use crate::signing::Verify;
use crate::watchlist::list::each_report;

const DETAILS: &str = "\
A PATH is the --out folder of a scan, a file of reports ending in .ndjson, or - for reports from the
standard input; anything else is examined as by scan: packages, folders of them, patterns. Nothing
is written but the plots.

TABLE is a table with a header line, its cells separated by tabs or commas. Each row is about the
files of one sha256, else of one package, else of one name: the first of these columns that is not
empty. A name is the last part of a path, or with a slash the whole path. If several rows are about
a file, the one with its sha256 decides, then package, then name.

  label           yes, true, 1, positive; no, false, 0, negative; unsure or empty are left out
  group           optional: apps that belong together
  language        optional: languages of the app, separated by spaces, commas or semicolons

Apps that are not assessable or failed have no place in the measures of order and probability; they
are counted beside. Files that came more than once count once. What has no row, and what rows have
no file, is counted and named.

The intervals hold 95 % of the resamples of whole groups. Apps of one lender look alike, and only
groups keep that from making an interval too narrow. The same input and seed give the same digits.

The measures are defined in docs/eval-v1.md.

Examples:
  dunwatch eval --truth labels.tsv results/
  dunwatch eval --truth labels.csv --label lending --card lending --group certificate store/
  dunwatch eval --truth labels.tsv results/ --format json --plots plots/ > eval.json

Exit codes:
  0  done
  2  wrong usage, or no file has a label
  3  the table or a file of reports could not be read
  4  the plots could not be written";

#[derive(Debug, Args)]
#[command(after_help = DETAILS)]
pub(super) struct Eval {
    /// Results of scans, or packages and folders of packages
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Table of labels
    #[arg(long, value_name = "TABLE")]
    truth: PathBuf,

    /// Column of the labels
    #[arg(long, default_value = "label", value_name = "NAME")]
    label: String,

    /// The probability that is looked at: the score, or one of its cards alone
    #[arg(long, default_value = "both", value_name = "CARD")]
    card: Card,

    /// Lowest band that counts as positive in the recall by language [default: high; with one card
    /// the threshold of that card]
    #[arg(long, value_name = "BAND")]
    positive: Option<Positive>,

    /// Apps that are drawn together [default: column where the table has one called group, else
    /// package]
    #[arg(long, value_name = "BY")]
    group: Option<Group>,

    /// Number of resamples; 0 for no intervals
    #[arg(long, default_value = "1000", value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    resamples: u32,

    /// What the random numbers begin with
    #[arg(long, default_value = "1", value_name = "N")]
    seed: u64,

    /// Form of the result: text for a person, json for a program
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,

    /// Write plots as SVG into this folder: precision-recall, reliability, scores
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,

    /// Number of threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Add the rule files in this folder; one with the path of a built-in file replaces it
    #[arg(long, value_name = "DIR")]
    signatures: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Card {
    Both,
    Harvest,
    Lending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Positive {
    High,
    Elevated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    Package,
    Certificate,
    Column,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Eval {
    pub(super) fn run(&self, terminal: &Terminal) -> anyhow::Result<Exit> {
        let rules = Rules::load(self.signatures.as_deref(), Verify::None)?;
        let truth = self.truth()?;
        let settings = self.settings(&truth)?;
        let mut gathering = Gathering::new(&truth, settings.card, settings.grouping);
        self.gather(&rules, &mut gathering)?;
        let (sample, matching) = gathering.finish();
        if matching.labelled == 0 {
            return Err(Misuse(nothing(&matching, &settings)).into());
        }
        let evaluation = evaluate(&sample, matching, &settings, rules.tool(), rules.ruleset());
        if let Some(folder) = &self.plots {
            write_plots(folder, &evaluation, terminal)?;
        }
        match self.format {
            Format::Text => {
                let mut out = terminal.out();
                out.write_all(text(&evaluation, terminal.messages(), terminal.columns()).as_bytes())?;
                out.flush()?;
            }
            Format::Json => {
                let mut out = terminal.data();
                out.write_all(json::pretty(&evaluation)?.as_bytes())?;
                out.flush()?;
            }
        }
        Ok(Exit::Done)
    }

    fn truth(&self) -> anyhow::Result<Truth> {
        let name = self.truth.display();
        let bytes = fs::read(&self.truth).map_err(|source| crate::watchlist::Error::Read {
            path: self.truth.clone(),
            source,
        })?;
        Truth::parse(&bytes, &self.label).with_context(|| name.to_string())
    }

    fn settings(&self, truth: &Truth) -> anyhow::Result<Settings> {
        let table = self.truth.display().to_string();
        let grouping = match self.group {
            Some(Group::Package) => evaluation::Grouping::Package,
            Some(Group::Certificate) => evaluation::Grouping::Certificate,
            Some(Group::Column) if !truth.has_groups() => {
                return Err(Misuse(format!("{table} has no column `group`")).into());
            }
            None if !truth.has_groups() => evaluation::Grouping::Package,
            Some(Group::Column) | None => evaluation::Grouping::Column,
        };
        Ok(Settings {
            table,
            label: self.label.clone(),
            card: match self.card {
                Card::Both => evaluation::Card::Both,
                Card::Harvest => evaluation::Card::Harvest,
                Card::Lending => evaluation::Card::Lending,
            },
            grouping,
            positive: self.positive.map(|band| match band {
                Positive::High => v1::Band::High,
                Positive::Elevated => v1::Band::Elevated,
            }),
            resamples: self.resamples,
            seed: self.seed,
        })
    }

    /// Reads or makes the reports, in the order of the paths.
    fn gather(&self, rules: &Rules, gathering: &mut Gathering<'_>) -> anyhow::Result<()> {
        // Reading goes on to the end of a file; the first complaint is told.
        let mut complaint = None;
        let mut add = |report: &Report| {
            if complaint.is_none() {
                complaint = gathering.add(report).err();
            }
        };
        for path in &self.paths {
            let results = path.join(RESULTS);
            if results.is_file() {
                each_report(&results, |report| add(&report))?;
            } else if path.as_os_str() == "-" || is_results(path) {
                each_report(path, |report| add(&report))?;
            } else {
                let selection = Selection {
                    paths: vec![path.clone()],
                    ..Selection::default()
                };
                let threads = self.threads.map_or_else(
                    || std::thread::available_parallelism().map_or(1, usize::from),
                    usize::from,
                );
                let mut progress = Progress::start(When::Auto, &selection);
                let result =
                    memory::reports(&selection, threads, rules, &mut progress, |report| add(&report));
                progress.finish();
                result?;
            }
        }
        match complaint {
            Some(complaint) => Err(complaint).with_context(|| self.truth.display().to_string()),
            None => Ok(()),
        }
    }
}

fn is_results(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("ndjson"))
}

/// What to say when no report has a label.
fn nothing(matching: &Matching, settings: &Settings) -> String {
    let names = |first: &[String]| match first {
        [] => "none".to_owned(),
        first => first.join(", "),
    };
    format!(
        "no file has a label in {}; files without a row: {}; rows without a file: {}",
        settings.table,
        names(&matching.unlabelled.first),
        names(&matching.unmatched_rows.first),
    )
}

fn write_plots(folder: &Path, evaluation: &Evaluation, terminal: &Terminal) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for (name, svg) in plots(evaluation, terminal.messages()) {
        let path = folder.join(name);
        fs::write(&path, svg).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
