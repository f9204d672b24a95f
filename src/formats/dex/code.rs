//! Code items: registers, instructions, and the ranges that catch exceptions.

use super::Dex;
use super::class::nonzero;
use super::instruction::Instructions;
use super::table::{Table, from, sleb128, take_u32, uleb128};

/// The code of one method.
#[derive(Debug, Clone, Copy)]
pub struct Code<'a> {
    /// Absolute offset of the first instruction, in bytes.
    pub instructions_offset: u64,
    /// Registers the method uses.
    pub registers: u16,
    /// Registers its arguments take, the last ones.
    pub ins: u16,
    /// Registers that the arguments of the methods it calls take.
    pub outs: u16,
    /// Offset of its debug information, 0 without any.
    pub debug_offset: u32,
    units: Table<'a, 2>,
    tries: Table<'a, 8>,
    handlers: &'a [u8],
}

impl<'a> Dex<'a> {
    /// The code at an offset. `None` for the offset 0, and when it leads nowhere. Instructions
    /// that lie outside the file are missing at the end.
    #[must_use]
    pub fn code(&self, offset: u32) -> Option<Code<'a>> {
        let item = from(self.bytes, nonzero(offset)?);
        let (header, rest) = item.split_first_chunk::<16>()?;
        let [
            r0,
            r1,
            i0,
            i1,
            o0,
            o1,
            t0,
            t1,
            d0,
            d1,
            d2,
            d3,
            rest_of_header @ ..,
        ] = *header;
        let units = Table::<2>::clip(rest, 0, u32::from_le_bytes(rest_of_header));
        let tries_count = u16::from_le_bytes([t0, t1]);
        let behind = rest
            .get(units.rows().as_flattened().len()..)
            .filter(|_| tries_count > 0 && !units.is_clipped())
            .unwrap_or_default();
        // The tries stand at a multiple of four bytes.
        let padding = if units.count() % 2 == 1 { 2 } else { 0 };
        let tries = Table::<8>::clip(behind, padding, tries_count.into());
        let handlers = from(behind, padding)
            .get(tries.rows().as_flattened().len()..)
            .unwrap_or_default();
        Some(Code {
            instructions_offset: self.absolute(offset).saturating_add(16),
            registers: u16::from_le_bytes([r0, r1]),
            ins: u16::from_le_bytes([i0, i1]),
            outs: u16::from_le_bytes([o0, o1]),
            debug_offset: u32::from_le_bytes([d0, d1, d2, d3]),
            units,
            tries,
            handlers,
        })
    }
}

impl<'a> Code<'a> {
    /// Length of the instructions that are there, in code units.
    #[must_use]
    pub fn unit_count(&self) -> u32 {
        self.units.count()
    }

    /// Whether instructions or exception tables are missing at the end.
    #[must_use]
    pub fn is_clipped(&self) -> bool {
        self.units.is_clipped() || self.tries.is_clipped()
    }

    /// The instructions in the order of the file.
    #[must_use]
    pub fn instructions(&self) -> Instructions<'a> {
        Instructions::new(self.units.rows())
    }

    /// The instructions from the code unit `address` on.
    #[must_use]
    pub fn instructions_from(&self, address: u32) -> Instructions<'a> {
        Instructions::starting_at(self.units.rows(), address)
    }

    /// The data at `address` that a switch or `fill-array-data` refers to.
    #[must_use]
    pub fn payload(&self, address: u32) -> Option<Payload<'a>> {
        Payload::read(self.units.rows().get(address as usize..)?)
    }

    /// The ranges whose exceptions are caught.
    pub fn tries(&self) -> impl Iterator<Item = Try> + use<'a> {
        self.tries.rows().iter().map(|row| {
            let [a, b, c, d, e, f, g, h] = *row;
            Try {
                start: u32::from_le_bytes([a, b, c, d]),
                length: u16::from_le_bytes([e, f]),
                handlers_offset: u16::from_le_bytes([g, h]),
            }
        })
    }

    /// The handlers of a range in the order they are tried.
    #[must_use]
    pub fn handlers(&self, range: &Try) -> Handlers<'a> {
        let mut rest = from(self.handlers, range.handlers_offset.into());
        let size = sleb128(&mut rest).unwrap_or_default();
        Handlers {
            rest,
            typed: size.unsigned_abs(),
            // Zero handlers would protect nothing: a size of zero means the catch-all alone.
            catches_all: size <= 0,
        }
    }
}

