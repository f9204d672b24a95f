//! Building a [`Program`]: numbering what all files name, then the classes and their members.

use super::intern::{Interner, Slots, hash};
use super::rows::number;
use super::{
    Class, CodeFile, Definition, Field, Method, MethodId, NONE, NameId, Program, Prototype, PrototypeId,
    SelectorId, Tables, TypeId, lookup,
};
use crate::formats::dex::{ClassDefinition, Dex};
use crate::harvest::lists::Lists;
use crate::limits::Budget;

/// Rows of one table that an index of 16 bits reaches.
const MAXIMUM_ROWS: usize = 1 << 16;
/// Parameters of one method: a call counts its registers in one byte.
const MAXIMUM_PARAMETERS: usize = 255;
/// Parameters of all prototypes and interfaces of all classes together. Lists may overlap in a
/// file, so that their sum is not bounded by its size; real apps stay below a tenth of this.
const MAXIMUM_LISTED: usize = 1 << 22;
/// Stands for a string that was not looked at yet.
const UNSEEN: u32 = NONE - 1;

impl<'a> Program<'a> {
    /// Reads the tables and class definitions of all files. What does not fit into the budget is
    /// missing, as if the files did not have it.
    ///
    /// # Limits
    /// A step of the budget for each row, member, list entry and 16 bytes of a name.
    #[must_use]
    pub fn new(files: Vec<CodeFile<'a>>, budget: &mut Budget) -> Self {
        let mut builder = Builder::default();
        for file in &files {
            let tables = builder.read(file.dex, budget);
            builder.tables.push(tables);
        }
        let mut program = builder.finish(files);
        program.read_classes(budget);
        program
    }

    fn read_classes(&mut self, budget: &mut Budget) {
        let mut listed = MAXIMUM_LISTED;
        let files = self.files.clone();
        for (file, CodeFile { dex, .. }) in (0u32..).zip(&files) {
            for (_, row) in dex.classes() {
                if !budget.steps(1) {
                    return;
                }
                let Some(id) = self.type_at(file, row.class) else {
                    continue;
                };
                let position = u32::try_from(self.classes.len()).unwrap_or(NONE);
                match self.class_of.get_mut(id.index()) {
                    Some(slot) if *slot == NONE => *slot = position,
                    _ => continue,
                }
                let interfaces: Box<[TypeId]> = dex
                    .interfaces(&row)
                    .iter()
                    .take(listed)
                    .take_while(|_| budget.steps(1))
                    .filter_map(|index| self.type_at(file, index))
                    .collect();
                listed = listed.saturating_sub(interfaces.len());
                let mut class = Class {
                    id,
                    superclass: row.superclass.and_then(|index| self.type_at(file, index)),
                    interfaces,
                    file,
                    definition: row,
                    methods: Vec::new(),
                    fields: Vec::new(),
                };
                self.read_members(dex, &row, &mut class, budget);
                self.classes.push(class);
            }
        }
    }

    fn read_members(&mut self, dex: &Dex<'a>, row: &ClassDefinition, class: &mut Class, budget: &mut Budget) {
        let Some(data) = dex.class_data(row) else {
            return;
        };
        for member in data.fields() {
            // The walk over the methods passes over the fields once more.
            if !budget.steps(2) {
                return;
            }
            let id = self.field_at(class.file, member.field);
            let Some(id) = id.filter(|id| self.field(*id).class == class.id) else {
                continue;
            };
            if let Some(is_defined) = self.is_field_defined.get_mut(id.index())
                && !std::mem::replace(is_defined, true)
            {
                class.fields.push((id, member.is_static));
            }
        }
        for member in data.methods() {
            if !budget.steps(1) {
                return;
            }
            let id = self.method_at(class.file, member.method);
            let Some(id) = id.filter(|id| self.method(*id).class == class.id) else {
                continue;
            };
            let position = u32::try_from(self.definitions.len()).unwrap_or(NONE);
            match self.definition_of.get_mut(id.index()) {
                Some(slot) if *slot == NONE => *slot = position,
                _ => continue,
            }
            let definition = Definition {
                file: class.file,
                code_offset: member.code_offset,
                access_flags: member.access_flags,
                method_index: member.method,
            };
            self.definitions.push((id, definition));
            class.methods.push(id);
        }
    }
}

