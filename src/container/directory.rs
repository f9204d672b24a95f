//! The central directory, walked record by record.

use super::{Refusal, names, signature, u64_at};
use crate::bytes::{u16_at, u32_at};

/// Bytes of a record without its name, extra field and comment.
const SIZE: usize = 46;
const ZIP64_FIELD: u16 = 1;

/// What one record of the directory, or in its absence one local header, says of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    /// Offset of the record.
    pub(super) position: u64,
    /// The name as it stands there.
    pub(super) name: &'a [u8],
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed_size: u64,
    pub(super) size: u64,
    /// Offset of the local header as stated.
    pub(super) local_offset: u64,
    pub(super) disk: u16,
    /// Whether zip64 fields are used.
    pub(super) zip64: bool,
    /// Why Android does not read the entry, as far as the record alone tells.
    pub(super) readable: bool,
    /// Whether this is a local header that no record of the directory points to.
    pub(super) salvaged: bool,
    /// Whether the sizes and the checksum are stated at all.
    pub(super) sizes_known: bool,
}

/// How far a walk came.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) records: Vec<Record<'a>>,
    /// Offset behind the last record read.
    pub(super) end: usize,
    /// The first reason Android has for refusing the whole archive.
    pub(super) refusal: Option<Refusal>,
    /// Whether `count` records were read.
    pub(super) complete: bool,
    /// Whether the walk ended because of the cap on entries.
    pub(super) capped: bool,
}

/// Reads at most `count` records from `start` up to `end`, and not more than `cap`.
pub(super) fn walk(data: &[u8], start: usize, end: usize, count: u64, cap: usize) -> Walk<'_> {
    let directory = data.get(start..end).unwrap_or_default();
    let likely = usize::try_from(count).unwrap_or(cap).min(cap);
    let mut walk = Walk {
        records: Vec::with_capacity(likely.min(directory.len() / SIZE)),
        end: start,
        refusal: None,
        complete: true,
        capped: false,
    };
    let mut position = 0_usize;
    while (walk.records.len() as u64) < count {
        if walk.records.len() >= cap {
            walk.capped = true;
            break;
        }
        let offset = start.saturating_add(position);
        let Some((record, length, bad_offset)) = read(directory, position, offset) else {
            walk.complete = false;
            walk.refusal = walk.refusal.or(Some(Refusal::BrokenDirectory));
            break;
        };
        if walk.refusal.is_none() {
            if bad_offset || record.local_offset >= start as u64 {
                walk.refusal = Some(Refusal::LocalOffset);
            } else if !names::android_accepts(record.name) {
                walk.refusal = Some(Refusal::EntryName);
            }
        }
        walk.records.push(record);
        position = position.saturating_add(length);
    }
    walk.end = start.saturating_add(position);
    walk
}

/// The record at `position`, its length, and whether its local offset cannot be told.
fn read(directory: &[u8], position: usize, offset: usize) -> Option<(Record<'_>, usize, bool)> {
    let rest = directory.get(position..)?;
    let header = rest.first_chunk::<SIZE>()?;
    if !header.starts_with(&signature::CENTRAL) {
        return None;
    }
    let length = |at| u16_at(header, at).map(usize::from);
    let name_end = SIZE.checked_add(length(28)?)?;
    let extra_end = name_end.checked_add(length(30)?)?;
    let total = extra_end.checked_add(length(32)?)?;
    if total > rest.len() {
        return None;
    }
    let mut record = Record {
        position: offset as u64,
        name: rest.get(SIZE..name_end)?,
        flags: u16_at(header, 8)?,
        method: u16_at(header, 10)?,
        crc: u32_at(header, 16)?,
        compressed_size: u64::from(u32_at(header, 20)?),
        size: u64::from(u32_at(header, 24)?),
        local_offset: u64::from(u32_at(header, 42)?),
        disk: u16_at(header, 34)?,
        zip64: false,
        readable: true,
        salvaged: false,
        sizes_known: true,
    };
    let mut bad_offset = false;
    let sentinel = u64::from(u32::MAX);
    if [record.size, record.compressed_size, record.local_offset].contains(&sentinel) {
        record.zip64 = true;
        let extra = rest.get(name_end..extra_end)?;
        match zip64_field(
            extra,
            record.size,
            record.compressed_size,
            Some(record.local_offset),
        ) {
            Some(field) => {
                record.size = field.size.unwrap_or(record.size);
                record.compressed_size = field.compressed_size.unwrap_or(record.compressed_size);
                record.local_offset = field.local_offset.unwrap_or(record.local_offset);
            }
            None => {
                bad_offset = record.local_offset == sentinel;
                record.readable = false;
            }
        }
    }
    Some((record, total, bad_offset))
}

