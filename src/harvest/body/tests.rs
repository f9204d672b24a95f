//! Tests on built methods.

use std::collections::BTreeSet;

use super::*;
use crate::anomaly::Anomalies;
use crate::formats::dex::builder::{self, Builder, Class, Try, Unit, raw, shape};
use crate::limits::{Budget, Limits};

mod random_code;

/// A static method in a dex file of its own.
struct Built {
    bytes: Vec<u8>,
}

impl Built {
    fn new(shape: builder::Shape, code: builder::Body) -> Self {
        let class = Class::new("Lcom/example/Main;").method("run", shape, code);
        let bytes = Builder {
            classes: vec![class],
            ..Builder::default()
        }
        .build();
        Self { bytes }
    }

    /// A method without parameters.
    fn plain(registers: u16, units: &[u16]) -> Self {
        Self::new(shape("V", &[]), code(registers, 0, raw(units)))
    }

    fn with<R>(&self, look: impl FnOnce(&Dex<'_>, u32, &Code<'_>) -> R) -> R {
        let limits = Limits::default();
        let mut budget = Budget::new(&limits);
        let files = Dex::parse(&self.bytes, &limits, &mut budget, &mut Anomalies::new(8)).unwrap();
        let dex = &files[0];
        let data = dex.class_data(&dex.class(0).unwrap()).unwrap();
        let method = data.methods().next().unwrap();
        let prototype = dex.method(method.method).unwrap().prototype;
        look(dex, prototype, &dex.code(method.code_offset).unwrap())
    }

    fn try_body(&self) -> Option<Body> {
        self.with(|dex, prototype, code| Body::new(dex, Some(prototype), true, code))
    }

    fn body(&self) -> Body {
        self.try_body().unwrap()
    }
}

fn code(registers: u16, ins: u16, units: Vec<Unit>) -> builder::Body {
    builder::Body {
        registers,
        ins,
        outs: 0,
        units,
        tries: Vec::new(),
    }
}

fn caught(start: u32, length: u16, typed: &[u32], all: Option<u32>) -> Try {
    let typed = typed
        .iter()
        .map(|address| ("Ljava/lang/Exception;".to_owned(), *address));
    Try {
        start,
        length,
        typed: typed.collect(),
        all,
    }
}

fn call(parameters: &[&str]) -> Unit {
    Unit::Method("La/B;".to_owned(), "call".to_owned(), shape("I", parameters))
}

impl Body {
    fn at(&self, address: u32) -> u32 {
        self.step_at(address).unwrap()
    }

    /// Where the operands of the step at an address come from.
    fn reads(&self, address: u32) -> Vec<Origin> {
        let operands = self.operands(self.at(address)).iter();
        operands.map(|value| self.origin(*value)).collect()
    }

    /// Addresses of the steps that a value can come from; parameters count from -1 downwards.
    fn sources(&self, value: ValueId) -> BTreeSet<i64> {
        let (mut met, mut left, mut sources) = (BTreeSet::new(), vec![value], BTreeSet::new());
        while let Some(value) = left.pop() {
            match self.origin(value) {
                Origin::Parameter(position) => drop(sources.insert(-1 - i64::from(position))),
                Origin::Instruction(step) => drop(sources.insert(self.steps()[step as usize].address.into())),
                Origin::Phi if met.insert(value) => left.extend(self.phi_operands(value)),
                Origin::Phi | Origin::Undefined => {}
            }
        }
        sources
    }

    /// The same for each operand of the step at an address.
    fn sources_at(&self, address: u32) -> Vec<Vec<i64>> {
        let operands = self.operands(self.at(address)).iter();
        operands
            .map(|value| self.sources(*value).into_iter().collect())
            .collect()
    }

    fn phi_count(&self) -> usize {
        self.origins
            .iter()
            .filter(|origin| **origin == Origin::Phi)
            .count()
    }
}

