//! The linter: what a rule must have before others are judged by it.
//!
//! Each complaint has a code, a place and a remedy; `signatures/README.md` lists the codes. The
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
mod lists;
mod models;
mod policies;
mod published;
mod scoring;
mod sdks;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::Ruleset;
use super::catalogue::Sort;
use super::load::{Files, INDICATOR_FOLDERS};
use super::schema::{Examples, Indicator, Reference, Status, Text, Withdrawal};
use crate::facts::{self, FactSet};
use crate::matching;
use codes::Code;

/// One complaint about a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// Id of the rule it is about.
    pub id: String,
    /// What sort of complaint it is, and what to do about it.
    pub code: Code,
    /// What is wrong.
    pub problem: String,
}

/// Words that pass judgement; reports state facts.
const VERDICT_WORDS: [&str; 10] = [
    "scam",
    "malware",
    "criminal",
    "fraudulent",
    "illegal",
    "predatory",
    "诈骗",
    "恶意",
    "非法",
    "犯罪",
];

/// Checks every rule, and runs the examples.
#[must_use]
pub fn lint(ruleset: &Ruleset, files: &Files) -> Vec<Complaint> {
    let mut found = check(ruleset, files);
    found.extend(test(ruleset));
    found.sort();
    found
}

/// Checks what every rule states of itself.
#[must_use]
pub fn check(ruleset: &Ruleset, files: &Files) -> Vec<Complaint> {
    let mut complaints = Complaints::default();
    for indicator in ruleset.indicators_in_order() {
        complaints.indicator(indicator, ruleset);
    }
    complaints.kinds(ruleset, files);
    complaints.sdks(ruleset);
    complaints.policies(ruleset);
    complaints.published(ruleset);
    complaints.advice(ruleset, files);
    complaints.titles(ruleset);
    complaints.scoring(ruleset);
    complaints.lists(ruleset, files);
    complaints.vocabulary(files);
    complaints.flows(files);
    complaints.sorted()
}

