//! Resource tables: `resources.arsc`.
//!
//! Format: `ResTable_header` and what follows it in AOSP
//! `libs/androidfw/include/androidfw/ResourceTypes.h`, read as `LoadedArsc` in
//! `libs/androidfw/LoadedArsc.cpp` reads it: the first string pool of the table and the first pools
//! of type and entry names that stand where the package says are the ones used; libraries,
//! overlayables, staged aliases and unknown chunks are passed over.
//!
//! A table is not unpacked. [`Table::parse`] notes where the chunks lie; strings, entries and
//! configurations are read when asked for.
//!
//! Known deviations: androidfw refuses a table with one chunk that lies about its size; here the
//! rest stays readable and an anomaly is noted. Overlays, libraries assigned an id at run time and
//! finalised staged ids are not resolved.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

mod configuration;
mod entries;
mod named;
mod resolve;
mod uses;

use std::borrow::Cow;

use thiserror::Error;

pub use configuration::Configuration;
pub use entries::Value;
pub use resolve::ResourceValue;
pub use uses::StringUse;

use super::chunk::{Chunk, Chunks, STRING_POOL, TABLE};
use super::string_pool::StringPool;
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::{u16_at, u32_at};
use crate::formats::text::letters_of_utf16;
use crate::limits::Budget;
use entries::TypeChunk;

const PACKAGE: u16 = 0x0200;
const TYPE: u16 = 0x0201;
/// Type specifications, libraries, overlayables, their policies, staged aliases.
const PASSED_OVER: std::ops::RangeInclusive<u16> = 0x0202..=0x0206;

/// Packages one table can have, a package id being one byte.
const PACKAGES: usize = 256;

/// Size of the longest name of an entry that is read, in bytes.
const ENTRY_NAME: usize = 2048;

/// Why a table cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArscError {
    /// No table chunk was found.
    #[error("no resource table in {size} bytes")]
    NoTable {
        /// Size of the data in bytes.
        size: u64,
    },
}

/// A resource table over the bytes it was read from.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    pool: StringPool<'a>,
    packages: Vec<Package<'a>>,
}

/// One package of a table.
#[derive(Debug, Clone)]
pub struct Package<'a> {
    /// Package id; `0x7f` for apps.
    pub id: u32,
    /// Package name.
    pub name: String,
    type_names: StringPool<'a>,
    entry_names: StringPool<'a>,
    type_id_offset: u32,
    types: Vec<TypeChunk<'a>>,
}

impl<'a> Table<'a> {
    /// Reads where everything lies.
    ///
    /// # Errors
    /// When there is no table at all.
    ///
    /// # Limits
    /// Chunks are bounded by the data and by the budget; at most 256 packages are kept.
    pub fn parse(data: &'a [u8], budget: &mut Budget, anomalies: &mut Anomalies) -> Result<Self, ArscError> {
        let file = Chunks::new(data, 0).find(|chunk| chunk.kind == TABLE);
        let file = file.or_else(|| mislabelled(data)).ok_or(ArscError::NoTable {
            size: data.len() as u64,
        })?;
        if file.kind != TABLE || file.offset != 0 || !file.sound || file.data.len() != data.len() {
            anomalies.at(AnomalyKind::ArscHeader, file.offset);
        }
        let mut pool = None;
        let mut packages = Vec::new();
        for chunk in file.children() {
            if !note(&chunk, budget, anomalies) {
                break;
            }
            match chunk.kind {
                STRING_POOL if pool.is_none() => pool = Some(read_pool(&chunk, anomalies)),
                PACKAGE if packages.len() < PACKAGES => {
                    packages.push(Package::parse(&chunk, budget, anomalies))
                }
                _ => anomalies.at(AnomalyKind::ArscUnknownChunk, chunk.offset),
            }
        }
        let stated = u32_at(file.data, 8).map_or(0, |count| count as usize);
        if stated != packages.len() {
            anomalies.at(AnomalyKind::ArscHeader, file.offset.saturating_add(8));
        }
        if pool.is_none() {
            anomalies.at(AnomalyKind::ArscStringPool, file.body_offset());
        }
        Ok(Self {
            pool: pool.unwrap_or_default(),
            packages,
        })
    }

    /// The strings that all values refer to, by index.
    #[must_use]
    pub fn pool(&self) -> &StringPool<'a> {
        &self.pool
    }

    /// The packages in the order of the file.
    #[must_use]
    pub fn packages(&self) -> &[Package<'a>] {
        &self.packages
    }
}

