//! What a stream, a writer or a connection is attached to.

use std::collections::BTreeSet;

use crate::formats::dex::Opcode;
use crate::harvest::body::{Body, Origin, Use, ValueId};
use crate::harvest::models::Opening;
use crate::harvest::program::{FieldId, MethodId};
use crate::harvest::texts::{Evaluator, Texts};
use crate::harvest::world::World;

/// Steps back from a write to where the stream was opened.
const DEPTH: u32 = 8;
/// Writes of a field or callers of a method looked at.
const PLACES: usize = 8;

/// Something a stream can be attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attached {
    /// Its kind, such as `network` or `file`.
    pub(super) kind: String,
    /// The path of a file.
    pub(super) path: Texts,
}

/// What a stream may be attached to; empty when it is memory, `None` when that is not known.
pub(super) fn attached(world: &World<'_, '_>, method: MethodId, value: ValueId) -> Option<Vec<Attached>> {
    let mut search = Search {
        world,
        visited: BTreeSet::new(),
        found: Vec::new(),
        is_known: false,
    };
    let body = world.body(method)?;
    search.value(method, &body, value, DEPTH);
    search.is_known.then_some(search.found)
}

struct Search<'w, 'p, 'a> {
    world: &'w World<'p, 'a>,
    visited: BTreeSet<(MethodId, ValueId)>,
    found: Vec<Attached>,
    is_known: bool,
}

