//! The micro-suite in `fixtures/micro`: expected and found rows of each package.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fmt::Write as _;
use std::path::Path;

use dunwatch::harvest::{Harvest, Level, Read};
use dunwatch::limits::Limits;
use dunwatch::{Ruleset, analysis};

use super::{Result, bytes, rows, share, text};

/// Where the table of reasons lies, from the root of the repository.
pub(crate) const RECORD: &str = "tests/suite/harvest/micro.tsv";
/// Where the document lies, from the root of the repository.
pub(crate) const DOCUMENT: &str = "docs/harvest-micro-suite.md";

/// A row as `fixtures/micro/README.md` tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) data: String,
    pub(crate) read: String,
    pub(crate) level: String,
    pub(crate) reachable: String,
    pub(crate) sink: String,
}

impl Row {
    fn is_proven(&self) -> bool {
        self.level == "proven"
    }

    /// How much the level says.
    fn strength(&self) -> Option<usize> {
        ["declared", "located", "linked", "proven"]
            .iter()
            .position(|level| *level == self.level)
    }

    /// Whether the two speak of the same way of the same data.
    fn is_same_way(&self, other: &Self) -> bool {
        (&self.data, &self.read, &self.level, &self.sink)
            == (&other.data, &other.read, &other.level, &other.sink)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            data,
            read,
            level,
            reachable,
            sink,
        } = self;
        write!(to, "{data} {read} {level} {reachable} {sink}")
    }
}

/// What became of a package, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Every expected proven row is there.
    Found,
    /// An expected proven row is not.
    Missed,
    /// A look-alike has a proven row that is not expected.
    FalseAlarm,
    /// Nothing proven is expected, and of some data less is said than could be.
    Weaker,
    /// Nothing proven is expected, and nothing proven is found.
    Quiet,
}

impl Verdict {
    /// As it stands in the tables.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Missed => "missed",
            Self::FalseAlarm => "false alarm",
            Self::Weaker => "weaker",
            Self::Quiet => "quiet",
        }
    }
}

/// A package with what is expected of it and what was found in it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// File name of the package.
    pub(crate) apk: String,
    /// The case.
    pub(crate) case: String,
    /// Whether it is the twin with other names.
    pub(crate) is_renamed: bool,
    /// `leak` or `lookalike`.
    pub(crate) kind: String,
    /// What the case is about.
    pub(crate) about: String,
    pub(crate) expected: BTreeSet<Row>,
    pub(crate) found: BTreeSet<Row>,
    /// All that the analysis said.
    pub(crate) harvest: Harvest,
}

impl Outcome {
    fn is_look_alike(&self) -> bool {
        self.kind == "lookalike"
    }

    fn expected_proven(&self) -> impl Iterator<Item = &Row> {
        self.expected.iter().filter(|row| row.is_proven())
    }

    /// Found proven rows that are not expected. Another answer on what can run is no alarm.
    fn is_alarm(&self) -> bool {
        self.is_look_alike()
            && self
                .found
                .iter()
                .any(|row| row.is_proven() && !self.expected.iter().any(|expected| expected.is_same_way(row)))
    }

    /// Whether a row that is missing has no row of its data that says as much.
    fn is_weaker(&self) -> bool {
        let strongest = |data: &str| {
            let of_data = self.found.iter().filter(|row| row.data == data);
            of_data.filter_map(Row::strength).max()
        };
        self.expected
            .difference(&self.found)
            .any(|row| strongest(&row.data) < row.strength())
    }

    /// The outcome in one word.
    pub(crate) fn verdict(&self) -> Verdict {
        if self.is_alarm() {
            Verdict::FalseAlarm
        } else if self.expected_proven().any(|row| !self.found.contains(row)) {
            Verdict::Missed
        } else if self.is_weaker() {
            Verdict::Weaker
        } else if self.expected_proven().next().is_some() {
            Verdict::Found
        } else {
            Verdict::Quiet
        }
    }
}

