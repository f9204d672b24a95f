//! Which texts are worth a closer look: nearly all of an app's strings hold no word of the lists.
//!
//! Each pattern names one *anchor* that cannot be missing where it occurs: for Latin script a word
//! or two words in a row (the first eight letters of each), for other scripts two to four letters
//! in a row. A text that holds no anchor holds no pattern. ASCII is read eight bytes at a time,
//! first against a bit set and only then against the anchors themselves; other text is folded
//! letter by letter through a table.

use super::anchor::{Anchor, Costs};
use super::fold::{Piece, fold, is_han};
use super::rules::Folding;
use rustc_hash::FxHashSet;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
const BITS: u32 = 17;
const BLOCKS: usize = 1 << (BITS - 6);
/// A set of hashes.
type Bits = [u64; BLOCKS];
/// The last two and three letters of a row.
const TWO_LETTERS: u64 = 0xFFFF_FFFF;
const THREE_LETTERS: u64 = 0xFFFF_FFFF_FFFF;

/// Classes of the folding table below the code points they stand for: signs and letters of no list,
/// blanks, nothing at all, and what only [`fold`] can tell.
const GAP: u16 = 0;
const BLANK: u16 = 1;
const IGNORED: u16 = 2;
const SEVERAL: u16 = 3;

/// The anchors of all patterns.
#[derive(Debug, Clone)]
pub(super) struct Prefilter {
    /// Bits of all words, and of the rarer word of each pair.
    word_bits: Box<Bits>,
    words: FxHashSet<u64>,
    pairs: FxHashSet<u64>,
    /// Bits of the last three letters of each row of letters, or of both of two.
    gram_bits: Box<Bits>,
    grams: FxHashSet<u64>,
    classes: Vec<u16>,
}

impl Prefilter {
    pub(super) fn new(anchors: impl IntoIterator<Item = Anchor>, costs: &Costs) -> Self {
        let mut made = Self {
            word_bits: Box::new([0; BLOCKS]),
            words: FxHashSet::default(),
            pairs: FxHashSet::default(),
            gram_bits: Box::new([0; BLOCKS]),
            grams: FxHashSet::default(),
            classes: classes(),
        };
        for anchor in anchors {
            match anchor {
                Anchor::Word(key) => {
                    set(&mut made.word_bits, hash(key));
                    made.words.insert(key);
                }
                Anchor::Pair(first, second) => {
                    let rarer = if costs.word(first) < costs.word(second) {
                        first
                    } else {
                        second
                    };
                    set(&mut made.word_bits, hash(rarer));
                    made.pairs.insert(pair(first, second));
                }
                Anchor::Gram(key) => {
                    set(&mut made.gram_bits, hash(key & THREE_LETTERS));
                    made.grams.insert(key);
                }
            }
        }
        made
    }

    /// Number of distinct anchors.
    pub(super) fn len(&self) -> usize {
        self.words
            .len()
            .saturating_add(self.pairs.len())
            .saturating_add(self.grams.len())
    }

    /// Whether `bytes` may hold an anchor; nothing when it is not ASCII. `camel` tells that words
    /// also begin at capitals, as [`super::identifier::split`] has it.
    #[inline]
    pub(super) fn suspects<const CAMEL: bool>(&self, bytes: &[u8]) -> Option<bool> {
        let mut found = 0;
        let all = for_each_word::<CAMEL>(bytes, |key, _| {
            let at = hash(key);
            found |= self
                .word_bits
                .get(at >> 6)
                .map_or(0, |bits| bits >> (at & 63) & 1);
        });
        (all & HIGH == 0).then_some(found != 0)
    }

    /// The places in `text` at or right after an anchor.
    pub(super) fn places(&self, text: &str, places: &mut Vec<usize>) {
        places.clear();
        if text.is_ascii() {
            let mut before = 0;
            for_each_word::<false>(text.as_bytes(), |key, at| {
                if self.is_anchor(before, key) {
                    places.push(at);
                }
                before = key;
            });
            return;
        }
        let mut reader = LetterReader::default();
        for (at, letter) in text.char_indices() {
            let class = self.classes.get(letter as usize).copied();
            let class = class.unwrap_or_else(|| rare_class(letter));
            let is_found = if class == SEVERAL {
                self.step_several(&mut reader, letter)
            } else {
                self.step(&mut reader, class)
            };
            if is_found {
                places.push(at);
            }
        }
        if self.end_word(&mut reader) {
            places.push(text.len());
        }
    }

