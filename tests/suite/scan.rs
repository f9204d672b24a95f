//! Scans: order, duplicates, interruption.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod parts;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use dunwatch::analysis::Input;
use dunwatch::report::Report;
use dunwatch::report::v1::{Band, Tool};
use dunwatch::scan::{self, Analyze, Error, Outcome, Selection, Settings};

use crate::samples;

/// Gives a report that depends on the bytes, and counts how often it was asked for each file.
struct Fake {
    tool: Tool,
    asked: Mutex<BTreeMap<String, usize>>,
    /// How long the next analysis takes, in steps of a tenth of a millisecond.
    pace: AtomicUsize,
}

impl Fake {
    fn new() -> Self {
        Self {
            tool: samples::tool(),
            asked: Mutex::default(),
            pace: AtomicUsize::new(0),
        }
    }

    fn most_asked(&self) -> usize {
        self.asked.lock().unwrap().values().copied().max().unwrap_or(0)
    }
}

impl Analyze for Fake {
    fn tool(&self) -> &Tool {
        &self.tool
    }

    fn analyze(&self, input: Input<'_>, name: &str, sha256: &str) -> Report {
        let Input::File(bytes) = input else {
            panic!("a scan of files");
        };
        *self.asked.lock().unwrap().entry(sha256.to_owned()).or_default() += 1;
        assert!(!bytes.starts_with(b"panic"), "asked to \u{1b}panic");
        // Uneven paces make the records arrive out of order.
        let pace = self.pace.fetch_add(7, Ordering::Relaxed) % 13;
        std::thread::sleep(std::time::Duration::from_micros(100 * pace as u64));
        let mut report = samples::lender();
        report.input.name = name.to_owned();
        let first = bytes.first().copied().unwrap_or_default();
        if let Some(score) = &mut report.score {
            score.value = Some(f64::from(first) / 3.0);
            // Digits that a parser without exact rounding would lose.
            score.harvest_db = f64::from(first).sqrt() * std::f64::consts::PI;
            score.band = if first % 2 == 0 { Band::High } else { Band::Low };
        }
        report
    }
}

/// A folder of inputs with duplicates, an empty file, a file that panics and a list.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new(files: usize) -> Self {
        let root = tempfile::tempdir().unwrap();
        for number in 0..files {
            let folder = root.path().join("apps").join((number % 7).to_string());
            fs::create_dir_all(&folder).unwrap();
            let content = match number % 10 {
                3 => "same".to_owned(),
                4 => format!("pair {}", number / 20),
                _ => format!("{number} {}", "x".repeat(number % 50)),
            };
            fs::write(folder.join(format!("{number}.apk")), content).unwrap();
        }
        fs::write(root.path().join("apps/panic.apk"), "panic").unwrap();
        fs::write(root.path().join("apps/empty.dex"), "").unwrap();
        fs::write(root.path().join("note.txt"), "named as such").unwrap();
        let list = format!("{0}/gone.apk\r\n\n{0}/apps/0/0.apk\n", root.path().display());
        fs::write(root.path().join("list.txt"), list).unwrap();
        Self { root }
    }

    fn selection(&self) -> Selection {
        Selection {
            paths: vec![self.root.path().join("apps"), self.root.path().join("note.txt")],
            lists: vec![self.root.path().join("list.txt")],
            shard: None,
        }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.root.path().join("out").join(name)
    }

    fn settings(&self, out: &str, threads: usize) -> Settings {
        Settings {
            selection: self.selection(),
            out: self.out(out),
            threads,
            restart: false,
        }
    }

    fn run(&self, out: &str, threads: usize) -> Result<Outcome, Error> {
        scan::run(&self.settings(out, threads), &Fake::new(), &mut ())
    }

    fn results(&self, out: &str) -> String {
        fs::read_to_string(self.out(out).join("results.ndjson")).unwrap()
    }

    fn summary(&self, out: &str) -> String {
        fs::read_to_string(self.out(out).join("summary.json")).unwrap()
    }
}