/// What is known while the tables are read.
#[derive(Default)]
struct Builder<'a> {
    types: Interner<'a>,
    names: Interner<'a>,
    prototypes: Vec<Prototype>,
    prototype_slots: Slots,
    /// Parameters of all prototypes so far.
    listed: usize,
    /// The method rows of all files: class, then name and prototype.
    methods: Vec<(u32, u64)>,
    /// The field rows of all files: class, then name and type.
    fields: Vec<(u32, u64)>,
    tables: Vec<Tables>,
}

impl<'a> Builder<'a> {
    /// The tables of one file. For methods and fields they hold positions among the rows of all
    /// files, until [`Builder::finish`] numbers these.
    fn read(&mut self, dex: &Dex<'a>, budget: &mut Budget) -> Tables {
        let mut tables = Tables::default();
        for (_, name) in dex.types().take(MAXIMUM_ROWS) {
            let text = budget.steps(1).then(|| dex.string_bytes(name)).flatten();
            let id = text.and_then(|text| self.types.intern(text, budget));
            tables.types.push(id.unwrap_or(NONE));
        }
        self.read_prototypes(dex, &mut tables, budget);
        // Many members share a name.
        let mut names = vec![UNSEEN; dex.string_count() as usize];
        let mut name_id = |index: u32, budget: &mut Budget| {
            let seen = names.get_mut(index as usize)?;
            if *seen == UNSEEN {
                let text = dex.string_bytes(index);
                let id = text.and_then(|text| self.names.intern(text, budget));
                *seen = id.unwrap_or(NONE);
            }
            (*seen != NONE).then_some(*seen)
        };
        for (_, row) in dex.methods().take(MAXIMUM_ROWS) {
            let id = budget
                .steps(1)
                .then(|| {
                    let class = lookup(&tables.types, row.class)?;
                    let prototype = lookup(&tables.prototypes, row.prototype)?;
                    let name = name_id(row.name, budget)?;
                    append(&mut self.methods, (class, join(name, prototype)))
                })
                .flatten();
            tables.methods.push(id.unwrap_or(NONE));
        }
        for (_, row) in dex.fields().take(MAXIMUM_ROWS) {
            let id = budget
                .steps(1)
                .then(|| {
                    let class = lookup(&tables.types, row.class)?;
                    let field_type = lookup(&tables.types, row.field_type)?;
                    let name = name_id(row.name, budget)?;
                    append(&mut self.fields, (class, join(name, field_type)))
                })
                .flatten();
            tables.fields.push(id.unwrap_or(NONE));
        }
        tables
    }

    fn read_prototypes(&mut self, dex: &Dex<'a>, tables: &mut Tables, budget: &mut Budget) {
        let mut parameters: Vec<TypeId> = Vec::new();
        for (_, row) in dex.prototypes().take(MAXIMUM_ROWS) {
            parameters.clear();
            let list = dex.parameters(&row);
            let kept = list.iter().take(MAXIMUM_PARAMETERS);
            let all = kept.map(|index| lookup(&tables.types, index).map(TypeId));
            let is_known = all
                .take_while(|_| budget.steps(1))
                .all(|parameter| parameter.map(|parameter| parameters.push(parameter)).is_some());
            let result = lookup(&tables.types, row.return_type).filter(|_| is_known && budget.steps(1));
            let id = result.and_then(|result| self.prototype(&parameters, TypeId(result), budget));
            tables.prototypes.push(id.unwrap_or(NONE));
        }
    }

