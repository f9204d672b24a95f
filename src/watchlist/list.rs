//! Reads results and sorts what a filter lets through.
//!
//! The results are streamed. Memory holds the rows that are kept, the digest of each (an app that
//! was found in several places stands on the list once, with the first), and, when only the newest
//! versions are asked for, one entry for each package and certificate.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use thiserror::Error;

use super::{Filter, Row};
use crate::messages::Messages;
use crate::report::Report;
use crate::report::v1::SCHEMA;
use crate::scan::digest::Digest;
use crate::scan::folder::RESULTS;
use crate::scan::journal::LINE_BYTES;

/// Why results cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A line is no report.
    #[error("{}, line {line}: not a report of the form {SCHEMA}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Number of the line, from one.
        line: u64,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A line is a report of another version.
    #[error("{}, line {line}: a report of the form {schema}, not {SCHEMA}", path.display())]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Number of the line, from one.
        line: u64,
        /// What it says it is.
        schema: String,
    },
    /// The last line has no end.
    #[error(
        "{}, line {line}: the line is not complete; the scan is still running, or was interrupted and \
         goes on when it is started again", path.display()
    )]
    Torn {
        /// The file.
        path: PathBuf,
        /// Number of the line, from one.
        line: u64,
    },
}

/// The apps of some results that a filter lets through.
#[derive(Debug, Default)]
pub struct List {
    /// The apps in the order of the list.
    pub rows: Vec<Row>,
    /// Inputs that have no score because they could not be read.
    pub left_out: u64,
}

impl List {
    /// Reads the results at `paths`: files, output folders of scans, or `-` for the standard input.
    ///
    /// # Errors
    ///
    /// When one cannot be read or holds something else than reports.
    pub fn read(paths: &[PathBuf], filter: &Filter, messages: &Messages) -> Result<Self, Error> {
        let mut gathering = Gathering::default();
        for path in paths {
            let path = if path.is_dir() {
                path.join(RESULTS)
            } else {
                path.clone()
            };
            each_report(&path, |report| gathering.add(&report, filter, messages))?;
        }
        let mut rows: Vec<Row> = gathering.rows.into_iter().flatten().collect();
        rows.sort_by(Row::order);
        Ok(Self {
            rows,
            left_out: gathering.left_out,
        })
    }
}

/// Package and certificate: what makes two files versions of one app.
type Origin = (String, Option<String>);

#[derive(Debug, Default)]
struct Gathering {
    /// A row is taken out again when a newer version of its app comes by.
    rows: Vec<Option<Row>>,
    left_out: u64,
    listed: FxHashSet<Digest>,
    /// The highest version code so far, and where its row stands if it has one.
    newest: BTreeMap<Origin, (Option<u64>, Option<usize>)>,
}

impl Gathering {
    fn add(&mut self, report: &Report, filter: &Filter, messages: &Messages) {
        if report.score.is_none() {
            self.left_out += 1;
            return;
        }
        let accepted = filter.accepts(report);
        if filter.newest
            && let Some(origin) = origin(report)
        {
            let version = report.app.as_ref().and_then(|app| app.version_code);
            let next = accepted.then_some(self.rows.len());
            match self.newest.get_mut(&origin) {
                Some((known, _)) if *known >= version => return,
                Some((known, row)) => {
                    if let Some(old) = row.take().and_then(|row| self.rows.get_mut(row)) {
                        *old = None;
                    }
                    (*known, *row) = (version, next);
                }
                None => {
                    self.newest.insert(origin, (version, next));
                }
            }
        }
        if !accepted {
            return;
        }
        let digest = report.input.sha256.as_deref().and_then(Digest::from_hex);
        if digest.is_none_or(|digest| self.listed.insert(digest)) {
            self.rows.push(Row::new(report, messages));
        }
    }
}

fn origin(report: &Report) -> Option<Origin> {
    let app = report.app.as_ref()?;
    let certificate = app.certificates.first();
    Some((
        app.package.clone()?,
        certificate.map(|certificate| certificate.sha256.clone()),
    ))
}

/// Hands every report in the file at `path` to `each`; `-` is the standard input.
///
/// # Errors
///
/// When it cannot be read or holds something else than reports.
pub fn each_report(path: &Path, mut each: impl FnMut(Report)) -> Result<(), Error> {
    let unreadable = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(unreadable)?)
    };
    let mut reader = BufReader::with_capacity(1 << 18, source);
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        let read = reader.by_ref().take(LINE_BYTES).read_until(b'\n', &mut text);
        if read.map_err(unreadable)? == 0 {
            break;
        }
        let report: Report = serde_json::from_slice(&text).map_err(|source| {
            let path = path.to_owned();
            // An end in the middle of a last line that began like a report.
            if source.is_eof() && !text.ends_with(b"\n") {
                Error::Torn { path, line }
            } else {
                Error::Foreign { path, line, source }
            }
        })?;
        if report.schema != SCHEMA {
            return Err(Error::OtherVersion {
                path: path.to_owned(),
                line,
                schema: report.schema.chars().take(80).collect(),
            });
        }
        each(report);
    }
    Ok(())
}