#[test]
fn straight_code_copies_without_new_values() {
    // const/4 v0, 1; move v1, v0; add-int v2, v1, v0; check-cast v2; return v2
    let units = [0x1012, 0x0101, 0x0290, 0x0001, 0x021f, 0, 0x020f];
    let body = Built::plain(3, &units).body();
    assert_eq!(body.block_count(), 1);
    assert_eq!(body.steps().len(), 5);
    let constant = body.step(0).unwrap();
    assert_eq!((constant.literal, constant.index), (Some(1), None));
    let value = constant.result.unwrap();
    assert_eq!(body.step(1).unwrap().result, None);
    assert_eq!(body.operands(1), []);
    assert_eq!(body.operands(2), [value, value]);
    assert_eq!(body.step(3).unwrap().index, Some(0));
    let sum = body.step(2).unwrap().result.unwrap();
    assert_eq!(body.origin(sum), Origin::Instruction(2));
    assert_eq!((body.operands(3), body.operands(4)), (&[sum][..], &[sum][..]));
    let reads = [0, 1].map(|operand| Use::Step { step: 2, operand });
    assert_eq!(body.uses(value), reads);
    assert_eq!(body.returns().collect::<Vec<_>>(), [(4, sum)]);
    assert!(body.follows(0, 4) && !body.follows(4, 0) && !body.follows(2, 2));
    assert_eq!((body.step_at(6), body.step_at(5)), (Some(4), None));
    assert!(!body.is_clipped());
}

#[test]
fn a_register_set_on_both_sides_gets_a_phi() {
    // 0: if-eqz p0, 4; 2: const/4 v0, 1; 3: goto 5; 4: const/4 v0, 2; 5: add-int/2addr v1, v0; 6: return v1
    let units = raw(&[0x0138, 4, 0x1012, 0x0228, 0x2012, 0x01b0, 0x010f]);
    let body = Built::new(shape("I", &["I"]), code(2, 1, units)).body();
    assert_eq!(body.block_count(), 4);
    assert_eq!(body.reads(5), [Origin::Parameter(0), Origin::Phi]);
    assert_eq!(body.sources_at(5), [vec![-1], vec![2, 4]]);
    let phi = body.operands(body.at(5))[1];
    let first = body.step(body.at(2)).unwrap().result.unwrap();
    assert_eq!(body.uses(first), [Use::Phi(phi)]);
    assert_eq!(body.reads(6), [Origin::Instruction(body.at(5))]);
    assert!(!body.follows(body.at(2), body.at(4)));
    assert!(body.follows(body.at(2), body.at(6)));
    let edges: Vec<u32> = body.successors(0).iter().map(|edge| edge.block).collect();
    assert_eq!(edges, [1, 2]);
}

#[test]
fn only_what_changes_in_a_loop_gets_a_phi() {
    // 0: const/4 v0, 0; 1: const/4 v1, 7; 2: if-eqz v0, 8; 4: add-int/lit8 v0, v0, 1;
    // 6: move v2, v1; 7: goto 2; 8: return v1
    let units = [0x0012, 0x7112, 0x0038, 6, 0x00d8, 0x0100, 0x1201, 0xfb28, 0x010f];
    let body = Built::plain(3, &units).body();
    assert_eq!(body.reads(2), [Origin::Phi]);
    assert_eq!(body.sources_at(4), [[0, 4]]);
    assert_eq!(body.reads(8), [Origin::Instruction(1)]);
    assert_eq!(body.phi_count(), 1, "the one for v2 is read by nobody");
    assert!(body.follows(body.at(7), body.at(4)) && body.follows(body.at(4), body.at(4)));
    assert!(!body.follows(body.at(8), body.at(2)));
}

