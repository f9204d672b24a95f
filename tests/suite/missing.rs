//! Splits that an app is installed with and that were not given.

use dunwatch::report::Report;
use dunwatch::report::v1::{Band, Status, Why};
use dunwatch::{Input, Options, analyze_input};

use crate::collections::{code, package, report, root};
use crate::support::apps::RULES;
use crate::support::arsc::{self, Package};
use crate::support::axml::{self, Node, reference};
use crate::support::zip::{Archive, File};

const NAME: u32 = 0x0101_0003;
const VALUE: u32 = 0x0101_0024;
const RESOURCE: u32 = 0x0101_0025;

fn requiring(types: &str) -> Node {
    root("a.b", 1, None).android(0x0101_064e, "requiredSplitTypes", types)
}

fn split(name: &str, types: &str) -> Vec<u8> {
    let root = root("a.b", 1, Some(name)).android(0x0101_064f, "splitTypes", types);
    package(root, None)
}

/// A base whose application is `application`.
fn base(application: Node) -> Vec<u8> {
    let root = Node::new("manifest")
        .plain("package", "a.b")
        .android(0x0101_021b, "versionCode", 1);
    package(root.child(application), Some(&code()))
}

fn meta_data(name: &str) -> Node {
    Node::new("meta-data").android(NAME, "name", name)
}

/// The report on these packages, given together.
fn together(packages: &[&[u8]]) -> Report {
    let names: Vec<String> = (0..packages.len())
        .map(|number| format!("{number}.apk"))
        .collect();
    let pieces: Vec<_> = names
        .iter()
        .zip(packages)
        .map(|(name, bytes)| dunwatch::analysis::Piece { name, bytes })
        .collect();
    analyze_input(Input::Parts(&pieces), &RULES, &Options::default())
}

/// What is missing, each with the entry of `opaque` that it belongs to; an entry alone has no name.
fn missing(report: &Report) -> Vec<(String, String)> {
    let coverage = report.coverage.as_ref().unwrap();
    let names = coverage.missing.iter();
    let mut rows: Vec<_> = names.map(|one| (one.opaque.clone(), one.name.clone())).collect();
    let unnamed = coverage.opaque.iter().filter(|code| {
        code.starts_with("missing-") && coverage.missing.iter().all(|one| one.opaque != **code)
    });
    rows.extend(unnamed.map(|code| (code.clone(), String::new())));
    rows
}

fn rows(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(code, name): &(&str, &str)| ((*code).to_owned(), (*name).to_owned());
    expected.iter().map(owned).collect()
}

fn band(report: &Report) -> (Status, Band) {
    (report.status, report.score.as_ref().unwrap().band)
}

#[test]
fn types_that_no_part_is_are_missing_and_those_of_code_leave_no_band_low() {
    let code = code();
    let base = package(requiring("base__abi, base__density,,risk__module"), Some(&code));
    let alone = report(&base);
    let expected = [
        ("missing-module", "risk__module"),
        ("missing-split", "base__abi"),
        ("missing-split", "base__density"),
    ];
    assert_eq!(missing(&alone), rows(&expected));
    let score = alone.score.as_ref().unwrap();
    assert_eq!(
        (alone.status, score.band, score.why),
        (Status::Degraded, Band::NotAssessable, Why::CodeUnreadable)
    );

    let abi = split("config.arm64_v8a", "base__abi");
    let risk = root("a.b", 1, Some("risk"))
        .android(0x0101_064f, "splitTypes", "risk__module")
        .android(0x0101_064e, "requiredSplitTypes", "risk__abi");
    let risk = package(risk, None);
    let found = together(&[&base, &abi, &risk]);
    // The module needs something by itself.
    let expected = [("missing-split", "base__density"), ("missing-split", "risk__abi")];
    assert_eq!(missing(&found), rows(&expected));
    assert_eq!(band(&found), (Status::Degraded, Band::Low));

    let density = split("config.xxhdpi", "base__density");
    let of_module = split("risk.config.arm64_v8a", "risk__abi");
    let whole = together(&[&base, &abi, &risk, &density, &of_module]);
    assert_eq!(
        (missing(&whole), band(&whole)),
        (rows(&[]), (Status::Ok, Band::Low))
    );
}

