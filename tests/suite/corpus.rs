//! The whole way over real apps that nobody here wrote.

use std::fs;

use dunwatch::report::v1::{Band, Level, Report, Status};
use dunwatch::{Options, analyze};

use crate::support::apps::{self, RULES, Row};

fn reports() -> Option<Vec<(Row, Report)>> {
    let corpus = apps::corpus()?;
    let read = |(row, path): (Row, _)| {
        let bytes = fs::read(path).unwrap();
        let report = analyze(
            &bytes,
            &RULES,
            &Options {
                name: row.get("sha256").to_owned(),
                ..Options::default()
            },
        );
        (row, report)
    };
    Some(apps::corpus_files(&corpus).map(read).collect())
}

#[test]
fn every_file_ends_in_a_record_and_lenders_are_told_from_others() {
    let Some(reports) = reports() else { return };
    assert!(reports.len() >= 305, "{} files", reports.len());
    let mut wrong = Vec::new();
    for (row, report) in &reports {
        assert_eq!(report.input.sha256.as_deref(), Some(row.get("sha256")));
        match (&report.score, report.status) {
            (None, Status::Failed) => assert!(report.error.is_some(), "{}", row.get("sha256")),
            (Some(score), Status::Ok | Status::Degraded) => {
                let parts: Vec<_> = score
                    .contributions
                    .iter()
                    .map(|part| format!("{}={}", part.id, part.db))
                    .collect();
                let line = format!(
                    "{} {:?} {:?} {} {} {:?}",
                    row.get("package"),
                    score.band,
                    score.why,
                    score.harvest_db,
                    score.lending_db,
                    parts
                );
                let is_lending = row.get("lending") == "yes";
                if std::env::var_os("DUNWATCH_SHOW").is_some()
                    && (score.band != Band::Low || is_lending || score.lending_db > -12.0)
                {
                    println!("{line}");
                }
                // An app that does not lend is elevated only by data that was followed off the device.
                let sends = score
                    .contributions
                    .iter()
                    .any(|part| part.level == Level::Proven && part.id.ends_with("-sent"));
                let most = if sends {
                    Band::Elevated
                } else {
                    Band::NotAssessable
                };
                let known = score.lending_db >= RULES.scoring().band.lending;
                let missed = is_lending && !known && score.band != Band::NotAssessable;
                let accused = row.get("lending") == "no" && (score.band > most || known);
                if missed || accused {
                    wrong.push(line);
                }
            }
            other => panic!("{}: {other:?}", row.get("sha256")),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
