//! Decoding of instructions: where each begins, what it refers to, and its operands.
//!
//! Only the opcode is looked at while walking; operands are read from the code units when asked
//! for. Addresses count 16-bit code units from the start of the method's code.

use thiserror::Error;

use super::code::{Code, Payload};
use super::opcode::{Format, IndexKind, Opcode};

/// A place where no instruction can be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InstructionError {
    /// The opcode is unused; the walk goes on with the next code unit.
    #[error("unused opcode {opcode:#04x} at code unit {address:#x}")]
    UnusedOpcode {
        /// Its address.
        address: u32,
        /// The byte that stands there.
        opcode: u8,
    },
    /// The instruction or payload is longer than the code; the walk ends.
    #[error("the code ends inside the instruction at code unit {address:#x}")]
    Truncated {
        /// Its address.
        address: u32,
    },
}

/// One instruction.
#[derive(Debug, Clone, Copy)]
pub struct Instruction<'a> {
    /// Its address in code units.
    pub address: u32,
    /// Its opcode.
    pub opcode: Opcode,
    units: &'a [[u8; 2]],
}

impl Instruction<'_> {
    /// Length in code units.
    #[must_use]
    pub fn units(&self) -> u8 {
        self.opcode.units()
    }

    /// Address of the instruction behind it.
    #[must_use]
    pub fn next_address(&self) -> u32 {
        self.address.saturating_add(self.units().into())
    }

    /// The index into the table that [`Opcode::index_kind`] names.
    #[must_use]
    #[inline]
    pub fn index(&self) -> Option<u32> {
        match self.opcode.index_kind() {
            IndexKind::None => None,
            _ if self.opcode == Opcode::ConstStringJumbo => Some(self.double(1)),
            _ => Some(self.unit(1).into()),
        }
    }

    /// The prototype index of `invoke-polymorphic`, which has it beside the method index.
    #[must_use]
    pub fn prototype(&self) -> Option<u32> {
        match self.opcode.format() {
            Format::F45cc | Format::F4rcc => Some(self.unit(3).into()),
            _ => None,
        }
    }

    /// The registers in the order the assembler writes them. Of the two registers of a wide value
    /// only the first is named, but for the arguments of calls, where both are.
    #[must_use]
    #[inline]
    pub fn registers(&self) -> Registers {
        let [_, high] = self.bytes(0);
        let wide = u16::from(high);
        let (nibble_a, nibble_b) = (u16::from(high & 0xf), u16::from(high >> 4));
        let one = |first| Registers::list(1, [first, 0, 0, 0, 0]);
        let two = |first, second| Registers::list(2, [first, second, 0, 0, 0]);
        match self.opcode.format() {
            Format::F10x | Format::F10t | Format::F20t | Format::F30t => Registers::list(0, [0; 5]),
            Format::F11n => one(nibble_a),
            Format::F12x | Format::F22t | Format::F22s | Format::F22c => two(nibble_a, nibble_b),
            Format::F11x
            | Format::F21t
            | Format::F21s
            | Format::F21h
            | Format::F21c
            | Format::F31t
            | Format::F31i
            | Format::F31c
            | Format::F51l => one(wide),
            Format::F22x => two(wide, self.unit(1)),
            Format::F32x => two(self.unit(1), self.unit(2)),
            Format::F22b => two(wide, u16::from(self.bytes(1)[0])),
            Format::F23x => {
                let [second, third] = self.bytes(1);
                Registers::list(3, [wide, second.into(), third.into(), 0, 0])
            }
            Format::F35c | Format::F45cc => {
                let packed = self.unit(2);
                let all = [packed, packed >> 4, packed >> 8, packed >> 12, nibble_a];
                // More than five is a lie: there is no place for a sixth.
                Registers::list((high >> 4).min(5), all.map(|word| word & 0xf))
            }
            Format::F3rc | Format::F4rcc => Registers::range(high, self.unit(2)),
        }
    }

    /// The constant in it, as the value it stands for: the shift of `const/high16` is done.
    #[must_use]
    pub fn literal(&self) -> Option<i64> {
        let [_, high] = self.bytes(0);
        let word = i64::from(self.unit(1).cast_signed());
        match self.opcode.format() {
            Format::F11n => Some((high.cast_signed() >> 4).into()),
            Format::F21s | Format::F22s => Some(word),
            Format::F21h if self.opcode == Opcode::ConstWideHigh16 => Some(word << 48),
            Format::F21h => Some(word << 16),
            Format::F22b => Some(self.bytes(1)[1].cast_signed().into()),
            Format::F31i => Some(self.double(1).cast_signed().into()),
            Format::F51l => {
                let number = (u64::from(self.double(3)) << 32) | u64::from(self.double(1));
                Some(number.cast_signed())
            }
            _ => None,
        }
    }

    /// The address it branches to, or that of its payload. `None` when it has none, or when that
    /// lies before the code; whether it lies behind the code is not looked at.
    #[must_use]
    pub fn target(&self) -> Option<u32> {
        let offset = match self.opcode.format() {
            Format::F10t => i32::from(self.bytes(0)[1].cast_signed()),
            Format::F20t | Format::F21t | Format::F22t => i32::from(self.unit(1).cast_signed()),
            Format::F30t | Format::F31t => self.double(1).cast_signed(),
            _ => return None,
        };
        self.address.checked_add_signed(offset)
    }

    fn bytes(&self, position: usize) -> [u8; 2] {
        // The walk made sure that all units of the format are there.
        self.units.get(position).copied().unwrap_or_default()
    }

    #[inline]
    fn unit(&self, position: usize) -> u16 {
        u16::from_le_bytes(self.bytes(position))
    }

    fn double(&self, position: usize) -> u32 {
        let [a, b] = self.bytes(position);
        let [c, d] = self.bytes(position.saturating_add(1));
        u32::from_le_bytes([a, b, c, d])
    }
}

