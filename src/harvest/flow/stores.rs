//! Where values wait between methods: fields, preferences and tables by name, files by path.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::slots::SlotId;
use super::transfer::At;
use super::ways::comes_without;
use super::{Cause, Engine, NodeId, SourceId, Through};
use crate::formats::dex::Opcode;
use crate::harvest::body::{Body, Origin, ValueId};
use crate::harvest::index::Site;
use crate::harvest::models::{Opening, Position};
use crate::harvest::program::{FieldId, MethodId};
use crate::harvest::texts::{Evaluator, HOLE, Texts};
use crate::harvest::world::Place;

/// Calls of the app's own methods through which an object is followed back to where it is made.
const RETURNS: u32 = 3;
/// Places looked at that read stores of one kind.
const READERS: usize = 2_000;
/// Reads, and writes, of one field in one method that are compared with each other.
const ACCESSES: usize = 256;

/// Places that take something out of a store, by the store's kind; found when first needed.
#[derive(Debug, Default)]
pub(super) struct Stores {
    readers: BTreeMap<String, Rc<[Reader]>>,
    files: Option<Rc<[FileReader]>>,
    written: BTreeSet<(String, String, SlotId, SourceId)>,
}

#[derive(Debug, Clone)]
struct Reader {
    place: Place,
    value: Position,
    names: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct FileReader {
    place: Place,
    value: ValueId,
    since: u32,
    keys: BTreeSet<String>,
}

impl Engine<'_, '_, '_> {
    /// A field holds something: every read of it gets it, in the code that can run.
    pub(super) fn add_field(&mut self, field: FieldId, slot: SlotId, source: SourceId, node: NodeId) {
        let is_of_bean = self.is_bean(self.world.program.field(field).class);
        self.put_in_field(field, (slot, source), node, is_of_bean);
    }

    /// The object in a field was filled. Whoever took it out before has it as well, unless it is one
    /// of the plain containers, which are followed with the object that owns them.
    pub(super) fn add_contents(&mut self, field: FieldId, slot: SlotId, source: SourceId, node: NodeId) {
        let row = self.world.program.field(field);
        let kind = self.world.descriptor(row.field_type);
        let is_plain = ["Ljava/", "Lorg/json/", "["]
            .iter()
            .any(|start| kind.starts_with(start));
        let by_owner = is_plain && self.is_bean(row.class);
        self.put_in_field(field, (slot, source), node, by_owner);
    }

    /// See [`Engine::add_field`]; with `by_owner`, reads of objects that are followed themselves wait
    /// for these.
    fn put_in_field(
        &mut self,
        field: FieldId,
        (slot, source): (SlotId, SourceId),
        node: NodeId,
        by_owner: bool,
    ) {
        if self.fields.contains_key(&(field, source, slot)) {
            return;
        }
        self.fields.insert((field, source, slot), node);
        let is_address = self.is_address(slot);
        let waiting = self.carried.get(&(field, source)).cloned().unwrap_or_default();
        for (carrier, step) in waiting {
            self.take_from_carrier(carrier, step, slot);
        }
        let by_owner = by_owner && !is_address;
        let index = self.world.index;
        for site in index.reads_of(field) {
            if !is_address && !self.reach.contains(site.method) {
                continue;
            }
            let Some(place) = self.world.place(site.method, site.address) else {
                continue;
            };
            if by_owner && self.is_known_object(place) {
                continue;
            }
            if !is_address && self.is_overwritten(place, field, None) {
                continue;
            }
            self.hop(place, slot, source, Cause::Hop(node, Through::Field));
        }
    }

    /// Whether the object of a field read is one that is followed as itself. Then the field holds
    /// something for it only if the object was seen to be filled.
    fn is_known_object(&self, place: Place) -> bool {
        let Some(body) = self.world.body(place.method) else {
            return false;
        };
        let object = body.operands(place.step).first().copied();
        object.is_some_and(|object| self.is_followed(place.method, &body, object, RETURNS))
    }

