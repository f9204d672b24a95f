//! The flow models in `flows/*.toml`, and what the vocabulary says of provider addresses, put
//! together for the harvest analysis.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::load::{Files, LoadError};
use super::schema::{Reference, VocabularyFile};
use crate::harvest::models::{
    Address, Delivery, Hop, Invocation, MethodModel, ModelError, Models, Opening, Position, Read, Rule, Sink,
    Source, Store,
};

/// By class descriptor, then by method name or `name(prototype)`.
type ByMethod<T> = BTreeMap<String, BTreeMap<String, T>>;

/// `flows/*.toml`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FlowFile {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// Equals the file name.
    pub id: Spanned<String>,
    /// What the models have in common.
    pub title: String,
    /// What the reader should know about them.
    pub description: String,
    /// Where the methods are documented.
    pub references: Vec<Reference>,
    /// Direct supertypes of classes that are not in the app.
    #[serde(default)]
    pub subtypes: BTreeMap<String, Vec<String>>,
    /// What flows where.
    #[serde(default)]
    pub flows: ByMethod<Vec<String>>,
    /// Where data leaves.
    #[serde(default)]
    pub sinks: ByMethod<SinkRow>,
    /// Where data comes in.
    #[serde(default)]
    pub sources: ByMethod<SourceRow>,
    /// Arguments of callbacks that bring data in.
    #[serde(default)]
    pub callback_sources: ByMethod<SourceRow>,
    /// What streams, writers and connections are attached to, by `Lclass;->method`.
    #[serde(default)]
    pub opens: BTreeMap<String, String>,
    /// Callbacks that calls make.
    #[serde(default)]
    pub invokes: ByMethod<Vec<String>>,
    /// Hops between callbacks of an object.
    #[serde(default)]
    pub passes: ByMethod<Hops>,
    /// Methods the framework calls.
    #[serde(default)]
    pub callbacks: BTreeMap<String, Vec<String>>,
    /// Calls that read a provider.
    #[serde(default)]
    pub reads: ByMethod<ReadRow>,
    /// Calls that keep or give back a named value.
    #[serde(default)]
    pub stores: ByMethod<StoreRow>,
    /// Calls that send an intent: the argument that holds it.
    #[serde(default)]
    pub deliveries: ByMethod<String>,
    /// What the kinds of the vocabulary say of an address.
    #[serde(default)]
    pub addresses: BTreeMap<String, AddressRow>,
    /// Classes whose subclasses the framework or a library makes by itself.
    #[serde(default)]
    pub made: Vec<String>,
    /// Names by which an address may be put together at run time.
    #[serde(default)]
    pub authorities: Vec<String>,
    /// Permissions without which the data cannot be read, with what they open.
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    /// Texts that open the system's picker, with what is picked.
    #[serde(default)]
    pub pickers: BTreeMap<String, String>,
}

impl FlowFile {
    /// The methods that the file says something of which holds once: table, class and method.
    pub(super) fn methods(&self) -> impl Iterator<Item = (&'static str, &str, &str)> {
        type Rows<'t> = Vec<(&'static str, &'t str, &'t str)>;
        fn of<'t, T>(name: &'static str, table: &'t ByMethod<T>) -> Rows<'t> {
            let rows = table
                .iter()
                .flat_map(|(class, methods)| methods.keys().map(move |method| (class, method)));
            rows.map(|(class, method)| (name, class.as_str(), method.as_str()))
                .collect()
        }
        let opens = self.opens.keys().filter_map(|method| method.split_once("->"));
        [
            of("flows", &self.flows),
            of("sinks", &self.sinks),
            of("sources", &self.sources),
            of("callback-sources", &self.callback_sources),
            of("reads", &self.reads),
            of("stores", &self.stores),
            of("deliveries", &self.deliveries),
            of("invokes", &self.invokes),
        ]
        .into_iter()
        .flatten()
        .chain(opens.map(|(class, method)| ("opens", class, method)))
    }
}

/// A sink.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinkRow {
    sink: String,
    from: Vec<String>,
}

/// A source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRow {
    data: String,
    at: Vec<String>,
}

/// One hop or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "one or several")]
pub enum Hops {
    One(String),
    Several(Vec<String>),
}

/// A call that reads a provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadRow {
    address: String,
    selection: Option<String>,
    at: String,
    callback: Option<String>,
}