/// The values of a zip64 extra field that are present.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Zip64 {
    pub(super) size: Option<u64>,
    pub(super) compressed_size: Option<u64>,
    pub(super) local_offset: Option<u64>,
}

/// Reads the zip64 field out of `extra` by libziparchive's rules: the values present are those
/// whose 32-bit counterpart is all ones, or all three, and the field holds nothing else but a disk
/// number behind all three.
pub(super) fn zip64_field(
    extra: &[u8],
    size: u64,
    compressed_size: u64,
    local_offset: Option<u64>,
) -> Option<Zip64> {
    let mut position = 0_usize;
    loop {
        let body = position.checked_add(4)?;
        let id = u16_at(extra, position)?;
        let length = usize::from(u16_at(extra, position.checked_add(2)?)?);
        let end = body.checked_add(length)?;
        let field = extra.get(body..end)?;
        if id != ZIP64_FIELD {
            position = end;
            continue;
        }
        let field = if field.len() == 28 {
            field.get(..24)?
        } else {
            field
        };
        let all = field.len() == 24;
        let sentinel = u64::from(u32::MAX);
        let mut at = 0_usize;
        let mut next = |wanted: bool| -> Option<Option<u64>> {
            if !wanted && !all {
                return Some(None);
            }
            let value = u64_at(field, at)?;
            at = at.saturating_add(8);
            Some(Some(value))
        };
        let found = Zip64 {
            size: next(size == sentinel)?,
            compressed_size: next(compressed_size == sentinel)?,
            local_offset: next(local_offset == Some(sentinel))?,
        };
        return (at != 0 && at == field.len()).then_some(found);
    }
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]
mod tests {
    use super::*;

    const ALL_ONES: u64 = u32::MAX as u64;

    fn field(values: &[u64]) -> Vec<u8> {
        let mut extra = vec![9, 9, 1, 0, 7, 1, 0];
        extra.extend(u16::try_from(values.len() * 8).unwrap().to_le_bytes());
        extra.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        extra
    }

    #[test]
    fn zip64_fields_hold_what_is_all_ones_or_everything() {
        let one = zip64_field(&field(&[5]), 1, ALL_ONES, Some(2)).unwrap();
        assert_eq!(one.compressed_size, Some(5));
        assert_eq!((one.size, one.local_offset), (None, None));
        let all = zip64_field(&field(&[5, 6, 7]), 1, 2, Some(ALL_ONES)).unwrap();
        assert_eq!(all.local_offset, Some(7));
        assert_eq!(all.size, Some(5));
    }

    #[test]
    fn zip64_fields_of_another_length_are_refused() {
        assert_eq!(zip64_field(&field(&[5, 6]), ALL_ONES, 0, Some(0)), None);
        assert_eq!(zip64_field(&field(&[]), ALL_ONES, 0, None), None);
        assert_eq!(zip64_field(&[1, 0, 8, 0, 1], ALL_ONES, 0, None), None);
        assert_eq!(zip64_field(&[], ALL_ONES, 0, None), None);
    }
}
