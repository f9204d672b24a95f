//! The whole fact dump of fixture apps, line by line, so that a change shows what it changed.

use dunwatch::analysis::facts;
use dunwatch::facts::text;
use dunwatch::limits::Limits;

use crate::support::apps::{self, RULES};

fn dump(name: &str) -> String {
    let found = facts(&apps::fixture(name), &RULES, &Limits::default()).unwrap();
    let dumped = text::dump(&found.facts);
    assert_eq!(
        text::parse(&dumped).unwrap(),
        found.facts,
        "the text form loses nothing"
    );
    dumped
}

#[test]
fn facts_of_a_lender_that_reads_everything() {
    insta::assert_snapshot!("predatory_lender_id", dump("predatory-lender-id"));
}

#[test]
fn facts_of_a_lender_whose_code_stands_in_an_asset() {
    insta::assert_snapshot!("predatory_lender_hidden_dex", dump("predatory-lender-hidden-dex"));
}

#[test]
fn facts_of_a_lender_with_three_dex_files() {
    insta::assert_snapshot!(
        "predatory_lender_en_multidex",
        dump("predatory-lender-en-multidex")
    );
}

#[test]
fn facts_of_a_packed_shell() {
    insta::assert_snapshot!("packed_shell", dump("packed-shell"));
}

#[test]
fn facts_of_a_web_page_shell() {
    insta::assert_snapshot!("web_page_shell", dump("web-page-shell"));
}

#[test]
fn facts_of_a_dialer() {
    insta::assert_snapshot!("dialer", dump("dialer"));
}

#[test]
fn facts_of_a_bank_that_pays_a_contact() {
    insta::assert_snapshot!("bank_pay_contact", dump("bank-pay-contact"));
}

#[test]
fn facts_of_lenders_written_in_scripts() {
    for name in [
        "predatory-lender-flutter",
        "predatory-lender-hermes",
        "predatory-lender-uniapp",
    ] {
        insta::assert_snapshot!(name.replace('-', "_"), dump(name));
    }
}

#[test]
fn facts_of_a_chinese_lender() {
    insta::assert_snapshot!("predatory_lender_zh", dump("predatory-lender-zh"));
}
