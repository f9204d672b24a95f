//! Facts of native libraries: watched literals, hosts and keys in their read-only data, and what they state
//! of themselves.
//!
//! An app that asks for a kind of data and whose dex files name no provider may name it in native
//! code; then its libraries are searched. Where a dex file names one, small libraries are looked into for the
//! hosts and keys that makers keep there, but for those whose origin is known by their names. An app
//! that asks for none of the data has none of its libraries read. The libraries of one processor are
//! looked into, for they are the same program; their code is not decoded, so they still count as out
//! of sight.
//!
//! Of the same libraries the rules can watch `native SORT TEXT`: `exports` a name that Java calls,
//! `imports` a name, `needs` a library, `section` a name, and `packed` with `upx`, `no-sections` or
//! `code-noise`.

use super::Collector;
use super::assets::BYTES_PER_STEP;
use crate::anomaly::AnomalyKind;
use crate::app::{Module, Placed};
use crate::container::Inflater;
use crate::facts::interest::Literal;
use crate::facts::layers::LayerName;
use crate::facts::{Fact, FactKind, Location};
use crate::formats::elf::{ElfError, Library, Region};
use crate::limits::Limits;

/// Folders of the processors Android runs on, the most usual first.
pub(super) const FOLDERS: [&str; 5] = [
    "lib/arm64-v8a/",
    "lib/armeabi-v7a/",
    "lib/armeabi/",
    "lib/x86_64/",
    "lib/x86/",
];
/// Longest text that is looked at for hosts and keys, in bytes: what is longer are texts that run into each
/// other, as Go and Rust write them, or none that names a server.
const LONGEST_CONSTANT: usize = 1 << 10;

impl Collector<'_> {
    /// Looks into the native libraries of one processor, small libraries first: all of them when no dex
    /// file has named a provider, else the small ones of unknown origin.
    ///
    /// # Limits
    /// `limits.libraries`, and `limits.library_bytes`, or `limits.small_library_bytes` and
    /// `limits.small_libraries_bytes`; one step of the budget for each 1,024 bytes, and for each 32 that are
    /// looked at for hosts.
    pub fn add_native(&mut self, modules: &[Module<'_, '_>], inflater: &mut Inflater) {
        let is_provider_sought = !self.names_provider();
        let (mut left, largest) = if is_provider_sought {
            (self.limits.library_bytes, u64::MAX)
        } else {
            (self.limits.small_libraries_bytes, self.limits.small_library_bytes)
        };
        let interest = self.interest;
        let all = libraries(modules).into_iter().map(|placed| {
            let is_known = interest.knows_library(file_name(placed.path));
            (placed, is_known)
        });
        let wanted = all
            .filter(|(placed, is_known)| is_provider_sought || (!is_known && placed.entry.size <= largest));
        for (count, (placed, is_known)) in wanted.enumerate() {
            let entry = placed.entry;
            // What does not fit is left out; an optional look is no reason to call the budget spent.
            let fits = count < self.limits.libraries && entry.size <= left.min(self.budget.bytes_left());
            if !fits || self.budget.steps_left() == 0 {
                self.count_library(&placed, |collector| collector.count_skipped(&placed));
                continue;
            }
            let limits = Limits {
                entry_bytes: left,
                ..self.limits.clone()
            };
            let data = match inflater.read(entry, &limits, &mut self.budget, &mut self.anomalies) {
                Ok(data) => data,
                Err(error) => {
                    self.count_library(&placed, |collector| collector.count_refused(&placed, &error));
                    continue;
                }
            };
            let size = data.len() as u64;
            left = left.saturating_sub(size);
            let is_read = self.budget.steps((size >> 10).saturating_add(1))
                && self.add_library(&placed.name(), &data, !is_known);
            self.count_library(&placed, |collector| {
                if is_read {
                    collector.count_read(&placed, size, limits.entry_bytes);
                } else if collector.budget.steps_left() == 0 {
                    collector.count_skipped(&placed);
                } else {
                    collector
                        .coverage
                        .layer(LayerName::NativeLibraries)
                        .unreadable(size);
                }
            });
            inflater.recycle(data);
        }
    }

    /// Says by `count` what became of a library, unless that was said when its program was read.
    fn count_library(&mut self, placed: &Placed<'_, '_>, count: impl FnOnce(&mut Self)) {
        if self.program.as_deref() != Some(&*placed.name()) {
            count(self);
        }
    }

    /// Whether a provider is named; calls that read any provider do not count.
    fn names_provider(&self) -> bool {
        [FactKind::Literal, FactKind::Field].into_iter().any(|kind| {
            let mut facts = self.facts.of_kind(kind);
            facts.any(|(fact, _)| self.interest.located.contains(&fact.value))
        })
    }

    /// Adds what one library states, holds of the literals, and, where `tells_servers`, its hosts and keys;
    /// whether it could be searched.
    fn add_library(&mut self, name: &str, data: &[u8], tells_servers: bool) -> bool {
        let library = match Library::parse(data, self.limits, &mut self.budget, &mut self.anomalies) {
            Ok(library) => library,
            Err(ElfError::BudgetSpent) => return false,
            Err(_) => {
                self.anomalies.of(AnomalyKind::ElfUnreadable, name);
                return false;
            }
        };
        self.add_statements(name, &library);
        self.add_library_literals(name, &library)
            && (!tells_servers || self.add_library_network(name, &library))
    }

    /// Adds the first place of each literal; whether the library was searched to its end.
    fn add_library_literals(&mut self, name: &str, library: &Library<'_>) -> bool {
        let interest = self.interest;
        let search = &interest.literal_texts;
        let mut wanted: Vec<&Literal> = interest.literals.iter().collect();
        // Most libraries hold none of the literals, which one pass over the bytes tells.
        let regions = library.regions().filter(|region| search.is_any_in(region.data));
        for (offset, text) in regions.flat_map(Region::strings) {
            if !search.is_any_in(text.as_bytes()) {
                continue;
            }
            if wanted.is_empty() {
                break;
            }
            if !self.budget.steps(wanted.len() as u64) {
                return false;
            }
            wanted.retain(|literal| {
                let is_there = literal.is_in(text);
                if is_there {
                    let location = Location::Entry {
                        name: name.to_owned(),
                        offset: Some(offset),
                    };
                    self.add(Fact::new(FactKind::Literal, &literal.text), location);
                }
                !is_there
            });
        }
        true
    }

    /// Adds the hosts, paths, fields and keys among the texts; whether all texts were looked at.
    ///
    /// # Limits
    /// `limits.hosts_per_library`, so that a list of hosts leaves room for those of others.
    fn add_library_network(&mut self, name: &str, library: &Library<'_>) -> bool {
        let most = self.limits.hosts_per_library;
        let limits = Limits {
            hosts: self
                .limits
                .hosts
                .min(self.network.hosts.len().saturating_add(most)),
            paths: self
                .limits
                .paths
                .min(self.network.paths.len().saturating_add(most)),
            ..self.limits.clone()
        };
        for region in library.regions() {
            if !self.budget.steps(region.data.len() as u64 >> BYTES_PER_STEP) {
                return false;
            }
            let texts = region
                .strings()
                .filter(|(_, text)| text.len() <= LONGEST_CONSTANT);
            for (offset, text) in texts {
                self.add_constant(text, (name, offset), false, &limits);
            }
        }
        true
    }
}

