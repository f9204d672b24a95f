//! The program as it is run.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use dunwatch::render::json;

use crate::samples;

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dunwatch"));
    command
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .env("COLUMNS", "100");
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = program(arguments).stdin(Stdio::null()).output().unwrap();
    (
        status.code().unwrap(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

fn results(folder: &Path) -> String {
    let path = folder.join("results.ndjson");
    let reports = [
        samples::plain(),
        samples::lender(),
        samples::packed(),
        samples::unreadable(),
    ];
    let lines: String = reports
        .iter()
        .map(|report| json::line(report).unwrap() + "\n")
        .collect();
    fs::write(&path, lines).unwrap();
    path.display().to_string()
}

#[test]
fn help_reads_well() {
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help_check", &["check", "--help"]),
        ("help_scan", &["scan", "--help"]),
        ("help_list", &["list", "--help"]),
        ("help_flows", &["flows", "--help"]),
        ("help_eval", &["eval", "--help"]),
        ("help_explain", &["explain", "--help"]),
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, err.as_str()), (0, ""));
        insta::assert_snapshot!(name, out);
    }
    let (code, out, _) = run(&["--version"]);
    assert_eq!(
        (code, out),
        (0, format!("dunwatch {}\n", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn wrong_usage_has_the_exit_code_2() {
    for arguments in [
        &[][..],
        &["check"],
        &["check", "--no-such", "x"],
        &["check", "--format", "yaml", "x"],
        &["check", "--fail-on", "medium", "x"],
        &["scan", "x"],
        &["scan", "--out", "x"],
        &["scan", "x", "--out", "y", "--shard", "3/2"],
        &["scan", "x", "--out", "y", "--threads", "0"],
        &["list"],
        &["list", "x", "--min-score", "much"],
        &["eval", "x"],
        &["eval", "--truth", "x"],
        &["explain"],
        &["explain", "no-such-thing-at-all"],
        &["frobnicate"],
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(!err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_has_the_exit_code_3_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.apk");
    fs::write(&file, "no package").unwrap();
    let file = file.to_str().unwrap();
    let (code, out, _) = run(&["check", "--format", "json", "/no/such", file, "/"]);
    assert_eq!(code, 3);
    let names: Vec<String> = out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["input"]["name"].to_string())
        .collect();
    assert_eq!(names, ["\"/no/such\"", &format!("{file:?}"), "\"/\""]);
    let (code, out, _) = run(&["check", "--format", "json", "/no/such"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 3);
    assert_eq!(report["error"]["kind"], "not-found");
    assert_eq!(report["status"], "failed");
}

#[test]
fn text_follows_the_language() {
    let english = run(&["check", "/no/such"]);
    assert!(
        english
            .1
            .starts_with("NOT READABLE  /no/such: There is no such file. [not-found]\n")
    );
    let chinese = run(&["check", "--lang", "zh-CN", "/no/such"]);
    assert!(
        chinese
            .1
            .starts_with("无法读取  /no/such：没有这个文件。 [not-found]\n")
    );
    let located = program(&["check", "/no/such"])
        .env("LC_ALL", "zh_CN.UTF-8")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(located.stdout).unwrap(), chinese.1);
}

#[test]
fn colours_are_for_those_who_want_them() {
    let colourful = |arguments: &[&str], variable: &str| {
        let output = program(arguments).env(variable, "1").output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!colourful(&["check", "/no/such"], "X"));
    assert!(colourful(&["check", "/no/such", "--color", "always"], "X"));
    assert!(!colourful(
        &["check", "/no/such", "--color", "never"],
        "CLICOLOR_FORCE"
    ));
    assert!(colourful(&["check", "/no/such"], "CLICOLOR_FORCE"));
    assert!(!colourful(&["check", "/no/such"], "NO_COLOR"));
}

#[test]
fn a_scan_prints_its_summary_and_no_time_to_the_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let apps = folder.path().join("apps");
    fs::create_dir(&apps).unwrap();
    for name in ["a.apk", "b.apk"] {
        fs::write(apps.join(name), "no package").unwrap();
    }
    let out = folder.path().join("out");
    let arguments = [
        "scan",
        apps.to_str().unwrap(),
        "/no/such",
        "--out",
        out.to_str().unwrap(),
    ];
    let (code, first, err) = run(&arguments);
    assert_eq!(code, 0, "{err}");
    assert!(
        first.contains("Inputs      3\n") && first.contains("Duplicates  1\n"),
        "{first}"
    );
    assert!(err.contains("APK/s"));
    let (code, second, err) = run(&arguments);
    assert_eq!((code, second), (0, first));
    assert!(err.contains("3 inputs were recorded by an earlier run"));
    let (code, _, err) = run(&["scan", "/no/such", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(err.contains("other paths") && err.contains("--restart"), "{err}");
}

#[test]
fn a_list_is_read_from_the_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let arguments = ["scan", "--list", "-", "--out", out.to_str().unwrap()];
    let mut child = program(&arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"/no/a\n\n/no/b\r\n").unwrap();
    assert!(child.wait().unwrap().success());
    let results = fs::read_to_string(out.join("results.ndjson")).unwrap();
    assert_eq!(results.lines().count(), 2);
}

#[test]
fn a_list_that_is_not_there_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (code, _, err) = run(&["scan", "--list", "/no/such/list", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(err.contains("/no/such/list cannot be read"), "{err}");
    assert!(!out.exists());
}

#[test]
fn results_that_cannot_be_written_have_the_exit_code_4() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let out = file.join("below");
    let (code, _, err) = run(&["scan", "/no/such", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 4);
    assert!(err.starts_with("error: cannot create "), "{err}");
}

#[test]
fn lists_are_sorted_and_filtered() {
    let folder = tempfile::tempdir().unwrap();
    let file = results(folder.path());
    let (code, out, err) = run(&["list", &file, "--format", "csv"]);
    assert_eq!(code, 0);
    let bands: Vec<&str> = out.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(bands, ["band", "high", "not-assessable", "low"]);
    assert!(err.contains("could not be read: 1"), "{err}");
    let json = run(&[
        "list",
        folder.path().to_str().unwrap(),
        "--band",
        "high",
        "--format",
        "json",
    ])
    .1;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["package"], "com.example.kilat");
    let limited = run(&["list", &file, "--limit", "2", "--format", "csv"]).1;
    assert_eq!(limited.lines().count(), 3);
    let (code, out, err) = run(&["list", &file, "--min-score", "99"]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("No app"));
    fs::write(&file, "{}\n").unwrap();
    let (code, _, err) = run(&["list", &file]);
    assert_eq!(code, 3);
    assert!(err.contains("line 1: not a report"), "{err}");
}

#[test]
fn an_unknown_id_gets_the_near_ones() {
    let (code, _, err) = run(&["explain", "zip-overlpa"]);
    assert_eq!(code, 2);
    assert_eq!(
        err,
        "error: there is nothing called zip-overlpa; near: zip-overlap\n"
    );
    let (code, out, _) = run(&["explain", "zip-overlap"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("explain_anomaly", out);
    let (code, out, _) = run(&["explain", "not-assessable", "--lang", "zh-CN"]);
    assert_eq!(code, 0);
    assert!(out.contains("这不是低分"));
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    let (code, out, _) = run(&["schema"]);
    assert_eq!(code, 0);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report-v1.schema.json");
    let committed = fs::read_to_string(path).unwrap();
    assert!(
        out == committed,
        "docs/report-v1.schema.json is stale; write the output of `dunwatch schema` to it"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.ndjson");
    let line = json::line(&samples::lender()).unwrap();
    let lines: String = (0..3000)
        .map(|number| line.replace(&"a1".repeat(32), &format!("{number:064}")) + "\n")
        .collect();
    fs::write(&path, lines).unwrap();
    let mut child = program(&["list", path.to_str().unwrap(), "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut complaint = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut complaint)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), complaint.as_str()), (Some(0), ""));
}
