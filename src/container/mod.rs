//! The ZIP container of a package, read as Android reads it.
//!
//! The central directory is walked by the rules of AOSP's libziparchive
//! (`system/libziparchive/zip_archive.cc`, as of 2025), and an entry is read by the rules of
//! whoever reads it on a device: libziparchive itself for code, androidfw's `AssetManager` for the
//! manifest, the resources and the assets. Where the two differ from the ZIP specification
//! (APPNOTE.TXT of PKWARE), they win:
//!
//! - Only the last end record among the final 65,557 bytes counts, and its comment has to end with
//!   the file. The file has to begin with a local header.
//! - The number of entries and the offsets of that record are obeyed, its disk numbers are not.
//! - Two entries of one name, an invalid name or an offset behind the directory refuse the archive.
//! - The encryption flag is not looked at. `AssetManager` reads every method other than *deflated*
//!   as *stored*; libziparchive refuses to extract such an entry, so no code is loaded from it.
//! - Sizes, checksum and name of the local header have to agree with the directory (sizes and
//!   checksum unless a data descriptor follows), or the entry is not found; its method is ignored.
//! - The length of stored data is the inflated size, never the compressed one.
//! - Checksums of contents are not verified.
//!
//! What Android refuses is read nonetheless as far as possible ([`Container::refusal`],
//! [`Entry::accepted`]). Deviations: limits of old platform versions (before Android 8 bytes could
//! be prepended, before Android 12 zip64 was unknown) are not modelled.
//!
//! The stock ZIP library is a second opinion: [`Container::cross_check`].

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

mod cross_check;
mod directory;
mod end_record;
mod index;
mod inflate;
mod layout;
mod local_header;
mod names;
mod salvage;
mod signing;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use thiserror::Error;

pub use inflate::{EntryError, Inflater};
pub use signing::SigningBlock;

use self::index::Index;
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::limits::Limits;

/// The four bytes that begin each structure.
mod signature {
    pub(super) const LOCAL: [u8; 4] = *b"PK\x03\x04";
    pub(super) const CENTRAL: [u8; 4] = *b"PK\x01\x02";
    pub(super) const END: [u8; 4] = *b"PK\x05\x06";
    pub(super) const END64: [u8; 4] = *b"PK\x06\x06";
    pub(super) const LOCATOR64: [u8; 4] = *b"PK\x06\x07";
    pub(super) const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
}

/// Bits of the general purpose flags.
mod flag {
    pub(super) const ENCRYPTED: u16 = 1;
    pub(super) const DESCRIPTOR: u16 = 1 << 3;
}

/// The data is no ZIP archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// Neither an end record nor a local header was found.
    #[error("no ZIP structure in {length} bytes")]
    NotAnArchive {
        /// Length of the data in bytes.
        length: u64,
    },
    /// The archive has no entries.
    #[error("an archive without entries")]
    Empty,
}

/// Why Android refuses to open an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No end record stands in the last 65,557 bytes.
    #[error("no end record")]
    NoEndRecord,
    /// The comment of the end record does not end with the file.
    #[error("the comment does not end with the file")]
    CommentLength,
    /// The end record asks for zip64 records, and they are not there.
    #[error("no valid zip64 records")]
    Zip64,
    /// The central directory does not end before the end record.
    #[error("the central directory lies outside of the file")]
    DirectoryBounds,
    /// The end record states that there are no entries.
    #[error("no entries stated")]
    Empty,
    /// A record of the central directory is not one, or does not fit.
    #[error("a broken central directory")]
    BrokenDirectory,
    /// A record points behind the central directory.
    #[error("a local header behind the central directory")]
    LocalOffset,
    /// A name holds a NUL or is not UTF-8.
    #[error("an invalid entry name")]
    EntryName,
    /// Two entries have one name.
    #[error("a duplicate entry name")]
    DuplicateName,
    /// The file does not begin with a local header.
    #[error("no local header at the start of the file")]
    FirstBytes,
}

/// How the data of an entry is stated to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As it is.
    Stored,
    /// Deflated.
    Deflated,
    /// Any other code; Android's `AssetManager` reads the data as stored.
    Other(u16),
}

