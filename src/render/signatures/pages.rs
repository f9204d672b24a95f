//! The reference: one page for each signature, and an index.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{head, in_repository, index, markdown, name, plain_answer, title};
use crate::messages::Messages;
use crate::signatures::catalogue::{Catalogue, Entry, Sort};
use crate::signatures::sheet::{Body, Cell, Inline, Relations, Sheet};

/// First line of every page.
pub const MARK: &str = "<!-- Written by `dunwatch signatures docs`; changes belong into the signature. -->";

/// The pages by their path, which has `/` between its parts.
#[must_use]
pub fn pages(catalogue: &Catalogue<'_>, messages: &Messages) -> BTreeMap<String, String> {
    let relations = Relations::new(catalogue);
    let mut pages = BTreeMap::from([("index.md".to_owned(), index::index(catalogue, messages))]);
    for entry in catalogue.entries() {
        let sheet = Sheet::new(entry, catalogue, &relations);
        let writer = Writer {
            path: entry.page(),
            catalogue,
            messages,
        };
        pages.insert(entry.page(), writer.page(&sheet));
    }
    pages
}

/// Writes one page.
struct Writer<'a> {
    path: String,
    catalogue: &'a Catalogue<'a>,
    messages: &'a Messages,
}

impl Writer<'_> {
    fn page(&self, sheet: &Sheet) -> String {
        let entry = &sheet.entry;
        let mut text = format!("{MARK}\n\n");
        let _ = writeln!(
            text,
            "# {}\n",
            markdown::words(title(&entry.title, self.messages))
        );
        let _ = writeln!(text, "{}\n", self.crumbs(entry));
        text.push_str(&self.head(sheet));
        for part in &sheet.parts {
            let _ = writeln!(text, "\n## {}\n", name(self.messages, &part.key));
            text.push_str(&self.body(&part.body));
        }
        text
    }

    fn crumbs(&self, entry: &Entry) -> String {
        let index = markdown::relative(&self.path, "index.md");
        let sort = self.messages.text("signature-sort", entry.sort.name());
        format!(
            "{} · {}",
            markdown::link(name(self.messages, "signatures"), &index),
            markdown::link(sort, &format!("{index}#{}", entry.sort.name())),
        )
    }

    fn head(&self, sheet: &Sheet) -> String {
        let line = |key: &str, cell: String| vec![markdown::words(name(self.messages, key)), cell];
        let file = in_repository(&sheet.entry.path);
        let mut rows = Vec::new();
        for (key, value) in head(&sheet.entry, &file, self.messages) {
            let value = match key {
                "id" | "category" | "file" => markdown::code(&value, true),
                _ => markdown::words(&value),
            };
            rows.push(line(key, value));
        }
        let other = &sheet.entry.title;
        if !other.zh.is_empty() && other.zh != other.en {
            rows.push(line("title-en", markdown::words(&other.en)));
            rows.push(line("title-zh", markdown::words(&other.zh)));
        }
        rows.extend(
            sheet
                .facts
                .iter()
                .map(|(key, cell)| line(key, self.cell(cell, true))),
        );
        let version = self.catalogue.ruleset.version();
        rows.push(line("ruleset-version", markdown::words(version)));
        let header = ["field", "value"].map(|key| name(self.messages, key).to_owned());
        markdown::table(&header, &rows)
    }

    fn body(&self, body: &Body) -> String {
        let mut text = String::new();
        match body {
            Body::Prose(words) => {
                let paragraphs: Vec<String> = words.trim().split("\n\n").map(markdown::paragraph).collect();
                let _ = writeln!(text, "{}", paragraphs.join("\n\n"));
            }
            Body::Said(key) => {
                let said = self.messages.text("signature-said", key);
                let _ = writeln!(text, "{}", markdown::paragraph(said));
            }
            Body::Items(items) => {
                for item in items {
                    let _ = writeln!(text, "- {}", self.cell(item, false));
                }
            }
            Body::Rows { columns, rows } => {
                let header: Vec<String> = columns
                    .iter()
                    .map(|key| markdown::words(name(self.messages, key)))
                    .collect();
                let rows: Vec<Vec<String>> = rows
                    .iter()
                    .map(|row| row.iter().map(|cell| self.cell(cell, true)).collect())
                    .collect();
                text.push_str(&markdown::table(&header, &rows));
            }
            Body::Blocks(blocks) => {
                let blocks: Vec<String> = blocks.iter().map(|block| markdown::block(block)).collect();
                text.push_str(&blocks.join("\n"));
            }
        }
        text
    }

    fn cell(&self, cell: &Cell, in_table: bool) -> String {
        let pieces = cell.iter().map(|piece| match piece {
            Inline::Text(words) => markdown::words(words),
            Inline::Code(name) => markdown::code(name, in_table),
            Inline::Signature(id) => self.signature(id, in_table),
            Inline::Answer(is_so) => markdown::code(plain_answer(*is_so), in_table),
            Inline::Sort(sort) => self.sort(*sort),
            Inline::Address(url) => markdown::address(url),
        });
        let pieces: Vec<String> = pieces.filter(|piece| !piece.is_empty()).collect();
        pieces.join(if in_table { "<br>" } else { ", " })
    }

    fn signature(&self, id: &str, in_table: bool) -> String {
        match self.catalogue.find(id) {
            Some(entry) => markdown::link(id, &markdown::relative(&self.path, &entry.page())),
            None => markdown::code(id, in_table),
        }
    }

    fn sort(&self, sort: Sort) -> String {
        let index = markdown::relative(&self.path, "index.md");
        let shown = self.messages.text("signature-sort", sort.name());
        markdown::link(shown, &format!("{index}#{}", sort.name()))
    }
}
