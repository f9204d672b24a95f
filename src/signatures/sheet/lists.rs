//! What the lists of words and phrases of a language say.

use super::{Body, Cell, Inline, Sheet, code, source, text};
use crate::lexicon::rules::{Boundary, Folding, LanguageRules, Plural, Spelling};
use crate::lexicon::{Check, Phrase, PhraseKind, Role, Term, WordClass};
use crate::signatures::catalogue::Catalogue;

impl Sheet {
    pub(super) fn words(&mut self, catalogue: &Catalogue<'_>) {
        let Some(language) = self.entry.languages.first().cloned() else {
            return;
        };
        let lexicon = catalogue.ruleset.lexicon();
        let terms: Vec<(&Term, u8)> = lexicon
            .terms()
            .filter(|(_, term)| term.language == language)
            .map(|(id, term)| (term, lexicon.effective_strength(id)))
            .collect();
        self.fact("language", code(&language));
        self.fact("entries", text(terms.len().to_string()));
        let checks = terms.iter().map(|(term, _)| term.check);
        self.fact("checks", text(counted(checks)));
        self.part("false-positives", Body::Said("words-false-positives"));
        self.part("false-negatives", Body::Said("words-false-negatives"));
        for class in WordClass::ALL
            .iter()
            .filter(|class| **class != WordClass::FalseFriend)
        {
            let of_class = terms.iter().filter(|(term, _)| term.class == *class);
            self.part(
                class.name(),
                Body::Rows {
                    columns: &[
                        "term",
                        "strength",
                        "effective-strength",
                        "check",
                        "source",
                        "note",
                    ],
                    rows: of_class.map(|(term, strength)| word(term, *strength)).collect(),
                },
            );
        }
        let friends = terms.iter().map(|(term, _)| *term);
        let friends = friends.filter(|term| term.class == WordClass::FalseFriend);
        self.part(
            WordClass::FalseFriend.name(),
            Body::Rows {
                columns: &["term", "role", "check", "source", "note"],
                rows: friends.map(false_friend).collect(),
            },
        );
        let rules = catalogue
            .lists
            .languages
            .iter()
            .find(|rules| rules.code == language);
        self.part(
            "language-rules",
            Body::Rows {
                columns: &["rule", "value"],
                rows: rules.map(language_rules).unwrap_or_default(),
            },
        );
    }

    pub(super) fn phrases(&mut self, catalogue: &Catalogue<'_>) {
        let Some(language) = self.entry.languages.first().cloned() else {
            return;
        };
        let lexicon = catalogue.ruleset.lexicon();
        let phrases: Vec<(&Phrase, u8)> = lexicon
            .phrases()
            .filter(|(_, phrase)| phrase.language == language)
            .map(|(id, phrase)| (phrase, lexicon.effective_phrase_strength(id)))
            .collect();
        self.fact("language", code(&language));
        self.fact("entries", text(phrases.len().to_string()));
        let checks = phrases.iter().map(|(phrase, _)| phrase.check);
        self.fact("checks", text(counted(checks)));
        self.part("false-positives", Body::Said("phrases-false-positives"));
        self.part("false-negatives", Body::Said("phrases-false-negatives"));
        for kind in PhraseKind::ALL {
            let of_kind = phrases.iter().filter(|(phrase, _)| phrase.kind == *kind);
            let row = |(phrase, strength): &(&Phrase, u8)| {
                vec![
                    text(&phrase.text),
                    text(&phrase.gloss),
                    text(phrase.strength.to_string()),
                    text(strength.to_string()),
                    code(check(phrase.check)),
                    named(&phrase.source),
                ]
            };
            self.part(
                kind.name(),
                Body::Rows {
                    columns: &[
                        "phrase",
                        "gloss",
                        "strength",
                        "effective-strength",
                        "check",
                        "source",
                    ],
                    rows: of_kind.map(row).collect(),
                },
            );
        }
    }
}

fn word(term: &Term, effective: u8) -> Vec<Cell> {
    vec![
        text(&term.text),
        text(term.strength.to_string()),
        text(effective.to_string()),
        code(check(term.check)),
        named(&term.source),
        text(&term.note),
    ]
}

