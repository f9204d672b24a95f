//! DEX, the code of an app: tables of names, class definitions and Dalvik instructions.
//!
//! Formats: <https://source.android.com/docs/core/runtime/dex-format>, `dalvik-bytecode` and
//! `instruction-formats` beside it. AOSP: `art/libdexfile/dex/` (`dex_file.h`, `dex_file_loader.cc`,
//! `dex_file_verifier.cc`, `dex_instruction_list.h`) and `art/dexdump`.
//!
//! [`Dex::parse`] reads the header, clips each table to the bytes that are there and compares the
//! checksum. Everything else is read from the bytes when it is asked for, without allocation, and
//! answers `None` where the file lies. Offsets in the file are relative to the start of the dex
//! file, from version 41 on to the start of the container; [`Dex::absolute`] turns both into
//! offsets within the buffer that was parsed. What a walk over everything would notice is noted by
//! [`Dex::audit`].
//!
//! Deviations from ART, which refuses what its verifier does not like: versions it does not run, a
//! wrong checksum, endian tag or size, unsorted and clipped tables are noted and read all the same.
//! Numbers are little-endian whatever the endian tag says. The SHA-1 is not computed: Android does
//! not check it either. Debug information and the link section are not read.
//!
//! Indices are plain numbers, as in the file; each accessor says which table it means, and none is
//! trusted to lie inside that table.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests build their own input"
    )
)]

mod annotation;
mod audit;
mod class;
mod code;
mod header;
mod ids;
mod instruction;
mod map;
pub mod mutf8;
mod opcode;
mod search;
mod strings;
mod table;
mod value;

use std::fmt;
use std::sync::OnceLock;

use thiserror::Error;

use crate::anomaly::{Anomalies, AnomalyKind};
use crate::limits::{Budget, Limits};
use header::{CONTAINER_HEADER_SIZE, CONTAINER_VERSION, ENDIAN_TAG, HEADER_SIZE};
use table::Table;

pub use annotation::{Annotation, AnnotationDirectory, AnnotationSet, ParameterAnnotations};
pub use class::{
    ClassData, ClassDefinition, EncodedField, EncodedFields, EncodedMethod, EncodedMethods, access,
};
pub use code::{Code, Handler, Handlers, Numbers, Payload, Try};
pub use header::{Header, Section, is_dex};
pub use ids::{Field, Method, Prototype, TypeList};
pub use instruction::{Instruction, InstructionError, Instructions, Reference, References, Registers};
pub use map::{MapItem, MethodHandle, item};
pub use opcode::{Flow, Format, IndexKind, Opcode};
pub use strings::{Literals, StringSet, Strings};
pub use value::{Elements, EncodedAnnotation, EncodedArray, Value, Values};

/// Stands for "none" where an index may be missing.
const NO_INDEX: u32 = u32::MAX;

/// Why data cannot be read as a dex file at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DexError {
    /// It does not begin like one.
    #[error("no dex file begins at offset {offset}")]
    NotDex {
        /// Absolute offset in bytes.
        offset: u64,
    },
    /// It ends inside the header.
    #[error("the dex file at offset {offset} ends inside its header, after {available} bytes")]
    TooShort {
        /// Absolute offset in bytes.
        offset: u64,
        /// Bytes that are there.
        available: u64,
    },
    /// The work budget was spent before.
    #[error("the work budget was spent before the dex file at offset {offset}")]
    BudgetSpent {
        /// Absolute offset in bytes.
        offset: u64,
    },
}

/// One dex file over borrowed data.
#[derive(Clone)]
pub struct Dex<'a> {
    /// What the offsets in the file are relative to, up to the end of the buffer.
    bytes: &'a [u8],
    /// Absolute offset of `bytes`.
    origin: u64,
    /// Absolute offset of the header.
    offset: u64,
    header: Header,
    strings: Table<'a, 4>,
    types: Table<'a, 4>,
    prototypes: Table<'a, 12>,
    fields: Table<'a, 8>,
    methods: Table<'a, 8>,
    classes: Table<'a, 32>,
    map: Table<'a, 12>,
    call_sites: Table<'a, 4>,
    method_handles: Table<'a, 8>,
    /// Bytes after which a string is cut.
    string_cap: usize,
    sorted: OnceLock<bool>,
    /// The strings in the order of their bytes, once they are looked for in a table without order.
    order: OnceLock<Box<[u32]>>,
    /// Made by `search` when it is first needed.
    beginnings: OnceLock<Box<[u128]>>,
}

