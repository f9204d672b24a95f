//! Intents: from where one is sent to the components that get it, by class or by action.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::transfer::At;
use super::types::exact;
use super::{Cause, Engine, Through};
use crate::harvest::body::{Body, Use, ValueId};
use crate::harvest::program::{MethodId, TypeId};
use crate::harvest::texts::Evaluator;
use crate::harvest::world::World;

/// Calls of a chain that give the intent back.
const CHAIN: usize = 32;
/// Receivers registered by code that are looked at.
const REGISTERED: usize = 500;

/// Which components answer to which action.
pub type Actions = BTreeMap<String, BTreeSet<TypeId>>;

impl Engine<'_, '_, '_> {
    /// An intent with the data in it is on its way to a component.
    pub(super) fn deliver(&mut self, at: &At<'_>, intent: ValueId) {
        if at.operands().get(at.operand) != Some(&intent) || self.is_address(at.node.slot) {
            return;
        }
        for class in self.receivers(at.method, at.body, intent) {
            self.receive(at, class);
        }
    }

    /// The components an intent names, by class where it does, else by its action.
    fn receivers(&mut self, method: MethodId, body: &Body, intent: ValueId) -> BTreeSet<TypeId> {
        let mut classes = BTreeSet::new();
        let mut actions = BTreeSet::new();
        for alias in aliases(self.world, method, body, intent) {
            for one in body.uses(alias) {
                let Use::Step { step, operand: 0 } = *one else {
                    continue;
                };
                let Some(call) = self.world.call(method, body, step) else {
                    continue;
                };
                let name = self.world.named(call.callee).1;
                if !matches!(
                    name,
                    "<init>" | "setClass" | "setClassName" | "setComponent" | "setAction"
                ) {
                    continue;
                }
                for operand in body.operands(step).iter().skip(1) {
                    for text in self.names_in(method, body, *operand) {
                        match self.world.class_called(&text) {
                            Some(class) => {
                                classes.insert(class);
                            }
                            None => {
                                actions.insert(text);
                            }
                        }
                    }
                }
            }
        }
        if classes.is_empty() {
            let answering = self.answering();
            for action in &actions {
                classes.extend(answering.get(action).into_iter().flatten());
            }
        }
        classes
    }

    /// Texts of an argument; those of a component name are its class's.
    fn names_in(&self, method: MethodId, body: &Body, value: ValueId) -> BTreeSet<String> {
        let evaluator = Evaluator::new(self.world);
        let mut found = evaluator.texts(method, value).texts;
        for one in body.uses(value) {
            let Use::Step { step, operand: 0 } = *one else {
                continue;
            };
            let is_name = self.world.call(method, body, step).is_some_and(|call| {
                self.world.named(call.callee) == ("Landroid/content/ComponentName;", "<init>")
            });
            if is_name && let Some(class) = body.operands(step).get(2) {
                found.extend(evaluator.texts(method, *class).texts);
            }
        }
        found
    }

    /// Who answers to which action: what the manifest says, and receivers that code registers.
    fn answering(&mut self) -> Rc<Actions> {
        if let Some(known) = &self.answering {
            return Rc::clone(known);
        }
        let mut found = self.actions.clone();
        let name = self.world.program.find_name(b"registerReceiver");
        let methods = name.map(|name| self.world.program.methods_named(name));
        let sites = methods.unwrap_or_default().iter();
        let sites = sites.flat_map(|method| self.world.index.calls_to(*method));
        for site in sites.take(REGISTERED) {
            let Some(place) = self.world.place(site.method, site.address) else {
                continue;
            };
            let Some(body) = self.world.body(place.method) else {
                continue;
            };
            let operands = body.operands(place.step);
            let (Some(receiver), Some(filter)) = (operands.get(1), operands.get(2)) else {
                continue;
            };
            let classes = exact(self.world, place.method, &body, *receiver).unwrap_or_default();
            for action in filtered(self.world, place.method, &body, *filter) {
                found.entry(action).or_default().extend(&classes);
            }
        }
        let found = Rc::new(found);
        self.answering = Some(Rc::clone(&found));
        found
    }

    /// A component gets the intent: as an argument of its callbacks, and by `getIntent`.
    fn receive(&mut self, at: &At<'_>, component: TypeId) {
        let cause = Cause::Hop(at.id, Through::Intent);
        let (slot, source) = (at.node.slot, at.node.source);
        let program = self.world.program;
        let Some(class) = program.class(component) else {
            return;
        };
        for method in class.methods.clone() {
            let prototype = program.prototype(program.method(method).prototype);
            let position = prototype
                .parameters
                .iter()
                .position(|parameter| program.descriptor(*parameter) == b"Landroid/content/Intent;");
            if let Some(position) = position
                && !program.is_static(method)
            {
                self.hop_to_parameter(method, position.saturating_add(1), slot, source, cause);
            }
        }
        let Some(name) = program.find_name(b"getIntent") else {
            return;
        };
        for reference in program.methods_named(name).to_vec() {
            for site in self.world.index.calls_to(reference) {
                if self.is_within(site.method, component)
                    && let Some(place) = self.world.place(site.method, site.address)
                {
                    self.hop(place, slot, source, cause);
                }
            }
        }
    }

    /// Whether a method belongs to a class or to one written inside it.
    fn is_within(&self, method: MethodId, class: TypeId) -> bool {
        let outer = self.world.descriptor(class);
        let own = self.world.named(method).0;
        own == outer
            || outer
                .strip_suffix(';')
                .and_then(|start| own.strip_prefix(start))
                .is_some_and(|rest| rest.starts_with('$'))
    }
}

/// The values that are the same intent: what fluent calls on it give back, and what it came from.
fn aliases(world: &World<'_, '_>, method: MethodId, body: &Body, intent: ValueId) -> BTreeSet<ValueId> {
    let gives_back = |step: u32| {
        let binding = world.bound.of(world.call(method, body, step)?.callee)?;
        binding.gives_back().filter(|rule| rule.is_same)
    };
    let mut root = intent;
    for _ in 0..CHAIN {
        let Some(step) = World::made_by(body, root) else {
            break;
        };
        if gives_back(step).is_none() {
            break;
        }
        let Some(receiver) = body.operands(step).first() else {
            break;
        };
        root = *receiver;
    }
    let mut found = BTreeSet::from([root]);
    let mut left = vec![root];
    while let Some(value) = left.pop() {
        for one in body.uses(value) {
            let Use::Step { step, operand: 0 } = *one else {
                continue;
            };
            if let Some(result) = body.step(step).and_then(|row| row.result)
                && found.len() < CHAIN
                && gives_back(step).is_some()
                && found.insert(result)
            {
                left.push(result);
            }
        }
    }
    found
}

/// The actions of a filter that is made in the method.
fn filtered(world: &World<'_, '_>, method: MethodId, body: &Body, filter: ValueId) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for one in body.uses(filter) {
        let Use::Step { step, operand: 0 } = *one else {
            continue;
        };
        let Some(call) = world.call(method, body, step) else {
            continue;
        };
        if matches!(world.named(call.callee).1, "<init>" | "addAction")
            && let Some(action) = body.operands(step).get(1)
        {
            found.extend(Evaluator::new(world).texts(method, *action).texts);
        }
    }
    found
}
