//! What a signature is worth on its own.
//!
//! The lift of a signature is `10 log10` of how many times more often it is found in positive than
//! in negative apps, in decibans as the weights of `scoring.toml` are. Half an app is added to each
//! count (Haldane, *Annals of Human Genetics*, 1956), so that a signature which one of the labels
//! never has gets a number too:
//!
//! ```text
//! 10 log10 ( (a + 0.5) / (P + 1)  /  ((b + 0.5) / (N + 1)) )
//! ```
//!
//! with `a` of `P` positive and `b` of `N` negative apps. Only assessed apps count: what was not
//! found where the code could not be seen says nothing. Signatures that come together each show the
//! whole of what they say together; groups and caps of `scoring.toml` see to that, not the lift.

use serde::Serialize;

use super::estimate::{Estimate, real};
use super::sample::{Sample, Weights};
use crate::report::v1::Card;
use crate::signatures::Ruleset;
use crate::signatures::schema::CardName;

/// One signature that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lift {
    /// Id of the signature.
    pub id: String,
    /// The card it counts on; `null` when it has no weight.
    pub card: Option<Card>,
    /// Its status; `null` when the rules in force do not know it.
    pub status: Option<String>,
    /// Its weight as it stands in `scoring.toml`, in decibans. An experimental one counts half.
    pub weight_db: Option<f64>,
    /// Positive apps that have it.
    pub positives: u64,
    /// Negative apps that have it.
    pub negatives: u64,
    /// What was measured, in decibans.
    pub lift_db: Estimate,
}

pub(super) fn lifts(sample: &Sample, weights: &Weights) -> Vec<Lift> {
    let (mut all_positives, mut all_negatives) = (0, 0);
    for (case, _, weight) in sample.ranked(weights) {
        *(if case.positive {
            &mut all_positives
        } else {
            &mut all_negatives
        }) += weight;
    }
    let mut found = Vec::new();
    for (id, cases) in sample.signatures(weights) {
        let (mut positives, mut negatives) = (0, 0);
        for (case, weight) in cases {
            *(if case.positive {
                &mut positives
            } else {
                &mut negatives
            }) += weight;
        }
        found.push(Lift {
            id: id.to_owned(),
            card: None,
            status: None,
            weight_db: None,
            positives,
            negatives,
            lift_db: Estimate::of(decibans(positives, all_positives, negatives, all_negatives)),
        });
    }
    found
}

fn decibans(positives: u64, all_positives: u64, negatives: u64, all_negatives: u64) -> Option<f64> {
    let rate = |part, whole| (whole > 0).then(|| (real(part) + 0.5) / (real(whole) + 1.0));
    let ratio = rate(positives, all_positives)? / rate(negatives, all_negatives)?;
    Some(10.0 * libm::log10(ratio))
}

/// Adds what the rules in force say, and sorts: by card, harvest first and those without a weight
/// last; then the larger lift first.
pub(super) fn describe(lifts: &mut [Lift], ruleset: &Ruleset) {
    let scoring = ruleset.scoring();
    for lift in lifts.iter_mut() {
        let mut weights = scoring.weight.iter().map(|weight| weight.get_ref());
        let weight = weights.find(|weight| weight.indicator == lift.id);
        let group = weight.and_then(|weight| {
            let mut groups = scoring.group.iter().map(|group| group.get_ref());
            groups.find(|group| group.id == weight.group)
        });
        lift.weight_db = weight.map(|weight| weight.db);
        lift.card = group.map(|group| match group.card {
            CardName::Harvest => Card::Harvest,
            CardName::Lending => Card::Lending,
        });
        let indicator = ruleset.indicator(&lift.id);
        lift.status = indicator.map(|indicator| indicator.status.name().to_owned());
    }
    lifts.sort_by(|one, other| {
        let value = |lift: &Lift| lift.lift_db.value.unwrap_or_default();
        let card = |lift: &Lift| (lift.card.is_none(), lift.card);
        card(one)
            .cmp(&card(other))
            .then(value(other).total_cmp(&value(one)))
            .then_with(|| one.id.cmp(&other.id))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lift_is_a_smoothed_ratio_in_decibans() {
        // (9.5 / 11) / (0.5 / 101) = 174.454545…, by hand.
        let lift = decibans(9, 10, 0, 100).unwrap();
        assert!((lift - 22.416_822_8).abs() < 1e-6, "{lift}");
        assert_eq!(decibans(5, 10, 50, 100), Some(0.0));
        assert_eq!(decibans(0, 0, 3, 9), None);
        assert_eq!(decibans(1, 3, 0, 0), None);
    }
}
