//! ELF, the format of native libraries: their texts, what they are called by and what they call.
//!
//! Format: System V gABI, chapters 4 and 5. AOSP: `bionic/linker/linker_phdr.cpp` and `linker.cpp`.
//!
//! goblin decodes the rows of each table; which rows, is decided here. Its `Elf::parse` would read
//! tables that are each bounded by the file, while their product is not. Here every count is
//! clipped to the rows that are there and to `Limits::library_rows`, and ranges that overlap are
//! merged, so that no byte is visited twice for a text.
//!
//! Read-only data is found by the flags of the sections, whose names can be stripped or changed;
//! where no section is left to go by, it is every loaded segment that is not writable. Android
//! runs a library by its segments alone, so sections that lie can hide a text.
//!
//! Deviations from the linker: the order of bytes is obeyed, the version and type are not looked
//! at, and extended numbering of sections and segments is taken for none.

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
        reason = "tests build their own input"
    )
)]

mod linking;
mod marks;

use std::collections::BTreeSet;
use std::ops::Range;

use goblin::container::Ctx;
use goblin::elf::header::{self, Header};
use goblin::elf::program_header::PT_LOAD;
use goblin::elf::section_header::{SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_PROGBITS};
use goblin::elf::{Elf, ProgramHeader, SectionHeader};
use thiserror::Error;

use crate::anomaly::{Anomalies, AnomalyKind};
use crate::limits::{Budget, Limits};
use linking::Linking;
pub use marks::Marks;

/// Fewest characters of a text; shorter runs are mostly numbers that look like one.
const SHORTEST_TEXT: usize = 4;

/// Why data cannot be read as a native library at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ElfError {
    /// There is no ELF header, or its class or order of bytes is unknown.
    #[error("no ELF header in {length} bytes")]
    NotElf {
        /// Length of the data in bytes.
        length: u64,
    },
    /// The budget of steps is spent.
    #[error("no budget left for the tables of a native library")]
    BudgetSpent,
}

/// The processor a library is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// 32-bit ARM.
    Arm,
    /// 64-bit ARM.
    Arm64,
    /// 32-bit x86.
    X86,
    /// 64-bit x86.
    X8664,
    /// RISC-V.
    RiscV,
    /// Any other, by its number in the header.
    Other(u16),
}

impl From<u16> for Architecture {
    fn from(machine: u16) -> Self {
        match machine {
            header::EM_ARM => Self::Arm,
            header::EM_AARCH64 => Self::Arm64,
            header::EM_386 => Self::X86,
            header::EM_X86_64 => Self::X8664,
            header::EM_RISCV => Self::RiscV,
            other => Self::Other(other),
        }
    }
}

/// A native library.
#[derive(Debug, Clone)]
pub struct Library<'a> {
    /// The processor it is made for.
    pub architecture: Architecture,
    /// Whether that has 64 bits.
    pub is_wide: bool,
    /// Names under which Java finds its functions: `Java_…` and `JNI_OnLoad`.
    pub jni_names: BTreeSet<String>,
    /// File names of the libraries it needs.
    pub needed: BTreeSet<String>,
    /// Names of the functions and variables that it takes from others.
    pub imports: BTreeSet<String>,
    /// What tells that it is packed.
    pub marks: Marks,
    data: &'a [u8],
    linking: Linking<'a>,
    read_only: Vec<Range<usize>>,
}

/// A range of read-only data; no two of a library overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region<'a> {
    /// Offset in the file, in bytes.
    pub offset: usize,
    /// The bytes.
    pub data: &'a [u8],
}

impl<'a> Library<'a> {
    /// Reads the tables of a library. Those that cannot be read count as empty.
    ///
    /// # Errors
    /// When `data` does not begin with an ELF header, or the budget is spent.
    ///
    /// # Limits
    /// `limits.library_rows` rows of each table; one step of the budget for each.
    pub fn parse(
        data: &'a [u8],
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Result<Self, ElfError> {
        let length = data.len() as u64;
        let header = Elf::parse_header(data).map_err(|_| ElfError::NotElf { length })?;
        let (Ok(container), Ok(order)) = (header.container(), header.endianness()) else {
            return Err(ElfError::NotElf { length });
        };
        let context = Ctx::new(container, order);
        let (segments, sections) = tables(data, &header, context, limits, anomalies);
        let linking = Linking::read(data, &segments, context, limits, anomalies);
        let rows = segments.len().saturating_add(sections.len());
        if !budget.steps(rows.saturating_add(linking.row_count()) as u64) {
            return Err(ElfError::BudgetSpent);
        }
        Ok(Self {
            architecture: header.e_machine.into(),
            is_wide: container.is_big(),
            jni_names: linking.jni_names(),
            needed: linking.needed(),
            imports: linking.imports(),
            marks: Marks::read(data, &sections, &segments, header.e_shstrndx),
            data,
            linking,
            read_only: read_only(data, &sections, &segments),
        })
    }

    /// The read-only data in the order of the file.
    pub fn regions(&self) -> impl Iterator<Item = Region<'a>> {
        let data = self.data;
        self.read_only.iter().filter_map(move |range| {
            Some(Region {
                offset: range.start,
                data: data.get(range.clone())?,
            })
        })
    }

