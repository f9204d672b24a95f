//! Tests on built files.

use super::*;
use crate::anomaly::Anomalies;
use crate::formats::dex::Dex;
use crate::formats::dex::builder::{self, Body, Builder, Class, Unit, raw, shape};
use crate::harvest::program::CodeFile;
use crate::limits::{Budget, Limits};

/// A class with its superclass, interfaces and virtual `run` methods: with code or abstract.
fn class(name: &str, above: &str, interfaces: &[&str], run: Option<bool>) -> Class {
    let mut class = Class::new(name);
    class.superclass = Some(above.to_owned());
    class.interfaces = interfaces.iter().map(|name| (*name).to_owned()).collect();
    let body = Body {
        registers: 1,
        ins: 1,
        units: raw(&[0x000e]),
        ..Body::default()
    };
    class.methods.extend(run.map(|has_code| builder::Method {
        name: "run".to_owned(),
        shape: shape("V", &[]),
        access: if has_code { 1 } else { 0x401 },
        body: has_code.then_some(body),
        notes: Vec::new(),
        parameter_notes: Vec::new(),
    }));
    class
}

fn interface(name: &str, above: &[&str], run: Option<bool>) -> Class {
    let mut class = class(name, OBJECT, above, run);
    class.access = 0x601;
    class
}

const OBJECT: &str = "Ljava/lang/Object;";

fn with<R>(classes: Vec<Class>, look: impl FnOnce(&Hierarchy<'_, '_>) -> R) -> R {
    let bytes = Builder {
        classes,
        ..Builder::default()
    }
    .build();
    looking_into(&bytes, look)
}

fn looking_into<R>(bytes: &[u8], look: impl FnOnce(&Hierarchy<'_, '_>) -> R) -> R {
    let limits = Limits::default();
    let mut budget = Budget::new(&limits);
    let files = Dex::parse(bytes, &limits, &mut budget, &mut Anomalies::new(1)).unwrap();
    let name = "classes.dex";
    let files = files.iter().map(|dex| CodeFile { name, dex }).collect();
    let program = Program::new(files, &mut budget);
    look(&Hierarchy::new(&program))
}

fn id(hierarchy: &Hierarchy<'_, '_>, name: &str) -> TypeId {
    hierarchy.program().find_type(name.as_bytes()).unwrap()
}

fn names(hierarchy: &Hierarchy<'_, '_>, ids: &[TypeId]) -> Vec<String> {
    ids.iter()
        .map(|id| String::from_utf8(hierarchy.program().descriptor(*id).to_vec()).unwrap())
        .collect()
}

fn run(hierarchy: &Hierarchy<'_, '_>) -> SelectorId {
    let program = hierarchy.program();
    let name = program.find_name(b"run").unwrap();
    program.method(program.methods_named(name)[0]).selector
}

/// The class whose `run` is run.
fn resolved(hierarchy: &Hierarchy<'_, '_>, name: &str) -> Option<String> {
    let method = hierarchy.resolve(id(hierarchy, name), run(hierarchy))?;
    let class = hierarchy.program().method(method).class;
    names(hierarchy, &[class]).pop()
}

fn targets(
    hierarchy: &Hierarchy<'_, '_>,
    declared: &str,
    instantiated: &[&str],
    cap: usize,
) -> (Vec<String>, bool) {
    let mut set = TypeSet::new(hierarchy.program());
    for name in instantiated {
        set.insert(id(hierarchy, name));
    }
    let declared = id(hierarchy, declared);
    let targets = hierarchy.targets(declared, run(hierarchy), &set, cap);
    let classes = targets.methods.iter();
    let classes: Vec<TypeId> = classes
        .map(|method| hierarchy.program().method(*method).class)
        .collect();
    let mut names = names(hierarchy, &classes);
    names.sort();
    (names, targets.complete)
}

/// `LTop;` has `run`; `LLeft;` overrides it, `LRight;` inherits it, and `LLow;` below the right
/// one overrides it.
fn tree() -> Vec<Class> {
    vec![
        class("LTop;", OBJECT, &[], Some(true)),
        class("LLeft;", "LTop;", &[], Some(true)),
        class("LRight;", "LTop;", &["Ljava/lang/Runnable;"], None),
        class("LLow;", "LRight;", &[], Some(true)),
    ]
}

