//! `dunwatch signatures` as it is run.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::cli::program;

/// An SDK signature that has nothing to complain of.
pub(super) const OUR_SDK: &str = r#"schema = 1
id = "our-sdk"
name = "Our library"
category = "risk-data"
stance = "lending-hint"
status = "stable"
check = "literal"
collects = ["contacts", "sms"]
description = { en = "A library that scores borrowers.", zh = "为借款人评分的库。" }
impact = "The address book can become part of a score."
false-positives = "The library may never be started."
false-negatives = "Renamed classes leave no mark."
references = [{ url = "https://sample.example/docs", publisher = "Sample", accessed = "2026-11-29" }]
added = "2026-11-29"
marks = [
    { class-prefix = "Lcom/sample/" },
    { host = "api.sample.example", alone = false, note = "others use it too" },
]

[examples]
match = ["class Lcom/sample/Score; @ dex classes.dex type_ids 1"]
no-match = [
    "class Lcom/samples/Score; @ dex classes.dex type_ids 1",
    "host api.sample.example @ dex classes.dex string_ids 1",
]
"#;

/// Rules of a store that have nothing to complain of.
pub(super) const OUR_RULES: &str = r#"schema = 1
id = "store-sample"
jurisdiction = "store:sample"
name = { en = "Sample store", zh = "示例商店" }

[[rule]]
id = "no-camera"
title = { en = "No pictures.", zh = "不得拍照。" }
instrument = "Policy"
clause = "2.1"
in-force = "2025-01-01"
binds = "all-apps"
check = "official"
sources = ["https://store.example/policy"]
checked-on = "2026-11-20"
forbids = ["android.permission.CAMERA"]

[[rule.example]]
facts = "permission android.permission.CAMERA @ manifest uses-permission +1"
verdict = "breaks"

[[rule.example]]
facts = "package com.example @ manifest manifest +8"
verdict = "meets"

[[rule]]
id = "no-calls"
title = { en = "No calls to relatives.", zh = "不得致电亲属。" }
instrument = "Policy"
until = "2025-12-31"
in-force = "2025-01-01"
binds = "collectors"
check = "excerpt"
sources = ["https://store.example/policy"]
checked-on = "2026-11-20"

[[rule.example]]
facts = "package com.example @ manifest manifest +8"
verdict = "not-applicable"
"#;

/// Exit code, standard output and standard error.
pub(super) fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = program(arguments).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Writes a file below `root`, with its folder.
pub(super) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A folder with an SDK and two rules of our own.
fn ours() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "sdks/our-sdk.toml", OUR_SDK);
    write(folder.path(), "policies/store-sample.toml", OUR_RULES);
    folder
}

/// Runs `signatures` with the rules in `folder`, which stands as `DIR` in what is printed.
fn within(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let root = folder.to_str().unwrap();
    let mut all = vec!["signatures"];
    all.extend(arguments);
    all.extend(["--signatures", root]);
    let (code, out, err) = run(&all);
    (code, out.replace(root, "DIR"), err.replace(root, "DIR"))
}

/// Keeps the snapshots with all others.
fn snapshot(name: &str, text: &str) {
    let mut snapshots = insta::Settings::clone_current();
    snapshots.set_snapshot_path("../snapshots");
    let _bound = snapshots.bind_to_scope();
    insta::assert_snapshot!(name, text);
}

#[test]
fn the_help_reads_well() {
    for (name, arguments) in [
        ("help", &["signatures", "--help"][..]),
        ("help_list", &["signatures", "list", "--help"]),
        ("help_docs", &["signatures", "docs", "--help"]),
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, err.as_str()), (0, ""));
        snapshot(name, &out);
    }
}

#[test]
fn a_list_is_a_table_csv_or_json() {
    let folder = ours();
    let listed = |arguments: &[&str]| {
        let mut all = vec!["list", "--category", "store:sample"];
        all.extend(arguments);
        let (code, out, err) = within(folder.path(), &all);
        assert_eq!((code, err.as_str()), (0, ""));
        out
    };
    snapshot("list_table_en", &listed(&[]));
    snapshot("list_table_zh", &listed(&["--lang", "zh-CN"]));
    snapshot("list_csv", &listed(&["--format", "csv"]));
    snapshot("list_json", &listed(&["--format", "json"]));
}

