//! App Bundles: the same facts as of the APKs that are made of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use dunwatch::analysis::{self, Facts};
use dunwatch::anomaly::Anomalies;
use dunwatch::container::{Container, Inflater};
use dunwatch::limits::{Budget, Limits};
use dunwatch::report::v1::{Band, InputKind, Layer, PartRole, Status};

use crate::collections::{anomalies, packed, report, values};
use crate::support::apps::{self, RULES};
use crate::support::random::Random;
use crate::support::zip::{Archive, File};

fn facts(bytes: &[u8]) -> Facts {
    analysis::facts(bytes, &RULES, &Limits::default()).unwrap()
}

/// Name and contents of every entry.
fn entries(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let limits = Limits::default();
    let mut unheard = Anomalies::new(0);
    let container = Container::open(archive, &limits, &mut unheard).unwrap();
    let mut inflater = Inflater::new();
    let mut budget = Budget::new(&limits);
    let mut read = |entry| {
        let data = inflater.read(entry, &limits, &mut budget, &mut unheard);
        data.unwrap_or_default().into_owned()
    };
    let entries = container.entries().iter();
    entries
        .map(|entry| (entry.name.to_string(), read(entry)))
        .collect()
}

/// The path in the base module of what stands at `path` in an APK.
fn in_bundle(path: &str) -> String {
    let folder = match path {
        "AndroidManifest.xml" => "manifest/",
        _ if path.ends_with(".dex") && !path.contains('/') => "dex/",
        "resources.pb" => "",
        _ if ["res/", "assets/", "lib/"]
            .iter()
            .any(|folder| path.starts_with(folder)) =>
        {
            ""
        }
        _ => "root/",
    };
    format!("base/{folder}{path}")
}

/// An App Bundle of one module with these entries of an APK in the form of protocol buffers.
fn bundle(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let archive = Archive::new().file(File::stored("BundleConfig.pb", b"\x0a\x02\x12\x00"));
    let files = entries
        .iter()
        .map(|(path, data)| File::deflated(in_bundle(path), data));
    files.fold(archive, Archive::file).build()
}

/// The App Bundle that an APK could have been made of, with aapt2 in between; `None` when it refuses.
fn converted(apk: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("in.apk"), apk).unwrap();
    let output = Command::new("aapt2")
        .args(["convert", "--output-format", "proto", "-o"])
        .args([path("out.apk"), path("in.apk")])
        .output()
        .unwrap();
    let made = std::fs::read(path("out.apk")).ok()?;
    output.status.success().then(|| bundle(&entries(&made)))
}

fn is_installed() -> bool {
    let found = Command::new("aapt2").arg("version").output().is_ok();
    if !found {
        println!("skipped: aapt2 is not installed");
    }
    found
}

/// What differs between the facts of an APK and those of the App Bundle made of it.
fn differences(apk: &[u8], bundle: &[u8]) -> Vec<String> {
    let (ours, theirs) = (facts(bundle), facts(apk));
    let (left, right) = (values(&ours.facts), values(&theirs.facts));
    let mut lines: Vec<String> = left
        .symmetric_difference(&right)
        .map(|fact| {
            format!(
                "{} {fact:?}",
                if left.contains(fact) {
                    "only bundle"
                } else {
                    "only apk"
                }
            )
        })
        .collect();
    let (Some(ours), Some(theirs)) = (ours.manifest, theirs.manifest) else {
        return vec!["no manifest".to_owned()];
    };
    let mut compare = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            lines.push(format!("{what}: bundle {ours}, apk {theirs}"));
        }
    };
    let debug = |value: &dyn std::fmt::Debug| format!("{value:?}");
    compare("label", debug(&ours.label), debug(&theirs.label));
    compare("labels", debug(&ours.labels), debug(&theirs.labels));
    compare(
        "sdk",
        debug(&(&ours.min_sdk, &ours.target_sdk)),
        debug(&(&theirs.min_sdk, &theirs.target_sdk)),
    );
    compare(
        "version",
        debug(&ours.long_version_code()),
        debug(&theirs.long_version_code()),
    );
    compare(
        "version name",
        debug(&ours.version_name),
        debug(&theirs.version_name),
    );
    lines
}

