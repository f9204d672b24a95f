//! One labelled app, and all that the measures need of its report.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde::Serialize;

use super::truth::Row;
use crate::report::Report;
use crate::report::v1::Band;
use crate::score::sigma;

/// The number of a report that is taken as the probability of a positive label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Card {
    /// The score divided by 100: both properties at once.
    Both,
    /// The harvest card: `sigma(harvest_db)`.
    Harvest,
    /// The lending card: `sigma(lending_db)`.
    Lending,
}

/// What became of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The band low.
    Low,
    /// The code that matters could not be seen.
    NotAssessable,
    /// The band elevated.
    Elevated,
    /// The band high.
    High,
    /// The file could not be read.
    Failed,
}

impl Outcome {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::Low,
        Self::NotAssessable,
        Self::Elevated,
        Self::High,
        Self::Failed,
    ];

    fn of(report: &Report) -> Self {
        match report.score.as_ref().map(|score| score.band) {
            Some(Band::Low) => Self::Low,
            Some(Band::NotAssessable) => Self::NotAssessable,
            Some(Band::Elevated) => Self::Elevated,
            Some(Band::High) => Self::High,
            None => Self::Failed,
        }
    }
}

/// What a score says about an app that could be assessed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assessment {
    /// The probability of a positive label, 0 to 1.
    pub probability: f64,
    /// Harvest card in decibans.
    pub harvest_db: f64,
    /// Lending card in decibans.
    pub lending_db: f64,
}

/// One labelled app.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Apps of one group are drawn together.
    pub group: String,
    /// Tells the cases of a group apart: the digest, or the name of a file without one.
    pub id: String,
    /// Whether the label is positive.
    pub positive: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// What the score says; `None` when there is none.
    pub assessment: Option<Assessment>,
    /// Languages it is counted under.
    pub languages: BTreeSet<String>,
    /// Indicators that matched, by their number in the sample.
    pub findings: BTreeSet<usize>,
}

impl Case {
    /// The order that makes every sum independent of the order in which reports came.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let probability = |case: &Self| case.assessment.map_or(-1.0, |assessment| assessment.probability);
        (&self.group, &self.id, self.positive, self.outcome)
            .cmp(&(&other.group, &other.id, other.positive, other.outcome))
            .then(probability(self).total_cmp(&probability(other)))
    }
}

/// What the report says of an app that could be assessed.
#[must_use]
pub fn assessment(report: &Report, card: Card) -> Option<Assessment> {
    let score = report.score.as_ref()?;
    let value = score.value.filter(|_| score.band != Band::NotAssessable)?;
    let probability = match card {
        Card::Both => value / 100.0,
        Card::Harvest => sigma(score.harvest_db),
        Card::Lending => sigma(score.lending_db),
    };
    Some(Assessment {
        // The file of reports may be anybody's.
        probability: probability.clamp(0.0, 1.0),
        harvest_db: score.harvest_db,
        lending_db: score.lending_db,
    })
}

/// The outcome of a report.
#[must_use]
pub fn outcome(report: &Report) -> Outcome {
    Outcome::of(report)
}

/// The languages an app is counted under: those of its row in the table; without any, those its texts
/// about lending are written in; `und` when the report tells none.
#[must_use]
pub fn languages(report: &Report, row: &Row) -> BTreeSet<String> {
    let told = report.app.iter().flat_map(|app| &app.languages);
    let mut languages: BTreeSet<String> = match row.languages.as_slice() {
        [] => told.cloned().collect(),
        stated => stated.iter().cloned().collect(),
    };
    if languages.is_empty() {
        languages.insert("und".to_owned());
    }
    languages
}