/// Runs the examples of every rule.
#[must_use]
pub fn test(ruleset: &Ruleset) -> Vec<Complaint> {
    let mut complaints = Complaints::default();
    for indicator in ruleset.indicators_in_order().filter(|one| is_run(one)) {
        let id = indicator.id.get_ref();
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

/// The complaints so far.
#[derive(Debug, Default)]
struct Complaints(Vec<Complaint>);

impl Complaints {
    fn add(&mut self, id: &str, code: Code, problem: impl Into<String>) {
        self.0.push(Complaint {
            id: id.to_owned(),
            code,
            problem: problem.into(),
        });
    }

    fn sorted(mut self) -> Vec<Complaint> {
        self.0.sort();
        self.0
    }

    fn indicator(&mut self, indicator: &Indicator, ruleset: &Ruleset) {
        let id = indicator.id.get_ref();
        let is_stable = indicator.status == Status::Stable;
        self.id(id);
        self.title(id, &indicator.title);
        if is_stable {
            self.texts(
                id,
                &[
                    ("description", &indicator.description),
                    ("impact", &indicator.impact),
                    ("false-positives", &indicator.false_positives),
                    ("false-negatives", &indicator.false_negatives),
                ],
            );
            self.both_sorts(id, &indicator.examples);
        }
        self.references(id, is_stable, &indicator.references);
        let withdrawn = indicator.withdrawn.as_ref();
        self.dates(id, &indicator.added, indicator.modified.as_ref(), withdrawn);
        for related in &indicator.related {
            if ruleset.indicator(related.get_ref()).is_none() {
                let problem = format!("the related rule `{}` does not exist", related.get_ref());
                self.add(id, codes::D08, problem);
            }
        }
    }

    fn id(&mut self, id: &str) {
        let is_kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || !id.bytes().all(is_kebab) {
            self.add(id, codes::D01, "the id is not in kebab case");
        }
    }

    /// Texts that must not be empty.
    fn texts(&mut self, id: &str, texts: &[(&str, &str)]) {
        for (name, text) in texts {
            if text.trim().is_empty() {
                let problem = format!("`{name}` is empty in a stable rule");
                self.add(id, codes::D02, problem);
            }
        }
    }

    /// A text that is there in both languages and passes no judgement.
    fn title(&mut self, id: &str, title: &Text) {
        for title in [&title.en, &title.zh] {
            if title.trim().is_empty() {
                self.add(id, codes::D03, "a title is empty");
            }
            let lower = title.to_lowercase();
            if let Some(word) = VERDICT_WORDS.iter().find(|word| lower.contains(**word)) {
                let problem = format!("the title passes judgement: `{word}`");
                self.add(id, codes::D04, problem);
            }
        }
    }

    fn references(&mut self, id: &str, is_stable: bool, references: &[Reference]) {
        if is_stable && references.is_empty() {
            self.add(id, codes::D05, "a stable rule has no source");
        }
        for reference in references {
            if !reference.url.starts_with("https://") {
                let problem = format!("`{}` is not https", reference.url);
                self.add(id, codes::D06, problem);
            }
            self.date(id, &reference.accessed);
        }
    }

    fn dates(&mut self, id: &str, added: &str, modified: Option<&String>, withdrawn: Option<&Withdrawal>) {
        self.date(id, added);
        for date in modified
            .into_iter()
            .chain(withdrawn.map(|withdrawal| &withdrawal.on))
        {
            self.date(id, date);
        }
        if let Some(before) = modified.filter(|modified| modified.as_str() < added) {
            let problem = format!("changed on {before}, added on {added}");
            self.add(id, codes::D14, problem);
        }
        self.reason(id, withdrawn);
    }

    fn reason(&mut self, id: &str, withdrawn: Option<&Withdrawal>) {
        if withdrawn.is_some_and(|withdrawal| withdrawal.reason.trim().is_empty()) {
            self.add(id, codes::D15, "it is withdrawn without a reason");
        }
    }

    /// Two findings of a report do not read the same.
    fn titles(&mut self, ruleset: &Ruleset) {
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for indicator in ruleset.indicators_in_order() {
            let id = indicator.id.get_ref();
            for title in [indicator.title.en.as_str(), indicator.title.zh.as_str()] {
                if let Some(other) = owners.insert(title, id).filter(|other| other != id) {
                    let problem = format!("`{title}` is the title of `{other}` as well");
                    self.add(id, codes::D16, problem);
                }
            }
        }
    }

    fn date(&mut self, id: &str, date: &str) {
        if !is_date(date) {
            self.add(id, codes::D07, format!("`{date}` is no date"));
        }
    }

    fn both_sorts(&mut self, id: &str, examples: &Examples) {
        if examples.matching.is_empty() || examples.no_match.is_empty() {
            let problem = "a stable rule needs examples of both sorts";
            self.add(id, codes::D09, problem);
        }
    }

    /// Runs the examples of one rule, which holds for some facts.
    fn run(&mut self, id: &str, examples: &Examples, holds: impl Fn(&FactSet) -> bool) {
        let matching = examples.matching.iter().map(|text| (text, true));
        for (text, expected) in matching.chain(examples.no_match.iter().map(|text| (text, false))) {
            let Some(facts) = self.facts(id, text.get_ref()) else {
                continue;
            };
            if holds(&facts) == expected {
                continue;
            }
            let problem = if expected {
                "an example does not match"
            } else {
                "a counter-example matches"
            };
            let first = text.get_ref().trim().lines().next().unwrap_or_default();
            let problem = format!("{problem}: {first} …");
            self.add(id, codes::D11, problem);
        }
    }

    fn facts(&mut self, id: &str, text: &str) -> Option<FactSet> {
        match facts::text::parse(text) {
            Ok(facts) => Some(facts),
            Err(error) => {
                let problem = format!("an example is not a list of facts: {error}");
                self.add(id, codes::D10, problem);
                None
            }
        }
    }

    /// Every kind of `kinds.toml` has a vocabulary entry and an indicator that uses it.
    fn kinds(&mut self, ruleset: &Ruleset, files: &Files) {
        let quoted = |folder: &[&str], kind: &str| {
            let needle = format!("\"{kind}\"");
            files.iter().any(|(path, text)| {
                folder.iter().any(|name| path.starts_with(name)) && text.contains(&needle)
            })
        };
        for kind in ruleset.kinds().keys() {
            // Neighbouring permissions are listed for rules that others add.
            if !kind.starts_with("permission-") && !quoted(&INDICATOR_FOLDERS, kind) {
                let problem = "no indicator uses this kind";
                self.add(kind, codes::D13, problem);
            }
            if !quoted(&["apis/"], kind) {
                let problem = "no vocabulary entry has this kind";
                self.add(kind, codes::D12, problem);
            }
        }
    }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |length: usize, range: std::ops::RangeInclusive<u32>| {
        parts.next().is_some_and(|part| {
            part.len() == length && part.parse::<u32>().is_ok_and(|value| range.contains(&value))
        })
    };
    number(4, 1990..=2999) && number(2, 1..=12) && number(2, 1..=31) && parts.next().is_none()
}
