//! Resource tables: `ResourceTable`.
//!
//! A table is not unpacked. [`BundleTable::parse`] notes where the entries lie; their values are read
//! when asked for.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

use std::cmp::Reverse;
use std::collections::BTreeMap;

use thiserror::Error;

use super::{Item, low};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::formats::protobuf::Message;
use crate::formats::resources::{Best, Found, Rank, Resources, TextUse, VALUE_STEPS, language_of_today};
use crate::limits::{Budget, Limits};

/// Why a table cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// No package was found.
    #[error("no package of resources in {size} bytes of a protocol buffer")]
    NoPackage {
        /// Size of the data in bytes.
        size: u64,
    },
}

/// A resource table over the bytes it was read from.
#[derive(Debug, Clone)]
pub struct BundleTable<'a> {
    /// Sorted by id.
    entries: Vec<Entry<'a>>,
    is_whole: bool,
}

/// A resource.
#[derive(Debug, Clone, Copy)]
struct Entry<'a> {
    id: u32,
    kind: &'a str,
    name: &'a str,
    message: Message<'a>,
}

/// Fields of `Package`, `Type`, `Entry`, `ConfigValue` and `Value`.
mod field {
    pub(super) const PACKAGE: u32 = 2;
    pub(super) const ID: u32 = 1;
    pub(super) const NAME: u32 = 2;
    pub(super) const TYPES: u32 = 3;
    pub(super) const ENTRIES: u32 = 3;
    pub(super) const CONFIG_VALUE: u32 = 6;
    pub(super) const CONFIG: u32 = 1;
    pub(super) const VALUE: u32 = 2;
    pub(super) const ITEM: u32 = 4;
    pub(super) const COMPOUND: u32 = 5;
}

/// Bytes of a message that are one step of the budget, as a power of two.
const BYTES_PER_STEP: u32 = 6;

impl<'a> BundleTable<'a> {
    /// Reads where everything lies.
    ///
    /// # Errors
    /// When there is no package.
    ///
    /// # Limits
    /// Entries are bounded by [`Limits::xml_nodes`] and by the budget.
    pub fn parse(
        data: &'a [u8],
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Result<Self, TableError> {
        let message = Message::new(data);
        let mut table = Self {
            entries: Vec::new(),
            is_whole: message.is_sound(budget),
        };
        let mut packages = 0_usize;
        for package in message.messages(field::PACKAGE) {
            packages = packages.saturating_add(1);
            table.package(&package, limits, budget);
        }
        // What writes tables names itself in them, so one without a byte was emptied.
        table.is_whole &= !data.is_empty();
        if !table.is_whole {
            anomalies.note(AnomalyKind::ArscTruncated, None, None);
        }
        // Modules without resources have a table without packages.
        if packages == 0 && !table.is_whole {
            let size = data.len() as u64;
            return Err(TableError::NoPackage { size });
        }
        table.entries.sort_by_key(|entry| entry.id);
        Ok(table)
    }

    fn package(&mut self, package: &Message<'a>, limits: &Limits, budget: &mut Budget) {
        self.is_whole &= package.is_sound(budget);
        let package_id = id(package);
        for of_type in package.messages(field::TYPES) {
            self.is_whole &= of_type.is_sound(budget);
            let type_id = id(&of_type);
            let kind = of_type.text(field::NAME).unwrap_or_default();
            for message in of_type.messages(field::ENTRIES) {
                if self.entries.len() >= limits.xml_nodes || !budget.steps(1) {
                    self.is_whole = false;
                    return;
                }
                self.entries.push(Entry {
                    id: (package_id & 0xff) << 24 | (type_id & 0xff) << 16 | (id(&message) & 0xffff),
                    kind,
                    name: message.text(field::NAME).unwrap_or_default(),
                    message,
                });
            }
        }
    }

    /// Whether all of it could be read.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Number of resources.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Calls `visit` with each text, those inside of arrays, plurals and styles included; `false` when
    /// the budget ended first.
    pub fn each_text(&self, budget: &mut Budget, visit: &mut dyn FnMut(&TextUse<'_>)) -> bool {
        for entry in &self.entries {
            for value in entry.message.messages(field::CONFIG_VALUE) {
                if !charge(&value, budget) {
                    return false;
                }
                let Some(inner) = value.message(field::VALUE) else {
                    continue;
                };
                let mut locale: Option<String> = None;
                for item in items(&inner) {
                    let Some(Item::Text(text)) = Item::read(&item) else {
                        continue;
                    };
                    let locale = locale.get_or_insert_with(|| locale_of(&value));
                    visit(&TextUse {
                        kind: entry.kind,
                        name: entry.name,
                        locale,
                        text,
                        file: None,
                    });
                }
            }
        }
        true
    }
}

impl Resources for BundleTable<'_> {
    fn best_by_locale(&self, id: u32, budget: &mut Budget) -> BTreeMap<String, Found<'_>> {
        let mut best = Best::default();
        let start = self.entries.partition_point(|entry| entry.id < id);
        let entries = self.entries.get(start..).unwrap_or_default().iter();
        for entry in entries.take_while(|entry| entry.id == id) {
            for value in entry.message.messages(field::CONFIG_VALUE) {
                if !budget.steps(VALUE_STEPS) || !charge(&value, budget) {
                    break;
                }
                let Some(inner) = value.message(field::VALUE) else {
                    continue;
                };
                let item = inner.message(field::ITEM).and_then(|item| Item::read(&item));
                let found = match item {
                    Some(item) => item.found(),
                    None if inner.message(field::COMPOUND).is_some() => Found::Bag,
                    None => continue,
                };
                best.offer(&locale_of(&value), rank(&value), found);
            }
        }
        best.into_values().collect()
    }
}

