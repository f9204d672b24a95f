//! The linter: what a rule must have before others are judged by it.
//!
//! Each complaint has a code, a place and a remedy; [`codes`] lists the codes. The
//! loader has already refused unknown keys, unknown kinds, circles and doubled ids.
//!
//! | codes | about |
//! |---|---|
//! | `D` | indicators, and what all signatures have in common |
//! | `S` | SDKs |
//! | `P` | rules of stores and countries |
//! | `L` | published lists |
//! | `A` | advice |
//! | `W`, `F` | words, phrases |
//! | `V`, `M` | vocabulary, flow models |
//! | `G` | weights |

mod advice;
pub mod codes;
mod complaints;
mod examples;
mod indicators;
mod lists;
mod models;
mod policies;
mod published;
mod scoring;
mod sdks;
mod statements;
#[cfg(test)]
mod tests;

use super::Ruleset;
use super::load::Files;
use codes::Code;
use complaints::Complaints;
pub use examples::{Tested, test, tested};

/// One complaint about a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// Path of the file within the set.
    pub file: String,
    /// Line of what is to be mended, from 1; 1 where no line can be told.
    pub line: usize,
    /// What sort of complaint it is, and what to do about it.
    pub code: Code,
    /// Id of the rule it is about.
    pub id: String,
    /// What fills the places of the sentence that the messages have for the code, by name.
    pub values: Vec<(&'static str, String)>,
}

/// Checks every rule of `ruleset`, which was read from `files`, and runs the examples.
#[must_use]
pub fn lint(ruleset: &Ruleset, files: &Files) -> Vec<Complaint> {
    let mut found = check(ruleset, files);
    found.extend(test(ruleset, files));
    found.sort();
    found
}

/// Checks what every rule states of itself.
#[must_use]
pub fn check(ruleset: &Ruleset, files: &Files) -> Vec<Complaint> {
    let mut complaints = Complaints::new(files);
    complaints.withdrawn();
    complaints.indicators(ruleset);
    let kinds = complaints.vocabulary();
    complaints.kinds(ruleset, &kinds);
    complaints.sdks(ruleset);
    complaints.policies(ruleset);
    complaints.published(ruleset);
    complaints.advice();
    complaints.scoring(ruleset);
    complaints.lists();
    complaints.flows();
    complaints.sorted()
}