    /// Whether an object is made here, comes as an argument of known callers, or is made by a method
    /// of the app that gives it back.
    fn is_followed(&self, method: MethodId, body: &Body, object: ValueId, depth: u32) -> bool {
        let step = match body.origin(object) {
            Origin::Parameter(_) => {
                let callers = self.world.callers(method, self.caps.callers);
                return callers.is_none_or(|callers| !callers.is_empty());
            }
            Origin::Instruction(step) => step,
            Origin::Phi | Origin::Undefined => return false,
        };
        if body
            .step(step)
            .is_some_and(|row| row.opcode == Opcode::NewInstance)
        {
            return true;
        }
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let Some(call) = self.world.call(method, body, step) else {
            return false;
        };
        if self.world.bound.of(call.callee).is_some() {
            return false;
        }
        let targets = self.targets(method, body, step, call);
        !targets.is_empty()
            && targets.iter().all(|target| {
                let Some(body) = self.world.body(*target) else {
                    return false;
                };
                let mut returns = body.returns().peekable();
                returns.peek().is_some()
                    && returns.all(|(_, value)| self.is_followed(*target, &body, value, depth))
            })
    }

    /// A field is read of an object of the app that carries the data in one of its fields.
    pub(super) fn read_carrier(&mut self, at: &At<'_>) {
        let Some(field) = self.world.field(at.method, at.body, at.step) else {
            return;
        };
        let source = at.node.source;
        let waiting = self.carried.entry((field, source)).or_default();
        if !waiting.contains(&(at.id, at.step)) {
            waiting.push((at.id, at.step));
        }
        let slots: Vec<SlotId> = self
            .fields
            .range((field, source, SlotId::WHOLE)..)
            .take_while(|((known, of, _), _)| (*known, *of) == (field, source))
            .map(|((_, _, slot), _)| *slot)
            .collect();
        for slot in slots {
            self.take_from_carrier(at.id, at.step, slot);
        }
    }

    fn take_from_carrier(&mut self, carrier: NodeId, step: u32, slot: SlotId) {
        let Some(node) = self.nodes.get(carrier as usize).copied() else {
            return;
        };
        let Some(method) = self.method_of(node.context) else {
            return;
        };
        let Some(body) = self.world.body(method) else {
            return;
        };
        let Some(field) = self.world.field(method, &body, step) else {
            return;
        };
        if self.is_overwritten(Place { method, step }, field, node.since.checked_sub(1)) {
            return;
        }
        if let Some(value) = body.step(step).and_then(|row| row.result) {
            let cause = Cause::Step(carrier, step);
            self.push(node.context, value, 0, slot, node.source, cause);
        }
    }

    /// The method reads the field of the same object again, with no other write in between.
    pub(super) fn read_back(&mut self, at: &At<'_>, field: FieldId) {
        let index = self.world.index;
        let reads = within(index.reads_of(field), at.method);
        let writes = within(index.writes_of(field), at.method);
        if reads.len().max(writes.len()) > ACCESSES {
            self.is_cut = true;
            return;
        }
        let object = at.operands().get(1);
        let is_of_object = |step: u32, operand: usize| at.body.operands(step).get(operand) == object;
        let writes: Vec<u32> = self
            .steps(writes)
            .filter(|step| *step != at.step && is_of_object(*step, 1))
            .collect();
        let reads: Vec<(u32, ValueId)> = self
            .steps(reads)
            .filter(|step| is_of_object(*step, 0))
            .filter_map(|step| Some((step, at.body.step(step)?.result?)))
            .collect();
        for (read, value) in reads {
            let is_kept = at.body.follows(at.step, read)
                && writes
                    .iter()
                    .all(|write| comes_without(at.body, Some(at.step), read, *write));
            if is_kept {
                self.push(
                    at.node.context,
                    value,
                    0,
                    at.node.slot,
                    at.node.source,
                    at.cause(),
                );
            }
        }
    }

    /// The steps of sites that lie in one method.
    fn steps<'s>(&'s self, sites: &'s [Site]) -> impl Iterator<Item = u32> + 's {
        self.world.places(sites).map(|place| place.step)
    }

