//! Class definitions and the members they define.

use super::table::{from, skip_leb128, uleb128};
use super::value::EncodedArray;
use super::{Dex, NO_INDEX, TypeList};

/// Access flags as the format numbers them.
pub mod access {
    /// Visible everywhere.
    pub const PUBLIC: u32 = 0x1;
    /// Visible in its class only.
    pub const PRIVATE: u32 = 0x2;
    /// Has no receiver.
    pub const STATIC: u32 = 0x8;
    /// Implemented in a native library.
    pub const NATIVE: u32 = 0x100;
    /// Is an interface.
    pub const INTERFACE: u32 = 0x200;
    /// Has no implementation.
    pub const ABSTRACT: u32 = 0x400;
    /// Not written in the source.
    pub const SYNTHETIC: u32 = 0x1000;
    /// Is an annotation type.
    pub const ANNOTATION: u32 = 0x2000;
    /// Is an enumeration, or one of its values.
    pub const ENUM: u32 = 0x4000;
    /// Is an instance or static initializer.
    pub const CONSTRUCTOR: u32 = 0x10000;
}

/// A row of the class table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassDefinition {
    /// Type index of the class.
    pub class: u32,
    /// Its [`access`] flags.
    pub access_flags: u32,
    /// Type index of its superclass.
    pub superclass: Option<u32>,
    /// Offset of its interfaces' type list, 0 without interfaces.
    pub interfaces_offset: u32,
    /// String index of its source file's name.
    pub source_file: Option<u32>,
    /// Offset of its annotations, 0 without annotations.
    pub annotations_offset: u32,
    /// Offset of its fields and methods, 0 without any.
    pub data_offset: u32,
    /// Offset of its static fields' initial values, 0 without any.
    pub static_values_offset: u32,
}

impl ClassDefinition {
    fn read(row: &[u8; 32]) -> Option<Self> {
        let (words, _) = row.as_chunks::<4>();
        let &[
            class,
            flags,
            superclass,
            interfaces,
            source,
            annotations,
            data,
            statics,
        ] = words
        else {
            return None;
        };
        let index = |word| Some(u32::from_le_bytes(word)).filter(|index| *index != NO_INDEX);
        Some(Self {
            class: u32::from_le_bytes(class),
            access_flags: u32::from_le_bytes(flags),
            superclass: index(superclass),
            interfaces_offset: u32::from_le_bytes(interfaces),
            source_file: index(source),
            annotations_offset: u32::from_le_bytes(annotations),
            data_offset: u32::from_le_bytes(data),
            static_values_offset: u32::from_le_bytes(statics),
        })
    }
}

impl<'a> Dex<'a> {
    /// Rows of the class table that the file holds.
    #[must_use]
    pub fn class_count(&self) -> u32 {
        self.classes.count()
    }

    /// A class definition.
    #[must_use]
    pub fn class(&self, index: u32) -> Option<ClassDefinition> {
        self.classes.get(index).and_then(ClassDefinition::read)
    }

    /// All class definitions with their index.
    pub fn classes(&self) -> impl Iterator<Item = (u32, ClassDefinition)> + use<'a> {
        (0..).zip(self.classes.rows().iter().filter_map(ClassDefinition::read))
    }

    /// The type indices of a class's interfaces.
    #[must_use]
    pub fn interfaces(&self, class: &ClassDefinition) -> TypeList<'a> {
        self.type_list(class.interfaces_offset)
    }

    /// The fields and methods of a class. `None` when it has none, and when
    /// [`ClassDefinition::data_offset`] is not 0 but leads nowhere.
    ///
    /// Many definitions of a hostile file may share one large piece of data: who walks them all
    /// spends a step of the budget for each member.
    #[must_use]
    pub fn class_data(&self, class: &ClassDefinition) -> Option<ClassData<'a>> {
        let mut rest = from(self.bytes, nonzero(class.data_offset)?);
        Some(ClassData {
            static_fields: uleb128(&mut rest)?,
            instance_fields: uleb128(&mut rest)?,
            direct_methods: uleb128(&mut rest)?,
            virtual_methods: uleb128(&mut rest)?,
            rest,
        })
    }

    /// The initial values of a class's static fields, in the order of these fields; fields beyond
    /// the end of the array start as zero or null.
    #[must_use]
    pub fn static_values(&self, class: &ClassDefinition) -> Option<EncodedArray<'a>> {
        EncodedArray::at(self.bytes, nonzero(class.static_values_offset)?)
    }
}

