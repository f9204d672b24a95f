//! The end-of-central-directory record, plain and zip64.
//!
//! Android takes the last signature among the final 65,557 bytes and wants the comment to end
//! exactly with the file; it looks at no other. Only when that one is refused are earlier records,
//! and directories shifted by prepended bytes, tried.

use std::collections::BTreeSet;

use memchr::memmem;

use super::{Refusal, Tail, salvage, signature, u64_at};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::{u16_at, u32_at};

/// Bytes of the record without its comment.
pub(super) const SIZE: usize = 22;
const SEARCH_WINDOW: usize = 0xffff + SIZE;
const LOCATOR_SIZE: usize = 20;
const ZIP64_SIZE: usize = 56;
/// A comment of this many bytes can hide an archive; markers of distribution channels stay below.
const OVERSIZED_COMMENT: u16 = 1024;
/// Records tried when the one Android takes is refused.
const CANDIDATES: usize = 64;

/// Where the central directory is, as the end record that was chosen says.
#[derive(Debug, Clone, Copy)]
pub(super) struct EndRecord {
    /// Offset of the record.
    pub(super) offset: usize,
    /// Offset of the central directory.
    pub(super) directory: usize,
    /// End of the central directory, at most `offset`.
    pub(super) directory_end: usize,
    /// Entries stated.
    pub(super) count: u64,
    /// Bytes to add to every stated offset: what was put before the archive without mending it.
    pub(super) shift: u64,
}

/// The fields as they stand in the file.
struct Fields {
    offset: usize,
    disk: u16,
    directory_disk: u16,
    count_on_disk: u16,
    count: u16,
    size: u32,
    directory: u32,
    comment: u16,
}

/// Finds the end record of an archive of which at most `cap` entries are looked at. A reason why
/// Android refuses the archive is put in `refusal`.
pub(super) fn find(
    data: &[u8],
    cap: usize,
    refusal: &mut Option<Refusal>,
    anomalies: &mut Anomalies,
) -> Option<EndRecord> {
    let window = data.len().saturating_sub(SEARCH_WINDOW);
    // The fixed part has to fit behind the signature.
    let searched = data
        .get(..data.len().saturating_sub(SIZE - 4))
        .unwrap_or_default();
    let last = searched
        .get(window..)
        .and_then(|tail| memmem::rfind(tail, &signature::END))
        .and_then(|at| Fields::read(data, window.saturating_add(at)));
    let mut broken = None;
    match last.as_ref().map(|fields| (fields, fields.as_android(data))) {
        Some((fields, Ok(record))) if record.count == 0 || record.starts_directory(data) => {
            fields.note(data, anomalies);
            return Some(record);
        }
        Some((_, Ok(record))) => {
            *refusal = Some(Refusal::BrokenDirectory);
            broken = Some(record);
        }
        Some((_, Err(reason))) => *refusal = Some(reason),
        None => *refusal = Some(Refusal::NoEndRecord),
    }
    let salvaged = salvage(data, searched, cap);
    if let Some(fields) = salvaged.as_ref().map(|(_, fields)| fields).or(last.as_ref()) {
        fields.note(data, anomalies);
    } else {
        anomalies.note(AnomalyKind::ZipNoEndRecord, None, None);
    }
    salvaged.map(|(record, _)| record).or(broken)
}

/// The last record that points to a directory. One that only does so once it is shifted must not
/// stand inside an entry, where it would belong to an archive in the archive.
fn salvage(data: &[u8], searched: &[u8], cap: usize) -> Option<(EndRecord, Fields)> {
    let mut entries = None;
    memmem::rfind_iter(searched, &signature::END)
        .take(CANDIDATES)
        .filter_map(|at| Fields::read(data, at))
        .find_map(|fields| {
            let record = fields.as_salvage(data)?;
            let inside = record.shift != 0
                && entries
                    .get_or_insert_with(|| salvage::scan(data, data.len(), &BTreeSet::new(), cap))
                    .covers(record.offset);
            (!inside).then_some((record, fields))
        })
}

impl EndRecord {
    /// The directory and the record, when the one ends where the other begins.
    pub(super) fn tail(&self) -> Option<Tail> {
        (self.directory_end == self.offset && self.shift == 0).then_some(Tail {
            directory: self.directory,
            end_record: self.offset,
        })
    }

    fn starts_directory(&self, data: &[u8]) -> bool {
        data.get(self.directory..)
            .is_some_and(|rest| rest.starts_with(&signature::CENTRAL))
    }
}

impl Fields {
    fn read(data: &[u8], offset: usize) -> Option<Self> {
        let record = data.get(offset..)?.first_chunk::<SIZE>()?;
        Some(Self {
            offset,
            disk: u16_at(record, 4)?,
            directory_disk: u16_at(record, 6)?,
            count_on_disk: u16_at(record, 8)?,
            count: u16_at(record, 10)?,
            size: u32_at(record, 12)?,
            directory: u32_at(record, 16)?,
            comment: u16_at(record, 20)?,
        })
    }