/// A call that keeps a value or gives it back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreRow {
    kind: String,
    name: String,
    value: String,
    writes: bool,
}

/// What an address of a kind stands for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressRow {
    data: String,
    lookup: bool,
}

/// Puts the models together.
///
/// # Errors
/// The first rule that cannot be read; the place is that of its text in the file.
pub fn build(
    files: &BTreeMap<String, FlowFile>,
    vocabulary: &BTreeMap<String, VocabularyFile>,
    texts: &Files,
) -> Result<Models, LoadError> {
    let mut models = Models::default();
    for (path, file) in files {
        add(&mut models, file).map_err(|error| {
            let text = texts.get(path).map(String::as_str).unwrap_or_default();
            let start = text.find(&format!("\"{}\"", error.text)).unwrap_or(0);
            LoadError::at(path, text, start..start, error.to_string())
        })?;
    }
    let addresses: BTreeMap<&str, Address> = files
        .values()
        .flat_map(|file| &file.addresses)
        .map(|(kind, row)| {
            let address = Address {
                data: row.data.clone(),
                is_lookup: row.lookup,
            };
            (kind.as_str(), address)
        })
        .collect();
    for entry in vocabulary.values().flat_map(|file| &file.entry) {
        let entry = entry.get_ref();
        let Some(address) = addresses.get(entry.kind.as_str()) else {
            continue;
        };
        if let Some(field) = &entry.field {
            models.address_fields.insert(field.clone(), address.clone());
        }
        if let Some(method) = &entry.method {
            models.address_methods.insert(method.clone(), address.clone());
        }
        if let Some(uri) = &entry.uri {
            models.address_texts.insert(uri.clone(), address.clone());
        }
    }
    Ok(models)
}

/// Reads models for tests and experiments from a file of the same form, and adds them.
///
/// # Errors
/// As [`build`].
pub fn extend(models: &mut Models, name: &str, text: &str) -> Result<(), LoadError> {
    let file: FlowFile = toml::from_str(text)
        .map_err(|error| LoadError::at(name, text, error.span().unwrap_or(0..0), error.message()))?;
    add(models, &file).map_err(|error| LoadError::at(name, text, 0..0, error.to_string()))
}

fn positions(texts: &[String]) -> Result<Vec<Position>, ModelError> {
    texts.iter().map(|text| Position::parse(text)).collect()
}

fn source(row: &SourceRow) -> Result<Source, ModelError> {
    Ok(Source {
        data: row.data.clone(),
        at: positions(&row.at)?,
    })
}

/// Calls `set` for the model of every method in a table.
fn each<T>(
    models: &mut Models,
    table: &ByMethod<T>,
    mut set: impl FnMut(&mut MethodModel, &T) -> Result<(), ModelError>,
) -> Result<(), ModelError> {
    for (class, methods) in table {
        for (method, row) in methods {
            set(models.method(class, method), row)?;
        }
    }
    Ok(())
}

fn add(models: &mut Models, file: &FlowFile) -> Result<(), ModelError> {
    for (class, above) in &file.subtypes {
        let known = models.subtypes.entry(class.clone()).or_default();
        for one in above {
            if !known.contains(one) {
                known.push(one.clone());
            }
        }
    }
    each(models, &file.flows, |model, rules| {
        let rules: Vec<Rule> = rules
            .iter()
            .map(|rule| Rule::parse(rule))
            .collect::<Result<_, _>>()?;
        model.flows.get_or_insert_default().extend(rules);
        Ok(())
    })?;
    each(models, &file.sinks, |model, row| {
        model.sink = Some(Sink {
            kind: row.sink.clone(),
            from: positions(&row.from)?,
        });
        Ok(())
    })?;
    each(models, &file.sources, |model, row| {
        model.source = Some(source(row)?);
        Ok(())
    })?;
    each(models, &file.invokes, |model, rows| {
        for row in rows {
            model.invokes.push(Invocation::parse(row)?);
        }
        Ok(())
    })?;
    each(models, &file.reads, |model, row| {
        model.read = Some(Read {
            address: Position::parse(&row.address)?,
            selection: row.selection.as_deref().map(Position::parse).transpose()?,
            at: Position::parse(&row.at)?,
            callback: row.callback.as_deref().map(Hop::parse).transpose()?,
        });
        Ok(())
    })?;
    each(models, &file.stores, |model, row| {
        model.store = Some(Store {
            kind: row.kind.clone(),
            name: Position::parse(&row.name)?,
            value: Position::parse(&row.value)?,
            writes: row.writes,
        });
        Ok(())
    })?;
    each(models, &file.deliveries, |model, intent| {
        let intent = Position::parse(intent)?;
        model.delivery = Some(Delivery { intent });
        Ok(())
    })?;
    add_of_classes(models, file)
}

