//! Building the matcher from the word lists.

use super::anchor::{Anchor, Choices, Costs, Parts, grams, key_of, latin_words, pick};
use super::normalise::{Normal, normalise};
use super::pattern::{Pattern, Sought, patterns, spelled};
use super::phrase::GAP;
use super::prefilter::Prefilter;
use super::rules::{Boundary, Folding, LanguageRules, Plural};
use super::scan::Scratch;
use super::{Check, LexiconError, Phrase, PhraseId, Term, TermId, WordLists};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::cmp::Reverse;
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

/// Bytes read on either side of an anchor of a long text, at least: more than the longest term takes.
const WINDOW: usize = 1 << 9;
/// Bytes that endings and dropped characters may add to a part of a phrase.
const SLACK: usize = 1 << 6;

/// All terms, phrases and literals, ready to be looked for.
#[derive(Debug)]
pub struct Lexicon {
    pub(super) terms: Vec<Term>,
    pub(super) strengths: Vec<u8>,
    pub(super) phrases: Vec<Phrase>,
    pub(super) phrase_strengths: Vec<u8>,
    pub(super) languages: Vec<LanguageRules>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) literals: Vec<String>,
    pub(super) meanings: Vec<Meanings>,
    pub(super) automaton: AhoCorasick,
    pub(super) prefilter: Prefilter,
    /// Length in bytes of the longest string of the automaton.
    pub(super) longest: usize,
    /// Bytes read on either side of an anchor of a long text: more than the longest phrase takes.
    pub(super) window: usize,
}

impl Lexicon {
    /// Builds the matcher. `literals` are ASCII strings that are found whatever their case, where
    /// no letter, digit or underscore continues them; their order gives their index.
    ///
    /// # Errors
    /// When a term has no rules or no letters, a literal is unfit, or the automaton gets too large.
    pub fn build(lists: WordLists, literals: &[String]) -> Result<Self, LexiconError> {
        let WordLists {
            mut languages,
            terms,
            phrases,
        } = lists;
        languages.sort_by(|a, b| a.code.cmp(&b.code));
        let mut scratch = Normal::default();
        for rules in &mut languages {
            fold_affixes(rules, &mut scratch);
            for group in &mut rules.spelling {
                group.sort_by_key(|member| Reverse(member.text.len()));
            }
        }
        let mut compiled: Vec<Pattern> = Vec::new();
        for (index, term) in (0u32..).zip(&terms) {
            let (language, rules) = rules_of(&languages, &term.language, &term.text)?;
            let made = patterns(index, term, language, rules, &mut scratch);
            compiled.extend(not_empty(made, &term.language, &term.text)?);
        }
        for (index, phrase) in (0u32..).zip(&phrases) {
            let (language, rules) = rules_of(&languages, &phrase.language, &phrase.text)?;
            for (at, part) in (0u32..).zip(phrase.parts()) {
                let sought = Sought::Part(index, at);
                let made = spelled(sought, part, None, language, rules, &mut scratch);
                compiled.extend(not_empty(made, &phrase.language, part)?);
            }
        }
        let mut strings: BTreeMap<Box<str>, Meanings> = BTreeMap::new();
        for (index, pattern) in (0u32..).zip(&compiled) {
            strings
                .entry(pattern.loose.clone())
                .or_default()
                .patterns
                .push(index);
        }
        let (mut choices, of_phrases) = choices(&compiled, &languages, &phrases, &mut scratch);
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
        let costs = Costs::new();
        let picked = pick(&choices, &of_phrases, &costs);
        let mut lexicon = Self {
            strengths: terms.iter().map(|term| term.strength).collect(),
            terms,
            phrase_strengths: phrases.iter().map(|phrase| phrase.strength).collect(),
            window: phrases.iter().map(reach).max().unwrap_or_default().max(WINDOW),
            phrases,
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
            prefilter: Prefilter::new(picked, &costs),
        };
        lexicon.strengths = lexicon.effective_strengths();
        lexicon.phrase_strengths = lexicon.effective_phrase_strengths();
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

    /// The phrase with number `id`.
    #[must_use]
    pub fn phrase(&self, id: PhraseId) -> Option<&Phrase> {
        self.phrases.get(id.0 as usize)
    }

    /// What phrase `id` counts, by the rule of [`Lexicon::effective_strength`].
    #[must_use]
    pub fn effective_phrase_strength(&self, id: PhraseId) -> u8 {
        self.phrase_strengths
            .get(id.0 as usize)
            .copied()
            .unwrap_or_default()
    }

    /// All phrases, in the order of their numbers.
    pub fn phrases(&self) -> impl Iterator<Item = (PhraseId, &Phrase)> {
        (0u32..).map(PhraseId).zip(&self.phrases)
    }

    /// Bytes on either side of a place within which anything found there lies, and what decides on it.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.window.saturating_add(SLACK)
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
        let counted = |term: &Term| {
            self.counted(
                term.strength,
                term.check,
                &term.language,
                [term.text.as_str()],
                &mut scratch,
            )
        };
        self.terms.iter().map(counted).collect()
    }

