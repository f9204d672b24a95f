//! Protocol buffers: the wire format, read without a schema.
//!
//! Format: "Encoding" (protobuf.dev). A message is walked each time it is asked for a field; of a
//! field that is not repeated the last one counts, as the specification says. Groups are passed over
//! by the end of the message, for they are not used any more.
//!
//! The reader is by hand because the crates that read this format make types of a schema at build
//! time, need `protoc` for it, and read a message as a whole or not at all.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

use crate::limits::Budget;

/// A message over the bytes it was read from.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    data: &'a [u8],
    /// Absolute offset of the message, in bytes.
    offset: u64,
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    /// A number of variable length.
    Number(u64),
    /// Four bytes.
    Fixed32(u32),
    /// Eight bytes.
    Fixed64(u64),
    /// Bytes: text or a message.
    Bytes(&'a [u8]),
}

/// The fields of a message in their order.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    data: &'a [u8],
    position: usize,
    offset: u64,
    is_broken: bool,
}

impl<'a> Message<'a> {
    /// The message in `data`.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, offset: 0 }
    }

    /// The message in `data`, which stands at `offset` of the whole.
    #[must_use]
    pub fn at(data: &'a [u8], offset: u64) -> Self {
        Self { data, offset }
    }

    /// Absolute offset of the message, in bytes.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Size of the message in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether the message has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The fields in their order: number, value, absolute offset of the value.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        Fields {
            data: self.data,
            position: 0,
            offset: self.offset,
            is_broken: false,
        }
    }

    /// Whether the fields fill the message to its end; one step of the budget for each.
    #[must_use]
    pub fn is_sound(&self, budget: &mut Budget) -> bool {
        let mut fields = self.fields();
        while fields.next().is_some() {
            if !budget.steps(1) {
                return false;
            }
        }
        !fields.is_broken
    }

    /// The messages in the field `number`.
    pub fn messages(&self, number: u32) -> impl Iterator<Item = Message<'a>> + use<'a> {
        self.fields()
            .filter_map(move |(found, field, offset)| match field {
                Field::Bytes(data) if found == number => Some(Message { data, offset }),
                _ => None,
            })
    }

    /// The message in the field `number`.
    #[must_use]
    pub fn message(&self, number: u32) -> Option<Message<'a>> {
        self.messages(number).last()
    }

    /// The number in the field `number`.
    #[must_use]
    pub fn number(&self, number: u32) -> Option<u64> {
        let numbers = self.fields().filter_map(|(found, field, _)| match field {
            Field::Number(value) if found == number => Some(value),
            _ => None,
        });
        numbers.last()
    }

    /// The text in the field `number`; `None` for what is not UTF-8.
    #[must_use]
    pub fn text(&self, number: u32) -> Option<&'a str> {
        std::str::from_utf8(self.message(number)?.data).ok()
    }
}

impl<'a> Fields<'a> {
    /// Whether the message could not be read to its end.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn read(&mut self) -> Option<(u32, Field<'a>, u64)> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|&number| number != 0)?;
        let field = match key & 7 {
            0 => Field::Number(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(*self.take(8)?.first_chunk()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let bytes = self.take(length)?;
                let start = self.position.checked_sub(length)?;
                let offset = self.offset.saturating_add(start as u64);
                return Some((number, Field::Bytes(bytes), offset));
            }
            5 => Field::Fixed32(u32::from_le_bytes(*self.take(4)?.first_chunk()?)),
            _ => return None,
        };
        Some((number, field, self.offset.saturating_add(self.position as u64)))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.position.checked_add(length)?;
        let bytes = self.data.get(self.position..end)?;
        self.position = end;
        Some(bytes)
    }

    /// A number of seven bits a byte, the lowest first, in at most ten bytes.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64_u32).step_by(7) {
            let byte = *self.data.get(self.position)?;
            self.position = self.position.checked_add(1)?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u32, Field<'a>, u64);

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_broken || self.position >= self.data.len() {
            return None;
        }
        let field = self.read();
        self.is_broken = field.is_none();
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn reads_every_kind_of_field_with_its_place() {
        let data = b"\x08\x96\x01\x12\x02hi\x1d\x01\0\0\0\x21\x02\0\0\0\0\0\0\0\x08\x05";
        let message = Message::new(data);
        let fields: Vec<_> = message.fields().collect();
        assert_eq!(
            fields,
            [
                (1, Field::Number(150), 3),
                (2, Field::Bytes(b"hi"), 5),
                (3, Field::Fixed32(1), 12),
                (4, Field::Fixed64(2), 21),
                (1, Field::Number(5), 23),
            ]
        );
        assert_eq!((message.number(1), message.text(2)), (Some(5), Some("hi")));
        assert_eq!(
            (message.number(2), message.text(1), message.text(9)),
            (None, None, None)
        );
        assert!(message.is_sound(&mut Budget::new(&Limits::default())));
    }

    #[test]
    fn what_does_not_fit_ends_the_message() {
        for data in [
            &b"\x0a\x05ab"[..],
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0b",
            b"\x00\x01",
            b"\x0d\x01",
            b"\x80",
        ] {
            let mut fields = Message::new(data).fields();
            assert_eq!(fields.next(), None, "{data:?}");
            assert!(fields.is_broken());
            assert!(!Message::new(data).is_sound(&mut Budget::new(&Limits::default())));
        }
    }
}
