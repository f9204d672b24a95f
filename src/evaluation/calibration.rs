//! Whether a probability means what it says.
//!
//! All over assessed apps, `p` the probability and `y` the label, 1 or 0.
//!
//! - **Brier score**: the mean of `(p - y)²` (Brier, *Monthly Weather Review*, 1950). Its baseline
//!   is what a constant forecast of the share of positive apps has, and the skill `1 - Brier /
//!   baseline`: 1 is perfect, 0 no better than the constant.
//! - **Reliability table**: ten bins of equal width; in each the mean probability beside the share
//!   of positive apps (Murphy and Winkler, *Applied Statistics*, 1977). A bin takes its lower
//!   bound in, and the last one also its upper.
//! - **Expected calibration error**: the mean distance of the two, bins weighed by their apps
//!   (Naeini, Cooper and Hauskrecht, AAAI 2015). Small samples make it large by themselves.
//!
//! The cards begin at the share of such apps in a store, as `scoring.toml` says. In a sample with
//! another share the probabilities are off for that reason alone.

use serde::Serialize;

use super::case::Case;
use super::estimate::{Estimate, real, share};
use super::sample::{Sample, Weights};

/// Number of bins.
const BINS: u8 = 10;

/// Apps of similar probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Lower bound.
    pub from: f64,
    /// Upper bound.
    pub to: f64,
    /// Apps.
    pub count: u64,
    /// Positive apps among them.
    pub positives: u64,
    /// Groups of these apps.
    pub groups: usize,
    /// Mean probability.
    pub predicted: Option<f64>,
    /// Share of positive apps.
    pub observed: Estimate,
}

/// Measures of the probabilities.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Mean squared distance of probability and label.
    pub brier: Estimate,
    /// The same of a constant forecast.
    pub brier_baseline: Estimate,
    /// What is gained over it.
    pub brier_skill: Estimate,
    /// Mean distance of predicted and observed shares.
    pub expected_calibration_error: Estimate,
    /// The reliability table.
    pub bins: Vec<Bin>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u64,
    positives: u64,
    probability: f64,
    squares: f64,
}

impl Sum {
    fn add(&mut self, positive: bool, probability: f64, weight: u64) {
        let label = if positive { 1.0 } else { 0.0 };
        self.count += weight;
        self.positives += if positive { weight } else { 0 };
        self.probability += real(weight) * probability;
        self.squares += real(weight) * (probability - label) * (probability - label);
    }

    fn mean(self, sum: f64) -> Option<f64> {
        (self.count > 0).then(|| sum / real(self.count))
    }
}

/// Number of the bin of a probability.
fn bin_of(probability: f64) -> usize {
    let tenth = libm::floor(probability * f64::from(BINS)).clamp(0.0, f64::from(BINS - 1));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 9"
    )]
    let bin = tenth as usize;
    bin
}

pub(super) fn calibration(sample: &Sample, weights: &Weights) -> Calibration {
    let mut all = Sum::default();
    let mut sums = [Sum::default(); BINS as usize];
    for (case, probability, weight) in sample.ranked(weights) {
        all.add(case.positive, probability, weight);
        if let Some(sum) = sums.get_mut(bin_of(probability)) {
            sum.add(case.positive, probability, weight);
        }
    }
    let brier = all.mean(all.squares);
    let prevalence = share(all.positives, all.count);
    let baseline = prevalence.map(|share| share * (1.0 - share));
    let skill = brier.zip(baseline).filter(|(_, baseline)| *baseline > 0.0);
    let error: f64 = sums
        .iter()
        .map(|sum| (sum.probability - real(sum.positives)).abs())
        .sum();
    let bins = sums.iter().zip(0_u8..);
    Calibration {
        brier: Estimate::of(brier),
        brier_baseline: Estimate::of(baseline),
        brier_skill: Estimate::of(skill.map(|(brier, baseline)| 1.0 - brier / baseline)),
        expected_calibration_error: Estimate::of(all.mean(error)),
        bins: bins
            .map(|(sum, number)| Bin {
                from: f64::from(number) / f64::from(BINS),
                to: f64::from(number + 1) / f64::from(BINS),
                count: sum.count,
                positives: sum.positives,
                groups: 0,
                predicted: sum.mean(sum.probability),
                observed: Estimate::share(sum.positives, sum.count),
            })
            .collect(),
    }
}

/// Counts the groups of each bin, and takes the intervals away that too few groups would give.
pub(super) fn settle(bins: &mut [Bin], sample: &Sample) {
    for (number, bin) in bins.iter_mut().enumerate() {
        let is_here = |case: &Case| {
            let probability = case.assessment.map(|assessment| assessment.probability);
            probability.is_some_and(|probability| bin_of(probability) == number)
        };
        bin.groups = sample.groups_with(is_here);
        bin.observed.settle(bin.groups);
    }
}
