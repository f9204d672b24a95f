//! Agreement with AOSP's aapt2 on real packages, on the fixtures and on damaged manifests.
//!
//! What aapt2 says of each real package is recorded in `aapt2.tsv` beside the packages. Where we say
//! something else, and only there, `aapt2_differences.tsv` says why ours is right. The others are
//! asked about here and now, where the tool (Debian package `aapt`) is installed.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::axml;
use dunwatch::limits::{Budget, Limits};
use dunwatch::{Options, analyze};

use crate::hostile;
use crate::support::apps::{self, RULES};
use crate::support::random::Random;
use crate::support::zip::{Archive, File};

/// Damaged manifests of each fixture.
const DAMAGES: usize = 12;

const DIFFERENCES: &str = include_str!("aapt2_differences.tsv");

/// The fields that are compared, named as the columns of `aapt2.tsv`.
const FIELDS: [&str; 6] = [
    "package",
    "version_code",
    "min_sdk",
    "target_sdk",
    "label",
    "permissions",
];

/// The compared fields as the report of the whole analysis has them.
fn ours(apk: &[u8]) -> Option<BTreeMap<&'static str, String>> {
    let report = analyze(apk, &RULES, &Options::default());
    let app = report.app?;
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let declared = report.permissions.iter().filter(|permission| !permission.implied);
    let permissions: BTreeSet<_> = declared.map(|permission| permission.name.as_str()).collect();
    let values = [
        app.package.unwrap_or_default(),
        number(app.version_code.filter(|code| *code > 0)),
        number(app.min_sdk.map(u64::from)),
        number(app.target_sdk.map(u64::from)),
        app.label.unwrap_or_default(),
        permissions.into_iter().collect::<Vec<_>>().join(","),
    ];
    Some(FIELDS.into_iter().zip(values).collect())
}

fn rows(text: &str) -> Vec<BTreeMap<&str, &str>> {
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap_or_default().split('\t').collect();
    lines
        .map(|line| header.iter().copied().zip(line.split('\t')).collect())
        .collect()
}

