//! The word lists against texts that must and must not be taken for lending.

use dunwatch::lexicon::{Hit, Lexicon, Role, Scratch, load};
use serde::Deserialize;
use std::sync::LazyLock;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::build(load::embedded().unwrap(), &[]).unwrap());

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Examples {
    example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    language: String,
    text: String,
    #[serde(rename = "match")]
    matches: bool,
    #[serde(default)]
    identifier: bool,
}

fn hits(text: &str, identifier: bool) -> Vec<Hit> {
    let mut hits = Vec::new();
    if identifier {
        LEXICON.scan_identifier(text, &mut Scratch::default(), &mut hits);
    } else {
        LEXICON.scan(text, &mut Scratch::default(), &mut hits);
    }
    hits
}

/// Each hit as `language:term listed>counted`.
fn named(hits: &[Hit]) -> Vec<String> {
    hits.iter()
        .filter_map(|hit| match hit {
            Hit::Term { id, strength, .. } => LEXICON
                .term(*id)
                .map(|term| format!("{}:{} {}>{strength}", term.language, term.text, term.strength)),
            Hit::Literal { .. } => None,
        })
        .collect()
}

/// Whether a term listed with `listed` or more is found that counts `counted` or more.
fn holds(hits: &[Hit], listed: u8, counted: u8) -> bool {
    hits.iter().any(|hit| match hit {
        Hit::Term { id, strength, .. } => LEXICON
            .term(*id)
            .is_some_and(|term| term.role == Role::Word && term.strength >= listed && *strength >= counted),
        Hit::Literal { .. } => false,
    })
}

#[test]
fn every_example_is_told_apart() {
    let text = include_str!("lexicon_examples.toml");
    let examples: Examples = toml::from_str(text).unwrap();
    let mut wrong = Vec::new();
    for example in &examples.example {
        let hits = hits(&example.text, example.identifier);
        let right = if example.matches {
            holds(&hits, 3, 2)
        } else {
            !holds(&hits, 0, 2)
        };
        if !right {
            let expected = if example.matches {
                "must match"
            } else {
                "must not match"
            };
            wrong.push(format!(
                "{} {expected}: {} {:?}",
                example.language,
                example.text,
                named(&hits)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        examples.example.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_term_finds_itself() {
    let mut missing = Vec::new();
    for (id, term) in LEXICON.terms() {
        let hits = hits(&term.text, false);
        // A false friend or a longer term of the same place may take it over; something must be found.
        if hits.is_empty() {
            missing.push(format!("{id:?} {}:{}", term.language, term.text));
        }
    }
    assert!(
        missing.is_empty(),
        "{} terms:\n{}",
        missing.len(),
        missing.join("\n")
    );
}
