//! Rows and columns for a terminal, as CSV and as Markdown.
//!
//! **CSV.** Spreadsheets run a cell that begins with `=`, `+`, `-` or `@` (also in their wide
//! forms) or with a tab as a formula, and labels come from the analysed file. Such a cell gets an
//! apostrophe in front, which spreadsheets take as "this is text". Fields are quoted as RFC 4180
//! says; lines end with LF.
//!
//! **Markdown.** Everything that has a meaning within a cell of GitHub's Markdown is escaped, and
//! links that it would make by itself are taken apart.

use std::fmt::Write as _;

use super::layout::{cut, padded, width};
use super::sanitize::visible;

/// A table of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// Rows as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The table in aligned columns. With `columns`, the last column is cut to fit that width.
    #[must_use]
    pub fn terminal(&self, columns: Option<usize>) -> String {
        let rows: Vec<Vec<String>> = std::iter::once(&self.header)
            .chain(&self.rows)
            .map(|row| row.iter().map(|cell| visible(cell).into_owned()).collect())
            .collect();
        let widths: Vec<usize> = (0..self.header.len())
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| width(cell)).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in rows {
            let mut line = String::new();
            let last = row.len().saturating_sub(1);
            for (column, (cell, wide)) in row.iter().zip(&widths).enumerate() {
                if column < last {
                    line.push_str(&padded(cell, *wide));
                    line.push_str("  ");
                } else {
                    let left = columns.map(|columns| columns.saturating_sub(width(&line)).max(20));
                    line.push_str(&left.map_or_else(|| cell.clone(), |left| cut(cell, left)));
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The table as CSV in UTF-8.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        for row in std::iter::once(&self.header).chain(&self.rows) {
            // Writing to memory cannot fail, and the rows are as long as the header.
            let _ = writer.write_record(row.iter().map(|cell| csv_cell(cell)));
        }
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The table as GitHub's Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        let line = |text: &mut String, cells: &[String]| {
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        };
        let escaped = |row: &[String]| row.iter().map(|cell| markdown(cell)).collect::<Vec<_>>();
        line(&mut text, &escaped(&self.header));
        line(&mut text, &vec!["---".to_owned(); self.header.len()]);
        for row in &self.rows {
            line(&mut text, &escaped(row));
        }
        text
    }
}

fn csv_cell(cell: &str) -> String {
    let shown = visible(cell);
    // A tab is written out by now, as is every other control character.
    if shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\'']) || cell.starts_with(['\t', '\r'])
    {
        format!("'{shown}")
    } else {
        shown.into_owned()
    }
}

pub(super) fn markdown(cell: &str) -> String {
    let mut text = String::new();
    let shown = visible(cell);
    let mut characters = shown.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '$' | '&' => {
                text.push('\\');
                text.push(character);
            }
            // Only what a reader would turn into a link.
            ':' if characters.peek() == Some(&'/') || text.to_ascii_lowercase().ends_with("mailto") => {
                text.push_str("&#58;");
            }
            '@' => text.push_str("&#64;"),
            '.' if text.to_ascii_lowercase().ends_with("www") => text.push_str("&#46;"),
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[&str]) -> Table {
        Table {
            header: vec!["A".to_owned(), "名称".to_owned()],
            rows: cells
                .chunks(2)
                .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
                .collect(),
        }
    }

    #[test]
    fn columns_line_up_and_the_last_is_cut() {
        let table = table(&["速贷", "x", "b", "a long text that does not fit"]);
        assert_eq!(
            table.terminal(None),
            "A     名称\n速贷  x\nb     a long text that does not fit\n"
        );
        assert_eq!(
            table.terminal(Some(26)),
            "A     名称\n速贷  x\nb     a long text that do…\n"
        );
    }

    #[test]
    fn csv_cells_cannot_be_formulas() {
        let table = table(&["=1+1", "@x,\"y\"", "a\u{1b}\nb", "\t=2", "＋3", "'4"]);
        assert_eq!(
            table.csv(),
            "A,名称\n'=1+1,\"'@x,\"\"y\"\"\"\na\\u{1b}\\nb,'\\t=2\n'＋3,''4\n"
        );
    }

    #[test]
    fn markdowns_hold_no_markup() {
        let table = table(&["a|b", "<b>[x](http://y) www.z @u"]);
        assert_eq!(
            table.markdown(),
            "| A | 名称 |\n| --- | --- |\n\
             | a\\|b | \\<b\\>\\[x\\](http&#58;//y) www&#46;z &#64;u |\n"
        );
    }
}
