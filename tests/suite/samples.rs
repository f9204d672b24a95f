//! Reports made by hand.

use std::collections::BTreeMap;

use dunwatch::report::Report;
use dunwatch::report::v1::{
    Anomaly, App, Band, Card, Certificate, Contribution, Coverage, Data, Evidence, Failure, Field, Finding,
    Harvest, Host, Identifier, Input, InputKind, Key, Layer, LayerCoverage, Level, Network, Permission,
    Policy, Published, Read, RulesetId, SCHEMA, Score, Sdk, Signature, SignatureScheme, SignatureStatus,
    Sink, Status, Tally, Tool, Verdict, Why,
};

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn evidence(kind: &str) -> Evidence {
    Evidence {
        kind: kind.to_owned(),
        ..Evidence::default()
    }
}

pub(crate) fn tool() -> Tool {
    Tool {
        version: "0.1.0".to_owned(),
        ruleset: RulesetId {
            version: "2026.11".to_owned(),
            sha256: "5".repeat(64),
        },
    }
}

fn method(dex: &str, method: &str, offset: u64, value: &str) -> Evidence {
    Evidence {
        dex: text(dex),
        method: text(method),
        offset: Some(offset),
        value: text(value),
        ..evidence("dex")
    }
}

fn permission(name: &str) -> Permission {
    Permission {
        name: format!("android.permission.{name}"),
        max_sdk: None,
        implied: false,
    }
}

/// A verified v3 signature beside a broken v2 one.
fn signature() -> Signature {
    let scheme = |scheme: &str, status, reason, location| SignatureScheme {
        scheme: scheme.to_owned(),
        status,
        reason,
        signers: 1,
        location,
    };
    let broken = Evidence {
        offset: Some(3_600_000),
        ..evidence("entry")
    };
    Signature {
        status: SignatureStatus::Verified,
        reason: None,
        accepted_from: Some(28),
        schemes: vec![
            scheme("v3", SignatureStatus::Verified, None, None),
            scheme(
                "v2",
                SignatureStatus::Broken,
                text("signature-wrong"),
                Some(broken),
            ),
            scheme("v1", SignatureStatus::NotChecked, text("not-used"), None),
        ],
        lineage: vec!["a7".repeat(32), "c3".repeat(32)],
        source_stamp: None,
    }
}

fn word(value: &str, locale: Option<&str>) -> Evidence {
    Evidence {
        value: text(value),
        resource_type: text("string"),
        resource: text("app_name"),
        locale: locale.map(str::to_owned),
        ..evidence("resource")
    }
}

