//! Verdicts on rules of stores and countries: the order of the reasons on a rule of ours, and the
//! matrix of synthetic manifests on the rules of the repository.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use dunwatch::Ruleset;
use dunwatch::facts::{Fact, FactKind, FactSet, Location, text};
use dunwatch::limits::Limits;
use dunwatch::matching::{Evidence, Finding};
use dunwatch::policies::{Selection, Spoken, Subject, asked, judge};
use dunwatch::signatures::load::Files;
use dunwatch::signatures::policy::RuleVerdict;
use dunwatch::signatures::schema::Level;

use crate::support::apps::RULES;

const FILE: &str = r#"
schema = 1
id = "country-xx"
jurisdiction = "country:XX"
name = { en = "Exland", zh = "某国" }
languages = ["am"]
regions = ["en-XX"]

[[rule]]
id = "sample"
title = { en = "Lenders may not read the address book.", zh = "放贷应用不得读取通讯录。" }
instrument = "Sample Act"
in-force = "2020-01-01"
binds = "lenders"
check = "excerpt"
sources = ["https://law.example/sample"]
checked-on = "2026-11-29"
min-target-sdk = 23
forbids = ["android.permission.READ_CONTACTS"]
limits = ["android.permission.READ_SMS"]
forbids-behaviour = ["contacts-sent"]
limits-behaviour = ["sms-sent"]
unless = ["default-dialer-role"]
"#;

fn rules(file: &str) -> Ruleset {
    Ruleset::with_files(Files::from([(
        "policies/country-xx.toml".to_owned(),
        file.to_owned(),
    )]))
    .unwrap()
}

static SAMPLE: LazyLock<Ruleset> = LazyLock::new(|| rules(FILE));

/// Facts of permissions (`+NAME` for one that the platform adds) and findings of indicators.
fn subject(permissions: &str, behaviours: &str) -> (FactSet, Vec<Finding>) {
    let mut facts = FactSet::new();
    for name in permissions.split_whitespace().filter(|name| *name != "-") {
        let (kind, name) = match name.strip_prefix('+') {
            Some(name) => (FactKind::ImpliedPermission, name),
            None => (FactKind::Permission, name),
        };
        let full = if name.contains('.') {
            name.to_owned()
        } else {
            format!("android.permission.{name}")
        };
        facts.insert(Fact::new(kind, full), Location::Package, &Limits::default());
    }
    let finding = |id: &str| Finding {
        id: id.to_owned(),
        level: Level::Proven,
        evidence: vec![Evidence {
            fact: Fact::new(FactKind::Shape, "sample"),
            locations: vec![Location::Package],
        }],
    };
    let behaviours = behaviours.split_whitespace().filter(|id| *id != "-");
    (facts, behaviours.map(finding).collect())
}

fn verdict(
    ruleset: &Ruleset,
    permissions: &str,
    behaviours: &str,
    target: Option<u32>,
    seen: bool,
) -> String {
    let (facts, findings) = subject(permissions, behaviours);
    let subject = Subject {
        facts: &facts,
        findings: &findings,
        target_sdk: target,
        is_assessable: seen,
    };
    let file = ruleset
        .policies()
        .iter()
        .find(|file| file.id.get_ref() == "country-xx")
        .unwrap();
    let verdicts = judge(&subject, &[file], ruleset);
    let one = &verdicts[0];
    format!(
        "{} {} {}",
        one.verdict.name(),
        one.reason.name(),
        one.permissions
            .iter()
            .chain(&one.behaviours)
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    )
}

#[test]
fn the_first_reason_that_fits_decides() {
    for (permissions, behaviours, target, seen, expected) in [
        ("-", "-", Some(34), true, "meets nothing-found "),
        ("-", "-", Some(34), false, "may-break code-not-seen "),
        ("-", "-", Some(22), true, "not-applicable target-sdk "),
        ("-", "-", None, true, "meets nothing-found "),
        ("READ_CONTACTS", "-", Some(22), true, "not-applicable target-sdk "),
        (
            "READ_CONTACTS READ_SMS",
            "-",
            Some(34),
            true,
            "breaks forbidden-permission android.permission.READ_CONTACTS",
        ),
        (
            "-",
            "contacts-sent",
            None,
            false,
            "breaks forbidden-behaviour contacts-sent",
        ),
        (
            "READ_SMS",
            "sms-sent",
            None,
            true,
            "may-break limited-permission android.permission.READ_SMS sms-sent",
        ),
        (
            "-",
            "sms-sent",
            None,
            true,
            "may-break limited-behaviour sms-sent",
        ),
        (
            "+READ_CONTACTS",
            "-",
            None,
            true,
            "may-break implied-permission android.permission.READ_CONTACTS",
        ),
        (
            "READ_CONTACTS",
            "contacts-sent default-dialer-role",
            None,
            true,
            "meets exception default-dialer-role",
        ),
        ("CAMERA", "call-log-sent", None, true, "meets nothing-found "),
    ] {
        let found = verdict(&SAMPLE, permissions, behaviours, target, seen);
        assert_eq!(found, expected, "{permissions} {behaviours} {target:?} {seen}");
    }
}

