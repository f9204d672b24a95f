//! The measures against numbers from elsewhere: computed by hand, and by scikit-learn.

use dunwatch::evaluation::estimate::Estimate;
use dunwatch::evaluation::{Card, Case, Evaluation, Label, Outcome};
use dunwatch::report::v1;

use super::{case, evaluated, settings};

fn near(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < 1e-9)
}

fn value(estimate: Estimate) -> f64 {
    estimate.value.unwrap()
}

/// Six apps: 0.9 yes, 0.8 no, 0.6 yes and no at once, 0.3 no, 0.1 yes.
fn six() -> Vec<Case> {
    [
        (true, 0.9),
        (false, 0.8),
        (true, 0.6),
        (false, 0.6),
        (false, 0.3),
        (true, 0.1),
    ]
    .into_iter()
    .enumerate()
    .map(|(place, (positive, probability))| {
        case(&format!("g{place}"), &place.to_string(), positive, probability)
    })
    .collect()
}

#[test]
fn six_apps_by_hand() {
    let evaluation = evaluated(&six(), &settings(0, 1));
    let measures = &evaluation.measures;
    let decision = &measures.decisions[0];
    assert_eq!(
        (
            decision.true_positives,
            decision.false_positives,
            decision.false_negatives,
            decision.true_negatives
        ),
        (2, 2, 1, 1)
    );
    assert!(near(decision.precision.value, 0.5));
    assert!(near(decision.recall.value, 2.0 / 3.0));
    assert!(near(decision.false_alarm_rate.value, 2.0 / 3.0));
    assert!(near(decision.f1.value, 4.0 / 7.0));
    let ranking = &measures.ranking;
    // A third of the recall each at 1/1, at 2/4 (two apps at once) and at 3/6.
    assert!(near(ranking.average_precision.value, (1.0 + 0.5 + 0.5) / 3.0));
    // Of nine pairs: 3 behind 0.9, one and a half behind 0.6, none behind 0.1.
    assert!(near(ranking.roc_auc.value, 4.5 / 9.0));
    assert!(near(ranking.prevalence.value, 0.5));
    assert!(near(ranking.recall_at[1].recall.value, 1.0 / 3.0));
    assert_eq!(ranking.recall_at[1].from, Some(0.9));
    let calibration = &measures.calibration;
    let brier = (0.01 + 0.64 + 0.16 + 0.36 + 0.09 + 0.81) / 6.0;
    assert!(near(calibration.brier.value, brier));
    assert!(near(calibration.brier_baseline.value, 0.25));
    assert!(near(calibration.brier_skill.value, 1.0 - brier / 0.25));
    // By bin: |0.1-1| + |0.3-0| + |1.2-1| + |0.8-0| + |0.9-1|.
    assert!(near(calibration.expected_calibration_error.value, 2.3 / 6.0));
    let bins: Vec<_> = calibration
        .bins
        .iter()
        .map(|bin| (bin.count, bin.positives))
        .collect();
    assert_eq!(bins[6], (2, 1));
    assert_eq!(bins.iter().map(|(count, _)| count).sum::<u64>(), 6);
    let curve: Vec<_> = evaluation.curve.iter().map(|line| line.from).collect();
    assert_eq!(curve, [0.9, 0.8, 0.6, 0.3, 0.1]);
    assert!(evaluation.curve[2].precision == 0.5 && evaluation.curve[4].recall == 1.0);
}