impl Collector<'_> {
    /// Adds what a library states of itself, where rules look for it.
    fn add_statements(&mut self, name: &str, library: &Library<'_>) {
        if self.interest.natives.is_empty() {
            return;
        }
        let marks = &library.marks;
        let packed = [
            (marks.is_upx, "upx"),
            (!marks.has_sections, "no-sections"),
            (marks.is_code_noise, "code-noise"),
        ];
        let packed = packed.into_iter().filter_map(|(is_so, how)| is_so.then_some(how));
        let exports = library.jni_names.iter().map(String::as_str);
        let all = exports.map(|text| ("exports", text));
        let all = all.chain(library.imports.iter().map(|text| ("imports", text.as_str())));
        let all = all.chain(library.needed.iter().map(|text| ("needs", text.as_str())));
        let all = all.chain(marks.sections.iter().map(|text| ("section", text.as_str())));
        for (sort, text) in all.chain(packed.map(|how| ("packed", how))) {
            let value = format!("{sort} {text}");
            if self.interest.natives.matches(&value) {
                let location = Location::Entry {
                    name: name.to_owned(),
                    offset: None,
                };
                self.add(Fact::new(FactKind::Native, value), location);
            }
        }
    }
}

/// The file name at the end of `path`.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The libraries of the first folder that holds any, in whatever part of the app, by size and name.
fn libraries<'c, 'a>(modules: &[Module<'c, 'a>]) -> Vec<Placed<'c, 'a>> {
    let is_in = |path: &str, folder: &str| {
        let name = path.strip_prefix(folder);
        name.is_some_and(|name| name.ends_with(".so") && !name.contains('/'))
    };
    let of = |folder: &&str| {
        let all = modules.iter().flat_map(|module| module.placed());
        all.filter(|placed| is_in(placed.path, folder))
            .collect::<Vec<_>>()
    };
    let mut found = FOLDERS
        .iter()
        .map(of)
        .find(|found| !found.is_empty())
        .unwrap_or_default();
    found.sort_by_cached_key(|placed| (placed.entry.size, placed.name()));
    found
}

#[cfg(test)]
mod tests;