/// A lending app that sends the address book away.
pub(crate) fn lender() -> Report {
    let query = method(
        "classes2.dex",
        "Lcom/example/sdk/RiskCollector;->collect(Landroid/content/Context;)Lorg/json/JSONArray;",
        42,
        "content://com.android.contacts/data/phones",
    );
    let upload = method(
        "classes2.dex",
        "Lcom/example/sdk/Api;->post(Ljava/lang/String;)V",
        7,
        "Lokhttp3/Call;->execute()Lokhttp3/Response;",
    );
    let contacts = Evidence {
        value: text("android.permission.READ_CONTACTS"),
        element: text("uses-permission"),
        ..evidence("manifest")
    };
    Report {
        schema: SCHEMA.to_owned(),
        tool: tool(),
        input: Input::single(
            "store/kilat.apk".to_owned(),
            InputKind::Apk,
            Some(3_679_540),
            text(&"a1".repeat(32)),
        ),
        status: Status::Degraded,
        error: None,
        app: Some(App {
            package: text("com.example.kilat"),
            label: text("Kilat Dana"),
            labels: BTreeMap::from([("zh-CN".to_owned(), "闪电贷".to_owned())]),
            version_code: Some(12),
            version_name: text("1.2"),
            min_sdk: Some(21),
            target_sdk: Some(33),
            languages: vec!["en".to_owned(), "id".to_owned()],
            certificates: vec![Certificate {
                sha256: "c3".repeat(32),
                subject: text("CN=Kilat,O=PT Example"),
                scheme: "v3".to_owned(),
                sha1: "c4".repeat(20),
                issuer: text("CN=Kilat,O=PT Example"),
                serial: text("01"),
                not_before: text("2020-01-01T00:00:00Z"),
                not_after: text("2045-01-01T00:00:00Z"),
                key: Some(Key {
                    algorithm: "RSA".to_owned(),
                    size: Some(2048),
                }),
                known: text("android-debug"),
            }],
            signature: Some(signature()),
        }),
        permissions: vec![
            permission("INTERNET"),
            permission("READ_CONTACTS"),
            Permission {
                max_sdk: Some(28),
                ..permission("READ_SMS")
            },
            permission("CAMERA"),
            Permission {
                implied: true,
                ..permission("READ_CALL_LOG")
            },
        ],
        score: Some(Score {
            value: Some(83.1),
            band: Band::High,
            why: Why::LendingAndHarvest,
            vector: "DW:1/K:CSL/Q:bulk/F:net-proven/L:high/V:0.98".to_owned(),
            harvest_db: 19.0,
            lending_db: 11.5,
            contributions: vec![
                Contribution {
                    id: "contacts-bulk-upload".to_owned(),
                    card: Card::Harvest,
                    db: 10.0,
                    level: Level::Proven,
                    evidence: vec![query.clone(), upload.clone()],
                },
                Contribution {
                    id: "lending-label".to_owned(),
                    card: Card::Lending,
                    db: 6.5,
                    level: Level::Named,
                    evidence: vec![
                        word("dana", None),
                        word("贷", Some("zh-CN")),
                        word("pinjaman", Some("id")),
                        word("préstamo", Some("es")),
                        word("ऋण", Some("hi")),
                        word("mkopo", Some("sw")),
                        word("สินเชื่อ", Some("th")),
                    ],
                },
            ],
        }),
        harvest: vec![
            Harvest {
                data: Data::Contacts,
                read: Read::Bulk,
                level: Level::Proven,
                reachable: Some(true),
                sink: Some(Sink::Network),
                path: vec![query, upload],
            },
            Harvest {
                data: Data::Sms,
                read: Read::Unknown,
                level: Level::Named,
                reachable: None,
                sink: None,
                path: vec![Evidence {
                    dex: text("classes.dex"),
                    table: text("string_ids"),
                    index: Some(311),
                    value: text("content://sms/inbox"),
                    ..evidence("dex")
                }],
            },
        ],
        findings: vec![
            Finding {
                id: "contacts-bulk-upload".to_owned(),
                title: "upload the whole contact list".to_owned(),
                titles: BTreeMap::new(),
                status: "stable".to_owned(),
                level: Level::Proven,
                evidence: Vec::new(),
            },
            Finding {
                id: "reads-installed-apps".to_owned(),
                title: "list the installed apps".to_owned(),
                titles: BTreeMap::new(),
                status: "experimental".to_owned(),
                level: Level::Declared,
                evidence: vec![contacts],
            },
        ],
        sdks: sdks(),
        published: published(),
        network: Some(network()),
        jurisdictions: vec!["store:google-play".to_owned(), "country:ID".to_owned()],
        policies: policies(),
        anomalies: vec![
            Anomaly {
                kind: "zip-encrypted-flag".to_owned(),
                count: 3,
                location: Evidence {
                    entry: text("classes.dex"),
                    ..evidence("entry")
                },
            },
            Anomaly {
                kind: "zip-trailing-data".to_owned(),
                count: 1,
                location: Evidence {
                    offset: Some(3_679_000),
                    ..evidence("package")
                },
            },
        ],
        coverage: Some(Coverage {
            missing: Vec::new(),
            code: Some(0.979_84),
            dex_bytes: 7_203_764,
            methods: Some(41_231),
            methods_decoded: Some(40_400),
            manifest: Layer::Read,
            resources: Layer::Partial,
            layers: vec![
                layer("dex", [(2, 7_203_764), (2, 7_203_764), (0, 0), (0, 0), (0, 0)]),
                layer(
                    "text-assets",
                    [
                        (14, 32_000_000),
                        (9, 9_500_000),
                        (2, 1_234),
                        (3, 22_498_766),
                        (0, 0),
                    ],
                ),
                layer(
                    "native-libraries",
                    [(4, 900_000), (0, 0), (0, 0), (0, 0), (4, 900_000)],
                ),
            ],
            opaque: vec!["native-code".to_owned(), "something-new".to_owned()],
            budget_spent: true,
        }),
    }
}

