//! Manifests and dex files by themselves, and decoded apps: what is not there is never taken for
//! absent.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dunwatch::analysis::{self, Input};
use dunwatch::facts::{FactKind, FactSet, Location};
use dunwatch::limits::Limits;
use dunwatch::report::v1::{Band, InputKind, Layer, Report, Status, Why};
use dunwatch::scan::decoded::Folder;
use dunwatch::{Options, analyze, analyze_input};

use crate::support::apps::{self, RULES, entry, repository};

fn report(bytes: &[u8]) -> Report {
    analyze(bytes, &RULES, &Options::default())
}

/// Asserts that `report` is of a `kind` without code, and not judged by what is not there.
fn assert_not_judged(report: &Report, kind: InputKind) {
    assert_eq!(report.input.kind, kind);
    let score = report.score.as_ref().unwrap();
    assert_eq!(
        (score.band, score.why, score.value),
        (Band::NotAssessable, Why::NoCode, None)
    );
    let coverage = report.coverage.as_ref().unwrap();
    assert_eq!(
        (coverage.manifest, coverage.code, coverage.dex_bytes),
        (Layer::Read, None, 0)
    );
    assert!(coverage.opaque.iter().any(|opaque| opaque == "no-code"));
}

/// The values of the facts of `kinds`.
fn values<'f>(facts: &'f FactSet, kinds: &[FactKind]) -> BTreeSet<(FactKind, &'f str)> {
    let facts = facts.iter().filter(|(fact, _)| kinds.contains(&fact.kind));
    facts.map(|(fact, _)| (fact.kind, fact.value.as_str())).collect()
}

/// What a manifest tells, where resources do not matter.
const OF_MANIFEST: &[FactKind] = &[
    FactKind::Package,
    FactKind::Permission,
    FactKind::ImpliedPermission,
    FactKind::Component,
    FactKind::Action,
];

#[test]
fn a_lone_manifest_says_what_it_says_in_the_package() {
    let limits = Limits::default();
    for (row, apk) in apps::fixtures() {
        let whole = analysis::facts(&apk, &RULES, &limits).unwrap();
        let binary = entry(&apk, "AndroidManifest.xml");
        let text = fs::read(repository(&format!(
            "fixtures/apps/{}/AndroidManifest.xml",
            row.get("name")
        )));
        for bytes in [Some(binary), text.ok()].into_iter().flatten() {
            let lone = analysis::facts(&bytes, &RULES, &limits).unwrap();
            assert_eq!(
                values(&lone.facts, OF_MANIFEST),
                values(&whole.facts, OF_MANIFEST),
                "{}",
                row.get("name")
            );
            let report = report(&bytes);
            assert_not_judged(&report, InputKind::Manifest);
            assert_eq!(report.coverage.unwrap().resources, Layer::Absent);
            assert_eq!((report.status, report.anomalies), (Status::Ok, Vec::new()));
        }
    }
}

#[test]
fn a_lone_dex_file_is_not_judged() {
    let dex = entry(&apps::fixture("dialer"), "classes.dex");
    let report = report(&dex);
    assert_eq!(report.input.kind, InputKind::Dex);
    let score = report.score.unwrap();
    assert_eq!((score.band, score.why), (Band::NotAssessable, Why::NoManifest));
}