/// A small generator of numbers, the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let place = Place::new(300);
    let mut outcomes = Vec::new();
    for threads in [1, 2, 5] {
        let fake = Fake::new();
        let name = threads.to_string();
        outcomes.push(scan::run(&place.settings(&name, threads), &fake, &mut ()).unwrap());
        assert_eq!(fake.most_asked(), 1, "equal files are analysed once");
        assert!(place.results(&name) == place.results("1"), "{threads} threads");
        assert_eq!(place.summary(&name), place.summary("1"));
    }
    let summary = &outcomes[0].summary;
    // 300 files, one that panics, an empty one, a note, one that is gone, and one named again.
    assert_eq!(summary.inputs, 305);
    // Thirty files "same" and 15 pairs, and the one named again.
    assert_eq!(summary.duplicates, 29 + 15 + 1);
    assert_eq!(
        summary.failures,
        BTreeMap::from([("internal-error".to_owned(), 1), ("not-found".to_owned(), 1)])
    );
}

#[test]
fn every_record_equals_a_report_made_alone() {
    let place = Place::new(60);
    place.run("a", 3).unwrap();
    let fake = Fake::new();
    for line in place.results("a").lines() {
        let report: Report = serde_json::from_str(line).unwrap();
        let path = Path::new(&report.input.name);
        let pipes = scan::content::Pipes::Refuse;
        let alone = scan::examine::file(path, &[], &report.input.name, pipes, &fake);
        assert_eq!(line, dunwatch::render::json::line(&alone).unwrap());
    }
}

#[test]
fn a_panic_is_a_record() {
    let place = Place::new(3);
    place.run("a", 2).unwrap();
    let results = place.results("a");
    let line = results.lines().find(|line| line.contains("panic.apk")).unwrap();
    let report: Report = serde_json::from_str(line).unwrap();
    let error = report.error.unwrap();
    assert_eq!(error.kind, "internal-error");
    assert_eq!(error.message, "The analysis panicked: asked to \u{1b}panic");
    assert_eq!(report.input.size, Some(5));
    assert!(report.input.sha256.is_some());
}

#[test]
fn results_cut_anywhere_are_completed() {
    let place = Place::new(60);
    place.run("whole", 2).unwrap();
    let whole = place.results("whole");
    let description = fs::read(place.out("whole").join("scan.json")).unwrap();
    let first = whole.find('\n').unwrap() as u64;
    let mut numbers = Numbers(0x5eed);
    let mut places: Vec<u64> = (0..200).map(|_| numbers.below(whole.len() as u64 + 1)).collect();
    places.extend([
        0,
        1,
        first - 1,
        first,
        first + 1,
        first + 2,
        whole.len() as u64 - 1,
        whole.len() as u64,
    ]);
    let out = place.out("cut");
    fs::create_dir_all(&out).unwrap();
    for (round, cut) in places.into_iter().enumerate() {
        let kept = &whole.as_bytes()[..usize::try_from(cut).unwrap()];
        // A power loss can leave blocks that were never written, full of zeros.
        let tail: &[u8] = if round % 3 == 0 { &[0; 50] } else { b"" };
        fs::write(out.join("results.ndjson"), [kept, tail].concat()).unwrap();
        fs::write(out.join("scan.json"), &description).unwrap();
        let _ = fs::remove_file(out.join("summary.json"));
        let outcome = place.run("cut", 1 + round % 3).unwrap();
        assert!(place.results("cut") == whole, "cut at {cut}");
        assert_eq!(place.summary("cut"), place.summary("whole"));
        let lines = kept.iter().filter(|byte| **byte == b'\n').count() as u64;
        assert_eq!(outcome.resumed, lines);
    }
}

#[test]
fn a_complete_scan_is_left_as_it_is_and_goes_on_behind_its_end() {
    let place = Place::new(20);
    place.run("a", 2).unwrap();
    let before = place.results("a");
    let outcome = place.run("a", 2).unwrap();
    assert_eq!((outcome.resumed, outcome.bytes), (outcome.summary.inputs, 0));
    assert_eq!(place.results("a"), before);
    let list = place.root.path().join("list.txt");
    let longer = fs::read_to_string(&list).unwrap() + "later.apk\n";
    fs::write(&list, longer).unwrap();
    assert_eq!(
        place.run("a", 2).unwrap().summary.inputs,
        outcome.summary.inputs + 1
    );
    assert!(place.results("a").starts_with(&before));
}

