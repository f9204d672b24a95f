//! Lays out a dex file and writes it.

use std::collections::BTreeMap;

use super::tables::{Names, Tables, shorty};
use super::{Body, Builder, Class, Field, Literal, Note, put, seal};

/// Several files of version 41 in one container, sealed.
pub fn container(files: &[Builder]) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut starts = Vec::new();
    for file in files {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        starts.push(bytes.len());
        let placed = file.place(bytes.len() as u32);
        bytes.extend(placed);
    }
    let end = bytes.len();
    for (index, start) in starts.iter().enumerate() {
        let next = starts.get(index + 1).copied().unwrap_or(end);
        put(&mut bytes, start + 0x70, end as u32);
        put(&mut bytes, start + 0x20, (next - start) as u32);
        seal(&mut bytes[*start..next]);
    }
    bytes
}

/// The data section while it grows: its bytes, where it starts, and the map.
struct Data {
    bytes: Vec<u8>,
    start: u32,
    map: Vec<(u16, u32, u32)>,
}

impl Data {
    fn offset(&self) -> u32 {
        self.start + self.bytes.len() as u32
    }

    /// Adds an item of a section and returns its offset.
    fn add(&mut self, kind: u16, alignment: usize, item: &[u8]) -> u32 {
        while !(self.start as usize + self.bytes.len()).is_multiple_of(alignment) {
            self.bytes.push(0);
        }
        let offset = self.offset();
        match self.map.last_mut() {
            Some((last, count, _)) if *last == kind => *count += 1,
            _ => self.map.push((kind, 1, offset)),
        }
        self.bytes.extend(item);
        offset
    }
}

