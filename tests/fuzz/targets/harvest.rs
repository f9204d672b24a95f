//! The harvest analysis of the code in a dex file, everything taken as able to run.
#![cfg_attr(fuzzing, no_main)]

use std::sync::LazyLock;

use dunwatch::Ruleset;
use dunwatch::anomaly::Anomalies;
use dunwatch::formats::dex::Dex;
use dunwatch::harvest::program::CodeFile;
use dunwatch::harvest::{self, Request};
use dunwatch::limits::{Budget, Limits};

static RULES: LazyLock<Ruleset> = LazyLock::new(|| Ruleset::embedded().expect("the embedded rules"));

/// Follows the data in the code of `data`.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits {
        steps: 2_000_000,
        harvest_code_units: 100_000,
        harvest_facts: 20_000,
        ..Limits::default()
    };
    let mut budget = Budget::new(&limits);
    let Ok(files) = Dex::parse(data, &limits, &mut budget, &mut Anomalies::new(2)) else {
        return;
    };
    let name = "classes.dex";
    let files = files.iter().map(|dex| CodeFile { name, dex }).collect();
    let request = Request {
        all_sinks: true,
        ..Request::default()
    };
    let found = harvest::analyze(files, RULES.models(), &request, &limits, &mut budget);
    assert!(found.facts <= limits.harvest_facts as u64);
    assert!(found.decoded <= found.methods);
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