    /// The piece of `letter` in the loose form, if the table knows it.
    #[inline]
    pub(super) fn loose_piece(&self, letter: char) -> Option<Piece> {
        match self.classes.get(letter as usize).copied().unwrap_or(SEVERAL) {
            SEVERAL => None,
            GAP => Some(Piece::Sign(letter)),
            BLANK => Some(Piece::Gap(false)),
            IGNORED => Some(Piece::Nothing),
            class => char::from_u32(u32::from(class)).map(Piece::Letter),
        }
    }

    /// A letter that only [`fold`] can tell.
    #[cold]
    fn step_several(&self, reader: &mut LetterReader, letter: char) -> bool {
        let mut found = false;
        fold(letter, Folding::Loose, false, |piece| {
            found |= self.step(reader, class_of(piece))
        });
        found
    }

    #[inline(always)]
    fn step(&self, reader: &mut LetterReader, class: u16) -> bool {
        if class > 0x80 {
            let found = self.end_word(reader);
            reader.gram = reader.gram << 16 | u64::from(class);
            return self.ends_gram(reader.gram) | found;
        }
        if class > SEVERAL {
            // Letters after the eighth are shifted out of the key.
            reader.key |= u64::from(class).checked_shl(reader.shift).unwrap_or_default();
            reader.shift = reader.shift.saturating_add(8);
            return false;
        }
        class <= BLANK && self.end_word(reader)
    }

    #[inline]
    fn end_word(&self, reader: &mut LetterReader) -> bool {
        if reader.shift == 0 {
            return false;
        }
        let (before, key) = (reader.before, reader.key);
        reader.before = key;
        reader.key = 0;
        reader.shift = 0;
        self.is_anchor(before, key)
    }

    /// Whether the word with this key is an anchor by itself or with the word before it.
    #[inline]
    fn is_anchor(&self, before: u64, key: u64) -> bool {
        // The rarer word of a pair may be either: one of the two is known by its bit.
        (is_set(&self.word_bits, hash(key)) || is_set(&self.word_bits, hash(before)))
            && (self.words.contains(&key) || self.pairs.contains(&pair(before, key)))
    }

    /// Whether the letters in `row`, the last one in the low 16 bits, end with an anchor.
    #[inline]
    fn ends_gram(&self, row: u64) -> bool {
        let (two, three) = (row & TWO_LETTERS, row & THREE_LETTERS);
        (is_set(&self.gram_bits, hash(two)) && self.grams.contains(&two))
            || (is_set(&self.gram_bits, hash(three))
                && (self.grams.contains(&three) || self.grams.contains(&row)))
    }
}

/// The word being read, the one before it, and the last four letters of other scripts.
#[derive(Debug, Default)]
struct LetterReader {
    key: u64,
    shift: u32,
    before: u64,
    gram: u64,
}

/// Bytes of a text that are in sight at once, one bit for each.
const SIGHT: usize = 64;
/// Bytes whose words are read before the sight moves on; the rest shows where the last word ends.
const STRIDE: usize = 48;

/// Hands `word` the key and the place of every word of `bytes`, as long as they are ASCII; returns
/// all bytes read or-ed together.
#[inline]
fn for_each_word<const CAMEL: bool>(bytes: &[u8], mut word: impl FnMut(u64, usize)) -> u64 {
    let mut all = 0;
    let mut base = 0usize;
    // Whether the byte before the sight is a letter, and a capital.
    let (mut letter_before, mut capital_before) = (0, 0);
    loop {
        let left = bytes.len().saturating_sub(base);
        let (mut letters, mut capitals) = (0, 0);
        let mut at = 0;
        while at < left.min(SIGHT) {
            let block = load(bytes, base + at);
            all |= block;
            let mask = letter_mask(block);
            letters |= gather(mask) << at;
            if CAMEL {
                capitals |= gather(mask & !(block << 2)) << at;
            }
            at += 8;
        }
        if all & HIGH != 0 {
            return all;
        }
        let mut inner = letters;
        let mut starts = letters & !(letters << 1 | letter_before);
        if CAMEL {
            let after_capital = capitals << 1 | capital_before;
            let small = letters & !capitals;
            let turns = capitals & (!after_capital | small >> 1);
            starts |= turns;
            inner &= !turns;
        }
        if left > SIGHT {
            starts &= (1 << STRIDE) - 1;
        }
        while starts != 0 {
            let at = starts.trailing_zeros();
            let place = base + at as usize;
            word(word_key(load(bytes, place), inner >> at), place);
            starts &= starts - 1;
        }
        if left <= SIGHT {
            return all;
        }
        letter_before = letters >> (STRIDE - 1) & 1;
        capital_before = capitals >> (STRIDE - 1) & 1;
        base += STRIDE;
    }
}

