//! The rules: vocabulary, indicators, words and weights, read from the files in `signatures/`.
//!
//! A [`Ruleset`] is immutable and cheap to share between threads. The set in the repository is
//! embedded in the program; a folder can add files to it or replace some.

pub mod advice;
pub mod catalogue;
mod embedded;
pub mod flows;
mod ids;
pub mod lint;
pub mod load;
pub mod network;
pub mod policy;
pub mod published;
pub mod schema;
pub mod sdk;
pub mod sheet;
pub mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::harvest::models::Models;
use crate::lexicon::{Lexicon, LexiconError};
use advice::Advice;
use load::{Files, LoadError, Parsed};
use policy::Jurisdiction;
use published::Published;
use schema::{Indicator, ScoringFile};
use sdk::Sdk;
use vocabulary::Vocabulary;

/// Rules that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RulesetError {
    /// A rule file has a mistake.
    #[error(transparent)]
    File(#[from] LoadError),
    /// A word list has a mistake.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
}

/// The rules in force: immutable, to be shared between threads.
#[derive(Debug)]
pub struct Ruleset {
    version: String,
    as_of: String,
    sha256: String,
    kinds: BTreeMap<String, schema::Kind>,
    vocabulary: Vocabulary,
    indicators: Vec<Indicator>,
    by_id: BTreeMap<String, usize>,
    sdks: BTreeMap<String, Sdk>,
    policies: Vec<Jurisdiction>,
    published: Published,
    advice: Advice,
    network: network::Known,
    scoring: ScoringFile,
    lexicon: Lexicon,
    models: Models,
}

impl Ruleset {
    /// The rules of this version of the program.
    ///
    /// # Errors
    /// Never for a released version: the test suite loads the embedded files.
    pub fn embedded() -> Result<Self, RulesetError> {
        Self::from_files(&embedded_files())
    }

    /// The embedded rules with `files` added; a file with the path of an embedded one replaces it.
    ///
    /// # Errors
    /// The first mistake found.
    pub fn with_files(files: Files) -> Result<Self, RulesetError> {
        let mut all = embedded_files();
        all.extend(files);
        Self::from_files(&all)
    }

    /// Rules from these files alone.
    ///
    /// # Errors
    /// The first mistake found.
    pub fn from_files(files: &Files) -> Result<Self, RulesetError> {
        let Parsed {
            version,
            as_of,
            sha256,
            kinds,
            vocabulary,
            indicators,
            sdks,
            policies,
            published,
            advice,
            network,
            scoring,
            lexicon,
            flows,
        } = load::parse(files)?;
        let models = flows::build(&flows, &vocabulary, files)?;
        let published = Published::build(published, files)?;
        let mut vocabulary = Vocabulary::build(&kinds, &vocabulary, &sdks, files)?;
        vocabulary.watch_hosts(published.hosts());
        let (network, watch) = network::build(network, files)?;
        vocabulary.watch_network(watch);
        vocabulary.know_libraries(network.libraries());
        let sdks = sdk::by_id(sdks);
        check_names(&indicators, &vocabulary, files)?;
        let indicators = in_order(indicators, &vocabulary, files)?;
        let ids = indicators
            .iter()
            .map(|indicator| indicator.id.get_ref().as_str())
            .collect();
        policy::check(&policies, &ids, files)?;
        check_scoring(&scoring, &indicators, files)?;
        let lexicon = Lexicon::build(crate::lexicon::load::lists(&lexicon)?, &[])?;
        let by_id = indicators
            .iter()
            .enumerate()
            .map(|(index, found)| (found.id.get_ref().clone(), index))
            .collect();
        Ok(Self {
            version,
            as_of,
            sha256,
            kinds,
            vocabulary,
            indicators,
            by_id,
            sdks,
            policies: policies.into_values().collect(),
            published,
            advice,
            network,
            scoring,
            lexicon,
            models,
        })
    }

    /// What is known of hosts, keys and fields.
    #[must_use]
    pub fn network(&self) -> &network::Known {
        &self.network
    }

    /// Version the rule files state.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Day on which the rules of stores and countries were looked at, `YYYY-MM-DD`.
    #[must_use]
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// SHA-256 over the rule files, lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The kinds by id, without those of words.
    #[must_use]
    pub fn kinds(&self) -> &BTreeMap<String, schema::Kind> {
        &self.kinds
    }

    /// Facts to kinds.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The indicators, each behind those it refers to.
    pub fn indicators_in_order(&self) -> impl Iterator<Item = &Indicator> {
        self.indicators.iter()
    }

