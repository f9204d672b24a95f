//! Every fixture app gets the band it was built for.

use dunwatch::report::v1::{Band, Report};
use dunwatch::{Options, analyze};

use crate::support::apps::{self, RULES};
use crate::support::measure::sensitivity;

fn name(band: Band) -> &'static str {
    match band {
        Band::Low => "low",
        Band::NotAssessable => "not-assessable",
        Band::Elevated => "elevated",
        Band::High => "high",
    }
}

fn describe(report: &Report) -> String {
    let Some(score) = &report.score else {
        return format!("{:?}", report.error);
    };
    let parts: Vec<String> = score
        .contributions
        .iter()
        .map(|part| format!("{}={}", part.id, part.db))
        .collect();
    format!(
        "H {} L {} {} {:?}: {}",
        score.harvest_db,
        score.lending_db,
        score.vector,
        score.why,
        parts.join(" ")
    )
}

#[test]
fn every_fixture_has_the_band_it_was_built_for() {
    let mut wrong = Vec::new();
    let fixtures = apps::fixtures();
    assert!(fixtures.len() >= 16, "{} fixtures", fixtures.len());
    for (row, bytes) in fixtures {
        let report = analyze(&bytes, &RULES, &Options::default());
        let band = report.score.as_ref().map(|score| name(score.band));
        if band != Some(row.get("band")) {
            wrong.push(format!(
                "{} is {band:?}, not {}: {}",
                row.get("name"),
                row.get("band"),
                describe(&report)
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_table_of_what_single_numbers_decide_is_up_to_date() {
    let written = std::fs::read_to_string(apps::repository(sensitivity::DOCUMENT)).unwrap();
    let made = sensitivity::document(&apps::repository(""), &RULES).unwrap();
    assert!(
        written == made,
        "{} is out of date: cargo xtask sensitivity",
        sensitivity::DOCUMENT
    );
}
