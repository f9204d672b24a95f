//! Finds the models of an app's methods: those of the class they are called on, and of every class
//! and interface above it, in the app's own code and in the models' table of library classes.
//!
//! A method that the app defines itself below a modelled class is looked at as code: a model speaks
//! of it only when it names that very class, as it does for libraries that are packed into apps.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    ClassModel, Delivery, Invocation, MethodModel, Models, Opening, Position, Read, Rule, Sink, Source, Store,
};
use crate::harvest::hierarchy::Hierarchy;
use crate::harvest::program::{MethodId, Program, TypeId};

/// Classes looked at above one class.
const SUPERTYPES: usize = 256;

/// What the models say of one method.
#[derive(Debug, Clone, Copy, Default)]
pub struct Binding<'m> {
    /// What flows where.
    pub flows: Option<&'m [Rule]>,
    /// Whether that is said of all methods of a class and not of this one.
    pub is_general: bool,
    /// Whether it is a sink.
    pub sink: Option<&'m Sink>,
    /// Whether it is a source.
    pub source: Option<&'m Source>,
    /// Whether it reads a provider.
    pub read: Option<&'m Read>,
    /// Whether it keeps or gives back a named value.
    pub store: Option<&'m Store>,
    /// Whether it delivers an intent.
    pub delivery: Option<Delivery>,
    /// What it opens.
    pub opens: Option<&'m Opening>,
    /// Which callbacks it makes.
    pub invokes: &'m [Invocation],
}

impl<'m> Binding<'m> {
    /// The rule by which a call gives back its receiver, or what that holds.
    #[must_use]
    pub fn gives_back(&self) -> Option<&'m Rule> {
        let is_back = |rule: &&Rule| rule.from == Position::This && rule.to == Position::Return;
        self.flows?.iter().find(is_back)
    }

    fn is_empty(&self) -> bool {
        self.flows.is_none()
            && self.sink.is_none()
            && self.source.is_none()
            && self.read.is_none()
            && self.store.is_none()
            && self.delivery.is_none()
            && self.opens.is_none()
            && self.invokes.is_empty()
    }

    /// Takes over what is not known yet from a model of a class further up.
    fn complete(&mut self, model: &'m MethodModel) {
        self.flows = self.flows.or(model.flows.as_deref());
        self.sink = self.sink.or(model.sink.as_ref());
        self.source = self.source.or(model.source.as_ref());
        self.read = self.read.or(model.read.as_ref());
        self.store = self.store.or(model.store.as_ref());
        self.delivery = self.delivery.or(model.delivery);
        self.opens = self.opens.or(model.opens.as_ref());
        if self.invokes.is_empty() {
            self.invokes = &model.invokes;
        }
    }
}

/// The models of an app's methods.
#[derive(Debug)]
pub struct Bound<'m> {
    models: &'m Models,
    /// The models of each type's supertypes, nearest first, by type; many share a list.
    chains: Vec<Box<[&'m ClassModel]>>,
    of_type: Vec<u32>,
    bindings: Vec<Binding<'m>>,
    of_method: Vec<u32>,
    /// The types that the models name, and what stands above them there.
    named: FxHashMap<TypeId, Named<'m>>,
    /// Every name of a method that some model has.
    names: FxHashSet<&'m str>,
}

/// A type that the models name.
#[derive(Debug, Default)]
struct Named<'m> {
    descriptor: &'m str,
    /// Its own model and those of what stands above it in the models' table, nearest first.
    chain: Vec<&'m ClassModel>,
    /// The descriptors of what stands above it there.
    above: Vec<&'m str>,
}

const NONE: u32 = u32::MAX;