/// The id of a package, type or entry, which is a message of its own; 0 when it is not there.
fn id(message: &Message<'_>) -> u32 {
    let inner = message.message(field::ID).and_then(|inner| inner.number(1));
    inner.map_or(0, low)
}

fn charge(message: &Message<'_>, budget: &mut Budget) -> bool {
    budget.steps(1_u64.saturating_add((message.len() as u64) >> BYTES_PER_STEP))
}

/// The items of a value: the one that it is, or those that it is made of.
fn items<'a>(value: &Message<'a>) -> impl Iterator<Item = Message<'a>> + use<'a> {
    /// Of each compound value its field, that of its parts, and that of their items: styles, arrays,
    /// plurals.
    const COMPOUNDS: [(u32, u32, u32); 3] = [(2, 3, 4), (4, 1, 3), (5, 1, 4)];
    let parts = value.message(field::COMPOUND).into_iter().flat_map(|compound| {
        COMPOUNDS.into_iter().flat_map(move |(kind, part, item)| {
            let parts = compound
                .message(kind)
                .into_iter()
                .flat_map(move |inner| inner.messages(part));
            parts.filter_map(move |part| part.message(item))
        })
    });
    value.message(field::ITEM).into_iter().chain(parts)
}

/// The locale of a `ConfigValue` as a BCP 47 tag in today's form; empty for the default.
fn locale_of(value: &Message<'_>) -> String {
    const LOCALE: u32 = 3;
    let configuration = value.message(field::CONFIG);
    let tag = configuration.and_then(|one| one.text(LOCALE)).unwrap_or_default();
    let (language, rest) = tag.split_at(tag.find('-').unwrap_or(tag.len()));
    format!("{}{rest}", language_of_today(language))
}

/// How restricted the configuration of a `ConfigValue` is.
fn rank(value: &Message<'_>) -> Rank {
    const NETWORK: std::ops::RangeInclusive<u32> = 1..=2;
    const LOCALE: u32 = 3;
    const SDK_VERSION: u32 = 24;
    let Some(configuration) = value.message(field::CONFIG) else {
        return (Reverse(0), 0);
    };
    let weight = |number| match number {
        LOCALE | SDK_VERSION => 0,
        number if NETWORK.contains(&number) => 100,
        _ => 1,
    };
    let restrictions = configuration
        .fields()
        .map(|(number, _, _)| weight(number))
        .fold(0_usize, usize::saturating_add);
    let sdk = configuration.number(SDK_VERSION).unwrap_or_default();
    (Reverse(restrictions), u16::try_from(sdk).unwrap_or(u16::MAX))
}
