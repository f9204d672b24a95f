//! A folder of one's own beside the built-in rules: what it adds, overrides and withdraws is seen in
//! the report on an app.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dunwatch::signatures::embedded_files;
use serde_json::Value;

use super::program::{OUR_RULES, OUR_SDK, run, write};
use crate::support::apps::repository;

const APP: &str = "fixtures/apks/lender-sdk-risk.apk";

const OUR_INDICATOR: &str = r#"schema = 1
id = "asks-camera-and-contacts"
title = { en = "asks for the camera and the address book", zh = "申请相机和通讯录权限" }
status = "stable"
severity = "info"
confidence = "low"
added = "2026-11-29"
when = { scope = "app", all = ["permission-camera", "permission-contacts"] }
"#;

const OUR_LIST: &str = r#"schema = 1
id = "our-list"
publisher = "Sample Institute"
title = { en = "Apps looked at", zh = "所查看的应用" }
date = "2026"
statement = { en = "reads the address book", zh = "读取通讯录" }
kind = "warning"
status = "stable"
references = [{ url = "https://institute.example/list", publisher = "Sample Institute", accessed = "2026-11-29" }]
added = "2026-11-29"
entries = [{ package = "com.avancevite.credit" }]
"#;

const OUR_WORDS: &str = r#"schema = 1
language = "fr"
terms = [{ text = "avance vite", class = "loan-product", strength = 3, check = "unsourced" }]
withdraw = [{ text = "personne de référence", reason = "it stands in any form" }]
"#;

/// What the report says of the app by the built-in rules and those in `folder`.
struct Said {
    report: Value,
    text: String,
}

impl Said {
    fn of(folder: Option<&Path>) -> Self {
        let app = repository(APP);
        let mut arguments = vec!["check", "--format", "json", "--jurisdiction", "all"];
        if let Some(folder) = folder {
            arguments.extend(["--signatures", folder.to_str().unwrap()]);
        }
        arguments.push(app.to_str().unwrap());
        let (code, text, err) = run(&arguments);
        assert_eq!((code, err.as_str()), (0, ""));
        Self {
            report: serde_json::from_str(&text).unwrap(),
            text,
        }
    }

    /// What stands under `key` in the items of the list `list`.
    fn all<'r>(&'r self, list: &str, key: &str) -> BTreeSet<&'r str> {
        let items = self.report[list].as_array().unwrap().iter();
        items.map(|item| item[key].as_str().unwrap()).collect()
    }

    fn verdict(&self, rule: &str) -> Option<&str> {
        let rules = self.report["policies"].as_array().unwrap();
        let found = rules.iter().find(|verdict| verdict["rule"] == rule)?;
        found["verdict"].as_str()
    }

    fn ruleset(&self) -> &str {
        self.report["tool"]["ruleset"]["sha256"].as_str().unwrap()
    }
}

/// The built-in file at `path`, with a change.
fn changed(path: &str, from: &str, to: &str) -> String {
    let files = embedded_files();
    let text = &files[path];
    assert!(text.contains(from), "{path} has no {from}");
    text.replacen(from, to, 1)
}

#[test]
fn what_a_folder_adds_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(
        root,
        "sdks/our-sdk.toml",
        &OUR_SDK.replace("Lcom/sample/", "Lcom/avancevite/"),
    );
    write(root, "context/asks-camera-and-contacts.toml", OUR_INDICATOR);
    write(root, "policies/store-sample.toml", OUR_RULES);
    write(root, "published/our-list.toml", OUR_LIST);
    write(root, "lexicon/fr-ours.toml", OUR_WORDS);
    let (before, after) = (Said::of(None), Said::of(Some(root)));
    assert_ne!(before.ruleset(), after.ruleset());
    let added = |list: &str, key: &str| -> Vec<String> {
        let (before, after) = (before.all(list, key), after.all(list, key));
        after.difference(&before).map(|name| (*name).to_owned()).collect()
    };
    assert_eq!(added("sdks", "id"), ["our-sdk"]);
    assert!(added("findings", "id").contains(&"asks-camera-and-contacts".to_owned()));
    assert_eq!(added("published", "list"), ["our-list"]);
    assert_eq!(added("policies", "rule"), ["sample/no-calls", "sample/no-camera"]);
    assert_eq!(after.verdict("sample/no-camera"), Some("breaks"));
    // A word of the list is found, and the one it withdraws is found no more.
    let holds = |said: &Said, word: &str| said.text.contains(&format!("\"{word}\""));
    assert!(!holds(&before, "avance vite") && holds(&after, "avance vite"));
    assert!(holds(&before, "personne de référence") && !holds(&after, "personne de référence"));
}

