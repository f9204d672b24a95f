//! Text files as bytes: how they are encoded, and their text piece by piece.
//!
//! A file is taken for text by its first bytes: a byte order mark of UTF-8 or UTF-16, or bytes that
//! are UTF-8 but for a few and hold no control characters. UTF-16 without a mark and the encodings of
//! single countries are not recognised. The escapes of JavaScript and JSON for characters (`\uXXXX`,
//! `\u{X}`, `\xXX`) and for line breaks and tabs are read as what they stand for, so that the words in
//! packed scripts are words.

use std::borrow::Cow;

use memchr::memchr;

use crate::limits::clip;

/// Bytes that tell text from other data.
pub const TELLING_BYTES: usize = 512;
/// Of so many bytes one may be no UTF-8: a name in a comment, in an encoding of one country.
const BYTES_PER_STRAY: usize = 16;
/// Length of U+FFFD in UTF-8, in bytes.
const REPLACEMENT: usize = char::REPLACEMENT_CHARACTER.len_utf8();
/// Characters between two places whose way back is kept.
const STRIDE: usize = 64;

/// How a text file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with a byte order mark or without.
    Utf8,
    /// UTF-16, low byte first, with a byte order mark.
    Utf16Le,
    /// UTF-16, high byte first, with a byte order mark.
    Utf16Be,
    /// Latin-1, which is never told from its bytes: the reader of some other format knows.
    Latin1,
}

impl Encoding {
    /// The encoding of a file that begins with `start`, its first [`TELLING_BYTES`] or all of it;
    /// `None` when it is no text.
    #[must_use]
    pub fn of(start: &[u8]) -> Option<Self> {
        match start {
            [0xFF, 0xFE, rest @ ..] => {
                return is_wide_text(rest, u16::from_le_bytes).then_some(Self::Utf16Le);
            }
            [0xFE, 0xFF, rest @ ..] => {
                return is_wide_text(rest, u16::from_be_bytes).then_some(Self::Utf16Be);
            }
            _ => {}
        }
        let is_control = |byte: &u8| *byte == 0x7F || (*byte < b' ' && !(b'\t'..=b'\r').contains(byte));
        if start.iter().any(is_control) {
            return None;
        }
        let mut chunks = start.utf8_chunks().peekable();
        let mut stray = 0usize;
        while let Some(chunk) = chunks.next() {
            // The last character may be cut off.
            if chunks.peek().is_some() || start.len() < TELLING_BYTES {
                stray = stray.saturating_add(chunk.invalid().len());
            }
        }
        (stray.saturating_mul(BYTES_PER_STRAY) <= start.len()).then_some(Self::Utf8)
    }
}

/// Whether UTF-16 code units hold no control characters.
fn is_wide_text(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> bool {
    let is_control = |unit: u16| unit < 0x20 && !(0x09..=0x0D).contains(&unit);
    !bytes.as_chunks().0.iter().any(|bytes| is_control(unit(*bytes)))
}

/// The contents of a text file in UTF-8, with the way back to its bytes.
#[derive(Debug)]
pub struct TextFile<'a> {
    bytes: Cow<'a, [u8]>,
    /// For other encodings than UTF-8, every so many characters: offset here, offset in the file.
    steps: Vec<(usize, usize)>,
    /// Bytes of the file for one unit of UTF-16.
    unit: usize,
}

impl<'a> TextFile<'a> {
    /// Reads a file in the given encoding. Nothing is refused: what is broken becomes U+FFFD.
    #[must_use]
    pub fn new(bytes: &'a [u8], encoding: Encoding) -> Self {
        let unit = match encoding {
            Encoding::Utf8 => {
                return Self {
                    bytes: Cow::Borrowed(bytes),
                    steps: Vec::new(),
                    unit: 1,
                };
            }
            Encoding::Latin1 => return Self::of_letters(bytes.iter().map(|byte| char::from(*byte)), 1),
            Encoding::Utf16Le => u16::from_le_bytes,
            Encoding::Utf16Be => u16::from_be_bytes,
        };
        let units = bytes.as_chunks().0.iter().map(|bytes| unit(*bytes));
        Self::of_letters(letters_of_utf16(units), 2)
    }