    fn effective_phrase_strengths(&self) -> Vec<u8> {
        let mut scratch = Scratch::default();
        let counted = |phrase: &Phrase| {
            self.counted(
                phrase.strength,
                phrase.check,
                &phrase.language,
                phrase.parts(),
                &mut scratch,
            )
        };
        self.phrases.iter().map(counted).collect()
    }

    /// What something listed with `strength` counts that consists of `texts`.
    fn counted<'t>(
        &self,
        strength: u8,
        check: Check,
        language: &str,
        texts: impl IntoIterator<Item = &'t str>,
        scratch: &mut Scratch,
    ) -> u8 {
        if strength < 3 || check != Check::Unsourced {
            return strength;
        }
        let is_proven =
            |term: &Term| term.language == language && term.strength == 3 && term.check != Check::Unsourced;
        let holds_proven = texts.into_iter().any(|text| {
            let inside = self.matches(text, scratch);
            let mut inside = inside.iter().filter_map(|found| self.term(found.term));
            inside.any(is_proven)
        });
        if holds_proven { 3 } else { 2 }
    }
}

/// The rules of a language with their index.
fn rules_of<'l>(
    languages: &'l [LanguageRules],
    language: &str,
    text: &str,
) -> Result<(u16, &'l LanguageRules), LexiconError> {
    let place = languages.binary_search_by(|rules| rules.code.as_str().cmp(language));
    place
        .ok()
        .and_then(|at| Some((u16::try_from(at).ok()?, languages.get(at)?)))
        .ok_or_else(|| LexiconError::UnknownLanguage {
            language: language.to_owned(),
            text: text.to_owned(),
        })
}

fn not_empty(made: Vec<Pattern>, language: &str, text: &str) -> Result<Vec<Pattern>, LexiconError> {
    if made.is_empty() {
        return Err(LexiconError::EmptyTerm {
            language: language.to_owned(),
            text: text.to_owned(),
        });
    }
    Ok(made)
}

/// Bytes that a phrase may take in a text.
fn reach(phrase: &Phrase) -> usize {
    let parts = phrase.parts().map(|part| part.len().saturating_add(SLACK));
    let all = parts.fold(0usize, |sum, part| {
        sum.saturating_add(part).saturating_add(4 * GAP)
    });
    all.saturating_sub(4 * GAP)
}

/// The choices of anchors of all terms' patterns, and those of the parts of each phrase.
fn choices(
    patterns: &[Pattern],
    languages: &[LanguageRules],
    phrases: &[Phrase],
    scratch: &mut Normal,
) -> (Vec<Choices>, Vec<Parts>) {
    let mut of_terms: Vec<Choices> = Vec::new();
    let mut of_phrases: Vec<Parts> = phrases
        .iter()
        .map(|phrase| vec![Vec::new(); phrase.parts().count()])
        .collect();
    for pattern in patterns {
        let Some(rules) = languages.get(usize::from(pattern.language)) else {
            continue;
        };
        let made = anchors(pattern, rules, scratch);
        match pattern.sought {
            Sought::Term(_) => of_terms.push(made),
            Sought::Part(phrase, at) => {
                let part = of_phrases
                    .get_mut(phrase as usize)
                    .and_then(|parts| parts.get_mut(at as usize));
                if let Some(part) = part {
                    part.push(made);
                }
            }
        }
    }
    (of_terms, of_phrases)
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
fn anchors(pattern: &Pattern, rules: &LanguageRules, scratch: &mut Normal) -> Choices {
    let mut choices: Choices = grams(&pattern.loose).into_iter().map(|gram| vec![gram]).collect();
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
            .filter(|(path, _)| path.starts_with("lexicon/") || path.starts_with("phrases/"))
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
        let of_terms = |pattern: &&Pattern| matches!(pattern.sought, Sought::Term(_));
        for pattern in lexicon.patterns.iter().filter(of_terms) {
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

    /// One part in the place of each of its patterns, the others as listed.
    #[test]
    fn the_prefilter_lets_every_spelling_of_every_phrase_pass() {
        let lexicon = embedded();
        let mut places = Vec::new();
        for pattern in &lexicon.patterns {
            let Sought::Part(phrase, at) = pattern.sought else {
                continue;
            };
            let rules = &lexicon.languages[usize::from(pattern.language)];
            let endings = rules.suffixes.iter().chain(&rules.plural_endings);
            for ending in endings.map(String::as_str).chain([""]) {
                let form = format!("{}{ending}", pattern.text);
                let mut parts: Vec<&str> = lexicon.phrases[phrase as usize].parts().collect();
                parts[at as usize] = &form;
                let text = format!("x {}.", parts.join(" x "));
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
