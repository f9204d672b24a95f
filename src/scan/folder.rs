//! The folder of the results: lock, description of the scan, summary.
//!
//! | file | what it holds |
//! |---|---|
//! | `results.ndjson` | one report a line, in the order of the inputs |
//! | `summary.json` | counts over all of them; there once the scan is complete |
//! | `scan.json` | what was asked for, so that only the same scan goes on |
//! | `scan.lock` | empty; locked while a scan runs |

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::examine::Analyze;
use super::source::Selection;
use super::{Error, Summary};
use crate::report::v1::Tool;

/// The value of `schema` in `scan.json`.
const SCHEMA: &str = "dunwatch.scan/1";

/// Name of the results file.
pub const RESULTS: &str = "results.ndjson";

/// Name of the summary.
pub const SUMMARY: &str = "summary.json";

const SCAN: &str = "scan.json";
const LOCK: &str = "scan.lock";
/// How often a lock that is held is tried again, and how long to wait before.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The content of `scan.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    schema: String,
    tool: Tool,
    paths: Vec<String>,
    lists: Vec<String>,
    shard: Option<String>,
    #[serde(default)]
    settings: Vec<String>,
}

impl Description {
    fn new(selection: &Selection, tool: &Tool, settings: Vec<String>) -> Self {
        let texts = |paths: &[PathBuf]| {
            paths
                .iter()
                .map(|path| path.to_string_lossy().into_owned())
                .collect()
        };
        Self {
            schema: SCHEMA.to_owned(),
            tool: tool.clone(),
            paths: texts(&selection.paths),
            lists: texts(&selection.lists),
            shard: selection.shard.map(|shard| shard.to_string()),
            settings,
        }
    }

    /// The first thing in which two scans differ.
    fn difference(&self, now: &Self) -> Option<(&'static str, String, String)> {
        let rules = |tool: &Tool| vec![tool.ruleset.version.clone(), tool.ruleset.sha256.clone()];
        let version = |tool: &Tool| vec![tool.version.clone()];
        let shard = |shard: &Option<String>| shard.iter().cloned().collect::<Vec<_>>();
        let pairs = [
            ("program version", version(&self.tool), version(&now.tool)),
            ("rules", rules(&self.tool), rules(&now.tool)),
            ("paths", self.paths.clone(), now.paths.clone()),
            ("lists", self.lists.clone(), now.lists.clone()),
            ("shard", shard(&self.shard), shard(&now.shard)),
            ("settings", self.settings.clone(), now.settings.clone()),
        ];
        let (what, was, now) = pairs.into_iter().find(|(_, was, now)| was != now)?;
        let place = was.iter().zip(&now).take_while(|(was, now)| was == now).count();
        let shown = |all: &[String]| all.get(place).map_or_else(|| "nothing".to_owned(), Clone::clone);
        Some((what, shown(&was), shown(&now)))
    }
}

/// The folder of the results, held by this process.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Closing it gives the lock back, and so does any end of the process.
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, and locks it.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or another scan holds it for longer than a second.
    pub fn open(path: &Path) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(Error::output("create", path))?;
        let lock_path = path.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(Error::output("write", &lock_path))?;
        // A process that was just started holds copies of all open files for a moment, and one that
        // was just killed lets go a moment later: neither is another scan.
        let mut tries = 0;
        let locked = loop {
            match lock.try_lock() {
                Err(TryLockError::WouldBlock) if tries < LOCK_TRIES => {
                    tries += 1;
                    std::thread::sleep(LOCK_PAUSE);
                }
                other => break other,
            }
        };
        match locked {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(Error::output("lock", &lock_path)(error)),
        }
    }

    /// The results file.
    #[must_use]
    pub fn results(&self) -> PathBuf {
        self.path.join(RESULTS)
    }

    /// Checks that what an earlier scan left is of the same scan, and describes this one.
    ///
    /// # Errors
    ///
    /// When it is of another scan and `restart` is not given, or the folder cannot be written.
    pub fn prepare(&self, selection: &Selection, analyzer: &dyn Analyze, restart: bool) -> Result<(), Error> {
        let now = Description::new(selection, analyzer.tool(), analyzer.settings());
        if restart {
            self.remove(RESULTS)?;
            self.remove(SUMMARY)?;
        } else if let Some(was) = self.description()? {
            return match was.difference(&now) {
                None => Ok(()),
                Some((what, was, now)) => Err(Error::OtherScan {
                    path: self.path.clone(),
                    what,
                    was,
                    now,
                }),
            };
        }
        self.write(SCAN, &now)
    }

    /// What an earlier scan said of itself; `None` when there was none.
    fn description(&self) -> Result<Option<Description>, Error> {
        let path = self.path.join(SCAN);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Error::output("read", &path)(error)),
        };
        match serde_json::from_slice::<Description>(&bytes) {
            Ok(description) if description.schema == SCHEMA => Ok(Some(description)),
            // The description is on the disk before the first record, so without records nothing
            // is lost by writing it anew.
            _ if fs::metadata(self.results()).map_or(true, |metadata| metadata.len() == 0) => Ok(None),
            _ => Err(Error::Foreign {
                path: self.path.clone(),
            }),
        }
    }

    /// Writes `summary.json`.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_summary(&self, summary: &Summary) -> Result<(), Error> {
        self.write(SUMMARY, summary)
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::output("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes a file so that it is there as a whole or not at all.
    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), Error> {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        let path = self.path.join(name);
        let draft = self.path.join(format!("{name}.new"));
        let write = || {
            let mut file = File::create(&draft)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            sync_folder(&self.path)
        };
        write().map_err(Error::output("write", &path))
    }
}

/// Brings the names in a folder to the disk, where the system can.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}
