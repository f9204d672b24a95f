//! Where an app talks to, and the keys by which services know it.
//!
//! Hosts, paths below them, keys and the names of fields link apps of one maker to each other. They are
//! gathered from every layer that is read as text, normalised so that equal things are equal, and kept
//! with their places. They are no facts: no rule speaks of them, but for the hosts that rules look for.

pub mod address;
pub mod shape;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::Location;
use super::needles::Needles;
use crate::limits::Limits;
use address::Address;
use shape::Shape;

/// A key that is looked for.
#[derive(Debug, Clone)]
pub struct KeyRule {
    /// Stable name of the sort of key.
    pub kind: String,
    /// Names of `meta-data` in the manifest under which it stands.
    pub meta_data: BTreeSet<String>,
    /// Names of string resources under which it stands.
    pub resources: BTreeSet<String>,
    /// Its forms.
    pub shapes: Vec<Shape>,
    /// Whether a text of that form is the key wherever it stands.
    pub is_telling: bool,
}

impl KeyRule {
    /// The key that `text` is, if it has one of the forms.
    #[must_use]
    pub fn key<'t>(&self, text: &'t str) -> Option<&'t str> {
        let text = text.trim();
        self.shapes
            .iter()
            .any(|shape| shape.is_whole(text))
            .then_some(text)
    }
}

/// What is looked for in texts.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Names of fields.
    pub fields: BTreeSet<String>,
    /// Keys.
    pub keys: Vec<KeyRule>,
    /// Finds the marks of addresses and the beginnings of telling keys in one pass.
    search: Needles,
    /// For each pattern behind the marks of addresses the rule and its form.
    patterns: Vec<(usize, usize)>,
    /// The names of fields once more, for a quick look at each of many texts.
    lookup: FxHashSet<String>,
    /// Length of the longest of them, in bytes.
    longest_field: usize,
    /// The first bytes of telling keys.
    key_starts: Vec<u8>,
    resource_names: FxHashSet<String>,
}

/// What a place in a text may be.
#[derive(Debug, Clone, Copy)]
pub enum Mark<'w> {
    /// The mark of an address.
    Address,
    /// The beginning of a key of this form.
    Key(&'w KeyRule, &'w Shape),
}

/// The marks of addresses.
const ADDRESS_MARKS: [&str; 2] = [address::MARK, address::ESCAPED_MARK];
/// Least length of what a key begins with, to be looked for in texts.
const LEAST_START: usize = 3;

impl Watch {
    /// What is looked for. Keys with short beginnings are not looked for within texts.
    #[must_use]
    pub fn new(fields: BTreeSet<String>, keys: Vec<KeyRule>) -> Self {
        let mut starts: Vec<String> = ADDRESS_MARKS.map(str::to_owned).to_vec();
        let mut patterns = Vec::new();
        for (number, rule) in keys.iter().enumerate().filter(|(_, rule)| rule.is_telling) {
            for (form, shape) in rule.shapes.iter().enumerate() {
                if shape.start().len() >= LEAST_START {
                    starts.push(shape.start().to_owned());
                    patterns.push((number, form));
                }
            }
        }
        let shapes = keys.iter().filter(|rule| rule.is_telling);
        let shapes = shapes.flat_map(|rule| &rule.shapes);
        let mut key_starts: Vec<u8> = shapes.filter_map(|shape| shape.start().bytes().next()).collect();
        key_starts.sort_unstable();
        key_starts.dedup();
        Self {
            lookup: fields.iter().cloned().collect(),
            longest_field: fields.iter().map(String::len).max().unwrap_or_default(),
            fields,
            search: Needles::new(starts),
            patterns,
            key_starts,
            resource_names: keys
                .iter()
                .flat_map(|rule| rule.resources.iter().cloned())
                .collect(),
            keys,
        }
    }

    /// Whether `text` is the name of a field.
    #[must_use]
    pub fn is_field(&self, text: &str) -> bool {
        text.len() <= self.longest_field && self.lookup.contains(text)
    }

