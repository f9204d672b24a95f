//! The table of labels.
//!
//! Text in UTF-8 with a header line. When the header holds a tab, cells are separated by tabs and
//! nothing is quoted (the IANA type `text/tab-separated-values`); else they are separated by commas
//! and quoted as RFC 4180 says. Cells are trimmed. Columns that are not named here are passed over.
//!
//! | column | |
//! |---|---|
//! | `sha256`, `package`, `name` | what a row is about: the first of the three that is not empty |
//! | `label`, or another name | `yes`, `true`, `1`, `positive`; `no`, `false`, `0`, `negative`; `unsure` or empty |
//! | `group` | optional: apps that belong together |
//! | `language` | optional: languages, separated by spaces, commas or semicolons |
//!
//! A `name` without a slash is the last part of an input's name, one with a slash the whole of it.
//! Nothing is guessed: a row that repeats or contradicts another, or says something that is no
//! label, is an error that names its line and column.

use std::collections::BTreeMap;

use serde::Serialize;
use thiserror::Error;

use crate::report::Report;

/// The columns that can say what a row is about, the strongest first.
const KEYS: [&str; 3] = ["sha256", "package", "name"];
const GROUP: &str = "group";
const LANGUAGE: &str = "language";

/// Why a table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no header line.
    #[error("the table is empty")]
    Empty,
    /// A line is not Unicode.
    #[error("line {line}: the text is not UTF-8")]
    NotUnicode {
        /// Number of the line, from one.
        line: u64,
    },
    /// The header has none of the wanted columns.
    #[error("line 1: there is no column {wanted}; the columns are: {columns}")]
    NoColumn {
        /// The columns that were looked for.
        wanted: String,
        /// Those there are.
        columns: String,
    },
    /// The header has a column of this name twice.
    #[error("line 1, column `{column}`: there are two columns of this name")]
    ColumnTwice {
        /// Name of the column.
        column: String,
    },
    /// A row is longer or shorter than the header.
    #[error("line {line}: {cells} cells, and the header has {columns}")]
    Cells {
        /// Number of the line, from one.
        line: u64,
        /// Cells of the row.
        cells: usize,
        /// Cells of the header.
        columns: usize,
    },
    /// A row does not say what it is about.
    #[error("line {line}: nothing says which app this is about: no cell in {columns}")]
    NoKey {
        /// Number of the line, from one.
        line: u64,
        /// The columns that could.
        columns: String,
    },
    /// A cell does not hold what it should.
    #[error("line {line}, column `{column}`: `{found}` is no {expected}")]
    Value {
        /// Number of the line, from one.
        line: u64,
        /// Name of the column.
        column: String,
        /// What the cell holds.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Two rows are about the same apps and say the same.
    #[error("line {line}, column `{column}`: `{key}` stands in line {earlier} already")]
    Repeated {
        /// Number of the line, from one.
        line: u64,
        /// Name of the key column.
        column: &'static str,
        /// The key.
        key: String,
        /// Line of the first row.
        earlier: u64,
    },
    /// Two rows are about the same apps and say different things.
    #[error(
        "line {line}, column `{column}`: `{key}` is labelled {label} here and {earlier_label} in line {earlier}"
    )]
    Contradiction {
        /// Number of the line, from one.
        line: u64,
        /// Name of the key column.
        column: &'static str,
        /// The key.
        key: String,
        /// The label here.
        label: Label,
        /// Line of the first row.
        earlier: u64,
        /// The label there.
        earlier_label: Label,
    },
    /// Two rows are about equal files and say different things.
    #[error(
        "lines {earlier} and {line} label the same file, SHA-256 {sha256}, as {earlier_label} and as {label}"
    )]
    SameFile {
        /// Line of the row that came second.
        line: u64,
        /// Its label.
        label: Label,
        /// Line of the row that came first.
        earlier: u64,
        /// Its label.
        earlier_label: Label,
        /// Digest of the file.
        sha256: String,
    },
}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// The app has the property.
    Positive,
    /// It has not.
    Negative,
    /// Nobody knows; the app is left out and counted.
    Unsure,
}

impl Label {
    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" | "positive" => Some(Self::Positive),
            "no" | "false" | "0" | "negative" => Some(Self::Negative),
            "unsure" | "" => Some(Self::Unsure),
            _ => None,
        }
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Unsure => "unsure",
        })
    }
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// One file, by the SHA-256 in lower-case hex.
    Sha256(String),
    /// Every file of a package.
    Package(String),
    /// Files by their name.
    Name(String),
}

impl Key {
    /// Name of the column and what stands in it.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &str) {
        let [sha256, package, name] = KEYS;
        match self {
            Self::Sha256(text) => (sha256, text),
            Self::Package(text) => (package, text),
            Self::Name(text) => (name, text),
        }
    }

    /// The keys a report answers to, the strongest first.
    fn of(report: &Report) -> impl Iterator<Item = Self> {
        let name = report.input.name.as_str();
        let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let package = report.app.as_ref().and_then(|app| app.package.clone());
        let names = [name, last].map(|name| Some(Self::Name(name.to_owned())));
        [
            report.input.sha256.clone().map(Self::Sha256),
            package.map(Self::Package),
        ]
        .into_iter()
        .chain(names)
        .flatten()
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number of its line, from one.
    pub line: u64,
    /// What it says.
    pub label: Label,
    /// Apps that belong together, where the table says so.
    pub group: Option<String>,
    /// Languages of the app, where the table says so.
    pub languages: Vec<String>,
}

