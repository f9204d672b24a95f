//! Archives of packages: one app, one report, with the part named in each place.

use std::collections::BTreeSet;
use std::fs;

use dunwatch::analysis::{self, Facts};
use dunwatch::facts::{FactKind, FactSet};
use dunwatch::limits::Limits;
use dunwatch::report::v1::{Band, InputKind, PartRole, Report, Status, Why};
use dunwatch::{Options, analyze};

use crate::support::apps::{self, RULES, repository};
use crate::support::axml::{self, Node};
use crate::support::zip::{Archive, File};

/// The bytes of a packed fixture.
pub(crate) fn packed(name: &str) -> Vec<u8> {
    fs::read(repository(&format!("fixtures/bundles/{name}"))).unwrap()
}

pub(crate) fn report(bytes: &[u8]) -> Report {
    analyze(bytes, &RULES, &Options::default())
}

fn facts(bytes: &[u8]) -> Facts {
    analysis::facts(bytes, &RULES, &Limits::default()).unwrap()
}

/// Facts without their places. Anomalies are of the containers, not of the app.
pub(crate) fn values(facts: &FactSet) -> BTreeSet<(FactKind, String)> {
    let facts = facts.iter().map(|(fact, _)| (fact.kind, fact.value.clone()));
    facts.filter(|(kind, _)| *kind != FactKind::Anomaly).collect()
}

pub(crate) fn anomalies(report: &Report) -> Vec<&str> {
    report.anomalies.iter().map(|one| one.kind.as_str()).collect()
}

fn opaque(report: &Report) -> Vec<&str> {
    let coverage = report.coverage.as_ref().unwrap();
    coverage.opaque.iter().map(String::as_str).collect()
}

/// Every place of a report as text, findings and ways of the data together.
fn places(report: &Report) -> String {
    let findings = report.findings.iter().flat_map(|finding| &finding.evidence);
    let rows = report.harvest.iter().flat_map(|row| &row.path);
    let lines = findings.chain(rows).map(dunwatch::render::place::line);
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_app_is_the_same_in_every_archive() {
    for (name, kind, app) in [
        ("lender-hi.xapk", InputKind::Xapk, "predatory-lender-hi"),
        ("lender-hi.apkm", InputKind::Apkm, "predatory-lender-hi"),
        (
            "lender-ladder.apks",
            InputKind::Apks,
            "predatory-lender-en-multidex",
        ),
    ] {
        let (whole, bytes) = (apps::fixture(app), packed(name));
        let (expected, found) = (facts(&whole), facts(&bytes));
        assert_eq!(values(&found.facts), values(&expected.facts), "{name}");
        let (ours, theirs) = (found.manifest.unwrap(), expected.manifest.unwrap());
        assert_eq!(
            (&ours.label, &ours.labels),
            (&theirs.label, &theirs.labels),
            "{name}"
        );
        assert_eq!(ours.permissions.len(), theirs.permissions.len());
        let (found, expected) = (report(&bytes), report(&whole));
        assert_eq!(found.input.kind, kind);
        assert_eq!(
            (&found.score, &found.status),
            (&scored(&expected, &found), &expected.status),
            "{name}"
        );
        assert_eq!(anomalies(&found), anomalies(&expected), "{name}");
        let signers = |report: Report| {
            let certificates = report.app.unwrap().certificates.into_iter();
            certificates.map(|one| one.sha256).collect::<BTreeSet<_>>()
        };
        assert_eq!(signers(found), signers(expected), "{name}");
    }
}

/// The score of `report` with the evidence of `other`, whose places differ.
fn scored(report: &Report, other: &Report) -> Option<dunwatch::report::v1::Score> {
    let mut score = report.score.clone()?;
    for (ours, theirs) in score
        .contributions
        .iter_mut()
        .zip(&other.score.as_ref()?.contributions)
    {
        ours.evidence.clone_from(&theirs.evidence);
    }
    Some(score)
}

#[test]
fn each_place_names_the_part_it_is_in() {
    let found = report(&packed("lender-hi.xapk"));
    let places = places(&found);
    for expected in [
        "in.turantrupee.loan.apk!/AndroidManifest.xml <uses-permission> @",
        "in.turantrupee.loan.apk!/classes.dex ",
        "config.hi.apk!/resources.arsc string/",
    ] {
        assert!(places.contains(expected), "{expected} in\n{places}");
    }
    let roles: Vec<_> = found
        .input
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.role, part.split.as_deref()))
        .collect();
    assert_eq!(
        roles,
        [
            ("in.turantrupee.loan.apk", PartRole::Base, None),
            ("config.hi.apk", PartRole::Configuration, Some("config.hi")),
            (
                "Android/obb/in.turantrupee.loan/main.7.in.turantrupee.loan.obb",
                PartRole::Expansion,
                None
            ),
        ]
    );
    assert!(opaque(&found).contains(&"expansion-file"));
    let note = found.input.note.unwrap();
    assert_eq!(
        (note.entry.as_str(), note.version_code),
        ("manifest.json", Some(7))
    );

    let found = report(&packed("lender-ladder.apks"));
    let way: Vec<_> = found.harvest.iter().flat_map(|row| &row.path).collect();
    assert!(
        way.iter()
            .any(|place| place.dex.as_deref() == Some("splits/risk-master_2.apk!/classes.dex"))
    );
    let alternatives = found
        .input
        .parts
        .iter()
        .filter(|part| part.role == PartRole::Alternative);
    assert_eq!(alternatives.count(), 2, "those of the other variant");
    assert_eq!(found.status, Status::Ok);
}

