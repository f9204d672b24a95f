//! From a listed term to the strings that are looked for.
//!
//! A term becomes one pattern for each of its spellings. A pattern is found by its loose form (one
//! automaton for all languages) and confirmed in the form of its own language.

use super::normalise::{Normal, normalise};
use super::rules::{Boundary, Folding, LanguageRules, Spelling};
use super::{Role, Term};
use unicode_normalization::UnicodeNormalization;

/// Spellings of one term kept; the product of all variants could be far larger.
const SPELLINGS: usize = 64;

/// What a pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sought {
    /// The term with this index.
    Term(u32),
    /// A part of a phrase: the index of the phrase, and which part, from 0.
    Part(u32, u32),
}

/// One spelling of one term, or of one part of a phrase.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// What it stands for.
    pub(super) sought: Sought,
    /// Index of the language.
    pub(super) language: u16,
    /// The strength where it is less than the term's.
    pub(super) strength: Option<u8>,
    /// The words in the form of the language; a single one where blanks do not count.
    pub(super) words: Vec<Box<str>>,
    /// Whether an end of the last word was dropped that gives way to endings.
    pub(super) stem: bool,
    /// Words that count in capitals only: position and spelling.
    pub(super) capitals: Vec<(usize, Box<str>)>,
    /// The form with all diacritics, where nothing less will do.
    pub(super) exact: Option<Box<str>>,
    /// The text without diacritics where that will do for an identifier.
    pub(super) bare: bool,
    /// The loose form.
    pub(super) loose: Box<str>,
    /// The spelling.
    pub(super) text: String,
}

/// The patterns of `term`, at least one unless the term has no letters.
pub(super) fn patterns(
    index: u32,
    term: &Term,
    language: u16,
    rules: &LanguageRules,
    scratch: &mut Normal,
) -> Vec<Pattern> {
    let sought = Sought::Term(index);
    let mut made = spelled(sought, &term.text, None, language, rules, scratch);
    if term.role == Role::Word {
        for forms in rules.forms.iter().filter(|forms| forms.term == term.text) {
            for form in &forms.texts {
                let strength = Some(forms.strength);
                made.extend(spelled(sought, form, strength, language, rules, scratch));
            }
        }
    }
    made
}

/// The patterns of all spellings of `text`.
pub(super) fn spelled(
    sought: Sought,
    text: &str,
    strength: Option<u8>,
    language: u16,
    rules: &LanguageRules,
    scratch: &mut Normal,
) -> Vec<Pattern> {
    spellings(text, rules)
        .iter()
        .filter_map(|spelling| pattern(sought, spelling, language, strength, rules, scratch))
        .collect()
}

fn pattern(
    sought: Sought,
    text: &str,
    language: u16,
    strength: Option<u8>,
    rules: &LanguageRules,
    scratch: &mut Normal,
) -> Option<Pattern> {
    let mut text = text.trim();
    if rules.boundary != Boundary::Substring {
        text = text.trim_end_matches(['.', ':', '!', '?']);
    }
    let mut stem = false;
    if rules.boundary == Boundary::Prefix {
        let several = text.contains(' ');
        let endings = rules
            .stem_endings
            .iter()
            .enumerate()
            .filter(|(at, _)| several || *at == 0);
        for ending in endings.map(|(_, ending)| ending.as_str()) {
            if let Some(cut) = text.strip_suffix(ending) {
                text = cut;
                stem = true;
                break;
            }
        }
    }
    let mut form = |folding, keep_case| {
        normalise(text, folding, keep_case, scratch);
        scratch.text().to_owned()
    };
    let own = form(rules.folding, false);
    let loose = form(Folding::Loose, false);
    if loose.is_empty() {
        return None;
    }
    // Few languages have words that count in capitals only.
    let cased = if rules.capitals.is_empty() {
        String::new()
    } else {
        form(rules.folding, true)
    };
    let words: Vec<Box<str>> = match rules.boundary {
        Boundary::Substring => vec![own.into()],
        Boundary::Word | Boundary::Prefix => own.split(' ').map(Box::from).collect(),
    };
    let capitals = cased
        .split(' ')
        .enumerate()
        .filter(|(_, word)| rules.capitals.iter().any(|capital| capital == word))
        .map(|(at, word)| (at, Box::from(word)))
        .collect();
    let exact = (words.len() < rules.folded_words).then(|| form(Folding::Exact, false).into());
    let bare = rules.bare_words > 0 && words.len() >= rules.bare_words;
    Some(Pattern {
        sought,
        language,
        strength,
        words,
        stem,
        capitals,
        exact,
        bare,
        loose: loose.into(),
        text: text.to_owned(),
    })
}