    fn prototype(&mut self, parameters: &[TypeId], result: TypeId, budget: &mut Budget) -> Option<u32> {
        let listed = self.listed.saturating_add(parameters.len());
        if listed > MAXIMUM_LISTED {
            return None;
        }
        let new = u32::try_from(self.prototypes.len()).ok()?;
        let known = &self.prototypes;
        let is_same = |number: u32| {
            known
                .get(number as usize)
                .is_some_and(|other| other.result == result && *other.parameters == *parameters)
        };
        let hash = hash(&(parameters, result));
        let number = self.prototype_slots.find_or_add(hash, new, is_same, budget)?;
        if number == new {
            self.listed = listed;
            self.prototypes.push(Prototype {
                parameters: parameters.into(),
                result,
            });
        }
        Some(number)
    }

    fn finish(mut self, files: Vec<CodeFile<'a>>) -> Program<'a> {
        let types = self.types.len();
        let fields = number(&self.fields, types);
        let methods = number(&self.methods, types);
        for tables in &mut self.tables {
            translate(&mut tables.fields, &fields.of_row);
            translate(&mut tables.methods, &methods.of_row);
        }
        let selectors: Vec<(u32, u64)> = methods
            .rows
            .iter()
            .map(|(_, key)| {
                let (name, prototype) = split(*key);
                (name, prototype.into())
            })
            .collect();
        let selectors = number(&selectors, self.names.len());
        let list: Vec<Method> = methods
            .rows
            .iter()
            .zip(&selectors.of_row)
            .map(|((class, key), selector)| {
                let (name, prototype) = split(*key);
                Method {
                    class: TypeId(*class),
                    name: NameId(name),
                    prototype: PrototypeId(prototype),
                    selector: SelectorId(*selector),
                }
            })
            .collect();
        let by_selector = list.iter().map(|method| method.selector.0);
        Program {
            methods_by_selector: Lists::sorted(selectors.rows.len(), by_selector.zip((0..).map(MethodId))),
            methods_by_class: starts(&methods.rows, types),
            fields_by_class: starts(&fields.rows, types),
            selectors: selectors
                .rows
                .iter()
                .map(|(name, prototype)| (NameId(*name), PrototypeId(split(*prototype).1)))
                .collect(),
            fields: fields
                .rows
                .iter()
                .map(|(class, key)| {
                    let (name, field_type) = split(*key);
                    Field {
                        class: TypeId(*class),
                        name: NameId(name),
                        field_type: TypeId(field_type),
                    }
                })
                .collect(),
            classes: Vec::new(),
            class_of: vec![NONE; types],
            definitions: Vec::new(),
            definition_of: vec![NONE; list.len()],
            is_field_defined: vec![false; fields.rows.len()],
            methods: list,
            files,
            tables: self.tables,
            types: self.types,
            names: self.names,
            prototypes: self.prototypes,
            unknown: Prototype {
                parameters: Box::default(),
                result: TypeId(NONE),
            },
        }
    }
}

fn append(rows: &mut Vec<(u32, u64)>, row: (u32, u64)) -> Option<u32> {
    let position = u32::try_from(rows.len()).ok()?;
    rows.push(row);
    Some(position)
}

fn translate(table: &mut [u32], of_row: &[u32]) {
    for entry in table {
        *entry = of_row.get(*entry as usize).copied().unwrap_or(NONE);
    }
}

/// Two numbers as one that sorts by the first, then by the second.
fn join(first: u32, second: u32) -> u64 {
    (u64::from(first) << 32) | u64::from(second)
}

fn split(joined: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = joined.to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

/// Where the rows of each group begin; one more entry holds their end.
fn starts(rows: &[(u32, u64)], groups: usize) -> Vec<u32> {
    let mut starts = Vec::with_capacity(groups.saturating_add(1));
    for (position, (group, _)) in (0u32..).zip(rows) {
        while starts.len() <= *group as usize {
            starts.push(position);
        }
    }
    let end = u32::try_from(rows.len()).unwrap_or(NONE);
    starts.resize(groups.saturating_add(1), end);
    starts
}