fn false_friend(term: &Term) -> Vec<Cell> {
    let role = match term.role {
        Role::Word => "word",
        Role::Mask => "mask",
        Role::Context => "context",
    };
    vec![
        text(&term.text),
        code(role),
        code(check(term.check)),
        named(&term.source),
        text(&term.note),
    ]
}

fn named(words: &str) -> Cell {
    vec![source(words)]
}

fn check(check: Check) -> &'static str {
    match check {
        Check::Literal => "literal",
        Check::Excerpt => "excerpt",
        Check::ParaphraseLocal => "paraphrase-local",
        Check::Unsourced => "unsourced",
    }
}

/// How many entries were verified in which way.
fn counted(checks: impl Iterator<Item = Check> + Clone) -> String {
    let all = [
        Check::Literal,
        Check::Excerpt,
        Check::ParaphraseLocal,
        Check::Unsourced,
    ];
    let parts = all.iter().filter_map(|one| {
        let count = checks.clone().filter(|found| found == one).count();
        (count > 0).then(|| format!("{} {count}", check(*one)))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// The rules of a language that differ from having none.
fn language_rules(rules: &LanguageRules) -> Vec<Vec<Cell>> {
    let list = |words: &[String]| {
        words
            .iter()
            .map(|word| Inline::Code(word.clone()))
            .collect::<Cell>()
    };
    let groups = |groups: &[Vec<String>]| {
        let joined = groups.iter().map(|group| Inline::Code(group.join(" = ")));
        joined.collect::<Cell>()
    };
    let digraphs: Vec<Vec<String>> = rules.digraphs.iter().map(|pair| pair.to_vec()).collect();
    let texts = |group: &Vec<Spelling>| group.iter().map(|spelling| spelling.text.clone()).collect();
    let spelling: Vec<Vec<String>> = rules.spelling.iter().map(texts).collect();
    let forms: Vec<String> = rules
        .forms
        .iter()
        .map(|forms| format!("{}: {} ({})", forms.term, forms.texts.join(", "), forms.strength))
        .collect();
    let number = |number: usize| match number {
        0 => Vec::new(),
        _ => code(number.to_string()),
    };
    let all = [
        ("folding", code(folding(rules.folding))),
        ("boundary", code(boundary(rules.boundary))),
        ("prefixes", list(&rules.prefixes)),
        ("suffixes", list(&rules.suffixes)),
        ("plural", plural(rules.plural)),
        ("plural-endings", list(&rules.plural_endings)),
        ("capitals", list(&rules.capitals)),
        ("elision", list(&rules.elision)),
        ("stem-endings", list(&rules.stem_endings)),
        ("joined", if rules.joined { code("true") } else { Vec::new() }),
        ("doubling", list(&rules.doubling)),
        ("folded-words", number(rules.folded_words)),
        ("bare-words", number(rules.bare_words)),
        ("digraphs", groups(&digraphs)),
        ("spelling", groups(&spelling)),
        ("forms", list(&forms)),
    ];
    let said = all.into_iter().filter(|(_, cell)| !cell.is_empty());
    said.map(|(key, cell)| vec![code(key), cell]).collect()
}

fn folding(folding: Folding) -> &'static str {
    match folding {
        Folding::Latin => "latin",
        Folding::Spanish => "spanish",
        Folding::Vietnamese => "vietnamese",
        Folding::RomanisedHindi => "romanised-hindi",
        Folding::Devanagari => "devanagari",
        Folding::Arabic => "arabic",
        Folding::Urdu => "urdu",
        Folding::Ethiopic => "ethiopic",
        Folding::Plain => "plain",
        Folding::Loose => "loose",
        Folding::Exact => "exact",
    }
}

fn boundary(boundary: Boundary) -> &'static str {
    match boundary {
        Boundary::Word => "word",
        Boundary::Prefix => "prefix",
        Boundary::Substring => "substring",
    }
}

fn plural(plural: Plural) -> Cell {
    match plural {
        Plural::None => Vec::new(),
        Plural::Last => code("last"),
        Plural::Each => code("each"),
    }
}
