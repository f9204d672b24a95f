//! Signs that the app's own code is out of sight.
//!
//! Protectors and droppers leave a small dex file that unpacks, decrypts or fetches the app's own
//! classes at run time. What tells them is the shape of the package, whoever made them: classes that
//! the manifest names and no dex file defines, methods whose instructions were taken out, encrypted
//! data behind a dex file, or a tiny dex file with a class loader beside a large encrypted file. An
//! encrypted file alone says nothing: games keep their levels in such files.
//!
//! What marks name a protector stands in `signatures/sdks`.

use std::sync::Arc;

use super::Collector;
use super::manifest::{descriptor, kind_name};
use super::package::Shape;
use crate::app::{Module, Placed, is_code_name};
use crate::container::Inflater;
use crate::facts::coverage::Opaque;
use crate::facts::entropy::{LEAST_SAMPLE, looks_encrypted};
use crate::facts::{Fact, FactKind, FactSet, Location};
use crate::formats::dex::{ClassDefinition, Code, Dex, Opcode, access};
use crate::manifest::{Component, ComponentKind, Manifest};

/// Classes above which dex files are no mere loader of other code.
const LOADER_CLASSES: u32 = 300;
/// Size of all dex files above which they are no mere loader of other code, in bytes.
const LOADER_BYTES: u64 = 1 << 20;
/// Smallest encrypted file that may hold an app's code, in bytes.
const LEAST_PAYLOAD: u64 = 16 << 10;
/// Smallest encrypted file that makes a tiny dex file beside it a loader, in bytes.
const TELLING_PAYLOAD: u64 = 64 << 10;
/// Data behind a dex file that is looked at, in bytes.
const LEAST_TAIL: usize = 16 << 10;
/// Methods without instructions that are no accident.
const LEAST_EMPTIED: u32 = 3;
/// Missing components whose places are kept.
const MISSING_PLACES: usize = 4;
/// Code units at the beginning of a method that are looked at.
const FIRST_UNITS: usize = 4;

/// Methods of one class that are looked at.
const MOST_METHODS: usize = 1 << 10;

const MAIN: &str = "android.intent.action.MAIN";
const LAUNCHER: &str = "android.intent.category.LAUNCHER";

/// What the methods of component classes look like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bodies {
    /// Methods with code.
    methods: u32,
    /// Those whose instructions were taken out, leaving nothing but `nop`.
    emptied: u32,
    /// Callbacks `onCreate`.
    callbacks: u32,
    /// Those that are native.
    native_callbacks: u32,
}

impl Bodies {
    /// Counts the methods of one component class, and says how many there are.
    pub(super) fn look(&mut self, dex: &Dex<'_>, class: &ClassDefinition) -> u32 {
        let Some(data) = dex.class_data(class) else {
            return 0;
        };
        let mut seen = 0_u32;
        for method in data.methods().take(MOST_METHODS) {
            seen = seen.saturating_add(1);
            if let Some(code) = dex.code(method.code_offset) {
                self.methods = self.methods.saturating_add(1);
                self.emptied = self.emptied.saturating_add(is_emptied(&code).into());
            }
            let name = dex.method(method.method).map(|method| method.name);
            if name.and_then(|name| dex.short_string(name, 16)) == Some(b"onCreate") {
                let is_native = method.access_flags & access::NATIVE != 0;
                self.callbacks = self.callbacks.saturating_add(1);
                self.native_callbacks = self.native_callbacks.saturating_add(is_native.into());
            }
        }
        seen
    }

    /// Adds those of another dex file.
    pub(super) fn add(&mut self, other: &Self) {
        self.methods = self.methods.saturating_add(other.methods);
        self.emptied = self.emptied.saturating_add(other.emptied);
        self.callbacks = self.callbacks.saturating_add(other.callbacks);
        self.native_callbacks = self.native_callbacks.saturating_add(other.native_callbacks);
    }

    fn are_emptied(&self) -> bool {
        self.emptied >= LEAST_EMPTIED && self.emptied.saturating_mul(2) > self.methods
    }

    fn are_native(&self) -> bool {
        self.native_callbacks.saturating_mul(2) > self.callbacks
    }
}

/// Whether nothing stands at the beginning of a method, which no compiler writes.
fn is_emptied(code: &Code<'_>) -> bool {
    let mut first = code.instructions().take(FIRST_UNITS).peekable();
    first.peek().is_some()
        && first.all(|instruction| instruction.is_ok_and(|instruction| instruction.opcode == Opcode::Nop))
}

