//! Encoded values: initial values of static fields, annotation elements, call site arguments.

use super::table::{from, take_u8, uleb128};

/// Arrays and annotations within one another; `javac` writes four at most.
const MAXIMUM_DEPTH: u32 = 16;

/// One encoded value. Indices are into the tables of the same dex file.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// A `byte`.
    Byte(i8),
    /// A `short`.
    Short(i16),
    /// A `char`, one UTF-16 unit.
    Char(u16),
    /// An `int`.
    Int(i32),
    /// A `long`.
    Long(i64),
    /// A `float`.
    Float(f32),
    /// A `double`.
    Double(f64),
    /// A method type, by prototype index.
    MethodType(u32),
    /// A method handle, by method handle index.
    MethodHandle(u32),
    /// A string, by string index.
    String(u32),
    /// A class, by type index.
    Type(u32),
    /// A field, by field index.
    Field(u32),
    /// A method, by method index.
    Method(u32),
    /// A value of an enumeration, by field index.
    Enum(u32),
    /// Several values.
    Array(EncodedArray<'a>),
    /// An annotation.
    Annotation(EncodedAnnotation<'a>),
    /// The null reference.
    Null,
    /// A `boolean`.
    Boolean(bool),
}

/// Values behind one another.
#[derive(Debug, Clone, Copy)]
pub struct EncodedArray<'a> {
    count: u32,
    bytes: &'a [u8],
}

impl<'a> EncodedArray<'a> {
    pub(super) fn at(bytes: &'a [u8], offset: u32) -> Option<Self> {
        let mut bytes = from(bytes, offset);
        let count = uleb128(&mut bytes)?;
        Some(Self { count, bytes })
    }

    /// The stated number of values.
    #[must_use]
    pub fn stated_count(&self) -> u32 {
        self.count
    }

    /// The values, as far as they can be read.
    #[must_use]
    pub fn values(&self) -> Values<'a> {
        Values {
            left: self.count,
            bytes: self.bytes,
            broken: false,
        }
    }
}

/// An annotation without its visibility.
#[derive(Debug, Clone, Copy)]
pub struct EncodedAnnotation<'a> {
    /// Type index of the annotation.
    pub annotation_type: u32,
    count: u32,
    bytes: &'a [u8],
}

impl<'a> EncodedAnnotation<'a> {
    pub(super) fn read(bytes: &mut &'a [u8]) -> Option<Self> {
        Some(Self {
            annotation_type: uleb128(bytes)?,
            count: uleb128(bytes)?,
            bytes: *bytes,
        })
    }

    /// The elements, each with the string index of its name, as far as they can be read.
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        Elements {
            names_ahead: self.count,
            values: Values {
                left: self.count,
                bytes: self.bytes,
                broken: false,
            },
        }
    }
}

/// The values of an array.
#[derive(Debug, Clone)]
pub struct Values<'a> {
    left: u32,
    bytes: &'a [u8],
    broken: bool,
}

impl Values<'_> {
    /// Whether a value could not be read; none follows it.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.left = self.left.checked_sub(1).filter(|_| !self.broken)?;
        let value = read(&mut self.bytes, MAXIMUM_DEPTH);
        self.broken = value.is_none();
        value
    }
}

/// The elements of an annotation.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    names_ahead: u32,
    values: Values<'a>,
}

impl Elements<'_> {
    /// Whether an element could not be read; none follows it.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.values.broken
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = (u32, Value<'a>);

    fn next(&mut self) -> Option<(u32, Value<'a>)> {
        self.names_ahead = self.names_ahead.checked_sub(1).filter(|_| !self.values.broken)?;
        let Some(name) = uleb128(&mut self.values.bytes) else {
            self.values.broken = true;
            return None;
        };
        Some((name, self.values.next()?))
    }
}

