//! Objects that are filled after they were made: the fact holds for every name of the object.
//!
//! Aliases are found backwards from where the object is filled: through the field, the array, the
//! argument or the call it came from.

use super::slots::SlotId;
use super::transfer::At;
use super::{Cause, ContextId, Engine, ExitAt, NodeId, SourceId, Through};
use crate::formats::dex::Opcode;
use crate::harvest::body::{Body, Origin, ValueId};
use crate::harvest::program::{FieldId, MethodId, TypeId};

/// Hops back from an object to where it came from.
const DEPTH: u32 = 6;

/// What is filled, where, and with what.
#[derive(Clone, Copy)]
struct Filling<'b> {
    context: ContextId,
    method: MethodId,
    body: &'b Body,
    step: u32,
    source: SourceId,
    cause: Cause,
}

impl Engine<'_, '_, '_> {
    /// An object holds something from this step on.
    pub(super) fn fill(&mut self, at: &At<'_>, object: ValueId, slot: SlotId) {
        let filling = Filling {
            context: at.node.context,
            method: at.method,
            body: at.body,
            step: at.step,
            source: at.node.source,
            cause: at.cause(),
        };
        self.fill_object(&filling, object, slot, DEPTH);
    }

    /// A call of another method filled one of its arguments.
    pub(super) fn fill_argument(
        &mut self,
        (context, method, body): (ContextId, MethodId, &Body),
        (step, object): (u32, ValueId),
        (slot, source): (SlotId, SourceId),
        cause: Cause,
    ) {
        let filling = Filling {
            context,
            method,
            body,
            step,
            source,
            cause,
        };
        self.fill_object(&filling, object, slot, DEPTH);
    }

    fn fill_object(&mut self, filling: &Filling<'_>, object: ValueId, slot: SlotId, depth: u32) {
        let since = filling.step.saturating_add(1);
        let Some(id) = self.push(
            filling.context,
            object,
            since,
            slot,
            filling.source,
            filling.cause,
        ) else {
            return;
        };
        let Some(depth) = depth.checked_sub(1) else { return };
        match filling.body.origin(object) {
            Origin::Undefined => {}
            Origin::Parameter(position) => self.leave(id, ExitAt::Parameter(position)),
            Origin::Phi => {
                for operand in filling.body.phi_operands(object) {
                    self.fill_object(filling, *operand, slot, depth);
                }
            }
            Origin::Instruction(step) => {
                let Some(row) = filling.body.step(step) else {
                    return;
                };
                let operands = filling.body.operands(step);
                match (row.opcode, operands.first()) {
                    (Opcode::IgetObject, Some(owner)) => {
                        let Some(field) = self.world.field(filling.method, filling.body, step) else {
                            return;
                        };
                        if let Some(part) = self.part_outside(field) {
                            self.fill_object(filling, *owner, slot.carried_or(part), depth);
                        } else {
                            self.add_contents(field, slot, filling.source, id);
                            self.fill_written(field, slot, filling.source, id);
                            if !self.is_address(slot) && self.is_bean(self.world.program.field(field).class) {
                                self.fill_object(filling, *owner, SlotId::CARRIER, depth);
                            }
                        }
                    }
                    (Opcode::SgetObject, _) => {
                        if let Some(field) = self.world.field(filling.method, filling.body, step) {
                            self.add_contents(field, slot, filling.source, id);
                            self.fill_written(field, slot, filling.source, id);
                        }
                    }
                    (Opcode::AgetObject, Some(array)) => {
                        self.fill_object(filling, *array, slot.carried_or(SlotId::WHOLE), depth);
                    }
                    _ => self.fill_result(filling, step, id, slot, depth),
                }
            }
        }
    }

    /// The object came from a call: from its receiver, by a model, or from a field that the called
    /// method gives out.
    fn fill_result(&mut self, filling: &Filling<'_>, step: u32, id: NodeId, slot: SlotId, depth: u32) {
        let Some(call) = self.world.call(filling.method, filling.body, step) else {
            return;
        };
        let world = self.world;
        if let Some(binding) = world.bound.of(call.callee)
            && binding.flows.is_some()
        {
            if let (Some(rule), Some(receiver)) = (binding.gives_back(), filling.body.operands(step).first())
            {
                let slot = if rule.is_same {
                    slot
                } else {
                    slot.carried_or(SlotId::WHOLE)
                };
                self.fill_object(filling, *receiver, slot, depth);
            }
            return;
        }
        let Some(target) = world.resolve(call.callee) else {
            return;
        };
        let Some(body) = world.body(target) else { return };
        for (_, value) in body.returns() {
            let Origin::Instruction(made) = body.origin(value) else {
                continue;
            };
            let opcode = body.step(made).map(|row| row.opcode);
            if matches!(opcode, Some(Opcode::IgetObject | Opcode::SgetObject))
                && let Some(field) = world.field(target, &body, made)
            {
                self.add_contents(field, slot, filling.source, id);
            }
        }
    }

    /// The object in a field was filled: it is the object that was written there, which may have
    /// other names as well.
    fn fill_written(&mut self, field: FieldId, slot: SlotId, source: SourceId, id: NodeId) {
        const WRITES: usize = 6;
        let writes = self.world.index.writes_of(field);
        if writes.len() > WRITES || self.is_address(slot) {
            return;
        }
        for site in writes {
            if !self.reach.contains(site.method) {
                continue;
            }
            let Some((place, body, value)) = self.world.written(*site) else {
                continue;
            };
            let context = self.context(place.method, None);
            let cause = Cause::Hop(id, Through::Field);
            let Some(written) = self.push(context, value, 0, slot, source, cause) else {
                continue;
            };
            match body.origin(value) {
                Origin::Parameter(position) => self.leave(written, ExitAt::Parameter(position)),
                Origin::Instruction(step) => {
                    let opcode = body.step(step).map(|row| row.opcode);
                    if matches!(opcode, Some(Opcode::IgetObject | Opcode::SgetObject))
                        && let Some(other) = self.world.field(place.method, &body, step)
                        && other != field
                    {
                        self.add_contents(other, slot, source, written);
                    }
                }
                Origin::Phi | Origin::Undefined => {}
            }
        }
    }

    /// An object of the app got the data into one of its fields.
    pub(super) fn fill_carrier(&mut self, at: &At<'_>) {
        if self.is_address(at.node.slot) {
            return;
        }
        let Some(owner) = at.operands().get(1).copied() else {
            return;
        };
        let Some(field) = self.world.field(at.method, at.body, at.step) else {
            return;
        };
        if self.is_bean(self.world.program.field(field).class) {
            self.fill(at, owner, SlotId::CARRIER);
        }
    }

    /// A field holds what the fact says: for whoever reads it, or, when its class is not the app's,
    /// as a part of the object it was written to.
    pub(super) fn store_field(&mut self, at: &At<'_>) {
        let Some(field) = self.world.field(at.method, at.body, at.step) else {
            return;
        };
        match (self.part_outside(field), at.operands().get(1).copied()) {
            (Some(part), Some(object)) if !self.is_address(at.node.slot) => {
                self.fill(at, object, at.node.slot.carried_or(part));
            }
            _ => {
                self.add_field(field, at.node.slot, at.node.source, at.id);
                self.read_back(at, field);
            }
        }
    }

    /// The part of an object that a field of a class outside the app is; such classes, as messages
    /// and pairs, are used for everything, so that their fields are no places of their own.
    pub(super) fn part_outside(&mut self, field: FieldId) -> Option<SlotId> {
        let row = self.world.program.field(field);
        if self.world.program.class(row.class).is_some() {
            return None;
        }
        let name = String::from_utf8_lossy(self.world.program.name(row.name)).into_owned();
        Some(self.slots.key(&format!(".{name}")))
    }

    /// Whether objects of a class are made to hold data: they inherit from nothing outside the app
    /// but what marks such objects.
    pub(super) fn is_bean(&self, class: TypeId) -> bool {
        const OF_DATA: [&str; 5] = [
            "Ljava/lang/Object;",
            "Ljava/io/Serializable;",
            "Landroid/os/Parcelable;",
            "Ljava/lang/Cloneable;",
            "Ljava/lang/Comparable;",
        ];
        self.world.program.class(class).is_some()
            && self.world.hierarchy.supertypes(class).into_iter().all(|above| {
                self.world.program.class(above).is_some() || OF_DATA.contains(&self.world.descriptor(above))
            })
    }
}
