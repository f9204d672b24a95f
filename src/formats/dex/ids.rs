//! The identifier tables: types, prototypes, fields and methods, and how they are written.

use super::table::{Table, from, take_u32};
use super::{Dex, mutf8};

/// A row of the prototype table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prototype {
    /// String index of the short descriptor.
    pub shorty: u32,
    /// Type index of what is returned.
    pub return_type: u32,
    /// Offset of the parameters' type list, 0 without parameters.
    pub parameters_offset: u32,
}

/// A row of the field table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Type index of the class it is looked up in.
    pub class: u32,
    /// Type index of its value.
    pub field_type: u32,
    /// String index of its name.
    pub name: u32,
}

/// A row of the method table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Type index of the class it is looked up in.
    pub class: u32,
    /// Index of its prototype.
    pub prototype: u32,
    /// String index of its name.
    pub name: u32,
}

/// A list of type indices: parameters or interfaces.
#[derive(Debug, Clone, Copy)]
pub struct TypeList<'a> {
    table: Table<'a, 2>,
}

impl<'a> TypeList<'a> {
    /// How many types the file holds.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.table.count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type index at a position.
    #[must_use]
    pub fn get(&self, position: u32) -> Option<u32> {
        self.table
            .get(position)
            .map(|row| u16::from_le_bytes(*row).into())
    }

    /// The type indices in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        self.table
            .rows()
            .iter()
            .map(|row| u16::from_le_bytes(*row).into())
    }
}

impl Prototype {
    fn read(row: &[u8; 12]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *row;
        Self {
            shorty: u32::from_le_bytes([a, b, c, d]),
            return_type: u32::from_le_bytes([e, f, g, h]),
            parameters_offset: u32::from_le_bytes([i, j, k, l]),
        }
    }
}

impl Field {
    fn read(row: &[u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = *row;
        Self {
            class: u16::from_le_bytes([a, b]).into(),
            field_type: u16::from_le_bytes([c, d]).into(),
            name: u32::from_le_bytes([e, f, g, h]),
        }
    }
}

impl Method {
    fn read(row: &[u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = *row;
        Self {
            class: u16::from_le_bytes([a, b]).into(),
            prototype: u16::from_le_bytes([c, d]).into(),
            name: u32::from_le_bytes([e, f, g, h]),
        }
    }
}

impl<'a> Dex<'a> {
    /// Rows of the type table that the file holds.
    #[must_use]
    pub fn type_count(&self) -> u32 {
        self.types.count()
    }

    /// Rows of the prototype table that the file holds.
    #[must_use]
    pub fn prototype_count(&self) -> u32 {
        self.prototypes.count()
    }

    /// Rows of the field table that the file holds.
    #[must_use]
    pub fn field_count(&self) -> u32 {
        self.fields.count()
    }

    /// Rows of the method table that the file holds.
    #[must_use]
    pub fn method_count(&self) -> u32 {
        self.methods.count()
    }

    /// String index of a type's descriptor.
    #[must_use]
    pub fn type_name(&self, index: u32) -> Option<u32> {
        self.types.get(index).map(|row| u32::from_le_bytes(*row))
    }

    /// The first type, in the order of the table, whose descriptor begins with `prefix`: by binary
    /// search in a sorted table, by a walk in any other.
    #[must_use]
    pub fn first_type_with(&self, prefix: &str) -> Option<u32> {
        let prefix = prefix.as_bytes();
        let begins = |index: &u32| {
            self.type_name(*index)
                .is_some_and(|name| self.string_starts_with(name, prefix))
        };
        if !self.is_sorted() {
            let types = self.types().map(|(index, _)| index).take(MAXIMUM_TYPES);
            return types.into_iter().find(begins);
        }
        let name = self.first_not_before(prefix);
        let before = |row: &[u8; 4]| u32::from_le_bytes(*row) < name;
        let first = u32::try_from(self.types.rows().partition_point(before)).ok()?;
        Some(first).filter(begins)
    }

    /// The descriptor of a type in MUTF-8, such as `Ljava/lang/String;`.
    #[must_use]
    pub fn type_descriptor(&self, index: u32) -> Option<&'a [u8]> {
        self.string_bytes(self.type_name(index)?)
    }

    /// A prototype.
    #[must_use]
    pub fn prototype(&self, index: u32) -> Option<Prototype> {
        self.prototypes.get(index).map(Prototype::read)
    }

    /// A field reference.
    #[must_use]
    pub fn field(&self, index: u32) -> Option<Field> {
        self.fields.get(index).map(Field::read)
    }

    /// A method reference.
    #[must_use]
    pub fn method(&self, index: u32) -> Option<Method> {
        self.methods.get(index).map(Method::read)
    }

