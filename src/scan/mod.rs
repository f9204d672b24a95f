//! Many files, one record each.
//!
//! The way of an input: [`source`] names it, [`content`] opens it, [`examine`] turns it into a
//! report, [`record`] into a line, and [`journal`] appends the line to `results.ndjson`. [`pipeline`]
//! runs that with many threads and puts the lines back into the order of the inputs. [`memory`] hands
//! the reports on instead, for those who need them once.
//!
//! What holds:
//!
//! - **Every input has exactly one record**, in the order of the inputs, whatever the number of
//!   threads. An input that cannot be read has a record with the status `failed`.
//! - **The results file is append-only.** A scan that was killed finds its last complete line, cuts
//!   what stands behind it and goes on with the next input. `scan.json` says what was asked for; a
//!   scan with other inputs, rules or program version is refused rather than mixed in.
//! - **Memory is bounded** by the threads, the window of records that wait for an earlier one, the
//!   largest folder (its names are sorted) and a table of what was seen, which has a cap.
//! - **Equal files are analysed once.** Beyond the cap they are analysed again, with the same
//!   result: the table saves time and changes no record.
//! - **No clock reaches a file.** Rates are for the terminal.
//!
//! Data reaches the disk (`fsync`) every [`journal::SYNC_RECORDS`] records or
//! [`journal::SYNC_BYTES`] bytes and at the end. A power loss can cost the records behind the last
//! of these points, and they are then made again.

use std::path::{Path, PathBuf};

use thiserror::Error;

pub mod content;
pub mod decoded;
pub mod digest;
pub mod examine;
pub mod folder;
pub mod given;
pub mod journal;
mod map;
pub mod memory;
pub mod parts;
pub mod pipeline;
pub mod record;
mod seen;
pub mod source;
pub mod summary;

pub use examine::Analyze;
pub use source::{Selection, Shard};
pub use summary::Summary;

/// What a scan is asked to do.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The inputs.
    pub selection: Selection,
    /// Folder of the results.
    pub out: PathBuf,
    /// Number of worker threads, at least one.
    pub threads: usize,
    /// Whether what an earlier scan left in `out` is thrown away.
    pub restart: bool,
}

/// What a scan did.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The counts over all records, those of earlier runs included.
    pub summary: Summary,
    /// Records that an earlier run had left.
    pub resumed: u64,
    /// Bytes of an incomplete line that were cut.
    pub cut: u64,
    /// Bytes of the inputs recorded in this run.
    pub bytes: u64,
}

/// Is told how a scan goes on.
pub trait Observer {
    /// `records` were found from an earlier run.
    fn resumed(&mut self, records: u64);
    /// One more record is written, about an input of `bytes` bytes.
    fn recorded(&mut self, bytes: u64);
}

/// An observer that does not look.
impl Observer for () {
    fn resumed(&mut self, _records: u64) {}
    fn recorded(&mut self, _bytes: u64) {}
}

/// Why a scan could not start or go on. No input can cause one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A list of inputs cannot be read.
    #[error("the list {} cannot be read", path.display())]
    List {
        /// The list.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// Another scan writes to the folder.
    #[error("another scan is writing to {}", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds results that no scan of ours describes.
    #[error(
        "{} holds results but no readable scan.json, so it cannot be told what they are of; \
         choose another --out, or throw them away with --restart", path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds results of a scan with other settings.
    #[error(
        "{} holds results of a scan with other {what} ({was}; now {now}); \
         choose another --out, or throw them away with --restart", path.display()
    )]
    OtherScan {
        /// The folder.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What it was.
        was: String,
        /// What it is now.
        now: String,
    },
    /// The inputs are not those of the earlier run.
    #[error(
        "the inputs have changed since the scan began: record {number} is about {was}, and that input is now {}; \
         choose another --out, or begin anew with --restart", now.as_deref().unwrap_or("gone")
    )]
    InputsChanged {
        /// Number of the record, counted from one.
        number: u64,
        /// Name in the record.
        was: String,
        /// Name of the input that now has this number.
        now: Option<String>,
    },
    /// The folder of results cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Output {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// A report could not be written as JSON.
    #[error("a report could not be written as JSON")]
    Encode(#[from] serde_json::Error),
    /// The threads could not be started.
    #[error("the worker threads could not be started")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

impl Error {
    /// Whether the caller asked for something that cannot be done, rather than the disk failing.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Output { .. } | Self::Encode(_) | Self::Threads(_))
    }

    fn output(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Output { action, path, source }
    }
}