/// Eight bytes of `bytes` from `at`, which lies inside, zeros past the end.
#[inline]
fn load(bytes: &[u8], at: usize) -> u64 {
    let Some(last) = bytes.len().checked_sub(8) else {
        return short_block(bytes) >> (at * 8);
    };
    // Without a branch for the end: a text rarely ends where the one before it did.
    let start = at.min(last);
    let block = bytes.get(start..).and_then(|rest| rest.first_chunk::<8>());
    block.map_or(0, |block| u64::from_le_bytes(*block) >> ((at - start) * 8))
}

/// Fewer than eight bytes, zeros past their end.
#[inline]
fn short_block(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let shift = (bytes.len() - 4) * 8;
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift;
    }
    match *bytes {
        [a, b, c] => u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16,
        [a, b] => u64::from(a) | u64::from(b) << 8,
        [a] => u64::from(a),
        _ => 0,
    }
}

/// The key of the word at the beginning of `block`; `inner` tells which of its bytes continue a word.
#[inline]
fn word_key(block: u64, inner: u64) -> u64 {
    let length = (!inner & !1).trailing_zeros().min(8);
    (block | (0x20 * ONES)) & (u64::MAX >> (64 - length * 8))
}

fn pair(first: u64, second: u64) -> u64 {
    first.rotate_left(25).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ second
}

#[inline]
fn hash(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BITS)) as usize
}

fn set(bits: &mut Bits, at: usize) {
    if let Some(word) = bits.get_mut(at >> 6) {
        *word |= 1 << (at & 63);
    }
}

#[inline]
fn is_set(bits: &Bits, at: usize) -> bool {
    bits.get(at >> 6).is_some_and(|word| word >> (at & 63) & 1 == 1)
}

/// The high bit of every byte that is an ASCII letter, for bytes below 0x80.
#[inline]
fn letter_mask(block: u64) -> u64 {
    let lower = (block & !HIGH) | (0x20 * ONES);
    let from_a = lower.wrapping_add((0x80 - 0x61) * ONES);
    let past_z = lower.wrapping_add((0x80 - 0x7B) * ONES);
    from_a & !past_z & HIGH
}

