//! The harvest analysis: does the app read the address book, the messages or the call log in bulk,
//! can that code run, and where does the data go?
//!
//! Stages, each a module: [`program`] gives the code of all dex files common ids, [`hierarchy`] its
//! classes, [`index`] the places where members are used; [`body`] reads one method as blocks and
//! values; [`reach`] finds what can run; `seeds` finds where the addresses of providers are named,
//! and [`flow`] follows them into the reads and what is read into the sinks, with [`texts`] telling
//! constants and [`models`] what the framework does; [`linked`] says what is left to say where no
//! path was found.
//!
//! It is run only for apps that declare one of the permissions and whose dex files name a provider.
//! Its work is bounded by steps, never by time, so that its answers are the same everywhere.
//!
//! A level is never stronger than what was found: *located* is a read in the code, *linked* one that
//! can run beside code that sends, *proven* one whose value was followed, step by step, to a sink.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests build their own input"
    )
)]

mod arguments;
#[cfg(test)]
mod assembly;
pub mod body;
mod constant;
mod control_flow;
pub mod flow;
pub mod hierarchy;
pub mod index;
pub mod linked;
mod lists;
pub mod models;
mod numbering;
pub mod program;
pub mod reach;
mod seeds;
pub mod selection;
pub mod texts;
mod values;
pub mod world;

use std::collections::BTreeMap;

use self::flow::intents::Actions;
use self::flow::path::{Move, Paths};
use self::flow::slots::Shape;
use self::flow::{Caps, Engine, Found, Through};
use self::hierarchy::Hierarchy;
use self::index::Index;
use self::models::Models;
use self::models::bind::Bound;
use self::program::{CodeFile, MethodId, Program};
use self::reach::Reach;
use self::world::{Place, World};
use crate::limits::{Budget, Limits};

/// What is known of the app beside its code.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Descriptors of the component classes that the manifest names, `None` without a manifest:
    /// then nothing is said of what can run.
    pub components: Option<Vec<String>>,
    /// Descriptors of the components that answer to an action, by action.
    pub actions: BTreeMap<String, Vec<String>>,
    /// What the app may read, such as `contacts`; reads of other data are left out, unless the person
    /// picks the rows, for which nothing needs to be declared. `None` for all.
    pub data: Option<Vec<String>>,
    /// Names of dex files that nothing loads by itself, such as one in the assets: what runs in them
    /// is not decided, and all of it may.
    pub loaded: Vec<String>,
    /// Whether sinks count that reports do not speak of, such as intents to other apps.
    pub all_sinks: bool,
}

/// A place in the code as it is written in reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodePlace {
    /// Name of the dex file.
    pub dex: String,
    /// The method, `Lclass;->name(arguments)result`.
    pub method: String,
    /// Offset of the instruction in code units; `None` for the method as a whole.
    pub offset: Option<u32>,
}

/// How far it is shown that what is read goes somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The read is in the code.
    Located,
    /// It can run, and the same code reaches a sink.
    Linked,
    /// The value was followed from the read to the sink.
    Proven,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happens.
    pub kind: Move,
    /// Where.
    pub place: CodePlace,
    /// The method that is called there, if it is a call.
    pub calls: Option<String>,
}

/// Where the data of a read goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Kind of the sink, as the report names it.
    pub sink: String,
    /// Linked or proven.
    pub level: Level,
    /// Where the sink is.
    pub place: CodePlace,
    /// The path of the value; empty when it is linked only.
    pub path: Vec<Step>,
}

/// A read of provider data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What is read.
    pub data: String,
    /// How.
    pub shape: Shape,
    /// Where.
    pub place: CodePlace,
    /// Whether the code can run; `None` when that is not decided.
    pub reachable: Option<bool>,
    /// From the entry point to the reading method, each with the offset that leads on.
    pub entry: Vec<CodePlace>,
    /// Where the data goes, the strongest first.
    pub flows: Vec<Flow>,
}

