//! String resources by their names.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::Table;
use super::entries::Value;
use crate::limits::Budget;

/// The type of texts.
const STRING: &str = "string";

impl<'a> Table<'a> {
    /// The strings of the default locale that stand under one of `names`, each with its name, in the
    /// order of the table.
    ///
    /// # Limits
    /// One step of the budget for each name of the table, and for each entry of the chunks that are
    /// looked at; without budget the search ends.
    pub fn strings_named(
        &self,
        names: &BTreeSet<&str>,
        budget: &mut Budget,
    ) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let mut found = Vec::new();
        let names: FxHashSet<&str> = names.iter().copied().collect();
        for package in &self.packages {
            if !budget.steps(package.entry_names.len() as u64) {
                break;
            }
            let wanted: BTreeMap<u32, Cow<'a, str>> = package
                .entry_names
                .iter()
                .filter_map(|(index, name)| Some((index, name?)))
                .filter(|(_, name)| names.contains(name.as_ref()))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            for chunk in &package.types {
                let is_text = package.type_name(chunk.id).as_deref() == Some(STRING);
                if !is_text || !chunk.configuration().is_default_locale() {
                    continue;
                }
                if !budget.steps(chunk.slots()) {
                    return found;
                }
                chunk.for_each(|_, entry| {
                    let named = entry.and_then(|entry| Some((wanted.get(&entry.name)?, entry.value)));
                    if let Some((name, Value::String(index))) = named
                        && let Some(text) = self.pool.get(index)
                    {
                        found.push((name.clone(), text));
                    }
                });
            }
        }
        found
    }
}
