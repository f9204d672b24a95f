//! Which text a value may hold: constants followed backwards through registers, fields, string
//! building, arguments and results, as far as a small number of steps leads.
//!
//! The answer is a set. A part that is not known stands as [`HOLE`] in a text, so that
//! `"number = '" + number + "'"` is known for what it is.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::body::{Body, Origin, Use, ValueId};
use super::program::{FieldId, MethodId};
use super::world::{Call, World};
use crate::formats::dex::{Opcode, Value};

/// Stands for a part of a text that is not known.
pub const HOLE: char = '\u{FFFC}';
/// What a value may be at most, more alternatives become a hole.
const ALTERNATIVES: usize = 12;
/// Steps back, through moves, fields, calls.
const DEPTH: u32 = 14;
/// Values looked at for one question.
const WORK: u32 = 1_500;
/// Places that call a method or write a field, when they are looked at one by one.
const PLACES: usize = 12;
/// Bytes of a text, the rest is cut.
const TEXT_BYTES: usize = 2_048;

/// What a value may hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// The texts.
    pub texts: BTreeSet<String>,
    /// Whether it may be null.
    pub may_be_null: bool,
}

impl Texts {
    fn hole() -> Self {
        Self::one(HOLE.to_string())
    }

    fn one(text: String) -> Self {
        Self {
            texts: BTreeSet::from([crate::limits::clip(&text, TEXT_BYTES).to_owned()]),
            may_be_null: false,
        }
    }

    fn join(&mut self, other: Self) {
        self.texts.extend(other.texts);
        self.may_be_null |= other.may_be_null;
        if self.texts.len() > ALTERNATIVES {
            *self = Self {
                may_be_null: self.may_be_null,
                ..Self::hole()
            };
        }
    }

    fn append(self, other: &Self) -> Self {
        let empty = || BTreeSet::from([HOLE.to_string()]);
        let left = if self.texts.is_empty() {
            empty()
        } else {
            self.texts
        };
        let right = if other.texts.is_empty() {
            empty()
        } else {
            other.texts.clone()
        };
        let mut joined = Self::default();
        for first in &left {
            for second in &right {
                joined.join(Self::one(format!("{first}{second}")));
            }
        }
        joined
    }

    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.texts.iter().all(|text| text.chars().all(|one| one == HOLE)) && !self.texts.is_empty()
    }

    /// The one text it always is.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        match self.texts.first() {
            Some(text) if self.texts.len() == 1 && !self.may_be_null && !text.contains(HOLE) => Some(text),
            _ => None,
        }
    }
}

/// Answers questions about one app.
#[derive(Debug)]
pub struct Evaluator<'w, 'p, 'a> {
    world: &'w World<'p, 'a>,
    work: Cell<u32>,
}

impl<'w, 'p, 'a> Evaluator<'w, 'p, 'a> {
    /// An evaluator with the work of one question.
    #[must_use]
    pub fn new(world: &'w World<'p, 'a>) -> Self {
        Self {
            world,
            work: Cell::new(WORK),
        }
    }

    /// What a value of a method may hold as text.
    #[must_use]
    pub fn texts(&self, method: MethodId, value: ValueId) -> Texts {
        match self.world.body(method) {
            Some(body) => self.value(method, &body, value, DEPTH),
            None => Texts::hole(),
        }
    }

    fn value(&self, method: MethodId, body: &Body, value: ValueId, depth: u32) -> Texts {
        let Some(left) = self.work.get().checked_sub(1) else {
            return Texts::hole();
        };
        self.work.set(left);
        let Some(depth) = depth.checked_sub(1) else {
            return Texts::hole();
        };
        match body.origin(value) {
            Origin::Undefined => Texts::hole(),
            Origin::Parameter(position) => self.parameter(method, position, depth),
            Origin::Phi => {
                let mut joined = Texts::default();
                for operand in body.phi_operands(value) {
                    joined.join(self.value(method, body, *operand, depth));
                }
                joined
            }
            Origin::Instruction(step) => self.step(method, body, step, depth),
        }
    }

