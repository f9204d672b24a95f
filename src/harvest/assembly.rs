//! Apps for tests, written in a short form of assembly: classes, and below them their fields and
//! methods, and below these their instructions, a line each.
//!
//! ```text
//! class LMain; < Landroid/app/Activity; : Ljava/lang/Runnable;
//! field static FLAG Z = 1
//! method static run(I)Ljava/lang/String; 3
//!   if-eqz p0 :other
//!   const-string v0 "text"
//!   :other
//!   return-object v0
//! ```
//!
//! Behind a method stands how many registers it has. A class or method may be `abstract`, a class an
//! `interface`, a method `private`; `note Lclass;` annotates the method above it.

use std::collections::BTreeMap;

use super::hierarchy::Hierarchy;
use super::index::Index;
use super::models::Models;
use super::models::bind::Bound;
use super::program::{CodeFile, MethodId, Program, TypeId};
use super::world::World;
use crate::anomaly::Anomalies;
use crate::formats::dex::builder::{Body, Builder, Class, Field, Literal, Method, Note, Shape, Unit, shape};
use crate::formats::dex::{Dex, Format, IndexKind, Opcode};
use crate::limits::{Budget, Limits};

/// Shows an app to the stages of the analysis.
pub(super) fn with<R>(text: &str, models: &Models, look: impl FnOnce(&World<'_, '_>) -> R) -> R {
    with_files(&[("classes.dex", text)], models, look)
}

/// Shows an app of several dex files.
pub(super) fn with_files<R>(
    files: &[(&str, &str)],
    models: &Models,
    look: impl FnOnce(&World<'_, '_>) -> R,
) -> R {
    let limits = Limits::default();
    let mut budget = Budget::new(&limits);
    let bytes: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, text)| (*name, dex(text))).collect();
    let parsed: Vec<(&str, Vec<Dex<'_>>)> = bytes
        .iter()
        .map(|(name, bytes)| {
            let files = Dex::parse(bytes, &limits, &mut budget, &mut Anomalies::new(1));
            (*name, files.unwrap())
        })
        .collect();
    let files = parsed
        .iter()
        .flat_map(|(name, files)| files.iter().map(|dex| CodeFile { name, dex }));
    let program = Program::new(files.collect(), &mut budget);
    let hierarchy = Hierarchy::new(&program);
    let index = Index::new(&hierarchy, &mut budget);
    let bound = Bound::new(models, &program, &hierarchy);
    look(&World::new(&program, &hierarchy, &index, &bound, 1 << 20))
}

/// The method that is written so.
pub(super) fn method(world: &World<'_, '_>, signature: &str) -> MethodId {
    let mut methods = world.program.methods();
    methods
        .find(|method| world.program.signature(*method) == signature)
        .unwrap_or_else(|| panic!("no {signature}"))
}

/// The class that is called so.
pub(super) fn class(world: &World<'_, '_>, name: &str) -> TypeId {
    world.program.find_type(name.as_bytes()).unwrap()
}

/// The number of the step of a method that is the `n`th with this opcode.
pub(super) fn step(world: &World<'_, '_>, method: MethodId, opcode: &str, n: usize) -> u32 {
    let body = world.body(method).unwrap();
    let mut steps = (0u32..)
        .zip(body.steps())
        .filter(|(_, row)| row.opcode.name() == opcode);
    steps.nth(n).unwrap().0
}

fn dex(text: &str) -> Vec<u8> {
    Builder {
        classes: classes(text),
        ..Builder::default()
    }
    .build()
}

fn classes(text: &str) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    let mut code: Vec<&str> = Vec::new();
    let mut lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.push("end");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let kind = words
            .iter()
            .find(|word| ["class", "field", "method", "note", "end"].contains(word));
        let Some(kind) = kind.filter(|_| !line.contains("\"") || words[0] == "field") else {
            code.push(line);
            continue;
        };
        let last = classes.last_mut().and_then(|class| class.methods.last_mut());
        if let Some(method) = last.filter(|_| !code.is_empty()) {
            assemble(method, &std::mem::take(&mut code));
        }
        match (*kind, classes.last_mut()) {
            ("class", _) => classes.push(new_class(&words)),
            ("field", Some(class)) => class.fields.push(new_field(line, &words)),
            ("method", Some(class)) => class.methods.push(new_method(&words)),
            ("note", Some(class)) => class.methods.last_mut().unwrap().notes.push(Note {
                class: words[1].to_owned(),
                elements: Vec::new(),
            }),
            _ => {}
        }
    }
    classes
}

fn new_class(words: &[&str]) -> Class {
    let at = words.iter().position(|word| *word == "class").unwrap();
    let mut class = Class::new(words[at + 1]);
    for flag in &words[..at] {
        class.access |= if *flag == "interface" { 0x600 } else { 0x400 };
    }
    let mut rest = words[at + 2..].iter();
    while let Some(word) = rest.next() {
        match *word {
            "<" => class.superclass = rest.next().map(|name| (*name).to_owned()),
            ":" => {}
            name => class.interfaces.push(name.to_owned()),
        }
    }
    class
}

fn new_field(line: &str, words: &[&str]) -> Field {
    let is_static = words[1] == "static";
    let at = 1 + usize::from(is_static);
    let value = line
        .split_once(" = ")
        .map(|(_, value)| match value.strip_prefix('"') {
            Some(text) => Literal::Text(text.trim_end_matches('"').to_owned()),
            None => Literal::Int(value.parse().unwrap()),
        });
    Field {
        name: words[at].to_owned(),
        class: words[at + 1].to_owned(),
        access: if is_static { 9 } else { 1 },
        value,
        notes: Vec::new(),
    }
}

