//! The reads and flows of one app, chosen and put into plain values: what `dunwatch flows` shows.
//!
//! The wire form is `dunwatch.flows/1`, documented in `docs/flows-v1.md`. [`text()`] and
//! [`graph`](super::graph) are made of the same values, so that all three say the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::analysis::Facts;
use crate::harvest::flow::Through;
use crate::harvest::flow::path::Move;
use crate::harvest::flow::slots::Shape;
use crate::harvest::{self, CodePlace, Harvest};
use crate::manifest::Manifest;
use crate::report::v1::Failure;
use crate::signatures::Ruleset;

mod owner;
mod text;

pub use owner::{Owner, OwnerKind};
pub use text::text;

/// The value of [`Flows::schema`].
pub const SCHEMA: &str = "dunwatch.flows/1";

/// Which reads are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Kinds of data, such as `contacts`; empty for all.
    pub data: Vec<String>,
    /// Also reads in code that no entry point was found to reach.
    pub all: bool,
}

/// What was found in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flows {
    /// Always `dunwatch.flows/1`.
    pub schema: String,
    /// Name of the file as it was given.
    pub input: String,
    /// Package name of the app; `null` when it is not known.
    pub package: Option<String>,
    /// Whether the code was followed, or why not.
    pub outcome: Outcome,
    /// Why the file could not be read; only with the outcome `failed`.
    pub error: Option<Failure>,
    /// What was seen of the code; `null` when the file could not be read.
    pub coverage: Option<Coverage>,
    /// Kinds of data that no declared permission opens: their reads are not looked for.
    pub not_looked_for: Vec<String>,
    /// Reads that were found and not asked for because no entry point reaches them.
    pub left_out: u64,
    /// By kind of data, then the strongest first.
    pub reads: Vec<Read>,
}

/// Whether the code was followed, or why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was.
    Followed,
    /// The manifest asks for none of the permissions without which nothing can be read.
    NoPermission,
    /// The code that could be read names no provider of the data.
    NoProvider,
    /// Without a readable manifest it is not known what the app may read.
    NoManifest,
    /// The package holds no code.
    NoCode,
    /// The package holds code, and none of it could be read.
    CodeUnreadable,
    /// The file could not be read.
    Failed,
}

/// What was seen of the code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Methods with code that were looked at; 0 when the code was not followed.
    pub methods: u64,
    /// Those that could be decoded to their end.
    pub methods_decoded: u64,
    /// Whether a cap or the work budget ended the analysis early: more may be there.
    pub is_cut: bool,
    /// Size of all dex files in bytes, inflated or, where that failed, as stated.
    pub dex_bytes: u64,
    /// Inflated size of those that could be read, in bytes.
    pub dex_bytes_read: u64,
    /// What is out of sight, by the names of the report.
    pub opaque: Vec<String>,
}

/// A read of personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Read {
    /// What is read: `contacts`, `sms` or `call-log`.
    pub data: String,
    /// How: `bulk`, `lookup`, `picked` or `unknown`.
    pub read: String,
    /// How far it is shown: `located`, `linked` or `proven`.
    pub level: String,
    /// Whether an entry point reaches it; `null` when that is not known.
    pub reachable: Option<bool>,
    /// The reading instruction.
    pub place: Place,
    /// Whose code it is in.
    pub owner: Owner,
    /// From the entry point to the reading method, each with the instruction that calls the next;
    /// without an offset the framework calls the next back. Empty when the read is not reached; of
    /// a long chain the last 24 methods.
    pub entry: Vec<Place>,
    /// Where the data goes, the strongest first.
    pub flows: Vec<Flow>,
}

/// A place in the code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Name of the dex file.
    pub dex: String,
    /// The method, `Lclass;->name(arguments)result`.
    pub method: String,
    /// Offset of the instruction in 16-bit code units; `null` for the method as a whole.
    pub offset: Option<u32>,
}

/// Where the data of a read goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Kind of the sink, as in the report.
    pub sink: String,
    /// `linked` or `proven`.
    pub level: String,
    /// The instruction that hands the data over.
    pub place: Place,
    /// Whose code it is in.
    pub owner: Owner,
    /// The way of the value, the read first; empty when it is linked only.
    pub path: Vec<Step>,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What happens.
    pub what: What,
    /// Where.
    pub place: Place,
    /// The method that is called there; `null` when it is no call.
    pub calls: Option<String>,
}

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The data is read.
    Read,
    /// It moves on within the method.
    Step,
    /// It is handed to another method.
    Call,
    /// It comes back from one.
    Return,
    /// It waited in a field.
    Field,
    /// It waited in a file.
    File,
    /// It waited in preferences, a table or the like.
    Store,
    /// It came in a message to a component.
    Intent,
    /// It was kept for another callback of the same object.
    Callback,
    /// It reaches the sink.
    Sink,
}

/// Methods that the analysis writes for the way from an entry point.
const CHAIN: usize = 24;

impl Read {
    /// Whether the first method of the chain may have been called by one that is not written.
    #[must_use]
    pub fn is_entry_cut(&self) -> bool {
        self.entry.len() >= CHAIN
    }
}

