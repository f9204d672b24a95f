//! Hosts, paths, fields and keys of a package.

use std::collections::BTreeMap;

use dunwatch::limits::Limits;
use dunwatch::report::v1::{Evidence, Host, Network};
use dunwatch::{Options, analyze};

use crate::support::apps::{self, RULES};
use crate::support::arsc::{self, Package, Value};
use crate::support::axml::{self, Node};
use crate::support::dart::{Shape, Snapshot};
use crate::support::dex::{Builder, Class};
use crate::support::elf::Library;
use crate::support::hermes::Bundle;
use crate::support::zip::{Archive, File};

const NAME: u32 = 0x0101_0003;
const VALUE: u32 = 0x0101_0024;
const HOST: u32 = 0x0101_0028;

/// An app with the given literals, string resources, meta-data and files.
#[derive(Default)]
struct Made<'a> {
    literals: &'a [&'a str],
    strings: &'a [(&'a str, &'a str)],
    meta_data: &'a [(&'a str, &'a str)],
    files: &'a [(&'a str, &'a [u8])],
    /// The dex file's strings are not in order.
    is_unsorted: bool,
}

impl Made<'_> {
    fn manifest(&self) -> Vec<u8> {
        let data = Node::new("data").android(HOST, "host", "*.Links.example");
        let filter = Node::new("intent-filter").child(data);
        let activity = Node::new("activity")
            .android(NAME, "name", "com.example.A")
            .child(filter);
        let meta = |(name, value): &(&str, &str)| {
            Node::new("meta-data")
                .android(NAME, "name", *name)
                .android(VALUE, "value", *value)
        };
        let application = Node::new("application").child(activity);
        let application = self.meta_data.iter().map(meta).fold(application, Node::child);
        axml::build(
            &Node::new("manifest")
                .plain("package", "com.example")
                .child(application),
        )
    }

    fn dex(&self) -> Vec<u8> {
        let builder = Builder {
            strings: self.literals.iter().map(|text| (*text).to_owned()).collect(),
            classes: vec![Class::new("Lcom/example/A;")],
            ..Builder::default()
        };
        let mut bytes = builder.build();
        if self.is_unsorted {
            // The first two rows of the table of strings change places.
            let start = usize::try_from(crate::support::dex::get(&bytes, 0x3c)).unwrap();
            let (first, second) = (start, start + 4);
            let rows = (
                crate::support::dex::get(&bytes, first),
                crate::support::dex::get(&bytes, second),
            );
            crate::support::dex::put(&mut bytes, first, rows.1);
            crate::support::dex::put(&mut bytes, second, rows.0);
            crate::support::dex::seal(&mut bytes);
        }
        bytes
    }

    fn resources(&self) -> Vec<u8> {
        let entries: Vec<(u16, &str, Value)> = (0..)
            .zip(self.strings)
            .map(|(index, (name, value))| (index, *name, Value::from(*value)))
            .collect();
        let package = Package::app()
            .strings("", &entries)
            .strings("fr", &[(0, "facebook_app_id", Value::from("999999999999999"))]);
        arsc::build(&[package], true)
    }

    fn network(&self, limits: Limits) -> Network {
        let mut archive = Archive::new()
            .file(File::deflated("AndroidManifest.xml", &self.manifest()))
            .file(File::deflated("classes.dex", &self.dex()))
            .file(File::deflated("resources.arsc", &self.resources()));
        for (name, data) in self.files {
            archive = archive.file(File::deflated(name, data));
        }
        let options = Options {
            limits,
            ..Options::default()
        };
        analyze(&archive.build(), &RULES, &options).network.unwrap()
    }
}

fn names(network: &Network) -> Vec<&str> {
    network.hosts.iter().map(|host| host.host.as_str()).collect()
}

fn host<'n>(network: &'n Network, name: &str) -> &'n Host {
    network.hosts.iter().find(|host| host.host == name).unwrap()
}

fn keys(network: &Network) -> BTreeMap<(&str, &str), &Evidence> {
    let rows = network.identifiers.iter();
    rows.map(|key| ((key.kind.as_str(), key.value.as_str()), &key.evidence[0]))
        .collect()
}

const GOOGLE_KEY: &str = "AIzaSyA1234567890abcdefghijklmnopqrs-_x";