    fn end(&self) -> usize {
        self.offset
            .saturating_add(SIZE)
            .saturating_add(usize::from(self.comment))
    }

    /// Counts of all ones are taken as they stand, and so is a comment of the greatest length:
    /// libziparchive looked for zip64 records because of them for a while after 2020, but neither
    /// before nor since.
    fn wants_zip64(&self) -> bool {
        self.size == u32::MAX || self.directory == u32::MAX
    }

    /// What libziparchive makes of the record.
    fn as_android(&self, data: &[u8]) -> Result<EndRecord, Refusal> {
        if self.end() != data.len() {
            return Err(Refusal::CommentLength);
        }
        if self.wants_zip64() {
            return self.zip64(data);
        }
        self.record(
            u64::from(self.directory),
            u64::from(self.size),
            u64::from(self.count),
            self.offset,
        )
        .ok_or(Refusal::DirectoryBounds)
    }

    fn record(&self, directory: u64, size: u64, count: u64, limit: usize) -> Option<EndRecord> {
        let start = usize::try_from(directory).ok()?;
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        (end <= limit).then_some(EndRecord {
            offset: self.offset,
            directory: start,
            directory_end: end,
            count,
            shift: 0,
        })
    }

    fn zip64(&self, data: &[u8]) -> Result<EndRecord, Refusal> {
        let locator = self.locator(data).ok_or(Refusal::Zip64)?;
        let at = u64_at(data, locator.saturating_add(8))
            .and_then(|at| usize::try_from(at).ok())
            .filter(|at| at.checked_add(ZIP64_SIZE).is_some_and(|end| end <= locator) && locator > ZIP64_SIZE)
            .ok_or(Refusal::Zip64)?;
        let record = data
            .get(at..)
            .and_then(<[u8]>::first_chunk::<ZIP64_SIZE>)
            .filter(|record| record.starts_with(&signature::END64))
            .ok_or(Refusal::Zip64)?;
        let field = |position| u64_at(record, position).ok_or(Refusal::Zip64);
        self.record(field(48)?, field(40)?, field(32)?, at)
            .filter(|found| at > found.directory_end.saturating_sub(found.directory))
            .ok_or(Refusal::DirectoryBounds)
    }

    /// Offset of the zip64 locator, which stands right before the record.
    fn locator(&self, data: &[u8]) -> Option<usize> {
        let at = self.offset.checked_sub(LOCATOR_SIZE)?;
        data.get(at..)?.starts_with(&signature::LOCATOR64).then_some(at)
    }

    /// A reading under which a central directory stands where the record says, or where it would
    /// stand if bytes had been put before the archive.
    fn as_salvage(&self, data: &[u8]) -> Option<EndRecord> {
        let stated = u64::from(self.directory);
        let count = u64::from(self.count);
        let starts_directory = |record: &EndRecord| record.starts_directory(data);
        let clamped = || {
            let directory = usize::try_from(stated).ok().filter(|at| *at < self.offset)?;
            Some(EndRecord {
                offset: self.offset,
                directory,
                directory_end: self.offset,
                count,
                shift: 0,
            })
        };
        let shifted = || {
            let directory = self.offset.checked_sub(usize::try_from(self.size).ok()?)?;
            Some(EndRecord {
                offset: self.offset,
                directory,
                directory_end: self.offset,
                count,
                // An offset behind the directory is no shift but a lie.
                shift: (directory as u64).saturating_sub(stated),
            })
        };
        self.record(stated, u64::from(self.size), count, self.offset)
            .filter(starts_directory)
            .or_else(|| self.zip64(data).ok().filter(starts_directory))
            .or_else(|| shifted().filter(starts_directory))
            .or_else(|| clamped().filter(starts_directory))
    }

    fn note(&self, data: &[u8], anomalies: &mut Anomalies) {
        let offset = self.offset as u64;
        if self.end() < data.len() {
            anomalies.at(AnomalyKind::ZipTrailingData, self.end() as u64);
        }
        if self.end() > data.len() {
            anomalies.at(AnomalyKind::ZipCommentLength, offset);
        }
        if self.comment >= OVERSIZED_COMMENT {
            anomalies.at(
                AnomalyKind::ZipOversizedComment,
                offset.saturating_add(SIZE as u64),
            );
        }
        let none = |disk: u16| disk == 0 || (disk == u16::MAX && self.wants_zip64());
        if !none(self.disk) || !none(self.directory_disk) {
            anomalies.at(AnomalyKind::ZipMultiDisk, offset);
        }
        if self.count_on_disk != self.count {
            anomalies.at(AnomalyKind::ZipWrongCount, offset);
        }
        if let Some(locator) = self.locator(data) {
            anomalies.at(AnomalyKind::ZipZip64, locator as u64);
        }
    }
}