    /// A text of `letters` whose units of UTF-16 each took `unit` bytes of the file.
    fn of_letters(letters: impl Iterator<Item = char>, unit: usize) -> Self {
        let mut text = String::new();
        let mut steps = Vec::new();
        let mut at = 0usize;
        for (count, letter) in letters.enumerate() {
            if count % STRIDE == 0 {
                steps.push((text.len(), at));
            }
            text.push(letter);
            at = at.saturating_add(letter.len_utf16().saturating_mul(unit));
        }
        Self {
            bytes: Cow::Owned(text.into_bytes()),
            steps,
            unit,
        }
    }

    /// Where the character at `offset` of the UTF-8 text begins in the file, in bytes.
    fn in_file(&self, offset: usize) -> usize {
        let after = self.steps.partition_point(|&(here, _)| here <= offset);
        let Some(&(here, file)) = after.checked_sub(1).and_then(|at| self.steps.get(at)) else {
            return offset;
        };
        let between = self.bytes.get(here..offset).unwrap_or_default();
        let letters = std::str::from_utf8(between).unwrap_or_default().chars();
        letters.fold(file, |file, letter| {
            file.saturating_add(letter.len_utf16().saturating_mul(self.unit))
        })
    }

    /// The text in pieces of at most `most` bytes (or 64, if that is more), each of which begins
    /// `2 * context` bytes before the end of the one before it.
    #[must_use]
    pub fn pieces(&self, most: usize, context: usize) -> Pieces<'_> {
        let most = most.max(64);
        Pieces {
            file: self,
            most,
            context: context.min(most / 4),
            text: String::new(),
            shifts: Vec::new(),
            own: 0..0,
            next: Some(0),
        }
    }
}

/// Walks over the pieces of a text; see [`TextFile::pieces`].
#[derive(Debug)]
pub struct Pieces<'a> {
    file: &'a TextFile<'a>,
    most: usize,
    context: usize,
    text: String,
    /// Offsets in `text`, and in the UTF-8 of the file, from which on both run alike.
    shifts: Vec<(usize, usize)>,
    /// What of the file this piece answers for.
    own: std::ops::Range<usize>,
    next: Option<usize>,
}

impl Pieces<'_> {
    /// Goes on to the next piece and returns its text; `None` behind the last one.
    pub fn advance(&mut self) -> Option<&str> {
        let from = self.next?;
        let end = self.fill(from);
        let answered = self.own.end;
        let length = self.text.len();
        let back = |bytes: usize| self.source_of(clip(&self.text, length.saturating_sub(bytes)).len());
        let (own_end, next) = if end >= self.file.bytes.len() {
            (usize::MAX, None)
        } else {
            let next = back(self.context.saturating_mul(2));
            (back(self.context), Some(next).filter(|next| *next > from))
        };
        self.own = answered..own_end;
        self.next = next;
        Some(&self.text)
    }

    /// The place in the file, in bytes, of what stands at `offset` of the present piece; `None` when
    /// a neighbouring piece answers for it, for it sees more of what is around.
    #[must_use]
    pub fn place(&self, offset: usize) -> Option<usize> {
        let source = self.source_of(offset);
        self.own.contains(&source).then(|| self.file.in_file(source))
    }

    /// From an offset of the present piece to one of the UTF-8 of the file.
    fn source_of(&self, offset: usize) -> usize {
        let after = self.shifts.partition_point(|&(here, _)| here <= offset);
        let (here, source) = after
            .checked_sub(1)
            .and_then(|at| self.shifts.get(at))
            .copied()
            .unwrap_or_default();
        source.saturating_add(offset.saturating_sub(here))
    }

    /// Reads a piece that begins at `from` of the file's UTF-8, and tells where it ends there.
    fn fill(&mut self, from: usize) -> usize {
        let bytes: &[u8] = &self.file.bytes;
        self.text.clear();
        self.shifts.clear();
        self.shifts.push((0, from));
        let mut at = from;
        // An escape may stand for four bytes.
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let room = self.most.saturating_sub(self.text.len());
            if room < 4 {
                break;
            }
            let rest_in_room = rest.get(..room).unwrap_or(rest);
            let plain = memchr(b'\\', rest_in_room).unwrap_or(rest_in_room.len());
            if plain > 0 {
                let is_last = plain == rest.len();
                let run = rest_in_room.get(..plain).unwrap_or_default();
                let taken = self.push_run(run, at, is_last || plain < rest_in_room.len());
                at = at.saturating_add(taken);
                if taken < plain {
                    break;
                }
            } else if let Some((letter, length)) = escape(rest) {
                self.text.push(letter);
                at = at.saturating_add(length);
                self.shifts.push((self.text.len(), at));
            } else {
                self.text.push('\\');
                at = at.saturating_add(1);
            }
        }
        at
    }

    /// Adds bytes from `at` of the file that hold no escape; returns how many were taken. Unless the
    /// run is `complete`, a character cut off at its end is left for the next piece, and so is what
    /// no longer fits because of replacement characters before it.
    fn push_run(&mut self, run: &[u8], at: usize, complete: bool) -> usize {
        let mut taken = 0usize;
        for chunk in run.utf8_chunks() {
            let room = self.most.saturating_sub(self.text.len());
            if chunk.valid().len() > room {
                break;
            }
            self.text.push_str(chunk.valid());
            taken = taken.saturating_add(chunk.valid().len());
            let invalid = chunk.invalid().len();
            let is_cut_off = !complete && taken > 0 && taken.saturating_add(invalid) == run.len();
            if invalid == 0 || is_cut_off || room.saturating_sub(chunk.valid().len()) < REPLACEMENT {
                break;
            }
            self.text.push(char::REPLACEMENT_CHARACTER);
            taken = taken.saturating_add(invalid);
            self.shifts.push((self.text.len(), at.saturating_add(taken)));
        }
        taken
    }
}

