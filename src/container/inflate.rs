//! Reading the contents of entries.
//!
//! Nothing stated is trusted. The output buffer starts at the stated size if the compressed data
//! can at all become that large (deflate expands at most 1,032-fold) and grows with what is really
//! inflated, up to the caps on an entry, on the ratio and on the app. The buffer is never zeroed:
//! the default backend, zlib-rs, writes into the spare capacity of a vector.
//!
//! The feature `libdeflate` puts libdeflate first. It gives all or nothing, so broken streams and
//! lying sizes are still read by zlib-rs.

use std::borrow::Cow;
use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};
use thiserror::Error;

use super::{Entry, Method};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::u16_at;
use crate::limits::{Budget, Limits};

/// The most that one byte of a deflate stream can become, in bytes.
const EXPANSION: u64 = 1032;
/// Room behind the stated size: the stream's end is seen without growing, and the fast loop of the
/// backend runs almost to the last byte.
const SLACK: u64 = 320;
/// Smallest step by which a buffer grows that turned out too small.
const GROWTH: usize = 64 << 10;

/// Largest buffer that is kept for the next entry, in bytes.
const SPARE: usize = 32 << 20;

/// The contents of an entry cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EntryError {
    /// There is no local header, or it has no data behind it.
    #[error("no data for entry {name:?} at offset {offset}")]
    NoData {
        /// Name of the entry.
        name: String,
        /// Stated offset of its local header in bytes.
        offset: u64,
    },
    /// The budget of inflated bytes is spent.
    #[error("no budget left for entry {name:?}")]
    BudgetSpent {
        /// Name of the entry.
        name: String,
    },
}

/// Reads entries; keeps the state of the decompressor between them.
pub struct Inflater {
    backend: Decompress,
    /// A buffer to be used again.
    spare: Vec<u8>,
    #[cfg(feature = "libdeflate")]
    fast: libdeflater::Decompressor,
}

/// What became of a deflate stream.
struct Inflated {
    bytes: Vec<u8>,
    /// Compressed bytes used.
    used: u64,
    end: StreamEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StreamEnd {
    /// The stream came to its end.
    Whole,
    /// There would be more than the cap.
    Capped,
    /// The stream is broken or cut off.
    Broken,
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Inflater").finish_non_exhaustive()
    }
}

impl Inflater {
    /// A reader of entries.
    #[must_use]
    pub fn new() -> Self {
        Self {
            backend: Decompress::new(false),
            spare: Vec::new(),
            #[cfg(feature = "libdeflate")]
            fast: libdeflater::Decompressor::new(),
        }
    }

    /// The contents of `entry`, borrowed from the archive where they are stored plainly. What
    /// cannot be inflated to its end is returned as far as it goes, with an anomaly.
    ///
    /// # Errors
    /// When there is no data at all, or the budget is spent.
    ///
    /// # Limits
    /// `limits.entry_bytes`, `limits.ratio` above `limits.ratio_floor`, and the bytes of `budget`.
    pub fn read<'a>(
        &mut self,
        entry: &Entry<'a>,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Result<Cow<'a, [u8]>, EntryError> {
        let Some(offset) = entry
            .data_offset
            .filter(|_| !entry.rest.is_empty() || entry.size == 0)
        else {
            return Err(EntryError::NoData {
                name: entry.name.clone().into_owned(),
                offset: entry.local_offset,
            });
        };
        let own = entry_cap(entry, limits);
        let cap = own.min(budget.bytes_left());
        let (contents, capped) = match entry.method {
            Method::Stored => stored(entry, cap),
            Method::Deflated => self.deflated(entry, cap, anomalies),
            Method::Other(_) => self.other(entry, cap, budget, anomalies),
        };
        if capped && cap < own {
            // Asks for more than there is, which marks the budget as spent.
            let _ = budget.bytes(own);
            let kind = AnomalyKind::BudgetSpent;
            anomalies.note(kind, Some(offset), Some(&entry.name));
            if contents.is_empty() {
                let name = entry.name.clone().into_owned();
                return Err(EntryError::BudgetSpent { name });
            }
        } else if capped {
            anomalies.note(AnomalyKind::ZipBomb, Some(offset), Some(&entry.name));
        }
        let _ = budget.bytes(budget.bytes_left().min(contents.len() as u64));
        if !capped {
            check(entry, &contents, anomalies);
        }
        Ok(contents)
    }

