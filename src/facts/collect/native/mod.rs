//! Facts of native libraries: watched literals in their read-only data, and what they state of themselves.
//!
//! An app that asks for a kind of data and whose dex files name no provider may name it in native
//! code. The libraries of one processor are searched, for they are the same program; their code is
//! not decoded, so they still count as out of sight.
//!
//! Of the same libraries the rules can watch `native SORT TEXT`: `exports` a name that Java calls,
//! `imports` a name, `needs` a library, `section` a name, and `packed` with `upx`, `no-sections` or
//! `code-noise`.

use aho_corasick::AhoCorasick;

use super::Collector;
use crate::anomaly::AnomalyKind;
use crate::app::{Module, Placed};
use crate::container::Inflater;
use crate::facts::interest::Literal;
use crate::facts::layers::LayerName;
use crate::facts::{Fact, FactKind, Location};
use crate::formats::elf::{ElfError, Library, Region};
use crate::limits::Limits;

/// Folders of the processors Android runs on, the most usual first.
pub(super) const FOLDERS: [&str; 4] = ["lib/arm64-v8a/", "lib/armeabi-v7a/", "lib/x86_64/", "lib/x86/"];

impl Collector<'_> {
    /// Looks for the watched literals in the native libraries of one processor, small libraries
    /// first, unless a dex file has named a provider already.
    ///
    /// # Limits
    /// `limits.libraries` and `limits.library_bytes`; one step of the budget for each 1,024 bytes.
    pub fn add_native(&mut self, modules: &[Module<'_, '_>], inflater: &mut Inflater) {
        if self.names_provider() {
            return;
        }
        let literals = &self.interest.literals;
        let Ok(search) = AhoCorasick::new(literals.iter().map(|literal| &literal.text)) else {
            return;
        };
        let mut left = self.limits.library_bytes;
        for (count, placed) in libraries(modules).iter().enumerate() {
            let entry = placed.entry;
            // What does not fit is left out; an optional look is no reason to call the budget spent.
            let fits = count < self.limits.libraries && entry.size <= left.min(self.budget.bytes_left());
            if !fits || self.budget.steps_left() == 0 {
                self.count_skipped(placed);
                continue;
            }
            let limits = Limits {
                entry_bytes: left,
                ..self.limits.clone()
            };
            let data = match inflater.read(entry, &limits, &mut self.budget, &mut self.anomalies) {
                Ok(data) => data,
                Err(error) => {
                    self.count_refused(placed, &error);
                    continue;
                }
            };
            let size = data.len() as u64;
            left = left.saturating_sub(size);
            if self.budget.steps((size >> 10).saturating_add(1))
                && self.add_library(&placed.name(), &data, &search)
            {
                self.count_read(placed, size, limits.entry_bytes);
            } else if self.budget.steps_left() == 0 {
                self.count_skipped(placed);
            } else {
                self.coverage.layer(LayerName::NativeLibraries).unreadable(size);
            }
            inflater.recycle(data);
        }
    }

    /// Whether a provider is named; calls that read any provider do not count.
    fn names_provider(&self) -> bool {
        [FactKind::Literal, FactKind::Field].into_iter().any(|kind| {
            let mut facts = self.facts.of_kind(kind);
            facts.any(|(fact, _)| self.interest.located.contains(&fact.value))
        })
    }

    /// Adds the first place of each literal in one library; whether it could be searched.
    fn add_library(&mut self, name: &str, data: &[u8], search: &AhoCorasick) -> bool {
        let library = match Library::parse(data, self.limits, &mut self.budget, &mut self.anomalies) {
            Ok(library) => library,
            Err(ElfError::BudgetSpent) => return false,
            Err(_) => {
                self.anomalies.of(AnomalyKind::ElfUnreadable, name);
                return false;
            }
        };
        self.add_statements(name, &library);
        let mut wanted: Vec<&Literal> = self.interest.literals.iter().collect();
        // Most libraries hold none of the literals, which one pass over the bytes tells.
        let regions = library.regions().filter(|region| search.is_match(region.data));
        for (offset, text) in regions.flat_map(Region::strings) {
            if !search.is_match(text) {
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
            if self
                .interest
                .natives
                .iter()
                .any(|pattern| pattern.matches(&value))
            {
                let location = Location::Entry {
                    name: name.to_owned(),
                    offset: None,
                };
                self.add(Fact::new(FactKind::Native, value), location);
            }
        }
    }
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
