//! The values that stand in the registers of one method (static single assignment).
//!
//! Blocks are walked so that as many predecessors as possible come first. Where all of them are
//! known, a register gets a phi when they disagree; at the head of a loop every register that is
//! ever set gets one for the time being. Phis that turn out to stand for one value are replaced by
//! it, and those that no instruction reads are dropped.
//!
//! Where one path brings half of a wide value and another something else, the something else counts:
//! no sound code reads such a register.
//!
//! The states of the registers are kept once for all blocks that share them, in one array.

use crate::formats::dex::{Code, Dex, Flow, Instruction, Opcode};

use super::arguments::{self, Place};
use super::control_flow::{ControlFlow, Target};

/// Registers times states that are kept.
const MAXIMUM_CELLS: usize = 1 << 22;
/// Registers times edges that are looked at.
const MAXIMUM_JOINS: usize = 1 << 24;
/// Operands of all phis.
const MAXIMUM_OPERANDS: usize = 1 << 21;
/// What a register holds before it is set.
pub(super) const UNDEFINED: u32 = 0;
/// What the second register of a wide value holds; the first one has the value.
const UPPER: u32 = 1;
/// No state, not yet.
const NONE: u32 = u32::MAX;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Definition {
    Undefined,
    Parameter(u16),
    Item(u32),
    Phi(u32),
}

/// A value that depends on where control came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phi {
    pub(super) value: u32,
    /// Its operands among those of all phis.
    start: u32,
    end: u32,
}

/// The values of one method before phis are simplified.
pub(super) struct Values<'d, 'a> {
    dex: &'d Dex<'a>,
    flow: &'d ControlFlow<'a>,
    registers: usize,
    /// The states behind one another, `registers` cells each.
    cells: Vec<u32>,
    /// The state at the entry and the exit of each block.
    entries: Vec<u32>,
    exits: Vec<u32>,
    /// The state while walking through a block.
    state: Vec<u32>,
    /// Registers that are ever set.
    is_set: Vec<bool>,
    /// Heads of loops with their first phi.
    heads: Vec<(u32, usize)>,
    /// For each value when it was last met while collecting operands.
    met: Vec<u32>,
    meeting: u32,
    places: Vec<Place>,
    /// Where each value comes from.
    pub(super) definitions: Vec<Definition>,
    /// The phis.
    pub(super) phis: Vec<Phi>,
    phi_operands: Vec<u32>,
    /// The values of the parameters.
    pub(super) parameters: Vec<u32>,
    /// For each item the value it sets, 0 when it sets none.
    pub(super) results: Vec<u32>,
    /// The operands of all items and for each where they stand.
    operands: Vec<u32>,
    spans: Vec<(u32, u32)>,
}

impl<'d, 'a> Values<'d, 'a> {
    /// Finds the values. `None` when there are too many.
    pub(super) fn new(
        dex: &'d Dex<'a>,
        prototype: Option<u32>,
        is_static: bool,
        code: &Code<'a>,
        flow: &'d ControlFlow<'a>,
    ) -> Option<Self> {
        let blocks = flow.block_count() as usize;
        let registers = usize::from(code.registers);
        let edges = flow.predecessors.item_count().saturating_add(blocks);
        if registers.saturating_mul(edges) > MAXIMUM_JOINS {
            return None;
        }
        let mut values = Self {
            dex,
            flow,
            registers,
            cells: Vec::new(),
            entries: vec![NONE; blocks],
            exits: vec![NONE; blocks],
            state: vec![UNDEFINED; registers],
            is_set: vec![false; registers],
            heads: Vec::new(),
            met: vec![0; 2],
            meeting: 0,
            places: Vec::new(),
            definitions: vec![Definition::Undefined; 2],
            phis: Vec::new(),
            phi_operands: Vec::new(),
            parameters: Vec::new(),
            results: vec![UNDEFINED; flow.items.len()],
            operands: Vec::new(),
            spans: vec![(0, 0); flow.items.len()],
        };
        values.take_parameters(prototype, is_static, code);
        values.find_set();
        let first = values.keep()?;
        for block in &flow.order {
            let entry = values.enter(*block, first)?;
            values.walk(*block, entry)?;
        }
        values.close_loops(first)?;
        Some(values)
    }

