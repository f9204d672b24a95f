//! Which methods can run: everything that can be called, directly or by callbacks of the framework,
//! from the components that the manifest names.
//!
//! The call graph is that of the class hierarchy, refined by the classes that reachable code makes
//! instances of (rapid type analysis). Classes named by class literals count as made, for the
//! framework makes workers, fragments and the like from them; so do custom views and fragments,
//! which layouts name. Reflection with other names is not followed.

mod entry;
mod handed_on;

use rustc_hash::{FxHashMap, FxHashSet};

use super::constant;
use super::hierarchy::TypeSet;
use super::index::{CallKind, Index};
use super::program::{MethodId, Program, SelectorId, TypeId};
use super::world::World;
use crate::formats::dex::access;
use crate::limits::Budget;

/// Why a method can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The framework calls it on a component of the manifest.
    Entry,
    /// A reachable method calls it at this address, in code units.
    Call(MethodId, u32),
    /// The framework calls it on an object that a reachable method makes.
    Callback(MethodId),
}

/// The methods that can run.
#[derive(Debug)]
pub struct Reach {
    reasons: Vec<Option<Reason>>,
    instantiated: TypeSet,
    is_complete: bool,
    is_decided: bool,
}

impl Reach {
    /// Takes all code as able to run, when nothing tells the entry points.
    #[must_use]
    pub fn everything(program: &Program<'_>, index: &Index) -> Self {
        let mut instantiated = TypeSet::new(program);
        for class in program.classes() {
            if index.instantiated().contains(class.id) {
                instantiated.insert(class.id);
            }
        }
        Self {
            reasons: vec![Some(Reason::Entry); program.method_count()],
            instantiated,
            is_complete: true,
            is_decided: false,
        }
    }

    /// Whether it was decided at all what can run.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.is_decided
    }

    /// Why a method can run, `None` when it cannot as far as can be seen.
    #[must_use]
    pub fn reason(&self, method: MethodId) -> Option<Reason> {
        self.reasons.get(method.index()).copied().flatten()
    }

    /// Whether a method can run.
    #[must_use]
    pub fn contains(&self, method: MethodId) -> bool {
        self.reason(method).is_some()
    }

    /// The classes that reachable code makes instances of.
    #[must_use]
    pub fn instantiated(&self) -> &TypeSet {
        &self.instantiated
    }

    /// Whether the budget lasted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The way from an entry point to a method, the entry point first, at most `cap` methods long:
    /// each method with the address in it that leads on.
    #[must_use]
    pub fn chain(&self, method: MethodId, cap: usize) -> Vec<(MethodId, Option<u32>)> {
        let mut chain = vec![(method, None)];
        let mut current = method;
        while chain.len() < cap {
            match self.reason(current) {
                Some(Reason::Call(caller, address)) => {
                    chain.push((caller, Some(address)));
                    current = caller;
                }
                Some(Reason::Callback(maker)) if maker != current => {
                    chain.push((maker, None));
                    current = maker;
                }
                _ => break,
            }
        }
        chain.reverse();
        chain
    }
}

/// The search for what can run.
struct Explorer<'w, 'p, 'a> {
    world: &'w World<'p, 'a>,
    /// Supertypes of the classes met so far, sorted.
    above: FxHashMap<TypeId, Box<[TypeId]>>,
    /// Types of which reachable code makes instances, or instances of a class below.
    live: TypeSet,
    instantiated: TypeSet,
    reasons: Vec<Option<Reason>>,
    /// Virtual calls met so far, by what they call: the class they name, and who calls.
    called: FxHashMap<SelectorId, Vec<(TypeId, MethodId, u32)>>,
    /// Methods that some object which is made runs for a selector.
    defined: FxHashMap<SelectorId, Vec<MethodId>>,
    is_defined: Vec<bool>,
    /// Virtual calls whose receivers may be made out of sight: what their declared class runs.
    unseen: Vec<(TypeId, MethodId, Reason)>,
    /// Methods that ask a constant which way to go.
    switched: FxHashSet<MethodId>,
    queue: Vec<MethodId>,
}

/// Finds what can run when the framework makes instances of `components`, and the app loads the dex
/// files called `loaded` by itself.
#[must_use]
pub fn explore(
    world: &World<'_, '_>,
    components: &[TypeId],
    loaded: &[String],
    budget: &mut Budget,
) -> Reach {
    let program = world.program;
    let mut explorer = Explorer {
        world,
        above: FxHashMap::default(),
        live: TypeSet::new(program),
        instantiated: TypeSet::new(program),
        reasons: vec![None; program.method_count()],
        called: FxHashMap::default(),
        defined: FxHashMap::default(),
        is_defined: vec![false; program.method_count()],
        unseen: Vec::new(),
        switched: constant::switched_methods(world),
        queue: Vec::new(),
    };
    for component in components {
        explorer.instantiate(*component, Reason::Entry);
    }
    explorer.load(loaded);
    for inflated in explorer.inflated() {
        explorer.instantiate(inflated, Reason::Entry);
    }
    let mut is_complete = true;
    loop {
        let Some(method) = explorer.queue.pop() else {
            if explorer.assume_receivers() {
                continue;
            }
            break;
        };
        let calls = world.index.calls_from(method);
        if !budget.steps(calls.len() as u64) {
            is_complete = false;
            break;
        }
        explorer.visit(method);
    }
    Reach {
        reasons: explorer.reasons,
        instantiated: explorer.instantiated,
        is_complete,
        is_decided: true,
    }
}

