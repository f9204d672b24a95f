//! Branches that a constant decides: switches that were turned off when the app was built.
//!
//! A condition counts as constant when it compares numbers that are written in the method, or asks a
//! static truth value that nothing ever sets to anything else.

use rustc_hash::FxHashSet;

use super::body::{Body, Origin, ValueId};
use super::program::{FieldId, MethodId};
use super::world::World;
use crate::formats::dex::{Opcode, Value};

/// Writes of a field looked at.
const WRITES: usize = 4;

/// The methods that ask a constant field which way to go.
pub(super) fn switched_methods(world: &World<'_, '_>) -> FxHashSet<MethodId> {
    let mut found = FxHashSet::default();
    for field in world.program.fields() {
        let row = world.program.field(field);
        let is_flag = world.program.descriptor(row.field_type) == b"Z";
        if !is_flag || world.program.class(row.class).is_none() || field_value(world, field).is_none() {
            continue;
        }
        found.extend(world.index.reads_of(field).iter().map(|site| site.method));
    }
    found
}

/// The value that a static field always has.
fn field_value(world: &World<'_, '_>, field: FieldId) -> Option<i64> {
    let class = world.program.class(world.program.field(field).class)?;
    let (_, is_static) = class.fields.iter().find(|(id, _)| *id == field)?;
    if !is_static {
        return None;
    }
    let writes = world.index.writes_of(field);
    if writes.len() > WRITES {
        return None;
    }
    let mut value = Some(initial(world, field)).filter(|_| writes.is_empty());
    for site in writes {
        let place = world.place(site.method, site.address)?;
        let body = world.body(place.method)?;
        let step = World::made_by(&body, *body.operands(place.step).first()?)?;
        let literal = body.step(step)?.literal?;
        if value.is_some_and(|known| known != literal) {
            return None;
        }
        value = Some(literal);
    }
    value
}

fn initial(world: &World<'_, '_>, field: FieldId) -> i64 {
    let value = || {
        let class = world.program.class(world.program.field(field).class)?;
        let dex = world.program.files().get(class.file as usize)?.dex;
        let statics = class.fields.iter().filter(|(_, is_static)| *is_static);
        let position = statics.map(|(id, _)| *id).position(|id| id == field)?;
        match dex.static_values(&class.definition)?.values().nth(position)? {
            Value::Boolean(value) => Some(i64::from(value)),
            Value::Int(value) => Some(value.into()),
            _ => None,
        }
    };
    value().unwrap_or(0)
}

/// The blocks of a method that no way leads to once constant conditions are decided, one flag each;
/// empty when there are none.
pub(super) fn dead_blocks(world: &World<'_, '_>, method: MethodId, body: &Body) -> Box<[bool]> {
    let mut decided = Vec::new();
    for block in 0..body.block_count() {
        let range = body.block(block);
        let Some(last) = range.end.checked_sub(1).filter(|last| range.contains(last)) else {
            continue;
        };
        if let Some(is_taken) = outcome(world, method, body, last) {
            decided.push((block, last, is_taken));
        }
    }
    if decided.is_empty() {
        return Box::default();
    }
    let mut live = vec![false; body.block_count() as usize];
    let mut left = vec![0u32];
    if let Some(first) = live.first_mut() {
        *first = true;
    }
    while let Some(block) = left.pop() {
        let choice = decided.iter().find(|(of, _, _)| *of == block);
        for edge in body.successors(block) {
            let falls_through = edge.block == block.saturating_add(1);
            if let Some((_, _, is_taken)) = choice
                && body.successors(block).len() == 2
                && falls_through == *is_taken
            {
                continue;
            }
            if let Some(mark) = live.get_mut(edge.block as usize)
                && !std::mem::replace(mark, true)
            {
                left.push(edge.block);
            }
        }
    }
    live.iter().map(|live| !live).collect()
}

/// Whether a conditional branch is taken, when constants decide it.
fn outcome(world: &World<'_, '_>, method: MethodId, body: &Body, step: u32) -> Option<bool> {
    let row = body.step(step)?;
    let operands = body.operands(step);
    let first = || number(world, method, body, *operands.first()?);
    let second = || number(world, method, body, *operands.get(1)?);
    Some(match row.opcode {
        Opcode::IfEqz => first()? == 0,
        Opcode::IfNez => first()? != 0,
        Opcode::IfLtz => first()? < 0,
        Opcode::IfGez => first()? >= 0,
        Opcode::IfGtz => first()? > 0,
        Opcode::IfLez => first()? <= 0,
        Opcode::IfEq => first()? == second()?,
        Opcode::IfNe => first()? != second()?,
        Opcode::IfLt => first()? < second()?,
        Opcode::IfGe => first()? >= second()?,
        Opcode::IfGt => first()? > second()?,
        Opcode::IfLe => first()? <= second()?,
        _ => return None,
    })
}

fn number(world: &World<'_, '_>, method: MethodId, body: &Body, value: ValueId) -> Option<i64> {
    let Origin::Instruction(step) = body.origin(value) else {
        return None;
    };
    let row = body.step(step)?;
    match row.opcode {
        Opcode::Const4 | Opcode::Const16 | Opcode::Const => row.literal,
        Opcode::SgetBoolean => field_value(world, world.field(method, body, step)?),
        _ => None,
    }
}
