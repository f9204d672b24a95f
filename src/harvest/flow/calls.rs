//! Facts at calls: into the methods that may run, back out of them, and into callbacks.

use std::collections::BTreeMap;

use super::reflection::{LINK, Reflected, invoked};
use super::slots::SlotId;
use super::transfer::At;
use super::types::exact;
use super::{Cause, ContextId, Engine, Exit, ExitAt, Incoming, Link, NodeId, SourceId, Through};
use crate::formats::dex::{Opcode, Value, access};
use crate::harvest::body::Body;
use crate::harvest::models::{Hop, Invocation, Position, Target};
use crate::harvest::program::{MethodId, TypeId};
use crate::harvest::world::{Call, Place};

/// Calls with callbacks whose results are looked for.
const CALLBACK_CALLS: usize = 4_000;

impl Engine<'_, '_, '_> {
    /// A fact is an operand of a call.
    pub(super) fn call(&mut self, at: &At<'_>, is_later: bool) {
        let Some(call) = self.world.call(at.method, at.body, at.step) else {
            // A call through a method handle: nothing is known of it.
            return;
        };
        let is_constructor = self.world.is_constructor(call.callee);
        if !is_later && !is_constructor {
            self.contained_before(at, call);
            return;
        }
        if self.is_address(at.node.slot) {
            self.address_at_call(at, call);
            return;
        }
        if self.reflected(at, call) {
            return;
        }
        let binding = self.world.bound.of(call.callee).copied();
        if let Some(binding) = binding {
            self.modelled(at, call, &binding, is_later);
            if binding.flows.is_some() || !binding.invokes.is_empty() {
                return;
            }
        }
        if self.is_request(call.callee) && is_later {
            self.leak(at.id, at.place(), "network");
            return;
        }
        let targets = self.targets(at.method, at.body, at.step, call);
        for target in &targets {
            self.enter(at.id, at.step, *target, at.operand, Link::Direct);
        }
        if is_later {
            self.by_default(at, call, targets.is_empty());
        }
    }

    /// What is assumed of a method whose code is out of sight, and of one that makes a text of any
    /// object, as serializers do.
    fn by_default(&mut self, at: &At<'_>, call: Call, is_outside: bool) {
        let program = self.world.program;
        let prototype = program.prototype(program.method(call.callee).prototype);
        let returned = self.world.descriptor(prototype.result);
        let is_text = matches!(returned, "Ljava/lang/String;" | "Ljava/lang/CharSequence;")
            || returned.starts_with('[');
        if !is_text {
            return;
        }
        let parameter = at.operand.checked_sub(usize::from(!call.is_static));
        let takes_anything = parameter
            .and_then(|parameter| prototype.parameters.get(parameter))
            .is_some_and(|parameter| program.descriptor(*parameter) == b"Ljava/lang/Object;");
        if is_outside || (takes_anything && at.node.slot == SlotId::CARRIER) {
            self.result(at, SlotId::WHOLE);
        }
    }

    /// The methods of the app that a call may run.
    pub(super) fn targets(&self, method: MethodId, body: &Body, step: u32, call: Call) -> Vec<MethodId> {
        let row = self.world.program.method(call.callee);
        let resolve = |class| self.world.hierarchy.resolve(class, row.selector);
        if !call.is_virtual {
            return resolve(row.class).into_iter().collect();
        }
        let receiver = body.operands(step).first().copied();
        if let Some(classes) = receiver.and_then(|receiver| exact(self.world, method, body, receiver)) {
            let mut found: Vec<MethodId> = classes.into_iter().filter_map(resolve).collect();
            found.sort_unstable();
            found.dedup();
            return found;
        }
        let targets = self.world.hierarchy.targets(
            row.class,
            row.selector,
            self.reach.instantiated(),
            self.caps.targets,
        );
        if targets.complete {
            targets.methods
        } else {
            Vec::new()
        }
    }

    /// Enters a method with the fact in one of its parameters.
    pub(super) fn enter(&mut self, id: NodeId, step: u32, target: MethodId, position: usize, link: Link) {
        let Some(node) = self.nodes.get(id as usize).copied() else {
            return;
        };
        let Some(body) = self.world.body(target) else {
            return;
        };
        let Some(value) = body.parameters().get(position).copied() else {
            return;
        };
        let Ok(parameter) = u16::try_from(position) else {
            return;
        };
        let context = self.context(target, Some((parameter, node.slot, node.source)));
        let incoming = Incoming { node: id, step, link };
        let Some((_, row)) = self.contexts.get_mut(context as usize) else {
            return;
        };
        if row.incoming.contains(&incoming) {
            return;
        }
        row.incoming.push(incoming);
        let exits = row.exits.clone();
        for exit in exits {
            self.come_back(incoming, exit);
        }
        self.push(context, value, 0, node.slot, node.source, Cause::Enter(id, step));
    }

    /// What leaves a method comes back to the call that entered it.
    pub(super) fn come_back(&mut self, incoming: Incoming, exit: Exit) {
        let Some(node) = self.nodes.get(incoming.node as usize).copied() else {
            return;
        };
        let cause = Cause::Call(incoming.node, exit.node, incoming.step);
        self.arrive(node.context, incoming.step, incoming.link, exit, cause);
    }

    /// Puts what leaves a method into the call at `step` of a context.
    fn arrive(&mut self, context: u32, step: u32, link: Link, exit: Exit, cause: Cause) {
        let Some(method) = self.method_of(context) else {
            return;
        };
        let Some(body) = self.world.body(method) else {
            return;
        };
        let result = body.step(step).and_then(|row| row.result);
        match (exit.at, link) {
            (ExitAt::Return, Link::Direct) => {
                if let Some(result) = result {
                    self.push(context, result, 0, exit.slot, exit.source, cause);
                }
            }
            (ExitAt::Return, Link::Callback { result: Some(to), .. }) => {
                self.arrive_at((context, method, &body), step, to, exit, cause);
            }
            (
                ExitAt::Parameter(position),
                Link::Callback {
                    fills: Some((argument, to)),
                    ..
                },
            ) if position == u16::from(argument) => {
                self.arrive_at((context, method, &body), step, to, exit, cause);
            }
            (ExitAt::Parameter(position), Link::Direct) => {
                if let Some(object) = body.operands(step).get(usize::from(position)) {
                    self.fill_argument(
                        (context, method, &body),
                        (step, *object),
                        (exit.slot, exit.source),
                        cause,
                    );
                }
            }
            (ExitAt::Thrown, Link::Direct) => {
                self.caught(context, &body, step, (exit.slot, exit.source), cause);
            }
            _ => {}
        }
    }

    /// Puts what a callback gives into a value of the call that makes it.
    fn arrive_at(
        &mut self,
        (context, method, body): (u32, MethodId, &Body),
        step: u32,
        to: Position,
        exit: Exit,
        cause: Cause,
    ) {
        let Some(call) = self.world.call(method, body, step) else {
            return;
        };
        if to == Position::Return {
            if let Some(result) = body.step(step).and_then(|row| row.result) {
                self.push(context, result, 0, exit.slot, exit.source, cause);
            }
            return;
        }
        let operand = call.operand(to);
        if let Some(object) = operand.and_then(|operand| body.operands(step).get(operand)) {
            // The callback runs within the call, which has the object filled already.
            let before = step.saturating_sub(1);
            self.fill_argument(
                (context, method, body),
                (before, *object),
                (exit.slot, exit.source),
                cause,
            );
        }
    }

    /// What is thrown at a step, by a call or by the method itself, is caught behind it.
    pub(super) fn caught(
        &mut self,
        context: ContextId,
        body: &Body,
        step: u32,
        (slot, source): (SlotId, SourceId),
        cause: Cause,
    ) {
        for (handler, row) in (0u32..).zip(body.steps()) {
            if row.opcode == Opcode::MoveException
                && body.follows(step, handler)
                && let Some(value) = row.result
            {
                self.push(context, value, 0, slot, source, cause);
            }
        }
    }

    /// What arose within a method goes to all of its callers, those of the framework included.
    pub(super) fn leave_for_callers(&mut self, method: MethodId, exit: Exit) {
        self.pass_on(method, exit);
        if let Some(calls) = self.callbacks().get(&method).cloned() {
            for (place, link) in calls {
                if self.reach.contains(place.method) {
                    let context = self.context(place.method, None);
                    self.arrive(context, place.step, link, exit, Cause::Leave(exit.node));
                }
            }
        }
        let Some(callers) = self.world.callers(method, self.caps.callers) else {
            return;
        };
        let is_address = self.is_address(exit.slot);
        for place in callers {
            if !is_address && !self.reach.contains(place.method) {
                continue;
            }
            let Some(body) = self.world.body(place.method) else {
                continue;
            };
            let Some(call) = self.world.call(place.method, &body, place.step) else {
                continue;
            };
            if !self
                .targets(place.method, &body, place.step, call)
                .contains(&method)
            {
                continue;
            }
            let context = self.context(place.method, None);
            self.arrive(context, place.step, Link::Direct, exit, Cause::Leave(exit.node));
        }
    }

    /// From one callback of an object to another.
    fn pass_on(&mut self, method: MethodId, exit: Exit) {
        let row = self.world.program.method(method);
        let name = self.world.named(method).1;
        let mut hops: Vec<&Hop> = Vec::new();
        let bound = self.world.bound;
        for class in bound.classes(row.class) {
            hops.extend(class.passes.get(name).into_iter().flatten());
        }
        for hop in hops {
            let matches = match (hop.from, exit.at) {
                (Position::Return, ExitAt::Return) => true,
                (Position::Argument(number), ExitAt::Parameter(position)) => u16::from(number) == position,
                _ => false,
            };
            if matches {
                self.hop_to_callback(row.class, hop, exit);
            }
        }
    }

    fn hop_to_callback(&mut self, class: TypeId, hop: &Hop, exit: Exit) {
        let cause = Cause::Hop(exit.node, Through::Callback);
        for method in self.world.methods_called(class, &hop.method) {
            self.hop_to_parameter(method, hop.argument.into(), exit.slot, exit.source, cause);
        }
    }

    /// Enters the callbacks that a modelled call makes on objects of the app.
    pub(super) fn call_back(&mut self, at: &At<'_>, call: Call, invocation: &Invocation) {
        let link = Link::Callback {
            result: invocation.result,
            fills: invocation.fills,
        };
        for (position, argument) in invocation.arguments.iter().enumerate() {
            let Some(argument) = argument else { continue };
            if !call.holds(*argument, at.operand) {
                continue;
            }
            for method in self.called_back(at.method, at.body, at.step, call, invocation) {
                self.enter(at.id, at.step, method, position.saturating_add(1), link);
            }
        }
    }

    fn called_back(
        &self,
        method: MethodId,
        body: &Body,
        step: u32,
        call: Call,
        invocation: &Invocation,
    ) -> Vec<MethodId> {
        let position = match &invocation.object {
            Target::At(position) => *position,
            Target::AllOf(class) => return self.called_on_all(class, &invocation.method),
        };
        let operand = call.operand(position);
        let Some(object) = operand.and_then(|operand| body.operands(step).get(operand).copied()) else {
            return Vec::new();
        };
        let classes = exact(self.world, method, body, object).unwrap_or_default();
        let mut found: Vec<MethodId> = classes
            .into_iter()
            .flat_map(|class| self.world.methods_called(class, &invocation.method))
            .collect();
        if found.is_empty() && position == Position::This {
            // The class that the call names, when the app has it.
            let class = self.world.program.method(call.callee).class;
            found = self.world.methods_called(class, &invocation.method);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// A callback on whichever object of the app is of a class; none when there are many.
    fn called_on_all(&self, class: &str, name: &str) -> Vec<MethodId> {
        let Some(class) = self.world.program.find_type(class.as_bytes()) else {
            return Vec::new();
        };
        let below = self.world.hierarchy.all_subclasses(class, self.caps.targets);
        let made = below
            .into_iter()
            .filter(|class| self.reach.instantiated().contains(*class));
        let mut found: Vec<MethodId> = made
            .flat_map(|class| self.world.methods_called(class, name))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn callbacks(&mut self) -> &BTreeMap<MethodId, Vec<(Place, Link)>> {
        if self.callbacks.is_none() {
            let found = self.find_callbacks();
            self.callbacks = Some(found);
        }
        self.callbacks.get_or_insert_default()
    }

    fn find_callbacks(&mut self) -> BTreeMap<MethodId, Vec<(Place, Link)>> {
        let mut found: BTreeMap<MethodId, Vec<(Place, Link)>> = BTreeMap::new();
        for (place, reflected) in invoked(self.world) {
            if let Reflected::Own(method) = reflected {
                found.entry(method).or_default().push((place, LINK));
            }
        }
        let mut left = CALLBACK_CALLS;
        for callee in self.world.program.methods() {
            let Some(binding) = self.world.bound.of(callee) else {
                continue;
            };
            for invocation in binding.invokes {
                if invocation.result.is_none() && invocation.fills.is_none() {
                    continue;
                }
                let link = Link::Callback {
                    result: invocation.result,
                    fills: invocation.fills,
                };
                for site in self.world.index.calls_to(callee) {
                    let Some(next) = left.checked_sub(1) else {
                        self.is_cut = true;
                        return found;
                    };
                    left = next;
                    let Some(place) = self.world.place(site.method, site.address) else {
                        continue;
                    };
                    let Some(body) = self.world.body(place.method) else {
                        continue;
                    };
                    let Some(call) = self.world.call(place.method, &body, place.step) else {
                        continue;
                    };
                    for method in self.called_back(place.method, &body, place.step, call, invocation) {
                        found.entry(method).or_default().push((place, link));
                    }
                }
            }
        }
        found
    }

    /// Whether a method stands for a network request: an abstract method of an interface with
    /// annotations that hold the request's address, as Retrofit has them, renamed or not.
    fn is_request(&self, method: MethodId) -> bool {
        let program = self.world.program;
        let class = program.class(program.method(method).class);
        if class.is_none_or(|class| class.definition.access_flags & access::INTERFACE == 0) {
            return false;
        }
        let Some(definition) = program.definition(method) else {
            return false;
        };
        if definition.code_offset != 0 {
            return false;
        }
        let Some((dex, directory)) = self.world.annotated(method) else {
            return false;
        };
        let Some((_, set)) = directory
            .methods()
            .find(|(index, _)| *index == definition.method_index)
        else {
            return false;
        };
        let has_parameters = directory
            .parameters()
            .any(|(index, _)| index == definition.method_index);
        set.annotations().any(|one| {
            let name = dex
                .type_descriptor(one.annotation.annotation_type)
                .unwrap_or_default();
            if name.starts_with(b"Lretrofit2/http/") || name.starts_with(b"Lretrofit/http/") {
                return true;
            }
            let is_address = |value: Value<'_>| match value {
                Value::String(index) => dex
                    .string(index)
                    .is_some_and(|text| text.contains('/') || has_parameters),
                _ => false,
            };
            one.visibility == 1 && one.annotation.elements().any(|(_, value)| is_address(value))
        })
    }

    /// Whether scripts in a web page can call the method.
    pub(super) fn is_script_interface(&self, method: MethodId) -> bool {
        const BY_SCRIPTS: &[u8] = b"Landroid/webkit/JavascriptInterface;";
        let Some(definition) = self.world.program.definition(method) else {
            return false;
        };
        let Some((dex, directory)) = self.world.annotated(method) else {
            return false;
        };
        directory
            .methods()
            .filter(|(index, _)| *index == definition.method_index)
            .flat_map(|(_, set)| set.annotations())
            .any(|one| dex.type_descriptor(one.annotation.annotation_type) == Some(BY_SCRIPTS))
    }
}