impl Explorer<'_, '_, '_> {
    /// Follows what a method that can run makes and calls.
    fn visit(&mut self, method: MethodId) {
        let world = self.world;
        let body = self
            .switched
            .contains(&method)
            .then(|| world.body(method))
            .flatten();
        let is_dead = |address: u32| {
            body.as_ref()
                .and_then(|body| body.step_at(address))
                .is_some_and(|step| world.is_dead(method, step))
        };
        for class in world.index.new_instances_in(method) {
            if !self.instantiated.contains(*class) && self.is_handed_on(method, *class) {
                self.instantiate(*class, Reason::Callback(method));
            }
        }
        for class in world.index.class_literals(method) {
            self.instantiate(*class, Reason::Callback(method));
        }
        let mut reflects = false;
        for call in world.index.calls_from(method) {
            if is_dead(call.address) {
                continue;
            }
            reflects |= self.is_reflection(call.callee);
            self.call(method, call.callee, call.address, call.kind);
        }
        if reflects {
            self.reflect(method);
        }
    }

    /// Notes the supertypes of a class, sorted.
    fn remember_above(&mut self, class: TypeId) {
        let hierarchy = self.world.hierarchy;
        self.above.entry(class).or_insert_with(|| {
            let mut above = hierarchy.supertypes(class);
            above.sort_unstable();
            above.into()
        });
    }

    fn is_above(&self, class: TypeId, above: TypeId) -> bool {
        let known = self.above.get(&class);
        known.is_some_and(|known| known.binary_search(&above).is_ok())
    }

    fn are_related(&mut self, one: TypeId, other: TypeId) -> bool {
        self.remember_above(one);
        self.remember_above(other);
        one == other || self.is_above(one, other) || self.is_above(other, one)
    }

    fn reach(&mut self, method: MethodId, reason: Reason) {
        let Some(slot) = self.reasons.get_mut(method.index()) else {
            return;
        };
        if slot.is_some() {
            return;
        }
        *slot = Some(reason);
        self.queue.push(method);
        let class = self.world.program.method(method).class;
        self.initialize(class, method);
    }

    fn initialize(&mut self, class: TypeId, by: MethodId) {
        let Some(row) = self.world.program.class(class) else {
            return;
        };
        let initializer =
            row.methods.iter().copied().find(|method| {
                self.world.program.name(self.world.program.method(*method).name) == b"<clinit>"
            });
        if let Some(initializer) = initializer
            && initializer != by
        {
            self.reach(initializer, Reason::Callback(by));
        }
    }

    fn instantiate(&mut self, class: TypeId, reason: Reason) {
        if self.instantiated.contains(class) {
            return;
        }
        self.instantiated.insert(class);
        self.remember_above(class);
        let is_entry = reason == Reason::Entry;
        let mut overridden = FxHashSet::default();
        for above in self.world.hierarchy.supertypes(class) {
            self.live.insert(above);
            let Some(row) = self.world.program.class(above) else {
                continue;
            };
            if let Reason::Callback(by) = reason {
                self.initialize(above, by);
            }
            let annotated = self.annotated(above);
            for method in &row.methods {
                let Some(definition) = self.world.program.definition(*method) else {
                    continue;
                };
                let member = self.world.program.method(*method);
                let name = self.world.program.name(member.name);
                if is_entry && name == b"<init>" {
                    self.reach(*method, Reason::Entry);
                }
                let is_dispatched = definition.access_flags & (access::STATIC | access::CONSTRUCTOR) == 0;
                if !is_dispatched || !overridden.insert(member.selector) {
                    continue;
                }
                if self.is_callback(class, *method, name) || annotated.contains(method) {
                    self.reach(*method, reason);
                }
                self.define(*method);
            }
        }
    }

    /// Makes a method that an object runs known to the calls that may reach it.
    fn define(&mut self, method: MethodId) {
        match self.is_defined.get_mut(method.index()) {
            Some(known) if !*known => *known = true,
            _ => return,
        }
        let row = self.world.program.method(method);
        self.defined.entry(row.selector).or_default().push(method);
        let calls = self.called.get(&row.selector).cloned().unwrap_or_default();
        for (declared, caller, address) in calls {
            if self.are_related(declared, row.class) {
                self.reach(method, Reason::Call(caller, address));
                break;
            }
        }
    }

    fn call(&mut self, caller: MethodId, callee: MethodId, address: u32, kind: CallKind) {
        let row = self.world.program.method(callee);
        let reason = Reason::Call(caller, address);
        if !matches!(kind, CallKind::Virtual | CallKind::Interface) {
            if let Some(target) = self.world.hierarchy.resolve(row.class, row.selector) {
                self.reach(target, reason);
            }
            return;
        }
        let calls = self.called.entry(row.selector).or_default();
        if calls.iter().any(|(declared, _, _)| *declared == row.class) {
            return;
        }
        calls.push((row.class, caller, address));
        let defined = self.defined.get(&row.selector).cloned().unwrap_or_default();
        for method in defined {
            if self.are_related(row.class, self.world.program.method(method).class) {
                self.reach(method, reason);
            }
        }
        if let Some(target) = self.world.hierarchy.resolve(row.class, row.selector) {
            self.unseen.push((row.class, target, reason));
        }
    }

    /// A receiver whose making is out of sight, such as one that reflection made, still runs what
    /// its declared class defines. Whether any such call was left.
    fn assume_receivers(&mut self) -> bool {
        for (declared, target, reason) in std::mem::take(&mut self.unseen) {
            if !self.live.contains(declared) {
                self.reach(target, reason);
            }
        }
        !self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests;