fn words(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    numbers.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// Where the parts of a class stand.
#[derive(Default)]
struct Placed {
    interfaces: u32,
    annotations: u32,
    data: u32,
    values: u32,
    code: Vec<u32>,
}

impl Builder {
    fn names(&self) -> Names {
        let mut names = Names {
            strings: self.strings.clone(),
            ..Names::default()
        };
        self.classes.iter().for_each(|class| names.class(class));
        for (_, (class, name, shape)) in &self.handles {
            names.method(class, name, shape);
        }
        for (_, name, shape) in &self.call_sites {
            names.strings.push(name.clone());
            names.shape(shape);
        }
        names
    }

    /// The file, with a right checksum.
    pub fn build(&self) -> Vec<u8> {
        let mut bytes = self.place(0);
        seal(&mut bytes);
        bytes
    }

    /// The file as it stands at offset `base` of a container, not yet sealed.
    fn place(&self, base: u32) -> Vec<u8> {
        let tables = self.names().tables();
        let header_size: u32 = if self.version >= 41 { 0x78 } else { 0x70 };
        let counts = [
            (0x0001, tables.strings.len(), 4),
            (0x0002, tables.types.len(), 4),
            (0x0003, tables.shapes.len(), 12),
            (0x0004, tables.fields.len(), 8),
            (0x0005, tables.methods.len(), 8),
            (0x0006, self.classes.len(), 32),
            (0x0007, self.call_sites.len(), 4),
            (0x0008, self.handles.len(), 8),
        ];
        let mut map = vec![(0u16, 1u32, base)];
        let mut sections = Vec::new();
        let mut offset = base + header_size;
        for (kind, count, size) in counts {
            if count > 0 {
                map.push((kind, count as u32, offset));
            }
            sections.extend([count as u32, if count > 0 { offset } else { 0 }]);
            offset += (count * size) as u32;
        }
        let mut data = Data {
            bytes: Vec::new(),
            start: offset,
            map,
        };
        let (rows, map_offset) = self.fill(&tables, &mut data);
        let end = data.offset();
        let (size, start) = if self.version >= 41 {
            (0, 0)
        } else {
            (end - offset, offset)
        };
        let mut bytes = format!("dex\n{:03}\0", self.version).into_bytes();
        bytes.resize(0x20, 0);
        bytes.extend(words([end - base, header_size, 0x1234_5678, 0, 0, map_offset]));
        bytes.extend(words(sections[..12].iter().copied().chain([size, start])));
        if self.version >= 41 {
            bytes.extend(words([end, base]));
        }
        bytes.extend(rows);
        bytes.extend(data.bytes);
        bytes
    }

    /// Fills the data section; returns the id tables and the offset of the map.
    fn fill(&self, tables: &Tables, data: &mut Data) -> (Vec<u8>, u32) {
        let mut placed: Vec<Placed> = Vec::new();
        let mut parameters = Vec::new();
        let type_list = |data: &mut Data, types: &[u32]| match types {
            [] => 0,
            _ => {
                let mut item = words([types.len() as u32]);
                item.extend(types.iter().flat_map(|index| (*index as u16).to_le_bytes()));
                data.add(0x1001, 4, &item)
            }
        };
        for (_, types) in tables.shapes.keys() {
            parameters.push(type_list(data, types));
        }
        for class in &self.classes {
            let interfaces: Vec<u32> = class.interfaces.iter().map(|name| tables.class(name)).collect();
            placed.push(Placed {
                interfaces: type_list(data, &interfaces),
                ..Placed::default()
            });
        }
        self.fill_annotations(tables, data, &mut placed);
        for (class, placed) in self.classes.iter().zip(&mut placed) {
            for method in &class.methods {
                let body = method.body.as_ref();
                let code = body.map_or(0, |body| data.add(0x2001, 4, &code_item(tables, body)));
                placed.code.push(code);
            }
        }
        for (class, placed) in self.classes.iter().zip(&mut placed) {
            if !class.fields.is_empty() || !class.methods.is_empty() {
                placed.data = data.add(0x2000, 1, &class_data(tables, class, &placed.code));
            }
        }
        let mut call_sites = Vec::new();
        for (class, placed) in self.classes.iter().zip(&mut placed) {
            let values: Vec<Literal> = sorted_fields(tables, class, true)
                .map_while(|(_, field)| field.value.clone())
                .collect();
            if !values.is_empty() {
                let mut item = Vec::new();
                tables.array(&values, &mut item);
                placed.values = data.add(0x2005, 1, &item);
            }
        }
        for (handle, name, shape) in &self.call_sites {
            let mut item = vec![3, 0x76];
            item.extend(handle.to_le_bytes());
            tables.literal(&Literal::Text(name.clone()), &mut item);
            item.push(0x75);
            item.extend(tables.shape(shape).to_le_bytes());
            call_sites.push(data.add(0x2005, 1, &item));
        }
        let mut strings = Vec::new();
        for text in tables.strings.keys() {
            let mut item = uleb(text.len() as u32);
            item.extend(mutf8(&String::from_utf16(text).unwrap()));
            item.push(0);
            strings.push(data.add(0x2002, 1, &item));
        }
        let mut rows = words(strings);
        rows.extend(words(tables.types.keys().map(|name| tables.strings[name])));
        for (((returns, _), (shape, _)), parameters) in tables.shapes.iter().zip(parameters) {
            rows.extend(words([tables.string(&shorty(shape)), *returns, parameters]));
        }
        for (class, name, kind) in tables.fields.keys() {
            rows.extend(words([class | (kind << 16), *name]));
        }
        for (class, name, shape) in tables.methods.keys() {
            rows.extend(words([class | (shape << 16), *name]));
        }
        for (class, placed) in self.classes.iter().zip(&placed) {
            rows.extend(words([
                tables.class(&class.name),
                class.access,
                class
                    .superclass
                    .as_ref()
                    .map_or(u32::MAX, |name| tables.class(name)),
                placed.interfaces,
                class.source.as_ref().map_or(u32::MAX, |name| tables.string(name)),
                placed.annotations,
                placed.data,
                placed.values,
            ]));
        }
        rows.extend(words(call_sites));
        for (kind, (class, name, shape)) in &self.handles {
            let method = tables.methods[&tables.method_key(class, name, shape)];
            rows.extend(words([u32::from(*kind), method]));
        }
        let map_offset = data.add(0x1000, 4, &[]);
        let mut map = words([data.map.len() as u32]);
        for (kind, count, offset) in data.map.clone() {
            map.extend(words([kind.into(), count, offset]));
        }
        data.bytes.extend(map);
        (rows, map_offset)
    }

    fn fill_annotations(&self, tables: &Tables, data: &mut Data, placed: &mut [Placed]) {
        // All items, then all sets, then all lists of sets, then the directories: a section of the
        // map holds items of one kind.
        let mut items = BTreeMap::new();
        let mut place = |data: &mut Data, notes: &[Note]| {
            for note in notes {
                let mut item = vec![1];
                tables.note(note, &mut item);
                items
                    .entry(item.clone())
                    .or_insert_with(|| data.add(0x2004, 1, &item));
            }
        };
        for class in &self.classes {
            place(data, &class.notes);
            class.fields.iter().for_each(|field| place(data, &field.notes));
            for method in &class.methods {
                place(data, &method.notes);
                method.parameter_notes.iter().for_each(|notes| place(data, notes));
            }
        }
        let set = |data: &mut Data, notes: &[Note]| {
            if notes.is_empty() {
                return 0;
            }
            let mut notes: Vec<_> = notes.iter().collect();
            notes.sort_by_key(|note| tables.class(&note.class));
            let offsets = notes.iter().map(|note| {
                let mut item = vec![1];
                tables.note(note, &mut item);
                items[&item]
            });
            let item = words(std::iter::once(notes.len() as u32).chain(offsets));
            data.add(0x1003, 4, &item)
        };
        let mut directories = Vec::new();
        for class in &self.classes {
            let class_set = set(data, &class.notes);
            let mut fields = Vec::new();
            for field in class.fields.iter().filter(|field| !field.notes.is_empty()) {
                let index = tables.fields[&tables.field_key(&class.name, &field.name, &field.class)];
                fields.push((index, set(data, &field.notes)));
            }
            let (mut methods, mut parameters) = (Vec::new(), Vec::new());
            for method in &class.methods {
                let index = tables.methods[&tables.method_key(&class.name, &method.name, &method.shape)];
                if !method.notes.is_empty() {
                    methods.push((index, set(data, &method.notes)));
                }
                if !method.parameter_notes.is_empty() {
                    let notes = method.parameter_notes.iter();
                    parameters.push((index, notes.map(|notes| set(data, notes)).collect::<Vec<_>>()));
                }
            }
            directories.push((class_set, fields, methods, parameters));
        }
        let mut lists = Vec::new();
        for (_, _, _, parameters) in &directories {
            for (index, sets) in parameters {
                let item = words(std::iter::once(sets.len() as u32).chain(sets.iter().copied()));
                lists.push((*index, data.add(0x1002, 4, &item)));
            }
        }
        let mut lists = lists.into_iter();
        for ((class, mut fields, mut methods, parameters), placed) in directories.into_iter().zip(placed) {
            let mut parameters: Vec<_> = lists.by_ref().take(parameters.len()).collect();
            if class == 0 && fields.is_empty() && methods.is_empty() && parameters.is_empty() {
                continue;
            }
            let counts = [&fields, &methods, &parameters].map(|rows| rows.len() as u32);
            let mut item = words(std::iter::once(class).chain(counts));
            for rows in [&mut fields, &mut methods, &mut parameters] {
                rows.sort_unstable();
                item.extend(words(rows.iter().flat_map(|(index, offset)| [*index, *offset])));
            }
            placed.annotations = data.add(0x2006, 4, &item);
        }
    }
}

fn sorted_fields<'a>(
    tables: &Tables,
    class: &'a Class,
    is_static: bool,
) -> impl Iterator<Item = (u32, &'a Field)> + use<'a> {
    let mut fields: Vec<_> = class
        .fields
        .iter()
        .filter(|field| (field.access & 8 != 0) == is_static)
        .map(|field| {
            (
                tables.fields[&tables.field_key(&class.name, &field.name, &field.class)],
                field,
            )
        })
        .collect();
    fields.sort_by_key(|(index, _)| *index);
    fields.into_iter()
}

fn class_data(tables: &Tables, class: &Class, code: &[u32]) -> Vec<u8> {
    let mut methods: Vec<_> = class
        .methods
        .iter()
        .zip(code)
        .map(|(method, code)| {
            let key = tables.method_key(&class.name, &method.name, &method.shape);
            (!method.is_direct(), tables.methods[&key], method.access, *code)
        })
        .collect();
    methods.sort_unstable();
    let statics: Vec<_> = sorted_fields(tables, class, true).collect();
    let instances: Vec<_> = sorted_fields(tables, class, false).collect();
    let direct = methods.iter().filter(|method| !method.0).count();
    let counts = [statics.len(), instances.len(), direct, methods.len() - direct];
    let mut item: Vec<u8> = counts.iter().flat_map(|count| uleb(*count as u32)).collect();
    for fields in [statics, instances] {
        let mut before = 0;
        for (index, field) in fields {
            item.extend(uleb(index - before));
            item.extend(uleb(field.access));
            before = index;
        }
    }
    let mut before = (false, 0);
    for (is_virtual, index, access, code) in methods {
        let base = if before.0 == is_virtual { before.1 } else { 0 };
        item.extend([index - base, access, code].into_iter().flat_map(uleb));
        before = (is_virtual, index);
    }
    item
}

fn code_item(tables: &Tables, body: &Body) -> Vec<u8> {
    let header = [body.registers, body.ins, body.outs, body.tries.len() as u16];
    let mut item: Vec<u8> = header.iter().flat_map(|number| number.to_le_bytes()).collect();
    item.extend(words([0, body.units.len() as u32]));
    item.extend(body.units.iter().flat_map(|unit| tables.unit(unit).to_le_bytes()));
    if body.tries.is_empty() {
        return item;
    }
    if body.units.len() % 2 == 1 {
        item.extend([0, 0]);
    }
    let mut handlers = uleb(body.tries.len() as u32);
    for range in &body.tries {
        item.extend(range.start.to_le_bytes());
        item.extend(range.length.to_le_bytes());
        item.extend((handlers.len() as u16).to_le_bytes());
        let size = range.typed.len() as i32;
        handlers.push(small_sleb(if range.all.is_some() { -size } else { size }));
        for (name, address) in &range.typed {
            handlers.extend(uleb(tables.class(name)));
            handlers.extend(uleb(*address));
        }
        handlers.extend(range.all.into_iter().flat_map(uleb));
    }
    item.extend(handlers);
    item
}

/// An unsigned LEB128 number.
pub(super) fn uleb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A signed LEB128 number between -64 and 63.
fn small_sleb(number: i32) -> u8 {
    number as u8 & 0x7f
}

/// Text as MUTF-8, written apart from the library so that both can be compared.
fn mutf8(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for unit in text.encode_utf16() {
        match unit {
            1..=0x7f => bytes.push(unit as u8),
            0 | 0x80..=0x7ff => bytes.extend([0xc0 | (unit >> 6) as u8, 0x80 | (unit & 0x3f) as u8]),
            _ => bytes.extend([
                0xe0 | (unit >> 12) as u8,
                0x80 | ((unit >> 6) & 0x3f) as u8,
                0x80 | (unit & 0x3f) as u8,
            ]),
        }
    }
    bytes
}
