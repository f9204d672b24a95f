//! The whole way through the house, for one input: bytes, container, formats, facts, matching,
//! score, report. Each stage takes what the one before it made; none looks back.
//!
//! [`Input`] says what can be given.

mod code;
mod collection;
mod decoded;
mod input;
mod manifest;
mod missing;
mod parts;
pub mod pieces;
mod shell;
mod signatures;

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

pub use input::{Input, Piece};

use crate::facts::network::Network;
use crate::facts::{Coverage, FactSet};
use crate::harvest::Harvest;
use crate::limits::Limits;
use crate::manifest::{Manifest, SdkVersion};
use crate::matching::{self, Matched};
use crate::policies::{self, Spoken};
use crate::report::{self, Report, build, v1};
use crate::score::{self, Band, Score};
use crate::signatures::Ruleset;
use crate::signatures::policy::Jurisdiction;
use crate::signatures::published::Named;
use crate::signing::Verify;

/// Settings of one analysis.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name of the input, as it stands in the report.
    pub name: String,
    /// SHA-256 of the input as lower-case hex, when the caller has computed it already.
    pub sha256: Option<String>,
    /// Caps and work budget.
    pub limits: Limits,
    /// Stores and countries whose rules are judged.
    pub jurisdictions: policies::Selection,
    /// How much of the package's signatures is verified.
    pub verify: Verify,
}

/// Everything known of an app before the rules are asked.
#[derive(Debug)]
pub struct Facts {
    /// Kind of the input.
    pub kind: v1::InputKind,
    /// What an archive of packages says of the app.
    pub note: Option<v1::Note>,
    /// The packages, when the app comes in several or they stand in an archive.
    pub parts: Vec<v1::Part>,
    /// The facts with their places.
    pub facts: FactSet,
    /// What was seen.
    pub coverage: Coverage,
    /// Hosts and keys.
    pub network: Network,
    /// The manifest.
    pub manifest: Option<Manifest>,
    /// What the harvest analysis found; nothing when it was not run.
    pub harvest: Harvest,
    /// Who signed the package.
    pub signer: build::Signer,
    anomalies: crate::anomaly::Anomalies,
}

/// Analyses one file: same bytes, same rules, same version, same report.
///
/// Pure and single-threaded. Nothing in the input can make it fail: what cannot be read is said in
/// the report.
///
/// # Limits
/// Time and memory are bounded by `options.limits`.
#[must_use]
pub fn analyze(bytes: &[u8], ruleset: &Ruleset, options: &Options) -> Report {
    analyze_input(Input::File(bytes), ruleset, options)
}

/// As [`analyze`], for an app in whatever form it is given.
#[must_use]
pub fn analyze_input(given: Input<'_>, ruleset: &Ruleset, options: &Options) -> Report {
    let sha256 = options.sha256.clone().unwrap_or_else(|| given.sha256());
    let input = |kind| {
        let (size, sha256) = (Some(given.size()), Some(sha256.clone()));
        v1::Input::single(options.name.clone(), kind, size, sha256)
    };
    let mut found = match input::read(given, ruleset, &options.limits, options.verify) {
        Ok(found) => found,
        Err(failure) => {
            return build::failed(build::tool(ruleset), input(v1::InputKind::Unknown), failure);
        }
    };
    let named = name_published(&mut found, &sha256, ruleset, &options.limits);
    let matched = matching::matched(&found.facts, ruleset);
    let score = score::score(&matched.findings, &found.coverage, ruleset);
    let spoken = spoken(&found);
    let asked = policies::asked(&options.jurisdictions, &spoken, ruleset);
    let verdicts = judge(&found, &matched, &score, &asked, ruleset);
    let degraded = found.coverage.is_degraded();
    Report {
        schema: v1::SCHEMA.to_owned(),
        tool: build::tool(ruleset),
        input: v1::Input {
            note: found.note,
            parts: found.parts,
            ..input(found.kind)
        },
        status: if degraded {
            v1::Status::Degraded
        } else {
            v1::Status::Ok
        },
        error: None,
        permissions: found
            .manifest
            .as_ref()
            .map(build::permissions)
            .unwrap_or_default(),
        app: found.manifest.as_ref().map(|manifest| {
            let languages = spoken.languages.into_iter().collect();
            build::app(manifest, languages, found.signer)
        }),
        score: Some(build::score(&score)),
        harvest: report::harvest::rows(&matched.findings, &found.harvest, ruleset),
        findings: build::findings(&matched.findings, ruleset),
        sdks: report::sdks::rows(&matched.sdks, ruleset),
        published: report::published::rows(&named, ruleset),
        network: Some(report::network::network(&found.network, ruleset)),
        jurisdictions: asked
            .iter()
            .map(|file| file.jurisdiction.get_ref().clone())
            .collect(),
        policies: report::policies::rows(&verdicts),
        anomalies: build::anomalies(&found.anomalies),
        coverage: Some(build::coverage(&found.coverage)),
    }
}

