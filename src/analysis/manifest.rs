//! Manifests and resource tables of an app's parts, which refer to each other.

use std::collections::BTreeMap;

use crate::anomaly::{Anomalies, AnomalyKind};
use crate::app::{App, PackageKind, Part};
use crate::facts::collect::Collector;
use crate::facts::coverage::Layer;
use crate::facts::layers::LayerName;
use crate::formats::aapt::node;
use crate::formats::aapt::table::BundleTable;
use crate::formats::arsc::Table;
use crate::formats::document::Document;
use crate::formats::resources::{Found, Resources};
use crate::formats::spellings;
use crate::formats::values::ValuesTable;
use crate::limits::{Budget, Limits};
use crate::manifest::Manifest;

use super::{decoded, missing};

/// The outermost element of a manifest.
const ROOT: &str = "manifest";

/// The resources of one part, in whatever form they are.
enum Resource<'a> {
    Compiled(Table<'a>),
    Bundled(BundleTable<'a>),
    Written(ValuesTable),
}

impl Resource<'_> {
    fn as_dyn(&self) -> &dyn Resources {
        match self {
            Self::Compiled(table) => table,
            Self::Bundled(table) => table,
            Self::Written(table) => table,
        }
    }

    /// Whether everything in it can be read.
    fn is_sound(&self) -> bool {
        match self {
            Self::Compiled(table) => table.pool().is_sound(),
            Self::Bundled(table) => table.is_whole(),
            Self::Written(_) => true,
        }
    }
}

/// The resources of all parts: what the base has in no locale of its own a split may have.
struct Together<'r, 'a>(&'r [Option<Resource<'a>>]);

impl Resources for Together<'_, '_> {
    fn best_by_locale(&self, id: u32, budget: &mut Budget) -> BTreeMap<String, Found<'_>> {
        let mut tables = self.0.iter().flatten();
        let mut values = tables
            .next()
            .map(|table| table.as_dyn().best_by_locale(id, budget))
            .unwrap_or_default();
        for table in tables {
            for (locale, value) in table.as_dyn().best_by_locale(id, budget) {
                values.entry(locale).or_insert(value);
            }
        }
        values
    }
}

/// Where the input comes from, as far as reading its manifest goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A package, whose manifest was compiled.
    Package,
    /// A file or folder that is no package: the manifest may be text.
    Decoded,
}

/// Reads the manifests and resources of all parts; the answer is the manifest of the base with what
/// the others add to it.
pub(super) fn read(app: &mut App<'_>, origin: Origin, collector: &mut Collector<'_>) -> Option<Manifest> {
    let count = app.modules().len();
    let data: Vec<Part<'_>> = (0..count)
        .map(|number| {
            collector.enter(app.module(number));
            let (budget, anomalies) = (&mut collector.budget, &mut collector.anomalies);
            app.resources(number, collector.limits, budget, anomalies)
        })
        .collect();
    let mut tables: Vec<Option<Resource<'_>>> = Vec::new();
    let mut layers: Vec<Layer> = Vec::new();
    for (number, data) in data.iter().enumerate() {
        collector.enter(app.module(number));
        let table = match data {
            Part::Absent if origin == Origin::Decoded => {
                decoded::values(app, collector).map(Resource::Written)
            }
            Part::Data(data) => compiled(app.kind(), data, collector),
            Part::Absent | Part::Unreadable => None,
        };
        let is_absent = matches!(data, Part::Absent) && table.is_none();
        let layer = match &table {
            None if is_absent => Layer::Absent,
            None => Layer::Unreadable,
            Some(Resource::Written(_)) => collector.coverage.resources,
            Some(table) if table.is_sound() => Layer::Read,
            Some(_) => Layer::Partial,
        };
        collector.coverage.resources = joined(number, collector.coverage.resources, layer);
        tables.push(table);
        layers.push(layer);
    }
    let mut manifest: Option<Manifest> = None;
    let mut manifests: Vec<(Layer, u64)> = Vec::new();
    let mut said = Vec::new();
    for number in 0..count {
        collector.enter(app.module(number));
        let (found, layer, bytes) = one(app, number, origin, &tables, collector);
        manifests.push((layer, bytes));
        let Some(found) = found else { continue };
        said.push(missing::Said::by(number, &found));
        let Some(base) = &mut manifest else {
            collector.add_manifest(&found);
            manifest = Some(found);
            continue;
        };
        collector.add_split_manifest(&found);
        base.add_split(found);
    }
    missing::note(app, &said, &Together(&tables), collector);
    let mut states: Vec<(Layer, u64)> = Vec::new();
    for (number, ((table, layer), data)) in tables.iter().zip(layers).zip(&data).enumerate() {
        collector.enter(app.module(number));
        let layer = add_table(table.as_ref(), layer, collector);
        // Resources that are written as text are files of their own.
        if !matches!(table, Some(Resource::Written(_))) {
            states.push((layer, size(app, number, app.resources_path(), data)));
        }
    }
    collector.enter(None);
    for (layer, bytes) in manifests {
        collector.add_part(LayerName::Manifest, layer, bytes);
    }
    for (layer, bytes) in states {
        collector.add_part(LayerName::Resources, layer, bytes);
    }
    manifest
}