#[test]
fn rules_of_another_day_and_rules_no_file_can_show_do_not_apply() {
    let with =
        |from: &str, to: &str| verdict(&rules(&FILE.replace(from, to)), "READ_CONTACTS", "-", None, true);
    let in_force = "in-force = \"2020-01-01\"";
    assert_eq!(
        with(in_force, "in-force = \"2999-01-01\""),
        "not-applicable not-in-force "
    );
    assert_eq!(
        with(in_force, &format!("{in_force}\nuntil = \"2021-01-01\"")),
        "not-applicable replaced "
    );
    let (before, _) = FILE.split_once("min-target-sdk").unwrap();
    assert_eq!(
        verdict(&rules(before), "READ_CONTACTS", "contacts-sent", None, true),
        "not-applicable not-visible "
    );
}

#[test]
fn a_withdrawn_rule_is_not_judged() {
    let ruleset = Ruleset::with_files(Files::from([
        ("policies/country-xx.toml".to_owned(), FILE.to_owned()),
        (
            "withdrawn.toml".to_owned(),
            "schema = 1\n[[withdraw]]\nid = \"xx/sample\"\non = \"2026-11-29\"\nreason = \"repealed\"\n"
                .to_owned(),
        ),
    ]))
    .unwrap();
    let (facts, findings) = subject("READ_CONTACTS", "-");
    let subject = Subject {
        facts: &facts,
        findings: &findings,
        target_sdk: None,
        is_assessable: true,
    };
    let files: Vec<_> = ruleset
        .policies()
        .iter()
        .filter(|file| file.id.get_ref() == "country-xx")
        .collect();
    assert!(judge(&subject, &files, &ruleset).is_empty());
}

#[test]
fn the_selection_follows_what_the_app_speaks() {
    let names = |selection: &Selection, facts: &str, labels: &[&str]| -> Vec<String> {
        let spoken = Spoken::of(&text::parse(facts).unwrap(), labels.iter().copied());
        let files = asked(selection, &spoken, &SAMPLE);
        files
            .iter()
            .map(|file| file.jurisdiction.get_ref().clone())
            .collect()
    };
    let is_store = |name: &String| name.starts_with("store:");
    let default = names(&Selection::Spoken, "", &[]);
    assert!(!default.is_empty() && default.iter().all(is_store), "{default:?}");
    let two = "word loan-product-strong am a @ resource string/a\nword kyc-medium am b @ resource string/b";
    assert!(names(&Selection::Spoken, two, &[]).contains(&"country:XX".to_owned()));
    assert!(names(&Selection::Spoken, "", &["en-XX"]).contains(&"country:XX".to_owned()));
    assert_eq!(
        names(&Selection::Only(vec!["country:XX".to_owned()]), "", &[]),
        ["country:XX"]
    );
    let all = names(&Selection::All, "", &[]);
    let stores = all.iter().filter(|name| is_store(name)).count();
    assert!(
        all.len() == SAMPLE.policies().len() && all[..stores].iter().all(is_store),
        "{all:?}"
    );
}

/// Permissions, whether it lends, target level, behaviours, rule, verdict.
fn matrix() -> Vec<[&'static str; 6]> {
    include_str!("policy_matrix.tsv")
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            cells.try_into().unwrap_or_else(|_| panic!("six columns: {line}"))
        })
        .collect()
}

#[test]
fn the_matrix_of_manifests_gets_the_expected_verdicts() {
    let all: Vec<_> = RULES.policies().iter().collect();
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for [permissions, lending, target, behaviours, rule, expected] in matrix() {
        if lending == "no" {
            continue;
        }
        let (facts, findings) = subject(permissions, behaviours);
        let subject = Subject {
            facts: &facts,
            findings: &findings,
            target_sdk: target.parse().ok(),
            is_assessable: true,
        };
        let verdicts = judge(&subject, &all, &RULES);
        let found = verdicts
            .iter()
            .find(|one| one.jurisdiction.full_id(one.rule) == rule);
        let found = found.map_or("no such rule", |one| one.verdict.name());
        *seen.entry(rule.to_owned()).or_default() += 1;
        if found != expected {
            wrong.push(format!(
                "{permissions} {target} {behaviours} {rule}: {found}, expected {expected}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    for file in &all {
        for rule in &file.rule {
            let id = file.full_id(rule.get_ref());
            assert!(seen.contains_key(&id), "{id} has no row in the matrix");
        }
    }
}

#[test]
fn every_rule_in_force_can_be_told_apart_from_one_that_is_met() {
    for file in RULES.policies() {
        for rule in file.rule.iter().map(|rule| rule.get_ref()) {
            let verdicts: Vec<RuleVerdict> = rule.example.iter().map(|example| example.verdict).collect();
            assert!(!verdicts.is_empty(), "{} has no example", file.full_id(rule));
        }
    }
}
