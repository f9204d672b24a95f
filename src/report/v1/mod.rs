//! The wire types of `dunwatch.report/1`.
//!
//! One JSON object per input. The JSON Schema committed at `docs/report-v1.schema.json` is
//! generated from these types. Fields may be added; names and meanings stay. Unknown is `null`,
//! never a default. Lists have a fixed order: permissions, anomalies and evidence as they stand in
//! the file, contributions by card and weight, findings by id.

mod context;
mod layers;
mod network;
mod signer;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use context::{Policy, Published, Sdk, Verdict};
pub use layers::{LayerCoverage, Tally};
pub use network::{Field, Host, Identifier, Named, Network};
pub use signer::{Certificate, Key, Signature, SignatureScheme, SignatureStatus, SourceStamp};

/// The value of [`Report::schema`].
pub const SCHEMA: &str = "dunwatch.report/1";

/// What was found in one input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `dunwatch.report/1`.
    pub schema: String,
    /// What produced the report.
    pub tool: Tool,
    /// The file the report is about.
    pub input: Input,
    /// How much of it could be read.
    pub status: Status,
    /// Why nothing could be read; only with the status `failed`.
    pub error: Option<Failure>,
    /// What the manifest says of the app; `null` when it could not be read.
    pub app: Option<App>,
    /// Permissions in the order of their declaration, implied ones last.
    pub permissions: Vec<Permission>,
    /// The two cards and the band; `null` when the input failed.
    pub score: Option<Score>,
    /// For each kind of data the strongest read with the strongest sink.
    pub harvest: Vec<Harvest>,
    /// Every indicator that matched, by id.
    pub findings: Vec<Finding>,
    /// The libraries, services, frameworks and protectors in it, by id.
    #[serde(default)]
    pub sdks: Vec<Sdk>,
    /// The published lists that name it, or an app that looks like it.
    #[serde(default)]
    pub published: Vec<Published>,
    /// Where it talks to and the keys by which services know it; `null` when the input failed.
    #[serde(default)]
    pub network: Option<Network>,
    /// The stores and countries whose rules were asked for, stores first.
    #[serde(default)]
    pub jurisdictions: Vec<String>,
    /// One verdict for each rule of these stores and countries; empty unless the app is taken for a
    /// lending app.
    pub policies: Vec<Policy>,
    /// What an honest tool would not have written.
    pub anomalies: Vec<Anomaly>,
    /// What was seen and what was not; `null` when the input failed.
    pub coverage: Option<Coverage>,
}

/// The program and the rules that produced a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Version of the program.
    pub version: String,
    /// The rules in force.
    pub ruleset: RulesetId,
}

/// Which rules were in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RulesetId {
    /// Version the rule files state, year and month.
    pub version: String,
    /// SHA-256 over the names and contents of all rule files, lower-case hex.
    pub sha256: String,
}

/// The file a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// Path or name as the caller gave it.
    pub name: String,
    /// Kind of file.
    pub kind: InputKind,
    /// Size in bytes; `null` when the file could not be opened.
    pub size: Option<u64>,
    /// SHA-256 of the whole file, lower-case hex; `null` when it could not be read.
    pub sha256: Option<String>,
    /// What the archive says of the app, when the input is an archive of packages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// The packages the app comes in, when they are several or stand in an archive: base first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

impl Input {
    /// An input in one file.
    #[must_use]
    pub fn single(name: String, kind: InputKind, size: Option<u64>, sha256: Option<String>) -> Self {
        Self {
            name,
            kind,
            size,
            sha256,
            note: None,
            parts: Vec::new(),
        }
    }
}

/// What an archive of packages says of the app; the report's `app` is what the packages say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// The entry it stands in.
    pub entry: String,
    /// Package name.
    pub package: Option<String>,
    /// Version code.
    pub version_code: Option<u64>,
    /// Version for people.
    pub version_name: Option<String>,
}

/// A file that an app comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Its entry in the archive, or its name as the caller gave it. Places in it are written
    /// `NAME!/ENTRY`.
    pub name: String,
    /// What it is for.
    pub role: PartRole,
    /// Name of the split, as its manifest states it.
    pub split: Option<String>,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the file, lower-case hex; `null` when it was not read.
    pub sha256: Option<String>,
}

/// What a part is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartRole {
    /// The base.
    Base,
    /// A feature, or a module of an App Bundle beside the base.
    Feature,
    /// For devices of one processor, screen or language.
    Configuration,
    /// Would be installed in place of another part; not read.
    Alternative,
    /// An expansion file; not read.
    Expansion,
    /// Belongs to another app or version, or cannot be read.
    Unread,
}