#[test]
fn filters_hold_together() {
    let ids = |arguments: &[&str]| -> Vec<String> {
        let mut all = vec!["signatures", "list", "--format", "json"];
        all.extend(arguments);
        let (code, out, err) = run(&all);
        assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
        let entries: Vec<Value> = serde_json::from_str(&out).unwrap();
        let id = |entry: &Value| entry["id"].as_str().unwrap().to_owned();
        entries.iter().map(id).collect()
    };
    let all = ids(&[]);
    let sorts = [
        "indicators",
        "sdks",
        "policies",
        "published",
        "words",
        "phrases",
        "vocabulary",
        "flows",
        "advice",
    ];
    let by_sort = sorts.map(|sort| ids(&["--sort", sort]));
    assert!(by_sort.iter().all(|one| !one.is_empty()));
    assert_eq!(by_sort.concat(), all, "each signature is of one sort");
    let risk = ids(&["--sort", "sdks", "--category", "RISK-DATA"]);
    assert!(risk.contains(&"moxie".to_owned()) && risk.len() < by_sort[1].len());
    let stable = ids(&["--category", "risk-data", "--status", "stable"]);
    let literal = ids(&[
        "--category",
        "risk-data",
        "--status",
        "stable",
        "--check",
        "literal",
    ]);
    assert!(stable.iter().all(|id| risk.contains(id)));
    assert!(literal.iter().all(|id| stable.contains(id)) && literal.contains(&"moxie".to_owned()));
    let indonesian = ids(&["--language", "id"]);
    for id in ["lexicon/id", "phrases/id", "id/device-access"] {
        assert!(indonesian.contains(&id.to_owned()), "{indonesian:?}");
    }
    assert_eq!(ids(&["--sort", "words", "--language", "id"]), ["lexicon/id"]);
    let (code, out, err) = run(&["signatures", "list", "--sort", "words", "--status", "stable"]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (0, "", "No signature fits.\n")
    );
}

#[test]
fn a_filter_that_nothing_can_fit_is_refused() {
    for (arguments, said) in [
        (["--sort", "sdk"], "there are indicators, sdks, policies"),
        (["--status", "final"], "there are draft, experimental, stable"),
        (["--check", "sure"], "there are official, literal"),
        (
            ["--category", "risk-dat"],
            "there is nothing called risk-dat; near: risk-data",
        ),
        (["--language", "zz-Zz"], "there is nothing called zz-Zz"),
    ] {
        let mut all = vec!["signatures", "list"];
        all.extend(arguments);
        let (code, out, err) = run(&all);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(said), "{err}");
    }
}