    /// Whether the method itself writes the field of the same object before every way to the read,
    /// so that what others wrote is gone. What is written there has its own fact.
    fn is_overwritten(&self, place: Place, field: FieldId, since: Option<u32>) -> bool {
        let Some(body) = self.world.body(place.method) else {
            return false;
        };
        let object = body.operands(place.step).first();
        let writes = within(self.world.index.writes_of(field), place.method);
        self.steps(writes).any(|step| {
            let is_whole = body.step(step).is_some_and(|row| {
                matches!(
                    row.opcode,
                    Opcode::Iput
                        | Opcode::IputObject
                        | Opcode::IputWide
                        | Opcode::Sput
                        | Opcode::SputObject
                        | Opcode::SputWide
                )
            });
            is_whole && body.operands(step).get(1) == object && !comes_without(&body, since, place.step, step)
        })
    }

    /// The value that a place makes holds something, whoever calls its method.
    pub(super) fn hop(&mut self, place: Place, slot: SlotId, source: SourceId, cause: Cause) {
        let Some(body) = self.world.body(place.method) else {
            return;
        };
        if let Some(value) = body.step(place.step).and_then(|row| row.result) {
            let context = self.context(place.method, None);
            self.push(context, value, 0, slot, source, cause);
        }
    }

    /// A call keeps a value under a name.
    pub(super) fn keep(&mut self, at: &At<'_>, kind: &str, name: Option<ValueId>) {
        if self.is_address(at.node.slot) {
            return;
        }
        let names = match name {
            Some(name) => names(kind, &Evaluator::new(self.world).texts(at.method, name)),
            None => BTreeSet::new(),
        };
        let slot = at.node.slot.carried_or(SlotId::WHOLE);
        let key = names.iter().cloned().collect::<Vec<_>>().join("\n");
        if !self
            .stores
            .written
            .insert((kind.to_owned(), key, slot, at.node.source))
        {
            return;
        }
        for reader in self.readers(kind).iter() {
            let is_same = reader.names == names || reader.names.intersection(&names).next().is_some();
            if is_same && reader.value == Position::Return && self.reach.contains(reader.place.method) {
                let cause = Cause::Hop(at.id, Through::Store);
                self.hop(reader.place, slot, at.node.source, cause);
            }
        }
    }

    fn readers(&mut self, kind: &str) -> Rc<[Reader]> {
        if let Some(known) = self.stores.readers.get(kind) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        for method in self.world.program.methods() {
            let Some(store) = self.world.bound.of(method).and_then(|binding| binding.store) else {
                continue;
            };
            if store.writes || store.kind != kind {
                continue;
            }
            for site in self.world.index.calls_to(method) {
                if found.len() >= READERS {
                    self.is_cut = true;
                    break;
                }
                let Some(place) = self.world.place(site.method, site.address) else {
                    continue;
                };
                let Some(name) = self.value_at(place, store.name) else {
                    continue;
                };
                let texts = Evaluator::new(self.world).texts(place.method, name);
                found.push(Reader {
                    place,
                    value: store.value,
                    names: names(kind, &texts),
                });
            }
        }
        let found: Rc<[Reader]> = found.into();
        self.stores.readers.insert(kind.to_owned(), Rc::clone(&found));
        found
    }

    fn value_at(&self, place: Place, position: Position) -> Option<ValueId> {
        let body = self.world.body(place.method)?;
        let call = self.world.call(place.method, &body, place.step)?;
        body.operands(place.step).get(call.operand(position)?).copied()
    }

    /// The data is in a file: whoever names the same path has it as well.
    pub(super) fn keep_file(&mut self, node: NodeId, source: SourceId, paths: &Texts) {
        let keys = file_keys(paths);
        if keys.is_empty() {
            return;
        }
        let joined = keys.iter().cloned().collect::<Vec<_>>().join("\n");
        let written = ("file".to_owned(), joined, SlotId::WHOLE, source);
        if !self.stores.written.insert(written) {
            return;
        }
        for reader in self.file_readers().iter() {
            if reader.keys.intersection(&keys).next().is_none() || !self.reach.contains(reader.place.method) {
                continue;
            }
            let context = self.context(reader.place.method, None);
            let cause = Cause::Hop(node, Through::File);
            self.push(context, reader.value, reader.since, SlotId::WHOLE, source, cause);
        }
    }

