//! The control flow of one method: basic blocks, and the edges between them.
//!
//! A block is entered at its first instruction only. Where exceptions are caught, every instruction
//! that can throw begins a block, so what a handler sees is the state at the entry of that block:
//! the state before the instruction did anything.
//!
//! A call and the `move-result` right behind it are one item. Branches to what is not the beginning
//! of an item are not followed, and blocks that cannot be reached are left out.

use crate::formats::dex::{Code, Flow, Instruction, Opcode, Payload};

use super::lists::Lists;

/// Code units of the longest code that is looked at; compilers write no more than a quarter.
const MAXIMUM_UNITS: u32 = 1 << 18;
/// Handlers, switch targets and instructions in exception ranges that are looked at. Hostile tables
/// share them, so that they are more than the code is long.
const MAXIMUM_WORK: usize = 1 << 20;
/// No block, or no list of handlers.
const NONE: u32 = u32::MAX;

/// A register that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    /// The register, of two the lower one.
    pub(super) register: u16,
    /// Whether the one behind it is set too.
    pub(super) is_wide: bool,
}

/// An instruction, with the `move-result` behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    /// The instruction.
    pub(super) instruction: Instruction<'a>,
    /// Where the `move-result` behind it puts its result.
    pub(super) moved_to: Option<Target>,
    /// Address behind both.
    next_address: u32,
}

impl Item<'_> {
    fn flow(&self) -> Flow {
        self.instruction.opcode.flow()
    }
}

/// Where control goes from a block, or comes from into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The block at the other end.
    pub block: u32,
    /// Whether it is taken when the first instruction of the earlier block throws.
    pub is_exceptional: bool,
}

/// The reachable code of one method. Blocks and items are numbered by address.
#[derive(Debug)]
pub(super) struct ControlFlow<'a> {
    /// The items of all blocks.
    pub(super) items: Vec<Item<'a>>,
    /// Number of the first item of each block, and behind them the number of items.
    pub(super) starts: Vec<u32>,
    /// Where control goes from each block.
    pub(super) successors: Lists<Edge>,
    /// Where control comes from into each block.
    pub(super) predecessors: Lists<Edge>,
    /// The blocks, each behind those it is reached from as far as loops allow (reverse postorder).
    pub(super) order: Vec<u32>,
    /// Whether something could not be decoded or was too much to look at.
    pub(super) is_clipped: bool,
}

impl<'a> ControlFlow<'a> {
    /// Finds the blocks. `None` when there is no code, or too much of it.
    pub(super) fn new(code: &Code<'a>) -> Option<Self> {
        if code.unit_count() > MAXIMUM_UNITS {
            return None;
        }
        let mut layout = Layout::decode(code);
        // Control enters at address 0.
        layout.item_at(0)?;
        layout.protect(code);
        layout.split(code);
        Some(Exploration::new(layout).finish(code))
    }

    /// How many blocks there are.
    pub(super) fn block_count(&self) -> u32 {
        self.successors.len()
    }

    /// The numbers of the items of a block.
    pub(super) fn range(&self, block: u32) -> std::ops::Range<u32> {
        let at = |position: usize| self.starts.get(position).copied().unwrap_or_default();
        at(block as usize)..at((block as usize).saturating_add(1))
    }
}

/// The code in items, before it is known what can be reached.
struct Layout<'a> {
    items: Vec<Item<'a>>,
    /// Whether an item begins a block.
    leads: Vec<bool>,
    /// For each item the list of handlers that see what it throws.
    caught_by: Vec<u32>,
    /// The items where handlers begin.
    handlers: Lists<u32>,
    work: usize,
    is_clipped: bool,
}

impl<'a> Layout<'a> {
    fn decode(code: &Code<'a>) -> Self {
        let mut items: Vec<Item<'a>> = Vec::new();
        let mut is_clipped = code.is_clipped();
        for decoded in code.instructions() {
            let Ok(instruction) = decoded else {
                is_clipped = true;
                continue;
            };
            if let Some(target) = moved_result(&instruction)
                && let Some(last) = items.last_mut()
                && last.next_address == instruction.address
                && last.moved_to.is_none()
                && gives_result(last.instruction.opcode)
            {
                last.moved_to = Some(target);
                last.next_address = instruction.next_address();
                continue;
            }
            items.push(Item {
                instruction,
                moved_to: None,
                next_address: instruction.next_address(),
            });
        }
        Self {
            leads: vec![false; items.len()],
            caught_by: vec![NONE; items.len()],
            items,
            handlers: Lists::default(),
            work: MAXIMUM_WORK,
            is_clipped,
        }
    }

    /// Takes work; `false` when too much was done.
    fn spend(&mut self, work: usize) -> bool {
        match self.work.checked_sub(work) {
            Some(left) => self.work = left,
            None => {
                self.work = 0;
                self.is_clipped = true;
                return false;
            }
        }
        true
    }

