//! Facts at calls of methods that the models speak of.

use super::Engine;
use super::slots::{Shape, Slot, SlotId};
use super::streams::attached;
use super::transfer::At;
use crate::harvest::body::ValueId;
use crate::harvest::models::bind::Binding;
use crate::harvest::models::{Position, Rule, Sink, Slot as Part};
use crate::harvest::texts::Evaluator;
use crate::harvest::world::Call;

impl Engine<'_, '_, '_> {
    /// Applies everything a model says. Objects that are given to a constructor before they are
    /// filled are still the same objects, so flows of constructors count in either order.
    pub(super) fn modelled(&mut self, at: &At<'_>, call: Call, binding: &Binding<'_>, is_later: bool) {
        if is_later {
            if let Some(sink) = binding.sink {
                self.sink(at, call, sink);
            }
            if let Some(store) = binding.store
                && store.writes
                && call.holds(store.value, at.operand)
            {
                let name = self.operand(at, call, store.name);
                self.keep(at, &store.kind, name);
            }
            if let Some(delivery) = binding.delivery
                && let Some(intent) = self.operand(at, call, delivery.intent)
            {
                self.deliver(at, intent);
            }
            for invocation in binding.invokes {
                self.call_back(at, call, invocation);
            }
            // Looking up every row of a table one by one is reading the table.
            if binding.read.is_some() && self.is_bulk(at.node.source) {
                self.result(at, SlotId::WHOLE);
            }
        }
        for rule in binding.flows.into_iter().flatten() {
            if call.holds(rule.from, at.operand) {
                self.apply(at, call, rule, binding);
            }
        }
    }

    fn is_bulk(&self, source: u16) -> bool {
        self.origins
            .get(usize::from(source))
            .is_some_and(|origin| origin.shape == Shape::Bulk)
    }

    /// An object that is put into a container before it is filled is still the same object.
    pub(super) fn contained_before(&mut self, at: &At<'_>, call: Call) {
        let Some(binding) = self.world.bound.of(call.callee).copied() else {
            return;
        };
        if self.is_address(at.node.slot) {
            return;
        }
        for rule in binding.flows.into_iter().flatten() {
            let stores = rule.to == Position::This && rule.from != Position::This;
            if stores && call.holds(rule.from, at.operand) {
                self.apply(at, call, rule, &binding);
            }
        }
        // Who is registered with an object hears of what it gets later.
        for invocation in binding.invokes {
            let hears = invocation.arguments.contains(&Some(Position::This));
            if hears && call.holds(Position::This, at.operand) {
                self.call_back(at, call, invocation);
            }
        }
    }

    fn operand(&self, at: &At<'_>, call: Call, position: Position) -> Option<ValueId> {
        at.operands().get(call.operand(position)?).copied()
    }

    fn sink(&mut self, at: &At<'_>, call: Call, sink: &Sink) {
        if !sink.from.iter().any(|position| call.holds(*position, at.operand)) {
            return;
        }
        if sink.kind != "stream" {
            self.leak(at.id, at.place(), &sink.kind);
            return;
        }
        let Some(stream) = at.operands().first().copied() else {
            return;
        };
        let Some(ends) = attached(self.world, at.method, stream) else {
            self.leak(at.id, at.place(), "unknown");
            return;
        };
        for end in ends {
            self.leak(at.id, at.place(), &end.kind);
            if end.kind == "file" {
                self.keep_file(at.id, at.node.source, &end.path);
            }
        }
    }

    fn apply(&mut self, at: &At<'_>, call: Call, rule: &Rule, binding: &Binding<'_>) {
        let Some(slot) = self.part_taken(at, call, rule) else {
            return;
        };
        match rule.to {
            Position::Return => {
                let slot = self.part_given(at, call, rule, slot);
                if let Some(slot) = self.as_returned(call, slot, binding.is_general) {
                    self.result(at, slot);
                }
            }
            Position::This | Position::Argument(_) => {
                let Some(object) = self.operand(at, call, rule.to) else {
                    return;
                };
                let slot = self.part_given(at, call, rule, slot);
                self.fill(at, object, slot);
                if rule.to == Position::This && !call.is_static {
                    self.give_back(at, call, slot, binding);
                }
            }
            Position::Arguments | Position::All => {}
        }
    }

    /// A call that fills its receiver and gives it back, as builders do.
    fn give_back(&mut self, at: &At<'_>, call: Call, slot: SlotId, binding: &Binding<'_>) {
        let Some(rule) = binding.gives_back() else {
            return;
        };
        let slot = if rule.is_same {
            slot
        } else {
            slot.carried_or(SlotId::WHOLE)
        };
        if let Some(slot) = self.as_returned(call, slot, binding.is_general) {
            self.result(at, slot);
        }
    }

    /// What a rule takes out of the value, `None` when it takes another part of it.
    fn part_taken(&mut self, at: &At<'_>, call: Call, rule: &Rule) -> Option<SlotId> {
        let key = match self.slot(at.node.slot) {
            Slot::Key(key) => key.clone(),
            Slot::Whole | Slot::Carrier | Slot::Address { .. } => return Some(at.node.slot),
        };
        if rule.is_same {
            return Some(at.node.slot);
        }
        let Part::Named(argument) = rule.from_slot else {
            return Some(SlotId::WHOLE);
        };
        match self.constant(at, call, argument) {
            Some(wanted) if wanted != key => None,
            _ => Some(SlotId::WHOLE),
        }
    }

    /// What a rule makes of it on the other side.
    fn part_given(&mut self, at: &At<'_>, call: Call, rule: &Rule, slot: SlotId) -> SlotId {
        if rule.to == Position::This
            && slot == SlotId::WHOLE
            && let Some(position) = super::positions::appended_at(self.world, at.method, at.body, at.step)
        {
            return self.slots.key(&position.to_string());
        }
        match rule.to_slot {
            Part::Named(argument) if slot != SlotId::CARRIER => match self.constant(at, call, argument) {
                Some(key) => self.slots.key(&key),
                None => SlotId::WHOLE,
            },
            _ => slot,
        }
    }

    fn constant(&self, at: &At<'_>, call: Call, argument: u8) -> Option<String> {
        let value = self.operand(at, call, Position::Argument(argument))?;
        let texts = Evaluator::new(self.world).texts(at.method, value);
        match texts.texts.first() {
            Some(text) if texts.texts.len() == 1 && !text.contains(crate::harvest::texts::HOLE) => {
                Some(text.clone())
            }
            _ => None,
        }
    }

    /// An object of the app that was made into a text, an array or a document is the data itself;
    /// truth values carry none, nor do numbers unless a model says so of that very method.
    fn as_returned(&self, call: Call, slot: SlotId, is_general: bool) -> Option<SlotId> {
        let program = self.world.program;
        let prototype = program.prototype(program.method(call.callee).prototype);
        match self.world.descriptor(prototype.result) {
            "Z" | "V" => None,
            "I" | "B" | "S" | "C" | "J" | "F" | "D" if is_general => None,
            "Ljava/lang/String;" | "Ljava/lang/CharSequence;" | "[B" | "[C" => Some(SlotId::WHOLE),
            _ => Some(slot),
        }
    }
}