#[test]
fn supertypes_are_told_nearest_first_up_to_external_ones() {
    with(tree(), |hierarchy| {
        let above = hierarchy.supertypes(id(hierarchy, "LLow;"));
        assert_eq!(
            names(hierarchy, &above),
            ["LLow;", "LRight;", "LTop;", "Ljava/lang/Runnable;", OBJECT]
        );
        let low = id(hierarchy, "LLow;");
        assert!(hierarchy.is_subtype(low, low));
        assert!(hierarchy.is_subtype(low, id(hierarchy, "Ljava/lang/Runnable;")));
        assert!(!hierarchy.is_subtype(low, id(hierarchy, "LLeft;")));
        assert!(!hierarchy.is_subtype(id(hierarchy, "LTop;"), low));
        let below = hierarchy.all_subclasses(id(hierarchy, "LTop;"), 9);
        assert_eq!(names(hierarchy, &below), ["LLeft;", "LRight;", "LLow;"]);
        assert_eq!(hierarchy.all_subclasses(id(hierarchy, "LTop;"), 2).len(), 2);
        assert_eq!(
            hierarchy.subclasses(id(hierarchy, OBJECT)),
            [id(hierarchy, "LTop;")]
        );
    });
}

#[test]
fn a_call_runs_the_nearest_method_up_the_classes() {
    with(tree(), |hierarchy| {
        assert_eq!(resolved(hierarchy, "LLow;").unwrap(), "LLow;");
        assert_eq!(resolved(hierarchy, "LRight;").unwrap(), "LTop;");
        assert_eq!(resolved(hierarchy, OBJECT), None);
    });
}

#[test]
fn a_default_method_is_run_when_no_class_has_one_and_the_most_specific_of_several() {
    let classes = vec![
        interface("LGeneral;", &[], Some(true)),
        interface("LSpecial;", &["LGeneral;"], Some(true)),
        class("LBare;", OBJECT, &["LGeneral;", "LSpecial;"], None),
        class("LOwn;", OBJECT, &["LGeneral;"], Some(true)),
        class("LHeir;", "LOwn;", &["LSpecial;"], None),
        interface("LAsked;", &[], Some(false)),
        class("LOpen;", OBJECT, &["LAsked;"], Some(false)),
    ];
    with(classes, |hierarchy| {
        assert_eq!(resolved(hierarchy, "LBare;").unwrap(), "LSpecial;");
        assert_eq!(resolved(hierarchy, "LHeir;").unwrap(), "LOwn;");
        assert_eq!(resolved(hierarchy, "LOpen;"), None, "abstract");
        let (found, complete) = targets(hierarchy, "LGeneral;", &["LBare;", "LHeir;"], 8);
        assert_eq!(found, ["LGeneral;", "LOwn;", "LSpecial;"]);
        assert!(complete);
    });
}

#[test]
fn a_native_method_hides_the_one_above() {
    let mut classes = tree();
    classes[1].methods[0].access = 0x101;
    classes[1].methods[0].body = None;
    with(classes, |hierarchy| {
        assert_eq!(resolved(hierarchy, "LLeft;"), None);
        let (found, _) = targets(hierarchy, "LTop;", &["LLeft;"], 8);
        assert_eq!(found, ["LTop;"]);
    });
}

#[test]
fn only_what_is_instantiated_is_a_target_beside_the_declared_class() {
    with(tree(), |hierarchy| {
        let all = ["LTop;", "LLeft;", "LRight;", "LLow;"];
        assert_eq!(
            targets(hierarchy, "LTop;", &all, 8).0,
            ["LLeft;", "LLow;", "LTop;"]
        );
        assert_eq!(targets(hierarchy, "LTop;", &["LLow;"], 8).0, ["LLow;", "LTop;"]);
        assert_eq!(targets(hierarchy, "LTop;", &[], 8).0, ["LTop;"]);
        assert_eq!(targets(hierarchy, "LTop;", &all, 2).0.len(), 2);
        assert!(!targets(hierarchy, "LTop;", &all, 2).1);
        assert!(targets(hierarchy, "LTop;", &all, 3).1);
        // An object of LRight; runs what it inherits from above the interface.
        let runnable = "Ljava/lang/Runnable;";
        assert_eq!(targets(hierarchy, runnable, &all, 8).0, ["LLow;", "LTop;"]);
        assert_eq!(targets(hierarchy, runnable, &["LTop;", "LLeft;"], 8).0, [""; 0]);
    });
}

