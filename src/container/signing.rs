//! The APK signing block: pairs of an id and a value, which the `signing` room reads.
//!
//! Format: APK Signature Scheme v2 (source.android.com), AOSP `ApkSigningBlockUtils.java`. The block
//! stands right before the central directory and ends with its size and its magic.

use std::ops::Range;

use memchr::memmem;

use super::u64_at;
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::Reader;

const MAGIC: &[u8; 16] = b"APK Sig Block 42";
/// Bytes behind the pairs: the size once more, and the magic.
const FOOTER: usize = 24;
/// Pairs kept of one block.
const PAIRS: usize = 256;

/// The APK signing block.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SigningBlock<'a> {
    /// Absolute offset in bytes.
    pub offset: u64,
    /// Size in bytes, everything included.
    pub size: u64,
    /// Ids and values in their order.
    pub pairs: Vec<(u32, &'a [u8])>,
}

impl<'a> SigningBlock<'a> {
    /// Finds the block before the central directory at `directory`.
    pub(super) fn locate(data: &'a [u8], directory: usize, anomalies: &mut Anomalies) -> Option<Self> {
        let before = data.get(..directory)?;
        if !before.ends_with(MAGIC) {
            stray(before, anomalies);
            return None;
        }
        let footer = directory.checked_sub(FOOTER)?;
        let stated = u64_at(before, footer)?;
        let offset = usize::try_from(stated)
            .ok()
            .and_then(|size| directory.checked_sub(size.checked_add(8)?))
            .filter(|offset| offset.saturating_add(8) <= footer);
        let Some(offset) = offset else {
            anomalies.at(AnomalyKind::SigningBlockMalformed, footer as u64);
            return None;
        };
        if u64_at(before, offset) != Some(stated) {
            anomalies.at(AnomalyKind::SigningBlockMalformed, offset as u64);
            return None;
        }
        Some(Self {
            offset: offset as u64,
            size: stated.saturating_add(8),
            pairs: pairs(before, offset.saturating_add(8)..footer, anomalies),
        })
    }

    /// The value of the first pair called `id`.
    #[must_use]
    pub fn value(&self, id: u32) -> Option<&'a [u8]> {
        self.pairs
            .iter()
            .find_map(|(found, value)| (*found == id).then_some(*value))
    }

    /// Absolute offset in bytes of that value.
    #[must_use]
    pub fn offset_of(&self, id: u32) -> Option<u64> {
        let mut offset = self.offset.saturating_add(8);
        for (found, value) in &self.pairs {
            if *found == id {
                return Some(offset.saturating_add(12));
            }
            offset = offset.saturating_add(12).saturating_add(value.len() as u64);
        }
        None
    }
}

/// Looks for a block that is not where it counts.
fn stray(before: &[u8], anomalies: &mut Anomalies) {
    /// How far before the directory a misplaced block is looked for.
    const DISTANCE: usize = 64 << 10;
    let start = before.len().saturating_sub(DISTANCE);
    if let Some(at) = before.get(start..).and_then(|tail| memmem::rfind(tail, MAGIC)) {
        let offset = start.saturating_add(at) as u64;
        anomalies.at(AnomalyKind::SigningBlockMalformed, offset);
    }
}

fn pairs<'a>(data: &'a [u8], range: Range<usize>, anomalies: &mut Anomalies) -> Vec<(u32, &'a [u8])> {
    let origin = range.start as u64;
    let mut reader = Reader::with_origin(data.get(range).unwrap_or_default(), origin);
    let mut pairs = Vec::new();
    while !reader.is_empty() && pairs.len() < PAIRS {
        let offset = reader.offset();
        let pair = reader.u64().ok().and_then(|length| {
            let mut pair = reader.sub(usize::try_from(length).ok()?).ok()?;
            Some((pair.u32().ok()?, pair.rest()))
        });
        let Some(pair) = pair else {
            anomalies.at(AnomalyKind::SigningBlockMalformed, offset);
            break;
        };
        pairs.push(pair);
    }
    pairs
}
