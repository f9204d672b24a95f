//! A sheet as a value of JSON: the stable keys in place of headings, ids in place of links.

use serde_json::{Map, Value, json};

use super::plain_answer;
use crate::signatures::catalogue::Entry;
use crate::signatures::sheet::{Body, Cell, Inline, Sheet};

/// What all signatures have in common.
#[must_use]
pub fn entry(entry: &Entry) -> Map<String, Value> {
    let withdrawn = entry.withdrawn.as_ref();
    let mut value = Map::new();
    let mut set = |key: &str, what: Value| value.insert(key.to_owned(), what);
    set("id", json!(entry.id));
    set("sort", json!(entry.sort.name()));
    set("category", json!(entry.category));
    set("status", json!(entry.standing.map(|standing| standing.name())));
    set("check", json!(entry.check));
    set("title", json!({ "en": entry.title.en, "zh": entry.title.zh }));
    set("languages", json!(entry.languages));
    set("file", json!(entry.path));
    set(
        "withdrawn",
        withdrawn.map_or(Value::Null, |one| json!({ "on": one.on, "reason": one.reason })),
    );
    value
}

/// All that a signature says; a sentence that holds for its whole sort is left out.
#[must_use]
pub fn sheet(sheet: &Sheet) -> Value {
    let mut value = entry(&sheet.entry);
    for (key, line) in &sheet.facts {
        value.insert((*key).to_owned(), json!(cell(line)));
    }
    for part in &sheet.parts {
        if let Some(said) = body(&part.body) {
            value.insert(part.key.clone(), said);
        }
    }
    Value::Object(value)
}

fn body(body: &Body) -> Option<Value> {
    Some(match body {
        Body::Prose(words) => json!(words.trim()),
        Body::Said(_) => return None,
        Body::Items(items) => items.iter().map(cell).collect(),
        Body::Blocks(blocks) => json!(blocks),
        Body::Rows { columns, rows } => rows
            .iter()
            .map(|row| {
                let cells = columns.iter().zip(row);
                let named = cells.map(|(column, one)| ((*column).to_owned(), json!(cell(one))));
                Value::Object(named.collect())
            })
            .collect(),
    })
}

/// The pieces of a cell, with commas between them.
fn cell(cell: &Cell) -> String {
    let pieces: Vec<&str> = cell.iter().map(piece).collect();
    pieces.join(", ")
}

fn piece(piece: &Inline) -> &str {
    match piece {
        Inline::Text(words) | Inline::Code(words) => words,
        Inline::Signature(id) => id,
        Inline::Answer(is_so) => plain_answer(*is_so),
        Inline::Sort(sort) => sort.name(),
        Inline::Address(url) => url,
    }
}
