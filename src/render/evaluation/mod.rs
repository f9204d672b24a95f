//! What an evaluation looks like: text for a terminal, and plots.

use super::named;
use super::sanitize::short;
use crate::evaluation::{Estimate, Evaluation, Rule};
use crate::messages::Messages;

mod chart;
mod plots;
mod text;

pub use plots::plots;
pub use text::text;

/// Stands where a number is not defined.
const NONE: &str = "–";

/// A number between 0 and 1.
fn number(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.3}"))
}

/// A number of decibans with its sign.
fn decibans(value: Option<f64>) -> String {
    // Zero has no sign, and -0.04 is shown as zero.
    value.map_or_else(
        || NONE.to_owned(),
        |value| format!("{:+.1}", value + 0.0).replace("-0.0", "+0.0"),
    )
}

/// A number with its interval behind it, where there is one.
fn with_interval(estimate: &Estimate, shown: fn(Option<f64>) -> String) -> String {
    let value = shown(estimate.value);
    match (estimate.low, estimate.high) {
        (Some(_), Some(_)) => format!("{value} [{}, {}]", shown(estimate.low), shown(estimate.high)),
        _ => value,
    }
}

/// What a rule calls positive.
fn rule(rule: Rule, messages: &Messages) -> String {
    match rule {
        Rule::Band { from } => named(messages, "eval-rule", &from),
        Rule::Card { card, from_db } => {
            let values = [
                ("card", &*named(messages, "eval-card", &card)),
                ("db", &*decibans(Some(from_db))),
            ];
            messages.fill("eval-rule", "card", &values)
        }
    }
}

/// The table and its column, made fit to be shown.
fn title(evaluation: &Evaluation, key: &str, messages: &Messages) -> String {
    let values = [
        ("count", &*super::grouped(evaluation.matching.labelled)),
        ("label", &*short(&evaluation.label)),
        ("table", &*short(&evaluation.table)),
    ];
    messages.fill("eval", key, &values)
}
