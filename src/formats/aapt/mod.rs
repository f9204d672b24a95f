//! The protocol buffers of aapt2: manifests and resource tables of App Bundles.
//!
//! Schema: `Resources.proto` and `Configuration.proto` in AOSP `frameworks/base/tools/aapt2`. What each
//! field becomes when an APK is made of it says `ProtoDeserialize.cpp` there together with the
//! flatteners; facts read from here have to be those that are read from that APK.
//!
//! Known deviations: references by name alone are not followed, for every tool writes the id; values
//! switched off by a feature flag are not read.

pub mod node;
pub mod table;

use super::document::Value;
use super::protobuf::{Field, Message};
use super::resources::Found;

/// A value that stands for itself: `Item`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Item<'a> {
    Text(&'a str),
    Reference(u32),
    AttributeReference(u32),
    Null,
    /// Type and data of a `Res_value`.
    Typed(u8, u32),
}

/// Fields of `Item` with a text inside: `str`, `raw_str`, `styled_str`, `file`.
const TEXTS: std::ops::RangeInclusive<u32> = 2..=5;

impl<'a> Item<'a> {
    fn read(message: &Message<'a>) -> Option<Self> {
        const REFERENCE: u32 = 1;
        const ID: u32 = 6;
        const PRIMITIVE: u32 = 7;
        let (number, _, _) = message.fields().last()?;
        let inner = message.message(number)?;
        match number {
            REFERENCE => {
                const KIND: u32 = 1;
                const TARGET: u32 = 2;
                let id = low(inner.number(TARGET)?);
                Some(match inner.number(KIND) {
                    Some(1) => Self::AttributeReference(id),
                    _ => Self::Reference(id),
                })
            }
            _ if TEXTS.contains(&number) => Some(Self::Text(inner.text(1).unwrap_or_default())),
            ID => Some(Self::Typed(0x12, 0)),
            PRIMITIVE => Self::primitive(&inner),
            _ => None,
        }
    }

    fn primitive(message: &Message<'a>) -> Option<Self> {
        let (number, field, _) = message.fields().last()?;
        let data = match field {
            Field::Number(value) => low(value),
            Field::Fixed32(value) => value,
            Field::Fixed64(_) => return None,
            Field::Bytes(_) => return matches!(number, 1 | 2).then_some(Self::Null),
        };
        let kind = match number {
            3 => 0x04,
            4 | 13 => 0x05,
            5 | 14 => 0x06,
            6 => 0x10,
            7 => 0x11,
            8 => return Some(Self::Typed(0x12, if data == 0 { 0 } else { u32::MAX })),
            9 => 0x1c,
            10 => 0x1d,
            11 => 0x1e,
            12 => 0x1f,
            _ => return None,
        };
        Some(Self::Typed(kind, data))
    }

    fn found(self) -> Found<'a> {
        match self {
            Self::Text(text) => Found::Text(text.into()),
            Self::Reference(id) => Found::Reference(id),
            Self::AttributeReference(id) => Found::Other { kind: 0x02, data: id },
            Self::Null => Found::Other { kind: 0, data: 0 },
            Self::Typed(kind, data) => Found::Other { kind, data },
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.into()),
            Self::Reference(id) => Value::Reference(id),
            Self::AttributeReference(id) => Value::AttributeReference(id),
            Self::Null => Value::Null,
            Self::Typed(0x04, data) => Value::Float(f32::from_bits(data)),
            Self::Typed(0x10, data) => Value::Integer(data.cast_signed()),
            Self::Typed(0x11, data) => Value::Hexadecimal(data),
            Self::Typed(0x12, data) => Value::Boolean(data != 0),
            Self::Typed(kind, data) => Value::Other { kind, data },
        }
    }
}

/// The lower half of a number: `int32` is written with its sign in 64 bits.
fn low(value: u64) -> u32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_become_what_the_compiler_would_write() {
        for (data, expected) in [
            (&b"\x12\x04\x0a\x02hi"[..], Some(Item::Text("hi"))),
            (b"\x12\x00", Some(Item::Text(""))),
            (
                b"\x0a\x05\x10\x80\x80\x80\x08",
                Some(Item::Reference(0x0100_0000)),
            ),
            (b"\x0a\x04\x08\x01\x10\x05", Some(Item::AttributeReference(5))),
            (b"\x0a\x00", None),
            (b"\x32\x00", Some(Item::Typed(0x12, 0))),
            (b"\x3a\x02\x30\x17", Some(Item::Typed(0x10, 23))),
            (
                b"\x3a\x0b\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                Some(Item::Typed(0x10, u32::MAX)),
            ),
            (b"\x3a\x02\x40\x01", Some(Item::Typed(0x12, u32::MAX))),
            (b"\x3a\x02\x0a\x00", Some(Item::Null)),
            (b"\x3a\x05\x1d\0\0\x80\x3f", Some(Item::Typed(0x04, 0x3f80_0000))),
            (b"", None),
            (b"\x08\x01", None),
        ] {
            assert_eq!(Item::read(&Message::new(data)), expected, "{data:?}");
        }
    }
}