    fn step(&self, method: MethodId, body: &Body, step: u32, depth: u32) -> Texts {
        let Some(row) = body.step(step) else {
            return Texts::hole();
        };
        match row.opcode {
            Opcode::ConstString | Opcode::ConstStringJumbo => self
                .world
                .text(method, body, step)
                .map_or_else(Texts::hole, Texts::one),
            Opcode::Const4 | Opcode::Const16 | Opcode::Const | Opcode::ConstWide16 | Opcode::ConstWide32 => {
                match row.literal {
                    Some(0) => Texts {
                        may_be_null: true,
                        ..Texts::one("0".to_owned())
                    },
                    Some(number) => Texts::one(number.to_string()),
                    None => Texts::hole(),
                }
            }
            Opcode::ConstClass => match self.world.class(method, body, step) {
                Some(class) => Texts::one(self.world.descriptor(class).to_owned()),
                None => Texts::hole(),
            },
            Opcode::SgetObject | Opcode::IgetObject | Opcode::Sget | Opcode::Iget => {
                match self.world.field(method, body, step) {
                    Some(field) => self.field(field, depth),
                    None => Texts::hole(),
                }
            }
            Opcode::NewInstance => self.made(method, body, step, depth),
            opcode if opcode.name().contains("-int") && row.result.is_some() => {
                self.computed(method, body, step, depth)
            }
            _ => match self.world.call(method, body, step) {
                Some(call) => self.call(method, body, step, call, depth),
                None => Texts::hole(),
            },
        }
    }

    /// The result of an operation on constant numbers.
    fn computed(&self, method: MethodId, body: &Body, step: u32, depth: u32) -> Texts {
        let number = |value: &ValueId| {
            let texts = self.value(method, body, *value, depth).texts;
            let number = texts.first()?.parse::<i64>().ok()?;
            (texts.len() == 1).then_some(number)
        };
        let result = || {
            let row = body.step(step)?;
            let first = number(body.operands(step).first()?)?;
            let second = match body.operands(step).get(1) {
                Some(second) => number(second)?,
                None => row.literal?,
            };
            let operation = row.opcode.name().split("-int").next()?;
            match operation {
                "add" => first.checked_add(second),
                "sub" => first.checked_sub(second),
                "rsub" => second.checked_sub(first),
                "mul" => first.checked_mul(second),
                "div" => first.checked_div(second),
                "rem" => first.checked_rem(second),
                _ => None,
            }
        };
        result().map_or_else(Texts::hole, |number| Texts::one(number.to_string()))
    }

    fn parameter(&self, method: MethodId, position: u16, depth: u32) -> Texts {
        let Some(callers) = self.world.callers(method, PLACES) else {
            return Texts::hole();
        };
        let mut joined = Texts::default();
        for place in callers {
            let Some(body) = self.world.body(place.method) else {
                joined.join(Texts::hole());
                continue;
            };
            match body.operands(place.step).get(usize::from(position)) {
                Some(value) => joined.join(self.value(place.method, &body, *value, depth)),
                None => joined.join(Texts::hole()),
            }
        }
        if joined == Texts::default() {
            return Texts::hole();
        }
        joined
    }

    /// What a field may hold: what is written to it anywhere, and its initial value.
    fn field(&self, field: FieldId, depth: u32) -> Texts {
        let mut joined = Texts::default();
        if let Some(initial) = self.initial(field) {
            joined.join(initial);
        }
        let writes = self.world.index.writes_of(field);
        if writes.len() > PLACES || (writes.is_empty() && joined == Texts::default()) {
            return Texts::hole();
        }
        for site in writes {
            joined.join(match self.world.written(*site) {
                Some((place, body, value)) => self.value(place.method, &body, value, depth),
                None => Texts::hole(),
            });
        }
        joined
    }

    fn initial(&self, field: FieldId) -> Option<Texts> {
        match self.world.initial_value(field)? {
            (file, Value::String(index)) => {
                let text = self.world.program.string_at(file, index)?;
                Some(Texts::one(text.into_owned()))
            }
            _ => None,
        }
    }

