//! What reports say of each kind of data: how it is read, how far that is shown, where it goes.

use std::fs;

use dunwatch::messages::{Language, Messages};
use dunwatch::report::v1::{Band, Data, Evidence, Harvest, Level, Read, Sink};
use dunwatch::{Options, Report, analyze, render};

use crate::support::apps::{self, RULES};

/// The report of a package of the micro-suite.
fn micro(name: &str) -> Report {
    let path = apps::repository(&format!("fixtures/micro/apks/{name}.apk"));
    analyze(&fs::read(path).unwrap(), &RULES, &Options::default())
}

fn row(report: &Report, data: Data) -> &Harvest {
    report.harvest.iter().find(|row| row.data == data).unwrap()
}

#[test]
fn each_level_is_given_where_it_holds_and_no_stronger() {
    let yes = Some(true);
    for (name, data, read, level, reachable, sink) in [
        (
            "permission-only",
            Data::Sms,
            Read::Unknown,
            Level::Declared,
            None,
            None,
        ),
        (
            "uri-type-only",
            Data::Contacts,
            Read::Unknown,
            Level::Named,
            None,
            None,
        ),
        (
            "autocomplete-adapter",
            Data::Contacts,
            Read::Bulk,
            Level::Located,
            yes,
            None,
        ),
        (
            "lookup-caller-shown",
            Data::Contacts,
            Read::Lookup,
            Level::Located,
            yes,
            None,
        ),
        (
            "dead-private-method",
            Data::CallLog,
            Read::Bulk,
            Level::Located,
            Some(false),
            None,
        ),
        (
            "contacts-count-sent",
            Data::Contacts,
            Read::Bulk,
            Level::Linked,
            yes,
            Some(Sink::Network),
        ),
        (
            "contacts-http-direct",
            Data::Contacts,
            Read::Bulk,
            Level::Proven,
            yes,
            Some(Sink::Network),
        ),
        (
            "contacts-backup-file",
            Data::Contacts,
            Read::Bulk,
            Level::Proven,
            yes,
            Some(Sink::File),
        ),
        (
            "sms-file-upload",
            Data::Sms,
            Read::Bulk,
            Level::Proven,
            yes,
            Some(Sink::FileThenNetwork),
        ),
    ] {
        let report = micro(name);
        let row = row(&report, data);
        assert_eq!(
            (row.read, row.level, row.reachable, row.sink),
            (read, level, reachable, sink),
            "{name}"
        );
        assert!(!row.path.is_empty(), "{name}");
    }
}

#[test]
fn a_path_leads_from_the_read_to_the_sink() {
    let report = micro("contacts-http-direct");
    let path = &row(&report, Data::Contacts).path;
    let says = |step: &Evidence, start: &str, end: &str| {
        let value = step.value.as_deref().unwrap_or_default();
        step.kind == "dex" && step.method.is_some() && value.starts_with(start) && value.contains(end)
    };
    assert!(path.len() <= 40, "{} steps", path.len());
    assert!(says(&path[0], "read ", ";->query("), "{path:?}");
    assert!(says(&path[path.len() - 1], "sink ", ";->"), "{path:?}");
}

#[test]
fn findings_and_contributions_show_the_place_of_the_read() {
    let report = micro("contacts-http-direct");
    let read = &row(&report, Data::Contacts).path[0];
    let score = report.score.as_ref().unwrap();
    let contribution = score.contributions.iter().find(|part| part.id == "contacts-sent");
    let finding = report.findings.iter().find(|found| found.id == "contacts-sent");
    for evidence in [&contribution.unwrap().evidence, &finding.unwrap().evidence] {
        assert_eq!(
            (
                &evidence[0].method,
                evidence[0].offset,
                evidence[0].value.as_deref()
            ),
            (&read.method, read.offset, Some("contacts bulk proven leaves"))
        );
    }
}

#[test]
fn only_what_is_followed_off_the_device_is_elevated_by_itself() {
    for (name, band, vector) in [
        ("contacts-http-direct", Band::Elevated, "K:C/Q:bulk/F:net-proven"),
        ("all-kinds-type-code", Band::Elevated, "K:CSL/Q:bulk/F:net-proven"),
        ("contacts-count-sent", Band::Low, "K:C/Q:bulk/F:net-linked"),
        ("autocomplete-adapter", Band::Low, "K:C/Q:bulk/F:net-located"),
        ("contacts-backup-file", Band::Low, "K:C/Q:bulk/F:-"),
        ("lookup-caller-name", Band::Low, "K:C/Q:lookup/F:net-proven"),
        ("sms-one-by-id-shown", Band::Low, "K:S/Q:lookup/F:-"),
        ("dead-private-method", Band::Low, "K:L/Q:-/F:-"),
    ] {
        let score = micro(name).score.unwrap();
        assert_eq!(score.band, band, "{name}: {score:?}");
        assert!(score.vector.contains(vector), "{name}: {}", score.vector);
    }
}

#[test]
fn a_person_reads_how_it_is_read_and_where_it_goes() {
    for (name, english, chinese) in [
        (
            "contacts-http-direct",
            [
                "The whole table is read. The data goes to the network.",
                "An entry point of the app gets there.",
            ],
            ["读取整张表。数据发往网络。", "应用的入口点能够到达该处。"],
        ),
        (
            "contacts-count-sent",
            [
                "The same code also gets to a way off the device (network)",
                "linked: ",
            ],
            ["同一段代码也能到达传出数据之处（网络）", "已关联："],
        ),
        (
            "dead-private-method",
            [
                "No place it goes to was found.",
                "No entry point of the app was found to get there.",
            ],
            ["未发现数据去向。", "未发现应用的入口点能够到达该处。"],
        ),
        (
            "contacts-backup-file",
            ["The data goes to a file.", "proven: "],
            ["数据写入文件。", "已证实："],
        ),
    ] {
        let report = micro(name);
        for (language, sentences) in [
            (Language::English, english),
            (Language::SimplifiedChinese, chinese),
        ] {
            let styled = render::text(&report, None, Messages::of(language), 400);
            let text = anstream::adapter::strip_str(&styled).to_string();
            for sentence in sentences {
                assert!(text.contains(sentence), "{name}: {sentence}\n{text}");
            }
        }
    }
    let phrase = render::phrase::evidence(&micro("dead-private-method"), Messages::of(Language::English));
    assert!(phrase.contains("nothing runs it"), "{phrase}");
}
