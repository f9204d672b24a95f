//! A base and its splits, given together or lying together in a folder.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use dunwatch::analysis::{self, Input, Piece};
use dunwatch::limits::Limits;
use dunwatch::report::Report;
use dunwatch::report::v1::{InputKind, PartRole};
use dunwatch::{Options, analyze, analyze_input};

use crate::cli::program;
use crate::collections::{code, package, root, values};
use crate::support::apps::{self, RULES, repository};

const APP: &str = "fixtures/bundles/lender-hi";

/// The reports of `check` on these files, one a line.
fn check(arguments: &[&str]) -> Vec<Report> {
    let arguments = [&["check", "--format", "json"], arguments].concat();
    let output = program(&arguments).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let values = serde_json::Deserializer::from_str(&text).into_iter();
    values.map(Result::unwrap).collect()
}

fn path(name: &str) -> String {
    repository(&format!("{APP}/{name}")).display().to_string()
}

/// The reports without the names of their inputs.
fn nameless(reports: Vec<Report>) -> Vec<Report> {
    let nameless = |mut report: Report| {
        report.input.name = String::new();
        report
    };
    reports.into_iter().map(nameless).collect()
}

#[test]
fn a_base_and_its_splits_are_one_app_in_any_order_and_in_their_folder() {
    let (base, split) = (path("base.apk"), path("split_config.hi.apk"));
    let found = check(&[&base, &split]);
    let [report] = found.as_slice() else {
        panic!("{} reports", found.len());
    };
    assert_eq!(
        (report.input.kind, report.input.name.as_str()),
        (InputKind::SplitApks, base.as_str())
    );
    let parts: Vec<_> = report
        .input
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.role))
        .collect();
    assert_eq!(
        parts,
        [
            ("base.apk", PartRole::Base),
            ("split_config.hi.apk", PartRole::Configuration)
        ]
    );
    let whole = analyze(&apps::fixture("predatory-lender-hi"), &RULES, &Options::default());
    assert_eq!(report.app.as_ref().unwrap().labels, whole.app.unwrap().labels);
    assert_eq!(report.score.as_ref().unwrap().value, whole.score.unwrap().value);

    assert_eq!(check(&[&split, &base]), found);
    let folder = repository(APP).display().to_string();
    assert_eq!(nameless(check(&[&folder])), nameless(found));
}

#[test]
fn the_facts_are_those_of_the_whole_package() {
    let (base, split) = (
        fs::read(path("base.apk")).unwrap(),
        fs::read(path("split_config.hi.apk")).unwrap(),
    );
    let pieces = [("base.apk", &base), ("split_config.hi.apk", &split)];
    let pieces = pieces.map(|(name, bytes)| Piece { name, bytes });
    let limits = Limits::default();
    let together = analysis::facts_of(Input::Parts(&pieces), &RULES, &limits).unwrap();
    let whole = analysis::facts(&apps::fixture("predatory-lender-hi"), &RULES, &limits).unwrap();
    assert_eq!(values(&together.facts), values(&whole.facts));
    // A single one is the app that it is by itself.
    let alone = analyze_input(Input::Parts(&pieces[..1]), &RULES, &Options::default());
    assert_eq!(
        alone.score.unwrap().value,
        analyze(&base, &RULES, &Options::default()).score.unwrap().value
    );
}

#[test]
fn what_does_not_belong_together_gets_reports_of_its_own() {
    let dialer = repository("fixtures/apks/dialer.apk").display().to_string();
    let found = check(&[&path("base.apk"), &dialer, &path("split_config.hi.apk")]);
    let kinds: Vec<_> = found.iter().map(|report| report.input.kind).collect();
    assert_eq!(kinds, [InputKind::SplitApks, InputKind::Apk]);

    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let code = code();
    let base = write("a.apk", &package(root("a.b", 1, None), Some(&code)));
    let newer = write("b.apk", &package(root("a.b", 2, Some("config.in")), None));
    let again = write("c.apk", &package(root("a.b", 1, None), Some(&code)));
    let split = write("d.apk", &package(root("a.b", 1, Some("config.in")), None));
    assert_eq!(check(&[&base, &newer]).len(), 2, "another version");
    assert_eq!(check(&[&base, &again, &split]).len(), 3, "two bases");
    assert_eq!(check(&[&base, &split, &newer]).len(), 2);
}

fn scan(folder: &Path, out: &Path, more: &[&str]) -> String {
    let (folder, out_name) = (folder.display().to_string(), out.display().to_string());
    let arguments = [&["scan", &folder, "--out", &out_name], more].concat();
    let output = program(&arguments).stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::read_to_string(out.join("results.ndjson")).unwrap()
}

#[test]
fn a_scan_takes_the_splits_beside_a_base_with_it() {
    let place = tempfile::tempdir().unwrap();
    let apps = place.path().join("apps");
    let code = code();
    for (name, bytes) in [
        ("one/base.apk", package(root("a.b", 1, None), Some(&code))),
        ("one/between.apk", package(root("c.d", 1, None), Some(&code))),
        (
            "one/split_config.in.apk",
            package(root("a.b", 1, Some("config.in")), None),
        ),
        (
            "one/split_other.apk",
            package(root("a.b", 2, Some("other")), None),
        ),
        ("two/base.apk", package(root("a.b", 1, None), Some(&code))),
        (
            "two/split_config.in.apk",
            package(root("a.b", 1, Some("config.in")), None),
        ),
        (
            "two/z/split_config.hi.apk",
            package(root("a.b", 1, Some("config.hi")), None),
        ),
    ] {
        let path = apps.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let out = place.path().join("out");
    let results = scan(&apps, &out, &["--threads", "3"]);
    let reports: Vec<Report> = results
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let rows: Vec<_> = reports
        .iter()
        .map(|report| {
            let name = Path::new(&report.input.name).strip_prefix(&apps).unwrap();
            (name.display().to_string(), report.input.parts.len())
        })
        .collect();
    let expected = [
        ("one/base.apk", 2),
        ("one/between.apk", 0),
        ("one/split_other.apk", 0),
        ("two/base.apk", 2),
        ("two/z/split_config.hi.apk", 0),
    ];
    assert_eq!(rows, expected.map(|(name, parts)| (name.to_owned(), parts)));
    // Two copies of one app are one analysis, and say the same.
    assert_eq!(reports[0].input.sha256, reports[3].input.sha256);

    // Begun anew after half of the records, the scan ends with the same file.
    let path = out.join("results.ndjson");
    let half: String = results.lines().take(2).map(|line| format!("{line}\n")).collect();
    fs::write(&path, half).unwrap();
    assert_eq!(scan(&apps, &out, &["--threads", "1"]), results);
    let other = place.path().join("other");
    let shards: String = ["1/2", "2/2"]
        .iter()
        .map(|shard| scan(&apps, &other.join(&shard[..1]), &["--shard", shard]))
        .collect();
    assert_eq!(shards.lines().count(), reports.len());
}
