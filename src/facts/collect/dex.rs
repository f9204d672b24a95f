//! Facts of a dex file's identifier tables and string literals.
//!
//! Only what the rules look for is looked up, by binary search in the sorted tables; the only walk
//! over everything is the one over the strings that are no names, for words. A literal that is
//! spelled like some name of the same dex file shares its slot and is left out of that walk.
//! Watched literals such as provider addresses are found by how they begin.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::package::ClassCount;
use super::packing::Bodies;
use super::{Collector, hit_fact};
use crate::anomaly::AnomalyKind;
use crate::facts::interest::{Member, host_of};
use crate::facts::layers::LayerName;
use crate::facts::network::address::WEB_STARTS;
use crate::facts::{DexTable, Fact, FactKind, Location, Opaque};
use crate::formats::dex::{Dex, Method, StringSet, mutf8};

/// Rows of one table whose uses in the code are located, with the fact they stand for. Nearly all
/// references of the code are to other rows, so a bitmap answers before the map is asked.
#[derive(Debug)]
pub(super) struct Rows {
    bits: StringSet,
    facts: BTreeMap<u32, Fact>,
}

impl Rows {
    fn new(count: u32) -> Self {
        Self {
            bits: StringSet::new(count),
            facts: BTreeMap::new(),
        }
    }

    fn insert(&mut self, index: u32, fact: Fact) {
        self.bits.insert(index);
        self.facts.insert(index, fact);
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> Option<&Fact> {
        if self.bits.contains(index) {
            self.facts.get(&index)
        } else {
            None
        }
    }
}

/// The rows of the tables whose uses in the code are located.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) strings: Rows,
    pub(super) fields: Rows,
    pub(super) methods: Rows,
}

impl Located {
    fn new(dex: &Dex<'_>) -> Self {
        Self {
            strings: Rows::new(dex.string_count()),
            fields: Rows::new(dex.field_count()),
            methods: Rows::new(dex.method_count()),
        }
    }

    /// Whether a provider is named; calls that read any provider are no reason for a walk.
    fn name_provider(&self) -> bool {
        let is_of_provider = |fact: &Fact| fact.value.starts_with("Landroid/provider/");
        !self.strings.facts.is_empty()
            || !self.fields.facts.is_empty()
            || self.methods.facts.values().any(is_of_provider)
    }
}

