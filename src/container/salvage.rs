//! Entries found by their local headers alone, for archives whose directory is missing or broken.
//!
//! The headers are followed from one to the next by their stated sizes, so that an archive stored
//! inside an entry is not taken for entries of its own. Where the sizes are left to a data
//! descriptor, or lie, the next signature ends the entry.

use std::collections::BTreeSet;
use std::ops::Range;

use memchr::memmem;

use super::directory::Record;
use super::local_header::LocalHeader;
use super::{flag, signature};
use crate::bytes::u32_at;

const DESCRIPTOR_SIZE: usize = 16;

/// Headers found, and how the search ended.
pub(super) struct Scan<'a> {
    pub(super) records: Vec<Record<'a>>,
    /// Offset behind the last entry.
    pub(super) end: usize,
    /// From local header to end of data, in ascending order.
    extents: Vec<Range<usize>>,
    /// Whether the data of the last entry runs past the end of the file.
    pub(super) cut: bool,
}

impl Scan<'_> {
    /// Whether `offset` lies inside an entry.
    pub(super) fn covers(&self, offset: usize) -> bool {
        let after = self.extents.partition_point(|extent| extent.start <= offset);
        after
            .checked_sub(1)
            .and_then(|last| self.extents.get(last))
            .is_some_and(|extent| extent.contains(&offset))
    }
}

/// Searches `data` up to `limit` for local headers, but for those at the offsets `known`, and
/// returns at most `cap`.
pub(super) fn scan<'a>(data: &'a [u8], limit: usize, known: &BTreeSet<u64>, cap: usize) -> Scan<'a> {
    let mut scan = Scan {
        records: Vec::new(),
        end: 0,
        extents: Vec::new(),
        cut: false,
    };
    let finder = memmem::Finder::new(&signature::LOCAL);
    let bounded = data.get(..limit).unwrap_or(data);
    let mut position = 0_usize;
    while scan.extents.len() < cap {
        let Some(offset) = bounded
            .get(position..)
            .and_then(|rest| finder.find(rest))
            .map(|at| position.saturating_add(at))
        else {
            break;
        };
        let Some(header) = LocalHeader::read(bounded, offset) else {
            scan.cut = bounded.len().saturating_sub(offset) < super::local_header::SIZE;
            position = offset.saturating_add(4);
            continue;
        };
        let extent = extent(bounded, &header);
        scan.cut = extent.cut;
        scan.end = extent.end;
        scan.extents.push(offset..extent.end);
        // Fillers of build tools have no name; they are padding and no entries.
        if !header.name.is_empty() && !known.contains(&(offset as u64)) {
            scan.records.push(Record {
                position: offset as u64,
                name: header.name,
                flags: header.flags,
                method: header.method,
                crc: extent.crc,
                compressed_size: extent.compressed_size,
                size: extent.size,
                local_offset: offset as u64,
                disk: 0,
                zip64: false,
                readable: true,
                salvaged: true,
                sizes_known: extent.sizes_known,
            });
        }
        position = extent.end.max(offset.saturating_add(4));
    }
    scan
}

struct Extent {
    crc: u32,
    compressed_size: u64,
    size: u64,
    sizes_known: bool,
    end: usize,
    cut: bool,
}

/// How far the data behind `header` reaches.
fn extent(data: &[u8], header: &LocalHeader<'_>) -> Extent {
    let deferred = header.flags & flag::DESCRIPTOR != 0 && header.compressed_size == 0;
    let stated = usize::try_from(header.compressed_size)
        .ok()
        .and_then(|size| header.data.checked_add(size));
    let mut found = Extent {
        crc: header.crc,
        compressed_size: header.compressed_size,
        size: header.size,
        sizes_known: true,
        end: data.len(),
        cut: false,
    };
    if !deferred
        && let Some(end) = stated
        && end <= data.len()
    {
        found.end = end;
        return found;
    }
    let next = next_structure(data, header.data);
    let end = next.unwrap_or(data.len()).max(header.data.min(data.len()));
    found.cut = next.is_none();
    found.end = end;
    if !deferred {
        return found;
    }
    found.compressed_size = end.saturating_sub(header.data) as u64;
    found.sizes_known = false;
    // The descriptor, if it carries its signature, is right before what comes next.
    if let Some(at) = end.checked_sub(DESCRIPTOR_SIZE).filter(|at| *at >= header.data)
        && data
            .get(at..)
            .is_some_and(|rest| rest.starts_with(&signature::DESCRIPTOR))
        && let (Some(crc), Some(compressed_size), Some(size)) = (
            u32_at(data, at.saturating_add(4)),
            u32_at(data, at.saturating_add(8)),
            u32_at(data, at.saturating_add(12)),
        )
        && u64::from(compressed_size) == at.saturating_sub(header.data) as u64
    {
        found.crc = crc;
        found.compressed_size = u64::from(compressed_size);
        found.size = u64::from(size);
        found.sizes_known = true;
    }
    found
}

/// Offset of the next local header, directory record or end record.
fn next_structure(data: &[u8], from: usize) -> Option<usize> {
    let rest = data.get(from..)?;
    memmem::find_iter(rest, b"PK")
        .find(|at| {
            let head = rest.get(*at..).unwrap_or_default();
            [signature::LOCAL, signature::CENTRAL, signature::END]
                .iter()
                .any(|signature| head.starts_with(signature))
        })
        .map(|at| from.saturating_add(at))
}