    /// What the exported symbol called `name` stands for, as far as the file holds it.
    #[must_use]
    pub fn symbol(&self, name: &str) -> Option<Region<'a>> {
        let range = self.linking.find(name)?;
        Some(Region {
            offset: range.start,
            data: self.data.get(range)?,
        })
    }

    /// The texts of all regions, with their offsets in the file.
    pub fn strings(&self) -> impl Iterator<Item = (u64, &'a str)> {
        self.regions().flat_map(Region::strings)
    }
}

impl<'a> Region<'a> {
    /// The texts with their offsets in the file: runs of printable ASCII that end in a NUL.
    pub fn strings(self) -> impl Iterator<Item = (u64, &'a str)> {
        let mut start = 0;
        memchr::memchr_iter(0, self.data).filter_map(move |end| {
            let piece = self.data.get(start..end)?;
            start = end.saturating_add(1);
            let printable = |byte: &&u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
            let run = piece.iter().rev().take_while(printable).count();
            if run < SHORTEST_TEXT {
                return None;
            }
            let first = end.saturating_sub(run);
            let text = std::str::from_utf8(self.data.get(first..end)?).ok()?;
            Some((self.offset.saturating_add(first) as u64, text))
        })
    }
}

/// Rows of `size` bytes that a table at `offset` has, of `count` stated ones.
fn rows(
    data: &[u8],
    offset: u64,
    count: u64,
    size: usize,
    limits: &Limits,
    anomalies: &mut Anomalies,
) -> usize {
    let space = (data.len() as u64).saturating_sub(offset);
    let there = count.min(space.checked_div(size as u64).unwrap_or_default());
    if there < count {
        anomalies.at(AnomalyKind::ElfTable, offset);
    }
    usize::try_from(there).map_or(0, |there| there.min(limits.library_rows))
}

/// The rows of the segment and section tables, as far as they can be read.
fn tables(
    data: &[u8],
    header: &Header,
    context: Ctx,
    limits: &Limits,
    anomalies: &mut Anomalies,
) -> (Vec<ProgramHeader>, Vec<SectionHeader>) {
    let mut count = |offset: u64, count: u16, stride: u16, size: usize| {
        if count > 0 && usize::from(stride) != size {
            anomalies.at(AnomalyKind::ElfTable, offset);
            return (0, 0);
        }
        let count = rows(data, offset, count.into(), size, limits, anomalies);
        (usize::try_from(offset).unwrap_or(usize::MAX), count)
    };
    let size = ProgramHeader::size(context);
    let (at, many) = count(header.e_phoff, header.e_phnum, header.e_phentsize, size);
    let segments = ProgramHeader::parse(data, at, many, context);
    let size = SectionHeader::size(context);
    let (at, many) = count(header.e_shoff, header.e_shnum, header.e_shentsize, size);
    // Of no rows, goblin would read the first to learn how many there are.
    let sections = match many {
        0 => Ok(Vec::new()),
        _ => SectionHeader::parse(data, at, many, context),
    };
    (segments.unwrap_or_default(), sections.unwrap_or_default())
}

/// `size` bytes at `offset`, as far as they are there.
fn range(data: &[u8], offset: u64, size: u64) -> Range<usize> {
    let clip = |end: u64| usize::try_from(end).map_or(data.len(), |end| end.min(data.len()));
    clip(offset)..clip(offset.saturating_add(size))
}

fn read_only(data: &[u8], sections: &[SectionHeader], segments: &[ProgramHeader]) -> Vec<Range<usize>> {
    let kept = u64::from(SHF_ALLOC);
    let flags = u64::from(SHF_ALLOC | SHF_WRITE | SHF_EXECINSTR);
    let mut ranges: Vec<Range<usize>> = sections
        .iter()
        .filter(|section| section.sh_type == SHT_PROGBITS && section.sh_flags & flags == kept)
        .map(|section| range(data, section.sh_offset, section.sh_size))
        .filter(|range| !range.is_empty())
        .collect();
    if ranges.is_empty() {
        let loaded = segments
            .iter()
            .filter(|segment| segment.p_type == PT_LOAD && !segment.is_write());
        ranges.extend(loaded.map(|segment| range(data, segment.p_offset, segment.p_filesz)));
    }
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
#[path = "../../../tests/support/elf.rs"]
pub(crate) mod builder;
#[cfg(test)]
mod tests;
