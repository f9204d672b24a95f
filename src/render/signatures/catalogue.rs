//! The catalogue as a table.

use super::{name, title};
use crate::messages::Messages;
use crate::render::table::Table;
use crate::signatures::catalogue::{Entry, Standing};

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
