//! `advice/*.toml`: what a person can do about an app, and where to turn, by country.
//!
//! `evidence.toml` lists what to keep, `steps.toml` what to do, in order; each `channels-….toml`
//! lists the bodies of one country that take complaints.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::schema::Text;
use super::sdk::{Check, names};

/// `evidence.toml` and `steps.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemsFile {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// Equals the file name.
    pub id: Spanned<String>,
    /// The items, in order.
    #[serde(default)]
    pub item: Vec<Item>,
}

/// One sentence of advice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Stable name.
    pub id: String,
    /// The advice.
    pub text: Text,
    /// Bands in which it is given.
    pub when: Vec<When>,
    /// Given only where the app is taken for a lending app (`true`) or is not (`false`).
    pub lending: Option<bool>,
    /// What it rests on.
    #[serde(default)]
    pub sources: Vec<String>,
}

names! {
    /// Bands in which advice is given; never in `low`.
    When {
        /// A lending app with the capability.
        High = "high",
        /// One half of it.
        Elevated = "elevated",
        /// What matters could not be seen.
        NotAssessable = "not-assessable",
    }
}

/// `channels-….toml`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelsFile {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// Equals the file name.
    pub id: Spanned<String>,
    /// ISO 3166-1 alpha-2, `EU`, or `any`.
    pub country: String,
    /// The bodies.
    #[serde(default)]
    pub channel: Vec<Channel>,
}

/// A body that takes complaints.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Channel {
    /// Stable name.
    pub id: String,
    /// Its name.
    pub body: Body,
    /// What it is for.
    pub purpose: Text,
    /// Numbers and addresses.
    pub contact: Vec<String>,
    /// How far the source was verified.
    pub check: Check,
    /// Where it was read.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Day it was looked at.
    pub checked_on: String,
    /// What is open.
    pub note: Option<String>,
}

/// The name of a body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
    /// In a language of the country.
    pub local: Option<String>,
}

/// All advice.
#[derive(Debug, Clone, Default)]
pub struct Advice {
    /// What to keep.
    pub evidence: Vec<Item>,
    /// What to do, in order.
    pub steps: Vec<Item>,
    /// Where to turn, by country; `any` for all.
    pub channels: BTreeMap<String, Vec<Channel>>,
}

impl Advice {
    /// Connects the files of `advice/`.
    #[must_use]
    pub(crate) fn new(items: Vec<ItemsFile>, channels: Vec<ChannelsFile>) -> Self {
        let mut advice = Self::default();
        for file in items {
            match file.id.get_ref().as_str() {
                "evidence" => advice.evidence.extend(file.item),
                _ => advice.steps.extend(file.item),
            }
        }
        for file in channels {
            advice
                .channels
                .entry(file.country)
                .or_default()
                .extend(file.channel);
        }
        advice
    }
}
