//! Calls by reflection, where class and method are named by constants.

use super::slots::{Slot, SlotId};
use super::transfer::At;
use super::types::exact;
use super::{Engine, Link, NodeId};
use crate::formats::dex::Opcode;
use crate::harvest::body::{Body, Origin, ValueId};
use crate::harvest::models::bind::Binding;
use crate::harvest::models::{Position, Rule};
use crate::harvest::program::MethodId;
use crate::harvest::texts::Evaluator;
use crate::harvest::world::{Call, Place, World};

/// Steps back from a call to where the method object was looked up.
const DEPTH: u32 = 4;
/// Writes of a field looked at.
const WRITES: usize = 6;

/// What a method object may stand for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reflected {
    /// A method of the app.
    Own(MethodId),
    /// A method outside: class descriptor and name.
    Outside(String, String),
}

/// Whether a call is `Method.invoke`.
pub(crate) fn is_invocation(world: &World<'_, '_>, call: Call) -> bool {
    world.named(call.callee) == ("Ljava/lang/reflect/Method;", "invoke")
}

/// Every call by reflection in the app's code, with what it runs.
pub(crate) fn invoked(world: &World<'_, '_>) -> Vec<(Place, Reflected)> {
    let mut found = Vec::new();
    for method in world.methods_of("Ljava/lang/reflect/Method;", "invoke") {
        for place in world.places(world.index.calls_to(method)) {
            found.extend(
                reflected_at(world, place)
                    .into_iter()
                    .map(|reflected| (place, reflected)),
            );
        }
    }
    found
}

