//! What a report looks like: text for a terminal, tables, CSV, Markdown, explanations; and what the
//! paths of data look like: text, JSON, a graph; and what an evaluation looks like: text, plots.
//!
//! Everything here is a function of values and gives a string. Text from inside an analysed file
//! passes [`sanitize`] on its way to any of them; in JSON it is escaped and stays the same value.
//! Styled text carries ANSI sequences of ours; whoever prints it takes them out where they are not
//! wanted.

use serde::Serialize;

use crate::messages::Messages;

pub mod evaluation;
pub mod explain;
pub mod flows;
pub mod graph;
pub mod json;
pub mod layout;
pub mod phrase;
pub mod place;
pub mod sanitize;
pub mod signature;
pub mod signatures;
mod svg;
pub mod table;
pub mod text;

pub use text::text;

/// The name of a value of a closed list as it stands in the report.
#[must_use]
pub fn wire_name<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The word or sentence of `table` for a value of a closed list.
#[must_use]
pub fn named<T: Serialize>(messages: &Messages, table: &str, value: &T) -> String {
    messages.text(table, &wire_name(value)).to_owned()
}

/// A share as a percentage. It is rounded down, so that only the whole is 100 %.
#[must_use]
pub fn percent(share: f64) -> String {
    // The small term undoes what binary fractions lose: 0.57 * 1000 is a little below 570.
    let tenths = ((share.clamp(0.0, 1.0) * 1000.0) + 1e-6).floor();
    let text = format!("{:.1}", tenths / 10.0);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// A number with its thousands marked.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_is_a_hundred_percent() {
        for (share, expected) in [
            (1.0, "100 %"),
            (0.999_999, "99.9 %"),
            (0.98, "98 %"),
            (0.57, "57 %"),
            (0.0, "0 %"),
            (7.0, "100 %"),
        ] {
            assert_eq!(percent(share), expected);
        }
    }

    #[test]
    fn thousands_are_marked() {
        assert_eq!(
            [0, 999, 1000, 3_679_540].map(grouped),
            ["0", "999", "1,000", "3,679,540"]
        );
    }
}