/// Kinds of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// An Android package.
    Apk,
    /// An Android App Bundle.
    Aab,
    /// A lone dex file.
    Dex,
    /// An archive of packages with `manifest.json` (APKPure and others).
    Xapk,
    /// An archive of packages made by bundletool or SAI, or without a note.
    Apks,
    /// An archive of packages with `info.json` (APKMirror).
    Apkm,
    /// A base and its splits, given together.
    SplitApks,
    /// A lone manifest, binary or text.
    Manifest,
    /// A folder that holds one decoded app.
    Folder,
    /// Something else.
    Unknown,
}

/// How much of an input could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Everything that was looked for could be read.
    Ok,
    /// Some part was unreadable; `anomalies` and `coverage` name it.
    Degraded,
    /// No manifest and no code could be read.
    Failed,
}

/// Why an input failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Stable name of the reason, in kebab case.
    pub kind: String,
    /// One sentence in English.
    pub message: String,
    /// Absolute offset in bytes, where the reason has one.
    pub offset: Option<u64>,
}

/// What the manifest says of the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct App {
    /// Package name.
    pub package: Option<String>,
    /// Label in the default configuration.
    pub label: Option<String>,
    /// Labels by BCP-47 locale, the default one left out.
    pub labels: BTreeMap<String, String>,
    /// Version code, with the major part in the upper 32 bits.
    pub version_code: Option<u64>,
    /// Version name.
    pub version_name: Option<String>,
    /// Lowest API level the app asks for.
    pub min_sdk: Option<u32>,
    /// API level the app is written for.
    pub target_sdk: Option<u32>,
    /// Languages of the word lists that the app's texts about lending are written in.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Signer certificates, newest scheme first.
    pub certificates: Vec<Certificate>,
    /// Whether the signatures hold; `null` for what is not signed.
    #[serde(default)]
    pub signature: Option<Signature>,
}

/// A permission the app holds or asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Permission {
    /// Full name.
    pub name: String,
    /// `maxSdkVersion` of the declaration.
    pub max_sdk: Option<u32>,
    /// Whether the platform adds it for old target SDKs, without a declaration.
    pub implied: bool,
}

/// The two cards and what is read off them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// 0 to 100 with one decimal; `null` when not assessable.
    pub value: Option<f64>,
    /// The band.
    pub band: Band,
    /// Why the band is what it is: a stable name which the renderers put into a sentence.
    pub why: Why,
    /// A short form of the evidence: version, kinds, read, flow, lending, visibility.
    pub vector: String,
    /// Harvest card in decibans, the prior included.
    pub harvest_db: f64,
    /// Lending card in decibans, the prior included.
    pub lending_db: f64,
    /// What was added up: harvest before lending, heavier before lighter.
    pub contributions: Vec<Contribution>,
}

/// The bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// The evidence found does not reach the other bands.
    Low,
    /// The code that matters could not be seen.
    NotAssessable,
    /// A proven harvest without lending evidence, or a lending app that asks, and no code was seen
    /// that reads the data and sends it away.
    Elevated,
    /// A lending app with the capability to harvest.
    High,
}

/// The reason behind a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A lending app that can read the data and send it away.
    LendingAndHarvest,
    /// A lending app that declares the permissions; no code was seen that reads the data and sends
    /// it away.
    LendingAndPermissions,
    /// A proven harvest that leaves the device, in an app without lending evidence.
    HarvestWithoutLending,
    /// A lending app without the capability.
    LendingWithoutHarvest,
    /// The capability without lending evidence.
    CapabilityWithoutLending,
    /// Neither.
    NeitherFound,
    /// The code is packed, encrypted or loaded at run time.
    CodeHidden,
    /// Part of the manifest or of the code could not be read, or the file is cut off.
    CodeUnreadable,
    /// The app is an empty shell around a web page.
    WebShell,
    /// The package holds no code.
    NoCode,
    /// The manifest could not be read.
    NoManifest,
}

/// One weighed indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contribution {
    /// Id of the indicator.
    pub id: String,
    /// The card it counts on.
    pub card: Card,
    /// Decibans added after the caps.
    pub db: f64,
    /// How far the evidence goes.
    pub level: Level,
    /// Where it was seen.
    pub evidence: Vec<Evidence>,
}

/// The two cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Card {
    /// Capability to harvest.
    Harvest,
    /// Being a lending app.
    Lending,
}