    fn call(&self, method: MethodId, body: &Body, step: u32, call: Call, depth: u32) -> Texts {
        let operands = body.operands(step);
        let (class, name) = self.world.named(call.callee);
        let of = |position: usize| match operands.get(position) {
            Some(value) => self.value(method, body, *value, depth),
            None => Texts::hole(),
        };
        match (class, name) {
            ("Ljava/lang/StringBuilder;" | "Ljava/lang/StringBuffer;", "toString") => {
                match operands.first() {
                    Some(builder) => self.built(method, body, *builder, depth),
                    None => Texts::hole(),
                }
            }
            ("Ljava/lang/String;", "concat") => of(0).append(&of(1)),
            ("Ljava/lang/String;", "valueOf" | "toString" | "intern" | "trim" | "copyValueOf")
            | ("Landroid/net/Uri;", "parse" | "toString" | "buildUpon")
            | ("Landroid/net/Uri$Builder;", "build" | "toString")
            | ("Ljava/lang/Object;" | "Ljava/lang/CharSequence;" | "Ljava/io/File;", "toString")
            | ("Ljava/io/File;", "getPath" | "getAbsolutePath" | "getCanonicalPath")
            | ("Ljava/lang/Integer;" | "Ljava/lang/Long;", "valueOf" | "toString") => of(0),
            ("Ljava/lang/Class;", "getName") => of(0),
            ("Landroid/net/Uri;", "withAppendedPath") => {
                of(0).append(&Texts::one("/".to_owned())).append(&of(1))
            }
            ("Landroid/net/Uri$Builder;", "appendPath" | "appendEncodedPath") => {
                of(0).append(&Texts::one("/".to_owned())).append(&of(1))
            }
            ("Landroid/net/Uri$Builder;", "scheme") => of(1).append(&Texts::one("://".to_owned())),
            ("Landroid/net/Uri$Builder;", "authority" | "encodedAuthority" | "path" | "encodedPath") => {
                of(0).append(&of(1))
            }
            ("Ljava/lang/String;", "format") => self.format(&of(0)),
            ("Ljava/lang/String;", "substring") => {
                self.substring(&of(0), &of(1), operands.get(2).map(|_| of(2)))
            }
            ("Ljava/lang/String;", "toLowerCase") => map(of(0), |text| text.to_lowercase()),
            ("Ljava/lang/String;", "replace" | "replaceAll") => replace(&of(0), &of(1), &of(2)),
            _ => self.result(call, depth),
        }
    }

    /// What an app's own method may return.
    fn result(&self, call: Call, depth: u32) -> Texts {
        let target = self.world.resolve(call.callee);
        let Some((target, body)) = target.and_then(|target| Some((target, self.world.body(target)?))) else {
            return Texts::hole();
        };
        let mut joined = Texts::default();
        for (_, value) in body.returns() {
            joined.join(self.value(target, &body, value, depth));
        }
        if joined == Texts::default() {
            return Texts::hole();
        }
        joined
    }

    /// Directives of a format become holes.
    fn format(&self, pattern: &Texts) -> Texts {
        map(pattern.clone(), |text| {
            let mut out = String::new();
            let mut characters = text.chars();
            while let Some(one) = characters.next() {
                if one != '%' {
                    out.push(one);
                    continue;
                }
                let mut directive = characters
                    .by_ref()
                    .skip_while(|next| !next.is_alphabetic() && *next != '%');
                out.push(if directive.next() == Some('%') { '%' } else { HOLE });
            }
            out
        })
    }

    fn substring(&self, text: &Texts, from: &Texts, to: Option<Texts>) -> Texts {
        let number = |texts: &Texts| texts.texts.first()?.parse::<usize>().ok();
        let (Some(text), Some(from)) = (text.single(), number(from)) else {
            return Texts::hole();
        };
        let to = match to {
            Some(to) => number(&to),
            None => Some(text.len()),
        };
        match to.and_then(|to| text.get(from..to)) {
            Some(part) => Texts::one(part.to_owned()),
            None => Texts::hole(),
        }
    }

