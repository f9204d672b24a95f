//! The whole way through the house, for one input: bytes, container, formats, facts, matching,
//! score, report. Each stage takes what the one before it made; none looks back.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::anomaly::AnomalyKind;
use crate::app::{App, PackageKind, Part};
use crate::container::{Container, ContainerError};
use crate::facts::collect::Collector;
use crate::facts::collect::manifest::{component_actions, component_classes};
use crate::facts::collect::package::Shape;
use crate::facts::collect::packing::Missing;
use crate::facts::coverage::Layer;
use crate::facts::layers::LayerName;
use crate::facts::network::Network;
use crate::facts::{Coverage, Fact, FactKind, FactSet};
use crate::formats::arsc::Table;
use crate::formats::dex::{Dex, is_dex};
use crate::formats::{axml, xml};
use crate::harvest::models::Models;
use crate::harvest::program::CodeFile;
use crate::harvest::{self, Harvest};
use crate::limits::Limits;
use crate::manifest::{Manifest, SdkVersion};
use crate::matching::{self, Matched};
use crate::policies::{self, Spoken};
use crate::report::{self, Report, build, v1};
use crate::score::{self, Band, Score};
use crate::signatures::Ruleset;
use crate::signatures::policy::Jurisdiction;
use crate::signatures::published::Named;
use crate::signing::{self, Verify};

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
    let sha256 = options.sha256.clone().unwrap_or_else(|| sha256(bytes));
    let input = |kind| v1::Input {
        name: options.name.clone(),
        kind,
        size: Some(bytes.len() as u64),
        sha256: Some(sha256.clone()),
    };
    let mut found = match read(bytes, ruleset, &options.limits, options.verify) {
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
        input: input(found.kind),
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
    read(bytes, ruleset, limits, Verify::None)
}

fn read(bytes: &[u8], ruleset: &Ruleset, limits: &Limits, verify: Verify) -> Result<Facts, v1::Failure> {
    let mut collector = Collector::new(ruleset.vocabulary().interest(), ruleset.lexicon(), limits);
    // A dex file may have an archive behind it (the Janus trick), and is an archive then.
    if is_dex(bytes) && Container::open(bytes, limits, &mut scratch()).is_err() {
        let layer = collector.coverage.layer(LayerName::Dex);
        layer.present(bytes.len() as u64);
        collector.add_dex("classes.dex", bytes, &mut Vec::new(), false);
        return finish(collector, v1::InputKind::Dex, None, build::Signer::default());
    }
    let container = match Container::open(bytes, limits, &mut collector.anomalies) {
        Ok(container) => container,
        Err(error) => return Err(not_an_archive(&error)),
    };
    container.cross_check(&mut collector.anomalies);
    let mut app = App::new(container, limits, &mut collector.anomalies);
    let kind = match app.kind() {
        // An archive with neither manifest nor code in their places is something else.
        PackageKind::Apk
            if app.container().find("AndroidManifest.xml").is_none() && app.code().is_empty() =>
        {
            v1::InputKind::Unknown
        }
        PackageKind::Apk => v1::InputKind::Apk,
        PackageKind::Bundle => v1::InputKind::Aab,
    };
    collector.add_layers(app.container(), app.code());
    let manifest = read_manifest(&mut app, &mut collector);
    collector.add_entries(app.container());
    let harvest = read_code(&mut app, manifest.as_ref(), ruleset.models(), &mut collector);
    let demands = manifest.as_ref().map(demands).unwrap_or_default();
    let (container, inflater) = app.reader();
    let signing = signing::read(
        container,
        demands,
        verify,
        inflater,
        limits,
        &mut collector.anomalies,
    );
    collector.add_certificates(&signing.sources);
    let mut found = finish(collector, kind, manifest, build::signer(&signing))?;
    found.harvest = harvest.unwrap_or_default();
    Ok(found)
}

/// What the manifest asks of the signature.
fn demands(manifest: &Manifest) -> signing::Demands {
    signing::Demands {
        min_sdk: manifest.effective_min_sdk(),
        target_sdk: manifest.effective_target_sdk(),
        target_sandbox: manifest.target_sandbox.unwrap_or(1),
    }
}

fn scratch() -> crate::anomaly::Anomalies {
    crate::anomaly::Anomalies::new(0)
}

fn not_an_archive(error: &ContainerError) -> v1::Failure {
    let kind = match error {
        ContainerError::Empty => "empty-archive",
        _ => "not-an-archive",
    };
    v1::Failure {
        kind: kind.to_owned(),
        message: error.to_string(),
        offset: None,
    }
}

