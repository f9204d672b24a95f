//! Where values go: from the addresses of providers to the reads, and from the reads to the sinks.
//!
//! One engine does both, forward and on demand: it starts where an address is named and follows it
//! into every call that reads a provider; from there it follows what was read. A fact says that a
//! value of a method holds something ([`slots::Slot`]), from a certain step on when the object was
//! filled later. Within a method facts move along the values' uses; a call is entered with the fact
//! as context, so that what comes out goes back to that caller only (tabulation in the manner of
//! IFDS). Fields, static ones too, are followed by field and not by object; so are preferences,
//! tables, files and intents, by name.
//!
//! What is not followed: which branch is taken on a value, native code, threads' order. A value is
//! never followed through sizes, comparisons and truth values.

mod address;
mod calls;
mod filled;
pub mod intents;
mod models;
pub mod path;
mod positions;
pub(crate) mod reflection;
pub mod slots;
mod stores;
mod streams;
mod transfer;
mod types;
mod ways;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use self::slots::{Shape, Slot, SlotId, Slots};
use super::body::ValueId;
use super::models::Position;
use super::program::{FieldId, MethodId};
use super::reach::Reach;
use super::world::{Place, World};

/// Number of a fact in the order it was found.
pub type NodeId = u32;
type ContextId = u32;
type SourceId = u16;

/// What started a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What the data is, such as `contacts`.
    pub data: String,
    /// How it is read.
    pub shape: Shape,
    /// Where: the read, or for an address not read yet the place that names it.
    pub place: Place,
    /// Whether it is read here, and not only named.
    pub is_read: bool,
}

/// A sink that a flow reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// What flows, an index into the origins.
    pub origin: usize,
    /// Kind of the sink.
    pub kind: String,
    /// Where it is.
    pub place: Place,
    /// The last fact of the path.
    pub node: NodeId,
}

/// A fact: a value of a method holds something.
#[derive(Debug, Clone, Copy)]
struct Node {
    context: ContextId,
    value: ValueId,
    /// The step behind which it holds, plus one; 0 for a value that holds it from the beginning.
    since: u32,
    slot: SlotId,
    source: SourceId,
    cause: Cause,
}

/// What a fact follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// It is the beginning.
    Seed,
    /// From a fact of the same method, by this step.
    Step(NodeId, u32),
    /// From the fact a call was entered with, by what the called method does (its last fact).
    Call(NodeId, NodeId, u32),
    /// A called method begins with what this fact holds.
    Enter(NodeId, u32),
    /// A fact that left a method for all its callers.
    Leave(NodeId),
    /// From a fact elsewhere, by a field, a file or another store.
    Hop(NodeId, Through),
}

/// What a value waits in between two methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Through {
    /// A field.
    Field,
    /// A file.
    File,
    /// Preferences, a table or the like.
    Store,
    /// A message to a component.
    Intent,
    /// Another callback of the same object.
    Callback,
}

/// With which fact a method is entered.
type Entry = Option<(u16, SlotId, SourceId)>;

#[derive(Debug, Default)]
struct Context {
    entry: Entry,
    /// Who entered: the fact there, and the call.
    incoming: Vec<Incoming>,
    exits: Vec<Exit>,
}

/// A call that entered a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Incoming {
    node: NodeId,
    step: u32,
    /// How the operands of the call and the parameters of the method go together.
    link: Link,
}

/// How a method is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// As the code says: operand by operand.
    Direct,
    /// By a callback of the framework or by reflection; where its result goes at the call, and
    /// which of its arguments it fills for whom.
    Callback {
        result: Option<Position>,
        fills: Option<(u8, Position)>,
    },
}

/// What leaves a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exit {
    at: ExitAt,
    slot: SlotId,
    source: SourceId,
    node: NodeId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExitAt {
    Return,
    Parameter(u16),
    Thrown,
}

/// Caps of one run.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// Facts.
    pub nodes: usize,
    /// Methods entered by one virtual call.
    pub targets: usize,
    /// Callers of a method that a fact leaves for.
    pub callers: usize,
    /// Different origins.
    pub origins: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            nodes: 400_000,
            targets: 24,
            callers: 32,
            origins: 512,
        }
    }
}

