//! The APK signing block, and the certificates the package claims to be signed with.
//!
//! Formats: APK Signature Scheme v2 and v3 (source.android.com), AOSP `ApkSigningBlockUtils.java`
//! and apksig; JAR signatures for v1. **Nothing is verified**: no digest, no signature, no rule on
//! which scheme a platform version requires. A certificate named here is a claim of the file.
//!
//! The block stands right before the central directory and ends with its size and its magic. It
//! holds pairs of an id and a value; lengths inside values are 32 bits, little-endian.

use std::ops::Range;

use memchr::memmem;

use super::certificate::{self, Certificate, Scheme};
use super::{Container, Inflater, u64_at};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::Reader;
use crate::limits::{Budget, Limits};

const MAGIC: &[u8; 16] = b"APK Sig Block 42";
/// Bytes behind the pairs: the size once more, and the magic.
const FOOTER: usize = 24;
/// Pairs kept of one block.
const PAIRS: usize = 256;
/// Signers read of one scheme.
const SIGNERS: usize = 16;
/// Largest JAR signature that is read, in bytes.
const SIGNATURE_BYTES: u64 = 1 << 20;

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

impl<'a> Container<'a> {
    /// The certificates the package claims to be signed with, unverified: of each signer the one
    /// that belongs to its key, newest scheme first. META-INF files are inflated for v1.
    pub fn certificates(
        &self,
        inflater: &mut Inflater,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) -> Vec<Certificate<'a>> {
        let mut found = Vec::new();
        if let Some(block) = &self.signing_block {
            for (scheme, id) in [
                (Scheme::V31, 0x1b93_ad61),
                (Scheme::V3, 0xf053_68c0),
                (Scheme::V2, 0x7109_871a),
            ] {
                let Some(value) = block.value(id) else {
                    continue;
                };
                let certificates = signers(value);
                if certificates.is_empty() {
                    anomalies.at(AnomalyKind::SigningBlockMalformed, block.offset);
                }
                found.extend(
                    certificates
                        .into_iter()
                        .map(|der| Certificate::new(scheme, der.into())),
                );
            }
        }
        self.jar_certificates(&mut found, inflater, limits, budget, anomalies);
        found
    }

    /// The certificates of the JAR signature: of each signature file beside which stands the list
    /// of digests that it signs.
    fn jar_certificates(
        &self,
        found: &mut Vec<Certificate<'a>>,
        inflater: &mut Inflater,
        limits: &Limits,
        budget: &mut Budget,
        anomalies: &mut Anomalies,
    ) {
        let limits = &Limits {
            entry_bytes: limits.entry_bytes.min(SIGNATURE_BYTES),
            ..limits.clone()
        };
        let signatures = self.entries.iter().filter(|entry| is_jar_signature(&entry.name));
        for entry in signatures.take(SIGNERS) {
            let Some((stem, _)) = entry.name.rsplit_once('.') else {
                continue;
            };
            if self.find(&format!("{stem}.SF")).is_none() && self.find(&format!("{stem}.sf")).is_none() {
                continue;
            }
            let Ok(bytes) = inflater.read(entry, limits, budget, anomalies) else {
                continue;
            };
            match certificate::of_signed_data(&bytes) {
                Some(der) => found.push(Certificate::new(Scheme::V1, der.to_vec().into())),
                None => anomalies.note(
                    AnomalyKind::SigningBlockMalformed,
                    entry.data_offset,
                    Some(&entry.name),
                ),
            }
        }
    }
}

/// Whether `name` is that of a signature right inside META-INF.
fn is_jar_signature(name: &str) -> bool {
    let Some(file) = name
        .get(..9)
        .filter(|folder| folder.eq_ignore_ascii_case("META-INF/"))
        .and_then(|folder| name.get(folder.len()..))
    else {
        return false;
    };
    !file.contains('/')
        && file.rsplit_once('.').is_some_and(|(_, extension)| {
            ["RSA", "DSA", "EC"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        })
}

/// The first certificate of each signer in the value of a v2 or v3 block.
fn signers(value: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let Some(mut signers) = prefixed(&mut Reader::new(value)) else {
        return found;
    };
    while found.len() < SIGNERS {
        let Some(mut signer) = prefixed(&mut signers) else {
            break;
        };
        let certificate = prefixed(&mut signer).and_then(|mut signed| {
            let _digests = prefixed(&mut signed)?;
            prefixed(&mut prefixed(&mut signed)?)
        });
        if let Some(certificate) = certificate.filter(|certificate| !certificate.is_empty()) {
            found.push(certificate.rest());
        }
    }
    found
}

/// The next field, of the length that stands before it.
fn prefixed<'a>(reader: &mut Reader<'a>) -> Option<Reader<'a>> {
    let length = reader.u32().ok()?;
    reader.sub(usize::try_from(length).ok()?).ok()
}
