//! Tests on code made at random.

use super::{Built, Use, ValueId, caught, code};
use crate::formats::dex::builder::{raw, shape};
use crate::formats::dex::{Code, Flow, Instruction, Opcode};
use crate::formats::random::Random;
use crate::harvest::body::{Body, Origin};

/// Walks at random along the edges and compares what each instruction really reads with the values.
struct Walk<'b> {
    body: &'b Body,
    /// Which step or parameter set each register, as [`Body::sources`] writes it, and whether it is
    /// the first half of a wide value.
    registers: Vec<Option<(i64, bool)>>,
}

impl Walk<'_> {
    fn set(&mut self, register: u16, is_wide: bool, source: Option<i64>) {
        let register = usize::from(register);
        for half in 0..=usize::from(is_wide) {
            if let Some(before) = (register + half).checked_sub(1)
                && let Some(cell) = self.registers.get_mut(before)
                && cell.is_some_and(|(_, is_wide)| is_wide)
            {
                *cell = None;
            }
            if let Some(cell) = self.registers.get_mut(register + half) {
                *cell = None;
            }
        }
        if let Some(cell) = self.registers.get_mut(register) {
            *cell = source.map(|source| (source, is_wide));
        }
    }

    fn get(&self, register: u16) -> Option<i64> {
        let cell = self.registers.get(usize::from(register)).copied().flatten();
        cell.map(|(source, _)| source)
    }

    fn step(&mut self, number: u32, instruction: &Instruction<'_>, moved: Option<Instruction<'_>>) -> usize {
        let step = self.body.step(number).unwrap();
        let flow = instruction.opcode.flow();
        let name = instruction.opcode.name();
        let registers: Vec<u16> = instruction.registers().iter().collect();
        let is_wide = flow.contains(Flow::SETS_WIDE);
        let sets = is_wide || flow.contains(Flow::SETS);
        let is_copy = name.starts_with("move") && registers.len() == 2;
        if is_copy {
            self.set(registers[0], is_wide, self.get(registers[1]));
            return 0;
        }
        let read = if sets && !name.ends_with("/2addr") {
            &registers[1..]
        } else {
            &registers[..]
        };
        let operands = self.body.operands(number);
        let mut compared = 0;
        assert_eq!(operands.len(), read.len(), "{name}");
        for (register, value) in read.iter().zip(operands) {
            if let Some(source) = self.get(*register) {
                let sources = self.body.sources(*value);
                assert!(
                    sources.contains(&source),
                    "{name} reads {source}, not of {sources:?}"
                );
                compared += 1;
            }
        }
        let moved = moved
            .filter(|moved| name.starts_with("invoke") && moved.opcode.name().starts_with("move-result"));
        if let Some(moved) = moved {
            let is_wide = moved.opcode == Opcode::MoveResultWide;
            self.set(
                moved.registers().get(0).unwrap(),
                is_wide,
                Some(step.address.into()),
            );
        } else if sets {
            self.set(registers[0], is_wide, Some(step.address.into()));
        }
        assert_eq!(step.result.is_some(), sets || moved.is_some());
        compared
    }
}

/// Code that makes some sense: few registers, near branches.
fn random_units(random: &mut Random) -> Vec<u16> {
    let mut units = Vec::new();
    for _ in 0..2 + random.below(40) {
        let small = |random: &mut Random| random.below(5) as u16;
        let (a, b, c) = (small(random), small(random), small(random));
        let near = (random.below(24) as i16 - 12).cast_unsigned();
        match random.below(14) {
            0 => units.extend([0x0012 | a << 8]),
            1 => units.extend([0x0016 | a << 8, 1]),
            2 => units.extend([0x0001 | a << 8 | b << 12]),
            3 => units.extend([0x0004 | a << 8 | b << 12]),
            4 => units.extend([0x00b0 | a << 8 | b << 12]),
            5 => units.extend([0x009b | a << 8, b | c << 8]),
            6 | 7 => units.extend([0x0038 | a << 8, near]),
            8 => units.extend([0x0028 | (near & 0xff) << 8]),
            9 => units.extend([0x001a | a << 8, 0]),
            10 => units.extend([0x2071, 0, a | b << 4, (0x000a + (c & 1)) | (b << 8)]),
            11 => units.extend([0x0044 | a << 8, b | c << 8]),
            12 => units.extend([0x000d | a << 8]),
            _ => units.extend([0x0000]),
        }
    }
    units.push(0x000e);
    units
}

