//! Where a fact was seen.

use std::fmt;
use std::sync::Arc;

/// A place in the package. A finding without one cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// The package as a whole, for conclusions about its shape.
    Package,
    /// A ZIP entry, with the byte offset within it once inflated.
    Entry {
        /// Name of the entry.
        name: String,
        /// Offset in bytes.
        offset: Option<u64>,
    },
    /// An element of the manifest.
    Manifest {
        /// Name of the element.
        element: String,
        /// Offset of the element in the manifest, in bytes.
        offset: u64,
        /// The file, where the app has several: `base.apk!/AndroidManifest.xml`.
        file: Option<Arc<str>>,
    },
    /// A resource value.
    Resource {
        /// Type, such as `string`.
        kind: String,
        /// Entry name.
        name: String,
        /// BCP-47 locale, empty in the default configuration.
        locale: String,
        /// The file, where the app has several: `base.apk!/resources.arsc`.
        file: Option<Arc<str>>,
    },
    /// A row of an identifier table of a dex file.
    DexTable {
        /// ZIP entry of the dex file.
        dex: String,
        /// Which table.
        table: DexTable,
        /// Which row.
        index: u32,
    },
    /// An instruction of a dex file.
    DexCode {
        /// ZIP entry of the dex file.
        dex: String,
        /// Method: `Lclass;->name(parameters)return`.
        method: String,
        /// Offset within the method, in 16-bit code units.
        offset: u32,
    },
}

/// The identifier tables of a dex file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DexTable {
    /// `string_ids`
    Strings,
    /// `type_ids`
    Types,
    /// `field_ids`
    Fields,
    /// `method_ids`
    Methods,
}

impl DexTable {
    /// Name in the dex specification.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Strings => "string_ids",
            Self::Types => "type_ids",
            Self::Fields => "field_ids",
            Self::Methods => "method_ids",
        }
    }

    /// The table called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Strings, Self::Types, Self::Fields, Self::Methods]
            .into_iter()
            .find(|table| table.name() == name)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package => formatter.write_str("package"),
            Self::Entry { name, offset: None } => write!(formatter, "entry {name}"),
            Self::Entry {
                name,
                offset: Some(offset),
            } => write!(formatter, "entry {name} +{offset}"),
            Self::Manifest {
                element,
                offset,
                file,
            } => {
                write!(formatter, "manifest {element} +{offset}")?;
                within(formatter, file.as_deref())
            }
            Self::Resource {
                kind,
                name,
                locale,
                file,
            } => {
                write!(formatter, "resource {kind}/{name}")?;
                if !locale.is_empty() {
                    write!(formatter, " {locale}")?;
                }
                within(formatter, file.as_deref())
            }
            Self::DexTable { dex, table, index } => {
                write!(formatter, "dex {dex} {} {index}", table.name())
            }
            Self::DexCode { dex, method, offset } => write!(formatter, "dex {dex} {method} +{offset}"),
        }
    }
}

fn within(formatter: &mut fmt::Formatter<'_>, file: Option<&str>) -> fmt::Result {
    match file {
        Some(file) => write!(formatter, " in {file}"),
        None => Ok(()),
    }
}
