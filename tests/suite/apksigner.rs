//! Agreement with apksig (Debian package `apksigner`) on packages signed in every way.
//!
//! apksig is asked about each package of the corpus and of the fixtures whether the versions from the
//! app's lowest one on accept it, which schemes hold, and who signed it. Where we say something else,
//! and only there, `apksigner_differences.tsv` says why. Skipped where the tool is missing; without
//! the corpus the fixtures alone are compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dunwatch::report::v1::{App, Certificate, SignatureStatus};
use dunwatch::signing::Verify;
use dunwatch::{Options, Report, analyze};

use crate::support::apps::{self, RULES, repository};

const DIFFERENCES: &str = "tests/suite/apksigner_differences.tsv";
const LIBRARY: &str = "/usr/share/java/apksig.jar";
/// Larger packages say nothing new about signatures.
const MOST_BYTES: u64 = 32 << 20;

/// The fields that are compared, by name.
type Answer = BTreeMap<&'static str, String>;

fn packages() -> Vec<PathBuf> {
    let mut folders = vec![repository("fixtures/apks")];
    folders.extend(apps::corpus().map(|corpus| corpus.join("apks")));
    let mut found: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "apk"))
        .filter(|path| fs::metadata(path).unwrap().len() <= MOST_BYTES)
        .collect();
    found.sort();
    found
}

/// What apksig says of `packages`; `None` when it is not installed.
fn apksig(packages: &[PathBuf]) -> Option<Vec<Answer>> {
    let program = repository("tests/support/Apksigner.java");
    let child = Command::new("java")
        .args(["-cp", LIBRARY])
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Some(mut child) = child.ok().filter(|_| Path::new(LIBRARY).exists()) else {
        println!("skipped: java or {LIBRARY} is not installed");
        return None;
    };
    let mut input = child.stdin.take().unwrap();
    let paths: Vec<String> = packages
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    // The answers are short enough to wait in the pipe of one thread and be read by another.
    let writer = std::thread::spawn(move || input.write_all((paths.join("\n") + "\n").as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "apksig ended with {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut answers: Vec<Answer> = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        match cells[0] {
            "package" => answers.push(BTreeMap::from([
                ("accepted", cells[2].to_owned()),
                ("v1", cells[3].to_owned()),
                ("v2", cells[4].to_owned()),
                ("v3", cells[5].to_owned()),
                ("certificates", String::new()),
            ])),
            _ => {
                let known = answers.last_mut().unwrap().get_mut("certificates").unwrap();
                if !known.is_empty() {
                    known.push_str(" | ");
                }
                known.push_str(&cells[1..].join(" "));
            }
        }
    }
    assert_eq!(answers.len(), packages.len(), "an answer for each package");
    Some(answers)
}

/// The same out of our report. Of a scheme that apksig had no reason to look at, it says no more than
/// that it did not verify it; `theirs` tells which those are.
fn ours(report: &Report, theirs: &Answer) -> Answer {
    let signature = report
        .app
        .as_ref()
        .and_then(|app| Some((app, app.signature.as_ref()?)));
    let differ = report
        .anomalies
        .iter()
        .any(|one| one.kind == "signature-signers-differ");
    let accepted = signature.is_some_and(|(app, signature)| {
        signature
            .accepted_from
            .is_some_and(|from| from <= app.min_sdk.unwrap_or(1))
            && !differ
    });
    let mut answer = BTreeMap::from([("accepted", accepted.to_string())]);
    for scheme in ["v1", "v2", "v3"] {
        let found =
            signature.and_then(|(_, signature)| signature.schemes.iter().find(|one| one.scheme == scheme));
        let holds = match found.map(|one| one.status) {
            Some(SignatureStatus::Verified) => true,
            Some(SignatureStatus::Broken) | None => false,
            Some(SignatureStatus::NotChecked) => theirs[scheme] == "true",
        };
        // apksig stops at the first scheme that is broken.
        let was_seen = theirs[scheme] == "true" || accepted || !holds;
        answer.insert(scheme, (holds && was_seen).to_string());
    }
    let certificates = signature.map(|(app, _)| newest(app)).unwrap_or_default();
    let shown = if theirs["accepted"] == "true" {
        certificates.join(" | ")
    } else {
        String::new()
    };
    answer.insert("certificates", shown);
    answer
}

/// The certificates of the newest scheme, as the other side writes them.
fn newest(app: &App) -> Vec<String> {
    let first = app.certificates.first();
    let newest = app
        .certificates
        .iter()
        .filter(|one| first.is_some_and(|first| first.scheme == one.scheme));
    newest.map(line).collect()
}

fn line(certificate: &Certificate) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let key = certificate.key.as_ref();
    [
        certificate.sha256.clone(),
        certificate.sha1.clone(),
        text(&certificate.subject),
        text(&certificate.issuer),
        text(&certificate.serial),
        text(&certificate.not_before),
        text(&certificate.not_after),
        key.map(|key| key.algorithm.clone()).unwrap_or_default(),
        key.and_then(|key| key.size)
            .map(|size| size.to_string())
            .unwrap_or_default(),
    ]
    .join(" ")
}

#[test]
fn agrees_with_apksig_on_every_package() {
    let packages = packages();
    let Some(answers) = apksig(&packages) else { return };
    let rows = apps::table(&repository(DIFFERENCES));
    let explained: BTreeMap<(String, String), _> = rows
        .iter()
        .map(|row| ((row.get("package").to_owned(), row.get("field").to_owned()), row))
        .collect();
    let mut unneeded: BTreeSet<_> = explained.keys().cloned().collect();
    let mut unexplained = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, theirs) in packages.iter().zip(&answers) {
        let options = Options {
            verify: Verify::Everything,
            ..Options::default()
        };
        let report = analyze(&fs::read(path).unwrap(), &RULES, &options);
        let ours = ours(&report, theirs);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        seen.insert(name.clone());
        for (field, theirs) in theirs {
            let key = (name.clone(), (*field).to_owned());
            let ours = &ours[field];
            let known = explained.get(&key).is_some_and(|row| {
                row.get("apksig") == theirs && row.get("ours") == ours && !row.get("reason").is_empty()
            });
            if theirs != ours && known {
                unneeded.remove(&key);
            } else if theirs != ours {
                unexplained.push(format!("{name}\t{field}\t{theirs}\t{ours}"));
            }
        }
    }
    // Without the corpus nothing can be said of its packages.
    unneeded.retain(|(name, _)| seen.contains(name));
    println!("{} packages compared with apksig", packages.len());
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert!(unneeded.is_empty(), "explained but not so: {unneeded:?}");
}
