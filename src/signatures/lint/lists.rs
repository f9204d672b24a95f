//! What lists of words and phrases must have.

use std::collections::BTreeSet;

use super::{Complaints, codes};
use crate::lexicon::load::{lists, parse_phrases};
use crate::lexicon::{Hit, Lexicon, Role, Scratch, Term, WordLists};
use crate::signatures::catalogue::stem;

impl Complaints<'_> {
    pub(super) fn lists(&mut self) {
        let of_words = |path: &str| path.starts_with("lexicon/") || path.starts_with("phrases/");
        let read = self.files.iter().filter(|(path, _)| of_words(path));
        let read = read.map(|(path, text)| (path.clone(), text.clone())).collect();
        let Ok(lists) = lists(&read) else {
            // The loader has refused them before.
            return;
        };
        self.words(&lists);
        self.phrases();
        self.masks(lists);
    }

    fn words(&mut self, lists: &WordLists) {
        let mut seen = BTreeSet::new();
        let mut languages = BTreeSet::new();
        for term in &lists.terms {
            languages.insert(term.language.as_str());
            if !seen.insert((term.language.as_str(), term.text.to_lowercase())) {
                self.open_list(&term.language, &term.text);
                self.add(
                    &format!("lexicon/{}", term.language),
                    codes::W01,
                    &[("word", &term.text)],
                );
            }
        }
        for rules in &lists.languages {
            if !languages.contains(rules.code.as_str()) {
                self.open("lexicon/rules.toml");
                self.at_text(&format!("code = \"{}\"", rules.code));
                self.add("lexicon/rules", codes::W03, &[("language", &rules.code)]);
            }
        }
    }

    /// A mask hides the words of any language that lie inside it, so there must be one that does.
    fn masks(&mut self, mut lists: WordLists) {
        let (masks, terms) = lists.terms.into_iter().partition(|term| term.role == Role::Mask);
        let masks: Vec<Term> = masks;
        lists.terms = terms;
        lists.phrases = Vec::new();
        let Ok(lexicon) = Lexicon::build(lists, &[]) else {
            return;
        };
        let (mut scratch, mut hits) = (Scratch::default(), Vec::new());
        for mask in masks {
            hits.clear();
            lexicon.scan(&mask.text, &mut scratch, &mut hits);
            let found = hits.iter().any(|hit| matches!(hit, Hit::Term { .. }));
            // Letters of a listed word inside a longer one are a trap as well, though the rules of the
            // language already keep them apart.
            let lower = mask.text.to_lowercase();
            let inside = |term: &Term| {
                term.language == mask.language
                    && term.role == Role::Word
                    && lower.contains(&term.text.to_lowercase())
            };
            if !found && !lexicon.terms().any(|(_, term)| inside(term)) {
                self.open_list(&mask.language, &mask.text);
                self.add(
                    &format!("lexicon/{}", mask.language),
                    codes::W02,
                    &[("word", &mask.text)],
                );
            }
        }
    }

    fn phrases(&mut self) {
        let mut seen = BTreeSet::new();
        for (path, text) in self.files.iter().filter(|(path, _)| path.starts_with("phrases/")) {
            let id = stem(path);
            self.open(path);
            for phrase in parse_phrases(path, text).unwrap_or_default() {
                self.at_text(&format!("{:?}", phrase.text));
                let letters = |part: &str| part.chars().filter(|letter| letter.is_alphanumeric()).count();
                if let Some(part) = phrase.parts().find(|part| letters(part) < 2) {
                    self.add(id, codes::F01, &[("part", part), ("text", &phrase.text)]);
                }
                if phrase.gloss.trim().is_empty() {
                    self.add(id, codes::F03, &[("text", &phrase.text)]);
                }
                if !seen.insert((phrase.language.clone(), phrase.text.to_lowercase())) {
                    self.at_last_text(&format!("{:?}", phrase.text));
                    self.add(id, codes::F02, &[("text", &phrase.text)]);
                }
            }
        }
    }

    /// Opens the last list of `language` that has this word, at the word.
    fn open_list(&mut self, language: &str, word: &str) {
        let (language, word) = (format!("language = {language:?}"), format!("{word:?}"));
        let files = self.files.iter().rev();
        let mut lists = files.filter(|(path, _)| path.starts_with("lexicon/"));
        let path = lists.find(|(_, text)| text.contains(&language) && text.contains(&word));
        self.open(path.map(|(path, _)| path.as_str()).unwrap_or_default());
        self.at_last_text(&word);
    }
}