    /// The indicator with this id.
    #[must_use]
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.by_id.get(id).and_then(|index| self.indicators.get(*index))
    }

    /// The SDKs by id.
    #[must_use]
    pub fn sdks(&self) -> &BTreeMap<String, Sdk> {
        &self.sdks
    }

    /// The SDK that a class belongs to by its descriptor; of several the one with the longest mark.
    #[must_use]
    pub fn sdk_of(&self, descriptor: &str) -> Option<&Sdk> {
        let matched = self.sdks.values().filter(|sdk| sdk.is_matched());
        let length = |sdk: &Sdk| {
            sdk.marks
                .iter()
                .filter_map(|mark| mark.get_ref().covers(descriptor))
                .max()
        };
        let known = matched.filter_map(|sdk| Some((length(sdk)?, sdk)));
        known.max_by_key(|(length, _)| *length).map(|(_, sdk)| sdk)
    }

    /// The rules of stores and countries, by file.
    #[must_use]
    pub fn policies(&self) -> &[Jurisdiction] {
        &self.policies
    }

    /// The lists that others have published.
    #[must_use]
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// What a person can do, and where to turn.
    #[must_use]
    pub fn advice(&self) -> &Advice {
        &self.advice
    }

    /// The weights.
    #[must_use]
    pub fn scoring(&self) -> &ScoringFile {
        &self.scoring
    }

    /// What methods do with values, for the harvest analysis.
    #[must_use]
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// The words.
    #[must_use]
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }
}

/// The embedded rule files.
#[must_use]
pub fn embedded_files() -> Files {
    embedded::FILES
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

/// Checks that no indicator has the name of a kind: conditions name both, and could not say which of
/// the two they mean.
fn check_names(
    parsed: &BTreeMap<String, Indicator>,
    vocabulary: &Vocabulary,
    texts: &Files,
) -> Result<(), LoadError> {
    for (path, indicator) in parsed {
        let id = indicator.id.get_ref();
        if vocabulary.level(id).is_some() {
            let text = texts.get(path).map(String::as_str).unwrap_or_default();
            let problem = format!("`{id}` is a kind as well; give the indicator an id of its own");
            return Err(LoadError::at(path, text, indicator.id.span(), problem));
        }
    }
    Ok(())
}

/// Sorts the indicators so that each stands behind those it refers to.
fn in_order(
    parsed: BTreeMap<String, Indicator>,
    vocabulary: &Vocabulary,
    texts: &Files,
) -> Result<Vec<Indicator>, LoadError> {
    let ids: BTreeSet<String> = parsed
        .values()
        .map(|indicator| indicator.id.get_ref().clone())
        .collect();
    let error = |path: &str, indicator: &Indicator, problem: String| {
        let text = texts.get(path).map(String::as_str).unwrap_or_default();
        LoadError::at(path, text, indicator.when.span(), problem)
    };
    let mut waiting: Vec<(String, Indicator)> = parsed.into_iter().collect();
    let mut placed: BTreeSet<String> = BTreeSet::new();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut left = Vec::new();
        for (path, indicator) in waiting {
            let mut ready = true;
            for reference in references(&indicator) {
                if vocabulary.level(reference).is_some() || placed.contains(reference) {
                    continue;
                }
                if !ids.contains(reference) {
                    let problem = format!("`{reference}` is neither a kind nor an indicator");
                    return Err(error(&path, &indicator, problem));
                }
                ready = false;
            }
            if ready {
                placed.insert(indicator.id.get_ref().clone());
                ordered.push(indicator);
            } else {
                left.push((path, indicator));
            }
        }
        if left.len() == before
            && let Some((path, indicator)) = left.first()
        {
            return Err(error(
                path,
                indicator,
                "indicators refer to each other in a circle".to_owned(),
            ));
        }
        waiting = left;
    }
    Ok(ordered)
}

/// Every kind or indicator a condition names.
pub(crate) fn references(indicator: &Indicator) -> impl Iterator<Item = &str> {
    let when = indicator.when.get_ref();
    let counted = when.at_least.iter().flat_map(|at_least| at_least.kinds());
    let parts = when
        .all
        .iter()
        .chain(&when.any)
        .chain(&when.also_any)
        .chain(&when.none);
    parts.chain(counted).map(String::as_str)
}

/// Weights name known indicators and groups, each indicator once.
fn check_scoring(scoring: &ScoringFile, indicators: &[Indicator], texts: &Files) -> Result<(), LoadError> {
    let path = "scoring.toml";
    let text = texts.get(path).map(String::as_str).unwrap_or_default();
    let mut weighed = BTreeSet::new();
    for weight in &scoring.weight {
        let (span, weight) = (weight.span(), weight.get_ref());
        let problem = if !indicators
            .iter()
            .any(|known| *known.id.get_ref() == weight.indicator)
        {
            format!("`{}` is not an indicator", weight.indicator)
        } else if !scoring
            .group
            .iter()
            .any(|group| group.get_ref().id == weight.group)
        {
            format!("`{}` is not a group", weight.group)
        } else if !weight.db.is_finite() || weight.db < 0.0 {
            "a weight is a number of decibans, not below zero: what speaks against belongs into `none`"
                .to_owned()
        } else if !weighed.insert(&weight.indicator) {
            format!("`{}` is weighed twice", weight.indicator)
        } else {
            continue;
        };
        return Err(LoadError::at(path, text, span, problem));
    }
    Ok(())
}
