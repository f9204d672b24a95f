//! Facts of the package as a whole: its paths, libraries, hidden dex files, and its shape.

use super::Collector;
use super::layers::layer_of;
use super::packing::{Bodies, Missing};
use crate::anomaly::AnomalyKind;
use crate::app::{Module, Placed, is_code_name};
use crate::container::{Container, Entry, Inflater};
use crate::facts::coverage::{Layer, Opaque};
use crate::facts::layers::LayerName;
use crate::facts::{Fact, FactKind, Location};
use crate::formats::dex::is_dex;

/// Classes of an app's own below which it may be a mere shell.
const SHELL_CLASSES: u32 = 60;
/// Components a mere shell has at most.
const SHELL_COMPONENTS: usize = 4;
/// Bytes of pages and scripts of the package's own, taken together, that make an app more than a shell.
pub(super) const SHELL_PAGE_BYTES: u64 = 2048;

/// Endings of files that are never looked into for dex files.
const PLAIN_ENDINGS: [&str; 28] = [
    "png",
    "jpg",
    "jpeg",
    "webp",
    "gif",
    "svg",
    "xml",
    "ttf",
    "otf",
    "mp3",
    "ogg",
    "wav",
    "mp4",
    "webm",
    "txt",
    "json",
    "html",
    "htm",
    "css",
    "js",
    "properties",
    "version",
    "kotlin_builtins",
    "kotlin_module",
    "kotlin_metadata",
    "arsc",
    "md",
    "proto",
];

/// Folders below `lib/` of the processors that Android has had.
const ARCHITECTURES: [&str; 8] = [
    "arm64-v8a",
    "armeabi-v7a",
    "armeabi",
    "x86_64",
    "x86",
    "riscv64",
    "mips",
    "mips64",
];

/// What the shape of the package is read from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape {
    /// Components the manifest names.
    pub components: usize,
    /// Of those, the ones no dex file defines.
    pub missing: usize,
    /// Classes of the dex files in the places where Android looks.
    pub classes: u32,
    /// The methods of the components.
    pub bodies: Bodies,
    /// Classes of the app's own, those of the usual libraries left out; counted only when the app
    /// asks for one of the kinds of data.
    pub own_classes: u32,
    /// Classes in dex files outside of where Android looks.
    pub hidden_classes: u32,
    /// Whether the manifest says that there is code.
    pub has_code: bool,
    /// Whether the manifest asks for one of the kinds of data.
    pub asks: bool,
    /// Dex files that could be read.
    pub dex_files: usize,
}

impl Shape {
    /// Counts the classes of one more dex file.
    pub fn add(&mut self, count: ClassCount) {
        self.dex_files = self.dex_files.saturating_add(1);
        self.own_classes = self.own_classes.saturating_add(count.own);
        self.classes = self.classes.saturating_add(count.defined);
        self.bodies.add(&count.bodies);
    }
}

/// Classes a dex file defines.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClassCount {
    /// All; counted only where the app asks for one of the kinds of data.
    pub classes: u32,
    /// Those outside of the usual libraries; counted only in small files, all otherwise.
    pub own: u32,
    /// All, counted in every app.
    pub defined: u32,
    /// The methods of component classes among them.
    pub bodies: Bodies,
}

/// Anomalies after which nobody knows what else the package held.
const CUT_OFF: [AnomalyKind; 3] = [
    AnomalyKind::ZipTruncated,
    AnomalyKind::ZipNoEndRecord,
    AnomalyKind::ZipBrokenDirectory,
];

/// Beginning of the descriptors of the platform's class loaders for files.
const CLASS_LOADERS: &str = "Ldalvik/system/";
/// The same as reflection names them.
const CLASS_LOADER_NAMES: &str = "dalvik.system.";

/// What a dex file before the archive is called in locations: it has no entry.
const PREPENDED: &str = "(start of the file)";