/// The character that the escape at the beginning of `bytes` stands for, and the escape's length.
fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    match *bytes {
        [b'\\', b'n', ..] => Some(('\n', 2)),
        [b'\\', b'r', ..] => Some(('\r', 2)),
        [b'\\', b't', ..] => Some(('\t', 2)),
        [b'\\', b'x', ref digits @ ..] => Some((char::from_u32(hex(digits.get(..2)?)?)?, 4)),
        [b'\\', b'u', b'{', ref digits @ ..] => {
            let length = digits.iter().take(7).position(|byte| *byte == b'}')?;
            let letter = char::from_u32(hex(digits.get(..length)?)?)?;
            Some((letter, length.saturating_add(4)))
        }
        [b'\\', b'u', ref digits @ ..] => {
            let first = hex(digits.get(..4)?)?;
            let second = match digits.get(4..) {
                Some([b'\\', b'u', digits @ ..]) => digits.get(..4).and_then(hex),
                _ => None,
            };
            let paired = second.filter(|second| (0xDC00..0xE000).contains(second));
            if let (0xD800..0xDC00, Some(second)) = (first, paired) {
                let letter = 0x1_0000 + ((first & 0x3FF) << 10 | second & 0x3FF);
                return Some((char::from_u32(letter)?, 12));
            }
            Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
        }
        _ => None,
    }
}