/// One entry of the archive, as the central directory states it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Entry<'a> {
    /// The name; bytes that are not UTF-8 are replaced.
    pub name: Cow<'a, str>,
    /// The name as it stands in the file.
    pub raw_name: &'a [u8],
    /// The stated compression method.
    pub method: Method,
    /// The general purpose flags.
    pub flags: u16,
    /// The stated CRC-32 of the contents.
    pub crc: u32,
    /// The stated size of the data in the archive, in bytes.
    pub compressed_size: u64,
    /// The stated size of the contents, in bytes.
    pub size: u64,
    /// Absolute offset of the local header, in bytes.
    pub local_offset: u64,
    /// Absolute offset of the data, in bytes; `None` when there is no local header.
    pub data_offset: Option<u64>,
    /// Whether Android finds and reads this entry, provided it opens the archive.
    pub accepted: bool,
    /// Whether sizes and checksum are stated anywhere.
    sizes_known: bool,
    /// Bytes of the data descriptor.
    trailer: u64,
    /// Everything from the data up to the central directory.
    rest: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Whether this is a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.raw_name.ends_with(b"/")
    }

    /// The data as it stands in the archive, of the stated compressed size as far as it is there.
    #[must_use]
    pub fn compressed(&self) -> &'a [u8] {
        self.first(self.compressed_size)
    }

    /// The data read as stored, of the stated inflated size as far as it is there.
    fn stored(&self) -> &'a [u8] {
        let length = if self.sizes_known {
            self.size
        } else {
            self.compressed_size
        };
        self.first(length)
    }

    fn first(&self, length: u64) -> &'a [u8] {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.rest.get(..length).unwrap_or(self.rest)
    }

    /// The bytes of the file this entry takes, its local header included.
    fn extent(&self) -> Option<Range<u64>> {
        let length = match self.method {
            Method::Deflated => self.compressed().len(),
            Method::Stored => self.stored().len(),
            // The stated compressed size of such an entry is often made up.
            Method::Other(_) => self.compressed().len().max(self.stored().len()),
        };
        let end = self.data_offset?.saturating_add(length as u64);
        Some(self.local_offset..end.saturating_add(self.trailer))
    }
}

/// Where the end of an archive lies: the directory, and right behind it the end record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// Absolute offset of the central directory, in bytes.
    pub directory: usize,
    /// Absolute offset of the end record, in bytes.
    pub end_record: usize,
}

/// A file that stands in no archive.
#[derive(Debug, Clone, Copy)]
pub struct LooseFile<'a> {
    /// Its path, with `/`.
    pub name: &'a str,
    /// What it holds; `None` when that was not read.
    pub contents: Option<&'a [u8]>,
}

/// An opened archive; it borrows the bytes of the whole file.
#[derive(Debug)]
pub struct Container<'a> {
    data: &'a [u8],
    entries: Vec<Entry<'a>>,
    index: Index,
    refusal: Option<Refusal>,
    tail: Option<Tail>,
    signing_block: Option<SigningBlock<'a>>,
}

