//! The table that the files in `res/values*/` make together, for apps whose resources are written as
//! XML: sources, and what decoders such as apktool make of an APK.
//!
//! Such resources have names and no ids. Each gets one here, to be used with this table only. The
//! qualifiers in the name of a folder are read as `ConfigDescription::Parse` in AOSP
//! `libs/androidfw/ConfigDescription.cpp` reads them, as far as locale and API level go; the others
//! are counted.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Document, Value};
use super::resources::{Best, Found, Rank, Resources, TextUse, VALUE_STEPS, language_of_today};
use super::xml::values::TextValue;
use crate::limits::Budget;

/// Id of the first resource; the following ones are counted up from it.
const FIRST_ID: u32 = 0x7f00_0000;

/// What a folder of values is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qualifiers {
    /// Locale as a BCP 47 tag in today's form; empty for the default.
    pub locale: Arc<str>,
    rank: Rank,
}

#[derive(Debug)]
struct Row {
    value: TextValue,
    locale: Arc<str>,
    rank: Rank,
    file: Arc<str>,
}

/// The table.
#[derive(Debug, Default)]
pub struct ValuesTable {
    /// In the order of the files.
    rows: Vec<Row>,
    /// The id of each resource, by type and name.
    ids: BTreeMap<(&'static str, Arc<str>), u32>,
    /// The rows of each resource, in the order of the ids.
    places: Vec<Vec<usize>>,
}

impl ValuesTable {
    /// Adds what stands in `file`, in a folder of values with `qualifiers`.
    pub fn add(&mut self, qualifiers: &Qualifiers, file: &str, values: Vec<TextValue>) {
        let file: Arc<str> = file.into();
        for value in values {
            let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            let id = *self
                .ids
                .entry((value.kind, value.name.clone()))
                .or_insert(FIRST_ID.saturating_add(next));
            let number = self.rows.len();
            match place(id).and_then(|place| self.places.get_mut(place)) {
                Some(rows) => rows.push(number),
                None => self.places.push(vec![number]),
            }
            self.rows.push(Row {
                value,
                locale: qualifiers.locale.clone(),
                rank: qualifiers.rank,
                file: file.clone(),
            });
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Turns the values in `document` that are written as references into references to this table.
    pub fn bind(&self, document: &mut Document) {
        if self.is_empty() {
            return;
        }
        let mut index = 0;
        while let Some(element) = document.element_mut(index) {
            for attribute in &mut element.attributes {
                if let Value::String(text) = &attribute.value
                    && let Some(id) = self.id_of(text)
                {
                    attribute.value = Value::Reference(id);
                }
            }
            index = index.saturating_add(1);
        }
    }

    fn rows_of(&self, id: u32) -> impl Iterator<Item = &Row> {
        let rows = place(id).and_then(|place| self.places.get(place));
        rows.into_iter()
            .flatten()
            .filter_map(|&number| self.rows.get(number))
    }

    fn id_of(&self, text: &str) -> Option<u32> {
        let (kind, name) = target(text)?;
        self.ids.get(&(kind, name.into())).copied()
    }

    /// Calls `visit` with each text; `false` when the budget ended first.
    pub fn each_text(&self, budget: &mut Budget, visit: &mut dyn FnMut(&TextUse<'_>)) -> bool {
        for row in &self.rows {
            if !budget.steps(1) {
                return false;
            }
            visit(&TextUse {
                kind: row.value.kind,
                name: &row.value.name,
                locale: &row.locale,
                text: &row.value.text,
                file: Some(&row.file),
            });
        }
        true
    }
}

impl Resources for ValuesTable {
    fn best_by_locale(&self, id: u32, budget: &mut Budget) -> BTreeMap<String, Found<'_>> {
        let mut best = Best::default();
        for row in self.rows_of(id) {
            if !budget.steps(VALUE_STEPS) {
                break;
            }
            let text = row.value.text.as_str();
            let found = match self.id_of(text) {
                _ if !row.value.is_whole => Found::Bag,
                Some(id) => Found::Reference(id),
                None => Found::Text(Cow::Borrowed(text)),
            };
            best.offer(&row.locale, row.rank, found);
        }
        best.into_values().collect()
    }
}

/// Where the rows of the resource `id` are listed.
fn place(id: u32) -> Option<usize> {
    usize::try_from(id.checked_sub(FIRST_ID)?).ok()
}

/// Type and name that a text such as `@string/app_name` refers to; resources of the platform and
/// types that are not read are none.
fn target(text: &str) -> Option<(&'static str, &str)> {
    let (kind, name) = text.strip_prefix('@')?.split_once('/')?;
    let kind = ["string", "array", "plurals"]
        .into_iter()
        .find(|known| *known == kind)?;
    Some((kind, name))
}

impl Qualifiers {
    /// Reads the name of a folder below `res`; `None` when it is none of values.
    #[must_use]
    pub fn of_folder(folder: &str) -> Option<Self> {
        let rest = folder.strip_prefix("values")?;
        if !rest.is_empty() && !rest.starts_with('-') {
            return None;
        }
        let mut parts = rest.split('-').filter(|part| !part.is_empty()).peekable();
        let (mut restrictions, mut sdk) = (0_usize, 0);
        let mut locale = String::new();
        while let Some(part) = parts.next() {
            if let Some(tag) = part.strip_prefix("b+") {
                locale = tag_of(tag);
            } else if is_language(part) && locale.is_empty() {
                language_of_today(part).clone_into(&mut locale);
                if let Some(region) = parts.next_if(|next| is_region(next)) {
                    locale.push('-');
                    locale.push_str(region.get(1..).unwrap_or_default());
                }
            } else if let Some(level) = part.strip_prefix('v').and_then(|level| level.parse().ok()) {
                sdk = level;
            } else {
                restrictions = restrictions.saturating_add(1);
            }
        }
        Some(Self {
            locale: locale.into(),
            rank: (Reverse(restrictions), sdk),
        })
    }
}

/// `fil` or `sr+Latn+RS` as a BCP 47 tag.
fn tag_of(parts: &str) -> String {
    let mut parts = parts.split('+');
    let mut tag = language_of_today(parts.next().unwrap_or_default()).to_owned();
    for part in parts {
        tag.push('-');
        tag.push_str(part);
    }
    tag
}

fn is_language(part: &str) -> bool {
    // The one other qualifier of this form is a mode of the user interface.
    matches!(part.len(), 2 | 3) && part.bytes().all(|byte| byte.is_ascii_lowercase()) && part != "car"
}

fn is_region(part: &str) -> bool {
    let region = part.strip_prefix('r').unwrap_or_default().as_bytes();
    (region.len() == 2 && region.iter().all(u8::is_ascii_uppercase))
        || (region.len() == 3 && region.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::Anomalies;
    use crate::formats::resources::Resolved;
    use crate::limits::Limits;

    #[test]
    fn folders_name_a_locale_and_an_api_level() {
        for (folder, locale, rank) in [
            ("values", "", (0, 0)),
            ("values-in", "id", (0, 0)),
            ("values-zh-rCN", "zh-CN", (0, 0)),
            ("values-b+fil", "fil", (0, 0)),
            ("values-b+sr+Latn", "sr-Latn", (0, 0)),
            ("values-es-r419-land-v21", "es-419", (1, 21)),
            ("values-mcc310-de-night", "de", (2, 0)),
            ("values-car", "", (1, 0)),
            ("values-v31", "", (0, 31)),
            ("values-sw600dp-land", "", (2, 0)),
        ] {
            let found = Qualifiers::of_folder(folder).unwrap();
            assert_eq!(
                (&*found.locale, found.rank),
                (locale, (Reverse(rank.0), rank.1)),
                "{folder}"
            );
        }
        assert_eq!(Qualifiers::of_folder("valuesque"), None);
        assert_eq!(Qualifiers::of_folder("layout"), None);
    }

    fn text(name: &str, text: &str) -> TextValue {
        TextValue {
            kind: "string",
            name: name.into(),
            is_whole: true,
            text: text.to_owned(),
        }
    }

    #[test]
    fn names_lead_to_texts_by_locale() {
        let mut table = ValuesTable::default();
        for (folder, values) in [
            (
                "values",
                vec![text("label", "@string/name"), text("name", "Loan")],
            ),
            ("values-land", vec![text("name", "Wide loan")]),
            ("values-in", vec![text("name", "Pinjaman")]),
        ] {
            table.add(&Qualifiers::of_folder(folder).unwrap(), folder, values);
        }
        let limits = Limits::default();
        let (mut budget, mut anomalies) = (Budget::new(&limits), Anomalies::new(1));
        let id = table.id_of("@string/label").unwrap();
        let resolved = table.resolve(id, &["id"], &limits, &mut budget, &mut anomalies);
        assert_eq!(resolved, Some(Resolved::String("Pinjaman".into())));
        let labels = table.strings_by_locale(id, &limits, &mut budget, &mut anomalies);
        let labels: Vec<_> = labels.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(labels, [("", "Loan"), ("id", "Pinjaman")]);
        assert_eq!(table.id_of("@android:string/ok"), None);
    }
}
