//! The catalogue as a table.

use super::{name, title};
use crate::messages::Messages;
use crate::render::table::Table;
use crate::signatures::catalogue::{Entry, Standing};

/// A row for each of `entries`, without the columns that say nothing of any of them, and without their
/// files.
#[must_use]
pub fn short_table(entries: &[&Entry], messages: &Messages) -> Table {
    let whole = table(entries, messages);
    let says = |column: usize| {
        let mut cells = whole.rows.iter().filter_map(|row| row.get(column));
        whole.header.get(column).map(String::as_str) != Some(name(messages, "file"))
            && cells.any(|cell| !cell.is_empty())
    };
    let kept: Vec<usize> = (0..whole.header.len()).filter(|column| says(*column)).collect();
    let part = |row: &Vec<String>| {
        kept.iter()
            .filter_map(|column| row.get(*column).cloned())
            .collect()
    };
    Table {
        header: part(&whole.header),
        rows: whole.rows.iter().map(part).collect(),
    }
}

/// A row for each of `entries`.
#[must_use]
pub fn table(entries: &[&Entry], messages: &Messages) -> Table {
    let columns = [
        "id",
        "sort",
        "category",
        "status",
        "check",
        "languages",
        "file",
        "title",
    ];
    let row = |entry: &&Entry| {
        let standing = entry.standing.map_or("", Standing::name);
        vec![
            entry.id.clone(),
            entry.sort.name().to_owned(),
            entry.category.clone(),
            standing.to_owned(),
            entry.check.unwrap_or_default().to_owned(),
            entry.languages.join(" "),
            entry.path.clone(),
            title(&entry.title, messages).to_owned(),
        ]
    };
    Table {
        header: columns.iter().map(|key| name(messages, key).to_owned()).collect(),
        rows: entries.iter().map(row).collect(),
    }
}