/// A table of labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    rows: BTreeMap<Key, Row>,
    has_groups: bool,
}

impl Truth {
    /// The table in `bytes`, with the labels in the column `label`.
    ///
    /// # Errors
    ///
    /// The first mistake in the table.
    pub fn parse(bytes: &[u8], label: &str) -> Result<Self, Error> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let tabs = header.contains(&b'\t');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(if tabs { b'\t' } else { b',' })
            .quoting(!tabs)
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let mut records = reader.records();
        let header = match records.next() {
            None => return Err(Error::Empty),
            Some(record) => record.map_err(|_| Error::NotUnicode { line: 1 })?,
        };
        let mut lines = Lines {
            bytes,
            at: 0,
            line: 1,
        };
        let columns = Columns::find(&header, label)?;
        let mut truth = Self {
            rows: BTreeMap::new(),
            has_groups: columns.group.is_some(),
        };
        for record in records {
            // From memory and with rows of any length, there is no other error.
            let record = record.map_err(|error| Error::NotUnicode {
                line: lines.number(error.position()),
            })?;
            let line = lines.number(record.position());
            if record.len() != header.len() {
                return Err(Error::Cells {
                    line,
                    cells: record.len(),
                    columns: header.len(),
                });
            }
            let (key, row) = columns.row(&record, line)?;
            truth.add(key, row)?;
        }
        Ok(truth)
    }

    fn add(&mut self, key: Key, row: Row) -> Result<(), Error> {
        if let Some(earlier) = self.rows.get(&key) {
            let (column, text) = key.parts();
            let key = text.to_owned();
            return Err(if earlier.label == row.label {
                Error::Repeated {
                    line: row.line,
                    column,
                    key,
                    earlier: earlier.line,
                }
            } else {
                Error::Contradiction {
                    line: row.line,
                    column,
                    key,
                    label: row.label,
                    earlier: earlier.line,
                    earlier_label: earlier.label,
                }
            });
        }
        self.rows.insert(key, row);
        Ok(())
    }

    /// The rows that are about `report`, the one that decides first.
    pub fn about(&self, report: &Report) -> impl Iterator<Item = (&Key, &Row)> {
        Key::of(report).filter_map(|key| self.rows.get_key_value(&key))
    }

    /// All rows, by what they are about.
    pub fn rows(&self) -> impl Iterator<Item = (&Key, &Row)> {
        self.rows.iter()
    }

    /// Whether the table has a column `group`.
    #[must_use]
    pub fn has_groups(&self) -> bool {
        self.has_groups
    }
}

/// Numbers lines. The reader's own numbers are of the place where the record before ended, which is
/// before the rest of a line end and before empty lines.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// Number of the line on which the record begins; places only ever rise.
    fn number(&mut self, position: Option<&csv::Position>) -> u64 {
        let end = position.and_then(|position| usize::try_from(position.byte()).ok());
        let rest = end.and_then(|end| self.bytes.get(end..)).unwrap_or_default();
        let ends = rest
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let start = self.bytes.len() - rest.len() + ends;
        let passed = self.bytes.get(self.at..start).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = start;
        self.line
    }
}

/// Where the columns stand.
struct Columns<'a> {
    keys: [Option<usize>; 3],
    label: (usize, &'a str),
    group: Option<usize>,
    language: Option<usize>,
}

impl<'a> Columns<'a> {
    fn find(header: &csv::StringRecord, label: &'a str) -> Result<Self, Error> {
        let find = |wanted: &str| {
            let mut places = header.iter().enumerate().filter(|(_, name)| *name == wanted);
            let place = places.next().map(|(place, _)| place);
            match places.next() {
                None => Ok(place),
                Some(_) => Err(Error::ColumnTwice {
                    column: wanted.to_owned(),
                }),
            }
        };
        let missing = |wanted: String| Error::NoColumn {
            wanted,
            columns: header.iter().collect::<Vec<_>>().join(", "),
        };
        let [sha256, package, name] = KEYS;
        let keys = [find(sha256)?, find(package)?, find(name)?];
        if keys.iter().all(Option::is_none) {
            return Err(missing(format!("`{sha256}`, `{package}` or `{name}`")));
        }
        let place = find(label)?.ok_or_else(|| missing(format!("`{label}`")))?;
        Ok(Self {
            keys,
            label: (place, label),
            group: find(GROUP)?,
            language: find(LANGUAGE)?,
        })
    }

