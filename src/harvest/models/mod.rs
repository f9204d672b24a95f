//! What methods do with values when their code is not in the app, or need not be looked at: the
//! flow models. They are data, see `signatures/flows/`; this module holds them and reads the short
//! notation in which their rules are written, [`bind`] finds the models of an app's methods.
//!
//! A model never says that something is harmful: it says what goes in where and what comes out.

pub mod bind;
mod notation;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

pub use notation::{Hop, Invocation, Opening, Position, Rule, Slot, Target};

/// A mistake in the notation of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?}: {problem}")]
pub struct ModelError {
    /// The rule as it is written.
    pub text: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Where data comes out of a method that reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What is read, such as `contacts`.
    pub data: String,
    /// Where it comes out.
    pub at: Vec<Position>,
}

/// Where data leaves what the analysis follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sink {
    /// Kind of the sink, such as `network`; `stream` stands for what the receiver was opened on.
    pub kind: String,
    /// Which values are looked at.
    pub from: Vec<Position>,
}

/// A call that reads a content provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The argument with the provider's address.
    pub address: Position,
    /// The argument with the condition rows must fulfil.
    pub selection: Option<Position>,
    /// Where the rows come out.
    pub at: Position,
    /// The callback that gets the rows instead, and which of its arguments.
    pub callback: Option<Hop>,
}

/// A place where values wait under a name: preferences, tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Which kind of store, such as `preferences`.
    pub kind: String,
    /// The argument that holds the name.
    pub name: Position,
    /// What is written, or where it comes out again.
    pub value: Position,
    /// Whether the call writes.
    pub writes: bool,
}

/// How a message from component to component is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The argument with the intent.
    pub intent: Position,
}

/// The models of one method, or of all methods of a class for the name `*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MethodModel {
    /// What flows where; `Some` of nothing says that nothing flows.
    pub flows: Option<Vec<Rule>>,
    /// Whether it is a sink.
    pub sink: Option<Sink>,
    /// Whether it is a source.
    pub source: Option<Source>,
    /// Whether it reads a provider.
    pub read: Option<Read>,
    /// Whether it keeps or gives back a named value.
    pub store: Option<Store>,
    /// Whether it delivers an intent.
    pub delivery: Option<Delivery>,
    /// What a stream, a writer or a connection is attached to by this call.
    pub opens: Option<Opening>,
    /// Callbacks into the app.
    pub invokes: Vec<Invocation>,
}

/// The models of one class and of everything below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassModel {
    /// By method name, `name(prototype)`, or `*`.
    pub methods: BTreeMap<String, MethodModel>,
    /// Names of the methods the framework calls; `on*` stands for every name like `onCreate`.
    pub callbacks: Vec<String>,
    /// Arguments that callbacks bring data in, by method name.
    pub callback_sources: BTreeMap<String, Source>,
    /// Hops from one callback of an object to another, by the name of the first.
    pub passes: BTreeMap<String, Vec<Hop>>,
}

/// All flow models.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    /// Direct supertypes of classes that are not in the app, by descriptor.
    pub subtypes: BTreeMap<String, Vec<String>>,
    /// By class descriptor.
    pub classes: BTreeMap<String, ClassModel>,
    /// Classes whose subclasses the framework or a library makes by itself, from layouts or settings.
    pub made: BTreeSet<String>,
    /// Names by which a provider's address may be put together at run time.
    pub authorities: BTreeSet<String>,
    /// Methods that give back a provider's address, by `Lclass;->name`.
    pub address_methods: BTreeMap<String, Address>,
    /// Static fields that hold a provider's address, by `Lclass;->name`.
    pub address_fields: BTreeMap<String, Address>,
    /// Beginnings of provider addresses as text, the longest match counts.
    pub address_texts: BTreeMap<String, Address>,
    /// Permissions without which the data cannot be read, with what they open.
    pub permissions: BTreeMap<String, String>,
    /// Texts (content types, actions) that open the system's picker, with what is picked.
    pub picker_texts: BTreeMap<String, String>,
}

/// What an address of a provider stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// What the provider holds, such as `contacts`.
    pub data: String,
    /// Whether it answers for single rows only.
    pub is_lookup: bool,
}

impl Models {
    /// The model of a method of a class, made when it is missing.
    pub fn method(&mut self, class: &str, method: &str) -> &mut MethodModel {
        self.class(class).methods.entry(method.to_owned()).or_default()
    }

    /// The model of a class, made when it is missing.
    pub fn class(&mut self, class: &str) -> &mut ClassModel {
        self.classes.entry(class.to_owned()).or_default()
    }
}
