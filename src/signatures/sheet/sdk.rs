//! What an SDK signature says.

use super::{Body, Cell, Relations, Sheet, answer, code, codes, references, signatures, sources, text};
use crate::signatures::catalogue::Catalogue;
use crate::signatures::sdk::Mark;

impl Sheet {
    pub(super) fn sdk(&mut self, catalogue: &Catalogue<'_>, relations: &Relations) {
        let Some(sdk) = catalogue.parsed.sdks.get(&self.entry.path) else {
            return;
        };
        self.fact("stance", code(sdk.stance.name()));
        self.fact("added", text(&sdk.added));
        self.optional("modified", sdk.modified.as_ref());
        self.both_languages("description", &sdk.description);
        let collects = sdk.collects.iter().map(|data| code(data.name()));
        self.part("collects", Body::Items(collects.collect()));
        self.part(
            "marks",
            Body::Rows {
                columns: &["pattern", "value", "alone", "note"],
                rows: sdk.marks.iter().filter_map(|one| mark(one.get_ref())).collect(),
            },
        );
        self.prose("impact", &sdk.impact);
        self.prose("false-positives", &sdk.false_positives);
        self.prose("false-negatives", &sdk.false_negatives);
        let groups: Vec<String> = sdk.groups().collect();
        let used = groups.iter().map(|group| {
            let users: Vec<&str> = relations.indicators(group).collect();
            vec![code(group), signatures(users)]
        });
        self.part(
            "kinds",
            Body::Rows {
                columns: &["kind", "used-by-indicators"],
                rows: used.collect(),
            },
        );
        self.part("references", Body::Items(references(&sdk.references)));
        self.part("sources", Body::Items(sources(&sdk.sources)));
        self.prose("note", sdk.note.as_deref().unwrap_or_default());
        self.examples(&sdk.examples);
    }
}

fn mark(mark: &Mark) -> Option<Vec<Cell>> {
    let (pattern, value) = mark.pattern()?;
    let note = mark.note.as_deref().unwrap_or_default();
    Some(vec![
        code(pattern),
        code(value),
        answer(mark.alone != Some(false)),
        text(note),
    ])
}

impl Sheet {
    /// A list of names as they stand in files.
    pub(super) fn names(&mut self, key: &'static str, names: &[String]) {
        self.part(key, Body::Items(codes(names)));
    }
}
