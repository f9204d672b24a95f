//! Running the examples of signatures: facts that must match, must not match, or give a verdict.

use super::{Complaint, Complaints, codes};
use crate::facts::{self, FactSet};
use crate::matching;
use crate::signatures::Ruleset;
use crate::signatures::catalogue::Sort;
use crate::signatures::load::{Files, INDICATOR_FOLDERS};
use crate::signatures::schema::{Examples, Indicator};

/// Runs the examples of every rule of `ruleset`, which was read from `files`.
#[must_use]
pub fn test(ruleset: &Ruleset, files: &Files) -> Vec<Complaint> {
    let mut complaints = Complaints::new(files);
    for indicator in ruleset.indicators_in_order().filter(|one| is_run(one)) {
        let id = indicator.id.get_ref();
        complaints.open_signature(&INDICATOR_FOLDERS, id);
        complaints.run(id, &indicator.examples, |facts| {
            matching::findings(facts, ruleset)
                .iter()
                .any(|finding| finding.id == *id)
        });
    }
    complaints.run_sdks(ruleset);
    complaints.run_policies(ruleset);
    complaints.sorted()
}

/// How many signatures of a sort have examples, and how many examples that are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tested {
    /// Signatures with at least one.
    pub signatures: usize,
    /// Examples that must match, or of rules all.
    pub matching: usize,
    /// Examples that must not match.
    pub no_match: usize,
}

impl Tested {
    fn add(&mut self, matching: usize, no_match: usize) {
        let any = usize::from(matching > 0 || no_match > 0);
        self.signatures = self.signatures.saturating_add(any);
        self.matching = self.matching.saturating_add(matching);
        self.no_match = self.no_match.saturating_add(no_match);
    }
}

/// What [`test()`] runs, by sort.
#[must_use]
pub fn tested(ruleset: &Ruleset) -> [(Sort, Tested); 3] {
    let mut indicators = Tested::default();
    for indicator in ruleset.indicators_in_order().filter(|one| is_run(one)) {
        let examples = &indicator.examples;
        indicators.add(examples.matching.len(), examples.no_match.len());
    }
    let mut sdks = Tested::default();
    for sdk in ruleset.sdks().values().filter(|sdk| sdk.is_matched()) {
        sdks.add(sdk.examples.matching.len(), sdk.examples.no_match.len());
    }
    let mut rules = Tested::default();
    for rule in ruleset.policies().iter().flat_map(|file| &file.rule) {
        if rule.get_ref().withdrawn.is_none() {
            rules.add(rule.get_ref().example.len(), 0);
        }
    }
    [
        (Sort::Indicators, indicators),
        (Sort::Sdks, sdks),
        (Sort::Policies, rules),
    ]
}

fn is_run(indicator: &Indicator) -> bool {
    indicator.status.is_matched() && indicator.withdrawn.is_none()
}

impl Complaints<'_> {
    /// Runs the examples of one rule, which holds for some facts.
    pub(super) fn run(&mut self, id: &str, examples: &Examples, holds: impl Fn(&FactSet) -> bool) {
        let matching = examples.matching.iter().map(|text| (text, true));
        for (text, expected) in matching.chain(examples.no_match.iter().map(|text| (text, false))) {
            let Some(facts) = self.facts(id, text) else {
                continue;
            };
            if holds(&facts) == expected {
                continue;
            }
            let code = if expected { codes::D11 } else { codes::D17 };
            let mut lines = text.get_ref().trim().lines();
            let first = lines.next().unwrap_or_default();
            let more = if lines.next().is_some() { " …" } else { "" };
            let shown = format!("{first}{more}");
            self.add_at(&text.span(), id, code, &[("facts", &shown)]);
        }
    }

    pub(super) fn facts(&mut self, id: &str, text: &toml::Spanned<String>) -> Option<FactSet> {
        match facts::text::parse(text.get_ref()) {
            Ok(facts) => Some(facts),
            Err(error) => {
                self.add_at(&text.span(), id, codes::D10, &[("error", &error.to_string())]);
                None
            }
        }
    }
}