impl Collector<'_> {
    /// Collects from one dex entry of `size` inflated bytes, called `name` in locations.
    /// `components` are the descriptors of classes the manifest names and no earlier dex file
    /// defines; those found are taken out. The code is walked when `walk` is set and the tables
    /// name something whose uses are located.
    pub fn add_dex(
        &mut self,
        name: &str,
        data: &[u8],
        components: &mut Vec<String>,
        walk: bool,
    ) -> ClassCount {
        let files = self.parse_dex(name, data);
        self.add_dex_files(name, &files, components, walk)
    }

    /// Reads the dex files of one entry, without facts; none when it cannot be read.
    pub fn parse_dex<'d>(&mut self, name: &str, data: &'d [u8]) -> Vec<Dex<'d>> {
        let size = data.len() as u64;
        self.coverage.dex_bytes = self.coverage.dex_bytes.saturating_add(size);
        let Ok(files) = Dex::parse(data, self.limits, &mut self.budget, &mut self.anomalies) else {
            self.add_unreadable_dex(name, size);
            return Vec::new();
        };
        self.coverage.dex_bytes_read = self.coverage.dex_bytes_read.saturating_add(size);
        files
    }

    /// As [`Collector::add_dex`], of dex files that are parsed already.
    pub fn add_dex_files(
        &mut self,
        name: &str,
        files: &[Dex<'_>],
        components: &mut Vec<String>,
        walk: bool,
    ) -> ClassCount {
        let mut count = ClassCount::default();
        self.add_tail(name, files);
        for dex in files {
            count.defined = count.defined.saturating_add(dex.class_count());
            if walk {
                count.add(dex);
            }
            let mut located = Located::new(dex);
            // First, for the walk over the strings also tells whether they can be searched.
            self.add_literals(name, dex, &mut located);
            // To find something without order, it is put in order first.
            if !dex.is_sorted()
                && !self
                    .budget
                    .steps(u64::from(dex.string_count()).saturating_mul(16))
            {
                continue;
            }
            self.add_classes(name, dex);
            self.find_components(dex, components, &mut count.bodies);
            self.add_fields(name, dex, &mut located);
            self.add_methods(name, dex, &mut located);
            self.add_hosts(name, dex);
            self.add_dex_network(name, dex);
            if walk && located.name_provider() {
                self.names_provider = true;
                self.add_code(name, dex, &located);
            }
            if walk {
                self.add_downloads(name, dex);
            }
        }
        if let Some(size) = files.first().map(Dex::available) {
            let is_spent = self.budget.steps_left() == 0;
            let layer = self.coverage.layer(LayerName::Dex);
            if is_spent {
                layer.skipped(size);
            } else {
                layer.read(size);
            }
        }
        count
    }

    /// Notes a dex file of `size` bytes of which nothing could be read.
    pub fn add_unreadable_dex(&mut self, name: &str, size: u64) {
        let is_spent = self.budget.is_spent();
        let layer = self.coverage.layer(LayerName::Dex);
        if is_spent {
            layer.skipped(size);
        } else {
            layer.unreadable(size);
        }
        self.anomalies.of(AnomalyKind::DexUnreadable, name);
        self.coverage.opaque.insert(Opaque::UnreadableDex);
    }

    fn row(&mut self, dex: &str, table: DexTable, index: u32, fact: Fact) {
        self.add(
            fact,
            Location::DexTable {
                dex: dex.to_owned(),
                table,
                index,
            },
        );
    }

    fn add_classes(&mut self, name: &str, dex: &Dex<'_>) {
        let interest = self.interest;
        for class in &interest.classes {
            if let Some(index) = dex.find_type(class) {
                self.row(name, DexTable::Types, index, Fact::new(FactKind::Class, class));
            }
        }
        for prefix in &interest.class_prefixes {
            if let Some(index) = dex.first_type_with(prefix)
                && let Some(descriptor) = dex.type_descriptor(index)
            {
                let descriptor = String::from_utf8_lossy(descriptor).into_owned();
                self.row(
                    name,
                    DexTable::Types,
                    index,
                    Fact::new(FactKind::Class, descriptor),
                );
            }
        }
    }

    /// Takes the components that the dex file defines out of `components`, and looks at their methods.
    fn find_components(&mut self, dex: &Dex<'_>, components: &mut Vec<String>, bodies: &mut Bodies) {
        if components.is_empty() || !self.budget.steps(dex.class_count().into()) {
            return;
        }
        let types: Vec<Option<u32>> = components.iter().map(|name| dex.find_type(name)).collect();
        let wanted = StringSet::of(dex.type_count(), types.iter().flatten().copied());
        let mut defined = StringSet::new(dex.type_count());
        for (_, class) in dex.classes() {
            if wanted.contains(class.class) {
                defined.insert(class.class);
                let methods = bodies.look(dex, &class);
                if !self.budget.steps(methods.into()) {
                    return;
                }
            }
        }
        let mut types = types.into_iter();
        components.retain(|_| {
            let index = types.next().flatten();
            !index.is_some_and(|index| defined.contains(index))
        });
    }

    fn add_fields(&mut self, name: &str, dex: &Dex<'_>, located: &mut Located) {
        let interest = self.interest;
        let mut wanted = FxHashMap::default();
        for (class, names) in &interest.fields {
            if let Some(index) = dex.find_type(class) {
                wanted.insert(index, (class, names));
            }
        }
        if wanted.is_empty() || !self.budget.steps(dex.field_count().into()) {
            return;
        }
        let watched = StringSet::of(dex.type_count(), wanted.keys().copied());
        for (index, field) in dex.fields().filter(|(_, field)| watched.contains(field.class)) {
            let Some((class, names)) = wanted.get(&field.class) else {
                continue;
            };
            let Some(member) = dex.short_string(field.name, NAME_BYTES).map(mutf8::decode) else {
                continue;
            };
            if names.contains(member.as_ref()) {
                let value = format!("{class}->{member}");
                let is_located = interest.located.contains(&value);
                let fact = Fact::new(FactKind::Field, value);
                if is_located {
                    located.fields.insert(index, fact.clone());
                }
                self.row(name, DexTable::Fields, index, fact);
            }
        }
    }

    fn add_methods(&mut self, name: &str, dex: &Dex<'_>, located: &mut Located) {
        let interest = self.interest;
        let mut on_class = FxHashMap::default();
        for (class, members) in &interest.methods {
            if let Some(index) = dex.find_type(class) {
                on_class.insert(index, (class.as_str(), members));
            }
        }
        let mut inherited: FxHashMap<u32, Vec<&Member>> = FxHashMap::default();
        for member in &interest.inherited_methods {
            if let Some(index) = dex.find_string(&member.name) {
                inherited.entry(index).or_default().push(member);
            }
        }
        if (on_class.is_empty() && inherited.is_empty()) || !self.budget.steps(dex.method_count().into()) {
            return;
        }
        let classes = StringSet::of(dex.type_count(), on_class.keys().copied());
        let names = StringSet::of(dex.string_count(), inherited.keys().copied());
        let is_watched = |method: &Method| classes.contains(method.class) | names.contains(method.name);
        for (index, method) in dex.methods().filter(|(_, method)| is_watched(method)) {
            let mut keys: Vec<String> = Vec::new();
            if let Some((class, members)) = on_class.get(&method.class) {
                keys.extend(wanted_members(dex, index, method.name, members.iter(), class));
            }
            if let Some(members) = inherited.get(&method.name) {
                keys.extend(wanted_members(
                    dex,
                    index,
                    method.name,
                    members.iter().copied(),
                    "*",
                ));
            }
            if keys.is_empty() {
                continue;
            }
            let Some(signature) = dex.method_signature(index) else {
                continue;
            };
            if !self.budget.steps(signature.len() as u64 >> 4) {
                return;
            }
            let fact = Fact::new(FactKind::Method, signature);
            if keys.iter().any(|key| interest.located.contains(key)) {
                located.methods.insert(index, fact.clone());
            }
            self.row(name, DexTable::Methods, index, fact);
        }
    }

    fn add_literals(&mut self, name: &str, dex: &Dex<'_>, located: &mut Located) {
        if !self.budget.steps(dex.string_count().into()) {
            return;
        }
        let text_bytes = self.limits.text_bytes;
        let mut literals = dex.literals();
        for (index, text) in literals.by_ref() {
            if is_binary(text) || is_listing(text) {
                continue;
            }
            self.hits.clear();
            let text = text.get(..text_bytes).unwrap_or(text);
            self.lexicon.scan_bytes(text, &mut self.scratch, &mut self.hits);
            if !self.hits.is_empty() {
                self.keep_words_of(name, index);
            }
        }
        // Strings are missing: their slots point nowhere, or they overlap so often that the walk over
        // them was cut short.
        if !literals.is_whole() {
            self.anomalies.of(AnomalyKind::DexString, name);
            self.coverage.budget_spent |= literals.is_cut_short();
        }
        let interest = self.interest;
        for literal in &interest.literals {
            if !dex.is_sorted() && !self.budget.steps(dex.string_count().into()) {
                return;
            }
            for index in dex.strings_starting_with(&literal.text) {
                if !self.budget.steps(1) {
                    return;
                }
                if dex.string(index).is_some_and(|text| literal.is_in(&text)) {
                    self.keep_literal(name, index, &literal.text, located);
                }
            }
        }
    }

    /// Hosts that the rules look for: in web addresses, and in a sorted table also by themselves.
    fn add_hosts(&mut self, name: &str, dex: &Dex<'_>) {
        let interest = self.interest;
        for scheme in WEB_STARTS {
            for index in dex.strings_starting_with(scheme) {
                if !self.budget.steps(1) {
                    return;
                }
                let text = dex.string_bytes(index).unwrap_or_default();
                let start = text.get(..HOST_REACH).unwrap_or(text);
                let host = host_of(&String::from_utf8_lossy(start));
                if let Some(host) = &host
                    && self.web_hosts.len() < WEB_HOSTS
                {
                    let location = Location::DexTable {
                        dex: name.to_owned(),
                        table: DexTable::Strings,
                        index,
                    };
                    self.web_hosts.entry(host.clone()).or_insert(location);
                }
                if let Some(host) = host.filter(|host| interest.wants_host(host)) {
                    self.row(name, DexTable::Strings, index, Fact::new(FactKind::Host, host));
                }
            }
        }
        if !dex.is_sorted() {
            return;
        }
        for host in &interest.hosts {
            if let Some(index) = dex.find_string(host) {
                self.row(name, DexTable::Strings, index, Fact::new(FactKind::Host, host));
            }
        }
    }

    fn keep_words_of(&mut self, name: &str, index: u32) {
        for hit in std::mem::take(&mut self.hits) {
            if let Some(fact) = hit_fact(self.lexicon, &hit, false) {
                self.row(name, DexTable::Strings, index, fact);
            }
        }
    }

    fn keep_literal(&mut self, name: &str, index: u32, text: &str, located: &mut Located) {
        let fact = Fact::new(FactKind::Literal, text);
        if self.interest.located.contains(text) {
            located.strings.insert(index, fact.clone());
        }
        self.row(name, DexTable::Strings, index, fact);
    }
}