/// What is present, read, unreadable, skipped and unexamined of a layer: how many, and their bytes.
fn layer(name: &str, tallies: [(u64, u64); 5]) -> LayerCoverage {
    let [present, read, unreadable, skipped, unexamined] =
        tallies.map(|(count, bytes)| Tally { count, bytes });
    LayerCoverage {
        layer: name.to_owned(),
        present,
        read,
        unreadable,
        skipped,
        unexamined,
    }
}

/// An app whose code is packed.
pub(crate) fn packed() -> Report {
    let mut report = lender();
    report.status = Status::Ok;
    report.input.name = "packed.apk".to_owned();
    report.input.sha256 = text(&"b2".repeat(32));
    report.harvest.clear();
    report.findings.clear();
    report.policies.clear();
    report.anomalies.clear();
    report.network = Some(Network::default());
    if let Some(app) = &mut report.app {
        app.package = text("com.example.packed");
        app.label = None;
        app.labels.clear();
        app.version_name = None;
        app.min_sdk = None;
        app.certificates.clear();
        app.signature = None;
    }
    if let Some(score) = &mut report.score {
        score.value = None;
        score.band = Band::NotAssessable;
        score.why = Why::CodeHidden;
        score.lending_db = -3.0;
        score.contributions.clear();
    }
    if let Some(coverage) = &mut report.coverage {
        coverage.code = None;
        coverage.methods = None;
        coverage.methods_decoded = None;
        coverage.budget_spent = false;
        coverage.layers.clear();
        coverage.opaque = vec!["packed-code".to_owned()];
    }
    report
}

/// An app without anything of interest.
pub(crate) fn plain() -> Report {
    let mut report = packed();
    report.input.name = "plain.apk".to_owned();
    report.input.sha256 = text(&"c4".repeat(32));
    report.permissions.clear();
    if let Some(app) = &mut report.app {
        app.package = text("com.example.plain");
        app.label = text("Plain");
    }
    if let Some(score) = &mut report.score {
        score.value = Some(0.4);
        score.band = Band::Low;
        score.why = Why::NeitherFound;
    }
    if let Some(coverage) = &mut report.coverage {
        coverage.code = Some(1.0);
        coverage.opaque.clear();
    }
    report
}

/// An app whose texts try to act on the terminal, the table and the spreadsheet.
pub(crate) fn hostile() -> Report {
    let mut report = plain();
    report.input.name = "a\u{1b}[2J\n\u{202e}kpa.apk".to_owned();
    report.input.sha256 = text(&"d5".repeat(32));
    report.permissions = vec![Permission {
        name: "x\u{1b}]0;title\u{7}\u{9b}31m".to_owned(),
        max_sdk: None,
        implied: false,
    }];
    if let Some(app) = &mut report.app {
        app.package = text("=HYPERLINK(\"http://x\")");
        app.label = text("|<b>\u{202e}\u{2066}@\r\nLOW\u{200b}");
    }
    report.anomalies = vec![Anomaly {
        kind: "new\u{1b}kind".to_owned(),
        count: 1,
        location: Evidence {
            entry: text("\u{1b}c../../x"),
            ..evidence("entry")
        },
    }];
    report
}

/// A file that is no package.
pub(crate) fn unreadable() -> Report {
    Report {
        input: Input::single(
            "photo.jpg".to_owned(),
            InputKind::Unknown,
            Some(12),
            text(&"e6".repeat(32)),
        ),
        status: Status::Failed,
        error: Some(Failure {
            kind: "not-an-archive".to_owned(),
            message: "The file is neither an Android package nor a dex file.".to_owned(),
            offset: Some(0),
        }),
        app: None,
        score: None,
        coverage: None,
        network: None,
        permissions: Vec::new(),
        ..plain()
    }
}

