//! The strings of a file of bytecode: where each stands, and of which kind it is.

use crate::formats::text::letters_of_utf16;
use std::borrow::Cow;

use super::Bundle;

/// Length in a string's word that says that the overflow table has both offset and length.
const OVERFLOWED: u32 = 0xFF;
/// First version without a bit for identifiers in a string's word.
const WIDE_OFFSETS: u32 = 56;
/// First version with one bit for the kind of a run; before, a third kind was for names known to the
/// engine, which are identifiers as well.
const TWO_KINDS: u32 = 71;
/// How often a walk may look at the characters: compilers let strings share about a quarter.
const SHARING: usize = 4;

/// One string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HermesString<'a> {
    /// Offset of its first character in the file, in bytes.
    pub offset: u64,
    /// Its characters: ASCII, or UTF-16 with the low byte first.
    pub bytes: &'a [u8],
    /// Whether it is UTF-16.
    pub is_wide: bool,
    /// Whether some code uses it as the name of a property or variable. It may be a text as well.
    pub is_identifier: bool,
}

impl<'a> HermesString<'a> {
    /// The text; what is broken becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        if !self.is_wide {
            return String::from_utf8_lossy(self.bytes);
        }
        let units = self
            .bytes
            .as_chunks()
            .0
            .iter()
            .map(|unit| u16::from_le_bytes(*unit));
        Cow::Owned(letters_of_utf16(units).collect())
    }
}

/// Strings of one run, and whether they are identifiers.
pub(super) fn run(row: [u8; 4], version: u32) -> (u64, bool) {
    let row = u32::from_le_bytes(row);
    let bits = if version < TWO_KINDS { 2u32 } else { 1 };
    let kind = row.wrapping_shr(32u32.saturating_sub(bits));
    let count = row & u32::MAX.wrapping_shr(bits);
    (count.into(), kind != 0)
}

/// Walks over the strings, see [`Bundle::strings`].
#[derive(Debug, Clone)]
pub struct Strings<'a, 'b> {
    bundle: &'b Bundle<'a>,
    next: usize,
    runs: std::slice::Iter<'a, [u8; 4]>,
    /// Strings left of the present run, and their kind.
    run: (u64, bool),
    /// Bytes that may still be looked at.
    allowance: usize,
}

impl<'a, 'b> Strings<'a, 'b> {
    pub(super) fn new(bundle: &'b Bundle<'a>) -> Self {
        Self {
            bundle,
            next: 0,
            runs: bundle.runs.iter(),
            run: (0, false),
            allowance: bundle.characters.len().saturating_mul(SHARING),
        }
    }

    /// Whether the walk stopped before the end of the table because strings share too much.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.allowance == 0 && self.next < self.bundle.words.len()
    }

    /// The kind of the next string; a text where no run speaks of it.
    fn next_kind(&mut self) -> bool {
        while self.run.0 == 0 {
            match self.runs.next() {
                Some(row) => self.run = run(*row, self.bundle.version),
                None => return false,
            }
        }
        self.run.0 = self.run.0.saturating_sub(1);
        self.run.1
    }

    fn place(&self, word: [u8; 4]) -> Option<(bool, usize, usize)> {
        let word = u32::from_le_bytes(word);
        let is_wide = word & 1 == 1;
        let (shift, mask) = if self.bundle.version < WIDE_OFFSETS {
            (2, 0x3F_FFFF)
        } else {
            (1, 0x7F_FFFF)
        };
        let mut offset = word.wrapping_shr(shift) & mask;
        let mut length = word.wrapping_shr(24);
        if length == OVERFLOWED {
            let row = self.bundle.overflow.get(usize::try_from(offset).ok()?)?;
            let [a, b, c, d, e, f, g, h] = *row;
            offset = u32::from_le_bytes([a, b, c, d]);
            length = u32::from_le_bytes([e, f, g, h]);
        }
        let length = usize::try_from(length).ok()?;
        let bytes = if is_wide { length.checked_mul(2)? } else { length };
        Some((is_wide, usize::try_from(offset).ok()?, bytes))
    }

    fn string(&mut self, word: [u8; 4], is_identifier: bool) -> Option<HermesString<'a>> {
        let (is_wide, offset, length) = self.place(word)?;
        let end = offset.checked_add(length)?;
        let bytes = self.bundle.characters.get(offset..end)?;
        self.allowance = self.allowance.saturating_sub(length);
        Some(HermesString {
            offset: self.bundle.start.saturating_add(offset as u64),
            bytes,
            is_wide,
            is_identifier,
        })
    }
}

impl<'a> Iterator for Strings<'a, '_> {
    type Item = HermesString<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.allowance > 0 {
            let word = *self.bundle.words.get(self.next)?;
            self.next = self.next.saturating_add(1);
            let is_identifier = self.next_kind();
            if let Some(string) = self.string(word, is_identifier) {
                return Some(string);
            }
        }
        None
    }
}
