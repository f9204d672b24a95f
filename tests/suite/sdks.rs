//! SDKs told from a package: marks that stand alone, marks that do not, and what rules make of them.

use std::sync::LazyLock;

use dunwatch::Ruleset;
use dunwatch::facts::text::parse;
use dunwatch::matching::{Matched, matched};
use dunwatch::signatures::load::Files;

const GATHERER: &str = r#"
schema = 1
id = "gatherer"
name = "Gatherer"
category = "risk-data"
stance = "strong-signal"
status = "stable"
check = "literal"
collects = ["contacts", "sms"]
description = { en = "A library.", zh = "一个库。" }
added = "2026-11-29"
marks = [
    { class-prefix = "Lcom/gatherer/sdk/" },
    { host = "gatherer.example" },
    { component = "com.gatherer.sdk." },
    { library = "libgather*" },
    { library = "libcommon.so", alone = false },
    { entry = "assets/common.dat", alone = false },
]
"#;

/// The embedded rules with an SDK of ours, and an indicator over its groups.
static RULES: LazyLock<Ruleset> = LazyLock::new(|| {
    let indicator = dunwatch::signatures::embedded_files()["context/asks-location.toml"]
        .replace("asks-location", "sample-sdk")
        .replace(
            "\"permission-location\"",
            "\"sdk-strong-signal\", \"sdk-reads-sms-experimental\"",
        );
    let (when, _) = indicator.split_once("[examples]").unwrap();
    let experimental = GATHERER
        .replace("gatherer", "tryout")
        .replace("libgather*", "libtry.so")
        .replace("libcommon", "libtrycommon")
        .replace("common.dat", "try.dat")
        .replace("status = \"stable\"", "status = \"experimental\"");
    Ruleset::with_files(Files::from([
        ("sdks/gatherer.toml".to_owned(), GATHERER.to_owned()),
        ("sdks/tryout.toml".to_owned(), experimental),
        ("context/sample-sdk.toml".to_owned(), when.to_owned()),
    ]))
    .unwrap()
});

fn found(facts: &str) -> Matched {
    matched(&parse(facts).unwrap(), &RULES)
}

fn ids(facts: &str) -> Vec<String> {
    found(facts).sdks.into_iter().map(|sdk| sdk.id).collect()
}

#[test]
fn each_sort_of_mark_tells_an_sdk() {
    for facts in [
        "class Lcom/gatherer/sdk/Main; @ dex classes.dex type_ids 3",
        "host api.gatherer.example @ dex classes.dex string_ids 3",
        "component service com.gatherer.sdk.Upload @ manifest service +8",
        "library libgather_v2.so @ entry lib/arm64-v8a/libgather_v2.so",
        "library libcommon.so @ entry lib/a/libcommon.so\nentry assets/common.dat @ entry assets/common.dat",
    ] {
        assert_eq!(ids(facts), ["gatherer"], "{facts}");
    }
}

#[test]
fn what_only_looks_like_a_mark_tells_nothing() {
    for facts in [
        "class Lcom/gatherer/sdk2/Main; @ dex classes.dex type_ids 3",
        "host notgatherer.example @ dex classes.dex string_ids 3",
        "component service com.gatherer.sdkx @ manifest service +8",
        "library libgathe.so @ entry lib/arm64-v8a/libgathe.so",
        "library libcommon.so @ entry lib/a/libcommon.so @ entry lib/b/libcommon.so",
        "entry assets/common.dat @ entry assets/common.dat",
    ] {
        assert!(ids(facts).is_empty(), "{facts}");
    }
}

#[test]
fn rules_speak_of_what_sdks_have_in_common() {
    let holds = |facts: &str| {
        found(facts)
            .findings
            .iter()
            .any(|finding| finding.id == "sample-sdk")
    };
    assert!(holds("host gatherer.example @ dex classes.dex string_ids 3"));
    assert!(
        holds("host tryout.example @ dex classes.dex string_ids 3"),
        "an experimental signature counts under names of its own"
    );
    assert!(!holds("library libcommon.so @ entry lib/a/libcommon.so"));
}

#[test]
fn the_evidence_of_an_sdk_is_its_marks_with_their_places() {
    let found = found(
        "library libcommon.so @ entry lib/a/libcommon.so\n\
         host gatherer.example @ dex classes.dex string_ids 3\n\
         library libother.so @ entry lib/a/libother.so",
    );
    let evidence: Vec<String> = found.sdks[0]
        .evidence
        .iter()
        .map(|one| format!("{} {} @ {}", one.fact.kind, one.fact.value, one.locations[0]))
        .collect();
    assert_eq!(
        evidence,
        [
            "library libcommon.so @ entry lib/a/libcommon.so",
            "host gatherer.example @ dex classes.dex string_ids 3",
        ]
    );
}

#[test]
fn a_withdrawn_sdk_is_not_found_and_an_unknown_one_cannot_be_withdrawn() {
    let withdrawn = |id: &str| {
        Ruleset::with_files(Files::from([
            ("sdks/gatherer.toml".to_owned(), GATHERER.to_owned()),
            (
                "withdrawn.toml".to_owned(),
                format!("schema = 1\n[[withdraw]]\nid = \"{id}\"\non = \"2026-11-29\"\nreason = \"wrong\"\n"),
            ),
        ]))
    };
    let rules = withdrawn("gatherer").unwrap();
    let facts = parse("host gatherer.example @ dex classes.dex string_ids 3").unwrap();
    assert!(matched(&facts, &rules).sdks.is_empty());
    assert_eq!(
        rules.sdks()["gatherer"].withdrawn.as_ref().unwrap().reason,
        "wrong"
    );
    let error = withdrawn("gatherers").unwrap_err().to_string();
    assert!(error.starts_with("withdrawn.toml:2:1: `gatherers`"), "{error}");
}

#[test]
fn a_mistake_in_a_mark_names_its_place() {
    for (from, to, problem) in [
        (
            "host = \"gatherer.example\"",
            "host = \"a.b\", class = \"La/B;\"",
            "exactly one pattern",
        ),
        (
            "host = \"gatherer.example\"",
            "hosts = \"a.b\"",
            "unknown field `hosts`",
        ),
        ("\"risk-data\"", "\"riskdata\"", "unknown variant `riskdata`"),
        ("\"sms\"]", "\"texts\"]", "unknown variant `texts`"),
    ] {
        let text = GATHERER.replace(from, to);
        let error = Ruleset::with_files(Files::from([("sdks/gatherer.toml".to_owned(), text)]))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("sdks/gatherer.toml:") && error.contains(problem),
            "{error}"
        );
    }
}

#[test]
fn the_sdk_of_a_class_is_the_one_with_the_longest_mark() {
    let name = |descriptor: &str| RULES.sdk_of(descriptor).map(|sdk| sdk.id.get_ref().as_str());
    assert_eq!(name("Lcom/gatherer/sdk/Main;"), Some("gatherer"));
    assert_eq!(name("Lcom/gatherer/Main;"), None);
    assert_eq!(name("Lcom/moxie/client/dfp/ContactProfile;"), Some("moxie"));
}
