//! What stands in a split or a module is found there as it is in one package, and has its place.

use dunwatch::analysis::{Facts, Piece, facts, facts_of};
use dunwatch::facts::words::term_of;
use dunwatch::facts::{Fact, FactKind, Opaque};
use dunwatch::limits::Limits;
use dunwatch::report::v1::{Band, Why};
use dunwatch::{Input, Options, Report, analyze, analyze_input};

use crate::collections::values;
use crate::support::apps::RULES;
use crate::support::axml::Node;
use crate::support::dart::{Shape, Snapshot};
use crate::support::dex::{Body, Builder, Class, shape};
use crate::support::elf::Library;
use crate::support::halves::{self, Half, MODULE, SPLIT, in_module};
use crate::support::hermes;
use crate::support::random::Random;

const NAME: u32 = 0x0101_0003;
const VALUE: u32 = 0x0101_0024;
const SCREEN: &str = "Lcom/example/wallet/Main;";
const SERVICE: &str = "Lcom/example/wallet/Sync;";

fn named(element: &str, name: &str) -> Node {
    Node::new(element).android(NAME, "name", name)
}

fn root() -> Node {
    Node::new("manifest")
        .plain("package", "com.example.wallet")
        .android(0x0101_021b, "versionCode", 1)
}

/// The manifest of an app that asks for messages, with one screen and one service.
fn of_base() -> Node {
    let filter = Node::new("intent-filter")
        .child(named("action", "android.intent.action.MAIN"))
        .child(named("category", "android.intent.category.LAUNCHER"));
    let application = Node::new("application")
        .child(named("activity", "com.example.wallet.Main").child(filter))
        .child(named("service", "com.example.wallet.Sync"));
    root()
        .child(named("uses-permission", "android.permission.READ_SMS"))
        .child(application)
}

fn of_feature(application: Node) -> Node {
    root().plain("split", "risk").child(application)
}

fn class(name: &str) -> Class {
    Class::new(name).method("run", shape("V", &[]), Body::returning(Vec::new()))
}

fn dex(classes: Vec<Class>, strings: &[&str]) -> Vec<u8> {
    let builder = Builder {
        classes,
        strings: strings.iter().map(|text| (*text).to_owned()).collect(),
        ..Builder::default()
    };
    builder.build()
}

/// Bytes that pass for chance.
fn noise(length: usize) -> Vec<u8> {
    Random::new(5).bytes(length)
}

/// A base with code and `files`.
fn base(files: &[(&str, &[u8])]) -> Half {
    let code = dex(vec![class(SCREEN), class(SERVICE)], &[]);
    let all = [&[("classes.dex", &code[..])], files].concat();
    Half::new(of_base(), &all)
}

fn feature(files: &[(&str, &[u8])]) -> Half {
    Half::new(of_feature(Node::new("application")), files)
}

/// An app in one of its forms.
struct Form {
    name: &'static str,
    facts: Facts,
    report: Report,
}

impl Form {
    /// The name in reports of what stands at `path` of the second part.
    fn place(&self, path: &str) -> String {
        match self.name {
            "bundle" => in_module(MODULE, path),
            _ => format!("{SPLIT}!/{path}"),
        }
    }

    fn places(&self, fact: &Fact) -> Vec<String> {
        let mut all = self.facts.facts.iter().filter(|(known, _)| *known == fact);
        let places = all.next().map(|(_, places)| places).unwrap_or_default();
        places.iter().map(ToString::to_string).collect()
    }

    /// The places of the word or phrase `term`.
    fn spoken(&self, term: &str) -> Vec<String> {
        let kinds = [FactKind::Word, FactKind::Phrase].into_iter();
        let all = kinds.flat_map(|kind| self.facts.facts.of_kind(kind));
        let found = all.filter(|(fact, _)| term_of(fact) == term);
        found
            .flat_map(|(_, places)| places)
            .map(ToString::to_string)
            .collect()
    }
}

