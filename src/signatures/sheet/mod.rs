//! All that a signature says, in one form for every sort: facts of one line, then parts.
//!
//! A sheet names its facts, parts and columns by stable keys, and links other signatures by id. How it
//! looks, as text, JSON or a page of the reference, and in which language, is a matter of `render`.

mod indicator;
mod lists;
mod models;
mod policy;
mod published;
mod relations;
mod sdk;

pub use relations::Relations;

use super::catalogue::{Catalogue, Entry, Sort};
use super::schema::{Examples, Reference, Text};

/// All that a signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What it has in common with all others.
    pub entry: Entry,
    /// What is said in a line, by key.
    pub facts: Vec<(&'static str, Cell)>,
    /// The rest, in order.
    pub parts: Vec<Part>,
}

/// A part of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Stable name of its heading.
    pub key: String,
    /// What it says.
    pub body: Body,
}

/// What a part says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Prose of the signature; empty lines between its paragraphs.
    Prose(String),
    /// A sentence that holds for all signatures of a sort, by its key in the messages.
    Said(&'static str),
    /// A list.
    Items(Vec<Cell>),
    /// A table; rows are as long as the row of the column names.
    Rows {
        /// Stable names of the columns.
        columns: &'static [&'static str],
        /// The rows.
        rows: Vec<Vec<Cell>>,
    },
    /// Texts of several lines that are shown as they are.
    Blocks(Vec<String>),
}

/// What stands in one place of a sheet: pieces beside each other.
pub type Cell = Vec<Inline>;

/// One piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Words for people.
    Text(String),
    /// A name as it stands in a file, in code or on a command line.
    Code(String),
    /// Another signature, by id.
    Signature(String),
    /// Yes or no.
    Answer(bool),
    /// A part of the index.
    Sort(Sort),
    /// An address.
    Address(String),
}

fn text(words: impl Into<String>) -> Cell {
    vec![Inline::Text(words.into())]
}

fn code(name: impl Into<String>) -> Cell {
    vec![Inline::Code(name.into())]
}

fn answer(is_so: bool) -> Cell {
    vec![Inline::Answer(is_so)]
}

fn codes(names: &[String]) -> Vec<Cell> {
    names.iter().map(code).collect()
}

fn signatures<'a>(ids: impl IntoIterator<Item = &'a str>) -> Cell {
    ids.into_iter()
        .map(|id| Inline::Signature(id.to_owned()))
        .collect()
}

/// A source: an address, or where else it was read.
fn source(words: &str) -> Inline {
    let is_address = words.starts_with("https://") || words.starts_with("http://");
    if is_address && !words.contains(char::is_whitespace) {
        Inline::Address(words.to_owned())
    } else {
        Inline::Text(words.to_owned())
    }
}

fn sources(all: &[String]) -> Vec<Cell> {
    all.iter().map(|words| vec![source(words)]).collect()
}

fn references(all: &[Reference]) -> Vec<Cell> {
    let cell = |one: &Reference| {
        vec![
            source(&one.url),
            Inline::Text(one.publisher.clone()),
            Inline::Text(one.accessed.clone()),
        ]
    };
    all.iter().map(cell).collect()
}

impl Sheet {
    /// The sheet of `entry`, which stands in `catalogue`.
    #[must_use]
    pub fn new(entry: &Entry, catalogue: &Catalogue<'_>, relations: &Relations) -> Self {
        let mut sheet = Self {
            entry: entry.clone(),
            facts: Vec::new(),
            parts: Vec::new(),
        };
        match entry.sort {
            Sort::Indicators => sheet.indicator(catalogue, relations),
            Sort::Sdks => sheet.sdk(catalogue, relations),
            Sort::Policies => sheet.rule(catalogue),
            Sort::Published => sheet.published(catalogue),
            Sort::Words => sheet.words(catalogue),
            Sort::Phrases => sheet.phrases(catalogue),
            Sort::Vocabulary => sheet.vocabulary(catalogue, relations),
            Sort::Flows => sheet.flows(catalogue),
            Sort::Advice => sheet.advice(catalogue),
        }
        sheet
    }

    /// A fact, unless it is empty.
    fn fact(&mut self, key: &'static str, cell: Cell) {
        let is_empty = |piece: &Inline| match piece {
            Inline::Text(words) | Inline::Code(words) => words.is_empty(),
            _ => false,
        };
        if !cell.iter().all(is_empty) {
            self.facts.push((key, cell));
        }
    }

    fn optional(&mut self, key: &'static str, words: Option<&String>) {
        if let Some(words) = words {
            self.fact(key, text(words));
        }
    }

    /// A part, unless it is empty.
    fn part(&mut self, key: impl Into<String>, body: Body) {
        let is_empty = match &body {
            Body::Prose(words) => words.trim().is_empty(),
            Body::Said(_) => false,
            Body::Items(items) => items.is_empty(),
            Body::Rows { rows, .. } => rows.is_empty(),
            Body::Blocks(blocks) => blocks.is_empty(),
        };
        if !is_empty {
            self.parts.push(Part {
                key: key.into(),
                body,
            });
        }
    }

    fn prose(&mut self, key: &'static str, words: &str) {
        self.part(key, Body::Prose(words.to_owned()));
    }

    fn both_languages(&mut self, key: &'static str, words: &Text) {
        let paragraphs = format!("{}\n\n{}", words.en.trim(), words.zh.trim());
        self.prose(key, &paragraphs);
    }

    fn examples(&mut self, examples: &Examples) {
        let blocks = |texts: &[toml::Spanned<String>]| {
            let lines = texts.iter().map(|one| one.get_ref().trim().to_owned());
            Body::Blocks(lines.collect())
        };
        self.part("examples-match", blocks(&examples.matching));
        self.part("examples-no-match", blocks(&examples.no_match));
    }
}
