//! What the framework makes and calls by itself: objects that files name, callbacks, annotated
//! methods.

use super::{Explorer, Reason};
use crate::harvest::program::{MethodId, TypeId};

impl Explorer<'_, '_, '_> {
    /// Views, fragments, plugins: what layouts and settings make instances of.
    pub(super) fn inflated(&self) -> Vec<TypeId> {
        let made = &self.world.bound.models().made;
        let mut found = Vec::new();
        for class in self.world.program.classes() {
            let is_inflated = || {
                made.iter().any(|name| {
                    self.world
                        .bound
                        .is_below(self.world.program, self.world.hierarchy, class.id, name)
                })
            };
            if !self.world.bound.classes(class.id).is_empty() && is_inflated() {
                found.push(class.id);
            }
        }
        found
    }

    /// Takes everything in dex files that are loaded by hand as made and called.
    pub(super) fn load(&mut self, loaded: &[String]) {
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

    /// Whether the framework may call a method of an instance of `class`.
    pub(super) fn is_callback(&self, class: TypeId, method: MethodId, name: &[u8]) -> bool {
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
    pub(super) fn is_foreign(&self, class: TypeId) -> bool {
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
    pub(super) fn annotated(&self, class: TypeId) -> Vec<MethodId> {
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
