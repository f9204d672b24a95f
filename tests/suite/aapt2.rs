//! Agreement with AOSP's aapt2 on real packages.
//!
//! What aapt2 says of each package is recorded in `aapt2.tsv` beside the packages. Where we say
//! something else, and only there, `aapt2_differences.tsv` says why ours is right.

use std::collections::{BTreeMap, BTreeSet};

use dunwatch::{Options, analyze};

use crate::support::apps::{self, RULES};

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
