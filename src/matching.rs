//! From facts to findings: which indicators hold, and on what evidence.
//!
//! Every fact is given its kinds once; an indicator is looked at only when the kind it cannot do
//! without is there. Indicators may refer to other indicators by id; they are evaluated in an
//! order in which those come first, which the loader has checked to exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::words::{language_of, term_of};
use crate::facts::{Fact, FactSet, Location};
use crate::signatures::Ruleset;
use crate::signatures::schema::{Counted, Indicator, Level, Scope, When};
use crate::signatures::sdk::Sdk;

/// An indicator that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Id of the indicator.
    pub id: String,
    /// The strongest level among the facts it rests on.
    pub level: Level,
    /// The facts it rests on, with their places; at least one.
    pub evidence: Vec<Evidence>,
}

/// A fact with its places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The fact.
    pub fact: Fact,
    /// Where it was seen; at least one place.
    pub locations: Vec<Location>,
}

/// An SDK that is in the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdkFound {
    /// Its id.
    pub id: String,
    /// Its marks, with their places; at least one.
    pub evidence: Vec<Evidence>,
}

/// What the rules know of an app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matched {
    /// The indicators that hold, by id.
    pub findings: Vec<Finding>,
    /// The SDKs in it, by id.
    pub sdks: Vec<SdkFound>,
}

/// The findings of an app, by id.
#[must_use]
pub fn findings(facts: &FactSet, ruleset: &Ruleset) -> Vec<Finding> {
    matched(facts, ruleset).findings
}

/// The findings and the SDKs of an app, each by id.
#[must_use]
pub fn matched(facts: &FactSet, ruleset: &Ruleset) -> Matched {
    let mut present = Present::new(facts, ruleset);
    let sdks = present.find_sdks();
    Matched {
        findings: present.find_indicators(),
        sdks,
    }
}

/// Facts with their places.
type Places = BTreeMap<Fact, BTreeSet<Location>>;

fn listed(evidence: Places) -> Vec<Evidence> {
    evidence
        .into_iter()
        .map(|(fact, locations)| Evidence {
            fact,
            locations: locations.into_iter().collect(),
        })
        .collect()
}

/// The language whose words count beside those of any other.
const SHARED_LANGUAGE: &str = "en";

/// Whose words count.
#[derive(Clone, Copy)]
enum Words<'l> {
    OfAll,
    Of(&'l str),
}

impl Words<'_> {
    fn count(self, fact: &Fact) -> bool {
        let Words::Of(language) = self else { return true };
        language_of(fact).is_none_or(|of| of == language || of == SHARED_LANGUAGE)
    }
}

/// The kinds that are there, and the indicators found so far, which count as kinds.
struct Present<'a> {
    by_kind: BTreeMap<String, Vec<(&'a Fact, &'a [Location])>>,
    indicators: BTreeMap<String, (Level, Vec<Evidence>)>,
    languages: BTreeSet<&'a str>,
    ruleset: &'a Ruleset,
}

impl<'a> Present<'a> {
    fn new(facts: &'a FactSet, ruleset: &'a Ruleset) -> Self {
        let mut by_kind: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for (fact, locations) in facts.iter() {
            for kind in ruleset.vocabulary().kinds_of(fact) {
                by_kind
                    .entry(kind.to_owned())
                    .or_default()
                    .push((fact, locations));
            }
        }
        Self {
            by_kind,
            indicators: BTreeMap::new(),
            languages: facts.iter().filter_map(|(fact, _)| language_of(fact)).collect(),
            ruleset,
        }
    }

    /// The indicators that hold, by id.
    fn find_indicators(&mut self) -> Vec<Finding> {
        let mut found = BTreeMap::new();
        for indicator in self.ruleset.indicators_in_order() {
            if !indicator.status.is_matched() || indicator.withdrawn.is_some() {
                continue;
            }
            if let Some(finding) = self.evaluate(indicator) {
                self.add_indicator(&finding);
                found.insert(finding.id.clone(), finding);
            }
        }
        found.into_values().collect()
    }

    /// The SDKs that are there, by id. What they have in common counts as kinds from here on.
    fn find_sdks(&mut self) -> Vec<SdkFound> {
        let mut found = Vec::new();
        let mut groups: BTreeMap<String, Places> = BTreeMap::new();
        let marked: BTreeSet<&str> = self.by_kind.keys().filter_map(|kind| Sdk::id_of(kind)).collect();
        for sdk in self.ruleset.sdks().values() {
            if !sdk.is_matched() || !marked.contains(sdk.id.get_ref().as_str()) {
                continue;
            }
            let marks = self.marks(sdk);
            if marks.is_empty() {
                continue;
            }
            for group in sdk.groups() {
                let places = groups.entry(group).or_default();
                for (fact, locations) in &marks {
                    places
                        .entry(fact.clone())
                        .or_default()
                        .extend(locations.iter().cloned());
                }
            }
            found.push(SdkFound {
                id: sdk.id.get_ref().clone(),
                evidence: listed(marks),
            });
        }
        for (group, places) in groups {
            self.indicators.insert(group, (Level::Named, listed(places)));
        }
        found
    }

