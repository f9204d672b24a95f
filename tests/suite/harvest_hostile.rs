//! Code made to wear the harvest analysis out: it ends within its caps, and says the same each time.

use std::fs;
use std::time::Instant;

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::dex::Dex;
use dunwatch::harvest::program::CodeFile;
use dunwatch::harvest::{self, Harvest, Level, Request};
use dunwatch::limits::{Budget, Limits};

use crate::support::apps::{self, RULES};
use crate::support::dex::{Body, Builder, Class, Field, Method, Shape, Unit, raw, shape};
use crate::support::random::Random;

/// What the analysis says of a dex file with this component, twice the same; without one all code
/// counts as able to run.
fn analyzed(bytes: &[u8], component: &str, limits: &Limits) -> Option<Harvest> {
    let run = || {
        let mut budget = Budget::new(limits);
        let files = Dex::parse(bytes, limits, &mut budget, &mut Anomalies::new(8)).ok()?;
        let files = files.iter().map(|dex| CodeFile {
            name: "classes.dex",
            dex,
        });
        let request = Request {
            components: (!component.is_empty()).then(|| vec![component.to_owned()]),
            all_sinks: true,
            ..Request::default()
        };
        let found = harvest::analyze(files.collect(), RULES.models(), &request, limits, &mut budget);
        assert!(found.facts <= limits.harvest_facts as u64);
        Some(found)
    };
    let first = run();
    assert_eq!(first, run());
    first
}

fn method(class: &str, name: &str, shape: Shape) -> Unit {
    Unit::Method(class.to_owned(), name.to_owned(), shape)
}

fn body(registers: u16, ins: u16, units: Vec<Unit>) -> Body {
    Body {
        registers,
        ins,
        outs: 6,
        units,
        tries: Vec::new(),
    }
}

/// Reads the messages; the first text of the first row is in register 0, and 1 to 5 are used.
fn read() -> Vec<Unit> {
    const URI: &str = "Landroid/net/Uri;";
    const TEXT: &str = "Ljava/lang/String;";
    let query = shape(
        "Landroid/database/Cursor;",
        &[URI, "[Ljava/lang/String;", TEXT, "[Ljava/lang/String;", TEXT],
    );
    let mut units = vec![
        Unit::Raw(0x011a),
        Unit::Text("content://sms".to_owned()),
        Unit::Raw(0x1071),
        method(URI, "parse", shape(URI, &[TEXT])),
        Unit::Raw(0x0001),
    ];
    // move-result-object v1, then nothing in the other registers.
    units.extend(raw(&[0x010c, 0x0012, 0x0212, 0x0312, 0x0412, 0x0512, 0x0674]));
    units.push(method("Landroid/content/ContentResolver;", "query", query));
    units.extend(raw(&[0x0000, 0x000c, 0x0112, 0x2072]));
    units.push(method(
        "Landroid/database/Cursor;",
        "getString",
        shape(TEXT, &["I"]),
    ));
    units.extend(raw(&[0x0010, 0x000c]));
    units
}

/// Logs what is in a register below 16.
fn log(register: u16) -> Vec<Unit> {
    let text = "Ljava/lang/String;";
    vec![
        Unit::Raw(0x2071),
        method("Landroid/util/Log;", "d", shape("I", &[text, text])),
        Unit::Raw(register << 4 | register),
    ]
}

fn call(class: &str, name: &str, shape: Shape, register: u16) -> Vec<Unit> {
    vec![Unit::Raw(0x1071), method(class, name, shape), Unit::Raw(register)]
}

/// The component, with this code in `onCreate`: its registers 0 to 5 are free.
fn main_class(mut units: Vec<Unit>) -> Class {
    units.push(Unit::Raw(0x000e));
    let mut class = Class::new("LMain;");
    class.superclass = Some("Landroid/app/Activity;".to_owned());
    class.methods.push(Method {
        name: "onCreate".to_owned(),
        shape: shape("V", &[]),
        access: 1,
        body: Some(body(7, 1, units)),
        notes: Vec::new(),
        parameter_notes: Vec::new(),
    });
    class
}

