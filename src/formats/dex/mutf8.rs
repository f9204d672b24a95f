//! Modified UTF-8, the encoding of dex strings.
//!
//! It differs from UTF-8 in two ways: NUL is written `C0 80`, and a character outside the basic
//! plane is written as two surrogates of three bytes each. Like ART's decoder this one also takes
//! the four-byte sequences of plain UTF-8.

use crate::formats::text::letters_of_utf16;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Text of a MUTF-8 string. What cannot be decoded, lone surrogates included, becomes U+FFFD.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    // Valid UTF-8 means the same in both encodings.
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    let mut units = Units::new(bytes);
    loop {
        let mut invalid = false;
        // Without the fuse, what follows an invalid byte would be decoded in the same run.
        let valid = units
            .by_ref()
            .map_while(|unit| {
                invalid = unit.is_none();
                unit
            })
            .fuse();
        text.extend(letters_of_utf16(valid));
        if !invalid {
            return Cow::Owned(text);
        }
        text.push(char::REPLACEMENT_CHARACTER);
    }
}

/// Text as MUTF-8.
#[must_use]
pub fn encode(text: &str) -> Cow<'_, [u8]> {
    if text.bytes().all(|byte| byte != 0 && byte < 0xf0) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0' => bytes.extend([0xc0, 0x80]),
            '\u{1}'..='\u{ffff}' => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let [high, low] = unit.to_be_bytes();
                    bytes.extend([
                        0xe0 | (high >> 4),
                        0x80 | ((high & 0xf) << 2) | (low >> 6),
                        0x80 | (low & 0x3f),
                    ]);
                }
            }
        }
    }
    Cow::Owned(bytes)
}

/// Length in UTF-16 units, or `None` when the bytes are not valid MUTF-8.
#[must_use]
pub fn utf16_length(bytes: &[u8]) -> Option<usize> {
    if bytes.is_ascii() {
        return Some(bytes.len());
    }
    let mut length = 0usize;
    for unit in Units::new(bytes) {
        unit?;
        length = length.saturating_add(1);
    }
    Some(length)
}

/// The order of the string table: by UTF-16 unit. For MUTF-8 that is the order of the bytes, but
/// for `C0 80`, which stands for the smallest unit. Each string ends at its NUL or with its bytes, so
/// that a string need not be measured to be compared. Also tells how many bytes of each it took.
#[must_use]
#[inline(always)]
pub fn compare(left: &[u8], right: &[u8]) -> (Ordering, usize) {
    // Neighbours in a sorted table share long beginnings: look at eight bytes at a time.
    let (mut left, mut right) = (left, right);
    let mut looked = 0usize;
    while let (Some((first, left_rest)), Some((second, right_rest))) =
        (left.split_first_chunk::<8>(), right.split_first_chunk::<8>())
    {
        let block = u64::from_le_bytes(*first);
        let telling = (block ^ u64::from_le_bytes(*second)) | first_nul(block);
        if telling != 0 {
            let place = (telling.trailing_zeros() / 8) as usize;
            let byte = |block: &[u8; 8]| block.get(place).copied().unwrap_or_default();
            let order = compare_bytes(byte(first), byte(second));
            return (order, looked.saturating_add(place).saturating_add(1));
        }
        looked = looked.saturating_add(8);
        (left, right) = (left_rest, right_rest);
    }
    loop {
        let ((first, left_rest), (second, right_rest)) = (split_byte(left), split_byte(right));
        looked = looked.saturating_add(1);
        if first != second || first == 0 {
            return (compare_bytes(first, second), looked);
        }
        (left, right) = (left_rest, right_rest);
    }
}

/// The first byte, NUL past the end, and what follows.
fn split_byte(bytes: &[u8]) -> (u8, &[u8]) {
    bytes
        .split_first()
        .map_or((0, bytes), |(first, rest)| (*first, rest))
}

/// A bit in the first byte of `block` that is NUL, and bits that mean nothing in those after it.
fn first_nul(block: u64) -> u64 {
    block.wrapping_sub(0x0101_0101_0101_0101) & !block & 0x8080_8080_8080_8080
}

/// Compares by the place in the order: the end of a string first, and the smallest unit after it.
#[inline]
fn compare_bytes(first: u8, second: u8) -> Ordering {
    let smallest = |byte| byte == 0xc0;
    match (smallest(first), smallest(second)) {
        (false, false) => first.cmp(&second),
        (true, false) if second != 0 => Ordering::Less,
        (false, true) if first != 0 => Ordering::Greater,
        _ => first.cmp(&second),
    }
}