    /// The marks of an SDK that are there; none when they do not tell it: one mark that can stand alone
    /// does, or two that cannot.
    fn marks(&self, sdk: &Sdk) -> Places {
        let of_kind = |kind: String| self.by_kind.get(&kind).into_iter().flatten();
        let mut marks = Places::new();
        for (fact, locations) in of_kind(sdk.kind()).chain(of_kind(sdk.weak_kind())) {
            marks
                .entry((*fact).clone())
                .or_default()
                .extend(locations.iter().cloned());
        }
        if marks.len() < 2 && !self.by_kind.contains_key(&sdk.kind()) {
            marks.clear();
        }
        marks
    }

    fn add_indicator(&mut self, finding: &Finding) {
        self.indicators
            .insert(finding.id.clone(), (finding.level, finding.evidence.clone()));
    }

    /// The finding, with the words of the first language in which the condition holds when it asks
    /// for one.
    fn evaluate(&self, indicator: &Indicator) -> Option<Finding> {
        let when = indicator.when.get_ref();
        let words = match when.scope {
            Scope::App => Some(Words::OfAll).filter(|words| self.holds(when, *words)),
            Scope::Language => {
                let mut each = self.languages.iter().map(|language| Words::Of(language));
                each.find(|words| self.holds(when, *words))
            }
        }?;
        let mut evidence = Places::new();
        let mut level = Level::Declared;
        for kind in wanted(when) {
            for (fact, locations) in self.of_kind(kind, words) {
                evidence
                    .entry((*fact).clone())
                    .or_default()
                    .extend(locations.iter().cloned());
                level = level.max(self.ruleset.vocabulary().level(kind).unwrap_or(Level::Declared));
            }
            if let Some((inner_level, inner)) = self.indicators.get(kind) {
                level = level.max(*inner_level);
                for item in inner {
                    evidence
                        .entry(item.fact.clone())
                        .or_default()
                        .extend(item.locations.iter().cloned());
                }
            }
        }
        if evidence.is_empty() {
            return None;
        }
        Some(Finding {
            id: indicator.id.get_ref().clone(),
            level,
            evidence: listed(evidence),
        })
    }

    fn of_kind(&self, kind: &str, words: Words<'_>) -> impl Iterator<Item = &(&'a Fact, &'a [Location])> {
        let facts = self.by_kind.get(kind).into_iter().flatten();
        facts.filter(move |(fact, _)| words.count(fact))
    }

    fn has(&self, kind: &str, words: Words<'_>) -> bool {
        self.of_kind(kind, words).next().is_some() || self.indicators.contains_key(kind)
    }

    fn holds(&self, when: &When, words: Words<'_>) -> bool {
        let has = |kind: &String| self.has(kind, words);
        let one_of = |kinds: &[String]| kinds.is_empty() || kinds.iter().any(has);
        when.all.iter().all(has)
            && one_of(&when.any)
            && one_of(&when.also_any)
            && !when.none.iter().any(has)
            && when
                .at_least
                .as_ref()
                .is_none_or(|at_least| self.distinct(&at_least.of, words) >= at_least.distinct)
    }

    /// Different facts of the kinds; a word spelled alike in several languages or strengths is one.
    /// Of kinds that stand for each other all together are one.
    fn distinct(&self, counted: &[Counted], words: Words<'_>) -> usize {
        let mut seen = BTreeSet::new();
        for counted in counted {
            let kind = match counted {
                Counted::Each(kind) => kind,
                Counted::Together(kinds) => {
                    let present = kinds.iter().any(|kind| self.has(kind, words));
                    seen.extend(kinds.first().filter(|_| present).map(String::as_str));
                    continue;
                }
            };
            for (fact, _) in self.of_kind(kind, words) {
                seen.insert(term_of(fact));
            }
            if self.indicators.contains_key(kind) {
                seen.insert(kind.as_str());
            }
        }
        seen.len()
    }
}

/// The kinds whose facts are evidence when the condition holds.
fn wanted(when: &When) -> impl Iterator<Item = &str> {
    let counted = when.at_least.iter().flat_map(|at_least| at_least.kinds());
    when.all
        .iter()
        .chain(&when.any)
        .chain(&when.also_any)
        .chain(counted)
        .map(String::as_str)
}
