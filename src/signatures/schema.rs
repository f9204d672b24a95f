//! The shape of the rule files.
//!
//! | path | type | what |
//! |---|---|---|
//! | `ruleset.toml` | [`RulesetFile`] | version of the set |
//! | `kinds.toml` | [`KindsFile`] | the kinds that connect the two layers |
//! | `apis/*.toml` | [`VocabularyFile`] | which permission, method, field, … is of which kind |
//! | `harvest/*.toml`, `lending/*.toml`, `context/*.toml` | [`Indicator`] | what a combination of kinds means |
//! | `scoring.toml` | [`ScoringFile`] | what an indicator weighs |
//! | `sdks/*.toml` | [`super::sdk::Sdk`] | libraries, services, frameworks and protectors |
//! | `policies/*.toml` | [`super::policy::Jurisdiction`] | rules of stores and countries |
//! | `advice/*.toml` | [`super::advice`] | what a person can do, and where to turn |
//! | `published/*.toml` | [`super::published::PublishedList`] | lists that others have published |
//! | `withdrawn.toml` | [`WithdrawnFile`] | ids that no longer count |
//! | `lexicon/*.toml`, `phrases/*.toml` | `lexicon::load` | words and phrases, by language |
//!
//! Unknown keys are errors, so a misspelt key is never silently without effect.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// The schema number this version reads.
pub const SCHEMA: u32 = 1;

/// `ruleset.toml`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RulesetFile {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// Version of the rules: year and month.
    pub version: String,
    /// Day on which the rules of stores and countries were looked at, `YYYY-MM-DD`: what is in force
    /// later is not judged yet. The program knows no clock.
    pub as_of: String,
}

/// `withdrawn.toml`: what a set of rules takes out of those it builds on. The files stay, so that
/// earlier reports can still be understood.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawnFile {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// What is withdrawn.
    #[serde(default)]
    pub withdraw: Vec<Spanned<WithdrawnId>>,
}

/// One withdrawn id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawnId {
    /// Id of an indicator, an SDK, a published list, or a rule as `jurisdiction/rule`.
    pub id: String,
    /// Day, `YYYY-MM-DD`.
    pub on: String,
    /// Why.
    pub reason: String,
}

/// `kinds.toml`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindsFile {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// The kinds by id.
    pub kind: BTreeMap<String, Kind>,
}

/// A kind: the word that vocabulary and indicators have in common.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Kind {
    /// What something of this kind is.
    pub description: String,
    /// How far a fact of this kind goes by itself.
    pub level: Level,
    /// Whether uses in the code are located. The code of an app is walked only when the app
    /// declares a permission of such a kind and its tables name something of such a kind.
    #[serde(default)]
    pub located: bool,
}

/// How far a fact goes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The manifest declares it.
    Declared,
    /// Tables or texts name it.
    Named,
    /// The instruction was found and decided.
    Located,
    /// Reachable, and the same code reaches a sink.
    Linked,
    /// A value path was found.
    Proven,
}

/// `apis/*.toml`: a vocabulary file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VocabularyFile {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// Equals the file name.
    pub id: Spanned<String>,
    /// What the entries have in common.
    pub title: String,
    /// What the reader should know about them.
    pub description: String,
    /// Where the entries are documented.
    pub references: Vec<Reference>,
    /// The entries.
    pub entry: Vec<Spanned<VocabularyEntry>>,
}

