//! The linter: what a rule must have before others are judged by it.
//!
//! Each complaint has a code, a place and a remedy. The loader has already refused unknown keys,
//! unknown kinds, circles and doubled ids.

use super::Ruleset;
use super::load::{Files, INDICATOR_FOLDERS};
use super::schema::{Indicator, Status};
use crate::facts;
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

/// Checks every rule, and runs the examples of the indicators.
#[must_use]
pub fn lint(ruleset: &Ruleset, files: &Files) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for indicator in ruleset.indicators_in_order() {
        lint_texts(indicator, &mut complaints);
        lint_sources(indicator, ruleset, &mut complaints);
        run_examples(indicator, ruleset, &mut complaints);
    }
    lint_kinds(ruleset, files, &mut complaints);
    complaints.sort();
    complaints
}

fn complain(
    complaints: &mut Vec<Complaint>,
    id: &str,
    code: &'static str,
    problem: String,
    remedy: &'static str,
) {
    complaints.push(Complaint {
        id: id.to_owned(),
        code,
        problem,
        remedy,
    });
}

fn lint_texts(indicator: &Indicator, complaints: &mut Vec<Complaint>) {
    let id = indicator.id.get_ref();
    let kebab = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if !kebab(id) {
        complain(
            complaints,
            id,
            "D01",
            "the id is not in kebab case".to_owned(),
            "use a-z, 0-9 and hyphens",
        );
    }
    if indicator.status == Status::Stable {
        let texts = [
            ("description", &indicator.description),
            ("impact", &indicator.impact),
            ("false-positives", &indicator.false_positives),
            ("false-negatives", &indicator.false_negatives),
        ];
        for (name, text) in texts {
            if text.trim().is_empty() {
                let problem = format!("`{name}` is empty in a stable rule");
                complain(complaints, id, "D02", problem, "write a sentence or two");
            }
        }
    }
    for title in [&indicator.title.en, &indicator.title.zh] {
        if title.trim().is_empty() {
            complain(
                complaints,
                id,
                "D03",
                "a title is empty".to_owned(),
                "give it in both languages",
            );
        }
        let lower = title.to_lowercase();
        if let Some(word) = VERDICT_WORDS.iter().find(|word| lower.contains(**word)) {
            let problem = format!("the title passes judgement: `{word}`");
            complain(
                complaints,
                id,
                "D04",
                problem,
                "say what the file declares or the code does",
            );
        }
    }
}

fn lint_sources(indicator: &Indicator, ruleset: &Ruleset, complaints: &mut Vec<Complaint>) {
    let id = indicator.id.get_ref();
    if indicator.status == Status::Stable && indicator.references.is_empty() {
        complain(
            complaints,
            id,
            "D05",
            "a stable rule has no source".to_owned(),
            "add a reference",
        );
    }
    for reference in &indicator.references {
        if !reference.url.starts_with("https://") {
            let problem = format!("`{}` is not https", reference.url);
            complain(complaints, id, "D06", problem, "use the https address");
        }
    }
    let accessed = indicator.references.iter().map(|reference| &reference.accessed);
    let withdrawn = indicator.withdrawn.iter().map(|withdrawal| &withdrawal.on);
    for date in accessed
        .chain([&indicator.added])
        .chain(&indicator.modified)
        .chain(withdrawn)
    {
        if !is_date(date) {
            complain(
                complaints,
                id,
                "D07",
                format!("`{date}` is no date"),
                "write it as YYYY-MM-DD",
            );
        }
    }
    for related in &indicator.related {
        if ruleset.indicator(related.get_ref()).is_none() {
            let problem = format!("the related rule `{}` does not exist", related.get_ref());
            complain(complaints, id, "D08", problem, "name an existing rule");
        }
    }
}

fn run_examples(indicator: &Indicator, ruleset: &Ruleset, complaints: &mut Vec<Complaint>) {
    let id = indicator.id.get_ref();
    let examples = &indicator.examples;
    if indicator.status == Status::Stable && (examples.matching.is_empty() || examples.no_match.is_empty()) {
        let problem = "a stable rule needs examples of both sorts".to_owned();
        complain(complaints, id, "D09", problem, "add to `match` and `no-match`");
    }
    if !indicator.status.is_matched() || indicator.withdrawn.is_some() {
        return;
    }
    let expected = examples.matching.iter().map(|text| (text, true));
    for (text, expected) in expected.chain(examples.no_match.iter().map(|text| (text, false))) {
        let facts = match facts::text::parse(text.get_ref()) {
            Ok(facts) => facts,
            Err(error) => {
                let problem = format!("an example is not a list of facts: {error}");
                complain(complaints, id, "D10", problem, "see facts::text for the form");
                continue;
            }
        };
        let found = matching::findings(&facts, ruleset)
            .iter()
            .any(|finding| finding.id == *id);
        if found != expected {
            let problem = if expected {
                "an example does not match"
            } else {
                "a counter-example matches"
            };
            let first = text.get_ref().trim().lines().next().unwrap_or_default();
            complain(
                complaints,
                id,
                "D11",
                format!("{problem}: {first} …"),
                "mend the rule or the example",
            );
        }
    }
}

/// Every kind of `kinds.toml` has a vocabulary entry and an indicator that uses it.
fn lint_kinds(ruleset: &Ruleset, files: &Files, complaints: &mut Vec<Complaint>) {
    let quoted = |folder: &[&str], kind: &str| {
        let needle = format!("\"{kind}\"");
        files
            .iter()
            .any(|(path, text)| folder.iter().any(|name| path.starts_with(name)) && text.contains(&needle))
    };
    for kind in ruleset.kinds().keys() {
        // Neighbouring permissions are listed for rules that others add.
        if !kind.starts_with("permission-") && !quoted(&INDICATOR_FOLDERS, kind) {
            let problem = "no indicator uses this kind".to_owned();
            complain(complaints, kind, "D13", problem, "use it, or remove the kind");
        }
        if !quoted(&["apis/"], kind) {
            complain(
                complaints,
                kind,
                "D12",
                "no vocabulary entry has this kind".to_owned(),
                "add one, or remove the kind",
            );
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
