//! Which published lists name an app, as facts and on the wire.

use std::collections::BTreeMap;

use super::v1;
use crate::facts::{Fact, FactKind, FactSet, Location};
use crate::limits::Limits;
use crate::signatures::Ruleset;
use crate::signatures::published::{Named, PublishedList, What};

/// What of an app is compared with the lists.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// Package name.
    pub package: Option<&'a str>,
    /// SHA-256 of the file.
    pub sha256: &'a str,
    /// SHA-256 of the signers' certificates.
    pub certificates: &'a [v1::Certificate],
}

/// The entries an app fits, exact ones first; each becomes a fact with the place of what fits.
pub fn collect(
    compared: &Compared<'_>,
    facts: &mut FactSet,
    ruleset: &Ruleset,
    limits: &Limits,
) -> Vec<Named> {
    let lists = ruleset.published();
    let hosts: Vec<(String, Vec<Location>)> = facts
        .of_kind(FactKind::Host)
        .map(|(fact, places)| (fact.value.clone(), places.to_vec()))
        .collect();
    let package = compared.package.unwrap_or_default();
    let place = places_of_package(facts, package);
    let mut found: Vec<(Named, Vec<Location>)> = Vec::new();
    let mut add = |named: Vec<Named>, places: &[Location]| {
        found.extend(named.into_iter().map(|one| (one, places.to_vec())));
    };
    add(lists.named(What::File, compared.sha256), &[Location::Package]);
    for certificate in compared.certificates {
        add(
            lists.named(What::Certificate, &certificate.sha256),
            &[Location::Package],
        );
    }
    add(lists.named(What::Package, package), &place);
    for (host, places) in &hosts {
        add(lists.named(What::Host, host), places);
    }
    add(lists.look_alikes(package), &place);
    for (named, places) in &found {
        for place in places {
            facts.insert(
                Fact::new(FactKind::Published, named.fact()),
                place.clone(),
                limits,
            );
        }
    }
    let mut named: Vec<Named> = found.into_iter().map(|(named, _)| named).collect();
    named.sort_by(|a, b| a.matched.cmp(&b.matched).then_with(|| a.cmp(b)));
    named.dedup();
    named
}

fn places_of_package(facts: &FactSet, package: &str) -> Vec<Location> {
    let fact = Fact::new(FactKind::Package, package);
    let known = facts.of_kind(FactKind::Package).find(|(one, _)| **one == fact);
    known.map_or_else(|| vec![Location::Package], |(_, places)| places.to_vec())
}

/// The entries on the wire.
#[must_use]
pub fn rows(named: &[Named], ruleset: &Ruleset) -> Vec<v1::Published> {
    let lists = ruleset.published().lists();
    named
        .iter()
        .filter_map(|one| lists.get(&one.list).map(|list| row(one, list)))
        .collect()
}

fn row(named: &Named, list: &PublishedList) -> v1::Published {
    let chinese = |text: &str| BTreeMap::from([("zh-CN".to_owned(), text.to_owned())]);
    v1::Published {
        list: named.list.clone(),
        publisher: list.publisher.clone(),
        date: list.date.clone(),
        title: list.title.en.clone(),
        titles: chinese(&list.title.zh),
        statement: list.statement.en.clone(),
        statements: chinese(&list.statement.zh),
        kind: named.kind.name().to_owned(),
        matched: named.matched.name().to_owned(),
        what: named.what.name().to_owned(),
        value: named.value.clone(),
        sources: list
            .references
            .iter()
            .map(|reference| reference.url.clone())
            .chain(list.sources.iter().cloned())
            .collect(),
    }
}