/// Reads manifest and resources, which refer to each other.
fn read_manifest(app: &mut App<'_>, collector: &mut Collector<'_>) -> Option<Manifest> {
    let limits = collector.limits;
    let (budget, anomalies) = (&mut collector.budget, &mut collector.anomalies);
    let resources = app.resources(limits, budget, anomalies);
    let manifest = app.manifest(limits, budget, anomalies);
    let is_bundle = app.kind() == PackageKind::Bundle;
    let table = match &resources {
        Part::Absent => None,
        Part::Data(data) if !is_bundle => Table::parse(data, budget, anomalies).ok(),
        _ => None,
    };
    collector.coverage.resources = match (&resources, &table) {
        (Part::Absent, _) => Layer::Absent,
        (_, None) => Layer::Unreadable,
        (_, Some(table)) if table.pool().is_sound() => Layer::Read,
        _ => Layer::Partial,
    };
    let document = match &manifest {
        Part::Data(data) if is_bundle || data.is_empty() => None,
        Part::Data(data) if axml::is_text(data) => xml::parse(data, limits, budget, anomalies).ok(),
        Part::Data(data) => axml::parse(data, limits, budget, anomalies).ok(),
        _ => None,
    };
    let parsed = document.and_then(|document| {
        Manifest::from_document(&document, table.as_ref(), limits, budget, anomalies).ok()
    });
    let is_cut = [AnomalyKind::AxmlTruncated, AnomalyKind::BudgetSpent]
        .into_iter()
        .any(|kind| collector.anomalies.count(kind) > 0);
    collector.coverage.manifest = match (&manifest, &parsed) {
        (Part::Absent, _) => Layer::Absent,
        (_, None) => Layer::Unreadable,
        (_, Some(_)) if is_cut => Layer::Partial,
        (_, Some(_)) => Layer::Read,
    };
    if parsed.is_none() {
        collector
            .anomalies
            .of(AnomalyKind::ManifestUnreadable, "AndroidManifest.xml");
    }
    if let Some(manifest) = &parsed {
        collector.add_manifest(manifest);
    }
    if let Some(table) = &table {
        collector.add_resources(table);
    }
    let bytes = |part: &Part<'_>, name| match part {
        Part::Data(data) => data.len() as u64,
        Part::Absent | Part::Unreadable => app.size_of(name),
    };
    let state = collector.coverage.manifest;
    collector.add_part(LayerName::Manifest, state, bytes(&manifest, app.manifest_name()));
    let state = collector.coverage.resources;
    collector.add_part(
        LayerName::Resources,
        state,
        bytes(&resources, app.resources_name()),
    );
    parsed
}

