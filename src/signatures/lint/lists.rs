//! What lists of words and phrases must have.

use std::collections::BTreeSet;

use super::{Complaints, codes};
use crate::lexicon::load::lists;
use crate::lexicon::{Hit, Lexicon, Role, Scratch, Term, WordLists};
use crate::signatures::Ruleset;
use crate::signatures::load::Files;

impl Complaints {
    pub(super) fn lists(&mut self, ruleset: &Ruleset, files: &Files) {
        let of_words = |path: &str| path.starts_with("lexicon/") || path.starts_with("phrases/");
        let read = files.iter().filter(|(path, _)| of_words(path));
        let read = read.map(|(path, text)| (path.clone(), text.clone())).collect();
        let Ok(lists) = lists(&read) else {
            // The loader has refused them before.
            return;
        };
        self.words(&lists);
        self.phrases(ruleset);
        self.masks(lists);
    }

    fn words(&mut self, lists: &WordLists) {
        let mut seen = BTreeSet::new();
        let mut languages = BTreeSet::new();
        for term in &lists.terms {
            languages.insert(term.language.as_str());
            if !seen.insert((term.language.as_str(), term.text.to_lowercase())) {
                let problem = format!("`{}` stands here twice", term.text);
                self.add(&format!("lexicon/{}", term.language), codes::W01, problem);
            }
        }
        for rules in &lists.languages {
            if !languages.contains(rules.code.as_str()) {
                let problem = format!("`{}` has no words", rules.code);
                self.add("lexicon/rules", codes::W03, problem);
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
                let problem = format!("`{}` covers no listed word", mask.text);
                self.add(&format!("lexicon/{}", mask.language), codes::W02, problem);
            }
        }
    }

    fn phrases(&mut self, ruleset: &Ruleset) {
        let mut seen = BTreeSet::new();
        for (_, phrase) in ruleset.lexicon().phrases() {
            let id = format!("phrases/{}", phrase.language);
            let letters = |part: &str| part.chars().filter(|letter| letter.is_alphanumeric()).count();
            if let Some(part) = phrase.parts().find(|part| letters(part) < 2) {
                let problem = format!("the part `{part}` of `{}` says nothing", phrase.text);
                self.add(&id, codes::F01, problem);
            }
            if !seen.insert((phrase.language.as_str(), phrase.text.to_lowercase())) {
                self.add(&id, codes::F02, format!("`{}` stands here twice", phrase.text));
            }
            if phrase.gloss.trim().is_empty() {
                self.add(&id, codes::F03, format!("`{}` has no gloss", phrase.text));
            }
        }
    }
}