#[test]
fn a_base_that_does_not_come_alone_says_so_without_naming_what_is_missing() {
    const REQUIRED: &str = "com.android.vending.splits.required";
    let flagged = |value: bool| Node::new("application").android(0x0101_0591, "isSplitRequired", value);
    let noted =
        |value: bool| Node::new("application").child(meta_data(REQUIRED).android(VALUE, "value", value));
    let on_root = root("a.b", 1, None).android(0x0101_0591, "isSplitRequired", true);
    let of_any = split("config.in", "");
    for base in [
        base(flagged(true)),
        base(noted(true)),
        package(on_root, Some(&code())),
    ] {
        let alone = report(&base);
        assert_eq!(missing(&alone), rows(&[("missing-split", "")]));
        assert_eq!(band(&alone), (Status::Degraded, Band::Low));
        // With any split Android installs it.
        let found = together(&[&base, &of_any]);
        assert_eq!(
            (missing(&found), band(&found)),
            (rows(&[]), (Status::Ok, Band::Low))
        );
    }
    for base in [
        base(flagged(false)),
        base(noted(false)),
        package(requiring(""), Some(&code())),
    ] {
        let alone = report(&base);
        assert_eq!(
            (missing(&alone), band(&alone)),
            (rows(&[]), (Status::Ok, Band::Low))
        );
    }
}

/// A base with the list of its splits for languages at `path`.
fn listing(path: &str, list: &[u8]) -> Vec<u8> {
    let table = Package::app().strings("", &[(0, "splits0", path.into())]);
    let id = 0x7f01_0000;
    let application = Node::new("application").child(meta_data("com.android.vending.splits").android(
        RESOURCE,
        "resource",
        reference(id),
    ));
    let root = Node::new("manifest")
        .plain("package", "a.b")
        .android(0x0101_021b, "versionCode", 1)
        .child(application);
    Archive::new()
        .file(File::deflated("AndroidManifest.xml", &axml::build(&root)))
        .file(File::deflated("classes.dex", &code()))
        .file(File::deflated("resources.arsc", &arsc::build(&[table], true)))
        .file(File::deflated("res/xml/splits0.xml", list))
        .build()
}

#[test]
fn splits_for_languages_are_named_by_their_list() {
    let entry = |language: &str, split: &str| Node::new("entry").plain("key", language).plain("split", split);
    let module = |name: &str, entries: Vec<Node>| {
        let languages = entries.into_iter().fold(Node::new("language"), Node::child);
        Node::new("module").plain("name", name).child(languages)
    };
    let list = Node::new("splits")
        .child(module(
            "",
            vec![
                entry("en", ""),
                entry("hi", "config.hi"),
                entry("id", "config.id"),
            ],
        ))
        .child(module("risk", vec![entry("hi", "risk.config.hi")]));
    let list = axml::build(&list);
    let base = listing("res/xml/splits0.xml", &list);
    let alone = report(&base);
    let expected = [
        ("missing-language", "config.hi"),
        ("missing-language", "config.id"),
        ("missing-language", "risk.config.hi"),
    ];
    assert_eq!(missing(&alone), rows(&expected));
    assert_eq!(band(&alone), (Status::Ok, Band::Low), "none of them is required");
    let found = together(&[&base, &split("config.hi", ""), &split("risk.config.hi", "")]);
    assert_eq!(missing(&found), rows(&[("missing-language", "config.id")]));

    // A list that is not there or not to be read names nothing, and ends nothing.
    for base in [
        listing("res/xml/gone.xml", &list),
        listing("res/xml/splits0.xml", &list[..list.len() / 3]),
        listing("res/xml/splits0.xml", b""),
    ] {
        let found = report(&base);
        assert_eq!(found.score.unwrap().band, Band::Low);
    }
}

#[test]
fn names_are_bounded_and_shown_in_both_languages() {
    let types: Vec<String> = (0..2_000).map(|number| format!("base__{number}")).collect();
    let found = report(&package(requiring(&types.join(",")), Some(&code())));
    assert_eq!(missing(&found).len(), dunwatch::limits::Limits::default().parts);

    use dunwatch::messages::{Language, Messages};
    let found = report(&package(requiring("base__abi,risk__module"), Some(&code())));
    for (language, expected) in [
        (Language::English, "Named: base__abi."),
        (Language::SimplifiedChinese, "名称：base__abi。"),
    ] {
        let text = dunwatch::render::text(&found, None, Messages::of(language), 400);
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(
            text.contains(expected) && text.contains("missing-module"),
            "{text}"
        );
    }
}

#[test]
fn a_flutter_app_without_the_split_with_its_program_is_not_taken_for_read() {
    let root = requiring("base__abi").child(Node::new("uses-permission").android(
        NAME,
        "name",
        "android.permission.READ_CONTACTS",
    ));
    let base = Archive::new()
        .file(File::deflated("AndroidManifest.xml", &axml::build(&root)))
        .file(File::deflated("classes.dex", &code()))
        .file(File::deflated("assets/flutter_assets/AssetManifest.json", b"{}"))
        .build();
    let found = report(&base);
    assert_eq!(missing(&found), rows(&[("missing-split", "base__abi")]));
    let opaque = &found.coverage.as_ref().unwrap().opaque;
    assert!(opaque.iter().any(|code| code == "script-code"), "{opaque:?}");
    assert_eq!(found.score.unwrap().band, Band::NotAssessable);
}
