//! Apps of frameworks: what their scripts and compiled programs name, and what is made of it.

use std::collections::BTreeMap;

use dunwatch::analysis::{Input, facts, facts_of};
use dunwatch::container::LooseFile;
use dunwatch::facts::layers::LayerName;
use dunwatch::facts::{Fact, FactKind, Location};
use dunwatch::limits::Limits;
use dunwatch::report::v1::{Band, Level, Why};
use dunwatch::{Options, analyze};

use crate::hostile::entries;
use crate::support::apps::{self, RULES};
use crate::support::arsc::{self, Layout, Package, Type, Value};
use crate::support::axml::{self, Node};
use crate::support::zip::{Archive, File};

/// Where a fact was seen in an app, as text.
fn places(bytes: &[u8], kind: FactKind, value: &str) -> Vec<String> {
    let found = facts(bytes, &RULES, &Limits::default()).unwrap();
    let wanted = Fact::new(kind, value);
    let mut all = found.facts.iter().filter(|(fact, _)| **fact == wanted);
    let places = all.next().map(|(_, places)| places).unwrap_or_default();
    places.iter().map(Location::to_string).collect()
}

/// A fixture app without some of its entries and with further ones.
fn changed(name: &str, without: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let parts = entries(&apps::fixture(name));
    let own = parts.iter().filter(|(name, _)| !name.starts_with(without));
    let own = own.map(|(name, data)| (name.as_str(), data.as_slice()));
    let add = |archive: Archive, (name, data): (&str, &[u8])| archive.file(File::deflated(name, data));
    own.chain(files.iter().copied()).fold(Archive::new(), add).build()
}

#[test]
fn names_of_plug_ins_and_calls_are_found_with_their_place() {
    const PROGRAM: &str = "lib/arm64-v8a/libapp.so";
    const BUNDLE: &str = "assets/index.android.bundle";
    const UNI: &str = "assets/apps/__UNI__5D3A7C1/www/app-service.js";
    for (app, name, entry) in [
        ("predatory-lender-flutter", "package:contacts_service/", PROGRAM),
        (
            "predatory-lender-flutter",
            "github.com/clovisnicolas/flutter_contacts",
            PROGRAM,
        ),
        ("contacts-flutter", "package:contacts_service/", PROGRAM),
        ("predatory-lender-react-native", "getAllWithoutPhotos", BUNDLE),
        ("predatory-lender-hermes", "getAllWithoutPhotos", BUNDLE),
        (
            "predatory-lender-cordova",
            "cordova-plugin-contacts",
            "assets/www/cordova_plugins.js",
        ),
        (
            "predatory-lender-cordova",
            "navigator.contacts.find",
            "assets/www/js/app.js",
        ),
        (
            "predatory-lender-capacitor",
            "@capacitor-community/contacts",
            "assets/capacitor.plugins.json",
        ),
        ("predatory-lender-uniapp", "plus.contacts.getAddressBook", UNI),
        (
            "contacts-capacitor",
            "@capacitor-community/contacts",
            "assets/capacitor.plugins.json",
        ),
        (
            "clinic-uniapp",
            "plus.contacts.getAddressBook",
            "assets/apps/__UNI__2B81E60/www/app-service.js",
        ),
        ("predatory-lender-uniapp", "content://sms", UNI),
    ] {
        let bytes = apps::fixture(app);
        let (_, data) = entries(&bytes)
            .into_iter()
            .find(|(path, _)| path == entry)
            .unwrap();
        let offset = memchr::memmem::find(&data, name.as_bytes()).unwrap();
        let found = places(&bytes, FactKind::Script, name);
        assert_eq!(
            found.first(),
            Some(&format!("entry {entry} +{offset}")),
            "{app} {name}"
        );
    }
    let registrant = "Error registering plugin contacts_service";
    let found = places(&apps::fixture("contacts-flutter"), FactKind::Literal, registrant);
    assert!(
        found
            .iter()
            .all(|place| place.starts_with("dex classes.dex string_ids"))
            && found.len() == 1
    );
}

#[test]
fn what_frameworks_and_plug_ins_bring_along_accuses_nobody() {
    // A plug-in that asks for permissions; a script of the framework that names all it can do.
    for name in ["honest-lender-flutter", "honest-lender-uniapp"] {
        let report = analyze(&apps::fixture(name), &RULES, &Options::default());
        let score = report.score.unwrap();
        assert_eq!(score.band, Band::Low, "{name}");
        assert!(
            score.lending_db >= RULES.scoring().band.lending,
            "{name} is a lender: {score:?}"
        );
        let harvest = RULES.scoring().card.harvest.prior;
        assert!(
            (score.harvest_db - harvest).abs() < 0.01,
            "{name}: nothing counts on the harvest card"
        );
    }
}

