//! Whole reports of fixture apps: the wire form, and what a person reads.

use dunwatch::messages::{Language, Messages};
use dunwatch::{Options, Report, analyze, render};

use crate::support::apps::{self, RULES};

fn report(name: &str) -> Report {
    let options = Options {
        name: format!("{name}.apk"),
        ..Options::default()
    };
    let mut report = analyze(&apps::fixture(name), &RULES, &options);
    // It changes with every word of every rule file.
    report.tool.ruleset.sha256 = "0".repeat(64);
    report
}

fn text(name: &str, language: Language) -> String {
    let styled = render::text(&report(name), None, Messages::of(language), 100);
    anstream::adapter::strip_str(&styled).to_string()
}

#[test]
fn the_wire_form_of_a_report() {
    insta::assert_json_snapshot!(
        "wire_predatory_lender_renamed",
        report("predatory-lender-renamed")
    );
    insta::assert_json_snapshot!("wire_honest_lender_picker", report("honest-lender-picker"));
    insta::assert_json_snapshot!("wire_packed_shell", report("packed-shell"));
}

#[test]
fn the_text_of_a_report_in_both_languages() {
    for name in [
        "predatory-lender-id",
        "bank-pay-contact",
        "web-page-shell",
        "packed-shell",
    ] {
        insta::assert_snapshot!(format!("text_{name}_en"), text(name, Language::English));
        insta::assert_snapshot!(format!("text_{name}_zh"), text(name, Language::SimplifiedChinese));
    }
}

/// Words of judgement belong to people, not to reports.
#[test]
fn no_report_passes_judgement() {
    for (row, _) in apps::fixtures() {
        let name = row.get("name");
        let english = text(name, Language::English).to_lowercase();
        let own = english
            .lines()
            .filter(|line| !line.contains("resources.arsc") && !line.contains("File "));
        for line in own {
            for word in ["scam", "malware", "criminal", "clean", "malicious"] {
                assert!(!line.contains(word), "{name}: {line}");
            }
        }
    }
}
