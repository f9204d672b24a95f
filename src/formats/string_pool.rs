//! The string pool of binary XML and resource tables.
//!
//! Format: `ResStringPool_header` of AOSP `libs/androidfw/include/androidfw/ResourceTypes.h`, read
//! by `ResStringPool` in `libs/androidfw/ResourceTypes.cpp`. Strings are UTF-16 or UTF-8; what is
//! called UTF-8 is modified UTF-8, because that is what aapt2 writes. A UTF-8 string longer than
//! 0x7fff bytes has a length field that overflowed; as in androidfw its end is sought at the
//! following multiples of 0x8000.
//!
//! Known deviations: androidfw drops a pool whose counts or offsets lie and treats a string without
//! terminator as absent. Here the slots that exist are kept, and a string ends at the latest where
//! the pool ends; [`RawString::terminated`] tells.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

use std::borrow::Cow;

use super::chunk::Chunk;
use crate::bytes::{u16_at, u32_at};
use crate::formats::text::letters_of_utf16;

const FLAG_UTF8: u32 = 1 << 8;
/// How often a string may be longer than its length field can say.
const LONGEST: usize = 64;
/// Size of the pool's header in bytes.
const HEADER_SIZE: usize = 28;

/// Strings addressed by index, decoded when asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct StringPool<'a> {
    offsets: &'a [u8],
    strings: &'a [u8],
    strings_offset: u64,
    utf8: bool,
    sound: bool,
}

/// One string as it stands in the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawString<'a> {
    /// The encoded string without length and terminator.
    pub bytes: &'a [u8],
    /// Whether `bytes` is modified UTF-8; UTF-16, little-endian, otherwise.
    pub utf8: bool,
    /// Absolute offset of `bytes`.
    pub offset: u64,
    /// Whether the terminator stands where the length says.
    pub terminated: bool,
}

impl<'a> StringPool<'a> {
    /// Reads the pool in `chunk`; what does not fit is left out, and then the pool is not sound.
    #[must_use]
    pub fn parse(chunk: &Chunk<'a>) -> Self {
        let data = chunk.data;
        let field = |position| u32_at(data, position).unwrap_or_default();
        let count = field(8) as usize;
        let styles = field(12) as usize;
        let utf8 = field(16) & FLAG_UTF8 != 0;
        let start = field(20) as usize;

        let table = chunk.body();
        let present = count.min(table.len() / 4);
        let strings = data.get(start..).unwrap_or_default();
        let styles_fit = styles == 0 || (field(24) as usize > start && (field(24) as usize) < data.len());
        Self {
            offsets: table.get(..present.saturating_mul(4)).unwrap_or_default(),
            strings,
            strings_offset: chunk.offset.saturating_add(start as u64),
            utf8,
            sound: chunk.sound
                && data.len() >= HEADER_SIZE
                && present == count
                && styles_fit
                && (count == 0 || (!strings.is_empty() && start >= HEADER_SIZE)),
        }
    }