#[test]
fn another_scan_is_not_mixed_in() {
    let place = Place::new(20);
    place.run("a", 2).unwrap();
    let before = place.results("a");
    let mut other = place.settings("a", 2);
    other.selection.paths.pop();
    let refused = |settings: &Settings, fake: &Fake| scan::run(settings, fake, &mut ()).unwrap_err();
    assert!(matches!(
        refused(&other, &Fake::new()),
        Error::OtherScan { what: "paths", .. }
    ));
    let mut newer = Fake::new();
    newer.tool.ruleset.sha256 = "6".repeat(64);
    assert!(matches!(
        refused(&place.settings("a", 2), &newer),
        Error::OtherScan { what: "rules", .. }
    ));
    fs::write(place.root.path().join("apps/0/00.apk"), "new").unwrap();
    let error = refused(&place.settings("a", 2), &Fake::new());
    assert!(matches!(error, Error::InputsChanged { number: 2, .. }), "{error}");
    assert_eq!(place.results("a"), before, "a refused scan changes nothing");
    fs::remove_file(place.out("a").join("scan.json")).unwrap();
    assert!(matches!(
        refused(&place.settings("a", 2), &Fake::new()),
        Error::Foreign { .. }
    ));
    other.restart = true;
    scan::run(&other, &Fake::new(), &mut ()).unwrap();
    assert_ne!(place.results("a"), before);
}

#[test]
fn an_input_that_is_gone_is_noticed() {
    let place = Place::new(5);
    place.run("a", 1).unwrap();
    fs::write(place.root.path().join("list.txt"), "").unwrap();
    let error = place.run("a", 1).unwrap_err();
    assert!(matches!(error, Error::InputsChanged { now: None, .. }), "{error}");
}

#[test]
fn two_scans_cannot_share_a_folder() {
    let place = Place::new(1);
    let held = scan::folder::Folder::open(&place.out("a")).unwrap();
    assert!(matches!(place.run("a", 1), Err(Error::Locked { .. })));
    drop(held);
    place.run("a", 1).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_leaves_whole_lines() {
    let place = Place::new(5);
    let out = place.out("a");
    fs::create_dir_all(&out).unwrap();
    std::os::unix::fs::symlink("/dev/full", out.join("results.ndjson")).unwrap();
    let error = place.run("a", 1).unwrap_err();
    assert!(matches!(error, Error::Output { .. }), "{error}");
    assert!(!error.is_usage());
}

/// Runs the program over the inputs, killing it whenever the results have grown to `limits`.
fn killed_at(place: &Place, out: &str, numbers: &mut Numbers, whole: u64) -> usize {
    let results = place.out(out).join("results.ndjson");
    let length = || fs::metadata(&results).map_or(0, |metadata| metadata.len());
    let mut kills = 0;
    loop {
        let mut child = command(place, out).spawn().unwrap();
        let limit = length() + numbers.below(whole / 12);
        // Now and then before the first record, else somewhere on the way.
        let early = numbers.below(8) == 0;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if early || length() > limit {
                child.kill().unwrap();
                break child.wait().unwrap();
            }
        };
        if status.success() {
            return kills;
        }
        assert_eq!(status.code(), None, "ended by the signal and nothing else");
        kills += 1;
    }
}

fn command(place: &Place, out: &str) -> Command {
    let selection = place.selection();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dunwatch"));
    command
        .arg("scan")
        .args(&selection.paths)
        .arg("--list")
        .args(&selection.lists)
        .arg("--out")
        .arg(place.out(out))
        .args(["--threads", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
fn a_scan_killed_fifty_times_ends_as_if_it_never_was() {
    let place = Place::new(1500);
    assert!(command(&place, "whole").status().unwrap().success());
    let whole = place.results("whole");
    let mut numbers = Numbers(0xdead_beef);
    let mut kills = 0;
    let mut round = 0;
    while kills < 50 {
        let out = format!("killed-{round}");
        kills += killed_at(&place, &out, &mut numbers, whole.len() as u64);
        assert!(place.results(&out) == whole, "round {round} differs");
        assert_eq!(place.summary(&out), place.summary("whole"));
        round += 1;
        assert!(round < 200, "the program ends before it can be killed");
    }
}
