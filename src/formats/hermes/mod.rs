//! Hermes bytecode, the compiled JavaScript of React Native: its strings.
//!
//! Format: `include/hermes/BCGen/HBC/BytecodeFileFormat.h` of facebook/hermes and its history, from
//! version 51 on; hermes-dec lists the differences between versions. All versions begin with the same
//! sixty-four bytes: magic, version, hash, and the counts that place the string tables. Behind a
//! header of 128 bytes stand function headers, kinds of strings in runs, hashes of identifiers, one
//! word for each string, a table of the strings that do not fit into a word, and their characters.
//!
//! What changed: function headers take 16 bytes, since version 97 mostly 12; a word for a string had
//! a bit for identifiers until 55; the kind in a run took two bits until 70. The counts of the runs
//! have to add up to those of the header, which tells the layout, and versions that are not known
//! yet are read only when they do. The form for binary patches is refused.
//!
//! Strings share characters, so that a small file can state much text: a walk looks at a few times
//! the size of the characters and says when that was too little.

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

mod strings;

pub use strings::{HermesString, Strings};

use thiserror::Error;

use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::{OutOfBounds, Reader};
use crate::limits::{Budget, Limits};

/// How a file begins that can be run.
pub const MAGIC: [u8; 8] = [0xC6, 0x1F, 0xBC, 0x03, 0xC1, 0x03, 0x19, 0x1F];
/// How a file begins that is put in form for binary patches: the complement of [`MAGIC`].
const DELTA_MAGIC: [u8; 8] = [0x39, 0xE0, 0x43, 0xFC, 0x3E, 0xFC, 0xE6, 0xE0];

/// Bytes from the beginning of a file that tell where its strings are.
pub const TELLING_BYTES: usize = 64;

/// Oldest version that is read.
const OLDEST: u32 = 51;
/// Newest version whose layout is known.
const NEWEST: u32 = 99;
/// Size of the header in bytes.
const HEADER: u64 = 128;
/// Sizes of a function header in bytes, as versions have them: until 96, and mostly since.
const FUNCTION_HEADERS: [u64; 2] = [16, 12];
/// First version with the smaller function headers.
const SMALL_HEADERS: u32 = 97;

/// Why data cannot be read as Hermes bytecode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HermesError {
    /// It does not begin like it, or ends within the header.
    #[error("no Hermes header in {length} bytes")]
    NotHermes {
        /// Length of the data in bytes.
        length: u64,
    },
    /// It is in the form for binary patches.
    #[error("Hermes bytecode in its form for patches")]
    Delta,
    /// The version is older than any that is read, or newer and laid out in another way.
    #[error("Hermes bytecode of version {version}")]
    Version {
        /// The version.
        version: u32,
    },
    /// The budget of steps is spent.
    #[error("no budget left for the strings of Hermes bytecode")]
    BudgetSpent,
}

/// A file of Hermes bytecode.
#[derive(Debug, Clone)]
pub struct Bundle<'a> {
    /// Version of the bytecode.
    pub version: u32,
    /// SHA-1 of the source, as the compiler states it.
    pub source_hash: [u8; 20],
    runs: &'a [[u8; 4]],
    words: &'a [[u8; 4]],
    overflow: &'a [[u8; 8]],
    characters: &'a [u8],
    /// Offset of the characters in the file, in bytes.
    start: u64,
    /// Whether all of the stated strings and characters are there.
    is_whole: bool,
}

/// The counts of the header that place the string tables.
#[derive(Debug, Clone, Copy)]
struct Counts {
    version: u32,
    source_hash: [u8; 20],
    functions: u64,
    runs: u64,
    identifiers: u64,
    strings: u64,
    overflow: u64,
    characters: u64,
}

/// Offsets of the tables in the file, in bytes.
#[derive(Debug, Clone, Copy)]
struct Places {
    runs: u64,
    words: u64,
    overflow: u64,
    characters: u64,
}

impl Counts {
    fn read(data: &[u8]) -> Result<Self, HermesError> {
        let not_hermes = HermesError::NotHermes {
            length: data.len() as u64,
        };
        if data.starts_with(&DELTA_MAGIC) {
            return Err(HermesError::Delta);
        }
        if !data.starts_with(&MAGIC) {
            return Err(not_hermes);
        }
        let counts = Self::read_behind_magic(data).map_err(|_| not_hermes)?;
        if counts.version < OLDEST {
            return Err(HermesError::Version {
                version: counts.version,
            });
        }
        Ok(counts)
    }

    fn read_behind_magic(data: &[u8]) -> Result<Self, OutOfBounds> {
        let mut reader = Reader::new(data);
        reader.skip(MAGIC.len())?;
        let version = reader.u32()?;
        let mut source_hash = [0; 20];
        source_hash.copy_from_slice(reader.take(20)?);
        // Length of the file and the function that runs first.
        reader.skip(8)?;
        let mut count = || reader.u32().map(u64::from);
        Ok(Self {
            version,
            source_hash,
            functions: count()?,
            runs: count()?,
            identifiers: count()?,
            strings: count()?,
            overflow: count()?,
            characters: count()?,
        })
    }