    /// Number of slots.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len() / 4
    }

    /// Whether there are no slots.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Whether the pool's header is as androidfw demands.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.sound
    }

    /// Whether the strings are stored as modified UTF-8.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.utf8
    }

    /// The string at `index`, decoded, or `None` when it cannot be read.
    ///
    /// Only UTF-16 and what is not plain UTF-8 is copied; ill-formed parts become U+FFFD.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<Cow<'a, str>> {
        self.raw(index).map(RawString::decode)
    }

    /// The string at `index` as it stands in the pool, or `None` when it cannot be read.
    #[must_use]
    pub fn raw(&self, index: u32) -> Option<RawString<'a>> {
        let offset = u32_at(self.offsets, (index as usize).checked_mul(4)?)? as usize;
        if self.utf8 {
            self.raw_utf8(offset)
        } else {
            self.raw_utf16(offset & !1)
        }
    }

    /// Iterates over all slots with their index, decoded as by [`StringPool::get`].
    ///
    /// # Limits
    /// Strings may overlap; once they have come to four times the size of the pool, further ones
    /// count as unreadable.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Option<Cow<'a, str>>)> + use<'a> {
        let pool = *self;
        let mut room = pool.strings.len().saturating_mul(4);
        (0..u32::try_from(pool.len()).unwrap_or(u32::MAX)).map(move |index| {
            let raw = pool.raw(index).filter(|raw| raw.bytes.len() <= room);
            room = room.saturating_sub(raw.map_or(0, |raw| raw.bytes.len()));
            (index, raw.map(RawString::decode))
        })
    }

    fn raw_utf16(&self, offset: usize) -> Option<RawString<'a>> {
        let first = usize::from(u16_at(self.strings, offset)?);
        let (units, start) = if first & 0x8000 == 0 {
            (first, offset.checked_add(2)?)
        } else {
            let second = usize::from(u16_at(self.strings, offset.checked_add(2)?)?);
            (((first & 0x7fff) << 16) | second, offset.checked_add(4)?)
        };
        let rest = self.strings.get(start..)?;
        let size = units.checked_mul(2)?;
        Some(RawString {
            bytes: rest.get(..size.min(rest.len() & !1))?,
            utf8: false,
            offset: self.strings_offset.saturating_add(start as u64),
            terminated: u16_at(rest, size) == Some(0),
        })
    }

    fn raw_utf8(&self, offset: usize) -> Option<RawString<'a>> {
        let length = |position: usize| -> Option<(usize, usize)> {
            let first = usize::from(*self.strings.get(position)?);
            let next = position.checked_add(1)?;
            if first & 0x80 == 0 {
                return Some((first, next));
            }
            let second = usize::from(*self.strings.get(next)?);
            Some((((first & 0x7f) << 8) | second, next.checked_add(1)?))
        };
        let (_, position) = length(offset)?;
        let (stated, start) = length(position)?;
        let rest = self.strings.get(start..)?;
        let mut ends = (stated..rest.len()).step_by(0x8000).take(LONGEST);
        let end = ends.find(|&end| rest.get(end) == Some(&0));
        Some(RawString {
            bytes: rest.get(..end.unwrap_or(stated.min(rest.len())))?,
            utf8: true,
            offset: self.strings_offset.saturating_add(start as u64),
            terminated: end.is_some(),
        })
    }
}

impl<'a> RawString<'a> {
    /// The text; ill-formed parts become U+FFFD.
    #[must_use]
    pub fn decode(self) -> Cow<'a, str> {
        if !self.utf8 {
            let units = self.bytes.as_chunks::<2>().0;
            if units.iter().all(|&[low, high]| low.is_ascii() && high == 0) {
                return Cow::Owned(units.iter().map(|&[low, _]| char::from(low)).collect());
            }
            let wide = units.iter().map(|unit| u16::from_le_bytes(*unit));
            return Cow::Owned(collect_utf16(wide, units.len()));
        }
        match std::str::from_utf8(self.bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(decode_modified_utf8(self.bytes)),
        }
    }
}

fn collect_utf16(units: impl Iterator<Item = u16>, capacity: usize) -> String {
    let mut text = String::with_capacity(capacity);
    text.extend(letters_of_utf16(units));
    text
}

/// Decodes modified UTF-8 that plain UTF-8 decoding refused: surrogate pairs of three bytes each,
/// NUL as two bytes. Sequences of four bytes are taken as well.
fn decode_modified_utf8(bytes: &[u8]) -> String {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&lead, tail)) = rest.split_first() {
        let (unit, used) = match (lead, tail) {
            (0..=0x7f, _) => (Some(u32::from(lead)), 0),
            (0xc0..=0xdf, &[a, ..]) if is_tail(a) => (Some(joined(lead & 0x1f, &[a])), 1),
            (0xe0..=0xef, &[a, b, ..]) if is_tail(a) && is_tail(b) => (Some(joined(lead & 0x0f, &[a, b])), 2),
            (0xf0..=0xf4, &[a, b, c, ..]) if is_tail(a) && is_tail(b) && is_tail(c) => {
                (Some(joined(lead & 0x07, &[a, b, c])), 3)
            }
            _ => (None, 0),
        };
        match unit.map(u16::try_from) {
            Some(Ok(unit)) => units.push(unit),
            Some(Err(_)) => {
                let character = unit
                    .and_then(char::from_u32)
                    .unwrap_or(char::REPLACEMENT_CHARACTER);
                units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
            }
            None => units.push(0xfffd),
        }
        rest = tail.get(used..).unwrap_or_default();
    }
    let capacity = units.len();
    collect_utf16(units.into_iter(), capacity)
}

