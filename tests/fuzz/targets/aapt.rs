//! The protocol buffers of App Bundles: a manifest, and a resource table.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::aapt::node;
use dunwatch::formats::aapt::table::BundleTable;
use dunwatch::formats::resources::Resources;
use dunwatch::limits::{Budget, Limits};
use dunwatch::manifest::Manifest;

/// Reads `data` as a document, as the manifest in it, and as a table.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits {
        steps: 2_000_000,
        ..Limits::default()
    };
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(2);
    if let Ok(document) = node::parse(data, &limits, &mut budget, &mut anomalies) {
        let elements = document.elements();
        // Each element needs its field, and each but the root is the child of one.
        assert!(document.root().is_some() && elements.len() <= data.len() / 2);
        let children: usize = elements
            .iter()
            .map(|element| document.children(element).count())
            .sum();
        assert!(children < elements.len());
        let _ = Manifest::from_document(&document, None, &limits, &mut budget, &mut anomalies);
    }
    let mut budget = Budget::new(&limits);
    let Ok(table) = BundleTable::parse(data, &limits, &mut budget, &mut anomalies) else {
        return;
    };
    assert!(table.len() <= data.len() / 2);
    let mut bytes = 0_usize;
    table.each_text(&mut budget, &mut |text| {
        bytes = bytes.saturating_add(text.text.len())
    });
    assert!(bytes <= data.len());
    for id in [0x7f01_0000, 0x7f01_0001, 0x7f02_0000, 0] {
        let _ = table.resolve(id, &["en", "id"], &limits, &mut budget, &mut anomalies);
        let _ = table.strings_by_locale(id, &limits, &mut budget, &mut anomalies);
    }
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