    /// String indices of all type descriptors, in the order of the table.
    pub fn types(&self) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        (0..).zip(self.types.rows().iter().map(|row| u32::from_le_bytes(*row)))
    }

    /// All prototypes with their index.
    pub fn prototypes(&self) -> impl Iterator<Item = (u32, Prototype)> + use<'a> {
        (0..).zip(self.prototypes.rows().iter().map(Prototype::read))
    }

    /// All field references with their index.
    pub fn fields(&self) -> impl Iterator<Item = (u32, Field)> + use<'a> {
        (0..).zip(self.fields.rows().iter().map(Field::read))
    }

    /// All method references with their index.
    pub fn methods(&self) -> impl Iterator<Item = (u32, Method)> + use<'a> {
        (0..).zip(self.methods.rows().iter().map(Method::read))
    }

    /// The index of a type: by binary search when the table is sorted, else by the first row.
    #[must_use]
    pub fn find_type(&self, descriptor: &str) -> Option<u32> {
        let name = self.find_string(descriptor)?;
        let rows = self.types.rows();
        let found = rows.binary_search_by_key(&name, |row| u32::from_le_bytes(*row));
        let found = found.or_else(|_| {
            // Only a table that breaks the rules can hold what the search did not find.
            rows.iter()
                .take(MAXIMUM_TYPES)
                .position(|row| u32::from_le_bytes(*row) == name)
                .ok_or(())
        });
        u32::try_from(found.ok()?).ok()
    }

    /// The type list at an offset; empty for the offset 0 and outside the file.
    #[must_use]
    pub fn type_list(&self, offset: u32) -> TypeList<'a> {
        let mut bytes = from(self.bytes, offset);
        let table = match take_u32(&mut bytes) {
            Some(count) if offset != 0 => Table::clip(bytes, 0, count),
            _ => Table::EMPTY,
        };
        TypeList { table }
    }

    /// The types of a prototype's parameters.
    #[must_use]
    pub fn parameters(&self, prototype: &Prototype) -> TypeList<'a> {
        self.type_list(prototype.parameters_offset)
    }

    /// A prototype as text, such as `(Ljava/lang/String;I)V`. Parts that cannot be read are `?`.
    #[must_use]
    pub fn prototype_descriptor(&self, index: u32) -> Option<String> {
        let mut text = String::new();
        self.write_prototype(&mut text, index)?;
        Some(text)
    }

    /// A method as text, such as `Lcom/a/B;->name(Ljava/lang/String;I)V`. Parts that cannot be
    /// read, and parameters beyond 16 KiB of text, are `?`.
    #[must_use]
    pub fn method_signature(&self, index: u32) -> Option<String> {
        let method = self.method(index)?;
        let mut text = String::with_capacity(96);
        push(&mut text, self.type_descriptor(method.class));
        text.push_str("->");
        push(&mut text, self.string_bytes(method.name));
        if self.write_prototype(&mut text, method.prototype).is_none() {
            text.push('?');
        }
        Some(text)
    }

    /// A field as text, such as `Lcom/a/B;->name:I`. Parts that cannot be read are `?`.
    #[must_use]
    pub fn field_signature(&self, index: u32) -> Option<String> {
        let field = self.field(index)?;
        let mut text = String::with_capacity(64);
        push(&mut text, self.type_descriptor(field.class));
        text.push_str("->");
        push(&mut text, self.string_bytes(field.name));
        text.push(':');
        push(&mut text, self.type_descriptor(field.field_type));
        Some(text)
    }

    fn write_prototype(&self, text: &mut String, index: u32) -> Option<()> {
        let prototype = self.prototype(index)?;
        text.push('(');
        let parameters = self.parameters(&prototype);
        for parameter in parameters.iter() {
            if text.len() > MAXIMUM_SIGNATURE {
                text.push('?');
                break;
            }
            push(text, self.type_descriptor(parameter));
        }
        text.push(')');
        push(text, self.type_descriptor(prototype.return_type));
        Some(())
    }
}

/// Types of a file: code refers to them by 16 bits.
const MAXIMUM_TYPES: usize = 1 << 16;
/// Bytes after which a signature takes no further parameter: more than any honest one has.
const MAXIMUM_SIGNATURE: usize = 16 << 10;
/// Bytes of one name in a signature. The Java class format allows no longer one.
const MAXIMUM_NAME: usize = u16::MAX as usize;

fn push(text: &mut String, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => text.push_str(&mutf8::decode(bytes.get(..MAXIMUM_NAME).unwrap_or(bytes))),
        None => text.push('?'),
    }
}
