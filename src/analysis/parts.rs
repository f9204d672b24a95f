//! An app in several APKs: opening them, and how they stand in the report.

use super::pieces::Identity;
use crate::anomaly::AnomalyKind;
use crate::app::{App, Module, PackageKind};
use crate::container::Container;
use crate::facts::collect::Collector;
use crate::report::v1;

/// Opens `pieces`, the base first, as one app.
pub(super) fn open<'d>(
    pieces: impl Iterator<Item = (&'d str, &'d [u8])>,
    collector: &mut Collector<'_>,
) -> App<'d> {
    let limits = collector.limits;
    let mut containers = Vec::new();
    for (name, data) in pieces {
        let prefix = format!("{name}!/");
        collector.anomalies.enter(&prefix);
        match Container::open(data, limits, &mut collector.anomalies) {
            Ok(container) => {
                container.cross_check(&mut collector.anomalies);
                containers.push((prefix, container));
            }
            // It could be opened before.
            Err(_) => collector.anomalies.of(AnomalyKind::BundlePartUnreadable, name),
        }
    }
    collector.anomalies.enter("");
    App::of_parts(containers, limits, &mut collector.anomalies)
}

/// What a part is for.
pub(super) fn role(identity: Option<&Identity>) -> v1::PartRole {
    match identity {
        None => v1::PartRole::Unread,
        Some(identity) if identity.split.is_none() => v1::PartRole::Base,
        Some(identity) if identity.is_configuration => v1::PartRole::Configuration,
        Some(_) => v1::PartRole::Feature,
    }
}

/// The modules of an App Bundle, when there are several.
pub(super) fn modules(app: &App<'_>) -> Vec<v1::Part> {
    let modules = app.modules();
    if app.kind() != PackageKind::Bundle || modules.len() < 2 {
        return Vec::new();
    }
    let part = |(number, module): (usize, Module<'_, '_>)| v1::Part {
        name: module.part(),
        role: if number == 0 {
            v1::PartRole::Base
        } else {
            v1::PartRole::Feature
        },
        split: None,
        size: module
            .entries()
            .map(|(_, entry)| entry.size)
            .fold(0, u64::saturating_add),
        sha256: None,
    };
    modules.into_iter().enumerate().map(part).collect()
}
