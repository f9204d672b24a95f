//! One opened app: the parts Android would read, found in the container and inflated on demand.
//!
//! `classes.dex`, `classes2.dex`, … are the files that ART loads, up to the first gap in the
//! numbering (`ArtDexFileLoader::OpenAllDexFilesFromZip`); those behind a gap are read as well and
//! noted. An App Bundle keeps its base module under `base/`, its manifest as a protocol buffer.

use std::borrow::Cow;

use crate::anomaly::{Anomalies, AnomalyKind};
use crate::container::{Container, Inflater};
use crate::limits::{Budget, Limits};

/// A part of the package: the three states in which it can be.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// The package has no such entry.
    Absent,
    /// The entry is there and its data cannot be read.
    Unreadable,
    /// The data.
    Data(Cow<'a, [u8]>),
}

/// What kind of package it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageKind {
    /// An APK.
    Apk,
    /// An App Bundle.
    Bundle,
}

/// An opened app.
#[derive(Debug)]
pub struct App<'a> {
    kind: PackageKind,
    container: Container<'a>,
    inflater: Inflater,
    code: Vec<String>,
}

impl<'a> App<'a> {
    /// Finds the parts of the app in an opened container.
    #[must_use]
    pub fn new(container: Container<'a>, limits: &Limits, anomalies: &mut Anomalies) -> Self {
        let is_bundle = container.find("BundleConfig.pb").is_some()
            || (container.find("base/manifest/AndroidManifest.xml").is_some()
                && container.find("AndroidManifest.xml").is_none());
        let (kind, folder) = if is_bundle {
            (PackageKind::Bundle, "base/dex/")
        } else {
            (PackageKind::Apk, "")
        };
        let mut code: Vec<(u32, String)> = container
            .entries()
            .iter()
            .filter_map(|entry| {
                let number = code_number(entry.name.strip_prefix(folder)?)?;
                Some((number, entry.name.to_string()))
            })
            .collect();
        code.sort();
        code.dedup();
        code.truncate(limits.dex_files);
        for ((number, name), expected) in code.iter().zip(1u32..) {
            if *number != expected {
                anomalies.of(AnomalyKind::DexNumberGap, name);
                break;
            }
        }
        let code = code.into_iter().map(|(_, name)| name).collect();
        Self {
            kind,
            container,
            inflater: Inflater::new(),
            code,
        }
    }

    /// What kind of package it is.
    #[must_use]
    pub fn kind(&self) -> PackageKind {
        self.kind
    }

    /// The container.
    #[must_use]
    pub fn container(&self) -> &Container<'a> {
        &self.container
    }

    /// The container together with the inflater, for reading further entries.
    pub fn reader(&mut self) -> (&Container<'a>, &mut Inflater) {
        (&self.container, &mut self.inflater)
    }

    /// Names of the entries that hold the app's code, in the order of their numbers.
    #[must_use]
    pub fn code(&self) -> &[String] {
        &self.code
    }

    /// The entry that holds the manifest.
    #[must_use]
    pub fn manifest_name(&self) -> &'static str {
        match self.kind {
            PackageKind::Apk => "AndroidManifest.xml",
            PackageKind::Bundle => "base/manifest/AndroidManifest.xml",
        }
    }

    /// The entry that holds the resource table.
    #[must_use]
    pub fn resources_name(&self) -> &'static str {
        match self.kind {
            PackageKind::Apk => "resources.arsc",
            PackageKind::Bundle => "base/resources.pb",
        }
    }

    /// The stated size of the entry called `name`, in bytes; 0 when there is none.
    #[must_use]
    pub fn size_of(&self, name: &str) -> u64 {
        self.container.find(name).map_or(0, |entry| entry.size)
    }

    /// The manifest, in whatever form it has.
    pub fn manifest(&mut self, limits: &Limits, budget: &mut Budget, anomalies: &mut Anomalies) -> Part<'a> {
        self.read(self.manifest_name(), limits, budget, anomalies)
    }

    /// The resource table, in whatever form it has.
    pub fn resources(&mut self, limits: &Limits, budget: &mut Budget, anomalies: &mut Anomalies) -> Part<'a> {
        self.read(self.resources_name(), limits, budget, anomalies)
    }

    /// The entry called `name`.
    pub fn read(
        &mut self,
        name: &str,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Part<'a> {
        let Some(entry) = self.container.find(name) else {
            return Part::Absent;
        };
        match self.inflater.read(entry, limits, budget, anomalies) {
            Ok(data) => Part::Data(data),
            Err(_) => Part::Unreadable,
        }
    }
}

/// Whether `path` is a name Android loads code from.
#[must_use]
pub fn is_code_name(path: &str) -> bool {
    code_number(path).is_some()
}

/// The number of a `classes.dex` or `classesN.dex`; the first is 1.
fn code_number(path: &str) -> Option<u32> {
    let number = path.strip_prefix("classes")?.strip_suffix(".dex")?;
    if number.is_empty() {
        return Some(1);
    }
    let plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0') && number != "1";
    if plain { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_names_are_those_android_counts() {
        assert_eq!(code_number("classes.dex"), Some(1));
        assert_eq!(code_number("classes12.dex"), Some(12));
        for name in [
            "classes1.dex",
            "classes01.dex",
            "classes-2.dex",
            "Classes.dex",
            "a/classes.dex",
            "classes2.dex/x",
        ] {
            assert_eq!(code_number(name), None, "{name}");
        }
    }
}
