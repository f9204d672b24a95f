//! Packages whose own code is out of sight, in the [`layouts`] of the common protectors and by single
//! signs, and honest ones that look a little like them.

mod layouts;

use dunwatch::analysis::facts;
use dunwatch::facts::FactKind;
use dunwatch::limits::Limits;
use dunwatch::report::v1::{Band, Why};
use dunwatch::{Options, Report, analyze};

use crate::support::apps::RULES;
use crate::support::axml::{self, Node};
use crate::support::dex::{Body, Builder, Class, Method, Unit, raw, shape};
use crate::support::random::Random;
use crate::support::zip::{Archive, File};

const NAME: u32 = 0x0101_0003;
const HAS_CODE: u32 = 0x0101_000c;
const MAIN_ACTIVITY: &str = "com.example.wallet.MainActivity";

/// Bytes that pass for chance.
fn noise(length: usize) -> Vec<u8> {
    Random::new(1).bytes(length)
}

fn descriptor(class: &str) -> String {
    format!("L{};", class.replace('.', "/"))
}

fn plain_class(name: &str) -> Class {
    Class::new(&descriptor(name)).method("run", shape("V", &[]), Body::returning(Vec::new()))
}

/// The manifest of an app that asks for messages, with one screen and one service.
fn manifest(application: &str, activity: &str) -> Vec<u8> {
    let named = |element: &str, name: &str| Node::new(element).android(NAME, "name", name);
    let filter = Node::new("intent-filter")
        .child(named("action", "android.intent.action.MAIN"))
        .child(named("category", "android.intent.category.LAUNCHER"));
    let mut root = Node::new("application");
    if !application.is_empty() {
        root = root.android(NAME, "name", application);
    }
    let root = root
        .child(named("activity", activity).child(filter))
        .child(named("service", "com.example.wallet.SyncService"));
    let permission = named("uses-permission", "android.permission.READ_SMS");
    let document = Node::new("manifest")
        .plain("package", "com.example.wallet")
        .child(permission)
        .child(root);
    axml::build(&document)
}

fn package(manifest: &[u8], dex: &[u8], files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = Archive::new().file(File::deflated("AndroidManifest.xml", manifest));
    if !dex.is_empty() {
        archive = archive.file(File::deflated("classes.dex", dex));
    }
    for (name, data) in files {
        archive = archive.file(File::stored(name, data));
    }
    archive.build()
}

fn dex(classes: Vec<Class>) -> Vec<u8> {
    let builder = Builder {
        classes,
        ..Builder::default()
    };
    builder.build()
}

/// A dex file that defines the components and many other classes.
fn whole_dex(more: impl FnOnce(&mut Vec<Class>)) -> Vec<u8> {
    let mut classes = vec![
        plain_class(MAIN_ACTIVITY),
        plain_class("com.example.wallet.SyncService"),
    ];
    classes.extend((0..400).map(|number| plain_class(&format!("com.example.wallet.parts.Part{number}"))));
    more(&mut classes);
    dex(classes)
}

fn report(bytes: &[u8]) -> Report {
    analyze(bytes, &RULES, &Options::default())
}

/// The names of the shapes, without those of nested dex files.
fn shapes(bytes: &[u8]) -> Vec<String> {
    let found = facts(bytes, &RULES, &Limits::default()).unwrap();
    let shapes = found.facts.of_kind(FactKind::Shape);
    shapes.map(|(fact, _)| fact.value.clone()).collect()
}

fn is_out_of_sight(report: &Report) -> bool {
    let score = report.score.as_ref().unwrap();
    let is_said = report
        .coverage
        .as_ref()
        .unwrap()
        .opaque
        .iter()
        .any(|name| name == "packed-code");
    assert_eq!(is_said, score.why == Why::CodeHidden, "{score:?}");
    is_said && score.band == Band::NotAssessable
}

#[test]
fn an_application_class_that_is_nowhere_tells_by_itself() {
    let code = whole_dex(|_| ());
    let bytes = package(&manifest("com.example.wallet.App", MAIN_ACTIVITY), &code, &[]);
    assert_eq!(shapes(&bytes), ["application-missing", "packed-code"]);
    assert!(is_out_of_sight(&report(&bytes)));
}

#[test]
fn a_missing_first_screen_tells_by_itself() {
    let code = whole_dex(|_| ());
    let bytes = package(&manifest("", "com.example.wallet.Start"), &code, &[]);
    assert_eq!(shapes(&bytes), ["launcher-missing", "packed-code"]);
    assert!(is_out_of_sight(&report(&bytes)));
}

