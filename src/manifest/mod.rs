//! What the manifest says of an app.
//!
//! Semantics: `ParsingPackageUtils` and its neighbours in AOSP
//! `core/java/com/android/internal/pm/pkg` (in older releases `PackageParser`), which is the code
//! that decides at installation. Some of it is not obvious:
//!
//! - attributes of the platform are found by resource id and never by name; `package` and `split`
//!   by name only, and there the text as written counts, not the typed value;
//! - elements are known by their local name whatever their namespace;
//! - of several `uses-sdk` the last counts, of several `application` the first;
//! - some elements (`uses-feature`, a second `application`, `meta-data`, ...) do not keep what stands
//!   inside them: it is read as if it stood beside them;
//! - the name of a permission must be literal text; a reference is ignored.
//!
//! Known deviations: what Android refuses to install is read as far as it makes sense. An attribute
//! in the platform's namespace without any resource id is recognised by its name, as it must be in
//! plain text. An element whose name itself holds a prefix is recognised, though Android ignores it;
//! an anomaly says so.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

mod application;
mod attributes;
mod collector;
mod components;
mod permissions;
mod splits;

use std::collections::BTreeMap;

use thiserror::Error;

pub use application::{Application, Feature, Instrumentation, Library, MetaData, Queries};
pub use components::{Component, ComponentKind, IntentFilter};
pub use permissions::{Permission, PermissionDefinition};
pub use splits::Splits;

use crate::anomaly::{Anomalies, AnomalyKind};
use crate::formats::document::{Document, Element, Value};
use crate::formats::resources::Resources;
use crate::limits::{Budget, Limits};
use attributes as attr;
use collector::{Collector, Walk};

/// Why there is no manifest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// No `manifest` element was found.
    #[error("the document has no manifest element")]
    NoManifest,
}

/// Where an item stands in the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Absolute offset of the element in bytes.
    pub offset: u64,
    /// Line in the source, where the compiler kept it.
    pub line: Option<u32>,
}

impl From<&Element> for Place {
    fn from(element: &Element) -> Self {
        Self {
            offset: element.offset,
            line: element.line,
        }
    }
}

/// An API level as the manifest states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SdkVersion {
    /// A released level.
    Level(u32),
    /// The code name of a platform in development.
    Codename(String),
}

/// The level that stands for a platform in development, above every released one.
const IN_DEVELOPMENT: u32 = 10_000;

impl SdkVersion {
    /// The level, platforms in development being above all others.
    #[must_use]
    pub fn level(&self) -> u32 {
        match self {
            Self::Level(level) => *level,
            Self::Codename(_) => IN_DEVELOPMENT,
        }
    }
}

/// A manifest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Manifest {
    /// Package name.
    pub package: String,
    /// The lower half of the version code.
    pub version_code: Option<u32>,
    /// The upper half of the version code.
    pub version_code_major: Option<u32>,
    /// Version for people.
    pub version_name: Option<String>,
    /// Lowest API level the app runs on.
    pub min_sdk: Option<SdkVersion>,
    /// API level the app was made for.
    pub target_sdk: Option<SdkVersion>,
    /// Highest API level the app is offered for; the platform itself ignores it.
    pub max_sdk: Option<u32>,
    /// User id shared with other packages of the same signer.
    pub shared_user_id: Option<String>,
    /// Version of the sandbox the app asks for (`targetSandboxVersion`).
    pub target_sandbox: Option<u32>,
    /// Name of the split, when the package is one.
    pub split: Option<String>,
    /// The split that this configuration split belongs to.
    pub config_for_split: Option<String>,
    /// Whether the package is a feature split.
    pub is_feature_split: bool,
    /// What it says of the splits that it is installed with.
    pub splits: Splits,
    /// The app's name for the default locale, else in English, else in any.
    pub label: Option<String>,
    /// The app's name in each locale (BCP 47) that has its own, the default being empty.
    pub labels: BTreeMap<String, String>,
    /// Permissions asked for, each once, in the order of the manifest.
    pub permissions: Vec<Permission>,
    /// Permissions the platform adds because of others and of the target level.
    pub implied_permissions: Vec<Permission>,
    /// Permissions the app itself defines.
    pub defined_permissions: Vec<PermissionDefinition>,
    /// Attributes of the application.
    pub application: Application,
    /// Components in the order of the manifest.
    pub components: Vec<Component>,
    /// Meta-data of the application.
    pub meta_data: Vec<MetaData>,
    /// Which other apps the app asks to see.
    pub queries: Queries,
    /// Device features used.
    pub features: Vec<Feature>,
    /// Shared libraries used.
    pub libraries: Vec<Library>,
    /// Test runners.
    pub instrumentations: Vec<Instrumentation>,
    /// Where the `manifest` element stands.
    pub place: Place,
}

/// Elements whose content Android reads as if it stood beside them; the first `application` is none.
const TRANSPARENT: &[&str] = &[
    "application",
    "uses-feature",
    "uses-configuration",
    "supports-screens",
    "protected-broadcast",
    "original-package",
    "adopt-permissions",
    "overlay",
];