    /// Takes back contents that are no longer needed, so that the next entry is inflated into the
    /// same memory: fresh memory costs the system about a tenth of the inflation.
    pub fn recycle(&mut self, contents: Cow<'_, [u8]>) {
        if let Cow::Owned(bytes) = contents
            && (self.spare.capacity()..=SPARE).contains(&bytes.capacity())
        {
            self.spare = bytes;
        }
    }

    /// The first `count` bytes of the contents, or as many as can be had. Notes nothing.
    #[must_use]
    pub fn peek(&mut self, entry: &Entry<'_>, count: usize) -> Vec<u8> {
        if entry.method != Method::Deflated {
            let stored = entry.stored();
            return stored.get(..count).unwrap_or(stored).to_vec();
        }
        let mut bytes = Vec::with_capacity(count);
        if count > 0 {
            self.backend.reset(false);
            let input = entry.compressed();
            let _ = self
                .backend
                .decompress_vec(input, &mut bytes, FlushDecompress::None);
        }
        bytes.truncate(count);
        bytes
    }

    fn deflated<'a>(
        &mut self,
        entry: &Entry<'a>,
        cap: u64,
        anomalies: &mut Anomalies,
    ) -> (Cow<'a, [u8]>, bool) {
        let input = entry.compressed();
        let found = self.inflate(input, entry.size, cap);
        let offset = entry.data_offset;
        if found.end == StreamEnd::Broken {
            let at = offset.map(|offset| offset.saturating_add(found.used));
            anomalies.note(AnomalyKind::ZipInflate, at, Some(&entry.name));
        }
        if found.end == StreamEnd::Whole && entry.sizes_known && found.used < input.len() as u64 {
            let at = offset.map(|offset| offset.saturating_add(found.used));
            anomalies.note(AnomalyKind::ZipGap, at, Some(&entry.name));
        }
        (Cow::Owned(found.bytes), found.end == StreamEnd::Capped)
    }

    /// Data of an unknown method. Android takes it as stored; only where that cannot be meant, the
    /// checksum being wrong and no resource chunk standing there, a deflate stream that fits size
    /// and checksum exactly is salvaged.
    fn other<'a>(
        &mut self,
        entry: &Entry<'a>,
        cap: u64,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> (Cow<'a, [u8]>, bool) {
        let plain = stored(entry, cap);
        let as_stated = plain.0.len() as u64 == entry.size;
        if as_stated && (starts_chunk(&plain.0) || crc32fast::hash(&plain.0) == entry.crc) {
            return plain;
        }
        if entry.size <= cap {
            let found = self.inflate(entry.compressed(), entry.size, entry.size);
            let fits = found.end == StreamEnd::Whole && found.bytes.len() as u64 == entry.size;
            if fits && crc32fast::hash(&found.bytes) == entry.crc {
                return (Cow::Owned(found.bytes), false);
            }
            let _ = budget.bytes(found.bytes.len() as u64);
        }
        if !as_stated && !plain.1 {
            let kind = AnomalyKind::ZipInflate;
            anomalies.note(kind, entry.data_offset, Some(&entry.name));
        }
        plain
    }

    /// Inflates `input`, which is stated to become `stated` bytes, to at most `cap` bytes.
    fn inflate(&mut self, input: &[u8], stated: u64, cap: u64) -> Inflated {
        let possible = (input.len() as u64).saturating_mul(EXPANSION);
        let start = stated.min(possible).min(cap);
        #[cfg(feature = "libdeflate")]
        if let Some(found) = self.inflate_fast(input, stated, start) {
            return found;
        }
        self.inflate_steady(input, start, cap)
    }

    /// The way of libdeflate: only for streams whose stated size is the true one.
    #[cfg(feature = "libdeflate")]
    fn inflate_fast(&mut self, input: &[u8], stated: u64, start: u64) -> Option<Inflated> {
        if start != stated {
            return None;
        }
        let length = usize::try_from(stated).ok()?;
        // libdeflate's safe interface needs memory that has been written; what the spare buffer
        // still holds will do.
        let mut bytes = if self.spare_suits(length) {
            std::mem::take(&mut self.spare)
        } else {
            Vec::new()
        };
        if bytes.is_empty() {
            bytes = vec![0; length];
        } else {
            bytes.resize(length, 0);
        }
        let written = self.fast.deflate_decompress(input, &mut bytes).ok()?;
        (written == bytes.len()).then_some(Inflated {
            bytes,
            // The library does not tell what it used.
            used: input.len() as u64,
            end: StreamEnd::Whole,
        })
    }

    /// Whether the spare buffer holds `length` bytes and is not much too large for them.
    fn spare_suits(&self, length: usize) -> bool {
        let spare = self.spare.capacity();
        spare >= length && spare / 4 <= length
    }

    fn buffer(&mut self, length: usize) -> Vec<u8> {
        if !self.spare_suits(length) {
            return Vec::with_capacity(length);
        }
        let mut bytes = std::mem::take(&mut self.spare);
        bytes.clear();
        bytes
    }

    fn inflate_steady(&mut self, input: &[u8], start: u64, cap: u64) -> Inflated {
        let capacity = usize::try_from(start.saturating_add(SLACK)).unwrap_or(GROWTH);
        let mut bytes = self.buffer(capacity);
        self.backend.reset(false);
        let end = loop {
            let used = usize::try_from(self.backend.total_in()).unwrap_or(usize::MAX);
            let rest = input.get(used..).unwrap_or_default();
            let before = bytes.len();
            let status = self
                .backend
                .decompress_vec(rest, &mut bytes, FlushDecompress::Finish);
            let full = bytes.len() == bytes.capacity();
            match status {
                _ if bytes.len() as u64 > cap => break StreamEnd::Capped,
                Ok(Status::StreamEnd) => break StreamEnd::Whole,
                Err(_) => break StreamEnd::Broken,
                Ok(_) if full => {
                    let limit = usize::try_from(cap.saturating_add(SLACK)).unwrap_or(usize::MAX);
                    let room = limit.saturating_sub(bytes.len());
                    bytes.reserve_exact(bytes.len().max(GROWTH).min(room));
                }
                // Nothing moved although there was room: the data ends before the stream does.
                Ok(_) if bytes.len() == before && self.backend.total_in() == used as u64 => {
                    break StreamEnd::Broken;
                }
                Ok(_) => {}
            }
        };
        bytes.truncate(usize::try_from(cap).unwrap_or(usize::MAX));
        Inflated {
            bytes,
            used: self.backend.total_in(),
            end,
        }
    }
}

