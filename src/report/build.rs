//! From what was found to the wire types.

use std::collections::BTreeMap;

pub use super::signer::{Signer, signer};
use super::v1;
use crate::anomaly::Anomalies;
use crate::facts::coverage::{Coverage, Layer, Opaque};
use crate::facts::layers::{LayerCoverage, LayerName, Tally};
use crate::facts::words::term_of;
use crate::facts::{FactKind, Location};
use crate::manifest::{Manifest, Permission, SdkVersion};
use crate::matching::{self, Finding};
use crate::score::{self, Score};
use crate::signatures::Ruleset;
use crate::signatures::schema::{CardName, Level};

/// The tool's part of every report.
#[must_use]
pub fn tool(ruleset: &Ruleset) -> v1::Tool {
    v1::Tool {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ruleset: v1::RulesetId {
            version: ruleset.version().to_owned(),
            sha256: ruleset.sha256().to_owned(),
        },
    }
}

/// The report of an input of which nothing could be read.
#[must_use]
pub fn failed(tool: v1::Tool, input: v1::Input, error: v1::Failure) -> v1::Report {
    v1::Report {
        schema: v1::SCHEMA.to_owned(),
        tool,
        input,
        status: v1::Status::Failed,
        error: Some(error),
        app: None,
        permissions: Vec::new(),
        score: None,
        harvest: Vec::new(),
        findings: Vec::new(),
        sdks: Vec::new(),
        published: Vec::new(),
        network: None,
        jurisdictions: Vec::new(),
        policies: Vec::new(),
        anomalies: Vec::new(),
        coverage: None,
    }
}

/// What the manifest says of the app, and the `languages` its texts about lending are written in.
#[must_use]
pub fn app(manifest: &Manifest, languages: Vec<String>, signer: Signer) -> v1::App {
    let mut labels = manifest.labels.clone();
    labels.remove("");
    v1::App {
        package: (!manifest.package.is_empty()).then(|| manifest.package.clone()),
        label: manifest.label.clone(),
        labels,
        version_code: manifest.long_version_code(),
        version_name: manifest.version_name.clone(),
        min_sdk: manifest.min_sdk.as_ref().map(SdkVersion::level),
        target_sdk: manifest.target_sdk.as_ref().map(SdkVersion::level),
        languages,
        certificates: signer.certificates,
        signature: signer.signature,
    }
}

/// Declared permissions in the order of the manifest, then implied ones.
#[must_use]
pub fn permissions(manifest: &Manifest) -> Vec<v1::Permission> {
    let row = |permission: &Permission, implied| v1::Permission {
        name: permission.name.clone(),
        max_sdk: permission.max_sdk,
        implied,
    };
    let declared = manifest
        .permissions
        .iter()
        .map(|permission| row(permission, false));
    declared
        .chain(
            manifest
                .implied_permissions
                .iter()
                .map(|permission| row(permission, true)),
        )
        .collect()
}

/// The findings, by id.
#[must_use]
pub fn findings(findings: &[Finding], ruleset: &Ruleset) -> Vec<v1::Finding> {
    let known = |finding: &Finding| {
        let indicator = ruleset.indicator(&finding.id)?;
        Some(v1::Finding {
            id: finding.id.clone(),
            title: indicator.title.en.clone(),
            titles: BTreeMap::from([("zh-CN".to_owned(), indicator.title.zh.clone())]),
            status: indicator.status.name().to_owned(),
            level: level(finding.level),
            evidence: evidence(&finding.evidence),
        })
    };
    findings.iter().filter_map(known).collect()
}

/// The score.
#[must_use]
pub fn score(score: &Score) -> v1::Score {
    v1::Score {
        value: score.value,
        band: match score.band {
            score::Band::Low => v1::Band::Low,
            score::Band::NotAssessable => v1::Band::NotAssessable,
            score::Band::Elevated => v1::Band::Elevated,
            score::Band::High => v1::Band::High,
        },
        why: why(score.why),
        vector: score.vector.clone(),
        harvest_db: score.harvest_db,
        lending_db: score.lending_db,
        contributions: score.contributions.iter().map(contribution).collect(),
    }
}