/// Reads every dex file, hidden ones included, one at a time unless their code is followed; then what
/// else the package says and does.
fn read_code(
    app: &mut App<'_>,
    manifest: Option<&Manifest>,
    models: &Models,
    collector: &mut Collector<'_>,
) -> Option<Harvest> {
    let limits = collector.limits;
    let mut missing = manifest.map(component_classes).unwrap_or_default();
    let components = missing.len();
    let walk = manifest.is_some_and(|manifest| {
        let wanted = &collector.interest.located_permissions;
        manifest
            .permissions
            .iter()
            .any(|permission| wanted.contains(&permission.name))
    });
    let mut shape = Shape {
        components,
        has_code: has_code(manifest),
        ..Shape::default()
    };
    let before = collector.coverage.dex_bytes_read;
    let code = app.code().to_vec();
    // What is to be walked is kept, for the harvest analysis looks at all dex files together.
    let mut kept: Vec<(String, Cow<'_, [u8]>)> = Vec::new();
    for name in &code {
        match app.read(name, limits, &mut collector.budget, &mut collector.anomalies) {
            Part::Data(data) if walk => kept.push((name.clone(), data)),
            Part::Data(data) => {
                let count = collector.add_dex(name, &data, &mut missing, false);
                shape.add(count);
                app.reader().1.recycle(data);
            }
            Part::Absent | Part::Unreadable => {
                collector.add_unreadable_dex(name, app.size_of(name));
            }
        }
    }
    let (container, inflater) = app.reader();
    let hidden = collector.hidden_dex(container, &code, inflater);
    let files: Vec<(&str, Vec<Dex<'_>>)> = kept
        .iter()
        .map(|(name, data)| (name.as_str(), collector.parse_dex(name, data)))
        .collect();
    for (name, files) in &files {
        shape.add(collector.add_dex_files(name, files, &mut missing, walk));
    }
    let hidden: Vec<(&str, Vec<Dex<'_>>)> = hidden
        .iter()
        .map(|hidden| {
            (
                hidden.name.as_str(),
                collector.parse_dex(&hidden.name, &hidden.data),
            )
        })
        .collect();
    for (name, files) in &hidden {
        let count = collector.add_dex_files(name, files, &mut missing, walk);
        shape.hidden_classes = shape.hidden_classes.saturating_add(count.classes);
    }
    let is_on = limits.harvest_code_units > 0;
    let picks = opens_picker(&collector.facts, models);
    let mut all = files.iter().chain(&hidden);
    let is_worth = collector.names_provider
        || (walk && (picks || all.any(|(_, files)| may_put_together(files, models))));
    let harvest = if is_on && is_worth {
        let loaded: Vec<String> = hidden.iter().map(|(name, _)| (*name).to_owned()).collect();
        let files = files.iter().chain(&hidden);
        Some(follow(files, &loaded, manifest, models, collector))
    } else if is_on && !walk && picks {
        let picked = read_again(app, &code, collector);
        let files: Vec<(&str, Vec<Dex<'_>>)> = picked
            .iter()
            .map(|(name, data)| (name.as_str(), parse_again(data, collector)))
            .collect();
        Some(follow(files.iter(), &[], manifest, models, collector))
    } else {
        None
    };
    if walk {
        let (container, inflater) = app.reader();
        collector.add_native(container, inflater);
    }
    let (container, inflater) = app.reader();
    collector.add_assets(container, inflater);
    shape.missing = missing.len();
    shape.asks = walk;
    if collector.coverage.dex_bytes_read == before {
        shape.dex_files = 0;
    }
    let found = manifest.map(|manifest| Missing {
        manifest,
        classes: &missing,
    });
    let (container, inflater) = app.reader();
    collector.add_shape(&shape, found.as_ref(), container, inflater);
    harvest
}

/// Whether the address of a provider may be put together at run time from what the code names.
fn may_put_together(files: &[Dex<'_>], models: &Models) -> bool {
    const SCHEMES: [&str; 3] = ["content", "content:", "content://"];
    let names = |text: &str| files.iter().any(|dex| dex.find_string(text).is_some());
    SCHEMES.into_iter().any(names) && models.authorities.iter().any(|name| names(name))
}

/// Whether the app lets the person pick a contact, for which it need not declare anything.
fn opens_picker(facts: &FactSet, models: &Models) -> bool {
    const PICK: &str = "android.intent.action.PICK";
    let literal = |text: &str| facts.contains(&Fact::new(FactKind::Literal, text));
    let field = |name: &String| facts.contains(&Fact::new(FactKind::Field, name.as_str()));
    models.picker_texts.keys().any(|text| literal(text))
        || (literal(PICK) && models.address_fields.keys().any(field))
}

/// The dex files once more, for apps whose code turned out to be worth following.
fn read_again<'a>(
    app: &mut App<'a>,
    code: &[String],
    collector: &mut Collector<'_>,
) -> Vec<(String, Cow<'a, [u8]>)> {
    let limits = collector.limits;
    let mut kept = Vec::new();
    for name in code {
        if let Part::Data(data) = app.read(name, limits, &mut collector.budget, &mut scratch()) {
            kept.push((name.clone(), data));
        }
    }
    kept
}

fn parse_again<'d>(data: &'d [u8], collector: &mut Collector<'_>) -> Vec<Dex<'d>> {
    Dex::parse(data, collector.limits, &mut collector.budget, &mut scratch()).unwrap_or_default()
}

/// Follows what the app's code reads from the providers it may read.
fn follow<'f, 'd: 'f>(
    files: impl Iterator<Item = &'f (&'f str, Vec<Dex<'d>>)>,
    loaded: &[String],
    manifest: Option<&Manifest>,
    models: &Models,
    collector: &mut Collector<'_>,
) -> Harvest {
    let files = files
        .flat_map(|(name, files)| files.iter().map(|dex| CodeFile { name, dex }))
        .collect();
    let request = harvest::Request {
        actions: manifest.map(component_actions).unwrap_or_default(),
        loaded: loaded.to_vec(),
        components: manifest.map(component_classes),
        data: manifest.map(|manifest| readable(manifest, models)),
        all_sinks: false,
    };
    let found = harvest::analyze(files, models, &request, collector.limits, &mut collector.budget);
    collector.add_harvest(&found);
    found
}

/// The data that the app's permissions open.
fn readable(manifest: &Manifest, models: &Models) -> Vec<String> {
    let mut data: Vec<String> = manifest
        .permissions
        .iter()
        .filter_map(|permission| models.permissions.get(&permission.name).cloned())
        .collect();
    data.sort();
    data.dedup();
    data
}

/// Android takes an app to have code unless it says otherwise; a configuration split has none.
fn has_code(manifest: Option<&Manifest>) -> bool {
    manifest.is_some_and(|manifest| {
        manifest
            .application
            .has_code
            .unwrap_or(manifest.split.is_none() && manifest.application.place.is_some())
    })
}

fn finish(
    mut collector: Collector<'_>,
    kind: v1::InputKind,
    manifest: Option<Manifest>,
    signer: build::Signer,
) -> Result<Facts, v1::Failure> {
    if manifest.is_none() && collector.coverage.dex_bytes_read == 0 {
        let message = "neither a manifest nor code could be read".to_owned();
        return Err(v1::Failure {
            kind: "nothing-readable".to_owned(),
            message,
            offset: None,
        });
    }
    collector.coverage.budget_spent |= collector.budget.is_spent() || collector.facts.dropped() > 0;
    if collector.coverage.budget_spent {
        collector.anomalies.note(AnomalyKind::BudgetSpent, None, None);
    }
    collector.add_anomalies();
    Ok(Facts {
        kind,
        facts: collector.facts,
        coverage: collector.coverage,
        network: collector.network,
        manifest,
        harvest: Harvest::default(),
        signer,
        anomalies: collector.anomalies,
    })
}