/// All spellings of `text` that the rules allow; the listed one first. Of each group of spellings the
/// longest come first.
fn spellings(text: &str, rules: &LanguageRules) -> Vec<String> {
    let listed: String = text.nfc().collect();
    let whole_words = rules.boundary != Boundary::Substring;
    let mut found = vec![Spelling::from(listed)];
    for group in &rules.spelling {
        let mut further = Vec::new();
        for spelling in &found {
            let is_there = |from: &&Spelling| replace(spelling, from, from, whole_words).is_some();
            let Some(from) = group.iter().find(is_there) else {
                continue;
            };
            let others = group.iter().filter(|to| *to != from);
            let others = others.filter_map(|to| replace(spelling, from, to, whole_words));
            further.extend(others.map(Spelling::from));
        }
        found.extend(further);
        found.truncate(SPELLINGS);
    }
    let mut found: Vec<String> = found.into_iter().map(|spelling| spelling.text).collect();
    for [from, to] in &rules.digraphs {
        let further: Vec<String> = found
            .iter()
            .filter(|spelling| spelling.contains(from.as_str()))
            .map(|spelling| spelling.replace(from.as_str(), to))
            .collect();
        found.extend(further);
    }
    if rules.joined {
        found = found
            .iter()
            .flat_map(|spelling| joints(spelling, rules))
            .collect();
    }
    found
}

/// The text of `spelling` with every `from` replaced by `to`, or nothing when there is none.
fn replace(spelling: &Spelling, from: &Spelling, to: &Spelling, whole_words: bool) -> Option<String> {
    let (text, lower) = (spelling.text.as_str(), spelling.lower.as_str());
    // Nearly nothing is in the text, and to look for words takes longer.
    memchr::memmem::find(lower.as_bytes(), from.lower.as_bytes())?;
    if !whole_words {
        return text
            .contains(&from.text)
            .then(|| text.replace(&from.text, &to.text));
    }
    let words: Vec<(&str, &str)> = text.split(' ').zip(lower.split(' ')).collect();
    let sought: Vec<&str> = from.lower.split(' ').collect();
    let mut out: Vec<&str> = Vec::new();
    let mut rest = words.as_slice();
    let mut any = false;
    while let Some(((first, _), others)) = rest.split_first() {
        let here = rest.get(..sought.len());
        if here.is_some_and(|here| here.iter().map(|(_, lower)| lower).eq(&sought)) {
            out.push(&to.text);
            rest = rest.get(sought.len()..).unwrap_or_default();
            any = true;
        } else {
            out.push(first);
            rest = others;
        }
    }
    any.then(|| out.join(" "))
}

/// The ways to write the words of `text` together or apart.
fn joints(text: &str, rules: &LanguageRules) -> Vec<String> {
    let killer = rules.stem_endings.first().map_or("", String::as_str);
    let mut words = text.split(' ');
    let mut made = vec![words.next().unwrap_or_default().to_owned()];
    for next in words {
        let doubled = rules
            .doubling
            .iter()
            .find(|consonant| next.starts_with(consonant.as_str()));
        let doubled = doubled.map(|consonant| format!("{consonant}{killer}"));
        let mut further = Vec::new();
        for start in &made {
            let plain = doubled
                .as_deref()
                .and_then(|ending| start.strip_suffix(ending))
                .unwrap_or(start);
            further.push(format!("{plain} {next}"));
            further.push(format!("{plain}{next}"));
            if let Some(ending) = &doubled {
                further.push(format!("{plain}{ending} {next}"));
                further.push(format!("{plain}{ending}{next}"));
            }
        }
        made = further;
        if made.len() > SPELLINGS {
            return vec![text.to_owned(), text.replace(' ', "")];
        }
    }
    made
}
