//! Certificates: the input stands in a signing block, as the value of each scheme, and in a file
//! below `META-INF`.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::anomaly::Anomalies;
use dunwatch::container::{Container, Inflater};
use dunwatch::limits::{Budget, Limits};
use dunwatch::signing::{self, Demands, Verify};

const NAME: &[u8] = b"META-INF/C.RSA";

/// A header of one stored file; a directory record has `central` behind its signature and offset 0.
fn header(signature: &[u8; 4], central: bool, size: u32) -> Vec<u8> {
    let mut out = signature.to_vec();
    out.resize(if central { 20 } else { 18 }, 0);
    out.extend([size.to_le_bytes(), size.to_le_bytes()].concat());
    out.extend((NAME.len() as u16).to_le_bytes());
    out.resize(if central { 46 } else { 30 }, 0);
    out.extend(NAME);
    out
}

/// A package with one file, whose contents are `data`, and a signing block.
fn package(data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut out = header(b"PK\x03\x04", false, size);
    out.extend(data);
    let mut pairs = Vec::new();
    for id in [0x1b93_ad61_u32, 0xf053_68c0, 0x7109_871a] {
        pairs.extend((data.len() as u64 + 4).to_le_bytes());
        pairs.extend(id.to_le_bytes());
        pairs.extend(data);
    }
    let length = (pairs.len() as u64 + 24).to_le_bytes();
    out.extend([&length[..], &pairs, &length, b"APK Sig Block 42"].concat());
    let directory = (out.len() as u32).to_le_bytes();
    let record = header(b"PK\x01\x02", true, size);
    out.extend(&record);
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend((record.len() as u32).to_le_bytes());
    out.extend(directory);
    out.extend([0; 2]);
    out
}

/// Reads `data` as whatever may hold certificates.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits::default();
    let bytes = package(data);
    let mut anomalies = Anomalies::new(2);
    let container = Container::open(&bytes, &limits, &mut anomalies);
    let container = container.expect("the archive around the input is sound");
    assert!(container.signing_block().is_some());
    let found = signing::read(
        &container,
        Demands::default(),
        Verify::Everything,
        &mut Inflater::new(),
        &limits,
        &mut Budget::new(&limits),
        &mut anomalies,
    );
    for certificate in &found.certificates {
        let _ = (certificate.sha256(), certificate.subject(), certificate.key());
    }
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