impl Manifest {
    /// Reads the manifest out of `document`, following references through `table`.
    ///
    /// # Errors
    /// When there is no `manifest` element.
    ///
    /// # Limits
    /// What is kept is bounded by [`Limits::manifest_bytes`], one text by [`Limits::text_bytes`],
    /// the work by the budget.
    pub fn from_document(
        document: &Document,
        table: Option<&dyn Resources>,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Result<Self, ManifestError> {
        let is_manifest = |element: &&Element| &*element.name == "manifest";
        let root = match document.root().filter(is_manifest) {
            Some(root) => root,
            None => {
                anomalies.at(
                    AnomalyKind::AxmlNesting,
                    document.root().map_or(0, |root| root.offset),
                );
                document
                    .elements()
                    .iter()
                    .find(is_manifest)
                    .ok_or(ManifestError::NoManifest)?
            }
        };
        let mut collector = Collector::new(document, table, limits, budget, anomalies);
        collector.check_names();
        let mut manifest = Self::head(&mut collector, root);
        manifest.body(&mut collector, root);
        manifest.splits.read_meta_data(&manifest.meta_data);
        permissions::imply(&mut manifest);
        Ok(manifest)
    }

    /// Adds what Android takes from the manifest of a split: its components, meta-data and libraries,
    /// and nothing that it asks for (`parseSplitApplication` in `ParsingPackageUtils`).
    pub fn add_split(&mut self, split: Self) {
        self.components.extend(split.components);
        self.meta_data.extend(split.meta_data);
        self.libraries.extend(split.libraries);
    }

    /// The version code as one number.
    #[must_use]
    pub fn long_version_code(&self) -> Option<u64> {
        let high = u64::from(self.version_code_major.unwrap_or_default());
        let low = u64::from(self.version_code.unwrap_or_default());
        (self.version_code.is_some() || self.version_code_major.is_some()).then_some((high << 32) | low)
    }

    /// The lowest API level the app runs on, as Android takes it.
    #[must_use]
    pub fn effective_min_sdk(&self) -> u32 {
        self.min_sdk.as_ref().map_or(1, SdkVersion::level)
    }

    /// The API level the app was made for, as Android takes it: the lowest level it runs on when
    /// not stated, 0 when neither is.
    #[must_use]
    pub fn effective_target_sdk(&self) -> u32 {
        let target = self.target_sdk.as_ref().or(self.min_sdk.as_ref());
        target.map_or(0, SdkVersion::level)
    }

    /// The permission called `name`, if it is asked for or implied.
    #[must_use]
    pub fn permission(&self, name: &str) -> Option<&Permission> {
        let all = self.permissions.iter().chain(&self.implied_permissions);
        all.into_iter().find(|permission| permission.name == name)
    }

    fn head(collector: &mut Collector<'_, '_>, root: &Element) -> Self {
        Self {
            package: collector.plain_text(root, "package").unwrap_or_default(),
            version_code: collector.integer(root, attr::VERSION_CODE),
            version_code_major: collector.integer(root, attr::VERSION_CODE_MAJOR),
            version_name: collector.text(root, attr::VERSION_NAME),
            shared_user_id: collector.text(root, attr::SHARED_USER_ID),
            target_sandbox: collector.integer(root, attr::TARGET_SANDBOX_VERSION),
            split: collector.plain_text(root, "split"),
            config_for_split: collector.plain_text(root, "configForSplit"),
            is_feature_split: collector.flag(root, attr::IS_FEATURE_SPLIT).unwrap_or_default(),
            splits: Splits::of_root(collector, root),
            place: root.into(),
            ..Self::default()
        }
    }

    fn body<'d>(&mut self, collector: &mut Collector<'_, 'd>, root: &'d Element) {
        let mut seen_application = false;
        collector.walk(root, |collector, element, name| {
            match name {
                "application" if !seen_application => {
                    seen_application = true;
                    application::read(self, collector, element);
                    return Walk::Pass;
                }
                "uses-permission" => permissions::read_use(self, collector, element, false),
                "uses-permission-sdk-23" | "uses-permission-sdk-m" => {
                    permissions::read_use(self, collector, element, true);
                }
                "permission" => permissions::read_definition(self, collector, element),
                "uses-sdk" => self.read_sdk(collector, element),
                "uses-feature" => application::read_feature(self, collector, element),
                "feature-group" => application::read_feature_group(self, collector, element),
                "queries" => application::read_queries(self, collector, element),
                "instrumentation" => application::read_instrumentation(self, collector, element),
                _ => {}
            }
            if TRANSPARENT.contains(&name) {
                Walk::Enter
            } else {
                Walk::Pass
            }
        });
    }

    fn read_sdk(&mut self, collector: &mut Collector<'_, '_>, element: &Element) {
        let mut version = |known| match collector.value(element, known)? {
            Value::String(text) => match text.trim().parse() {
                Ok(level) => Some(SdkVersion::Level(level)),
                Err(_) if text.is_empty() => None,
                Err(_) => collector.keep(&text).map(SdkVersion::Codename),
            },
            other => other.as_integer().map(SdkVersion::Level),
        };
        self.min_sdk = version(attr::MIN_SDK_VERSION);
        self.target_sdk = version(attr::TARGET_SDK_VERSION);
        self.max_sdk = collector.integer(element, attr::MAX_SDK_VERSION);
    }
}