#[test]
fn the_values_are_those_that_control_brings() {
    let mut random = Random::new(7);
    let mut compared = 0;
    let mut phis = 0;
    for _ in 0..1500 {
        let units = random_units(&mut random);
        let end = units.len();
        let mut method = code(5, 2, raw(&units));
        for _ in 0..random.below(3) {
            let handlers = [random.below(end) as u32, random.below(end) as u32];
            let length = random.below(end) as u16;
            method
                .tries
                .push(caught(random.below(end) as u32, length, &handlers, None));
        }
        let built = Built::new(shape("V", &["I", "I"]), method);
        built.with(|dex, prototype, code| {
            let body = Body::new(dex, Some(prototype), true, code).unwrap();
            phis += body.phi_count();
            for _ in 0..6 {
                compared += walk(&body, code, &mut random);
            }
        });
    }
    assert!(compared > 50_000, "{compared}");
    assert!(phis > 1000, "{phis}");
}

fn walk(body: &Body, code: &Code<'_>, random: &mut Random) -> usize {
    let mut registers = vec![None; 5];
    registers[3] = Some((-1, false));
    registers[4] = Some((-2, false));
    let mut walk = Walk { body, registers };
    let (mut block, mut compared) = (0, 0);
    for _ in 0..60 {
        let edges = body.successors(block);
        let thrown: Vec<u32> = edges
            .iter()
            .filter(|edge| edge.is_exceptional)
            .map(|edge| edge.block)
            .collect();
        if !thrown.is_empty() && random.below(3) == 0 {
            block = thrown[random.below(thrown.len())];
            continue;
        }
        for number in body.block(block) {
            let mut rest = code.instructions_from(body.step(number).unwrap().address);
            let instruction = rest.next().unwrap().unwrap();
            compared += walk.step(number, &instruction, rest.next().and_then(Result::ok));
        }
        let onwards: Vec<u32> = edges
            .iter()
            .filter(|edge| !edge.is_exceptional)
            .map(|edge| edge.block)
            .collect();
        if onwards.is_empty() {
            break;
        }
        block = onwards[random.below(onwards.len())];
    }
    compared
}

#[test]
fn any_code_is_read_without_harm() {
    let mut random = Random::new(11);
    let mut built_bodies = 0;
    for round in 0..4000 {
        let count = 1 + random.below(60);
        let mut units: Vec<u16> = (0..count).map(|_| random.below(0x1_0000) as u16).collect();
        if round % 2 == 0 {
            units = random_units(&mut random);
            let at = random.below(units.len());
            units[at] = random.below(0x1_0000) as u16;
        }
        let registers = [0, 1, 5, 256][random.below(4)];
        let mut method = code(registers, random.below(9) as u16, raw(&units));
        let handler = random.below(count + 2) as u32;
        method.tries = vec![caught(
            random.below(count) as u32,
            random.below(count) as u16,
            &[handler],
            Some(0),
        )];
        let Some(body) = Built::new(shape("V", &["J"]), method).try_body() else {
            continue;
        };
        built_bodies += 1;
        check(&body);
    }
    assert!(built_bodies > 2000, "{built_bodies}");
}

/// What holds for every body.
fn check(body: &Body) {
    let count = body.steps().len() as u32;
    assert!(body.steps().is_sorted_by(|one, next| one.address < next.address));
    let blocks: Vec<u32> = (0..body.block_count())
        .flat_map(|block| body.block(block))
        .collect();
    assert_eq!(blocks, (0..count).collect::<Vec<_>>());
    for number in 0..count {
        let step = body.step(number).unwrap();
        assert!(body.block(step.block).contains(&number));
        let origin = step.result.map(|value| body.origin(value));
        assert!(origin.is_none_or(|origin| origin == Origin::Instruction(number)));
        for (operand, value) in (0..).zip(body.operands(number)) {
            let read = Use::Step {
                step: number,
                operand,
            };
            assert!(value.index() == 0 || body.uses(*value).contains(&read));
        }
        assert!(number == 0 || body.follows(0, number));
    }
    for index in 0..body.value_count() {
        let phi = ValueId::new(index);
        assert_eq!(body.phi_operands(phi).len() > 1, body.origin(phi) == Origin::Phi);
        for operand in body.phi_operands(phi) {
            assert!(body.uses(*operand).contains(&Use::Phi(phi)));
        }
    }
}