#[test]
fn nested_loops_leave_no_phi_for_what_they_do_not_change() {
    // const/4 v1, 0; the heads of 30 loops: if-eqz p0, +2; move v1, v1; for each loop from the
    // innermost on: if-nez p0, to its head; return v1
    let depth: u16 = 30;
    let mut units = vec![0x0112];
    units.extend([0x0238, 2].repeat(depth.into()));
    units.push(0x1101);
    for head in (0..depth).rev() {
        let (from, to) = (units.len() as u16, 1 + 2 * head);
        units.extend([0x0239, to.wrapping_sub(from)]);
    }
    units.push(0x010f);
    let body = Built::new(shape("I", &["I"]), code(3, 1, raw(&units))).body();
    assert_eq!(body.reads(units.len() as u32 - 1), [Origin::Instruction(0)]);
    assert_eq!(body.phi_count(), 0);
    assert!(body.follows(body.at(1), body.at(1)) && !body.follows(body.at(1), 0));
}

#[test]
fn a_handler_sees_the_state_before_the_instruction_that_threw() {
    // 0: const/4 v0, 1; 1: const-string v0; 3: const-string v0; 5: return-void;
    // 6: move-exception v1; 7: return v0
    let mut method = code(2, 0, raw(&[0x1012, 0x001a, 0, 0x001a, 0, 0x000e, 0x010d, 0x000f]));
    method.tries = vec![caught(1, 4, &[], Some(6))];
    let body = Built::new(shape("V", &[]), method.clone()).body();
    assert_eq!(body.sources_at(7), [[0, 1]]);
    assert_eq!(
        body.step(body.at(6))
            .unwrap()
            .result
            .map(|value| body.origin(value)),
        Some(Origin::Instruction(body.at(6)))
    );
    let edges = body.successors(body.step(body.at(1)).unwrap().block);
    assert_eq!(edges.iter().filter(|edge| edge.is_exceptional).count(), 1);
    assert!(body.follows(body.at(1), body.at(7)));

    // Of ranges that overlap the first counts, with all its handlers.
    method.tries = vec![caught(1, 2, &[7], Some(6)), caught(1, 4, &[5], None)];
    let body = Built::new(shape("V", &[]), method).body();
    let targets = |address| {
        let edges = body.successors(body.step(body.at(address)).unwrap().block);
        let thrown = edges.iter().filter(|edge| edge.is_exceptional);
        thrown
            .map(|edge| body.step(body.block(edge.block).start).unwrap().address)
            .collect::<Vec<_>>()
    };
    assert_eq!((targets(1), targets(3)), (vec![6, 7], vec![5]));
}

#[test]
fn a_call_has_the_result_that_is_moved_behind_it() {
    // 0: invoke-static {v0, v1, v2}; 3: move-result v0; 4: return v0
    let mut units = raw(&[0x3071]);
    units.push(call(&["I", "J"]));
    units.extend(raw(&[0x0210, 0x000a, 0x000f]));
    let mut method = code(3, 3, units);
    method.outs = 3;
    let body = Built::new(shape("I", &["I", "J"]), method).body();
    assert_eq!(body.steps().len(), 2);
    assert_eq!(body.parameters().len(), 2);
    assert_eq!(body.reads(0), [Origin::Parameter(0), Origin::Parameter(1)]);
    assert_eq!(body.reads(4), [Origin::Instruction(0)]);
    assert_eq!(body.step_at(3), None);
}

#[test]
fn arguments_are_counted_by_the_prototype_when_it_fits() {
    let read = |opcode: u16, registers: u16, list: u16, parameters: &[&str]| {
        let mut units = raw(&[opcode | registers << 12]);
        units.push(call(parameters));
        units.extend(raw(&[list, 0x000e]));
        let built = Built::new(shape("V", &["J", "I", "D"]), code(5, 5, units));
        let body = built.body();
        let operands = body.operands(0).iter();
        operands.map(|value| body.origin(*value)).collect::<Vec<_>>()
    };
    let parameter = Origin::Parameter;
    // invoke-virtual {v2, v0, v1, v3, v4}
    let all = read(0x046e, 5, 0x3102, &["J", "D"]);
    assert_eq!(all, [parameter(1), parameter(0), parameter(2)]);
    assert_eq!(read(0x0071, 2, 0x0010, &["J"]), [parameter(0)]);
    // One parameter too many: each register is an argument, and half a value is none.
    let halves = read(0x0071, 2, 0x0010, &["J", "I"]);
    assert_eq!(halves, [parameter(0), Origin::Undefined]);
}

