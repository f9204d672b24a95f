//! The application element and the smaller ones beside it.

use super::attributes as attr;
use super::collector::{Collector, Walk};
use super::components::{self, IntentFilter};
use super::{Manifest, Place};
use crate::formats::document::Element;

/// Attributes of the application.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Application {
    /// Fully qualified name of the application class.
    pub class: Option<String>,
    /// Fully qualified name of the class that makes the components.
    pub component_factory: Option<String>,
    /// Fully qualified name of the class that backs data up.
    pub backup_agent: Option<String>,
    /// Permission that callers of any component need.
    pub permission: Option<String>,
    /// Name of the process, fully qualified.
    pub process: Option<String>,
    /// Resource id of the label, when it is a reference.
    pub label_resource: Option<u32>,
    /// Resource id of the network security configuration.
    pub network_security_config: Option<u32>,
    /// Whether components can run at all; default true.
    pub enabled: Option<bool>,
    /// Whether the app can be debugged; default false.
    pub debuggable: Option<bool>,
    /// Whether the package holds code; default true.
    pub has_code: Option<bool>,
    /// Whether data may be backed up; default true.
    pub allow_backup: Option<bool>,
    /// Whether the app is for tests only; default false.
    pub test_only: Option<bool>,
    /// Whether unencrypted traffic is intended; default true below target level 28.
    pub uses_cleartext_traffic: Option<bool>,
    /// Where it stands; `None` when there is no application.
    pub place: Option<Place>,
}

/// A named value for whoever asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaData {
    /// Name.
    pub name: String,
    /// The value as text, references followed.
    pub value: Option<String>,
    /// The resource meant, or the one the value was taken from.
    pub resource: Option<u32>,
    /// Where it stands.
    pub place: Place,
}

/// Which other apps the app asks to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queries {
    /// Package names, each where it stands.
    pub packages: Vec<(String, Place)>,
    /// Intents.
    pub intents: Vec<IntentFilter>,
    /// Authorities of providers, each where it stands.
    pub providers: Vec<(String, Place)>,
}

/// A device feature the app uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// Name; empty when only a version of OpenGL ES is asked for.
    pub name: String,
    /// Version of OpenGL ES, major in the upper 16 bits.
    pub gl_es_version: Option<u32>,
    /// Whether the app needs it.
    pub required: bool,
    /// Where it stands.
    pub place: Place,
}

/// A shared library the app uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// Name.
    pub name: String,
    /// The kind of library, by the name of the element: `uses-library`, `uses-native-library`,
    /// `uses-static-library` or `uses-sdk-library`.
    pub element: &'static str,
    /// Whether the app needs it.
    pub required: bool,
    /// Where it stands.
    pub place: Place,
}

/// A test runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrumentation {
    /// Fully qualified name of the class.
    pub class: String,
    /// The package under test.
    pub target_package: Option<String>,
    /// Where it stands.
    pub place: Place,
}

pub(super) fn read<'d>(manifest: &mut Manifest, collector: &mut Collector<'_, 'd>, element: &'d Element) {
    attributes(manifest, collector, element);
    manifest.splits.read_application(collector, element);
    labels(manifest, collector, element);
    collector.walk(element, |collector, child, name| {
        if let Some(kind) = components::kind(name) {
            components::read(manifest, collector, child, kind);
            return Walk::Pass;
        }
        match name {
            "meta-data" => {
                if let Some(entry) = meta_data(collector, child) {
                    manifest.meta_data.push(entry);
                }
                Walk::Enter
            }
            "uses-library" | "uses-native-library" | "uses-static-library" | "uses-sdk-library" => {
                library(manifest, collector, child, name);
                Walk::Enter
            }
            "property" | "library" | "static-library" | "sdk-library" | "uses-package" | "profileable" => {
                Walk::Enter
            }
            _ => Walk::Pass,
        }
    });
}

fn attributes(manifest: &mut Manifest, collector: &mut Collector<'_, '_>, element: &Element) {
    let package = manifest.package.clone();
    manifest.application = Application {
        class: collector.class(element, attr::NAME, &package),
        component_factory: collector.class(element, attr::APP_COMPONENT_FACTORY, &package),
        backup_agent: collector.class(element, attr::BACKUP_AGENT, &package),
        permission: collector.text(element, attr::PERMISSION),
        process: collector.process(element, &package),
        label_resource: collector.reference(element, attr::LABEL),
        network_security_config: collector.reference(element, attr::NETWORK_SECURITY_CONFIG),
        enabled: collector.flag(element, attr::ENABLED),
        debuggable: collector.flag(element, attr::DEBUGGABLE),
        has_code: collector.flag(element, attr::HAS_CODE),
        allow_backup: collector.flag(element, attr::ALLOW_BACKUP),
        test_only: collector.flag(element, attr::TEST_ONLY),
        uses_cleartext_traffic: collector.flag(element, attr::USES_CLEARTEXT_TRAFFIC),
        place: Some(element.into()),
    };
}

