//! Words, addresses and keys of the resource table.
//!
//! Each string of the pool is searched once; only when some hold words are the entries walked, to
//! learn under which resource names and locales those strings stand.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;

use super::{Collector, hit_fact};
use crate::anomaly::AnomalyKind;
use crate::facts::coverage::Layer;
use crate::facts::network::address::{Address, addresses};
use crate::facts::{Fact, Location};
use crate::formats::arsc::{StringUse, Table};
use crate::formats::resources::TextUse;
use crate::limits::{Budget, clip};

impl Collector<'_> {
    /// Collects the words and addresses of every string in every locale, and the keys.
    pub fn add_resources(&mut self, table: &Table<'_>) {
        self.add_resource_keys(table);
        let mut words: BTreeMap<u32, Vec<Fact>> = BTreeMap::new();
        let mut links: BTreeMap<u32, Vec<Address>> = BTreeMap::new();
        let mark = memmem::Finder::new("://");
        let mut is_whole = true;
        for (index, text) in table.pool().iter() {
            let Some(text) = text else {
                is_whole = false;
                continue;
            };
            if is_path(&text) {
                continue;
            }
            if !self.budget.steps(1) {
                break;
            }
            self.hits.clear();
            let text = clip(&text, self.limits.text_bytes);
            self.lexicon.scan(text, &mut self.scratch, &mut self.hits);
            for hit in &self.hits {
                if let Some(fact) = hit_fact(self.lexicon, hit, false) {
                    words.entry(index).or_default().push(fact);
                }
            }
            if mark.find(text.as_bytes()).is_some() {
                let found = addresses(text).map(|(_, address)| address);
                links.entry(index).or_default().extend(found);
            }
        }
        if !is_whole {
            self.anomalies.note(AnomalyKind::ArscStringPool, None, None);
            self.coverage.resources = Layer::Partial;
        }
        if words.is_empty() && links.is_empty() {
            return;
        }
        let wanted: BTreeSet<u32> = words.keys().chain(links.keys()).copied().collect();
        let uses = table.string_uses(&wanted, self.limits, &mut self.budget, &mut self.anomalies);
        for (index, facts) in words {
            for location in self.places_of(&uses, index) {
                for fact in &facts {
                    self.add(fact.clone(), location.clone());
                }
            }
        }
        for (index, links) in links {
            for location in self.places_of(&uses, index) {
                for address in &links {
                    self.network.add_address(address, &location, self.limits);
                }
            }
        }
    }
}

impl Collector<'_> {
    /// The places that use the string at `index`.
    fn places_of(&self, uses: &BTreeMap<u32, Vec<StringUse<'_>>>, index: u32) -> Vec<Location> {
        let uses = uses.get(&index).into_iter().flatten();
        uses.map(|place| Location::Resource {
            kind: place.type_name.to_string(),
            name: place.entry_name.to_string(),
            locale: place.locale.to_string(),
            file: self.resources_file.clone(),
        })
        .collect()
    }

    /// Collects the words, addresses and keys of every text of a table whose texts stand with their resources, which are
    /// handed to the second argument of `each` one by one.
    pub fn add_texts(&mut self, each: impl FnOnce(&mut Budget, &mut dyn FnMut(&TextUse<'_>)) -> bool) {
        let mut budget = self.budget.clone();
        let is_whole = each(&mut budget, &mut |text| self.add_text_use(text));
        self.budget = budget;
        if !is_whole {
            self.coverage.resources = Layer::Partial;
        }
    }

    fn add_text_use(&mut self, text: &TextUse<'_>) {
        if is_path(text.text) {
            return;
        }
        let location = || Location::Resource {
            kind: text.kind.to_owned(),
            name: text.name.to_owned(),
            locale: text.locale.to_owned(),
            file: text.file.cloned().or_else(|| self.resources_file.clone()),
        };
        self.hits.clear();
        let clipped = clip(text.text, self.limits.text_bytes);
        self.lexicon.scan(clipped, &mut self.scratch, &mut self.hits);
        let hits = self.hits.iter();
        let facts: Vec<(Fact, Location)> = hits
            .filter_map(|hit| Some((hit_fact(self.lexicon, hit, false)?, location())))
            .collect();
        let links: Vec<(Address, Location)> = if clipped.contains("://") {
            addresses(clipped)
                .map(|(_, address)| (address, location()))
                .collect()
        } else {
            Vec::new()
        };
        if text.kind == "string" && text.locale.is_empty() {
            let place = location();
            self.add_resource_key(text.name, text.text, &place);
        }
        for (fact, place) in facts {
            self.add(fact, place);
        }
        for (address, place) in links {
            self.network.add_address(&address, &place, self.limits);
        }
    }
}

/// File resources stand in the same pool as texts.
fn is_path(text: &str) -> bool {
    text.starts_with("res/") && !text.contains(' ')
}
