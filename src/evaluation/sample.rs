//! The labelled apps in one fixed order, and samples drawn from them.

use std::collections::BTreeMap;

use super::case::Case;
use super::random::SplitMix64;

/// The labelled apps of an evaluation.
///
/// Apps stand in an order that does not depend on the order in which they came, so that equal apps
/// give equal sums to the last digit.
#[derive(Debug, Clone)]
pub struct Sample {
    cases: Vec<Case>,
    /// Number of the group of each case.
    group_of: Vec<usize>,
    groups: usize,
    /// The assessed cases, the most probable first.
    ranked: Vec<usize>,
    signatures: Vec<String>,
    /// For each signature the cases that have it.
    carriers: Vec<Vec<usize>>,
    /// For each language the positive cases.
    languages: BTreeMap<String, Vec<usize>>,
}

/// How often each case counts; as many as there are cases.
#[derive(Debug, Clone)]
pub struct Weights(Vec<u64>);

impl Sample {
    /// A sample of `cases`, whose findings are numbers in `signatures`.
    #[must_use]
    pub fn new(mut cases: Vec<Case>, signatures: Vec<String>) -> Self {
        cases.sort_by(Case::order);
        let mut group_of = Vec::with_capacity(cases.len());
        let mut groups = 0;
        let mut before = None;
        for case in &cases {
            if before.is_some_and(|before: &str| before != case.group) {
                groups += 1;
            }
            group_of.push(groups);
            before = Some(&case.group);
        }
        let probability = |case: &Case| case.assessment.map(|assessment| assessment.probability);
        let mut ranked: Vec<(f64, usize)> = cases
            .iter()
            .enumerate()
            .filter_map(|(place, case)| Some((probability(case)?, place)))
            .collect();
        ranked.sort_by(|(one, first), (other, second)| other.total_cmp(one).then(first.cmp(second)));
        let mut carriers = vec![Vec::new(); signatures.len()];
        let mut languages: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, case) in cases.iter().enumerate() {
            for finding in &case.findings {
                if let Some(carriers) = carriers.get_mut(*finding) {
                    carriers.push(place);
                }
            }
            for language in case.languages.iter().filter(|_| case.positive) {
                languages.entry(language.clone()).or_default().push(place);
            }
        }
        Self {
            groups: groups + usize::from(!cases.is_empty()),
            cases,
            group_of,
            ranked: ranked.into_iter().map(|(_, place)| place).collect(),
            signatures,
            carriers,
            languages,
        }
    }

    /// Each case once.
    #[must_use]
    pub fn whole(&self) -> Weights {
        Weights(vec![1; self.cases.len()])
    }

    /// As many groups as there are, drawn with replacement; the cases of a group come together.
    #[must_use]
    pub fn draw(&self, random: &mut SplitMix64) -> Weights {
        let mut drawn = vec![0; self.groups];
        for _ in 0..self.groups {
            if let Some(count) = drawn.get_mut(random.below(self.groups)) {
                *count += 1;
            }
        }
        let count = |group: &usize| drawn.get(*group).copied().unwrap_or(0);
        Weights(self.group_of.iter().map(count).collect())
    }

    /// Number of groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Number of groups with a case that meets a condition.
    pub fn groups_with(&self, condition: impl Fn(&Case) -> bool) -> usize {
        let places = (0..self.cases.len()).filter(|place| self.cases.get(*place).is_some_and(&condition));
        self.groups_of(places)
    }

    /// Number of groups of the cases at `places`, which rise.
    pub fn groups_of(&self, places: impl IntoIterator<Item = usize>) -> usize {
        let mut groups: Vec<usize> = places
            .into_iter()
            .filter_map(|place| self.group_of.get(place).copied())
            .collect();
        groups.dedup();
        groups.len()
    }

    /// All cases with how often each counts.
    pub fn cases<'s>(&'s self, weights: &'s Weights) -> impl Iterator<Item = (&'s Case, u64)> {
        self.cases.iter().zip(weights.0.iter().copied())
    }

    /// The assessed cases with their probability and how often each counts, the most probable first.
    pub fn ranked<'s>(&'s self, weights: &'s Weights) -> impl Iterator<Item = (&'s Case, f64, u64)> {
        self.at(&self.ranked, weights)
            .filter_map(|(case, weight)| Some((case, case.assessment?.probability, weight)))
    }

    /// Each signature with the cases that have it.
    pub fn signatures<'s>(
        &'s self,
        weights: &'s Weights,
    ) -> impl Iterator<Item = (&'s str, impl Iterator<Item = (&'s Case, u64)>)> {
        let pairs = self.signatures.iter().zip(&self.carriers);
        pairs.map(move |(id, places)| (id.as_str(), self.at(places, weights)))
    }

    /// Each language with the number of groups and the positive cases that are counted under it.
    pub fn languages<'s>(
        &'s self,
        weights: &'s Weights,
    ) -> impl Iterator<Item = (&'s str, usize, impl Iterator<Item = (&'s Case, u64)>)> {
        self.languages.iter().map(move |(language, places)| {
            let groups = self.groups_of(places.iter().copied());
            (language.as_str(), groups, self.at(places, weights))
        })
    }

    fn at<'s>(&'s self, places: &'s [usize], weights: &'s Weights) -> impl Iterator<Item = (&'s Case, u64)> {
        places
            .iter()
            .filter_map(|place| Some((self.cases.get(*place)?, *weights.0.get(*place)?)))
    }
}