fn is_tail(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

fn joined(lead: u8, tail: &[u8]) -> u32 {
    tail.iter().fold(u32::from(lead), |value, byte| {
        (value << 6) | u32::from(byte & 0x3f)
    })
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "tests may fail loudly"
)]
mod tests {
    use super::*;

    fn pool(utf8: bool, count: u32, offsets: &[u32], strings: &[u8]) -> Vec<u8> {
        let start = 28 + offsets.len() as u32 * 4;
        let mut data = vec![1, 0, 28, 0];
        for field in [
            start + strings.len() as u32,
            count,
            0,
            if utf8 { FLAG_UTF8 } else { 0 },
            start,
            0,
        ] {
            data.extend(field.to_le_bytes());
        }
        data.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
        data.extend(strings);
        data
    }

    fn read(data: &[u8]) -> StringPool<'_> {
        StringPool::parse(&Chunk::read(data, 1000, |_, _| None).unwrap())
    }

    #[test]
    fn reads_both_encodings_and_keeps_the_slots_of_unreadable_strings() {
        let data = pool(true, 3, &[0, 9999, 5], b"\x02\x02ab\0\x01\x03\xe2\x82\xac\0\0");
        let strings = read(&data);
        assert!(strings.is_sound());
        let all: Vec<_> = strings
            .iter()
            .map(|(_, text)| text.map(Cow::into_owned))
            .collect();
        assert_eq!(all, [Some("ab".to_owned()), None, Some("€".to_owned())]);
        assert_eq!(strings.raw(0).unwrap().offset, 1000 + 28 + 12 + 2);

        let data = pool(false, 2, &[0, 6], b"\x02\0a\0b\0\0\0\x02\0\x3d\xd8\0\xde\0\0");
        let data = {
            let mut data = data;
            data[32] = 8;
            data
        };
        let strings = read(&data);
        assert_eq!(strings.get(0).unwrap(), "ab");
        assert_eq!(strings.get(1).unwrap(), "\u{1f600}");
    }

    #[test]
    fn a_count_that_lies_gives_the_slots_that_exist() {
        let data = pool(true, u32::MAX, &[0], b"\x01\x01a\0");
        let strings = read(&data);
        assert!(!strings.is_sound());
        assert_eq!(strings.get(0).unwrap(), "a");
        assert!(strings.len() <= data.len() / 4);
    }

    #[test]
    fn decodes_surrogate_pairs_of_modified_utf8_and_replaces_what_is_ill_formed() {
        assert_eq!(decode_modified_utf8(b"\xed\xa0\xbd\xed\xb8\x80"), "\u{1f600}");
        assert_eq!(decode_modified_utf8(b"a\xc0\x80b"), "a\0b");
        assert_eq!(decode_modified_utf8(b"\xf0\x9f\x98\x80\xff"), "\u{1f600}\u{fffd}");
        assert_eq!(decode_modified_utf8(b"\xed\xa0\xbd"), "\u{fffd}");
    }

    #[test]
    fn a_long_utf8_string_is_found_behind_its_overflowed_length() {
        let text = vec![b'x'; 0x8000 + 5];
        let mut strings = vec![0x80, 5, 0x80, 5];
        strings.extend(&text);
        strings.push(0);
        let data = pool(true, 1, &[0], &strings);
        assert_eq!(read(&data).get(0).unwrap().len(), text.len());
    }

    #[test]
    fn iterating_over_strings_that_overlap_ends() {
        let mut strings = vec![100, 100];
        strings.extend([b'x'; 100]);
        strings.push(0);
        let data = pool(true, 50, &[0; 50], &strings);
        let total: usize = read(&data)
            .iter()
            .filter_map(|(_, text)| text)
            .map(|text| text.len())
            .sum();
        assert_eq!(total, 400);
    }

    #[test]
    fn a_string_without_terminator_ends_with_the_pool() {
        let data = pool(false, 1, &[0], b"\xff\x7fa\0b\0c");
        let raw = read(&data).raw(0).unwrap();
        assert!(!raw.terminated);
        assert_eq!(raw.decode(), "ab");
    }
}
