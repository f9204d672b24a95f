//! The code of one app as a whole: ids that hold across its dex files.
//!
//! Every dex file numbers types, methods and fields for itself. Here what has the same name has
//! the same id, whichever file it is written in, and ids are dense, so that tables of the analysis
//! are plain arrays. Of a method or field an id stands for the reference as it is written: class,
//! name and type; what it leads to is found out by [`super::hierarchy`].
//!
//! Where two files define a class, the definition in the first one holds, as in Android's class
//! loader. Names are compared as the bytes that stand in the files.
//!
//! Deviations from ART, which refuses such files: rows of a table beyond 65 536, which no
//! instruction can name, parameters beyond 255, and members that a class defines for another class
//! are left out.

mod build;
mod intern;
mod rows;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::lists::Lists;
use crate::formats::dex::{ClassDefinition, Code, Dex, access, mutf8};
use intern::Interner;

/// Stands for "no id" in tables of numbers.
const NONE: u32 = u32::MAX;
/// Bytes of one name in a signature; the Java class format allows no longer one.
const MAXIMUM_NAME: usize = u16::MAX as usize;

macro_rules! ids {
    ($($(#[$note:meta])+ $name:ident,)+) => {$(
        $(#[$note])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The id as a position in a table.
            #[inline]
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id as a number.
            #[inline]
            #[must_use]
            pub fn number(self) -> u32 {
                self.0
            }
        }
    )+};
}

ids! {
    /// A type, by its descriptor.
    TypeId,
    /// The name of a method or field.
    NameId,
    /// Parameter types and the type that is returned.
    PrototypeId,
    /// A method: class, name and prototype. Ids ascend by class, then by selector.
    MethodId,
    /// A field: class, name and type. Ids ascend by class.
    FieldId,
    /// What a virtual call asks for: name and prototype. Ids ascend by name.
    SelectorId,
}

/// One dex file of the app.
#[derive(Debug, Clone, Copy)]
pub struct CodeFile<'a> {
    /// Its name in locations, such as `classes2.dex`.
    pub name: &'a str,
    /// The file.
    pub dex: &'a Dex<'a>,
}

/// A method as it is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// The class it is looked up in.
    pub class: TypeId,
    /// Its name.
    pub name: NameId,
    /// Its prototype.
    pub prototype: PrototypeId,
    /// Name and prototype.
    pub selector: SelectorId,
}

/// A field as it is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The class it is looked up in.
    pub class: TypeId,
    /// Its name.
    pub name: NameId,
    /// The type of its value.
    pub field_type: TypeId,
}

/// Parameters and result of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prototype {
    /// The types of the parameters, without the receiver.
    pub parameters: Box<[TypeId]>,
    /// The type that is returned.
    pub result: TypeId,
}

/// Where a method is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Position of the dex file in [`Program::files`].
    pub file: u32,
    /// Offset of its code in that file, 0 when it is abstract or native.
    pub code_offset: u32,
    /// Its [`access`] flags.
    pub access_flags: u32,
    /// Its index in the method table of that file.
    pub method_index: u32,
}

impl Definition {
    /// Whether it has no receiver.
    #[must_use]
    pub fn is_static(&self) -> bool {
        self.access_flags & access::STATIC != 0
    }

    /// Whether it only asks subclasses for an implementation.
    #[must_use]
    pub fn is_abstract(&self) -> bool {
        self.access_flags & access::ABSTRACT != 0
    }
}

/// A class that the app defines.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its type.
    pub id: TypeId,
    /// Its superclass.
    pub superclass: Option<TypeId>,
    /// The interfaces it names itself.
    pub interfaces: Box<[TypeId]>,
    /// Position of the dex file in [`Program::files`].
    pub file: u32,
    /// Its row in that file.
    pub definition: ClassDefinition,
    /// The methods it defines, direct ones first.
    pub methods: Vec<MethodId>,
    /// The fields it defines and whether they are static; static ones first.
    pub fields: Vec<(FieldId, bool)>,
}

/// From the indices of one dex file to ids.
#[derive(Debug, Default)]
struct Tables {
    types: Vec<u32>,
    prototypes: Vec<u32>,
    fields: Vec<u32>,
    methods: Vec<u32>,
}

/// The code of one app.
#[derive(Debug)]
pub struct Program<'a> {
    files: Vec<CodeFile<'a>>,
    tables: Vec<Tables>,
    types: Interner<'a>,
    names: Interner<'a>,
    prototypes: Vec<Prototype>,
    /// What an id of another program stands for.
    unknown: Prototype,
    methods: Vec<Method>,
    fields: Vec<Field>,
    /// Name and prototype.
    selectors: Vec<(NameId, PrototypeId)>,
    methods_by_selector: Lists<MethodId>,
    /// For each type the first method looked up in it, and behind the last type all methods.
    methods_by_class: Vec<u32>,
    fields_by_class: Vec<u32>,
    classes: Vec<Class>,
    /// Position in `classes`, by type.
    class_of: Vec<u32>,
    /// In the order of the classes.
    definitions: Vec<(MethodId, Definition)>,
    /// Position in `definitions`, by method.
    definition_of: Vec<u32>,
    is_field_defined: Vec<bool>,
}

