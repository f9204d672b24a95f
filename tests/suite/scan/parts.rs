//! Apps in parts that lie in folders: which files become one record.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dunwatch::report::Report;
use dunwatch::report::v1::PartRole;
use dunwatch::scan::Selection;

use crate::collections::{code, package, root};
use crate::support::random::Random;

/// A base or split of `app`, in version 1.
fn part(app: &str, split: Option<&str>) -> Vec<u8> {
    let code = code();
    package(root(app, 1, split), split.is_none().then_some(&code[..]))
}

fn write_all(folder: &Path, files: &[(&str, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Scans `path` with the program; the results as they stand in the file.
fn scanned(path: &Path, out: &Path, more: &[&str]) -> String {
    let status = Command::new(env!("CARGO_BIN_EXE_dunwatch"))
        .arg("scan")
        .arg(path)
        .arg("--out")
        .arg(out)
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    fs::read_to_string(out.join("results.ndjson")).unwrap()
}

/// Each record as `NAME: PARTS`, or `NAME !` for a split without its base.
fn told(results: &str, folder: &Path) -> Vec<String> {
    let told = |line: &str| {
        let report: Report = serde_json::from_str(line).unwrap();
        let name = Path::new(&report.input.name).strip_prefix(folder).unwrap();
        let roles = report.input.parts.iter();
        assert!(roles.clone().all(|part| part.role != PartRole::Unread));
        let parts: Vec<&str> = roles.map(|part| part.name.as_str()).collect();
        let opaque = report.coverage.unwrap().opaque;
        let mark = if opaque.contains(&"missing-base".to_owned()) {
            " !"
        } else {
            ""
        };
        match parts.as_slice() {
            [] => format!("{}{mark}", name.display()),
            _ => format!("{}: {}{mark}", name.display(), parts.join(" ")),
        }
    };
    results.lines().map(told).collect()
}

/// Apps in parts under the names that devices, stores and bundletool give them.
fn dump() -> Vec<(&'static str, Vec<u8>)> {
    let (feature, hi, arm) = (Some("risk"), Some("config.hi"), Some("config.arm64_v8a"));
    vec![
        ("bundletool/base-arm64_v8a.apk", part("a.b", arm)),
        ("bundletool/base-hi.apk", part("a.b", hi)),
        ("bundletool/base-hi_2.apk", part("a.b", hi)),
        ("bundletool/base-master.apk", part("a.b", None)),
        ("bundletool/base-master_2.apk", part("a.b", None)),
        ("bundletool/risk-master.apk", part("a.b", feature)),
        ("bundletool/x-hi.apk", part("a.b", Some("x.config.hi"))),
        ("copied/base.apk", part("m.n", None)),
        ("copied/copy.apk", part("m.n", None)),
        ("copied/split_config.hi.apk", part("m.n", hi)),
        ("device/base.apk", part("c.d", None)),
        ("device/other.apk", part("z.z", None)),
        ("device/split_config.hi.apk", part("c.d", hi)),
        ("device/split_risk.apk", part("c.d", feature)),
        ("device/within/split_config.hi.apk", part("c.d", hi)),
        ("device/within/whole.apk", part("y.y", None)),
        ("lost/config.hi.apk", part("e.f", hi)),
        ("lost/split_config.hi.apk", part("g.h", hi)),
        ("lost/whole.apk", part("x.x", None)),
        ("mixed/base-hi.apk", part("o.p", hi)),
        ("mixed/base-master.apk", part("o.p", None)),
        ("mixed/whole.apk", part("w.w", None)),
        ("names.that.say.nothing/one.apk", part("i.j", None)),
        ("names.that.say.nothing/two.apk", part("i.j", hi)),
        ("xapk/broken.config.apk", b"no package".to_vec()),
        ("xapk/config.arm64_v8a.apk", part("k.l", arm)),
        ("xapk/config.hi.apk", part("k.l", hi)),
        ("xapk/k.l.apk", part("k.l", None)),
    ]
}

/// A place to work in, and the folder there with the files of [`dump`].
fn dumped() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let apps = place.path().join("apps");
    write_all(&apps, &dump());
    (place, apps)
}

#[test]
fn apps_in_parts_are_one_record_each_whatever_their_names() {
    let (place, apps) = dumped();
    let results = scanned(&apps, &place.path().join("out"), &["--threads", "3"]);
    let kept: String = results
        .lines()
        .filter(|line| !line.contains("broken.config.apk"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(kept.lines().count() + 1, results.lines().count());
    assert_eq!(
        told(&kept, &apps),
        [
            "bundletool/base-master.apk: base-master.apk base-arm64_v8a.apk base-hi.apk risk-master.apk x-hi.apk",
            "bundletool/base-master_2.apk: base-master_2.apk base-hi_2.apk",
            "copied/base.apk: base.apk split_config.hi.apk",
            "copied/copy.apk",
            "device/base.apk: base.apk split_config.hi.apk split_risk.apk",
            "device/other.apk",
            "device/within/split_config.hi.apk !",
            "device/within/whole.apk",
            "lost/config.hi.apk !",
            "lost/split_config.hi.apk !",
            "lost/whole.apk",
            "mixed/base-master.apk: base-master.apk base-hi.apk",
            "mixed/whole.apk",
            "names.that.say.nothing/one.apk",
            "names.that.say.nothing/two.apk !",
            "xapk/k.l.apk: k.l.apk config.arm64_v8a.apk config.hi.apk",
        ]
    );
}

#[test]
fn a_scan_of_parts_that_is_cut_or_sharded_has_the_same_records() {
    let (place, apps) = dumped();
    let results = scanned(&apps, &place.path().join("out"), &[]);
    let lines = results.lines().count();
    for kept in 0..lines {
        let half: String = results
            .lines()
            .take(kept)
            .map(|line| format!("{line}\n"))
            .collect();
        fs::write(place.path().join("out/results.ndjson"), half).unwrap();
        assert_eq!(
            scanned(&apps, &place.path().join("out"), &[]),
            results,
            "{kept} kept"
        );
    }
    let shards = ["1/3", "2/3", "3/3"].map(|shard| {
        let out = place.path().join(&shard[..1]);
        scanned(&apps, &out, &["--shard", shard])
    });
    let of = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(of(&shards.concat()), of(&results));
}

#[test]
fn of_a_pattern_only_what_it_matches_is_put_together() {
    let (place, apps) = dumped();
    let pattern = apps.join("device/*.apk");
    let found = scanned(&pattern, &place.path().join("pattern"), &[]);
    assert_eq!(
        told(&found, &apps),
        [
            "device/base.apk: base.apk split_config.hi.apk split_risk.apk",
            "device/other.apk"
        ]
    );
    let pattern = apps.join("device/*s*_risk.apk");
    let found = scanned(&pattern, &place.path().join("one"), &[]);
    assert_eq!(told(&found, &apps), ["device/split_risk.apk !"]);
}

#[test]
fn check_takes_a_folder_with_one_app_for_that_app_and_says_so_when_there_are_several() {
    let (_place, apps) = dumped();
    let check = |folder: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dunwatch"));
        command.args(["check", "--format", "json"]).arg(apps.join(folder));
        let output = command.stdin(Stdio::null()).output().unwrap();
        serde_json::from_slice::<Report>(&output.stdout).unwrap()
    };
    assert_eq!(check("xapk").input.parts.len(), 3);
    assert_eq!(check("device").input.parts.len(), 3);
    assert_eq!(check("copied").input.parts.len(), 2);
    for folder in ["bundletool", "lost", "mixed"] {
        assert_eq!(check(folder).error.unwrap().kind, "no-app-in-folder", "{folder}");
    }
}

#[test]
fn in_a_large_folder_parts_are_found_by_their_names_and_that_of_their_app() {
    let place = tempfile::tempdir().unwrap();
    let apps = place.path().join("store");
    let whole = part("z.z", None);
    let others: Vec<String> = (0..80).map(|number| format!("com.other{number}.apk")).collect();
    write_all(
        &apps,
        &others
            .iter()
            .map(|name| (name.as_str(), whole.clone()))
            .collect::<Vec<_>>(),
    );
    write_all(
        &apps,
        &[
            ("a.b-7.apk", part("a.b", None)),
            ("a.b-7.config.hi.apk", part("a.b", Some("config.hi"))),
            ("nameless.apk", part("c.d", None)),
            ("split_config.hi.apk", part("c.d", Some("config.hi"))),
        ],
    );
    let results = scanned(&apps, &place.path().join("out"), &[]);
    let told = told(&results, &apps);
    assert_eq!(told.len(), 83);
    assert!(told.contains(&"a.b-7.apk: a.b-7.apk a.b-7.config.hi.apk".to_owned()));
    assert!(told.contains(&"nameless.apk".to_owned()) && told.contains(&"split_config.hi.apk !".to_owned()));
}

#[test]
fn no_file_is_left_out_or_read_twice_whatever_a_folder_holds() {
    let names = [
        "base.apk",
        "base-master.apk",
        "base-master_2.apk",
        "base-hi.apk",
        "base-hi_2.apk",
        "a.b.apk",
        "c.d.apk",
        "config.hi.apk",
        "split_config.hi.apk",
        "split_risk.apk",
        "risk-master.apk",
        "zero.apk",
        "app.dex",
        "f/base.apk",
        "f/split_risk.apk",
        "f/app.apk",
    ];
    let kinds: Vec<Vec<u8>> = ["a.b", "c.d"]
        .iter()
        .flat_map(|app| [None, Some("config.hi"), Some("risk")].map(|split| part(app, split)))
        .chain([b"no package".to_vec()])
        .collect();
    let mut random = Random::new(11);
    let mut grouped = 0;
    for round in 0..150 {
        let place = tempfile::tempdir().unwrap();
        let chosen: Vec<&str> = names.iter().copied().filter(|_| random.below(3) > 0).collect();
        for name in &chosen {
            write_all(place.path(), &[(*name, kinds[random.below(kinds.len())].clone())]);
        }
        let selection = Selection {
            paths: vec![place.path().to_owned()],
            ..Selection::default()
        };
        let inputs: Vec<_> = selection.inputs().unwrap().map(Result::unwrap).collect();
        let mut seen: Vec<String> = Vec::new();
        for input in &inputs {
            assert!(input.problem.is_none(), "round {round}");
            let files = match input.parts.as_slice() {
                [] => std::slice::from_ref(&input.path),
                parts => parts,
            };
            assert_eq!(files[0], input.path);
            grouped += files.len() - 1;
            let name = |path: &PathBuf| path.strip_prefix(place.path()).unwrap().display().to_string();
            seen.extend(files.iter().map(name));
        }
        seen.sort();
        let mut expected = chosen.clone();
        expected.sort_unstable();
        assert_eq!(seen, expected, "round {round}");
        let again: Vec<_> = selection.inputs().unwrap().map(Result::unwrap).collect();
        assert_eq!(inputs, again);
    }
    assert!(grouped > 50, "{grouped}");
}