impl Search<'_, '_, '_> {
    fn value(&mut self, method: MethodId, body: &Body, value: ValueId, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if !self.visited.insert((method, value)) {
            return;
        }
        match body.origin(value) {
            Origin::Undefined => {}
            Origin::Phi => {
                for operand in body.phi_operands(value) {
                    self.value(method, body, *operand, depth);
                }
            }
            Origin::Parameter(position) => {
                for place in self.world.callers(method, PLACES).unwrap_or_default() {
                    if let Some(caller) = self.world.body(place.method)
                        && let Some(operand) = caller.operands(place.step).get(usize::from(position))
                    {
                        self.value(place.method, &caller, *operand, depth);
                    }
                }
            }
            Origin::Instruction(step) => self.made(method, body, value, step, depth),
        }
    }

    fn made(&mut self, method: MethodId, body: &Body, value: ValueId, step: u32, depth: u32) {
        let Some(row) = body.step(step) else { return };
        match row.opcode {
            Opcode::NewInstance => {
                for one in body.uses(value) {
                    if let Use::Step { step, operand: 0 } = *one
                        && let Some(call) = self.world.call(method, body, step)
                        && self.world.is_constructor(call.callee)
                    {
                        self.opened(method, body, step, depth);
                    }
                }
            }
            Opcode::IgetObject | Opcode::SgetObject => {
                let Some(field) = self.world.field(method, body, step) else {
                    return;
                };
                if let Some(kind) = self.opened_field(field) {
                    self.is_known = true;
                    self.found.push(Attached {
                        kind,
                        path: Texts::default(),
                    });
                    return;
                }
                let writes = self.world.index.writes_of(field);
                if writes.len() > PLACES {
                    return;
                }
                for site in writes {
                    if let Some((place, writer, written)) = self.world.written(*site) {
                        self.value(place.method, &writer, written, depth);
                    }
                }
            }
            _ => self.opened(method, body, step, depth),
        }
    }

    /// What a field of the framework is attached to, such as `System.out`.
    fn opened_field(&self, field: FieldId) -> Option<String> {
        let program = self.world.program;
        let row = program.field(field);
        let class = self
            .world
            .bound
            .models()
            .classes
            .get(self.world.descriptor(row.class))?;
        let name = std::str::from_utf8(program.name(row.name)).ok()?;
        match class.methods.get(name)?.opens.as_ref()? {
            Opening::Kind { kind, .. } => Some(kind.clone()),
            Opening::Wraps(_) | Opening::Memory => None,
        }
    }

    /// A call that makes or hands out the stream.
    fn opened(&mut self, method: MethodId, body: &Body, step: u32, depth: u32) {
        let Some(call) = self.world.call(method, body, step) else {
            return;
        };
        let operands = body.operands(step);
        let binding = self.world.bound.of(call.callee);
        match binding.and_then(|binding| binding.opens) {
            Some(Opening::Memory) => self.is_known = true,
            Some(Opening::Wraps(argument)) => {
                if let Some(inner) = operands.get(call.argument(*argument)) {
                    self.value(method, body, *inner, depth);
                }
            }
            Some(Opening::Kind { kind, name }) => {
                self.is_known = true;
                let argument = name.and_then(|name| operands.get(call.argument(name)));
                let path = match argument {
                    Some(argument) => Evaluator::new(self.world).texts(method, *argument),
                    None => Texts::default(),
                };
                let attached = Attached {
                    kind: kind.clone(),
                    path,
                };
                if !self.found.contains(&attached) {
                    self.found.push(attached);
                }
            }
            None => {
                // A method of the app that opens it, or a fluent call that gives back its receiver.
                let Some(target) = self.world.resolve(call.callee) else {
                    if !call.is_static
                        && let Some(receiver) = operands.first()
                    {
                        self.value(method, body, *receiver, depth);
                    }
                    return;
                };
                let Some(inner) = self.world.body(target) else {
                    return;
                };
                for (_, value) in inner.returns() {
                    self.value(target, &inner, value, depth);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::assembly::{method, with};
    use crate::harvest::models::Models;

    fn models() -> Models {
        let mut models = Models::default();
        let mut opens = |class: &str, method: &str, opening: &str| {
            models.method(class, method).opens = Some(Opening::parse(opening).unwrap());
        };
        opens("LWriter;", "<init>", "wraps 1");
        opens("LMemory;", "<init>", "memory");
        opens("LFile;", "<init>", "file 1");
        opens("LConnection;", "getStream", "network");
        opens("Ljava/lang/System;", "out", "log");
        models
    }

    /// The kinds and paths that the stream in v0 is attached to behind these instructions.
    fn ends(code: &str) -> Option<Vec<(String, Vec<String>)>> {
        let app = format!(
            "class LMain;
            field static KEPT LStream;
            field static NEVER LStream;
            method static run(LConnection;)V 4
              {code}
              throw v0
            method static open(LConnection;)LStream; 1
              invoke-virtual p0 LConnection;->getStream()LStream;
              move-result-object p0
              sput-object p0 LMain;->KEPT:LStream;
              return-object p0"
        );
        with(&app, &models(), |world| {
            let run = method(world, "LMain;->run(LConnection;)V");
            let body = world.body(run).unwrap();
            let last = u32::try_from(body.steps().len()).unwrap() - 1;
            let found = attached(world, run, body.operands(last)[0])?;
            let row = |end: Attached| (end.kind, end.path.texts.into_iter().collect());
            Some(found.into_iter().map(row).collect())
        })
    }

    fn network() -> Option<Vec<(String, Vec<String>)>> {
        Some(vec![("network".to_owned(), Vec::new())])
    }

    const GET: &str = "invoke-virtual p0 LConnection;->getStream()LStream;\nmove-result-object v0\n";
    const WRAP: &str = "
        new-instance v1 LWriter;
        invoke-direct v1 v0 LWriter;-><init>(LStream;)V
        move-object v0 v1";

    #[test]
    fn streams_are_what_they_were_opened_on() {
        assert_eq!(ends(GET), network());
        let file = "new-instance v0 LFile;\nconst-string v1 \"/a\"\ninvoke-direct v0 v1 LFile;-><init>(Ljava/lang/String;)V";
        assert_eq!(ends(file), Some(vec![("file".to_owned(), vec!["/a".to_owned()])]));
        assert_eq!(
            ends("sget-object v0 Ljava/lang/System;->out:LStream;").unwrap()[0].0,
            "log"
        );
    }

    #[test]
    fn memory_is_known_to_end_nowhere() {
        let memory = "new-instance v0 LMemory;\ninvoke-direct v0 LMemory;-><init>()V\n";
        assert_eq!(ends(memory), Some(Vec::new()));
        assert_eq!(ends(&[memory, WRAP].concat()), Some(Vec::new()));
        assert_eq!(
            ends("invoke-static LOut;->give()LStream;\nmove-result-object v0"),
            None
        );
        assert_eq!(ends("sget-object v0 LMain;->NEVER:LStream;"), None);
    }

    #[test]
    fn wrappers_fields_and_own_methods_are_followed() {
        assert_eq!(ends(&[GET, WRAP].concat()), network());
        assert_eq!(
            ends("invoke-static p0 LMain;->open(LConnection;)LStream;\nmove-result-object v0"),
            network()
        );
        assert_eq!(ends("sget-object v0 LMain;->KEPT:LStream;"), network());
        let fluent = [
            GET,
            WRAP,
            "\ninvoke-virtual v0 LWriter;->append()LWriter;\nmove-result-object v0",
        ];
        assert_eq!(ends(&fluent.concat()), network());
        let either = format!(
            "const/4 v2 #0\n{GET}if-eqz v2 :end\nnew-instance v0 LMemory;\ninvoke-direct v0 LMemory;-><init>()V\n:end"
        );
        assert_eq!(ends(&either), network());
    }
}
