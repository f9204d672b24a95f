//! Facts of the package as a whole: its paths, libraries, hidden dex files, and its shape.

use super::Collector;
use crate::anomaly::AnomalyKind;
use crate::app::is_code_name;
use crate::container::{Container, Entry, Inflater};
use crate::facts::coverage::{Layer, Opaque};
use crate::facts::{Fact, FactKind, Location};
use crate::formats::dex::is_dex;

/// Classes of an app's own below which it may be a mere shell.
const SHELL_CLASSES: u32 = 60;
/// Components a mere shell has at most.
const SHELL_COMPONENTS: usize = 4;
/// Bytes of a page or script of the package's own that make an app more than a shell.
const SHELL_PAGE_BYTES: u64 = 2048;

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
    /// Whether the class of the application object is among the missing.
    pub application_missing: bool,
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
    }
}

/// Classes a dex file defines.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClassCount {
    /// All.
    pub classes: u32,
    /// Those outside of the usual libraries; counted only in small files, all otherwise.
    pub own: u32,
}

/// Anomalies after which nobody knows what else the package held.
const CUT_OFF: [AnomalyKind; 3] = [
    AnomalyKind::ZipTruncated,
    AnomalyKind::ZipNoEndRecord,
    AnomalyKind::ZipBrokenDirectory,
];

/// Beginning of the descriptors of the platform's class loaders for files.
const CLASS_LOADERS: &str = "Ldalvik/system/";

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
    pub fn add_entries(&mut self, container: &Container<'_>) {
        let interest = self.interest;
        for entry in container.entries() {
            if !self.budget.steps(1) {
                return;
            }
            let path = entry.name.as_ref();
            let location = || Location::Entry {
                name: path.to_owned(),
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
            if interest.entries.iter().any(|pattern| pattern.matches(path)) {
                self.add(Fact::new(FactKind::Entry, path), location());
            }
        }
    }

    /// Finds dex files that stand elsewhere in the package than in the entries `known`, one archive
    /// deeper, or before the archive.
    pub fn hidden_dex(
        &mut self,
        container: &Container<'_>,
        known: &[String],
        inflater: &mut Inflater,
    ) -> Vec<HiddenDex> {
        let mut found = Vec::new();
        let is_known = |entry: &&Entry<'_>| known.iter().any(|name| *name == entry.name);
        let candidates = container
            .entries()
            .iter()
            .filter(|entry| may_hide_code(entry))
            .filter(|entry| !is_known(entry));
        for entry in candidates.take(self.limits.peeked_entries) {
            let start = inflater.peek(entry, 8);
            if is_dex(&start) {
                if let Ok(data) = inflater.read(entry, self.limits, &mut self.budget, &mut self.anomalies) {
                    found.push(HiddenDex {
                        name: entry.name.to_string(),
                        data: data.into_owned(),
                    });
                }
            } else if start.starts_with(b"PK\x03\x04") {
                self.nested_dex(entry, inflater, &mut found);
            }
        }
        if is_dex(container.prepended()) {
            found.push(HiddenDex {
                name: PREPENDED.to_owned(),
                data: container.prepended().to_vec(),
            });
        }
        for dex in &found {
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

    fn nested_dex(&mut self, entry: &Entry<'_>, inflater: &mut Inflater, found: &mut Vec<HiddenDex>) {
        let Ok(data) = inflater.read(entry, self.limits, &mut self.budget, &mut self.anomalies) else {
            return;
        };
        // What is odd about an archive inside the package says nothing about the package.
        let mut anomalies = crate::anomaly::Anomalies::new(0);
        let Ok(inner) = Container::open(&data, self.limits, &mut anomalies) else {
            return;
        };
        for inner_entry in inner.entries().iter().filter(|entry| is_code_name(&entry.name)) {
            if let Ok(data) = inflater.read(inner_entry, self.limits, &mut self.budget, &mut anomalies)
                && is_dex(&data)
            {
                let name = format!("{}!/{}", entry.name, inner_entry.name);
                found.push(HiddenDex {
                    name,
                    data: data.into_owned(),
                });
            }
        }
    }

    /// Concludes from the shape of the package what is out of sight.
    pub fn add_shape(&mut self, shape: &Shape, container: Option<&Container<'_>>) {
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
        let loads = |fact: &Fact| fact.value.starts_with(CLASS_LOADERS);
        if self.facts.of_kind(FactKind::Method).any(|(fact, _)| loads(fact)) {
            self.coverage.opaque.insert(Opaque::DynamicCode);
        }
        let mostly_missing = shape.missing.saturating_mul(2) > shape.components;
        if shape.components > 0 && (mostly_missing || shape.application_missing) {
            self.conclude(Opaque::PackedCode);
        }
        let small = shape.own_classes < SHELL_CLASSES
            && shape.components <= SHELL_COMPONENTS
            && shape.hidden_classes == 0;
        let has_view = self
            .facts
            .of_kind(FactKind::Method)
            .any(|(fact, _)| fact.value.contains("->loadUrl("));
        if shape.asks && small && has_view && !container.is_some_and(has_own_pages) && !self.has_strong_word()
        {
            self.conclude(Opaque::WebShell);
            for (host, location) in std::mem::take(&mut self.web_hosts) {
                self.add(Fact::new(FactKind::Page, host), location);
            }
        }
    }

    fn conclude(&mut self, opaque: Opaque) {
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

/// Whether an entry is looked into for a dex file: it is no code by name, no signature, and its
/// ending is not that of plain media or text.
#[must_use]
pub fn may_hide_code(entry: &Entry<'_>) -> bool {
    let path = entry.name.as_ref();
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

/// Whether pages or scripts of some size stand in the package.
fn has_own_pages(container: &Container<'_>) -> bool {
    container.entries().iter().any(|entry| {
        let path = entry.name.as_ref();
        let is_page = [".html", ".htm", ".js", ".bundle"]
            .iter()
            .any(|ending| path.ends_with(ending));
        path.starts_with("assets/") && is_page && entry.size >= SHELL_PAGE_BYTES
    })
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
