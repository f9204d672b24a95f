//! One line of the results, and the few facts the scan itself needs from it.

use std::ops::Range;

use serde::Deserialize;

use super::digest::Digest;
use crate::render::json;
use crate::report::Report;
use crate::report::v1::{Band, SCHEMA, Status};

/// What a scan needs to know of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Name of the input.
    pub name: String,
    /// Digest of its bytes, where they could be read.
    pub digest: Option<Digest>,
    /// Its size in bytes, where it is known.
    pub size: Option<u64>,
    /// How much could be read.
    pub status: Status,
    /// The band, where there is a score.
    pub band: Option<Band>,
    /// Name of the reason why the input failed.
    pub failure: Option<String>,
}

/// A line of the results with its newline.
#[derive(Debug, Clone)]
pub struct Record {
    /// The line.
    pub line: Vec<u8>,
    /// What the scan needs of it.
    pub facts: Facts,
    /// Where the name of the input stands in the line, quotes included.
    name: Option<Range<usize>>,
}

/// The fields of a report that become [`Facts`]; the rest of the line is checked and passed over.
#[derive(Deserialize)]
struct Brief {
    schema: String,
    input: BriefInput,
    status: Status,
    error: Option<BriefError>,
    score: Option<BriefScore>,
}

#[derive(Deserialize)]
struct BriefInput {
    name: String,
    size: Option<u64>,
    sha256: Option<String>,
}

#[derive(Deserialize)]
struct BriefError {
    kind: String,
}

#[derive(Deserialize)]
struct BriefScore {
    band: Band,
}

impl Record {
    /// The line of `report`.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub fn new(report: &Report) -> Result<Self, serde_json::Error> {
        let mut line = json::line(report)?.into_bytes();
        let name = name_range(&line, &report.input.name);
        line.push(b'\n');
        Ok(Self {
            line,
            facts: Facts {
                name: report.input.name.clone(),
                digest: report.input.sha256.as_deref().and_then(Digest::from_hex),
                size: report.input.size,
                status: report.status,
                band: report.score.as_ref().map(|score| score.band),
                failure: report.error.as_ref().map(|error| error.kind.clone()),
            },
            name,
        })
    }

    /// The record in a line of the results; `None` when it is not a whole report of ours.
    #[must_use]
    pub fn parse(line: &[u8]) -> Option<Self> {
        let body = line.strip_suffix(b"\n")?;
        let brief: Brief = serde_json::from_slice(body).ok()?;
        if brief.schema != SCHEMA {
            return None;
        }
        Some(Self {
            name: name_range(body, &brief.input.name),
            facts: Facts {
                name: brief.input.name,
                digest: brief.input.sha256.as_deref().and_then(Digest::from_hex),
                size: brief.input.size,
                status: brief.status,
                band: brief.score.map(|score| score.band),
                failure: brief.error.map(|error| error.kind),
            },
            line: line.to_vec(),
        })
    }

    /// The same record about an input called `name`. Only the name is exchanged, byte for byte:
    /// reading the whole report and writing it again could change the last digit of a number.
    #[must_use]
    pub fn renamed(&self, name: &str) -> Option<Self> {
        let place = self.name.clone()?;
        let quoted = json::line(name).ok()?.into_bytes();
        let mut line = Vec::with_capacity(self.line.len() + quoted.len());
        line.extend_from_slice(self.line.get(..place.start)?);
        line.extend_from_slice(&quoted);
        line.extend_from_slice(self.line.get(place.end..)?);
        Some(Self {
            line,
            facts: Facts {
                name: name.to_owned(),
                ..self.facts.clone()
            },
            name: Some(place.start..place.start + quoted.len()),
        })
    }
}

/// Where `name` stands in a line. Before it stand only names of ours, which hold no such key.
fn name_range(line: &[u8], name: &str) -> Option<Range<usize>> {
    const KEY: &[u8] = b"\"input\":{\"name\":";
    let quoted = json::line(name).ok()?.into_bytes();
    let start = line.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    line.get(start..)?
        .starts_with(&quoted)
        .then(|| start..start + quoted.len())
}

#[cfg(test)]
mod tests {
    use super::super::examine::failed;
    use super::*;
    use crate::report::v1::{Failure, RulesetId, Tool};

    fn report(name: &str) -> Report {
        let tool = Tool {
            version: "1".to_owned(),
            ruleset: RulesetId {
                version: String::new(),
                sha256: String::new(),
            },
        };
        let error = Failure {
            kind: "k".to_owned(),
            message: "\"input\":{\"name\":\"x\"".to_owned(),
            offset: None,
        };
        let mut report = failed(&tool, name, Some(3), error);
        report.input.sha256 = Some(Digest::of(b"x").hex());
        report
    }

    #[test]
    fn renaming_equals_a_report_under_the_other_name() {
        for (was, now) in [("a", "b"), ("\"q\\\n", "ü\u{202e}"), ("input", "")] {
            let renamed = Record::new(&report(was)).unwrap().renamed(now).unwrap();
            let direct = Record::new(&report(now)).unwrap();
            assert_eq!(renamed.line, direct.line);
            assert_eq!(renamed.facts, direct.facts);
            let read = Record::parse(&direct.line).unwrap();
            assert_eq!(read.facts, direct.facts);
            assert_eq!(
                read.renamed(was).unwrap().line,
                Record::new(&report(was)).unwrap().line
            );
        }
    }

    #[test]
    fn a_line_that_is_not_whole_is_none() {
        let line = Record::new(&report("a")).unwrap().line;
        for length in 0..line.len() {
            assert!(Record::parse(&line[..length]).is_none(), "{length}");
        }
        let mut holed = line.clone();
        let middle = holed.len() - 20;
        holed[middle] = 0;
        assert!(Record::parse(&holed).is_none());
        assert!(Record::parse(b"{}\n").is_none());
    }
}