/// UTF-16 units of a MUTF-8 string; `None` for each byte that does not belong.
struct Units<'a> {
    bytes: &'a [u8],
    /// The second half of a four-byte sequence.
    pending: Option<u16>,
}

impl<'a> Units<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, pending: None }
    }

    /// The character at the front and its length in bytes.
    fn front(&self) -> Option<(u32, usize)> {
        let tail = |byte: u8| (byte & 0xc0 == 0x80).then_some(u32::from(byte & 0x3f));
        let (first, rest) = self.bytes.split_first()?;
        let (start, length) = match first {
            0..=0x7f => (first & 0x7f, 0),
            0xc0..=0xdf => (first & 0x1f, 1),
            0xe0..=0xef => (first & 0x0f, 2),
            0xf0..=0xf4 => (first & 0x07, 3),
            _ => return None,
        };
        let mut value = u32::from(start);
        for byte in rest.get(..length)? {
            value = (value << 6) | tail(*byte)?;
        }
        Some((value, length.saturating_add(1)))
    }
}

impl Iterator for Units<'_> {
    type Item = Option<u16>;

    fn next(&mut self) -> Option<Option<u16>> {
        if let Some(unit) = self.pending.take() {
            return Some(Some(unit));
        }
        if self.bytes.is_empty() {
            return None;
        }
        let (unit, length) = match self.front() {
            Some((value, length)) => (self.split(value), length),
            None => (None, 1),
        };
        self.bytes = self.bytes.get(length..).unwrap_or_default();
        Some(unit)
    }
}

impl Units<'_> {
    fn split(&mut self, value: u32) -> Option<u16> {
        if let Ok(unit) = u16::try_from(value) {
            return Some(unit);
        }
        let mut pair = [0; 2];
        char::from_u32(value)?.encode_utf16(&mut pair);
        let [high, low] = pair;
        self.pending = Some(low);
        Some(high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_two_differences_from_utf8() {
        assert_eq!(decode(b"a\xc0\x80b"), "a\0b");
        assert_eq!(decode(b"\xed\xa0\xbd\xed\xb8\x80"), "\u{1f600}");
        assert_eq!(
            encode("\0\u{1f600}").as_ref(),
            b"\xc0\x80\xed\xa0\xbd\xed\xb8\x80"
        );
        assert_eq!(utf16_length(b"\xc0\x80\xed\xa0\xbd\xed\xb8\x80x"), Some(4));
    }

    #[test]
    fn what_is_invalid_is_replaced_and_nothing_else_is_lost() {
        assert_eq!(decode(b"a\xed\xa0\xbdb"), "a\u{fffd}b", "a lone high surrogate");
        assert_eq!(decode(b"\xed\xb8\x80"), "\u{fffd}", "a lone low surrogate");
        assert_eq!(
            decode(b"x\xe0\xa4"),
            "x\u{fffd}\u{fffd}",
            "cut inside a character"
        );
        assert_eq!(
            decode(b"\xc0\x80\xed\xa0\xbd\xffy"),
            "\0\u{fffd}\u{fffd}y",
            "a stray byte never pairs with the surrogate before it"
        );
        assert_eq!(
            decode("\0\u{1f600}".as_bytes()),
            "\0\u{1f600}",
            "plain UTF-8 is taken too"
        );
        assert_eq!(decode(b"\xc0\x80\xf0\x9f\x98\x80"), "\0\u{1f600}");
        assert_eq!(utf16_length(b"\xff"), None);
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text: String) {
            let bytes = encode(&text);
            prop_assert!(!bytes.contains(&0));
            prop_assert_eq!(decode(&bytes), text.as_str());
            prop_assert_eq!(utf16_length(&bytes), Some(text.encode_utf16().count()));
        }

        #[test]
        fn the_order_is_that_of_utf16_units(prefix in "[a-z]{0,12}", left in "[\0-\u{10ffff}]{0,4}", right in "[\0-\u{10ffff}]{0,4}") {
            let (left, right) = (format!("{prefix}{left}"), format!("{prefix}{right}"));
            let expected = left.encode_utf16().cmp(right.encode_utf16());
            let (left, right) = (encode(&left).into_owned(), encode(&right).into_owned());
            prop_assert_eq!(compare(&left, &right).0, expected);
            let ended = |text: &[u8], rest: &[u8]| [text, b"\0", rest].concat();
            prop_assert_eq!(compare(&ended(&left, b"zzzzzzzzz"), &ended(&right, b"a")).0, expected);
        }

        #[test]
        fn any_bytes_decode(bytes: Vec<u8>) {
            let text = decode(&bytes);
            prop_assert!(text.len() <= bytes.len().saturating_mul(3));
        }
    }
}