/// What a run found.
#[derive(Debug)]
pub struct Found {
    /// The origins, addresses and reads.
    pub origins: Vec<Origin>,
    /// The leaks, by place.
    pub leaks: Vec<Leak>,
    /// Whether the caps cut the run short.
    pub is_cut: bool,
}

/// A run over one app.
pub struct Engine<'w, 'p, 'a> {
    world: &'w World<'p, 'a>,
    reach: &'w Reach,
    caps: Caps,
    slots: Slots,
    origins: Vec<Origin>,
    contexts: Vec<(MethodId, Context)>,
    context_of: FxHashMap<(MethodId, Entry), ContextId>,
    nodes: Vec<Node>,
    /// The step since which a fact is known, and how often it was found later.
    seen: FxHashMap<(ContextId, ValueId, SlotId, SourceId), (u32, u8)>,
    next: usize,
    /// Facts that leave their methods and are not handed on yet.
    leaving: VecDeque<(NodeId, ExitAt)>,
    /// What fields hold, with the fact that put it there.
    fields: BTreeMap<(FieldId, SourceId, SlotId), NodeId>,
    /// Reads of fields of objects that carry data, by field: the fact of the object, and the step.
    carried: FxHashMap<(FieldId, SourceId), Vec<(NodeId, u32)>>,
    stores: stores::Stores,
    /// Components by the actions the manifest says they answer to.
    actions: intents::Actions,
    /// The same with the receivers that code registers.
    answering: Option<Rc<intents::Actions>>,
    /// Calls whose callbacks hand their result back, by the method called back.
    callbacks: Option<BTreeMap<MethodId, Vec<(Place, Link)>>>,
    leaks: BTreeMap<(SourceId, Place, String), NodeId>,
    pickers: BTreeSet<String>,
    is_cut: bool,
}