fn labels(manifest: &mut Manifest, collector: &mut Collector<'_, '_>, element: &Element) {
    manifest.label = collector.text(element, attr::LABEL);
    if let (Some(id), Some(table)) = (manifest.application.label_resource, collector.table) {
        let texts = table.strings_by_locale(id, collector.limits, collector.budget, collector.anomalies);
        for (locale, text) in texts {
            if let Some(text) = collector.keep(&text) {
                manifest.labels.insert(locale, text);
            }
        }
    } else if let Some(label) = &manifest.label {
        manifest.labels.insert(String::new(), label.clone());
    }
}

pub(super) fn meta_data(collector: &mut Collector<'_, '_>, element: &Element) -> Option<MetaData> {
    let name = collector.text(element, attr::NAME)?;
    let resource = collector.reference(element, attr::RESOURCE);
    collector.item().then(|| MetaData {
        name,
        value: collector.text(element, attr::VALUE),
        resource: resource.or_else(|| collector.reference(element, attr::VALUE)),
        place: element.into(),
    })
}

fn library(manifest: &mut Manifest, collector: &mut Collector<'_, '_>, element: &Element, kind: &str) {
    let kinds = [
        "uses-library",
        "uses-native-library",
        "uses-static-library",
        "uses-sdk-library",
    ];
    let Some(kind) = kinds.into_iter().find(|known| *known == kind) else {
        return;
    };
    if let Some(name) = collector
        .literal(element, attr::NAME)
        .filter(|_| collector.item())
    {
        manifest.libraries.push(Library {
            name,
            element: kind,
            required: collector.flag(element, attr::REQUIRED).unwrap_or(true),
            place: element.into(),
        });
    }
}

pub(super) fn read_feature(manifest: &mut Manifest, collector: &mut Collector<'_, '_>, element: &Element) {
    let name = collector.literal(element, attr::NAME);
    let gl_es_version = match name {
        None => collector.integer(element, attr::GL_ES_VERSION),
        Some(_) => None,
    };
    let required = collector.flag(element, attr::REQUIRED).unwrap_or(true);
    if (name.is_some() || gl_es_version.is_some()) && collector.item() {
        manifest.features.push(Feature {
            name: name.unwrap_or_default(),
            gl_es_version,
            required,
            place: element.into(),
        });
    }
}

pub(super) fn read_feature_group<'d>(
    manifest: &mut Manifest,
    collector: &mut Collector<'_, 'd>,
    element: &'d Element,
) {
    collector.walk(element, |collector, child, name| {
        if name == "uses-feature" {
            read_feature(manifest, collector, child);
        }
        Walk::Enter
    });
}

pub(super) fn read_queries<'d>(
    manifest: &mut Manifest,
    collector: &mut Collector<'_, 'd>,
    element: &'d Element,
) {
    let queries = &mut manifest.queries;
    collector.walk(element, |collector, child, name| {
        match name {
            "package" => {
                if let Some(package) = collector.text(child, attr::NAME).filter(|_| collector.item()) {
                    queries.packages.push((package, child.into()));
                }
            }
            "intent" => {
                if let Some(intent) = components::intent_filter(collector, child) {
                    queries.intents.push(intent);
                }
                return Walk::Pass;
            }
            "provider" => {
                let authorities = collector.text(child, attr::AUTHORITIES).unwrap_or_default();
                for authority in authorities.split(';').filter(|authority| !authority.is_empty()) {
                    if let Some(authority) = collector.keep(authority).filter(|_| collector.item()) {
                        queries.providers.push((authority, child.into()));
                    }
                }
            }
            _ => {}
        }
        Walk::Enter
    });
}

pub(super) fn read_instrumentation(
    manifest: &mut Manifest,
    collector: &mut Collector<'_, '_>,
    element: &Element,
) {
    let target_package = collector.text(element, attr::TARGET_PACKAGE);
    let class = collector.class(element, attr::NAME, &manifest.package);
    if let Some(class) = class.filter(|_| collector.item()) {
        manifest.instrumentations.push(Instrumentation {
            class,
            target_package,
            place: element.into(),
        });
    }
}