#[test]
fn what_the_person_picked_is_handed_to_a_page_and_not_sent() {
    let report = analyze(&apps::fixture("parish-cordova"), &RULES, &Options::default());
    let has = |id: &str| report.findings.iter().any(|finding| finding.id == id);
    assert!(has("contact-picker") && has("contacts-single-bridged"));
    assert!(!has("contacts-single-sent") && !has("contacts-read-kept"));
    // The plug-in can hand over the whole table as well, which is said beside it.
    assert!(has("contacts-bridged"));
}

#[test]
fn pages_of_the_package_make_an_app_more_than_a_shell_however_many_files_they_are() {
    let page = [b' '; 700];
    let paths: Vec<String> = (0..3).map(|number| format!("assets/www/{number}.js")).collect();
    for (count, is_shell) in [(0, true), (2, true), (3, false)] {
        let files: Vec<(&str, &[u8])> = paths
            .iter()
            .take(count)
            .map(|path| (path.as_str(), &page[..]))
            .collect();
        let bytes = changed("clinic-uniapp", "assets/", &files);
        let report = analyze(&bytes, &RULES, &Options::default());
        let is_said = report.score.unwrap().why == Why::WebShell;
        assert_eq!(is_said, is_shell, "{count} pages");
    }
}

#[test]
fn what_scripts_name_is_said_at_that_level_and_no_stronger() {
    let report = analyze(
        &apps::fixture("predatory-lender-uniapp"),
        &RULES,
        &Options::default(),
    );
    let score = report.score.unwrap();
    assert_eq!(score.band, Band::High);
    for id in ["contacts-script-named", "sms-script-named"] {
        let part = score.contributions.iter().find(|part| part.id == id).unwrap();
        assert_eq!(part.level, Level::Named);
        assert!(part.evidence.iter().any(|place| place.kind == "asset"));
    }
    assert!(
        report
            .harvest
            .iter()
            .all(|row| row.level <= Level::Named && row.sink.is_none())
    );
    // Where the code of Android shows the read, the name adds nothing.
    let report = analyze(
        &apps::fixture("predatory-lender-flutter"),
        &RULES,
        &Options::default(),
    );
    let ids: Vec<String> = report.findings.iter().map(|finding| finding.id.clone()).collect();
    assert!(
        ids.contains(&"contacts-bridged".to_owned()) && !ids.contains(&"contacts-script-named".to_owned())
    );
}

#[test]
fn scripts_that_frameworks_bring_along_say_nothing_of_the_app() {
    const CALL: &[u8] = b"x=function(){plus.contacts.getAddressBook(plus.contacts.ADDRESSBOOK_PHONE,y)};";
    let name = "plus.contacts.getAddressBook";
    for (path, expected) in [
        ("assets/uni-jsframework-vue3.js", 0),
        ("assets/apps/__UNI__1/www/__uniappview.html", 0),
        ("assets/apps/__UNI__1/www/package-lock.json", 0),
        ("assets/apps/__UNI__1/www/app-service.js", 1),
    ] {
        let bytes = changed("predatory-lender-uniapp", "assets/", &[(path, CALL)]);
        assert_eq!(places(&bytes, FactKind::Script, name).len(), expected, "{path}");
    }
}

#[test]
fn pages_of_a_server_that_are_shown_as_the_apps_own_are_named() {
    for (app, host, place) in [
        (
            "predatory-lender-capacitor",
            "app.quickcashlane.example",
            "entry assets/capacitor.config.json",
        ),
        (
            "web-page-shell",
            "m.mitraplus.example",
            "dex classes.dex string_ids",
        ),
    ] {
        let bytes = apps::fixture(app);
        let found = places(&bytes, FactKind::Page, host);
        assert!(
            found.len() == 1 && found[0].starts_with(place),
            "{app}: {found:?}"
        );
        let report = analyze(&bytes, &RULES, &Options::default());
        assert!(
            report.findings.iter().any(|finding| finding.id == "shows-page"),
            "{app}"
        );
    }
    for settings in [
        &b"{"[..],
        b"[]",
        b"{\"server\":{\"url\":7}}",
        b"{\"server\":{\"url\":\"app:\"}}",
    ] {
        let file = [("assets/capacitor.config.json", settings)];
        let bytes = changed("predatory-lender-capacitor", "assets/", &file);
        let found = facts(&bytes, &RULES, &Limits::default()).unwrap();
        assert_eq!(found.facts.of_kind(FactKind::Page).count(), 0);
    }
}