/// A package with this root, and code if there is any.
pub(crate) fn package(root: Node, code: Option<&[u8]>) -> Vec<u8> {
    let mut archive = Archive::new().file(File::deflated("AndroidManifest.xml", &axml::build(&root)));
    if let Some(code) = code {
        archive = archive.file(File::deflated("classes.dex", code));
    }
    archive.build()
}

/// The root of a manifest.
pub(crate) fn root(package: &str, version: i32, split: Option<&str>) -> Node {
    let root = Node::new("manifest")
        .plain("package", package)
        .android(0x0101_021b, "versionCode", version);
    match split {
        Some(split) => root.plain("split", split),
        None => root.child(Node::new("application")),
    }
}

pub(crate) fn code() -> Vec<u8> {
    apps::entry(&apps::fixture("dialer"), "classes.dex")
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let files = files.iter().map(|(name, data)| File::deflated(*name, data));
    files.fold(Archive::new(), Archive::file).build()
}

#[test]
fn what_does_not_belong_is_named_and_never_makes_an_app_low() {
    let code = code();
    let base = package(root("a.b", 3, None), Some(&code));
    let split = package(root("a.b", 3, Some("config.in")), None);
    let other = package(root("a.b", 4, Some("config.hi")), None);
    let second = package(root("a.b", 3, None), Some(&code[..code.len() - 4]));
    let nested = archive(&[("base.apk", &base)]);
    let good = report(&archive(&[("base.apk", &base), ("split.apk", &split)]));
    let score = good.score.as_ref().unwrap();
    assert_eq!((score.band, good.status), (Band::Low, Status::Ok));
    for (name, contents, anomaly) in [
        ("version.apk", &other[..], "bundle-foreign-part"),
        ("broken.apk", &base[..90], "bundle-part-unreadable"),
        ("none.apk", b"nothing", "bundle-part-unreadable"),
        ("depth.apk", &nested, "bundle-part-unreadable"),
        ("second.apk", &second, "bundle-alternative"),
        ("inner.xapk", &nested, ""),
    ] {
        let found = report(&archive(&[
            ("base.apk", &base),
            ("split.apk", &split),
            (name, contents),
        ]));
        let score = found.score.as_ref().unwrap();
        assert_eq!(
            (score.band, score.why),
            (Band::NotAssessable, Why::CodeUnreadable),
            "{name}"
        );
        assert_eq!(found.status, Status::Degraded, "{name}");
        assert!(opaque(&found).contains(&"unread-package"), "{name}");
        assert!(
            anomaly.is_empty() || anomalies(&found).contains(&anomaly),
            "{name}"
        );
        assert!(found.input.parts.iter().any(|part| part.name == name), "{name}");
    }
    // The same code under another name changes nothing.
    let found = report(&archive(&[("base.apk", &base), ("copy.apk", &base)]));
    assert_eq!(found.score.unwrap().band, Band::Low);
}

#[test]
fn without_a_base_or_with_several_apps_nothing_is_made_up() {
    let code = code();
    let base = package(root("a.b", 3, None), Some(&code));
    let stranger = package(root("c.d", 3, None), Some(&code));
    let split = package(root("a.b", 3, Some("config.in")), None);
    let found = report(&archive(&[("split.apk", &split)]));
    assert!(opaque(&found).contains(&"missing-base"));
    assert_eq!(found.score.unwrap().band, Band::NotAssessable);
    // By itself a split is no more than that.
    assert!(opaque(&report(&split)).contains(&"missing-base"));
    assert_eq!(report(&split).score.unwrap().band, Band::NotAssessable);
    for (files, kind) in [
        (&[("a.apk", &base[..]), ("b.apk", &stranger)][..], "several-apps"),
        (&[("a.apk", b"x")], "no-base-package"),
    ] {
        let found = report(&archive(files));
        assert_eq!(
            (found.status, found.error.unwrap().kind.as_str()),
            (Status::Failed, kind)
        );
    }
    // An archive in an archive is no app; code in it is read as hidden code.
    let found = report(&archive(&[("a.xapk", &base)]));
    assert_eq!(found.score.unwrap().band, Band::NotAssessable);
    // A note tells which of them is meant.
    let note = br#"{"package_name":"c.d","split_apks":[{"file":"b.apk","id":"base"}]}"#;
    let found = report(&archive(&[
        ("manifest.json", note),
        ("a.apk", &base),
        ("b.apk", &stranger),
    ]));
    assert_eq!(found.app.as_ref().unwrap().package.as_deref(), Some("c.d"));
    assert!(anomalies(&found).contains(&"bundle-foreign-part"));
}

