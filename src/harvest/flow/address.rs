//! Addresses of providers at calls: how they are put together, and where they are read.

use super::reflection::{Reflected, is_invocation, reflected_at};
use super::slots::{Shape, Slot, SlotId};
use super::transfer::At;
use super::{Cause, Engine, Link, Origin, Through};
use crate::harvest::body::{Use, ValueId};
use crate::harvest::models::{Position, Read};
use crate::harvest::selection;
use crate::harvest::texts::{Evaluator, HOLE, Texts};
use crate::harvest::world::Call;

impl Engine<'_, '_, '_> {
    /// An address is an operand of a call.
    pub(super) fn address_at_call(&mut self, at: &At<'_>, call: Call) {
        let Slot::Address { data, shape } = self.slot(at.node.slot).clone() else {
            return;
        };
        let bound = self.world.bound;
        if let Some(read) = bound.of(call.callee).and_then(|binding| binding.read)
            && call.holds(read.address, at.operand)
        {
            self.read(at, call, read, &data, shape);
            return;
        }
        let (class, name) = self.world.named(call.callee);
        match class {
            "Landroid/content/Intent;" => self.picker(&data),
            "Landroid/net/Uri;" | "Landroid/net/Uri$Builder;" | "Landroid/content/ContentUris;" => {
                self.derived(at, call, name, &data, shape);
            }
            "Ljava/lang/String;" if matches!(name, "toString" | "trim" | "intern" | "valueOf") => {
                self.result(at, at.node.slot);
            }
            "Ljava/util/List;" | "Ljava/util/ArrayList;" | "Ljava/util/Map;" | "Ljava/util/HashMap;" => {
                self.contained(at, name);
            }
            _ if class.starts_with("Landroid/provider/") => {
                let slot = self.slots.address(&data, Shape::Lookup);
                self.result(at, slot);
            }
            _ if self.is_reflected_read(at, call, &data, shape) => {}
            _ => {
                for target in self.targets(at.method, at.body, at.step, call) {
                    self.enter(at.id, at.step, target, at.operand, Link::Direct);
                }
            }
        }
    }

    fn contained(&mut self, at: &At<'_>, name: &str) {
        match (name, at.operand) {
            ("add" | "put", operand) if operand > 0 => {
                if let Some(list) = at.operands().first().copied() {
                    self.fill(at, list, at.node.slot);
                }
            }
            ("get", 0) => self.result(at, at.node.slot),
            _ => {}
        }
    }

    /// What becomes of an address by the methods of `Uri`.
    fn derived(&mut self, at: &At<'_>, call: Call, name: &str, data: &str, shape: Shape) {
        let shape = match name {
            "parse"
            | "build"
            | "buildUpon"
            | "toString"
            | "normalizeScheme"
            | "appendQueryParameter"
            | "query"
            | "encodedQuery"
            | "fragment"
            | "clearQuery" => shape,
            "withAppendedId" => shape.min(Shape::Lookup),
            "withAppendedPath" | "appendPath" | "appendEncodedPath" => {
                let appended = self.argument_texts(at, call, if name == "withAppendedPath" { 2 } else { 1 });
                narrowed(shape, &appended)
            }
            _ => return,
        };
        let slot = self.slots.address(data, shape);
        self.result(at, slot);
        if !call.is_static && matches!(name, "appendPath" | "appendEncodedPath" | "appendQueryParameter") {
            // The builder itself is changed as well.
            if let Some(builder) = at.operands().first().copied() {
                self.fill(at, builder, slot);
            }
        }
    }

    fn argument_texts(&self, at: &At<'_>, call: Call, number: u8) -> Texts {
        match at.operands().get(call.argument(number)) {
            Some(value) => Evaluator::new(self.world).texts(at.method, *value),
            None => Texts::default(),
        }
    }

    /// A provider is read.
    fn read(&mut self, at: &At<'_>, call: Call, read: &Read, data: &str, shape: Shape) {
        let shape = match shape {
            Shape::Bulk => self.selected(at, call, read),
            narrower => narrower,
        };
        let origin = Origin {
            data: data.to_owned(),
            shape,
            place: at.place(),
            is_read: true,
        };
        let Some(source) = self.origin(origin) else { return };
        let slot = SlotId::WHOLE;
        if !self.reach.contains(at.method) || self.world.is_dead(at.method, at.step) {
            return;
        }
        let context = at.node.context;
        match read.at {
            Position::Return => {
                if let Some(value) = at.body.step(at.step).and_then(|row| row.result) {
                    self.push(context, value, 0, slot, source, Cause::Seed);
                }
            }
            Position::This => {
                if let Some(object) = at.operands().first().copied() {
                    self.fill_argument(
                        (context, at.method, at.body),
                        (at.step, object),
                        (slot, source),
                        Cause::Seed,
                    );
                }
            }
            Position::Argument(_) | Position::Arguments | Position::All => {}
        }
        if let Some(hop) = &read.callback
            && let Some(object) = at.operands().first().copied()
        {
            let classes = super::types::exact(self.world, at.method, at.body, object).unwrap_or_default();
            for class in classes {
                for method in self.world.methods_called(class, &hop.method) {
                    let cause = Cause::Hop(at.id, Through::Callback);
                    self.hop_to_parameter(method, hop.argument.into(), slot, source, cause);
                }
            }
        }
    }

    /// How a table is read, by the condition its rows must fulfil.
    fn selected(&self, at: &At<'_>, call: Call, read: &Read) -> Shape {
        let Some(Position::Argument(number)) = read.selection else {
            return Shape::Bulk;
        };
        let Some(value) = at.operands().get(call.argument(number)).copied() else {
            return Shape::Bulk;
        };
        let program = self.world.program;
        let prototype = program.prototype(program.method(call.callee).prototype);
        let parameter = prototype.parameters.get(usize::from(number).saturating_sub(1));
        let takes_bundle =
            parameter.is_some_and(|class| program.descriptor(*class) == b"Landroid/os/Bundle;");
        let texts = if takes_bundle {
            self.bundled(at, value)
        } else {
            Evaluator::new(self.world).texts(at.method, value)
        };
        selection::shape(&texts)
    }

    /// The condition in a bundle of query arguments.
    fn bundled(&self, at: &At<'_>, bundle: ValueId) -> Texts {
        const SELECTION: &str = "android:query-arg-sql-selection";
        let mut found = Texts {
            may_be_null: true,
            ..Texts::default()
        };
        for one in at.body.uses(bundle) {
            let Use::Step { step, operand: 0 } = *one else {
                continue;
            };
            let operands = at.body.operands(step);
            let (Some(key), Some(value)) = (operands.get(1), operands.get(2)) else {
                continue;
            };
            let evaluator = Evaluator::new(self.world);
            if evaluator.texts(at.method, *key).single() == Some(SELECTION) {
                found = evaluator.texts(at.method, *value);
            }
        }
        found
    }

    /// What an element of an array that is made here may hold as text.
    fn element_texts(&self, at: &At<'_>, array: ValueId, wanted: &str) -> Texts {
        let evaluator = Evaluator::new(self.world);
        let mut found = Texts {
            may_be_null: true,
            ..Texts::default()
        };
        for one in at.body.uses(array) {
            let Use::Step { step, operand: 1 } = *one else {
                continue;
            };
            let (Some(value), Some(index)) = (at.body.operands(step).first(), at.body.operands(step).get(2))
            else {
                continue;
            };
            if evaluator.texts(at.method, *index).texts.contains(wanted) {
                found = evaluator.texts(at.method, *value);
            }
        }
        found
    }

    /// The system's picker is opened for this data: what its answer names was chosen by the person.
    fn picker(&mut self, data: &str) {
        if !self.pickers.insert(data.to_owned()) {
            return;
        }
        let world = self.world;
        for method in world.methods_of("Landroid/content/Intent;", "getData") {
            for place in world.places(world.index.calls_to(method)) {
                self.seed_address(place, data, Shape::Picked);
            }
        }
    }

    /// A query by reflection, its arguments in an array.
    fn is_reflected_read(&mut self, at: &At<'_>, call: Call, data: &str, shape: Shape) -> bool {
        if !is_invocation(self.world, call) || at.operand != 2 {
            return false;
        }
        let is_query = reflected_at(self.world, at.place())
            .iter()
            .any(|reflected| matches!(reflected, Reflected::Outside(_, name) if name == "query"));
        if is_query {
            let read = Read {
                address: Position::Argument(1),
                selection: None,
                at: Position::Return,
                callback: None,
            };
            // The third argument is the condition; an element that nothing sets is null.
            let shape = match (shape, at.operands().get(2)) {
                (Shape::Bulk, Some(array)) => selection::shape(&self.element_texts(at, *array, "2")),
                (narrower, _) => narrower,
            };
            self.read(at, call, &read, data, shape);
        }
        true
    }
}

/// What an address becomes when a path is appended: a table of the provider stays a table, a key or
/// something unknown names a row.
fn narrowed(shape: Shape, appended: &Texts) -> Shape {
    let is_table = |text: &String| {
        !text.contains(HOLE) && !text.chars().any(|one| one.is_ascii_digit()) && !text.is_empty()
    };
    if shape == Shape::Bulk && !appended.texts.is_empty() && appended.texts.iter().all(is_table) {
        Shape::Bulk
    } else if shape == Shape::Picked {
        Shape::Picked
    } else {
        Shape::Lookup
    }
}
