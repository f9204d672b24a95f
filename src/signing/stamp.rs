//! The source stamp: a second signature by the store that hands the package out.
//!
//! Format: apksig `SourceStampConstants`, `V2SourceStampVerifier`. The block begins with the stamp's
//! certificate; an entry of the package holds that certificate's digest, so that the stamp cannot be
//! taken off unseen. Noticed, not verified: Android does not ask for it when it installs.

use sha2::{Digest, Sha256};

use super::block::prefixed;
use crate::anomaly::Anomalies;
use crate::bytes::Reader;
use crate::container::{Container, Inflater};
use crate::limits::{Budget, Limits};

/// The entry with the digest of the stamp's certificate.
const ENTRY: &str = "stamp-cert-sha256";
/// The ids of the block, newer form first.
const BLOCKS: [u32; 2] = [0x6dff_800d, 0x2b09_189e];

/// A source stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// SHA-256 of its certificate, lower-case hex; `None` when only the entry is left of it.
    pub certificate: Option<String>,
    /// The digest that the entry in the package states; `None` when there is no such entry.
    pub stated: Option<String>,
}

/// The stamp of a package; `None` when it has none.
pub(super) fn read(
    container: &Container<'_>,
    inflater: &mut Inflater,
    limits: &Limits,
    budget: &mut Budget,
) -> Option<Stamp> {
    let certificate = container.signing_block().and_then(|block| {
        let value = BLOCKS.into_iter().find_map(|id| block.value(id))?;
        let mut block = prefixed(&mut Reader::new(value)).ok()?;
        let certificate = prefixed(&mut block).ok()?;
        Some(crate::hex::lower(&Sha256::digest(certificate.rest())))
    });
    let stated = container.find(ENTRY).and_then(|entry| {
        let stated = inflater
            .read(entry, limits, budget, &mut Anomalies::new(0))
            .ok()?;
        (stated.len() == 32).then(|| crate::hex::lower(&stated))
    });
    (certificate.is_some() || stated.is_some()).then_some(Stamp { certificate, stated })
}
