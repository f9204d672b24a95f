//! How a word or phrase of the lexicon is written as a fact.
//!
//! `<class>-<strength> <language> <term>`, for example `loan-product-strong id pinjaman online`, and
//! `<kind>-<strength> <language> <phrase>`, for example `threat-contacts-strong id sebar foto KTP`.
//! The strength is the effective one: an unsourced strong one counts as medium.

use super::{Fact, FactKind};

/// What one word is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A false friend that is counter-evidence only.
    Context,
    /// Counts only beside strong words.
    Weak,
    /// Counts together with others.
    Medium,
    /// Counts by itself.
    Strong,
}

impl Strength {
    /// All strengths.
    pub const ALL: &'static [Strength] = &[Self::Context, Self::Weak, Self::Medium, Self::Strong];

    /// The name used in kinds and facts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Context => "context",
            Self::Weak => "weak",
            Self::Medium => "medium",
            Self::Strong => "strong",
        }
    }

    /// The strength of a number of the word lists, 0 to 3.
    #[must_use]
    pub fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Context,
            1 => Self::Weak,
            2 => Self::Medium,
            _ => Self::Strong,
        }
    }
}

/// The fact that a word was seen, in a text or in a name.
#[must_use]
pub fn word_fact(in_name: bool, class: &str, strength: Strength, language: &str, term: &str) -> Fact {
    let kind = if in_name {
        FactKind::NameWord
    } else {
        FactKind::Word
    };
    Fact::new(kind, format!("{class}-{} {language} {term}", strength.name()))
}

/// The fact that a phrase was seen.
#[must_use]
pub fn phrase_fact(kind: &str, strength: Strength, language: &str, phrase: &str) -> Fact {
    Fact::new(
        FactKind::Phrase,
        format!("{kind}-{} {language} {phrase}", strength.name()),
    )
}

/// The language of a word or phrase; `None` for any other fact.
#[must_use]
pub fn language_of(fact: &Fact) -> Option<&str> {
    match fact.kind {
        FactKind::Word | FactKind::NameWord | FactKind::Phrase => fact.value.split(' ').nth(1),
        _ => None,
    }
}

/// The term of a word, the text of a phrase, the whole value of any other fact.
#[must_use]
pub fn term_of(fact: &Fact) -> &str {
    match fact.kind {
        FactKind::Word | FactKind::NameWord | FactKind::Phrase => {
            fact.value.splitn(3, ' ').nth(2).unwrap_or(&fact.value)
        }
        _ => &fact.value,
    }
}
