//! One opened app: the parts Android would read, found in the containers and inflated on demand.
//!
//! Most apps are one APK. An app that comes in several, a base with its splits, is read as one: what
//! the parts hold is taken together, as it is on the device where they are installed together.
//!
//! `classes.dex`, `classes2.dex`, … are the files that ART loads, up to the first gap in the
//! numbering (`ArtDexFileLoader::OpenAllDexFilesFromZip`); those behind a gap are read as well and
//! noted. An App Bundle keeps its modules in folders, its manifests as protocol buffers; the APKs made
//! of it have other paths, which are the ones that count here.

pub mod collection;
mod module;

use std::borrow::Cow;

pub use module::{Module, Placed};

use crate::anomaly::{Anomalies, AnomalyKind};
use crate::container::{Container, Entry, Inflater};
use crate::limits::{Budget, Limits};

/// What of the package is asked for: the three states in which it can be.
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
    /// One APK, or several that are installed together.
    Apk,
    /// An App Bundle.
    Bundle,
}

/// An entry that holds code of the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Its name in reports.
    pub name: String,
    /// Number of the module it stands in.
    pub module: usize,
    /// Its path on a device.
    path: String,
}

impl Code {
    /// Whether it is what stands at `path` of the module `number`.
    #[must_use]
    pub fn is_at(&self, number: usize, path: &str) -> bool {
        self.module == number && self.path == path
    }
}

/// Where a module stands.
#[derive(Debug)]
struct Place {
    container: usize,
    prefix: String,
    folder: String,
}

/// An opened app.
#[derive(Debug)]
pub struct App<'a> {
    kind: PackageKind,
    containers: Vec<Container<'a>>,
    places: Vec<Place>,
    inflater: Inflater,
    code: Vec<Code>,
}

impl<'a> App<'a> {
    /// Finds the parts of the app in an opened container.
    #[must_use]
    pub fn new(container: Container<'a>, limits: &Limits, anomalies: &mut Anomalies) -> Self {
        let is_bundle = container.find("BundleConfig.pb").is_some()
            || (container.find("base/manifest/AndroidManifest.xml").is_some()
                && container.find("AndroidManifest.xml").is_none());
        let (kind, folders) = if is_bundle {
            (PackageKind::Bundle, folders(&container, limits, anomalies))
        } else {
            (PackageKind::Apk, vec![String::new()])
        };
        let place = |folder| Place {
            container: 0,
            prefix: String::new(),
            folder,
        };
        let places = folders.into_iter().map(place).collect();
        Self::of(kind, vec![container], places, limits, anomalies)
    }

    /// The app whose files are `parts`, the base first, each with what stands before its entries'
    /// names in reports.
    #[must_use]
    pub fn of_parts(parts: Vec<(String, Container<'a>)>, limits: &Limits, anomalies: &mut Anomalies) -> Self {
        let mut containers = Vec::new();
        let mut places = Vec::new();
        for (prefix, container) in parts {
            places.push(Place {
                container: containers.len(),
                prefix,
                folder: String::new(),
            });
            containers.push(container);
        }
        Self::of(PackageKind::Apk, containers, places, limits, anomalies)
    }

    fn of(
        kind: PackageKind,
        containers: Vec<Container<'a>>,
        places: Vec<Place>,
        limits: &Limits,
        anomalies: &mut Anomalies,
    ) -> Self {
        let mut app = Self {
            kind,
            containers,
            places,
            inflater: Inflater::new(),
            code: Vec::new(),
        };
        let mut code = Vec::new();
        for (number, module) in app.modules().into_iter().enumerate() {
            code.extend(code_of(number, module, anomalies));
        }
        code.truncate(limits.dex_files);
        app.code = code;
        app
    }

    /// What kind of package it is.
    #[must_use]
    pub fn kind(&self) -> PackageKind {
        self.kind
    }

    /// The container of the base.
    #[must_use]
    pub fn container(&self) -> Option<&Container<'a>> {
        self.containers.first()
    }

    /// The parts, the base first.
    #[must_use]
    pub fn modules(&self) -> Vec<Module<'_, 'a>> {
        modules(&self.places, &self.containers)
    }

    /// The part `number`.
    #[must_use]
    pub fn module(&self, number: usize) -> Option<Module<'_, 'a>> {
        module(self.places.get(number)?, &self.containers)
    }

    /// The parts together with the inflater, for reading further entries.
    pub fn reader(&mut self) -> (Vec<Module<'_, 'a>>, &mut Inflater) {
        (modules(&self.places, &self.containers), &mut self.inflater)
    }

