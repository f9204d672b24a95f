//! Facts of the manifest.

use std::collections::BTreeMap;

use super::Collector;
use crate::facts::{Fact, FactKind, Location};
use crate::manifest::{Component, ComponentKind, Manifest, Place};

/// Component classes beyond these many are not looked for in the dex files.
const MOST_COMPONENTS: usize = 512;

impl Collector<'_> {
    /// The place of an element called `element`.
    pub(super) fn at(&self, element: &str, place: Place) -> Location {
        Location::Manifest {
            element: element.to_owned(),
            offset: place.offset,
            file: self.manifest_file.clone(),
        }
    }

    /// Collects permissions, components, actions and the words of names.
    pub fn add_manifest(&mut self, manifest: &Manifest) {
        if !manifest.package.is_empty() {
            let location = self.at("manifest", manifest.place);
            self.add(Fact::new(FactKind::Package, &manifest.package), location.clone());
            self.add_name_words(&manifest.package, &location);
        }
        for permission in &manifest.permissions {
            let element = if permission.sdk_23 {
                "uses-permission-sdk-23"
            } else {
                "uses-permission"
            };
            self.add(
                Fact::new(FactKind::Permission, &permission.name),
                self.at(element, permission.place),
            );
        }
        for permission in &manifest.implied_permissions {
            let fact = Fact::new(FactKind::ImpliedPermission, &permission.name);
            self.add(fact, self.at("uses-permission", permission.place));
        }
        let application = self.at("application", manifest.application.place.unwrap_or_default());
        let mut labels: Vec<&String> = manifest.label.iter().chain(manifest.labels.values()).collect();
        labels.dedup();
        for label in labels {
            self.add_label_words(label, &application);
        }
        if let Some(class) = &manifest.application.class {
            self.add(
                Fact::new(FactKind::Component, format!("application {class}")),
                application,
            );
        }
        self.add_split_manifest(manifest);
    }

    /// Collects what counts of the manifest of a split: its components and meta-data.
    pub fn add_split_manifest(&mut self, manifest: &Manifest) {
        for meta_data in &manifest.meta_data {
            self.add(
                Fact::new(FactKind::MetaData, &meta_data.name),
                self.at("meta-data", meta_data.place),
            );
        }
        for component in &manifest.components {
            self.add_component(component, &manifest.package);
        }
        self.add_manifest_network(manifest);
    }

    fn add_component(&mut self, component: &Component, package: &str) {
        let kind = kind_name(component.kind);
        let location = self.at(kind, component.place);
        self.add(
            Fact::new(FactKind::Component, format!("{kind} {}", component.name)),
            location.clone(),
        );
        // Components of libraries say nothing about the app's own subject.
        if component.name.starts_with(package) {
            let class = component.name.rsplit('.').next().unwrap_or_default();
            self.add_name_words(class, &location);
        }
        for filter in &component.intent_filters {
            for action in &filter.actions {
                self.add(
                    Fact::new(FactKind::Action, action),
                    self.at("action", filter.place),
                );
            }
        }
        for meta_data in &component.meta_data {
            self.add(
                Fact::new(FactKind::MetaData, &meta_data.name),
                self.at("meta-data", meta_data.place),
            );
        }
    }
}

pub(super) fn kind_name(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Activity => "activity",
        ComponentKind::ActivityAlias => "activity-alias",
        ComponentKind::Service => "service",
        ComponentKind::Receiver => "receiver",
        ComponentKind::Provider => "provider",
    }
}

/// Descriptors of the classes the manifest names: each component and the application object. Those of
/// the platform are left out, such as `android.app.NativeActivity`: no package defines them.
#[must_use]
pub fn component_classes(manifest: &Manifest) -> Vec<String> {
    let components = manifest
        .components
        .iter()
        .filter_map(|component| match component.kind {
            ComponentKind::ActivityAlias => component.target.as_deref(),
            _ => Some(component.name.as_str()),
        });
    let mut classes: Vec<String> = components
        .chain(manifest.application.class.as_deref())
        .filter(|name| !name.is_empty() && !is_of_platform(name))
        .map(descriptor)
        .collect();
    classes.sort();
    classes.dedup();
    classes.truncate(MOST_COMPONENTS);
    classes
}

/// Whether the platform brings the class called `name`. Libraries for apps whose names begin alike are
/// part of the package.
fn is_of_platform(name: &str) -> bool {
    const LIBRARIES: [&str; 4] = ["support.", "arch.", "databinding.", "multidex."];
    name.strip_prefix("android.")
        .is_some_and(|rest| !LIBRARIES.iter().any(|library| rest.starts_with(library)))
}

/// The component classes that answer to an action, by action.
#[must_use]
pub fn component_actions(manifest: &Manifest) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for component in &manifest.components {
        let class = component.target.as_deref().unwrap_or(&component.name);
        for action in component.intent_filters.iter().flat_map(|filter| &filter.actions) {
            found.entry(action.clone()).or_default().push(descriptor(class));
        }
    }
    found
}

/// `a.b.C` as `La/b/C;`.
#[must_use]
pub fn descriptor(class: &str) -> String {
    format!("L{};", class.replace('.', "/"))
}
