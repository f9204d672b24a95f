//! DroidBench, where it is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::apps::{RULES, corpus};
use crate::support::measure::droidbench::{Figures, Outcome, RECORD, document, measure, record};
use crate::support::measure::reasons;
use crate::support::records::compare;

/// The folder of the benchmark. Says so when it is not there.
fn folder() -> Option<PathBuf> {
    let folder = corpus()?.join("droidbench");
    if folder.join("expected.tsv").is_file() {
        return Some(folder);
    }
    println!("skipped: no DroidBench in {}", folder.display());
    None
}

fn outcomes() -> Option<Vec<Outcome>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Some(measure(root, &folder()?, &RULES).unwrap())
}

#[test]
fn finds_the_leaks_of_droidbench() {
    let Some(outcomes) = outcomes() else { return };
    let figures = Figures::of(&outcomes);
    println!("{}", document(&outcomes));
    // Otherwise a pair counts for any leak of its package; most have to be the leaks themselves.
    assert!(figures.in_place * 10 >= figures.judged * 7, "{figures:?}");
    assert_eq!(
        (figures.packages, figures.leaks, figures.quiet),
        (122, 118, 16),
        "{figures:?}"
    );
    assert!(figures.f1() >= 0.65, "{figures:?}");
    assert!(figures.false_positive_rate() <= 0.35, "{figures:?}");
    compare(RECORD, |recorded| record(&outcomes, &reasons(recorded)));
}

/// Looks at the recorded table alone, so it needs no corpus.
#[test]
fn every_difference_has_a_reason() {
    let mut unexplained = Vec::new();
    let mut sums: BTreeMap<&str, u32> = BTreeMap::new();
    for line in include_str!("droidbench.tsv").lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [apk, category, expected, found, extra, reason] = cells[..] else {
            panic!("{line}");
        };
        if (expected == found && extra == "0") != reason.is_empty() {
            unexplained.push(apk);
        }
        *sums.entry(category).or_default() += expected.parse::<u32>().unwrap();
    }
    assert!(unexplained.is_empty(), "{unexplained:?}");
    assert_eq!((sums.len(), sums.values().sum::<u32>()), (17, 118));
}
