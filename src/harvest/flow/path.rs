//! The way a flow took, step by step.

use std::collections::BTreeSet;

use super::{Cause, Engine, Node, NodeId, Through};
use crate::harvest::body::Origin;
use crate::harvest::program::MethodId;
use crate::harvest::world::{Place, World};

/// Steps of one path.
const STEPS: usize = 400;

/// What happens at a step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// The data is read.
    Read,
    /// It moves on within a method.
    Step,
    /// It is handed to another method.
    Call,
    /// It comes back from one.
    Return,
    /// It waited somewhere.
    Through(Through),
    /// It reaches the sink.
    Sink,
}

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathStep {
    /// The method.
    pub method: MethodId,
    /// The step of its body; `None` for one that has no single place.
    pub step: Option<u32>,
    /// What happens there.
    pub kind: Move,
}

/// The facts of a finished run.
#[derive(Debug)]
pub struct Paths {
    nodes: Vec<Node>,
    methods: Vec<MethodId>,
}

impl Paths {
    pub(super) fn new(engine: &Engine<'_, '_, '_>) -> Self {
        Self {
            nodes: engine.nodes.clone(),
            methods: engine.contexts.iter().map(|(method, _)| *method).collect(),
        }
    }

    /// Facts found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The path that ends in a fact which reaches a sink at `sink`, the read first.
    #[must_use]
    pub fn path(&self, world: &World<'_, '_>, last: NodeId, read: Place, sink: Place) -> Vec<PathStep> {
        let mut steps = vec![PathStep {
            method: sink.method,
            step: Some(sink.step),
            kind: Move::Sink,
        }];
        let mut resume = Vec::new();
        let mut current = last;
        while steps.len() < STEPS {
            let Some(node) = self.nodes.get(current as usize) else {
                break;
            };
            let Some(method) = self.methods.get(node.context as usize).copied() else {
                break;
            };
            let mut note = |method, step, kind| {
                let step = PathStep { method, step, kind };
                if steps
                    .last()
                    .is_none_or(|last| (last.method, last.step) != (step.method, step.step))
                {
                    steps.push(step);
                }
            };
            current = match node.cause {
                Cause::Seed => break,
                Cause::Step(before, u32::MAX) => before,
                Cause::Step(before, step) => {
                    note(method, Some(step), Move::Step);
                    before
                }
                Cause::Call(before, exit, step) => {
                    note(method, Some(step), Move::Return);
                    resume.push(before);
                    exit
                }
                Cause::Enter(before, step) => {
                    let caller = self.method_of(before).unwrap_or(method);
                    note(caller, Some(step), Move::Call);
                    resume.pop().unwrap_or(before)
                }
                Cause::Leave(exit) => {
                    note(method, made_at(world, method, node), Move::Return);
                    exit
                }
                Cause::Hop(before, through) => {
                    note(method, made_at(world, method, node), Move::Through(through));
                    resume.clear();
                    before
                }
            };
        }
        let first = PathStep {
            method: read.method,
            step: Some(read.step),
            kind: Move::Read,
        };
        if steps
            .last()
            .is_some_and(|last| (last.method, last.step) == (first.method, first.step))
            && steps.len() > 1
        {
            steps.pop();
        }
        steps.push(first);
        steps.reverse();
        steps
    }

    /// What the data waited in on the way.
    #[must_use]
    pub fn through(steps: &[PathStep]) -> BTreeSet<Through> {
        steps
            .iter()
            .filter_map(|step| match step.kind {
                Move::Through(through) => Some(through),
                _ => None,
            })
            .collect()
    }

    fn method_of(&self, node: NodeId) -> Option<MethodId> {
        let node = self.nodes.get(node as usize)?;
        self.methods.get(node.context as usize).copied()
    }
}

/// The step that makes a fact's value.
fn made_at(world: &World<'_, '_>, method: MethodId, node: &Node) -> Option<u32> {
    match world.body(method)?.origin(node.value) {
        Origin::Instruction(step) => Some(step),
        _ => None,
    }
}
