//! Annotations of classes, fields, methods and parameters.

use super::Dex;
use super::class::{ClassDefinition, nonzero};
use super::table::{Table, from, take_u8, take_u32};
use super::value::EncodedAnnotation;

/// An annotation as it stands on something.
#[derive(Debug, Clone, Copy)]
pub struct Annotation<'a> {
    /// Who may see it: 0 the build, 1 the running app, 2 the system.
    pub visibility: u8,
    /// Its type and elements.
    pub annotation: EncodedAnnotation<'a>,
}

/// All annotations of one thing.
#[derive(Debug, Clone, Copy)]
pub struct AnnotationSet<'a> {
    bytes: &'a [u8],
    offsets: Table<'a, 4>,
}

impl<'a> AnnotationSet<'a> {
    fn at(bytes: &'a [u8], offset: u32) -> Option<Self> {
        let mut rest = from(bytes, nonzero(offset)?);
        let count = take_u32(&mut rest)?;
        Some(Self {
            bytes,
            offsets: Table::clip(rest, 0, count),
        })
    }

    /// The annotations that can be read.
    pub fn annotations(&self) -> impl Iterator<Item = Annotation<'a>> + use<'a> {
        let bytes = self.bytes;
        self.offsets.rows().iter().filter_map(move |row| {
            let mut item = from(bytes, nonzero(u32::from_le_bytes(*row))?);
            Some(Annotation {
                visibility: take_u8(&mut item)?,
                annotation: EncodedAnnotation::read(&mut item)?,
            })
        })
    }
}

/// Where the annotations of a class and its members stand.
#[derive(Debug, Clone, Copy)]
pub struct AnnotationDirectory<'a> {
    bytes: &'a [u8],
    class: u32,
    fields: Table<'a, 8>,
    methods: Table<'a, 8>,
    parameters: Table<'a, 8>,
}

impl<'a> AnnotationDirectory<'a> {
    fn at(bytes: &'a [u8], offset: u32) -> Option<Self> {
        let mut rest = from(bytes, nonzero(offset)?);
        let class = take_u32(&mut rest)?;
        let counts = [take_u32(&mut rest)?, take_u32(&mut rest)?, take_u32(&mut rest)?];
        let [fields, methods, parameters] = counts.map(|count| {
            let table = Table::<8>::clip(rest, 0, count);
            rest = rest.get(table.rows().as_flattened().len()..).unwrap_or_default();
            table
        });
        Some(Self {
            bytes,
            class,
            fields,
            methods,
            parameters,
        })
    }

    /// The annotations of the class itself.
    #[must_use]
    pub fn class(&self) -> Option<AnnotationSet<'a>> {
        AnnotationSet::at(self.bytes, self.class)
    }

    /// The annotated fields, by field index.
    pub fn fields(&self) -> impl Iterator<Item = (u32, AnnotationSet<'a>)> + use<'a> {
        sets(self.bytes, self.fields)
    }

    /// The annotated methods, by method index.
    pub fn methods(&self) -> impl Iterator<Item = (u32, AnnotationSet<'a>)> + use<'a> {
        sets(self.bytes, self.methods)
    }

    /// The methods with annotated parameters, by method index.
    pub fn parameters(&self) -> impl Iterator<Item = (u32, ParameterAnnotations<'a>)> + use<'a> {
        let bytes = self.bytes;
        rows(self.parameters).filter_map(move |(method, offset)| {
            let mut rest = from(bytes, nonzero(offset)?);
            let count = take_u32(&mut rest)?;
            let offsets = Table::clip(rest, 0, count);
            Some((method, ParameterAnnotations { bytes, offsets }))
        })
    }
}

/// The annotations of a method's parameters.
#[derive(Debug, Clone, Copy)]
pub struct ParameterAnnotations<'a> {
    bytes: &'a [u8],
    offsets: Table<'a, 4>,
}

impl<'a> ParameterAnnotations<'a> {
    /// The annotations of each parameter in order; `None` for a parameter without any.
    pub fn iter(&self) -> impl Iterator<Item = Option<AnnotationSet<'a>>> + use<'a> {
        let bytes = self.bytes;
        let rows = self.offsets.rows().iter();
        rows.map(move |row| AnnotationSet::at(bytes, u32::from_le_bytes(*row)))
    }
}

fn rows<'a>(table: Table<'a, 8>) -> impl Iterator<Item = (u32, u32)> + use<'a> {
    table.rows().iter().map(|row| {
        let [a, b, c, d, e, f, g, h] = *row;
        (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
    })
}

fn sets<'a>(
    bytes: &'a [u8],
    table: Table<'a, 8>,
) -> impl Iterator<Item = (u32, AnnotationSet<'a>)> + use<'a> {
    rows(table).filter_map(move |(index, offset)| Some((index, AnnotationSet::at(bytes, offset)?)))
}

impl<'a> Dex<'a> {
    /// Where the annotations of a class and its members stand. `None` when there are none, and
    /// when [`ClassDefinition::annotations_offset`] is not 0 but leads nowhere.
    #[must_use]
    pub fn annotations(&self, class: &ClassDefinition) -> Option<AnnotationDirectory<'a>> {
        AnnotationDirectory::at(self.bytes, class.annotations_offset)
    }
}