fn network() -> Network {
    let host = |name: &str, class: Option<&str>, paths: &[&str]| Host {
        host: name.to_owned(),
        ip: name.starts_with(|first: char| first.is_ascii_digit()),
        class: class.map(str::to_owned),
        schemes: vec!["https".to_owned()],
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        count: 2,
        evidence: vec![evidence("dex")],
    };
    let many = (0..7).map(|number| host(&format!("h{number}.example"), None, &[]));
    let paths = ["/api/v1/contacts", "/api/v1/user/{id}", "/a", "/b"];
    let first = [host("203.0.113.7", None, &[]), host("api.example", None, &paths)];
    Network {
        hosts: first
            .into_iter()
            .chain(many)
            .chain([host("w3.org", Some("standard"), &[])])
            .collect(),
        paths: Vec::new(),
        fields: vec![Field {
            name: "contactList".to_owned(),
            data: "contacts".to_owned(),
            count: 1,
            evidence: vec![evidence("dex")],
        }],
        identifiers: vec![Identifier {
            kind: "facebook-app-id".to_owned(),
            value: "123456789012345".to_owned(),
            count: 1,
            evidence: vec![evidence("resource")],
        }],
        dropped: 0,
    }
}

fn sdks() -> Vec<Sdk> {
    let sdk = |id: &str, category: &str, stance: &str, collects: &[&str]| Sdk {
        id: id.to_owned(),
        name: format!("Sample {id}"),
        category: category.to_owned(),
        stance: stance.to_owned(),
        collects: collects.iter().map(|data| (*data).to_owned()).collect(),
        status: "stable".to_owned(),
        check: "literal".to_owned(),
        evidence: vec![Evidence {
            value: text("Lcom/example/sdk/Entry;"),
            dex: text("classes2.dex"),
            table: text("type_ids"),
            index: Some(812),
            ..evidence("dex")
        }],
    };
    vec![
        sdk("counter", "analytics", "neutral", &["usage"]),
        sdk(
            "gatherer",
            "risk-data",
            "strong-signal",
            &["contacts", "call-log"],
        ),
        Sdk {
            check: "unsourced".to_owned(),
            ..sdk("scorer", "alternative-score", "lending-hint", &[])
        },
        sdk("wallet", "payment", "neutral", &["bank-account"]),
    ]
}

fn published() -> Vec<Published> {
    let entry = |matched: &str, value: &str| Published {
        list: "sample-list".to_owned(),
        publisher: "Sample Institute".to_owned(),
        date: "2024-05-06".to_owned(),
        title: "Loan apps looked at".to_owned(),
        titles: BTreeMap::from([("zh-CN".to_owned(), "所查看的借贷应用".to_owned())]),
        statement: "reads the address book".to_owned(),
        statements: BTreeMap::from([("zh-CN".to_owned(), "读取通讯录".to_owned())]),
        kind: "warning".to_owned(),
        matched: matched.to_owned(),
        what: "package".to_owned(),
        value: value.to_owned(),
        sources: vec!["https://institute.example/list".to_owned()],
    };
    vec![
        entry("exact", "com.example.kilat"),
        entry("look-alike", "com.example.kilat2"),
    ]
}

fn policies() -> Vec<Policy> {
    let policy = |rule: &str, jurisdiction: &str, verdict, reason: &str| Policy {
        rule: rule.to_owned(),
        jurisdiction: jurisdiction.to_owned(),
        jurisdiction_name: String::new(),
        jurisdiction_names: BTreeMap::new(),
        verdict,
        permissions: Vec::new(),
        behaviours: Vec::new(),
        reason: reason.to_owned(),
        title: "Lending apps may not read the address book.".to_owned(),
        titles: BTreeMap::from([("zh-CN".to_owned(), "借贷应用不得读取通讯录。".to_owned())]),
        instrument: "Sample rule book".to_owned(),
        clause: text("section 3"),
        in_force: text("2025-05-28"),
        check: "official".to_owned(),
        sources: vec!["https://store.example/rules".to_owned()],
        checked_on: "2026-11-21".to_owned(),
    };
    vec![
        Policy {
            permissions: vec!["android.permission.READ_CONTACTS".to_owned()],
            ..policy(
                "google-play/personal-loans",
                "store:google-play",
                Verdict::Breaks,
                "forbidden-permission",
            )
        },
        Policy {
            behaviours: vec!["contacts-sent".to_owned()],
            check: "excerpt".to_owned(),
            clause: None,
            in_force: None,
            ..policy(
                "in/rbi-digital-lending",
                "country:IN",
                Verdict::MayBreak,
                "limited-behaviour",
            )
        },
        policy(
            "ph/npc-20-01",
            "country:PH",
            Verdict::NotApplicable,
            "not-visible",
        ),
    ]
}
