//! Strings and files of resources by their names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::Table;
use super::configuration::Configuration;
use super::entries::Value;
use crate::formats::string_pool::RawString;
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
        names: &FxHashSet<String>,
        budget: &mut Budget,
    ) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let mut found = Vec::new();
        self.each_named(
            STRING,
            names,
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
        let names = FxHashSet::from_iter([name.to_owned()]);
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
        names: &FxHashSet<String>,
        keeps: impl Fn(&Configuration) -> bool,
        budget: &mut Budget,
        mut visit: impl FnMut(Cow<'a, str>, Cow<'a, str>),
    ) {
        let lengths = Lengths::of(names);
        for package in &self.packages {
            if !budget.steps(package.entry_names.len() as u64) {
                return;
            }
            let pool = package.entry_names;
            let wanted: BTreeMap<u32, Cow<'a, str>> = (0..u32::try_from(pool.len()).unwrap_or(u32::MAX))
                .filter_map(|index| Some((index, pool.raw(index)?)))
                .filter(|(_, raw)| lengths.has_that_of(raw))
                .map(|(index, raw)| (index, raw.decode()))
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

/// The lengths of names, which turn away most others before they are decoded.
struct Lengths(u64);

impl Lengths {
    fn of(names: &FxHashSet<String>) -> Self {
        let bits = names.iter().map(|name| match name.is_ascii() {
            true => Self::bit(name.len()),
            false => u64::MAX,
        });
        Self(bits.fold(0, |all, bits| all | bits))
    }

    /// Longer ones share a bit.
    fn bit(length: usize) -> u64 {
        1_u64.wrapping_shl(u32::try_from(length).map_or(63, |length| length.min(63)))
    }

    fn has_that_of(&self, raw: &RawString<'_>) -> bool {
        let length = raw.bytes.len();
        self.0 & Self::bit(if raw.utf8 { length } else { length / 2 }) != 0
    }
}