/// A dex file outside of where Android looks.
#[derive(Debug)]
pub struct HiddenDex {
    /// Where it stands: the entry, and behind `!/` the entry of an archive inside it.
    pub name: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Collector<'_> {
    /// Collects paths and libraries, and notes what is not looked into.
    pub fn add_entries(&mut self, module: Module<'_, '_>) {
        let interest = self.interest;
        for (path, entry) in module.entries() {
            if !self.budget.steps(1) {
                return;
            }
            let location = || Location::Entry {
                name: module.shown(entry),
                offset: None,
            };
            if let Some(library) = library(path) {
                self.add(Fact::new(FactKind::Library, library), location());
                let folder = path.split('/').nth(1);
                if let Some(folder) = folder.filter(|folder| ARCHITECTURES.contains(folder)) {
                    let fact = Fact::new(FactKind::Native, format!("architecture {folder}"));
                    if !self.facts.contains(&fact) {
                        self.add(fact, location());
                    }
                }
                self.coverage.opaque.insert(Opaque::NativeCode);
            }
            if interest.entries.matches(path) {
                self.add(Fact::new(FactKind::Entry, path), location());
            }
        }
    }

    /// Finds dex files that stand elsewhere in the parts of the app than where Android looks for
    /// code, one archive deeper, or before the archive.
    ///
    /// # Limits
    /// `limits.peeked_entries` for all parts together.
    pub fn hidden_dex(&mut self, modules: &[Module<'_, '_>], inflater: &mut Inflater) -> Vec<HiddenDex> {
        let mut found = Vec::new();
        let mut left = self.limits.peeked_entries;
        for module in modules {
            self.enter(Some(*module));
            let candidates = module
                .placed()
                .filter(|placed| may_hide_code(placed.path, placed.entry));
            for placed in candidates {
                if left == 0 {
                    // Libraries and text files have readers of their own.
                    if !matches!(
                        layer_of(placed.path, false),
                        LayerName::NativeLibraries | LayerName::TextAssets
                    ) {
                        self.count_skipped(&placed);
                    }
                    continue;
                }
                left = left.saturating_sub(1);
                let start = inflater.peek(placed.entry, 8);
                if is_dex(&start) {
                    found.extend(self.lone_dex(&placed, inflater));
                } else if start.starts_with(b"PK\x03\x04") {
                    self.nested_dex(&placed, inflater, &mut found);
                }
            }
            let prepended = module.container().prepended();
            if !module.is_folder() && is_dex(prepended) {
                found.push(HiddenDex {
                    name: module.show(PREPENDED).into_owned(),
                    data: prepended.to_vec(),
                });
            }
        }
        self.enter(None);
        for dex in &found {
            self.coverage.layer(LayerName::Dex).present(dex.data.len() as u64);
            self.anomalies.of(AnomalyKind::DexHidden, &dex.name);
            self.coverage.opaque.insert(Opaque::HiddenDex);
            let location = Location::Entry {
                name: dex.name.clone(),
                offset: None,
            };
            self.add(Fact::new(FactKind::Shape, Opaque::HiddenDex.name()), location);
        }
        found
    }

    fn lone_dex(&mut self, placed: &Placed<'_, '_>, inflater: &mut Inflater) -> Option<HiddenDex> {
        let (budget, anomalies) = (&mut self.budget, &mut self.anomalies);
        match inflater.read(placed.entry, self.limits, budget, anomalies) {
            Ok(data) => {
                self.count_read(placed, data.len() as u64, self.limits.entry_bytes);
                Some(HiddenDex {
                    name: placed.name().into_owned(),
                    data: data.into_owned(),
                })
            }
            Err(error) => {
                self.count_refused(placed, &error);
                None
            }
        }
    }

    fn nested_dex(&mut self, placed: &Placed<'_, '_>, inflater: &mut Inflater, found: &mut Vec<HiddenDex>) {
        let (budget, anomalies) = (&mut self.budget, &mut self.anomalies);
        let data = match inflater.read(placed.entry, self.limits, budget, anomalies) {
            Ok(data) => data,
            Err(error) => {
                self.count_refused(placed, &error);
                return;
            }
        };
        // What is odd about an archive inside the package says nothing about the package.
        let mut anomalies = crate::anomaly::Anomalies::new(0);
        let Ok(inner) = Container::open(&data, self.limits, &mut anomalies) else {
            self.count_unreadable(placed);
            return;
        };
        self.count_read(placed, data.len() as u64, self.limits.entry_bytes);
        for inner_entry in inner.entries().iter().filter(|entry| is_code_name(&entry.name)) {
            if let Ok(data) = inflater.read(inner_entry, self.limits, &mut self.budget, &mut anomalies)
                && is_dex(&data)
            {
                let name = format!("{}!/{}", placed.name(), inner_entry.name);
                found.push(HiddenDex {
                    name,
                    data: data.into_owned(),
                });
            }
        }
    }

