//! `dunwatch eval` as it is run.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use dunwatch::render::json;
use serde_json::Value;

use crate::cli::program;
use crate::samples;
use crate::support::apps;

/// Runs the program within `folder`.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = program(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The fixture apps in `apps`, and `labels.tsv`, by which an app is positive that reads and sends
/// personal data. One app has no row, one row no app, one label is not sure.
fn fixtures() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("apps")).unwrap();
    let mut table = String::from("name\tlabel\tnote\ngone.apk\tyes\t\n");
    for (row, bytes) in apps::fixtures() {
        let name = row.get("name");
        fs::write(folder.path().join(format!("apps/{name}.apk")), bytes).unwrap();
        let label = match (name, row.get("band")) {
            ("bank", _) => continue,
            ("web-page-shell", _) => "unsure",
            ("packed-shell", _) | (_, "high" | "elevated") => "yes",
            _ => "no",
        };
        let _ = writeln!(table, "{name}.apk\t{label}\t\"a note");
    }
    fs::write(folder.path().join("labels.tsv"), table).unwrap();
    folder
}

/// What a person reads, up to what changes with every rule.
fn before_signatures(text: &str, heading: &str) -> String {
    let (before, after) = text.split_once(heading).unwrap();
    assert!(after.contains("\n  contacts-sent "), "{after}");
    let lines = before.lines().map(|line| match line.split_once("dunwatch 0") {
        Some(_) => line.split_whitespace().next().unwrap_or_default().to_owned() + " …",
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_text_in_both_languages() {
    let folder = fixtures();
    let arguments = ["eval", "--truth", "labels.tsv", "apps", "--resamples", "300"];
    let (code, text, err) = run(folder.path(), &arguments);
    assert_eq!((code, err.as_str()), (0, ""));
    let mut snapshots = insta::Settings::clone_current();
    snapshots.set_snapshot_path("../snapshots");
    let _bound = snapshots.bind_to_scope();
    insta::assert_snapshot!(
        "eval_fixtures_en",
        before_signatures(&text, "What each signature")
    );
    let (_, text, _) = run(folder.path(), &[&arguments[..], &["--lang", "zh-CN"]].concat());
    insta::assert_snapshot!("eval_fixtures_zh", before_signatures(&text, "每条特征的分量"));
}

#[test]
fn packages_and_results_of_scans_give_the_same() {
    let folder = fixtures();
    let (code, _, err) = run(folder.path(), &["scan", "apps", "--out", "results"]);
    assert_eq!(code, 0, "{err}");
    let eval = |paths: &[&str]| {
        let (code, out, err) = run(
            folder.path(),
            &[&["eval", "--truth", "labels.tsv", "--format", "json"], paths].concat(),
        );
        assert_eq!((code, err.as_str()), (0, ""));
        out
    };
    let first = eval(&["results"]);
    assert_eq!(first, eval(&["results/results.ndjson"]));
    assert_eq!(first, eval(&["apps", "--threads", "1"]));
    assert_eq!(first, eval(&["apps/*.apk", "--threads", "3"]));
    // The same twice: nothing counts twice.
    let mut twice: Value = serde_json::from_str(&eval(&["results", "apps"])).unwrap();
    let once: Value = serde_json::from_str(&first).unwrap();
    let count = apps::fixtures().len();
    // One of the apps has no row in the table.
    assert_eq!(twice["matching"]["reports"], count * 2);
    assert_eq!(twice["matching"]["repeated"], count - 1);
    assert_eq!(twice["matching"]["unlabelled"]["count"], 2);
    twice["matching"] = once["matching"].clone();
    assert_eq!(twice, once);
}

/// Every name in the output stands in the documentation.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                found.insert(name.clone());
                names(field, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

#[test]
fn every_field_is_documented() {
    let folder = fixtures();
    let arguments = [
        "eval",
        "--truth",
        "labels.tsv",
        "apps",
        "--format",
        "json",
        "--card",
        "lending",
        "--resamples",
        "20",
    ];
    let (_, out, _) = run(folder.path(), &arguments);
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["schema"], "dunwatch.eval/1");
    assert_eq!(value["decisions"][0]["rule"]["by"], "card");
    let mut found = BTreeSet::new();
    names(&value, &mut found);
    let document = fs::read_to_string(apps::repository("docs/eval-v1.md")).unwrap();
    let missing: Vec<_> = found
        .iter()
        .filter(|name| !document.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn plots_are_whole_pictures() {
    let folder = fixtures();
    let arguments = [
        "eval",
        "--truth",
        "labels.tsv",
        "apps",
        "--plots",
        "a/b",
        "--lang",
        "zh-CN",
        "--resamples",
        "50",
    ];
    let (code, _, err) = run(folder.path(), &arguments);
    assert_eq!((code, err.as_str()), (0, ""));
    for (name, title, marks) in [
        ("precision-recall", "精确率与召回率", "<polygon class=\"shade\""),
        ("reliability", "可靠性", "<circle class=\"first\""),
        ("scores", "各标注的概率分布", "<rect class=\"second\""),
    ] {
        let text = fs::read_to_string(folder.path().join(format!("a/b/{name}.svg"))).unwrap();
        assert!(
            text.contains(&format!("<title id=\"{name}-title\">{title}</title>")),
            "{text}"
        );
        assert!(
            text.contains(marks) && text.contains("xml:lang=\"zh-CN\"") && !text.contains("NaN"),
            "{text}"
        );
        assert!(text.contains("column") || text.contains("labels.tsv"));
        let mut reader = quick_xml::Reader::from_str(&text);
        let mut depth = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(_) => depth += 1,
                quick_xml::events::Event::End(_) => depth -= 1,
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
    }
    fs::write(folder.path().join("file"), "").unwrap();
    let (code, out, err) = run(
        folder.path(),
        &["eval", "--truth", "labels.tsv", "apps", "--plots", "file/x"],
    );
    assert_eq!((code, out.as_str()), (4, ""));
    assert!(err.starts_with("error: cannot create file/x"), "{err}");
}

#[test]
fn a_table_that_cannot_be_used_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let reports = [samples::lender(), samples::plain()];
    let lines: String = reports
        .iter()
        .map(|report| json::line(report).unwrap() + "\n")
        .collect();
    fs::write(folder.path().join("r.ndjson"), lines).unwrap();
    for (table, arguments, code, complaint) in [
        (
            "name,label\nkilat.apk,perhaps\n",
            &[][..],
            3,
            "t.csv: line 2, column `label`: `perhaps` is no label",
        ),
        (
            "name,is it\nkilat.apk,1\n",
            &[],
            3,
            "t.csv: line 1: there is no column `label`",
        ),
        (
            "label,x\n1,2\n",
            &[],
            3,
            "there is no column `sha256`, `package` or `name`",
        ),
        (
            "name,label\na,1\na,0\n",
            &[],
            3,
            "line 3, column `name`: `a` is labelled negative here",
        ),
        (
            "name,label\nkilat.apk,1\n",
            &["--group", "column"],
            2,
            "t.csv has no column `group`",
        ),
        (
            "name,label\nother.apk,1\n",
            &[],
            2,
            "no file has a label in t.csv; files without a row: store/kilat.apk, plain.apk; rows without a \
             file: name other.apk",
        ),
        (
            "name,label\nkilat.apk,1\n",
            &["--label", "kind"],
            3,
            "there is no column `kind`",
        ),
        (
            "name,label\nkilat.apk,1\n",
            &["--positive", "low"],
            2,
            "invalid value 'low'",
        ),
    ] {
        fs::write(folder.path().join("t.csv"), table).unwrap();
        let all = [&["eval", "--truth", "t.csv", "r.ndjson"], arguments].concat();
        let (found, out, err) = run(folder.path(), &all);
        assert_eq!((found, out.as_str()), (code, ""), "{err}");
        assert!(err.contains(complaint), "{err}");
    }
    let (code, _, err) = run(folder.path(), &["eval", "--truth", "none.csv", "r.ndjson"]);
    assert_eq!(code, 3);
    assert!(err.starts_with("error: cannot read none.csv"), "{err}");
    let (code, _, err) = run(folder.path(), &["eval", "--truth", "t.csv", "none.ndjson"]);
    assert_eq!(code, 3);
    assert!(err.starts_with("error: cannot read none.ndjson"), "{err}");
}

#[test]
fn names_from_elsewhere_do_not_act_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut lender = samples::lender();
    lender.findings[0].id = "\u{1b}[31mred".to_owned();
    let reports = [lender, samples::hostile(), samples::plain()];
    let lines: String = reports
        .iter()
        .map(|report| json::line(report).unwrap() + "\n")
        .collect();
    fs::write(folder.path().join("r.ndjson"), lines).unwrap();
    let table = "name,la\u{1b}bel,language\nkilat.apk,1,\u{1b}c\nplain.apk,0,\n\u{9b}x,1,\n";
    fs::write(folder.path().join("t.csv"), table).unwrap();
    let arguments = [
        "eval",
        "--truth",
        "t.csv",
        "r.ndjson",
        "--label",
        "la\u{1b}bel",
        "--plots",
        "p",
        "--color",
        "never",
    ];
    let (code, out, err) = run(folder.path(), &arguments);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(
        out.contains("\\u{1b}[31mred") && out.contains("come from fewer than two groups"),
        "{out}"
    );
    let plot = fs::read_to_string(folder.path().join("p/scores.svg")).unwrap();
    assert!(!out.contains(['\u{1b}', '\u{9b}']) && !plot.contains('\u{1b}'));
}
