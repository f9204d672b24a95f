//! At which position of a list an element is put, where the code tells.
//!
//! A list that is made in the method and only appended to, one element after the other and not in a
//! loop, has every element at a known place.

use super::ways::comes_without;
use crate::formats::dex::Opcode;
use crate::harvest::body::{Body, Origin, Use, ValueId};
use crate::harvest::program::MethodId;
use crate::harvest::world::World;

/// Lists that keep their elements in the order they are added in.
const LISTS: [&str; 6] = [
    "Ljava/util/List;",
    "Ljava/util/ArrayList;",
    "Ljava/util/LinkedList;",
    "Ljava/util/Vector;",
    "Ljava/util/Collection;",
    "Ljava/util/concurrent/CopyOnWriteArrayList;",
];

/// The position at which a call of `add` puts its element; `None` when the step is something else
/// or the position is not certain.
pub(super) fn appended_at(world: &World<'_, '_>, method: MethodId, body: &Body, step: u32) -> Option<usize> {
    let list = *body.operands(step).first()?;
    if !is_append(world, method, body, step) {
        return None;
    }
    let made = match body.origin(list) {
        Origin::Instruction(made) => body.step(made)?,
        Origin::Parameter(_) | Origin::Phi | Origin::Undefined => return None,
    };
    if made.opcode != Opcode::NewInstance || body.follows(step, step) {
        return None;
    }
    let mut before = 0usize;
    for one in body.uses(list) {
        let Use::Step { step: other, operand } = *one else {
            return None;
        };
        if operand != 0 || other == step || !body.follows(other, step) {
            continue;
        }
        if is_append(world, method, body, other) {
            // An element that is not added on every way makes the position uncertain.
            if body.follows(other, other) || comes_without(body, None, step, other) {
                return None;
            }
            before = before.saturating_add(1);
        } else if moves_elements(world, method, body, other, list) {
            return None;
        }
    }
    Some(before)
}

fn is_append(world: &World<'_, '_>, method: MethodId, body: &Body, step: u32) -> bool {
    world.call(method, body, step).is_some_and(|call| {
        let (class, name) = world.named(call.callee);
        name == "add" && LISTS.contains(&class) && body.operands(step).len() == 2
    })
}

/// Whether a call of the list's own methods may move its elements.
fn moves_elements(world: &World<'_, '_>, method: MethodId, body: &Body, step: u32, list: ValueId) -> bool {
    let Some(call) = world.call(method, body, step) else {
        return false;
    };
    let name = world.named(call.callee).1;
    let is_receiver = body.operands(step).first() == Some(&list) && !call.is_static;
    let only_looks = ["get", "size", "is", "contains", "<init>", "iterator", "indexOf"];
    is_receiver && !only_looks.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::assembly::{method, with};
    use crate::harvest::models::Models;

    /// The positions of all elements that a method of these instructions adds to the list in v0.
    fn positions(code: &str) -> Vec<Option<usize>> {
        let app = format!(
            "class LMain;
            method static run(ZLjava/util/List;)V 4
              new-instance v0 Ljava/util/ArrayList;
              invoke-direct v0 Ljava/util/ArrayList;-><init>()V
              {code}
              return-void"
        );
        with(&app, &Models::default(), |world| {
            let run = method(world, "LMain;->run(ZLjava/util/List;)V");
            let body = world.body(run).unwrap();
            let steps = 0..u32::try_from(body.steps().len()).unwrap();
            let adds = steps.filter(|step| is_append(world, run, &body, *step));
            adds.map(|step| appended_at(world, run, &body, step)).collect()
        })
    }

    const ADD: &str = "invoke-virtual v0 v1 Ljava/util/ArrayList;->add(Ljava/lang/Object;)Z\n";

    #[test]
    fn elements_are_counted_as_they_are_added() {
        let size = "invoke-virtual v0 Ljava/util/ArrayList;->size()I\n";
        assert_eq!(positions(&[ADD, size, ADD].concat()), [Some(0), Some(1)]);
    }

    #[test]
    fn a_position_that_is_not_certain_is_not_told() {
        let sometimes = format!("if-eqz p0 :end\n{ADD}:end\n{ADD}");
        assert_eq!(positions(&sometimes), [Some(0), None]);
        let often = format!(":again\n{ADD}if-eqz p0 :again\n{ADD}");
        assert_eq!(positions(&often), [None, None]);
        let moved = format!("{ADD}invoke-virtual v0 Ljava/util/ArrayList;->clear()V\n{ADD}");
        assert_eq!(positions(&moved), [Some(0), None]);
        assert_eq!(
            positions(&ADD.replace("v0", "p1")),
            [None],
            "a list of somebody else"
        );
    }

    #[test]
    fn sets_have_no_positions() {
        assert_eq!(positions(&ADD.replace("ArrayList", "HashSet")), []);
    }
}