impl Flows {
    /// What `facts`, found under `ruleset`, says of the app in the file `input`.
    #[must_use]
    pub fn of(input: &str, facts: &Facts, ruleset: &Ruleset, selection: &Selection) -> Self {
        let manifest = facts.manifest.as_ref();
        let package = manifest
            .map(|manifest| manifest.package.as_str())
            .filter(|package| !package.is_empty());
        let mut flows = Self::of_harvest(input, &facts.harvest, package, selection);
        for read in &mut flows.reads {
            read.owner = read.owner.clone().named(&read.place.method, ruleset);
            for flow in &mut read.flows {
                flow.owner = flow.owner.clone().named(&flow.place.method, ruleset);
            }
        }
        flows.outcome = outcome(facts, &ruleset.vocabulary().interest().located_permissions);
        flows.not_looked_for = manifest
            .map(|manifest| closed(manifest, &ruleset.models().permissions))
            .unwrap_or_default();
        flows
            .not_looked_for
            .retain(|data| selection.data.is_empty() || selection.data.contains(data));
        let coverage = flows.coverage.get_or_insert_default();
        coverage.dex_bytes = facts.coverage.dex_bytes;
        coverage.dex_bytes_read = facts.coverage.dex_bytes_read;
        coverage.is_cut |= facts.coverage.budget_spent;
        let opaque = facts.coverage.opaque.iter();
        coverage.opaque = opaque.map(|opaque| opaque.name().to_owned()).collect();
        flows
    }

    /// What the analysis alone says, as far as it is wanted.
    #[must_use]
    pub fn of_harvest(input: &str, harvest: &Harvest, package: Option<&str>, selection: &Selection) -> Self {
        let wanted = |read: &&harvest::Read| selection.data.is_empty() || selection.data.contains(&read.data);
        let shown = |read: &&harvest::Read| selection.all || read.reachable != Some(false);
        let reads = || harvest.reads.iter().filter(wanted);
        Self {
            schema: SCHEMA.to_owned(),
            input: input.to_owned(),
            package: package.map(str::to_owned),
            outcome: Outcome::Followed,
            error: None,
            coverage: Some(Coverage {
                methods: harvest.methods,
                methods_decoded: harvest.decoded,
                is_cut: harvest.is_cut,
                ..Coverage::default()
            }),
            not_looked_for: Vec::new(),
            left_out: reads().filter(|read| !shown(read)).count() as u64,
            reads: reads().filter(shown).map(|one| read(one, package)).collect(),
        }
    }

    /// A file that could not be read.
    #[must_use]
    pub fn failed(input: &str, error: Failure) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            input: input.to_owned(),
            package: None,
            outcome: Outcome::Failed,
            error: Some(error),
            coverage: None,
            not_looked_for: Vec::new(),
            left_out: 0,
            reads: Vec::new(),
        }
    }
}

fn outcome(facts: &Facts, permissions: &BTreeSet<String>) -> Outcome {
    let harvest = &facts.harvest;
    if harvest.methods > 0 || harvest.is_cut {
        return Outcome::Followed;
    }
    let Some(manifest) = &facts.manifest else {
        return Outcome::NoManifest;
    };
    let mut declared = manifest.permissions.iter().map(|permission| &permission.name);
    if !declared.any(|name| permissions.contains(name)) {
        return Outcome::NoPermission;
    }
    match (facts.coverage.dex_bytes, facts.coverage.dex_bytes_read) {
        (0, _) => Outcome::NoCode,
        (_, 0) => Outcome::CodeUnreadable,
        _ => Outcome::NoProvider,
    }
}

/// The kinds of data that none of the declared permissions opens. Where none opens anything, the
/// analysis looks for all of them.
fn closed(manifest: &Manifest, opens: &BTreeMap<String, String>) -> Vec<String> {
    let declared = manifest.permissions.iter();
    let open: BTreeSet<&String> = declared
        .filter_map(|permission| opens.get(&permission.name))
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    let all: BTreeSet<&String> = opens.values().collect();
    all.difference(&open).map(|data| (*data).clone()).collect()
}

fn read(read: &harvest::Read, package: Option<&str>) -> Read {
    Read {
        data: read.data.clone(),
        read: shape(read.shape).to_owned(),
        level: level(read.level()).to_owned(),
        reachable: read.reachable,
        place: Place::from(&read.place),
        owner: Owner::of(&read.place.method, package),
        entry: read.entry.iter().map(Place::from).collect(),
        flows: read.flows.iter().map(|one| flow(one, package)).collect(),
    }
}

fn flow(flow: &harvest::Flow, package: Option<&str>) -> Flow {
    Flow {
        sink: flow.sink.clone(),
        level: level(flow.level).to_owned(),
        place: Place::from(&flow.place),
        owner: Owner::of(&flow.place.method, package),
        path: flow.path.iter().map(Step::from).collect(),
    }
}

impl From<&CodePlace> for Place {
    fn from(place: &CodePlace) -> Self {
        Self {
            dex: place.dex.clone(),
            method: place.method.clone(),
            offset: place.offset,
        }
    }
}

impl From<&harvest::Step> for Step {
    fn from(step: &harvest::Step) -> Self {
        Self {
            what: What::from(step.kind),
            place: Place::from(&step.place),
            calls: step.calls.clone(),
        }
    }
}

impl From<Move> for What {
    fn from(kind: Move) -> Self {
        match kind {
            Move::Read => Self::Read,
            Move::Step => Self::Step,
            Move::Call => Self::Call,
            Move::Return => Self::Return,
            Move::Through(Through::Field) => Self::Field,
            Move::Through(Through::File) => Self::File,
            Move::Through(Through::Store) => Self::Store,
            Move::Through(Through::Intent) => Self::Intent,
            Move::Through(Through::Callback) => Self::Callback,
            Move::Sink => Self::Sink,
        }
    }
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Bulk => "bulk",
        Shape::Lookup => "lookup",
        Shape::Picked => "picked",
        Shape::Unknown => "unknown",
    }
}

fn level(level: harvest::Level) -> &'static str {
    match level {
        harvest::Level::Located => "located",
        harvest::Level::Linked => "linked",
        harvest::Level::Proven => "proven",
    }
}