/// The app in its forms, after a look whether each says what the whole package says.
fn forms(base: &Half, other: &Half) -> Vec<Form> {
    let limits = Limits::default();
    let expected = facts(&halves::whole(base, other), &RULES, &limits).unwrap();
    let packages = [("base.apk", base.package()), (SPLIT, other.package())];
    let pieces = packages.each_ref().map(|(name, bytes)| Piece { name, bytes });
    let (archive, bundle) = (halves::archive(base, other), halves::bundle(base, other));
    let inputs = [
        ("splits", Input::Parts(&pieces)),
        ("archive", Input::File(&archive)),
        ("bundle", Input::File(&bundle)),
    ];
    let form = |(name, input): (&'static str, Input<'_>)| {
        let facts = facts_of(input, &RULES, &limits).unwrap();
        assert_eq!(values(&facts.facts), values(&expected.facts), "{name}");
        assert_eq!(facts.coverage.opaque, expected.coverage.opaque, "{name}");
        Form {
            name,
            facts,
            report: analyze_input(input, &RULES, &Options::default()),
        }
    };
    inputs.into_iter().map(form).collect()
}

#[test]
fn a_payload_in_another_part_makes_a_tiny_dex_file_a_loader() {
    let code = dex(vec![class(SCREEN).loading(), class(SERVICE)], &[]);
    let base = Half::new(of_base(), &[("classes.dex", &code)]);
    let payload = noise(100 << 10);
    for form in forms(&base, &feature(&[("assets/data.bin", &payload)])) {
        let places = form.places(&Fact::new(FactKind::Shape, "encrypted-payload"));
        assert_eq!(places, [format!("entry {}", form.place("assets/data.bin"))]);
        let score = form.report.score.as_ref().unwrap();
        assert_eq!(
            (score.band, score.why),
            (Band::NotAssessable, Why::CodeHidden),
            "{}",
            form.name
        );
    }
    let alone = analyze(&base.package(), &RULES, &Options::default());
    assert_ne!(alone.score.unwrap().why, Why::CodeHidden);
}

#[test]
fn encrypted_data_behind_the_code_of_another_part_is_a_sign() {
    let code = dex(vec![class("Lcom/example/wallet/Risk;")], &[]);
    let with_tail = [code.clone(), noise(40_000)].concat();
    for form in forms(&base(&[]), &feature(&[("classes.dex", &with_tail)])) {
        let places = form.places(&Fact::new(FactKind::Shape, "encrypted-tail"));
        let expected = format!("entry {} +{}", form.place("classes.dex"), code.len());
        assert_eq!(places, [expected], "{}", form.name);
    }
}

#[test]
fn classes_in_another_part_are_not_missing_and_those_nowhere_are() {
    let screen = dex(vec![class(SCREEN)], &[]);
    let of_base = || Half::new(of_base(), &[("classes.dex", &dex(vec![class("La/B;")], &[]))]);
    let service = dex(vec![class(SERVICE), class(SCREEN)], &[]);
    for form in forms(&of_base(), &feature(&[("classes.dex", &service)])) {
        assert!(
            !form.facts.coverage.opaque.contains(&Opaque::PackedCode),
            "{}",
            form.name
        );
    }
    // A component that the other part names and nobody defines.
    let application = Node::new("application")
        .child(named("activity", "com.example.wallet.More"))
        .child(named("activity", "com.example.wallet.Most"))
        .child(named("activity", "com.example.wallet.Last"));
    let other = Half::new(of_feature(application), &[("classes.dex", &screen)]);
    let (archive, bundle) = (
        halves::archive(&of_base(), &other),
        halves::bundle(&of_base(), &other),
    );
    for (bytes, part) in [
        (archive, format!("{SPLIT}!/")),
        (bundle, format!("{MODULE}/manifest/")),
    ] {
        let found = facts(&bytes, &RULES, &Limits::default()).unwrap();
        let missing = Fact::new(FactKind::Shape, "components-missing");
        let mut all = found.facts.iter().filter(|(fact, _)| **fact == missing);
        let places = all.next().map(|(_, places)| places).unwrap_or_default();
        let places: Vec<String> = places.iter().map(ToString::to_string).collect();
        let of_part = |place: &&String| place.contains(&format!("{part}AndroidManifest.xml"));
        assert_eq!(places.iter().filter(of_part).count(), 3, "{places:?}");
    }
}