#[test]
fn every_fixture_says_the_same_as_an_app_bundle() {
    if !is_installed() {
        return;
    }
    for (row, apk) in apps::fixtures() {
        let name = row.get("name");
        let bundle = converted(&apk).unwrap();
        assert_eq!(differences(&apk, &bundle), Vec::<String>::new(), "{name}");
        let (ours, theirs) = (report(&bundle), report(&apk));
        assert_eq!(ours.input.kind, InputKind::Aab);
        let score =
            |report: &dunwatch::Report| report.score.as_ref().map(|one| (one.band, one.vector.clone()));
        assert_eq!(score(&ours), score(&theirs), "{name}");
        assert_eq!(
            (ours.status, ours.permissions),
            (theirs.status, theirs.permissions),
            "{name}"
        );
    }
}

/// Size up to which packages of the corpus are compared, in bytes.
const COMPARED: u64 = 400 << 10;

#[test]
fn packages_of_the_corpus_say_the_same_as_app_bundles() {
    let Some(corpus) = apps::corpus().filter(|_| is_installed()) else {
        return;
    };
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (row, path) in apps::corpus_files(&corpus) {
        // What is malformed aapt2 reads in ways of its own.
        let is_odd = row.get("category") == "malformed" || row.get("category") == "signing";
        if is_odd || !is_small(&path) {
            continue;
        }
        let apk = std::fs::read(&path).unwrap();
        let Some(bundle) = converted(&apk) else { continue };
        compared += 1;
        let lines = differences(&apk, &bundle);
        wrong.extend(lines.iter().map(|line| format!("{} {line}", row.get("sha256"))));
    }
    println!("{compared} packages");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_small(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.len() <= COMPARED)
}

#[test]
fn the_modules_of_an_app_bundle_are_one_app() {
    let (bundle, apk) = (
        packed("lender-ladder.aab"),
        apps::fixture("predatory-lender-en-multidex"),
    );
    assert_eq!(differences(&apk, &bundle), Vec::<String>::new());
    let found = report(&bundle);
    assert_eq!((found.input.kind, found.status), (InputKind::Aab, Status::Ok));
    assert_eq!(found.score.unwrap().band, Band::High);
    let parts = found
        .input
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.role));
    assert_eq!(
        parts.collect::<Vec<_>>(),
        [("base/", PartRole::Base), ("risk/", PartRole::Feature)]
    );
    let files: BTreeSet<_> = found
        .harvest
        .iter()
        .flat_map(|row| &row.path)
        .filter_map(|place| place.dex.as_deref())
        .collect();
    assert!(files.contains("risk/dex/classes.dex"), "{files:?}");
    let mut places = found.findings.iter().flat_map(|finding| &finding.evidence);
    assert!(places.any(|place| place.entry.as_deref() == Some("base/manifest/AndroidManifest.xml")));
}

#[test]
fn code_outside_of_its_folder_is_hidden_code() {
    let mut files = entries(&packed("lender-ladder.aab"));
    let dex = files
        .iter()
        .find(|(name, _)| name == "risk/dex/classes.dex")
        .unwrap()
        .1
        .clone();
    files.retain(|(name, _)| !name.starts_with("risk/"));
    for path in ["base/root/classes3.dex", "base/classes3.dex", "base/assets/x.bin"] {
        let mut with = files.clone();
        with.push((path.to_owned(), dex.clone()));
        let archive = with.iter().map(|(name, data)| File::deflated(name, data));
        let found = report(&archive.fold(Archive::new(), Archive::file).build());
        assert!(anomalies(&found).contains(&"dex-hidden"), "{path}");
    }
}