/// What the call at a place runs by reflection.
pub(crate) fn reflected_at(world: &World<'_, '_>, place: Place) -> Vec<Reflected> {
    let mut found = Vec::new();
    if let Some(body) = world.body(place.method)
        && let Some(reference) = body.operands(place.step).first()
    {
        look_up(world, place.method, &body, *reference, DEPTH, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn look_up(
    world: &World<'_, '_>,
    method: MethodId,
    body: &Body,
    reference: ValueId,
    depth: u32,
    found: &mut Vec<Reflected>,
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let step = match body.origin(reference) {
        Origin::Instruction(step) => step,
        Origin::Phi => {
            for operand in body.phi_operands(reference) {
                look_up(world, method, body, *operand, depth, found);
            }
            return;
        }
        Origin::Parameter(_) | Origin::Undefined => return,
    };
    let opcode = body.step(step).map(|row| row.opcode);
    if matches!(opcode, Some(Opcode::IgetObject | Opcode::SgetObject)) {
        let writes = world
            .field(method, body, step)
            .map(|field| world.index.writes_of(field));
        for site in writes.unwrap_or_default().iter().take(WRITES) {
            if let Some((place, body, value)) = world.written(*site) {
                look_up(world, place.method, &body, value, depth, found);
            }
        }
        return;
    }
    let Some(call) = world.call(method, body, step) else {
        return;
    };
    if !matches!(world.named(call.callee).1, "getMethod" | "getDeclaredMethod") {
        return;
    }
    let operands = body.operands(step);
    let (Some(class), Some(name)) = (operands.first(), operands.get(1)) else {
        return;
    };
    let names = Evaluator::new(world).texts(method, *name).texts;
    for class in class_names(world, method, body, *class, DEPTH) {
        for name in &names {
            match world.class_named(&class) {
                Some(class) => {
                    found.extend(world.methods_called(class, name).into_iter().map(Reflected::Own));
                }
                None => found.push(Reflected::Outside(as_descriptor(&class), name.clone())),
            }
        }
    }
}

/// The names of the classes that a class object may stand for.
fn class_names(
    world: &World<'_, '_>,
    method: MethodId,
    body: &Body,
    class: ValueId,
    depth: u32,
) -> Vec<String> {
    let texts = |value| {
        Evaluator::new(world)
            .texts(method, value)
            .texts
            .into_iter()
            .collect()
    };
    let Some(depth) = depth.checked_sub(1) else {
        return Vec::new();
    };
    let Some(step) = World::made_by(body, class) else {
        return texts(class);
    };
    let opcode = body.step(step).map(|row| row.opcode);
    if matches!(opcode, Some(Opcode::IgetObject | Opcode::SgetObject)) {
        let writes = world
            .field(method, body, step)
            .map(|field| world.index.writes_of(field));
        let mut found = Vec::new();
        for site in writes.unwrap_or_default().iter().take(WRITES) {
            if let Some((place, body, value)) = world.written(*site) {
                found.extend(class_names(world, place.method, &body, value, depth));
            }
        }
        return found;
    }
    let Some(call) = world.call(method, body, step) else {
        return texts(class);
    };
    let operands = body.operands(step);
    match (world.named(call.callee).1, operands.first()) {
        ("forName", Some(name)) => texts(*name),
        ("loadClass", _) => operands.get(1).map(|name| texts(*name)).unwrap_or_default(),
        ("getClass", Some(object)) if is_receiver(world, method, body, *object) => {
            vec![world.named(method).0.to_owned()]
        }
        ("getClass", Some(object)) => exact(world, method, body, *object)
            .unwrap_or_default()
            .into_iter()
            .map(|class| world.descriptor(class).to_owned())
            .collect(),
        _ => texts(class),
    }
}

/// Whether a value is the object whose method this is.
fn is_receiver(world: &World<'_, '_>, method: MethodId, body: &Body, value: ValueId) -> bool {
    body.origin(value) == Origin::Parameter(0) && !world.program.is_static(method)
}

fn as_descriptor(name: &str) -> String {
    if name.ends_with(';') {
        name.to_owned()
    } else {
        format!("L{};", name.replace('.', "/"))
    }
}

/// How a reflected method of the app is linked to the call: its result is the call's, and what it
/// does to its receiver it does to the call's first argument.
pub(super) const LINK: Link = Link::Callback {
    result: Some(Position::Return),
    fills: Some((0, Position::Argument(1))),
};

impl Engine<'_, '_, '_> {
    /// Follows `Method.invoke` when class and name are constants; whether it was such a call.
    pub(super) fn reflected(&mut self, at: &At<'_>, call: Call) -> bool {
        if !is_invocation(self.world, call) {
            return false;
        }
        // Operands: the method, the receiver, the arguments as an array.
        let arguments = match (at.operand, self.slot(at.node.slot)) {
            (1, _) => vec![(0, at.node.slot)],
            (2, Slot::Key(index)) => match index.parse::<usize>() {
                Ok(index) => vec![(index.saturating_add(1), SlotId::WHOLE)],
                Err(_) => Vec::new(),
            },
            // Which of them holds it is not known.
            (2, _) => (1..=4).map(|argument| (argument, at.node.slot)).collect(),
            _ => Vec::new(),
        };
        for reflected in reflected_at(self.world, at.place()) {
            for (argument, slot) in &arguments {
                match &reflected {
                    Reflected::Own(method) => {
                        let is_static = self.world.program.is_static(*method);
                        let position = argument.saturating_sub(usize::from(is_static));
                        if let Some(id) = self.with_slot(at, *slot) {
                            self.enter(id, at.step, *method, position, LINK);
                        }
                    }
                    Reflected::Outside(class, name) => {
                        let binding = self.world.bound.outside(class, name);
                        self.reflected_model(at, &binding, *argument);
                    }
                }
            }
        }
        true
    }

    /// The same fact with another slot, for a method that gets an element of the array.
    fn with_slot(&mut self, at: &At<'_>, slot: SlotId) -> Option<NodeId> {
        if slot == at.node.slot {
            return Some(at.id);
        }
        let since = at.step.saturating_add(1);
        let value = at.operands().get(at.operand).copied()?;
        let known = self.push(at.node.context, value, since, slot, at.node.source, at.cause());
        known.or(Some(at.id))
    }

    fn reflected_model(&mut self, at: &At<'_>, binding: &Binding<'_>, argument: usize) {
        let is_in = |position: &Position| match position {
            Position::This => argument == 0,
            Position::Argument(wanted) => usize::from(*wanted) == argument,
            Position::Arguments => argument > 0,
            Position::All => true,
            Position::Return => false,
        };
        if let Some(sink) = binding.sink
            && sink.kind != "stream"
            && sink.from.iter().any(is_in)
        {
            self.leak(at.id, at.place(), &sink.kind);
        }
        let flows_out = |rule: &Rule| is_in(&rule.from) && rule.to == Position::Return;
        if binding.flows.is_some_and(|flows| flows.iter().any(flows_out)) {
            self.result(at, SlotId::WHOLE);
        }
    }
}
