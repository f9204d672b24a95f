//! Reports as JSON, and their schema.
//!
//! JSON needs no escapes for characters beyond ASCII, but those that act on a terminal or cannot
//! be seen are escaped all the same: it is the same value to a parser and no surprise to a person.

use std::fmt::Write as _;

use serde::Serialize;

use super::sanitize::is_hidden;
use crate::report::Report;

/// `value` as one line, without a newline.
///
/// # Errors
///
/// When the value has no form in JSON; reports always have one.
pub fn line<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value).map(escaped)
}

/// `value` over several lines, the last one ended.
///
/// # Errors
///
/// When the value has no form in JSON; reports always have one.
pub fn pretty<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    let mut text = escaped(serde_json::to_string_pretty(value)?);
    text.push('\n');
    Ok(text)
}

/// The JSON Schema of a report.
///
/// # Errors
///
/// When the schema has no form in JSON.
pub fn schema() -> Result<String, serde_json::Error> {
    pretty(&schemars::schema_for!(Report))
}

/// Outside of strings JSON is ASCII without control characters but for line ends.
fn escaped(json: String) -> String {
    let acts = |character: char| character != '\n' && is_hidden(character);
    if !json.chars().any(acts) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if acts(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_read_back() {
        let text = "a\u{1b}\u{9b}\u{7f}\u{202e}\u{e0041}\n速";
        let json = line(text).unwrap();
        assert_eq!(json, r#""a\u001b\u009b\u007f\u202e\udb40\udc41\n速""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        assert_eq!(pretty(&["\u{9b}"]).unwrap(), "[\n  \"\\u009b\"\n]\n");
    }
}