#[test]
fn a_note_that_says_something_else_is_an_anomaly() {
    let base = package(root("a.b", 3, None), Some(&code()));
    for (note, subject) in [
        (r#"{"package_name":"a.c"}"#, Some("manifest.json package")),
        (
            r#"{"package_name":"a.b","version_code":"4"}"#,
            Some("manifest.json version code"),
        ),
        (r#"{"package_name":"a.b","version_code":3}"#, None),
        (r#"{"version_code":"#, None),
    ] {
        let found = report(&archive(&[
            ("manifest.json", note.as_bytes()),
            ("base.apk", &base),
        ]));
        let mut anomalies = found.anomalies.iter();
        let anomaly = anomalies.find(|one| one.kind == "bundle-note-differs");
        let found = anomaly.and_then(|one| one.location.entry.as_deref());
        assert_eq!(found, subject, "{note}");
    }
    let note = br#"{"split_apks":[{"file":"base.apk","id":"base"},{"file":"gone.apk","id":"x"}]}"#;
    let found = report(&archive(&[("manifest.json", note), ("base.apk", &base)]));
    assert!(anomalies(&found).contains(&"bundle-part-missing"));
    assert_eq!(found.score.unwrap().band, Band::NotAssessable);
}

#[test]
fn a_package_that_holds_packages_stays_a_package() {
    let base = package(root("a.b", 3, None), Some(&code()));
    let inner = package(root("c.d", 1, None), None);
    let mut files = Archive::new()
        .file(File::deflated(
            "AndroidManifest.xml",
            &axml::build(&root("a.b", 3, None)),
        ))
        .file(File::stored("assets/inner.apk", &inner));
    files = files
        .file(File::deflated("manifest.json", b"{}"))
        .file(File::stored("x.apk", &base));
    let found = report(&files.build());
    assert_eq!(found.input.kind, InputKind::Apk);
    assert!(found.input.parts.is_empty());
}

#[test]
fn an_encrypted_archive_is_named() {
    let mut data = vec![1, 2];
    for field in [4_u64, 64 << 20, 64 << 10] {
        data.extend(field.to_le_bytes());
    }
    data.resize(5000, 0xa5);
    let found = report(&data);
    assert_eq!(found.error.unwrap().kind, "encrypted-apkm");
}

#[test]
fn one_budget_is_for_all_parts() {
    let big = Archive::new()
        .file(File::deflated(
            "AndroidManifest.xml",
            &axml::build(&root("a.b", 3, None)),
        ))
        .file(File::stored("assets/noise.bin", &vec![0; 3 << 20]))
        .build();
    let split = |number: usize| {
        let name = format!("s{number}");
        let manifest = axml::build(&root("a.b", 3, Some(&name)));
        Archive::new()
            .file(File::deflated("AndroidManifest.xml", &manifest))
            .file(File::stored("assets/noise.bin", &vec![0; 3 << 20]))
            .build()
    };
    let mut files = vec![("base.apk".to_owned(), big)];
    files.extend((0..6).map(|number| (format!("s{number}.apk"), split(number))));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, data)| (name.as_str(), &data[..]))
        .collect();
    let limits = Limits {
        app_bytes: 10 << 20,
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let found = analyze(&archive(&files), &RULES, &options);
    let coverage = found.coverage.unwrap();
    assert!(coverage.budget_spent && coverage.opaque.iter().any(|one| one == "unread-package"));
    assert_eq!(found.score.unwrap().band, Band::NotAssessable);
}

#[test]
fn parts_of_different_signers_are_noted() {
    let base = apps::fixture("dialer");
    let version = facts(&base).manifest.unwrap().version_code.unwrap();
    let version = i32::try_from(version).unwrap();
    let split = package(root("org.plaindialer", version, Some("config.in")), None);
    let found = report(&archive(&[("base.apk", &base), ("split.apk", &split)]));
    let anomaly = found
        .anomalies
        .iter()
        .find(|one| one.kind == "bundle-signers-differ");
    assert_eq!(anomaly.unwrap().location.entry.as_deref(), Some("split.apk"));
}