/// A sign, and where it was seen.
type Sign = (&'static str, Location);

impl Collector<'_> {
    /// Notes encrypted data behind the last of the dex files of one entry.
    pub(super) fn add_tail(&mut self, name: &str, files: &[Dex<'_>]) {
        let Some(last) = files.last() else {
            return;
        };
        let tail = last.behind_map();
        if tail.len() < LEAST_TAIL || !self.budget.steps((tail.len() as u64) >> 5) {
            return;
        }
        let sample = tail.get(..self.limits.sample_bytes).unwrap_or(tail);
        if looks_encrypted(sample) {
            self.tails.push(Location::Entry {
                name: name.to_owned(),
                offset: Some(last.end().saturating_sub(tail.len() as u64)),
            });
        }
    }

    /// Concludes whether the app's own code is out of sight. `missing` are the descriptors of classes
    /// the manifest names and no dex file defines.
    ///
    /// # Limits
    /// Only for a package that has the shape: `limits.sampled_entries` entries of which
    /// `limits.sample_bytes` are read.
    pub(super) fn conclude_packing(
        &mut self,
        shape: &Shape,
        found: &Missing<'_>,
        modules: &[Module<'_, '_>],
        inflater: &mut Inflater,
    ) {
        let base = modules.first().filter(|module| !module.part().is_empty());
        let file = base.map(|module| module.manifest_name().into());
        let mut signs = found.signs(shape, &self.facts, file.as_ref());
        if shape.bodies.are_emptied() {
            signs.push(("emptied-methods", Location::Package));
        }
        if shape.bodies.are_native() {
            signs.push(("native-callbacks", Location::Package));
        }
        let is_tiny = shape.classes <= LOADER_CLASSES && self.coverage.dex_bytes <= LOADER_BYTES;
        let may_load = is_tiny && (self.loads_code() || !self.tails.is_empty());
        if signs.is_empty() && !may_load {
            return;
        }
        let payloads = self.encrypted_entries(modules, inflater);
        let is_large =
            |(size, _): &(u64, Location)| *size >= TELLING_PAYLOAD && *size >= self.coverage.dex_bytes;
        let is_loader = may_load && (!self.tails.is_empty() || payloads.iter().any(is_large));
        if signs.is_empty() && !is_loader {
            return;
        }
        let payloads = payloads
            .into_iter()
            .map(|(_, place)| ("encrypted-payload", place));
        signs.extend(payloads);
        let tails = std::mem::take(&mut self.tails);
        signs.extend(tails.into_iter().map(|place| ("encrypted-tail", place)));
        self.conclude(Opaque::PackedCode);
        for (name, place) in signs {
            self.add(Fact::new(FactKind::Shape, name), place);
        }
    }

    /// Entries that look encrypted, largest first.
    fn encrypted_entries(
        &mut self,
        modules: &[Module<'_, '_>],
        inflater: &mut Inflater,
    ) -> Vec<(u64, Location)> {
        let mut candidates: Vec<Placed<'_, '_>> = modules
            .iter()
            .flat_map(|module| module.placed())
            .filter(|placed| placed.entry.size >= LEAST_PAYLOAD && may_be_payload(placed.path))
            .collect();
        candidates.sort_by_cached_key(|placed| (std::cmp::Reverse(placed.entry.size), placed.name()));
        let mut found = Vec::new();
        for placed in candidates.into_iter().take(self.limits.sampled_entries) {
            if !self.budget.steps((self.limits.sample_bytes as u64) >> 5) {
                break;
            }
            if looks_encrypted(&inflater.peek(placed.entry, self.limits.sample_bytes.max(LEAST_SAMPLE))) {
                let place = Location::Entry {
                    name: placed.name().into_owned(),
                    offset: None,
                };
                found.push((placed.entry.size, place));
            }
        }
        found
    }
}

/// Whether code may hide in the entry called `path`, whatever its ending.
fn may_be_payload(path: &str) -> bool {
    !path.ends_with('/')
        && !is_code_name(path)
        && !path.starts_with("META-INF/")
        && !matches!(path, "AndroidManifest.xml" | "resources.arsc")
}

/// Classes that the manifest names and no dex file defines.
#[derive(Debug, Clone, Copy)]
pub struct Missing<'m> {
    /// The manifest.
    pub manifest: &'m Manifest,
    /// Their descriptors.
    pub classes: &'m [String],
}

impl Missing<'_> {
    /// What the missing classes tell.
    ///
    /// `file` is the manifest of the base, where the app has several; the places of components are then
    /// those in `facts`.
    fn signs(&self, shape: &Shape, facts: &FactSet, file: Option<&Arc<str>>) -> Vec<Sign> {
        let is_missing = |class: &str| {
            let descriptor = descriptor(class);
            self.classes.contains(&descriptor)
        };
        let mut signs = Vec::new();
        let application = &self.manifest.application;
        if application.class.as_deref().is_some_and(is_missing) {
            let offset = application.place.unwrap_or_default().offset;
            signs.push(("application-missing", at("application", offset, file)));
        }
        let components = || {
            let all = self.manifest.components.iter();
            all.filter(|component| is_missing(class_of(component)))
        };
        let places = |component: &Component| {
            let kind = kind_name(component.kind);
            let fact = Fact::new(FactKind::Component, format!("{kind} {}", component.name));
            let known = file.and_then(|_| facts.places(&fact).first().cloned());
            known.unwrap_or_else(|| at(kind, component.place.offset, file))
        };
        if let Some(launcher) = components().find(|component| is_launcher(component)) {
            signs.push(("launcher-missing", places(launcher)));
        }
        if shape.missing.saturating_mul(2) > shape.components {
            let some = components().take(MISSING_PLACES).map(places);
            signs.extend(some.map(|place| ("components-missing", place)));
        }
        signs
    }
}

fn at(element: &str, offset: u64, file: Option<&Arc<str>>) -> Location {
    Location::Manifest {
        element: element.to_owned(),
        offset,
        file: file.cloned(),
    }
}

/// The class that a component runs.
fn class_of(component: &Component) -> &str {
    match (&component.target, component.kind) {
        (Some(target), ComponentKind::ActivityAlias) => target,
        _ => &component.name,
    }
}

fn is_launcher(component: &Component) -> bool {
    component.enabled
        && component.intent_filters.iter().any(|filter| {
            filter.actions.iter().any(|action| action == MAIN)
                && filter.categories.iter().any(|category| category == LAUNCHER)
        })
}
