//! Everything the stages of the analysis ask about: the app's classes, where its members are used,
//! the models of its methods, and the bodies of methods, made when they are first asked for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::body::{Body, Origin, ValueId};
use super::constant;
use super::hierarchy::Hierarchy;
use super::index::{Index, Site};
use super::models::Position;
use super::models::bind::Bound;
use super::program::{FieldId, MethodId, Program, TypeId};
use crate::formats::dex::{AnnotationDirectory, Dex, Flow, IndexKind, Opcode, Value, access};

/// A place in the code: a method and one of its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The method.
    pub method: MethodId,
    /// The step within its body.
    pub step: u32,
}

/// A call as it stands in the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The method it names.
    pub callee: MethodId,
    /// Whether it has no receiver.
    pub is_static: bool,
    /// Whether the method that runs depends on the receiver's class.
    pub is_virtual: bool,
}

impl Call {
    /// The operand that holds an argument counted from 1 without the receiver.
    #[must_use]
    pub fn argument(self, number: u8) -> usize {
        usize::from(number).saturating_sub(usize::from(self.is_static))
    }

    /// The operand at a position; `None` for the result and for several operands at once.
    #[must_use]
    pub fn operand(self, position: Position) -> Option<usize> {
        match position {
            Position::This => Some(0),
            Position::Argument(number) => Some(self.argument(number)),
            Position::Return | Position::Arguments | Position::All => None,
        }
    }

    /// Whether an operand is at a position.
    #[must_use]
    pub fn holds(self, position: Position, operand: usize) -> bool {
        match position {
            Position::This => !self.is_static && operand == 0,
            Position::Argument(number) => self.argument(number) == operand && (self.is_static || operand > 0),
            Position::Arguments => self.is_static || operand > 0,
            Position::All => true,
            Position::Return => false,
        }
    }
}

/// What the stages share.
pub struct World<'p, 'a> {
    /// The ids of the app's code.
    pub program: &'p Program<'a>,
    /// Its classes.
    pub hierarchy: &'p Hierarchy<'p, 'a>,
    /// Where members are used.
    pub index: &'p Index,
    /// The models of its methods.
    pub bound: &'p Bound<'p>,
    bodies: RefCell<FxHashMap<MethodId, Option<Rc<Body>>>>,
    /// Blocks that constants cut off, by method.
    dead: RefCell<FxHashMap<MethodId, Rc<[bool]>>>,
    units_left: Cell<u64>,
    is_spent: Cell<bool>,
}

impl std::fmt::Debug for World<'_, '_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("World").finish_non_exhaustive()
    }
}

impl<'p, 'a> World<'p, 'a> {
    /// Brings the parts together; bodies of at most `code_units` code units are made.
    #[must_use]
    pub fn new(
        program: &'p Program<'a>,
        hierarchy: &'p Hierarchy<'p, 'a>,
        index: &'p Index,
        bound: &'p Bound<'p>,
        code_units: u64,
    ) -> Self {
        Self {
            program,
            hierarchy,
            index,
            bound,
            bodies: RefCell::new(FxHashMap::default()),
            dead: RefCell::new(FxHashMap::default()),
            units_left: Cell::new(code_units),
            is_spent: Cell::new(false),
        }
    }