/// One to six hexadecimal digits.
fn hex(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 6 {
        return None;
    }
    digits.iter().try_fold(0, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}

/// The letters of UTF-16; what is broken becomes U+FFFD.
pub(crate) fn letters_of_utf16(units: impl Iterator<Item = u16>) -> impl Iterator<Item = char> {
    char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, unit: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        let marked = format!("\u{FEFF}{text}");
        marked.encode_utf16().flat_map(unit).collect()
    }

    /// All pieces with what they answer for: offset in the file, and character.
    fn letters(bytes: &[u8], encoding: Encoding, most: usize, context: usize) -> Vec<(usize, char)> {
        let file = TextFile::new(bytes, encoding);
        let mut pieces = file.pieces(most, context);
        let mut found = Vec::new();
        while let Some(text) = pieces.advance() {
            assert!(text.len() <= most.max(64), "{}", text.len());
            let text = text.to_owned();
            let placed = |(at, letter)| Some((pieces.place(at)?, letter));
            found.extend(text.char_indices().filter_map(placed));
        }
        found
    }

    #[test]
    fn text_is_told_from_other_data() {
        let hermes = [0xC6, 0x1F, 0xBC, 0x03, 0xC1, 0x03, 0x19, 0x1F, 0x60, 0, 0, 0];
        let latin = "/*! caf\u{e9} */ var a = 1; // and so on, and so on".chars();
        let latin: Vec<u8> = latin.map(|letter| letter as u8).collect();
        let mut cut = "贷款".repeat(100).into_bytes();
        cut.truncate(TELLING_BYTES);
        for (bytes, expected) in [
            (&b""[..], Some(Encoding::Utf8)),
            (b"var a;\r\n\t\x0c", Some(Encoding::Utf8)),
            (b"\xEF\xBB\xBF<html>", Some(Encoding::Utf8)),
            ("贷款".as_bytes(), Some(Encoding::Utf8)),
            (&cut, Some(Encoding::Utf8)),
            (&latin, Some(Encoding::Utf8)),
            (&wide("loan", u16::to_le_bytes), Some(Encoding::Utf16Le)),
            (&wide("loan", u16::to_be_bytes), Some(Encoding::Utf16Be)),
            (&hermes, None),
            (b"\x03\x00\x08\x00", None),
            (b"\xFF\xFE\x00\x00\x01\x00", None),
            (b"\xB4\xFB\xBF\xEE \xB4\xFB\xBF\xEE", None),
        ] {
            assert_eq!(Encoding::of(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn escapes_are_read_as_what_they_stand_for() {
        for (written, expected) in [
            ("a\\u8d37\\u6b3Eb", "a贷款b"),
            ("pr\\xe9stamo", "préstamo"),
            ("\\u{8d37}\\u{1F600}\\ud83d\\ude00", "贷😀😀"),
            ("a\\nb\\r\\tc", "a\nb\r\tc"),
            ("\\ud83d.", "\u{FFFD}."),
            (
                "\\u12 \\xg1 \\u{} \\u{1234567} \\",
                "\\u12 \\xg1 \\u{} \\u{1234567} \\",
            ),
            ("\\\\u8d37", "\\贷"),
        ] {
            let read: String = letters(written.as_bytes(), Encoding::Utf8, 64, 0)
                .iter()
                .map(|(_, letter)| *letter)
                .collect();
            assert_eq!(read, expected, "{written}");
        }
    }

    #[test]
    fn every_character_is_answered_for_once_and_knows_its_place() {
        let text = "Ab贷款\\u8d37 é😀\\ud83d\\ude00 \\n x".repeat(40);
        let whole = letters(text.as_bytes(), Encoding::Utf8, 1 << 16, 0);
        assert_eq!(whole[2], (2, '贷'));
        assert_eq!(whole[4], (8, '贷'));
        assert_eq!(whole[5], (14, ' '));
        for most in [64, 65, 66, 67, 100, 1000] {
            for context in [0, 1, 7, 16] {
                let found = letters(text.as_bytes(), Encoding::Utf8, most, context);
                assert_eq!(found, whole, "{most} {context}");
            }
        }
        let units = wide(&text, u16::to_le_bytes);
        let found = letters(&units, Encoding::Utf16Le, 100, 9);
        assert_eq!(found.len(), whole.len() + 1, "with the byte order mark");
        assert_eq!(found[3], (6, '贷'));
        assert_eq!(found[5], (10, '贷'));
        assert_eq!(found[6], (22, ' '));
    }

    #[test]
    fn each_byte_of_latin_1_is_a_character() {
        let text: Vec<u8> = "préstamo rápido".chars().map(|letter| letter as u8).collect();
        let found = letters(&text, Encoding::Latin1, 64, 0);
        let expected = "préstamo rápido".chars().enumerate();
        assert!(found.into_iter().eq(expected));
    }

    #[test]
    fn broken_bytes_become_replacement_characters() {
        let found = letters(b"a\xFF\xE8\xB4b\xE8\xB4", Encoding::Utf8, 64, 0);
        assert_eq!(
            found,
            [
                (0, 'a'),
                (1, '\u{FFFD}'),
                (2, '\u{FFFD}'),
                (4, 'b'),
                (5, '\u{FFFD}')
            ]
        );
        let bytes = [0x80; 1000];
        assert_eq!(letters(&bytes, Encoding::Utf8, 64, 16).len(), 1000);
        let odd = [0xFF, 0xFE, b'a', 0, 0x3D, 0xD8, b'b'];
        let found = letters(&odd, Encoding::Utf16Le, 64, 0);
        assert_eq!(
            found[1..],
            [(2, 'a'), (4, '\u{FFFD}')],
            "half a pair, half a unit"
        );
    }
}
