//! What holds for any labels and scores.

use dunwatch::evaluation::random::SplitMix64;
use dunwatch::evaluation::{Case, Sample};
use proptest::prelude::*;

use super::{case, evaluated, settings};

/// Up to forty apps in up to eight groups, probabilities in steps of a twentieth.
fn cases() -> impl Strategy<Value = Vec<Case>> {
    let app = (0..8_u8, any::<bool>(), 0..=20_u8, any::<bool>(), 0..4_usize);
    proptest::collection::vec(app, 2..40).prop_map(|apps| {
        apps.into_iter()
            .enumerate()
            .map(|(place, (group, positive, twentieths, language, findings))| {
                let probability = f64::from(twentieths) / 20.0;
                let mut case = case(&format!("g{group}"), &place.to_string(), positive, probability);
                if language {
                    case.languages.insert("en".to_owned());
                }
                case.findings = (0..2).filter(|number| findings >> number & 1 == 1).collect();
                case
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_changes_nothing(
        (cases, shuffled) in cases().prop_flat_map(|cases| (Just(cases.clone()), Just(cases).prop_shuffle())),
    ) {
        let text = |cases: &[Case]| serde_json::to_string(&evaluated(cases, &settings(20, 3))).unwrap();
        prop_assert_eq!(text(&cases), text(&shuffled));
    }

    #[test]
    fn shares_are_shares(cases in cases()) {
        let evaluation = evaluated(&cases, &settings(20, 1));
        let measures = &evaluation.measures;
        let decision = &measures.decisions[0];
        for estimate in [
            measures.ranking.average_precision,
            measures.ranking.roc_auc,
            measures.ranking.recall_at[0].recall,
            measures.calibration.brier,
            measures.calibration.expected_calibration_error,
            decision.precision,
            decision.recall,
            decision.f1,
        ] {
            for number in [estimate.value, estimate.low, estimate.high].into_iter().flatten() {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&number), "{estimate:?}");
            }
            prop_assert!(estimate.low.is_some() == estimate.high.is_some() && estimate.low <= estimate.high);
        }
        // The area below the steps of the curve is the average precision.
        let mut area = 0.0;
        let mut before = 0.0;
        for line in &evaluation.curve {
            area += (line.recall - before) * line.precision;
            before = line.recall;
        }
        if !evaluation.curve.is_empty() {
            prop_assert!((area - measures.ranking.average_precision.value.unwrap()).abs() < 1e-9);
        }
    }

    #[test]
    fn labels_and_probabilities_can_be_turned_round(cases in cases()) {
        let turned: Vec<Case> = cases
            .iter()
            .map(|one| {
                let probability = one.assessment.unwrap().probability;
                case(&one.group, &one.id, !one.positive, 1.0 - probability)
            })
            .collect();
        let (one, other) = (evaluated(&cases, &settings(0, 1)), evaluated(&turned, &settings(0, 1)));
        let near = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => (one - other).abs() < 1e-9,
            (one, other) => one == other,
        };
        let (one, other) = (one.measures, other.measures);
        prop_assert!(near(one.ranking.roc_auc.value, other.ranking.roc_auc.value));
        prop_assert!(near(one.calibration.brier.value, other.calibration.brier.value));
    }

    #[test]
    fn a_perfect_order_is_perfect_and_one_value_is_chance(cases in cases()) {
        let with = |probability: fn(bool) -> f64| {
            let cases: Vec<Case> = cases
                .iter()
                .map(|one| case(&one.group, &one.id, one.positive, probability(one.positive)))
                .collect();
            evaluated(&cases, &settings(0, 1)).measures
        };
        let (perfect, equal) = (with(f64::from), with(|_| 0.3));
        let positives = cases.iter().filter(|case| case.positive).count();
        if positives > 0 && positives < cases.len() {
            prop_assert_eq!(perfect.ranking.average_precision.value, Some(1.0));
            prop_assert_eq!(perfect.ranking.roc_auc.value, Some(1.0));
            prop_assert_eq!(perfect.ranking.recall_at[0].recall.value, Some(1.0));
            prop_assert_eq!(perfect.calibration.brier.value, Some(0.0));
            prop_assert_eq!(equal.ranking.average_precision.value, equal.ranking.prevalence.value);
            prop_assert_eq!(equal.ranking.roc_auc.value, Some(0.5));
            prop_assert_eq!(equal.ranking.recall_at[1].recall.value, Some(0.0));
        }
    }

    #[test]
    fn groups_are_drawn_whole(cases in cases(), seed in any::<u64>()) {
        let sample = Sample::new(cases, vec![String::new(), String::new()]);
        let weights = sample.draw(&mut SplitMix64::new(seed));
        let mut drawn = std::collections::BTreeMap::new();
        for (case, weight) in sample.cases(&weights) {
            prop_assert_eq!(*drawn.entry(&case.group).or_insert(weight), weight);
        }
        prop_assert_eq!(drawn.len(), sample.groups());
        prop_assert_eq!(drawn.values().sum::<u64>(), sample.groups() as u64);
    }

    /// Ten copies of an app within its group say no more than one.
    #[test]
    fn copies_within_a_group_change_no_interval(cases in cases()) {
        let copies: Vec<Case> = cases
            .iter()
            .flat_map(|one| (0..10).map(|copy| Case { id: format!("{} {copy}", one.id), ..one.clone() }))
            .collect();
        let (one, ten) = (evaluated(&cases, &settings(40, 5)), evaluated(&copies, &settings(40, 5)));
        prop_assert_eq!(one.measures.decisions[0].recall, ten.measures.decisions[0].recall);
        prop_assert_eq!(&one.measures.ranking.recall_at, &ten.measures.ranking.recall_at);
        let width = |evaluation: &dunwatch::evaluation::Evaluation| {
            let area = evaluation.measures.ranking.roc_auc;
            area.low.zip(area.high).map(|(low, high)| high - low)
        };
        match (width(&one), width(&ten)) {
            (Some(one), Some(ten)) => prop_assert!((one - ten).abs() < 1e-9),
            (one, ten) => prop_assert_eq!(one, ten),
        }
    }
}

/// The mean over many orders by chance is the share of positive apps, roughly, and one half.
#[test]
fn an_order_by_chance_is_worth_what_chance_is() {
    let mut random = SplitMix64::new(11);
    let (mut precision, mut area) = (0.0, 0.0);
    for _ in 0..50 {
        let cases: Vec<Case> = (0..400_u32)
            .map(|place| {
                let probability =
                    f64::from(u32::try_from(random.below(1 << 20)).unwrap()) / f64::from(1 << 20);
                case(&place.to_string(), "", place % 4 == 0, probability)
            })
            .collect();
        let ranking = evaluated(&cases, &settings(0, 1)).measures.ranking;
        precision += ranking.average_precision.value.unwrap() / 50.0;
        area += ranking.roc_auc.value.unwrap() / 50.0;
    }
    assert!((precision - 0.25).abs() < 0.02, "{precision}");
    assert!((area - 0.5).abs() < 0.02, "{area}");
}
