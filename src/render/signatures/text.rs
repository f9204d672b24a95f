//! A sheet as text for a terminal.

use anstyle::Style;

use super::{head, name, plain_answer, title};
use crate::messages::Messages;
use crate::render::layout::{Page, Span};
use crate::render::sanitize::visible;
use crate::signatures::sheet::{Body, Cell, Inline, Sheet};

/// The text of `sheet`, of a set with this `version`, whose file is at `file`, in lines of `columns`.
#[must_use]
pub fn text(sheet: &Sheet, version: &str, file: &str, messages: &Messages, columns: usize) -> String {
    let mut writer = Writer {
        page: Page::new(columns),
        messages,
    };
    writer.heading(&sheet.entry.id);
    writer.line(title(&sheet.entry.title, messages));
    writer.page.space();
    for (key, value) in head(&sheet.entry, file, messages)
        .into_iter()
        .filter(|(key, _)| *key != "id")
    {
        writer.fact(key, &value);
    }
    for (key, cell) in &sheet.facts {
        writer.fact(key, &shown(cell, messages));
    }
    writer.fact("ruleset-version", version);
    for part in &sheet.parts {
        writer.page.space();
        writer.heading(name(messages, &part.key));
        writer.body(&part.body);
    }
    writer.page.finish()
}

struct Writer<'a> {
    page: Page,
    messages: &'a Messages,
}

impl Writer<'_> {
    fn heading(&mut self, words: &str) {
        let bold = Span::styled(visible(words), Style::new().bold());
        self.page.paragraph(&"".into(), &[bold]);
    }

    fn line(&mut self, words: &str) {
        self.page
            .paragraph(&"  ".into(), &[visible(words).as_ref().into()]);
    }

    fn fact(&mut self, key: &str, value: &str) {
        let lead = format!("  {}", pair(self.messages, name(self.messages, key), ""));
        self.page
            .paragraph(&lead.as_str().into(), &[visible(value).as_ref().into()]);
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::Prose(words) => self.prose(words),
            Body::Said(key) => self.prose(self.messages.text("signature-said", key)),
            Body::Items(items) => {
                for item in items {
                    let line = shown(item, self.messages);
                    self.item(&line);
                }
            }
            Body::Rows { columns, rows } => {
                for row in rows {
                    self.row(columns, row);
                }
            }
            Body::Blocks(blocks) => {
                for (position, block) in blocks.iter().enumerate() {
                    if position > 0 {
                        self.page.space();
                    }
                    block.lines().for_each(|line| self.line(line));
                }
            }
        }
    }

    fn prose(&mut self, words: &str) {
        for (position, paragraph) in words.trim().split("\n\n").enumerate() {
            if position > 0 {
                self.page.space();
            }
            self.line(&paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    fn item(&mut self, words: &str) {
        self.page
            .paragraph(&"  - ".into(), &[visible(words).as_ref().into()]);
    }

    /// A row of a table. The first cell says what it is about and the others are named, unless they say
    /// it together: `host: example.org`.
    fn row(&mut self, columns: &[&str], row: &[Cell]) {
        let mut words: Vec<String> = Vec::new();
        for (position, (column, cell)) in columns.iter().zip(row).enumerate() {
            let shown = shown(cell, self.messages);
            if shown.is_empty() {
                continue;
            }
            match (position, *column, words.last_mut()) {
                (_, "value", Some(last)) | (1, "name", Some(last)) => {
                    *last = pair(self.messages, last, &shown);
                }
                (0, _, _) | (1, "english" | "method" | "pattern", _) => words.push(shown),
                _ => words.push(pair(self.messages, name(self.messages, column), &shown)),
            }
        }
        self.item(&words.join(self.messages.text("phrase", "join")));
    }
}

fn shown(cell: &Cell, messages: &Messages) -> String {
    let pieces = cell.iter().map(|piece| match piece {
        Inline::Text(words) | Inline::Code(words) => words.clone(),
        Inline::Signature(id) => id.clone(),
        Inline::Answer(is_so) => name(messages, plain_answer(*is_so)).to_owned(),
        Inline::Sort(sort) => messages.text("signature-sort", sort.name()).to_owned(),
        Inline::Address(url) => url.clone(),
    });
    let pieces: Vec<String> = pieces.filter(|piece| !piece.is_empty()).collect();
    // A sign of a wide script behind an address would be taken for a part of it.
    let has_address = cell.iter().any(|piece| matches!(piece, Inline::Address(_)));
    pieces.join(match has_address {
        true => ", ",
        false => messages.text("phrase", "list"),
    })
}

/// What something is called, and what it is.
fn pair(messages: &Messages, name: &str, value: &str) -> String {
    messages.fill("signatures", "pair", &[("name", name), ("value", value)])
}