#[test]
fn a_tiny_loader_beside_a_large_encrypted_file_is_packed() {
    let main = || {
        vec![
            plain_class(MAIN_ACTIVITY),
            plain_class("com.example.wallet.SyncService"),
        ]
    };
    let payload = ("assets/fonts.ttf", noise(128 << 10));
    let by_call = dex([main(), vec![Class::new("Lcom/example/wallet/Boot;").loading()]].concat());
    let by_name = Builder {
        strings: vec!["dalvik.system.DexClassLoader".to_owned()],
        classes: main(),
        ..Builder::default()
    };
    for code in [by_call, by_name.build()] {
        let with = |files: &[(&str, Vec<u8>)]| package(&manifest("", MAIN_ACTIVITY), &code, files);
        let bytes = with(std::slice::from_ref(&payload));
        assert_eq!(shapes(&bytes), ["encrypted-payload", "packed-code"]);
        assert!(is_out_of_sight(&report(&bytes)));
        // Without the file, with a small one, and with a large one that says what it is.
        assert!(!is_out_of_sight(&report(&with(&[]))));
        assert!(!is_out_of_sight(&report(&with(&[(
            "assets/a.bin",
            noise(32 << 10)
        )]))));
        let mut archive = b"\x28\xB5\x2F\xFD".to_vec();
        archive.extend(noise(128 << 10));
        assert!(!is_out_of_sight(&report(&with(&[("assets/a.zst", archive)]))));
        let text = b"a long text without any secret. ".repeat(8_000);
        assert!(!is_out_of_sight(&report(&with(&[("assets/a.bin", text)]))));
    }
    // The same file without a loader.
    let code = dex(main());
    let bytes = package(&manifest("", MAIN_ACTIVITY), &code, &[payload]);
    assert!(!is_out_of_sight(&report(&bytes)));
}

#[test]
fn encrypted_data_behind_a_tiny_dex_file_is_packed() {
    let code = dex(vec![
        plain_class(MAIN_ACTIVITY),
        plain_class("com.example.wallet.SyncService"),
    ]);
    let with = |tail: Vec<u8>| {
        let mut code = code.clone();
        code.extend(tail);
        package(&manifest("", MAIN_ACTIVITY), &code, &[])
    };
    let bytes = with(noise(40_000));
    assert_eq!(shapes(&bytes), ["encrypted-tail", "packed-code"]);
    let finding = report(&bytes)
        .findings
        .into_iter()
        .find(|one| one.id == "packed-code")
        .unwrap();
    let tail = finding
        .evidence
        .iter()
        .find(|place| place.value.as_deref() == Some("encrypted-tail"))
        .unwrap();
    assert_eq!(tail.offset, Some(code.len() as u64));
    assert_eq!(shapes(&with(vec![0; 40_000])), [""; 0]);
    assert_eq!(shapes(&with(noise(4_000))), [""; 0]);
}

#[test]
fn methods_without_instructions_and_native_callbacks_are_packed() {
    let screen = |number: usize, units: &[u16]| {
        let mut class = Class::new(&descriptor(&format!("com.example.wallet.Screen{number}")));
        for name in ["a", "b"] {
            class = class.method(
                name,
                shape("V", &[]),
                Body {
                    units: raw(units),
                    ..Body::returning(Vec::new())
                },
            );
        }
        class
    };
    let screens = |units: &[u16]| -> Vec<u8> {
        let mut classes = vec![
            plain_class(MAIN_ACTIVITY),
            plain_class("com.example.wallet.SyncService"),
        ];
        for class in &mut classes {
            class.methods.clear();
            class.methods.extend(screen(0, units).methods);
        }
        package(&manifest("", MAIN_ACTIVITY), &dex(classes), &[])
    };
    let bytes = screens(&[0, 0, 0, 0, 0, 0]);
    assert_eq!(shapes(&bytes), ["emptied-methods", "packed-code"]);
    assert!(is_out_of_sight(&report(&bytes)));
    assert_eq!(shapes(&screens(&[0, 0x000e])), [""; 0]);

    let native = |access: u32, has_body: bool| {
        let mut class = plain_class(MAIN_ACTIVITY);
        class.methods.push(Method {
            name: "onCreate".to_owned(),
            shape: shape("V", &["Landroid/os/Bundle;"]),
            access,
            body: has_body.then(|| Body::returning(Vec::new())),
            notes: Vec::new(),
            parameter_notes: Vec::new(),
        });
        let code = dex(vec![class, plain_class("com.example.wallet.SyncService")]);
        package(&manifest("", MAIN_ACTIVITY), &code, &[])
    };
    assert_eq!(shapes(&native(0x101, false)), ["native-callbacks", "packed-code"]);
    assert_eq!(shapes(&native(0x1, true)), [""; 0]);
}

#[test]
fn honest_apps_with_encrypted_files_are_assessed() {
    let level = || ("assets/levels.bin", noise(300 << 10));
    let library = || ("lib/arm64-v8a/libgame.so", b"\x7fELF short".to_vec());
    let screen = manifest("", MAIN_ACTIVITY);
    let full = whole_dex(|_| ());
    let plug_ins = whole_dex(|classes| classes.push(Class::new("Lcom/example/wallet/Boot;").loading()));
    let framework = manifest("android.app.Application", MAIN_ACTIVITY);
    let guard = ("lib/arm64-v8a/libshield.so", b"\x7fELF short".to_vec());
    for (name, bytes) in [
        (
            "a game with levels",
            package(&screen, &full, &[level(), library()]),
        ),
        (
            "plug-ins and a full dex file",
            package(&screen, &plug_ins, &[level()]),
        ),
        (
            "the platform's application class",
            package(&framework, &full, &[level()]),
        ),
        (
            "a guarded app with all of its classes",
            package(&screen, &full, &[guard, level()]),
        ),
    ] {
        let report = report(&bytes);
        assert!(!is_out_of_sight(&report), "{name}");
        assert_ne!(report.score.unwrap().band, Band::NotAssessable, "{name}");
        assert_eq!(shapes(&bytes), [""; 0], "{name}");
    }
}

