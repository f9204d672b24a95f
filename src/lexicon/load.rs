//! Reading the word lists and the rules of their languages.

use super::rules::LanguageRules;
use super::{Check, LexiconError, Phrase, PhraseKind, Role, Term, WordClass, WordLists};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The version of the data files that is read.
pub const SCHEMA: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    schema: u32,
    language: Vec<LanguageRules>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile {
    schema: u32,
    language: String,
    terms: Vec<Entry>,
    #[serde(default)]
    withdraw: Vec<Withdrawal>,
}

/// A term that another list of the language has and that no longer counts as listed there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Withdrawal {
    text: String,
    #[expect(dead_code, reason = "for the reader of the list")]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    text: String,
    class: WordClass,
    strength: u8,
    check: Check,
    #[serde(default)]
    source: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    role: Role,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseFile {
    schema: u32,
    language: String,
    phrases: Vec<PhraseEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseEntry {
    text: String,
    kind: PhraseKind,
    strength: u8,
    check: Check,
    #[serde(default)]
    source: String,
    gloss: String,
}

/// The word lists in `files`, by path: `…/rules.toml` holds the rules, `phrases/…` phrases, every
/// other file a list of words. A language may have several lists; one can withdraw terms of the others.
///
/// # Errors
/// When a file is not valid.
pub fn lists(files: &BTreeMap<String, String>) -> Result<WordLists, LexiconError> {
    let mut lists = WordLists::default();
    let mut terms: Vec<(&str, Term)> = Vec::new();
    let mut withdrawn: Vec<(&str, String, String)> = Vec::new();
    for (path, text) in files {
        if path.ends_with("/rules.toml") {
            lists.languages.extend(parse_rules(path, text)?);
        } else if path.starts_with("phrases/") {
            lists.phrases.extend(parse_phrases(path, text)?);
        } else {
            let parsed = read_list(path, text)?;
            let texts = parsed.withdraw.into_iter().map(|one| one.text);
            withdrawn.extend(texts.map(|term| (path.as_str(), parsed.language.clone(), term)));
            let listed = terms_of(path, text, &parsed.language, parsed.terms)?;
            terms.extend(listed.into_iter().map(|term| (path.as_str(), term)));
        }
    }
    for (path, language, text) in withdrawn {
        let before = terms.len();
        terms.retain(|(from, term)| *from == path || term.language != language || term.text != text);
        if terms.len() == before {
            let place = files.get(path).and_then(|file| file.find(&format!("{text:?}")));
            let file = files.get(path).map(String::as_str).unwrap_or_default();
            let message = format!("{text:?}: no other list of {language} has this term");
            return Err(at(path, file, place.unwrap_or_default(), message));
        }
    }
    lists.terms = terms.into_iter().map(|(_, term)| term).collect();
    Ok(lists)
}

/// Reads a file of language rules. `file` is its name for messages.
///
/// # Errors
/// When the text is not TOML of the expected form, or of another schema version.
pub fn parse_rules(file: &str, text: &str) -> Result<Vec<LanguageRules>, LexiconError> {
    let parsed: RulesFile = toml::from_str(text).map_err(|error| located(file, text, &error))?;
    check_schema(file, parsed.schema)?;
    Ok(parsed.language)
}

/// Reads the word list of one language. `file` is its name for messages.
///
/// # Errors
/// When the text is not TOML of the expected form, of another schema version, or contradicts itself.
pub fn parse_list(file: &str, text: &str) -> Result<Vec<Term>, LexiconError> {
    let parsed = read_list(file, text)?;
    terms_of(file, text, &parsed.language, parsed.terms)
}

fn read_list(file: &str, text: &str) -> Result<ListFile, LexiconError> {
    let parsed: ListFile = toml::from_str(text).map_err(|error| located(file, text, &error))?;
    check_schema(file, parsed.schema)?;
    Ok(parsed)
}

fn terms_of(file: &str, text: &str, language: &str, entries: Vec<Entry>) -> Result<Vec<Term>, LexiconError> {
    let mut terms = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Some(message) = contradiction(&entry) {
            let place = text.find(&format!("{:?}", entry.text)).unwrap_or_default();
            let message = format!("{:?}: {message}", entry.text);
            return Err(at(file, text, place, message));
        }
        terms.push(Term {
            language: language.to_owned(),
            text: entry.text,
            class: entry.class,
            strength: entry.strength,
            check: entry.check,
            source: entry.source,
            note: entry.note,
            role: entry.role,
        });
    }
    Ok(terms)
}

