//! `policies/*.toml`: what stores and countries ask of lending apps, as data.
//!
//! A rule states which permissions and behaviours it forbids, which it limits (they need a purpose, a
//! consent or a declared exception, which no file shows), and what is an exception. Behaviours and
//! exceptions are ids of indicators. How a verdict comes about is told in [`crate::policies`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::load::LoadError;
use super::schema::{Text, Withdrawal};
use super::sdk::{Check, names};

/// A file of `policies/`: the rules of one store, country or union.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Jurisdiction {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// Equals the file name: `store-…` or `country-…`.
    pub id: Spanned<String>,
    /// `store:…` or `country:XX`.
    pub jurisdiction: Spanned<String>,
    /// Its name.
    pub name: Text,
    /// Languages of the word lists that point to it by themselves.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Locales with a region that point to it.
    #[serde(default)]
    pub regions: Vec<String>,
    /// The rules.
    pub rule: Vec<Spanned<Rule>>,
}

impl Jurisdiction {
    /// What the full ids of its rules begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        let id = self.id.get_ref().as_str();
        id.split_once('-').map_or(id, |(_, rest)| rest)
    }

    /// Whether it is a store and no country.
    #[must_use]
    pub fn is_store(&self) -> bool {
        self.jurisdiction.get_ref().starts_with("store:")
    }

    /// The id under which reports know the rule.
    #[must_use]
    pub fn full_id(&self, rule: &Rule) -> String {
        format!("{}/{}", self.prefix(), rule.id)
    }
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// Id within the jurisdiction; never reused.
    pub id: String,
    /// What it says, in our words.
    pub title: Text,
    /// Name of the law, circular or policy.
    pub instrument: String,
    /// Where in it.
    pub clause: Option<String>,
    /// Its own words.
    pub quote: Option<String>,
    /// Day from which it binds, `YYYY-MM-DD`; absent when unknown.
    pub in_force: Option<String>,
    /// What is doubtful about the day.
    pub in_force_note: Option<String>,
    /// Last day on which it bound.
    pub until: Option<String>,
    /// Whom it binds.
    pub binds: Binds,
    /// How far the source was verified.
    pub check: Check,
    /// Where it was read.
    pub sources: Vec<String>,
    /// Day it was looked at.
    pub checked_on: String,
    /// What is open.
    pub note: Option<String>,
    /// Target level below which it says nothing.
    pub min_target_sdk: Option<u32>,
    /// Permissions it forbids.
    #[serde(default)]
    pub forbids: Vec<String>,
    /// Permissions it ties to a condition that no file shows.
    #[serde(default)]
    pub limits: Vec<String>,
    /// Indicators of conduct it forbids.
    #[serde(default)]
    pub forbids_behaviour: Vec<String>,
    /// Indicators of conduct it ties to a condition.
    #[serde(default)]
    pub limits_behaviour: Vec<String>,
    /// Indicators that are an exception.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Why and since when it is no longer judged.
    pub withdrawn: Option<Withdrawal>,
    /// Facts with the verdict they must give; executed by the linter.
    #[serde(default)]
    pub example: Vec<RuleExample>,
}

impl Rule {
    /// Whether a file can show that it is met: it forbids something, or ties a permission to a
    /// condition. A rule that only speaks of conduct a harvest makes possible can be doubted because of
    /// a file, and never be met because of one.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        !(self.forbids.is_empty() && self.limits.is_empty() && self.forbids_behaviour.is_empty())
    }

    /// Whether it speaks of what code does.
    #[must_use]
    pub fn has_behaviour(&self) -> bool {
        !(self.forbids_behaviour.is_empty() && self.limits_behaviour.is_empty())
    }
}

names! {
    /// Whom a rule binds.
    Binds {
        /// Those who lend.
        Lenders = "lenders",
        /// Every app.
        AllApps = "all-apps",
        /// Those who collect debts.
        Collectors = "collectors",
        /// Banks and licensed finance companies.
        Banks = "banks",
    }
}

/// Facts with the verdict they must give.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleExample {
    /// Facts as text, see [`crate::facts::text`].
    pub facts: Spanned<String>,
    /// The level the app is written for.
    pub target_sdk: Option<u32>,
    /// `breaks`, `may-break`, `meets` or `not-applicable`.
    pub verdict: RuleVerdict,
}

names! {
    /// What is said of a rule.
    RuleVerdict {
        /// The rule forbids what was found.
        Breaks = "breaks",
        /// It needs judgement.
        MayBreak = "may-break",
        /// What was looked for is not there, or an exception holds.
        Meets = "meets",
        /// The rule says nothing of this app, or no file can show it.
        NotApplicable = "not-applicable",
    }
}

/// Checks what the files say of each other and of indicators.
///
/// # Errors
/// The first mistake, with its place.
pub(crate) fn check(
    files: &BTreeMap<String, Jurisdiction>,
    indicators: &BTreeSet<&str>,
    texts: &BTreeMap<String, String>,
) -> Result<(), LoadError> {
    for (path, file) in files {
        let text = texts.get(path).map(String::as_str).unwrap_or_default();
        let jurisdiction = file.jurisdiction.get_ref();
        let expected = jurisdiction.replace(':', "-").to_lowercase();
        if *file.id.get_ref() != expected {
            let problem = format!("the id of the file of {jurisdiction} is `{expected}`");
            return Err(LoadError::at(path, text, file.jurisdiction.span(), problem));
        }
        for rule in &file.rule {
            let (span, rule) = (rule.span(), rule.get_ref());
            let behaviours = rule
                .forbids_behaviour
                .iter()
                .chain(&rule.limits_behaviour)
                .chain(&rule.unless);
            if let Some(unknown) = behaviours
                .into_iter()
                .find(|id| !indicators.contains(id.as_str()))
            {
                let problem = format!("`{unknown}` is not an indicator");
                return Err(LoadError::at(path, text, span, problem));
            }
        }
    }
    Ok(())
}