/// An app in native code alone has no code that a dex file could hold.
#[test]
fn an_app_of_native_code_alone_is_not_packed() {
    let manifest = |has_code: bool| {
        let activity = Node::new("activity").android(NAME, "name", "android.app.NativeActivity");
        let application = Node::new("application")
            .android(HAS_CODE, "hasCode", has_code)
            .child(activity);
        axml::build(
            &Node::new("manifest")
                .plain("package", "com.example.game")
                .child(application),
        )
    };
    let files = || {
        [
            ("assets/data.pak", noise(300 << 10)),
            ("lib/arm64-v8a/libmain.so", b"\x7fELF short".to_vec()),
        ]
    };
    let without = package(&manifest(false), &[], &files());
    let with = package(
        &manifest(true),
        &dex(vec![plain_class("com.example.game.BuildConfig")]),
        &files(),
    );
    for bytes in [without, with] {
        let report = report(&bytes);
        assert!(!is_out_of_sight(&report));
        assert_eq!(report.score.unwrap().band, Band::Low);
        let opaque = report.coverage.unwrap().opaque;
        assert!(opaque.iter().any(|name| name == "native-code"), "{opaque:?}");
    }
}

#[test]
fn components_in_a_dex_file_that_was_found_and_read_are_in_sight() {
    let hidden = dex(vec![
        plain_class(MAIN_ACTIVITY),
        plain_class("com.example.wallet.SyncService"),
    ]);
    let stub = dex(vec![Class::new("Lcom/example/wallet/App;").loading()]);
    let with =
        |files: &[(&str, Vec<u8>)]| package(&manifest("com.example.wallet.App", MAIN_ACTIVITY), &stub, files);
    assert_eq!(shapes(&with(&[("assets/core.bin", hidden)])), ["hidden-dex"]);
    assert!(is_out_of_sight(&report(&with(&[]))));
}

#[test]
fn scripts_that_are_encrypted_into_letters_are_out_of_sight() {
    let with = |script: &[u8]| {
        let files = [("assets/apps/__UNI__1A2B3C4/www/app-service.js", script.to_vec())];
        let bytes = package(&manifest("", MAIN_ACTIVITY), &whole_dex(|_| ()), &files);
        let report = report(&bytes);
        let opaque = report.coverage.unwrap().opaque;
        let layers = facts(&bytes, &RULES, &Limits::default()).unwrap().coverage.layers;
        let unreadable = layers
            .get(dunwatch::facts::LayerName::TextAssets)
            .was_unreadable()
            .count;
        (opaque.iter().any(|name| name == "script-code"), unreadable)
    };
    let letters: Vec<u8> = noise(4_000)
        .iter()
        .map(|byte| b"ABCDEFGHabcdefgh+/0123456789WXYZ"[usize::from(byte % 32)])
        .collect();
    assert_eq!(with(&letters), (true, 1));
    assert_eq!(with(&noise(4_000)), (true, 1));
    assert_eq!(
        with(b"var page = require('page');\n".repeat(40).as_slice()),
        (false, 0)
    );
    assert_eq!(with(&letters[..200]), (false, 0));
}

#[test]
fn a_loader_and_an_address_in_one_class_are_downloaded_code() {
    let address = |class: Class| {
        let units = vec![
            Unit::Raw(0x001a),
            Unit::Text("https://update.example/core.jar".to_owned()),
        ];
        class.method("fetch", shape("V", &[]), Body::returning(units))
    };
    let with = |classes: Vec<Class>| {
        let bytes = package(
            &manifest("", MAIN_ACTIVITY),
            &whole_dex(|all| all.extend(classes)),
            &[],
        );
        report(&bytes)
            .findings
            .into_iter()
            .find(|one| one.id == "downloaded-code")
    };
    let class = |name: &str| Class::new(&format!("Lcom/example/wallet/{name};"));
    for classes in [
        vec![address(class("Update").loading())],
        vec![address(class("Update")), class("Update$1").loading()],
    ] {
        let finding = with(classes).unwrap();
        let methods: Vec<&str> = finding
            .evidence
            .iter()
            .filter_map(|place| place.method.as_deref())
            .collect();
        let ends = |end: &str| methods.iter().filter(|method| method.ends_with(end)).count();
        let both = (ends(";->load()V"), ends("Update;->fetch()V"), methods.len());
        assert_eq!(both, (1, 1, 2), "{methods:?}");
    }
    assert_eq!(
        with(vec![address(class("Page")), class("Update").loading()]),
        None
    );
    assert_eq!(with(vec![class("Update").loading()]), None);
    assert_eq!(with(vec![address(class("Update"))]), None);
}
