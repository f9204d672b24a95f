//! Agreement with AOSP's aapt2 on real packages.
//!
//! What aapt2 says of each package is recorded in `aapt2.tsv` beside the packages. Where we say
//! something else, and only there, `aapt2_differences.tsv` says why ours is right.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::PathBuf;

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::arsc::Table;
use dunwatch::formats::axml;
use dunwatch::limits::{Budget, Limits};
use dunwatch::manifest::{Manifest, SdkVersion};

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

fn corpus() -> PathBuf {
    match std::env::var_os("DUNWATCH_CORPUS") {
        Some(path) => path.into(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
    }
}

/// One entry of an archive, inflated.
fn entry(apk: &[u8], name: &str) -> Option<Vec<u8>> {
    let half = |at: usize| {
        Some(usize::from(u16::from_le_bytes(
            apk.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    let word = |at: usize| Some(u32::from_le_bytes(apk.get(at..at + 4)?.try_into().ok()?) as usize);
    let end = (0..=apk.len().checked_sub(22)?)
        .rev()
        .find(|&at| word(at) == Some(0x0605_4b50))?;
    let mut header = word(end + 16)?;
    while word(header)? == 0x0201_4b50 {
        let (size, name_size) = (word(header + 20)?, half(header + 28)?);
        if apk.get(header + 46..header + 46 + name_size)? == name.as_bytes() {
            let local = word(header + 42)?;
            let start = local + 30 + half(local + 26)? + half(local + 28)?;
            let data = apk.get(start..start.checked_add(size)?.min(apk.len()))?;
            if half(header + 10)? != 8 {
                return Some(data.to_vec());
            }
            let mut inflated = Vec::new();
            flate2::read::DeflateDecoder::new(data)
                .read_to_end(&mut inflated)
                .ok()?;
            return Some(inflated);
        }
        header += 46 + name_size + half(header + 30)? + half(header + 32)?;
    }
    None
}

/// The compared fields as we read them.
fn ours(apk: &[u8]) -> Option<BTreeMap<&'static str, String>> {
    let limits = Limits::default();
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(limits.anomalies_per_kind);
    let document = axml::parse(
        &entry(apk, "AndroidManifest.xml")?,
        &limits,
        &mut budget,
        &mut anomalies,
    )
    .ok()?;
    let resources = entry(apk, "resources.arsc");
    let table = resources
        .as_deref()
        .and_then(|data| Table::parse(data, &mut budget, &mut anomalies).ok());
    let manifest =
        Manifest::from_document(&document, table.as_ref(), &limits, &mut budget, &mut anomalies).ok()?;
    let sdk = |version: &Option<SdkVersion>| match version {
        Some(SdkVersion::Level(level)) => level.to_string(),
        Some(SdkVersion::Codename(name)) => name.clone(),
        None => String::new(),
    };
    let permissions: BTreeSet<_> = manifest
        .permissions
        .iter()
        .map(|permission| permission.name.as_str())
        .collect();
    let values = [
        manifest.package.clone(),
        manifest
            .version_code
            .filter(|&code| code > 0)
            .map(|code| code.to_string())
            .unwrap_or_default(),
        sdk(&manifest.min_sdk),
        sdk(&manifest.target_sdk),
        manifest.label.clone().unwrap_or_default(),
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
    let corpus = corpus();
    let Ok(recorded) = std::fs::read_to_string(corpus.join("aapt2.tsv")) else {
        println!("skipped: no corpus at {}", corpus.display());
        return;
    };
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
