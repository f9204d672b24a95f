//! Words and names of programs written in Dart, as Flutter packs them: the strings of the snapshot in
//! `libapp.so`.
//!
//! The code is not decoded. Texts and names stand side by side in a snapshot; what holds no space and
//! nothing but ASCII is taken for a name. Of the libraries of several processors one is read, for they
//! are the same program. Version and features are facts: `native dart-version HASH` and
//! `native dart-features LIST`.

use super::Collector;
use super::assets::BYTES_PER_STEP;
use super::native::FOLDERS;
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::app::{Module, Placed};
use crate::container::Inflater;
use crate::facts::{Fact, FactKind, Location};
use crate::formats::elf::{Library, Region};
use crate::formats::flutter::{DartString, MAGIC, SYMBOLS, Snapshot};
use crate::formats::text::Encoding;
use crate::limits::{Limits, clip};

/// The library that holds the program.
const LIBRARY: &str = "libapp.so";
/// Longest list of features that is kept, in bytes.
const LONGEST_FEATURES: usize = 256;

impl Collector<'_> {
    /// Collects the words of the program: whether its strings were read, or `None` when there is none. What
    /// became of the library is noted, unless it holds no program and nothing else in the app says that it
    /// should (`is_expected`).
    ///
    /// # Limits
    /// `limits.script_file_bytes`; a step of the budget for each 32 bytes that are looked at.
    pub(super) fn add_dart(
        &mut self,
        modules: &[Module<'_, '_>],
        inflater: &mut Inflater,
        is_expected: bool,
    ) -> Option<bool> {
        let is_program =
            |placed: &Placed<'_, '_>, folder: &str| placed.path.strip_prefix(folder) == Some(LIBRARY);
        let found = FOLDERS.iter().find_map(|folder| {
            let mut all = modules.iter().flat_map(|module| module.placed());
            all.find(|placed| is_program(placed, folder))
        })?;
        self.add_program(&found, inflater, is_expected)
    }

    fn add_program(
        &mut self,
        placed: &Placed<'_, '_>,
        inflater: &mut Inflater,
        is_expected: bool,
    ) -> Option<bool> {
        let (entry, most) = (placed.entry, self.limits.script_file_bytes);
        let name = placed.name();
        // An optional look is no reason to call the budget spent.
        if entry.size > most.min(self.budget.bytes_left()) {
            self.count_skipped(placed);
            self.program = Some(name.into_owned());
            return Some(false);
        }
        let limits = Limits {
            entry_bytes: most,
            ..self.limits.clone()
        };
        // What is odd about the entry is noted when the other libraries are read.
        let mut unheard = Anomalies::new(0);
        let data = match inflater.read(entry, &limits, &mut self.budget, &mut unheard) {
            Ok(data) => data,
            Err(error) => {
                self.count_refused(placed, &error);
                self.program = Some(name.into_owned());
                return Some(false);
            }
        };
        let is_read = self.add_snapshots(&name, &data);
        match is_read {
            Some(true) => self.count_read(placed, data.len() as u64, most),
            // Whatever library it is, it is none of a program.
            None if !is_expected => {}
            Some(false) if self.budget.steps_left() == 0 => self.count_skipped(placed),
            Some(false) | None => self.count_unreadable(placed),
        }
        if is_read.is_some() || is_expected {
            self.program = Some(name.into_owned());
        }
        inflater.recycle(data);
        is_read
    }

    /// The words of the snapshots of a library; `None` when it holds none.
    fn add_snapshots(&mut self, name: &str, data: &[u8]) -> Option<bool> {
        let Ok(library) = Library::parse(data, self.limits, &mut self.budget, &mut self.anomalies) else {
            self.anomalies.of(AnomalyKind::ElfUnreadable, name);
            return Some(false);
        };
        let mut found: Vec<Region<'_>> = SYMBOLS
            .iter()
            .filter_map(|symbol| library.symbol(symbol))
            .collect();
        if found.is_empty() {
            found = library.regions().filter_map(unnamed_snapshot).collect();
        }
        let mut read = None;
        for region in found {
            let origin = region.offset as u64;
            let Ok(snapshot) = Snapshot::parse(region.data, origin, library.is_wide) else {
                continue;
            };
            self.add_version(name, origin, &snapshot);
            let is_read = self.add_dart_strings(name, region.data.len(), &snapshot);
            // What all programs share holds few strings of its own; one snapshot is enough.
            read = Some(is_read || read.unwrap_or(false));
        }
        read
    }

    fn add_version(&mut self, name: &str, offset: u64, snapshot: &Snapshot<'_>) {
        let is_plain = |letter: &char| matches!(letter, ' '..='~');
        let features: String = snapshot.features.chars().filter(is_plain).collect();
        let features = clip(&features, LONGEST_FEATURES);
        for (sort, text) in [
            ("dart-version", snapshot.version.as_str()),
            ("dart-features", features),
        ] {
            let location = Location::Entry {
                name: name.to_owned(),
                offset: Some(offset),
            };
            self.add(Fact::new(FactKind::Native, format!("{sort} {text}")), location);
        }
    }

    /// Whether there are strings, and the walk over them came to its end.
    fn add_dart_strings(&mut self, name: &str, size: usize, snapshot: &Snapshot<'_>) -> bool {
        if !self
            .budget
            .steps((size as u64 >> BYTES_PER_STEP).saturating_add(1))
        {
            return false;
        }
        let mut strings = snapshot.strings();
        let mut count = 0u64;
        for string in strings.by_ref() {
            count = count.saturating_add(1);
            let steps = (string.bytes.len() as u64 >> BYTES_PER_STEP).saturating_add(1);
            if !self.budget.steps(steps) {
                return false;
            }
            let encoding = if string.is_wide {
                Encoding::Utf16Le
            } else {
                Encoding::Latin1
            };
            let is_name = is_name(&string);
            self.add_compiled_string(name, string.offset, string.bytes, encoding, is_name);
        }
        count > 0 && !strings.is_cut_short()
    }
}

/// A snapshot in a region of a library whose symbols do not tell of it.
fn unnamed_snapshot(region: Region<'_>) -> Option<Region<'_>> {
    let start = memchr::memmem::find(region.data, &MAGIC)?;
    Some(Region {
        offset: region.offset.saturating_add(start),
        data: region.data.get(start..)?,
    })
}

fn is_name(string: &DartString<'_>) -> bool {
    !string.is_wide && string.bytes.iter().all(u8::is_ascii_graphic)
}