/// Longest name of a member that is compared with those looked for, in bytes.
const NAME_BYTES: usize = 1 << 10;

/// Beginnings of class descriptors of libraries that most apps carry.
const LIBRARIES: [&[u8]; 8] = [
    b"Landroid/",
    b"Landroidx/",
    b"Lkotlin/",
    b"Lkotlinx/",
    b"Lcom/google/",
    b"Ljava/",
    b"Ljavax/",
    b"Lorg/intellij/",
];
/// Classes above which a dex file is no shell, whatever they are called.
const COUNTED_CLASSES: u32 = 12_000;

impl ClassCount {
    fn add(&mut self, dex: &Dex<'_>) {
        let classes = dex.class_count();
        self.classes = self.classes.saturating_add(classes);
        if classes > COUNTED_CLASSES {
            self.own = self.own.saturating_add(classes);
            return;
        }
        let is_own = |name| {
            let is_of = |library: &&[u8]| dex.string_starts_with(name, library);
            !LIBRARIES.iter().any(is_of)
        };
        for (_, class) in dex.classes() {
            if dex.type_name(class.class).is_some_and(is_own) {
                self.own = self.own.saturating_add(1);
            }
        }
    }
}

/// Hosts in the code that are remembered, for apps that turn out to be a shell around a page.
const WEB_HOSTS: usize = 16;

