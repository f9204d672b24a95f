//! The rules: complete, consistent, and true on their own examples.

use std::time::Instant;

#[path = "signatures/folder.rs"]
mod folder;
#[path = "signatures/program.rs"]
mod program;
#[path = "signatures/reference.rs"]
mod reference;

use dunwatch::messages::{Language, Messages};
use dunwatch::signatures::load::Files;
use dunwatch::signatures::{embedded_files, lint};
use dunwatch::{Ruleset, render};

use crate::support::apps::{self, RULES};

#[test]
fn the_embedded_rules_are_lint_clean_and_their_examples_hold() {
    let complaints = lint::lint(&RULES, &embedded_files());
    let messages = Messages::of(Language::English);
    let lines = render::signatures::complaints::text(&complaints, &str::to_owned, messages);
    assert!(lines.is_empty(), "\n{lines}");
}

#[test]
fn every_weight_says_where_it_comes_from() {
    let scoring = RULES.scoring();
    for weight in &scoring.weight {
        assert!(weight.get_ref().why.len() > 4, "{}", weight.get_ref().indicator);
    }
    let named: Vec<&str> = scoring
        .weight
        .iter()
        .map(|weight| weight.get_ref().indicator.as_str())
        .collect();
    for indicator in RULES.indicators_in_order() {
        let id = indicator.id.get_ref().as_str();
        // What is no evidence by itself is listed here, so that a forgotten weight is noticed.
        let unweighed = [
            "leaves-device",
            "sends-over-network",
            "sends-by-sms",
            "lender-licence-claim",
        ];
        let is_context = embedded_files().contains_key(&format!("context/{id}.toml"));
        // Statements that others rest on, or that explain what does not count.
        let quiet_ends = [
            "-read-kept",
            "-lookup",
            "-read-whole",
            "-stored",
            "-single-sent",
            "-single-bridged",
            "-single-only",
        ];
        let is_quiet =
            is_context || unweighed.contains(&id) || quiet_ends.iter().any(|end| id.ends_with(end));
        assert_ne!(
            named.contains(&id),
            is_quiet,
            "{id} is either weighed or listed as not weighed"
        );
    }
}

#[test]
fn a_folder_adds_and_replaces_rules() {
    let mut files = embedded_files();
    let text = files.remove("context/asks-location.toml").unwrap();
    let added = text
        .replace("asks-location", "asks-place")
        .replace("permission-location", "permission-calendar");
    let changed = text.replace("asks for the place of the phone", "asks where the phone is");
    let own = Files::from([
        ("context/asks-place.toml".to_owned(), added),
        ("context/asks-location.toml".to_owned(), changed),
    ]);
    let rules = Ruleset::with_files(own).unwrap();
    assert!(rules.indicator("asks-place").is_some());
    assert_eq!(
        rules.indicator("asks-location").unwrap().title.en,
        "asks where the phone is"
    );
    assert_ne!(rules.sha256(), RULES.sha256());
}

#[test]
fn mistakes_name_file_line_and_remedy() {
    let base = embedded_files();
    let indicator = base["context/asks-location.toml"].clone();
    let cases = [
        (
            "context/asks-location.toml",
            indicator.replace("permission-location", "permission-moon"),
            "`permission-moon` is neither a kind nor an indicator",
        ),
        (
            "context/asks-location.toml",
            indicator.replace("any = [\"permission-location\"]", "any = [\"asks-location\"]"),
            "refer to each other in a circle",
        ),
        (
            "context/permission-calendar.toml",
            indicator.replace("id = \"asks-location\"", "id = \"permission-calendar\""),
            "`permission-calendar` is a kind as well",
        ),
        (
            "context/asks-location.toml",
            indicator.replace("severity = \"info\"", "severity = \"dire\""),
            "unknown variant `dire`",
        ),
        (
            "context/other.toml",
            indicator.clone(),
            "differs from the file name",
        ),
        (
            "scoring.toml",
            base["scoring.toml"].replace("group = \"name\"", "group = \"nmae\""),
            "`nmae` is not a group",
        ),
        (
            "scoring.toml",
            base["scoring.toml"].replace("db = 7.0", "db = -7.0"),
            "not below zero",
        ),
        (
            "apis/roles.toml",
            base["apis/roles.toml"].replace("kind = \"role-sms\"", "kind = \"role-moon\""),
            "`role-moon` is not a kind",
        ),
        (
            "apis/roles.toml",
            base["apis/roles.toml"].replace("action = \"android.intent.action.DIAL\"", "note = \"\""),
            "exactly one pattern",
        ),
        (
            "apis/harvest-reads.toml",
            base["apis/harvest-reads.toml"].replace("sms bulk proven leaves", "sms whole proven leaves"),
            "`whole` is none of bulk, lookup, picked, unknown",
        ),
        ("moon/x.toml", String::new(), "no rule file has this path"),
    ];
    for (path, text, problem) in cases {
        let error = Ruleset::with_files(Files::from([(path.to_owned(), text)]))
            .unwrap_err()
            .to_string();
        assert!(error.contains(problem), "{path}: {error}");
        assert!(error.starts_with(&format!("{path}:")), "{error}");
        let place: Vec<&str> = error.split(':').collect();
        assert!(
            place[1].parse::<u32>().is_ok() && place[2].parse::<u32>().is_ok(),
            "{error}"
        );
    }
}