/// One row of the vocabulary: exactly one pattern, and its kind.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VocabularyEntry {
    /// The kind.
    pub kind: String,
    /// API level it exists from.
    pub since: Option<u32>,
    /// A remark.
    pub note: Option<String>,
    /// A permission's full name.
    pub permission: Option<String>,
    /// `Lclass;->name` for every overload or `Lclass;->name(parameters)return` for one; `*` in
    /// place of the class stands for every class.
    pub method: Option<String>,
    /// `Lclass;->name`
    pub field: Option<String>,
    /// A class descriptor.
    pub class: Option<String>,
    /// The beginning of a class descriptor.
    pub class_prefix: Option<String>,
    /// A URI, matched where a literal holds it and no further name character follows.
    pub uri: Option<String>,
    /// A string, matched as a whole literal.
    pub string: Option<String>,
    /// An intent action the app answers to.
    pub action: Option<String>,
    /// A `meta-data` name.
    pub meta_data: Option<String>,
    /// A ZIP entry: whole path, or with one `*` at its beginning or end.
    pub entry: Option<String>,
    /// A native library's file name; one `*` at its beginning or end.
    pub library: Option<String>,
    /// What a native library states of itself, `SORT TEXT` as `facts::collect::native` writes it; one
    /// `*` at its beginning or end.
    pub native: Option<String>,
    /// The beginning of a component's fully qualified class name.
    pub component: Option<String>,
    /// A host, with every host below it.
    pub host: Option<String>,
    /// A name in scripts, pages and compiled programs of the app: a package, a plug-in or a call. No
    /// further letter of a name goes before or follows.
    pub script: Option<String>,
    /// A host whose pages the app shows as its own, with every host below it; `*` for any.
    pub page: Option<String>,
    /// Words of a published list that names the app, `list-kind match what` as [`super::published`]
    /// writes them; `*` in place of a word stands for every word.
    pub published: Option<String>,
    /// An anomaly's name.
    pub anomaly: Option<String>,
    /// A shape's name.
    pub shape: Option<String>,
    /// What the harvest analysis says of a read, `data shape level end` as `facts::collect::harvest`
    /// writes it; `*` in place of a word stands for every word.
    pub harvest: Option<String>,
}

impl VocabularyEntry {
    /// What is looked for, as its key and its text.
    #[must_use]
    pub fn pattern(&self) -> Option<(&'static str, &str)> {
        let patterns = [
            ("permission", &self.permission),
            ("method", &self.method),
            ("field", &self.field),
            ("class", &self.class),
            ("class-prefix", &self.class_prefix),
            ("uri", &self.uri),
            ("string", &self.string),
            ("action", &self.action),
            ("meta-data", &self.meta_data),
            ("entry", &self.entry),
            ("library", &self.library),
            ("native", &self.native),
            ("component", &self.component),
            ("host", &self.host),
            ("script", &self.script),
            ("page", &self.page),
            ("published", &self.published),
            ("anomaly", &self.anomaly),
            ("shape", &self.shape),
            ("harvest", &self.harvest),
        ];
        patterns
            .into_iter()
            .find_map(|(key, text)| Some((key, text.as_deref()?)))
    }
}

/// A source: https only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reference {
    /// Address.
    pub url: String,
    /// Who published it.
    pub publisher: String,
    /// Day it was read, `YYYY-MM-DD`.
    pub accessed: String,
}

/// An indicator file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Indicator {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// Equals the file name; never reused.
    pub id: Spanned<String>,
    /// Completes "The app …".
    pub title: Text,
    /// How mature it is.
    pub status: Status,
    /// How bad it is where it is true.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What was matched and how.
    #[serde(default)]
    pub description: String,
    /// What it means for a person.
    #[serde(default)]
    pub impact: String,
    /// When it matches without cause.
    #[serde(default)]
    pub false_positives: String,
    /// When it misses.
    #[serde(default)]
    pub false_negatives: String,
    /// Sources.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// Day it was added, `YYYY-MM-DD`.
    pub added: String,
    /// Day it was last changed.
    pub modified: Option<String>,
    /// Why and since when it no longer counts.
    pub withdrawn: Option<Withdrawal>,
    /// Ids of related indicators.
    #[serde(default)]
    pub related: Vec<Spanned<String>>,
    /// What it says of a kind of data, for the report's harvest rows.
    pub harvest: Option<HarvestRow>,
    /// The condition.
    pub when: Spanned<When>,
    /// Facts it must and must not match.
    #[serde(default)]
    pub examples: Examples,
}

/// What an indicator says of a kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HarvestRow {
    /// The kind of data.
    pub data: Data,
    /// How it is read; absent when only the permission is known.
    pub read: Option<Read>,
    /// Whether the finding speaks of a way off the device: one that is named somewhere in the app, or
    /// one the data was followed to.
    #[serde(default)]
    pub sink_named: bool,
}

/// Kinds of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "see report::v1::Data")]
pub enum Data {
    Contacts,
    Sms,
    CallLog,
}

/// How data is read, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "see report::v1::Read")]
pub enum Read {
    Picked,
    Lookup,
    Unknown,
    Bulk,
}

/// A text in the languages of the user interface.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

/// How mature an indicator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Being written; never scores.
    Draft,
    /// Counts half.
    Experimental,
    /// Counts.
    Stable,
    /// Kept for old reports; never scores.
    Deprecated,
}