const CONFIG: &str = "res/xml/config.xml";

/// Elements of Cordova's settings: name, attribute, value.
type Settings<'a> = &'a [(&'a str, &'a str, &'a str)];

/// Settings as aapt compiles them.
fn compiled(root: &str, settings: Settings<'_>) -> Vec<u8> {
    let element = |(name, attribute, value): &(&str, &str, &str)| Node::new(name).plain(attribute, *value);
    axml::build(&settings.iter().map(element).fold(Node::new(root), Node::child))
}

/// Settings as they are written.
fn written(settings: Settings<'_>) -> String {
    let element =
        |(name, attribute, value): &(&str, &str, &str)| format!("<{name} {attribute}=\"{value}\"/>");
    let elements: String = settings.iter().map(element).collect();
    format!("<?xml version='1.0'?>\n<widget xmlns=\"http://www.w3.org/ns/widgets\">{elements}</widget>")
}

/// Settings as they stand in an App Bundle.
fn bundled(settings: Settings<'_>) -> Vec<u8> {
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let length = bytes.len();
        let length = [(length & 0x7f) as u8 | 0x80, u8::try_from(length >> 7).unwrap()];
        [&[number << 3 | 2], length.as_slice(), bytes].concat()
    }
    let element = |(name, attribute, value): &(&str, &str, &str)| {
        let attribute = [field(2, attribute.as_bytes()), field(3, value.as_bytes())].concat();
        let element = [field(3, name.as_bytes()), field(4, &attribute)].concat();
        field(5, &field(1, &element))
    };
    let children = settings.iter().flat_map(element);
    field(
        1,
        &field(3, b"widget")
            .into_iter()
            .chain(children)
            .collect::<Vec<u8>>(),
    )
}

/// The hosts of pages in an app.
fn pages(bytes: &[u8]) -> Vec<String> {
    let found = facts(bytes, &RULES, &Limits::default()).unwrap();
    let pages = found.facts.of_kind(FactKind::Page);
    pages.map(|(fact, _)| fact.value.clone()).collect()
}

#[test]
fn the_first_page_of_cordova_may_be_one_of_a_server() {
    let config = |settings: Settings<'_>| {
        let data = compiled("widget", settings);
        changed("predatory-lender-cordova", "-", &[(CONFIG, &data)])
    };
    let data = compiled(
        "widget",
        &[("content", "src", "https://App.Loan.example/start?x=1")],
    );
    let bytes = changed("predatory-lender-cordova", "-", &[(CONFIG, &data)]);
    let found = places(&bytes, FactKind::Page, "app.loan.example");
    assert!(
        found.len() == 1 && found[0].starts_with("entry res/xml/config.xml +"),
        "{found:?}"
    );
    let report = analyze(&bytes, &RULES, &Options::default());
    assert!(report.findings.iter().any(|finding| finding.id == "shows-page"));
    let network = report.network.unwrap();
    let host = network
        .hosts
        .iter()
        .find(|host| host.host == "app.loan.example")
        .unwrap();
    assert_eq!(host.paths, ["/start"]);
    let layer = facts(&bytes, &RULES, &Limits::default())
        .unwrap()
        .coverage
        .layers
        .get(LayerName::ResourceFiles);
    assert_eq!(layer.was_read().bytes, data.len() as u64);
    for (settings, expected) in [
        (&[("content", "src", "index.html")][..], &[][..]),
        (&[("content", "src", "http://localhost/")], &[]),
        (&[("content", "src", "http://192.168.8.21:8787/")], &[]),
        (&[("content", "src", "http://203.0.113.9/")], &["203.0.113.9"]),
        (&[("access", "origin", "https://api.loan.example")], &[]),
        (&[("allow-navigation", "href", "https://m.loan.example/*")], &[]),
        (&[("content", "href", "https://m.loan.example/")], &[]),
    ] {
        assert_eq!(pages(&config(settings)), expected, "{settings:?}");
    }
    // However many other elements stand before it.
    let mut many = vec![("access", "origin", "https://api.loan.example"); 300];
    many.push(("content", "src", "https://m.loan.example/"));
    assert_eq!(pages(&config(&many)), ["m.loan.example"]);
    // Another file of this name, and one that is no XML.
    let other = compiled("config", &[("content", "src", "https://m.loan.example/")]);
    assert!(pages(&changed("predatory-lender-cordova", "-", &[(CONFIG, &other)])).is_empty());
    let broken = changed("predatory-lender-cordova", "-", &[(CONFIG, b"\x03\0\x08\0")]);
    let layer = facts(&broken, &RULES, &Limits::default())
        .unwrap()
        .coverage
        .layers
        .get(LayerName::ResourceFiles);
    assert_eq!(layer.was_unreadable().count, 1);
}

