//! The entries of one type in one configuration.
//!
//! Four layouts of the table of offsets (dense with 32 or 16 bits, sparse) and of the entry itself
//! (with header, compact) are read, simple values as well as bags: arrays, plurals, styles.

use super::Configuration;
use crate::bytes::{u16_at, u32_at};
use crate::formats::chunk::Chunk;

const FLAG_SPARSE: u8 = 1;
const FLAG_OFFSET16: u8 = 2;

const FLAG_COMPLEX: u16 = 1;
const FLAG_COMPACT: u16 = 8;

/// Size of one item of a bag in bytes: name and value.
const MAP_SIZE: usize = 12;

/// The value of an entry, or of one item of a bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Index into the table's string pool.
    String(u32),
    /// Another resource.
    Reference(u32),
    /// Any other type.
    Other {
        /// The value of `Res_value::dataType`.
        kind: u8,
        /// The value of `Res_value::data`.
        data: u32,
    },
    /// A bag; its items are counted only.
    Bag {
        /// Items that are really there.
        items: u32,
    },
}

impl Value {
    fn new(kind: u8, data: u32) -> Self {
        match kind {
            0x03 => Self::String(data),
            0x01 | 0x07 => Self::Reference(data),
            _ => Self::Other { kind, data },
        }
    }
}

/// The entries of one type in one configuration.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeChunk<'a> {
    /// Type id within the package, from 1.
    pub(super) id: u8,
    /// Absolute offset of the chunk.
    pub(super) offset: u64,
    flags: u8,
    /// The table of offsets, cut to what is there.
    offsets: &'a [u8],
    entries: &'a [u8],
    configuration: &'a [u8],
}

/// An entry with its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    /// Index of the name in the package's pool of entry names.
    pub(super) name: u32,
    pub(super) value: Value,
    items: &'a [u8],
}

impl<'a> Entry<'a> {
    fn parse(data: &'a [u8]) -> Option<Self> {
        let (first, flags, second) = (u16_at(data, 0)?, u16_at(data, 2)?, u32_at(data, 4)?);
        if flags & FLAG_COMPACT != 0 {
            let [_, kind] = flags.to_le_bytes();
            return Some(Self {
                name: u32::from(first),
                value: Value::new(kind, second),
                items: &[],
            });
        }
        let size = usize::from(first);
        if size < 8 {
            return None;
        }
        if flags & FLAG_COMPLEX == 0 {
            let value = data.get(size..)?;
            return Some(Self {
                name: second,
                value: Value::new(*value.get(3)?, u32_at(value, 4)?),
                items: &[],
            });
        }
        let stated = u32_at(data, 12)? as usize;
        let items = data.get(size..)?;
        let present = stated.min(items.len() / MAP_SIZE);
        Some(Self {
            name: second,
            value: Value::Bag {
                items: u32::try_from(present).unwrap_or(u32::MAX),
            },
            items: items.get(..present.saturating_mul(MAP_SIZE))?,
        })
    }

    /// The values of a bag's items; nothing for a simple entry.
    pub(super) fn items(&self) -> impl Iterator<Item = Value> + use<'a> {
        self.items.as_chunks::<MAP_SIZE>().0.iter().filter_map(|item| {
            let data = u32_at(item, 8)?;
            item.get(7).map(|&kind| Value::new(kind, data))
        })
    }
}

impl<'a> TypeChunk<'a> {
    /// Reads where the entries lie, or `None` when nothing of the chunk can be used.
    pub(super) fn parse(chunk: &Chunk<'a>) -> Option<Self> {
        let data = chunk.data;
        let &[id, flags] = data.get(8..)?.first_chunk()?;
        let count = u32_at(data, 12)? as usize;
        let start = u32_at(data, 16)? as usize;
        let narrow = is_narrow(flags);
        let table = data.get(chunk.header_size..)?;
        let entries = data.get(start..)?;
        // An index is 16 bits wide; more offsets cannot be addressed.
        let room = start
            .checked_sub(chunk.header_size)
            .unwrap_or(table.len())
            .min(table.len());
        let present = count.min(if narrow { room / 2 } else { room / 4 }).min(0x1_0000);
        (id != 0).then_some(Self {
            id,
            offset: chunk.offset,
            flags,
            offsets: table.get(..present.saturating_mul(if narrow { 2 } else { 4 }))?,
            entries,
            configuration: data.get(20..chunk.header_size).unwrap_or_default(),
        })
    }

    pub(super) fn configuration(&self) -> Configuration {
        Configuration::parse(self.configuration)
    }

    fn is_sparse(&self) -> bool {
        self.flags & FLAG_SPARSE != 0
    }

    /// The entry at `index`: absent, or present and readable or not.
    pub(super) fn entry(&self, index: u16) -> Option<Option<Entry<'a>>> {
        let position = usize::from(index);
        let offset = if self.is_sparse() {
            let slots = self.offsets.as_chunks::<4>().0;
            let key = |slot: &[u8; 4]| u16_at(slot, 0).unwrap_or_default();
            let found = slots.binary_search_by_key(&index, key).ok()?;
            wide(u16_at(slots.get(found)?, 2)?)
        } else if self.flags & FLAG_OFFSET16 != 0 {
            wide(u16_at(self.offsets, position.checked_mul(2)?).filter(|&offset| offset != u16::MAX)?)
        } else {
            u32_at(self.offsets, position.checked_mul(4)?).filter(|&offset| offset != u32::MAX)? as usize
        };
        Some(self.at(offset))
    }

    fn at(&self, offset: usize) -> Option<Entry<'a>> {
        self.entries.get(offset..).and_then(Entry::parse)
    }

    /// Number of slots in the table of offsets.
    pub(super) fn slots(&self) -> u64 {
        let size = self.offsets.len() as u64;
        if is_narrow(self.flags) { size / 2 } else { size / 4 }
    }

    /// Calls `visit` with the index of each entry and the entry, if it can be read.
    pub(super) fn for_each(&self, mut visit: impl FnMut(u16, Option<Entry<'a>>)) {
        if self.is_sparse() {
            for slot in self.offsets.as_chunks::<4>().0 {
                let &[a, b, c, d] = slot;
                visit(
                    u16::from_le_bytes([a, b]),
                    self.at(wide(u16::from_le_bytes([c, d]))),
                );
            }
        } else if self.flags & FLAG_OFFSET16 != 0 {
            for (index, slot) in (0..=u16::MAX).zip(self.offsets.as_chunks::<2>().0) {
                let offset = u16::from_le_bytes(*slot);
                if offset != u16::MAX {
                    visit(index, self.at(wide(offset)));
                }
            }
        } else {
            for (index, slot) in (0..=u16::MAX).zip(self.offsets.as_chunks::<4>().0) {
                let offset = u32::from_le_bytes(*slot);
                if offset != u32::MAX {
                    visit(index, self.at(offset as usize));
                }
            }
        }
    }
}

/// Whether the offsets are 16 bits wide; sparse ones are not, whatever else is said.
fn is_narrow(flags: u8) -> bool {
    flags & (FLAG_SPARSE | FLAG_OFFSET16) == FLAG_OFFSET16
}

/// An offset that is stored divided by four.
fn wide(offset: u16) -> usize {
    usize::from(offset).saturating_mul(4)
}