#[test]
fn a_store_of_a_folder_has_its_own_name_in_the_text() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "policies/store-sample.toml", OUR_RULES);
    let app = repository(APP);
    for (language, ours, built_in) in [
        ("en", "\n  Sample store\n", "\n  Google Play\n"),
        ("zh-CN", "\n  示例商店\n", "\n  Google Play\n"),
    ] {
        let (code, text, err) = run(&[
            "check",
            "--lang",
            language,
            "--signatures",
            folder.path().to_str().unwrap(),
            app.to_str().unwrap(),
        ]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(text.contains(ours) && text.contains(built_in), "{text}");
        assert!(!text.contains("store:sample"), "{text}");
    }
}

#[test]
fn a_file_with_the_path_of_a_built_in_one_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let files = [
        (
            "sdks/moxie.toml",
            "name = \"Moxie",
            "name = \"As we know it: Moxie",
        ),
        (
            "context/asks-camera.toml",
            "\"permission-camera\"",
            "\"permission-calendar\"",
        ),
        (
            "policies/store-google-play.toml",
            "    \"android.permission.READ_CONTACTS\",\n",
            "",
        ),
        (
            "published/sbs-peru-2026.toml",
            "entries = [",
            "entries = [\n    { package = \"com.avancevite.credit\" },",
        ),
        (
            "lexicon/fr.toml",
            "personne de référence",
            "personne de confiance",
        ),
    ];
    for (path, from, to) in files {
        write(root, path, &changed(path, from, to));
    }
    let (before, after) = (Said::of(None), Said::of(Some(root)));
    assert!(
        after.report["sdks"][0]["name"]
            .as_str()
            .unwrap()
            .starts_with("As we know it")
    );
    assert!(before.all("findings", "id").contains("asks-camera"));
    assert!(!after.all("findings", "id").contains("asks-camera"));
    assert_eq!(before.verdict("google-play/personal-loans"), Some("breaks"));
    assert_ne!(after.verdict("google-play/personal-loans"), Some("breaks"));
    assert_eq!(after.all("published", "list"), BTreeSet::from(["sbs-peru-2026"]));
    assert!(before.text.contains("personne de référence"));
    assert!(!after.text.contains("personne de référence"));
}

#[test]
fn what_a_folder_withdraws_counts_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let ids = ["moxie", "asks-camera", "google-play/personal-loans", "our-list"];
    let mut withdrawn = "schema = 1\n".to_owned();
    for id in ids {
        withdrawn += &format!("[[withdraw]]\nid = \"{id}\"\non = \"2026-11-29\"\nreason = \"not for us\"\n");
    }
    write(root, "published/our-list.toml", OUR_LIST);
    write(root, "withdrawn.toml", &withdrawn);
    let (before, after) = (Said::of(None), Said::of(Some(root)));
    assert_eq!(before.all("sdks", "id"), BTreeSet::from(["moxie"]));
    assert!(after.all("sdks", "id").is_empty());
    assert!(before.all("findings", "id").contains("credit-data-sdk"));
    assert!(
        after
            .all("findings", "id")
            .is_disjoint(&BTreeSet::from(["asks-camera", "credit-data-sdk"]))
    );
    assert_eq!(after.verdict("google-play/personal-loans"), None);
    assert!(after.all("published", "list").is_empty());
    let harvest = |said: &Said| said.report["score"]["harvest_db"].as_f64().unwrap();
    assert!(
        (harvest(&before) - harvest(&after)).abs() < 0.05,
        "the reads are still there"
    );
    // They are still listed, as withdrawn, with the reason.
    let root = root.to_str().unwrap();
    let (code, out, _) = run(&[
        "signatures",
        "list",
        "--status",
        "withdrawn",
        "--format",
        "json",
        "--signatures",
        root,
    ]);
    let listed: Vec<Value> = serde_json::from_str(&out).unwrap();
    let listed: BTreeSet<&str> = listed.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(
        (code, listed.is_superset(&BTreeSet::from(ids))),
        (0, true),
        "{out}"
    );
    let (code, out, _) = run(&["signatures", "show", "moxie", "--signatures", root]);
    assert_eq!(code, 0);
    assert!(out.contains("2026-11-29: not for us"), "{out}");
}

/// A copy of the built-in files adds nothing and changes nothing.
#[test]
fn a_folder_that_is_a_copy_of_the_built_in_rules_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in embedded_files() {
        write(folder.path(), &path, &text);
    }
    fs::write(folder.path().join("README.md"), "no rule").unwrap();
    let said = Said::of(Some(folder.path()));
    assert_eq!(said.text, Said::of(None).text);
}
