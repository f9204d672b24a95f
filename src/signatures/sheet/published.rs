//! What a published list says.

use super::{Body, Cell, Sheet, answer, code, references, sources, text};
use crate::signatures::catalogue::Catalogue;
use crate::signatures::published::PublishedEntry;

impl Sheet {
    pub(super) fn published(&mut self, catalogue: &Catalogue<'_>) {
        let Some(list) = catalogue.parsed.published.get(&self.entry.path) else {
            return;
        };
        self.fact("publisher", text(&list.publisher));
        self.fact("date", text(&list.date));
        self.fact("entries", text(list.entries.len().to_string()));
        self.fact("added", text(&list.added));
        self.optional("modified", list.modified.as_ref());
        self.both_languages("statement", &list.statement);
        self.prose("note", list.note.as_deref().unwrap_or_default());
        self.part("false-positives", Body::Said("published-false-positives"));
        self.part("false-negatives", Body::Said("published-false-negatives"));
        self.part("references", Body::Items(references(&list.references)));
        self.part("sources", Body::Items(sources(&list.sources)));
        self.part(
            "listed",
            Body::Rows {
                columns: &[
                    "what",
                    "value",
                    "app",
                    "country",
                    "confidence",
                    "compared",
                    "note",
                ],
                rows: list.entries.iter().map(|entry| row(entry.get_ref())).collect(),
            },
        );
    }
}

fn row(entry: &PublishedEntry) -> Vec<Cell> {
    let reference = [
        ("sha1", &entry.sha1),
        ("md5", &entry.md5),
        ("app-name", &entry.app_name),
    ];
    let compared = entry.listed().map(|(what, value)| (what.name(), value, true));
    let kept = reference
        .into_iter()
        .find_map(|(what, value)| Some((what, value.as_deref()?, false)));
    let (what, value, is_compared) = compared.or(kept).unwrap_or_default();
    let optional = |words: &Option<String>| text(words.clone().unwrap_or_default());
    vec![
        code(what),
        code(value),
        optional(&entry.name),
        optional(&entry.country),
        optional(&entry.confidence),
        answer(is_compared),
        optional(&entry.note),
    ]
}
