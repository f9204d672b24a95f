//! A lending app in forged containers: what Android would run is found all the same, and the
//! forgery is said.

use dunwatch::anomaly::Anomalies;
use dunwatch::container::{Container, Inflater};
use dunwatch::limits::{Budget, Limits};
use dunwatch::report::v1::{Band, Report};
use dunwatch::{Options, analyze};

use crate::support::apps::{self, RULES};
use crate::support::zip::{Archive, File};

/// The entries of a package, without its signature.
pub(crate) fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let limits = Limits::default();
    let mut anomalies = Anomalies::new(1);
    let mut budget = Budget::new(&limits);
    let container = Container::open(bytes, &limits, &mut anomalies).unwrap();
    let mut inflater = Inflater::new();
    let kept = container
        .entries()
        .iter()
        .filter(|entry| !entry.name.starts_with("META-INF/"));
    let mut read = |entry: &dunwatch::container::Entry<'_>| {
        let data = inflater
            .read(entry, &limits, &mut budget, &mut anomalies)
            .unwrap();
        (entry.name.to_string(), data.into_owned())
    };
    kept.map(&mut read).collect()
}

/// The predatory fixture, each file passed through `change`.
fn forged(change: impl Fn(File, &str, &[u8]) -> File) -> Archive {
    let parts = entries(&apps::fixture("predatory-lender-id"));
    parts.iter().fold(Archive::new(), |archive, (name, data)| {
        archive.file(change(File::deflated(name, data), name, data))
    })
}

fn report(bytes: &[u8]) -> Report {
    analyze(bytes, &RULES, &Options::default())
}

fn is_high_with(bytes: &[u8], anomaly: &str) {
    let report = report(bytes);
    let band = report.score.as_ref().map(|score| score.band);
    let kinds: Vec<&str> = report
        .anomalies
        .iter()
        .map(|anomaly| anomaly.kind.as_str())
        .collect();
    assert_eq!(
        band,
        Some(Band::High),
        "{anomaly}: {kinds:?} {:?}",
        report.coverage
    );
    assert!(kinds.contains(&anomaly), "{anomaly} is not among {kinds:?}");
}

#[test]
fn an_honest_container_has_no_anomaly() {
    let report = report(&forged(|file, _, _| file).build());
    assert_eq!(report.score.map(|score| score.band), Some(Band::High));
    assert_eq!(report.anomalies, []);
}

#[test]
fn forged_headers_hide_nothing() {
    let encrypted = forged(|file, _, _| file.both(|header| header.flags |= 1));
    is_high_with(&encrypted.build(), "zip-encrypted-flag");
    let unknown = forged(|_, name, data| File::stored(name, data).both(|header| header.method = 0x1234));
    is_high_with(&unknown.build(), "zip-unknown-method");
    let local = forged(|file, _, _| file.local(|header| header.method = 99));
    is_high_with(&local.build(), "zip-local-method");
    let checksum = forged(|file, _, _| file.both(|header| header.crc ^= 1));
    is_high_with(&checksum.build(), "zip-crc");
    let descriptors = forged(|file, _, _| file.descriptor(|descriptor| descriptor.crc ^= 1));
    is_high_with(&descriptors.build(), "zip-descriptor-mismatch");
    let zip64 = forged(|file, _, _| file.zip64());
    is_high_with(&zip64.build(), "zip-zip64");
}

#[test]
fn bytes_around_the_archive_hide_nothing() {
    let plain = || forged(|file, _, _| file);
    is_high_with(&plain().prepended(b"#!/bin/sh\n").build(), "zip-prepended-data");
    is_high_with(&plain().appended(&[7; 100]).build(), "zip-trailing-data");
    is_high_with(&plain().comment(&[b'x'; 60_000]).build(), "zip-oversized-comment");
    is_high_with(&plain().without_end().build(), "zip-no-end-record");
    is_high_with(&plain().end(|end| end.count += 3).build(), "zip-wrong-count");
    is_high_with(&plain().end(|end| end.disk = 7).build(), "zip-multi-disk");
    is_high_with(&plain().before_directory(&[9; 500]).build(), "zip-gap");
}

#[test]
fn further_entries_hide_nothing() {
    let with = |name: &str, data: &[u8]| forged(|file, _, _| file).file(File::deflated(name, data)).build();
    is_high_with(&with("../../escape", b"x"), "zip-path-traversal");
    is_high_with(&with("classes.dex/x", b"x"), "zip-core-name-as-directory");
    is_high_with(&with("nul\0name", b"x"), "zip-nul-in-name");
    is_high_with(
        &with("AndroidManifest.xml", b"not the manifest"),
        "zip-duplicate-name",
    );
}

/// The harvester stands before the archive of an honest app, where old Android versions run it.
#[test]
fn a_dex_file_before_the_archive_is_read() {
    let parts = entries(&apps::fixture("predatory-lender-id"));
    let dex = &parts.iter().find(|(name, _)| name == "classes.dex").unwrap().1;
    let shell = forged(|file, name, _| {
        if name == "classes.dex" {
            File::deflated(name, &empty_dex())
        } else {
            file
        }
    });
    let bytes = shell.prepended(dex).build();
    is_high_with(&bytes, "zip-dex-prefix");
    is_high_with(&bytes, "dex-hidden");
    let place =
        |evidence: &dunwatch::report::v1::Evidence| evidence.dex.as_deref() == Some("(start of the file)");
    let report = report(&bytes);
    assert!(
        report.harvest.iter().any(|row| row.path.iter().any(place)),
        "{:?}",
        report.harvest
    );
}

/// A dex file that defines no class: the one of an app that calls nothing.
fn empty_dex() -> Vec<u8> {
    let parts = entries(&apps::fixture("emi-calculator"));
    parts
        .into_iter()
        .find(|(name, _)| name == "classes.dex")
        .unwrap()
        .1
}

/// What follows a gap in the numbering is read, and the gap is said.
#[test]
fn a_gap_in_the_numbering_hides_nothing() {
    let archive = forged(|file, _, _| file);
    let parts = entries(&apps::fixture("predatory-lender-id"));
    let archive = parts
        .iter()
        .filter(|(name, _)| name == "classes.dex")
        .fold(archive, |archive, (_, dex)| {
            archive.file(File::deflated("classes7.dex", dex))
        });
    is_high_with(&archive.build(), "dex-number-gap");
}

/// A truncated package is never taken for a clean one.
#[test]
fn truncation_is_never_low() {
    let whole = forged(|file, _, _| file).build();
    for part in 1..40 {
        let report = report(&whole[..whole.len() * part / 40]);
        if let Some(score) = report.score {
            assert_ne!(score.band, Band::Low, "{part}/40: {:?}", report.coverage);
        }
    }
}