#[test]
fn hosts_are_gathered_from_every_layer_with_their_places() {
    let script = br#"fetch("https:\/\/api.script.example\/v1\/user\/77\/sms?t=1")"#;
    let made = Made {
        literals: &[
            "https://API.Dex.example/v2/contacts/123",
            "http://203.0.113.9:81/a",
            "ws://socket.example",
        ],
        strings: &[
            ("terms", "See https://terms.example/en/ and http://www.w3.org/a."),
            ("app_name", "A"),
        ],
        meta_data: &[("base", "https://meta.example/x")],
        files: &[("assets/www/a.js", script)],
        ..Made::default()
    };
    let network = made.network(Limits::default());
    let expected = [
        "203.0.113.9",
        "api.dex.example",
        "api.script.example",
        "links.example",
        "meta.example",
        "socket.example",
        "terms.example",
        "www.w3.org",
    ];
    assert_eq!(names(&network), expected);
    let dex = host(&network, "api.dex.example");
    assert_eq!(
        (dex.paths.as_slice(), dex.class.as_deref()),
        (&["/v2/contacts/{id}".to_owned()][..], None)
    );
    assert_eq!(
        (dex.schemes.as_slice(), dex.count),
        (&["https".to_owned()][..], 1)
    );
    assert_eq!(dex.evidence[0].table.as_deref(), Some("string_ids"));
    assert!(host(&network, "203.0.113.9").ip && !dex.ip);
    let file = host(&network, "api.script.example");
    assert_eq!(file.paths, ["/v1/user/{id}/sms"]);
    assert_eq!(
        (file.evidence[0].entry.as_deref(), file.evidence[0].offset),
        (Some("assets/www/a.js"), Some(7))
    );
    let text = &host(&network, "terms.example").evidence[0];
    assert_eq!(
        (text.resource.as_deref(), text.kind.as_str()),
        (Some("terms"), "resource")
    );
    assert_eq!(host(&network, "links.example").schemes, ["deep-link"]);
    assert_eq!(
        host(&network, "meta.example").evidence[0].element.as_deref(),
        Some("meta-data")
    );
    let common = host(&network, "www.w3.org");
    assert_eq!(
        (common.class.as_deref(), common.paths.len()),
        (Some("standard"), 0)
    );
}

#[test]
fn one_host_in_several_layers_is_one_row() {
    let made = Made {
        literals: &[
            "https://one.example/a",
            "https://one.example/b/9",
            "http://ONE.example/b/8",
        ],
        strings: &[("u", "https://one.example/a")],
        ..Made::default()
    };
    let network = made.network(Limits::default());
    let one = host(&network, "one.example");
    assert_eq!(one.paths, ["/a", "/b/{id}"]);
    assert_eq!((one.count, one.schemes.join(" ").as_str()), (4, "http https"));
    assert_eq!(one.evidence.len(), Limits::default().places_per_host);
}

#[test]
fn rented_servers_stand_among_the_own_hosts_and_common_ones_behind() {
    let made = Made {
        literals: &[
            "https://zzz.s3.amazonaws.com/a/b",
            "https://graph.facebook.com/v1/x",
            "https://zebra.example/",
        ],
        ..Made::default()
    };
    let network = made.network(Limits::default());
    assert_eq!(
        names(&network),
        [
            "links.example",
            "zebra.example",
            "zzz.s3.amazonaws.com",
            "graph.facebook.com"
        ]
    );
    let rented = host(&network, "zzz.s3.amazonaws.com");
    assert_eq!((rented.class.as_deref(), rented.paths.len()), (Some("cloud"), 1));
    assert_eq!(
        host(&network, "graph.facebook.com").class.as_deref(),
        Some("social")
    );
}

#[test]
fn paths_and_fields_stand_without_a_host() {
    for is_unsorted in [false, true] {
        let made = Made {
            literals: &[
                "/api/v1/user/{userId}/contacts",
                "api/sms/upload",
                "v2/x/%s",
                "/proc/self/maps",
                "contactList",
                "smsLists",
            ],
            is_unsorted,
            ..Made::default()
        };
        let network = made.network(Limits::default());
        let paths: Vec<&str> = network.paths.iter().map(|path| path.name.as_str()).collect();
        assert_eq!(
            paths,
            ["/api/sms/upload", "/api/v1/user/{id}/contacts", "/v2/x/{id}"],
            "{is_unsorted}"
        );
        let fields: Vec<(&str, &str)> = network
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.data.as_str()))
            .collect();
        assert_eq!(fields, [("contactList", "contacts")], "{is_unsorted}");
    }
}