    /// The item that begins at an address.
    fn item_at(&self, address: u32) -> Option<u32> {
        let found = self
            .items
            .binary_search_by_key(&address, |item| item.instruction.address);
        u32::try_from(found.ok()?).ok()
    }

    fn lead(&mut self, item: usize) {
        if let Some(leads) = self.leads.get_mut(item) {
            *leads = true;
        }
    }

    /// Finds who catches what each item throws. Of ranges that overlap, the first counts.
    fn protect(&mut self, code: &Code<'a>) {
        let mut found = Vec::new();
        for range in code.tries() {
            let end = range.start.saturating_add(range.length.into());
            let before = |address: u32| {
                self.items
                    .partition_point(|item| item.instruction.address < address)
            };
            let covered = before(range.start)..before(end);
            if covered.is_empty() {
                continue;
            }
            found.clear();
            for handler in code.handlers(&range) {
                if !self.spend(1) {
                    break;
                }
                found.extend(self.item_at(handler.address));
            }
            found.sort_unstable();
            found.dedup();
            if found.is_empty() || !self.spend(covered.len()) {
                continue;
            }
            for handler in &found {
                self.lead(*handler as usize);
            }
            let list = self.handlers.len();
            self.handlers.extend(found.iter().copied());
            self.catch(covered, list);
        }
    }

    fn catch(&mut self, covered: std::ops::Range<usize>, list: u32) {
        let items = self.items.get(covered.clone()).unwrap_or_default();
        let lists = self.caught_by.get_mut(covered.clone()).unwrap_or_default();
        let leads = self.leads.get_mut(covered).unwrap_or_default();
        for ((item, caught_by), leads) in items.iter().zip(lists).zip(leads) {
            if *caught_by == NONE && item.flow().contains(Flow::THROW) {
                *caught_by = list;
                *leads = true;
            }
        }
    }

    /// Marks what begins a block for other reasons than exceptions.
    fn split(&mut self, code: &Code<'a>) {
        let mut targets = Vec::new();
        self.lead(0);
        for position in 0..self.items.len() {
            let Some(item) = self.items.get(position).copied() else {
                break;
            };
            targets.clear();
            self.targets(code, &item, &mut targets);
            for target in &targets {
                self.lead(*target as usize);
            }
            let flow = item.flow();
            let next = position.saturating_add(1);
            let adjoins = self
                .items
                .get(next)
                .is_some_and(|next| next.instruction.address == item.next_address);
            if !flow.contains(Flow::CONTINUE)
                || flow.contains(Flow::BRANCH)
                || flow.contains(Flow::SWITCH)
                || !adjoins
            {
                self.lead(next);
            }
        }
    }

    /// The items that an item branches to.
    fn targets(&mut self, code: &Code<'a>, item: &Item<'a>, targets: &mut Vec<u32>) {
        let flow = item.flow();
        let Some(target) = item.instruction.target() else {
            return;
        };
        if flow.contains(Flow::BRANCH) {
            targets.extend(self.item_at(target));
        }
        if !flow.contains(Flow::SWITCH) {
            return;
        }
        let (Some(Payload::PackedSwitch { targets: offsets, .. })
        | Some(Payload::SparseSwitch { targets: offsets, .. })) = code.payload(target)
        else {
            self.is_clipped = true;
            return;
        };
        for offset in offsets.iter() {
            if !self.spend(1) {
                break;
            }
            let target = item.instruction.address.checked_add_signed(offset);
            targets.extend(target.and_then(|target| self.item_at(target)));
        }
    }
}

/// The walk over what can be reached, depth first.
struct Exploration<'a> {
    layout: Layout<'a>,
    /// First item of each block, reachable or not, and behind them the number of items.
    starts: Vec<u32>,
    /// For each block the number of its list among the edges, once it was reached.
    visits: Vec<u32>,
    /// Edges in the order in which blocks were reached.
    edges: Lists<Edge>,
    postorder: Vec<u32>,
}

impl<'a> Exploration<'a> {
    fn new(layout: Layout<'a>) -> Self {
        let mut starts: Vec<u32> = (0..)
            .zip(&layout.leads)
            .filter_map(|(item, leads)| leads.then_some(item))
            .collect();
        let visits = vec![NONE; starts.len()];
        starts.push(u32::try_from(layout.items.len()).unwrap_or(u32::MAX));
        Self {
            layout,
            starts,
            visits,
            edges: Lists::default(),
            postorder: Vec::new(),
        }
    }