impl<'a> Container<'a> {
    /// Reads the directory of the archive `data` and the local header of each entry; no contents.
    ///
    /// # Errors
    /// When nothing in `data` can be taken for an entry.
    ///
    /// # Limits
    /// At most `limits.entries` entries are read; the rest is noted as spent budget.
    pub fn open(
        data: &'a [u8],
        limits: &Limits,
        anomalies: &mut Anomalies,
    ) -> Result<Container<'a>, ContainerError> {
        let mut refusal = None;
        let end = end_record::find(data, limits.entries, &mut refusal, anomalies);
        let has_end = end.is_some();
        let tail = end.as_ref().and_then(end_record::EndRecord::tail);
        let listing = match end {
            Some(end) => list(data, &end, limits, &mut refusal, anomalies),
            None => list_without_end(data, limits, anomalies),
        };
        if listing.records.is_empty() {
            let length = data.len() as u64;
            return Err(if has_end {
                ContainerError::Empty
            } else {
                ContainerError::NotAnArchive { length }
            });
        }
        let entries: Vec<Entry<'a>> = listing
            .records
            .iter()
            .map(|record| {
                let shift = if record.salvaged { 0 } else { listing.shift };
                local_header::resolve(data, record, listing.directory, shift, anomalies)
            })
            .collect();
        let index = Index::new(&entries);
        for position in index.duplicates(&entries) {
            refusal = refusal.or(Some(Refusal::DuplicateName));
            if let Some(entry) = usize::try_from(position).ok().and_then(|at| entries.get(at)) {
                let kind = AnomalyKind::ZipDuplicateName;
                anomalies.note(kind, Some(entry.local_offset), Some(&entry.name));
            }
        }
        if !data.starts_with(&signature::LOCAL) {
            refusal = refusal.or(Some(Refusal::FirstBytes));
        }
        if data.starts_with(b"dex\n") {
            anomalies.at(AnomalyKind::ZipDexPrefix, 0);
        }
        let signing_block = SigningBlock::locate(data, listing.directory, anomalies);
        let frame = layout::Frame {
            entries_end: signing_block
                .as_ref()
                .and_then(|block| usize::try_from(block.offset).ok())
                .unwrap_or(listing.directory),
            directory: listing.directory,
            directory_end: listing.directory_end,
            end_record: listing.end_record,
        };
        layout::examine(data, &entries, &frame, anomalies);
        note_refusals(refusal, &entries, anomalies);
        Ok(Container {
            data,
            entries,
            index,
            refusal,
            tail,
            signing_block,
        })
    }

    /// A container of loose files, such as those of a folder: each is an entry that is stored. Of a
    /// file without contents only the name is known.
    #[must_use]
    pub fn of_files(files: &[LooseFile<'a>]) -> Self {
        let entry = |file: &LooseFile<'a>| {
            let size = file.contents.map_or(0, |contents| contents.len() as u64);
            Entry {
                name: Cow::Borrowed(file.name),
                raw_name: file.name.as_bytes(),
                method: Method::Stored,
                flags: 0,
                crc: 0,
                compressed_size: size,
                size,
                local_offset: 0,
                data_offset: file.contents.map(|_| 0),
                accepted: true,
                // Nothing is stated, so there is nothing to compare with.
                sizes_known: false,
                trailer: 0,
                rest: file.contents.unwrap_or_default(),
            }
        };
        let entries: Vec<Entry<'a>> = files.iter().map(entry).collect();
        Self {
            data: &[],
            index: Index::new(&entries),
            entries,
            refusal: None,
            tail: None,
            signing_block: None,
        }
    }

    /// The whole file.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The entries in the order of the central directory; behind them those that only a local
    /// header tells of, when the directory is broken.
    #[must_use]
    pub fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// The entry called `name`. Of several, which Android refuses, the first that can be read.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry<'a>> {
        let mut found = self.index.find(&self.entries, name.as_bytes()).peekable();
        let first = found.peek().copied();
        found.find(|entry| entry.data_offset.is_some()).or(first)
    }

    /// What stands before the first local header. A dex file there is what Android versions run
    /// that do not yet refuse such archives.
    #[must_use]
    pub fn prepended(&self) -> &'a [u8] {
        let first = self
            .entries
            .iter()
            .filter(|entry| entry.data_offset.is_some())
            .map(|entry| entry.local_offset)
            .min();
        first
            .and_then(|first| self.data.get(..usize::try_from(first).ok()?))
            .unwrap_or_default()
    }

    /// Whether Android opens the archive.
    #[must_use]
    pub fn accepted_by_android(&self) -> bool {
        self.refusal.is_none()
    }

    /// Why Android refuses the archive.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// Where directory and end record lie, when nothing stands between them or behind; the
    /// signatures over whole files know no other form.
    #[must_use]
    pub fn tail(&self) -> Option<Tail> {
        self.tail
    }

    /// The APK signing block.
    #[must_use]
    pub fn signing_block(&self) -> Option<&SigningBlock<'a>> {
        self.signing_block.as_ref()
    }
}

