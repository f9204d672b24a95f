//! Who is in an app, who has written about it, and which rules it touches.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Evidence;

/// A library, service, framework or protector that is in the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sdk {
    /// Id of its signature; `dunwatch signatures show ID` tells more.
    pub id: String,
    /// Name of the product.
    pub name: String,
    /// What it is for: `risk-data`, `identity-check`, `payment`, `protector`, ...
    pub category: String,
    /// What its presence says of the app: `strong-signal`, `lending-hint` or `neutral`.
    pub stance: String,
    /// What it is documented to collect; nothing here was seen in the app.
    pub collects: Vec<String>,
    /// Status of the signature.
    pub status: String,
    /// How far the source of the signature was verified.
    pub check: String,
    /// Its marks.
    pub evidence: Vec<Evidence>,
}

/// An entry of a list that others have published. It repeats what the publisher says and is no
/// verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Published {
    /// Id of the list.
    pub list: String,
    /// Who published it.
    pub publisher: String,
    /// When, as exactly as is known.
    pub date: String,
    /// Name of the publication, in English.
    pub title: String,
    /// The same by BCP-47 locale, English left out.
    #[serde(default)]
    pub titles: BTreeMap<String, String>,
    /// What the publisher says of the listed apps, in English.
    pub statement: String,
    /// The same by BCP-47 locale, English left out.
    #[serde(default)]
    pub statements: BTreeMap<String, String>,
    /// `warning`, or `neutral-lending` for a list of lending apps without a judgement.
    pub kind: String,
    /// `exact`, or `look-alike` when only the package name looks like a listed one.
    #[serde(rename = "match")]
    pub matched: String,
    /// What fits: `package`, `file`, `certificate` or `host`.
    pub what: String,
    /// The value as the list has it.
    pub value: String,
    /// Addresses of the publication.
    pub sources: Vec<String>,
}

/// One rule of a store or country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// Id of the rule.
    pub rule: String,
    /// `store:…` or `country:…`.
    pub jurisdiction: String,
    /// Its name in English, as the file of its rules has it.
    #[serde(default)]
    pub jurisdiction_name: String,
    /// The same by BCP-47 locale, English left out.
    #[serde(default)]
    pub jurisdiction_names: BTreeMap<String, String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Permissions it rests on.
    pub permissions: Vec<String>,
    /// Indicators it rests on.
    #[serde(default)]
    pub behaviours: Vec<String>,
    /// What it rests on, as a stable name: `forbidden-permission`, `forbidden-behaviour`,
    /// `limited-permission`, `limited-behaviour`, `implied-permission`, `code-not-seen`, `exception`,
    /// `nothing-found`, `replaced`, `not-in-force`, `target-sdk` or `not-visible`.
    #[serde(default)]
    pub reason: String,
    /// What the rule says, in English and in our words.
    #[serde(default)]
    pub title: String,
    /// The same by BCP-47 locale, English left out.
    #[serde(default)]
    pub titles: BTreeMap<String, String>,
    /// Name of the law, circular or policy.
    #[serde(default)]
    pub instrument: String,
    /// Where in it; `null` when not known.
    #[serde(default)]
    pub clause: Option<String>,
    /// Day from which it binds; `null` when not known.
    #[serde(default)]
    pub in_force: Option<String>,
    /// How far the text was verified: `official`, or `excerpt`, `paraphrase-local` or `unsourced`,
    /// which mean that the text is not confirmed.
    #[serde(default)]
    pub check: String,
    /// Where it was read.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Day on which it was looked at.
    #[serde(default)]
    pub checked_on: String,
}

/// Verdicts on a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The rule forbids what was found.
    Breaks,
    /// It needs judgement.
    MayBreak,
    /// What was found is allowed.
    Meets,
    /// The rule is about other apps.
    NotApplicable,
}
