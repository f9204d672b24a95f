//! Numbers with their intervals, and the bootstrap that gives them.
//!
//! **Percentile bootstrap by groups** (Efron and Tibshirani, *An Introduction to the Bootstrap*,
//! 1993, chapter 13; for clusters Davison and Hinkley, *Bootstrap Methods and their Application*,
//! 1997, section 3.8). As many groups as there are get drawn with replacement, each with all its
//! cases, and every number is computed anew. The interval reaches from the 2.5 % to the 97.5 %
//! point of these values, with straight lines between neighbours. A resample in which a number is
//! not defined is left out for this number; when more than half are, there is no interval.
//!
//! What such an interval is not: it need not hold the number itself, and where all cases of a kind
//! agree it has no width, which is a property of the sample and no certainty.

use serde::Serialize;

use super::random::SplitMix64;
use super::sample::{Sample, Weights};

/// Share of the resamples that lies within an interval.
pub const LEVEL: f64 = 0.95;

/// Groups of a class below which nothing can be said about how much they vary.
pub const LEAST_GROUPS: usize = 2;

/// A number and its interval; `None` where it is not defined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The number over all cases.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

impl Estimate {
    /// A number whose interval is not known yet.
    #[must_use]
    pub fn of(value: Option<f64>) -> Self {
        Self {
            value,
            low: None,
            high: None,
        }
    }

    /// A share of two counts, not defined when there is nothing to divide by.
    #[must_use]
    pub fn share(part: u64, whole: u64) -> Self {
        Self::of(share(part, whole))
    }

    /// Takes the interval away when it rests on fewer than [`LEAST_GROUPS`] groups.
    pub(super) fn settle(&mut self, groups: usize) {
        if groups < LEAST_GROUPS {
            (self.low, self.high) = (None, None);
        }
    }
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts of apps stay far below 2^53")]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// A share of two counts, not defined when there is nothing to divide by.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| real(part) / real(whole))
}

/// Numbers that are computed from a sample, always as many and in the same order.
pub(super) trait Estimates {
    /// All numbers that get an interval.
    fn estimates(&mut self) -> Vec<&mut Estimate>;
}

/// Fills in the intervals of `point`, which is `measure` of the whole sample.
pub(super) fn intervals<M: Estimates>(
    point: &mut M,
    sample: &Sample,
    resamples: u32,
    seed: u64,
    measure: impl Fn(&Weights) -> M,
) {
    let mut random = SplitMix64::new(seed);
    let mut columns: Vec<Vec<f64>> = point.estimates().iter().map(|_| Vec::new()).collect();
    for _ in 0..resamples {
        let mut drawn = measure(&sample.draw(&mut random));
        for (column, estimate) in columns.iter_mut().zip(drawn.estimates()) {
            column.extend(estimate.value);
        }
    }
    let least = usize::try_from(resamples.div_ceil(2)).unwrap_or(usize::MAX);
    for (estimate, mut column) in point.estimates().into_iter().zip(columns) {
        if estimate.value.is_some() && column.len() >= least.max(1) {
            column.sort_by(f64::total_cmp);
            let tail = (1.0 - LEVEL) / 2.0;
            estimate.low = quantile(&column, tail);
            estimate.high = quantile(&column, 1.0 - tail);
        }
    }
}

/// The point below which the share `at` of the sorted values lies.
fn quantile(sorted: &[f64], at: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = at * real(last as u64);
    let below = libm::floor(place);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between zero and the last place"
    )]
    let index = below as usize;
    let low = *sorted.get(index)?;
    let high = sorted.get(index + 1).copied().unwrap_or(low);
    Some(low + (high - low) * (place - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `numpy.quantile(values, at)`.
    #[test]
    fn quantiles_lie_on_straight_lines() {
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (at, expected) in [(0.0, 1.0), (0.025, 1.1), (0.5, 4.0), (0.6, 5.6), (1.0, 16.0)] {
            let found = quantile(&values, at).unwrap();
            assert!((found - expected).abs() < 1e-12, "{at}: {found}");
        }
        assert_eq!(quantile(&[3.0], 0.975), Some(3.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
