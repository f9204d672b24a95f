//! Resource tables: strings, their uses, references from each to the others.
#![cfg_attr(fuzzing, no_main)]

use std::collections::BTreeSet;

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::arsc::Table;
use dunwatch::formats::resources::Resources;
use dunwatch::limits::{Budget, Limits};

/// Reads `data` as a table and resolves what it holds.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits {
        steps: 500_000,
        ..Limits::default()
    };
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(2);
    let Ok(table) = Table::parse(data, &mut budget, &mut anomalies) else {
        return;
    };
    let strings = table.pool().iter().take(4096).flat_map(|(_, text)| text);
    let _ = strings.map(|text| text.len()).sum::<usize>();
    let wanted: BTreeSet<u32> = (0..64).collect();
    let uses = table.string_uses(&wanted, &limits, &mut budget, &mut anomalies);
    assert!(uses.values().all(|uses| uses.len() <= limits.uses_per_string));
    for package in table.packages().iter().take(4) {
        for (kind, entry) in (1..4_u32).flat_map(|kind| (0..6_u32).map(move |entry| (kind, entry))) {
            let id = package.id << 24 | kind << 16 | entry;
            let _ = table.name(id, &mut budget);
            let _ = table.all_values(id, &mut budget);
            let _ = table.resolve(id, &["en", "id"], &limits, &mut budget, &mut anomalies);
            let _ = table.strings_by_locale(id, &limits, &mut budget, &mut anomalies);
        }
    }
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