/// The rows of a read: one for each sink, or one for the read alone.
fn rows_of(read: &Read) -> Vec<Row> {
    let row = |level: Level, sink: &str| Row {
        data: read.data.clone(),
        read: format!("{:?}", read.shape).to_lowercase(),
        level: format!("{level:?}").to_lowercase(),
        reachable: match read.reachable {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        }
        .to_owned(),
        sink: sink.to_owned(),
    };
    if read.flows.is_empty() {
        return vec![row(Level::Located, "none")];
    }
    let flows = read.flows.iter();
    flows.map(|flow| row(flow.level, &flow.sink)).collect()
}

/// The rows found in a package. Data that may be read and is not has the row of the permission.
fn found(apk: &[u8], ruleset: &Ruleset) -> Result<(BTreeSet<Row>, Harvest)> {
    let facts = analysis::facts(apk, ruleset, &Limits::default()).map_err(|failure| failure.message)?;
    let mut found: BTreeSet<Row> = facts.harvest.reads.iter().flat_map(rows_of).collect();
    let manifest = facts.manifest.ok_or("no manifest")?;
    for permission in &manifest.permissions {
        let Some(data) = ruleset.models().permissions.get(&permission.name) else {
            continue;
        };
        if !found.iter().any(|row| row.data == *data) {
            found.insert(Row {
                data: data.clone(),
                read: "unknown".to_owned(),
                level: "declared".to_owned(),
                reachable: "no".to_owned(),
                sink: "none".to_owned(),
            });
        }
    }
    Ok((found, facts.harvest))
}

/// Analyses every package of the suite; by name of the case, the twin second.
pub(crate) fn measure(root: &Path, ruleset: &Ruleset) -> Result<Vec<Outcome>> {
    let suite = root.join("fixtures/micro");
    let table = text(&suite.join("cases.tsv"))?;
    let mut outcomes: BTreeMap<(&str, bool), Outcome> = BTreeMap::new();
    for [
        apk,
        case,
        renamed,
        data,
        read,
        level,
        reachable,
        sink,
        kind,
        about,
    ] in rows(&table)?
    {
        let is_renamed = renamed == "yes";
        let outcome = match outcomes.entry((case, is_renamed)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let (found, harvest) = found(&bytes(&suite.join("apks").join(apk))?, ruleset)?;
                place.insert(Outcome {
                    apk: apk.to_owned(),
                    case: case.to_owned(),
                    is_renamed,
                    kind: kind.to_owned(),
                    about: about.to_owned(),
                    expected: BTreeSet::new(),
                    found,
                    harvest,
                })
            }
        };
        if data != "-" {
            outcome.expected.insert(Row {
                data: data.to_owned(),
                read: read.to_owned(),
                level: level.to_owned(),
                reachable: reachable.to_owned(),
                sink: sink.to_owned(),
            });
        }
    }
    Ok(outcomes.into_values().collect())
}

/// The whole suite in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Expected proven rows, and how many of them are found as they are.
    pub(crate) proven: u32,
    pub(crate) hit: u32,
    /// Look-alike packages, and how many of them raise a false alarm.
    pub(crate) look_alikes: u32,
    pub(crate) alarms: u32,
    /// Packages, and how many of them have the expected rows and no other.
    pub(crate) packages: u32,
    pub(crate) exact: u32,
}

impl Figures {
    pub(crate) fn of<'o>(outcomes: impl IntoIterator<Item = &'o Outcome>) -> Self {
        let mut figures = Self::default();
        for outcome in outcomes {
            figures.packages += 1;
            figures.exact += u32::from(outcome.expected == outcome.found);
            figures.look_alikes += u32::from(outcome.is_look_alike());
            figures.alarms += u32::from(outcome.is_alarm());
            for row in outcome.expected_proven() {
                figures.proven += 1;
                figures.hit += u32::from(outcome.found.contains(row));
            }
        }
        figures
    }

    pub(crate) fn recall(&self) -> f64 {
        share(self.hit, self.proven)
    }

    pub(crate) fn false_alarm_rate(&self) -> f64 {
        share(self.alarms, self.look_alikes.max(1))
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "{} of {} expected proven rows found (recall {:.3}), {} of {} look-alike packages with a false \
             alarm ({:.3}), {} of {} packages with exactly the expected rows",
            self.hit,
            self.proven,
            self.recall(),
            self.alarms,
            self.look_alikes,
            self.false_alarm_rate(),
            self.exact,
            self.packages
        )
    }
}

