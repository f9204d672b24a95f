//! The chunks that binary XML and resource tables are made of.
//!
//! Format: `ResChunk_header` of AOSP `libs/androidfw/include/androidfw/ResourceTypes.h`: a type
//! (u16), the size of the header and the size of the whole chunk (u16 and u32, bytes).
//!
//! Known deviations: androidfw refuses a file when one chunk has a size that is unaligned or leaves
//! its parent. Here the size is clamped to what is there, and the chunk says so.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

use crate::bytes::{u16_at, u32_at};

/// A pool of strings.
pub const STRING_POOL: u16 = 0x0001;
/// A resource table.
pub const TABLE: u16 = 0x0002;
/// A binary XML document.
pub const XML: u16 = 0x0003;

/// Size of a chunk header without the fields of its type, in bytes.
pub const HEADER_SIZE: usize = 8;

/// One chunk, cut to the bytes that are really there.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// The chunk's type.
    pub kind: u16,
    /// Size of the header in bytes, never more than `data` has.
    pub header_size: usize,
    /// The chunk with its header.
    pub data: &'a [u8],
    /// Absolute offset of the first byte.
    pub offset: u64,
    /// Whether size and header size were as androidfw demands.
    pub sound: bool,
}

impl<'a> Chunk<'a> {
    /// The chunk at the beginning of `data`, or `None` when not even a header fits.
    ///
    /// `repair` is asked for a size when the stated one cannot be right; it gets the type and the
    /// bytes from the chunk's begin on.
    #[must_use]
    pub fn read(data: &'a [u8], offset: u64, repair: impl Fn(u16, &[u8]) -> Option<usize>) -> Option<Self> {
        let kind = u16_at(data, 0)?;
        let header_size = usize::from(u16_at(data, 2)?);
        let stated = u32_at(data, 4)? as usize;
        let fits = (HEADER_SIZE..=data.len()).contains(&stated) && header_size <= stated;
        let size = if fits {
            stated
        } else {
            repair(kind, data).unwrap_or(stated).min(data.len())
        };
        let bytes = data.get(..size.max(HEADER_SIZE))?;
        Some(Self {
            kind,
            header_size: header_size.clamp(HEADER_SIZE, bytes.len()),
            data: bytes,
            offset,
            sound: fits
                && header_size >= HEADER_SIZE
                && header_size.is_multiple_of(4)
                && stated.is_multiple_of(4),
        })
    }

    /// What follows the header.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.data.get(self.header_size..).unwrap_or_default()
    }

    /// Absolute offset of what follows the header.
    #[must_use]
    pub fn body_offset(&self) -> u64 {
        self.offset.saturating_add(self.header_size as u64)
    }

    /// Iterates over the chunks in the body; when the header leaves no body, over those behind the
    /// smallest header there is.
    #[must_use]
    pub fn children(&self) -> Chunks<'a> {
        let start = if self.body().is_empty() {
            HEADER_SIZE
        } else {
            self.header_size
        };
        let body = self.data.get(start..).unwrap_or_default();
        Chunks::new(body, self.offset.saturating_add(start as u64))
    }
}

/// Iterates over chunks that lie one behind the other.
#[derive(Debug, Clone)]
pub struct Chunks<'a> {
    rest: &'a [u8],
    offset: u64,
    repair: fn(u16, &[u8]) -> Option<usize>,
}

impl<'a> Chunks<'a> {
    /// Iterates over the chunks of `data`, whose first byte has the absolute offset `offset`.
    #[must_use]
    pub fn new(data: &'a [u8], offset: u64) -> Self {
        Self {
            rest: data,
            offset,
            repair: |_, _| None,
        }
    }

    /// Sets how the size of a chunk is found when the stated one cannot be right.
    #[must_use]
    pub fn repaired_by(mut self, repair: fn(u16, &[u8]) -> Option<usize>) -> Self {
        self.repair = repair;
        self
    }

    /// Absolute offset of the next chunk, or of the end.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes behind the last chunk read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let chunk = Chunk::read(self.rest, self.offset, self.repair)?;
        self.rest = self.rest.get(chunk.data.len()..).unwrap_or_default();
        self.offset = self.offset.saturating_add(chunk.data.len() as u64);
        Some(chunk)
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn walks_chunks_and_clamps_the_last() {
        let mut data = vec![1, 0, 8, 0, 12, 0, 0, 0, 9, 9, 9, 9];
        data.extend([2, 0, 8, 0, 255, 0, 0, 0, 7]);
        let chunks: Vec<_> = Chunks::new(&data, 100).collect();
        assert_eq!(chunks.len(), 2);
        assert_eq!(
            (chunks[0].kind, chunks[0].body(), chunks[0].sound),
            (1, &[9; 4][..], true)
        );
        assert_eq!(
            (chunks[1].kind, chunks[1].body(), chunks[1].sound),
            (2, &[7][..], false)
        );
        assert_eq!(chunks[1].offset, 112);
    }

    #[test]
    fn a_size_below_the_header_still_moves_on() {
        let data = [1, 0, 8, 0, 0, 0, 0, 0, 2, 0, 8, 0, 8, 0, 0, 0];
        let kinds: Vec<_> = Chunks::new(&data, 0)
            .map(|chunk| (chunk.kind, chunk.sound))
            .collect();
        assert_eq!(kinds, [(1, false), (2, true)]);
    }

    #[test]
    fn a_header_larger_than_its_chunk_is_cut() {
        let data = [1, 0, 255, 255, 12, 0, 0, 0, 1, 2, 3, 4];
        let chunk = Chunk::read(&data, 0, |_, _| None).unwrap();
        assert!(!chunk.sound && chunk.body().is_empty() && chunk.data.len() == 12);
    }
}
