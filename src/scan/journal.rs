//! The results file: append-only, whole lines, in the order of the inputs.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use super::Error;
use super::record::{Facts, Record};

/// Records after which the file is brought to the disk.
pub const SYNC_RECORDS: u64 = 1024;

/// Bytes after which the file is brought to the disk.
pub const SYNC_BYTES: u64 = 32 << 20;

/// Length of a line in bytes beyond which it cannot be a record.
pub const LINE_BYTES: u64 = 512 << 20;

/// What an earlier run has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Whole records.
    pub records: u64,
    /// Their length in bytes.
    pub length: u64,
    /// Bytes behind them that are no record.
    pub cut: u64,
}

/// Reads the results at `path` up to the first line that is not a whole record, and hands the
/// number (from one), offset and facts of each to `each`.
///
/// Nothing is changed. What stands behind the last whole record is made again, since the same
/// input gives the same record.
///
/// # Errors
///
/// When the file cannot be read, or the error of `each`.
pub fn recover(
    path: &Path,
    mut each: impl FnMut(u64, u64, Facts) -> Result<(), Error>,
) -> Result<Recovered, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Recovered::default()),
        Err(error) => return Err(Error::output("read", path)(error)),
    };
    let total = file.metadata().map_err(Error::output("read", path))?.len();
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut recovered = Recovered::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        reader
            .by_ref()
            .take(LINE_BYTES)
            .read_until(b'\n', &mut line)
            .map_err(Error::output("read", path))?;
        let Some(record) = Record::parse(&line) else { break };
        recovered.records += 1;
        each(recovered.records, recovered.length, record.facts)?;
        recovered.length += line.len() as u64;
    }
    recovered.cut = total.saturating_sub(recovered.length);
    Ok(recovered)
}

/// The results file, open for appending.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    length: u64,
    unsynced_records: u64,
    unsynced_bytes: u64,
}

impl Journal {
    /// Opens the file at `path`, cuts what stands behind `length` bytes and goes on from there.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn open(path: &Path, length: u64) -> Result<Self, Error> {
        let open = || {
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            file.set_len(length)?;
            file.sync_all()?;
            Ok(file)
        };
        Ok(Self {
            file: open().map_err(Error::output("write", path))?,
            path: path.to_owned(),
            length,
            unsynced_records: 0,
            unsynced_bytes: 0,
        })
    }

    /// Where the file stands.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length in bytes: the offset of the next record.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Appends `records` whole lines.
    ///
    /// # Errors
    ///
    /// When they cannot be written; the file then ends with the last whole line, if the system
    /// still lets it be shortened.
    pub fn append(&mut self, lines: &[u8], records: u64) -> Result<(), Error> {
        if let Err(error) = self.file.write_all(lines) {
            let _ = self.file.set_len(self.length);
            return Err(Error::output("write", &self.path)(error));
        }
        self.length += lines.len() as u64;
        self.unsynced_records += records;
        self.unsynced_bytes += lines.len() as u64;
        if self.unsynced_records >= SYNC_RECORDS || self.unsynced_bytes >= SYNC_BYTES {
            self.sync()?;
        }
        Ok(())
    }

    /// Brings what was appended to the disk.
    ///
    /// # Errors
    ///
    /// When the system reports that it could not.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.file
            .sync_data()
            .map_err(Error::output("write", &self.path))?;
        self.unsynced_records = 0;
        self.unsynced_bytes = 0;
        Ok(())
    }
}