fn add_of_classes(models: &mut Models, file: &FlowFile) -> Result<(), ModelError> {
    for (method, opens) in &file.opens {
        let Some((class, name)) = method.split_once("->") else {
            return Err(ModelError {
                text: method.clone(),
                problem: "a method is written Lclass;->name",
            });
        };
        models.method(class, name).opens = Some(Opening::parse(opens)?);
    }
    for (class, methods) in &file.callback_sources {
        for (method, row) in methods {
            let source = source(row)?;
            models
                .class(class)
                .callback_sources
                .insert(method.clone(), source);
        }
    }
    for (class, methods) in &file.passes {
        for (method, hops) in methods {
            let hops = match hops {
                Hops::One(hop) => std::slice::from_ref(hop),
                Hops::Several(hops) => hops,
            };
            let hops: Vec<Hop> = hops.iter().map(|hop| Hop::parse(hop)).collect::<Result<_, _>>()?;
            let known = models.class(class).passes.entry(method.clone()).or_default();
            known.extend(hops);
        }
    }
    for (class, callbacks) in &file.callbacks {
        models.class(class).callbacks.extend(callbacks.iter().cloned());
    }
    models.picker_texts.extend(file.pickers.clone());
    models.permissions.extend(file.permissions.clone());
    models.authorities.extend(file.authorities.iter().cloned());
    models.made.extend(file.made.iter().cloned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signatures::embedded_files;

    const FILE: &str = r#"
schema = 1
id = "test"
title = "Test"
description = "Test."
references = []

[flows."La;"]
good = ["this -> return"]
"#;

    fn built(more: &str) -> Result<Models, LoadError> {
        let text = format!("{FILE}{more}");
        let files = BTreeMap::from([("flows/test.toml".to_owned(), toml::from_str(&text).unwrap())]);
        let texts = Files::from([("flows/test.toml".to_owned(), text)]);
        build(&files, &BTreeMap::new(), &texts)
    }

    #[test]
    fn a_mistake_is_shown_at_its_place() {
        assert!(built("").unwrap().classes.contains_key("La;"));
        for (wrong, column) in [
            ("wrong = [\"this return\"]", 10),
            ("wrong = [\"1 -> return\", \"5x -> return\"]", 25),
            ("[invokes.\"La;\"]\nwrong = [\"run()\"]", 10),
            ("[opens]\n\"no arrow\" = \"memory\"", 1),
            ("[opens]\n\"La;->b\" = \"file x\"", 12),
            ("[deliveries.\"La;\"]\nwrong = \"zz\"", 9),
        ] {
            let error = built(wrong).unwrap_err();
            let line = FILE.lines().count() + wrong.lines().count();
            assert_eq!((error.line, error.column), (line, column), "{error}");
            assert_eq!(error.file, "flows/test.toml");
        }
    }

    #[test]
    fn more_models_are_added_to_those_that_are_there() {
        let mut models = built("").unwrap();
        extend(&mut models, "more", &FILE.replace("good", "better")).unwrap();
        assert_eq!(models.classes["La;"].methods.len(), 2);
        assert!(extend(&mut models, "more", "schema = ").is_err());
    }

    fn embedded() -> BTreeMap<String, FlowFile> {
        let files = embedded_files()
            .into_iter()
            .filter(|(path, _)| path.starts_with("flows/"));
        files
            .map(|(path, text)| (path, toml::from_str(&text).unwrap()))
            .collect()
    }

    #[test]
    fn every_embedded_file_is_read() {
        let files = embedded();
        assert!(files.len() > 20);
        for (path, file) in &files {
            let one = BTreeMap::from([(path.clone(), file.clone())]);
            if let Err(error) = build(&one, &BTreeMap::new(), &Files::new()) {
                panic!("{path}: {error}");
            }
            assert_eq!(path, &format!("flows/{}.toml", file.id.get_ref()));
        }
    }
}