/// The table of signatures/README.md lists every complaint of the linter as the linter words it.
#[test]
fn the_complaints_are_listed_for_the_reader() {
    let text = std::fs::read_to_string(apps::repository("signatures/README.md")).unwrap();
    let (_, table) = text.split_once("## What `lint` says").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let listed: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    let messages = Messages::of(Language::English);
    let codes: Vec<String> = lint::codes::ALL
        .iter()
        .map(|code| {
            let remedy = messages.text("lint-remedy", code.name);
            format!("| {} | {} | {remedy} |", code.name, code.complaint)
        })
        .collect();
    assert_eq!(listed, codes);
}

/// Reports, withdrawals and links know signatures by their id alone.
#[test]
fn one_id_is_for_one_signature_of_whatever_sort() {
    let base = embedded_files();
    let named = |path: &str, from: &str, to: &str| {
        assert!(base[path].contains(from), "{path}");
        base[path].replacen(from, to, 1)
    };
    let indicator = |id: &str| named("context/asks-location.toml", "asks-location", id);
    let sdk = |id: &str| named("sdks/moxie.toml", "id = \"moxie\"", &format!("id = \"{id}\""));
    let list = |id: &str| named("published/sbs-peru-2024.toml", "sbs-peru-2024", id);
    let store = |store: &str, rule: &str| {
        let text = named("policies/store-google-play.toml", "google-play", store);
        let text = text.replacen("store:google-play", &format!("store:{store}"), 1);
        text.replacen("id = \"personal-loans\"", &format!("id = \"{rule}\""), 1)
    };
    let cases: [(&str, String, &str, &str); 8] = [
        (
            "context/moxie.toml",
            indicator("moxie"),
            "moxie",
            "sdks/moxie.toml",
        ),
        (
            "sdks/asks-location.toml",
            sdk("asks-location"),
            "asks-location",
            "context/asks-location.toml",
        ),
        ("published/moxie.toml", list("moxie"), "moxie", "sdks/moxie.toml"),
        (
            "lending/asks-location.toml",
            indicator("asks-location"),
            "asks-location",
            "context/asks-location.toml",
        ),
        (
            "sdks/ours/moxie.toml",
            base["sdks/moxie.toml"].clone(),
            "moxie",
            "sdks/moxie.toml",
        ),
        (
            "published/ours/sbs-peru-2024.toml",
            list("sbs-peru-2024"),
            "sbs-peru-2024",
            "published/sbs-peru-2024.toml",
        ),
        (
            "policies/store-advice.toml",
            store("advice", "steps"),
            "advice/steps",
            "advice/steps.toml",
        ),
        (
            "policies/store-lexicon.toml",
            store("lexicon", "en"),
            "lexicon/en",
            "lexicon/en.toml",
        ),
    ];
    for (path, text, id, other) in cases {
        let error = Ruleset::with_files(Files::from([(path.to_owned(), text)]))
            .unwrap_err()
            .to_string();
        assert!(error.contains(&format!("the id `{id}`")), "{error}");
        assert!(error.contains(path) && error.contains(other), "{error}");
    }
    let twice = named(
        "policies/store-google-play.toml",
        "id = \"sms\"",
        "id = \"call-log\"",
    );
    let error = Ruleset::with_files(Files::from([(
        "policies/store-google-play.toml".to_owned(),
        twice,
    )]))
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("`google-play/call-log` stands here twice"),
        "{error}"
    );
}

/// The recipe of CONTRIBUTING.md: its fenced files load beside the embedded ones and are lint clean.
#[test]
fn the_recipe_for_a_signature_works_as_written() {
    let text = std::fs::read_to_string(apps::repository("CONTRIBUTING.md")).unwrap();
    let mut files = Files::new();
    let mut rest = text.as_str();
    while let Some((_, behind)) = rest.split_once("```toml path=") {
        let (path, behind) = behind.split_once('\n').unwrap();
        let (content, behind) = behind.split_once("\n```").unwrap();
        files.insert(path.trim().to_owned(), format!("{content}\n"));
        rest = behind;
    }
    assert!(files.len() >= 2, "the recipe shows {} files", files.len());
    let rules = Ruleset::with_files(files.clone()).unwrap();
    let mut all = embedded_files();
    all.extend(files);
    assert_eq!(lint::lint(&rules, &all), []);
}

#[test]
fn loading_is_done_once_and_shared() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    is_shared(&*RULES);
    let start = Instant::now();
    let again = Ruleset::embedded().unwrap();
    println!("loading the rules took {:?}", start.elapsed());
    assert_eq!(again.sha256(), RULES.sha256());
}
