//! Branches that a constant decides: switches that were turned off when the app was built.
//!
//! A condition counts as constant when it compares numbers that are written in the method, or asks a
//! static truth value that nothing ever sets to anything else.

use rustc_hash::FxHashSet;

use super::body::{Body, Origin, ValueId};
use super::program::{FieldId, MethodId};
use super::world::World;
use crate::formats::dex::{Opcode, Value};

/// Operations on constants that are followed back.
const OPERATIONS: u32 = 6;
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
        let (_, body, written) = world.written(*site)?;
        let step = World::made_by(&body, written)?;
        let literal = body.step(step)?.literal?;
        if value.is_some_and(|known| known != literal) {
            return None;
        }
        value = Some(literal);
    }
    value
}

fn initial(world: &World<'_, '_>, field: FieldId) -> i64 {
    match world.initial_value(field) {
        Some((_, Value::Boolean(value))) => value.into(),
        Some((_, Value::Int(value))) => value.into(),
        _ => 0,
    }
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
    let first = || number(world, method, body, *operands.first()?, OPERATIONS);
    let second = || number(world, method, body, *operands.get(1)?, OPERATIONS);
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

fn number(world: &World<'_, '_>, method: MethodId, body: &Body, value: ValueId, depth: u32) -> Option<i64> {
    let depth = depth.checked_sub(1)?;
    let Origin::Instruction(step) = body.origin(value) else {
        return None;
    };
    let row = body.step(step)?;
    let operand = |position: usize| number(world, method, body, *body.operands(step).get(position)?, depth);
    match row.opcode {
        Opcode::Const4 | Opcode::Const16 | Opcode::Const => row.literal,
        Opcode::SgetBoolean => field_value(world, world.field(method, body, step)?),
        Opcode::AddInt | Opcode::AddInt2Addr => operand(0)?.checked_add(operand(1)?),
        Opcode::SubInt | Opcode::SubInt2Addr => operand(0)?.checked_sub(operand(1)?),
        Opcode::MulInt | Opcode::MulInt2Addr => operand(0)?.checked_mul(operand(1)?),
        Opcode::AddIntLit8 | Opcode::AddIntLit16 => operand(0)?.checked_add(row.literal?),
        Opcode::MulIntLit8 | Opcode::MulIntLit16 => operand(0)?.checked_mul(row.literal?),
        _ => returned(world, method, body, step),
    }
}

/// The number that the only method a call can run always returns.
fn returned(world: &World<'_, '_>, method: MethodId, body: &Body, step: u32) -> Option<i64> {
    let call = world.call(method, body, step)?;
    let target = if call.is_virtual {
        let row = world.program.method(call.callee);
        let made = world.index.instantiated();
        let targets = world.hierarchy.targets(row.class, row.selector, made, 1);
        match targets.methods.as_slice() {
            [only] if targets.complete => *only,
            _ => return None,
        }
    } else {
        world.resolve(call.callee)?
    };
    let body = world.body(target)?;
    let mut value = None;
    for (_, returned) in body.returns() {
        let Origin::Instruction(step) = body.origin(returned) else {
            return None;
        };
        let row = body.step(step)?;
        let is_constant = matches!(row.opcode, Opcode::Const4 | Opcode::Const16 | Opcode::Const);
        let literal = row.literal.filter(|_| is_constant)?;
        if value.is_some_and(|known| known != literal) {
            return None;
        }
        value = Some(literal);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::assembly::{method, step, with};
    use crate::harvest::models::Models;

    /// Which of the `invoke-static` instructions of `LMain;->run` can never run.
    fn dead(app: &str) -> Vec<bool> {
        with(app, &Models::default(), |world| {
            let run = method(world, "LMain;->run(Z)V");
            let calls = world.body(run).unwrap();
            let count = calls
                .steps()
                .iter()
                .filter(|row| row.opcode == Opcode::InvokeStatic)
                .count();
            (0..count)
                .map(|n| world.is_dead(run, step(world, run, "invoke-static", n)))
                .collect()
        })
    }

    /// The same where this code decides, in v0, about the first of two calls.
    fn decided(condition: &str, members: &str) -> Vec<bool> {
        dead(&format!(
            "class LMain;
            field static FLAG Z = 0
            field static ON Z = 1
            method static run(Z)V 3
              {condition}
              if-eqz v0 :off
              invoke-static LOut;->send()V
              :off
              invoke-static LOut;->stay()V
              return-void
            {members}"
        ))
    }

    const FLAG: &str = "sget-boolean v0 LMain;->FLAG:Z";

    fn writes(number: i32) -> String {
        format!("const/4 v0 #{number}\nsput-boolean v0 LMain;->FLAG:Z\n")
    }

    fn set(writes: &str) -> String {
        format!("method static set(Z)V 2\n{writes}return-void")
    }

    #[test]
    fn a_flag_that_is_never_set_decides() {
        assert_eq!(decided(FLAG, ""), [true, false]);
        assert_eq!(decided("sget-boolean v0 LMain;->ON:Z", ""), [false, false]);
        assert_eq!(decided(FLAG, &set(&writes(0))), [true, false]);
        assert_eq!(decided(FLAG, &set(&writes(1))), [false, false], "always set");
    }

    #[test]
    fn a_flag_that_may_be_either_decides_nothing() {
        assert_eq!(decided(FLAG, &set(&(writes(0) + &writes(1)))), [false, false]);
        let unknown = "sput-boolean p0 LMain;->FLAG:Z\n";
        assert_eq!(decided(FLAG, &set(unknown)), [false, false]);
        assert_eq!(decided(FLAG, &set(&writes(0).repeat(WRITES + 1))), [false, false]);
        assert_eq!(decided("sget-boolean v0 LOutside;->FLAG:Z", ""), [false, false]);
        assert_eq!(decided("move v0 p0", ""), [false, false]);
    }

    #[test]
    fn numbers_in_the_method_decide() {
        assert_eq!(decided("const/4 v0 #0", ""), [true, false]);
        assert_eq!(decided("const/4 v0 #1", ""), [false, false]);
        let sum = "const/4 v0 #2\nconst/4 v1 #-2\nadd-int v0 v0 v1";
        assert_eq!(decided(sum, ""), [true, false]);
    }

    #[test]
    fn each_comparison_cuts_off_the_side_that_never_runs() {
        let compared = |comparison: &str, number: i32| {
            dead(&format!(
                "class LMain;
                method static run(Z)V 3
                  const/4 v0 #{number}
                  const/4 v1 #2
                  {comparison} :taken
                  invoke-static LOut;->passed()V
                  return-void
                  :taken
                  invoke-static LOut;->taken()V
                  return-void"
            ))
        };
        let (passed, taken) = ([false, true], [true, false]);
        for (comparison, below, same, above) in [
            ("if-eq v0 v1", passed, taken, passed),
            ("if-ne v0 v1", taken, passed, taken),
            ("if-lt v0 v1", taken, passed, passed),
            ("if-ge v0 v1", passed, taken, taken),
            ("if-gt v0 v1", passed, passed, taken),
            ("if-le v0 v1", taken, taken, passed),
        ] {
            let found = [1, 2, 3].map(|number| compared(comparison, number));
            assert_eq!(found, [below, same, above], "{comparison}");
        }
        for (comparison, below, same, above) in [
            ("if-eqz v0", passed, taken, passed),
            ("if-nez v0", taken, passed, taken),
            ("if-ltz v0", taken, passed, passed),
            ("if-gez v0", passed, taken, taken),
            ("if-gtz v0", passed, passed, taken),
            ("if-lez v0", taken, taken, passed),
        ] {
            let found = [-1, 0, 1].map(|number| compared(comparison, number));
            assert_eq!(found, [below, same, above], "{comparison}");
        }
    }

    #[test]
    fn a_method_that_returns_a_constant_decides() {
        let call = "invoke-static p0 LMain;->isOn(Z)Z\nmove-result v0";
        let asked = |code: &str| {
            let found = decided(call, &format!("method static isOn(Z)Z 2\n{code}"));
            [found[1], found[2]]
        };
        assert_eq!(asked("const/4 v0 #0\nreturn v0"), [true, false]);
        assert_eq!(asked("const/4 v0 #1\nreturn v0"), [false, false]);
        assert_eq!(asked("return p0"), [false, false]);
        let either = "if-eqz p0 :no\nconst/4 v0 #1\nreturn v0\n:no\nconst/4 v0 #0\nreturn v0";
        assert_eq!(asked(either), [false, false]);
    }

    #[test]
    fn methods_that_ask_constant_flags_are_found() {
        let app = "class LMain;
            field static FLAG Z = 0
            field static COUNT I
            method static one()V 1
              sget-boolean v0 LMain;->FLAG:Z
              return-void
            method static two()V 1
              sget v0 LMain;->COUNT:I
              return-void";
        with(app, &Models::default(), |world| {
            let found: Vec<MethodId> = switched_methods(world).into_iter().collect();
            assert_eq!(found, [method(world, "LMain;->one()V")]);
        });
    }
}
