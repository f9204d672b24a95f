//! The fixture apps, which apksigner signed.

use dunwatch::report::v1::SignatureStatus;
use dunwatch::signing::Verify;
use dunwatch::{Options, analyze};

use crate::support::apps::{self, RULES};

fn options(verify: Verify) -> Options {
    Options {
        verify,
        ..Options::default()
    }
}

#[test]
fn every_fixture_is_verified_and_a_changed_one_is_not() {
    for (row, mut apk) in apps::fixtures() {
        let name = row.get("name").to_owned();
        let report = analyze(&apk, &RULES, &options(Verify::Everything));
        let app = report.app.unwrap();
        let signature = app.signature.unwrap();
        assert_eq!(
            signature.status,
            SignatureStatus::Verified,
            "{name}: {signature:?}"
        );
        assert!(signature.accepted_from >= app.min_sdk, "{name}");
        // A byte of the data of the last entry: with v1 that is one of its own files.
        let last = apk
            .windows(4)
            .rposition(|window| window == b"PK\x03\x04")
            .unwrap();
        let name = usize::from(u16::from_le_bytes(apk[last + 26..last + 28].try_into().unwrap()));
        let extra = usize::from(u16::from_le_bytes(apk[last + 28..last + 30].try_into().unwrap()));
        apk[last + 30 + name + extra + 12] ^= 0x10;
        let report = analyze(&apk, &RULES, &options(Verify::Everything));
        let signature = report.app.unwrap().signature.unwrap();
        assert_eq!(signature.status, SignatureStatus::Broken, "{name}: {signature:?}");
    }
}

#[test]
fn verification_changes_neither_band_nor_score() {
    for (row, mut apk) in apps::fixtures().into_iter().take(6) {
        // The last byte of the block's first pair is far from what the analysis reads.
        let at = apk.windows(16).position(|window| window == b"APK Sig Block 42");
        if let Some(at) = at {
            apk[at - 9000.min(at / 8)] ^= 1;
        }
        let with = analyze(&apk, &RULES, &options(Verify::Everything));
        let without = analyze(&apk, &RULES, &options(Verify::None));
        assert_eq!(with.score, without.score, "{}", row.get("name"));
    }
}

#[test]
fn a_certificate_is_described() {
    let report = analyze(&apps::fixture("bank"), &RULES, &options(Verify::Signatures));
    let app = report.app.unwrap();
    let certificate = &app.certificates[0];
    assert_eq!(certificate.subject, certificate.issuer);
    assert_eq!(certificate.sha1.len(), 40);
    let key = certificate.key.as_ref().unwrap();
    assert_eq!((key.algorithm.as_str(), key.size), ("RSA", Some(2048)));
    assert!(certificate.not_before < certificate.not_after);
    assert_eq!(certificate.known, None);
    let signature = app.signature.unwrap();
    assert_eq!(signature.reason.as_deref(), Some("contents-not-compared"));
    assert_eq!(signature.accepted_from, None);
}
