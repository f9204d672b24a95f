//! Which methods can run: everything that can be called, directly or by callbacks of the framework,
//! from the components that the manifest names.
//!
//! The call graph is that of the class hierarchy, refined by the classes that reachable code makes
//! instances of (rapid type analysis). Classes named by class literals count as made, for the
//! framework makes workers, fragments and the like from them; so do custom views and fragments,
//! which layouts name. Reflection with other names is not followed.

use rustc_hash::{FxHashMap, FxHashSet};

use super::body::{Body, Use, ValueId};
use super::constant;
use super::hierarchy::TypeSet;
use super::index::{CallKind, Index};
use super::program::{FieldId, MethodId, Program, SelectorId, TypeId};
use super::world::World;
use crate::formats::dex::{IndexKind, Opcode, access};
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
    /// Methods that are defined for a selector in classes that live.
    defined: FxHashMap<SelectorId, Vec<MethodId>>,
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
    while let Some(method) = explorer.queue.pop() {
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

    /// Whether an object made in a method gets anywhere: somebody else can only call it back then.
    /// Objects of classes that nothing outside the app calls back are taken to.
    fn is_handed_on(&self, method: MethodId, class: TypeId) -> bool {
        let world = self.world;
        if world.bound.classes(class).is_empty() {
            return true;
        }
        let Some(body) = world.body(method) else {
            return true;
        };
        let made = body.steps().iter().zip(0u32..).filter_map(|(row, step)| {
            let is_made =
                row.opcode == Opcode::NewInstance && world.class(method, &body, step) == Some(class);
            row.result.filter(|_| is_made && !world.is_dead(method, step))
        });
        made.into_iter()
            .any(|value| self.gets_anywhere(method, &body, value, true))
    }

    fn gets_anywhere(&self, method: MethodId, body: &Body, value: ValueId, follow_fields: bool) -> bool {
        let world = self.world;
        body.uses(value).iter().any(|one| match *one {
            Use::Phi(_) => true,
            Use::Step { step, operand } => {
                let Some(row) = body.step(step) else { return true };
                match row.opcode {
                    Opcode::CheckCast | Opcode::MonitorEnter | Opcode::MonitorExit | Opcode::InstanceOf => {
                        false
                    }
                    Opcode::IputObject | Opcode::SputObject => {
                        let field = world.field(method, body, step);
                        operand == 0 && field.is_none_or(|field| !follow_fields || self.is_taken_out(field))
                    }
                    _ => match world.call(method, body, step) {
                        Some(call) if operand == 0 && !call.is_static => {
                            let name = world.named(call.callee).1;
                            let is_setting = ["set", "get", "is", "<init>"]
                                .iter()
                                .any(|start| name.starts_with(start));
                            !is_setting
                        }
                        _ => true,
                    },
                }
            }
        })
    }

    /// Whether what a field keeps gets anywhere from there.
    fn is_taken_out(&self, field: FieldId) -> bool {
        const READS: usize = 8;
        let reads = self.world.index.reads_of(field);
        reads.len() > READS
            || reads.iter().any(|site| {
                let taken = || {
                    let place = self.world.place(site.method, site.address)?;
                    let body = self.world.body(place.method)?;
                    let value = body.step(place.step)?.result?;
                    Some(self.gets_anywhere(place.method, &body, value, false))
                };
                taken().unwrap_or(true)
            })
    }

    fn is_reflection(&self, callee: MethodId) -> bool {
        matches!(
            self.world.named(callee),
            ("Ljava/lang/Class;", "forName" | "getMethod" | "getDeclaredMethod")
                | ("Ljava/lang/ClassLoader;", "loadClass")
        )
    }

    /// Takes every class and method that a reflecting method names by a constant as made and called.
    fn reflect(&mut self, method: MethodId) {
        let world = self.world;
        let Some(definition) = world.program.definition(method) else {
            return;
        };
        let Some(code) = world.program.code(method) else {
            return;
        };
        let mut classes: Vec<TypeId> = world.index.class_literals(method).to_vec();
        let mut names = Vec::new();
        for reference in code.references() {
            if reference.kind != IndexKind::String {
                continue;
            }
            let Some(text) = world.program.string_at(definition.file, reference.index) else {
                continue;
            };
            match world.class_called(&text) {
                Some(class) => classes.push(class),
                None => names.extend(world.program.find_name(text.as_bytes())),
            }
        }
        for class in classes {
            self.instantiate(class, Reason::Callback(method));
            let Some(row) = world.program.class(class) else {
                continue;
            };
            for called in &row.methods {
                let name = world.program.method(*called).name;
                if names.contains(&name) || world.program.name(name) == b"<init>" {
                    self.reach(*called, Reason::Callback(method));
                }
            }
        }
    }

    /// Takes everything in dex files that are loaded by hand as made and called.
    fn load(&mut self, loaded: &[String]) {
        let world = self.world;
        for class in world.program.classes() {
            let file = world.program.files().get(class.file as usize);
            if file.is_some_and(|file| loaded.iter().any(|name| name == file.name)) {
                self.instantiate(class.id, Reason::Entry);
                for method in &class.methods {
                    self.reach(*method, Reason::Entry);
                }
            }
        }
    }

    /// Views and fragments, which layouts make instances of.
    fn inflated(&self) -> Vec<TypeId> {
        const MADE_BY_LAYOUTS: [&str; 4] = [
            "Landroid/view/View;",
            "Landroid/app/Fragment;",
            "Landroidx/fragment/app/Fragment;",
            "Landroid/support/v4/app/Fragment;",
        ];
        let mut found = Vec::new();
        for class in self.world.program.classes() {
            let Some(above) = class.superclass else { continue };
            let is_inflated = || {
                MADE_BY_LAYOUTS.iter().any(|name| {
                    self.world
                        .bound
                        .is_below(self.world.program, self.world.hierarchy, class.id, name)
                })
            };
            if !self.world.bound.classes(above).is_empty() && is_inflated() {
                found.push(class.id);
            }
        }
        found
    }

    fn above(&mut self, class: TypeId) -> Box<[TypeId]> {
        if let Some(known) = self.above.get(&class) {
            return known.clone();
        }
        let mut above = self.world.hierarchy.supertypes(class);
        above.sort_unstable();
        let above: Box<[TypeId]> = above.into();
        self.above.insert(class, above.clone());
        above
    }

    fn are_related(&mut self, one: TypeId, other: TypeId) -> bool {
        one == other
            || self.above(one).binary_search(&other).is_ok()
            || self.above(other).binary_search(&one).is_ok()
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
        let is_entry = reason == Reason::Entry;
        for above in self.above(class) {
            let is_new = !self.live.contains(above);
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
                let name = self.world.program.method(*method).name;
                let name = self.world.program.name(name);
                if is_entry && name == b"<init>" {
                    self.reach(*method, Reason::Entry);
                }
                if definition.access_flags & (access::STATIC | access::CONSTRUCTOR) != 0 {
                    continue;
                }
                if self.is_callback(class, *method, name) || annotated.contains(method) {
                    self.reach(*method, reason);
                }
                if is_new {
                    self.define(*method);
                }
            }
        }
    }

    /// Makes a method of a class that lives known to the calls that may reach it.
    fn define(&mut self, method: MethodId) {
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
        // A receiver whose making is out of sight, such as one that reflection made, still runs
        // what its declared class defines.
        if let Some(target) = self.world.hierarchy.resolve(row.class, row.selector) {
            self.reach(target, reason);
        }
    }

    /// Whether the framework may call a method of an instance of `class`.
    fn is_callback(&self, class: TypeId, method: MethodId, name: &[u8]) -> bool {
        let Ok(name) = std::str::from_utf8(name) else {
            return false;
        };
        if matches!(name, "toString" | "equals" | "hashCode" | "compareTo" | "compare") {
            return true;
        }
        let starts_with_on = is_event(name);
        let models = self.world.bound.classes(class);
        let is_listed = models.iter().any(|model| {
            model
                .callbacks
                .iter()
                .any(|callback| callback == name || (callback == "on*" && starts_with_on))
        });
        if is_listed {
            return true;
        }
        let is_outside = |above: &TypeId| {
            self.world.program.class(*above).is_none()
                && self.world.program.descriptor(*above) != b"Ljava/lang/Object;"
        };
        if starts_with_on
            && self
                .above
                .get(&class)
                .is_some_and(|above| above.iter().any(is_outside))
        {
            return true;
        }
        // A library that is not in the app calls what its types declare; which methods these are
        // cannot be seen.
        let is_foreign = |above: &TypeId| is_outside(above) && self.is_foreign(*above);
        if self
            .above
            .get(&class)
            .is_some_and(|above| above.iter().any(is_foreign))
        {
            return true;
        }
        // Layouts name a method that takes the view that was clicked.
        let prototype = self
            .world
            .program
            .prototype(self.world.program.method(method).prototype);
        matches!(&*prototype.parameters, [only] if self.world.program.descriptor(*only) == b"Landroid/view/View;")
            && self.world.program.descriptor(prototype.result) == b"V"
            && !models.is_empty()
    }

    /// Whether a type outside the app is neither of the platform nor known to the models.
    fn is_foreign(&self, class: TypeId) -> bool {
        const OF_PLATFORM: [&str; 11] = [
            "Landroid/",
            "Landroidx/",
            "Lcom/android/",
            "Ldalvik/",
            "Ljava/",
            "Ljavax/",
            "Lkotlin/",
            "Lorg/apache/http/",
            "Lorg/json/",
            "Lorg/w3c/",
            "Lorg/xml",
        ];
        let name = self.world.descriptor(class);
        let is_of_platform = OF_PLATFORM.iter().any(|start| name.starts_with(start));
        !is_of_platform && self.world.bound.classes(class).is_empty()
    }

    /// Methods that carry annotations which are there at run time: bridges into scripts, event
    /// handlers. Those of the language itself do not count.
    fn annotated(&self, class: TypeId) -> Vec<MethodId> {
        const RUNTIME: u8 = 1;
        const OF_LANGUAGE: [&[u8]; 5] = [
            b"Ljava/lang/",
            b"Lkotlin/",
            b"Ljavax/annotation/",
            b"Landroidx/annotation/",
            b"Landroid/annotation/",
        ];
        let Some(row) = self.world.program.class(class) else {
            return Vec::new();
        };
        let Some(file) = self.world.program.files().get(row.file as usize) else {
            return Vec::new();
        };
        let Some(directory) = file.dex.annotations(&row.definition) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (method, set) in directory.methods() {
            let counts = set.annotations().any(|annotation| {
                let name = file.dex.type_descriptor(annotation.annotation.annotation_type);
                annotation.visibility == RUNTIME
                    && name.is_some_and(|name| !OF_LANGUAGE.iter().any(|start| name.starts_with(start)))
            });
            if counts && let Some(method) = self.world.program.method_at(row.file, method) {
                found.push(method);
            }
        }
        found
    }
}

/// Whether a name is built like `onCreate`.
fn is_event(name: &str) -> bool {
    name.strip_prefix("on")
        .and_then(|rest| rest.chars().next())
        .is_some_and(char::is_uppercase)
}
