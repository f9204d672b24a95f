//! Which resources use given strings of the pool.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::entries::{Entry, TypeChunk, Value};
use super::{Package, Table};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::limits::{Budget, Limits};

/// One place in the table that uses a string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StringUse<'a> {
    /// The resource.
    pub resource_id: u32,
    /// Type such as `string` or `plurals`; empty when it cannot be read.
    pub type_name: Cow<'a, str>,
    /// Name of the resource; empty when it cannot be read.
    pub entry_name: Cow<'a, str>,
    /// BCP 47 tag; empty for the default.
    pub locale: Arc<str>,
    /// Qualifiers as in the name of a resource directory; empty for the default.
    pub qualifiers: Arc<str>,
    /// Absolute offset in bytes of the chunk that holds the value.
    pub offset: u64,
}

impl<'a> Table<'a> {
    /// Finds the uses of the strings at the indices `wanted`, as values and inside bags.
    ///
    /// The whole table is walked once, unless nothing is wanted.
    ///
    /// # Limits
    /// [`Limits::uses_per_string`] places of each string are kept, [`Limits::facts`] altogether; the
    /// walk ends with the budget.
    pub fn string_uses(
        &self,
        wanted: &BTreeSet<u32>,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> BTreeMap<u32, Vec<StringUse<'a>>> {
        let mut search = Search {
            wanted: Wanted::new(wanted, self.pool.len()),
            per_string: limits.uses_per_string,
            room: limits.facts,
            found: BTreeMap::new(),
        };
        if wanted.is_empty() {
            return search.found;
        }
        for package in &self.packages {
            for chunk in &package.types {
                if !budget.steps(chunk.slots()) {
                    anomalies.at(AnomalyKind::BudgetSpent, chunk.offset);
                    return search.found;
                }
                search.chunk(package, chunk, budget, anomalies);
            }
        }
        search.found
    }
}

/// A set of indices, one bit each.
struct Wanted(Vec<u64>);

impl Wanted {
    fn new(indices: &BTreeSet<u32>, count: usize) -> Self {
        let mut bits = vec![0_u64; count.div_ceil(64)];
        for &index in indices {
            if let Some(word) = bits.get_mut(index as usize / 64) {
                *word |= 1 << (index % 64);
            }
        }
        Self(bits)
    }

    fn has(&self, index: u32) -> bool {
        self.0
            .get(index as usize / 64)
            .is_some_and(|word| (word >> (index % 64)) & 1 == 1)
    }
}

struct Search<'a> {
    wanted: Wanted,
    per_string: usize,
    /// Uses that can still be kept.
    room: usize,
    found: BTreeMap<u32, Vec<StringUse<'a>>>,
}

impl<'a> Search<'a> {
    fn chunk(
        &mut self,
        package: &Package<'a>,
        chunk: &TypeChunk<'a>,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) {
        let mut names = None;
        chunk.for_each(|index, entry| {
            let Some(entry) = entry else {
                anomalies.at(AnomalyKind::ArscEntry, chunk.offset);
                return;
            };
            match entry.value {
                Value::String(string) if self.wanted.has(string) => {
                    self.add(string, package, chunk, index, &entry, &mut names);
                }
                Value::Bag { items } => {
                    if !budget.steps(u64::from(items)) {
                        return;
                    }
                    for item in entry.items() {
                        if let Value::String(string) = item
                            && self.wanted.has(string)
                        {
                            self.add(string, package, chunk, index, &entry, &mut names);
                        }
                    }
                }
                _ => {}
            }
        });
    }

    fn add(
        &mut self,
        string: u32,
        package: &Package<'a>,
        chunk: &TypeChunk<'a>,
        index: u16,
        entry: &Entry<'a>,
        names: &mut Option<(Cow<'a, str>, Arc<str>, Arc<str>)>,
    ) {
        let uses = self.found.entry(string).or_default();
        if uses.len() >= self.per_string || self.room == 0 {
            return;
        }
        let (type_name, locale, qualifiers) = names.get_or_insert_with(|| {
            let configuration = chunk.configuration();
            (
                package.type_name(chunk.id).unwrap_or_default(),
                configuration.locale().into(),
                configuration.qualifiers().into(),
            )
        });
        let found = StringUse {
            resource_id: package.resource_id(chunk, index),
            type_name: type_name.clone(),
            entry_name: package.entry_name(entry.name).unwrap_or_default(),
            locale: locale.clone(),
            qualifiers: qualifiers.clone(),
            offset: chunk.offset,
        };
        // A bag may hold a string more than once.
        if uses.last() != Some(&found) {
            self.room = self.room.saturating_sub(1);
            uses.push(found);
        }
    }
}