#[test]
fn addresses_and_keys_of_another_part_stand_there() {
    const KEY: &str = "AIzaSyA1234567890abcdefghijklmnopqrs-_x";
    let code = dex(
        vec![class("Lcom/example/wallet/Risk;")],
        &["https://api.risk.example/v1/upload", KEY],
    );
    let script = b"fetch('https://pages.risk.example/v2/a')";
    let files: [(&str, &[u8]); 2] = [("classes.dex", &code), ("assets/www/a.js", script)];
    for form in forms(&base(&[]), &feature(&files)) {
        let network = form.report.network.as_ref().unwrap();
        let host = |name: &str| network.hosts.iter().find(|host| host.host == name).unwrap();
        let dex = host("api.risk.example").evidence[0].dex.as_deref();
        assert_eq!(dex, Some(form.place("classes.dex").as_str()), "{}", form.name);
        let page = host("pages.risk.example").evidence[0].entry.as_deref();
        assert_eq!(
            page,
            Some(form.place("assets/www/a.js").as_str()),
            "{}",
            form.name
        );
        let mut keys = network.identifiers.iter();
        let key = keys.find(|key| key.value == KEY).unwrap();
        assert_eq!(
            key.evidence[0].dex.as_deref(),
            Some(form.place("classes.dex").as_str())
        );
    }
    // What the manifest of another part says.
    let meta_data = named("meta-data", "base").android(VALUE, "value", "https://meta.risk.example/x");
    let other = Half::new(of_feature(Node::new("application").child(meta_data)), &[]);
    for (bytes, entry) in [
        (
            halves::archive(&base(&[]), &other),
            format!("{SPLIT}!/AndroidManifest.xml"),
        ),
        (
            halves::bundle(&base(&[]), &other),
            format!("{MODULE}/manifest/AndroidManifest.xml"),
        ),
    ] {
        let network = analyze(&bytes, &RULES, &Options::default()).network.unwrap();
        let mut hosts = network.hosts.iter();
        let host = hosts.find(|host| host.host == "meta.risk.example").unwrap();
        assert_eq!(host.evidence[0].entry.as_deref(), Some(entry.as_str()));
    }
}

#[test]
fn a_compiled_script_in_another_part_is_read() {
    const PATH: &str = "assets/index.android.bundle";
    let script = hermes::Bundle::new(96, &["pinjaman online"]).build();
    let offset = memchr::memmem::find(&script, b"pinjaman online").unwrap();
    for form in forms(&base(&[]), &feature(&[(PATH, &script)])) {
        let expected = format!("entry {} +{offset}", form.place(PATH));
        assert_eq!(form.spoken("pinjaman daring"), [expected], "{}", form.name);
        let opaque = &form.facts.coverage.opaque;
        assert!(opaque.contains(&Opaque::ScriptFlows) && !opaque.contains(&Opaque::ScriptCode));
    }
    let of_old = hermes::Bundle::new(50, &["pinjaman online"]).build();
    for form in forms(&base(&[]), &feature(&[(PATH, &of_old)])) {
        let anomalies = form.report.anomalies.iter();
        let told: Vec<&str> = anomalies
            .filter(|anomaly| anomaly.kind == "hermes-unreadable")
            .filter_map(|anomaly| anomaly.location.entry.as_deref())
            .collect();
        assert_eq!(told, [form.place(PATH)], "{}", form.name);
        assert!(form.facts.coverage.opaque.contains(&Opaque::ScriptCode));
    }
}

#[test]
fn a_program_written_in_dart_is_read_in_the_part_for_its_processor() {
    const PATH: &str = "lib/arm64-v8a/libapp.so";
    let snapshot = Snapshot::new(Shape::Mixed, &["Pinjaman online langsung cair"]).build();
    let program = Library::of_program(&snapshot, true).build();
    let offset = memchr::memmem::find(&program, b"Pinjaman online").unwrap();
    let base = base(&[("assets/flutter_assets/AssetManifest.json", b"{}")]);
    for form in forms(&base, &feature(&[(PATH, &program)])) {
        let expected = format!("entry {} +{offset}", form.place(PATH));
        assert_eq!(form.spoken("pinjaman daring"), [expected], "{}", form.name);
        let opaque = &form.facts.coverage.opaque;
        assert!(opaque.contains(&Opaque::ScriptFlows) && !opaque.contains(&Opaque::ScriptCode));
    }
    // Without the part for a processor nothing of the program was seen.
    let alone = facts(&base.package(), &RULES, &Limits::default()).unwrap();
    assert!(alone.coverage.opaque.contains(&Opaque::ScriptCode));
}
