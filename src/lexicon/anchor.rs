//! What a pattern is recognised by: anchors, and which of its anchors is the rarest.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::fold::Piece;
use super::frequent;
use super::prefilter::class_of;

/// Letters of a word that make its key.
pub(super) const KEY_LETTERS: usize = 8;

/// Letters of other scripts in a row that are one anchor, at most.
const GRAM_LETTERS: usize = 4;

/// One thing that cannot be missing where a pattern occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Anchor {
    /// The key of a word in Latin script.
    Word(u64),
    /// The keys of two words in a row, no letter between them.
    Pair(u64, u64),
    /// Two to four letters in a row, the last one in the low 16 bits.
    Gram(u64),
}

/// The key of a word given as folded letters.
pub(super) fn key_of(word: &str) -> u64 {
    word.bytes()
        .take(KEY_LETTERS)
        .enumerate()
        .fold(0, |key, (at, byte)| key | u64::from(byte) << (at * 8))
}

/// The anchors that the loose form of a pattern offers in scripts other than Latin.
pub(super) fn grams(loose: &str) -> Vec<Anchor> {
    let mut found = Vec::new();
    for word in loose.split(|letter: char| class_of(Piece::Letter(letter)) < 0x80) {
        let letters: Vec<char> = word.chars().collect();
        for gram in letters.windows(letters.len().clamp(2, GRAM_LETTERS)) {
            found.push(Anchor::Gram(gram_of(gram.iter().copied())));
        }
    }
    found
}

/// The key of letters in a row.
fn gram_of(letters: impl Iterator<Item = char>) -> u64 {
    letters.fold(0, |key, letter| key << 16 | letter as u64)
}

/// The runs of ASCII letters of a folded text.
pub(super) fn latin_words(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .filter(|word| !word.is_empty())
}

/// What it costs to look for a word: how often it is found in texts that hold no pattern.
pub(super) struct Costs {
    words: FxHashMap<u64, u32>,
    grams: FxHashMap<u64, u32>,
}

impl Costs {
    pub(super) fn new() -> Self {
        let words = (1u32..).zip(frequent::WORDS.lines().rev());
        let words = words.map(|(rank, word)| (key_of(word), 1000 + rank));
        let grams = (1u32..).zip(frequent::LETTERS.lines().rev());
        let grams = grams.map(|(rank, gram)| (gram_of(gram.chars()), rank));
        Self {
            words: words.collect(),
            grams: grams.collect(),
        }
    }

    pub(super) fn word(&self, key: u64) -> u32 {
        let short = if key >> 24 == 0 { 500 } else { 0 };
        self.words.get(&key).copied().unwrap_or(short)
    }

    fn anchor(&self, anchor: &Anchor) -> u32 {
        match anchor {
            Anchor::Word(key) => self.word(*key),
            Anchor::Pair(first, second) => 100 + self.word(*first).min(self.word(*second)) / 4,
            Anchor::Gram(key) => self.grams.get(key).copied().unwrap_or_default(),
        }
    }
}

/// Anchors that stand for the forms of one word: one of them is in the text.
pub(super) type Choice = Vec<Anchor>;
/// What a pattern may be known by: each of these.
pub(super) type Choices = Vec<Choice>;
/// The parts of a phrase, each with the choices of all its spellings.
pub(super) type Parts = Vec<Vec<Choices>>;

/// Picks for every pattern the choice that costs least and then serves most patterns, and for every
/// phrase the choices of the one part that adds least to them.
pub(super) fn pick(patterns: &[Choices], phrases: &[Parts], costs: &Costs) -> Vec<Anchor> {
    let mut served: BTreeMap<Anchor, usize> = BTreeMap::new();
    for first in patterns.iter().flatten().filter_map(|forms| forms.first()) {
        *served.entry(*first).or_default() += 1;
    }
    let worth = |forms: &Choice| {
        let cost = forms
            .iter()
            .map(|anchor| costs.anchor(anchor))
            .max()
            .unwrap_or(u32::MAX);
        let serves = forms
            .first()
            .and_then(|first| served.get(first))
            .copied()
            .unwrap_or_default();
        (u32::MAX - cost, serves)
    };
    let mut picked: BTreeSet<Anchor> = patterns
        .iter()
        .filter_map(|of_pattern| of_pattern.iter().max_by_key(|forms| worth(forms)))
        .flatten()
        .copied()
        .collect();
    let of_phrases: Vec<Anchor> = phrases
        .iter()
        .filter_map(|parts| {
            // What is looked for anyway costs nothing more.
            let adds = |forms: &Choice| !forms.iter().all(|anchor| picked.contains(anchor));
            let worth = |forms: &Choice| (!adds(forms), worth(forms));
            let best = |part: &Vec<Choices>| -> Option<Vec<Choice>> {
                let choice = |choices: &Choices| choices.iter().max_by_key(|forms| worth(forms)).cloned();
                part.iter().map(choice).collect()
            };
            let parts = parts.iter().filter_map(best);
            parts.max_by_key(|choices| choices.iter().map(worth).min())
        })
        .flatten()
        .flatten()
        .collect();
    picked.extend(of_phrases);
    picked.into_iter().collect()
}