    /// The key that is all of `text`, wherever it stands, of each sort whose form it has.
    pub fn telling_keys<'w>(&'w self, text: &'w str) -> impl Iterator<Item = (&'w KeyRule, &'w str)> {
        let first = text.bytes().next();
        let may_be = first.is_some_and(|first| self.key_starts.contains(&first));
        let rules = self.keys.iter().filter(move |rule| may_be && rule.is_telling);
        rules.filter_map(|rule| Some((rule, rule.key(text)?)))
    }

    /// The marks in `text`, and the offsets in bytes at which they stand. Of keys that begin alike all
    /// are given.
    pub fn marks<'w>(&'w self, text: &'w str) -> impl Iterator<Item = (Mark<'w>, usize)> + use<'w> {
        let found = self.search.places(text.as_bytes());
        found.filter_map(|(index, start)| {
            let mark = match index.checked_sub(ADDRESS_MARKS.len()) {
                None => Mark::Address,
                Some(pattern) => {
                    let (rule, form) = self.patterns.get(pattern)?;
                    let rule = self.keys.get(*rule)?;
                    Mark::Key(rule, rule.shapes.get(*form)?)
                }
            };
            Some((mark, start))
        })
    }

    /// Names of string resources under which keys stand.
    pub fn resource_names(&self) -> &FxHashSet<String> {
        &self.resource_names
    }

    /// Forms of keys that are keys wherever they stand.
    pub fn telling_shapes(&self) -> impl Iterator<Item = &Shape> {
        let telling = self.keys.iter().filter(|rule| rule.is_telling);
        telling.flat_map(|rule| &rule.shapes)
    }
}

/// Something that was found, with its places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The first places.
    pub kept: Vec<Location>,
    /// How often it was seen.
    pub count: u64,
}

impl Places {
    fn add(&mut self, place: &Location, limits: &Limits) {
        self.count = self.count.saturating_add(1);
        if self.kept.len() < limits.places_per_host && !self.kept.contains(place) {
            self.kept.push(place.clone());
        }
    }
}

/// A host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Host {
    /// Whether it is an IP address.
    pub is_ip: bool,
    /// The schemes it stands behind, such as `https`; `deep-link` when the app itself answers to it.
    pub schemes: BTreeSet<String>,
    /// Paths below it, numbers and ids replaced.
    pub paths: BTreeSet<String>,
    /// Where it stands.
    pub places: Places,
}

/// All that was found of one app. Iteration is in the order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// Hosts by name, in lower case.
    pub hosts: BTreeMap<String, Host>,
    /// Paths that stand without a host, numbers and ids replaced.
    pub paths: BTreeMap<String, Places>,
    /// Names of fields that are looked for.
    pub fields: BTreeMap<String, Places>,
    /// Keys: the sort, and the key.
    pub keys: BTreeMap<(String, String), Places>,
    /// What did not fit, counted each time it was seen.
    pub dropped: u64,
}

impl Network {
    /// Adds an address.
    pub fn add_address(&mut self, address: &Address, place: &Location, limits: &Limits) {
        let is_known = self.hosts.contains_key(&address.host);
        if !is_known && self.hosts.len() >= limits.hosts {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let host = self.hosts.entry(address.host.clone()).or_default();
        host.is_ip = address.is_ip;
        if !host.schemes.contains(&address.scheme) {
            host.schemes.insert(address.scheme.clone());
        }
        host.places.add(place, limits);
        let Some(path) = &address.path else {
            return;
        };
        if host.paths.len() < limits.paths_per_host {
            host.paths.insert(path.clone());
        } else if !host.paths.contains(path) {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Adds a host whose links the app opens.
    pub fn add_deep_link(&mut self, host: &str, place: &Location, limits: &Limits) {
        let host = host.trim_start_matches("*.");
        if address::is_name(host) {
            let address = Address {
                scheme: "deep-link".to_owned(),
                host: host.to_lowercase(),
                is_ip: false,
                path: None,
            };
            self.add_address(&address, place, limits);
        }
    }

    /// Adds a path without a host.
    pub fn add_path(&mut self, path: String, place: &Location, limits: &Limits) {
        add(
            &mut self.paths,
            path,
            limits.paths,
            place,
            limits,
            &mut self.dropped,
        );
    }

    /// Adds the name of a field.
    pub fn add_field(&mut self, field: &str, place: &Location, limits: &Limits) {
        add(
            &mut self.fields,
            field.to_owned(),
            limits.keys,
            place,
            limits,
            &mut self.dropped,
        );
    }

    /// Adds a key.
    pub fn add_key(&mut self, kind: &str, key: &str, place: &Location, limits: &Limits) {
        let key = (kind.to_owned(), key.to_owned());
        add(&mut self.keys, key, limits.keys, place, limits, &mut self.dropped);
    }
}

fn add<K: Ord>(
    map: &mut BTreeMap<K, Places>,
    key: K,
    most: usize,
    place: &Location,
    limits: &Limits,
    dropped: &mut u64,
) {
    if map.len() < most || map.contains_key(&key) {
        map.entry(key).or_default().add(place, limits);
    } else {
        *dropped = dropped.saturating_add(1);
    }
}