/// Takes one value off the front, with everything inside it.
fn read<'a>(bytes: &mut &'a [u8], depth: u32) -> Option<Value<'a>> {
    let header = take_u8(bytes)?;
    let argument = header >> 5;
    let width = usize::from(argument).saturating_add(1);
    let value = match header & 0x1f {
        0x00 => Value::Byte(take_u8(bytes)?.cast_signed()),
        0x02 => Value::Short(i16::from_le_bytes(extended(bytes, width, true)?)),
        0x03 => Value::Char(u16::from_le_bytes(extended(bytes, width, false)?)),
        0x04 => Value::Int(i32::from_le_bytes(extended(bytes, width, true)?)),
        0x06 => Value::Long(i64::from_le_bytes(extended(bytes, width, true)?)),
        0x10 => Value::Float(f32::from_le_bytes(right_aligned(bytes, width)?)),
        0x11 => Value::Double(f64::from_le_bytes(right_aligned(bytes, width)?)),
        0x15 => Value::MethodType(index(bytes, width)?),
        0x16 => Value::MethodHandle(index(bytes, width)?),
        0x17 => Value::String(index(bytes, width)?),
        0x18 => Value::Type(index(bytes, width)?),
        0x19 => Value::Field(index(bytes, width)?),
        0x1a => Value::Method(index(bytes, width)?),
        0x1b => Value::Enum(index(bytes, width)?),
        0x1c => {
            let count = uleb128(bytes)?;
            let array = EncodedArray { count, bytes };
            let depth = depth.checked_sub(1)?;
            for _ in 0..count {
                read(bytes, depth)?;
            }
            Value::Array(array)
        }
        0x1d => {
            let annotation = EncodedAnnotation::read(bytes)?;
            let depth = depth.checked_sub(1)?;
            for _ in 0..annotation.count {
                uleb128(bytes)?;
                read(bytes, depth)?;
            }
            Value::Annotation(annotation)
        }
        0x1e => Value::Null,
        0x1f => Value::Boolean(argument != 0),
        _ => return None,
    };
    Some(value)
}

fn index(bytes: &mut &[u8], width: usize) -> Option<u32> {
    extended(bytes, width, false).map(u32::from_le_bytes)
}

/// Takes `width` bytes and fills up at the most significant end, with the sign or with zeros.
fn extended<const N: usize>(bytes: &mut &[u8], width: usize, signed: bool) -> Option<[u8; N]> {
    let (low, rest) = bytes.split_at_checked(width)?;
    *bytes = rest;
    let negative = signed && low.last().is_some_and(|byte| *byte >= 0x80);
    let mut number = [if negative { 0xff } else { 0 }; N];
    number.get_mut(..width)?.copy_from_slice(low);
    Some(number)
}

/// Takes `width` bytes and fills up with zeros at the least significant end.
fn right_aligned<const N: usize>(bytes: &mut &[u8], width: usize) -> Option<[u8; N]> {
    let (high, rest) = bytes.split_at_checked(width)?;
    *bytes = rest;
    let mut number = [0; N];
    number.get_mut(N.checked_sub(width)?..)?.copy_from_slice(high);
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(mut bytes: &[u8]) -> Option<String> {
        let value = read(&mut bytes, MAXIMUM_DEPTH)?;
        assert!(bytes.is_empty(), "all bytes belong to the value");
        Some(match value {
            Value::Array(array) => format!("{:?}", array.values().map(|_| ()).count()),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn numbers_are_filled_up_at_the_right_end() {
        let cases: [(&[u8], &str); 10] = [
            (&[0x00, 0x80], "Byte(-128)"),
            (&[0x02, 0x80], "Short(-128)"),
            (&[0x03, 0x80], "Char(128)"),
            (&[0x24, 0x00, 0x80], "Int(-32768)"),
            (&[0x06, 0xfe], "Long(-2)"),
            (&[0x30, 0x80, 0x3f], "Float(1.0)"),
            (&[0x31, 0xf0, 0x3f], "Double(1.0)"),
            (&[0x37, 0xff, 0xff], "String(65535)"),
            (&[0x1e], "Null"),
            (&[0x3f], "Boolean(true)"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(one(bytes).as_deref(), Some(expected));
        }
    }

    #[test]
    fn arrays_and_annotations_nest_up_to_a_depth() {
        assert_eq!(one(&[0x1c, 2, 0x1c, 1, 0x1e, 0x1f]).as_deref(), Some("2"));
        let nested = |depth: usize| {
            let mut bytes = [0x1c, 1].repeat(depth);
            bytes.push(0x1e);
            bytes
        };
        assert!(one(&nested(16)).is_some());
        assert!(one(&nested(17)).is_none());
        assert!(one(&nested(100_000)).is_none());
    }

    #[test]
    fn a_value_that_cannot_be_read_ends_the_array() {
        let bytes = [3, 0x1e, 0x05, 0x1e];
        let array = EncodedArray::at(&bytes, 0).unwrap();
        let mut values = array.values();
        assert!(matches!(values.next(), Some(Value::Null)));
        assert!(values.next().is_none() && values.is_broken());
        assert!(values.next().is_none());
        assert_eq!(array.stated_count(), 3);
        // Wider than the type allows.
        assert_eq!(one(&[0xe4, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