#[test]
fn half_of_a_wide_value_is_no_value() {
    // const-wide/16 v0, 1; const/4 v1, 1; add-int v3, v0, v1; const-wide/16 v1; return v2; with the
    // lower half gone, then a wide value of which nothing is set.
    let units = [
        0x0016, 1, 0x1112, 0x0390, 0x0100, 0x0116, 1, 0x0390, 0x0201, 0x000e,
    ];
    let body = Built::plain(4, &units).body();
    assert_eq!(body.reads(3), [Origin::Undefined, Origin::Instruction(1)]);
    assert_eq!(body.reads(7), [Origin::Instruction(3), Origin::Undefined]);
    // const-wide/16 v0; const-wide/16 v1; return-wide v0: the second takes away the first.
    let body = Built::plain(3, &[0x0016, 1, 0x0116, 1, 0x0010]).body();
    assert_eq!(body.reads(4), [Origin::Undefined]);
    // const-wide/16 v0; move-wide v2, v0; return-wide v2
    let body = Built::plain(4, &[0x0016, 1, 0x0204, 0x0210]).body();
    assert_eq!(body.reads(3), [Origin::Instruction(0)]);
}

#[test]
fn a_switch_goes_to_all_its_targets_and_on() {
    // 0: packed-switch v0, 8; 3: const/4 v0, 1; 4: goto 6; 5: const/4 v0, 2; 6: return v0; 7: nop;
    // 8: payload with targets 5, 5, 6, inside the payload, and before the code
    let mut units = vec![0x002b, 8, 0, 0x1012, 0x0228, 0x2012, 0x000f, 0];
    units.extend([0x0100, 5, 0, 0, 5, 0, 5, 0, 6, 0, 9, 0, 0xffff, 0xffff]);
    let body = Built::new(shape("I", &["I"]), code(1, 1, raw(&units))).body();
    assert_eq!(body.successors(0).len(), 3);
    assert_eq!(body.sources_at(6), [[-1, 3, 5]]);
    assert_eq!(body.step_at(7), None, "what cannot be reached has no step");
    assert!(!body.is_clipped());
    // sparse-switch with one key
    let units = [0x002c, 4, 0, 0x000e, 0x0200, 1, 9, 0, 0, 0];
    let body = Built::plain(1, &units).body();
    assert_eq!(body.successors(0).len(), 2, "back to itself, and on");
    assert!(body.follows(0, 0));
}

#[test]
fn two_address_forms_read_what_they_set() {
    let units = raw(&[0x10b0, 0x000f]);
    let body = Built::new(shape("I", &["I", "I"]), code(2, 2, units)).body();
    assert_eq!(body.reads(0), [Origin::Parameter(0), Origin::Parameter(1)]);
    assert_eq!(body.reads(1), [Origin::Instruction(0)]);
}

#[test]
fn stores_and_loads_read_in_the_order_of_their_registers() {
    // aput v0, v1, v2; iput v0, v1; sput v0; aget v0, v1, v2; iget v0, v1
    let units = [
        0x004b, 0x0201, 0x1059, 0, 0x0067, 0, 0x0044, 0x0201, 0x1052, 0, 0x000e,
    ];
    let body = Built::new(shape("V", &["I", "I", "I"]), code(3, 3, raw(&units))).body();
    let [a, b, c] = [0, 1, 2].map(Origin::Parameter);
    assert_eq!(body.reads(0), [a, b, c]);
    assert_eq!(body.reads(2), [a, b]);
    assert_eq!(body.reads(4), [a]);
    assert_eq!(body.reads(6), [b, c]);
    assert_eq!(body.reads(8), [b]);
}

#[test]
fn a_receiver_comes_first_and_a_prototype_that_lies_is_left_aside() {
    let built = Built::new(shape("V", &["J"]), code(4, 3, raw(&[0x000e])));
    built.with(|dex, prototype, code| {
        let count = |prototype, is_static| {
            let body = Body::new(dex, prototype, is_static, code).unwrap();
            body.parameters().len()
        };
        assert_eq!(count(Some(prototype), false), 2);
        assert_eq!(count(Some(prototype), true), 3);
        assert_eq!(count(None, false), 3);
        assert_eq!(count(Some(u32::MAX), false), 3);
    });
}