#[test]
fn agrees_with_aapt2_on_every_package_of_the_corpus() {
    let Some(corpus) = apps::corpus() else { return };
    let recorded = std::fs::read_to_string(corpus.join("aapt2.tsv")).unwrap();
    let explained: BTreeMap<_, _> = rows(DIFFERENCES)
        .into_iter()
        .map(|row| ((row["sha256"], row["field"]), row))
        .collect();
    let mut unexplained = Vec::new();
    let mut unneeded: BTreeSet<_> = explained.keys().copied().collect();
    for row in rows(&recorded) {
        let sha256 = row["sha256"];
        let apk = std::fs::read(corpus.join(format!("apks/{sha256}.apk"))).unwrap();
        let ours = ours(&apk).unwrap_or_default();
        for field in FIELDS {
            let (theirs, ours) = (row[field], ours.get(field).map_or("unreadable", String::as_str));
            let known = explained.get(&(sha256, field));
            if known.is_some_and(|known| {
                known["aapt2"] == theirs && known["ours"] == ours && !known["reason"].is_empty()
            }) {
                unneeded.remove(&(sha256, field));
            } else if theirs != ours {
                unexplained.push(format!("{sha256} {field}: aapt2 {theirs:?}, ours {ours:?}"));
            }
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert!(unneeded.is_empty(), "explained but not so: {unneeded:?}");
}

/// What aapt2 says of `apk` now: `None` when it refuses the package or breaks down over it.
fn badging(apk: &[u8]) -> Option<BTreeMap<&'static str, String>> {
    let file = tempfile::Builder::new().suffix(".apk").tempfile().unwrap();
    std::fs::write(file.path(), apk).unwrap();
    let output = Command::new("aapt2")
        .args(["dump", "badging"])
        .arg(file.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let quoted = |line: &str, label: &str| {
        let rest = line.split_once(label)?.1;
        Some(rest.split('\'').next().unwrap_or_default().to_owned())
    };
    let first = |start: &str, label: &str| {
        let line = text.lines().find(|line| line.starts_with(start));
        line.and_then(|line| quoted(line, label)).unwrap_or_default()
    };
    let names = |starts: &[&str]| -> BTreeSet<String> {
        let lines = text.lines();
        let lines = lines.filter(|line| starts.iter().any(|start| line.starts_with(start)));
        lines.filter_map(|line| quoted(line, "name='")).collect()
    };
    // What old target SDKs imply is listed as asked for, and once more as implied.
    let implied = names(&["uses-implied-permission:"]);
    let asked = names(&["uses-permission:", "uses-permission-sdk-23:"]);
    let permissions = asked.difference(&implied).cloned();
    let values = [
        first("package:", "name='"),
        first("package:", "versionCode='"),
        first("sdkVersion:", "'"),
        first("targetSdkVersion:", "'"),
        first("application-label:", "'"),
        permissions.collect::<Vec<_>>().join(","),
    ];
    output
        .status
        .success()
        .then(|| FIELDS.into_iter().zip(values).collect())
}

fn is_installed() -> bool {
    let found = Command::new("aapt2").arg("version").output().is_ok();
    if !found {
        println!("skipped: aapt2 is not installed");
    }
    found
}

#[test]
fn agrees_with_aapt2_on_every_fixture() {
    if !is_installed() {
        return;
    }
    for (row, apk) in apps::fixtures() {
        let theirs = badging(&apk);
        assert_eq!(ours(&apk), theirs, "{}", row.get("name"));
    }
}

/// Whether an anomaly says that the manifest is damaged.
fn is_damaged(apk: &[u8]) -> bool {
    let report = analyze(apk, &RULES, &Options::default());
    let mut kinds = report.anomalies.iter().map(|anomaly| anomaly.kind.as_str());
    kinds.any(|kind| kind.starts_with("axml-") || kind.starts_with("manifest-"))
}

/// Whether the manifest states the package's name twice, and not alike: Android's parser takes the
/// text as it was written, aapt2 the typed value.
fn has_two_names(manifest: &[u8]) -> bool {
    let limits = Limits::default();
    let mut anomalies = Anomalies::new(0);
    let document = axml::parse(manifest, &limits, &mut Budget::new(&limits), &mut anomalies);
    let document = document.unwrap_or_default();
    let package = document.root().and_then(|root| root.plain_attribute("package"));
    package.is_some_and(|package| package.raw.is_some() && package.raw.as_deref() != package.value.as_str())
}

/// A value as aapt2 prints it: up to a NUL, which Android reads as part of the name.
fn printed(value: &str) -> String {
    let names = value
        .split(',')
        .map(|name| name.split('\0').next().unwrap_or_default());
    let names: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
    names.into_iter().collect::<Vec<_>>().join(",")
}

/// A manifest with a few bytes changed: where aapt2 reads it, we read the same, or say with an
/// anomaly that it is damaged. Behind damage the two go on differently: aapt2 ends at a chunk that
/// does not fit or takes elements wherever they stand, we go on as the package parser does and past
/// it. Labels are left out, for aapt2 prints texts that are no UTF-8 as they are.
#[test]
fn agrees_with_aapt2_on_damaged_manifests() {
    if !is_installed() {
        return;
    }
    let mut random = Random::new(2);
    let (mut refused, mut same, mut damaged) = (0, 0, 0);
    let mut differences = Vec::new();
    for (row, apk) in apps::fixtures() {
        let parts = hostile::entries(&apk);
        for round in 0..DAMAGES {
            let entry = |wanted: &str| parts.iter().find(|(name, _)| name == wanted);
            let manifest = entry("AndroidManifest.xml").unwrap();
            let manifest = random.mutate(&manifest.1);
            let resources = &entry("resources.arsc").unwrap().1;
            let apk = Archive::new()
                .file(File::stored("AndroidManifest.xml", &manifest))
                .file(File::stored("resources.arsc", resources))
                .build();
            let Some(theirs) = badging(&apk) else {
                refused += 1;
                continue;
            };
            let ours = ours(&apk).unwrap_or_default();
            let mut left_out = vec!["label"];
            left_out.extend(has_two_names(&manifest).then_some("package"));
            let fields = FIELDS.iter().filter(|field| !left_out.contains(field));
            let different: Vec<_> = fields
                .filter(|field| {
                    let ours = ours.get(**field).map(|value| printed(value));
                    ours != theirs.get(**field).map(|value| printed(value))
                })
                .map(|field| {
                    format!(
                        "{field}: aapt2 {:?}, ours {:?}",
                        theirs.get(field),
                        ours.get(field)
                    )
                })
                .collect();
            if different.is_empty() {
                same += 1;
            } else if is_damaged(&apk) {
                damaged += 1;
            } else {
                differences.push(format!("{} {round}: {}", row.get("name"), different.join("; ")));
            }
        }
    }
    println!("{same} the same, {damaged} different behind damage, {refused} that aapt2 refuses");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(same > 8 * damaged, "{same} the same, {damaged} not");
}
