//! The whole way, from a package to its report.
#![cfg_attr(fuzzing, no_main)]

use std::sync::LazyLock;

use dunwatch::limits::Limits;
use dunwatch::{Options, Ruleset, analyze};

static RULES: LazyLock<Ruleset> = LazyLock::new(|| Ruleset::embedded().expect("the embedded rules"));

/// Analyses `data` as a package.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits {
        entries: 1024,
        steps: 3_000_000,
        app_bytes: 8 << 20,
        library_bytes: 1 << 20,
        harvest_code_units: 100_000,
        harvest_facts: 20_000,
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let report = analyze(data, &RULES, &options);
    assert_eq!(report.error.is_some(), report.score.is_none());
    assert_eq!(report.score.is_some(), report.coverage.is_some());
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