impl Status {
    /// Stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Experimental => "experimental",
            Self::Stable => "stable",
            Self::Deprecated => "deprecated",
        }
    }

    /// Whether indicators of this status are matched.
    #[must_use]
    pub fn is_matched(self) -> bool {
        matches!(self, Self::Experimental | Self::Stable)
    }
}

/// How bad it is where it is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "an ordinal scale")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
}

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "an ordinal scale")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// A withdrawal: entries are never erased.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Day, `YYYY-MM-DD`.
    pub on: String,
    /// Why.
    pub reason: String,
}

/// The condition of an indicator: all parts must hold. One level deep; for more, refer to another
/// indicator's id as if it were a kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct When {
    /// Where the facts must stand together.
    pub scope: Scope,
    /// Kinds or indicators that must all be there.
    #[serde(default)]
    pub all: Vec<String>,
    /// Kinds or indicators of which one must be there.
    #[serde(default)]
    pub any: Vec<String>,
    /// A second choice, for conditions of the form (a or b) and (c or d).
    #[serde(default)]
    pub also_any: Vec<String>,
    /// Kinds or indicators that must not be there.
    #[serde(default)]
    pub none: Vec<String>,
    /// So many different facts of the kinds together.
    pub at_least: Option<AtLeast>,
}

/// A number of different facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtLeast {
    /// How many.
    pub distinct: usize,
    /// Of which kinds or indicators.
    pub of: Vec<Counted>,
}

impl AtLeast {
    /// All kinds and indicators that are counted.
    pub fn kinds(&self) -> impl Iterator<Item = &String> {
        self.of.iter().flat_map(|counted| match counted {
            Counted::Each(kind) => std::slice::from_ref(kind),
            Counted::Together(kinds) => kinds,
        })
    }
}

/// What is counted towards a number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Counted {
    /// A kind, each different fact of which counts, or an indicator, which counts once.
    Each(String),
    /// Kinds or indicators that stand for each other: all together count once.
    Together(Vec<String>),
}

/// Where the facts must stand together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Anywhere in the app.
    #[default]
    App,
    /// Words and phrases of one language, those in English with them, for apps mix it into others.
    /// All other facts count wherever they are.
    Language,
}

impl Scope {
    /// The name signatures use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scope::App => "app",
            Scope::Language => "language",
        }
    }
}

/// Facts an indicator must and must not match, executed by the linter's test run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Examples {
    /// Each text is a list of facts (see `facts::text`) that must match.
    #[serde(default, rename = "match")]
    pub matching: Vec<Spanned<String>>,
    /// Each text is a list of facts that must not match.
    #[serde(default)]
    pub no_match: Vec<Spanned<String>>,
}

/// `scoring.toml`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScoringFile {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// The two cards.
    pub card: Cards,
    /// Where the bands begin.
    pub band: Bands,
    /// Correlated groups.
    pub group: Vec<Spanned<Group>>,
    /// The weights.
    pub weight: Vec<Spanned<Weight>>,
}

/// The two cards.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cards {
    /// Capability to harvest.
    pub harvest: CardPrior,
    /// Being a lending app.
    pub lending: CardPrior,
}

/// Where a card begins.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardPrior {
    /// Decibans before any evidence.
    pub prior: f64,
    /// Where the number comes from.
    pub why: String,
}

/// Where the bands begin, in decibans.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bands {
    /// Harvest card: permissions asked for without visible use.
    pub harvest_declared: f64,
    /// Harvest card: the capability is there.
    pub harvest_capable: f64,
    /// Harvest card: shown to leave the device.
    pub harvest_proven: f64,
    /// Lending card: a lending app.
    pub lending: f64,
    /// Where the numbers come from.
    pub why: String,
}

/// A group of correlated evidence: together it counts at most `cap`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Name.
    pub id: String,
    /// The card it counts on.
    pub card: CardName,
    /// Decibans at most.
    pub cap: f64,
    /// Why these belong together.
    pub why: String,
}

/// The two cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "see Cards")]
pub enum CardName {
    Harvest,
    Lending,
}

/// What an indicator weighs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// The indicator.
    pub indicator: String,
    /// The group.
    pub group: String,
    /// Decibans.
    pub db: f64,
    /// Where the number comes from.
    pub why: String,
}