impl Read {
    /// The highest level of its flows.
    #[must_use]
    pub fn level(&self) -> Level {
        self.flows
            .iter()
            .map(|flow| flow.level)
            .max()
            .unwrap_or(Level::Located)
    }
}

/// What the analysis found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Harvest {
    /// The reads, by data, then the strongest first.
    pub reads: Vec<Read>,
    /// Methods with code.
    pub methods: u64,
    /// Methods whose code could be decoded to the end.
    pub decoded: u64,
    /// Facts that were found on the way.
    pub facts: u64,
    /// Whether a cap or the budget cut the analysis short.
    pub is_cut: bool,
}

/// Analyses the code of one app.
///
/// # Limits
/// One step of the budget for each row and code unit, then `Limits::harvest_code_units` code units of
/// bodies and `Limits::harvest_facts` facts.
#[must_use]
pub fn analyze(
    files: Vec<CodeFile<'_>>,
    models: &Models,
    request: &Request,
    limits: &Limits,
    budget: &mut Budget,
) -> Harvest {
    let program = Program::new(files, budget);
    let hierarchy = Hierarchy::new(&program);
    let index = Index::new(&hierarchy, budget);
    let bound = Bound::new(models, &program, &hierarchy);
    let world = World::new(&program, &hierarchy, &index, &bound, limits.harvest_code_units);
    let seeds = seeds::find(&world);
    if seeds.is_empty() {
        return Harvest {
            methods: index.methods() as u64,
            decoded: index.decoded() as u64,
            ..Harvest::default()
        };
    }
    let reach = match &request.components {
        Some(components) => {
            let components: Vec<_> = components
                .iter()
                .filter_map(|class| program.find_type(class.as_bytes()))
                .collect();
            reach::explore(&world, &components, &request.loaded, budget)
        }
        None => Reach::everything(&program, &index),
    };
    let caps = Caps {
        nodes: limits.harvest_facts,
        ..Caps::default()
    };
    let mut engine = Engine::new(&world, &reach, answering(&program, request), caps);
    seeds::plant(&seeds, &mut engine);
    let (found, paths) = engine.run();
    let teller = Teller {
        world: &world,
        reach: &reach,
        found: &found,
        paths: &paths,
        loaded: &request.loaded,
        all_sinks: request.all_sinks,
    };
    Harvest {
        reads: teller.reads(request.data.as_deref()),
        methods: index.methods() as u64,
        decoded: index.decoded() as u64,
        facts: paths.len() as u64,
        is_cut: found.is_cut || !reach.is_complete(),
    }
}

/// The components by the actions they answer to.
fn answering(program: &Program<'_>, request: &Request) -> Actions {
    let mut found = Actions::new();
    for (action, classes) in &request.actions {
        let classes = classes
            .iter()
            .filter_map(|class| program.find_type(class.as_bytes()));
        found.entry(action.clone()).or_default().extend(classes);
    }
    found
}

/// Entry points, reads and flows of one path that are written out.
const CHAIN: usize = 24;
/// Flows kept for one read.
const FLOWS: usize = 16;

/// Puts what was found into words of the report.
struct Teller<'t, 'p, 'a> {
    world: &'t World<'p, 'a>,
    reach: &'t Reach,
    found: &'t Found,
    paths: &'t Paths,
    loaded: &'t [String],
    all_sinks: bool,
}

