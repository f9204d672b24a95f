//! Binary XML: the manifest and every compiled XML file of a package.
//!
//! Format: `ResXMLTree` of AOSP `libs/androidfw/include/androidfw/ResourceTypes.h`, read as
//! `ResXMLTree::setTo` and `ResXMLParser::nextNode` in `libs/androidfw/ResourceTypes.cpp` read it:
//! the type of the file's header is not looked at; of several string pools and resource maps before
//! the first node the last counts; chunks of unknown type between the nodes are passed over; an end
//! tag closes the innermost element whatever its name; attributes are found by start and stride.
//!
//! Known deviations: where androidfw gives up (sizes that lie, nodes that do not hold their
//! attributes), reading goes on with what can be made of it, and an anomaly is noted.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

mod nodes;

use std::sync::Arc;

use thiserror::Error;

use super::chunk::{Chunk, Chunks, HEADER_SIZE, STRING_POOL, XML};
use super::document::Document;
use super::string_pool::StringPool;
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::u32_at;
use crate::limits::{Budget, Limits};
use nodes::Builder;

const RESOURCE_MAP: u16 = 0x0180;
const FIRST_NODE: u16 = 0x0100;
const LAST_NODE: u16 = 0x017f;

/// Why a document cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AxmlError {
    /// There is not even a header.
    #[error("{size} bytes are too few for binary XML")]
    TooShort {
        /// Size of the data in bytes.
        size: u64,
    },
    /// No element was found.
    #[error("no element in binary XML, searched from offset {offset}")]
    NoElement {
        /// Absolute offset where the first node was looked for.
        offset: u64,
    },
}

/// Parses binary XML.
///
/// # Errors
/// When no element can be found.
///
/// # Limits
/// Elements and attributes together are bounded by [`Limits::xml_nodes`], nesting by
/// [`Limits::xml_depth`], both by the budget; decoded text by four times the size of `data`.
pub fn parse(
    data: &[u8],
    limits: &Limits,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> Result<Document, AxmlError> {
    let file = Chunk::read(data, 0, |_, data| Some(data.len())).ok_or(AxmlError::TooShort {
        size: data.len() as u64,
    })?;
    if file.kind != XML || !file.sound || file.header_size != HEADER_SIZE || file.data.len() != data.len() {
        anomalies.at(AnomalyKind::AxmlHeader, 0);
    }
    let chunks = file.children().repaired_by(nodes::size_of_node);
    let (pool, map) = preamble(chunks.clone(), anomalies);
    let strings = Strings::new(pool, data.len().saturating_mul(4));
    let mut builder = Builder::new(strings, map, limits, budget, anomalies);
    let mut seen_node = false;
    for chunk in chunks {
        let is_node = (FIRST_NODE..=LAST_NODE).contains(&chunk.kind);
        if !is_node && (seen_node || !matches!(chunk.kind, STRING_POOL | RESOURCE_MAP)) {
            builder.anomalies.at(AnomalyKind::AxmlUnknownChunk, chunk.offset);
        }
        seen_node |= is_node;
        if !builder.chunk(&chunk) {
            break;
        }
    }
    builder.finish().ok_or(AxmlError::NoElement {
        offset: file.body_offset(),
    })
}

/// Whether `data` looks like XML written as text, which begins with a tag behind an optional mark.
#[must_use]
pub fn is_text(data: &[u8]) -> bool {
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let first = data.iter().take(64).find(|byte| !byte.is_ascii_whitespace());
    first == Some(&b'<') || data.starts_with(b"\xff\xfe<\0") || data.starts_with(b"\xfe\xff\0<")
}

/// Finds the string pool and the resource map: the last of each before the first node, else the
/// first of each behind it.
fn preamble<'a>(chunks: Chunks<'a>, anomalies: &mut Anomalies) -> (StringPool<'a>, ResourceMap<'a>) {
    let mut pool: Option<Chunk<'a>> = None;
    let mut map: Option<Chunk<'a>> = None;
    let mut seen_node = false;
    for chunk in chunks {
        match chunk.kind {
            STRING_POOL if !seen_node || pool.is_none() => {
                if seen_node || pool.is_some() {
                    anomalies.at(AnomalyKind::AxmlStringPool, chunk.offset);
                }
                pool = Some(chunk);
            }
            RESOURCE_MAP if !seen_node || map.is_none() => {
                if seen_node || map.is_some() {
                    anomalies.at(AnomalyKind::AxmlResourceMap, chunk.offset);
                }
                map = Some(chunk);
            }
            FIRST_NODE..=LAST_NODE => {
                seen_node = true;
                if pool.is_some() {
                    break;
                }
            }
            _ => {}
        }
    }
    let strings = pool.map(|chunk| StringPool::parse(&chunk)).unwrap_or_default();
    if !strings.is_sound() {
        anomalies.at(AnomalyKind::AxmlStringPool, pool.map_or(0, |chunk| chunk.offset));
    }
    let ids = map.map(|chunk| chunk.body()).unwrap_or_default();
    if ids.len() / 4 > strings.len() {
        anomalies.at(AnomalyKind::AxmlResourceMap, map.map_or(0, |chunk| chunk.offset));
    }
    (strings, ResourceMap { ids })
}

/// Resource ids of the attributes, by the index of their name in the string pool.
#[derive(Debug, Clone, Copy)]
struct ResourceMap<'a> {
    ids: &'a [u8],
}

impl ResourceMap<'_> {
    fn get(&self, name: u32) -> Option<u32> {
        u32_at(self.ids, (name as usize).checked_mul(4)?).filter(|&id| id != 0)
    }
}

/// The string pool with each string decoded once and shared.
struct Strings<'a> {
    pool: StringPool<'a>,
    decoded: Vec<Option<Option<Arc<str>>>>,
    room: usize,
    empty: Arc<str>,
}

/// Index that stands for no string.
const NO_STRING: u32 = u32::MAX;

impl<'a> Strings<'a> {
    fn new(pool: StringPool<'a>, room: usize) -> Self {
        Self {
            pool,
            decoded: vec![None; pool.len()],
            room,
            empty: Arc::from(""),
        }
    }

    /// The string at `index`; notes an anomaly at `offset` the first time it cannot be read.
    fn get(&mut self, index: u32, offset: u64, anomalies: &mut Anomalies) -> Option<Arc<str>> {
        if index == NO_STRING {
            return None;
        }
        let Some(slot) = self.decoded.get_mut(index as usize) else {
            anomalies.at(AnomalyKind::AxmlStringPool, offset);
            return None;
        };
        if let Some(known) = slot {
            return known.clone();
        }
        let raw = self.pool.raw(index);
        if raw.is_none_or(|raw| !raw.terminated) {
            anomalies.at(AnomalyKind::AxmlStringPool, raw.map_or(offset, |raw| raw.offset));
        }
        // Strings may overlap; without the cap a small pool could decode to any size.
        let text = raw.and_then(|raw| {
            let Some(room) = self.room.checked_sub(raw.bytes.len()) else {
                anomalies.at(AnomalyKind::BudgetSpent, raw.offset);
                return None;
            };
            self.room = room;
            Some(Arc::from(raw.decode()))
        });
        *slot = Some(text.clone());
        text
    }
}
