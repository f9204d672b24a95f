//! What resources refer to, in whatever form the table has.
//!
//! A table says which value a resource has in each locale; how references are followed from there is
//! the same for all: `AssetManager2::ResolveReference` of AOSP `libs/androidfw`, with the choice of
//! the configuration replaced by the choice of a locale, for a report is not made on one device.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::anomaly::{Anomalies, AnomalyKind};
use crate::limits::{Budget, Limits, clip};

/// The value of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Another resource.
    Reference(u32),
    /// Any other simple type.
    Other {
        /// The value of `Res_value::dataType`.
        kind: u8,
        /// The value of `Res_value::data`.
        data: u32,
    },
    /// A value made of others: array, plural, style.
    Bag,
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

/// How well a configuration fits a device of which nothing but the locale is known; higher is better:
/// the fewest further restrictions, then the highest API level.
pub type Rank = (std::cmp::Reverse<usize>, u16);

/// A text in a table whose texts stand with their resources.
#[derive(Debug, Clone, Copy)]
pub struct TextUse<'t> {
    /// Type of the resource, such as `string`.
    pub kind: &'t str,
    /// Its name.
    pub name: &'t str,
    /// Locale (BCP 47); empty for the default.
    pub locale: &'t str,
    /// The text.
    pub text: &'t str,
    /// The file it stands in, where the table is made of several.
    pub file: Option<&'t Arc<str>>,
}

/// The code that stands today for the language `code`: `id` for the old `in`.
#[must_use]
pub fn language_of_today(code: &str) -> &str {
    match code {
        "in" => "id",
        "iw" => "he",
        "ji" => "yi",
        "tl" => "fil",
        other => other,
    }
}

/// Steps for one value that is looked at in search of the best: its configuration is read and its
/// locale written out.
pub(super) const VALUE_STEPS: u64 = 32;

/// A resource table.
pub trait Resources {
    /// The value of `id` in each locale (BCP 47, the default being empty), for the configuration of
    /// the best [`Rank`]; of equal ones the first in the file.
    fn best_by_locale(&self, id: u32, budget: &mut Budget) -> BTreeMap<String, Found<'_>>;

    /// Follows `id` to a value, trying `locales` in their order and then any other.
    ///
    /// # Limits
    /// At most [`Limits::resource_hops`] references are followed.
    #[must_use]
    fn resolve(
        &self,
        id: u32,
        locales: &[&str],
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Option<Resolved<'_>> {
        let mut next = id;
        for _ in 0..limits.resource_hops {
            match best(self.best_by_locale(next, budget), locales)? {
                Found::Reference(target) => next = target,
                Found::Text(text) => return Some(Resolved::String(text)),
                Found::Other { kind, data } => return Some(Resolved::Other { kind, data }),
                Found::Bag => return None,
            }
        }
        anomalies.of(AnomalyKind::ArscReferenceLoop, &format!("0x{id:08x}"));
        None
    }

    /// The text that `id` leads to, as in [`Resources::resolve`].
    #[must_use]
    fn resolve_string(
        &self,
        id: u32,
        locales: &[&str],
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Option<Cow<'_, str>> {
        match self.resolve(id, locales, limits, budget, anomalies)? {
            Resolved::String(text) => Some(text),
            Resolved::Other { .. } => None,
        }
    }

    /// The text that `id` leads to in each locale that has one of its own, the default being empty.
    ///
    /// # Limits
    /// As in [`Resources::resolve`]; a text is cut at [`Limits::text_bytes`], and all of them together
    /// take no more than [`Limits::manifest_bytes`].
    #[must_use]
    fn strings_by_locale(
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
                    Found::Text(text) => add(&mut texts, locale, text),
                    // What the default refers to may itself be translated.
                    Found::Reference(target) if locale.is_empty() => next = Some(target),
                    Found::Reference(target) => {
                        let text = self.resolve_string(target, &[&locale, ""], limits, budget, anomalies);
                        if let Some(text) = text {
                            add(&mut texts, locale, text);
                        }
                    }
                    Found::Other { .. } | Found::Bag => {}
                }
            }
        }
        if next.is_some() {
            anomalies.of(AnomalyKind::ArscReferenceLoop, &format!("0x{id:08x}"));
        }
        texts
    }
}

/// The value in the first of `locales` that has one, else in any.
fn best<'a>(mut values: BTreeMap<String, Found<'a>>, locales: &[&str]) -> Option<Found<'a>> {
    let preferred = locales.iter().find_map(|&locale| values.remove(locale));
    preferred.or_else(|| values.pop_first().map(|(_, value)| value))
}

/// The best candidate of each locale while values are looked at one after the other.
#[derive(Debug)]
pub(super) struct Best<V> {
    by_locale: BTreeMap<String, (Rank, V)>,
}

impl<V> Default for Best<V> {
    fn default() -> Self {
        Self {
            by_locale: BTreeMap::new(),
        }
    }
}

impl<V> Best<V> {
    /// Takes `value` for `locale` unless one as good is there.
    pub(super) fn offer(&mut self, locale: &str, rank: Rank, value: V) {
        match self.by_locale.get_mut(locale) {
            Some((known, _)) if rank <= *known => {}
            Some(known) => *known = (rank, value),
            None => {
                self.by_locale.insert(locale.to_owned(), (rank, value));
            }
        }
    }

    /// What was taken.
    pub(super) fn into_values(self) -> impl Iterator<Item = (String, V)> {
        self.by_locale
            .into_iter()
            .map(|(locale, (_, value))| (locale, value))
    }
}
