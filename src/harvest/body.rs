//! One method: its instructions, and the values that stand in its registers.
//!
//! A value is set once: by a parameter, an instruction, or a phi where control comes from several
//! places that disagree. Copies (`move*`, `check-cast`) are the value they copy. The result of a
//! call is the value that the `move-result` right behind it puts into a register; the two are one
//! step. Of a wide value only its first register counts.
//!
//! Addresses are in code units from the start of the method's code; table indices are those of the
//! dex file. Code that cannot be reached has no steps.

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::OnceLock;

use crate::formats::dex::{Code, Dex, Opcode};

pub use super::control_flow::Edge;
use super::control_flow::{ControlFlow, Item};
use super::lists::Lists;
use super::numbering::{Numbered, number};
use super::values::Values;

/// Blocks and edges beyond which everything is said to follow everything.
const MAXIMUM_BLOCKS: u32 = 2000;
const MAXIMUM_EDGES: usize = 1 << 16;

/// A value of one method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(NonZeroU32);

impl ValueId {
    pub(super) fn new(index: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(index))
    }

    /// Its number, from 0 on and below [`Body::value_count`]. 0 is the undefined value.
    #[must_use]
    pub fn index(self) -> u32 {
        self.0.get().saturating_sub(1)
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A parameter: its position, the receiver first, wide ones counted once.
    Parameter(u16),
    /// The step with this number.
    Instruction(u32),
    /// Several values, see [`Body::phi_operands`].
    Phi,
    /// Nothing set it.
    Undefined,
}

/// One instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its address in code units.
    pub address: u32,
    /// Its opcode.
    pub opcode: Opcode,
    /// Its index into the table that [`Opcode::index_kind`] names.
    pub index: Option<u32>,
    /// The constant in it.
    pub literal: Option<i64>,
    /// The value it sets.
    pub result: Option<ValueId>,
    /// The block it stands in.
    pub block: u32,
}

/// Who reads a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// An instruction.
    Step {
        /// The number of the step.
        step: u32,
        /// The position among its operands.
        operand: u16,
    },
    /// A phi.
    Phi(ValueId),
}

/// The code of one method.
#[derive(Debug)]
pub struct Body {
    steps: Vec<Step>,
    /// Number of the first step of each block, and behind them the number of steps.
    starts: Vec<u32>,
    successors: Lists<Edge>,
    operands: Lists<ValueId>,
    parameters: Vec<ValueId>,
    origins: Vec<Origin>,
    phis: Lists<ValueId>,
    uses: Lists<Use>,
    /// For each block those that control can reach from it, one bit each.
    reached: OnceLock<Vec<OnceLock<Box<[u64]>>>>,
    is_clipped: bool,
}

impl Body {
    /// Reads the code of a method of `dex`. `prototype` is the index of the method's prototype;
    /// when it does not fit the code, each register of the arguments is one parameter.
    ///
    /// `None` when nothing can be executed, or when it is too large: beyond 2^18 code units, or
    /// when its registers times the states to be kept exceed 2^22.
    #[must_use]
    pub fn new(dex: &Dex<'_>, prototype: Option<u32>, is_static: bool, code: &Code<'_>) -> Option<Self> {
        let flow = ControlFlow::new(code)?;
        let values = Values::new(dex, prototype, is_static, code, &flow)?;
        let numbered = number(&values);
        drop(values);
        Some(Self::assemble(flow, numbered))
    }

    fn assemble(flow: ControlFlow<'_>, numbered: Numbered) -> Self {
        let Numbered {
            mut origins,
            mut phis,
            parameters,
            mut operands,
            results,
        } = numbered;
        let mut steps = Vec::with_capacity(flow.items.len());
        for block in 0..flow.block_count() {
            let range = flow.range(block);
            let within = range.start as usize..range.end as usize;
            let items = flow.items.get(within.clone()).unwrap_or_default();
            let results = results.get(within).unwrap_or_default();
            let both = items.iter().zip(results);
            steps.extend(both.map(|(item, result)| step(item, *result, block)));
        }
        let mut uses = uses(&operands, &phis, origins.len());
        operands.shrink();
        phis.shrink();
        uses.shrink();
        origins.shrink_to_fit();
        let mut successors = flow.successors;
        successors.shrink();
        Self {
            steps,
            starts: flow.starts,
            successors,
            operands,
            parameters,
            origins,
            phis,
            uses,
            reached: OnceLock::new(),
            is_clipped: flow.is_clipped,
        }
    }

    /// The instructions that can be reached, by address.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// A step by its number.
    #[must_use]
    pub fn step(&self, step: u32) -> Option<&Step> {
        self.steps.get(step as usize)
    }

    /// The number of the step at an address in code units.
    #[must_use]
    pub fn step_at(&self, address: u32) -> Option<u32> {
        let found = self.steps.binary_search_by_key(&address, |step| step.address);
        u32::try_from(found.ok()?).ok()
    }

