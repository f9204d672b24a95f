//! Which signatures speak of each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::signatures::catalogue::{Catalogue, stem};

/// Which signatures speak of each other, by id and by kind.
#[derive(Debug, Clone, Default)]
pub struct Relations {
    vocabulary: BTreeMap<String, BTreeSet<String>>,
    indicators: BTreeMap<String, BTreeSet<String>>,
    rules: BTreeMap<String, BTreeSet<String>>,
}

impl Relations {
    /// Those of all signatures of a set.
    #[must_use]
    pub fn new(catalogue: &Catalogue<'_>) -> Self {
        let mut relations = Self::default();
        for (path, file) in &catalogue.parsed.vocabulary {
            for entry in &file.entry {
                note(&mut relations.vocabulary, &entry.get_ref().kind, stem(path));
            }
        }
        for (_, indicator) in catalogue.indicators() {
            for name in crate::signatures::references(indicator) {
                note(&mut relations.indicators, name, indicator.id.get_ref());
            }
        }
        for (file, rule) in catalogue.rules() {
            let named = rule
                .forbids_behaviour
                .iter()
                .chain(&rule.limits_behaviour)
                .chain(&rule.unless);
            for indicator in named {
                note(&mut relations.rules, indicator, &file.full_id(rule));
            }
        }
        relations
    }

    /// The vocabulary files that give facts the `kind`.
    pub fn vocabulary(&self, kind: &str) -> impl Iterator<Item = &str> {
        of(&self.vocabulary, kind)
    }

    /// The indicators whose conditions name a kind or another indicator.
    pub fn indicators(&self, name: &str) -> impl Iterator<Item = &str> {
        of(&self.indicators, name)
    }

    /// The rules that speak of an indicator.
    pub fn rules(&self, indicator: &str) -> impl Iterator<Item = &str> {
        of(&self.rules, indicator)
    }
}

fn note(table: &mut BTreeMap<String, BTreeSet<String>>, key: &str, value: &str) {
    table.entry(key.to_owned()).or_default().insert(value.to_owned());
}

fn of<'t>(table: &'t BTreeMap<String, BTreeSet<String>>, key: &str) -> impl Iterator<Item = &'t str> {
    table.get(key).into_iter().flatten().map(String::as_str)
}
