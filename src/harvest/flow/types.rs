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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::assembly::{method, with};
    use crate::harvest::models::Models;

    /// The classes that what `LMain;->run` returns can be of.
    fn classes(app: &str) -> Option<Vec<String>> {
        with(app, &Models::default(), |world| {
            let run = method(world, "LMain;->run(LBase;)LBase;");
            let body = world.body(run).unwrap();
            let (_, value) = body.returns().next().unwrap();
            let found = exact(world, run, &body, value)?;
            Some(
                found
                    .into_iter()
                    .map(|class| world.descriptor(class).to_owned())
                    .collect(),
            )
        })
    }

    fn run(code: &str) -> Option<Vec<String>> {
        classes(&format!(
            "class LMain;\nmethod static run(LBase;)LBase; 3\n{code}\nreturn-object v0"
        ))
    }

    fn names(names: &[&str]) -> Option<Vec<String>> {
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn what_is_made_here_is_certain() {
        assert_eq!(run("new-instance v0 LOne;"), names(&["LOne;"]));
        let either = "new-instance v0 LOne;\nif-eqz p0 :end\nnew-instance v0 LTwo;\n:end";
        assert_eq!(run(either), names(&["LOne;", "LTwo;"]));
        let or_null = "new-instance v0 LOne;\nif-eqz p0 :end\nconst/4 v0 #0\n:end";
        assert_eq!(run(or_null), names(&["LOne;"]));
        assert_eq!(run("const/4 v0 #0"), None, "null alone is of no class");
        let given = "new-instance v0 LOne;\nif-eqz p0 :end\ninvoke-static LOut;->give()LBase;\nmove-result-object v0\n:end";
        assert_eq!(run(given), None, "one of them is not known");
    }

    #[test]
    fn arguments_fields_and_results_are_followed() {
        let through = |first: &str, more: &str| {
            classes(&format!(
                "class LMain;
                field static KEPT LBase;
                method static run(LBase;)LBase; 2
                  {first}
                  return-object v0
                method static give()LBase; 1
                  new-instance v0 LGiven;
                  return-object v0
                {more}"
            ))
        };
        let caller = "method static call()V 1
              new-instance v0 LOne;
              invoke-static v0 LMain;->run(LBase;)LBase;
              return-void";
        assert_eq!(through("move-object v0 p0", caller), names(&["LOne;"]));
        assert_eq!(through("move-object v0 p0", ""), None, "nobody calls");
        let give = "invoke-static LMain;->give()LBase;\nmove-result-object v0";
        assert_eq!(through(give, ""), names(&["LGiven;"]));
        let write = "method static keep()V 1
              new-instance v0 LKept;
              sput-object v0 LMain;->KEPT:LBase;
              return-void";
        let read = "sget-object v0 LMain;->KEPT:LBase;";
        assert_eq!(through(read, write), names(&["LKept;"]));
        assert_eq!(through(read, ""), None, "nobody writes");
        let circle = "invoke-static p0 LMain;->run(LBase;)LBase;\nmove-result-object v0";
        assert_eq!(through(circle, ""), None);
    }
}
