//! DroidBench, where it is there: leaks by pairs of source and sink statement.
//!
//! How they are counted, and why, is told in `tests/droidbench/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use dunwatch::Ruleset;
use dunwatch::analysis::sha256;
use dunwatch::harvest::flow::Through;
use dunwatch::harvest::flow::path::Move;
use dunwatch::harvest::models::Models;
use dunwatch::harvest::{CodePlace, Flow, Harvest, Level};
use dunwatch::signatures::flows;

use super::package::{Package, analyze};
use super::{Result, bytes, rows, share, text};

/// Where the recorded table lies, from the root of the repository.
pub(crate) const RECORD: &str = "tests/suite/harvest/droidbench.tsv";

/// A source statement and a sink statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    /// Where the source is.
    pub(crate) source: CodePlace,
    /// Where the sink is.
    pub(crate) sink: CodePlace,
    /// The method that is called at the sink.
    pub(crate) call: String,
    /// Whether the sink hands an intent over.
    pub(crate) is_delivery: bool,
}

/// Whether leaks have their sink at this call in this method, and how many. Left over are those not found.
type Places = BTreeMap<[String; 3], u32>;

/// A package with the number of leaks its label says, and the pairs that were found.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// File name, as the label gives it.
    pub(crate) apk: String,
    pub(crate) category: String,
    /// Leaks by the label.
    pub(crate) expected: u32,
    /// Pairs found.
    pub(crate) pairs: BTreeSet<Pair>,
    /// Leaks found: as many as there are pairs, but no more than there are leaks. An intent that is handed
    /// over counts only where the leaks judged from the code have their sink.
    pub(crate) found: u32,
    /// Leaks judged from the code, and how many of them are found with their sink in its method.
    pub(crate) judged: u32,
    pub(crate) in_place: u32,
}

impl Outcome {
    fn new(apk: &str, category: &str, expected: u32, pairs: BTreeSet<Pair>, places: &Places) -> Self {
        let mut here = places.clone();
        here.retain(|[name, ..], _| name == apk);
        let judged = here.values().sum();
        let (mut in_place, mut countable) = (0, 0);
        for pair in &pairs {
            let key = [apk, &pair.call, &pair.sink.method].map(str::to_owned);
            let left = here.get_mut(&key).filter(|left| **left > 0);
            countable += u32::from(left.is_some() || !pair.is_delivery);
            if let Some(left) = left {
                *left -= 1;
                in_place += 1;
            }
        }
        Self {
            apk: apk.to_owned(),
            category: category.to_owned(),
            expected,
            pairs,
            found: countable.min(expected),
            judged,
            in_place,
        }
    }

    fn missed(&self) -> u32 {
        self.expected - self.found
    }

    fn extra(&self) -> u32 {
        let pairs = u32::try_from(self.pairs.len()).unwrap_or(u32::MAX);
        pairs.saturating_sub(self.found)
    }
}

/// Leaks in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) packages: u32,
    /// Expected leaks.
    pub(crate) leaks: u32,
    pub(crate) found: u32,
    pub(crate) missed: u32,
    pub(crate) extra: u32,
    /// Leaks judged from the code, and how many of them are found with their sink in its method.
    pub(crate) judged: u32,
    pub(crate) in_place: u32,
    /// Packages without a leak, and how many of them have a pair.
    pub(crate) quiet: u32,
    pub(crate) flagged: u32,
}

impl Figures {
    pub(crate) fn of<'o>(outcomes: impl IntoIterator<Item = &'o Outcome>) -> Self {
        let mut figures = Self::default();
        for outcome in outcomes {
            figures.packages += 1;
            figures.leaks += outcome.expected;
            figures.found += outcome.found;
            figures.missed += outcome.missed();
            figures.extra += outcome.extra();
            figures.judged += outcome.judged;
            figures.in_place += outcome.in_place;
            figures.quiet += u32::from(outcome.expected == 0);
            figures.flagged += u32::from(outcome.expected == 0 && !outcome.pairs.is_empty());
        }
        figures
    }

    pub(crate) fn precision(&self) -> f64 {
        share(self.found, self.found + self.extra)
    }

    pub(crate) fn recall(&self) -> f64 {
        share(self.found, self.leaks)
    }

    /// The harmonic mean of precision and recall.
    pub(crate) fn f1(&self) -> f64 {
        share(2 * self.found, 2 * self.found + self.extra + self.missed)
    }

    /// The share of packages without a leak that have a pair.
    pub(crate) fn false_positive_rate(&self) -> f64 {
        share(self.flagged, self.quiet.max(1))
    }
}

/// The models of the rules with the benchmark's sources and sinks.
fn models(root: &Path, ruleset: &Ruleset) -> Result<Models> {
    let mut models = ruleset.models().clone();
    let name = "tests/droidbench/flows.toml";
    flows::extend(&mut models, name, &text(&root.join(name))?).map_err(|error| error.to_string())?;
    Ok(models)
}

