//! Advice: which bands get it, which countries' channels, and that it stays data.

use dunwatch::advice::given;
use dunwatch::report::Report;
use dunwatch::report::v1::{Band, Score};

use crate::samples;
use crate::support::apps::RULES;

fn report(band: Band, lending_db: f64, jurisdictions: &[&str]) -> Report {
    let sample = samples::lender();
    Report {
        score: sample.score.map(|score| Score {
            band,
            lending_db,
            ..score
        }),
        jurisdictions: jurisdictions.iter().map(|name| (*name).to_owned()).collect(),
        ..samples::lender()
    }
}

#[test]
fn a_low_band_and_a_file_that_could_not_be_read_get_no_advice() {
    assert!(given(&report(Band::Low, 10.0, &["country:ID"]), &RULES).is_none());
    let failed = Report {
        score: None,
        ..samples::lender()
    };
    assert!(given(&failed, &RULES).is_none());
}

#[test]
fn the_other_bands_get_what_is_meant_for_them() {
    for band in [Band::High, Band::Elevated, Band::NotAssessable] {
        let report = report(band, 10.0, &["store:google-play", "country:ID"]);
        let given = given(&report, &RULES).unwrap();
        assert!(given.steps.len() >= 3, "{band:?}");
        let name = dunwatch::render::wire_name(&band);
        for item in given.steps.iter().chain(&given.evidence) {
            assert!(item.when.iter().any(|when| when.name() == name), "{}", item.id);
            assert_ne!(item.lending, Some(false), "{}", item.id);
        }
        let countries: Vec<&str> = given.channels.iter().map(|(country, _)| *country).collect();
        assert_eq!(countries, ["ID", "any"]);
    }
}

#[test]
fn an_app_that_does_not_lend_gets_no_advice_for_borrowers() {
    let report = report(Band::Elevated, -10.0, &[]);
    let given = given(&report, &RULES).unwrap();
    for item in given.steps.iter().chain(&given.evidence) {
        assert_ne!(item.lending, Some(true), "{}", item.id);
    }
}

#[test]
fn every_country_with_rules_has_channels() {
    for file in RULES.policies().iter().filter(|file| !file.is_store()) {
        let country = file.jurisdiction.get_ref().strip_prefix("country:").unwrap();
        assert!(RULES.advice().channels.contains_key(country), "{country}");
    }
}