fn why(why: score::Why) -> v1::Why {
    match why {
        score::Why::LendingAndHarvest => v1::Why::LendingAndHarvest,
        score::Why::LendingAndPermissions => v1::Why::LendingAndPermissions,
        score::Why::HarvestWithoutLending => v1::Why::HarvestWithoutLending,
        score::Why::LendingWithoutHarvest => v1::Why::LendingWithoutHarvest,
        score::Why::CapabilityWithoutLending => v1::Why::CapabilityWithoutLending,
        score::Why::NeitherFound => v1::Why::NeitherFound,
        score::Why::CodeHidden => v1::Why::CodeHidden,
        score::Why::CodeUnreadable => v1::Why::CodeUnreadable,
        score::Why::WebShell => v1::Why::WebShell,
        score::Why::NoCode => v1::Why::NoCode,
        score::Why::NoManifest => v1::Why::NoManifest,
    }
}

fn contribution(contribution: &score::Contribution) -> v1::Contribution {
    v1::Contribution {
        id: contribution.id.clone(),
        card: match contribution.card {
            CardName::Harvest => v1::Card::Harvest,
            CardName::Lending => v1::Card::Lending,
        },
        db: contribution.db,
        level: level(contribution.level),
        evidence: evidence(&contribution.evidence),
    }
}

/// Anomalies by kind in the order they were first seen.
#[must_use]
pub fn anomalies(anomalies: &Anomalies) -> Vec<v1::Anomaly> {
    let mut seen = Vec::new();
    let mut rows = Vec::new();
    for anomaly in anomalies.kept() {
        if seen.contains(&anomaly.kind) {
            continue;
        }
        seen.push(anomaly.kind);
        rows.push(v1::Anomaly {
            kind: anomaly.kind.name().to_owned(),
            count: anomalies.count(anomaly.kind),
            location: v1::Evidence {
                kind: "entry".to_owned(),
                entry: anomaly.subject.clone(),
                offset: anomaly.offset,
                ..v1::Evidence::default()
            },
        });
    }
    rows
}

/// What was seen.
#[must_use]
pub fn coverage(coverage: &Coverage) -> v1::Coverage {
    let layer = |layer: Layer| match layer {
        Layer::Absent => v1::Layer::Absent,
        Layer::Unreadable => v1::Layer::Unreadable,
        Layer::Partial => v1::Layer::Partial,
        Layer::Read => v1::Layer::Read,
    };
    v1::Coverage {
        code: coverage
            .code()
            .map(|share| libm::floor(share * 10_000.0) / 10_000.0),
        dex_bytes: coverage.dex_bytes,
        methods: coverage.methods,
        methods_decoded: coverage.methods_decoded,
        manifest: layer(coverage.manifest),
        resources: layer(coverage.resources),
        layers: coverage.layers.iter().map(layer_coverage).collect(),
        opaque: coverage
            .opaque
            .iter()
            .map(|opaque: &Opaque| opaque.name().to_owned())
            .collect(),
        missing: coverage.missing.iter().map(missing).collect(),
        budget_spent: coverage.budget_spent,
    }
}

fn missing((opaque, name): &(Opaque, String)) -> v1::Missing {
    v1::Missing {
        opaque: opaque.name().to_owned(),
        name: name.clone(),
    }
}

fn layer_coverage((name, layer): (LayerName, &LayerCoverage)) -> v1::LayerCoverage {
    let tally = |tally: Tally| v1::Tally {
        count: tally.count,
        bytes: tally.bytes,
    };
    v1::LayerCoverage {
        layer: name.name().to_owned(),
        present: tally(layer.all()),
        read: tally(layer.was_read()),
        unreadable: tally(layer.was_unreadable()),
        skipped: tally(layer.was_skipped()),
        unexamined: tally(layer.unexamined()),
    }
}

