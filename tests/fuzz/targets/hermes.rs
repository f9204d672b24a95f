//! Hermes bytecode: the string tables.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::hermes::Bundle;
use dunwatch::limits::{Budget, Limits};

/// Reads `data` as bytecode.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits {
        steps: 2_000_000,
        ..Limits::default()
    };
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(2);
    let Ok(bundle) = Bundle::parse(data, &limits, &mut budget, &mut anomalies) else {
        return;
    };
    let mut total = 0;
    for string in bundle.strings() {
        let start = usize::try_from(string.offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(string.bytes.len());
        assert_eq!(
            data.get(start..end),
            Some(string.bytes),
            "a string knows its place"
        );
        assert!(
            string.text().len() <= 3 * string.bytes.len(),
            "three bytes for one that is broken"
        );
        total += string.bytes.len();
    }
    assert!(total <= 5 * data.len());
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
