//! Apps that are no package: a manifest by itself, or the folder that apktool makes of an APK.
//!
//! apktool writes the manifest as text with references by name, the resources below `res/values*/`,
//! and takes versions and API levels out into `apktool.yml` (its documentation and `ApkInfo` in its
//! sources). The manifest as it was stands in `original/`. Code becomes smali, which is not read.

use std::sync::Arc;

use super::manifest::document;
use crate::app::{App, Part};
use crate::facts::collect::Collector;
use crate::facts::coverage::Layer;
use crate::formats::document::{ANDROID_NAMESPACE, Attribute, Document, Element, Value};
use crate::formats::resources::Resources;
use crate::formats::values::{Qualifiers, ValuesTable};
use crate::formats::xml;
use crate::manifest::Manifest;

/// The resources that stand as text in the folder; `None` when there are none.
pub(super) fn values(app: &mut App<'_>, collector: &mut Collector<'_>) -> Option<ValuesTable> {
    let limits = collector.limits;
    let mut table = ValuesTable::default();
    let mut is_whole = true;
    let (modules, inflater) = app.reader();
    let files = modules.iter().flat_map(|module| module.placed());
    let files = files.filter_map(|placed| {
        let path = placed.path;
        let (folder, file) = path.strip_prefix("res/")?.split_once('/')?;
        let qualifiers = Qualifiers::of_folder(folder)?;
        (file.ends_with(".xml") && !file.contains('/')).then_some((placed, qualifiers))
    });
    for (placed, qualifiers) in files {
        let (budget, anomalies) = (&mut collector.budget, &mut collector.anomalies);
        let data = match inflater.read(placed.entry, limits, budget, anomalies) {
            Ok(data) => data,
            Err(error) => {
                collector.count_refused(&placed, &error);
                is_whole = false;
                continue;
            }
        };
        if let Some(texts) = xml::values::texts(&data, limits, &mut collector.budget) {
            table.add(&qualifiers, placed.path, texts.texts);
            if texts.is_whole {
                collector.count_read(&placed, data.len() as u64, limits.entry_bytes);
            } else {
                // How far it was read is not known.
                collector.count_unreadable(&placed);
                is_whole = false;
            }
        } else {
            collector.count_unreadable(&placed);
            is_whole = false;
        }
    }
    if table.is_empty() && is_whole {
        return None;
    }
    collector.coverage.resources = if is_whole { Layer::Read } else { Layer::Partial };
    Some(table)
}

/// The manifest in `data`, or the one that apktool kept.
pub(super) fn manifest(
    app: &mut App<'_>,
    data: &Part<'_>,
    table: Option<&ValuesTable>,
    collector: &mut Collector<'_>,
) -> Option<Manifest> {
    let limits = collector.limits;
    let mut found = None;
    if let Part::Data(data) = data {
        found = document(data, limits, &mut collector.budget, &mut collector.anomalies);
    }
    if found.is_none() {
        let kept = "original/AndroidManifest.xml";
        let data = app.read(0, kept, limits, &mut collector.budget, &mut collector.anomalies);
        if let Part::Data(data) = data {
            found = document(&data, limits, &mut collector.budget, &mut collector.anomalies);
        }
    }
    let mut document = found?;
    if let Some(table) = table {
        table.bind(&mut document);
    }
    let data = app.read(
        0,
        "apktool.yml",
        limits,
        &mut collector.budget,
        &mut collector.anomalies,
    );
    if let Part::Data(data) = data {
        let data = data.get(..SETTINGS_BYTES).unwrap_or(&data);
        restore(&mut document, &String::from_utf8_lossy(data));
    }
    let table = table.map(|table| table as &dyn Resources);
    let (budget, anomalies) = (&mut collector.budget, &mut collector.anomalies);
    Manifest::from_document(&document, table, limits, budget, anomalies).ok()
}

/// Bytes of `apktool.yml` that are read.
const SETTINGS_BYTES: usize = 64 << 10;

/// Puts back what apktool took out of the manifest, unless the manifest says it.
fn restore(document: &mut Document, settings: &str) {
    let Some(root) = document.root_index() else { return };
    let of = |key: &str| setting(settings, key).map(|value| attribute(key, value));
    if let Some(element) = document.element_mut(root) {
        let taken = ["versionCode", "versionName"].into_iter().filter_map(of);
        let missing: Vec<Attribute> = taken.filter(|one| !has(element, &one.name)).collect();
        element.attributes.extend(missing);
    }
    if document
        .elements()
        .iter()
        .any(|element| &*element.name == "uses-sdk")
    {
        return;
    }
    let attributes: Vec<Attribute> = ["minSdkVersion", "targetSdkVersion"]
        .into_iter()
        .filter_map(of)
        .collect();
    if !attributes.is_empty() {
        let mut element = Element::named("uses-sdk");
        element.attributes = attributes;
        document.push(Some(root), element);
    }
}

fn has(element: &Element, name: &str) -> bool {
    element
        .attributes
        .iter()
        .any(|attribute| &*attribute.name == name)
}

/// The value of `key` in a file of one `key: value` a line.
fn setting<'s>(settings: &'s str, key: &str) -> Option<&'s str> {
    let value = settings
        .lines()
        .find_map(|line| line.trim().strip_prefix(key)?.trim_start().strip_prefix(':'))?;
    let value = value.trim();
    let quoted = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
    let value = quoted('\'').or_else(|| quoted('"')).unwrap_or(value);
    (!value.is_empty() && value != "null").then_some(value)
}

fn attribute(name: &str, value: &str) -> Attribute {
    let value: Arc<str> = value.into();
    Attribute {
        namespace: Some(ANDROID_NAMESPACE.into()),
        name: name.into(),
        resource_id: None,
        value: Value::String(value),
        raw: None,
        offset: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_in_both_spellings() {
        let text = "sdkInfo:\n  minSdkVersion: '21'\n  targetSdkVersion: 29\nversionInfo:\n  versionName: \"1.2 x\"\n  versionCode: null\n";
        assert_eq!(setting(text, "minSdkVersion"), Some("21"));
        assert_eq!(setting(text, "targetSdkVersion"), Some("29"));
        assert_eq!(setting(text, "versionName"), Some("1.2 x"));
        assert_eq!(setting(text, "versionCode"), None);
        assert_eq!(setting(text, "none"), None);
    }
}