#[test]
fn what_is_broken_in_an_app_bundle_is_never_low() {
    let files = entries(&packed("lender-ladder.aab"));
    let with = |broken: &str, data: &[u8]| {
        let archive = files.iter().map(|(name, whole)| {
            let data = if name == broken { data } else { whole };
            File::deflated(name, data)
        });
        archive.fold(Archive::new(), Archive::file).build()
    };
    let mut random = Random::new(7);
    for (name, whole) in &files {
        if !name.ends_with("AndroidManifest.xml") && !name.ends_with(".pb") {
            continue;
        }
        for _ in 0..40 {
            let mut data = whole.clone();
            if random.below(2) == 0 {
                data.truncate(random.below(whole.len()));
            } else {
                let at = random.below(whole.len());
                data[at] = data[at].wrapping_add(1 + random.below(255) as u8);
            }
            let found = report(&with(name, &data));
            assert_ne!(found.score.map(|score| score.band), Some(Band::Low), "{name}");
        }
    }
    let found = report(&with("base/manifest/AndroidManifest.xml", b"\x0a\xff"));
    assert_eq!(found.coverage.unwrap().manifest, Layer::Unreadable);
    let found = report(&with("base/resources.pb", b"\x12"));
    // The other module has a table as well.
    let coverage = found.coverage.unwrap();
    assert_eq!(
        (coverage.resources, found.status),
        (Layer::Partial, Status::Degraded)
    );
}

#[test]
fn an_emptied_resource_table_was_not_read_and_one_without_packages_was() {
    let files = entries(&packed("lender-ladder.aab"));
    let with = |tables: &[(&str, &[u8])], keeps: &dyn Fn(&str) -> bool| {
        let own = files.iter().filter(|(name, _)| keeps(name));
        let archive = own.map(|(name, whole)| {
            let table = tables.iter().find(|(table, _)| table == name);
            File::deflated(name, table.map_or(whole.as_slice(), |(_, data)| data))
        });
        report(&archive.fold(Archive::new(), Archive::file).build())
    };
    let state = |report: &dunwatch::Report| (report.coverage.as_ref().unwrap().resources, report.status);
    let base = "base/resources.pb";
    let all = |_: &str| true;
    let only_base = |name: &str| name != "risk/resources.pb";
    assert_eq!(state(&with(&[], &all)), (Layer::Read, Status::Ok));
    let found = with(&[(base, b"")], &all);
    assert_eq!(state(&found), (Layer::Partial, Status::Degraded));
    assert!(anomalies(&found).contains(&"arsc-truncated"));
    let place = found
        .anomalies
        .iter()
        .find(|one| one.kind == "arsc-truncated")
        .and_then(|one| one.location.entry.as_deref());
    assert_eq!(place, Some("base"));
    let found = with(&[(base, b"")], &only_base);
    assert_eq!(state(&found), (Layer::Unreadable, Status::Degraded));
    let layers = found.coverage.unwrap().layers;
    let layer = layers.iter().find(|layer| layer.layer == "resources").unwrap();
    assert_eq!((layer.present.count, layer.unreadable.count), (1, 1));
    // A table that names its tool and holds nothing.
    let named = b"\x1a\x06\x0a\x04tool";
    assert_eq!(
        state(&with(&[(base, named)], &only_base)),
        (Layer::Read, Status::Ok)
    );
}

#[test]
fn a_manifest_out_of_an_app_bundle_is_read_by_itself() {
    let files = entries(&packed("lender-ladder.aab"));
    let manifest = files
        .iter()
        .find(|(name, _)| name == "base/manifest/AndroidManifest.xml")
        .unwrap();
    let found = report(&manifest.1);
    assert_eq!(found.input.kind, InputKind::Manifest);
    assert_eq!(found.app.unwrap().package.as_deref(), Some("com.cashladder.loan"));
    assert_eq!(found.score.unwrap().band, Band::NotAssessable);
    assert_eq!((found.status, found.anomalies), (Status::Ok, Vec::new()));
}