fn joined(rows: &BTreeSet<Row>, between: &str) -> String {
    if rows.is_empty() {
        return "-".to_owned();
    }
    let rows: Vec<String> = rows.iter().map(Row::to_string).collect();
    rows.join(between)
}

/// The recorded table, with the reasons of the one before.
pub(crate) fn record(outcomes: &[Outcome], reasons: &BTreeMap<String, String>) -> String {
    let mut table = "apk\texpected\tfound\tverdict\treason\n".to_owned();
    for outcome in outcomes {
        let reason = match outcome.expected == outcome.found {
            true => "",
            false => reasons.get(&outcome.apk).map_or("", String::as_str),
        };
        let (expected, found) = (joined(&outcome.expected, "; "), joined(&outcome.found, "; "));
        let verdict = outcome.verdict().word();
        // Writing to a text cannot fail.
        let _ = writeln!(table, "{}\t{expected}\t{found}\t{verdict}\t{reason}", outcome.apk);
    }
    table
}

/// What a cell of the document says of a package.
fn cell(outcome: Option<&&Outcome>) -> String {
    match outcome {
        None => "no twin".to_owned(),
        Some(outcome) if outcome.expected == outcome.found => "as expected".to_owned(),
        Some(outcome) => format!("{}: {}", outcome.verdict().word(), joined(&outcome.found, "<br>")),
    }
}

/// The document on the suite.
pub(crate) fn document(outcomes: &[Outcome], reasons: &BTreeMap<String, String>) -> String {
    let mut cases: BTreeMap<&str, BTreeMap<bool, &Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        cases
            .entry(&outcome.case)
            .or_default()
            .insert(outcome.is_renamed, outcome);
    }
    let plain = Figures::of(outcomes.iter().filter(|outcome| !outcome.is_renamed));
    let renamed = Figures::of(outcomes.iter().filter(|outcome| outcome.is_renamed));
    let mut text = format!(
        "# The micro-suite of the harvest analysis\n\n\
         Written by `cargo xtask micro`. What the words of a row mean, and how the packages are built, is told in\n\
         [fixtures/micro/README.md](../fixtures/micro/README.md). A row is data, read, level, whether the read can run, sink. In the\n\
         renamed twin of a package every name that may change has changed.\n\n\
         The expected rows were written from the sources. An unexpected proven row of a look-alike is a false alarm; in a package that\n\
         leaks anyway, a further row is shown and not counted.\n\n\
         - all: {}\n- plain: {plain}\n- renamed: {renamed}\n\n## Cases\n\n\
         | case | kind | what | expected | found, plain | found, renamed |\n|---|---|---|---|---|---|\n",
        Figures::of(outcomes)
    );
    let mut limits = String::new();
    for (case, twins) in &cases {
        let Some(first) = twins.values().next() else {
            continue;
        };
        let _ = writeln!(
            text,
            "| {case} | {} | {} | {} | {} | {} |",
            if first.is_look_alike() {
                "look-alike"
            } else {
                "leak"
            },
            first.about,
            joined(&first.expected, "<br>"),
            cell(twins.get(&false)),
            cell(twins.get(&true))
        );
        let told: BTreeSet<&String> = twins
            .values()
            .filter(|twin| twin.expected != twin.found)
            .filter_map(|twin| reasons.get(&twin.apk))
            .collect();
        for reason in told {
            let _ = writeln!(limits, "| {case} | {reason} |");
        }
    }
    let _ = write!(
        text,
        "\n## Known limits\n\nWhere what is found is not what is expected, and why.\n\n| case | why |\n|---|---|\n{limits}"
    );
    text
}
