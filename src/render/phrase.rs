//! The evidence of a report in a phrase, for one cell of a table.

use super::sanitize::short;
use super::text::reading_permissions;
use super::{named, percent};
use crate::messages::Messages;
use crate::report::Report;
use crate::report::v1::{Card, Layer, Level, Read};

/// Lending indicators named.
const NAMED: usize = 3;

/// The phrase: each harvest with how far it is shown, or the permissions asked for; then the
/// heaviest signs of lending, and what is out of sight.
#[must_use]
pub fn evidence(report: &Report, messages: &Messages) -> String {
    let mut parts: Vec<String> = report
        .harvest
        .iter()
        .map(|row| {
            let values = [
                ("data", named(messages, "data", &row.data)),
                ("read", named(messages, "read-short", &row.read)),
                ("level", named(messages, "level", &row.level)),
                (
                    "sink",
                    row.sink
                        .map(|sink| named(messages, "sink-short", &sink))
                        .unwrap_or_default(),
                ),
            ];
            let key = match (row.level, row.read, row.sink) {
                _ if row.reachable == Some(false) => "harvest-unreachable",
                // Neither the read nor its end was followed.
                (Level::Declared | Level::Named, Read::Unknown, _) => "harvest-level",
                (_, _, Some(_)) => "harvest",
                (_, _, None) => "harvest-no-sink",
            };
            let values: Vec<(&str, &str)> =
                values.iter().map(|(key, value)| (*key, value.as_str())).collect();
            messages.fill("phrase", key, &values)
        })
        .collect();
    let list = messages.text("phrase", "list");
    if parts.is_empty() {
        let names = reading_permissions(&report.permissions);
        if !names.is_empty() {
            parts.push(messages.fill("phrase", "permissions", &[("names", &names.join(list))]));
        }
    }
    let lending: Vec<String> = report
        .score
        .iter()
        .flat_map(|score| &score.contributions)
        .filter(|one| one.card == Card::Lending)
        .take(NAMED)
        .map(|one| short(&one.id))
        .collect();
    if !lending.is_empty() {
        parts.push(lending.join(list));
    }
    let coverage = report.coverage.as_ref();
    if let Some(coverage) = coverage.filter(|coverage| !coverage.opaque.is_empty()) {
        let codes: Vec<String> = coverage.opaque.iter().map(|code| short(code)).collect();
        parts.push(messages.fill("phrase", "opaque", &[("names", &codes.join(list))]));
    }
    if parts.is_empty() {
        let is_missing = |layer: Layer| matches!(layer, Layer::Absent | Layer::Unreadable);
        if coverage.is_some_and(|coverage| is_missing(coverage.manifest)) {
            return messages.text("report", "permissions-unknown").to_owned();
        }
        return match coverage.and_then(|coverage| coverage.code) {
            Some(share) => messages.fill("phrase", "nothing", &[("percent", &percent(share))]),
            None => messages.text("phrase", "unknown").to_owned(),
        };
    }
    parts.join(messages.text("phrase", "join"))
}