#[test]
fn a_signature_is_shown_in_both_languages_and_as_json() {
    let folder = ours();
    let shown = |arguments: &[&str]| {
        let mut all = vec!["show"];
        all.extend(arguments);
        let (code, out, err) = within(folder.path(), &all);
        assert_eq!((code, err.as_str()), (0, ""));
        out
    };
    snapshot("show_sdk_en", &shown(&["our-sdk"]));
    snapshot("show_sdk_zh", &shown(&["our-sdk", "--lang", "zh-CN"]));
    snapshot("show_sdk_json", &shown(&["our-sdk", "--format", "json"]));
    snapshot("show_rule_en", &shown(&["sample/no-camera"]));
    snapshot("show_rule_zh", &shown(&["sample/no-camera", "--lang", "zh-CN"]));
    let (code, out, err) = within(folder.path(), &["show", "moxie"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("File: signatures/sdks/moxie.toml"), "{out}");
}

/// Every signature can be shown, by its id, in both languages, without a gap in the messages.
#[test]
fn every_signature_has_a_sheet() {
    use dunwatch::messages::{Language, Messages};
    use dunwatch::render::signatures::text;
    use dunwatch::signatures::catalogue::Catalogue;
    use dunwatch::signatures::sheet::{Relations, Sheet};

    let files = dunwatch::signatures::embedded_files();
    let catalogue = Catalogue::new(&crate::support::apps::RULES, &files).unwrap();
    let relations = Relations::new(&catalogue);
    for entry in catalogue.entries() {
        let found = catalogue.find(&entry.id).unwrap();
        assert_eq!(found.path, entry.path, "two signatures have the id {}", entry.id);
        let sheet = Sheet::new(entry, &catalogue, &relations);
        assert!(!sheet.parts.is_empty(), "{} says nothing", entry.id);
        for language in Language::ALL {
            let shown = text::text(&sheet, "1", &entry.path, Messages::of(*language), 100);
            assert!(
                shown.contains(&entry.id) && shown.contains(&entry.path),
                "{shown}"
            );
        }
    }
}

#[test]
fn an_unknown_id_gets_the_near_ones() {
    for arguments in [["signatures", "show"].as_slice(), &["explain"]] {
        let run = |id: &'static str, more: &[&str]| run(&[arguments, &[id], more].concat());
        let (code, out, err) = run("google-play/personal-loan", &[]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(
            err.starts_with(
                "error: there is nothing called google-play/personal-loan; near: google-play/personal-loans"
            ),
            "{err}"
        );
        let (code, _, err) = run("moxi", &["--lang", "zh-CN"]);
        assert_eq!(code, 2);
        assert!(err.contains("moxie") && !err.contains("near"), "{err}");
        let (code, _, err) = run("qqqqqqqqqqqqqq", &[]);
        assert_eq!(
            (code, err.as_str()),
            (2, "error: there is nothing called qqqqqqqqqqqqqq\n")
        );
    }
    let (code, out, _) = run(&["explain", "moxie"]);
    assert_eq!((code, out), (0, run(&["signatures", "show", "moxie"]).1));
}

#[test]
fn the_built_in_rules_are_sound_and_their_examples_hold() {
    let (code, out, err) = run(&["signatures", "lint"]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.ends_with(" signatures, complaints: 0.\n"), "{err}");
    let (code, out, _) = run(&["signatures", "lint", "--format", "json"]);
    assert_eq!((code, out.as_str()), (0, "[]\n"));
    let (code, out, err) = run(&["signatures", "test"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.ends_with("Examples that do not hold: 0.\n"), "{out}");
}

/// The folder with three faults, one of them in an example.
fn broken() -> tempfile::TempDir {
    let folder = ours();
    let sdk = OUR_SDK
        .replace("\"Our library\"", "\"\"")
        .replace("Lcom/samples/Score;", "Lcom/sample/Score2;");
    write(folder.path(), "sdks/our-sdk.toml", &sdk);
    let rules = OUR_RULES.replace("verdict = \"meets\"", "verdict = \"may-break\"");
    write(folder.path(), "policies/store-sample.toml", &rules);
    folder
}

#[test]
fn complaints_name_the_place_and_the_remedy() {
    let folder = broken();
    let (code, out, err) = within(folder.path(), &["lint"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.ends_with(" signatures, complaints: 4.\n"), "{err}");
    snapshot("lint_en", &out);
    let (code, out, _) = within(folder.path(), &["lint", "--lang", "zh-CN"]);
    assert_eq!(code, 1);
    snapshot("lint_zh", &out);
    let (code, out, _) = within(folder.path(), &["lint", "--format", "json"]);
    assert_eq!(code, 1);
    snapshot("lint_json", &out);
}

#[test]
fn examples_that_do_not_hold_are_named() {
    let sum = |out: &str, row: &str| -> usize {
        let line = out.lines().find(|line| line.starts_with(row)).unwrap();
        line.split_whitespace()
            .filter_map(|cell| cell.parse::<usize>().ok())
            .sum()
    };
    let (_, built_in, _) = run(&["signatures", "test"]);
    let (code, sound, _) = within(ours().path(), &["test"]);
    assert_eq!(code, 0);
    // A signature and three examples more; two rules and three examples more.
    assert_eq!(sum(&sound, "SDKs"), sum(&built_in, "SDKs") + 4);
    assert_eq!(sum(&sound, "Rules"), sum(&built_in, "Rules") + 5);
    let (code, out, err) = within(broken().path(), &["test"]);
    assert_eq!((code, err.as_str()), (1, ""));
    let (_, failures) = out.split_once('/').unwrap();
    snapshot("test_failures", failures);
}

#[test]
fn the_reference_is_written_checked_and_kept_tidy() {
    let ours = ours();
    let target = tempfile::tempdir().unwrap();
    let out = target.path().join("reference");
    let docs = |more: &[&str]| {
        let mut all = vec!["docs", "--out", out.to_str().unwrap()];
        all.extend(more);
        let (code, said, err) = within(ours.path(), &all);
        let there = out.to_str().unwrap();
        (code, said.replace(there, "OUT"), err.replace(there, "OUT"))
    };
    let (code, said, err) = docs(&["--check"]);
    assert_eq!(code, 1);
    assert!(said.contains("missing: OUT/index.md\n"), "{said}");
    assert!(err.ends_with("dunwatch signatures docs --out OUT\n"), "{err}");
    assert!(!out.exists(), "a check writes nothing");
    let (code, said, err) = docs(&[]);
    assert_eq!((code, said.as_str()), (0, ""));
    assert!(err.ends_with(" pages.\n"), "{err}");
    assert_eq!(docs(&["--check"]), (0, String::new(), String::new()));
    let page = fs::read_to_string(out.join("sdks/our-sdk.md")).unwrap();
    assert!(page.contains("# Our library\n"), "{page}");
    // One page is changed, one removed, one left over, and one is somebody else's.
    fs::write(out.join("sdks/moxie.md"), page.replace("Our", "Their")).unwrap();
    fs::remove_file(out.join("index.md")).unwrap();
    fs::write(out.join("sdks/gone.md"), &page).unwrap();
    fs::write(out.join("sdks/notes.md"), "notes").unwrap();
    let (code, said, _) = docs(&["--check"]);
    assert_eq!(code, 1);
    assert_eq!(
        said,
        "missing: OUT/index.md\ndiffers: OUT/sdks/moxie.md\nsuperfluous: OUT/sdks/gone.md\n"
    );
    assert_eq!(docs(&[]).0, 0);
    assert_eq!(docs(&["--check"]).0, 0);
    assert!(!out.join("sdks/gone.md").exists());
    assert_eq!(fs::read_to_string(out.join("sdks/notes.md")).unwrap(), "notes");
    // A file where a folder should be.
    let blocked = target.path().join("blocked");
    fs::write(&blocked, "").unwrap();
    let (code, _, err) = run(&["signatures", "docs", "--out", blocked.to_str().unwrap()]);
    assert_eq!(code, 4);
    assert!(err.starts_with("error: cannot write "), "{err}");
}

#[test]
fn rules_that_cannot_be_used_are_refused_with_their_place() {
    let cases: [(&str, &[u8], &str); 8] = [
        ("sdks/a.toml", b"schema = 1\nid = \"a\"\nname = 3\n", "sdks/a.toml:3:8: invalid type: integer `3`, expected a string"),
        ("sdks/a.toml", b"schema = 1\nid = \"a\n", "sdks/a.toml:2:"),
        ("sdks/a.toml", b"schema = 1\nid = \"\xff\"\n", "DIR/sdks/a.toml is not UTF-8 from byte 17 on"),
        ("sdk/a.toml", b"schema = 1\n", "sdk/a.toml:1:1: no rule file has this path"),
        ("lexicon/id-ours.toml", b"schema = 1\nlanguage = \"id\"\nterms = [{ text = \"a\" }]\n", "lexicon/id-ours.toml:3:"),
        ("phrases/id.toml", b"schema = 2\nlanguage = \"id\"\nphrases = []\n", "phrases/id.toml:1:1: schema 2 is not supported"),
        ("withdrawn.toml", b"schema = 1\n[[withdraw]]\nid = \"moxi\"\non = \"2026-11-29\"\nreason = \"\"\n", "withdrawn.toml:2:1: `moxi` is no indicator, SDK"),
        ("context/moxie.toml", b"schema = 1\nid = \"moxie\"\ntitle = { en = \"a\", zh = \"b\" }\nstatus = \"draft\"\nseverity = \"info\"\nconfidence = \"low\"\nadded = \"2026-11-29\"\nwhen = { scope = \"app\" }\n", "sdks/moxie.toml:2:6: the id `moxie` of this SDK is the one of the indicator in context/moxie.toml as well"),
    ];
    for (path, bytes, said) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), path, "");
        fs::write(folder.path().join(path), bytes).unwrap();
        for action in [&["list"][..], &["lint"], &["test"], &["show", "moxie"]] {
            let (code, out, err) = within(folder.path(), action);
            assert_eq!((code, out.as_str()), (2, ""), "{err}");
            assert!(err.contains("DIR") && err.contains(said), "{err}");
            assert_eq!(err.lines().count(), 1, "{err}");
        }
    }
    let (code, _, err) = run(&["signatures", "lint", "--signatures", "/no/such"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("error: cannot read /no/such: "), "{err}");
    let empty = tempfile::tempdir().unwrap();
    let (code, _, err) = within(empty.path(), &["lint"]);
    assert_eq!((code, err.as_str()), (2, "error: no .toml file in DIR\n"));
}
