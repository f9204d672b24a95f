//! What the lending card says of apps that consist of texts alone: lenders and look-alikes in every
//! language of the word lists.
//!
//! The texts (`first.toml`, `second.toml`, `third.toml`) were written without the word lists at hand and are not
//! changed to fit them, nor were words taken from them. Weights in `signatures/scoring.toml` rest on
//! the first two sets and name them; nothing rests on the third. What is found is recorded; a row that falls short carries its reason.
//! `UPDATE_RECORDS=1 cargo test language_apps` writes the records anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use dunwatch::{Options, analyze};
use serde::Deserialize;

use crate::support::apps::{RULES, repository};
use crate::support::arsc::{self, Package, Value};
use crate::support::axml::{self, Node, reference};
use crate::support::records::compare;
use crate::support::zip::{Archive, File};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Apps {
    app: Vec<App>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct App {
    language: String,
    #[expect(
        dead_code,
        reason = "all texts are given the default locale, so that only words count"
    )]
    locale: String,
    name: String,
    lending: bool,
    label: String,
    strings: Vec<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "for the reader of the texts")]
    note: String,
}

fn apps(text: &str) -> Vec<App> {
    toml::from_str::<Apps>(text).unwrap().app
}

/// A package with the app's label and strings, and nothing else.
fn package(app: &App) -> Vec<u8> {
    let texts = [&app.label].into_iter().chain(&app.strings);
    let names: Vec<String> = (0..=app.strings.len())
        .map(|index| format!("text_{index}"))
        .collect();
    let entries: Vec<(u16, &str, Value)> = (0u16..)
        .zip(&names)
        .zip(texts)
        .map(|((index, name), text)| (index, name.as_str(), Value::from(text.as_str())))
        .collect();
    let table = arsc::build(&[Package::app().strings("", &entries)], true);
    let application = Node::new("application").android(0x0101_0001, "label", reference(0x7f01_0000));
    let manifest = Node::new("manifest")
        .plain("package", "com.example.texts")
        .child(application);
    Archive::new()
        .file(File::deflated("AndroidManifest.xml", &axml::build(&manifest)))
        .file(File::deflated("resources.arsc", &table))
        .build()
}

/// Decibans of the lending card.
fn lending(app: &App) -> f64 {
    let report = analyze(&package(app), &RULES, &Options::default());
    assert_eq!(
        report
            .app
            .as_ref()
            .and_then(|found| found.label.clone())
            .as_deref(),
        Some(app.label.as_str()),
        "{}.{}",
        app.language,
        app.name
    );
    report.score.unwrap().lending_db
}

/// Reasons of the recorded rows, by language and name.
fn reasons(recorded: &str) -> BTreeMap<String, String> {
    recorded
        .lines()
        .skip(1)
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            Some((
                format!("{}\t{}", cells.first()?, cells.get(1)?),
                (*cells.get(5)?).to_owned(),
            ))
        })
        .collect()
}

/// The record, and how many lenders and look-alikes are told right.
fn measure(text: &str, recorded: &str) -> (String, [usize; 4]) {
    let threshold = RULES.scoring().band.lending;
    let reasons = reasons(recorded);
    let mut table = "language\tapp\tlends\tdecibans\ttaken for a lender\treason\n".to_owned();
    let mut counts = [0; 4];
    for app in apps(text) {
        let decibans = lending(&app);
        let taken = decibans >= threshold;
        let said = |yes: bool| if yes { "yes" } else { "no" };
        counts[usize::from(app.lending) * 2 + usize::from(taken)] += 1;
        let key = format!("{}\t{}", app.language, app.name);
        let reason = reasons.get(&key).filter(|_| taken != app.lending);
        let reason = reason.map(String::as_str).unwrap_or_default();
        let (lends, taken) = (said(app.lending), said(taken));
        writeln!(table, "{key}\t{lends}\t{decibans:.1}\t{taken}\t{reason}").unwrap();
    }
    (table, counts)
}

fn check(text: &str, record: &str) {
    compare(record, |recorded| measure(text, recorded).0);
    let recorded = std::fs::read_to_string(repository(record)).unwrap();
    for line in recorded.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        if cells[2] != cells[4] {
            assert!(
                cells[5].len() > 10,
                "a row that falls short has no reason: {line}"
            );
        }
    }
}

#[test]
fn the_first_set_is_told_apart_as_recorded() {
    check(include_str!("first.toml"), "tests/suite/language_apps/first.tsv");
}

#[test]
fn the_second_set_is_told_apart_as_recorded() {
    check(
        include_str!("second.toml"),
        "tests/suite/language_apps/second.tsv",
    );
}

#[test]
fn the_third_set_is_told_apart_as_recorded() {
    check(include_str!("third.toml"), "tests/suite/language_apps/third.tsv");
}

#[test]
fn every_language_has_a_lender_and_look_alikes() {
    let texts = [
        include_str!("first.toml"),
        include_str!("second.toml"),
        include_str!("third.toml"),
    ];
    let apps = apps(&texts.concat());
    let lists = RULES.lexicon().terms().map(|(_, term)| term.language.as_str());
    for language in lists.collect::<BTreeSet<_>>() {
        let of = |lending: bool| {
            let same = apps
                .iter()
                .filter(|app| app.language == language && app.lending == lending);
            same.count()
        };
        assert!(of(true) >= 4 && of(false) >= 7, "{language}");
    }
}