    fn finish(mut self, code: &Code<'a>) -> ControlFlow<'a> {
        let mut stack = vec![(0u32, 0usize)];
        self.visit(0, code);
        while let Some((block, next)) = stack.last_mut() {
            let visit = self.visits.get(*block as usize).copied().unwrap_or(NONE);
            let edge = self.edges.get(visit).get(*next).copied();
            *next = next.saturating_add(1);
            match edge {
                Some(edge) if self.visits.get(edge.block as usize) == Some(&NONE) => {
                    self.visit(edge.block, code);
                    stack.push((edge.block, 0));
                }
                Some(_) => {}
                None => {
                    self.postorder.push(*block);
                    stack.pop();
                }
            }
        }
        self.renumber()
    }

    /// Finds the edges of a block that was reached.
    fn visit(&mut self, block: u32, code: &Code<'a>) {
        let list = self.edges.len();
        if let Some(visit) = self.visits.get_mut(block as usize) {
            *visit = list;
        }
        let at = |position: u32| self.starts.get(position as usize).copied().unwrap_or_default();
        let (first, end) = (at(block), at(block.saturating_add(1)));
        let mut targets = Vec::new();
        let last = self.layout.items.get((end as usize).saturating_sub(1)).copied();
        if let Some(last) = last {
            self.layout.targets(code, &last, &mut targets);
            if last.flow().contains(Flow::CONTINUE) {
                let next = self.layout.items.get(end as usize);
                match next.filter(|next| next.instruction.address == last.next_address) {
                    Some(_) => targets.push(end),
                    // Control runs into data or out of the code.
                    None => self.layout.is_clipped = true,
                }
            }
        }
        let mut edges: Vec<Edge> = targets.iter().map(|item| self.edge(*item, false)).collect();
        let caught_by = self.layout.caught_by.get(first as usize);
        let handlers = self.layout.handlers.get(caught_by.copied().unwrap_or(NONE));
        let thrown = edges.len();
        edges.extend(handlers.iter().map(|item| self.edge(*item, true)));
        if !self.layout.spend(edges.len().saturating_sub(thrown)) {
            edges.truncate(thrown);
        }
        edges.sort_unstable();
        edges.dedup();
        self.edges.extend(edges);
    }

    /// An edge to the block that begins with an item.
    fn edge(&self, item: u32, is_exceptional: bool) -> Edge {
        let block = self.starts.partition_point(|start| *start < item);
        Edge {
            block: u32::try_from(block).unwrap_or(NONE),
            is_exceptional,
        }
    }

    /// Leaves out what was not reached.
    fn renumber(self) -> ControlFlow<'a> {
        let Self {
            layout,
            starts: old_starts,
            visits,
            edges,
            postorder,
        } = self;
        let mut count = 0u32;
        let numbers: Vec<u32> = visits
            .iter()
            .map(|visit| {
                let number = count;
                count = count.saturating_add(u32::from(*visit != NONE));
                number
            })
            .collect();
        let number = |block: u32| numbers.get(block as usize).copied().unwrap_or(NONE);
        let mut items = Vec::with_capacity(layout.items.len());
        let mut starts = Vec::with_capacity(postorder.len().saturating_add(1));
        let mut successors = Lists::default();
        let length = |items: &Vec<Item<'a>>| u32::try_from(items.len()).unwrap_or(u32::MAX);
        let ends = old_starts.iter().skip(1);
        for (visit, (start, end)) in visits.iter().zip(old_starts.iter().zip(ends)) {
            if *visit == NONE {
                continue;
            }
            starts.push(length(&items));
            let old = layout.items.get(*start as usize..*end as usize);
            items.extend_from_slice(old.unwrap_or_default());
            successors.extend(edges.get(*visit).iter().map(|edge| Edge {
                block: number(edge.block),
                ..*edge
            }));
        }
        starts.push(length(&items));
        ControlFlow {
            items,
            starts,
            predecessors: reversed(&successors),
            successors,
            order: postorder.iter().rev().map(|block| number(*block)).collect(),
            is_clipped: layout.is_clipped,
        }
    }
}

/// The edges by where they lead.
fn reversed(successors: &Lists<Edge>) -> Lists<Edge> {
    let edges = (0..successors.len()).flat_map(|from| {
        successors.get(from).iter().map(move |edge| {
            let back = Edge {
                block: from,
                is_exceptional: edge.is_exceptional,
            };
            (edge.block, back)
        })
    });
    Lists::sorted(successors.len() as usize, edges)
}

/// Where a `move-result` puts the result.
fn moved_result(instruction: &Instruction<'_>) -> Option<Target> {
    let is_wide = match instruction.opcode {
        Opcode::MoveResult | Opcode::MoveResultObject => false,
        Opcode::MoveResultWide => true,
        _ => return None,
    };
    let register = instruction.registers().get(0)?;
    Some(Target { register, is_wide })
}

fn gives_result(opcode: Opcode) -> bool {
    opcode.flow().contains(Flow::INVOKE)
        || matches!(opcode, Opcode::FilledNewArray | Opcode::FilledNewArrayRange)
}
