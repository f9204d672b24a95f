//! What files that are read as a whole say: vocabulary, flow models, advice.

use std::collections::BTreeSet;

use super::{Body, Cell, Inline, Relations, Sheet, answer, code, references, signatures, source, text};
use crate::signatures::advice::{Channel, Item};
use crate::signatures::catalogue::Catalogue;
use crate::signatures::schema::{Level, VocabularyEntry};

/// Keys of a flow file that are no tables of models.
const HEAD: [&str; 5] = ["schema", "id", "title", "description", "references"];

impl Sheet {
    pub(super) fn vocabulary(&mut self, catalogue: &Catalogue<'_>, relations: &Relations) {
        let Some(file) = catalogue.parsed.vocabulary.get(&self.entry.path) else {
            return;
        };
        self.fact("entries", text(file.entry.len().to_string()));
        self.prose("description", &file.description);
        self.part("false-positives", Body::Said("vocabulary-false-positives"));
        self.part("false-negatives", Body::Said("vocabulary-false-negatives"));
        let kinds: BTreeSet<&str> = file
            .entry
            .iter()
            .map(|entry| entry.get_ref().kind.as_str())
            .collect();
        let rows = kinds.iter().filter_map(|id| {
            let kind = catalogue.ruleset.kinds().get(*id)?;
            Some(vec![
                code(*id),
                code(level(kind.level)),
                text(&kind.description),
                signatures(relations.indicators(id)),
            ])
        });
        self.part(
            "kinds",
            Body::Rows {
                columns: &["kind", "level", "meaning", "used-by-indicators"],
                rows: rows.collect(),
            },
        );
        self.part(
            "listed",
            Body::Rows {
                columns: &["kind", "pattern", "value", "since", "note"],
                rows: file.entry.iter().map(|entry| row(entry.get_ref())).collect(),
            },
        );
        self.part("references", Body::Items(references(&file.references)));
    }

    pub(super) fn flows(&mut self, catalogue: &Catalogue<'_>) {
        let Some(file) = catalogue.parsed.flows.get(&self.entry.path) else {
            return;
        };
        let tables = catalogue
            .files
            .get(&self.entry.path)
            .and_then(|text| toml::from_str::<toml::Table>(text).ok())
            .unwrap_or_default();
        let tables: Vec<(&String, Vec<Vec<Cell>>)> = tables
            .iter()
            .filter(|(key, _)| !HEAD.contains(&key.as_str()))
            .map(|(key, value)| (key, flow_rows(value)))
            .collect();
        let counts = tables.iter().map(|(key, rows)| format!("{key} {}", rows.len()));
        self.fact("entries", text(counts.collect::<Vec<_>>().join(", ")));
        self.prose("description", &file.description);
        self.part("false-positives", Body::Said("flows-false-positives"));
        self.part("false-negatives", Body::Said("flows-false-negatives"));
        self.part("references", Body::Items(references(&file.references)));
        for (key, rows) in tables {
            self.part(
                key.as_str(),
                Body::Rows {
                    columns: &["class", "method", "model"],
                    rows,
                },
            );
        }
    }

    pub(super) fn advice(&mut self, catalogue: &Catalogue<'_>) {
        let advice = &catalogue.parsed.advice;
        let name = self.entry.id.trim_start_matches("advice/");
        let (items, channels) = match name {
            "evidence" => (advice.evidence.as_slice(), None),
            "steps" => (advice.steps.as_slice(), None),
            _ => {
                let country = name.trim_start_matches("channels-");
                let found = advice
                    .channels
                    .iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(country));
                (&[][..], found.map(|(_, channels)| channels))
            }
        };
        self.part("false-positives", Body::Said("advice-false-positives"));
        self.part("false-negatives", Body::Said("advice-false-negatives"));
        self.part(
            "items",
            Body::Rows {
                columns: &["id", "english", "chinese", "bands", "lending", "source"],
                rows: items.iter().map(item).collect(),
            },
        );
        self.part(
            "channels",
            Body::Rows {
                columns: &[
                    "id",
                    "english",
                    "chinese",
                    "local",
                    "purpose",
                    "contact",
                    "check",
                    "checked-on",
                    "source",
                    "note",
                ],
                rows: channels.into_iter().flatten().map(channel).collect(),
            },
        );
    }
}

fn row(entry: &VocabularyEntry) -> Vec<Cell> {
    let (pattern, value) = entry.pattern().unwrap_or_default();
    let since = entry.since.map(|level| level.to_string()).unwrap_or_default();
    vec![
        code(&entry.kind),
        code(pattern),
        code(value),
        text(since),
        text(entry.note.clone().unwrap_or_default()),
    ]
}

/// A table of a flow file: by class and method, by class, or a list.
fn flow_rows(value: &toml::Value) -> Vec<Vec<Cell>> {
    let toml::Value::Table(table) = value else {
        let items = value.as_array().into_iter().flatten();
        return items
            .map(|item| vec![model(item), Vec::new(), Vec::new()])
            .collect();
    };
    let mut rows = Vec::new();
    for (class, value) in table {
        match value {
            // A row of `[addresses]` is a table of settings, one of classes a table of methods.
            toml::Value::Table(methods) if class.ends_with(';') || class == "*" => {
                let each = methods.iter();
                rows.extend(each.map(|(method, value)| vec![code(class), code(method), model(value)]));
            }
            _ => {
                let (class, method) = class.split_once("->").unwrap_or((class, ""));
                rows.push(vec![code(class), code(method), model(value)]);
            }
        }
    }
    rows
}

fn model(value: &toml::Value) -> Cell {
    match value {
        toml::Value::String(words) => code(words),
        toml::Value::Array(items) if !items.is_empty() => items.iter().flat_map(model).collect(),
        _ => code(value.to_string()),
    }
}

fn item(item: &Item) -> Vec<Cell> {
    vec![
        code(&item.id),
        text(&item.text.en),
        text(&item.text.zh),
        item.when.iter().flat_map(|band| code(band.name())).collect(),
        item.lending.map(answer).unwrap_or_default(),
        item.sources.iter().map(|words| source(words)).collect(),
    ]
}

fn channel(channel: &Channel) -> Vec<Cell> {
    let words = |words: &[String]| {
        words
            .iter()
            .map(|one| Inline::Text(one.clone()))
            .collect::<Cell>()
    };
    vec![
        code(&channel.id),
        text(&channel.body.en),
        text(&channel.body.zh),
        text(channel.body.local.clone().unwrap_or_default()),
        text(format!("{} / {}", channel.purpose.en, channel.purpose.zh)),
        words(&channel.contact),
        code(channel.check.name()),
        text(&channel.checked_on),
        channel.sources.iter().map(|words| source(words)).collect(),
        text(channel.note.clone().unwrap_or_default()),
    ]
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Declared => "declared",
        Level::Named => "named",
        Level::Located => "located",
        Level::Linked => "linked",
        Level::Proven => "proven",
    }
}
