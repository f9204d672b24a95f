//! The floor that an analysis is measured against: the same entries, only inflated, with the same
//! backend and the same buffers.

use dunwatch::anomaly::Anomalies;
use dunwatch::app::{App, Module, Part};
use dunwatch::container::{Container, Entry, Inflater};
use dunwatch::facts::collect::assets::TextEntries;
use dunwatch::facts::collect::package::may_hide_code;
use dunwatch::formats::dex::is_dex;
use dunwatch::limits::{Budget, Limits};

/// The entries an analysis reads beside manifest, resources and code: dex files and archives that
/// stand elsewhere in the package, and text files. Of those larger than their cap the analysis reads
/// the beginning; they are no part of the floor.
pub(crate) fn further_entries(bytes: &[u8]) -> Vec<String> {
    let limits = Limits::default();
    let mut anomalies = Anomalies::new(limits.anomalies_per_kind);
    let Ok(container) = Container::open(bytes, &limits, &mut anomalies) else {
        return Vec::new();
    };
    let mut inflater = Inflater::new();
    let holds_code = |entry: &&Entry<'_>| {
        let start = inflater.peek(entry, 8);
        is_dex(&start) || start.starts_with(b"PK\x03\x04")
    };
    let module = Module::whole(&container);
    let entries = module
        .entries()
        .filter(|(path, entry)| may_hide_code(path, entry))
        .map(|(_, entry)| entry)
        .filter(holds_code);
    let mut names: Vec<String> = entries.map(|entry| entry.name.to_string()).collect();
    let texts = TextEntries::find(&[module], &mut inflater, &limits);
    let whole = texts.read.iter().filter(|text| text.is_whole);
    names.extend(whole.map(|text| text.placed.entry.name.to_string()));
    names
}

/// Inflates manifest, resources and code of an app and the entries called `further`; returns how
/// many bytes that gave.
pub(crate) fn inflate(bytes: &[u8], further: &[String]) -> usize {
    let limits = Limits::default();
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(limits.anomalies_per_kind);
    let Ok(container) = Container::open(bytes, &limits, &mut anomalies) else {
        return 0;
    };
    let mut app = App::new(container, &limits, &mut anomalies);
    let mut total = 0usize;
    let mut add = |part: &Part<'_>| {
        if let Part::Data(data) = part {
            total = total.saturating_add(std::hint::black_box(data).len());
        }
    };
    add(&app.manifest(0, &limits, &mut budget, &mut anomalies));
    add(&app.resources(0, &limits, &mut budget, &mut anomalies));
    let code: Vec<String> = app.code().iter().map(|code| code.name.clone()).collect();
    for name in code.iter().chain(further) {
        let part = app.read(0, name, &limits, &mut budget, &mut anomalies);
        add(&part);
        if let Part::Data(data) = part {
            app.recycle(data);
        }
    }
    total
}
