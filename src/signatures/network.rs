//! `network/*.toml`: hosts that many apps name, keys by which services know an app, names of fields that
//! carry personal data, and native libraries that many apps carry.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::load::{Files, LoadError};
use super::schema::Reference;
use super::sdk::names;
use crate::facts::interest::EntryPattern;
use crate::facts::network::shape::Shape;
use crate::facts::network::{KeyRule, Watch};

/// Path of the hosts within the set.
pub const HOSTS: &str = "network/hosts.toml";
/// Path of the keys within the set.
pub const KEYS: &str = "network/keys.toml";
/// Path of the names of fields within the set.
pub const FIELDS: &str = "network/fields.toml";
/// Path of the native libraries within the set.
pub const LIBRARIES: &str = "network/libraries.toml";

names! {
    /// Whose a host is, when it says nothing of the maker of the app that names it.
    HostClass {
        /// A name of a format or namespace, to which nothing is sent.
        Standard = "standard",
        /// The platform, its makers and those of phones.
        Platform = "platform",
        /// A store.
        Store = "store",
        /// A social network or messenger.
        Social = "social",
        /// A service for apps.
        Sdk = "sdk",
        /// Pages that texts point to.
        Documentation = "documentation",
        /// A certificate authority.
        Certificate = "certificate",
        /// Rented servers: the host itself belongs to whoever rents it.
        Cloud = "cloud",
        /// A name used in examples.
        Placeholder = "placeholder",
    }
}

impl HostClass {
    /// Whether such a host says nothing of who runs the app.
    #[must_use]
    pub fn is_common(self) -> bool {
        self != Self::Cloud
    }
}

/// What every file of the folder states.
macro_rules! file {
    ($(#[$doc:meta])* $type:ident { $(#[$inner:meta])* $field:ident: $row:ty }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $type {
            /// Schema number.
            pub schema: Spanned<u32>,
            /// Equals the file name.
            pub id: Spanned<String>,
            /// What it holds.
            pub title: String,
            /// What it is for.
            pub description: String,
            /// Where the facts were read.
            pub references: Vec<Reference>,
            $(#[$inner])*
            pub $field: Vec<Spanned<$row>>,
        }
    };
}

file! {
    /// `network/hosts.toml`.
    HostsFile {
        /// The groups.
        group: HostGroup
    }
}

file! {
    /// `network/keys.toml`.
    KeysFile {
        /// The sorts of keys.
        key: Key
    }
}

file! {
    /// `network/fields.toml`.
    FieldsFile {
        /// The groups.
        group: FieldGroup
    }
}

file! {
    /// `network/libraries.toml`.
    LibrariesFile {
        /// The groups.
        group: LibraryGroup
    }
}

/// Hosts of one class.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HostGroup {
    /// Their class.
    pub class: HostClass,
    /// Whose they are.
    pub owner: String,
    /// The hosts; those below them are meant as well.
    pub hosts: BTreeSet<String>,
}

/// A sort of key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Key {
    /// Stable name.
    pub kind: String,
    /// What it is.
    pub title: String,
    /// Names of `meta-data` under which it stands.
    #[serde(default)]
    pub meta_data: BTreeSet<String>,
    /// Names of string resources under which it stands.
    #[serde(default)]
    pub resource: BTreeSet<String>,
    /// Its forms, see [`Shape`].
    pub shape: Vec<String>,
    /// Whether a text of one of the forms is the key wherever it stands.
    #[serde(default)]
    pub telling: bool,
}

/// Names of fields for one kind of data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FieldGroup {
    /// The kind of data.
    pub data: String,
    /// The names.
    pub names: BTreeSet<String>,
}

/// Native libraries of one origin.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LibraryGroup {
    /// Whose they are.
    pub owner: String,
    /// Their file names, each with at most one `*` at its beginning or end.
    pub names: BTreeSet<String>,
}

/// The files of the folder, read.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// Hosts.
    pub hosts: Option<HostsFile>,
    /// Keys.
    pub keys: Option<KeysFile>,
    /// Fields.
    pub fields: Option<FieldsFile>,
    /// Native libraries.
    pub libraries: Option<LibrariesFile>,
}