/// Analyses these classes, says how long it took, and how many ways there are into the log.
fn logged(what: &str, classes: Vec<Class>) -> (usize, Harvest) {
    let bytes = Builder {
        classes,
        ..Builder::default()
    }
    .build();
    let start = Instant::now();
    let found = analyzed(&bytes, "LMain;", &Limits::default()).unwrap();
    println!(
        "{what}: {} ms, {} facts",
        start.elapsed().as_millis() / 2,
        found.facts
    );
    let flows = found.reads.iter().flat_map(|read| &read.flows);
    let count = flows
        .filter(|flow| flow.sink == "log" && flow.level == Level::Proven)
        .count();
    (count, found)
}

#[test]
fn a_plain_read_is_followed() {
    let (count, found) = logged("plain", vec![main_class([read(), log(0)].concat())]);
    assert_eq!((count, found.is_cut, found.reads.len()), (1, false, 1));
}

#[test]
fn classes_that_inherit_from_themselves_end() {
    let below = |name: &str, above: &str, interface: &str| {
        let mut class = Class::new(name);
        class.superclass = Some(above.to_owned());
        class.interfaces = vec![interface.to_owned()];
        class
    };
    let mut main = main_class([read(), log(0)].concat());
    main.interfaces = vec!["LOne;".to_owned()];
    let classes = vec![
        below("LSelf;", "LSelf;", "LSelf;"),
        below("LOne;", "LTwo;", "LTwo;"),
        below("LTwo;", "LOne;", "LOne;"),
        main,
    ];
    assert_eq!(logged("circles", classes).0, 1);
    let mut own = main_class([read(), log(0)].concat());
    own.superclass = Some("LMain;".to_owned());
    assert!(!logged("own superclass", vec![own]).1.is_cut);
}

#[test]
fn a_very_long_method_ends() {
    let mut units = read();
    while units.len() < 60_000 {
        units.extend(log(0));
    }
    let (count, found) = logged("60 000 units in one block", vec![main_class(units)]);
    assert!(count > 0 && found.reads.len() == 1);
    // The same with a branch before each use, so that there are as many blocks.
    let mut units = read();
    while units.len() < 60_000 {
        units.extend(raw(&[0x0038, 5]));
        units.extend(log(0));
    }
    let (count, _) = logged("60 000 units in many blocks", vec![main_class(units)]);
    assert!(count > 0);
}

#[test]
fn recursion_ends() {
    let text = || shape("Ljava/lang/String;", &["Ljava/lang/String;"]);
    let onward = |to: &str| {
        let mut units = call("LRound;", to, text(), 1);
        units.extend(raw(&[0x010c]));
        units.extend(log(1));
        units.push(Unit::Raw(0x0111));
        body(2, 1, units)
    };
    let round = Class::new("LRound;")
        .method("a", text(), onward("b"))
        .method("b", text(), onward("a"));
    let main = main_class([read(), call("LRound;", "a", text(), 0)].concat());
    assert!(!logged("a, b, a", vec![round, main]).1.is_cut);
}

#[test]
fn a_long_way_back_through_arguments_needs_no_stack() {
    const LENGTH: usize = 20_000;
    let list = || shape("V", &["Ljava/util/ArrayList;"]);
    let mut chain = Class::new("LChain;");
    for number in 0..LENGTH {
        let mut units = call("LChain;", &format!("m{}", number + 1), list(), 0);
        units.push(Unit::Raw(0x000e));
        chain = chain.method(&format!("m{number}"), list(), body(1, 1, units));
    }
    let mut last = read();
    last.push(Unit::Raw(0x206e));
    last.push(method(
        "Ljava/util/ArrayList;",
        "add",
        shape("Z", &["Ljava/lang/Object;"]),
    ));
    last.extend(raw(&[0x0006, 0x000e]));
    chain = chain.method(&format!("m{LENGTH}"), list(), body(7, 1, last));
    let mut units = vec![Unit::Raw(0x0022), Unit::Type("Ljava/util/ArrayList;".to_owned())];
    units.extend(call("LChain;", "m0", list(), 0));
    let (_, found) = logged("20 000 calls deep", vec![chain, main_class(units)]);
    assert_eq!(found.reads.len(), 1);
}

