//! Brings reports and labels together.
//!
//! Nothing falls under the table: reports without a row, rows without a report, files that came
//! more than once and labels that say `unsure` are counted, and the first few are named.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::case::{self, Card, Case};
use super::sample::Sample;
use super::truth::{Error, Key, Label, Row, Truth};
use crate::report::Report;
use crate::report::v1::RulesetId;

/// Reports and rows that are named where all are counted.
const NAMED: usize = 5;

/// Which apps are drawn together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grouping {
    /// Those of one package name.
    Package,
    /// Those with one developer certificate, of the newest signature scheme.
    Certificate,
    /// Those of one value in the column `group`; where that is empty, of one package name.
    Column,
}

/// A number of things, and the names of the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<String>,
}

impl Listed {
    fn add(&mut self, name: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(name());
        }
    }
}

/// Reports made under one set of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulesUsed {
    /// Version of the program.
    pub tool: String,
    /// The rules.
    pub ruleset: RulesetId,
    /// Reports with a label that were made under them.
    pub reports: u64,
}

/// What was found when reports and rows were brought together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Matching {
    /// Reports that were read.
    pub reports: u64,
    /// Reports with a label, each file once.
    pub labelled: u64,
    /// Reports about a file that came before; only the first counts.
    pub repeated: u64,
    /// Reports whose row says `unsure` or nothing.
    pub unsure: u64,
    /// Reports without a row.
    pub unlabelled: Listed,
    /// Rows of the table.
    pub rows: u64,
    /// Rows without a report.
    pub unmatched_rows: Listed,
    /// Under which rules the labelled reports were made.
    pub rules: Vec<RulesUsed>,
}

/// Takes reports one after the other and keeps what the measures need.
#[derive(Debug)]
pub struct Gathering<'a> {
    truth: &'a Truth,
    card: Card,
    grouping: Grouping,
    cases: Vec<Case>,
    signatures: BTreeMap<String, usize>,
    matched: BTreeSet<&'a Key>,
    /// The row of each file that was taken.
    files: BTreeMap<String, &'a Row>,
    rules: BTreeMap<(String, String, String), u64>,
    matching: Matching,
}

impl<'a> Gathering<'a> {
    /// Nothing yet.
    #[must_use]
    pub fn new(truth: &'a Truth, card: Card, grouping: Grouping) -> Self {
        Self {
            truth,
            card,
            grouping,
            cases: Vec::new(),
            signatures: BTreeMap::new(),
            matched: BTreeSet::new(),
            files: BTreeMap::new(),
            rules: BTreeMap::new(),
            matching: Matching::default(),
        }
    }

    /// Takes a report.
    ///
    /// # Errors
    ///
    /// When an equal file came before under a row that says something else.
    pub fn add(&mut self, report: &Report) -> Result<(), Error> {
        self.matching.reports += 1;
        let mut row = None;
        for (key, found) in self.truth.about(report) {
            self.matched.insert(key);
            row = row.or(Some(found));
        }
        let Some(row) = row else {
            self.matching.unlabelled.add(|| report.input.name.clone());
            return Ok(());
        };
        if let Some(digest) = &report.input.sha256
            && let Some(earlier) = self.files.insert(digest.clone(), row)
        {
            self.matching.repeated += 1;
            return if earlier.label == row.label {
                Ok(())
            } else {
                Err(Error::SameFile {
                    line: row.line,
                    label: row.label,
                    earlier: earlier.line,
                    earlier_label: earlier.label,
                    sha256: digest.clone(),
                })
            };
        }
        if row.label == Label::Unsure {
            self.matching.unsure += 1;
            return Ok(());
        }
        let case = self.case(report, row);
        self.cases.push(case);
        let ruleset = &report.tool.ruleset;
        let rules = (
            report.tool.version.clone(),
            ruleset.version.clone(),
            ruleset.sha256.clone(),
        );
        *self.rules.entry(rules).or_default() += 1;
        Ok(())
    }

    fn case(&mut self, report: &Report, row: &Row) -> Case {
        let name = &report.input.name;
        let id = report.input.sha256.as_ref().unwrap_or(name).clone();
        let assessment = case::assessment(report, self.card);
        let mut findings = BTreeSet::new();
        // What is missing in an app that could not be assessed says nothing.
        for finding in report.findings.iter().filter(|_| assessment.is_some()) {
            let next = self.signatures.len();
            findings.insert(*self.signatures.entry(finding.id.clone()).or_insert(next));
        }
        Case {
            group: group(report, row, self.grouping).unwrap_or_else(|| format!("file {id}")),
            positive: row.label == Label::Positive,
            outcome: case::outcome(report),
            assessment,
            languages: case::languages(report, row),
            findings,
            id,
        }
    }

    /// The labelled apps, and what was found on the way.
    #[must_use]
    pub fn finish(mut self) -> (Sample, Matching) {
        for (key, _) in self.truth.rows() {
            self.matching.rows += 1;
            if !self.matched.contains(key) {
                let (column, text) = key.parts();
                self.matching.unmatched_rows.add(|| format!("{column} {text}"));
            }
        }
        self.matching.labelled = self.cases.len() as u64;
        let rules = self.rules.into_iter();
        self.matching.rules = rules
            .map(|((tool, version, sha256), reports)| RulesUsed {
                tool,
                ruleset: RulesetId { version, sha256 },
                reports,
            })
            .collect();
        let mut signatures = vec![String::new(); self.signatures.len()];
        for (id, number) in self.signatures {
            if let Some(place) = signatures.get_mut(number) {
                *place = id;
            }
        }
        (Sample::new(self.cases, signatures), self.matching)
    }
}

/// The group of an app; `None` when it stands for itself.
fn group(report: &Report, row: &Row, grouping: Grouping) -> Option<String> {
    let app = report.app.as_ref();
    let package = || Some(format!("package {}", app?.package.as_ref()?));
    match grouping {
        Grouping::Package => package(),
        Grouping::Certificate => Some(format!("certificate {}", app?.certificates.first()?.sha256)),
        Grouping::Column => match &row.group {
            Some(group) => Some(format!("group {group}")),
            None => package(),
        },
    }
}