/// How far evidence goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The manifest declares it.
    Declared,
    /// The identifier tables or texts of the package name it.
    Named,
    /// The reading instruction was found and its provider decided.
    Located,
    /// The read is reachable and the same code reaches a sink.
    Linked,
    /// A value path from read to sink was found.
    Proven,
}

/// A place in the package, with what stands there.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// `manifest`, `resource`, `dex`, `native`, `asset`, `entry`, `certificate` or `package`.
    pub kind: String,
    /// What stands there: a permission, a reference, a word; in a path what happens there (`read`,
    /// `step`, `call`, `return`, `through-…`, `sink`) and the method that is called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    /// Manifest element.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub element: Option<String>,
    /// ZIP entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<String>,
    /// Dex file within the package.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dex: Option<String>,
    /// Table of the dex file: `string_ids`, `type_ids`, `field_ids` or `method_ids`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub table: Option<String>,
    /// Row of that table.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<u32>,
    /// Method whose code refers to it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<String>,
    /// Resource type, such as `string`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource_type: Option<String>,
    /// Resource name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<String>,
    /// Locale of the resource; `null` or absent in the default configuration.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub locale: Option<String>,
    /// Offset: 16-bit code units within a method, bytes within an entry otherwise.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offset: Option<u64>,
}

/// One row for a kind of data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Harvest {
    /// The kind of data.
    pub data: Data,
    /// How it is read.
    pub read: Read,
    /// How far that is shown.
    pub level: Level,
    /// Whether an entry point of the app reaches the read; `null` when not decided.
    pub reachable: Option<bool>,
    /// Where it goes; `null` when no sink was found.
    pub sink: Option<Sink>,
    /// The steps from the read to the sink, of a long path the beginning and the end; read and sink
    /// when the level is `linked`. Below `located` the evidence for the row.
    pub path: Vec<Evidence>,
}

/// Kinds of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// The address book.
    Contacts,
    /// Text messages.
    Sms,
    /// The call log.
    CallLog,
}

/// How data is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Read {
    /// The whole table.
    Bulk,
    /// One row by key.
    Lookup,
    /// A row the person picked.
    Picked,
    /// Not decided.
    Unknown,
}

/// Where data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "the names say it, and docs/report-v1.md explains each"
)]
pub enum Sink {
    Network,
    FileThenNetwork,
    File,
    Database,
    Log,
    Sms,
    WebviewBridge,
    ReactNativeBridge,
    FlutterBridge,
    CordovaBridge,
    Unknown,
}

/// One indicator that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the indicator; `dunwatch explain ID` tells more.
    pub id: String,
    /// Completes the sentence "The app …", in English.
    pub title: String,
    /// The same by BCP-47 locale, English left out.
    #[serde(default)]
    pub titles: BTreeMap<String, String>,
    /// Status of the signature.
    pub status: String,
    /// How far the evidence goes.
    pub level: Level,
    /// Where it was seen.
    pub evidence: Vec<Evidence>,
}

/// Something an honest tool would not have written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Anomaly {
    /// Stable name.
    pub kind: String,
    /// How often it was seen; at most a few are listed each with their place.
    pub count: u64,
    /// The first place it was seen.
    pub location: Evidence,
}

/// What was seen and what was not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Share of the code that was examined, 0 to 1; `null` when the code is hidden or absent.
    pub code: Option<f64>,
    /// Inflated size of all dex files in bytes.
    pub dex_bytes: u64,
    /// Methods with code; `null` when the code was not walked because the identifier tables gave
    /// no reason to.
    pub methods: Option<u64>,
    /// Methods whose instructions were decoded to the end; `null` likewise.
    pub methods_decoded: Option<u64>,
    /// Whether the manifest could be read.
    pub manifest: Layer,
    /// Whether the resource table could be read.
    pub resources: Layer,
    /// What stands in each layer and how much of it was read; layers in which nothing is are left
    /// out.
    #[serde(default)]
    pub layers: Vec<LayerCoverage>,
    /// What is in the package but out of sight, by stable name.
    pub opaque: Vec<String>,
    /// Splits and types of splits that the app names and that were not given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// Whether the work budget was spent before the end.
    pub budget_spent: bool,
}

/// Something that belongs to the app and was not given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// The entry of `opaque` that it is the reason for.
    pub opaque: String,
    /// Name of a split, or of a type of splits.
    pub name: String,
}

/// State of one layer of the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Read to its end.
    Read,
    /// Read in part.
    Partial,
    /// Present and unreadable.
    Unreadable,
    /// Not in the package.
    Absent,
}