impl std::fmt::Debug for Engine<'_, '_, '_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl<'w, 'p, 'a> Engine<'w, 'p, 'a> {
    /// A run with nothing to follow yet.
    #[must_use]
    pub fn new(world: &'w World<'p, 'a>, reach: &'w Reach, actions: intents::Actions, caps: Caps) -> Self {
        Self {
            world,
            reach,
            caps,
            slots: Slots::default(),
            origins: Vec::new(),
            contexts: Vec::new(),
            context_of: FxHashMap::default(),
            nodes: Vec::new(),
            seen: FxHashMap::default(),
            next: 0,
            leaving: VecDeque::new(),
            fields: BTreeMap::new(),
            carried: FxHashMap::default(),
            stores: stores::Stores::default(),
            actions,
            answering: None,
            callbacks: None,
            leaks: BTreeMap::new(),
            pickers: BTreeSet::new(),
            is_cut: false,
        }
    }

    /// Begins where an address is named: `place` makes the value that holds it.
    pub fn seed_address(&mut self, place: Place, data: &str, shape: Shape) {
        let slot = self.slots.address(data, shape);
        self.seed(place, None, data, shape, slot);
    }

    /// Begins where data is read: at the value `place` makes, or at the parameter of its method.
    pub fn seed_read(&mut self, place: Place, parameter: Option<u16>, data: &str, shape: Shape) {
        self.seed(place, parameter, data, shape, SlotId::WHOLE);
    }

    fn seed(&mut self, place: Place, parameter: Option<u16>, data: &str, shape: Shape, slot: SlotId) {
        let Some(body) = self.world.body(place.method) else {
            return;
        };
        let value = match parameter {
            Some(position) => body.parameters().get(usize::from(position)).copied(),
            None => body.step(place.step).and_then(|step| step.result),
        };
        let origin = Origin {
            data: data.to_owned(),
            shape,
            place,
            is_read: slot == SlotId::WHOLE,
        };
        if let (Some(value), Some(source)) = (value, self.origin(origin)) {
            let context = self.context(place.method, None);
            self.push(context, value, 0, slot, source, Cause::Seed);
        }
    }

    /// Follows everything to its end.
    #[must_use]
    pub fn run(mut self) -> (Found, path::Paths) {
        loop {
            if let Some((id, position)) = self.leaving.pop_front() {
                self.settle(id, position);
                continue;
            }
            let Some(node) = self.nodes.get(self.next).copied() else {
                break;
            };
            let id = u32::try_from(self.next).unwrap_or(u32::MAX);
            self.next = self.next.saturating_add(1);
            self.follow(id, &node);
        }
        let leaks = std::mem::take(&mut self.leaks)
            .into_iter()
            .map(|((source, place, kind), node)| Leak {
                origin: usize::from(source),
                kind,
                place,
                node,
            })
            .collect();
        let paths = path::Paths::new(&self);
        let found = Found {
            origins: self.origins,
            leaks,
            is_cut: self.is_cut || self.world.is_spent(),
        };
        (found, paths)
    }

    fn origin(&mut self, origin: Origin) -> Option<SourceId> {
        let same = |other: &Origin| {
            (other.place, other.shape, other.is_read) == (origin.place, origin.shape, origin.is_read)
                && other.data == origin.data
        };
        if let Some(known) = self.origins.iter().position(same) {
            return u16::try_from(known).ok();
        }
        if self.origins.len() >= self.caps.origins {
            self.is_cut = true;
            return None;
        }
        self.origins.push(origin);
        u16::try_from(self.origins.len().saturating_sub(1)).ok()
    }

    fn context(&mut self, method: MethodId, entry: Entry) -> ContextId {
        if let Some(known) = self.context_of.get(&(method, entry)) {
            return *known;
        }
        let next = u32::try_from(self.contexts.len()).unwrap_or(u32::MAX);
        self.contexts.push((
            method,
            Context {
                entry,
                ..Context::default()
            },
        ));
        self.context_of.insert((method, entry), next);
        next
    }

    fn method_of(&self, context: ContextId) -> Option<MethodId> {
        self.contexts.get(context as usize).map(|(method, _)| *method)
    }

    /// Adds a fact, unless it is known: for a later step a fact that holds since an earlier one is
    /// enough.
    fn push(
        &mut self,
        context: ContextId,
        value: ValueId,
        since: u32,
        slot: SlotId,
        source: SourceId,
        cause: Cause,
    ) -> Option<NodeId> {
        const REPEATS: u8 = 6;
        if self.nodes.len() >= self.caps.nodes {
            self.is_cut = true;
            return None;
        }
        let key = (context, value, slot, source);
        if let Some((known, repeats)) = self.seen.get(&key).copied() {
            let is_covered = known == 0
                || known == since
                || repeats >= REPEATS
                || (since > 0 && self.follows(context, known, since));
            if is_covered {
                return None;
            }
            self.seen.insert(key, (since, repeats.saturating_add(1)));
        } else {
            self.seen.insert(key, (since, 0));
        }
        let id = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node {
            context,
            value,
            since,
            slot,
            source,
            cause,
        });
        Some(id)
    }

    fn follows(&self, context: ContextId, earlier: u32, later: u32) -> bool {
        let body = self.method_of(context).and_then(|method| self.world.body(method));
        body.is_some_and(|body| body.follows(earlier.saturating_sub(1), later.saturating_sub(1)))
    }

    fn slot(&self, slot: SlotId) -> &Slot {
        self.slots.get(slot)
    }

    fn is_address(&self, slot: SlotId) -> bool {
        matches!(self.slot(slot), Slot::Address { .. })
    }

    /// Notes that a flow reaches a sink. Addresses reach none.
    fn leak(&mut self, node: NodeId, place: Place, kind: &str) {
        let Some(row) = self.nodes.get(node as usize) else {
            return;
        };
        let is_read = self
            .origins
            .get(usize::from(row.source))
            .is_some_and(|origin| origin.is_read);
        if is_read {
            self.leaks
                .entry((row.source, place, kind.to_owned()))
                .or_insert(node);
        }
    }
}