pub(super) fn level(level: Level) -> v1::Level {
    match level {
        Level::Declared => v1::Level::Declared,
        Level::Named => v1::Level::Named,
        Level::Located => v1::Level::Located,
        Level::Linked => v1::Level::Linked,
        Level::Proven => v1::Level::Proven,
    }
}

/// Places kept for one fact in the report; the rest is in the fact dump.
const PLACES_PER_FACT: usize = 4;

pub(super) fn evidence(evidence: &[matching::Evidence]) -> Vec<v1::Evidence> {
    let mut rows = Vec::new();
    // A read that was found says more than the names around it.
    let is_read = |item: &&matching::Evidence| item.fact.kind == FactKind::Harvest;
    let reads_first = evidence
        .iter()
        .filter(is_read)
        .chain(evidence.iter().filter(|item| !is_read(item)));
    for item in reads_first {
        // A place in the code says more than a row of a table.
        let in_code = |location: &&Location| matches!(location, Location::DexCode { .. });
        let in_code_first = item
            .locations
            .iter()
            .filter(in_code)
            .chain(item.locations.iter().filter(|place| !in_code(place)));
        for location in in_code_first.take(PLACES_PER_FACT) {
            let mut row = place(location);
            row.value = Some(term_of(&item.fact).to_owned());
            rows.push(row);
        }
    }
    rows
}

/// What sort of entry `name` is: a native library in the place Android loads it from, an asset, or
/// any other.
fn entry_kind(name: &str) -> &'static str {
    // What stands in a part of the app is of the sort that it is there.
    let name = name.split_once(".apk!/").map_or(name, |(_, inner)| inner);
    if name.starts_with("lib/") && name.ends_with(".so") {
        "native"
    } else if name.starts_with("assets/") {
        "asset"
    } else {
        "entry"
    }
}

pub(super) fn place(location: &Location) -> v1::Evidence {
    let base = |kind: &str| v1::Evidence {
        kind: kind.to_owned(),
        ..v1::Evidence::default()
    };
    match location {
        Location::Package => base("package"),
        Location::Entry { name, offset } => v1::Evidence {
            entry: Some(name.clone()),
            offset: *offset,
            ..base(entry_kind(name))
        },
        Location::Manifest {
            element,
            offset,
            file,
        } => v1::Evidence {
            entry: file.as_deref().map(str::to_owned),
            element: Some(element.clone()),
            offset: Some(*offset),
            ..base("manifest")
        },
        Location::Resource {
            kind,
            name,
            locale,
            file,
        } => v1::Evidence {
            entry: file.as_deref().map(str::to_owned),
            resource_type: Some(kind.clone()),
            resource: Some(name.clone()),
            locale: (!locale.is_empty()).then(|| locale.clone()),
            ..base("resource")
        },
        Location::DexTable { dex, table, index } => v1::Evidence {
            dex: Some(dex.clone()),
            table: Some(table.name().to_owned()),
            index: Some(*index),
            ..base("dex")
        },
        Location::DexCode { dex, method, offset } => v1::Evidence {
            dex: Some(dex.clone()),
            method: Some(method.clone()),
            offset: Some((*offset).into()),
            ..base("dex")
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_told_apart_by_their_place() {
        for (name, kind) in [
            ("lib/arm64-v8a/liba.so", "native"),
            ("lib/arm64-v8a/a.txt", "entry"),
            ("assets/liba.so", "asset"),
            ("res/raw/a.txt", "entry"),
            ("splits/base-arm64_v8a.apk!/lib/arm64-v8a/liba.so", "native"),
            ("base.apk!/assets/a.apk!/classes.dex", "asset"),
        ] {
            let evidence = place(&Location::Entry {
                name: name.to_owned(),
                offset: Some(7),
            });
            assert_eq!((evidence.kind.as_str(), evidence.offset), (kind, Some(7)));
        }
    }
}
