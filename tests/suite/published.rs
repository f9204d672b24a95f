//! Published lists: exact entries and look-alikes apart, each with its place.

use std::sync::LazyLock;

use dunwatch::facts::{FactKind, text};
use dunwatch::limits::Limits;
use dunwatch::report::published::{Compared, collect, rows};
use dunwatch::report::v1::{Certificate, Published};
use dunwatch::signatures::load::Files;
use dunwatch::{Ruleset, matching};

const LIST: &str = r#"
schema = 1
id = "sample-list"
publisher = "Sample Institute"
title = { en = "Apps looked at", zh = "所查看的应用" }
date = "2024-05"
statement = { en = "reads the address book", zh = "读取通讯录" }
kind = "warning"
status = "stable"
references = [{ url = "https://institute.example/list", publisher = "Sample Institute", accessed = "2026-11-29" }]
added = "2026-11-29"
entries = [
    { package = "com.sample.rapido", name = "Rapido" },
    { sha256 = "HASH" },
    { certificate = "CERT" },
    { host = "api.rapido.example" },
    { md5 = "45467a74429766b4788488b6b3198cc9" },
    { app-name = "Rapido" },
]
"#;

fn list() -> String {
    LIST.replace("HASH", &"ab".repeat(32))
        .replace("CERT", &"cd".repeat(32))
}

static RULES: LazyLock<Ruleset> = LazyLock::new(|| {
    Ruleset::with_files(Files::from([("published/sample-list.toml".to_owned(), list())])).unwrap()
});

/// What is found of our list for an app.
fn found(package: &str, sha256: &str, certificate: &str, facts: &str) -> (Vec<Published>, Vec<String>) {
    let mut facts = text::parse(&format!("package {package} @ manifest manifest +8\n{facts}")).unwrap();
    let certificate = serde_json::json!({ "sha256": certificate, "subject": null, "scheme": "v2" });
    let certificates: [Certificate; 1] = [serde_json::from_value(certificate).unwrap()];
    let compared = Compared {
        package: Some(package),
        sha256,
        certificates: &certificates,
    };
    let mut named = collect(&compared, &mut facts, &RULES, &Limits::default());
    named.retain(|one| one.list == "sample-list");
    let lines = facts
        .of_kind(FactKind::Published)
        .filter(|(fact, _)| fact.value.contains("sample-list"))
        .map(|(fact, places)| format!("{} @ {}", fact.value, places[0]))
        .collect();
    (rows(&named, &RULES), lines)
}

#[test]
fn each_exact_entry_is_named_with_its_place() {
    let (rows, facts) = found(
        "com.sample.rapido",
        &"ab".repeat(32),
        &"cd".repeat(32),
        "host api.rapido.example @ dex classes.dex string_ids 7",
    );
    let shown: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {} {}", row.matched, row.what, row.value.get(..8).unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            "exact package com.samp",
            "exact file abababab",
            "exact certificate cdcdcdcd",
            "exact host api.rapi",
        ]
    );
    assert_eq!(
        (rows[0].publisher.as_str(), rows[0].date.as_str()),
        ("Sample Institute", "2024-05")
    );
    assert!(
        facts.contains(
            &"warning exact package sample-list com.sample.rapido @ manifest manifest +8".to_owned()
        )
    );
    assert!(facts.contains(
        &"warning exact host sample-list api.rapido.example @ dex classes.dex string_ids 7".to_owned()
    ));
}

#[test]
fn a_name_that_looks_alike_is_told_apart_and_others_are_not_named() {
    let (rows, _) = found("com.sample.rapida", "", "", "");
    assert_eq!((rows.len(), rows[0].matched.as_str()), (1, "look-alike"));
    for package in ["com.sample.rapidocash", "org.sample.other", "rapido", ""] {
        assert!(found(package, "", "", "").0.is_empty(), "{package}");
    }
}

#[test]
fn a_list_never_makes_a_band() {
    let facts = text::parse(
        "published warning exact package sample-list com.sample.rapido @ manifest manifest +8\n\
         published warning exact file sample-list abab @ package\n\
         published neutral-lending exact package other com.sample.rapido @ manifest manifest +8",
    )
    .unwrap();
    let findings = matching::findings(&facts, &RULES);
    let coverage = dunwatch::facts::Coverage {
        manifest: dunwatch::facts::coverage::Layer::Read,
        dex_bytes: 1,
        dex_bytes_read: 1,
        ..Default::default()
    };
    let score = dunwatch::score::score(&findings, &coverage, &RULES);
    assert!(!findings.is_empty(), "the lists are evidence of something");
    assert!(!score.is_lending(&RULES) && score.band == dunwatch::score::Band::Low);
}

#[test]
fn mistakes_name_their_place() {
    for (from, to, problem) in [
        ("md5 = \"4546", "md5 = \"x", "32 digits"),
        ("app-name = \"Rapido\"", "name = \"Rapido\"", "exactly one of"),
        ("kind = \"warning\"", "kind = \"blacklist\"", "unknown variant"),
    ] {
        let text = list().replace(from, to);
        let error = Ruleset::with_files(Files::from([("published/sample-list.toml".to_owned(), text)]))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("published/sample-list.toml:") && error.contains(problem),
            "{error}"
        );
    }
}