impl<'a> Program<'a> {
    /// The dex files, in the order Android loads them.
    #[must_use]
    pub fn files(&self) -> &[CodeFile<'a>] {
        &self.files
    }

    /// How many types are named.
    #[must_use]
    pub fn type_count(&self) -> usize {
        self.types.len()
    }

    /// How many methods are named.
    #[must_use]
    pub fn method_count(&self) -> usize {
        self.methods.len()
    }

    /// The ids of all types that are named, in ascending order.
    pub fn types(&self) -> impl Iterator<Item = TypeId> + Clone + use<'a> {
        (0..u32::try_from(self.types.len()).unwrap_or(NONE)).map(TypeId)
    }

    /// The ids of all methods that are named, in ascending order.
    pub fn methods(&self) -> impl Iterator<Item = MethodId> + Clone + use<'a> {
        (0..u32::try_from(self.methods.len()).unwrap_or(NONE)).map(MethodId)
    }

    /// The ids of all fields that are named, in ascending order.
    pub fn fields(&self) -> impl Iterator<Item = FieldId> + Clone + use<'a> {
        (0..u32::try_from(self.fields.len()).unwrap_or(NONE)).map(FieldId)
    }

    /// How many fields are named.
    #[must_use]
    pub fn field_count(&self) -> usize {
        self.fields.len()
    }

    /// The type with this descriptor in MUTF-8, such as `Ljava/lang/String;`.
    #[must_use]
    pub fn find_type(&self, descriptor: &[u8]) -> Option<TypeId> {
        self.types.find(descriptor).map(TypeId)
    }

    /// The name of methods or fields that is written so.
    #[must_use]
    pub fn find_name(&self, name: &[u8]) -> Option<NameId> {
        self.names.find(name).map(NameId)
    }

    /// The descriptor of a type in MUTF-8.
    #[must_use]
    pub fn descriptor(&self, id: TypeId) -> &'a [u8] {
        self.types.text(id.index())
    }

    /// A name in MUTF-8.
    #[must_use]
    pub fn name(&self, id: NameId) -> &'a [u8] {
        self.names.text(id.index())
    }

    /// The type that a file's index stands for.
    #[must_use]
    #[inline]
    pub fn type_at(&self, file: u32, index: u32) -> Option<TypeId> {
        let table = &self.tables.get(file as usize)?.types;
        lookup(table, index).map(TypeId)
    }

    /// The method that a file's index stands for.
    #[must_use]
    #[inline]
    pub fn method_at(&self, file: u32, index: u32) -> Option<MethodId> {
        let table = &self.tables.get(file as usize)?.methods;
        lookup(table, index).map(MethodId)
    }

    /// The field that a file's index stands for.
    #[must_use]
    #[inline]
    pub fn field_at(&self, file: u32, index: u32) -> Option<FieldId> {
        let table = &self.tables.get(file as usize)?.fields;
        lookup(table, index).map(FieldId)
    }

    /// The prototype that a file's index stands for.
    #[must_use]
    #[inline]
    pub fn prototype_at(&self, file: u32, index: u32) -> Option<PrototypeId> {
        let table = &self.tables.get(file as usize)?.prototypes;
        lookup(table, index).map(PrototypeId)
    }

    /// The text of a file's string; what is not valid MUTF-8 becomes U+FFFD.
    #[must_use]
    pub fn string_at(&self, file: u32, index: u32) -> Option<Cow<'a, str>> {
        self.files.get(file as usize)?.dex.string(index)
    }

    /// What a method id stands for.
    #[must_use]
    #[inline]
    pub fn method(&self, id: MethodId) -> Method {
        const UNKNOWN: Method = Method {
            class: TypeId(NONE),
            name: NameId(NONE),
            prototype: PrototypeId(NONE),
            selector: SelectorId(NONE),
        };
        self.methods.get(id.index()).copied().unwrap_or(UNKNOWN)
    }

    /// What a field id stands for.
    #[must_use]
    #[inline]
    pub fn field(&self, id: FieldId) -> Field {
        const UNKNOWN: Field = Field {
            class: TypeId(NONE),
            name: NameId(NONE),
            field_type: TypeId(NONE),
        };
        self.fields.get(id.index()).copied().unwrap_or(UNKNOWN)
    }

    /// Parameters and result.
    #[must_use]
    pub fn prototype(&self, id: PrototypeId) -> &Prototype {
        self.prototypes.get(id.index()).unwrap_or(&self.unknown)
    }

    /// The class of this type; `None` when the app does not define it.
    #[must_use]
    #[inline]
    pub fn class(&self, id: TypeId) -> Option<&Class> {
        let position = *self.class_of.get(id.index())?;
        self.classes.get(position as usize)
    }

    /// The classes that the app defines, file by file in the order of the class tables.
    pub fn classes(&self) -> impl ExactSizeIterator<Item = &Class> + Clone {
        self.classes.iter()
    }

    /// Where exactly this class defines this method; `None` when it inherits it, and when the app
    /// does not define the class.
    #[must_use]
    #[inline]
    pub fn definition(&self, id: MethodId) -> Option<Definition> {
        let position = lookup(&self.definition_of, id.number())?;
        let (_, definition) = self.definitions.get(position as usize)?;
        Some(*definition)
    }

    /// All methods that classes define, in the order of [`Program::classes`].
    pub fn definitions(&self) -> impl ExactSizeIterator<Item = (MethodId, Definition)> + '_ {
        self.definitions.iter().copied()
    }

    /// The code of a method that is defined with some.
    #[must_use]
    pub fn code(&self, id: MethodId) -> Option<Code<'a>> {
        let definition = self.definition(id)?;
        let file = self.files.get(definition.file as usize)?;
        file.dex.code(definition.code_offset)
    }

    /// Whether a method is defined without a receiver; `false` for one that is not defined.
    #[must_use]
    pub fn is_static(&self, id: MethodId) -> bool {
        self.definition(id)
            .is_some_and(|definition| definition.is_static())
    }

    /// Whether exactly the class that the field is looked up in defines it.
    #[must_use]
    #[inline]
    pub fn is_field_defined(&self, id: FieldId) -> bool {
        self.is_field_defined.get(id.index()).copied().unwrap_or_default()
    }

    /// A method as text, such as `Lcom/a/B;->name(Ljava/lang/String;I)V`.
    #[must_use]
    pub fn signature(&self, id: MethodId) -> String {
        let method = self.method(id);
        let prototype = self.prototype(method.prototype);
        let mut text = String::with_capacity(96);
        push(&mut text, self.descriptor(method.class));
        text.push_str("->");
        push(&mut text, self.name(method.name));
        text.push('(');
        for parameter in &prototype.parameters {
            push(&mut text, self.descriptor(*parameter));
        }
        text.push(')');
        push(&mut text, self.descriptor(prototype.result));
        text
    }

    /// A field as text, such as `Lcom/a/B;->name:I`.
    #[must_use]
    pub fn field_signature(&self, id: FieldId) -> String {
        let field = self.field(id);
        let mut text = String::with_capacity(64);
        push(&mut text, self.descriptor(field.class));
        text.push_str("->");
        push(&mut text, self.name(field.name));
        text.push(':');
        push(&mut text, self.descriptor(field.field_type));
        text
    }

    /// The method with exactly this class and selector, if any file names it; it need not be
    /// defined.
    #[must_use]
    pub fn find_method(&self, class: TypeId, selector: SelectorId) -> Option<MethodId> {
        let (first, end) = range(&self.methods_by_class, class)?;
        let methods = self.methods.get(first as usize..end as usize)?;
        let position = methods
            .binary_search_by_key(&selector, |method| method.selector)
            .ok()?;
        first.checked_add(u32::try_from(position).ok()?).map(MethodId)
    }

    /// The field with exactly this class, name and type, if any file names it.
    #[must_use]
    pub fn find_field(&self, class: TypeId, name: NameId, field_type: TypeId) -> Option<FieldId> {
        let (first, end) = range(&self.fields_by_class, class)?;
        let fields = self.fields.get(first as usize..end as usize)?;
        let position = fields
            .binary_search_by_key(&(name, field_type), |field| (field.name, field.field_type))
            .ok()?;
        first.checked_add(u32::try_from(position).ok()?).map(FieldId)
    }

    /// The methods with this name that any file names, external ones as well, by selector.
    #[must_use]
    pub fn methods_named(&self, name: NameId) -> &[MethodId] {
        let first = self.selectors.partition_point(|(other, _)| *other < name);
        let end = self.selectors.partition_point(|(other, _)| *other <= name);
        self.methods_by_selector.between(first, end)
    }

    /// The methods with this selector that any file names, external ones as well, by class.
    #[must_use]
    pub fn methods_with(&self, selector: SelectorId) -> &[MethodId] {
        self.methods_by_selector.get(selector.number())
    }

    /// Name and prototype of a selector.
    #[must_use]
    pub fn selector(&self, id: SelectorId) -> (NameId, PrototypeId) {
        let unknown = (NameId(NONE), PrototypeId(NONE));
        self.selectors.get(id.index()).copied().unwrap_or(unknown)
    }

    /// The selector with this name and prototype, if any file names such a method.
    #[must_use]
    pub fn find_selector(&self, name: NameId, prototype: PrototypeId) -> Option<SelectorId> {
        let position = self.selectors.binary_search(&(name, prototype)).ok()?;
        u32::try_from(position).ok().map(SelectorId)
    }
}

/// What a table says, unless it is "no id".
#[inline]
fn lookup(table: &[u32], index: u32) -> Option<u32> {
    table
        .get(index as usize)
        .copied()
        .filter(|number| *number != NONE)
}

/// The rows of one class in a table that ascends by class.
fn range(starts: &[u32], class: TypeId) -> Option<(u32, u32)> {
    let first = *starts.get(class.index())?;
    let end = *starts.get(class.index().checked_add(1)?)?;
    Some((first, end))
}

fn push(text: &mut String, name: &[u8]) {
    text.push_str(&mutf8::decode(name.get(..MAXIMUM_NAME).unwrap_or(name)));
}
