//! Facts stated as text, the findings they give, and what they weigh. No package is needed.

use dunwatch::facts::coverage::{Coverage, Layer, Opaque};
use dunwatch::facts::text;
use dunwatch::matching::{Finding, findings};
use dunwatch::score::{Band, Score, Why, score};
use dunwatch::signatures::schema::Level;
use proptest::prelude::*;

use crate::support::apps::RULES;

const CONTACTS: &str = "permission android.permission.READ_CONTACTS @ manifest uses-permission +100";
const INTERNET: &str = "permission android.permission.INTERNET @ manifest uses-permission +60";
const PHONE: &str = "field Landroid/provider/ContactsContract$CommonDataKinds$Phone;->CONTENT_URI @ dex classes.dex field_ids 7";
const LOOKUP: &str =
    "field Landroid/provider/ContactsContract$PhoneLookup;->CONTENT_FILTER_URI @ dex classes.dex field_ids 8";
const QUERY: &str = "method Landroid/content/ContentResolver;->query(Landroid/net/Uri;)Landroid/database/Cursor; \
                     @ dex classes.dex La/B;->read()V +12";
const CONNECT: &str =
    "method Ljava/net/URL;->openConnection()Ljava/net/URLConnection; @ dex classes.dex method_ids 9";
const LENDING: [&str; 6] = [
    "name-word loan-product-strong id pinjaman online @ manifest application +200",
    "word loan-product-strong id pinjaman tunai @ resource string/product id",
    "word loan-process-strong id ajukan pinjaman @ resource string/apply id",
    "word interest-fee-strong id bunga pinjaman @ resource string/fee id",
    "word repayment-overdue-strong id pinjaman jatuh tempo @ resource string/due id",
    "word instant-approval-claim-strong id langsung cair @ resource string/title id",
];

fn found(lines: &[&str]) -> Vec<Finding> {
    findings(&text::parse(&lines.join("\n")).unwrap(), &RULES)
}

fn seen() -> Coverage {
    Coverage {
        manifest: Layer::Read,
        dex_bytes: 1000,
        dex_bytes_read: 1000,
        ..Coverage::default()
    }
}

fn scored(lines: &[&str], coverage: &Coverage) -> Score {
    score(&found(lines), coverage, &RULES)
}

#[test]
fn a_finding_holds_its_facts_with_their_places_and_their_level() {
    let all = found(&[CONTACTS, INTERNET, PHONE, QUERY, CONNECT]);
    let read = all
        .iter()
        .find(|finding| finding.id == "contacts-read-named")
        .unwrap();
    assert_eq!(read.level, Level::Named);
    let places: Vec<String> = read
        .evidence
        .iter()
        .flat_map(|item| item.locations.iter().map(ToString::to_string))
        .collect();
    assert!(
        places.contains(&"dex classes.dex La/B;->read()V +12".to_owned()),
        "{places:?}"
    );
    assert!(
        places.contains(&"manifest uses-permission +100".to_owned()),
        "{places:?}"
    );
    let permission = all
        .iter()
        .find(|finding| finding.id == "contacts-permission")
        .unwrap();
    assert_eq!(permission.level, Level::Declared);
}

