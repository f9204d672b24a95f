//! Phis that stand for one value are replaced by it; what is left gets its final number.

use super::body::{Origin, ValueId};
use super::lists::Lists;
use super::values::{Definition, Phi, UNDEFINED, Values};

/// Walks over all phis. One suffices for nested loops; more are needed where control is tangled,
/// and a phi that is left over is not wrong.
const MAXIMUM_PASSES: usize = 16;
/// No number.
const NONE: u32 = u32::MAX;

/// The values of one method.
pub(super) struct Numbered {
    /// Where each value comes from.
    pub(super) origins: Vec<Origin>,
    /// The operands of each value that is a phi.
    pub(super) phis: Lists<ValueId>,
    /// The values of the parameters.
    pub(super) parameters: Vec<ValueId>,
    /// The operands of each item.
    pub(super) operands: Lists<ValueId>,
    /// The value that each item sets.
    pub(super) results: Vec<Option<ValueId>>,
}

/// Numbers the values.
pub(super) fn number(values: &Values<'_, '_>) -> Numbered {
    let mut forward = Forward::new(values.definitions.len());
    simplify(values, &mut forward);
    let is_read = find_read(values, &mut forward);
    let (numbers, origins) = give_numbers(values, &mut forward, &is_read);
    let mut finally = |value: u32| {
        let number = numbers.get(forward.find(value) as usize).copied();
        ValueId::new(number.filter(|number| *number != NONE).unwrap_or(UNDEFINED))
    };
    let mut operands = Lists::default();
    for item in 0..values.results.len() {
        operands.extend(values.operands(item).iter().map(|value| finally(*value)));
    }
    let results = values.results.iter();
    let results = results
        .map(|value| (*value != UNDEFINED).then(|| finally(*value)))
        .collect();
    let parameters = values.parameters.iter().map(|value| finally(*value)).collect();
    let phis = number_phis(values, &numbers, origins.len(), finally);
    Numbered {
        origins,
        phis,
        parameters,
        operands,
        results,
    }
}

/// For each value the one that replaces it, in the end itself.
struct Forward(Vec<u32>);

impl Forward {
    fn new(count: usize) -> Self {
        Self((0..).take(count).collect())
    }

    fn next(&self, value: u32) -> u32 {
        self.0.get(value as usize).copied().unwrap_or(UNDEFINED)
    }

    fn find(&mut self, mut value: u32) -> u32 {
        loop {
            let next = self.next(value);
            if next == value {
                return value;
            }
            let after = self.next(next);
            self.replace(value, after);
            value = after;
        }
    }

    fn replace(&mut self, value: u32, by: u32) {
        if let Some(next) = self.0.get_mut(value as usize) {
            *next = by;
        }
    }
}

fn simplify(values: &Values<'_, '_>, forward: &mut Forward) {
    for pass in 0..MAXIMUM_PASSES {
        let mut is_changed = false;
        let mut one = |phi: &Phi| is_changed |= simplify_phi(values, phi, forward);
        // Backwards first: inner loops before those around them.
        if pass % 2 == 0 {
            values.phis.iter().rev().for_each(&mut one);
        } else {
            values.phis.iter().for_each(&mut one);
        }
        if !is_changed {
            break;
        }
    }
}

/// Replaces a phi by its only operand; `false` when it has several.
fn simplify_phi(values: &Values<'_, '_>, phi: &Phi, forward: &mut Forward) -> bool {
    if forward.next(phi.value) != phi.value {
        return false;
    }
    let mut only = UNDEFINED;
    for operand in values.phi_operands(phi) {
        let operand = forward.find(*operand);
        if operand == phi.value || operand == only || !is_defined(values, operand) {
            continue;
        }
        if only != UNDEFINED {
            return false;
        }
        only = operand;
    }
    forward.replace(phi.value, only);
    true
}

fn is_defined(values: &Values<'_, '_>, value: u32) -> bool {
    !matches!(
        values.definitions.get(value as usize),
        None | Some(Definition::Undefined)
    )
}

/// Whether an instruction reads each value, directly or through phis.
fn find_read(values: &Values<'_, '_>, forward: &mut Forward) -> Vec<bool> {
    let mut is_read = vec![false; values.definitions.len()];
    let mut left = Vec::new();
    let mut mark = |value: u32, left: &mut Vec<u32>| {
        if let Some(is_read) = is_read.get_mut(value as usize)
            && !std::mem::replace(is_read, true)
        {
            left.push(value);
        }
    };
    for item in 0..values.results.len() {
        for operand in values.operands(item) {
            mark(forward.find(*operand), &mut left);
        }
    }
    while let Some(value) = left.pop() {
        if let Some(phi) = phi_of(values, value) {
            for operand in values.phi_operands(phi) {
                mark(forward.find(*operand), &mut left);
            }
        }
    }
    is_read
}

fn phi_of<'v>(values: &'v Values<'_, '_>, value: u32) -> Option<&'v Phi> {
    match values.definitions.get(value as usize)? {
        Definition::Phi(index) => values.phis.get(*index as usize),
        _ => None,
    }
}

/// The final number of each value that is kept, and the origins by final number.
fn give_numbers(values: &Values<'_, '_>, forward: &mut Forward, is_read: &[bool]) -> (Vec<u32>, Vec<Origin>) {
    let mut origins = vec![Origin::Undefined];
    let mut numbers = vec![NONE; values.definitions.len()];
    for ((value, definition), (number, is_read)) in (0..)
        .zip(&values.definitions)
        .zip(numbers.iter_mut().zip(is_read))
    {
        let origin = match definition {
            Definition::Parameter(position) => Origin::Parameter(*position),
            Definition::Item(item) => Origin::Instruction(*item),
            Definition::Phi(_) if *is_read && forward.next(value) == value => Origin::Phi,
            Definition::Phi(_) | Definition::Undefined => continue,
        };
        *number = u32::try_from(origins.len()).unwrap_or(NONE);
        origins.push(origin);
    }
    (numbers, origins)
}

/// The operands of the phis that are kept, each once.
fn number_phis(
    values: &Values<'_, '_>,
    numbers: &[u32],
    count: usize,
    mut finally: impl FnMut(u32) -> ValueId,
) -> Lists<ValueId> {
    let mut phis = Lists::default();
    // For each value the last phi that got it as an operand. The value 0 is the undefined one.
    let mut taken_by = vec![UNDEFINED; count];
    for (value, number) in (0..).zip(numbers) {
        if *number == NONE {
            continue;
        }
        // The undefined value has no number of its own here, but a list.
        while phis.len() < *number {
            phis.close();
        }
        for operand in phi_of(values, value).map_or(&[][..], |phi| values.phi_operands(phi)) {
            let operand = finally(*operand);
            let index = operand.index();
            if index == UNDEFINED || index == *number {
                continue;
            }
            if let Some(taken_by) = taken_by.get_mut(index as usize)
                && std::mem::replace(taken_by, *number) != *number
            {
                phis.push(operand);
            }
        }
        phis.close();
    }
    phis
}