    /// Takes back contents that are no longer needed; see [`Inflater::recycle`].
    pub fn recycle(&mut self, contents: Cow<'_, [u8]>) {
        self.inflater.recycle(contents);
    }

    /// The entries that hold the app's code, part by part, each in the order of their numbers.
    #[must_use]
    pub fn code(&self) -> &[Code] {
        &self.code
    }

    /// The stated size of the entry of the module `number` at `path` on a device, in bytes; 0 when
    /// there is none.
    #[must_use]
    pub fn size_of(&self, number: usize, path: &str) -> u64 {
        let entry = self.module(number).and_then(|module| module.find(path));
        entry.map_or(0, |entry| entry.size)
    }

    /// The stated size of an entry with code, in bytes.
    #[must_use]
    pub fn code_size(&self, code: &Code) -> u64 {
        self.size_of(code.module, &code.path)
    }

    /// The path on a device of the manifests.
    pub const MANIFEST: &'static str = "AndroidManifest.xml";

    /// The path on a device of the resource tables.
    #[must_use]
    pub fn resources_path(&self) -> &'static str {
        match self.kind {
            PackageKind::Apk => "resources.arsc",
            PackageKind::Bundle => "resources.pb",
        }
    }

    /// The manifest of the module `number`, in whatever form it has.
    pub fn manifest(
        &mut self,
        number: usize,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Part<'a> {
        self.read(number, Self::MANIFEST, limits, budget, anomalies)
    }

    /// The resource table of the module `number`, in whatever form it has.
    pub fn resources(
        &mut self,
        number: usize,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Part<'a> {
        self.read(number, self.resources_path(), limits, budget, anomalies)
    }

    /// The contents of an entry with code.
    pub fn read_code(
        &mut self,
        code: &Code,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Part<'a> {
        self.read(code.module, &code.path, limits, budget, anomalies)
    }

    /// The entry of the module `number` whose path on a device is `path`.
    pub fn read(
        &mut self,
        number: usize,
        path: &str,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Part<'a> {
        let place = self.places.get(number);
        let module = place.and_then(|place| module(place, &self.containers));
        let Some(entry) = module.and_then(|module| module.find(path)) else {
            return Part::Absent;
        };
        match self.inflater.read(entry, limits, budget, anomalies) {
            Ok(data) => Part::Data(data),
            Err(_) => Part::Unreadable,
        }
    }
}

/// The folders of the modules of an App Bundle, the base first: those that hold a manifest.
fn folders(container: &Container<'_>, limits: &Limits, anomalies: &mut Anomalies) -> Vec<String> {
    const BASE: &str = "base/";
    let folder = |entry: &Entry<'_>| {
        let folder = entry.name.strip_suffix("manifest/AndroidManifest.xml")?;
        let is_top = folder.find('/') == Some(folder.len().saturating_sub(1));
        (is_top && folder != BASE).then(|| folder.to_owned())
    };
    let mut folders: Vec<String> = container.entries().iter().filter_map(folder).collect();
    folders.sort();
    folders.dedup();
    if folders.len() >= limits.parts {
        anomalies.of(AnomalyKind::BudgetSpent, "modules");
        folders.truncate(limits.parts.saturating_sub(1));
    }
    folders.insert(0, BASE.to_owned());
    folders
}

fn module<'m, 'a>(place: &'m Place, containers: &'m [Container<'a>]) -> Option<Module<'m, 'a>> {
    let container = containers.get(place.container)?;
    Some(Module::new(container, &place.prefix, &place.folder))
}

fn modules<'m, 'a>(places: &'m [Place], containers: &'m [Container<'a>]) -> Vec<Module<'m, 'a>> {
    let modules = places.iter().map(|place| module(place, containers));
    modules.flatten().collect()
}

/// The code of the module `number`, in the order of the numbers.
fn code_of(number: usize, module: Module<'_, '_>, anomalies: &mut Anomalies) -> Vec<Code> {
    let of = |(path, entry): (&str, &Entry<'_>)| {
        let of_module = code_number(path)?;
        let code = Code {
            name: module.shown(entry),
            module: number,
            path: path.to_owned(),
        };
        Some((of_module, code))
    };
    let mut code: Vec<(u32, Code)> = module.entries().filter_map(of).collect();
    code.sort_by(|left, right| (left.0, &left.1.name).cmp(&(right.0, &right.1.name)));
    code.dedup();
    for ((number, code), expected) in code.iter().zip(1u32..) {
        if *number != expected {
            anomalies.of(AnomalyKind::DexNumberGap, &code.name);
            break;
        }
    }
    code.into_iter().map(|(_, code)| code).collect()
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
