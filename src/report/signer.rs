//! Who signed the package, in the wire types.

use super::v1;
use crate::signing::{Certificate, Outcome, Signing, Stamp, Status, known_key};

/// The part of a report that is about the signatures.
#[derive(Debug, Clone, Default)]
pub struct Signer {
    /// Signer certificates, newest scheme first.
    pub certificates: Vec<v1::Certificate>,
    /// Whether the signatures hold; `None` for what is not signed.
    pub signature: Option<v1::Signature>,
}

/// Who signed the package.
#[must_use]
pub fn signer(signing: &Signing<'_>) -> Signer {
    let signature = signing.verdict.as_ref().map(|verdict| v1::Signature {
        status: status(verdict.status),
        reason: reason(verdict),
        accepted_from: signing.accepted_from,
        schemes: signing
            .schemes
            .iter()
            .map(|one| v1::SignatureScheme {
                scheme: one.scheme.name().to_owned(),
                status: status(one.outcome.status),
                reason: reason(&one.outcome),
                signers: one.signers as u64,
                location: location(&one.outcome),
            })
            .collect(),
        lineage: signing.lineage.iter().map(Certificate::sha256).collect(),
        source_stamp: signing.stamp.as_ref().map(stamp),
    });
    Signer {
        certificates: signing.certificates.iter().map(certificate).collect(),
        signature,
    }
}

fn certificate(certificate: &Certificate<'_>) -> v1::Certificate {
    let (not_before, not_after) = certificate.validity();
    let (sha256, subject) = (certificate.sha256(), certificate.subject());
    // Nearly every app is signed with a key that vouches for itself.
    let issuer = if certificate.is_self_issued() {
        subject.clone()
    } else {
        certificate.issuer()
    };
    v1::Certificate {
        known: known_key(&sha256, subject.as_deref()).map(str::to_owned),
        sha256,
        subject,
        scheme: certificate.scheme.name().to_owned(),
        sha1: certificate.sha1(),
        issuer,
        serial: certificate.serial(),
        not_before,
        not_after,
        key: certificate.key().map(|key| v1::Key {
            algorithm: key.algorithm,
            size: key.size,
        }),
    }
}

fn status(status: Status) -> v1::SignatureStatus {
    match status {
        Status::Verified => v1::SignatureStatus::Verified,
        Status::Broken => v1::SignatureStatus::Broken,
        Status::NotChecked => v1::SignatureStatus::NotChecked,
    }
}

fn reason(outcome: &Outcome) -> Option<String> {
    outcome.reason.map(|reason| reason.name().to_owned())
}

fn location(outcome: &Outcome) -> Option<v1::Evidence> {
    (outcome.offset.is_some() || outcome.entry.is_some()).then(|| v1::Evidence {
        kind: "entry".to_owned(),
        entry: outcome.entry.clone(),
        offset: outcome.offset,
        ..v1::Evidence::default()
    })
}

fn stamp(stamp: &Stamp) -> v1::SourceStamp {
    v1::SourceStamp {
        certificate_sha256: stamp.certificate.clone(),
        stated_sha256: stamp.stated.clone(),
    }
}
