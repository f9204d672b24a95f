//! What the linter complains of, and what the run of the examples gave.

use serde_json::{Value, json};

use crate::messages::Messages;
use crate::render::sanitize::visible;
use crate::render::table::Table;
use crate::signatures::catalogue::Sort;
use crate::signatures::lint::{Complaint, Tested};

/// The complaints, two lines each: file and line, code, id and problem; then the remedy. `place` says
/// where a file of the set is.
#[must_use]
pub fn text(complaints: &[Complaint], place: &dyn Fn(&str) -> String, messages: &Messages) -> String {
    let lines = complaints.iter().map(|complaint| {
        let line = format!(
            "{}:{}: {} {}: {}",
            place(&complaint.file),
            complaint.line,
            complaint.code.name,
            complaint.id,
            problem(complaint, messages)
        );
        let values = [
            ("name", messages.text("signatures", "remedy")),
            ("value", remedy(complaint, messages)),
        ];
        let remedy = messages.fill("signatures", "pair", &values);
        format!("{}\n    {remedy}\n", visible(&line))
    });
    lines.collect()
}

/// What is wrong.
fn problem(complaint: &Complaint, messages: &Messages) -> String {
    let values: Vec<(&str, &str)> = complaint
        .values
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    messages.fill("lint-problem", complaint.code.name, &values)
}

/// What to do about it.
fn remedy<'m>(complaint: &Complaint, messages: &'m Messages) -> &'m str {
    messages.text("lint-remedy", complaint.code.name)
}

/// The complaints as values of JSON. `place` says where a file of the set is.
#[must_use]
pub fn json(complaints: &[Complaint], place: &dyn Fn(&str) -> String, messages: &Messages) -> Value {
    complaints
        .iter()
        .map(|complaint| {
            json!({
                "code": complaint.code.name,
                "id": complaint.id,
                "file": place(&complaint.file),
                "line": complaint.line,
                "problem": problem(complaint, messages),
                "remedy": remedy(complaint, messages),
            })
        })
        .collect()
}

/// How many examples were run, by sort.
#[must_use]
pub fn tested(tested: &[(Sort, Tested)], messages: &Messages) -> String {
    let columns = ["sort", "with-examples", "examples-match", "examples-no-match"];
    let row = |(sort, tested): &(Sort, Tested)| {
        // An example of a rule states a verdict.
        let no_match = match sort {
            Sort::Policies => String::new(),
            _ => tested.no_match.to_string(),
        };
        vec![
            messages.text("signature-sort", sort.name()).to_owned(),
            tested.signatures.to_string(),
            tested.matching.to_string(),
            no_match,
        ]
    };
    let table = Table {
        header: columns
            .iter()
            .map(|key| messages.text("signatures", key).to_owned())
            .collect(),
        rows: tested.iter().map(row).collect(),
    };
    table.terminal(None)
}