    fn file_readers(&mut self) -> Rc<[FileReader]> {
        if let Some(known) = &self.stores.files {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        for method in self.world.program.methods() {
            let opens = self.world.bound.of(method).and_then(|binding| binding.opens);
            let Some(Opening::Kind {
                kind,
                name: Some(name),
            }) = opens
            else {
                continue;
            };
            if kind != "file" {
                continue;
            }
            for site in self.world.index.calls_to(method) {
                if found.len() >= READERS {
                    self.is_cut = true;
                    break;
                }
                if let Some(reader) = self.file_reader(site.method, site.address, *name) {
                    found.push(reader);
                }
            }
        }
        let found: Rc<[FileReader]> = found.into();
        self.stores.files = Some(Rc::clone(&found));
        found
    }

    fn file_reader(&self, method: MethodId, address: u32, name: u8) -> Option<FileReader> {
        let place = self.world.place(method, address)?;
        let body = self.world.body(method)?;
        let call = self.world.call(method, &body, place.step)?;
        let operands = body.operands(place.step);
        let is_constructor = self.world.is_constructor(call.callee);
        let (value, since) = if is_constructor {
            (*operands.first()?, place.step.saturating_add(1))
        } else {
            (body.step(place.step)?.result?, 0)
        };
        let evaluator = Evaluator::new(self.world);
        let paths = if self.world.named(call.callee).0 == "Ljava/io/File;" {
            evaluator.texts(method, value)
        } else {
            evaluator.texts(method, *operands.get(call.argument(name))?)
        };
        Some(FileReader {
            place,
            value,
            since,
            keys: file_keys(&paths),
        })
    }

    /// A parameter, the receiver counted as the first, holds something whoever calls.
    pub(super) fn hop_to_parameter(
        &mut self,
        method: MethodId,
        position: usize,
        slot: SlotId,
        source: SourceId,
        cause: Cause,
    ) {
        let Some(body) = self.world.body(method) else {
            return;
        };
        if let Some(value) = body.parameters().get(position) {
            let context = self.context(method, None);
            self.push(context, *value, 0, slot, source, cause);
        }
    }
}

/// Those of sites in ascending order that lie in a method.
fn within(sites: &[Site], method: MethodId) -> &[Site] {
    let start = sites.partition_point(|site| site.method < method);
    let end = sites.partition_point(|site| site.method <= method);
    sites.get(start..end).unwrap_or_default()
}

/// Names under which a store keeps something; none when nothing is known.
fn names(kind: &str, texts: &Texts) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in &texts.texts {
        if texts.is_unknown() {
            continue;
        }
        found.insert(match kind {
            "database" => table(text),
            _ => text.clone(),
        });
    }
    found
}

/// The table that a statement reads, or the name itself.
fn table(text: &str) -> String {
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case("from") || word.eq_ignore_ascii_case("into") {
            let name = words.next().unwrap_or_default();
            let end = name.find(['(', ';', ',']).unwrap_or(name.len());
            return name.get(..end).unwrap_or_default().to_ascii_lowercase();
        }
    }
    text.trim().to_ascii_lowercase()
}

/// Parts of paths by which two places are taken to name the same file: what is known behind the
/// last part that is not, or the folder in front of it.
fn file_keys(paths: &Texts) -> BTreeSet<String> {
    const TELLING: usize = 3;
    let mut found = BTreeSet::new();
    for path in &paths.texts {
        let (folder, file) = match path.rsplit_once(HOLE) {
            Some((folder, file)) => (folder, file),
            None => ("", path.as_str()),
        };
        let file = file.trim_matches('/');
        let folder = folder.trim_matches(|one| one == '/' || one == HOLE);
        if file.len() >= TELLING {
            let name = file.rsplit('/').next().unwrap_or(file);
            found.insert(name.to_owned());
        } else if folder.len() >= TELLING {
            found.insert(folder.to_owned());
        }
    }
    found
}