#[test]
fn what_is_no_manifest_fails() {
    for bytes in [
        &b"<html><body>manifest</body></html>"[..],
        b"<resources><!-- <manifest --></resources>",
        b"\x03\0\x08\0\xff\xff\0\0",
        b"<manifest",
        b"",
        b"text",
    ] {
        let report = report(bytes);
        assert_eq!(
            report.status,
            Status::Failed,
            "{}",
            String::from_utf8_lossy(bytes)
        );
        assert_eq!(report.error.unwrap().kind, "not-an-archive");
    }
    // A manifest that is cut off is read as far as it goes, and judged no better.
    let binary = entry(&apps::fixture("bank"), "AndroidManifest.xml");
    let report = report(&binary[..binary.len() / 2]);
    assert_ne!(report.score.map(|score| score.band), Some(Band::Low));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Takes translations out that have no default, as the compiler does.
fn drop_untranslatable(resources: &Path) {
    let name = |line: &str| {
        Some(
            line.split_once("<string name=\"")?
                .1
                .split_once('"')?
                .0
                .to_owned(),
        )
    };
    let defaults = fs::read_to_string(resources.join("values/strings.xml")).unwrap_or_default();
    let defaults: BTreeSet<String> = defaults.lines().filter_map(name).collect();
    for folder in fs::read_dir(resources).into_iter().flatten() {
        let path = folder.unwrap().path().join("strings.xml");
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let kept = text
            .lines()
            .filter(|line| name(line).is_none_or(|name| defaults.contains(&name)));
        fs::write(&path, kept.collect::<Vec<_>>().join("\n")).unwrap();
    }
}

/// The sources of a fixture in the layout of apktool; `None` for an app without sources of its own.
fn decoded(name: &str) -> Option<tempfile::TempDir> {
    let sources = repository(&format!("fixtures/apps/{name}"));
    let text = fs::read_to_string(sources.join("AndroidManifest.xml")).ok()?;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for part in ["res", "assets"] {
        if sources.join(part).is_dir() {
            copy(&sources.join(part), &root.join(part));
        }
    }
    drop_untranslatable(&root.join("res"));
    // Versions and API levels stand in the settings.
    let mut settings = "!!brut.androlib.meta.MetaInfo\nsdkInfo:\n".to_owned();
    let mut manifest = text.clone();
    for key in ["minSdkVersion", "targetSdkVersion"] {
        let value = text.split(&format!("android:{key}=\"")).nth(1).unwrap();
        let value = value.split('"').next().unwrap();
        settings += &format!("  {key}: '{value}'\n");
    }
    let start = manifest.find("<uses-sdk").unwrap();
    let end = start + manifest[start..].find("/>").unwrap() + 2;
    manifest.replace_range(start..end, "");
    fs::write(root.join("AndroidManifest.xml"), manifest).unwrap();
    fs::write(root.join("apktool.yml"), settings + "version: 2.9.3\n").unwrap();
    let smali = root.join("smali/a/b");
    fs::create_dir_all(&smali).unwrap();
    fs::write(smali.join("C.smali"), ".class public La/b/C;\n").unwrap();
    Some(folder)
}

/// Facts whose places all lie in the resources, by value.
fn of_resources(facts: &FactSet) -> BTreeSet<(FactKind, String)> {
    let kinds = [FactKind::Word, FactKind::Phrase];
    let facts = facts.iter().filter(|(fact, _)| kinds.contains(&fact.kind));
    let facts = facts.filter(|(_, places)| {
        places
            .iter()
            .any(|place| matches!(place, Location::Resource { .. }))
    });
    facts.map(|(fact, _)| (fact.kind, fact.value.clone())).collect()
}

#[test]
fn a_decoded_app_says_what_its_manifest_and_resources_say_in_the_package() {
    let limits = Limits::default();
    let mut compared = 0;
    for (row, apk) in apps::fixtures() {
        let name = row.get("name");
        let Some(folder) = decoded(name) else { continue };
        let folder = Folder::open(folder.path(), &limits).unwrap();
        let files = folder.files();
        let ours = analysis::facts_of(Input::Folder(&files), &RULES, &limits).unwrap();
        let whole = analysis::facts(&apk, &RULES, &limits).unwrap();
        let kinds = [OF_MANIFEST, &[FactKind::NameWord]].concat();
        assert_eq!(
            values(&ours.facts, &kinds),
            values(&whole.facts, &kinds),
            "{name}"
        );
        assert_eq!(of_resources(&ours.facts), of_resources(&whole.facts), "{name}");
        let has_scripts = ours.facts.of_kind(FactKind::Script).next().is_some();
        let (ours, whole) = (ours.manifest.unwrap(), whole.manifest.unwrap());
        assert_eq!(
            (&ours.label, &ours.labels),
            (&whole.label, &whole.labels),
            "{name}"
        );
        assert_eq!(
            (&ours.min_sdk, &ours.target_sdk),
            (&whole.min_sdk, &whole.target_sdk)
        );

        let report = analyze_input(Input::Folder(&files), &RULES, &Options::default());
        if has_scripts {
            // Scripts and compiled programs are kept as they are, and tell what they tell in the package.
            let bands = [&report, &self::report(&apk)].map(|report| report.score.as_ref().unwrap().band);
            assert!(
                bands[0] == bands[1] || bands[0] == Band::NotAssessable,
                "{name}: {bands:?}"
            );
        } else {
            assert_not_judged(&report, InputKind::Folder);
        }
        let coverage = report.coverage.unwrap();
        assert_eq!(coverage.resources, Layer::Read);
        assert!(coverage.opaque.iter().any(|opaque| opaque == "no-code"), "{name}");
        assert!(
            coverage.opaque.iter().any(|opaque| opaque == "smali-code"),
            "{name}"
        );
        compared += 1;
    }
    assert!(compared >= 30, "{compared} apps");
}

#[test]
fn a_decoded_app_names_the_file_of_each_text_and_takes_the_manifest_that_was_kept() {
    let folder = decoded("predatory-lender-id").unwrap();
    let kept = folder.path().join("original/AndroidManifest.xml");
    fs::create_dir(kept.parent().unwrap()).unwrap();
    let apk = apps::fixture("predatory-lender-id");
    fs::write(&kept, entry(&apk, "AndroidManifest.xml")).unwrap();
    fs::write(folder.path().join("AndroidManifest.xml"), "broken").unwrap();
    let folder = Folder::open(folder.path(), &Limits::default()).unwrap();
    let files = folder.files();
    let report = analyze_input(Input::Folder(&files), &RULES, &Options::default());
    let app = report.app.as_ref().unwrap();
    assert_eq!(app.package.as_deref(), Some("id.kilatdana.pinjaman"));
    let mut places = report.findings.iter().flat_map(|finding| &finding.evidence);
    assert!(places.any(|place| place.kind == "resource"
        && place.entry.as_deref() == Some("res/values/strings.xml")));
    // The same files give the same report, wherever they stand.
    let again = analyze_input(Input::Folder(&files), &RULES, &Options::default());
    assert_eq!(report, again);
    assert_eq!(report.input.sha256, Some(Input::Folder(&files).sha256()));
}

#[test]
fn a_folder_without_manifest_or_beyond_the_caps_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "x").unwrap();
    let kind = |path: PathBuf, limits: &Limits| Folder::open(&path, limits).unwrap_err().kind;
    let limits = Limits::default();
    assert_eq!(kind(folder.path().to_owned(), &limits), "no-app-in-folder");
    fs::write(
        folder.path().join("AndroidManifest.xml"),
        "<manifest package='a.b'/>",
    )
    .unwrap();
    assert!(Folder::open(folder.path(), &limits).is_ok());
    for limits in [
        Limits {
            app_bytes: 10,
            ..limits.clone()
        },
        Limits { entries: 1, ..limits },
    ] {
        assert_eq!(kind(folder.path().to_owned(), &limits), "too-large");
    }
}
