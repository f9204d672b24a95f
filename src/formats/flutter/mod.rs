//! Snapshots of Dart programs compiled ahead of time, as Flutter puts them into `libapp.so`: version,
//! features, and strings.
//!
//! Format: `runtime/vm/snapshot.h` and `runtime/vm/app_snapshot.cc` (before 2021
//! `clustered_snapshot.cc`) of dart-lang/sdk. A snapshot begins with a magic number, its length and
//! kind, the hash of the version of Dart that wrote it, and a list of features. What stands behind
//! that changes with every version and has no description of its own, so that a reader of all of it
//! would have to know each hash. Two shapes of strings have stayed the same, though, and are looked
//! for in themselves:
//!
//! - in the `clusters`, which hold the objects that are made when the program starts: strings one
//!   behind the other, each with its length before it;
//! - in the `image` behind them, which is used as it stands in the file: strings as objects, with a
//!   header, a length and zeros up to the next object. Programs without compressed pointers have them.
//!
//! Strings with other neighbours are missed, and a few bytes that are none can pass for one. Names of
//! classes and functions are strings like all others; builds that hide names have other ones.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        reason = "tests build their own input"
    )
)]

mod clusters;
mod image;

use std::borrow::Cow;

use thiserror::Error;

use crate::bytes::{OutOfBounds, Reader};
use crate::formats::text::letters_of_utf16;
use clusters::Clusters;
use image::Image;

/// How a snapshot begins.
pub const MAGIC: [u8; 4] = [0xF5, 0xF5, 0xDC, 0xDC];
/// The symbols of a library that point to snapshots: of the program, and of what all programs share.
pub const SYMBOLS: [&str; 2] = ["_kDartIsolateSnapshotData", "_kDartVmSnapshotData"];

/// Length of a version's hash, in letters.
const HASH: usize = 32;
/// Longest list of features that is read, in bytes.
const LONGEST_FEATURES: usize = 4096;
/// Alignment of what stands behind the clusters, in bytes.
const ALIGNMENT: usize = 64;
/// Longest string, in bytes.
const LONGEST_STRING: usize = 1 << 20;
/// How often a walk may look at each byte: most are looked at once, in search of a beginning.
const LOOKS: usize = 16;

/// Why data cannot be read as a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It does not begin like one, or ends within the header.
    #[error("no Dart snapshot in {length} bytes")]
    NotSnapshot {
        /// Length of the data in bytes.
        length: u64,
    },
}

/// What a snapshot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotKind {
    /// A program compiled ahead of time.
    Compiled,
    /// Any other, by its number.
    Other(u64),
}

/// A snapshot.
#[derive(Debug, Clone)]
pub struct Snapshot<'a> {
    /// What it holds.
    pub kind: SnapshotKind,
    /// Hash of the version of Dart that wrote it; each version has another.
    pub version: String,
    /// What the program was compiled for and with, separated by spaces.
    pub features: String,
    data: &'a [u8],
    /// Offset of `data` in the file, in bytes.
    origin: u64,
    /// Offset in `data` of what stands behind the header.
    body: usize,
    /// Offset in `data` of the image.
    image: usize,
    is_wide: bool,
}

/// One string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DartString<'a> {
    /// Offset of its first character in the file, in bytes.
    pub offset: u64,
    /// Its characters: Latin-1, or UTF-16 with the low byte first.
    pub bytes: &'a [u8],
    /// Whether it is UTF-16.
    pub is_wide: bool,
}

impl<'a> DartString<'a> {
    /// The text; what is broken becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        if self.is_wide {
            let units = self
                .bytes
                .as_chunks()
                .0
                .iter()
                .map(|unit| u16::from_le_bytes(*unit));
            return Cow::Owned(letters_of_utf16(units).collect());
        }
        match std::str::from_utf8(self.bytes) {
            Ok(text) if text.is_ascii() => Cow::Borrowed(text),
            _ => Cow::Owned(self.bytes.iter().map(|byte| char::from(*byte)).collect()),
        }
    }
}

impl<'a> Snapshot<'a> {
    /// Reads the header of a snapshot that stands at `origin` of its file, in bytes; `is_wide` says
    /// whether it is made for 64 bits.
    ///
    /// # Errors
    /// When there is none.
    pub fn parse(data: &'a [u8], origin: u64, is_wide: bool) -> Result<Self, SnapshotError> {
        let error = SnapshotError::NotSnapshot {
            length: data.len() as u64,
        };
        Self::read(data, origin, is_wide).ok().flatten().ok_or(error)
    }