/// The records of an archive and where its parts lie.
struct Listing<'a> {
    records: Vec<directory::Record<'a>>,
    shift: u64,
    directory: usize,
    directory_end: usize,
    end_record: usize,
}

/// Lists the records of the directory that `end` points to.
fn list<'a>(
    data: &'a [u8],
    end: &end_record::EndRecord,
    limits: &Limits,
    refusal: &mut Option<Refusal>,
    anomalies: &mut Anomalies,
) -> Listing<'a> {
    if end.count == 0 {
        *refusal = refusal.or(Some(Refusal::Empty));
        if end.directory_end > end.directory {
            anomalies.at(AnomalyKind::ZipWrongCount, end.offset as u64);
        }
    }
    let cap = limits.entries;
    let mut walk = directory::walk(data, end.directory, end.directory_end, end.count, cap);
    *refusal = refusal.or(walk.refusal);
    if refusal.is_some() {
        // Once Android is out of the game, everything that looks like a record counts.
        let further = directory::walk(data, end.directory, end.offset, u64::MAX, cap);
        if !walk.complete && further.records.len() as u64 == end.count {
            walk.complete = true;
        } else if !walk.complete && further.end == end.directory_end {
            anomalies.at(AnomalyKind::ZipWrongCount, end.offset as u64);
            walk.complete = true;
        }
        walk.records = further.records;
        walk.end = further.end;
    }
    if walk.capped {
        anomalies.at(AnomalyKind::BudgetSpent, walk.end as u64);
    }
    if !walk.complete {
        anomalies.at(AnomalyKind::ZipBrokenDirectory, walk.end as u64);
        let known = walk
            .records
            .iter()
            .map(|record| record.local_offset.saturating_add(end.shift))
            .collect();
        let room = cap.saturating_sub(walk.records.len());
        let scan = salvage::scan(data, end.directory, &known, room);
        walk.records.extend(scan.records);
    }
    Listing {
        records: walk.records,
        shift: end.shift,
        directory: end.directory,
        directory_end: walk.end,
        end_record: end.offset,
    }
}

/// Lists what can be found without an end record: by local headers, and by the directory behind
/// them if it is there.
fn list_without_end<'a>(data: &'a [u8], limits: &Limits, anomalies: &mut Anomalies) -> Listing<'a> {
    let none = BTreeSet::new();
    let scan = salvage::scan(data, data.len(), &none, limits.entries);
    let directory = data
        .get(scan.end..)
        .and_then(|rest| memchr::memmem::find(rest, &signature::CENTRAL))
        .map_or(data.len(), |at| scan.end.saturating_add(at));
    let walk = directory::walk(data, directory, data.len(), u64::MAX, limits.entries);
    let behind = data.len().saturating_sub(walk.end);
    if scan.cut || (!scan.records.is_empty() && behind < end_record::SIZE) {
        anomalies.at(AnomalyKind::ZipTruncated, data.len() as u64);
    }
    let listed: BTreeSet<u64> = walk.records.iter().map(|record| record.local_offset).collect();
    let mut records = walk.records;
    let unlisted = scan
        .records
        .into_iter()
        .filter(|record| !listed.contains(&record.local_offset));
    let room = limits.entries.saturating_sub(records.len());
    records.extend(unlisted.take(room));
    Listing {
        records,
        shift: 0,
        directory,
        directory_end: walk.end,
        end_record: data.len(),
    }
}

/// Notes what Android refuses: the archive (no name, the reason is another anomaly) or entries.
fn note_refusals(refusal: Option<Refusal>, entries: &[Entry<'_>], anomalies: &mut Anomalies) {
    let kind = AnomalyKind::ZipAndroidRefuses;
    if refusal.is_some() {
        anomalies.note(kind, None, None);
    }
    for entry in entries.iter().filter(|entry| !entry.accepted) {
        anomalies.note(kind, Some(entry.local_offset), Some(&entry.name));
    }
}

/// Eight bytes at `position` of `data`, little-endian, or `None` outside of it.
fn u64_at(data: &[u8], position: usize) -> Option<u64> {
    data.get(position..)?
        .first_chunk()
        .map(|bytes| u64::from_le_bytes(*bytes))
}
