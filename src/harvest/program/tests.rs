//! Tests on built files.

use super::*;
use crate::anomaly::Anomalies;
use crate::formats::dex::access;
use crate::formats::dex::builder::{self, Body, Builder, Unit, raw, shape};
use crate::limits::{Budget, Limits};

fn budget() -> Budget {
    Budget::new(&Limits::default())
}

fn parse(bytes: &[u8]) -> Dex<'_> {
    let limits = Limits::default();
    let mut files = Dex::parse(bytes, &limits, &mut budget(), &mut Anomalies::new(1)).unwrap();
    files.remove(0)
}

fn returning(units: Vec<Unit>) -> Body {
    Body {
        registers: 1,
        units,
        ..Body::default()
    }
}

fn call(class: &str, name: &str, result: &str, parameters: &[&str]) -> Vec<Unit> {
    let mut units = raw(&[0x0071]);
    units.push(Unit::Method(
        class.to_owned(),
        name.to_owned(),
        shape(result, parameters),
    ));
    units.extend(raw(&[0, 0x000e]));
    units
}

fn file(classes: Vec<builder::Class>) -> Vec<u8> {
    Builder {
        classes,
        ..Builder::default()
    }
    .build()
}

fn program<'a>(files: &'a [Dex<'a>], budget: &mut Budget) -> Program<'a> {
    let files = files.iter().map(|dex| CodeFile {
        name: "classes.dex",
        dex,
    });
    Program::new(files.collect(), budget)
}

fn method(program: &Program<'_>, signature: &str) -> MethodId {
    program
        .methods()
        .find(|id| program.signature(*id) == signature)
        .unwrap()
}

/// Two files: the first calls into the second and defines `LTwice;` too.
fn two_files() -> [Vec<u8>; 2] {
    let nothing = || returning(raw(&[0x000e]));
    let first = vec![
        builder::Class::new("LTwice;").method("first", shape("V", &[]), nothing()),
        builder::Class::new("LUser;").method(
            "use",
            shape("V", &[]),
            returning(call("LHelper;", "help", "V", &["LTwice;", "[I"])),
        ),
    ];
    let mut helper =
        builder::Class::new("LHelper;").method("help", shape("V", &["LTwice;", "[I"]), nothing());
    helper.fields.push(builder::Field {
        name: "count".to_owned(),
        class: "I".to_owned(),
        access: 8,
        value: None,
        notes: Vec::new(),
    });
    let second = vec![
        helper,
        builder::Class::new("LTwice;").method("second", shape("V", &[]), nothing()),
    ];
    [file(first), file(second)]
}

#[test]
fn what_is_named_alike_has_one_id_in_all_files() {
    let bytes = two_files();
    let files = bytes.each_ref().map(|bytes| parse(bytes));
    let program = program(&files, &mut budget());
    let help = method(&program, "LHelper;->help(LTwice;[I)V");
    let definition = program.definition(help).unwrap();
    assert_eq!(definition.file, 1);
    assert_eq!(program.method_at(1, definition.method_index), Some(help));
    let in_first = (0..files[0].method_count()).find(|index| program.method_at(0, *index) == Some(help));
    assert_eq!(
        files[0].method_signature(in_first.unwrap()).unwrap(),
        program.signature(help)
    );
    assert_eq!(program.code(help).unwrap().unit_count(), 1);
    assert!(program.is_static(help));
    assert_eq!(program.definition(help).unwrap().access_flags & access::STATIC, 8);
}

#[test]
fn every_row_keeps_its_meaning() {
    let bytes = [two_files().to_vec(), vec![builder::sample().build()]].concat();
    let files: Vec<Dex<'_>> = bytes.iter().map(|bytes| parse(bytes)).collect();
    let program = program(&files, &mut budget());
    for (number, dex) in (0u32..).zip(&files) {
        for (index, _) in dex.methods() {
            let id = program.method_at(number, index).unwrap();
            assert_eq!(program.signature(id), dex.method_signature(index).unwrap());
            let method = program.method(id);
            assert_eq!(program.find_method(method.class, method.selector), Some(id));
            assert_eq!(program.selector(method.selector), (method.name, method.prototype));
            assert_eq!(
                program.find_selector(method.name, method.prototype),
                Some(method.selector)
            );
            assert!(program.methods_named(method.name).contains(&id));
            assert!(program.methods_with(method.selector).contains(&id));
        }
        for (index, _) in dex.fields() {
            let id = program.field_at(number, index).unwrap();
            assert_eq!(program.field_signature(id), dex.field_signature(index).unwrap());
            let field = program.field(id);
            assert_eq!(
                program.find_field(field.class, field.name, field.field_type),
                Some(id)
            );
        }
        for (index, _) in dex.types() {
            let id = program.type_at(number, index).unwrap();
            assert_eq!(Some(program.descriptor(id)), dex.type_descriptor(index));
            assert_eq!(program.find_type(program.descriptor(id)), Some(id));
        }
        for (index, row) in dex.prototypes() {
            let id = program.prototype_at(number, index).unwrap();
            let parameters: Vec<_> = dex
                .parameters(&row)
                .iter()
                .map(|index| program.type_at(number, index).unwrap())
                .collect();
            assert_eq!(*program.prototype(id).parameters, *parameters);
            assert_eq!(
                Some(program.prototype(id).result),
                program.type_at(number, row.return_type)
            );
        }
        assert_eq!(program.method_at(number, dex.method_count()), None);
    }
    let named = program.find_name(b"help").unwrap();
    assert_eq!(program.methods_named(named).len(), 1);
    assert_eq!(program.find_name(b"absent"), None);
    assert_eq!(program.method_at(9, 0), None);
}

#[test]
fn the_first_definition_of_a_class_holds() {
    let bytes = two_files();
    let files = bytes.each_ref().map(|bytes| parse(bytes));
    let program = program(&files, &mut budget());
    let twice = program.class(program.find_type(b"LTwice;").unwrap()).unwrap();
    assert_eq!((twice.file, twice.methods.len()), (0, 1));
    assert_eq!(program.signature(twice.methods[0]), "LTwice;->first()V");
    let second = method(&program, "LTwice;->second()V");
    assert_eq!(program.definition(second), None);
    assert!(program.code(second).is_none());
    let names: Vec<&[u8]> = program
        .classes()
        .map(|class| program.descriptor(class.id))
        .collect();
    assert_eq!(names, [&b"LTwice;"[..], b"LUser;", b"LHelper;"]);
    assert_eq!(program.definitions().len(), 3);
    let object = program.find_type(b"Ljava/lang/Object;").unwrap();
    assert!(program.class(object).is_none());
    assert_eq!(twice.superclass, Some(object));
    let helper = program.class(program.find_type(b"LHelper;").unwrap()).unwrap();
    assert!(helper.fields[0].1 && program.is_field_defined(helper.fields[0].0));
}

#[test]
fn members_of_other_classes_are_left_out() {
    let mut bytes = file(vec![
        builder::Class::new("LA;").method("a", shape("V", &[]), returning(raw(&[0x000e]))),
        builder::Class::new("LB;").method("b", shape("V", &[]), returning(raw(&[0x000e]))),
    ]);
    // The second class definition takes over the members of the first one.
    let classes = builder::get(&bytes, 0x64) as usize;
    let data = builder::get(&bytes, classes + 24);
    builder::put(&mut bytes, classes + 32 + 24, data);
    builder::seal(&mut bytes);
    let files = [parse(&bytes)];
    let program = program(&files, &mut budget());
    let members: Vec<usize> = program.classes().map(|class| class.methods.len()).collect();
    assert_eq!(members, [1, 0]);
    assert_eq!(program.definitions().len(), 1);
}

#[test]
fn a_spent_budget_leaves_less_and_never_something_else() {
    let bytes = two_files();
    let files = bytes.each_ref().map(|bytes| parse(bytes));
    let whole = program(&files, &mut budget());
    let mut cut = 0;
    for steps in 0..120 {
        let mut budget = Budget::new(&Limits {
            steps,
            ..Limits::default()
        });
        let part = program(&files, &mut budget);
        assert!(part.definitions().len() <= whole.definitions().len());
        for (number, dex) in (0u32..).zip(&files) {
            for (index, _) in dex.methods() {
                let text = part.method_at(number, index).map(|id| part.signature(id));
                assert!(text.is_none() || text == dex.method_signature(index));
            }
        }
        cut += u32::from(budget.is_spent());
    }
    assert!((10..120).contains(&cut), "{cut}");
}