#[test]
fn hostile_code_is_read_as_far_as_it_goes() {
    assert!(Built::plain(1, &[]).try_body().is_none());
    assert!(
        Built::plain(1, &[0x003e, 0x000e]).try_body().is_none(),
        "unused opcode first"
    );
    // Runs into an unused opcode; runs out of the code; branches into an instruction.
    for units in [&[0x0000, 0x003e, 0x000e][..], &[0x0000], &[0x0038, 3, 0x0013]] {
        let body = Built::plain(1, units).body();
        assert!(body.is_clipped(), "{units:x?}");
        assert!(body.successors(0).is_empty());
    }
    let body = Built::plain(1, &[0x0228, 0x0000, 0x0300, 1, 0, 0]).body();
    assert_eq!(
        (body.steps().len(), body.successors(0).len()),
        (1, 0),
        "goto into a payload"
    );
    // A loop of one instruction, entered at the start of the method.
    let body = Built::new(shape("V", &["I"]), code(1, 1, raw(&[0x00d8, 0x0101, 0xfe28]))).body();
    assert_eq!(
        body.reads(0),
        [Origin::Undefined],
        "register 1 of 1 does not exist"
    );
    assert!(body.follows(1, 0) && body.follows(1, 1));
    let body = Built::new(shape("V", &["I"]), code(1, 1, raw(&[0x00d8, 0x0100, 0xfe28]))).body();
    assert_eq!(body.sources_at(0), [[-1, 0]]);
    // A jump to the result of a call is no jump.
    let mut units = raw(&[0x0071]);
    units.push(call(&[]));
    units.extend(raw(&[0, 0x000a, 0xff28]));
    let body = Built::new(shape("V", &[]), code(1, 0, units)).body();
    assert!(body.successors(0).is_empty());
}

#[test]
fn registers_without_end_cost_nothing() {
    // if-eqz v0, 3; const/4 v1; return v1
    let units = [0x0038, 3, 0x1112, 0x010f];
    let body = Built::plain(0xffff, &units).body();
    assert_eq!(body.value_count(), 2, "the undefined value and the constant");
    // Many states of so many registers are too much.
    let units: Vec<u16> = [0x0038, 3, 0x1112].repeat(200);
    assert!(Built::plain(0xffff, &units).try_body().is_none());
    assert!(Built::plain(2, &units).try_body().is_some());
    // All arguments, and a loop over them.
    let mut all = code(0xffff, 0xffff, raw(&[0x0012, 0x0038, 0, 0xfd28]));
    all.outs = 0xffff;
    assert_eq!(Built::new(shape("V", &[]), all).body().parameters().len(), 0xffff);
}

#[test]
fn shared_switches_and_handlers_do_not_multiply() {
    // 3000 switches over one payload with 3000 targets.
    let mut units = Vec::new();
    let count = 3000u32;
    for position in 0..count {
        let offset = (count - position) * 3 + 1;
        units.extend([0x002b, offset as u16, (offset >> 16) as u16]);
    }
    units.extend([0x000e, 0x0100, count as u16, 0, 0]);
    for target in 0..count {
        let [low, high] = [target as u16 * 3, 0];
        units.extend([low, high]);
    }
    let body = Built::plain(1, &units).body();
    assert!(body.is_clipped());
    assert!(body.follows(0, 0) && body.follows(5, 1));
    // As many throwing instructions as handlers.
    let mut method = code(1, 0, raw(&[0x001a, 0].repeat(3000)));
    let handlers: Vec<u32> = (0..3000).map(|handler| handler * 2).collect();
    method.tries = vec![caught(0, 6000, &handlers, None)];
    let body = Built::new(shape("V", &[]), method).body();
    assert!(body.is_clipped());
}
