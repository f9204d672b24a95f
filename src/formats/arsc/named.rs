//! Strings and files of resources by their names.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::Table;
use super::configuration::Configuration;
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
        self.each_named(
            STRING,
            &names,
            Configuration::is_default_locale,
            budget,
            |name, text| {
                found.push((name, text));
            },
        );
        found
    }

    /// The file of the resource called `name` of a type, by its path in the package; of several
    /// configurations that of the first.
    ///
    /// # Limits
    /// Those of [`Table::strings_named`].
    pub fn file_named(&self, kind: &str, name: &str, budget: &mut Budget) -> Option<Cow<'a, str>> {
        let mut found = None;
        let names = FxHashSet::from_iter([name]);
        self.each_named(
            kind,
            &names,
            |_| true,
            budget,
            |_, path| {
                found.get_or_insert(path);
            },
        );
        found
    }

    /// Hands to `visit` name and text of all entries of a type that stand under one of `names`, in
    /// the configurations that `keeps` wants.
    fn each_named(
        &self,
        kind: &str,
        names: &FxHashSet<&str>,
        keeps: impl Fn(&Configuration) -> bool,
        budget: &mut Budget,
        mut visit: impl FnMut(Cow<'a, str>, Cow<'a, str>),
    ) {
        for package in &self.packages {
            if !budget.steps(package.entry_names.len() as u64) {
                return;
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
                let is_kind = package.type_name(chunk.id).as_deref() == Some(kind);
                if !is_kind || !keeps(&chunk.configuration()) {
                    continue;
                }
                if !budget.steps(chunk.slots()) {
                    return;
                }
                chunk.for_each(|_, entry| {
                    let named = entry.and_then(|entry| Some((wanted.get(&entry.name)?, entry.value)));
                    if let Some((name, Value::String(index))) = named
                        && let Some(text) = self.pool.get(index)
                    {
                        visit(name.clone(), text);
                    }
                });
            }
        }
    }
}