pub(super) fn nonzero(offset: u32) -> Option<u32> {
    (offset != 0).then_some(offset)
}

/// Fields and methods of a class; the counts are what the file states.
#[derive(Debug, Clone, Copy)]
pub struct ClassData<'a> {
    /// Stated count of static fields.
    pub static_fields: u32,
    /// Stated count of instance fields.
    pub instance_fields: u32,
    /// Stated count of direct methods: static, private and constructors.
    pub direct_methods: u32,
    /// Stated count of virtual methods.
    pub virtual_methods: u32,
    rest: &'a [u8],
}

impl<'a> ClassData<'a> {
    /// The fields, static ones first.
    #[must_use]
    pub fn fields(&self) -> EncodedFields<'a> {
        EncodedFields {
            rest: self.rest,
            run: Run::new(self.static_fields, self.instance_fields),
        }
    }

    /// The methods, direct ones first.
    #[must_use]
    pub fn methods(&self) -> EncodedMethods<'a> {
        let run = Run::new(self.direct_methods, self.virtual_methods);
        let mut rest = self.rest;
        let fields = u64::from(self.static_fields).saturating_add(self.instance_fields.into());
        match skip_leb128(&mut rest, fields.saturating_mul(2)) {
            Some(()) => EncodedMethods { rest, run },
            None => EncodedMethods {
                rest: &[],
                run: Run { broken: true, ..run },
            },
        }
    }
}

/// Two lists of index differences behind one another.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: u32,
    second: u32,
    index: u32,
    broken: bool,
}

impl Run {
    fn new(first: u32, second: u32) -> Self {
        Self {
            first,
            second,
            index: 0,
            broken: false,
        }
    }

    /// The next row as `read` finds it: the index difference and what comes with it. The flag
    /// tells whether the row belongs to the first list.
    #[inline]
    fn next<T>(&mut self, read: impl FnOnce() -> Option<(u32, T)>) -> Option<(u32, bool, T)> {
        let in_first = self.first > 0;
        if self.broken || (!in_first && self.second == 0) {
            return None;
        }
        let Some((difference, value)) = read() else {
            self.broken = true;
            return None;
        };
        let index = self.index.wrapping_add(difference);
        self.index = index;
        if in_first {
            self.first = self.first.saturating_sub(1);
            if self.first == 0 {
                self.index = 0;
            }
        } else {
            self.second = self.second.saturating_sub(1);
        }
        Some((index, in_first, value))
    }
}

/// A field that a class defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedField {
    /// Field index.
    pub field: u32,
    /// Its [`access`] flags.
    pub access_flags: u32,
    /// Whether it stands among the static fields.
    pub is_static: bool,
}

/// A method that a class defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedMethod {
    /// Method index.
    pub method: u32,
    /// Its [`access`] flags.
    pub access_flags: u32,
    /// Offset of its code, 0 when it is abstract or native; see [`Dex::code`].
    pub code_offset: u32,
    /// Whether it stands among the direct methods.
    pub is_direct: bool,
}

/// The fields of a class, see [`ClassData::fields`].
#[derive(Debug, Clone)]
pub struct EncodedFields<'a> {
    rest: &'a [u8],
    run: Run,
}

impl EncodedFields<'_> {
    /// Whether the data ended before the stated count.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.run.broken
    }
}

impl Iterator for EncodedFields<'_> {
    type Item = EncodedField;

    #[inline]
    fn next(&mut self) -> Option<EncodedField> {
        let rest = &mut self.rest;
        let (field, is_static, access_flags) = self.run.next(|| Some((uleb128(rest)?, uleb128(rest)?)))?;
        Some(EncodedField {
            field,
            access_flags,
            is_static,
        })
    }
}

/// The methods of a class, see [`ClassData::methods`].
#[derive(Debug, Clone)]
pub struct EncodedMethods<'a> {
    rest: &'a [u8],
    run: Run,
}

impl EncodedMethods<'_> {
    /// Whether the data ended before the stated count.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.run.broken
    }
}

impl Iterator for EncodedMethods<'_> {
    type Item = EncodedMethod;

    #[inline]
    fn next(&mut self) -> Option<EncodedMethod> {
        let rest = &mut self.rest;
        let (method, is_direct, (access_flags, code_offset)) = self
            .run
            .next(|| Some((uleb128(rest)?, (uleb128(rest)?, uleb128(rest)?))))?;
        Some(EncodedMethod {
            method,
            access_flags,
            code_offset,
            is_direct,
        })
    }
}