impl fmt::Debug for Dex<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Dex")
            .field("offset", &self.offset)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl<'a> Dex<'a> {
    /// Reads the dex files in `data`, which begins with one: a single file, all files of a
    /// container, or old files written behind one another (noted as
    /// [`AnomalyKind::DexHidden`], for Android runs the first alone). At least one is returned.
    ///
    /// # Errors
    /// When the first header is not one. A broken header behind the first is noted.
    ///
    /// # Limits
    /// `Limits::dex_files` files; one step of the budget for each.
    pub fn parse(
        data: &'a [u8],
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Result<Vec<Self>, DexError> {
        let mut files = Vec::with_capacity(1);
        let mut position = 0usize;
        let mut container_start = 0usize;
        while files.len() < limits.dex_files {
            let offset = position as u64;
            if !budget.steps(1) {
                anomalies.at(AnomalyKind::BudgetSpent, offset);
                break;
            }
            let file = match Self::parse_one(data, container_start, position, limits, anomalies) {
                Ok(file) => file,
                Err(error) if files.is_empty() => return Err(error),
                Err(_) => {
                    anomalies.at(AnomalyKind::DexHeader, offset);
                    break;
                }
            };
            let header = file.header;
            files.push(file);
            let Some(next) = next_file(data, position, &header) else {
                if trailing(data, position, &header) {
                    let end = offset.saturating_add(header.file_size.into());
                    anomalies.at(AnomalyKind::DexHeader, end);
                }
                break;
            };
            let in_container = header
                .container_size
                .is_some_and(|size| next < container_start.saturating_add(size as usize));
            if !in_container {
                container_start = next;
                anomalies.at(AnomalyKind::DexHidden, next as u64);
            }
            position = next;
        }
        if files.is_empty() {
            return Err(DexError::BudgetSpent { offset: 0 });
        }
        Ok(files)
    }

    fn parse_one(
        data: &'a [u8],
        container_start: usize,
        position: usize,
        limits: &Limits,
        anomalies: &mut Anomalies,
    ) -> Result<Self, DexError> {
        let offset = position as u64;
        let own = data.get(position..).unwrap_or_default();
        if !is_dex(own) {
            return Err(DexError::NotDex { offset });
        }
        let header = Header::read(own).ok_or(DexError::TooShort {
            offset,
            available: own.len() as u64,
        })?;
        let relative = position.saturating_sub(container_start);
        check_header(own, relative, offset, &header, anomalies);
        let origin = if header.version >= CONTAINER_VERSION {
            container_start
        } else {
            position
        };
        let bytes = data.get(origin..).unwrap_or_default();
        let map = map::table(bytes, header.map_offset);
        let clip = |section: Section| (bytes, section.offset, section.count);
        let dex = Self {
            bytes,
            origin: origin as u64,
            offset,
            header,
            strings: table(clip(header.strings), offset, anomalies),
            types: table(clip(header.types), offset, anomalies),
            prototypes: table(clip(header.prototypes), offset, anomalies),
            fields: table(clip(header.fields), offset, anomalies),
            methods: table(clip(header.methods), offset, anomalies),
            classes: table(clip(header.classes), offset, anomalies),
            call_sites: table(map::section(bytes, map, item::CALL_SITE), offset, anomalies),
            method_handles: table(map::section(bytes, map, item::METHOD_HANDLE), offset, anomalies),
            map,
            string_cap: limits.dex_string_bytes,
            sorted: OnceLock::new(),
            order: OnceLock::new(),
            beginnings: OnceLock::new(),
        };
        Ok(dex)
    }

    /// What the header states.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Absolute offset of the header within the parsed buffer, in bytes.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What stands behind the map list, with which writers end a file; nothing when there is none.
    #[must_use]
    pub fn behind_map(&self) -> &'a [u8] {
        let rows = self.map.rows().len().saturating_mul(12);
        let end = (self.header.map_offset as usize)
            .saturating_add(4)
            .saturating_add(rows);
        match self.header.map_offset {
            0 => &[],
            _ => self.bytes.get(end..).unwrap_or_default(),
        }
    }

    /// Absolute offset of the end of the parsed buffer, in bytes.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.origin.saturating_add(self.available())
    }

    /// Bytes from the start of the file, or of the container it stands in, to the end of the parsed
    /// buffer.
    #[must_use]
    pub fn available(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Absolute offset within the parsed buffer, in bytes, of an offset that stands in the file.
    #[must_use]
    pub fn absolute(&self, offset: u32) -> u64 {
        self.origin.saturating_add(offset.into())
    }
}