    /// Where the tables stand when a function header takes `size` bytes.
    fn places(&self, size: u64) -> Places {
        let behind = |start: u64, count: u64, size: u64| start.saturating_add(count.saturating_mul(size));
        let runs = behind(HEADER, self.functions, size);
        let hashes = behind(runs, self.runs, 4);
        let words = behind(hashes, self.identifiers, 4);
        let overflow = behind(words, self.strings, 4);
        Places {
            runs,
            words,
            overflow,
            characters: behind(overflow, self.overflow, 8),
        }
    }

    /// Sizes of a function header to be tried, the likelier first.
    fn sizes(&self) -> [u64; 2] {
        let [large, small] = FUNCTION_HEADERS;
        if self.version < SMALL_HEADERS {
            [large, small]
        } else {
            [small, large]
        }
    }

    /// Whether the runs behind function headers of `size` bytes add up to what the header states.
    fn fits(&self, data: &[u8], size: u64) -> bool {
        let runs: &[[u8; 4]] = rows(data, self.places(size).runs, self.runs);
        let (mut strings, mut identifiers) = (0u64, 0u64);
        for run in runs {
            let (count, is_identifier) = strings::run(*run, self.version);
            strings = strings.saturating_add(count);
            if is_identifier {
                identifiers = identifiers.saturating_add(count);
            }
        }
        runs.len() as u64 == self.runs && strings == self.strings && identifiers == self.identifiers
    }
}

/// Whether data begins as bytecode does, in a form that can be run or in the one for patches.
#[must_use]
pub fn is_bytecode(start: &[u8]) -> bool {
    start.starts_with(&MAGIC) || start.starts_with(&DELTA_MAGIC)
}

/// Bytes from the beginning of a file that hold its strings, for a file that begins with `start`, its
/// first [`TELLING_BYTES`]; `None` when it is no bytecode that can be read.
#[must_use]
pub fn extent(start: &[u8]) -> Option<u64> {
    let counts = Counts::read(start).ok()?;
    // What a header states can be told only from what stands behind it: room for either layout.
    let size = FUNCTION_HEADERS.into_iter().max().unwrap_or_default();
    let places = counts.places(size);
    Some(places.characters.saturating_add(counts.characters))
}

impl<'a> Bundle<'a> {
    /// Reads the string tables; `data` may end behind them (see [`extent`]).
    ///
    /// # Errors
    /// When `data` is no bytecode, is of a version or form that is not read, or the budget is spent.
    ///
    /// # Limits
    /// `limits.script_strings` strings; a step of the budget for each, and for each run.
    pub fn parse(
        data: &'a [u8],
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Result<Self, HermesError> {
        let counts = Counts::read(data)?;
        let most = limits.script_strings as u64;
        // No more runs than strings make sense; each layout looks at all of them.
        let steps = counts
            .strings
            .min(most)
            .saturating_add(counts.runs.min(data.len() as u64 / 4));
        if !budget.steps(steps.saturating_add(1)) {
            return Err(HermesError::BudgetSpent);
        }
        let mut sizes = counts.sizes().into_iter();
        let usual = counts.sizes()[0];
        let fitting = sizes.find(|size| counts.fits(data, *size));
        if fitting.is_none() {
            if counts.version > NEWEST {
                return Err(HermesError::Version {
                    version: counts.version,
                });
            }
            anomalies.at(AnomalyKind::HermesTable, HEADER);
        }
        let places = counts.places(fitting.unwrap_or(usual));
        let words = rows(data, places.words, counts.strings.min(most));
        let characters = from(data, places.characters);
        let stated = usize::try_from(counts.characters).unwrap_or(usize::MAX);
        let overflow = rows(data, places.overflow, counts.overflow);
        let is_whole = characters.len() >= stated
            && words.len() as u64 == counts.strings
            && overflow.len() as u64 == counts.overflow;
        if !is_whole && counts.strings <= most {
            anomalies.at(AnomalyKind::HermesTable, places.words);
        }
        Ok(Self {
            version: counts.version,
            source_hash: counts.source_hash,
            runs: rows(data, places.runs, counts.runs),
            words,
            overflow,
            characters: characters.get(..stated).unwrap_or(characters),
            start: places.characters,
            is_whole,
        })
    }

    /// Strings of the table.
    #[must_use]
    pub fn string_count(&self) -> usize {
        self.words.len()
    }

    /// Whether all strings and characters that the header states are there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The strings in the order of the table; those that lie outside of the characters are left out.
    #[must_use]
    pub fn strings(&self) -> Strings<'a, '_> {
        Strings::new(self)
    }
}

/// The bytes from `offset` on; none when it lies outside.
fn from(data: &[u8], offset: u64) -> &[u8] {
    usize::try_from(offset)
        .ok()
        .and_then(|offset| data.get(offset..))
        .unwrap_or_default()
}

/// `count` rows of a table at `offset`, or as many as are there.
fn rows<const SIZE: usize>(data: &[u8], offset: u64, count: u64) -> &[[u8; SIZE]] {
    let all = from(data, offset).as_chunks().0;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    all.get(..count).unwrap_or(all)
}

#[cfg(test)]
#[path = "../../../tests/support/hermes.rs"]
pub(crate) mod builder;
#[cfg(test)]
mod tests;
