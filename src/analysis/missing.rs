//! What an app is installed with and was not given.
//!
//! The rule is Android's: the types of splits that the parts need have to be among those that the
//! parts are, and a base that needs a split does not come alone (see [`Splits`]). Of a base that names no
//! types nobody can tell what it lacks.

use super::manifest::document;
use super::scratch;
use crate::app::{App, PackageKind, Part};
use crate::facts::collect::Collector;
use crate::facts::coverage::Opaque;
use crate::formats::resources::Resources;
use crate::manifest::{Manifest, Splits};

/// End of the types that stand for modules, whose code is in no other part.
const MODULE: &str = "__module";

/// What one part says.
pub(super) struct Said {
    /// Number of the part.
    number: usize,
    /// Its name as a split.
    split: Option<String>,
    splits: Splits,
}

impl Said {
    /// What the manifest of the part `number` says.
    pub(super) fn by(number: usize, manifest: &Manifest) -> Self {
        Self {
            number,
            split: manifest.split.clone(),
            splits: manifest.splits.clone(),
        }
    }
}

/// Notes what is missing by what the parts say, those that could be read of all that were given.
///
/// # Limits
/// Of each kind [`crate::limits::Limits::parts`] names are kept.
pub(super) fn note(app: &mut App<'_>, said: &[Said], table: &dyn Resources, collector: &mut Collector<'_>) {
    // The modules of an App Bundle are what the splits are made of.
    if app.kind() == PackageKind::Bundle {
        return;
    }
    let is_there = |name: &str| said.iter().any(|part| part.splits.types.contains(name));
    let needed = said.iter().flat_map(|part| &part.splits.required_types);
    for name in needed.filter(|name| !is_there(name)) {
        let opaque = if name.ends_with(MODULE) {
            Opaque::MissingModule
        } else {
            Opaque::MissingSplit
        };
        add(opaque, name, collector);
    }
    let is_alone = app.modules().len() < 2;
    let is_named = !collector.coverage.missing.is_empty();
    if is_alone && !is_named && said.iter().any(|part| part.splits.required) {
        collector.coverage.opaque.insert(Opaque::MissingSplit);
    }
    for part in said {
        let Some(id) = part.splits.list else { continue };
        for name in languages(app, part.number, id, table, collector) {
            if !said.iter().any(|other| other.split.as_ref() == Some(&name)) {
                add(Opaque::MissingLanguage, &name, collector);
            }
        }
    }
}

fn add(opaque: Opaque, name: &str, collector: &mut Collector<'_>) {
    let coverage = &mut collector.coverage;
    coverage.opaque.insert(opaque);
    let known = coverage.missing.iter().filter(|(other, _)| *other == opaque);
    if known.count() < collector.limits.parts {
        coverage.missing.insert((opaque, name.to_owned()));
    }
}

/// The splits that the list with the resource id `id` names for languages; what stands in the part itself
/// has no split there, or that of the part.
fn languages(
    app: &mut App<'_>,
    number: usize,
    id: u32,
    table: &dyn Resources,
    collector: &mut Collector<'_>,
) -> Vec<String> {
    let limits = collector.limits;
    let (budget, mut unheard) = (&mut collector.budget, scratch());
    let Some(path) = table.resolve_string(id, &[""], limits, budget, &mut unheard) else {
        return Vec::new();
    };
    let Part::Data(data) = app.read(number, &path, limits, budget, &mut unheard) else {
        return Vec::new();
    };
    let Some(document) = document(&data, limits, budget, &mut unheard) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for element in document.elements() {
        if !budget.steps(1) {
            break;
        }
        let split = element
            .plain_attribute("split")
            .filter(|_| &*element.name == "entry")
            .and_then(|attribute| attribute.value.as_str());
        names.extend(split.filter(|name| !name.is_empty()).map(str::to_owned));
    }
    names
}