impl Teller<'_, '_, '_> {
    fn reads(&self, wanted: Option<&[String]>) -> Vec<Read> {
        let mut reads = Vec::new();
        for (number, origin) in self.found.origins.iter().enumerate() {
            let is_wanted = wanted.is_none_or(|wanted| wanted.contains(&origin.data));
            if !origin.is_read || !(is_wanted || origin.shape == Shape::Picked) {
                continue;
            }
            let method = origin.place.method;
            let is_dead = self.world.is_dead(method, origin.place.step);
            let place = self.place(method, Some(origin.place.step));
            let is_decided = self.reach.is_decided() && !self.loaded.contains(&place.dex);
            let reachable = is_decided.then(|| self.reach.contains(method) && !is_dead);
            let mut flows = self.flows(number, origin.place);
            if flows.is_empty() && reachable != Some(false) {
                flows.extend(self.linked(method));
            }
            reads.push(Read {
                data: origin.data.clone(),
                shape: origin.shape,
                place,
                reachable,
                entry: self.entry(method),
                flows,
            });
        }
        reads.sort_by(|one, other| {
            let rank = |read: &Read| (read.shape, read.level(), read.reachable);
            (&one.data, rank(other), &one.place).cmp(&(&other.data, rank(one), &other.place))
        });
        reads
    }

    fn flows(&self, origin: usize, read: Place) -> Vec<Flow> {
        let mut flows: Vec<Flow> = self
            .found
            .leaks
            .iter()
            .filter(|leak| leak.origin == origin && (self.all_sinks || sink_rank(&leak.kind) < SINKS.len()))
            .map(|leak| {
                let steps = self.paths.path(self.world, leak.node, read, leak.place);
                let waited = Paths::through(&steps);
                let sink = match leak.kind.as_str() {
                    "network" if waited.contains(&Through::File) || waited.contains(&Through::Store) => {
                        "file-then-network".to_owned()
                    }
                    kind => kind.to_owned(),
                };
                Flow {
                    sink,
                    level: Level::Proven,
                    place: self.place(leak.place.method, Some(leak.place.step)),
                    path: steps
                        .iter()
                        .map(|step| Step {
                            kind: step.kind,
                            place: self.place(step.method, step.step),
                            calls: step.step.and_then(|number| self.callee(step.method, number)),
                        })
                        .collect(),
                }
            })
            .collect();
        flows.sort_by_key(|flow| (sink_rank(&flow.sink), flow.path.len(), flow.place.clone()));
        flows.truncate(FLOWS);
        flows
    }

    fn linked(&self, method: MethodId) -> Option<Flow> {
        let (sink, place) = linked::nearest(self.world, self.reach, method)?;
        Some(Flow {
            sink,
            level: Level::Linked,
            place: self.place(place.method, Some(place.step)),
            path: Vec::new(),
        })
    }

    fn entry(&self, method: MethodId) -> Vec<CodePlace> {
        if !self.reach.is_decided() || !self.reach.contains(method) {
            return Vec::new();
        }
        self.reach
            .chain(method, CHAIN)
            .into_iter()
            .map(|(method, offset)| CodePlace {
                offset,
                ..self.place(method, None)
            })
            .collect()
    }

    fn callee(&self, method: MethodId, step: u32) -> Option<String> {
        let body = self.world.body(method)?;
        let call = self.world.call(method, &body, step)?;
        Some(self.world.program.signature(call.callee))
    }

    fn place(&self, method: MethodId, step: Option<u32>) -> CodePlace {
        let program = self.world.program;
        let file = program
            .definition(method)
            .and_then(|definition| program.files().get(definition.file as usize));
        let offset = step.and_then(|step| Some(self.world.body(method)?.step(step)?.address));
        CodePlace {
            dex: file.map(|file| file.name.to_owned()).unwrap_or_default(),
            method: program.signature(method),
            offset,
        }
    }
}

/// The sinks of the report, those that matter most first.
const SINKS: [&str; 11] = [
    "network",
    "file-then-network",
    "sms",
    "webview-bridge",
    "react-native-bridge",
    "flutter-bridge",
    "cordova-bridge",
    "file",
    "database",
    "log",
    "unknown",
];

/// How much a sink matters, the most first: what leaves the device, then what may leave it later.
#[must_use]
pub fn sink_rank(sink: &str) -> usize {
    SINKS
        .iter()
        .position(|known| *known == sink)
        .unwrap_or(SINKS.len())
}