    /// Concludes from the shape of the package what is out of sight.
    pub fn add_shape(
        &mut self,
        shape: &Shape,
        missing: Option<&Missing<'_>>,
        modules: &[Module<'_, '_>],
        inflater: &mut Inflater,
    ) {
        let is_cut = CUT_OFF.iter().any(|kind| self.anomalies.count(*kind) > 0);
        if is_cut {
            self.conclude(Opaque::IncompletePackage);
        }
        if shape.dex_files == 0 {
            if shape.has_code || is_cut || self.coverage.manifest == Layer::Partial {
                self.conclude(Opaque::NoCode);
            }
            return;
        }
        if self.loads_code() {
            self.coverage.opaque.insert(Opaque::DynamicCode);
        }
        if let Some(missing) = missing {
            self.conclude_packing(shape, missing, modules, inflater);
        }
        let small = shape.own_classes < SHELL_CLASSES
            && shape.components <= SHELL_COMPONENTS
            && shape.hidden_classes == 0;
        let has_view = self
            .facts
            .of_kind(FactKind::Method)
            .any(|(fact, _)| fact.value.contains("->loadUrl("));
        let has_own_pages = || own_page_bytes(modules) >= SHELL_PAGE_BYTES;
        if shape.asks && small && has_view && !has_own_pages() && !self.has_strong_word() {
            self.conclude(Opaque::WebShell);
            for (host, location) in std::mem::take(&mut self.web_hosts) {
                self.add(Fact::new(FactKind::Page, host), location);
            }
        }
    }

    /// Whether the app names a class loader for files, by a call or by the name of its class.
    pub(super) fn loads_code(&self) -> bool {
        let names = |kind, start: &str| {
            let mut facts = self.facts.of_kind(kind);
            facts.any(|(fact, _)| fact.value.starts_with(start))
        };
        names(FactKind::Method, CLASS_LOADERS) || names(FactKind::Literal, CLASS_LOADER_NAMES)
    }

    pub(super) fn conclude(&mut self, opaque: Opaque) {
        self.coverage.opaque.insert(opaque);
        self.add(Fact::new(FactKind::Shape, opaque.name()), Location::Package);
    }

    fn has_strong_word(&self) -> bool {
        let words = self.facts.of_kind(FactKind::Word);
        words
            .chain(self.facts.of_kind(FactKind::Phrase))
            .any(|(fact, _)| {
                fact.value
                    .split(' ')
                    .next()
                    .is_some_and(|class| class.ends_with("-strong"))
            })
    }
}

/// File name of a native library in the place Android loads it from.
fn library(path: &str) -> Option<&str> {
    let name = path.strip_prefix("lib/")?.rsplit_once('/')?.1;
    (!name.is_empty()).then_some(name)
}

/// Whether an entry, at `path` on a device, is looked into for a dex file: it is no code by name, no
/// signature, and its ending is not that of plain media or text.
#[must_use]
pub fn may_hide_code(path: &str, entry: &Entry<'_>) -> bool {
    if entry.is_directory() || is_code_name(path) || path.starts_with("META-INF/") || entry.size < 0x70 {
        return false;
    }
    let ending = path
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, ending)| ending);
    !ending.is_some_and(|ending| {
        PLAIN_ENDINGS
            .iter()
            .any(|plain| plain.eq_ignore_ascii_case(ending))
    })
}

/// Bytes of the pages and scripts that stand in the package, inflated.
fn own_page_bytes(modules: &[Module<'_, '_>]) -> u64 {
    let is_page = |path: &str| {
        let endings = [".html", ".htm", ".js", ".bundle"];
        path.starts_with("assets/") && endings.iter().any(|ending| path.ends_with(ending))
    };
    let entries = modules.iter().flat_map(|module| module.entries());
    let pages = entries.filter(|(path, _)| is_page(path));
    pages.fold(0, |sum, (_, entry)| sum.saturating_add(entry.size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_those_android_loads() {
        assert_eq!(library("lib/arm64-v8a/libjiagu.so"), Some("libjiagu.so"));
        assert_eq!(library("assets/libjiagu.so"), None);
        assert_eq!(library("lib/libjiagu.so"), None);
    }
}
