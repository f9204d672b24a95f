//! What a resource id stands for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::entries::{Entry as TypeEntry, TypeChunk, Value};
use super::{Configuration, Package, Table};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::limits::{Budget, Limits, clip};

/// The value of a resource in one configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceValue {
    /// What the value is for.
    pub configuration: Configuration,
    /// The value; references are not followed.
    pub value: Value,
}

/// What references lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// Text.
    String(Cow<'a, str>),
    /// Any other type.
    Other {
        /// The value of `Res_value::dataType`.
        kind: u8,
        /// The value of `Res_value::data`.
        data: u32,
    },
}

/// Steps for one value: its configuration is read and its locale written out.
const VALUE: u64 = 32;

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

    /// Follows `id` to a value, trying `locales` (BCP 47, the default being empty) in their order
    /// and then any other.
    ///
    /// # Limits
    /// At most [`Limits::resource_hops`] references are followed.
    #[must_use]
    pub fn resolve(
        &self,
        id: u32,
        locales: &[&str],
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Option<Resolved<'a>> {
        let mut next = id;
        for _ in 0..limits.resource_hops {
            match self.best(next, locales, budget)? {
                Value::Reference(target) => next = target,
                Value::String(index) => return self.pool.get(index).map(Resolved::String),
                Value::Other { kind, data } => return Some(Resolved::Other { kind, data }),
                Value::Bag { .. } => return None,
            }
        }
        anomalies.of(AnomalyKind::ArscReferenceLoop, &format!("0x{id:08x}"));
        None
    }

    /// The text that `id` leads to, as in [`Table::resolve`].
    #[must_use]
    pub fn resolve_string(
        &self,
        id: u32,
        locales: &[&str],
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Option<Cow<'a, str>> {
        match self.resolve(id, locales, limits, budget, anomalies)? {
            Resolved::String(text) => Some(text),
            Resolved::Other { .. } => None,
        }
    }

    /// The text that `id` leads to in each locale that has one of its own, the default being empty.
    ///
    /// # Limits
    /// As in [`Table::resolve`]; a text is cut at [`Limits::text_bytes`], and all of them together
    /// take no more than [`Limits::manifest_bytes`].
    #[must_use]
    pub fn strings_by_locale(
        &self,
        id: u32,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        let mut room = limits.manifest_bytes;
        let mut add = |texts: &mut BTreeMap<String, String>, locale, text: Cow<'_, str>| {
            let text = clip(&text, limits.text_bytes);
            if let (Entry::Vacant(place), Some(left)) = (texts.entry(locale), room.checked_sub(text.len())) {
                room = left;
                place.insert(text.to_owned());
            }
        };
        let mut next = Some(id);
        for _ in 0..limits.resource_hops {
            let Some(id) = next.take() else { break };
            for (locale, value) in self.best_by_locale(id, budget) {
                match value {
                    Value::String(index) => {
                        if let Some(text) = self.pool.get(index) {
                            add(&mut texts, locale, text);
                        }
                    }
                    // What the default refers to may itself be translated.
                    Value::Reference(target) if locale.is_empty() => next = Some(target),
                    Value::Reference(target) => {
                        let text = self.resolve_string(target, &[&locale, ""], limits, budget, anomalies);
                        if let Some(text) = text {
                            add(&mut texts, locale, text);
                        }
                    }
                    _ => {}
                }
            }
        }
        if next.is_some() {
            anomalies.of(AnomalyKind::ArscReferenceLoop, &format!("0x{id:08x}"));
        }
        texts
    }

    /// The value of `id` in the first of `locales` that has one, else in any.
    fn best(&self, id: u32, locales: &[&str], budget: &mut Budget) -> Option<Value> {
        let values = self.best_by_locale(id, budget);
        let preferred = locales.iter().find_map(|&locale| values.get(locale));
        preferred.or_else(|| values.values().next()).copied()
    }

    /// The value of `id` in each locale, for the least restricted configuration of it and then the
    /// highest API level.
    fn best_by_locale(&self, id: u32, budget: &mut Budget) -> BTreeMap<String, Value> {
        let mut best: BTreeMap<String, (Configuration, Value)> = BTreeMap::new();
        let mut last: Option<(Configuration, String)> = None;
        self.visit(id, budget, |_, chunk, entry| {
            let configuration = chunk.configuration();
            let locale = match last.take() {
                Some((known, locale)) if same_locale(&known, &configuration) => locale,
                _ => configuration.locale(),
            };
            let candidate = (configuration, entry.value);
            match best.get_mut(&locale) {
                Some(known) if rank(&configuration) <= rank(&known.0) => {}
                Some(known) => *known = candidate,
                None => {
                    best.insert(locale.clone(), candidate);
                }
            }
            last = Some((configuration, locale));
        });
        best.into_iter()
            .map(|(locale, (_, value))| (locale, value))
            .collect()
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
                    if !budget.steps(VALUE) {
                        return;
                    }
                    visit(package, chunk, &entry);
                }
            }
        }
    }
}

fn same_locale(a: &Configuration, b: &Configuration) -> bool {
    a.locale_key() == b.locale_key() && a.locale_key() == [0; 4]
}

/// Higher is better.
fn rank(configuration: &Configuration) -> (std::cmp::Reverse<usize>, u16) {
    (
        std::cmp::Reverse(configuration.restrictions()),
        configuration.sdk_version(),
    )
}
