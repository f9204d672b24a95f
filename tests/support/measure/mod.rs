//! The harvest analysis against labelled packages, what it finds beside what it should find; and what
//! single numbers of the scoring decide.
//!
//! The suites compare the outcome with recorded tables, `xtask` prints it; both use this module. It
//! panics nowhere and needs no other part of the test support.

pub(crate) mod droidbench;
pub(crate) mod micro;
pub(crate) mod package;
pub(crate) mod sensitivity;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Why something cannot be measured.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// The text of a file.
fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The bytes of a file.
fn bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The rows of a tab-separated table below its header line, each with so many cells.
fn rows<const COLUMNS: usize>(table: &str) -> Result<Vec<[&str; COLUMNS]>> {
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(table.lines()).skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let count = cells.len();
        rows.push(
            <[&str; COLUMNS]>::try_from(cells)
                .map_err(|_| format!("line {number}: {count} cells, {COLUMNS} expected"))?,
        );
    }
    Ok(rows)
}

/// The reasons in the last column of a recorded table, by the name in its first.
pub(crate) fn reasons(record: &str) -> BTreeMap<String, String> {
    let cells = |line: &str| {
        let name = line.split('\t').next()?;
        let reason = line.rsplit('\t').next()?;
        (!reason.is_empty()).then(|| (name.to_owned(), reason.to_owned()))
    };
    record.lines().skip(1).filter_map(cells).collect()
}

/// A part of a whole, between 0 and 1; nothing of nothing is all of it.
pub(crate) fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 {
        1.0
    } else {
        f64::from(part) / f64::from(whole)
    }
}
