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
            complaint.problem
        );
        let values = [
            ("name", messages.text("signatures", "remedy")),
            ("value", complaint.code.remedy),
        ];
        let remedy = messages.fill("signatures", "pair", &values);
        format!("{}\n    {remedy}\n", visible(&line))
    });
    lines.collect()
}

/// The complaints as values of JSON. `place` says where a file of the set is.
#[must_use]
pub fn json(complaints: &[Complaint], place: &dyn Fn(&str) -> String) -> Value {
    complaints
        .iter()
        .map(|complaint| {
            json!({
                "code": complaint.code.name,
                "id": complaint.id,
                "file": place(&complaint.file),
                "line": complaint.line,
                "problem": complaint.problem,
                "remedy": complaint.code.remedy,
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