/// Whether some path goes on from this delivery to a component of the app: then the data is counted
/// where that path ends. The hop's own place is in the component, the step before it at the sender.
fn is_taken(harvest: &Harvest, delivery: &Flow) -> bool {
    let flows = harvest.reads.iter().flat_map(|read| &read.flows);
    flows
        .flat_map(|flow| flow.path.windows(2))
        .any(|steps| match steps {
            [before, after] => {
                after.kind == Move::Through(Through::Intent) && before.place.method == delivery.place.method
            }
            _ => false,
        })
}

/// The pairs of one package.
fn pairs(harvest: &Harvest) -> BTreeSet<Pair> {
    let mut pairs = BTreeSet::new();
    for read in &harvest.reads {
        let is_library = read.place.method.starts_with("Landroid/support/");
        if read.reachable == Some(false) || is_library {
            continue;
        }
        for flow in &read.flows {
            let is_on_its_way = flow.sink == "intent" && is_taken(harvest, flow);
            if flow.level == Level::Proven && !is_on_its_way {
                let last = flow.path.last();
                pairs.insert(Pair {
                    source: read.place.clone(),
                    sink: flow.place.clone(),
                    call: last.and_then(|step| step.calls.clone()).unwrap_or_default(),
                    is_delivery: flow.sink == "intent",
                });
            }
        }
    }
    pairs
}

/// Analyses every labelled package in `folder`, which holds the packages and `expected.tsv`. Labels
/// and packages are joined by SHA-256, for the names of some packages were cut; a label without a
/// package is left out, and so is a file without a label.
pub(crate) fn measure(root: &Path, folder: &Path, ruleset: &Ruleset) -> Result<Vec<Outcome>> {
    let table = text(&folder.join("expected.tsv"))?;
    let mut labels = BTreeMap::new();
    for [apk, category, _, digest, leaks, _] in rows(&table)? {
        if let Ok(leaks) = leaks.parse::<u32>() {
            labels.insert(digest, (apk, category, leaks));
        }
    }
    let mut places = Places::new();
    for [apk, _, sink, method] in rows(&text(&root.join("tests/droidbench/leaks.tsv"))?)? {
        *places.entry([apk, sink, method].map(str::to_owned)).or_default() += 1;
    }
    let models = models(root, ruleset)?;
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let mut outcomes = Vec::new();
    for path in paths {
        let bytes = bytes(&path)?;
        let Some((apk, category, expected)) = labels.get(sha256(&bytes).as_str()) else {
            continue;
        };
        let package = Package::open(&bytes).map_err(|error| format!("{apk}: {error}"))?;
        let pairs = pairs(&analyze(&[&package], &models, true)?);
        outcomes.push(Outcome::new(apk, category, *expected, pairs, &places));
    }
    outcomes.sort_by(|one, other| one.apk.cmp(&other.apk));
    Ok(outcomes)
}

/// The recorded table, with the reasons of the one before.
pub(crate) fn record(outcomes: &[Outcome], reasons: &BTreeMap<String, String>) -> String {
    let mut table = "apk\tcategory\texpected\tfound\textra\treason\n".to_owned();
    for outcome in outcomes {
        let Outcome {
            apk,
            category,
            expected,
            found,
            ..
        } = outcome;
        let extra = outcome.extra();
        let reason = match (outcome.missed(), extra) {
            (0, 0) => "",
            _ => reasons.get(apk).map_or("", String::as_str),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(table, "{apk}\t{category}\t{expected}\t{found}\t{extra}\t{reason}");
    }
    table
}

/// The table by category, and a line on the whole.
pub(crate) fn document(outcomes: &[Outcome]) -> String {
    let mut categories: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        categories.entry(&outcome.category).or_default().push(outcome);
    }
    let mut text = "| category | packages | leaks | found | missed | extra | precision | recall | F1 |\n\
                    |---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    let mut line = |name: &str, figures: &Figures| {
        let rate = |share: f64, of: u32| match of {
            0 => "-".to_owned(),
            _ => format!("{share:.3}"),
        };
        let Figures {
            packages,
            leaks,
            found,
            missed,
            extra,
            ..
        } = *figures;
        let _ = writeln!(
            text,
            "| {name} | {packages} | {leaks} | {found} | {missed} | {extra} | {} | {} | {} |",
            rate(figures.precision(), found + extra),
            rate(figures.recall(), leaks),
            rate(figures.f1(), leaks + extra)
        );
    };
    for (category, outcomes) in &categories {
        line(category, &Figures::of(outcomes.iter().copied()));
    }
    let all = Figures::of(outcomes);
    line("all", &all);
    let _ = writeln!(
        text,
        "\npackages without a leak that are flagged: {} of {} ({:.3})",
        all.flagged,
        all.quiet,
        all.false_positive_rate()
    );
    let _ = writeln!(
        text,
        "leaks judged from the code that are found with their sink in its method: {} of {}",
        all.in_place, all.judged
    );
    text
}