#[test]
fn keys_are_found_under_their_names_and_telling_ones_everywhere() {
    let script = format!(
        "var k = '{GOOGLE_KEY}', no = 'x{GOOGLE_KEY}'; var app='ca-app-pub-1234567890123456~1234567890';"
    );
    let made = Made {
        literals: &[
            GOOGLE_KEY,
            "wx0123456789abcdef",
            "0123456789abcdef01234567",
            "AIza",
        ],
        strings: &[
            ("facebook_app_id", "123456789012345"),
            ("google_app_id", "1:1234567890:android:0123456789abcdef"),
            ("project_id", "my-loan-app"),
            ("other_number", "543210987654321"),
        ],
        meta_data: &[
            ("UMENG_APPKEY", "5f0123456789abcdef012345"),
            ("BUGLY_APPID", "not a key"),
            ("com.facebook.sdk.ApplicationId", "123456789012345"),
        ],
        files: &[("assets/a.js", script.as_bytes())],
        ..Made::default()
    };
    let network = made.network(Limits::default());
    let found = keys(&network);
    let expected = [
        ("admob-app-id", "ca-app-pub-1234567890123456~1234567890"),
        ("facebook-app-id", "123456789012345"),
        ("firebase-app-id", "1:1234567890:android:0123456789abcdef"),
        ("firebase-project-id", "my-loan-app"),
        ("google-api-key", GOOGLE_KEY),
        ("umeng-appkey", "5f0123456789abcdef012345"),
        ("wechat-app-id", "wx0123456789abcdef"),
    ];
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), expected);
    assert_eq!(
        found[&("admob-app-id", expected[0].1)].entry.as_deref(),
        Some("assets/a.js")
    );
    assert_eq!(
        found[&("umeng-appkey", expected[5].1)].element.as_deref(),
        Some("meta-data")
    );
    assert_eq!(
        found[&("firebase-project-id", "my-loan-app")].resource.as_deref(),
        Some("project_id")
    );
    let facebook = network
        .identifiers
        .iter()
        .find(|key| key.kind == "facebook-app-id")
        .unwrap();
    assert_eq!(
        (facebook.count, facebook.evidence.len()),
        (2, 2),
        "the manifest and the resource"
    );
}

#[test]
fn programs_of_flutter_and_react_native_name_hosts_paths_fields_and_keys() {
    let texts = [
        "https://api.program.example/v1/loan/9",
        "Read https://terms.program.example/en first",
        "/api/v1/upload/contacts",
        "smsList",
        GOOGLE_KEY,
    ];
    let program = Library::of_program(&Snapshot::new(Shape::Mixed, &texts).build(), true).build();
    let bundle = Bundle::new(96, &texts).build();
    for (entry, data) in [
        ("lib/arm64-v8a/libapp.so", &program),
        ("assets/index.android.bundle", &bundle),
    ] {
        let made = Made {
            files: &[(entry, data)],
            ..Made::default()
        };
        let network = made.network(Limits::default());
        let offset = |text: &str| memchr::memmem::find(data, text.as_bytes()).map(|at| at as u64);
        let is_at = |evidence: &[Evidence], text: &str| {
            let [place] = evidence else {
                panic!("{entry} {text}: {evidence:?}");
            };
            assert_eq!(
                (place.entry.as_deref(), place.offset),
                (Some(entry), offset(text)),
                "{text}"
            );
        };
        let api = host(&network, "api.program.example");
        assert_eq!(
            (api.paths.as_slice(), api.count),
            (&["/v1/loan/{id}".to_owned()][..], 1)
        );
        is_at(&api.evidence, texts[0]);
        is_at(&host(&network, "terms.program.example").evidence, "https://terms");
        let [path] = network.paths.as_slice() else {
            panic!("{:?}", network.paths);
        };
        assert_eq!((path.name.as_str(), path.count), (texts[2], 1));
        is_at(&path.evidence, texts[2]);
        assert_eq!(
            (network.fields[0].name.as_str(), network.fields[0].count),
            (texts[3], 1)
        );
        is_at(&network.fields[0].evidence, texts[3]);
        let key = &network.identifiers[0];
        assert_eq!(
            (key.kind.as_str(), key.value.as_str(), key.count),
            ("google-api-key", GOOGLE_KEY, 1)
        );
        is_at(&key.evidence, GOOGLE_KEY);
    }
}

#[test]
fn what_does_not_fit_the_caps_is_counted() {
    let literals: Vec<String> = (0..9)
        .map(|number| format!("https://h{number}.example/p{number}/a"))
        .collect();
    let more: Vec<String> = (0..9)
        .map(|number| format!("https://h0.example/q{number}"))
        .collect();
    let literals: Vec<&str> = literals.iter().chain(&more).map(String::as_str).collect();
    let made = Made {
        literals: &literals,
        ..Made::default()
    };
    let network = made.network(Limits {
        hosts: 5,
        paths_per_host: 4,
        ..Limits::default()
    });
    // The host of the manifest's link is the first of the five.
    assert_eq!(network.hosts.len(), 5);
    assert_eq!(host(&network, "h0.example").paths.len(), 4);
    assert_eq!(network.dropped, 5 + 6);
    assert_eq!(made.network(Limits::default()).dropped, 0);
}

#[test]
fn every_fixture_names_its_server() {
    let report = analyze(&apps::fixture("predatory-lender-id"), &RULES, &Options::default());
    let network = report.network.unwrap();
    assert!(
        network.hosts.iter().any(|host| host.class.is_none()),
        "{network:?}"
    );
}