impl<'m> Bound<'m> {
    /// Binds the models to the methods that the app's code names.
    #[must_use]
    pub fn new(models: &'m Models, program: &Program<'_>, hierarchy: &Hierarchy<'_, '_>) -> Self {
        let names = models
            .classes
            .values()
            .flat_map(|class| class.methods.keys())
            .filter_map(|key| key.split('(').next());
        let mut bound = Self {
            models,
            chains: Vec::new(),
            of_type: Vec::with_capacity(program.type_count()),
            bindings: Vec::new(),
            of_method: Vec::with_capacity(program.method_count()),
            named: named(models, program),
            names: names.collect(),
        };
        let mut known = BTreeMap::new();
        for class in program.types() {
            let chain = bound.chain(program, hierarchy, class);
            let row = if chain.is_empty() {
                NONE
            } else {
                let addresses: Vec<*const ClassModel> =
                    chain.iter().map(|model| std::ptr::from_ref(*model)).collect();
                let next = u32::try_from(bound.chains.len()).unwrap_or(NONE);
                *known.entry(addresses).or_insert_with(|| {
                    bound.chains.push(chain.into());
                    next
                })
            };
            bound.of_type.push(row);
        }
        for method in program.methods() {
            let binding = bound.bind(program, method);
            let row = if binding.is_empty() {
                NONE
            } else {
                bound.bindings.push(binding);
                u32::try_from(bound.bindings.len().saturating_sub(1)).unwrap_or(NONE)
            };
            bound.of_method.push(row);
        }
        bound
    }

    /// All models.
    #[must_use]
    pub fn models(&self) -> &'m Models {
        self.models
    }

    /// What the models say of a method, `None` when they say nothing.
    #[must_use]
    pub fn of(&self, method: MethodId) -> Option<&Binding<'m>> {
        let row = self.of_method.get(method.index())?;
        self.bindings.get(*row as usize)
    }

    /// What the models say of a method outside the app that no code names, as reflection calls it.
    #[must_use]
    pub fn outside(&self, class: &str, name: &str) -> Binding<'m> {
        let mut binding = Binding::default();
        let mut classes = vec![class];
        let mut next = 0;
        while let Some(class) = classes.get(next).copied() {
            next = next.saturating_add(1);
            if let Some(model) = self.models.classes.get(class) {
                for (key, method) in &model.methods {
                    if key.split('(').next() == Some(name) {
                        binding.complete(method);
                    }
                }
            }
            for above in self.models.subtypes.get(class).into_iter().flatten() {
                if classes.len() < SUPERTYPES && !classes.contains(&above.as_str()) {
                    classes.push(above);
                }
            }
        }
        binding
    }

    /// The models of a class and of what stands above it, nearest first.
    #[must_use]
    pub fn classes(&self, class: TypeId) -> &[&'m ClassModel] {
        self.of_type
            .get(class.index())
            .and_then(|row| self.chains.get(*row as usize))
            .map_or(&[], |chain| chain)
    }

    /// Whether a class stands below one, in the app's code or in the models' table.
    #[must_use]
    pub fn is_below(
        &self,
        program: &Program<'_>,
        hierarchy: &Hierarchy<'_, '_>,
        class: TypeId,
        above: &str,
    ) -> bool {
        hierarchy.supertypes(class).into_iter().any(|class| {
            program.descriptor(class) == above.as_bytes()
                || self
                    .named
                    .get(&class)
                    .is_some_and(|named| named.above.contains(&above))
        })
    }

    /// The models of a class and everything above it, nearest first.
    fn chain(
        &self,
        program: &Program<'_>,
        hierarchy: &Hierarchy<'_, '_>,
        class: TypeId,
    ) -> Vec<&'m ClassModel> {
        let mut chain: Vec<&'m ClassModel> = Vec::new();
        let mut add = |class: TypeId| {
            for model in self.named.get(&class).into_iter().flat_map(|named| &named.chain) {
                if !chain.iter().any(|known| std::ptr::eq(*known, *model)) {
                    chain.push(model);
                }
            }
        };
        if program.class(class).is_none() {
            add(class);
        } else {
            hierarchy.supertypes(class).into_iter().for_each(add);
        }
        chain
    }

    fn bind(&self, program: &Program<'_>, id: MethodId) -> Binding<'m> {
        let method = program.method(id);
        let chain = self.classes(method.class);
        let mut binding = Binding::default();
        if chain.is_empty() {
            return binding;
        }
        let Ok(name) = std::str::from_utf8(program.name(method.name)) else {
            return binding;
        };
        let is_general = chain.iter().any(|class| class.methods.contains_key("*"));
        if !is_general && !self.names.contains(name) {
            return binding;
        }
        let is_own = program.definition(id).is_some();
        let own = self
            .named
            .get(&method.class)
            .and_then(|named| self.models.classes.get(named.descriptor));
        let signature = program.signature(id);
        let full = signature.split_once("->").map_or("", |(_, full)| full);
        let chain = || {
            let chain = if is_own { own.as_slice() } else { chain };
            chain.iter().copied()
        };
        for key in [full, name] {
            for model in chain().filter_map(|class| class.methods.get(key)) {
                binding.complete(model);
            }
        }
        // What an object can do in general says nothing of how it is made.
        if binding.flows.is_none() && (name != "<init>" || own.is_some()) {
            let general = chain().find_map(|class| class.methods.get("*")?.flows.as_deref());
            binding.is_general = general.is_some();
            binding.flows = general;
        }
        binding
    }
}