    /// What a string builder holds: everything that is appended to it in the method that makes it.
    fn built(&self, method: MethodId, body: &Body, builder: ValueId, depth: u32) -> Texts {
        let mut root = builder;
        for _ in 0..DEPTH.saturating_mul(8) {
            let Some(step) = World::made_by(body, root) else {
                break;
            };
            let Some(call) = self.world.call(method, body, step) else {
                break;
            };
            match (self.world.named(call.callee).1, body.operands(step).first()) {
                ("append", Some(receiver)) => root = *receiver,
                _ => break,
            }
        }
        let mut parts = Vec::new();
        self.appended(method, body, root, &mut parts, DEPTH.saturating_mul(8));
        let start = match body.origin(root) {
            Origin::Instruction(_) => Texts::one(String::new()),
            _ => Texts::hole(),
        };
        parts.into_iter().fold(start, |built, (argument, is_character)| {
            let mut part = self.value(method, body, argument, depth);
            if is_character {
                part = map(part, |text| {
                    match text.parse::<u32>().ok().and_then(char::from_u32) {
                        Some(character) => character.to_string(),
                        None => text.to_owned(),
                    }
                });
            }
            built.append(&part)
        })
    }

    /// The values appended to a builder and to what its `append` gives back, in the order of the code.
    fn appended(
        &self,
        method: MethodId,
        body: &Body,
        builder: ValueId,
        parts: &mut Vec<(ValueId, bool)>,
        depth: u32,
    ) {
        let Some(depth) = depth.checked_sub(1) else { return };
        for one in body.uses(builder) {
            let Use::Step { step, operand: 0 } = *one else {
                continue;
            };
            let Some(call) = self.world.call(method, body, step) else {
                continue;
            };
            let name = self.world.named(call.callee).1;
            let prototype = self
                .world
                .program
                .prototype(self.world.program.method(call.callee).prototype);
            let first = prototype
                .parameters
                .first()
                .map(|first| self.world.descriptor(*first));
            let is_part =
                name == "append" || (name == "<init>" && first.is_some_and(|first| first.starts_with('L')));
            if is_part && let Some(argument) = body.operands(step).get(1) {
                parts.push((*argument, first == Some("C")));
            }
            if name == "append"
                && let Some(result) = body.step(step).and_then(|row| row.result)
            {
                self.appended(method, body, result, parts, depth);
            }
        }
    }

    /// The path of a file that is made here, or the beginning of a provider's address.
    fn made(&self, method: MethodId, body: &Body, step: u32, depth: u32) -> Texts {
        let (Some(class), Some(value)) = (
            self.world.class(method, body, step),
            body.step(step).and_then(|row| row.result),
        ) else {
            return Texts::hole();
        };
        match self.world.descriptor(class) {
            "Landroid/net/Uri$Builder;" => Texts::one(String::new()),
            "Ljava/io/File;" => self.file(method, body, value, depth),
            _ => Texts::hole(),
        }
    }

    fn file(&self, method: MethodId, body: &Body, value: ValueId, depth: u32) -> Texts {
        for one in body.uses(value) {
            let Use::Step { step, operand: 0 } = *one else {
                continue;
            };
            let Some(call) = self.world.call(method, body, step) else {
                continue;
            };
            if !self.world.is_constructor(call.callee) {
                continue;
            }
            let operands = body.operands(step);
            let of = |value: &ValueId| self.value(method, body, *value, depth);
            return match (operands.get(1), operands.get(2)) {
                (Some(parent), Some(child)) => {
                    of(parent).append(&Texts::one("/".to_owned())).append(&of(child))
                }
                (Some(path), None) => of(path),
                _ => Texts::hole(),
            };
        }
        Texts::hole()
    }
}

fn map(texts: Texts, change: impl Fn(&str) -> String) -> Texts {
    Texts {
        texts: texts.texts.iter().map(|text| change(text)).collect(),
        may_be_null: texts.may_be_null,
    }
}

fn replace(text: &Texts, from: &Texts, to: &Texts) -> Texts {
    match (from.single(), to.single()) {
        (Some(from), Some(to)) => map(text.clone(), |text| text.replace(from, to)),
        _ => Texts::hole(),
    }
}

#[cfg(test)]
mod tests;