/// Runs a scan to its end, or goes on with one that was interrupted.
///
/// # Errors
///
/// When the settings cannot be met or the results cannot be written. What was written until then
/// stays valid, and the same call goes on from there.
pub fn run(
    settings: &Settings,
    analyzer: &dyn Analyze,
    observer: &mut dyn Observer,
) -> Result<Outcome, Error> {
    remembering(settings, analyzer, observer, seen::CAPACITY)
}

/// [`run`], remembering at most `capacity` files.
fn remembering(
    settings: &Settings,
    analyzer: &dyn Analyze,
    observer: &mut dyn Observer,
    capacity: usize,
) -> Result<Outcome, Error> {
    // A list that is not there is noticed before anything is made.
    let mut inputs = settings.selection.inputs()?;
    let folder = folder::Folder::open(&settings.out)?;
    folder.prepare(&settings.selection, analyzer, settings.restart)?;

    let mut summary = Summary::new(analyzer.tool(), settings.selection.shard);
    let seen = seen::Seen::new(capacity);
    let recovered = journal::recover(&folder.results(), |number, offset, facts| {
        let now = inputs.next().transpose()?.map(|input| input.name);
        if now.as_deref() != Some(facts.name.as_str()) {
            return Err(Error::InputsChanged {
                number,
                was: facts.name,
                now,
            });
        }
        let duplicate = match &facts.digest {
            Some(digest) => seen.publish(digest, offset, false, &folder.results())?,
            None => false,
        };
        summary.add(&facts, duplicate);
        Ok(())
    })?;
    observer.resumed(recovered.records);

    let journal = journal::Journal::open(&folder.results(), recovered.length)?;
    let mut bytes = 0_u64;
    pipeline::run(
        inputs,
        settings.threads.max(1),
        analyzer,
        &seen,
        journal,
        |facts, duplicate| {
            summary.add(facts, duplicate);
            bytes = bytes.saturating_add(facts.size.unwrap_or_default());
            observer.recorded(facts.size.unwrap_or_default());
        },
    )?;
    folder.write_summary(&summary)?;
    Ok(Outcome {
        summary,
        resumed: recovered.records,
        cut: recovered.cut,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Input;
    use crate::report::Report;
    use crate::report::v1::{Failure, RulesetId, Tool};

    struct Trivial(Tool);

    impl Analyze for Trivial {
        fn tool(&self) -> &Tool {
            &self.0
        }

        fn analyze(&self, input: Input<'_>, name: &str, _sha256: &str) -> Report {
            let error = Failure {
                kind: "none".to_owned(),
                message: input.size().to_string(),
                offset: None,
            };
            examine::failed(&self.0, name, None, error)
        }
    }

    #[test]
    fn forgetting_changes_no_record() {
        let root = tempfile::tempdir().unwrap();
        let apps = root.path().join("apps");
        std::fs::create_dir(&apps).unwrap();
        for number in 0..200_usize {
            std::fs::write(apps.join(format!("{number}.apk")), "x".repeat(number % 20)).unwrap();
        }
        let trivial = Trivial(Tool {
            version: "1".to_owned(),
            ruleset: RulesetId {
                version: String::new(),
                sha256: String::new(),
            },
        });
        let mut results = Vec::new();
        for (capacity, duplicates) in [(seen::CAPACITY, 180), (5, 45), (0, 0)] {
            let settings = Settings {
                selection: Selection {
                    paths: vec![apps.clone()],
                    ..Selection::default()
                },
                out: root.path().join(capacity.to_string()),
                threads: 3,
                restart: false,
            };
            let outcome = remembering(&settings, &trivial, &mut (), capacity).unwrap();
            assert_eq!(outcome.summary.duplicates, duplicates, "capacity {capacity}");
            results.push(std::fs::read(settings.out.join(folder::RESULTS)).unwrap());
        }
        assert!(results[0] == results[1] && results[0] == results[2]);
    }
}