#[test]
fn very_many_implementors_end() {
    let take = || shape("V", &["Ljava/lang/String;"]);
    let mut units = read();
    let mut classes = Vec::new();
    for number in 0..5_000 {
        let name = format!("LTaker{number};");
        let mut class = Class::new(&name);
        class.interfaces = vec!["LTaker;".to_owned()];
        class.methods.push(Method {
            name: "take".to_owned(),
            shape: take(),
            access: 1,
            body: Some(body(2, 2, [log(1), raw(&[0x000e])].concat())),
            notes: Vec::new(),
            parameter_notes: Vec::new(),
        });
        classes.push(class);
        units.extend([Unit::Raw(0x0122), Unit::Type(name)]);
    }
    // The receiver comes from elsewhere, so that it may be any of them.
    units.extend([
        Unit::Raw(0x0071),
        method("LOut;", "find", shape("LTaker;", &[])),
        Unit::Raw(0),
    ]);
    units.extend([
        Unit::Raw(0x010c),
        Unit::Raw(0x2072),
        method("LTaker;", "take", take()),
        Unit::Raw(0x0001),
    ]);
    classes.push(main_class(units));
    let (_, found) = logged("5 000 implementors", classes);
    assert_eq!(found.reads.len(), 1);
}

#[test]
fn a_field_that_is_written_everywhere_ends() {
    let field = |name: &str| {
        Unit::Field(
            "LKept;".to_owned(),
            name.to_owned(),
            "Ljava/lang/String;".to_owned(),
        )
    };
    let declared = |name: &str| Field {
        name: name.to_owned(),
        class: "Ljava/lang/String;".to_owned(),
        access: 9,
        value: None,
        notes: Vec::new(),
    };
    let mut kept = Class::new("LKept;");
    kept.fields = vec![declared("one"), declared("two")];
    let mut main = read();
    // In one method: each write is followed by a read.
    for _ in 0..10_000 {
        main.extend([Unit::Raw(0x0069), field("one"), Unit::Raw(0x0162), field("one")]);
    }
    main.extend(log(1));
    // In ten thousand methods.
    let text = || shape("V", &["Ljava/lang/String;"]);
    for number in 0..10_000 {
        let units = [
            vec![Unit::Raw(0x0169), field("two"), Unit::Raw(0x0062), field("two")],
            log(0),
            raw(&[0x000e]),
        ];
        let name = format!("m{number}");
        kept = kept.method(&name, text(), body(2, 1, units.concat()));
        if number % 100 == 0 {
            main.extend(call("LKept;", &name, text(), 0));
        }
    }
    let (count, _) = logged("10 000 writes of a field", vec![kept, main_class(main)]);
    assert!(count > 0);
}

/// The dex file of a package.
fn code_of(path: &str) -> Vec<u8> {
    crate::hostile::entries(&fs::read(apps::repository(path)).unwrap())
        .into_iter()
        .find(|(name, _)| name == "classes.dex")
        .unwrap()
        .1
}

#[test]
fn damaged_code_never_stops_the_analysis() {
    const PER_APP: u64 = 24;
    let limits = Limits {
        steps: 20_000_000,
        ..Limits::default()
    };
    let mut names: Vec<String> = fs::read_dir(apps::repository("fixtures/micro/apks"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.contains("-renamed"))
        .collect();
    names.sort();
    let (mut with_reads, mut proven, mut runs) = (0, 0, 0);
    for (seed, name) in (1u64..).zip(names.iter().step_by(3)) {
        let code = code_of(&format!("fixtures/micro/apks/{name}"));
        let mut random = Random::new(seed);
        for _ in 0..PER_APP {
            // The header stays: a file that is no dex file is no test of the analysis.
            let header = 0x70.min(code.len());
            let mut damaged = code[..header].to_vec();
            damaged.extend(random.mutate(&code[header..]));
            let Some(found) = analyzed(&damaged, "", &limits) else {
                continue;
            };
            runs += 1;
            with_reads += u32::from(!found.reads.is_empty());
            proven += u32::from(found.reads.iter().any(|read| read.level() == Level::Proven));
        }
    }
    println!("{runs} analyses, {with_reads} with reads, {proven} of them followed to a sink");
    assert!(runs > 1_000 && with_reads > runs / 4 && proven > runs / 8);
}
