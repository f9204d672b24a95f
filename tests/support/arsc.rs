//! A builder of resource tables in every layout of entries.

use std::collections::BTreeMap;

use super::pool::{Strings, chunk};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Reference(u32),
    Integer(u32),
    /// Items of an array, plurals or style.
    Bag(Vec<Value>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// How the offsets of entries are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Dense,
    Dense16,
    Sparse,
}

/// The entries of a type in one configuration: index, name, value.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) id: u8,
    pub(crate) configuration: Vec<u8>,
    pub(crate) layout: Layout,
    /// Simple values are written as compact entries.
    pub(crate) compact: bool,
    pub(crate) entries: BTreeMap<u16, (String, Value)>,
}

/// A package.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) id: u32,
    pub(crate) type_names: Vec<String>,
    pub(crate) type_id_offset: u32,
    pub(crate) types: Vec<Type>,
    /// Chunks put behind the name pools.
    pub(crate) extra: Vec<Vec<u8>>,
}

impl Package {
    /// An app's package whose first types are `string` and `plurals`.
    pub(crate) fn app() -> Self {
        Self {
            id: 0x7f,
            type_names: vec!["string".to_owned(), "plurals".to_owned()],
            type_id_offset: 0,
            types: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Adds entries of the type `string` for a locale.
    pub(crate) fn strings(mut self, locale: &str, entries: &[(u16, &str, Value)]) -> Self {
        self.types.push(Type {
            id: 1,
            configuration: configuration(locale),
            layout: Layout::Dense,
            compact: false,
            entries: entries
                .iter()
                .map(|(index, name, value)| (*index, ((*name).to_owned(), value.clone())))
                .collect(),
        });
        self
    }
}

/// A configuration that says a locale only: `""`, `zh`, `zh-CN`.
pub(crate) fn configuration(locale: &str) -> Vec<u8> {
    let mut data = vec![0; 64];
    data[0] = 64;
    let (language, region) = locale.split_once('-').unwrap_or((locale, ""));
    data[8..8 + language.len()].copy_from_slice(language.as_bytes());
    data[10..10 + region.len()].copy_from_slice(region.as_bytes());
    data
}

/// A table; the pool has the strings in the order of their first use.
pub(crate) fn build(packages: &[Package], utf8: bool) -> Vec<u8> {
    let mut strings = Strings {
        utf8,
        all: Vec::new(),
    };
    let packages: Vec<u8> = packages
        .iter()
        .flat_map(|package| build_package(package, &mut strings))
        .collect();
    let mut rest = 1_u32.to_le_bytes().to_vec();
    rest.extend(strings.build());
    rest.extend(packages);
    chunk(2, 12, &rest)
}

fn build_package(package: &Package, strings: &mut Strings) -> Vec<u8> {
    let mut keys = Strings {
        utf8: strings.utf8,
        all: Vec::new(),
    };
    let types: Vec<u8> = package
        .types
        .iter()
        .flat_map(|kind| build_type(kind, strings, &mut keys))
        .collect();
    let names = Strings {
        utf8: strings.utf8,
        all: package.type_names.clone(),
    };
    let (names, keys) = (names.build(), keys.build());
    let mut rest = package.id.to_le_bytes().to_vec();
    let name: Vec<u8> = "com.example".encode_utf16().flat_map(u16::to_le_bytes).collect();
    rest.extend(&name);
    rest.resize(4 + 256, 0);
    for word in [288, 0, 288 + names.len() as u32, 0, package.type_id_offset] {
        rest.extend(word.to_le_bytes());
    }
    rest.extend(names);
    rest.extend(keys);
    rest.extend(package.extra.concat());
    rest.extend(types);
    chunk(0x0200, 288, &rest)
}

fn build_type(kind: &Type, strings: &mut Strings, keys: &mut Strings) -> Vec<u8> {
    let mut offsets = BTreeMap::new();
    let mut entries = Vec::new();
    for (index, (name, value)) in &kind.entries {
        offsets.insert(*index, entries.len() as u32);
        entries.extend(build_entry(keys.index(name), value, kind.compact, strings));
    }
    let count = kind
        .entries
        .keys()
        .next_back()
        .map_or(0, |last| u32::from(*last) + 1);
    let mut table = Vec::new();
    match kind.layout {
        Layout::Dense => {
            for index in 0..count {
                let offset = offsets.get(&(index as u16)).copied().unwrap_or(u32::MAX);
                table.extend(offset.to_le_bytes());
            }
        }
        Layout::Dense16 => {
            for index in 0..count {
                let offset = offsets
                    .get(&(index as u16))
                    .map_or(u16::MAX, |offset| (offset / 4) as u16);
                table.extend(offset.to_le_bytes());
            }
            table.resize(table.len().next_multiple_of(4), 0);
        }
        Layout::Sparse => {
            for (index, offset) in &offsets {
                table.extend(index.to_le_bytes());
                table.extend(((offset / 4) as u16).to_le_bytes());
            }
        }
    }
    let flags = match kind.layout {
        Layout::Dense => 0,
        Layout::Sparse => 1,
        Layout::Dense16 => 2,
    };
    let count = if kind.layout == Layout::Sparse {
        offsets.len() as u32
    } else {
        count
    };
    let header_size = 20 + kind.configuration.len() as u16;
    let mut rest = vec![kind.id, flags, 0, 0];
    rest.extend(count.to_le_bytes());
    rest.extend((u32::from(header_size) + table.len() as u32).to_le_bytes());
    rest.extend(&kind.configuration);
    rest.extend(table);
    rest.extend(entries);
    chunk(0x0201, header_size, &rest)
}

fn typed(value: &Value, strings: &mut Strings) -> (u8, u32) {
    match value {
        Value::Text(text) => (3, strings.index(text)),
        Value::Reference(id) => (1, *id),
        Value::Integer(value) => (0x10, *value),
        Value::Bag(_) => (0, 0),
    }
}

fn build_entry(key: u32, value: &Value, compact: bool, strings: &mut Strings) -> Vec<u8> {
    let mut data = Vec::new();
    let mut words = |words: &[u32]| data.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    match value {
        Value::Bag(items) => {
            words(&[16 | (1 << 16), key, 0, items.len() as u32]);
            for (name, item) in items.iter().enumerate() {
                let (kind, value) = typed(item, strings);
                words(&[name as u32, 8 | (u32::from(kind) << 24), value]);
            }
        }
        simple if compact => {
            let (kind, value) = typed(simple, strings);
            words(&[(key & 0xffff) | (8 << 16) | (u32::from(kind) << 24), value]);
        }
        simple => {
            let (kind, value) = typed(simple, strings);
            words(&[8, key, 8 | (u32::from(kind) << 24), value]);
        }
    }
    data
}
