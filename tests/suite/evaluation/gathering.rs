//! How reports and rows find each other.

use std::collections::BTreeSet;

use dunwatch::Report;
use dunwatch::evaluation::case::{assessment, languages};
use dunwatch::evaluation::{Card, Case, Gathering, Grouping, Matching, Truth};
use dunwatch::report::v1::Band;

use crate::samples;

fn report(name: &str, digest: &str, package: &str) -> Report {
    let mut report = samples::lender();
    report.input.name = name.to_owned();
    report.input.sha256 = Some(digest.repeat(32));
    report.app.as_mut().unwrap().package = Some(package.to_owned());
    report
}

fn gathered(table: &str, grouping: Grouping, reports: &[Report]) -> (Vec<Case>, Matching) {
    let truth = Truth::parse(table.as_bytes(), "label").unwrap();
    let mut gathering = Gathering::new(&truth, Card::Both, grouping);
    for report in reports {
        gathering.add(report).unwrap();
    }
    let (sample, matching) = gathering.finish();
    let whole = sample.whole();
    let cases = sample.cases(&whole).map(|(case, _)| case.clone()).collect();
    (cases, matching)
}

#[test]
fn the_digest_decides_before_package_and_name() {
    let table = format!(
        "sha256,package,name,label\n{},,,no\n,p,,yes\n,,b.apk,no\n,,x/c.apk,no\n",
        "a1".repeat(32)
    );
    let reports = [
        report("x/a.apk", "a1", "p"),
        report("x/b.apk", "a2", "p"),
        report("x\\b.apk", "a3", "q"),
        report("x/c.apk", "a4", "q"),
        report("y/c.apk", "a5", "q"),
    ];
    let (cases, matching) = gathered(&table, Grouping::Package, &reports);
    let mut labels: Vec<_> = cases.iter().map(|case| (&case.id[..2], case.positive)).collect();
    labels.sort_unstable();
    assert_eq!(
        labels,
        [("a1", false), ("a2", true), ("a3", false), ("a4", false)]
    );
    assert_eq!(
        (matching.reports, matching.labelled, matching.unmatched_rows.count),
        (5, 4, 0)
    );
    assert_eq!(matching.unlabelled.first, ["y/c.apk"]);
}

#[test]
fn everything_that_is_left_out_is_counted() {
    let rows: String = (0..8).map(|number| format!("gone{number},yes\n")).collect();
    let table = format!("name,label\na.apk,unsure\nb.apk,yes\n{rows}");
    let reports = [
        report("a.apk", "a1", "p"),
        report("b.apk", "a2", "p"),
        report("b.apk", "a2", "p"),
        report("c.apk", "a3", "p"),
    ];
    let (cases, matching) = gathered(&table, Grouping::Package, &reports);
    assert_eq!(cases.len(), 1);
    assert_eq!(
        (matching.unsure, matching.repeated, matching.unlabelled.count),
        (1, 1, 1)
    );
    assert_eq!((matching.rows, matching.unmatched_rows.count), (10, 8));
    assert_eq!(matching.unmatched_rows.first.len(), 5);
    assert_eq!(matching.unmatched_rows.first[0], "name gone0");
    assert_eq!(matching.rules.len(), 1);
    assert_eq!(matching.rules[0].reports, 1);
}

#[test]
fn one_file_cannot_be_both() {
    let truth = Truth::parse(b"name,label\na.apk,yes\nb.apk,no\n", "label").unwrap();
    let mut gathering = Gathering::new(&truth, Card::Both, Grouping::Package);
    gathering.add(&report("a.apk", "a1", "p")).unwrap();
    let error = gathering
        .add(&report("b.apk", "a1", "p"))
        .unwrap_err()
        .to_string();
    let digest = "a1".repeat(32);
    assert_eq!(
        error,
        format!("lines 2 and 3 label the same file, SHA-256 {digest}, as positive and as negative")
    );
}

#[test]
fn groups_come_from_package_certificate_or_column() {
    let table = "name,label,group\na.apk,yes,one\nb.apk,yes,\nc.apk,no,one\nd.apk,no,\n";
    let mut reports = [
        report("a.apk", "a1", "p"),
        report("b.apk", "a2", "p"),
        report("c.apk", "a3", "q"),
        report("d.apk", "a4", "q"),
    ];
    reports[3].app = None;
    let groups = |grouping| {
        let (cases, _) = gathered(table, grouping, &reports);
        let mut groups: Vec<_> = cases
            .into_iter()
            .map(|case| (case.id[..2].to_owned(), case.group))
            .collect();
        groups.sort();
        groups.into_iter().map(|(_, group)| group).collect::<Vec<_>>()
    };
    let alone = format!("file {}", "a4".repeat(32));
    let certificate = format!("certificate {}", "c3".repeat(32));
    assert_eq!(
        groups(Grouping::Package),
        ["package p", "package p", "package q", &alone]
    );
    assert_eq!(
        groups(Grouping::Column),
        ["group one", "package p", "group one", &alone]
    );
    assert_eq!(
        groups(Grouping::Certificate),
        [&*certificate, &*certificate, &*certificate, &*alone]
    );
}

#[test]
fn languages_come_from_the_row_or_from_the_texts() {
    let row = |table: &str| {
        let truth = Truth::parse(table.as_bytes(), "label").unwrap();
        truth.rows().next().unwrap().1.clone()
    };
    let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let plain = row("name,label\na,1\n");
    assert_eq!(languages(&samples::lender(), &plain), set(&["en", "id"]));
    assert_eq!(languages(&samples::unreadable(), &plain), set(&["und"]));
    let told = row("name,label,language\na,1,hi sw\n");
    assert_eq!(languages(&samples::lender(), &told), set(&["hi", "sw"]));
}

#[test]
fn only_an_assessed_app_has_a_probability() {
    let mut report = samples::lender();
    let probability = |report: &Report, card| assessment(report, card).map(|one| one.probability);
    assert_eq!(probability(&report, Card::Both), Some(0.831));
    // 1 / (1 + 10^-1.9) and 1 / (1 + 10^-1.15)
    assert!((probability(&report, Card::Harvest).unwrap() - 0.987_567_264_745_557_6).abs() < 1e-12);
    assert!((probability(&report, Card::Lending).unwrap() - 0.933_885_938_662_804_3).abs() < 1e-12);
    report.score.as_mut().unwrap().band = Band::NotAssessable;
    assert_eq!(probability(&report, Card::Lending), None);
    assert_eq!(probability(&samples::packed(), Card::Both), None);
    assert_eq!(probability(&samples::unreadable(), Card::Both), None);
}
