//! Which packages of one folder are one app.
//!
//! Apps in parts lie in folders under many names: `base.apk` with `split_config.hi.apk`, as copied from
//! a device; `base-master.apk` with `base-hi.apk` and `risk-master.apk`, as bundletool writes them;
//! `com.example.app.apk` with `config.hi.apk`, out of an XAPK. What belongs together is told by the
//! manifests ([`pieces::groups`]); names only decide which packages are asked:
//!
//! - none, when no name looks like a part;
//! - all, when there are at most 64;
//! - else those that look like parts, those of the modules that bundletool names, and those whose names
//!   begin with the package name of one of the splits.
//!
//! So a folder of whole packages costs a look at its names, however large it is.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::content::{self, Pipes};
use crate::analysis::pieces::{self, Identity};
use crate::limits::{Budget, Limits};

/// Name of the base among packages copied from a device.
pub(super) const BASE: &str = "base.apk";

/// Packages in a folder up to which all are asked.
const SMALL: usize = 64;

/// Number of a variant above which it is none: `base-es_419.apk` is of a region.
const VARIANTS: u32 = 99;

/// The apps in several packages that one folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// The splits of each base, by the names of their files.
    splits: BTreeMap<OsString, Vec<OsString>>,
    /// All of these splits.
    taken: BTreeSet<OsString>,
    /// Number of apps: bases, whole packages, and packages that were not asked.
    apps: usize,
}

impl Groups {
    /// The apps among the packages in `folder` whose names `takes` wants. What cannot be read belongs to
    /// none.
    #[must_use]
    pub fn of_folder(folder: &Path, takes: impl Fn(&OsStr) -> bool) -> Self {
        let (asked, others) = candidates(folder, takes);
        let (names, identities): (Vec<OsString>, Vec<Option<Identity>>) = asked.into_iter().unzip();
        let styles: Vec<Style> = names.iter().map(|name| Style::of(name)).collect();
        let bases = identities.iter().flatten().filter(|one| one.split.is_none());
        let mut found = Self {
            apps: bases.count().saturating_add(others),
            ..Self::default()
        };
        for group in pieces::groups(&identities, &styles) {
            let mut members = group.into_iter().filter_map(|position| names.get(position));
            let Some(base) = members.next() else { continue };
            let splits: Vec<OsString> = members.cloned().collect();
            if !splits.is_empty() {
                found.taken.extend(splits.iter().cloned());
                found.splits.insert(base.clone(), splits);
            }
        }
        found
    }

    /// Whether the package called `name` is a split that is read with its base.
    #[must_use]
    pub fn is_taken(&self, name: &OsStr) -> bool {
        self.taken.contains(name)
    }

    /// The splits of the base called `name`, in byte order of their names; none for all else.
    #[must_use]
    pub fn splits(&self, name: &OsStr) -> &[OsString] {
        self.splits.get(name).map_or(&[], Vec::as_slice)
    }

    /// The base of the only app of the folder; `None` when that has no splits, or there are others.
    #[must_use]
    pub fn only(&self) -> Option<&OsStr> {
        let mut bases = self.splits.keys().map(OsString::as_os_str);
        bases.next().filter(|_| self.apps == 1)
    }
}

/// Whether `name` is that of a package.
#[must_use]
pub fn is_package(name: &OsStr) -> bool {
    let extension = Path::new(name).extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("apk"))
}

/// The packages that are asked, in byte order of their names, with what they say, and the number of the
/// others.
fn candidates(
    folder: &Path,
    takes: impl Fn(&OsStr) -> bool,
) -> (BTreeMap<OsString, Option<Identity>>, usize) {
    let mut signed: BTreeSet<OsString> = BTreeSet::new();
    let mut first: Vec<OsString> = Vec::new();
    let mut count = 0_usize;
    for name in packages(folder, &takes) {
        count = count.saturating_add(1);
        if looks_like_a_part(name.as_encoded_bytes()) {
            signed.insert(name.clone());
        }
        if count <= SMALL {
            first.push(name);
        }
    }
    if signed.is_empty() || count < 2 {
        return (BTreeMap::new(), count);
    }
    let ask = |name: OsString| {
        let identity = identity(&folder.join(&name));
        (name, identity)
    };
    if count <= SMALL {
        return (first.into_iter().map(ask).collect(), 0);
    }
    let mut asked: BTreeMap<OsString, Option<Identity>> = signed.into_iter().map(ask).collect();
    let modules: BTreeSet<Vec<u8>> = asked.keys().filter_map(|name| module(name)).collect();
    let known = asked.values().flatten();
    let apps: BTreeSet<Vec<u8>> = known
        .filter(|identity| identity.split.is_some())
        .map(|identity| identity.package.clone().into_bytes())
        .collect();
    let further: Vec<OsString> = packages(folder, &takes)
        .filter(|name| {
            let bytes = name.as_encoded_bytes();
            let is_of_module = || before(bytes, b'-').is_some_and(|module| modules.contains(module));
            let is_of_app = || beginnings(bytes).any(|beginning| apps.contains(beginning));
            is_of_module() || is_of_app()
        })
        .filter(|name| !asked.contains_key(name))
        .collect();
    asked.extend(further.into_iter().map(ask));
    let others = count.saturating_sub(asked.len());
    (asked, others)
}

/// The names of the packages in `folder`, in the order in which the system tells them.
fn packages(folder: &Path, takes: impl Fn(&OsStr) -> bool) -> impl Iterator<Item = OsString> {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name());
    names.filter(move |name| is_package(name) && takes(name))
}

