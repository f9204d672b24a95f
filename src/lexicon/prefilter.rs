//! Which texts are worth a closer look: nearly all of an app's strings hold no word of the lists.
//!
//! Each pattern names one *anchor* that cannot be missing where it occurs: for Latin script one of
//! its words (the first eight letters), for other scripts two or three letters in a row. A text
//! that holds no anchor holds no pattern. ASCII is read eight bytes at a time without looking at
//! single letters; other text is folded letter by letter through a table.

use super::fold::{Piece, Script, fold, is_han, script};
use super::rules::Folding;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// Letters of a word that make its key.
pub(super) const KEY_LETTERS: usize = 8;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
const WORD_BITS: u32 = 17;
const GRAM_BITS: u32 = 17;

/// Classes of the folding table below the code points they stand for.
const GAP: u16 = 0;
const IGNORED: u16 = 1;
const SEVERAL: u16 = 2;

/// One thing that cannot be missing where a pattern occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Anchor {
    /// The key of a word in Latin script.
    Word(u64),
    /// Two or three letters in a row, the last one in the low 16 bits.
    Gram(u64),
}

/// The anchors of all patterns.
#[derive(Debug, Clone)]
pub(super) struct Prefilter {
    word_bits: Vec<u64>,
    words: FxHashSet<u64>,
    gram_bits: Vec<u64>,
    grams: FxHashSet<u64>,
    classes: Vec<u16>,
}

impl Prefilter {
    pub(super) fn new(anchors: impl IntoIterator<Item = Anchor>) -> Self {
        let mut made = Self {
            word_bits: vec![0; 1 << (WORD_BITS - 6)],
            words: FxHashSet::default(),
            gram_bits: vec![0; 1 << (GRAM_BITS - 6)],
            grams: FxHashSet::default(),
            classes: classes(),
        };
        for anchor in anchors {
            match anchor {
                Anchor::Word(key) => {
                    set(&mut made.word_bits, hash(key, WORD_BITS));
                    made.words.insert(key);
                }
                Anchor::Gram(key) => {
                    set(&mut made.gram_bits, hash(key, GRAM_BITS));
                    made.grams.insert(key);
                }
            }
        }
        made
    }

    /// Number of distinct anchors.
    pub(super) fn len(&self) -> usize {
        self.words.len().saturating_add(self.grams.len())
    }

    /// `Some(false)` when `bytes` holds no anchor, `None` when it is not ASCII.
    pub(super) fn admits_ascii(&self, bytes: &[u8]) -> Option<bool> {
        let mut before = 0u64;
        let mut all = 0u64;
        let mut admitted = false;
        let mut at = 0usize;
        while at < bytes.len() {
            let block = load(bytes, at);
            all |= block;
            let letters = letter_mask(block);
            let mut starts = letters & !((letters << 8) | before);
            before = letters >> 56;
            while starts != 0 {
                let offset = (starts.trailing_zeros() >> 3) as usize;
                starts &= starts.wrapping_sub(1);
                admitted |= self.has_word(word_key(load(bytes, at.wrapping_add(offset))));
            }
            at = at.wrapping_add(8);
        }
        (all & HIGH == 0).then_some(admitted)
    }

    /// Whether `text` holds an anchor.
    pub(super) fn admits(&self, text: &str) -> bool {
        let mut reader = LetterReader::default();
        for letter in text.chars() {
            let class = if letter.is_ascii() {
                ascii_class(letter)
            } else {
                self.classes
                    .get(letter as usize)
                    .copied()
                    .unwrap_or_else(|| rare_class(letter))
            };
            if class == SEVERAL {
                let mut found = false;
                fold(letter, Folding::Loose, false, |piece| {
                    found |= self.step(&mut reader, class_of(piece))
                });
                if found {
                    return true;
                }
            } else if self.step(&mut reader, class) {
                return true;
            }
        }
        reader.count > 0 && self.has_word(reader.key)
    }

    #[inline]
    fn step(&self, reader: &mut LetterReader, class: u16) -> bool {
        if class == IGNORED {
            return false;
        }
        if let (Ok(byte @ b'a'..=b'z'), true) = (u8::try_from(class), class < 0x80) {
            if reader.count < KEY_LETTERS as u32 {
                reader.key |= u64::from(byte) << (reader.count * 8);
            }
            reader.count = reader.count.saturating_add(1);
            return false;
        }
        let mut found = false;
        if reader.count > 0 {
            found = self.has_word(reader.key);
            reader.key = 0;
            reader.count = 0;
        }
        if class != GAP {
            reader.gram = (reader.gram << 16 | u64::from(class)) & 0xFFFF_FFFF_FFFF;
            found |= self.has_gram(reader.gram & 0xFFFF_FFFF) || self.has_gram(reader.gram);
        }
        found
    }