/// The entries of published lists that the app fits, which become facts as well.
fn name_published(found: &mut Facts, sha256: &str, ruleset: &Ruleset, limits: &Limits) -> Vec<Named> {
    let compared = report::published::Compared {
        package: found.manifest.as_ref().map(|manifest| manifest.package.as_str()),
        sha256,
        certificates: &found.signer.certificates,
    };
    report::published::collect(&compared, &mut found.facts, ruleset, limits)
}

/// What the app speaks, by its words and the locales of its labels.
fn spoken(found: &Facts) -> Spoken {
    let labels = found.manifest.iter().flat_map(|manifest| manifest.labels.keys());
    Spoken::of(&found.facts, labels.map(String::as_str))
}

/// The verdicts on the rules of `asked`; none unless the app is taken for a lending app.
fn judge<'r>(
    found: &Facts,
    matched: &Matched,
    score: &Score,
    asked: &[&'r Jurisdiction],
    ruleset: &'r Ruleset,
) -> Vec<policies::Verdict<'r>> {
    if !score.is_lending(ruleset) {
        return Vec::new();
    }
    let target = found
        .manifest
        .as_ref()
        .and_then(|manifest| manifest.target_sdk.as_ref());
    let subject = policies::Subject {
        facts: &found.facts,
        findings: &matched.findings,
        target_sdk: target.map(SdkVersion::level),
        is_assessable: score.band != Band::NotAssessable,
    };
    policies::judge(&subject, asked, ruleset)
}

impl Input<'_> {
    /// Size of all files together, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::File(bytes) => bytes.len() as u64,
            Self::Parts(parts) => parts.iter().map(|part| part.bytes.len() as u64).sum(),
            Self::Folder(files) => {
                let sizes = files.iter().filter_map(|file| file.contents);
                sizes.map(|contents| contents.len() as u64).sum()
            }
        }
    }

    /// SHA-256 as lower-case hex: of the file, or, for several, of the list of their digests: a line
    /// `DIGEST  NAME` each, as `sha256sum` writes it, in the order they are given in.
    #[must_use]
    pub fn sha256(&self) -> String {
        let files: Vec<(Cow<'_, str>, &[u8])> = match self {
            Self::File(bytes) => return sha256(bytes),
            Self::Parts(parts) => parts.iter().map(|part| (part.name.into(), part.bytes)).collect(),
            Self::Folder(files) => {
                let read = files.iter();
                read.filter_map(|file| Some((file.name.into(), file.contents?)))
                    .collect()
            }
        };
        let mut list = String::new();
        for (name, contents) in files {
            // Writing to a String cannot fail.
            let _ = writeln!(list, "{}  {name}", sha256(contents));
        }
        sha256(list.as_bytes())
    }
}

/// SHA-256 of `bytes` as lower-case hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    crate::hex::lower(&Sha256::digest(bytes))
}

/// Reads one file into facts; the first half of [`analyze`]. Signatures are not verified.
///
/// # Errors
/// When neither a manifest nor code could be read.
pub fn facts(bytes: &[u8], ruleset: &Ruleset, limits: &Limits) -> Result<Facts, v1::Failure> {
    facts_of(Input::File(bytes), ruleset, limits)
}

/// As [`facts`], of an app in whatever form it is given.
///
/// # Errors
/// When neither a manifest nor code could be read.
pub fn facts_of(given: Input<'_>, ruleset: &Ruleset, limits: &Limits) -> Result<Facts, v1::Failure> {
    input::read(given, ruleset, limits, Verify::None)
}

fn scratch() -> crate::anomaly::Anomalies {
    crate::anomaly::Anomalies::new(0)
}
