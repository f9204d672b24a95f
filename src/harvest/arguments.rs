//! In which registers the arguments of a call, or the parameters of a method, stand.

use crate::formats::dex::{Dex, Instruction, Opcode, Value};

/// Position of an argument among the registers of all of them, and whether it takes two.
pub(super) type Place = (u16, bool);

/// Writes down the places of the arguments that a prototype declares, a receiver first. When they
/// do not take exactly `registers` registers, each register counts as one argument.
pub(super) fn places(
    dex: &Dex<'_>,
    prototype: Option<u32>,
    has_receiver: bool,
    registers: u16,
    places: &mut Vec<Place>,
) {
    places.clear();
    if declared(dex, prototype, has_receiver, registers, places).is_none() {
        places.clear();
        places.extend((0..registers).map(|register| (register, false)));
    }
}

fn declared(
    dex: &Dex<'_>,
    prototype: Option<u32>,
    has_receiver: bool,
    registers: u16,
    places: &mut Vec<Place>,
) -> Option<()> {
    let shorty = dex.string_bytes(dex.prototype(prototype?)?.shorty)?;
    let mut position = 0u16;
    if has_receiver {
        places.push((0, false));
        position = 1;
    }
    // The first letter is what is returned.
    for letter in shorty.get(1..)? {
        let is_wide = matches!(letter, b'J' | b'D');
        places.push((position, is_wide));
        position = position.checked_add(if is_wide { 2 } else { 1 })?;
        if position > registers {
            return None;
        }
    }
    (position == registers).then_some(())
}

/// The prototype that a call uses, and whether its first argument is a receiver.
pub(super) fn called(dex: &Dex<'_>, call: &Instruction<'_>) -> (Option<u32>, bool) {
    match call.opcode {
        Opcode::InvokePolymorphic | Opcode::InvokePolymorphicRange => (call.prototype(), true),
        Opcode::InvokeCustom | Opcode::InvokeCustomRange => {
            let site = call.index().and_then(|index| dex.call_site(index));
            // The linker, the name, the method type.
            let method_type = site.and_then(|site| site.values().nth(2));
            let prototype = match method_type {
                Some(Value::MethodType(prototype)) => Some(prototype),
                _ => None,
            };
            (prototype, false)
        }
        opcode => {
            let method = call.index().and_then(|index| dex.method(index));
            let is_static = matches!(opcode, Opcode::InvokeStatic | Opcode::InvokeStaticRange);
            (method.map(|method| method.prototype), !is_static)
        }
    }
}
