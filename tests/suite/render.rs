//! What reports look like.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use anstream::adapter::strip_str;
use dunwatch::messages::{Language, Messages};
use dunwatch::render;
use dunwatch::render::explain::{Explanation, explain};
use dunwatch::report::Report;
use dunwatch::watchlist::row::{Form, table};
use dunwatch::watchlist::{Filter, List};
use unicode_width::UnicodeWidthStr;

use crate::samples;

fn plain(report: &Report, language: Language, columns: usize) -> String {
    let text = render::text(report, None, Messages::of(language), columns);
    strip_str(&text).to_string()
}

fn all() -> [Report; 5] {
    [
        samples::lender(),
        samples::packed(),
        samples::plain(),
        samples::hostile(),
        samples::unreadable(),
    ]
}

#[test]
fn reports_in_english() {
    insta::assert_snapshot!("lender_en", plain(&samples::lender(), Language::English, 100));
    insta::assert_snapshot!("packed_en", plain(&samples::packed(), Language::English, 100));
    insta::assert_snapshot!("plain_en", plain(&samples::plain(), Language::English, 100));
    insta::assert_snapshot!("hostile_en", plain(&samples::hostile(), Language::English, 100));
    insta::assert_snapshot!(
        "unreadable_en",
        plain(&samples::unreadable(), Language::English, 100)
    );
}

#[test]
fn reports_in_simplified_chinese() {
    let language = Language::SimplifiedChinese;
    insta::assert_snapshot!("lender_zh", plain(&samples::lender(), language, 80));
    insta::assert_snapshot!("packed_zh", plain(&samples::packed(), language, 80));
    insta::assert_snapshot!("unreadable_zh", plain(&samples::unreadable(), language, 80));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for report in all() {
        for language in Language::ALL {
            for columns in [40, 57, 80, 100, 120] {
                for line in plain(&report, *language, columns).lines() {
                    assert!(line.width() <= columns, "{columns}: {line}");
                }
            }
        }
    }
}

#[test]
fn the_first_line_holds_band_score_name_and_reason() {
    let text = plain(&samples::lender(), Language::English, 500);
    assert_eq!(
        text.lines().next().unwrap(),
        "HIGH  83.1 of 100  Kilat Dana: By its texts a lending app; it may ask for personal data, and its \
         code holds what is needed to read it and send it away."
    );
}

#[test]
fn nothing_from_the_file_acts_on_the_terminal() {
    for report in all() {
        for language in Language::ALL {
            let messages = Messages::of(*language);
            let text = plain(&report, *language, 80);
            let row = dunwatch::watchlist::Row::new(&report, messages);
            let table = table(row.as_slice(), Form::Full, messages);
            let json = render::json::pretty(&report).unwrap();
            for shown in [
                text,
                table.terminal(Some(80)),
                table.csv(),
                table.markdown(),
                json,
            ] {
                let bad =
                    |c: &char| (c.is_control() && *c != '\n') || "\u{202e}\u{2066}\u{200b}".contains(*c);
                assert_eq!(shown.chars().find(bad), None, "{shown}");
            }
        }
    }
}

#[test]
fn no_report_passes_a_verdict_in_english() {
    for report in all() {
        let text = plain(&report, Language::English, 100).to_lowercase();
        for word in ["scam", "malware", "criminal", "fraud", "clean", "safe"] {
            assert!(!text.contains(word), "{word}");
        }
    }
}

#[test]
fn styles_are_there_for_whoever_wants_them() {
    let text = render::text(&samples::lender(), None, Messages::of(Language::English), 80);
    assert!(text.starts_with("\u{1b}["));
}

#[test]
fn an_explanation_has_its_sections() {
    let explanation = Explanation {
        id: "contacts-bulk-upload".to_owned(),
        title: "upload the whole contact list".to_owned(),
        status: "stable".to_owned(),
        description: "Reads the table of phone numbers\nas a whole.\n\nThen it sends it.".to_owned(),
        impact: "Debt collectors call the people in it.".to_owned(),
        false_positives: "Backup apps.".to_owned(),
        false_negatives: String::new(),
        references: vec!["https://example.org/a".to_owned()],
        kinds: vec!["reads-contacts".to_owned(), "uploads-http".to_owned()],
    };
    let shown = |language| {
        let messages = Messages::of(language);
        let text = explain(
            "contacts-bulk-upload",
            std::slice::from_ref(&explanation),
            messages,
            60,
        );
        strip_str(&text.unwrap()).to_string()
    };
    insta::assert_snapshot!("explain_en", shown(Language::English));
    insta::assert_snapshot!("explain_zh", shown(Language::SimplifiedChinese));
    let opaque = explain("packed-code:jiagu", &[], Messages::of(Language::English), 80).unwrap();
    assert!(opaque.contains("unpacked at run time"));
}

fn results(reports: &[Report]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = reports
        .iter()
        .map(|report| render::json::line(report).unwrap() + "\n")
        .collect();
    std::fs::write(folder.path().join("results.ndjson"), lines).unwrap();
    folder
}

