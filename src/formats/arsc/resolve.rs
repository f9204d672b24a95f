//! What a resource id stands for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::entries::{Entry as TypeEntry, TypeChunk, Value};
use super::{Configuration, Package, Table};
use crate::formats::resources::{Best, Found, Rank, Resources, VALUE_STEPS};
use crate::limits::Budget;

/// The value of a resource in one configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceValue {
    /// What the value is for.
    pub configuration: Configuration,
    /// The value; references are not followed.
    pub value: Value,
}

impl<'a> Table<'a> {
    /// All values of the resource `id`, in the order of the file.
    #[must_use]
    pub fn all_values(&self, id: u32, budget: &mut Budget) -> Vec<ResourceValue> {
        let mut values = Vec::new();
        self.visit(id, budget, |_, chunk, entry| {
            values.push(ResourceValue {
                configuration: chunk.configuration(),
                value: entry.value,
            });
        });
        values
    }

    /// Type and name of the resource `id`, such as `("string", "app_name")`.
    #[must_use]
    pub fn name(&self, id: u32, budget: &mut Budget) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
        let mut name = None;
        self.visit(id, budget, |package, chunk, entry| {
            if name.is_none() {
                name = package.type_name(chunk.id).zip(package.entry_name(entry.name));
            }
        });
        name
    }

    /// `value` with its text; `None` for a text that cannot be read.
    fn found(&self, value: Value) -> Option<Found<'_>> {
        Some(match value {
            Value::String(index) => Found::Text(self.pool.get(index)?),
            Value::Reference(target) => Found::Reference(target),
            Value::Other { kind, data } => Found::Other { kind, data },
            Value::Bag { .. } => Found::Bag,
        })
    }

    /// Calls `visit` with each readable value of `id`.
    fn visit(
        &self,
        id: u32,
        budget: &mut Budget,
        mut visit: impl FnMut(&Package<'a>, &TypeChunk<'a>, &TypeEntry<'a>),
    ) {
        let [index_low, index_high, _, _] = id.to_le_bytes();
        let index = u16::from_le_bytes([index_low, index_high]);
        for package in &self.packages {
            // A library has no id of its own before it is loaded; its references say 0.
            if package.id != id >> 24 && (package.id != 0 || id >> 24 > 0x7f) {
                continue;
            }
            for chunk in package.types_of(id) {
                if !budget.steps(1) {
                    return;
                }
                if let Some(Some(entry)) = chunk.entry(index) {
                    if !budget.steps(VALUE_STEPS) {
                        return;
                    }
                    visit(package, chunk, &entry);
                }
            }
        }
    }
}

impl Resources for Table<'_> {
    fn best_by_locale(&self, id: u32, budget: &mut Budget) -> BTreeMap<String, Found<'_>> {
        let mut best = Best::default();
        let mut last: Option<(Configuration, String)> = None;
        self.visit(id, budget, |_, chunk, entry| {
            let configuration = chunk.configuration();
            let locale = match last.take() {
                Some((known, locale)) if same_locale(&known, &configuration) => locale,
                _ => configuration.locale(),
            };
            best.offer(&locale, rank(&configuration), entry.value);
            last = Some((configuration, locale));
        });
        best.into_values()
            .filter_map(|(locale, value)| Some((locale, self.found(value)?)))
            .collect()
    }
}

fn same_locale(a: &Configuration, b: &Configuration) -> bool {
    a.locale_key() == b.locale_key() && a.locale_key() == [0; 4]
}

/// Higher is better.
fn rank(configuration: &Configuration) -> Rank {
    (
        std::cmp::Reverse(configuration.restrictions()),
        configuration.sdk_version(),
    )
}