    /// Whether a body was not made because the limit was reached.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.is_spent.get()
    }

    /// The body of a method, `None` when it has no code or none that can be read.
    #[must_use]
    pub fn body(&self, method: MethodId) -> Option<Rc<Body>> {
        if let Some(known) = self.bodies.borrow().get(&method) {
            return known.clone();
        }
        let body = self.make(method).map(Rc::new);
        self.bodies.borrow_mut().insert(method, body.clone());
        body
    }

    /// Whether a step can never run because a constant decides the way.
    #[must_use]
    pub fn is_dead(&self, method: MethodId, step: u32) -> bool {
        let Some(body) = self.body(method) else {
            return false;
        };
        let known = self.dead.borrow().get(&method).cloned();
        let dead = known.unwrap_or_else(|| {
            let dead: Rc<[bool]> = constant::dead_blocks(self, method, &body).into();
            self.dead.borrow_mut().insert(method, Rc::clone(&dead));
            dead
        });
        body.step(step)
            .and_then(|row| dead.get(row.block as usize).copied())
            .unwrap_or(false)
    }

    /// The app's class of a descriptor or a name with dots.
    #[must_use]
    pub fn class_called(&self, name: &str) -> Option<TypeId> {
        self.class_named(name).filter(|_| name.contains(['.', '/']))
    }

    /// The app's class of a descriptor or a name, which for a class outside any package has no dot.
    #[must_use]
    pub fn class_named(&self, name: &str) -> Option<TypeId> {
        let class = if name.starts_with('L') && name.ends_with(';') {
            self.program.find_type(name.as_bytes())
        } else {
            let descriptor = format!("L{};", name.replace('.', "/"));
            self.program.find_type(descriptor.as_bytes())
        }?;
        self.program.class(class).map(|class| class.id)
    }

    /// The methods of a name that objects of a class have, the class itself first.
    #[must_use]
    pub fn methods_called(&self, class: TypeId, name: &str) -> Vec<MethodId> {
        let program = self.program;
        let mut found = Vec::new();
        for above in self.hierarchy.supertypes(class) {
            let Some(row) = program.class(above) else { continue };
            for method in &row.methods {
                let definition = program.definition(*method);
                let has_code = definition.is_some_and(|definition| definition.code_offset != 0);
                if has_code && program.name(program.method(*method).name) == name.as_bytes() {
                    found.push(*method);
                }
            }
            if !found.is_empty() {
                break;
            }
        }
        // The compiler's bridge only casts and calls the real one.
        let is_bridge = |method: &MethodId| {
            program
                .definition(*method)
                .is_some_and(|definition| definition.access_flags & access::SYNTHETIC != 0)
        };
        if found.iter().any(|method| !is_bridge(method)) {
            found.retain(|method| !is_bridge(method));
        }
        found
    }

    fn make(&self, method: MethodId) -> Option<Body> {
        let definition = self.program.definition(method)?;
        let code = self.program.code(method)?;
        let Some(left) = self.units_left.get().checked_sub(code.unit_count().into()) else {
            self.is_spent.set(true);
            return None;
        };
        self.units_left.set(left);
        let dex = self.program.files().get(definition.file as usize)?.dex;
        let row = dex.method(definition.method_index)?;
        Body::new(dex, Some(row.prototype), self.program.is_static(method), &code)
    }

    fn file(&self, method: MethodId) -> Option<u32> {
        self.program.definition(method).map(|definition| definition.file)
    }

    /// The call that a step makes.
    #[must_use]
    pub fn call(&self, method: MethodId, body: &Body, step: u32) -> Option<Call> {
        let step = body.step(step)?;
        if !step.opcode.flow().contains(Flow::INVOKE) || step.opcode.index_kind() != IndexKind::Method {
            return None;
        }
        let callee = self.program.method_at(self.file(method)?, step.index?)?;
        let opcode = step.opcode;
        Some(Call {
            callee,
            is_static: matches!(opcode, Opcode::InvokeStatic | Opcode::InvokeStaticRange),
            is_virtual: matches!(
                opcode,
                Opcode::InvokeVirtual
                    | Opcode::InvokeVirtualRange
                    | Opcode::InvokeInterface
                    | Opcode::InvokeInterfaceRange
            ),
        })
    }

    /// The field that a step reads or writes, as its class declares it.
    #[must_use]
    pub fn field(&self, method: MethodId, body: &Body, step: u32) -> Option<FieldId> {
        let step = body.step(step)?;
        if step.opcode.index_kind() != IndexKind::Field {
            return None;
        }
        let field = self.program.field_at(self.file(method)?, step.index?)?;
        Some(self.hierarchy.resolve_field(field))
    }

    /// The class that a step names.
    #[must_use]
    pub fn class(&self, method: MethodId, body: &Body, step: u32) -> Option<TypeId> {
        let step = body.step(step)?;
        if step.opcode.index_kind() != IndexKind::Type {
            return None;
        }
        self.program.type_at(self.file(method)?, step.index?)
    }

    /// The text that a step loads.
    #[must_use]
    pub fn text(&self, method: MethodId, body: &Body, step: u32) -> Option<String> {
        let step = body.step(step)?;
        if step.opcode.index_kind() != IndexKind::String {
            return None;
        }
        let text = self.program.string_at(self.file(method)?, step.index?)?;
        Some(text.into_owned())
    }

    /// The step that made a value.
    #[must_use]
    pub fn made_by(body: &Body, value: ValueId) -> Option<u32> {
        match body.origin(value) {
            Origin::Instruction(step) => Some(step),
            _ => None,
        }
    }

    /// Class and name of a method, for the few framework methods that are known by name.
    #[must_use]
    pub fn named(&self, method: MethodId) -> (&'a str, &'a str) {
        let row = self.program.method(method);
        let class = std::str::from_utf8(self.program.descriptor(row.class)).unwrap_or_default();
        let name = std::str::from_utf8(self.program.name(row.name)).unwrap_or_default();
        (class, name)
    }

    /// Descriptor of a type, empty when it is no text.
    #[must_use]
    pub fn descriptor(&self, class: TypeId) -> &'a str {
        std::str::from_utf8(self.program.descriptor(class)).unwrap_or_default()
    }

    /// The steps of the app's code that call a method, those that call it by the name of a class
    /// above or below included; at most `cap`, `None` when there are more.
    #[must_use]
    pub fn callers(&self, method: MethodId, cap: usize) -> Option<Vec<Place>> {
        let row = self.program.method(method);
        let mut classes = self.hierarchy.supertypes(row.class);
        if !self.program.is_static(method) {
            classes.extend(self.hierarchy.all_subclasses(row.class, SUBCLASSES));
        }
        let mut found = Vec::new();
        for class in classes {
            let Some(reference) = self.program.find_method(class, row.selector) else {
                continue;
            };
            for site in self.index.calls_to(reference) {
                if found.len() >= cap {
                    return None;
                }
                if let Some(place) = self.place(site.method, site.address) {
                    found.push(place);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }

    /// The method with code that a call of `callee` runs on an object of the very class it names.
    #[must_use]
    pub fn resolve(&self, callee: MethodId) -> Option<MethodId> {
        let row = self.program.method(callee);
        self.hierarchy.resolve(row.class, row.selector)
    }

    /// Whether a method makes an object.
    #[must_use]
    pub fn is_constructor(&self, method: MethodId) -> bool {
        self.named(method).1 == "<init>"
    }

    /// The initial value that a class states for a static field, and the number of the dex file
    /// whose tables it refers to.
    #[must_use]
    pub fn initial_value(&self, field: FieldId) -> Option<(u32, Value<'a>)> {
        let class = self.program.class(self.program.field(field).class)?;
        let dex = self.program.files().get(class.file as usize)?.dex;
        let mut statics = class.fields.iter().filter(|(_, is_static)| *is_static);
        let position = statics.position(|(id, _)| *id == field)?;
        let value = dex.static_values(&class.definition)?.values().nth(position)?;
        Some((class.file, value))
    }

    /// The places of sites, those left out that no body was made for.
    pub fn places<'s>(&'s self, sites: &'s [Site]) -> impl Iterator<Item = Place> + 's {
        sites
            .iter()
            .filter_map(|site| self.place(site.method, site.address))
    }

    /// What a write of a field puts there: the place, the body of its method, and the value.
    #[must_use]
    pub fn written(&self, site: Site) -> Option<(Place, Rc<Body>, ValueId)> {
        let place = self.place(site.method, site.address)?;
        let body = self.body(place.method)?;
        let value = *body.operands(place.step).first()?;
        Some((place, body, value))
    }

    /// The methods of a class by their name, as the code names them, whether the app has them or not.
    pub fn methods_of<'s>(&'s self, class: &'s str, name: &str) -> impl Iterator<Item = MethodId> + 's {
        let name = self.program.find_name(name.as_bytes());
        let methods = name.map(|name| self.program.methods_named(name));
        let methods = methods.unwrap_or_default().iter().copied();
        methods.filter(move |method| self.named(*method).0 == class)
    }

    /// The dex file of a method that the app defines, and what is annotated in its class.
    #[must_use]
    pub fn annotated(&self, method: MethodId) -> Option<(&'a Dex<'a>, AnnotationDirectory<'a>)> {
        let class = self.program.class(self.program.method(method).class)?;
        let dex = self.program.files().get(class.file as usize)?.dex;
        Some((dex, dex.annotations(&class.definition)?))
    }

    /// The place at an address of a method.
    #[must_use]
    pub fn place(&self, method: MethodId, address: u32) -> Option<Place> {
        let step = self.body(method)?.step_at(address)?;
        Some(Place { method, step })
    }
}

/// Classes below a class whose names a call may use for its method.
const SUBCLASSES: usize = 64;