    /// The values that a step reads, in the order of its registers; of calls, one for each declared
    /// argument, the receiver first. Copies read nothing.
    #[must_use]
    pub fn operands(&self, step: u32) -> &[ValueId] {
        self.operands.get(step)
    }

    /// The values of the parameters, the receiver first.
    #[must_use]
    pub fn parameters(&self) -> &[ValueId] {
        &self.parameters
    }

    /// How many values there are, the undefined one included.
    #[must_use]
    pub fn value_count(&self) -> u32 {
        u32::try_from(self.origins.len()).unwrap_or(u32::MAX)
    }

    /// Where a value comes from.
    #[must_use]
    pub fn origin(&self, value: ValueId) -> Origin {
        let origin = self.origins.get(value.index() as usize);
        origin.copied().unwrap_or(Origin::Undefined)
    }

    /// The values that a phi may be, each once and without the undefined one; empty for others.
    #[must_use]
    pub fn phi_operands(&self, value: ValueId) -> &[ValueId] {
        self.phis.get(value.index())
    }

    /// Who reads a value: first the steps by address, then the phis.
    #[must_use]
    pub fn uses(&self, value: ValueId) -> &[Use] {
        self.uses.get(value.index())
    }

    /// The values that the method returns, each with the step that does.
    pub fn returns(&self) -> impl Iterator<Item = (u32, ValueId)> {
        (0..).zip(&self.steps).filter_map(|(number, step)| {
            let returns = matches!(
                step.opcode,
                Opcode::Return | Opcode::ReturnWide | Opcode::ReturnObject
            );
            let value = self.operands(number).first().filter(|_| returns)?;
            Some((number, *value))
        })
    }

    /// Whether something could not be decoded, or was too much to look at.
    #[must_use]
    pub fn is_clipped(&self) -> bool {
        self.is_clipped
    }

    /// How many blocks there are. Control enters block 0.
    #[must_use]
    pub fn block_count(&self) -> u32 {
        self.successors.len()
    }

    /// The numbers of the steps of a block.
    #[must_use]
    pub fn block(&self, block: u32) -> Range<u32> {
        let at = |position: usize| self.starts.get(position).copied().unwrap_or_default();
        at(block as usize)..at((block as usize).saturating_add(1))
    }

    /// Where control goes from a block.
    #[must_use]
    pub fn successors(&self, block: u32) -> &[Edge] {
        self.successors.get(block)
    }

    /// Whether control can come to the step `later` after the step `earlier` was executed; `true`
    /// too when the method is too large to tell.
    #[must_use]
    pub fn follows(&self, earlier: u32, later: u32) -> bool {
        let (Some(from), Some(to)) = (self.step(earlier), self.step(later)) else {
            return false;
        };
        if from.block == to.block && later > earlier {
            return true;
        }
        let count = self.block_count();
        if count > MAXIMUM_BLOCKS || self.successors.item_count() > MAXIMUM_EDGES {
            return true;
        }
        let all = self.reached.get_or_init(|| vec![OnceLock::new(); count as usize]);
        let reached = all.get(from.block as usize);
        reached.is_some_and(|reached| is_set(reached.get_or_init(|| self.reach(from.block)), to.block))
    }

    /// The blocks that control can reach from a block, itself only on a way around.
    fn reach(&self, from: u32) -> Box<[u64]> {
        let words = self.block_count().div_ceil(64) as usize;
        let mut reached = vec![0u64; words].into_boxed_slice();
        let mut left = vec![from];
        while let Some(block) = left.pop() {
            for edge in self.successors(block) {
                if let Some(word) = reached.get_mut((edge.block / 64) as usize)
                    && *word & bit(edge.block) == 0
                {
                    *word |= bit(edge.block);
                    left.push(edge.block);
                }
            }
        }
        reached
    }
}

fn bit(block: u32) -> u64 {
    1u64.wrapping_shl(block)
}

fn is_set(bits: &[u64], block: u32) -> bool {
    let word = bits.get((block / 64) as usize);
    word.is_some_and(|word| word & bit(block) != 0)
}

fn step(item: &Item<'_>, result: Option<ValueId>, block: u32) -> Step {
    Step {
        address: item.instruction.address,
        opcode: item.instruction.opcode,
        index: item.instruction.index(),
        literal: item.instruction.literal(),
        result,
        block,
    }
}

/// Who reads each of `count` values. Nobody asks about the undefined one.
fn uses(operands: &Lists<ValueId>, phis: &Lists<ValueId>, count: usize) -> Lists<Use> {
    let by_steps = (0..operands.len()).flat_map(|step| {
        let operands = (0..).zip(operands.get(step));
        operands.map(move |(operand, value)| (value.index(), Use::Step { step, operand }))
    });
    let by_phis = (0..phis.len()).flat_map(|phi| {
        let operands = phis.get(phi).iter();
        operands.map(move |value| (value.index(), Use::Phi(ValueId::new(phi))))
    });
    let all = by_steps.chain(by_phis).filter(|(value, _)| *value != 0);
    Lists::sorted(count, all)
}

#[cfg(test)]
mod tests;