/// Reads the phrases of one language. `file` is its name for messages.
///
/// # Errors
/// When the text is not TOML of the expected form, of another schema version, or contradicts itself.
pub fn parse_phrases(file: &str, text: &str) -> Result<Vec<Phrase>, LexiconError> {
    let parsed: PhraseFile = toml::from_str(text).map_err(|error| located(file, text, &error))?;
    check_schema(file, parsed.schema)?;
    let language = parsed.language;
    let mut phrases = Vec::with_capacity(parsed.phrases.len());
    for entry in parsed.phrases {
        let phrase = Phrase {
            language: language.clone(),
            kind: entry.kind,
            text: entry.text,
            strength: entry.strength,
            check: entry.check,
            source: entry.source,
            gloss: entry.gloss,
        };
        if let Some(message) = phrase_contradiction(&phrase) {
            let place = text.find(&format!("{:?}", phrase.text)).unwrap_or_default();
            let message = format!("{:?}: {message}", phrase.text);
            return Err(at(file, text, place, message));
        }
        phrases.push(phrase);
    }
    Ok(phrases)
}

fn phrase_contradiction(phrase: &Phrase) -> Option<&'static str> {
    if phrase.parts().any(str::is_empty) {
        Some("a phrase has words before, between and after its gaps")
    } else if !(1..=3).contains(&phrase.strength) {
        Some("the strength of a phrase goes from 1 to 3")
    } else if (phrase.check == Check::Unsourced) != phrase.source.is_empty() {
        Some("a source is named exactly when the phrase is not unsourced")
    } else {
        None
    }
}

fn contradiction(entry: &Entry) -> Option<&'static str> {
    let false_friend = entry.class == WordClass::FalseFriend;
    if entry.text.trim().is_empty() {
        Some("a term must not be empty")
    } else if entry.strength > 3 {
        Some("strength goes from 0 to 3")
    } else if false_friend && (entry.strength > 0 || entry.role == Role::Word) {
        Some("a false friend has strength 0 and is a mask or context")
    } else if !false_friend && entry.role != Role::Word {
        Some("only a false friend is a mask or context")
    } else if (entry.check == Check::Unsourced) != entry.source.is_empty() {
        Some("a source is named exactly when the term is not unsourced")
    } else {
        None
    }
}

fn check_schema(file: &str, schema: u32) -> Result<(), LexiconError> {
    if schema == SCHEMA {
        return Ok(());
    }
    let message = format!("schema {schema} is not supported, only {SCHEMA}");
    Err(LexiconError::File {
        file: file.to_owned(),
        line: 1,
        column: 1,
        message,
    })
}

fn located(file: &str, text: &str, error: &toml::de::Error) -> LexiconError {
    at(
        file,
        text,
        error.span().map_or(0, |span| span.start),
        error.message().to_owned(),
    )
}

fn at(file: &str, text: &str, offset: usize, message: String) -> LexiconError {
    let (line, column) = line_and_column(text, offset);
    LexiconError::File {
        file: file.to_owned(),
        line,
        column,
        message,
    }
}

/// Line and column, both from 1 and the column in characters, of the byte `offset` of `text`.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
    let line = before.get(line_start..).unwrap_or_default();
    (
        before.matches('\n').count().saturating_add(1),
        line.chars().count().saturating_add(1),
    )
}