#[test]
fn a_first_page_of_cordova_that_only_leads_to_an_open_server_shows_it() {
    const START: &str = "assets/www/start.html";
    let short = "<script>location='https://m.loan.example/';/*https://other.example*/</script>";
    let long = format!("{short}{}", " ".repeat(2048));
    let open: Settings<'_> = &[
        ("content", "src", "start.html?from=app"),
        ("allow-navigation", "href", "*://*.loan.example/*"),
        ("allow-navigation", "href", "*"),
    ];
    let closed: Settings<'_> = &[
        ("content", "src", "start.html"),
        ("access", "origin", "https://m.loan.example"),
    ];
    let elsewhere: Settings<'_> = &[("allow-navigation", "href", "https://*.loan.example/*")];
    for (settings, page, expected) in [
        (open, short, &["m.loan.example"][..]),
        (open, long.as_str(), &[]),
        (closed, short, &[]),
        (elsewhere, short, &[]),
    ] {
        let config = compiled("widget", settings);
        let files = [(CONFIG, config.as_slice()), (START, page.as_bytes())];
        let bytes = changed("predatory-lender-cordova", "-", &files);
        assert_eq!(pages(&bytes), expected, "{settings:?}");
        let report = analyze(&bytes, &RULES, &Options::default());
        let hosts = report.network.unwrap().hosts;
        assert!(hosts.iter().any(|host| host.host.ends_with("loan.example")));
    }
}

#[test]
fn settings_of_cordova_are_found_in_every_form_and_under_a_shortened_path() {
    let settings: Settings<'_> = &[
        ("access", "origin", "*"),
        ("content", "src", "https://app.loan.example/"),
    ];
    let expected = ["app.loan.example"];
    let manifest = apps::entry(&apps::fixture("predatory-lender-cordova"), "AndroidManifest.xml");
    let bundled = bundled(settings);
    let written = written(settings);
    for data in [bundled.as_slice(), written.as_bytes()] {
        let files = [
            LooseFile {
                name: "AndroidManifest.xml",
                contents: Some(&manifest),
            },
            LooseFile {
                name: CONFIG,
                contents: Some(data),
            },
        ];
        let found = facts_of(Input::Folder(&files), &RULES, &Limits::default()).unwrap();
        let pages: Vec<&str> = found
            .facts
            .of_kind(FactKind::Page)
            .map(|(fact, _)| fact.value.as_str())
            .collect();
        assert_eq!(pages, expected);
    }
    let short = "res/aB.xml";
    let mut package = Package::app();
    package.type_names.push("xml".to_owned());
    package.types.push(Type {
        id: 3,
        configuration: arsc::configuration(""),
        layout: Layout::Dense,
        compact: false,
        entries: BTreeMap::from([
            (0, ("paths".to_owned(), Value::from("res/aA.xml"))),
            (1, ("config".to_owned(), Value::from(short))),
        ]),
    });
    let table = arsc::build(
        &[package.strings("", &[(0, "config", Value::from("none"))])],
        true,
    );
    let config = compiled("widget", settings);
    for (app, expected) in [("predatory-lender-cordova", &expected[..]), ("sms-app", &[])] {
        let files = [("resources.arsc", table.as_slice()), (short, config.as_slice())];
        let bytes = changed(app, "resources.arsc", &files);
        assert_eq!(pages(&bytes), expected, "{app}");
    }
}

#[test]
fn uni_app_names_its_first_page_in_its_own_manifest() {
    for (path, settings, expected) in [
        (
            "assets/apps/H5A1/www/manifest.json",
            r#"{"launch_path":"https://m.loan.example/app"}"#,
            &["m.loan.example"][..],
        ),
        (
            "assets/apps/H5A1/www/manifest.json",
            r#"{"launch_path":"__uniappview.html"}"#,
            &[],
        ),
        (
            "assets/apps/H5A1/manifest.json",
            r#"{"launch_path":"https://m.loan.example/app"}"#,
            &[],
        ),
        (
            "assets/apps/H5A1/www/manifest.json",
            r#"{"server":{"url":"https://m.loan.example/app"}}"#,
            &[],
        ),
    ] {
        let bytes = changed(
            "predatory-lender-uniapp",
            "assets/",
            &[(path, settings.as_bytes())],
        );
        assert_eq!(pages(&bytes), expected, "{path} {settings}");
    }
}