/// Collects from the table of one part, which is in the state `layer` as far as is known; the answer is
/// the state that it turned out to be in.
fn add_table(table: Option<&Resource<'_>>, layer: Layer, collector: &mut Collector<'_>) -> Layer {
    let of_all = std::mem::replace(&mut collector.coverage.resources, layer);
    match table {
        Some(Resource::Compiled(table)) => collector.add_resources(table),
        Some(Resource::Bundled(table)) => {
            collector.add_texts(|budget, visit| table.each_text(budget, visit));
        }
        Some(Resource::Written(table)) => {
            collector.add_texts(|budget, visit| table.each_text(budget, visit));
        }
        None => {}
    }
    let found = collector.coverage.resources;
    if found == layer {
        collector.coverage.resources = of_all;
    }
    found
}

/// The size of what was asked for, in bytes.
fn size(app: &App<'_>, number: usize, path: &str, data: &Part<'_>) -> u64 {
    match data {
        Part::Data(data) => data.len() as u64,
        Part::Absent | Part::Unreadable => app.size_of(number, path),
    }
}

/// The state of a layer in the parts up to `number`, whose own is `layer`.
fn joined(number: usize, before: Layer, layer: Layer) -> Layer {
    match (before, layer) {
        _ if number == 0 => layer,
        // Few splits have resources.
        (_, Layer::Absent) => before,
        (Layer::Absent, _) => layer,
        (Layer::Read, Layer::Read) => Layer::Read,
        (Layer::Unreadable, Layer::Unreadable) => Layer::Unreadable,
        _ => Layer::Partial,
    }
}

/// The table of a package.
fn compiled<'d>(kind: PackageKind, data: &'d [u8], collector: &mut Collector<'_>) -> Option<Resource<'d>> {
    let limits = collector.limits;
    let (budget, anomalies) = (&mut collector.budget, &mut collector.anomalies);
    match kind {
        PackageKind::Apk => Table::parse(data, budget, anomalies).ok().map(Resource::Compiled),
        PackageKind::Bundle => {
            let table = BundleTable::parse(data, limits, budget, anomalies);
            table.ok().map(Resource::Bundled)
        }
    }
}

/// The manifest of the part `number`, the state it is in, and its size in bytes.
fn one(
    app: &mut App<'_>,
    number: usize,
    origin: Origin,
    tables: &[Option<Resource<'_>>],
    collector: &mut Collector<'_>,
) -> (Option<Manifest>, Layer, u64) {
    let limits = collector.limits;
    let data = app.manifest(number, limits, &mut collector.budget, &mut collector.anomalies);
    let together = Together(tables);
    let table: Option<&dyn Resources> = match tables {
        [table] => table.as_ref().map(Resource::as_dyn),
        _ => Some(&together),
    };
    let manifest = match origin {
        Origin::Package => package_manifest(app.kind(), &data, table, collector),
        Origin::Decoded => {
            decoded::manifest(app, &data, tables.iter().flatten().find_map(written), collector)
        }
    };
    let is_cut = [AnomalyKind::AxmlTruncated, AnomalyKind::BudgetSpent]
        .into_iter()
        .any(|kind| collector.anomalies.count(kind) > 0);
    let layer = match (&data, &manifest) {
        (_, Some(_)) if is_cut => Layer::Partial,
        (_, Some(_)) => Layer::Read,
        (Part::Absent, _) => Layer::Absent,
        (_, None) => Layer::Unreadable,
    };
    collector.coverage.manifest = match (collector.coverage.manifest, layer) {
        _ if number == 0 => layer,
        (Layer::Read, Layer::Read) => Layer::Read,
        (Layer::Read | Layer::Partial, _) => Layer::Partial,
        // Without the base's, nobody knows what the app asks for.
        (base, _) => base,
    };
    if manifest.is_none() {
        collector
            .anomalies
            .of(AnomalyKind::ManifestUnreadable, App::MANIFEST);
    }
    let bytes = size(app, number, App::MANIFEST, &data);
    (manifest, layer, bytes)
}

fn written<'r>(resource: &'r Resource<'_>) -> Option<&'r ValuesTable> {
    match resource {
        Resource::Written(table) => Some(table),
        Resource::Compiled(_) | Resource::Bundled(_) => None,
    }
}

/// The manifest of a package.
fn package_manifest(
    kind: PackageKind,
    data: &Part<'_>,
    table: Option<&dyn Resources>,
    collector: &mut Collector<'_>,
) -> Option<Manifest> {
    let limits = collector.limits;
    let (budget, anomalies) = (&mut collector.budget, &mut collector.anomalies);
    let Part::Data(data) = data else { return None };
    let document = match kind {
        PackageKind::Apk => document(data, limits, budget, anomalies)?,
        PackageKind::Bundle => node::parse(data, limits, budget, anomalies).ok()?,
    };
    if document.is_text() {
        anomalies.at(AnomalyKind::ManifestPlainText, 0);
    }
    Manifest::from_document(&document, table, limits, budget, anomalies).ok()
}

/// Whether `data` is a manifest out of an App Bundle.
pub(super) fn is_bundle_manifest(data: &[u8]) -> bool {
    spellings::is_bundled(data, &[ROOT])
}

/// The document in `data`: binary, text, or out of an App Bundle.
pub(super) fn document(
    data: &[u8],
    limits: &Limits,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> Option<Document> {
    spellings::document(data, &[ROOT], limits, budget, anomalies)
}