    #[inline]
    fn has_word(&self, key: u64) -> bool {
        is_set(&self.word_bits, hash(key, WORD_BITS)) && self.words.contains(&key)
    }

    #[inline]
    fn has_gram(&self, key: u64) -> bool {
        is_set(&self.gram_bits, hash(key, GRAM_BITS)) && self.grams.contains(&key)
    }
}

/// The word being read, and the last three letters of other scripts.
#[derive(Debug, Default)]
struct LetterReader {
    key: u64,
    count: u32,
    gram: u64,
}

#[inline]
fn hash(key: u64, bits: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits)) as usize
}

fn set(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at >> 6) {
        *word |= 1 << (at & 63);
    }
}

#[inline]
fn is_set(bits: &[u64], at: usize) -> bool {
    bits.get(at >> 6).is_some_and(|word| word >> (at & 63) & 1 == 1)
}

/// Eight bytes from `at` on, zeros past the end.
#[inline]
fn load(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(block) = rest.first_chunk::<8>() {
        return u64::from_le_bytes(*block);
    }
    rest.iter()
        .rev()
        .fold(0, |block, &byte| block << 8 | u64::from(byte))
}

/// The high bit of every byte that is an ASCII letter, for bytes below 0x80.
#[inline]
fn letter_mask(block: u64) -> u64 {
    let lower = (block & !HIGH) | (0x20 * ONES);
    let from_a = lower.wrapping_add((0x80 - 0x61) * ONES);
    let past_z = lower.wrapping_add((0x80 - 0x7B) * ONES);
    from_a & !past_z & HIGH
}

/// The letters at the beginning of `block`, lower case, as a number.
#[inline]
fn word_key(block: u64) -> u64 {
    let ends = !letter_mask(block) & HIGH;
    // The lowest end is bit 8k + 7 after k letters.
    let letters = if ends == 0 {
        u64::MAX
    } else {
        (ends & ends.wrapping_neg()).wrapping_sub(1) >> 7
    };
    (block | (0x20 * ONES)) & letters
}

/// The key of a word given as folded letters.
pub(super) fn key_of(word: &str) -> u64 {
    word.bytes()
        .take(KEY_LETTERS)
        .enumerate()
        .fold(0, |key, (at, byte)| key | u64::from(byte) << (at * 8))
}

fn ascii_class(letter: char) -> u16 {
    if letter.is_ascii_alphabetic() {
        letter.to_ascii_lowercase() as u16
    } else {
        GAP
    }
}

fn class_of(piece: Piece) -> u16 {
    match piece {
        Piece::Nothing | Piece::Tone(_) => IGNORED,
        Piece::Gap(_) | Piece::Sign(_) => GAP,
        Piece::Letter(letter) if letter.is_ascii() => ascii_class(letter),
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
            0x00..=0x7F => ascii_class(letter),
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
        let next = class_of(piece);
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

/// The anchors that the loose form of a pattern offers in scripts other than Latin.
pub(super) fn grams(loose: &str) -> Vec<Anchor> {
    let mut found = Vec::new();
    for word in loose.split(|letter: char| class_of(Piece::Letter(letter)) < 0x80) {
        let letters: Vec<char> = word.chars().collect();
        let han = letters.iter().any(|letter| script(*letter) == Script::Han);
        let width = if han || letters.len() < 3 { 2 } else { 3 };
        for gram in letters.windows(width) {
            found.push(Anchor::Gram(
                gram.iter().fold(0, |key, &letter| key << 16 | letter as u64),
            ));
        }
    }
    found
}

/// The runs of ASCII letters of a folded text.
pub(super) fn latin_words(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
}

/// Picks for every pattern, given as its choices of anchors, the choice that serves most patterns.
/// A choice is a set of keys that stand for one word and its forms.
pub(super) fn pick(choices: &[Vec<Vec<Anchor>>], is_common: impl Fn(&Anchor) -> bool) -> Vec<Anchor> {
    let mut served: BTreeMap<Anchor, usize> = BTreeMap::new();
    for first in choices.iter().flatten().filter_map(|forms| forms.first()) {
        *served.entry(*first).or_default() += 1;
    }
    let worth = |forms: &&Vec<Anchor>| {
        let first = forms.first();
        let common = first.is_none_or(&is_common);
        (
            !common,
            first
                .and_then(|first| served.get(first))
                .copied()
                .unwrap_or_default(),
        )
    };
    let mut picked: Vec<Anchor> = choices
        .iter()
        .filter_map(|of_pattern| of_pattern.iter().max_by_key(worth))
        .flatten()
        .copied()
        .collect();
    picked.sort_unstable();
    picked.dedup();
    picked
}

/// Words that are frequent in the strings of any app: an anchor is looked for elsewhere first.
pub(super) const COMMON_WORDS: &[&str] = &["android", "com", "content"];