/// A range of instructions whose exceptions are caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Try {
    /// First code unit.
    pub start: u32,
    /// Length in code units.
    pub length: u16,
    /// Where its handlers stand; see [`Code::handlers`].
    pub handlers_offset: u16,
}

/// Where an exception is caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handler {
    /// Type index of the exception, `None` when all are caught.
    pub exception: Option<u32>,
    /// Address of the handler in code units.
    pub address: u32,
}

/// The handlers of one range.
#[derive(Debug, Clone)]
pub struct Handlers<'a> {
    rest: &'a [u8],
    typed: u32,
    catches_all: bool,
}

impl Iterator for Handlers<'_> {
    type Item = Handler;

    fn next(&mut self) -> Option<Handler> {
        if let Some(left) = self.typed.checked_sub(1) {
            self.typed = left;
            return Some(Handler {
                exception: Some(uleb128(&mut self.rest)?),
                address: uleb128(&mut self.rest)?,
            });
        }
        if !std::mem::take(&mut self.catches_all) {
            return None;
        }
        Some(Handler {
            exception: None,
            address: uleb128(&mut self.rest)?,
        })
    }
}

/// Data among the instructions.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// Targets of a switch over consecutive keys.
    PackedSwitch {
        /// Key of the first target.
        first_key: i32,
        /// Targets relative to the switch instruction.
        targets: Numbers<'a>,
    },
    /// Targets of a switch over any keys.
    SparseSwitch {
        /// The keys.
        keys: Numbers<'a>,
        /// Targets relative to the switch instruction, one for each key.
        targets: Numbers<'a>,
    },
    /// Contents of an array.
    ArrayData {
        /// Bytes of each element.
        element_width: u16,
        /// The elements.
        data: &'a [u8],
    },
}

/// Signed 32-bit numbers.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    table: Table<'a, 4>,
}

impl<'a> Numbers<'a> {
    /// The numbers in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = i32> + use<'a> {
        self.table.rows().iter().map(|row| i32::from_le_bytes(*row))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.table.count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> Payload<'a> {
    /// Reads the payload at the front, clipped to what is there.
    fn read(units: &'a [[u8; 2]]) -> Option<Self> {
        let (kind, rest) = units.split_first()?;
        let (count, rest) = rest.split_first()?;
        let count = u16::from_le_bytes(*count);
        let mut bytes = rest.as_flattened();
        let numbers = |bytes, offset| Numbers {
            table: Table::clip(bytes, offset, count.into()),
        };
        match u16::from_le_bytes(*kind) {
            0x0100 => Some(Self::PackedSwitch {
                first_key: take_u32(&mut bytes)?.cast_signed(),
                targets: numbers(bytes, 0),
            }),
            0x0200 => Some(Self::SparseSwitch {
                keys: numbers(bytes, 0),
                targets: numbers(bytes, u32::from(count).saturating_mul(4)),
            }),
            0x0300 => {
                let size = take_u32(&mut bytes)?;
                let length = u64::from(size).saturating_mul(count.into());
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Some(Self::ArrayData {
                    element_width: count,
                    data: bytes.get(..length).unwrap_or(bytes),
                })
            }
            _ => None,
        }
    }

    /// Length in code units of the payload at the front of `units`, as it states it; `None` when
    /// there is no payload.
    pub(super) fn stated_units(units: &[[u8; 2]]) -> Option<u64> {
        let word = |position: usize| {
            units
                .get(position)
                .map(|unit| u64::from(u16::from_le_bytes(*unit)))
        };
        let count = word(1)?;
        Some(match word(0)? {
            0x0100 => count.saturating_mul(2).saturating_add(4),
            0x0200 => count.saturating_mul(4).saturating_add(2),
            0x0300 => {
                let size = word(2)? | (word(3)? << 16);
                count.saturating_mul(size).div_ceil(2).saturating_add(4)
            }
            _ => return None,
        })
    }
}
