//! The micro-suite: every package, exactly.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use crate::support::apps::{RULES, repository};
use crate::support::measure::micro::{
    DOCUMENT, Figures, Outcome, RECORD, Row, Verdict, document, measure, record,
};
use crate::support::measure::reasons;
use crate::support::records::compare;

/// Cases whose twin has other rows, for the library they use is known by name only.
const OTHER_WHEN_RENAMED: [&str; 1] = ["rx-other-stream"];

pub(super) static OUTCOMES: LazyLock<Vec<Outcome>> =
    LazyLock::new(|| measure(Path::new(env!("CARGO_MANIFEST_DIR")), &RULES).unwrap());

#[test]
fn finds_what_leaks_and_leaves_look_alikes_alone() {
    let figures = Figures::of(OUTCOMES.iter());
    println!("{figures}");
    assert!(figures.packages >= 392, "{figures}");
    assert!(figures.proven > 0 && figures.recall() >= 0.97, "{figures}");
    assert!(
        figures.look_alikes > 0 && figures.false_alarm_rate() <= 0.03,
        "{figures}"
    );
}

#[test]
fn every_package_is_as_recorded() {
    compare(RECORD, |recorded| record(&OUTCOMES, &reasons(recorded)));
}

#[test]
fn what_falls_short_has_a_reason() {
    let reasons = reasons(&fs::read_to_string(repository(RECORD)).unwrap());
    let falls_short = |outcome: &&Outcome| {
        matches!(
            outcome.verdict(),
            Verdict::Missed | Verdict::FalseAlarm | Verdict::Weaker
        ) || outcome.found.difference(&outcome.expected).next().is_some()
    };
    let unexplained: Vec<&str> = OUTCOMES
        .iter()
        .filter(falls_short)
        .filter(|outcome| !reasons.contains_key(&outcome.apk))
        .map(|outcome| outcome.apk.as_str())
        .collect();
    assert!(unexplained.is_empty(), "no reason in {RECORD}: {unexplained:?}");
}

#[test]
fn other_names_change_nothing() {
    let mut plain: BTreeMap<&str, &BTreeSet<Row>> = BTreeMap::new();
    let mut differ = Vec::new();
    let mut twins = 0;
    for outcome in OUTCOMES.iter() {
        if !outcome.is_renamed {
            plain.insert(&outcome.case, &outcome.found);
        } else if plain[outcome.case.as_str()] != &outcome.found {
            differ.push(outcome.case.as_str());
            twins += 1;
        } else {
            twins += 1;
        }
    }
    assert!(twins > 150, "{twins} twins");
    assert_eq!(differ, OTHER_WHEN_RENAMED);
}

#[test]
fn the_document_is_up_to_date() {
    let reasons = reasons(&fs::read_to_string(repository(RECORD)).unwrap());
    let written = fs::read_to_string(repository(DOCUMENT)).unwrap();
    assert!(
        written == document(&OUTCOMES, &reasons),
        "{DOCUMENT} is out of date: cargo xtask micro"
    );
}
