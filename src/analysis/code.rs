//! The code of an app: facts of its dex files, what else it holds, and where the data goes.

use std::borrow::Cow;

use super::{scratch, shell};
use crate::app::{App, Code, Part};
use crate::facts::collect::Collector;
use crate::facts::collect::manifest::{component_actions, component_classes};
use crate::facts::collect::package::Shape;
use crate::facts::collect::packing::Missing;
use crate::facts::{Fact, FactKind, FactSet};
use crate::formats::dex::Dex;
use crate::harvest::models::Models;
use crate::harvest::program::CodeFile;
use crate::harvest::{self, Harvest};
use crate::manifest::Manifest;

/// Reads every dex file, hidden ones included, one at a time unless their code is followed; then what
/// else the package says and does. `is_partial` says that code is known to be missing.
pub(super) fn read(
    app: &mut App<'_>,
    manifest: Option<&Manifest>,
    is_partial: bool,
    models: &Models,
    collector: &mut Collector<'_>,
) -> Option<Harvest> {
    let limits = collector.limits;
    let mut missing = manifest.map(component_classes).unwrap_or_default();
    let components = missing.len();
    let walk = manifest.is_some_and(|manifest| {
        let wanted = &collector.interest.located_permissions;
        manifest
            .permissions
            .iter()
            .any(|permission| wanted.contains(&permission.name))
    });
    let mut shape = Shape {
        components,
        has_code: is_partial || has_code(manifest),
        ..Shape::default()
    };
    let before = collector.coverage.dex_bytes_read;
    let code = app.code().to_vec();
    // What is to be walked is kept, for the harvest analysis looks at all dex files together.
    let mut kept: Vec<(&Code, Cow<'_, [u8]>)> = Vec::new();
    for code in &code {
        collector.enter(app.module(code.module));
        match app.read_code(code, limits, &mut collector.budget, &mut collector.anomalies) {
            Part::Data(data) if walk => kept.push((code, data)),
            Part::Data(data) => {
                let count = collector.add_dex(&code.name, &data, &mut missing, false);
                shape.add(count);
                app.recycle(data);
            }
            Part::Absent | Part::Unreadable => {
                collector.add_unreadable_dex(&code.name, app.code_size(code));
            }
        }
    }
    let (modules, inflater) = app.reader();
    let hidden = collector.hidden_dex(&modules, inflater);
    let files: Vec<(&str, Vec<Dex<'_>>)> = kept
        .iter()
        .map(|(code, data)| {
            collector.enter(modules.get(code.module).copied());
            (code.name.as_str(), collector.parse_dex(&code.name, data))
        })
        .collect();
    collector.enter(None);
    for (name, files) in &files {
        shape.add(collector.add_dex_files(name, files, &mut missing, walk));
    }
    let hidden: Vec<(&str, Vec<Dex<'_>>)> = hidden
        .iter()
        .map(|hidden| {
            (
                hidden.name.as_str(),
                collector.parse_dex(&hidden.name, &hidden.data),
            )
        })
        .collect();
    for (name, files) in &hidden {
        let count = collector.add_dex_files(name, files, &mut missing, walk);
        shape.hidden_classes = shape.hidden_classes.saturating_add(count.classes);
    }
    let is_on = limits.harvest_code_units > 0;
    let picks = opens_picker(&collector.facts, models);
    let mut all = files.iter().chain(&hidden);
    let is_worth = collector.names_provider
        || (walk && (picks || all.any(|(_, files)| may_put_together(files, models))));
    let harvest = if is_on && is_worth {
        let loaded: Vec<String> = hidden.iter().map(|(name, _)| (*name).to_owned()).collect();
        let files = files.iter().chain(&hidden);
        Some(follow(files, &loaded, manifest, models, collector))
    } else if is_on && !walk && picks {
        let picked = read_again(app, &code, collector);
        let files: Vec<(&str, Vec<Dex<'_>>)> = picked
            .iter()
            .map(|(name, data)| (name.as_str(), parse_again(data, collector)))
            .collect();
        Some(follow(files.iter(), &[], manifest, models, collector))
    } else {
        None
    };
    shell::read(app, collector);
    let (modules, inflater) = app.reader();
    collector.add_assets(&modules, inflater);
    if walk {
        collector.add_native(&modules, inflater);
    }
    shape.missing = missing.len();
    shape.asks = walk;
    if collector.coverage.dex_bytes_read == before {
        shape.dex_files = 0;
    }
    let found = manifest.map(|manifest| Missing {
        manifest,
        classes: &missing,
    });
    collector.add_shape(&shape, found.as_ref(), &modules, inflater);
    harvest
}

/// Whether the address of a provider may be put together at run time from what the code names.
fn may_put_together(files: &[Dex<'_>], models: &Models) -> bool {
    const SCHEMES: [&str; 3] = ["content", "content:", "content://"];
    let names = |text: &str| files.iter().any(|dex| dex.find_string(text).is_some());
    SCHEMES.into_iter().any(names) && models.authorities.iter().any(|name| names(name))
}

/// Whether the app lets the person pick a contact, for which it need not declare anything.
fn opens_picker(facts: &FactSet, models: &Models) -> bool {
    const PICK: &str = "android.intent.action.PICK";
    let literal = |text: &str| facts.contains(&Fact::new(FactKind::Literal, text));
    let field = |name: &String| facts.contains(&Fact::new(FactKind::Field, name.as_str()));
    models.picker_texts.keys().any(|text| literal(text))
        || (literal(PICK) && models.address_fields.keys().any(field))
}

/// The dex files once more, for apps whose code turned out to be worth following.
fn read_again<'a>(
    app: &mut App<'a>,
    code: &[Code],
    collector: &mut Collector<'_>,
) -> Vec<(String, Cow<'a, [u8]>)> {
    let limits = collector.limits;
    let mut kept = Vec::new();
    for code in code {
        if let Part::Data(data) = app.read_code(code, limits, &mut collector.budget, &mut scratch()) {
            kept.push((code.name.clone(), data));
        }
    }
    kept
}

fn parse_again<'d>(data: &'d [u8], collector: &mut Collector<'_>) -> Vec<Dex<'d>> {
    Dex::parse(data, collector.limits, &mut collector.budget, &mut scratch()).unwrap_or_default()
}

/// Follows what the app's code reads from the providers it may read.
fn follow<'f, 'd: 'f>(
    files: impl Iterator<Item = &'f (&'f str, Vec<Dex<'d>>)>,
    loaded: &[String],
    manifest: Option<&Manifest>,
    models: &Models,
    collector: &mut Collector<'_>,
) -> Harvest {
    let files = files
        .flat_map(|(name, files)| files.iter().map(|dex| CodeFile { name, dex }))
        .collect();
    let request = harvest::Request {
        actions: manifest.map(component_actions).unwrap_or_default(),
        loaded: loaded.to_vec(),
        components: manifest.map(component_classes),
        data: manifest.map(|manifest| readable(manifest, models)),
        all_sinks: false,
    };
    let found = harvest::analyze(files, models, &request, collector.limits, &mut collector.budget);
    collector.add_harvest(&found);
    found
}

/// The data that the app's permissions open.
fn readable(manifest: &Manifest, models: &Models) -> Vec<String> {
    let mut data: Vec<String> = manifest
        .permissions
        .iter()
        .filter_map(|permission| models.permissions.get(&permission.name).cloned())
        .collect();
    data.sort();
    data.dedup();
    data
}

/// Android takes an app to have code unless it says otherwise; a configuration split has none.
fn has_code(manifest: Option<&Manifest>) -> bool {
    manifest.is_some_and(|manifest| {
        manifest
            .application
            .has_code
            .unwrap_or(manifest.split.is_none() && manifest.application.place.is_some())
    })
}