#[test]
fn both_ways_to_search_find_the_same() {
    let mut classes = vec![interface("LAny;", &[], Some(false))];
    for number in 0..12 {
        let (name, above) = (format!("LMany{number};"), format!("LMany{};", number / 2));
        let above = if number == 0 { OBJECT } else { &above };
        let interfaces: &[&str] = if number % 3 == 1 { &["LAny;"] } else { &[] };
        classes.push(class(&name, above, interfaces, (number % 2 == 0).then_some(true)));
    }
    with(classes, |hierarchy| {
        let mut set = TypeSet::new(hierarchy.program());
        for name in ["LMany3;", "LMany4;", "LMany5;", "LMany11;"] {
            set.insert(id(hierarchy, name));
        }
        for class in hierarchy.program().classes() {
            let mut expected: Vec<MethodId> = hierarchy
                .all_subclasses(class.id, 99)
                .into_iter()
                .filter(|id| set.contains(*id))
                .chain([class.id])
                .filter_map(|id| hierarchy.resolve(id, run(hierarchy)))
                .collect();
            expected.sort();
            expected.dedup();
            let mut searched = Targets::default();
            searched
                .methods
                .extend(hierarchy.resolve(class.id, run(hierarchy)));
            hierarchy.search(class.id, run(hierarchy), &set, 99, &mut searched);
            searched.methods.sort();
            assert_eq!(searched.methods, expected);
            let targets = hierarchy.targets(class.id, run(hierarchy), &set, 99);
            assert_eq!((targets.methods, targets.complete), (expected, true));
        }
    });
}

#[test]
fn a_class_that_is_its_own_ancestor_ends_every_walk() {
    let mut bytes = Builder {
        classes: vec![
            class("LA;", OBJECT, &[], None),
            class("LB;", "LA;", &[], None),
            class("LC;", OBJECT, &[], Some(true)),
        ],
        ..Builder::default()
    }
    .build();
    let classes = builder::get(&bytes, 0x64) as usize;
    let second = builder::get(&bytes, classes + 32);
    builder::put(&mut bytes, classes + 8, second);
    builder::seal(&mut bytes);
    looking_into(&bytes, |hierarchy| {
        let (first, second) = (id(hierarchy, "LA;"), id(hierarchy, "LB;"));
        assert_eq!(hierarchy.supertypes(first), [first, second]);
        assert_eq!(hierarchy.all_subclasses(first, 9), [second]);
        assert_eq!(resolved(hierarchy, "LA;"), None);
        assert_eq!(targets(hierarchy, "LA;", &["LA;", "LB;"], 8), (vec![], true));
    });
}

#[test]
fn a_field_is_found_where_it_is_defined() {
    let mut top = class("LTop;", OBJECT, &[], None);
    top.fields.push(builder::Field {
        name: "kept".to_owned(),
        class: "I".to_owned(),
        access: 1,
        value: None,
        notes: Vec::new(),
    });
    let field = |class: &str, name: &str| Unit::Field(class.to_owned(), name.to_owned(), "I".to_owned());
    let mut units = raw(&[0x0052]);
    units.push(field("LLow;", "kept"));
    units.push(Unit::Raw(0x0052));
    units.push(field("LLow;", "external"));
    units.push(Unit::Raw(0x000e));
    let body = Body {
        registers: 1,
        ins: 0,
        units,
        ..Body::default()
    };
    let low = class("LLow;", "LTop;", &[], None).method("read", shape("V", &[]), body);
    with(vec![top, low], |hierarchy| {
        let program = hierarchy.program();
        let led = program.fields().map(|id| {
            let found = hierarchy.resolve_field(id);
            (program.field_signature(id), program.field_signature(found))
        });
        let mut led: Vec<(String, String)> = led.collect();
        led.sort();
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(
            led,
            [
                pair("LLow;->external:I", "LLow;->external:I"),
                pair("LLow;->kept:I", "LTop;->kept:I"),
                pair("LTop;->kept:I", "LTop;->kept:I"),
            ]
        );
    });
}
