//! What one instruction does with a fact.

use super::slots::{Slot, SlotId};
use super::ways::comes_without;
use super::{Cause, Engine, Exit, ExitAt, Node, NodeId};
use crate::formats::dex::{Flow, Opcode};
use crate::harvest::body::{Body, Use, ValueId};
use crate::harvest::program::MethodId;
use crate::harvest::texts::Evaluator;
use crate::harvest::world::Place;

/// A fact at an instruction that uses its value.
#[derive(Clone, Copy)]
pub(super) struct At<'b> {
    pub(super) id: NodeId,
    pub(super) node: Node,
    pub(super) method: MethodId,
    pub(super) body: &'b Body,
    pub(super) step: u32,
    /// Which operand of the instruction holds it.
    pub(super) operand: usize,
}

impl At<'_> {
    pub(super) fn place(&self) -> Place {
        Place {
            method: self.method,
            step: self.step,
        }
    }

    pub(super) fn operands(&self) -> &[ValueId] {
        self.body.operands(self.step)
    }

    pub(super) fn cause(&self) -> Cause {
        Cause::Step(self.id, self.step)
    }
}

impl Engine<'_, '_, '_> {
    /// Follows a fact to every use of its value.
    pub(super) fn follow(&mut self, id: NodeId, node: &Node) {
        let Some(method) = self.method_of(node.context) else {
            return;
        };
        let Some(body) = self.world.body(method) else {
            return;
        };
        for one in body.uses(node.value) {
            match *one {
                Use::Phi(value) => {
                    let cause = Cause::Step(id, u32::MAX);
                    self.push(node.context, value, node.since, node.slot, node.source, cause);
                }
                Use::Step { step, operand } => {
                    let at = At {
                        id,
                        node: *node,
                        method,
                        body: &body,
                        step,
                        operand: usize::from(operand),
                    };
                    let is_later = node.since == 0 || body.follows(node.since.saturating_sub(1), step);
                    let is_emptied = is_later && self.is_emptied(node, method, &body, step);
                    if is_emptied || (!self.is_address(node.slot) && self.world.is_dead(method, step)) {
                        continue;
                    }
                    self.step(&at, is_later);
                }
            }
        }
    }

    /// What an instruction makes of a fact. An object that is filled later than it is stored is
    /// still the same object: stores count even when they come first.
    fn step(&mut self, at: &At<'_>, is_later: bool) {
        let Some(row) = at.body.step(at.step) else { return };
        use Opcode as O;
        match row.opcode {
            O::Iput | O::IputWide | O::IputObject | O::IputByte | O::IputChar | O::IputShort => {
                self.put_field(at);
            }
            O::Sput | O::SputWide | O::SputObject | O::SputByte | O::SputChar | O::SputShort => {
                self.store_field(at);
            }
            O::Aput | O::AputWide | O::AputObject | O::AputByte | O::AputChar | O::AputShort => {
                self.fill_array(at);
            }
            _ if row.opcode.flow().contains(Flow::INVOKE) => self.call(at, is_later),
            _ if !is_later => {}
            O::Aget | O::AgetWide | O::AgetObject | O::AgetByte | O::AgetChar | O::AgetShort => {
                self.read_array(at);
            }
            O::Iget | O::IgetWide | O::IgetObject | O::IgetByte | O::IgetChar | O::IgetShort => {
                self.read_field(at);
            }
            O::Return | O::ReturnWide | O::ReturnObject => self.exit(at, ExitAt::Return),
            O::Throw => {
                let held = (at.node.slot, at.node.source);
                self.caught(at.node.context, at.body, at.step, held, at.cause());
                self.exit(at, ExitAt::Thrown);
            }
            O::InstanceOf | O::ArrayLength | O::NewArray => {}
            O::CmplFloat | O::CmpgFloat | O::CmplDouble | O::CmpgDouble | O::CmpLong => {}
            O::FilledNewArray | O::FilledNewArrayRange => self.result(at, at.node.slot),
            // Arithmetic: what is computed from the data is the data in another form.
            _ if at.node.slot == SlotId::WHOLE => self.result(at, SlotId::WHOLE),
            _ => {}
        }
    }

    /// The value that the instruction makes holds the same.
    pub(super) fn result(&mut self, at: &At<'_>, slot: SlotId) {
        if let Some(value) = at.body.step(at.step).and_then(|row| row.result) {
            self.push(at.node.context, value, 0, slot, at.node.source, at.cause());
        }
    }

    /// A value is put into a field of an object; the object itself gets nothing by being one.
    fn put_field(&mut self, at: &At<'_>) {
        if at.operand == 0 {
            self.store_field(at);
            self.fill_carrier(at);
        }
    }

    fn fill_array(&mut self, at: &At<'_>) {
        if at.operand != 0 {
            return;
        }
        let (Some(array), Some(index)) = (at.operands().get(1).copied(), at.operands().get(2).copied())
        else {
            return;
        };
        let slot = match self.slot(at.node.slot) {
            Slot::Carrier | Slot::Address { .. } => at.node.slot,
            Slot::Whole | Slot::Key(_) => self.element(at, index).unwrap_or(SlotId::WHOLE),
        };
        self.fill(at, array, slot);
    }

    /// The slot of an array element or list row with a constant index.
    fn element(&mut self, at: &At<'_>, index: ValueId) -> Option<SlotId> {
        let texts = Evaluator::new(self.world).texts(at.method, index);
        // The constant 0 may be a null; as an index it is a number.
        let texts: Vec<&String> = texts.texts.iter().collect();
        match texts.as_slice() {
            [only] if only.parse::<i64>().is_ok() => Some(self.slots.key(only)),
            _ => None,
        }
    }

    fn read_array(&mut self, at: &At<'_>) {
        if at.operand != 0 {
            return;
        }
        let slot = match self.slot(at.node.slot).clone() {
            Slot::Key(_) => {
                let index = at.operands().get(1).copied();
                match index.and_then(|index| self.element(at, index)) {
                    Some(other) if other != at.node.slot => return,
                    _ => SlotId::WHOLE,
                }
            }
            _ => at.node.slot,
        };
        self.result(at, slot);
    }

    /// A field of an object that is itself what was read, such as one of the framework or one made
    /// from the data by a library.
    fn read_field(&mut self, at: &At<'_>) {
        let Some(field) = self.world.field(at.method, at.body, at.step) else {
            return;
        };
        match (self.part_outside(field), at.node.slot) {
            (_, SlotId::WHOLE) => self.result(at, SlotId::WHOLE),
            (Some(part), slot) if slot == part => self.result(at, SlotId::WHOLE),
            (Some(_), SlotId::CARRIER) => self.result(at, SlotId::CARRIER),
            (None, SlotId::CARRIER) => self.read_carrier(at),
            _ => {}
        }
    }

    /// Whether a container is emptied on every way from where it was filled to here.
    fn is_emptied(&self, node: &Node, method: MethodId, body: &Body, step: u32) -> bool {
        if node.since == 0 {
            return false;
        }
        let filled = node.since.saturating_sub(1);
        body.uses(node.value).iter().any(|one| {
            let Use::Step {
                step: other,
                operand: 0,
            } = *one
            else {
                return false;
            };
            other != step
                && self.empties(method, body, other)
                && !comes_without(body, Some(filled), step, other)
        })
    }

    fn empties(&self, method: MethodId, body: &Body, step: u32) -> bool {
        let Some(call) = self.world.call(method, body, step) else {
            return false;
        };
        let (class, name) = self.world.named(call.callee);
        if !class.starts_with("Ljava/") && !class.starts_with("Landroid/") {
            return false;
        }
        let is_zero = |operand: Option<&ValueId>| {
            operand.is_some_and(|value| {
                let texts = Evaluator::new(self.world).texts(method, *value);
                texts.texts.iter().all(|text| text == "0") && !texts.texts.is_empty()
            })
        };
        match name {
            "clear" | "reset" => true,
            "setLength" | "delete" => is_zero(body.operands(step).get(1)),
            _ => false,
        }
    }

    /// Takes a fact out of the method: back to the call that entered it with its context, or to
    /// every caller when it arose within.
    pub(super) fn exit(&mut self, at: &At<'_>, position: ExitAt) {
        self.leave(at.id, position);
        if position == ExitAt::Return && self.is_script_interface(at.method) {
            self.leak(at.id, at.place(), "webview-bridge");
        }
    }

    /// See [`Engine::exit`]; the fact is the last one within the method. It is settled later, so that
    /// chains of calls are no chains of calls here.
    pub(super) fn leave(&mut self, id: NodeId, position: ExitAt) {
        self.leaving.push_back((id, position));
    }

    /// Hands on a fact that leaves its method.
    pub(super) fn settle(&mut self, id: NodeId, position: ExitAt) {
        let Some(node) = self.nodes.get(id as usize).copied() else {
            return;
        };
        let exit = Exit {
            at: position,
            slot: node.slot,
            source: node.source,
            node: id,
        };
        let Some((method, context)) = self.contexts.get_mut(node.context as usize) else {
            return;
        };
        let method = *method;
        let is_known = context
            .exits
            .iter()
            .any(|known| (known.at, known.slot, known.source) == (exit.at, exit.slot, exit.source));
        if is_known {
            return;
        }
        context.exits.push(exit);
        let (entry, incoming) = (context.entry, context.incoming.clone());
        for caller in incoming {
            self.come_back(caller, exit);
        }
        if entry.is_none() {
            self.leave_for_callers(method, exit);
        }
    }
}
