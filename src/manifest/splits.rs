//! What a package says of the splits that it is installed with.
//!
//! Android does not install a base with `isSplitRequired` or `requiredSplitTypes` alone, nor with
//! splits whose `splitTypes` leave out one that is required (`ApkLiteParseUtils` in AOSP
//! `core/java/android/content/pm/parsing`, `PackageInstallerSession` in
//! `services/core/java/com/android/server/pm`). What builds the packages, google/bundletool, writes
//! `isSplitRequired` on the application (`ManifestEditor.setSplitsRequired`), the meta-data beside it
//! for the Play Core library, and types such as `base__abi`, `base__density` and `risk__module`
//! (`RequiredSplitTypesInjector`). Splits for languages are never required: they are in a list of
//! their own (`SplitsProtoXmlBuilder`).

use std::collections::BTreeSet;

use super::MetaData;
use super::attributes as attr;
use super::collector::Collector;
use crate::formats::document::Element;

/// Meta-data of an app that does not run without its splits.
const REQUIRED: &str = "com.android.vending.splits.required";

/// Meta-data that names the list of the splits for languages.
const LIST: &str = "com.android.vending.splits";

/// What a package says of splits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Splits {
    /// Whether the package is not for use without a split.
    pub required: bool,
    /// Types of splits that it needs.
    pub required_types: BTreeSet<String>,
    /// Types of splits that it is.
    pub types: BTreeSet<String>,
    /// Resource id of the list of the splits for languages.
    pub list: Option<u32>,
}

impl Splits {
    pub(super) fn of_root(collector: &mut Collector<'_, '_>, root: &Element) -> Self {
        let mut types = |known| types(&collector.text(root, known).unwrap_or_default());
        Self {
            required_types: types(attr::REQUIRED_SPLIT_TYPES),
            types: types(attr::SPLIT_TYPES),
            required: collector.flag(root, attr::IS_SPLIT_REQUIRED).unwrap_or_default(),
            list: None,
        }
    }

    pub(super) fn read_application(&mut self, collector: &mut Collector<'_, '_>, application: &Element) {
        self.required |= collector
            .flag(application, attr::IS_SPLIT_REQUIRED)
            .unwrap_or_default();
    }

    pub(super) fn read_meta_data(&mut self, meta_data: &[MetaData]) {
        let value = |name: &str| meta_data.iter().find(|entry| entry.name == name);
        self.required |= value(REQUIRED).is_some_and(|entry| entry.value.as_deref() == Some("true"));
        self.list = value(LIST).and_then(|entry| entry.resource);
    }
}

/// Names between commas.
fn types(text: &str) -> BTreeSet<String> {
    let names = text.split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
