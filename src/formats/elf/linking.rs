//! What the dynamic linker reads of a library: the names it gives and takes.

use std::collections::BTreeSet;
use std::ops::Range;

use goblin::container::Ctx;
use goblin::elf::dynamic::{DT_NEEDED, DT_STRSZ, DT_STRTAB, DT_SYMTAB, Dyn, Dynamic};
use goblin::elf::program_header::{PT_DYNAMIC, PT_LOAD};
use goblin::elf::sym::Symtab;
use goblin::elf::{ProgramHeader, Sym};

use super::{range, rows};
use crate::anomaly::Anomalies;
use crate::limits::Limits;

/// Longest name of a symbol or library that is kept, in bytes.
const LONGEST_NAME: usize = 256;
/// Names kept of one table.
const MOST_NAMES: usize = 4096;

/// What the dynamic linker reads.
#[derive(Debug, Clone)]
pub(super) struct Linking<'a> {
    data: &'a [u8],
    context: Ctx,
    segments: Vec<ProgramHeader>,
    rows: Vec<Dyn>,
    names: &'a [u8],
    /// Offset in the file and number of the symbols.
    symbols: (usize, usize),
}

impl<'a> Linking<'a> {
    /// Reads the table of the first dynamic segment, and those it points to.
    pub(super) fn read(
        data: &'a [u8],
        segments: &[ProgramHeader],
        context: Ctx,
        limits: &Limits,
        anomalies: &mut Anomalies,
    ) -> Self {
        let mut found = Self {
            data,
            context,
            segments: segments.to_vec(),
            rows: Vec::new(),
            names: &[],
            symbols: (0, 0),
        };
        let Some(mut table) = segments
            .iter()
            .find(|segment| segment.p_type == PT_DYNAMIC)
            .cloned()
        else {
            return found;
        };
        let size = Dyn::size(context.container);
        let count = table.p_filesz.checked_div(size as u64).unwrap_or_default();
        let count = rows(data, table.p_offset, count, size, limits, anomalies);
        table.p_filesz = count.saturating_mul(size) as u64;
        // Given this one segment only, goblin has no others to search for each row.
        if let Ok(Some(dynamic)) = Dynamic::parse(data, &[table], context) {
            found.rows = dynamic.dyns;
        }
        let value = |tag| {
            found
                .rows
                .iter()
                .find(|row| row.d_tag == tag)
                .map(|row| row.d_val)
        };
        let place = |tag| file_offset(segments, value(tag)?);
        let Some(names) = place(DT_STRTAB) else {
            return found;
        };
        found.names = data
            .get(range(data, names, value(DT_STRSZ).unwrap_or_default()))
            .unwrap_or_default();
        if let Some(symbols) = place(DT_SYMTAB) {
            // No tag tells how many there are; in practice the names stand behind them.
            let end = if names > symbols { names } else { data.len() as u64 };
            let size = Sym::size(context.container);
            let count = end
                .saturating_sub(symbols)
                .checked_div(size as u64)
                .unwrap_or_default();
            let count = rows(data, symbols, count, size, limits, anomalies);
            let offset = usize::try_from(symbols).unwrap_or(usize::MAX);
            found.symbols = (offset, count);
        }
        found
    }

    /// Rows read.
    pub(super) fn row_count(&self) -> usize {
        self.rows.len().saturating_add(self.symbols.1)
    }

    fn symbols(&self) -> Symtab<'a> {
        let (offset, count) = self.symbols;
        Symtab::parse(self.data, offset, count, self.context).unwrap_or_default()
    }

    /// The bytes of the file that the symbol called `name` stands for.
    pub(super) fn find(&self, name: &str) -> Option<Range<usize>> {
        let symbols = self.symbols();
        let is_named = |symbol: &Sym| {
            let rest = self.names.get(symbol.st_name..).unwrap_or_default();
            rest.strip_prefix(name.as_bytes())
                .is_some_and(|rest| rest.first() == Some(&0))
        };
        let symbol = symbols
            .iter()
            .find(|symbol| symbol.st_shndx != 0 && is_named(symbol))?;
        let offset = file_offset(&self.segments, symbol.st_value)?;
        Some(range(self.data, offset, symbol.st_size))
    }

    /// Names under which Java finds the functions of the library.
    pub(super) fn jni_names(&self) -> BTreeSet<String> {
        let symbols = self.symbols();
        let defined = symbols.iter().filter(|symbol| symbol.st_shndx != 0);
        defined
            .filter_map(|symbol| self.names.get(symbol.st_name..))
            .filter(|name| name.starts_with(b"Java_") || name.starts_with(b"JNI_OnLoad\0"))
            .filter_map(name)
            .take(MOST_NAMES)
            .collect()
    }

    /// Names of what is taken from other libraries.
    pub(super) fn imports(&self) -> BTreeSet<String> {
        let symbols = self.symbols();
        let taken = symbols.iter().filter(|symbol| symbol.st_shndx == 0);
        taken
            .filter_map(|symbol| name(self.names.get(symbol.st_name..)?))
            .take(MOST_NAMES)
            .collect()
    }

    /// File names of the libraries that are needed.
    pub(super) fn needed(&self) -> BTreeSet<String> {
        let needed = self.rows.iter().filter(|row| row.d_tag == DT_NEEDED);
        needed
            .filter_map(|row| name(self.names.get(usize::try_from(row.d_val).ok()?..)?))
            .take(MOST_NAMES)
            .collect()
    }
}

/// The name that `bytes` begin with, up to its NUL.
pub(super) fn name(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.get(..LONGEST_NAME).unwrap_or(bytes);
    let end = memchr::memchr(0, bytes)?;
    let name = std::str::from_utf8(bytes.get(..end)?).ok()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Offset in the file of what is loaded at `address`.
fn file_offset(segments: &[ProgramHeader], address: u64) -> Option<u64> {
    segments.iter().find_map(|segment| {
        let inside = address.checked_sub(segment.p_vaddr)?;
        let is_there = segment.p_type == PT_LOAD && inside < segment.p_filesz;
        is_there.then(|| segment.p_offset.saturating_add(inside))
    })
}
