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

mod advice;
mod policies;
mod published;
mod sdks;

use super::Ruleset;
use super::load::{Files, INDICATOR_FOLDERS};
use super::schema::{Examples, Indicator, Reference, Status, Text, Withdrawal};
use crate::facts::{self, FactSet};
use crate::matching;

/// One complaint about a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// Id of the rule it is about.
    pub id: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: &'static str,
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
    complaints.advice(ruleset);
    complaints.sorted()
}

/// Runs the examples of every rule.
#[must_use]
pub fn test(ruleset: &Ruleset) -> Vec<Complaint> {
    let mut complaints = Complaints::default();
    for indicator in ruleset.indicators_in_order() {
        if indicator.status.is_matched() && indicator.withdrawn.is_none() {
            let id = indicator.id.get_ref();
            complaints.run(id, &indicator.examples, |facts| {
                matching::findings(facts, ruleset)
                    .iter()
                    .any(|finding| finding.id == *id)
            });
        }
    }
    complaints.run_sdks(ruleset);
    complaints.run_policies(ruleset);
    complaints.sorted()
}

/// Examples that [`test`] runs, of all rules together.
#[must_use]
pub fn examples(ruleset: &Ruleset) -> usize {
    let both = |examples: &Examples| examples.matching.len().saturating_add(examples.no_match.len());
    let indicators = ruleset
        .indicators_in_order()
        .map(|indicator| both(&indicator.examples));
    let sdks = ruleset.sdks().values().map(|sdk| both(&sdk.examples));
    let rules = ruleset.policies().iter().flat_map(|file| &file.rule);
    let policies = rules.map(|rule| rule.get_ref().example.len());
    indicators.chain(sdks).chain(policies).sum()
}

/// The complaints so far.
#[derive(Debug, Default)]
struct Complaints(Vec<Complaint>);

impl Complaints {
    fn add(&mut self, id: &str, code: &'static str, problem: impl Into<String>, remedy: &'static str) {
        self.0.push(Complaint {
            id: id.to_owned(),
            code,
            problem: problem.into(),
            remedy,
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
                self.add(id, "D08", problem, "name an existing rule");
            }
        }
    }

    fn id(&mut self, id: &str) {
        let is_kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || !id.bytes().all(is_kebab) {
            self.add(
                id,
                "D01",
                "the id is not in kebab case",
                "use a-z, 0-9 and hyphens",
            );
        }
    }

    /// Texts that must not be empty.
    fn texts(&mut self, id: &str, texts: &[(&str, &str)]) {
        for (name, text) in texts {
            if text.trim().is_empty() {
                let problem = format!("`{name}` is empty in a stable rule");
                self.add(id, "D02", problem, "write a sentence or two");
            }
        }
    }

    /// A text that is there in both languages and passes no judgement.
    fn title(&mut self, id: &str, title: &Text) {
        for title in [&title.en, &title.zh] {
            if title.trim().is_empty() {
                self.add(id, "D03", "a title is empty", "give it in both languages");
            }
            let lower = title.to_lowercase();
            if let Some(word) = VERDICT_WORDS.iter().find(|word| lower.contains(**word)) {
                let problem = format!("the title passes judgement: `{word}`");
                self.add(id, "D04", problem, "say what the file declares or the code does");
            }
        }
    }

    fn references(&mut self, id: &str, is_stable: bool, references: &[Reference]) {
        if is_stable && references.is_empty() {
            self.add(id, "D05", "a stable rule has no source", "add a reference");
        }
        for reference in references {
            if !reference.url.starts_with("https://") {
                let problem = format!("`{}` is not https", reference.url);
                self.add(id, "D06", problem, "use the https address");
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
    }

    fn date(&mut self, id: &str, date: &str) {
        if !is_date(date) {
            self.add(
                id,
                "D07",
                format!("`{date}` is no date"),
                "write it as YYYY-MM-DD",
            );
        }
    }

    fn both_sorts(&mut self, id: &str, examples: &Examples) {
        if examples.matching.is_empty() || examples.no_match.is_empty() {
            let problem = "a stable rule needs examples of both sorts";
            self.add(id, "D09", problem, "add to `match` and `no-match`");
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
            self.add(id, "D11", problem, "mend the rule or the example");
        }
    }

    fn facts(&mut self, id: &str, text: &str) -> Option<FactSet> {
        match facts::text::parse(text) {
            Ok(facts) => Some(facts),
            Err(error) => {
                let problem = format!("an example is not a list of facts: {error}");
                self.add(id, "D10", problem, "see facts::text for the form");
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
                self.add(kind, "D13", problem, "use it, or remove the kind");
            }
            if !quoted(&["apis/"], kind) {
                let problem = "no vocabulary entry has this kind";
                self.add(kind, "D12", problem, "add one, or remove the kind");
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