/// The types of the app's code that the models name.
fn named<'m>(models: &'m Models, program: &Program<'_>) -> FxHashMap<TypeId, Named<'m>> {
    let mut found = FxHashMap::default();
    for descriptor in models.classes.keys().chain(models.subtypes.keys()) {
        let Some(class) = program.find_type(descriptor.as_bytes()) else {
            continue;
        };
        found.entry(class).or_insert_with(|| {
            let mut all = vec![descriptor.as_str()];
            let mut next = 0;
            while let Some(name) = all.get(next).copied() {
                next = next.saturating_add(1);
                for above in models.subtypes.get(name).into_iter().flatten() {
                    if all.len() < SUPERTYPES && !all.contains(&above.as_str()) {
                        all.push(above);
                    }
                }
            }
            Named {
                descriptor,
                chain: all.iter().filter_map(|name| models.classes.get(*name)).collect(),
                above: all.split_off(1),
            }
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::assembly::{method, with};
    use crate::harvest::models::Position;

    fn rules(rules: &[&str]) -> Option<Vec<Rule>> {
        Some(rules.iter().map(|rule| Rule::parse(rule).unwrap()).collect())
    }

    /// An app that calls these methods, and defines `LOwn;` below `LBase;` with a method `get`.
    fn app(calls: &[&str]) -> String {
        let calls: String = calls
            .iter()
            .map(|call| format!("invoke-static {call}\n"))
            .collect();
        format!(
            "class LMain;
            method static run()V 1
              {calls}
              return-void
            class LOwn; < LBase;
            method get()V 1
              return-void
            class LTop; < LOwn;"
        )
    }

    fn flows(models: &Models, name: &str) -> Option<Vec<Rule>> {
        with(&app(&[name]), models, |world| {
            world.bound.of(method(world, name))?.flows.map(<[Rule]>::to_vec)
        })
    }

    #[test]
    fn a_name_further_up_beats_a_general_model_nearby() {
        let mut models = Models::default();
        models
            .subtypes
            .insert("LNear;".to_owned(), vec!["LFar;".to_owned()]);
        models.method("LNear;", "*").flows = rules(&["this -> return"]);
        models.method("LFar;", "get").flows = rules(&["1 -> return"]);
        models.method("LFar;", "get(I)V").flows = rules(&[]);
        assert_eq!(flows(&models, "LNear;->get()V"), rules(&["1 -> return"]));
        assert_eq!(
            flows(&models, "LNear;->get(I)V"),
            rules(&[]),
            "the prototype says most"
        );
        assert_eq!(flows(&models, "LNear;->other()V"), rules(&["this -> return"]));
        assert_eq!(flows(&models, "LElse;->get()V"), None);
        with(&app(&["LNear;->get()V", "LNear;->other()V"]), &models, |world| {
            let is_general = |name| world.bound.of(method(world, name)).unwrap().is_general;
            assert!(is_general("LNear;->other()V") && !is_general("LNear;->get()V"));
        });
    }

    #[test]
    fn general_models_say_nothing_of_constructors_of_classes_below() {
        let mut models = Models::default();
        models
            .subtypes
            .insert("LNear;".to_owned(), vec!["LFar;".to_owned()]);
        models.method("LFar;", "*").flows = rules(&["1 -> this"]);
        assert_eq!(flows(&models, "LNear;-><init>()V"), None);
        assert_eq!(flows(&models, "LFar;-><init>()V"), rules(&["1 -> this"]));
    }

    #[test]
    fn an_own_method_below_a_model_is_code() {
        let mut models = Models::default();
        models.method("LBase;", "get").flows = rules(&["this -> return"]);
        models.method("LBase;", "*").flows = rules(&["this -> return"]);
        assert_eq!(flows(&models, "LOwn;->get()V"), None);
        assert!(flows(&models, "LOwn;->inherited()V").is_some());
        models.method("LOwn;", "get").flows = rules(&["1 -> return"]);
        assert_eq!(
            flows(&models, "LOwn;->get()V"),
            rules(&["1 -> return"]),
            "a packed library"
        );
    }

    #[test]
    fn parts_of_a_model_may_come_from_different_classes() {
        let mut models = Models::default();
        models
            .subtypes
            .insert("LNear;".to_owned(), vec!["LFar;".to_owned()]);
        models.method("LNear;", "get").flows = rules(&["1 -> return"]);
        let source = Source {
            data: "sms".to_owned(),
            at: vec![Position::Return],
        };
        models.method("LFar;", "get").source = Some(source.clone());
        with(&app(&["LNear;->get()V"]), &models, |world| {
            let binding = world.bound.of(method(world, "LNear;->get()V")).unwrap();
            assert_eq!((binding.flows.is_some(), binding.source), (true, Some(&source)));
            assert_eq!(world.bound.outside("LNear;", "get").source, Some(&source));
            assert!(world.bound.outside("LNear;", "put").is_empty());
        });
    }

    #[test]
    fn openings_are_told_apart_by_prototype() {
        let mut models = Models::default();
        models.method("LFile;", "<init>(Ljava/lang/String;)V").opens =
            Some(Opening::parse("file 1").unwrap());
        models.method("LFile;", "<init>(LStream;)V").opens = Some(Opening::Wraps(1));
        let names = [
            "LFile;-><init>(Ljava/lang/String;)V",
            "LFile;-><init>(LStream;)V",
            "LFile;-><init>()V",
        ];
        with(&app(&names), &models, |world| {
            let opens = names.map(|name| world.bound.of(method(world, name))?.opens.cloned());
            let file = Opening::Kind {
                kind: "file".to_owned(),
                name: Some(1),
            };
            assert_eq!(opens, [Some(file), Some(Opening::Wraps(1)), None]);
        });
    }

    #[test]
    fn a_class_stands_below_what_code_and_table_say() {
        let mut models = Models::default();
        models
            .subtypes
            .insert("LBase;".to_owned(), vec!["LRoot;".to_owned()]);
        models
            .subtypes
            .insert("LRoot;".to_owned(), vec!["LBase;".to_owned()]);
        with(&app(&[]), &models, |world| {
            let top = world.program.find_type(b"LTop;").unwrap();
            let is_below = |above| world.bound.is_below(world.program, world.hierarchy, top, above);
            assert!(is_below("LOwn;") && is_below("LBase;") && is_below("LRoot;"));
            assert!(!is_below("LMain;"));
        });
    }
}