    fn row(&self, record: &csv::StringRecord, line: u64) -> Result<(Key, Row), Error> {
        let cell = |column: Option<usize>| column.and_then(|column| record.get(column)).unwrap_or_default();
        let [sha256, package, name] = self.keys.map(cell);
        let key = if !sha256.is_empty() {
            let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_digest {
                return Err(value(line, "sha256", sha256, "SHA-256 of 64 hex digits"));
            }
            Key::Sha256(sha256.to_ascii_lowercase())
        } else if !package.is_empty() {
            Key::Package(package.to_owned())
        } else if !name.is_empty() {
            Key::Name(name.to_owned())
        } else {
            let there = KEYS.iter().zip(self.keys).filter(|(_, place)| place.is_some());
            let names: Vec<String> = there.map(|(name, _)| format!("`{name}`")).collect();
            let columns = names.join(" or ");
            return Err(Error::NoKey { line, columns });
        };
        let (place, column) = self.label;
        let text = cell(Some(place));
        let expected = "label (yes, true, 1, positive; no, false, 0, negative; unsure or nothing)";
        let label = Label::parse(text).ok_or_else(|| value(line, column, text, expected))?;
        let group = cell(self.group);
        let languages = cell(self.language).split([' ', ',', ';']);
        Ok((
            key,
            Row {
                line,
                label,
                group: (!group.is_empty()).then(|| group.to_owned()),
                languages: languages
                    .filter(|language| !language.is_empty())
                    .map(str::to_owned)
                    .collect(),
            },
        ))
    }
}

fn value(line: u64, column: &str, found: &str, expected: &'static str) -> Error {
    Error::Value {
        line,
        column: column.to_owned(),
        found: found.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        Truth::parse(text.as_bytes(), "label").unwrap_err().to_string()
    }

    #[test]
    fn tabs_and_commas_are_told_apart() {
        let tabs = "name\tlabel\tgroup\tlanguage\n\"a\tYES\t\ten;zh, id\nb\t0\tg\t\n";
        let truth = Truth::parse(tabs.as_bytes(), "label").unwrap();
        let rows: Vec<_> = truth.rows().collect();
        assert_eq!(rows[0].0, &Key::Name("\"a".to_owned()));
        assert_eq!(
            (rows[0].1.label, rows[0].1.group.as_deref()),
            (Label::Positive, None)
        );
        assert_eq!(rows[0].1.languages, ["en", "zh", "id"]);
        assert_eq!(
            (rows[1].1.label, rows[1].1.group.as_deref()),
            (Label::Negative, Some("g"))
        );
        assert!(truth.has_groups());

        let commas = "\u{feff}is it,package , note\r\nunsure,\"a,b\",\"two\r\nlines\"\r\n\r\nno,c,\r\n";
        let truth = Truth::parse(commas.as_bytes(), "is it").unwrap();
        let rows: Vec<_> = truth.rows().collect();
        assert_eq!(rows[0].0, &Key::Package("a,b".to_owned()));
        assert_eq!((rows[0].1.label, rows[0].1.line), (Label::Unsure, 2));
        assert_eq!((rows[1].1.label, rows[1].1.line), (Label::Negative, 5));
    }

    #[test]
    fn the_strongest_key_of_a_row_counts() {
        let digest = "AB".repeat(32);
        let text = format!("sha256,package,name,label\n{digest},p,n,1\n,p,n,0\n,,n,\n");
        let truth = Truth::parse(text.as_bytes(), "label").unwrap();
        let keys: Vec<_> = truth.rows().map(|(key, _)| key.parts()).collect();
        assert_eq!(
            keys,
            [
                ("sha256", &*digest.to_lowercase()),
                ("package", "p"),
                ("name", "n")
            ]
        );
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, expected) in [
            ("", "the table is empty"),
            (
                "a,label\nx,1\n",
                "line 1: there is no column `sha256`, `package` or `name`; the columns are: a, label",
            ),
            (
                "name,truth\n",
                "line 1: there is no column `label`; the columns are: name, truth",
            ),
            (
                "name,label,label\n",
                "line 1, column `label`: there are two columns of this name",
            ),
            ("name,label\na,1\nb\n", "line 3: 1 cells, and the header has 2"),
            (
                "package,name,label\n,,yes\n",
                "line 2: nothing says which app this is about: no cell in `package` or `name`",
            ),
            (
                "name,label\na,maybe\n",
                "line 2, column `label`: `maybe` is no label (yes, true, 1, positive; no, false, 0, \
                 negative; unsure or nothing)",
            ),
            (
                "sha256,label\n12ab,no\n",
                "line 2, column `sha256`: `12ab` is no SHA-256 of 64 hex digits",
            ),
            (
                "name,label\na,1\na,yes\n",
                "line 3, column `name`: `a` stands in line 2 already",
            ),
            (
                "package,label\na,1\nb,0\na,unsure\n",
                "line 4, column `package`: `a` is labelled unsure here and positive in line 2",
            ),
        ] {
            assert_eq!(complaint(text), expected);
        }
        let wrong = Truth::parse(b"name,label\na,1\n\xff,0\n", "label").unwrap_err();
        assert_eq!(wrong, Error::NotUnicode { line: 3 });
    }
}
