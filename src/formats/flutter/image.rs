//! Strings in the image of a snapshot: objects with a header, a length, the characters, and zeros up
//! to the next object.
//!
//! Objects of 64 bits begin at every sixteenth byte: a header of eight bytes, the length in eight,
//! doubled as small integers are. Objects of 32 bits begin at every eighth: header, length and hash of
//! four bytes each. So in both the characters stand eight bytes behind the length.

use super::{DartString, LONGEST_STRING, Look};

/// Fewest characters of a string: of fewer, too many bytes pass for one.
const SHORTEST: usize = 3;
/// Bytes from a length to the characters.
const LENGTH: usize = 8;

/// Walks over the strings of an image.
#[derive(Debug, Clone)]
pub(super) struct Image<'a> {
    data: &'a [u8],
    origin: u64,
    /// Offset of the next object.
    at: usize,
    is_wide: bool,
    pub(super) look: Look,
}

impl<'a> Image<'a> {
    pub(super) fn new(data: &'a [u8], origin: u64, is_wide: bool) -> Self {
        Self {
            data,
            origin,
            at: 0,
            is_wide,
            look: Look::new(data),
        }
    }

    /// Distance of objects, and offset of the length in one, in bytes.
    fn shape(&self) -> (usize, usize) {
        if self.is_wide { (16, 8) } else { (8, 4) }
    }

    /// The string of the object at `at`, with the offset of its characters.
    fn object(&mut self, at: usize) -> Option<(usize, &'a [u8], bool)> {
        let (distance, length) = self.shape();
        let length = at.checked_add(length)?;
        let start = length.checked_add(LENGTH)?;
        let header = self.data.get(length..start)?;
        let (low, high) = header.split_first_chunk::<4>()?;
        let doubled = usize::try_from(u32::from_le_bytes(*low)).ok()?;
        let characters = doubled >> 1;
        let is_length = doubled & 1 == 0 && (SHORTEST..=LONGEST_STRING).contains(&characters);
        if !is_length || (self.is_wide && high.iter().any(|byte| *byte != 0)) {
            return None;
        }
        for is_wide in [false, true] {
            let size = if is_wide { doubled } else { characters };
            let end = start.checked_add(size)?;
            let Some(bytes) = self.data.get(start..end) else {
                continue;
            };
            let padded = end.next_multiple_of(distance);
            let padding = self.data.get(end..padded).unwrap_or_default();
            if padding.iter().all(|byte| *byte == 0) && self.is_text(bytes, is_wide) {
                return Some((start, bytes, is_wide));
            }
        }
        None
    }

    fn is_text(&mut self, bytes: &[u8], is_wide: bool) -> bool {
        if is_wide {
            self.look.is_wide_text(bytes)
        } else {
            self.look.is_narrow_text(bytes)
        }
    }
}

impl<'a> Iterator for Image<'a> {
    type Item = DartString<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (distance, _) = self.shape();
        while self.at < self.data.len() && !self.look.is_spent() {
            let at = self.at;
            self.at = at.saturating_add(distance);
            if let Some((start, bytes, is_wide)) = self.object(at) {
                self.at = start.saturating_add(bytes.len()).next_multiple_of(distance);
                return Some(DartString {
                    offset: self.origin.saturating_add(start as u64),
                    bytes,
                    is_wide,
                });
            }
        }
        None
    }
}
