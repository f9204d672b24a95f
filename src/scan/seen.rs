//! Which files were seen already.
//!
//! Two tables. One holds the files being examined now and those whose record waits to be written:
//! whole digests, as many as the window of the pipeline. The other holds what is written: the
//! first eight bytes of the digest and where the record stands in the results, 17 bytes a file.
//! Eight bytes can be made to collide on purpose, so whoever finds one reads the record there and
//! compares the whole digest.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::Error;
use super::digest::Digest;
use super::record::Record;

/// Files that are remembered; further ones are analysed as often as they occur. About 150 MB.
pub(super) const CAPACITY: usize = 7 << 20;

/// An input that waits for the record of an equal one.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Number of the input.
    pub(super) index: u64,
    /// Its name.
    pub(super) name: String,
}

/// What is to be done with an input.
pub(super) enum Claim {
    /// It is the first of its kind: analyse it and call [`Seen::finish`].
    Analyse,
    /// An equal one is being analysed; whoever does that delivers this one too.
    Left,
    /// An equal one is analysed.
    Copy(Arc<Record>),
    /// A record at this offset of the results may be of an equal one.
    Written(u64),
}

enum Recent {
    Running(Vec<Waiting>),
    Done(Arc<Record>),
}

struct Tables {
    recent: FxHashMap<Digest, Recent>,
    written: FxHashMap<u64, u64>,
}

/// The tables, shared by all workers and the writer.
pub(super) struct Seen {
    tables: Mutex<Tables>,
    capacity: usize,
}

impl Seen {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            tables: Mutex::new(Tables {
                recent: FxHashMap::default(),
                written: FxHashMap::default(),
            }),
            capacity,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks what to do with the input `index`.
    pub(super) fn claim(&self, digest: &Digest, index: u64, name: &str) -> Claim {
        let mut tables = self.lock();
        match tables.recent.get_mut(digest) {
            Some(Recent::Running(waiting)) => {
                waiting.push(Waiting {
                    index,
                    name: name.to_owned(),
                });
                return Claim::Left;
            }
            Some(Recent::Done(record)) => return Claim::Copy(Arc::clone(record)),
            None => {}
        }
        if let Some(offset) = tables.written.get(&digest.prefix()) {
            return Claim::Written(*offset);
        }
        tables.recent.insert(*digest, Recent::Running(Vec::new()));
        Claim::Analyse
    }

    /// Leaves the record of an input that was claimed for analysis; gives those that wait for it.
    pub(super) fn finish(&self, digest: &Digest, record: &Arc<Record>) -> Vec<Waiting> {
        let done = Recent::Done(Arc::clone(record));
        match self.lock().recent.insert(*digest, done) {
            Some(Recent::Running(waiting)) => waiting,
            _ => Vec::new(),
        }
    }

    /// Notes that a record now stands at `offset` of the results, and says whether an equal file
    /// has an earlier one; `repeated` when that is known already.
    pub(super) fn publish(
        &self,
        digest: &Digest,
        offset: u64,
        repeated: bool,
        results: &Path,
    ) -> Result<bool, Error> {
        let mut tables = self.lock();
        tables.recent.remove(digest);
        if repeated {
            return Ok(true);
        }
        if let Some(&earlier) = tables.written.get(&digest.prefix()) {
            drop(tables);
            return Ok(read_equal(results, earlier, digest)?.is_some());
        }
        if tables.written.len() < self.capacity {
            tables.written.insert(digest.prefix(), offset);
        }
        Ok(false)
    }
}

/// The record at `offset` of the results, if it is of a file with this digest.
pub(super) fn read_equal(results: &Path, offset: u64, digest: &Digest) -> Result<Option<Record>, Error> {
    let read = || {
        let mut file = File::open(results)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut line = Vec::new();
        BufReader::with_capacity(1 << 16, file).read_until(b'\n', &mut line)?;
        Ok(line)
    };
    let line = read().map_err(Error::output("read", results))?;
    Ok(Record::parse(&line).filter(|record| record.facts.digest == Some(*digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_that_begin_alike_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("results");
        let digest = |last: &str| Digest::from_hex(&format!("{}{last}", "7".repeat(62))).unwrap();
        let (one, other) = (digest("01"), digest("02"));
        let line = format!(
            "{{\"schema\":\"dunwatch.report/1\",\"input\":{{\"name\":\"a\",\"size\":1,\"sha256\":\"{}\"}},\
             \"status\":\"ok\",\"error\":null,\"score\":null}}\n",
            one.hex()
        );
        std::fs::write(&results, line).unwrap();
        let seen = Seen::new(10);
        assert!(!seen.publish(&one, 0, false, &results).unwrap());
        for (digest, equal) in [(one, true), (other, false)] {
            assert!(matches!(seen.claim(&digest, 1, "b"), Claim::Written(0)));
            assert_eq!(read_equal(&results, 0, &digest).unwrap().is_some(), equal);
            assert_eq!(seen.publish(&digest, 100, false, &results).unwrap(), equal);
        }
    }

    #[test]
    fn equal_inputs_wait_for_the_one_that_is_analysed() {
        let seen = Seen::new(10);
        let digest = Digest::of(b"x");
        assert!(matches!(seen.claim(&digest, 7, "owner"), Claim::Analyse));
        assert!(matches!(seen.claim(&digest, 5, "earlier"), Claim::Left));
        let line =
            b"{\"schema\":\"dunwatch.report/1\",\"input\":{\"name\":\"a\",\"size\":1,\"sha256\":null},\
            \"status\":\"ok\",\"error\":null,\"score\":null}\n";
        let record = Arc::new(Record::parse(line).unwrap());
        let waiting = seen.finish(&digest, &record);
        assert_eq!(waiting.iter().map(|one| one.index).collect::<Vec<_>>(), [5]);
        assert!(matches!(seen.claim(&digest, 9, "later"), Claim::Copy(_)));
    }
}