impl<'a> Package<'a> {
    fn parse(chunk: &Chunk<'a>, budget: &mut Budget, anomalies: &mut Anomalies) -> Self {
        let data = chunk.data;
        let field = |position: usize| {
            u32_at(data, position).filter(|_| position.saturating_add(4) <= chunk.header_size)
        };
        let at = |position: usize| field(position).map(|start| chunk.offset.saturating_add(u64::from(start)));
        let (type_names, entry_names) = (at(268), at(276));
        let mut package = Self {
            id: field(8).unwrap_or_default(),
            name: package_name(data.get(12..268).unwrap_or_default()),
            type_names: StringPool::default(),
            entry_names: StringPool::default(),
            type_id_offset: field(284).unwrap_or_default(),
            types: Vec::new(),
        };
        let mut pools: Vec<Chunk<'a>> = Vec::new();
        for child in chunk.children() {
            if !note(&child, budget, anomalies) {
                break;
            }
            match child.kind {
                STRING_POOL => pools.push(child),
                TYPE => match TypeChunk::parse(&child) {
                    Some(chunk) => package.types.push(chunk),
                    None => anomalies.at(AnomalyKind::ArscEntry, child.offset),
                },
                kind if PASSED_OVER.contains(&kind) => {}
                _ => anomalies.at(AnomalyKind::ArscUnknownChunk, child.offset),
            }
        }
        let mut take = |stated: Option<u64>, position: usize| {
            let exact = pools.iter().find(|pool| Some(pool.offset) == stated);
            let pool = exact.or_else(|| {
                anomalies.at(AnomalyKind::ArscStringPool, chunk.offset);
                pools.get(position)
            });
            pool.map(|pool| read_pool(pool, anomalies)).unwrap_or_default()
        };
        package.type_names = take(type_names, 0);
        package.entry_names = take(entry_names, 1);
        // Stable, so that the configurations of a type keep the order of the file.
        package.types.sort_by_key(|chunk| chunk.id);
        package
    }

    /// The name of a type such as `string`, by its id within the chunk.
    fn type_name(&self, id: u8) -> Option<Cow<'a, str>> {
        self.type_names.get(u32::from(id).checked_sub(1)?)
    }

    /// The name of an entry; longer ones than any compiler writes count as unreadable.
    fn entry_name(&self, index: u32) -> Option<Cow<'a, str>> {
        let raw = self.entry_names.raw(index)?;
        (raw.bytes.len() <= ENTRY_NAME).then(|| raw.decode())
    }

    /// The resource id of the entry at `index` of `chunk`.
    fn resource_id(&self, chunk: &TypeChunk<'a>, index: u16) -> u32 {
        let type_id = u32::from(chunk.id).saturating_add(self.type_id_offset);
        ((self.id & 0xff) << 24) | ((type_id & 0xff) << 16) | u32::from(index)
    }

    /// The chunks of the type that `id` names.
    fn types_of(&self, id: u32) -> &[TypeChunk<'a>] {
        let wanted = ((id >> 16) & 0xff)
            .checked_sub(self.type_id_offset)
            .and_then(|id| u8::try_from(id).ok());
        let Some(wanted) = wanted else {
            return &[];
        };
        let start = self.types.partition_point(|chunk| chunk.id < wanted);
        let end = self.types.partition_point(|chunk| chunk.id <= wanted);
        self.types.get(start..end).unwrap_or_default()
    }
}

/// Charges the budget for `chunk` and notes when its size lies; `false` when the budget is spent.
fn note(chunk: &Chunk<'_>, budget: &mut Budget, anomalies: &mut Anomalies) -> bool {
    if !chunk.sound {
        anomalies.at(AnomalyKind::ArscChunkSize, chunk.offset);
    }
    if budget.steps(1) {
        return true;
    }
    anomalies.at(AnomalyKind::BudgetSpent, chunk.offset);
    false
}

fn read_pool<'a>(chunk: &Chunk<'a>, anomalies: &mut Anomalies) -> StringPool<'a> {
    let pool = StringPool::parse(chunk);
    if !pool.is_sound() {
        anomalies.at(AnomalyKind::ArscStringPool, chunk.offset);
    }
    pool
}

/// A table whose own type is wrong, known by the string pool or package that it begins with.
fn mislabelled(data: &[u8]) -> Option<Chunk<'_>> {
    let file = Chunk::read(data, 0, |_, data| Some(data.len()))?;
    let first = file.children().next()?;
    matches!(first.kind, STRING_POOL | PACKAGE).then_some(file)
}

fn package_name(bytes: &[u8]) -> String {
    let units =
        (0..128_usize).map_while(|index| u16_at(bytes, index.saturating_mul(2)).filter(|&unit| unit != 0));
    letters_of_utf16(units).collect()
}
