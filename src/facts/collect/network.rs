//! Hosts, paths, fields and keys, from every layer that is read as text.
//!
//! Each table is asked for what it can tell cheaply: sorted string tables by how strings begin, the names
//! of resources and of meta-data by whether they are wanted, text files by the marks `://` and the
//! beginnings of keys. Of string literals only those are read that begin with an address, a path or a key;
//! of the constants of compiled programs and native libraries, which have no order, each is looked at.

use super::Collector;
use super::manifest::kind_name;
use crate::facts::network::address::{
    Address, MARK, SOCKET_STARTS, WEB_STARTS, address_around, addresses, interface_path,
};
use crate::facts::network::shape::Shape;
use crate::facts::network::{Mark, Watch};
use crate::facts::{DexTable, Location};
use crate::formats::arsc::Table;
use crate::formats::dex::Dex;
use crate::limits::{Limits, clip};
use crate::manifest::{Manifest, MetaData};

/// Bytes of a string that are read for addresses.
const REACH: usize = 4 << 10;
/// How literals begin that may be the path of a programming interface.
const PATH_STARTS: [&str; 5] = ["/", "api/", "v1/", "v2/", "v3/"];

impl Collector<'_> {
    /// Collects keys of meta-data, and the hosts whose links the app opens.
    pub(super) fn add_manifest_network(&mut self, manifest: &Manifest) {
        for meta_data in &manifest.meta_data {
            self.add_meta_data_key(meta_data);
        }
        for component in &manifest.components {
            for meta_data in &component.meta_data {
                self.add_meta_data_key(meta_data);
            }
            for filter in &component.intent_filters {
                let place = self.at(kind_name(component.kind), filter.place);
                for host in &filter.hosts {
                    self.network.add_deep_link(host, &place, self.limits);
                }
            }
        }
    }

    fn add_meta_data_key(&mut self, meta_data: &MetaData) {
        let Some(value) = &meta_data.value else {
            return;
        };
        let place = self.at("meta-data", meta_data.place);
        for rule in &self.interest.network.keys {
            if rule.meta_data.contains(&meta_data.name)
                && let Some(key) = rule.key(value)
            {
                self.network.add_key(&rule.kind, key, &place, self.limits);
            }
        }
        self.add_addresses(value, &place);
    }

    /// Collects the keys among the string resources, under their names.
    pub(super) fn add_resource_keys(&mut self, table: &Table<'_>) {
        let wanted = self.interest.network.resource_names();
        for (name, value) in table.strings_named(wanted, &mut self.budget) {
            let place = Location::Resource {
                kind: "string".to_owned(),
                name: name.to_string(),
                locale: String::new(),
                file: self.resources_file.clone(),
            };
            self.add_resource_key(&name, &value, &place);
        }
    }

    /// Collects the keys in the text `value` of the string resource `name` of the default locale.
    pub(super) fn add_resource_key(&mut self, name: &str, value: &str, place: &Location) {
        for rule in &self.interest.network.keys {
            if rule.resources.contains(name)
                && let Some(key) = rule.key(value)
            {
                self.network.add_key(&rule.kind, key, place, self.limits);
            }
        }
    }

    /// Collects the addresses in `text`, which stands at `place`.
    pub(super) fn add_addresses(&mut self, text: &str, place: &Location) {
        for (_, address) in addresses(clip(text, REACH)) {
            self.network.add_address(&address, place, self.limits);
        }
    }

    /// Collects from the literals of a dex file.
    pub(super) fn add_dex_network(&mut self, name: &str, dex: &Dex<'_>) {
        if !dex.is_sorted() {
            self.add_unsorted_dex_network(name, dex);
            return;
        }
        for start in literal_starts() {
            for index in dex.strings_starting_with(start) {
                if !self.budget.steps(1) {
                    return;
                }
                self.add_literal_network(name, dex, index);
            }
        }
        let interest = self.interest;
        for shape in interest.network.telling_shapes() {
            for index in dex.strings_starting_with(shape.start()) {
                if !self.budget.steps(1) {
                    return;
                }
                self.add_literal_network(name, dex, index);
            }
        }
        for field in &interest.network.fields {
            if let Some(index) = dex.find_string(field) {
                let place = string_at(name, index);
                self.network.add_field(field, &place, self.limits);
            }
        }
    }

    /// The same from a table without order, in one walk.
    fn add_unsorted_dex_network(&mut self, name: &str, dex: &Dex<'_>) {
        if !self.budget.steps(dex.string_count().into()) {
            return;
        }
        let interest = self.interest;
        let mut starts: Vec<&[u8]> = literal_starts().map(str::as_bytes).collect();
        let keys = interest.network.telling_shapes().map(Shape::start);
        starts.extend(keys.map(str::as_bytes));
        for (index, text) in dex.strings() {
            if starts.iter().any(|start| text.starts_with(start)) {
                self.add_literal_network(name, dex, index);
            }
            let field = std::str::from_utf8(text).ok();
            if let Some(field) = field.filter(|field| interest.network.fields.contains(*field)) {
                let place = string_at(name, index);
                self.network.add_field(field, &place, self.limits);
            }
        }
    }

    /// Collects from one literal that begins like an address, a path or a key.
    fn add_literal_network(&mut self, name: &str, dex: &Dex<'_>, index: u32) {
        let Some(text) = dex.string(index) else {
            return;
        };
        let text = clip(&text, REACH);
        let place = string_at(name, index);
        if text.contains(MARK) {
            self.add_addresses(text, &place);
        } else if let Some(path) = interface_path(text) {
            self.network.add_path(path, &place, self.limits);
        }
        for (rule, key) in self.interest.network.telling_keys(text) {
            self.network.add_key(&rule.kind, key, &place, self.limits);
        }
    }

    /// Collects from a constant of a compiled program, which stands at `offset` of the entry `name`, in
    /// bytes: a path, the name of a field, and, unless it `is_searched` as a text is, addresses and a key.
    pub(super) fn add_constant(
        &mut self,
        text: &str,
        (name, offset): (&str, u64),
        is_searched: bool,
        limits: &Limits,
    ) {
        let interest = self.interest;
        let place = || Location::Entry {
            name: name.to_owned(),
            offset: Some(offset),
        };
        if interest.network.is_field(text) {
            self.network.add_field(text, &place(), limits);
        }
        let text = clip(text, REACH);
        // Few constants hold a colon, and one byte is found faster than three.
        let is_address = memchr::memchr(b':', text.as_bytes()).is_some() && text.contains(MARK);
        if !is_address {
            let is_path = PATH_STARTS.iter().any(|start| text.starts_with(start));
            if let Some(path) = Some(text).filter(|_| is_path).and_then(interface_path) {
                self.network.add_path(path, &place(), limits);
            }
        }
        if is_searched {
            return;
        }
        if is_address {
            for (_, address) in addresses(text) {
                self.network.add_address(&address, &place(), limits);
            }
        }
        for (rule, key) in interest.network.telling_keys(text) {
            self.network.add_key(&rule.kind, key, &place(), limits);
        }
    }

    /// Adds what [`seen_in`] found at `place`.
    pub(super) fn add_seen(&mut self, seen: &Seen, place: &Location) {
        match seen {
            Seen::Address(address) => self.network.add_address(address, place, self.limits),
            Seen::Key(kind, key) => self.network.add_key(kind, key, place, self.limits),
        }
    }
}