/// What the package at `path` says it is; `None` for anything else, such as a pipe, which can be read
/// only once.
pub(super) fn identity(path: &Path) -> Option<Identity> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let content = content::open(path, Pipes::Refuse).ok()?;
    let limits = Limits::default();
    Identity::read(&content, &limits, &mut Budget::new(&limits))
}

/// Whether a file called `name` is likely a part of an app: a base or split by its name.
fn looks_like_a_part(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let is_configuration = memchr::memmem::find_iter(&name, b"config.").any(|at| {
        let before = at.checked_sub(1).and_then(|before| name.get(before));
        before.is_none_or(|byte| !byte.is_ascii_alphanumeric())
    });
    is_configuration
        || [&b"base."[..], b"base-", b"split_", b"split-", b"split."]
            .iter()
            .any(|beginning| name.starts_with(beginning))
        || memchr::memmem::find(&name, b"-master").is_some()
}

/// The module whose package bundletool calls `MODULE-master.apk`.
fn module(name: &OsStr) -> Option<Vec<u8>> {
    let name = name.as_encoded_bytes();
    let module = before(name, b'-')?;
    let rest = name.get(module.len()..)?;
    rest.starts_with(b"-master").then(|| module.to_vec())
}

/// What stands in `name` before the first `mark`.
fn before(name: &[u8], mark: u8) -> Option<&[u8]> {
    name.get(..memchr::memchr(mark, name)?)
}

/// The beginnings of `name` that end before something that stands between words.
fn beginnings(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = name.iter().enumerate();
    ends.filter(|(_, byte)| !byte.is_ascii_alphanumeric())
        .filter_map(|(end, _)| name.get(..end))
}

/// What the name of a package says of those that it goes with. It decides only between several bases of
/// one package and version, such as a base and its copy under another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// Whether it is called as on a device: [`BASE`], or `split_…`.
    is_of_device: bool,
    /// See [`variant`].
    variant: u32,
}

impl Style {
    pub(super) fn of(name: &OsStr) -> Self {
        Self {
            is_of_device: name == BASE || name.as_encoded_bytes().starts_with(b"split_"),
            variant: variant(name),
        }
    }
}

/// The number of the variant in names of bundletool such as `base-hi_2.apk`; 0 without one.
///
/// An `.apks` for devices of all kinds holds an app several times over, in variants that are of one package
/// and version; what goes together mostly ends alike (`ApkPathManager` of google/bundletool).
fn variant(name: &OsStr) -> u32 {
    let read = || {
        let name = name.to_str()?;
        let (stem, _) = name.rsplit_once('.')?;
        let (before, number) = stem.rsplit_once('_')?;
        let number: u32 = number.parse().ok()?;
        let is_architecture = number == 64 && before.ends_with("x86");
        (number <= VARIANTS && !is_architecture).then_some(number)
    };
    read().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_name() {
        for name in [
            "base.apk",
            "base-master.apk",
            "base-arm64_v8a_2.apk",
            "risk-master_2.apk",
            "split_config.hi.apk",
            "split_risk.apk",
            "config.xxhdpi.apk",
            "Config.hi.apk",
            "risk.config.hi.apk",
            "com.example.app-12-config.hi.apk",
        ] {
            assert!(looks_like_a_part(name.as_bytes()), "{name}");
        }
        for name in [
            "com.example.app.apk",
            "splitter.apk",
            "baseball.apk",
            "myconfig.app.apk",
            "master.apk",
            "",
        ] {
            assert!(!looks_like_a_part(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn variants_are_told_from_architectures_and_regions() {
        for (name, expected) in [
            ("base-master.apk", 0),
            ("base-master_2.apk", 2),
            ("base-x86_64.apk", 0),
            ("base-x86_64_3.apk", 3),
            ("base-arm64_v8a.apk", 0),
            ("base-es_419.apk", 0),
            ("base-es_419_2.apk", 2),
            ("_.apk", 0),
            ("2.apk", 0),
        ] {
            assert_eq!(variant(OsStr::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn names_begin_with_package_names_up_to_a_mark() {
        let all: Vec<&[u8]> = beginnings(b"a.b-7.apk").collect();
        assert_eq!(all, [&b"a"[..], b"a.b", b"a.b-7"]);
    }

    #[test]
    fn a_folder_of_whole_packages_is_not_asked() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.apk", "b.apk", "note.txt", "config.txt"] {
            std::fs::write(folder.path().join(name), b"PK").unwrap();
        }
        let asked = |takes: fn(&OsStr) -> bool| {
            let (asked, others) = candidates(folder.path(), takes);
            (asked.len(), others)
        };
        assert_eq!(asked(|_| true), (0, 2));
        std::fs::write(folder.path().join("config.hi.apk"), b"PK").unwrap();
        assert_eq!(asked(|_| true), (3, 0));
        assert_eq!(asked(|name| name == "config.hi.apk"), (0, 1));
        // Of many packages only those are asked that can be parts.
        for number in 0..SMALL {
            std::fs::write(folder.path().join(format!("app{number}.apk")), b"PK").unwrap();
        }
        for name in ["risk-master.apk", "risk-hi.apk", "base.apk"] {
            std::fs::write(folder.path().join(name), b"PK").unwrap();
        }
        let (asked, others) = candidates(folder.path(), |_| true);
        let names: Vec<_> = asked.keys().filter_map(|name| name.to_str()).collect();
        assert_eq!(
            names,
            ["base.apk", "config.hi.apk", "risk-hi.apk", "risk-master.apk"]
        );
        assert_eq!(others, SMALL + 2);
        let groups = Groups::of_folder(folder.path(), |_| true);
        assert!(groups.splits.is_empty() && groups.taken.is_empty());
    }
}
