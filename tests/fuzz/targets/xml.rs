//! XML written as text, and the manifest in it.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::{axml, xml};
use dunwatch::limits::{Budget, Limits};
use dunwatch::manifest::Manifest;

/// Reads `data` as a document and as a manifest.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits {
        steps: 2_000_000,
        ..Limits::default()
    };
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(2);
    let _ = axml::is_text(data);
    let Ok(document) = xml::parse(data, &limits, &mut budget, &mut anomalies) else {
        return;
    };
    assert!(document.is_text() && document.elements().len() <= limits.xml_nodes);
    let _ = Manifest::from_document(&document, None, &limits, &mut budget, &mut anomalies);
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
