//! Building the matcher from the word lists.

use super::anchor::{Anchor, grams, key_of, latin_words, pick};
use super::normalise::{Normal, normalise};
use super::pattern::{Pattern, patterns};
use super::prefilter::Prefilter;
use super::rules::{Boundary, Folding, LanguageRules, Plural};
use super::scan::Scratch;
use super::{Check, LexiconError, Term, TermId, WordLists};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::BTreeMap;

/// Forms of one word tried for an anchor of Hindi in Latin letters.
const ROMANISED_FORMS: usize = 256;
/// Pairs of forms of two words in a row tried for an anchor.
const PAIRS: usize = 64;

/// What one string of the automaton may stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Meanings {
    /// Indices of patterns.
    pub(super) patterns: Vec<u32>,
    /// Indices of literals.
    pub(super) literals: Vec<u32>,
}

/// All terms and literals, ready to be looked for.
#[derive(Debug)]
pub struct Lexicon {
    pub(super) terms: Vec<Term>,
    pub(super) strengths: Vec<u8>,
    pub(super) languages: Vec<LanguageRules>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) literals: Vec<String>,
    pub(super) meanings: Vec<Meanings>,
    pub(super) automaton: AhoCorasick,
    pub(super) prefilter: Prefilter,
    /// Length in bytes of the longest string of the automaton.
    pub(super) longest: usize,
}

