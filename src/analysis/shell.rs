//! Settings of web shells that stand among the resources: Cordova's `config.xml`.
//!
//! Tools that shorten the paths of resources move the file; the resource table knows where to. It is asked
//! in apps that hold classes of Cordova.

use super::scratch;
use crate::app::{App, PackageKind, Part, Placed};
use crate::facts::FactKind;
use crate::facts::collect::Collector;
use crate::formats::arsc::Table;

/// Where the settings stand.
const CONFIG: &str = "res/xml/config.xml";
/// Type and name of the resource.
const RESOURCE: (&str, &str) = ("xml", "config");
/// Beginning of the descriptors of Cordova's classes.
const CLASSES: &str = "Lorg/apache/cordova/";

/// Collects from the settings, where there are any.
pub(super) fn read(app: &mut App<'_>, collector: &mut Collector<'_>) {
    let is_in_place = app.modules().iter().any(|module| module.find(CONFIG).is_some());
    let path = if is_in_place {
        CONFIG.to_owned()
    } else if let Some(path) = moved(app, collector) {
        path
    } else {
        return;
    };
    let (modules, inflater) = app.reader();
    let found = modules.iter().find_map(|module| {
        let entry = module.find(&path)?;
        Some(Placed {
            module: *module,
            path: &path,
            entry,
        })
    });
    if let Some(placed) = found {
        collector.add_cordova_settings(&placed, inflater);
    }
}

/// Where the resource table of an app of Cordova says that the settings stand.
fn moved(app: &mut App<'_>, collector: &mut Collector<'_>) -> Option<String> {
    let mut classes = collector.facts.of_kind(FactKind::Class);
    let is_cordova = classes.any(|(fact, _)| fact.value.starts_with(CLASSES));
    if !is_cordova || app.kind() != PackageKind::Apk {
        return None;
    }
    let count = app.modules().len();
    (0..count).find_map(|number| {
        // An optional look is no reason to call the budget spent.
        if app.size_of(number, app.resources_path()) > collector.budget.bytes_left() {
            return None;
        }
        let data = app.resources(number, collector.limits, &mut collector.budget, &mut scratch());
        let Part::Data(data) = data else { return None };
        let table = Table::parse(&data, &mut collector.budget, &mut scratch()).ok()?;
        let (kind, name) = RESOURCE;
        let path = table.file_named(kind, name, &mut collector.budget)?;
        Some(path.into_owned())
    })
}
