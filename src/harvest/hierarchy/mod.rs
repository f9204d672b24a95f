//! What inherits what: supertypes, subtypes, and where a call or a field access leads.
//!
//! Classes that the app does not define are the ends of every walk: what they inherit is unknown.
//! A hostile file can make a class its own ancestor, so all walks remember where they were and are
//! bounded.

mod dispatch;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashSet;

use super::lists::Lists;
use super::program::{FieldId, MethodId, Program, SelectorId, TypeId};

pub use dispatch::Targets;

/// Supertypes of one type that are looked at.
const MAXIMUM_SUPERTYPES: usize = 512;

/// A set of types as a bitmap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeSet {
    words: Vec<u64>,
}

impl TypeSet {
    /// An empty set for the types of a program.
    #[must_use]
    pub fn new(program: &Program<'_>) -> Self {
        Self {
            words: vec![0; program.type_count().div_ceil(64)],
        }
    }

    /// Adds a type; `false` when it was there before, or is of another program.
    #[inline]
    pub fn insert(&mut self, id: TypeId) -> bool {
        let bit = 1u64.wrapping_shl(id.number());
        match self.words.get_mut(id.index() / 64) {
            Some(word) if *word & bit == 0 => {
                *word |= bit;
                true
            }
            _ => false,
        }
    }

    /// Whether the type was added.
    #[inline]
    #[must_use]
    pub fn contains(&self, id: TypeId) -> bool {
        let word = self.words.get(id.index() / 64).copied().unwrap_or_default();
        word.wrapping_shr(id.number()) & 1 == 1
    }

    /// How many types were added.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether none was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }
}

/// The class hierarchy of a program.
#[derive(Debug)]
pub struct Hierarchy<'p, 'a> {
    program: &'p Program<'a>,
    subclasses: Lists<TypeId>,
}

impl<'p, 'a> Hierarchy<'p, 'a> {
    /// The hierarchy of the classes that the app defines.
    #[must_use]
    pub fn new(program: &'p Program<'a>) -> Self {
        let links = program.classes().flat_map(|class| {
            let above = class.superclass.iter().chain(&class.interfaces);
            above.map(|above| (above.number(), class.id))
        });
        Self {
            program,
            subclasses: Lists::sorted(program.type_count(), links),
        }
    }

    /// The program it was made of.
    #[must_use]
    pub fn program(&self) -> &'p Program<'a> {
        self.program
    }

    /// The type itself, then its superclasses and interfaces, nearest first, each once; those that
    /// the app does not define as well. At most 512.
    #[must_use]
    pub fn supertypes(&self, id: TypeId) -> Vec<TypeId> {
        let mut found = vec![id];
        let mut next = 0usize;
        while let Some(class) = found.get(next).map(|id| self.program.class(*id)) {
            next = next.saturating_add(1);
            let Some(class) = class else {
                continue;
            };
            for above in class.superclass.iter().chain(&class.interfaces) {
                if found.len() >= MAXIMUM_SUPERTYPES {
                    return found;
                }
                if !found.contains(above) {
                    found.push(*above);
                }
            }
        }
        found
    }

    /// Whether `id` is `above` or inherits from it, as far as the app's own classes tell.
    #[must_use]
    pub fn is_subtype(&self, id: TypeId, above: TypeId) -> bool {
        // Most questions are about leaves, which nothing inherits from.
        id == above || (!self.subclasses(above).is_empty() && self.supertypes(id).contains(&above))
    }

    /// The classes of the app that name this type as their superclass or interface.
    #[must_use]
    pub fn subclasses(&self, id: TypeId) -> &[TypeId] {
        self.subclasses.get(id.number())
    }

    /// The classes of the app that inherit from this type, nearest first and without the type
    /// itself; at most `cap`.
    #[must_use]
    pub fn all_subclasses(&self, id: TypeId, cap: usize) -> Vec<TypeId> {
        let mut seen = FxHashSet::from_iter([id]);
        let mut found: Vec<TypeId> = Vec::new();
        let mut next = 0usize;
        let mut current = Some(id);
        while let Some(above) = current {
            for below in self.subclasses(above) {
                if found.len() >= cap {
                    return found;
                }
                if seen.insert(*below) {
                    found.push(*below);
                }
            }
            current = found.get(next).copied();
            next = next.saturating_add(1);
        }
        found
    }

    /// The method with code that a call of `selector` on an object of this class runs: the nearest
    /// up the superclasses, else the most specific default method of its interfaces. `None` when
    /// it is external, native or abstract.
    #[must_use]
    pub fn resolve(&self, class: TypeId, selector: SelectorId) -> Option<MethodId> {
        let mut current = Some(class);
        let mut has_interfaces = false;
        for _ in 0..MAXIMUM_SUPERTYPES {
            let Some(class) = current.and_then(|id| self.program.class(id)) else {
                break;
            };
            match self.implementation(class.id, selector) {
                Implementation::Code(method) => return Some(method),
                Implementation::Native => return None,
                Implementation::Missing => {}
            }
            has_interfaces |= !class.interfaces.is_empty();
            current = class.superclass;
        }
        has_interfaces
            .then(|| self.default_method(class, selector))
            .flatten()
    }

    fn default_method(&self, class: TypeId, selector: SelectorId) -> Option<MethodId> {
        let candidates: Vec<(TypeId, MethodId)> = self
            .supertypes(class)
            .into_iter()
            .filter_map(|above| match self.implementation(above, selector) {
                Implementation::Code(method) => Some((above, method)),
                _ => None,
            })
            .collect();
        if let [(_, only)] = *candidates.as_slice() {
            return Some(only);
        }
        // An interface that another candidate inherits from is overridden there.
        let is_overridden = |above: TypeId| {
            candidates
                .iter()
                .any(|(other, _)| *other != above && self.is_subtype(*other, above))
        };
        let specific = candidates.iter().find(|(above, _)| !is_overridden(*above));
        specific.or(candidates.first()).map(|(_, method)| *method)
    }

    fn implementation(&self, class: TypeId, selector: SelectorId) -> Implementation {
        let method = self.program.find_method(class, selector);
        let defined = method.and_then(|method| Some((method, self.program.definition(method)?)));
        match defined {
            Some((method, definition)) if definition.code_offset != 0 => Implementation::Code(method),
            Some((_, definition)) if !definition.is_abstract() => Implementation::Native,
            _ => Implementation::Missing,
        }
    }

    /// The field that a reference leads to: the nearest class up the hierarchy that defines it. A
    /// reference to a field that the app does not define stands for itself.
    #[must_use]
    pub fn resolve_field(&self, id: FieldId) -> FieldId {
        let field = self.program.field(id);
        if self.program.is_field_defined(id) || self.program.class(field.class).is_none() {
            return id;
        }
        self.supertypes(field.class)
            .into_iter()
            .filter_map(|above| self.program.find_field(above, field.name, field.field_type))
            .find(|found| self.program.is_field_defined(*found))
            .unwrap_or(id)
    }
}

enum Implementation {
    Code(MethodId),
    Native,
    Missing,
}