/// The most that `entry` may become, whatever else is read of the app.
fn entry_cap(entry: &Entry<'_>, limits: &Limits) -> u64 {
    let compressed = entry.compressed().len() as u64;
    let by_ratio = compressed.saturating_mul(limits.ratio).max(limits.ratio_floor);
    match entry.method {
        Method::Deflated => limits.entry_bytes.min(by_ratio),
        Method::Stored | Method::Other(_) => limits.entry_bytes,
    }
}

fn stored<'a>(entry: &Entry<'a>, cap: u64) -> (Cow<'a, [u8]>, bool) {
    let bytes = entry.stored();
    match usize::try_from(cap).ok().and_then(|cap| bytes.get(..cap)) {
        Some(first) if first.len() < bytes.len() => (Cow::Borrowed(first), true),
        _ => (Cow::Borrowed(bytes), false),
    }
}

/// Whether `bytes` begin as binary XML and resource tables do: with a type and a header of 8 or
/// 12 bytes.
fn starts_chunk(bytes: &[u8]) -> bool {
    matches!(u16_at(bytes, 2), Some(8 | 12))
}

fn check(entry: &Entry<'_>, contents: &[u8], anomalies: &mut Anomalies) {
    if !entry.sizes_known {
        return;
    }
    if contents.len() as u64 != entry.size {
        let kind = AnomalyKind::ZipInflatedSize;
        anomalies.note(kind, entry.data_offset, Some(&entry.name));
    }
    if crc32fast::hash(contents) != entry.crc {
        anomalies.note(AnomalyKind::ZipCrc, entry.data_offset, Some(&entry.name));
    }
}
