//! Archives: the directory, every entry, the stock library's opinion.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::anomaly::{Anomalies, AnomalyKind};
use dunwatch::container::{Container, Inflater};
use dunwatch::limits::{Budget, Limits};

/// Opens `data` and reads all of it.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits {
        entries: 4096,
        app_bytes: 4 << 20,
        ..Limits::default()
    };
    let mut anomalies = Anomalies::new(2);
    let Ok(container) = Container::open(data, &limits, &mut anomalies) else {
        return;
    };
    container.cross_check(&mut anomalies);
    assert!(container.entries().len() <= limits.entries);
    assert!(container.accepted_by_android() || anomalies.count(AnomalyKind::ZipAndroidRefuses) > 0);
    let mut inflater = Inflater::new();
    let mut budget = Budget::new(&limits);
    let mut total = 0;
    for entry in container.entries() {
        assert!(container.find(&entry.name).is_some() || entry.name.as_bytes() != entry.raw_name);
        let start = inflater.peek(entry, 16);
        let Ok(contents) = inflater.read(entry, &limits, &mut budget, &mut anomalies) else {
            continue;
        };
        total += contents.len() as u64;
        assert!(start.len() <= 16);
        inflater.recycle(contents);
    }
    assert!(total <= limits.app_bytes);
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
