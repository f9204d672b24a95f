//! How well the probabilities put positive apps before negative ones, wherever the line is drawn.
//!
//! All over assessed apps. Apps of one probability enter together: none of them can be told from the
//! others, so no order between them may help.
//!
//! - **PR-AUC** as average precision, `Σ (Rₙ - Rₙ₋₁) Pₙ` over the falling probabilities, without
//!   interpolation, which would be too kind (Davis and Goadrich, *The relationship between
//!   Precision-Recall and ROC curves*, ICML 2006; the same definition as scikit-learn's
//!   `average_precision_score`). An order by chance has the share of positive apps in the mean.
//! - **ROC-AUC**: the probability that a positive app stands before a negative one, ties counting one
//!   half (Hanley and McNeil, *Radiology*, 1982). An order by chance has 0.5.
//! - **Recall at a false-alarm rate**: the largest recall of any line with a rate of at most this.

use serde::Serialize;

use super::estimate::{Estimate, real, share};
use super::sample::{Sample, Weights};

/// False-alarm rates at which the recall is told, in thousandths.
const FALSE_ALARMS: [u16; 2] = [10, 50];

/// Steps of recall at which the precision has an interval.
const STEPS: u16 = 50;

/// The recall where few negative apps are called positive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecallAt {
    /// The highest rate that is allowed.
    pub false_alarm_rate: f64,
    /// The probability from which apps are called positive; `None` when none may be.
    pub from: Option<f64>,
    /// The recall.
    pub recall: Estimate,
}

/// The precision where a share of the positive apps is found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrecisionAt {
    /// The share that is found at least.
    pub recall: f64,
    /// The precision of the highest line that finds as many.
    pub precision: Estimate,
}

/// Measures of the order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranking {
    /// Area under the precision-recall curve.
    pub average_precision: Estimate,
    /// What an order by chance has in its place: the share of positive apps.
    pub prevalence: Estimate,
    /// Area under the receiver operating characteristic.
    pub roc_auc: Estimate,
    /// Recall at fixed false-alarm rates.
    pub recall_at: Vec<RecallAt>,
    /// Precision at rising recall.
    pub precision_at: Vec<PrecisionAt>,
}

/// What comes of calling apps positive from one probability on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Line {
    /// The probability.
    pub from: f64,
    /// Share of the positive apps that are called.
    pub recall: f64,
    /// Share of the called apps that are positive.
    pub precision: f64,
    /// Share of the negative apps that are called.
    pub false_alarm_rate: f64,
}

/// Positive and negative apps of at least some probability.
#[derive(Debug, Clone, Copy, Default)]
struct Reached {
    from: f64,
    positives: u64,
    negatives: u64,
}

/// The counts at each probability, falling.
fn reached(sample: &Sample, weights: &Weights) -> Vec<Reached> {
    let mut steps: Vec<Reached> = Vec::new();
    for (case, probability, weight) in sample.ranked(weights).filter(|(_, _, weight)| *weight > 0) {
        let before = steps.last().copied().unwrap_or_default();
        if steps.is_empty() || before.from.total_cmp(&probability).is_ne() {
            steps.push(Reached {
                from: probability,
                ..before
            });
        }
        if let Some(step) = steps.last_mut() {
            let count = if case.positive {
                &mut step.positives
            } else {
                &mut step.negatives
            };
            *count += weight;
        }
    }
    steps
}

pub(super) fn ranking(sample: &Sample, weights: &Weights) -> Ranking {
    let steps = reached(sample, weights);
    let all = steps.last().copied().unwrap_or_default();
    let (mut average_precision, mut pairs) = (0.0, 0.0);
    let mut before = Reached::default();
    for step in &steps {
        let (gain, called) = (step.positives - before.positives, step.positives + step.negatives);
        let precision = real(step.positives) / real(called);
        average_precision += real(gain) / real(all.positives.max(1)) * precision;
        let behind = all.negatives - step.negatives;
        let equal = step.negatives - before.negatives;
        pairs += real(gain) * (real(behind) + real(equal) / 2.0);
        before = *step;
    }
    let all_pairs = real(all.positives) * real(all.negatives);
    Ranking {
        average_precision: Estimate::of((all.positives > 0).then_some(average_precision)),
        prevalence: Estimate::share(all.positives, all.positives + all.negatives),
        roc_auc: Estimate::of((all_pairs > 0.0).then(|| pairs / all_pairs)),
        recall_at: FALSE_ALARMS.map(|rate| recall_at(rate, &steps, all)).to_vec(),
        precision_at: (1..=STEPS).map(|step| precision_at(step, &steps, all)).collect(),
    }
}

fn recall_at(thousandths: u16, steps: &[Reached], all: Reached) -> RecallAt {
    let allowed = u64::from(thousandths) * all.negatives;
    let last = steps
        .iter()
        .take_while(|step| step.negatives * 1000 <= allowed)
        .last();
    let found = last.map_or(0, |step| step.positives);
    let recall = share(found, all.positives).filter(|_| all.negatives > 0);
    RecallAt {
        false_alarm_rate: f64::from(thousandths) / 1000.0,
        from: last.map(|step| step.from),
        recall: Estimate::of(recall),
    }
}

fn precision_at(step: u16, steps: &[Reached], all: Reached) -> PrecisionAt {
    let wanted = u64::from(step) * all.positives;
    let line = steps
        .iter()
        .find(|line| line.positives * u64::from(STEPS) >= wanted);
    let line = line.filter(|_| all.positives > 0);
    PrecisionAt {
        recall: f64::from(step) / f64::from(STEPS),
        precision: Estimate::of(line.and_then(|line| share(line.positives, line.positives + line.negatives))),
    }
}

/// The curve of the whole sample, from the highest probability down. Empty unless there are apps of
/// both labels.
pub(super) fn curve(sample: &Sample) -> Vec<Line> {
    let steps = reached(sample, &sample.whole());
    let all = steps.last().copied().unwrap_or_default();
    let line = |step: Reached| {
        Some(Line {
            from: step.from,
            recall: share(step.positives, all.positives)?,
            precision: share(step.positives, step.positives + step.negatives)?,
            false_alarm_rate: share(step.negatives, all.negatives)?,
        })
    };
    steps.into_iter().filter_map(line).collect()
}