impl Lexicon {
    /// Builds the matcher. `literals` are ASCII strings that are found whatever their case, where
    /// no letter, digit or underscore continues them; their order gives their index.
    ///
    /// # Errors
    /// When a term has no rules or no letters, a literal is unfit, or the automaton gets too large.
    pub fn build(lists: WordLists, literals: &[String]) -> Result<Self, LexiconError> {
        let WordLists { mut languages, terms } = lists;
        languages.sort_by(|a, b| a.code.cmp(&b.code));
        let mut scratch = Normal::default();
        for rules in &mut languages {
            fold_affixes(rules, &mut scratch);
        }
        let mut compiled: Vec<Pattern> = Vec::new();
        for (index, term) in (0u32..).zip(&terms) {
            let place = languages.binary_search_by(|rules| rules.code.as_str().cmp(&term.language));
            let rules = place
                .ok()
                .and_then(|at| Some((u16::try_from(at).ok()?, languages.get(at)?)));
            let (language, rules) = rules.ok_or_else(|| LexiconError::UnknownLanguage {
                language: term.language.clone(),
                text: term.text.clone(),
            })?;
            let made = patterns(index, term, language, rules, &mut scratch);
            if made.is_empty() {
                return Err(LexiconError::EmptyTerm {
                    language: term.language.clone(),
                    text: term.text.clone(),
                });
            }
            compiled.extend(made);
        }
        let mut strings: BTreeMap<Box<str>, Meanings> = BTreeMap::new();
        for (index, pattern) in (0u32..).zip(&compiled) {
            strings
                .entry(pattern.loose.clone())
                .or_default()
                .patterns
                .push(index);
        }
        let mut choices: Vec<Vec<Vec<Anchor>>> = Vec::new();
        for pattern in &compiled {
            if let Some(rules) = languages.get(usize::from(pattern.language)) {
                choices.push(anchors(pattern, rules, &mut scratch));
            }
        }
        for (index, literal) in (0u32..).zip(literals) {
            let words: Vec<Vec<Anchor>> = latin_words(&literal.to_ascii_lowercase())
                .map(|word| vec![Anchor::Word(key_of(word))])
                .collect();
            if !literal.is_ascii() || words.is_empty() {
                return Err(LexiconError::BadLiteral {
                    text: literal.clone(),
                });
            }
            choices.push(words);
            normalise(literal, Folding::Loose, false, &mut scratch);
            strings
                .entry(scratch.text().into())
                .or_default()
                .literals
                .push(index);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .prefilter(false)
            .build(strings.keys().map(AsRef::as_ref))
            .map_err(Box::new)?;
        let picked = pick(&choices);
        let mut lexicon = Self {
            strengths: terms.iter().map(|term| term.strength).collect(),
            terms,
            languages,
            patterns: compiled,
            literals: literals.to_vec(),
            longest: strings
                .keys()
                .map(|string| string.len())
                .max()
                .unwrap_or_default(),
            meanings: strings.into_values().collect(),
            automaton,
            prefilter: Prefilter::new(picked),
        };
        lexicon.strengths = lexicon.effective_strengths();
        Ok(lexicon)
    }

    /// The term with number `id`.
    #[must_use]
    pub fn term(&self, id: TermId) -> Option<&Term> {
        self.terms.get(id.0 as usize)
    }

    /// What a match of term `id` counts: the listed strength, except that an unsourced 3 counts as
    /// 2 unless it contains a sourced term of strength 3 of the same language.
    #[must_use]
    pub fn effective_strength(&self, id: TermId) -> u8 {
        self.strengths.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// All terms, in the order of their numbers.
    pub fn terms(&self) -> impl Iterator<Item = (TermId, &Term)> {
        (0u32..).map(TermId).zip(&self.terms)
    }

    /// Strings in the automaton, and anchors in the prefilter.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.meanings.len(), self.prefilter.len())
    }

    /// Memory of the automaton, in bytes.
    #[must_use]
    pub fn automaton_bytes(&self) -> usize {
        self.automaton.memory_usage()
    }

    fn effective_strengths(&self) -> Vec<u8> {
        let mut scratch = Scratch::default();
        let is_proven = |term: &Term| term.strength == 3 && term.check != Check::Unsourced;
        self.terms
            .iter()
            .map(|term| {
                if term.strength < 3 || is_proven(term) {
                    return term.strength;
                }
                let inside = self.matches(&term.text, &mut scratch);
                let inside = inside.iter().filter_map(|found| self.term(found.term));
                let proven = inside
                    .into_iter()
                    .any(|other| other.language == term.language && is_proven(other));
                if proven { 3 } else { 2 }
            })
            .collect()
    }
}

/// Brings the prefixes and endings of a language into its own normal form.
fn fold_affixes(rules: &mut LanguageRules, scratch: &mut Normal) {
    let folding = rules.folding;
    for affix in rules
        .prefixes
        .iter_mut()
        .chain(&mut rules.suffixes)
        .chain(&mut rules.plural_endings)
    {
        normalise(affix, folding, false, scratch);
        *affix = scratch.text().to_owned();
    }
}

/// The choices of anchors of a pattern: each is one word in all forms that the rules allow.
fn anchors(pattern: &Pattern, rules: &LanguageRules, scratch: &mut Normal) -> Vec<Vec<Anchor>> {
    let mut choices: Vec<Vec<Anchor>> = grams(&pattern.loose).into_iter().map(|gram| vec![gram]).collect();
    normalise(&pattern.text, Folding::Latin, false, scratch);
    let words: Vec<&str> = latin_words(scratch.text()).collect();
    let last = words.len().saturating_sub(1);
    let mut before: Option<Vec<u64>> = None;
    for (at, word) in words.iter().enumerate() {
        if at == last && rules.boundary == Boundary::Prefix && !choices.is_empty() {
            continue;
        }
        let keys = word_keys(word, at == last, rules);
        // Letters of other scripts may stand between the words, so only Latin text has pairs.
        let paired = before
            .take()
            .filter(|before| pattern.loose.is_ascii() && before.len().saturating_mul(keys.len()) <= PAIRS);
        if let Some(before) = paired {
            let pairs = |first: &u64| {
                keys.iter()
                    .map(|second| Anchor::Pair(*first, *second))
                    .collect::<Vec<_>>()
            };
            choices.push(before.iter().flat_map(pairs).collect());
        }
        choices.push(keys.iter().copied().map(Anchor::Word).collect());
        before = Some(keys);
    }
    choices
}

/// The keys of a word in all forms that the rules allow, the listed one first.
fn word_keys(word: &str, last: bool, rules: &LanguageRules) -> Vec<u64> {
    let stems = if rules.folding == Folding::RomanisedHindi {
        romanised_forms(word)
    } else {
        vec![word.to_owned()]
    };
    let plural = rules.plural == Plural::Each || (rules.plural == Plural::Last && last);
    let mut keys = Vec::new();
    let mut add = |form: &str| {
        let key = key_of(form);
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    for stem in &stems {
        add(stem);
        let endings = rules.plural_endings.iter().filter(|_| plural);
        for ending in endings.chain(rules.suffixes.iter().filter(|_| last)) {
            add(&format!("{stem}{ending}"));
        }
    }
    keys
}

/// The spellings that fold to the same word of Hindi in Latin letters, the listed one first.
fn romanised_forms(word: &str) -> Vec<String> {
    let mut folded = Normal::default();
    normalise(word, Folding::RomanisedHindi, false, &mut folded);
    let mut forms = vec![String::new()];
    for letter in folded.text().chars() {
        let written: &[&str] = match letter {
            'a' => &["a", "aa"],
            'i' => &["i", "ee"],
            'u' => &["u", "oo"],
            'v' => &["v", "w"],
            'j' => &["j", "z"],
            _ => &[],
        };
        let more = |form: &String| -> Vec<String> {
            if written.is_empty() {
                return vec![format!("{form}{letter}")];
            }
            written.iter().map(|written| format!("{form}{written}")).collect()
        };
        forms = forms.iter().flat_map(more).collect();
        forms.truncate(ROMANISED_FORMS);
    }
    forms.sort_by_key(|form| form != word);
    forms
}

#[cfg(test)]
mod tests {
    use super::super::{Hit, load};
    use super::*;

    /// The word lists of the repository.
    fn lists() -> BTreeMap<String, String> {
        let files = crate::signatures::embedded_files();
        files
            .into_iter()
            .filter(|(path, _)| path.starts_with("lexicon/"))
            .collect()
    }

    fn embedded() -> Lexicon {
        Lexicon::build(load::lists(&lists()).unwrap(), &[]).unwrap()
    }

    #[test]
    fn a_lexicon_may_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Lexicon>();
    }

    #[test]
    fn the_prefilter_lets_every_form_of_every_pattern_pass() {
        let lexicon = embedded();
        let mut places = Vec::new();
        for pattern in &lexicon.patterns {
            let rules = &lexicon.languages[usize::from(pattern.language)];
            let endings = rules
                .suffixes
                .iter()
                .chain(&rules.plural_endings)
                .map(String::as_str);
            for ending in endings.chain([""]) {
                let text = format!("x {}{ending}.", pattern.text);
                for text in [text.to_uppercase(), text] {
                    lexicon.prefilter.places(&text, &mut places);
                    assert!(!places.is_empty(), "{}: {text}", rules.code);
                    let suspect = lexicon.prefilter.suspects::<false>(text.as_bytes());
                    assert_ne!(suspect, Some(false), "{}: {text}", rules.code);
                }
            }
        }
    }

    #[test]
    fn forms_of_hindi_in_latin_letters_begin_with_the_listed_one() {
        assert_eq!(
            romanised_forms("vasuli").first().map(String::as_str),
            Some("vasuli")
        );
        assert!(romanised_forms("vasuli").contains(&"waasoolee".to_owned()));
        assert_eq!(romanised_forms("loan"), ["loan", "loaan"]);
    }

    #[test]
    fn any_bytes_are_scanned_without_a_panic_and_spans_lie_on_characters() {
        let lexicon = embedded();
        let texts: Vec<&str> = lexicon.terms.iter().map(|term| term.text.as_str()).collect();
        let mut scratch = Scratch::default();
        let mut state = 0x1234_5678_9ABC_DEF1_u64;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap() % below
        };
        let glue = [
            "", " ", "\u{200D}", "\u{0301}", "\u{064B}", "'", ".", "-", "ั", "\u{093C}", "\0", "ا", "s",
        ];
        for _ in 0..3000 {
            let mut text = String::new();
            for _ in 0..next(6) {
                text.push_str(texts[next(texts.len())]);
                text.push_str(glue[next(glue.len())]);
            }
            let mut hits = Vec::new();
            lexicon.scan(&text, &mut scratch, &mut hits);
            lexicon.scan_identifier(&text, &mut scratch, &mut Vec::new());
            for hit in &hits {
                if let Hit::Term { span, .. } = hit {
                    assert!(
                        text.get(span.start as usize..span.end as usize)
                            .is_some_and(|span| !span.is_empty())
                    );
                }
            }
            let mut bytes = text.into_bytes();
            if !bytes.is_empty() {
                let at = next(bytes.len());
                bytes[at] ^= 1 << next(8);
                bytes.truncate(next(bytes.len()) + 1);
            }
            lexicon.scan_bytes(&bytes, &mut scratch, &mut Vec::new());
        }
    }
}