#[test]
fn the_bands_follow_the_matrix() {
    let capable = [CONTACTS, INTERNET, PHONE, QUERY, CONNECT];
    let with_lending = |lines: &[&'static str]| [lines, &LENDING[..]].concat();
    for (lines, coverage, band, why) in [
        (with_lending(&capable), seen(), Band::High, Why::LendingAndHarvest),
        (capable.to_vec(), seen(), Band::Low, Why::CapabilityWithoutLending),
        (LENDING.to_vec(), seen(), Band::Low, Why::LendingWithoutHarvest),
        (vec![INTERNET, CONNECT], seen(), Band::Low, Why::NeitherFound),
        (
            with_lending(&[CONTACTS, INTERNET, CONNECT]),
            seen(),
            Band::Elevated,
            Why::LendingAndPermissions,
        ),
        // Named in a native library, and no call that reads it in the dex files.
        (
            with_lending(&[
                CONTACTS,
                INTERNET,
                "literal content://com.android.contacts @ entry lib/arm64-v8a/liba.so +9",
                CONNECT,
            ]),
            seen(),
            Band::Elevated,
            Why::LendingAndPermissions,
        ),
        // A visible look-up explains the permission; a full table beside it does not.
        (
            with_lending(&[CONTACTS, INTERNET, LOOKUP, QUERY, CONNECT]),
            seen(),
            Band::Low,
            Why::LendingWithoutHarvest,
        ),
        (
            with_lending(&[CONTACTS, INTERNET, LOOKUP, PHONE, QUERY, CONNECT]),
            seen(),
            Band::High,
            Why::LendingAndHarvest,
        ),
    ] {
        let score = scored(&lines, &coverage);
        assert_eq!((score.band, score.why), (band, why), "{lines:?}: {score:?}");
        assert!(score.value.is_some());
    }
}

const LOADS: &str = "method Ldalvik/system/DexClassLoader;-><init>(Ljava/lang/String;Ljava/lang/String;\
                     Ljava/lang/String;Ljava/lang/ClassLoader;)V @ dex classes.dex method_ids 3";
const SMS: &str = "permission android.permission.READ_SMS @ manifest uses-permission +140";

/// A fact of the harvest analysis.
fn read(words: &str) -> String {
    format!("harvest {words} @ dex classes.dex La/B;->read()V +12")
}

#[test]
fn the_bands_follow_how_far_a_read_is_shown() {
    let named = [CONTACTS, INTERNET, PHONE, QUERY, CONNECT];
    for (words, alone, lending) in [
        ("contacts bulk proven leaves", Band::Elevated, Band::High),
        ("contacts unknown proven leaves", Band::Low, Band::High),
        ("contacts bulk linked leaves", Band::Low, Band::High),
        ("contacts unknown linked leaves", Band::Low, Band::High),
        ("contacts bulk located nowhere", Band::Low, Band::High),
        ("contacts unknown located nowhere", Band::Low, Band::High),
        // Asked for, and no code that reads it and sends it away.
        ("contacts bulk proven kept", Band::Low, Band::Elevated),
        ("contacts bulk unreachable leaves", Band::Low, Band::Elevated),
        ("contacts lookup proven leaves", Band::Low, Band::Low),
        ("contacts picked proven leaves", Band::Low, Band::Low),
        ("contacts lookup located nowhere", Band::Low, Band::Low),
    ] {
        let fact = read(words);
        let lines = [&named[..], &[&fact]].concat();
        let score = scored(&lines, &seen());
        assert_eq!(score.band, alone, "{words}: {score:?}");
        let lines = [&lines[..], &LENDING[..]].concat();
        assert_eq!(scored(&lines, &seen()).band, lending, "{words}");
    }
}

#[test]
fn stronger_evidence_about_a_read_weighs_more_and_is_not_added_to_the_names() {
    let named = [CONTACTS, INTERNET, PHONE, QUERY, CONNECT];
    let mut last = 0.0;
    for words in [
        "contacts lookup proven leaves",
        "contacts bulk proven kept",
        "contacts unknown located nowhere",
        "contacts bulk located nowhere",
        "contacts unknown linked leaves",
        "contacts bulk linked leaves",
        "contacts unknown proven leaves",
        "contacts bulk proven leaves",
    ] {
        let fact = read(words);
        let score = scored(&[&named[..], &[&fact]].concat(), &seen());
        let added: f64 = score.contributions.iter().map(|part| part.db).sum();
        assert!(added > last, "{words}: {added} after {last}");
        assert!(
            score
                .contributions
                .iter()
                .all(|part| part.id != "contacts-read-named"),
            "{words}"
        );
        last = added;
    }
}

#[test]
fn names_keep_standing_where_code_was_out_of_sight() {
    let lookup = read("contacts lookup located nowhere");
    let dead = read("contacts bulk unreachable nowhere");
    for fact in [&lookup, &dead] {
        for out_of_sight in [
            LOADS,
            "anomaly budget-spent @ package",
            "anomaly dex-unreadable @ entry classes2.dex",
        ] {
            let all = found(&[CONTACTS, INTERNET, PHONE, QUERY, CONNECT, fact, out_of_sight]);
            let has = |id: &str| all.iter().any(|finding| finding.id == id);
            assert!(has("contacts-read-named"), "{fact} {out_of_sight}");
            assert!(!has("contacts-single-only") && !has("contacts-read-unreachable"));
        }
        let all = found(&[CONTACTS, INTERNET, PHONE, QUERY, CONNECT, fact]);
        assert!(
            all.iter().all(|finding| finding.id != "contacts-read-named"),
            "{fact}"
        );
    }
}

#[test]
fn nothing_short_of_a_path_reaches_the_threshold_of_a_proven_harvest() {
    let reads: Vec<String> = ["contacts", "sms", "call-log"]
        .iter()
        .flat_map(|data| {
            [
                "bulk linked leaves",
                "unknown linked leaves",
                "bulk located nowhere",
            ]
            .map(|words| read(&format!("{data} {words}")))
        })
        .collect();
    let mut lines = vec![
        CONTACTS,
        SMS,
        INTERNET,
        PHONE,
        QUERY,
        CONNECT,
        "permission android.permission.READ_CALL_LOG @ manifest uses-permission +180",
    ];
    lines.extend(reads.iter().map(String::as_str));
    let score = scored(&lines, &seen());
    assert_eq!((score.band, score.harvest_db), (Band::Low, 11.0), "{score:?}");
}

#[test]
fn a_second_kind_that_is_sent_adds_a_little_and_no_more() {
    let [contacts, sms] = ["contacts", "sms"].map(|data| read(&format!("{data} bulk proven leaves")));
    let one = scored(&[CONTACTS, SMS, INTERNET, CONNECT, &contacts], &seen());
    let two = scored(&[CONTACTS, SMS, INTERNET, CONNECT, &contacts, &sms], &seen());
    let several = |score: &Score| {
        score
            .contributions
            .iter()
            .any(|part| part.id == "several-kinds-sent")
    };
    assert!(!several(&one) && several(&two));
    assert!(two.harvest_db > one.harvest_db && two.harvest_db < one.harvest_db + 5.0);
}

#[test]
fn a_proven_harvest_stands_beside_what_cannot_be_seen() {
    let sent = read("contacts bulk proven leaves");
    for opaque in [Opaque::ScriptCode, Opaque::UnreadableDex, Opaque::PackedCode] {
        let coverage = Coverage {
            opaque: [opaque].into(),
            ..seen()
        };
        let score = scored(&[CONTACTS, INTERNET, &sent], &coverage);
        assert_eq!(
            (score.band, score.why),
            (Band::Elevated, Why::HarvestWithoutLending)
        );
        assert!(score.value.is_some());
    }
}

#[test]
fn what_cannot_be_seen_is_never_low() {
    let hidden = |opaque: Opaque| Coverage {
        opaque: [opaque].into(),
        ..seen()
    };
    for (coverage, why) in [
        (hidden(Opaque::PackedCode), Why::CodeHidden),
        (hidden(Opaque::WebShell), Why::WebShell),
        (hidden(Opaque::NoCode), Why::NoCode),
        (
            Coverage {
                manifest: Layer::Unreadable,
                ..seen()
            },
            Why::NoManifest,
        ),
        (
            Coverage {
                dex_bytes_read: 100,
                ..seen()
            },
            Why::CodeUnreadable,
        ),
    ] {
        for lines in [vec![], vec![CONTACTS], LENDING.to_vec()] {
            let score = scored(&lines, &coverage);
            assert_eq!(
                (score.band, score.why, score.value),
                (Band::NotAssessable, why, None),
                "{lines:?}"
            );
        }
        let lines = [&[CONTACTS, INTERNET, PHONE, QUERY, CONNECT][..], &LENDING[..]].concat();
        assert_eq!(
            scored(&lines, &coverage).band,
            Band::High,
            "what is seen still counts"
        );
    }
}

#[test]
fn scripts_that_are_not_read_leave_an_app_that_asks_open() {
    let scripts = Coverage {
        opaque: [Opaque::ScriptCode].into(),
        ..seen()
    };
    let capable = [CONTACTS, INTERNET, PHONE, QUERY, CONNECT];
    assert_eq!(scored(&capable, &scripts).why, Why::CodeUnreadable);
    let words_read = Coverage {
        opaque: [Opaque::ScriptFlows].into(),
        ..seen()
    };
    assert_eq!(
        scored(&capable, &words_read).why,
        Why::CapabilityWithoutLending,
        "their words would have told"
    );
    assert_eq!(
        scored(&[INTERNET, CONNECT], &scripts).band,
        Band::Low,
        "it cannot read anything"
    );
    assert_eq!(
        scored(&[&capable[..], &LENDING[..]].concat(), &scripts).band,
        Band::High
    );
}

#[test]
fn asking_for_everything_without_use_is_not_the_capability() {
    let asks = [
        CONTACTS,
        INTERNET,
        "permission android.permission.READ_SMS @ manifest uses-permission +140",
        "permission android.permission.READ_CALL_LOG @ manifest uses-permission +180",
        CONNECT,
    ];
    let score = scored(&[&asks[..], &LENDING[..]].concat(), &seen());
    assert_eq!(score.band, Band::Elevated, "{score:?}");
    assert!(score.harvest_db < 0.0);
}

#[test]
fn ten_synonyms_are_one_signal() {
    let synonyms: Vec<String> = (0..40)
        .map(|number| format!("word loan-product-strong en synonym {number} @ resource string/s{number}"))
        .collect();
    let lines: Vec<&str> = synonyms.iter().map(String::as_str).collect();
    let score = scored(&lines, &seen());
    assert!(score.lending_db < 0.0, "{score:?}");
}

#[test]
fn a_licence_claim_or_a_picker_never_lowers_a_score() {
    let lines = [&[CONTACTS, INTERNET, PHONE, QUERY, CONNECT][..], &LENDING[..]].concat();
    let before = scored(&lines, &seen());
    for line in [
        "word legitimate-lender-marker-strong en registered lender @ resource string/about",
        "literal android.intent.action.PICK @ dex classes.dex string_ids 4",
        "word false-friend-context en library loan @ resource string/x",
    ] {
        let after = scored(&[&lines[..], &[line]].concat(), &seen());
        assert!(
            after.harvest_db >= before.harvest_db && after.lending_db >= before.lending_db,
            "{line}"
        );
    }
}

/// Facts the rules know, one of each pattern of the vocabulary and of the words.
fn vocabulary_facts() -> Vec<String> {
    let mut lines = vec![];
    for class in [
        "loan-product",
        "loan-process",
        "interest-fee",
        "collection",
        "threat-shame",
        "kyc",
        "false-friend",
    ] {
        for strength in ["strong", "medium", "weak", "context"] {
            lines.push(format!(
                "word {class}-{strength} en {class} {strength} @ resource string/a"
            ));
            lines.push(format!(
                "name-word {class}-{strength} en {class} {strength} @ manifest application +9"
            ));
        }
    }
    let interest = RULES.vocabulary().interest();
    for (class, names) in &interest.fields {
        lines.extend(
            names
                .iter()
                .map(|name| format!("field {class}->{name} @ dex classes.dex field_ids 1")),
        );
    }
    for (class, members) in &interest.methods {
        lines.extend(members.iter().map(|member| {
            format!(
                "method {class}->{}()V @ dex classes.dex method_ids 1",
                member.name
            )
        }));
    }
    for name in [
        "READ_CONTACTS",
        "READ_SMS",
        "READ_CALL_LOG",
        "INTERNET",
        "SEND_SMS",
    ] {
        lines.push(format!(
            "permission android.permission.{name} @ manifest uses-permission +1"
        ));
    }
    for data in ["contacts", "sms", "call-log"] {
        for words in [
            "bulk proven leaves",
            "unknown linked leaves",
            "bulk proven kept",
            "bulk unreachable nowhere",
            "lookup located nowhere",
        ] {
            lines.push(format!("harvest {data} {words} @ dex classes.dex La;->b()V +1"));
        }
    }
    for action in [
        "android.intent.action.DIAL",
        "android.provider.Telephony.SMS_DELIVER",
    ] {
        lines.push(format!("action {action} @ manifest action +1"));
    }
    lines
}

/// Ids of indicators that a further fact can switch off, directly or through another indicator.
fn can_be_switched_off(id: &str) -> bool {
    let indicator = RULES.indicator(id).unwrap();
    let when = indicator.when.get_ref();
    let inner = when.all.iter().chain(&when.any).chain(&when.also_any);
    !when.none.is_empty()
        || inner
            .clone()
            .any(|kind| RULES.indicator(kind).is_some() && can_be_switched_off(kind))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Adding a fact removes a finding only through a declared `none`, and the order of facts is
    /// without effect.
    #[test]
    fn more_facts_never_hide_findings_but_through_none(
        chosen in proptest::sample::subsequence(vocabulary_facts(), 1..30),
        one_more in proptest::sample::select(vocabulary_facts()),
    ) {
        let lines: Vec<&str> = chosen.iter().map(String::as_str).collect();
        let before = found(&lines);
        let mut more = lines.clone();
        more.insert(0, &one_more);
        let after = found(&more);
        for finding in &before {
            let still = after.iter().any(|other| other.id == finding.id);
            prop_assert!(still || can_be_switched_off(&finding.id), "{} lost to {}", finding.id, one_more);
        }
        let mut backwards = lines.clone();
        backwards.reverse();
        prop_assert_eq!(&before, &found(&backwards));
        prop_assert_eq!(scored(&lines, &seen()), scored(&backwards, &seen()));
    }
}

#[test]
fn words_of_two_languages_agree_only_when_one_of_them_is_english() {
    let sides = |languages: [&str; 2]| {
        let [first, second] = languages;
        [
            format!("word loan-product-medium {first} a @ resource string/a"),
            format!("word repayment-overdue-medium {second} b @ resource string/b"),
        ]
    };
    let holds = |lines: [String; 2]| {
        let found = found(&lines.each_ref().map(String::as_str));
        found.iter().any(|finding| finding.id == "lending-sides-two")
    };
    assert!(holds(sides(["sw", "sw"])));
    assert!(holds(sides(["en", "sw"])));
    assert!(holds(sides(["sw", "en"])));
    assert!(!holds(sides(["id", "sw"])));
}

#[test]
fn the_evidence_of_one_language_names_no_words_of_another() {
    let found = found(&[
        "word loan-product-medium sw a @ resource string/a",
        "word repayment-overdue-medium sw b @ resource string/b",
        "word repayment-overdue-medium id c @ resource string/c",
    ]);
    let finding = found
        .iter()
        .find(|finding| finding.id == "lending-sides-two")
        .unwrap();
    let values: Vec<&str> = finding
        .evidence
        .iter()
        .map(|item| item.fact.value.as_str())
        .collect();
    assert_eq!(
        values,
        ["loan-product-medium sw a", "repayment-overdue-medium sw b"]
    );
}
