//! The files of a JAR signature, and the certificates they name.

use super::pkcs7::SignedData;
use super::{Certificate, Scheme, Source, block};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::container::{Container, Entry, Inflater};
use crate::limits::{Budget, Limits};

/// Largest JAR signature that is read, in bytes.
pub(super) const SIGNATURE_BYTES: u64 = 1 << 20;

/// What a package says of its JAR signature.
pub(super) struct Jar<'a> {
    /// Whether it has one, be it broken.
    pub(super) is_signed: bool,
    pub(super) certificates: Vec<Certificate<'a>>,
    pub(super) sources: Vec<Source>,
}

/// The certificates of the JAR signature: of each signature file beside which stands the list
/// of digests that it signs.
pub(super) fn certificates<'a>(
    container: &Container<'a>,
    inflater: &mut Inflater,
    limits: &Limits,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> Jar<'a> {
    let limits = &Limits {
        entry_bytes: limits.entry_bytes.min(SIGNATURE_BYTES),
        ..limits.clone()
    };
    let mut found = Jar {
        is_signed: false,
        certificates: Vec::new(),
        sources: Vec::new(),
    };
    for entry in signatures(container).take(block::SIGNERS) {
        let Some((stem, _)) = entry.name.rsplit_once('.') else {
            continue;
        };
        if ["SF", "sf"]
            .iter()
            .all(|ending| container.find(&format!("{stem}.{ending}")).is_none())
        {
            continue;
        }
        found.is_signed = true;
        let mut source = Source {
            scheme: Scheme::V1,
            bytes: entry.size,
            is_read: false,
        };
        let Ok(bytes) = inflater.read(entry, limits, budget, anomalies) else {
            found.sources.push(source);
            continue;
        };
        source.bytes = bytes.len() as u64;
        match SignedData::read(&bytes).and_then(|data| data.first_certificate()) {
            Some(der) => {
                source.is_read = true;
                found
                    .certificates
                    .push(Certificate::new(Scheme::V1, der.to_vec().into()));
            }
            None => anomalies.note(
                AnomalyKind::SigningBlockMalformed,
                entry.data_offset,
                Some(&entry.name),
            ),
        }
        found.sources.push(source);
    }
    found
}

/// The files that hold signatures.
fn signatures<'c, 'a>(container: &'c Container<'a>) -> impl Iterator<Item = &'c Entry<'a>> {
    container
        .entries()
        .iter()
        .filter(|entry| is_signature(&entry.name))
}

/// Whether `name` is that of a signature right inside META-INF.
#[must_use]
pub fn is_signature(name: &str) -> bool {
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