fn listed(reports: &[Report], filter: &Filter) -> Vec<String> {
    let folder = results(reports);
    let list = List::read(
        &[folder.path().to_owned()],
        filter,
        Messages::of(Language::English),
    )
    .unwrap();
    list.rows.into_iter().map(|row| row.name).collect()
}

#[test]
fn lists_in_every_form() {
    let mut reports = all().to_vec();
    reports.push(samples::plain());
    let folder = results(&reports);
    for (language, tag) in [(Language::English, "en"), (Language::SimplifiedChinese, "zh")] {
        let messages = Messages::of(language);
        let list = List::read(&[folder.path().to_owned()], &Filter::default(), messages).unwrap();
        assert_eq!(list.left_out, 1);
        assert_eq!(list.rows.len(), 4, "the second plain app is the same file");
        let form = |form| table(&list.rows, form, messages);
        insta::assert_snapshot!(format!("list_table_{tag}"), form(Form::Short).terminal(Some(150)));
        insta::assert_snapshot!(format!("list_csv_{tag}"), form(Form::Stable).csv());
        insta::assert_snapshot!(format!("list_markdown_{tag}"), form(Form::Full).markdown());
    }
}

#[test]
fn filters_add_up() {
    use dunwatch::report::v1::Band;
    let reports = [samples::plain(), samples::lender(), samples::packed()];
    let names = |filter: Filter| listed(&reports, &filter);
    let some = |text: &str| vec![text.to_owned()];
    let default = Filter::default;
    assert_eq!(names(default()), ["store/kilat.apk", "packed.apk", "plain.apk"]);
    let bands = vec![Band::Low, Band::NotAssessable];
    assert_eq!(names(Filter { bands, ..default() }), ["packed.apk", "plain.apk"]);
    for (name, expected) in [
        ("read_sms", 2),
        ("android.permission.READ_SMS", 2),
        ("SMS", 0),
        ("READ_CALL_LOG", 2),
    ] {
        let permissions = some(name);
        assert_eq!(
            names(Filter {
                permissions,
                ..default()
            })
            .len(),
            expected,
            "{name}"
        );
    }
    assert_eq!(
        names(Filter {
            lending: Some(true),
            ..default()
        }),
        ["store/kilat.apk"]
    );
    assert_eq!(
        names(Filter {
            lending: Some(false),
            ..default()
        })
        .len(),
        2
    );
    for (rule, expected) in [
        ("country:IN", 1),
        ("google-play/personal-loans", 1),
        ("country:PH", 0),
        ("country", 0),
    ] {
        assert_eq!(
            names(Filter {
                rules: some(rule),
                ..default()
            })
            .len(),
            expected,
            "{rule}"
        );
    }
    let min_score = Some(0.0);
    assert_eq!(
        names(Filter {
            min_score,
            ..default()
        }),
        ["store/kilat.apk", "plain.apk"]
    );
    let (min_score, lending) = (Some(83.1), Some(false));
    assert!(
        names(Filter {
            min_score,
            lending,
            ..default()
        })
        .is_empty()
    );
}

#[test]
fn the_newest_version_decides_whether_an_app_is_listed() {
    let version = |name: &str, code: u64, sdk: Option<&str>| {
        let mut report = samples::lender();
        report.input.name = name.to_owned();
        report.input.sha256 = Some(format!("{code:064}"));
        let app = report.app.as_mut().unwrap();
        app.version_code = Some(code);
        if let Some(certificate) = sdk {
            app.certificates[0].sha256 = certificate.to_owned();
        }
        report
    };
    let mut mended = version("v3", 3, None);
    mended.permissions.clear();
    let reports = [
        version("v2", 2, None),
        mended,
        version("v1", 1, None),
        version("other", 9, Some("other")),
    ];
    let filter = |newest, permissions: &[&str]| Filter {
        newest,
        permissions: permissions.iter().map(|name| (*name).to_owned()).collect(),
        ..Filter::default()
    };
    assert_eq!(
        listed(&reports, &filter(false, &["READ_SMS"])),
        ["v1", "v2", "other"]
    );
    assert_eq!(listed(&reports, &filter(true, &["READ_SMS"])), ["other"]);
    assert_eq!(listed(&reports, &filter(true, &[])), ["v3", "other"]);
}

#[test]
fn what_is_no_result_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r");
    let line = render::json::line(&samples::plain()).unwrap();
    let other = line.replace("dunwatch.report/1", "dunwatch.report/9");
    for (text, expected) in [
        (format!("{line}\n{{}}\n"), "line 2: not a report"),
        (format!("{line}\n\n{line}\n"), "line 2: not a report"),
        (
            format!("{line}\n{}", &line[..100]),
            "line 2: the line is not complete",
        ),
        (
            format!("{line}\n{other}\n"),
            "line 2: a report of the form dunwatch.report/9",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = List::read(
            std::slice::from_ref(&path),
            &Filter::default(),
            Messages::of(Language::English),
        )
        .unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}