fn new_method(words: &[&str]) -> Method {
    let at = words.iter().position(|word| word.contains('(')).unwrap();
    let (name, prototype) = words[at].split_at(words[at].find('(').unwrap());
    let mut access = if name.starts_with('<') { 0x1_0001 } else { 1 };
    for flag in &words[1..at] {
        access |= match *flag {
            "static" => 8,
            "private" => 2,
            "abstract" => 0x400,
            other => panic!("{other}"),
        };
    }
    let shape = parsed(prototype);
    let wide = |name: &String| 1 + u16::from(name == "J" || name == "D");
    let ins = shape.1.iter().map(wide).sum::<u16>() + u16::from(access & 8 == 0);
    let body = words.get(at + 1).map(|registers| Body {
        registers: registers.parse().unwrap(),
        ins,
        outs: 5,
        ..Body::default()
    });
    Method {
        name: name.to_owned(),
        shape,
        access,
        body,
        notes: Vec::new(),
        parameter_notes: Vec::new(),
    }
}

/// Parameters in parentheses, and what is returned.
fn parsed(prototype: &str) -> Shape {
    let (parameters, returns) = prototype[1..].split_once(')').unwrap();
    let mut found = Vec::new();
    let mut start = 0;
    for (at, letter) in parameters.char_indices() {
        let in_name = parameters[start..at].contains('L');
        if letter == ';' || (!in_name && !"L[".contains(letter)) {
            found.push(&parameters[start..=at]);
            start = at + 1;
        }
    }
    shape(returns, &found)
}

fn assemble(method: &mut Method, lines: &[&str]) {
    let body = method.body.as_mut().unwrap();
    let mut labels = BTreeMap::new();
    let mut address = 0;
    for line in lines {
        match line.strip_prefix(':') {
            Some(label) => drop(labels.insert(label, address)),
            None => address += i32::from(opcode(line).units()),
        }
    }
    for line in lines.iter().filter(|line| !line.starts_with(':')) {
        let first_parameter = body.registers - body.ins;
        let here = body.units.len() as i32;
        let units = instruction(line, first_parameter, |label| (labels[label] - here) as u16);
        body.units.extend(units);
    }
}

fn opcode(line: &str) -> Opcode {
    let name = line.split_whitespace().next().unwrap();
    let mut all = (0..=255).filter_map(Opcode::from_byte);
    all.find(|opcode| opcode.name() == name)
        .unwrap_or_else(|| panic!("{line}"))
}

fn instruction(line: &str, first_parameter: u16, distance: impl Fn(&str) -> u16) -> Vec<Unit> {
    let opcode = opcode(line);
    let (line, text) = line
        .split_once('"')
        .map_or((line, ""), |(line, text)| (line, text));
    let mut registers: Vec<u16> = Vec::new();
    let (mut number, mut index) = (0u16, Unit::Text(text.trim_end_matches('"').to_owned()));
    for word in line.split_whitespace().skip(1) {
        let (start, rest) = word.split_at(1);
        match (start, rest.parse::<u16>()) {
            ("v", Ok(register)) => registers.push(register),
            ("p", Ok(position)) => registers.push(first_parameter + position),
            (":", _) => number = distance(rest),
            ("#", _) => number = rest.parse::<i16>().unwrap().cast_unsigned(),
            _ => index = reference(opcode, word),
        }
    }
    let code = opcode as u16;
    let register = |position: usize| registers.get(position).copied().unwrap_or_default();
    let [a, b, c] = [register(0), register(1), register(2)];
    let raw = |units: &[u16]| units.iter().copied().map(Unit::Raw).collect();
    match opcode.format() {
        Format::F10x => raw(&[code]),
        Format::F12x => raw(&[code | a << 8 | b << 12]),
        Format::F11n => raw(&[code | a << 8 | number << 12]),
        Format::F11x => raw(&[code | a << 8]),
        Format::F10t => raw(&[code | number << 8]),
        Format::F21t | Format::F21s => raw(&[code | a << 8, number]),
        Format::F22t | Format::F22s => raw(&[code | a << 8 | b << 12, number]),
        Format::F23x => raw(&[code | a << 8, b | c << 8]),
        Format::F22b => raw(&[code | a << 8, b | number << 8]),
        Format::F21c => vec![Unit::Raw(code | a << 8), index],
        Format::F22c => vec![Unit::Raw(code | a << 8 | b << 12), index],
        Format::F35c => {
            let count = registers.len() as u16;
            let last = register(3) << 12 | c << 8 | b << 4 | a;
            vec![
                Unit::Raw(code | register(4) << 8 | count << 12),
                index,
                Unit::Raw(last),
            ]
        }
        other => panic!("{other:?}"),
    }
}

fn reference(opcode: Opcode, word: &str) -> Unit {
    let member = || word.split_once("->").unwrap();
    match opcode.index_kind() {
        IndexKind::Type => Unit::Type(word.to_owned()),
        IndexKind::Field => {
            let (class, (name, kind)) = (member().0, member().1.split_once(':').unwrap());
            Unit::Field(class.to_owned(), name.to_owned(), kind.to_owned())
        }
        IndexKind::Method => {
            let (class, rest) = member();
            let (name, prototype) = rest.split_at(rest.find('(').unwrap());
            Unit::Method(class.to_owned(), name.to_owned(), parsed(prototype))
        }
        other => panic!("{other:?} {word}"),
    }
}