/// One bit for each byte from the high bits of `mask`.
#[inline]
fn gather(mask: u64) -> u64 {
    // The product gathers the bits in the highest byte, the first in the lowest place.
    (mask >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[inline]
fn ascii_class(letter: u8) -> u16 {
    if letter.is_ascii_alphabetic() {
        u16::from(letter.to_ascii_lowercase())
    } else {
        GAP
    }
}

pub(super) fn class_of(piece: Piece) -> u16 {
    match piece {
        Piece::Nothing | Piece::Tone(_) => IGNORED,
        Piece::Gap(_) => BLANK,
        Piece::Sign(_) => GAP,
        Piece::Letter(letter) if letter.is_ascii() => u8::try_from(letter).map_or(GAP, ascii_class),
        Piece::Letter(letter) => {
            if is_listed(letter) {
                u16::try_from(letter as u32).unwrap_or(GAP)
            } else {
                GAP
            }
        }
    }
}

/// Whether the lists hold words in the script of `letter`.
fn is_listed(letter: char) -> bool {
    is_han(letter)
        || matches!(letter, '\u{0600}'..='\u{06FF}' | '\u{0900}'..='\u{09FF}' | '\u{0B80}'..='\u{0BFF}'
            | '\u{0C00}'..='\u{0C7F}' | '\u{0E00}'..='\u{0E7F}' | '\u{1200}'..='\u{137F}')
}

/// The class of each character of the basic plane.
fn classes() -> Vec<u16> {
    let mut table = vec![GAP; 0x1_0000];
    for (code, class) in (0u32..).zip(table.iter_mut()) {
        let Some(letter) = char::from_u32(code) else {
            continue;
        };
        *class = match code {
            0x00..=0x7F => u8::try_from(letter).map_or(GAP, ascii_class),
            0x3400..=0x4DBF | 0x4E00..=0x9FFF => u16::try_from(code).unwrap_or(GAP),
            0x0370..=0x05FF | 0x0A00..=0x0B7F | 0x0C80..=0x0DFF | 0x0E80..=0x11FF => GAP,
            0x1380..=0x1DFF | 0x2C00..=0x2FFF | 0x3040..=0x31FF | 0xA000..=0xF8FF => GAP,
            _ => slow_class(letter),
        };
    }
    table
}

fn slow_class(letter: char) -> u16 {
    let mut class = IGNORED;
    let mut count = 0;
    fold(letter, Folding::Loose, false, |piece| {
        let next = match piece {
            Piece::Gap(true) => SEVERAL,
            Piece::Sign(sign) if sign != letter => SEVERAL,
            Piece::Letter(digit) if digit.is_ascii_digit() => SEVERAL,
            piece => class_of(piece),
        };
        if next != IGNORED {
            class = next;
            count += 1;
        }
    });
    if count > 1 { SEVERAL } else { class }
}

/// Beyond the basic plane only compatibility letters matter.
fn rare_class(letter: char) -> u16 {
    match letter {
        '\u{1D400}'..='\u{1D7FF}' | '\u{1F100}'..='\u{1F1FF}' | '\u{2F800}'..='\u{2FA1F}' => SEVERAL,
        _ => GAP,
    }
}

#[cfg(test)]
mod tests {
    use super::super::anchor::key_of;
    use super::*;

    fn words<const CAMEL: bool>(text: &str) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        for_each_word::<CAMEL>(text.as_bytes(), |key, at| {
            found.push((
                String::from_utf8_lossy(&key.to_le_bytes())
                    .trim_end_matches('\0')
                    .to_owned(),
                at,
            ));
        });
        found
    }

    #[test]
    fn words_of_ascii_text_are_found_at_every_offset() {
        for before in 0..130 {
            for after in 0..12 {
                let text = format!("{}Ab{}", " ".repeat(before), ".".repeat(after));
                assert_eq!(words::<false>(&text), [("ab".to_owned(), before)]);
                let text = format!("{}LongestWord{}x", "-".repeat(before), "@".repeat(after + 1));
                let expected = [
                    ("longestw".to_owned(), before),
                    ("x".to_owned(), before + 12 + after),
                ];
                assert_eq!(words::<false>(&text), expected);
                let text = format!("{}getSMSLoan{}", "_".repeat(before), "/".repeat(after));
                let expected =
                    [("get", 0), ("sms", 3), ("loan", 6)].map(|(word, at)| (word.to_owned(), before + at));
                assert_eq!(words::<true>(&text), expected);
            }
        }
        assert!(words::<false>("").is_empty());
        assert_eq!(words::<false>("@[`{az").len(), 1);
    }

    #[test]
    fn two_common_words_are_asked_for_together() {
        let anchors = [
            Anchor::Pair(key_of("call"), key_of("log")),
            Anchor::Word(key_of("loan")),
        ];
        let prefilter = Prefilter::new(anchors, &Costs::new());
        let mut places = Vec::new();
        for (text, expected) in [
            ("the call log", true),
            ("log call", false),
            ("call the log", false),
            ("LOAN", true),
            ("loaner", false),
            ("prêt, c\u{0301}all – lòg", true),
            ("Займ log", false),
        ] {
            prefilter.places(text, &mut places);
            assert_eq!(!places.is_empty(), expected, "{text}");
            assert!(
                !expected || prefilter.suspects::<false>(text.as_bytes()) != Some(false),
                "{text}"
            );
        }
    }

    #[test]
    fn the_table_agrees_with_the_folding_of_single_letters() {
        let prefilter = Prefilter::new([], &Costs::new());
        for letter in ('\u{80}'..='\u{FFFF}').filter(|letter| !letter.is_ascii()) {
            let Some(known) = prefilter.loose_piece(letter) else {
                continue;
            };
            let mut pieces = Vec::new();
            fold(letter, Folding::Loose, false, |piece| pieces.push(piece));
            pieces.retain(|piece| *piece != Piece::Nothing);
            match known {
                Piece::Nothing => assert!(pieces.is_empty(), "{letter:?} {pieces:?}"),
                // Letters of scripts without lists pass for signs.
                Piece::Sign(_) => assert!(
                    !pieces.iter().any(|piece| class_of(*piece) > SEVERAL) || !is_listed(letter),
                    "{letter:?}"
                ),
                known => assert_eq!(pieces, [known], "{letter:?}"),
            }
        }
    }
}