/// Bytes from the beginning of an address in which its host stands.
const HOST_REACH: usize = 512;

/// Bytes of a literal that tell packed data from text.
const TELLING_BYTES: usize = 16;

/// Whether a literal holds packed data and no text, as Kotlin's metadata and written-out
/// certificates do: there are control characters near its beginning.
fn is_binary(text: &[u8]) -> bool {
    let start = text.get(..TELLING_BYTES).unwrap_or(text);
    // All at once: nearly no literal has one.
    let is_odd = |byte: &u8| *byte < b' ' || *byte == 0xC0;
    let is_odd_at_all = start.iter().fold(false, |found, byte| found | is_odd(byte));
    is_odd_at_all
        && start
            .iter()
            .any(|byte| is_odd(byte) && !matches!(byte, b'\t' | b'\n' | b'\r'))
}

/// Bytes of a literal from which on it may be a mere listing.
const LONG_LISTING: usize = 4 << 10;
/// Bytes that an alternative of a listing has, on average, at most.
const ALTERNATIVE: usize = 16;

/// Whether a literal is a long pattern of short alternatives and no speech, which has blanks: as the
/// names of all top-level domains are that a library of nearly every app carries, `cash`, `credit` and
/// `loans` among them.
fn is_listing(text: &[u8]) -> bool {
    if text.len() < LONG_LISTING {
        return false;
    }
    let bars = memchr::memchr_iter(b'|', text).count();
    bars.saturating_mul(ALTERNATIVE) >= text.len() && memchr::memchr(b' ', text).is_none()
}

/// The keys, as the vocabulary writes them, under which a method is looked for.
fn wanted_members<'m>(
    dex: &Dex<'_>,
    index: u32,
    name: u32,
    members: impl Iterator<Item = &'m Member>,
    class: &str,
) -> Vec<String> {
    let mut keys = Vec::new();
    let Some(name) = dex.short_string(name, NAME_BYTES).map(mutf8::decode) else {
        return keys;
    };
    for member in members {
        if member.name != name {
            continue;
        }
        match &member.prototype {
            None => keys.push(format!("{class}->{name}")),
            Some(prototype) => {
                let descriptor = dex
                    .method(index)
                    .and_then(|method| dex.prototype_descriptor(method.prototype));
                if descriptor.as_deref() == Some(prototype) {
                    keys.push(format!("{class}->{name}{prototype}"));
                }
            }
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_data_is_told_by_control_characters_near_its_beginning() {
        for (text, expected) in [
            (&b""[..], false),
            (b"loan", false),
            (b"\tloan\r\nloan", false),
            (b"\tlo\x01an", true),
            (b"lo\xC0\x80an", true),
            (b"sixteen letters.\x01", false),
            ("\u{e9}\u{a0}".as_bytes(), false),
        ] {
            assert_eq!(is_binary(text), expected, "{text:?}");
        }
    }

    #[test]
    fn listings_are_long_and_have_short_alternatives_without_blanks() {
        let domains = "(?:aaa|cash|credit|loans|zw)|".repeat(200);
        let text = |part: &str, bytes: usize| {
            let mut text = part.repeat(bytes / part.len() + 1);
            text.truncate(bytes);
            text
        };
        for (text, expected) in [
            (domains.clone(), true),
            (text("loan|", LONG_LISTING), true),
            (text("loan|", LONG_LISTING - 1), false),
            (text("fifteen.letters|", LONG_LISTING), true),
            (text("sixteen.letters.|", LONG_LISTING), false),
            (text("your loan|pay now|", LONG_LISTING), false),
            (text("loan, ", LONG_LISTING), false),
            (format!("{domains} pay"), false),
        ] {
            let start = text.get(..20);
            assert_eq!(is_listing(text.as_bytes()), expected, "{start:?} {}", text.len());
        }
    }
}
