//! How well scores fit labels: what `dunwatch eval` computes and prints.

mod gathering;
mod measures;
mod program;
mod properties;

use std::collections::BTreeSet;

use dunwatch::evaluation::case::Assessment;
use dunwatch::evaluation::{Card, Case, Evaluation, Grouping, Matching, Outcome, Sample, Settings, evaluate};
use dunwatch::report::build;

use crate::support::apps::RULES;

fn settings(resamples: u32, seed: u64) -> Settings {
    Settings {
        table: "labels.tsv".to_owned(),
        label: "label".to_owned(),
        card: Card::Lending,
        grouping: Grouping::Package,
        positive: None,
        resamples,
        seed,
    }
}

/// An assessed app; the lending card is at its threshold for a probability of one half.
fn case(group: &str, id: &str, positive: bool, probability: f64) -> Case {
    Case {
        group: group.to_owned(),
        id: id.to_owned(),
        positive,
        outcome: if probability < 0.5 {
            Outcome::Low
        } else {
            Outcome::High
        },
        assessment: Some(Assessment {
            probability,
            harvest_db: 0.0,
            lending_db: probability - 0.5,
        }),
        languages: BTreeSet::from(["und".to_owned()]),
        findings: BTreeSet::new(),
    }
}

fn evaluated(cases: &[Case], settings: &Settings) -> Evaluation {
    let signatures = vec!["contacts-sent".to_owned(), "unknown-to-the-rules".to_owned()];
    let sample = Sample::new(cases.to_vec(), signatures);
    evaluate(
        &sample,
        Matching::default(),
        settings,
        &build::tool(&RULES),
        &RULES,
    )
}