/// The registers of one instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registers {
    list: [u16; 5],
    count: u8,
    is_range: bool,
}

impl Registers {
    fn list(count: u8, list: [u16; 5]) -> Self {
        Self {
            list,
            count,
            is_range: false,
        }
    }

    fn range(count: u8, first: u16) -> Self {
        Self {
            list: [first, 0, 0, 0, 0],
            count,
            is_range: true,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u8 {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The register at a position.
    #[must_use]
    pub fn get(&self, position: u8) -> Option<u16> {
        if position >= self.count {
            return None;
        }
        if self.is_range {
            // Registers beyond the last possible one do not exist.
            return self.list.first()?.checked_add(position.into());
        }
        self.list.get(usize::from(position)).copied()
    }

    /// The registers in order.
    pub fn iter(self) -> impl Iterator<Item = u16> {
        (0..self.count).map_while(move |position| self.get(position))
    }
}

/// Walks the instructions in the order of the file, as the verifier does. Payloads are passed over.
#[derive(Debug, Clone)]
pub struct Instructions<'a> {
    rest: &'a [[u8; 2]],
    address: u32,
}

impl<'a> Instructions<'a> {
    pub(super) fn new(units: &'a [[u8; 2]]) -> Self {
        Self {
            rest: units,
            address: 0,
        }
    }

    pub(super) fn starting_at(units: &'a [[u8; 2]], address: u32) -> Self {
        Self {
            rest: units.get(address as usize..).unwrap_or_default(),
            address,
        }
    }

    /// Moves on by `count` units; `false` when they are not there.
    #[inline]
    fn advance(&mut self, count: u32) -> bool {
        let rest = self.rest.get(count as usize..);
        self.rest = rest.unwrap_or_default();
        self.address = self.address.saturating_add(count);
        rest.is_some()
    }

    /// Passes over the payload that stands next.
    #[cold]
    fn pass_payload(&mut self) -> bool {
        let count = Payload::stated_units(self.rest).and_then(|count| u32::try_from(count).ok());
        let passed = count.is_some_and(|count| self.advance(count));
        if !passed {
            self.rest = &[];
        }
        passed
    }
}

impl<'a> Iterator for Instructions<'a> {
    type Item = Result<Instruction<'a>, InstructionError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let units = self.rest;
            let address = self.address;
            let [low, high] = *units.first()?;
            if low == 0 && matches!(high, 1..=3) {
                if self.pass_payload() {
                    continue;
                }
                return Some(Err(InstructionError::Truncated { address }));
            }
            let Some(opcode) = Opcode::from_byte(low) else {
                self.advance(1);
                return Some(Err(InstructionError::UnusedOpcode { address, opcode: low }));
            };
            if !self.advance(Opcode::units_of_byte(low).into()) {
                return Some(Err(InstructionError::Truncated { address }));
            }
            return Some(Ok(Instruction {
                address,
                opcode,
                units,
            }));
        }
    }
}

