//! The names a dex file must hold, and the sorted tables they become.

use std::collections::BTreeMap;

use super::write::uleb;
use super::{Body, Class, Literal, Note, Shape, Unit};

pub(super) fn shorty(shape: &Shape) -> String {
    let letter = |name: &String| match name.as_bytes()[0] {
        b'[' => 'L',
        letter => letter as char,
    };
    let (returns, parameters) = shape;
    std::iter::once(returns).chain(parameters).map(letter).collect()
}

/// The sorted tables and the index of everything in them.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) strings: BTreeMap<Vec<u16>, u32>,
    pub(super) types: BTreeMap<Vec<u16>, u32>,
    pub(super) shapes: BTreeMap<(u32, Vec<u32>), (Shape, u32)>,
    pub(super) fields: BTreeMap<(u32, u32, u32), u32>,
    pub(super) methods: BTreeMap<(u32, u32, u32), u32>,
}

fn key(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn number<K: Ord, V>(map: &mut BTreeMap<K, V>, set: impl Fn(&mut V, u32)) {
    for (index, value) in map.values_mut().enumerate() {
        set(value, index as u32);
    }
}

impl Tables {
    pub(super) fn string(&self, text: &str) -> u32 {
        self.strings[&key(text)]
    }

    pub(super) fn class(&self, name: &str) -> u32 {
        self.types[&key(name)]
    }

    pub(super) fn shape_key(&self, (returns, parameters): &Shape) -> (u32, Vec<u32>) {
        let parameters = parameters.iter().map(|name| self.class(name));
        (self.class(returns), parameters.collect())
    }

    pub(super) fn shape(&self, shape: &Shape) -> u32 {
        self.shapes[&self.shape_key(shape)].1
    }

    pub(super) fn field_key(&self, class: &str, name: &str, kind: &str) -> (u32, u32, u32) {
        (self.class(class), self.string(name), self.class(kind))
    }

    pub(super) fn method_key(&self, class: &str, name: &str, shape: &Shape) -> (u32, u32, u32) {
        (self.class(class), self.string(name), self.shape(shape))
    }

    pub(super) fn unit(&self, unit: &Unit) -> u16 {
        let index = match unit {
            Unit::Raw(raw) => return *raw,
            Unit::Text(text) => self.string(text),
            Unit::Type(name) => self.class(name),
            Unit::Field(class, name, kind) => self.fields[&self.field_key(class, name, kind)],
            Unit::Method(class, name, shape) => self.methods[&self.method_key(class, name, shape)],
            Unit::Shape(shape) => self.shape(shape),
        };
        index as u16
    }

    pub(super) fn literal(&self, literal: &Literal, bytes: &mut Vec<u8>) {
        match literal {
            Literal::Int(number) => {
                bytes.push(0x64);
                bytes.extend(number.to_le_bytes());
            }
            Literal::Text(text) => {
                bytes.push(0x77);
                bytes.extend(self.string(text).to_le_bytes());
            }
            Literal::Type(name) => {
                bytes.push(0x78);
                bytes.extend(self.class(name).to_le_bytes());
            }
            Literal::Null => bytes.push(0x1e),
            Literal::Array(values) => {
                bytes.push(0x1c);
                self.array(values, bytes);
            }
            Literal::Note(note) => {
                bytes.push(0x1d);
                self.note(note, bytes);
            }
        }
    }

    pub(super) fn array(&self, values: &[Literal], bytes: &mut Vec<u8>) {
        bytes.extend(uleb(values.len() as u32));
        for value in values {
            self.literal(value, bytes);
        }
    }

    pub(super) fn note(&self, note: &Note, bytes: &mut Vec<u8>) {
        bytes.extend(uleb(self.class(&note.class)));
        bytes.extend(uleb(note.elements.len() as u32));
        let mut elements: Vec<_> = note.elements.iter().collect();
        elements.sort_by_key(|(name, _)| self.string(name));
        for (name, value) in elements {
            bytes.extend(uleb(self.string(name)));
            self.literal(value, bytes);
        }
    }
}

/// Every name that the tables must hold.
#[derive(Default)]
pub(super) struct Names {
    pub(super) strings: Vec<String>,
    pub(super) types: Vec<String>,
    pub(super) shapes: Vec<Shape>,
    pub(super) fields: Vec<(String, String, String)>,
    pub(super) methods: Vec<(String, String, Shape)>,
}

impl Names {
    pub(super) fn shape(&mut self, shape: &Shape) {
        self.types.push(shape.0.clone());
        self.types.extend(shape.1.iter().cloned());
        self.strings.push(shorty(shape));
        self.shapes.push(shape.clone());
    }

    pub(super) fn field(&mut self, class: &str, name: &str, kind: &str) {
        self.types.extend([class.to_owned(), kind.to_owned()]);
        self.strings.push(name.to_owned());
        self.fields
            .push((class.to_owned(), name.to_owned(), kind.to_owned()));
    }

    pub(super) fn method(&mut self, class: &str, name: &str, shape: &Shape) {
        self.shape(shape);
        self.types.push(class.to_owned());
        self.strings.push(name.to_owned());
        self.methods
            .push((class.to_owned(), name.to_owned(), shape.clone()));
    }

    pub(super) fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Int(_) | Literal::Null => {}
            Literal::Text(text) => self.strings.push(text.clone()),
            Literal::Type(name) => self.types.push(name.clone()),
            Literal::Array(values) => values.iter().for_each(|value| self.literal(value)),
            Literal::Note(note) => self.note(note),
        }
    }

    pub(super) fn note(&mut self, note: &Note) {
        self.types.push(note.class.clone());
        for (name, value) in &note.elements {
            self.strings.push(name.clone());
            self.literal(value);
        }
    }

    pub(super) fn body(&mut self, body: &Body) {
        for unit in &body.units {
            match unit {
                Unit::Raw(_) => {}
                Unit::Text(text) => self.strings.push(text.clone()),
                Unit::Type(name) => self.types.push(name.clone()),
                Unit::Field(class, name, kind) => self.field(class, name, kind),
                Unit::Method(class, name, shape) => self.method(class, name, shape),
                Unit::Shape(shape) => self.shape(shape),
            }
        }
        let typed = body.tries.iter().flat_map(|range| &range.typed);
        self.types.extend(typed.map(|(name, _)| name.clone()));
    }

    pub(super) fn class(&mut self, class: &Class) {
        self.types.push(class.name.clone());
        self.types.extend(class.superclass.iter().cloned());
        self.types.extend(class.interfaces.iter().cloned());
        self.strings.extend(class.source.iter().cloned());
        class.notes.iter().for_each(|note| self.note(note));
        for field in &class.fields {
            self.field(&class.name, &field.name, &field.class);
            field.value.iter().for_each(|value| self.literal(value));
            field.notes.iter().for_each(|note| self.note(note));
        }
        for method in &class.methods {
            self.method(&class.name, &method.name, &method.shape);
            method.body.iter().for_each(|body| self.body(body));
            let notes = method.notes.iter().chain(method.parameter_notes.iter().flatten());
            notes.for_each(|note| self.note(note));
        }
    }

    pub(super) fn tables(mut self) -> Tables {
        let mut tables = Tables::default();
        self.strings.extend(self.types.iter().cloned());
        tables.strings = self.strings.iter().map(|text| (key(text), 0)).collect();
        number(&mut tables.strings, |value, index| *value = index);
        tables.types = self.types.iter().map(|name| (key(name), 0)).collect();
        number(&mut tables.types, |value, index| *value = index);
        let shapes = self
            .shapes
            .into_iter()
            .map(|shape| (tables.shape_key(&shape), (shape, 0)));
        tables.shapes = shapes.collect();
        number(&mut tables.shapes, |value, index| value.1 = index);
        let fields = self.fields.iter();
        tables.fields = fields.map(|(c, n, t)| (tables.field_key(c, n, t), 0)).collect();
        number(&mut tables.fields, |value, index| *value = index);
        let methods = self.methods.iter();
        tables.methods = methods.map(|(c, n, s)| (tables.method_key(c, n, s), 0)).collect();
        number(&mut tables.methods, |value, index| *value = index);
        tables
    }
}
