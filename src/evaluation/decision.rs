//! Yes or no: labels by band, and what comes of calling apps positive from a band or a card on.
//!
//! TP, FP, FN and TN count assessed apps. An app that could not be assessed is called neither
//! positive nor negative.
//!
//! | measure | |
//! |---|---|
//! | precision | TP / (TP + FP) |
//! | recall | TP / (TP + FN), among assessed apps |
//! | recall of all | TP / all positive apps, those without an assessment included: what is found in fact |
//! | false-alarm rate | FP / (FP + TN) |
//! | F1 | 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall |
//!
//! van Rijsbergen, *Information Retrieval*, 1979, chapter 7; Fawcett, *An introduction to ROC
//! analysis*, 2006.

use serde::Serialize;

use super::case::{Assessment, Case, Outcome};
use super::estimate::{Estimate, real};
use super::sample::{Sample, Weights};
use super::truth::Label;
use crate::report::v1::{Band, Card};

/// When an app is called positive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Rule {
    /// Its band is this one or a higher one.
    Band {
        /// The lowest band that counts.
        from: Band,
    },
    /// A card stands at this many decibans or more.
    Card {
        /// The card.
        card: Card,
        /// Decibans.
        from_db: f64,
    },
}

impl Rule {
    fn calls(self, assessment: &Assessment, outcome: Outcome) -> bool {
        match self {
            Self::Band { from: Band::High } => outcome == Outcome::High,
            Self::Band { from: Band::Elevated } => matches!(outcome, Outcome::Elevated | Outcome::High),
            Self::Band {
                from: Band::NotAssessable | Band::Low,
            } => true,
            Self::Card { card, from_db } => {
                let db = match card {
                    Card::Harvest => assessment.harvest_db,
                    Card::Lending => assessment.lending_db,
                };
                db >= from_db
            }
        }
    }

    /// Whether `case` is called positive; `None` when it was not assessed.
    fn applied(self, case: &Case) -> Option<bool> {
        Some(self.calls(&case.assessment?, case.outcome))
    }
}

/// Apps of one label with one outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The label.
    pub label: Label,
    /// The outcome.
    pub outcome: Outcome,
    /// Apps.
    pub count: u64,
    /// Their share among all apps of the label.
    pub share: Estimate,
}

impl Cell {
    fn empty(label: Label, outcome: Outcome) -> Self {
        Self {
            label,
            outcome,
            count: 0,
            share: Estimate::default(),
        }
    }
}

/// How apps of both labels are called under one rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// When an app is called positive.
    pub rule: Rule,
    /// Positive apps that are called so.
    pub true_positives: u64,
    /// Negative apps that are called positive.
    pub false_positives: u64,
    /// Positive apps that are not called so.
    pub false_negatives: u64,
    /// Negative apps that are not called positive.
    pub true_negatives: u64,
    /// Share of the called apps that are positive.
    pub precision: Estimate,
    /// Share of the assessed positive apps that are called.
    pub recall: Estimate,
    /// Share of all positive apps that are called.
    pub recall_of_all: Estimate,
    /// Share of the assessed negative apps that are called.
    pub false_alarm_rate: Estimate,
    /// Harmonic mean of precision and recall.
    pub f1: Estimate,
}

/// Recall among the positive apps of one language.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LanguageRecall {
    /// The language.
    pub language: String,
    /// Groups of its positive apps.
    pub groups: usize,
    /// Positive apps.
    pub positives: u64,
    /// Those that were assessed.
    pub assessed: u64,
    /// Those that are called positive.
    pub found: u64,
    /// Share of the assessed ones that are called.
    pub recall: Estimate,
    /// Share of all that are called.
    pub recall_of_all: Estimate,
}

/// The matrix of labels and outcomes, positive labels first.
pub(super) fn confusion(sample: &Sample, weights: &Weights) -> Vec<Cell> {
    let (mut positives, mut negatives) = (0, 0);
    let mut cells: Vec<Cell> = [Label::Positive, Label::Negative]
        .iter()
        .flat_map(|label| Outcome::ALL.map(|outcome| Cell::empty(*label, outcome)))
        .collect();
    for (case, weight) in sample.cases(weights) {
        let (label, all) = if case.positive {
            (Label::Positive, &mut positives)
        } else {
            (Label::Negative, &mut negatives)
        };
        *all += weight;
        let is_here = |cell: &&mut Cell| cell.label == label && cell.outcome == case.outcome;
        if let Some(cell) = cells.iter_mut().find(is_here) {
            cell.count += weight;
        }
    }
    for cell in &mut cells {
        let all = if cell.label == Label::Positive {
            positives
        } else {
            negatives
        };
        cell.share = Estimate::share(cell.count, all);
    }
    cells
}

/// What comes of `rule`.
pub(super) fn decide(rule: Rule, sample: &Sample, weights: &Weights) -> Decision {
    let [mut tp, mut fp, mut fn_, mut tn, mut positives] = [0; 5];
    for (case, weight) in sample.cases(weights) {
        positives += if case.positive { weight } else { 0 };
        let count = match (rule.applied(case), case.positive) {
            (Some(true), true) => &mut tp,
            (Some(true), false) => &mut fp,
            (Some(false), true) => &mut fn_,
            (Some(false), false) => &mut tn,
            (None, _) => continue,
        };
        *count += weight;
    }
    let sum = 2 * tp + fp + fn_;
    Decision {
        rule,
        true_positives: tp,
        false_positives: fp,
        false_negatives: fn_,
        true_negatives: tn,
        precision: Estimate::share(tp, tp + fp),
        recall: Estimate::share(tp, tp + fn_),
        recall_of_all: Estimate::share(tp, positives),
        false_alarm_rate: Estimate::share(fp, fp + tn),
        f1: Estimate::of((sum > 0).then(|| 2.0 * real(tp) / real(sum))),
    }
}

/// Recall by language under `rule`, in the order of the languages' names.
pub(super) fn by_language(rule: Rule, sample: &Sample, weights: &Weights) -> Vec<LanguageRecall> {
    let mut rows = Vec::new();
    for (language, groups, cases) in sample.languages(weights) {
        let [mut positives, mut assessed, mut found] = [0; 3];
        for (case, weight) in cases {
            positives += weight;
            if let Some(called) = rule.applied(case) {
                assessed += weight;
                found += if called { weight } else { 0 };
            }
        }
        rows.push(LanguageRecall {
            language: language.to_owned(),
            groups,
            positives,
            assessed,
            found,
            recall: Estimate::share(found, assessed),
            recall_of_all: Estimate::share(found, positives),
        });
    }
    rows
}