/// An instruction's reference into a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Address of the instruction in code units.
    pub address: u32,
    /// Its opcode.
    pub opcode: Opcode,
    /// The table it refers to.
    pub kind: IndexKind,
    /// The index, which may lie outside that table.
    pub index: u32,
}

impl<'a> Code<'a> {
    /// The references of all instructions that can be decoded, in the order of the file: the same
    /// walk as [`Code::instructions`].
    #[must_use]
    pub fn references(&self) -> References<'a> {
        References {
            walk: self.instructions(),
        }
    }
}

/// The references in a method's code, see [`Code::references`].
#[derive(Debug, Clone)]
pub struct References<'a> {
    walk: Instructions<'a>,
}

impl Iterator for References<'_> {
    type Item = Reference;

    #[inline]
    fn next(&mut self) -> Option<Reference> {
        loop {
            let Ok(instruction) = self.walk.next()? else {
                continue;
            };
            let kind = instruction.opcode.index_kind();
            if kind == IndexKind::None {
                continue;
            }
            let index = u32::from(instruction.unit(1));
            let is_long = instruction.opcode == Opcode::ConstStringJumbo;
            return Some(Reference {
                address: instruction.address,
                opcode: instruction.opcode,
                kind,
                index: if is_long { instruction.double(1) } else { index },
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Dex;
    use super::super::builder::{Body, Builder, Class, raw, shape};
    use super::*;
    use crate::anomaly::Anomalies;
    use crate::limits::{Budget, Limits};

    /// Operands of one instruction: registers, literal, target at address 0, index, prototype.
    type Operands = (Vec<u16>, Option<i64>, Option<u32>, Option<u32>, Option<u32>);

    fn operands(units: &[u16]) -> (&'static str, Operands) {
        let builder = Builder {
            classes: vec![Class::new("LA;").method(
                "a",
                shape("V", &[]),
                Body {
                    registers: 256,
                    units: raw(units),
                    ..Body::default()
                },
            )],
            ..Builder::default()
        };
        let bytes = builder.build();
        let limits = Limits::default();
        let files = Dex::parse(&bytes, &limits, &mut Budget::new(&limits), &mut Anomalies::new(1)).unwrap();
        let dex = &files[0];
        let data = dex.class_data(&dex.class(0).unwrap()).unwrap();
        let code = dex.code(data.methods().next().unwrap().code_offset).unwrap();
        let mut instructions = code.instructions();
        let one = instructions.next().unwrap().unwrap();
        assert!(
            instructions.next().is_none(),
            "{} is one instruction",
            one.opcode.name()
        );
        assert_eq!(usize::from(one.units()), units.len());
        let registers = one.registers().iter().collect();
        (
            one.opcode.name(),
            (
                registers,
                one.literal(),
                one.target(),
                one.index(),
                one.prototype(),
            ),
        )
    }

    #[test]
    fn every_format_is_decoded() {
        let cases: Vec<(&[u16], &str, Operands)> = vec![
            (&[0x0000], "nop", (vec![], None, None, None, None)),
            (&[0x2101], "move", (vec![1, 2], None, None, None, None)),
            (&[0xf112], "const/4", (vec![1], Some(-1), None, None, None)),
            (&[0xff0a], "move-result", (vec![255], None, None, None, None)),
            (&[0x0528], "goto", (vec![], None, Some(5), None, None)),
            (
                &[0x0029, 0x0102],
                "goto/16",
                (vec![], None, Some(0x102), None, None),
            ),
            (
                &[0x1002, 0x1234],
                "move/from16",
                (vec![16, 0x1234], None, None, None, None),
            ),
            (&[0x1038, 0x0004], "if-eqz", (vec![16], None, Some(4), None, None)),
            (
                &[0x1013, 0x8000],
                "const/16",
                (vec![16], Some(-32768), None, None, None),
            ),
            (
                &[0x1015, 0x8000],
                "const/high16",
                (vec![16], Some(-0x8000_0000), None, None, None),
            ),
            (
                &[0x1019, 0x8000],
                "const-wide/high16",
                (vec![16], Some(i64::MIN), None, None, None),
            ),
            (
                &[0x101a, 0xffff],
                "const-string",
                (vec![16], None, None, Some(0xffff), None),
            ),
            (
                &[0x1090, 0x0302],
                "add-int",
                (vec![16, 2, 3], None, None, None, None),
            ),
            (
                &[0x10d8, 0xff02],
                "add-int/lit8",
                (vec![16, 2], Some(-1), None, None, None),
            ),
            (
                &[0x2132, 0x0004],
                "if-eq",
                (vec![1, 2], None, Some(4), None, None),
            ),
            (
                &[0x21d0, 0xffff],
                "add-int/lit16",
                (vec![1, 2], Some(-1), None, None, None),
            ),
            (&[0x2152, 7], "iget", (vec![1, 2], None, None, Some(7), None)),
            (
                &[0x0003, 300, 400],
                "move/16",
                (vec![300, 400], None, None, None, None),
            ),
            (
                &[0x002a, 0x0004, 1],
                "goto/32",
                (vec![], None, Some(0x1_0004), None, None),
            ),
            (
                &[0x102b, 0x0004, 1],
                "packed-switch",
                (vec![16], None, Some(0x1_0004), None, None),
            ),
            (
                &[0x1014, 0xfffe, 0xffff],
                "const",
                (vec![16], Some(-2), None, None, None),
            ),
            (
                &[0x101b, 0x0002, 1],
                "const-string/jumbo",
                (vec![16], None, None, Some(0x1_0002), None),
            ),
            (
                &[0x556e, 9, 0x4321],
                "invoke-virtual",
                (vec![1, 2, 3, 4, 5], None, None, Some(9), None),
            ),
            (
                &[0xf071, 9, 0x4321],
                "invoke-static",
                (vec![1, 2, 3, 4, 0], None, None, Some(9), None),
            ),
            (
                &[0x0374, 9, 500],
                "invoke-virtual/range",
                (vec![500, 501, 502], None, None, Some(9), None),
            ),
            (
                &[0x21fa, 9, 0x0043, 8],
                "invoke-polymorphic",
                (vec![3, 4], None, None, Some(9), Some(8)),
            ),
            (
                &[0x02fb, 9, 4, 8],
                "invoke-polymorphic/range",
                (vec![4, 5], None, None, Some(9), Some(8)),
            ),
            (
                &[0x10fc, 2, 0x0001],
                "invoke-custom",
                (vec![1], None, None, Some(2), None),
            ),
            (
                &[0x1018, 1, 0, 0, 0x8000],
                "const-wide",
                (vec![16], Some(i64::MIN + 1), None, None, None),
            ),
        ];
        for (units, name, expected) in cases {
            assert_eq!(operands(units), (name, expected));
        }
        // A branch to before the code, and a range beyond the last register.
        assert_eq!(operands(&[0xff28]).1.2, None);
        assert_eq!(operands(&[0x0374, 9, 0xfffe]).1.0, [0xfffe, 0xffff]);
    }

    fn walk(units: &[u16]) -> Vec<Result<(u32, &'static str), InstructionError>> {
        let bytes: Vec<[u8; 2]> = units.iter().map(|unit| unit.to_le_bytes()).collect();
        Instructions::new(&bytes)
            .map(|item| item.map(|one| (one.address, one.opcode.name())))
            .collect()
    }

    #[test]
    fn payloads_are_passed_over_and_malformed_code_ends_the_walk() {
        assert_eq!(
            walk(&[0x0300, 1, 3, 0, 0x6161, 0x0061, 0x000e]),
            [Ok((6, "return-void"))],
            "three bytes take two units"
        );
        assert_eq!(walk(&[0x0200, 1, 5, 0, 9, 0, 0x000e]), [Ok((6, "return-void"))]);
        assert_eq!(walk(&[0x0400, 0x000e]), [Ok((0, "nop")), Ok((1, "return-void"))]);
        assert_eq!(
            walk(&[0x003e, 0x000e]),
            [
                Err(InstructionError::UnusedOpcode {
                    address: 0,
                    opcode: 0x3e
                }),
                Ok((1, "return-void"))
            ]
        );
        for units in [
            &[0x0018, 0, 0, 0][..],
            &[0x0100],
            &[0x0100, 0xffff],
            &[0x0300, 0xffff, 0xffff, 0xffff, 0x000e],
        ] {
            assert_eq!(walk(units), [Err(InstructionError::Truncated { address: 0 })]);
        }
    }
}
