//! What signatures say: as text for a terminal, as JSON, and as the pages of the reference.

pub mod catalogue;
pub mod complaints;
mod index;
pub mod json;
mod markdown;
pub mod pages;
pub mod text;

use crate::messages::{Language, Messages};
use crate::signatures::catalogue::Entry;
use crate::signatures::schema::Text;

/// What a key of a sheet is called.
fn name<'a>(messages: &'a Messages, key: &'a str) -> &'a str {
    messages.text("signatures", key)
}

/// The title in the language of the reader, or in English where there is no other.
fn title<'a>(text: &'a Text, messages: &Messages) -> &'a str {
    match messages.language() {
        Language::SimplifiedChinese if !text.zh.trim().is_empty() => &text.zh,
        _ => &text.en,
    }
}

/// Yes or no, the same in every language.
fn plain_answer(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

/// Where a built-in file stands in the repository, by its path within the set.
#[must_use]
pub fn in_repository(path: &str) -> String {
    format!("signatures/{path}")
}

/// What all signatures have in common, a line each, by key. `file` is where the file is.
fn head(entry: &Entry, file: &str, messages: &Messages) -> Vec<(&'static str, String)> {
    let withdrawn = entry.withdrawn.as_ref();
    let standing = entry.standing.map(|standing| standing.name().to_owned());
    let lines = [
        ("id", entry.id.clone()),
        (
            "sort",
            messages.text("signature-sort", entry.sort.name()).to_owned(),
        ),
        ("category", entry.category.clone()),
        (
            "status",
            standing.unwrap_or_else(|| name(messages, "whole-file").to_owned()),
        ),
        (
            "withdrawn",
            withdrawn
                .map(|withdrawal| format!("{}: {}", withdrawal.on, withdrawal.reason))
                .unwrap_or_default(),
        ),
        (
            "check",
            match entry.check {
                Some(check) => check.to_owned(),
                None => name(messages, "check-elsewhere").to_owned(),
            },
        ),
        ("languages", entry.languages.join(", ")),
        ("file", file.to_owned()),
    ];
    lines.into_iter().filter(|(_, line)| !line.is_empty()).collect()
}