    fn read(data: &'a [u8], origin: u64, is_wide: bool) -> Result<Option<Self>, OutOfBounds> {
        let mut reader = Reader::new(data);
        if reader.take(MAGIC.len())? != MAGIC {
            return Ok(None);
        }
        let (length, kind) = (reader.u64()?, reader.u64()?);
        let version = reader.take(HASH)?;
        if !version.iter().all(u8::is_ascii_alphanumeric) {
            return Ok(None);
        }
        let rest = reader.rest();
        let rest = rest.get(..LONGEST_FEATURES).unwrap_or(rest);
        let Some(end) = memchr::memchr(0, rest) else {
            return Ok(None);
        };
        let features = reader.take(end)?;
        reader.skip(1)?;
        // The length counts from behind the magic number.
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| {
                length
                    .checked_add(MAGIC.len())?
                    .checked_next_multiple_of(ALIGNMENT)
            })
            .filter(|end| (reader.position()..=data.len()).contains(end));
        Ok(Some(Self {
            // `Snapshot::Kind`, of which the fourth is the one compiled ahead of time.
            kind: match kind {
                3 => SnapshotKind::Compiled,
                other => SnapshotKind::Other(other),
            },
            version: String::from_utf8_lossy(version).into_owned(),
            features: String::from_utf8_lossy(features).into_owned(),
            data,
            origin,
            body: reader.position(),
            image: end.unwrap_or(data.len()),
            is_wide,
        }))
    }

    /// The strings that can be told, in the order of the file.
    #[must_use]
    pub fn strings(&self) -> Strings<'a> {
        let clusters = self.data.get(self.body..self.image).unwrap_or_default();
        let image = self.data.get(self.image..).unwrap_or_default();
        let at = |offset: usize| self.origin.saturating_add(offset as u64);
        Strings {
            clusters: Clusters::new(clusters, at(self.body)),
            image: Image::new(image, at(self.image), self.is_wide),
        }
    }
}

/// Walks over the strings, see [`Snapshot::strings`].
#[derive(Debug, Clone)]
pub struct Strings<'a> {
    clusters: Clusters<'a>,
    image: Image<'a>,
}

impl Strings<'_> {
    /// Whether the walk stopped before the end, because too much of the data looks like a beginning.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.clusters.look.is_spent() || self.image.look.is_spent()
    }
}

impl<'a> Iterator for Strings<'a> {
    type Item = DartString<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.clusters.next().or_else(|| self.image.next())
    }
}

/// Bytes that may still be looked at.
#[derive(Debug, Clone, Copy)]
struct Look(usize);

impl Look {
    fn new(data: &[u8]) -> Self {
        Self(data.len().saturating_mul(LOOKS).saturating_add(1))
    }

    fn is_spent(self) -> bool {
        self.0 == 0
    }

    /// Whether Latin-1 is text: no control characters but those of lines and tabs.
    fn is_narrow_text(&mut self, bytes: &[u8]) -> bool {
        let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r' | 0xA0..=0xFF);
        let run = bytes.iter().take_while(|byte| is_text(byte)).count();
        self.take(run) && run == bytes.len()
    }

    /// Whether UTF-16 is text, and no Latin-1, which would be written as such.
    fn is_wide_text(&mut self, bytes: &[u8]) -> bool {
        let units = || bytes.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit));
        let mut looked = 0usize;
        let mut is_beyond = false;
        let mut common = None;
        let is_text = char::decode_utf16(units()).all(|letter| {
            looked = looked.saturating_add(2);
            let Ok(letter) = letter else {
                return false;
            };
            is_beyond |= letter > '\u{FF}';
            let script = script(letter);
            let is_alike = script.is_none() || common.is_none() || script == common;
            common = common.or(script);
            is_alike && (matches!(letter, '\t' | '\n' | '\r') || !letter.is_control())
        });
        self.take(looked) && is_text && is_beyond
    }

    fn take(&mut self, count: usize) -> bool {
        self.0 = self.0.saturating_sub(count.saturating_add(1));
        self.0 > 0
    }
}

/// A number for the script that a letter is of; `None` for Latin-1, for signs, and for what stands
/// beside any. Most units of UTF-16 are letters of something, but few are of one script.
fn script(letter: char) -> Option<u32> {
    const EAST_ASIAN: u32 = 1;
    const LATIN: u32 = 2;
    const ARABIC: u32 = 3;
    match u32::from(letter) {
        0..=0xFF | 0x2B0..=0x36F | 0x2000..=0x2BFF | 0x3000..=0x303F => None,
        0xFE00..=0xFE6F | 0xFF00..=0xFF65 | 0x1_F000..=0x1_FAFF => None,
        0x100..=0x2AF | 0x1E00..=0x1EFF => Some(LATIN),
        0x600..=0x77F | 0x8A0..=0x8FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => Some(ARABIC),
        0x2E80..=0x9FFF | 0xAC00..=0xD7FF | 0xF900..=0xFAFF | 0xFF66..=0xFFEF => Some(EAST_ASIAN),
        0x2_0000..=0x3_FFFF => Some(EAST_ASIAN),
        other => Some(other.wrapping_shr(7).saturating_add(0x1000)),
    }
}

#[cfg(test)]
#[path = "../../../tests/support/dart.rs"]
pub(crate) mod builder;
#[cfg(test)]
mod tests;