#[test]
fn the_ends_of_the_bins_belong_somewhere() {
    let cases: Vec<Case> = [0.0, 0.1, 0.999, 1.0]
        .into_iter()
        .map(|probability| case("g", &probability.to_string(), probability > 0.5, probability))
        .collect();
    let bins = evaluated(&cases, &settings(0, 1)).measures.calibration.bins;
    let counts: Vec<u64> = bins.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [1, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    assert_eq!(bins[5].predicted, None);
    assert_eq!(bins[5].observed.value, None);
}

#[test]
fn what_was_not_assessed_counts_beside() {
    let mut cases = six();
    for (place, outcome) in [Outcome::NotAssessable, Outcome::Failed, Outcome::Failed]
        .into_iter()
        .enumerate()
    {
        let mut unseen = case(&format!("u{place}"), "u", place < 2, 0.9);
        (unseen.outcome, unseen.assessment) = (outcome, None);
        cases.push(unseen);
    }
    let (with, without) = (
        evaluated(&cases, &settings(0, 1)),
        evaluated(&six(), &settings(0, 1)),
    );
    assert_eq!(with.measures.ranking, without.measures.ranking);
    assert_eq!(with.measures.calibration, without.measures.calibration);
    let decision = &with.measures.decisions[0];
    assert_eq!(decision.recall, without.measures.decisions[0].recall);
    assert!(near(decision.recall_of_all.value, 2.0 / 5.0));
    let assessed: Vec<_> = with
        .measures
        .assessed
        .iter()
        .map(|one| (one.count, one.assessed))
        .collect();
    assert_eq!(assessed, [(5, 3), (4, 3)]);
    assert!(near(with.measures.assessed[0].coverage.value, 0.6));
    let cell = |label, outcome| {
        let mut cells = with.measures.confusion.iter();
        cells
            .find(|cell| cell.label == label && cell.outcome == outcome)
            .unwrap()
    };
    assert_eq!(cell(Label::Positive, Outcome::NotAssessable).count, 1);
    assert_eq!(cell(Label::Negative, Outcome::Failed).count, 1);
    assert!(near(cell(Label::Positive, Outcome::High).share.value, 2.0 / 5.0));
    assert_eq!(with.measures.languages[0].positives, 5);
    assert!(near(with.measures.languages[0].recall_of_all.value, 0.4));
}

#[test]
fn rules_follow_the_card_and_the_band_asked_for() {
    let rules = |card, positive| {
        let mut settings = settings(0, 1);
        (settings.card, settings.positive) = (card, positive);
        let decisions = evaluated(&six(), &settings).measures.decisions;
        let rules: Vec<_> = decisions
            .iter()
            .map(|one| serde_json::to_value(one.rule).unwrap())
            .collect();
        rules.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (high, elevated) = (
        r#"{"by":"band","from":"high"}"#,
        r#"{"by":"band","from":"elevated"}"#,
    );
    let card = r#"{"by":"card","card":"lending","from_db":0.0}"#;
    assert_eq!(rules(Card::Both, None), [high, elevated]);
    assert_eq!(rules(Card::Both, Some(v1::Band::Elevated)), [elevated, high]);
    assert_eq!(rules(Card::Lending, None), [card, high, elevated]);
    assert_eq!(rules(Card::Lending, Some(v1::Band::High)), [high, card, elevated]);
}

#[test]
fn signatures_stand_beside_their_weights() {
    let mut cases = six();
    for place in [0, 1, 2] {
        cases[place].findings.insert(0);
    }
    cases[4].findings.insert(1);
    let signatures = evaluated(&cases, &settings(0, 1)).measures.signatures;
    let [sent, unknown] = signatures.as_slice() else {
        panic!()
    };
    assert_eq!(
        (sent.id.as_str(), sent.positives, sent.negatives),
        ("contacts-sent", 2, 1)
    );
    assert_eq!((sent.card, sent.weight_db), (Some(v1::Card::Harvest), Some(24.0)));
    assert_eq!(sent.status.as_deref(), Some("stable"));
    // (2.5 / 4) / (1.5 / 4)
    assert!(near(sent.lift_db.value, 2.218_487_496_163_564));
    assert_eq!(
        (unknown.card, unknown.weight_db, &unknown.status),
        (None, None, &None)
    );
    assert!(near(unknown.lift_db.value, 10.0 * libm::log10(0.5 / 1.5)));
}

/// The sample of `oracle.py`: 90 apps in 30 groups, with many equal probabilities.
fn ninety() -> Vec<Case> {
    (0..90_u32)
        .map(|i| {
            let probability = f64::from(i * 37 % 21) / 20.0;
            let positive = f64::from(i * 53 % 97) / 97.0 < 0.15 + 0.6 * probability;
            case(
                &format!("package g{:02}", i % 30),
                &format!("{i:03}"),
                positive,
                probability,
            )
        })
        .collect()
}

fn named(evaluation: &Evaluation, name: &str) -> Estimate {
    let measures = &evaluation.measures;
    let (ranking, calibration) = (&measures.ranking, &measures.calibration);
    let decision = &measures.decisions[0];
    match name {
        "average_precision" => ranking.average_precision,
        "roc_auc" => ranking.roc_auc,
        "recall_at_1" => ranking.recall_at[0].recall,
        "recall_at_5" => ranking.recall_at[1].recall,
        "brier" => calibration.brier,
        "baseline" => calibration.brier_baseline,
        "calibration_error" => calibration.expected_calibration_error,
        "precision" => decision.precision,
        "recall" => decision.recall,
        "false_alarm_rate" => decision.false_alarm_rate,
        "f1" => decision.f1,
        _ => panic!("{name}"),
    }
}

/// Value and interval of each, as `oracle.py` beside this file prints them (numpy 2, scikit-learn
/// 1.9).
#[test]
fn values_and_intervals_are_those_of_scikit_learn() {
    let evaluation = evaluated(&ninety(), &settings(400, 7));
    for (name, [point, low, high]) in [
        (
            "average_precision",
            [0.654384505818, 0.541926846248, 0.783676002521],
        ),
        ("roc_auc", [0.703086112494, 0.621100925926, 0.787321102101]),
        ("recall_at_1", [0.000000000000, 0.000000000000, 0.268728222997]),
        ("recall_at_5", [0.170731707317, 0.000000000000, 0.446862787668]),
        ("brier", [0.236194444444, 0.193624305556, 0.277210416667]),
        ("baseline", [0.248024691358, 0.237654320988, 0.250000000000]),
        (
            "calibration_error",
            [0.129444444444, 0.110527777778, 0.247263888889],
        ),
        ("precision", [0.595744680851, 0.500000000000, 0.693877551020]),
        ("recall", [0.682926829268, 0.529334365325, 0.818240093240]),
        (
            "false_alarm_rate",
            [0.387755102041, 0.244775510204, 0.536632270169],
        ),
        ("f1", [0.636363636364, 0.534844961240, 0.720948213858]),
    ] {
        let found = named(&evaluation, name);
        assert!(
            near(found.value, point) && near(found.low, low) && near(found.high, high),
            "{name}: {found:?}"
        );
    }
    assert_eq!(evaluation.bootstrap.groups, 30);
}

#[test]
fn a_seed_decides_the_intervals() {
    let interval = |seed| {
        evaluated(&ninety(), &settings(200, seed))
            .measures
            .ranking
            .average_precision
    };
    assert_eq!(interval(1), interval(1));
    assert_ne!(interval(1), interval(2));
    assert_eq!(interval(1).value, interval(2).value);
    for seed in 0..5 {
        let found = interval(seed);
        assert!(found.low.unwrap() < value(found) && value(found) < found.high.unwrap());
    }
}

#[test]
fn too_few_groups_give_no_intervals() {
    let missing = |cases: &[Case], resamples| {
        let evaluation = evaluated(cases, &settings(resamples, 1));
        let text = serde_json::to_value(&evaluation).unwrap();
        (
            text["bootstrap"]["missing"].clone(),
            evaluation.measures.ranking.roc_auc,
        )
    };
    let mut cases = six();
    assert_eq!(missing(&cases, 50).0, serde_json::Value::Null);
    assert!(missing(&cases, 50).1.low.is_some());
    assert_eq!(missing(&cases, 0).0, "not-asked-for");
    // All positive apps in one group.
    for case in cases.iter_mut().filter(|case| case.positive) {
        case.group = "one".to_owned();
    }
    let (reason, area) = missing(&cases, 50);
    assert_eq!(reason, "too-few-groups");
    assert_eq!((area.value, area.low, area.high), (Some(0.5), None, None));
    // A language of one group has a recall and no interval, whatever the others have.
    let mut cases = six();
    cases[0].languages = ["sw".to_owned()].into();
    let languages = evaluated(&cases, &settings(200, 1)).measures.languages;
    let [swahili, other] = languages.as_slice() else {
        panic!()
    };
    assert_eq!(
        (swahili.groups, swahili.recall.value, swahili.recall.low),
        (1, Some(1.0), None)
    );
    assert!(other.groups == 2 && other.recall.low.is_some());
}

#[test]
fn without_apps_of_a_label_nothing_is_divided_by_zero() {
    for label in [true, false] {
        let cases: Vec<Case> = six().into_iter().filter(|case| case.positive == label).collect();
        let evaluation = evaluated(&cases, &settings(50, 1));
        let measures = &evaluation.measures;
        assert_eq!(measures.ranking.roc_auc.value, None);
        assert_eq!(measures.ranking.recall_at[0].recall.value, None);
        assert_eq!(measures.ranking.average_precision.value, label.then_some(1.0));
        assert_eq!(measures.calibration.brier_skill.value, None);
        assert!(evaluation.curve.is_empty());
    }
    let nothing = evaluated(&[], &settings(50, 1));
    assert_eq!(nothing.bootstrap.groups, 0);
    assert_eq!(nothing.measures.calibration.brier.value, None);
}