/// Something seen in a text.
#[derive(Debug)]
pub(super) enum Seen {
    /// An address.
    Address(Address),
    /// A key, its sort first.
    Key(String, String),
}

/// The addresses and keys in a text, and the offsets in bytes at which they begin.
pub(super) fn seen_in(text: &str, watch: &Watch) -> Vec<(usize, Seen)> {
    let mut seen = Vec::new();
    for (mark, at) in watch.marks(text) {
        match mark {
            Mark::Address => {
                let found = address_around(text, at);
                seen.extend(found.map(|(at, address)| (at, Seen::Address(address))));
            }
            Mark::Key(rule, shape) => {
                let before = text.get(..at).and_then(|before| before.bytes().last());
                let is_inside = before.is_some_and(|byte| byte.is_ascii_alphanumeric());
                let rest = text.get(at..).unwrap_or_default();
                let key = shape.match_start(rest).and_then(|length| rest.get(..length));
                if let Some(key) = key.filter(|_| !is_inside) {
                    seen.push((at, Seen::Key(rule.kind.clone(), key.to_owned())));
                }
            }
        }
    }
    seen
}

/// How literals begin that may be an address or a path.
fn literal_starts() -> impl Iterator<Item = &'static str> {
    let addresses = WEB_STARTS.into_iter().chain(SOCKET_STARTS);
    addresses.chain(PATH_STARTS)
}

fn string_at(dex: &str, index: u32) -> Location {
    Location::DexTable {
        dex: dex.to_owned(),
        table: DexTable::Strings,
        index,
    }
}
