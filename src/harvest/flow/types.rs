//! Of which class an object is for certain, where the code tells.

use std::collections::BTreeSet;

use crate::formats::dex::Opcode;
use crate::harvest::body::{Body, Origin, ValueId};
use crate::harvest::program::{MethodId, TypeId};
use crate::harvest::world::World;

/// Steps back through fields, results and arguments.
const DEPTH: u32 = 4;
/// Writes of a field or callers of a method looked at.
const PLACES: usize = 6;

/// The classes an object can be of, `None` when not all of them are known.
pub(super) fn exact(
    world: &World<'_, '_>,
    method: MethodId,
    body: &Body,
    value: ValueId,
) -> Option<BTreeSet<TypeId>> {
    let mut found = BTreeSet::new();
    collect(
        world,
        method,
        body,
        value,
        DEPTH,
        &mut BTreeSet::new(),
        &mut found,
    )?;
    Some(found).filter(|found| !found.is_empty())
}

fn collect(
    world: &World<'_, '_>,
    method: MethodId,
    body: &Body,
    value: ValueId,
    depth: u32,
    visited: &mut BTreeSet<(MethodId, ValueId)>,
    found: &mut BTreeSet<TypeId>,
) -> Option<()> {
    if !visited.insert((method, value)) {
        return Some(());
    }
    if visited.len() > 64 {
        return None;
    }
    match body.origin(value) {
        Origin::Undefined => None,
        Origin::Parameter(position) => {
            let depth = depth.checked_sub(1)?;
            let callers = world.callers(method, PLACES)?;
            if callers.is_empty() {
                return None;
            }
            for place in callers {
                let body = world.body(place.method)?;
                let value = *body.operands(place.step).get(usize::from(position))?;
                collect(world, place.method, &body, value, depth, visited, found)?;
            }
            Some(())
        }
        Origin::Phi => body
            .phi_operands(value)
            .iter()
            .try_for_each(|operand| collect(world, method, body, *operand, depth, visited, found)),
        Origin::Instruction(step) => {
            let row = body.step(step)?;
            match row.opcode {
                Opcode::NewInstance => {
                    found.insert(world.class(method, body, step)?);
                    Some(())
                }
                // Null is of no class.
                Opcode::Const4 if row.literal == Some(0) => Some(()),
                Opcode::IgetObject | Opcode::SgetObject => {
                    let depth = depth.checked_sub(1)?;
                    let writes = world.index.writes_of(world.field(method, body, step)?);
                    if writes.is_empty() || writes.len() > PLACES {
                        return None;
                    }
                    for site in writes {
                        let (place, body, value) = world.written(*site)?;
                        collect(world, place.method, &body, value, depth, visited, found)?;
                    }
                    Some(())
                }
                _ => {
                    let depth = depth.checked_sub(1)?;
                    let call = world.call(method, body, step)?;
                    if call.is_virtual {
                        return None;
                    }
                    let target = world.resolve(call.callee)?;
                    let body = world.body(target)?;
                    for (_, value) in body.returns() {
                        collect(world, target, &body, value, depth, visited, found)?;
                    }
                    Some(())
                }
            }
        }
    }
}
