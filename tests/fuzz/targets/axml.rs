//! Binary XML, and the manifest in it.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::axml;
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
    let Ok(document) = axml::parse(data, &limits, &mut budget, &mut anomalies) else {
        return;
    };
    let elements = document.elements();
    assert!(document.root().is_some() && elements.len() <= limits.xml_nodes);
    // Each element needs its chunk.
    assert!(elements.len() <= data.len() / 8);
    let children: usize = elements
        .iter()
        .map(|element| document.children(element).count())
        .sum();
    assert!(children < elements.len());
    let _ = Manifest::from_document(&document, None, &limits, &mut budget, &mut anomalies);
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
