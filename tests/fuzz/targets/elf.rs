//! Native libraries: tables, linking, texts.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::elf::Library;
use dunwatch::limits::{Budget, Limits};

/// Reads `data` as a library.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits {
        steps: 2_000_000,
        ..Limits::default()
    };
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(2);
    let Ok(library) = Library::parse(data, &limits, &mut budget, &mut anomalies) else {
        return;
    };
    let mut end = 0;
    for region in library.regions() {
        assert!(region.offset >= end, "regions do not overlap");
        end = region.offset + region.data.len();
    }
    assert!(end <= data.len());
    let total: usize = library.strings().map(|(_, text)| text.len()).sum();
    assert!(total <= data.len());
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