    /// The operands of an item.
    pub(super) fn operands(&self, item: usize) -> &[u32] {
        let (start, end) = self.spans.get(item).copied().unwrap_or_default();
        self.operands
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// The operands of a phi.
    pub(super) fn phi_operands(&self, phi: &Phi) -> &[u32] {
        self.phi_operands
            .get(phi.start as usize..phi.end as usize)
            .unwrap_or_default()
    }

    fn define(&mut self, definition: Definition) -> u32 {
        let value = u32::try_from(self.definitions.len()).unwrap_or(UNDEFINED);
        self.definitions.push(definition);
        self.met.push(0);
        value
    }

    fn take_parameters(&mut self, prototype: Option<u32>, is_static: bool, code: &Code<'a>) {
        let mut places = std::mem::take(&mut self.places);
        let ins = code.ins.min(code.registers);
        arguments::places(self.dex, prototype, !is_static, ins, &mut places);
        let base = code.registers.saturating_sub(ins);
        for (position, (register, is_wide)) in (0..u16::MAX).zip(&places) {
            let value = self.define(Definition::Parameter(position));
            self.parameters.push(value);
            let target = Target {
                register: base.saturating_add(*register),
                is_wide: *is_wide,
            };
            self.write(target, value);
        }
        self.places = places;
    }

    /// Finds the registers that are ever set; the others are the same everywhere.
    fn find_set(&mut self) {
        let mut mark = |register: Option<usize>| {
            if let Some(is_set) = register.and_then(|register| self.is_set.get_mut(register)) {
                *is_set = true;
            }
        };
        for item in &self.flow.items {
            for target in [set(&item.instruction), item.moved_to].into_iter().flatten() {
                let register = usize::from(target.register);
                // Setting half of a wide value takes the other half away.
                mark(register.checked_sub(1));
                mark(Some(register));
                mark(register.checked_add(1));
                mark(register.checked_add(2).filter(|_| target.is_wide));
            }
        }
    }

    fn read(&self, register: u16) -> u32 {
        match self.state.get(usize::from(register)) {
            None | Some(&UPPER) => UNDEFINED,
            Some(value) => *value,
        }
    }

    fn write(&mut self, target: Target, value: u32) {
        let register = usize::from(target.register);
        let upper = register.saturating_add(1);
        self.separate(register);
        if target.is_wide {
            self.separate(upper);
            self.put(upper, UPPER);
        }
        self.put(register, value);
    }

    /// Takes the other half away from a wide value of which `register` is one.
    fn separate(&mut self, register: usize) {
        if self.state.get(register) == Some(&UPPER)
            && let Some(lower) = register.checked_sub(1)
        {
            self.put(lower, UNDEFINED);
        }
        let next = register.saturating_add(1);
        if self.state.get(next) == Some(&UPPER) {
            self.put(next, UNDEFINED);
        }
    }

    fn put(&mut self, register: usize, value: u32) {
        if let Some(cell) = self.state.get_mut(register) {
            *cell = value;
        }
    }

    /// Keeps the state as it is now. `None` when there are too many.
    fn keep(&mut self) -> Option<u32> {
        if self.registers == 0 {
            return Some(0);
        }
        let number = self.cells.len().checked_div(self.registers)?;
        if self.cells.len().saturating_add(self.registers) > MAXIMUM_CELLS {
            return None;
        }
        self.cells.extend_from_slice(&self.state);
        u32::try_from(number).ok()
    }

    fn kept(&self, state: u32) -> &[u32] {
        let start = (state as usize).saturating_mul(self.registers);
        let end = start.saturating_add(self.registers);
        self.cells.get(start..end).unwrap_or_default()
    }

    fn cell(&self, state: u32, register: usize) -> u32 {
        self.kept(state).get(register).copied().unwrap_or(UNDEFINED)
    }

    /// The states that control brings into a block, each once; `false` when some are not known yet.
    fn incoming(&self, block: u32, first: u32) -> (Vec<u32>, bool) {
        let mut states = Vec::new();
        let mut all_known = true;
        if block == 0 {
            states.push(first);
        }
        for edge in self.flow.predecessors.get(block) {
            let from = if edge.is_exceptional {
                &self.entries
            } else {
                &self.exits
            };
            match from.get(edge.block as usize) {
                None | Some(&NONE) => all_known = false,
                Some(state) => states.push(*state),
            }
        }
        states.sort_unstable();
        states.dedup();
        (states, all_known)
    }

    /// The state at the entry of a block.
    fn enter(&mut self, block: u32, first: u32) -> Option<u32> {
        let (states, all_known) = self.incoming(block, first);
        let entry = match (states.as_slice(), all_known) {
            ([state], true) => *state,
            (_, true) => self.join(&states)?,
            (_, false) => self.head(block, first)?,
        };
        if let Some(slot) = self.entries.get_mut(block as usize) {
            *slot = entry;
        }
        Some(entry)
    }

    /// The state where several states meet.
    fn join(&mut self, states: &[u32]) -> Option<u32> {
        for register in 0..self.registers {
            let start = self.phi_operands.len();
            let value = match self.collect(states, register) {
                Some(value) => value,
                None => self.phi(start)?,
            };
            self.put(register, value);
        }
        self.keep()
    }

    /// The value of a register on which all states agree. Else `None`, and the different values are
    /// the last operands of phis.
    fn collect(&mut self, states: &[u32], register: usize) -> Option<u32> {
        let value = states
            .first()
            .map_or(UNDEFINED, |state| self.cell(*state, register));
        if states.iter().all(|state| self.cell(*state, register) == value) {
            return Some(value);
        }
        let start = self.phi_operands.len();
        self.meeting = self.meeting.saturating_add(1);
        for state in states {
            let value = self.cell(*state, register);
            let Some(met) = self.met.get_mut(value as usize).filter(|_| value > UPPER) else {
                continue;
            };
            if *met != self.meeting {
                *met = self.meeting;
                self.phi_operands.push(value);
            }
        }
        let only = match self.phi_operands.get(start..) {
            Some([]) => UNDEFINED,
            Some([value]) => *value,
            _ => return None,
        };
        self.phi_operands.truncate(start);
        Some(only)
    }

    /// A phi whose operands stand from `start` on.
    fn phi(&mut self, start: usize) -> Option<u32> {
        if self.phi_operands.len() > MAXIMUM_OPERANDS || self.phis.len() > MAXIMUM_OPERANDS {
            return None;
        }
        let index = u32::try_from(self.phis.len()).ok()?;
        let value = self.define(Definition::Phi(index));
        self.phis.push(Phi {
            value,
            start: u32::try_from(start).ok()?,
            end: u32::try_from(self.phi_operands.len()).ok()?,
        });
        Some(value)
    }

    /// The state at the head of a loop: phis that get their operands when all states are known.
    fn head(&mut self, block: u32, first: u32) -> Option<u32> {
        self.heads.push((block, self.phis.len()));
        for register in 0..self.registers {
            let value = match self.is_set.get(register) {
                Some(true) => self.phi(self.phi_operands.len())?,
                _ => self.cell(first, register),
            };
            self.put(register, value);
        }
        self.keep()
    }

    fn close_loops(&mut self, first: u32) -> Option<()> {
        let is_set = std::mem::take(&mut self.is_set);
        for (block, first_phi) in std::mem::take(&mut self.heads) {
            let (states, _) = self.incoming(block, first);
            let registers = (0..).zip(&is_set).filter(|(_, is_set)| **is_set);
            for (position, (register, _)) in (first_phi..).zip(registers) {
                let start = self.phi_operands.len();
                if let Some(value) = self.collect(&states, register) {
                    self.phi_operands.push(value);
                }
                if self.phi_operands.len() > MAXIMUM_OPERANDS {
                    return None;
                }
                let end = u32::try_from(self.phi_operands.len()).ok()?;
                let phi = self.phis.get_mut(position)?;
                phi.start = u32::try_from(start).ok()?;
                phi.end = end;
            }
        }
        Some(())
    }

    /// Goes through a block and keeps the state at its exit.
    fn walk(&mut self, block: u32, entry: u32) -> Option<()> {
        let flow = self.flow;
        let start = (entry as usize).saturating_mul(self.registers);
        let end = start.saturating_add(self.registers);
        if let Some(cells) = self.cells.get(start..end) {
            self.state.copy_from_slice(cells);
        }
        let mut is_changed = false;
        for number in flow.range(block) {
            let Some(item) = flow.items.get(number as usize) else {
                break;
            };
            self.read_operands(number, &item.instruction);
            is_changed |= self.set_registers(number, &item.instruction, item.moved_to);
        }
        let exit = if is_changed { self.keep()? } else { entry };
        if let Some(slot) = self.exits.get_mut(block as usize) {
            *slot = exit;
        }
        Some(())
    }

    fn read_operands(&mut self, number: u32, instruction: &Instruction<'a>) {
        let start = self.operands.len();
        let registers = instruction.registers();
        if instruction.opcode.flow().contains(Flow::INVOKE) {
            let mut places = std::mem::take(&mut self.places);
            let (prototype, has_receiver) = arguments::called(self.dex, instruction);
            let count = u16::from(registers.len());
            arguments::places(self.dex, prototype, has_receiver, count, &mut places);
            for (position, _) in &places {
                let register = u8::try_from(*position).ok().and_then(|at| registers.get(at));
                let value = register.map_or(UNDEFINED, |register| self.read(register));
                self.operands.push(value);
            }
            self.places = places;
        } else if !is_move(instruction.opcode) {
            let skipped = usize::from(set(instruction).is_some() && !reads_target(instruction.opcode));
            for register in registers.iter().skip(skipped) {
                self.operands.push(self.read(register));
            }
        }
        let position = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        if let Some(span) = self.spans.get_mut(number as usize) {
            *span = (position(start), position(self.operands.len()));
        }
    }

    /// Whether a register changed.
    fn set_registers(
        &mut self,
        number: u32,
        instruction: &Instruction<'a>,
        moved_to: Option<Target>,
    ) -> bool {
        let Some(target) = moved_to.or_else(|| set(instruction)) else {
            return false;
        };
        if is_move(instruction.opcode) {
            let source = instruction.registers().get(1);
            let value = source.map_or(UNDEFINED, |register| self.read(register));
            self.write(target, value);
            return true;
        }
        let value = self.define(Definition::Item(number));
        if let Some(result) = self.results.get_mut(number as usize) {
            *result = value;
        }
        self.write(target, value);
        true
    }
}

/// The register that an instruction sets.
fn set(instruction: &Instruction<'_>) -> Option<Target> {
    let flow = instruction.opcode.flow();
    let is_wide = flow.contains(Flow::SETS_WIDE);
    if !is_wide && !flow.contains(Flow::SETS) {
        return None;
    }
    let register = instruction.registers().get(0)?;
    Some(Target { register, is_wide })
}

/// Whether it copies a register.
fn is_move(opcode: Opcode) -> bool {
    (Opcode::Move..=Opcode::MoveObject16).contains(&opcode)
}

/// Whether it reads the register it sets (`/2addr`).
fn reads_target(opcode: Opcode) -> bool {
    (Opcode::AddInt2Addr..=Opcode::RemDouble2Addr).contains(&opcode)
}
