//! The words of lending apps: which of them a text holds.
//!
//! The lists and the rules of each language are data (`signatures/lexicon/`), read by [`load`].
//! [`Lexicon::build`] makes one automaton of all terms in all spellings and of the literal strings
//! that other signatures look for; it is immutable and may be shared between threads.
//!
//! A text goes through four steps:
//!
//! 1. a prefilter turns nearly all texts away (`prefilter`);
//! 2. the rest is brought into a *loose* normal form, in which all spellings that any language
//!    takes for equal are equal (`normalise`, `fold`), and the automaton runs over it;
//! 3. each match is confirmed in the normal form of its own language and at the boundaries of its
//!    words in the original text (`words`);
//! 4. false friends hide what lies inside them, and the longest match wins (`resolve`).
//!
//! Phrases go the same way, part by part; [`phrase`] puts the parts together.
//!
//! Word boundaries follow Unicode Standard Annex 29 with these deviations: a colon ends a word; a
//! full stop joins ASCII letters only; a hyphen is a space; scripts written without spaces
//! (Chinese, Thai) are matched anywhere between two grapheme clusters.
//!
//! The same spelling in several languages is reported once: for the strongest of the terms, and
//! among equals for the first in the order of the language tags.

mod anchor;
mod compile;
mod fold;
mod frequent;
mod identifier;
pub mod load;
mod normalise;
mod pattern;
pub mod phrase;
mod prefilter;
mod resolve;
pub mod rules;
mod scan;
mod words;

pub use compile::Lexicon;
pub use phrase::{Phrase, PhraseId, PhraseKind};
pub use scan::Scratch;

use rules::LanguageRules;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use thiserror::Error;

/// What a word speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WordClass {
    /// The loan itself, or the app as a lender.
    LoanProduct,
    /// Applying, reviewing, paying out.
    LoanProcess,
    /// The amount one may borrow.
    CreditLimit,
    /// Interest, fees, deductions.
    InterestFee,
    /// Money at once, for everybody, without security.
    InstantApprovalClaim,
    /// No look at the borrower's credit record.
    NoCreditCheckClaim,
    /// Paying back, and being late.
    RepaymentOverdue,
    /// Collecting debts.
    Collection,
    /// Threats, exposure, blackmail.
    ThreatShame,
    /// Persons the borrower must name.
    EmergencyContactOrReference,
    /// Why the app asks for contacts, messages or calls.
    ContactPermissionRationale,
    /// Who the borrower is.
    Kyc,
    /// Licences, regulators, compulsory statements. Anyone can claim them.
    LegitimateLenderMarker,
    /// Not about lending, although it looks like it.
    FalseFriend,
}

impl WordClass {
    /// All classes.
    pub const ALL: &'static [WordClass] = &[
        Self::LoanProduct,
        Self::LoanProcess,
        Self::CreditLimit,
        Self::InterestFee,
        Self::InstantApprovalClaim,
        Self::NoCreditCheckClaim,
        Self::RepaymentOverdue,
        Self::Collection,
        Self::ThreatShame,
        Self::EmergencyContactOrReference,
        Self::ContactPermissionRationale,
        Self::Kyc,
        Self::LegitimateLenderMarker,
        Self::FalseFriend,
    ];

    /// The name used in the word lists and in signatures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LoanProduct => "loan-product",
            Self::LoanProcess => "loan-process",
            Self::CreditLimit => "credit-limit",
            Self::InterestFee => "interest-fee",
            Self::InstantApprovalClaim => "instant-approval-claim",
            Self::NoCreditCheckClaim => "no-credit-check-claim",
            Self::RepaymentOverdue => "repayment-overdue",
            Self::Collection => "collection",
            Self::ThreatShame => "threat-shame",
            Self::EmergencyContactOrReference => "emergency-contact-or-reference",
            Self::ContactPermissionRationale => "contact-permission-rationale",
            Self::Kyc => "kyc",
            Self::LegitimateLenderMarker => "legitimate-lender-marker",
            Self::FalseFriend => "false-friend",
        }
    }
}

/// How far the source of a term was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Found by machine in the named source.
    Literal,
    /// Read in an excerpt of the named source.
    Excerpt,
    /// The source says the same in another spelling.
    ParaphraseLocal,
    /// From general knowledge of the language.
    Unsourced,
}

/// What a match of a term does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It is evidence of its class.
    #[default]
    Word,
    /// It hides the terms that lie wholly inside it.
    Mask,
    /// It is evidence of another subject.
    Context,
}

/// One listed word or phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Term {
    /// BCP 47 tag.
    pub language: String,
    /// The word or phrase as listed.
    pub text: String,
    /// What it speaks of.
    pub class: WordClass,
    /// Strength as listed, 0 (none) to 3.
    pub strength: u8,
    /// How far its source was verified.
    pub check: Check,
    /// Where it was found; empty for an unsourced term.
    pub source: String,
    /// A remark for the reader of the list.
    pub note: String,
    /// What a match of it does.
    pub role: Role,
}

/// Number of a term; terms are numbered in the order they were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub u32);

/// Something found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    /// A listed word or false friend; see [`Term::role`].
    Term {
        /// The term.
        id: TermId,
        /// What the match counts: the effective strength, or less for a weaker form.
        strength: u8,
        /// Where it stands, in bytes of the text (of the decoded text, if it was not UTF-8).
        span: Range<u32>,
    },
    /// A listed phrase.
    Phrase {
        /// The phrase.
        id: PhraseId,
        /// What it counts: its effective strength.
        strength: u8,
        /// From the beginning of its first part to the end of its last, in bytes as above.
        span: Range<u32>,
    },
    /// A literal string.
    Literal {
        /// Its place in the list given to [`Lexicon::build`].
        index: u32,
    },
}

/// The word lists and the rules of their languages, ready to be built.
#[derive(Debug, Clone, Default)]
pub struct WordLists {
    /// The rules, one for each language.
    pub languages: Vec<LanguageRules>,
    /// The terms.
    pub terms: Vec<Term>,
    /// The phrases.
    pub phrases: Vec<Phrase>,
}

/// Why a lexicon could not be loaded or built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LexiconError {
    /// A data file does not say what it should.
    #[error("{file}:{line}:{column}: {message}")]
    File {
        /// Name of the file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A term or phrase stands under a language without rules.
    #[error("no rules for the language {language} of the term {text:?}")]
    UnknownLanguage {
        /// Tag of the language.
        language: String,
        /// The term.
        text: String,
    },
    /// A term, or a part of a phrase, without a letter that could be looked for.
    #[error("the term {text:?} of {language} holds no letters")]
    EmptyTerm {
        /// Tag of the language.
        language: String,
        /// The term.
        text: String,
    },
    /// A literal string that is not ASCII or holds no letter.
    #[error("the literal {text:?} is not ASCII with at least one letter")]
    BadLiteral {
        /// The literal.
        text: String,
    },
    /// The automaton could not be built.
    #[error("the automaton of the word lists: {0}")]
    Automaton(#[from] Box<aho_corasick::BuildError>),
}