/// What is known of hosts, keys, fields and libraries.
#[derive(Debug, Clone, Default)]
pub struct Known {
    hosts: BTreeMap<String, (HostClass, String)>,
    titles: BTreeMap<String, String>,
    fields: BTreeMap<String, String>,
    libraries: Vec<EntryPattern>,
}

impl Known {
    /// Native libraries that many apps carry.
    pub fn libraries(&self) -> impl Iterator<Item = &EntryPattern> {
        self.libraries.iter()
    }

    /// The class of `host` and whose it is; `None` for a host that is not listed.
    #[must_use]
    pub fn host(&self, host: &str) -> Option<(HostClass, &str)> {
        let mut rest = host;
        loop {
            if let Some((class, owner)) = self.hosts.get(rest) {
                return Some((*class, owner));
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// What a sort of key is, in English.
    #[must_use]
    pub fn title(&self, kind: &str) -> Option<&str> {
        self.titles.get(kind).map(String::as_str)
    }

    /// The data that a field of this name carries.
    #[must_use]
    pub fn data(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }
}

/// What is known, and what is looked for.
///
/// # Errors
/// A host, key, field or library that is listed twice, a form that cannot be used.
pub fn build(parsed: Parsed, files: &Files) -> Result<(Known, Watch), LoadError> {
    let mut known = Known::default();
    let (mut rules, mut fields) = (Vec::new(), BTreeSet::new());
    let text = |path: &str| files.get(path).map(String::as_str).unwrap_or_default();
    for group in parsed.hosts.into_iter().flat_map(|file| file.group) {
        let (span, group) = (group.span(), group.into_inner());
        for host in group.hosts {
            let row = (group.class, group.owner.clone());
            if host != host.to_lowercase() {
                let problem = format!("`{host}` is not in lower case");
                return Err(LoadError::at(HOSTS, text(HOSTS), span, problem));
            }
            if known.hosts.insert(host.clone(), row).is_some() {
                let problem = format!("`{host}` is listed twice");
                return Err(LoadError::at(HOSTS, text(HOSTS), span, problem));
            }
        }
    }
    for key in parsed.keys.into_iter().flat_map(|file| file.key) {
        let (span, key) = (key.span(), key.into_inner());
        let rule = rule(&key).map_err(|problem| LoadError::at(KEYS, text(KEYS), span.clone(), problem))?;
        rules.push(rule);
        if known.titles.insert(key.kind.clone(), key.title).is_some() {
            let problem = format!("`{}` is listed twice", key.kind);
            return Err(LoadError::at(KEYS, text(KEYS), span, problem));
        }
    }
    for group in parsed.fields.into_iter().flat_map(|file| file.group) {
        let (span, group) = (group.span(), group.into_inner());
        for name in group.names {
            fields.insert(name.clone());
            if known.fields.insert(name.clone(), group.data.clone()).is_some() {
                let problem = format!("`{name}` is listed twice");
                return Err(LoadError::at(FIELDS, text(FIELDS), span, problem));
            }
        }
    }
    known.libraries = libraries(parsed.libraries, text(LIBRARIES))?;
    Ok((known, Watch::new(fields, rules)))
}

/// The patterns of the file; `text` is what it holds.
fn libraries(file: Option<LibrariesFile>, text: &str) -> Result<Vec<EntryPattern>, LoadError> {
    let mut names = BTreeSet::new();
    for group in file.into_iter().flat_map(|file| file.group) {
        let (span, group) = (group.span(), group.into_inner());
        for name in group.names {
            let stem = name.strip_prefix('*').or_else(|| name.strip_suffix('*'));
            let stem = stem.unwrap_or(&name);
            if stem.is_empty() || stem.contains(['*', '/']) {
                let problem =
                    format!("`{name}` is no file name with at most one `*` at its beginning or end");
                return Err(LoadError::at(LIBRARIES, text, span, problem));
            }
            if !names.insert(name.clone()) {
                let problem = format!("`{name}` is listed twice");
                return Err(LoadError::at(LIBRARIES, text, span, problem));
            }
        }
    }
    Ok(names.iter().map(|name| EntryPattern::new(name)).collect())
}

fn rule(key: &Key) -> Result<KeyRule, String> {
    let shapes = key
        .shape
        .iter()
        .map(|shape| Shape::parse(shape).map_err(|error| format!("`{shape}`: {error}")))
        .collect::<Result<Vec<Shape>, String>>()?;
    if shapes.is_empty() {
        return Err("a key needs a form".to_owned());
    }
    if key.telling && shapes.iter().any(|shape| shape.start().len() < 2) {
        return Err("a telling key begins with a text of its own".to_owned());
    }
    Ok(KeyRule {
        kind: key.kind.clone(),
        meta_data: key.meta_data.clone(),
        resources: key.resource.clone(),
        shapes,
        is_telling: key.telling,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(hosts: &str) -> Result<Known, LoadError> {
        let text =
            format!("schema = 1\nid = \"hosts\"\ntitle = \"\"\ndescription = \"\"\nreferences = []\n{hosts}");
        let parsed = Parsed {
            hosts: Some(toml::from_str(&text).unwrap()),
            ..Parsed::default()
        };
        let files = Files::from([(HOSTS.to_owned(), text)]);
        build(parsed, &files).map(|(known, _)| known)
    }

    fn group(class: &str, hosts: &str) -> String {
        format!("[[group]]\nclass = \"{class}\"\nowner = \"{class}s\"\nhosts = [{hosts}]\n")
    }

    #[test]
    fn the_longest_listed_host_counts() {
        let text = group("platform", "\"google.com\"") + &group("store", "\"play.google.com\"");
        let known = known(&text).unwrap();
        for (host, expected) in [
            ("google.com", Some(HostClass::Platform)),
            ("a.google.com", Some(HostClass::Platform)),
            ("play.google.com", Some(HostClass::Store)),
            ("x.play.google.com", Some(HostClass::Store)),
            ("notgoogle.com", None),
            ("com", None),
        ] {
            assert_eq!(known.host(host).map(|(class, _)| class), expected, "{host}");
        }
    }

    #[test]
    fn a_host_listed_twice_is_a_mistake_with_its_place() {
        let text = group("sdk", "\"a.test\"") + &group("social", "\"a.test\"");
        let error = known(&text).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), (HOSTS, 10), "{error}");
        assert!(known(&group("sdk", "\"A.test\"")).is_err());
    }

    #[test]
    fn libraries_are_patterns_of_file_names_each_listed_once() {
        let read = |groups: &[&str]| {
            let mut text =
                "schema = 1\nid = \"libraries\"\ntitle = \"\"\ndescription = \"\"\nreferences = []\n"
                    .to_owned();
            for names in groups {
                text.push_str("[[group]]\nowner = \"o\"\nnames = [");
                text.push_str(names);
                text.push_str("]\n");
            }
            libraries(Some(toml::from_str(&text).unwrap()), &text)
        };
        let found = read(&["\"libb.so\", \"liba*\"", "\"*c.so\""]).unwrap();
        let knows = |name: &str| found.iter().any(|pattern| pattern.matches(name));
        assert!(knows("libb.so") && knows("liba1.so") && knows("libabc.so") && !knows("libb2.so"));
        for (groups, line) in [
            (&["\"libb.so\"", "\"libb.so\""][..], 9),
            (&["\"*\""], 6),
            (&["\"a*b\""], 6),
            (&["\"lib/a.so\""], 6),
        ] {
            let error = read(groups).unwrap_err();
            assert_eq!((error.file.as_str(), error.line), (LIBRARIES, line), "{error}");
        }
    }

    #[test]
    fn a_telling_key_needs_a_beginning() {
        let key = |shape: &str, telling| Key {
            kind: "k".to_owned(),
            title: String::new(),
            meta_data: BTreeSet::new(),
            resource: BTreeSet::new(),
            shape: vec![shape.to_owned()],
            telling,
        };
        assert!(rule(&key("{hex:32}", true)).is_err());
        assert!(rule(&key("{hex:32}", false)).is_ok() && rule(&key("ab{hex:32}", true)).is_ok());
        assert!(rule(&key("{hex}a", false)).is_err());
    }
}