/// Clips a table and notes it when rows are missing.
fn table<'a, const N: usize>(
    (bytes, offset, count): (&'a [u8], u32, u32),
    header_offset: u64,
    anomalies: &mut Anomalies,
) -> Table<'a, N> {
    let table = Table::clip(bytes, offset, count);
    if table.is_clipped() {
        anomalies.at(AnomalyKind::DexTable, header_offset);
    }
    table
}

/// Notes what is wrong with a header; `own` begins with it and `relative` is its place in the
/// container.
fn check_header(own: &[u8], relative: usize, offset: u64, header: &Header, anomalies: &mut Anomalies) {
    let mut note = |kind, field: u64| anomalies.at(kind, offset.saturating_add(field));
    let expected_size = match header.version {
        35 | 37..=40 => HEADER_SIZE,
        CONTAINER_VERSION => CONTAINER_HEADER_SIZE,
        _ => {
            note(AnomalyKind::DexVersion, 4);
            header.header_size
        }
    };
    if header.file_size as usize > own.len() || header.file_size < HEADER_SIZE {
        note(AnomalyKind::DexHeader, 0x20);
    }
    if header.header_size != expected_size {
        note(AnomalyKind::DexHeader, 0x24);
    }
    if header.endian_tag != ENDIAN_TAG {
        note(AnomalyKind::DexHeader, 0x28);
    }
    let container_end = relative.saturating_add(own.len());
    if header
        .container_size
        .is_some_and(|size| size as usize > container_end)
    {
        note(AnomalyKind::DexHeader, 0x70);
    }
    if header
        .header_offset
        .is_some_and(|stated| stated as usize != relative)
    {
        note(AnomalyKind::DexHeader, 0x74);
    }
    // The checksum covers what the file states as its own; of a file that is cut off, what is left.
    let checked = own.get(..header.file_size as usize).unwrap_or(own);
    let computed = simd_adler32::adler32(&checked.get(12..).unwrap_or_default());
    if computed != header.checksum {
        note(AnomalyKind::DexChecksum, 8);
    }
}

/// Where the next dex file begins, right behind the one at `position` or at the next multiple of
/// four behind it.
fn next_file(data: &[u8], position: usize, header: &Header) -> Option<usize> {
    if header.file_size < HEADER_SIZE {
        return None;
    }
    let end = position.checked_add(header.file_size as usize)?;
    [end, end.checked_next_multiple_of(4)?]
        .into_iter()
        .find(|next| data.get(*next..).is_some_and(is_dex))
}

/// Whether something stands behind the file at `position` that its header does not account for.
fn trailing(data: &[u8], position: usize, header: &Header) -> bool {
    let end = position.saturating_add(header.file_size as usize);
    header.file_size >= HEADER_SIZE && end < data.len()
}

#[cfg(test)]
#[path = "../../../tests/support/dex.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each test binary uses its part of the builder"
)]
pub(crate) mod builder;
#[cfg(test)]
mod tests;
