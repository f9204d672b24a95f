//! What was given: a package, a part of one, or an app in pieces, and the way of each.

use super::collection::Collection;
use super::manifest::Origin;
use super::{Facts, code, manifest, parts, scratch, signatures};
use crate::anomaly::AnomalyKind;
use crate::app::collection::{self, CollectionKind};
use crate::app::{App, PackageKind};
use crate::container::{Container, ContainerError, LooseFile};
use crate::facts::collect::Collector;
use crate::facts::coverage::Opaque;
use crate::facts::layers::LayerName;
use crate::formats::dex::is_dex;
use crate::harvest::Harvest;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::report::{build, v1};
use crate::signatures::Ruleset;
use crate::signing::Verify;

/// What is analysed.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// One file: a package, a dex file, a manifest.
    File(&'a [u8]),
    /// The packages of one app, in byte order of their names: a base and its splits.
    Parts(&'a [Piece<'a>]),
    /// The files of a folder that holds one decoded app, in byte order of their paths. Files that are
    /// not looked into come without contents.
    Folder(&'a [LooseFile<'a>]),
}

/// A package that was given together with others.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// Name of the file, without the folder: places in it are written `NAME!/ENTRY`.
    pub name: &'a str,
    /// Its contents.
    pub bytes: &'a [u8],
}

/// Reads `input` into facts.
pub(super) fn read(
    input: Input<'_>,
    ruleset: &Ruleset,
    limits: &Limits,
    verify: Verify,
) -> Result<Facts, v1::Failure> {
    let collector = Collector::new(ruleset.vocabulary().interest(), ruleset.lexicon(), limits);
    match input {
        Input::File(bytes) => read_file(bytes, ruleset, verify, collector),
        Input::Parts(parts) => {
            let mut collector = collector;
            let found = super::collection::given(parts, &mut collector)?;
            read_parts(found, ruleset, verify, collector)
        }
        Input::Folder(files) => {
            let container = Container::of_files(files);
            read_pieces(container, v1::InputKind::Folder, ruleset, collector)
        }
    }
}

fn read_file(
    bytes: &[u8],
    ruleset: &Ruleset,
    verify: Verify,
    mut collector: Collector<'_>,
) -> Result<Facts, v1::Failure> {
    let limits = collector.limits;
    // A dex file may have an archive behind it (the Janus trick), and is an archive then.
    if is_dex(bytes) && Container::open(bytes, limits, &mut scratch()).is_err() {
        let layer = collector.coverage.layer(LayerName::Dex);
        layer.present(bytes.len() as u64);
        collector.add_dex("classes.dex", bytes, &mut Vec::new(), false);
        return finish(collector, v1::InputKind::Dex, None, build::Signer::default());
    }
    match Container::open(bytes, limits, &mut collector.anomalies) {
        Ok(container) => read_archive(container, ruleset, verify, collector),
        Err(error) if is_manifest(bytes, limits) => {
            let file = LooseFile {
                name: "AndroidManifest.xml",
                contents: Some(bytes),
            };
            let container = Container::of_files(&[file]);
            let collector = Collector::new(collector.interest, collector.lexicon, limits);
            read_pieces(container, v1::InputKind::Manifest, ruleset, collector)
                .map_err(|_| not_an_archive(&error))
        }
        Err(_) if collection::is_encrypted(bytes) => {
            let message = "an encrypted .apkm file, which only the installer that made it can read";
            Err(failure("encrypted-apkm", message.to_owned()))
        }
        Err(error) => Err(not_an_archive(&error)),
    }
}

/// Reads an opened package, or the packages in an archive.
fn read_archive(
    container: Container<'_>,
    ruleset: &Ruleset,
    verify: Verify,
    mut collector: Collector<'_>,
) -> Result<Facts, v1::Failure> {
    let limits = collector.limits;
    container.cross_check(&mut collector.anomalies);
    if let Some(kind) = collection::kind(&container) {
        return read_collection(&container, kind, ruleset, verify, collector);
    }
    let has_manifest = container.find("AndroidManifest.xml").is_some();
    let app = App::new(container, limits, &mut collector.anomalies);
    let kind = match app.kind() {
        // An archive with neither manifest nor code in their places is something else.
        PackageKind::Apk if !has_manifest && app.code().is_empty() => v1::InputKind::Unknown,
        PackageKind::Apk => v1::InputKind::Apk,
        PackageKind::Bundle => v1::InputKind::Aab,
    };
    read_app(app, kind, ruleset, verify, collector)
}

/// Reads the packages in an archive as one app.
fn read_collection(
    container: &Container<'_>,
    kind: CollectionKind,
    ruleset: &Ruleset,
    verify: Verify,
    mut collector: Collector<'_>,
) -> Result<Facts, v1::Failure> {
    // An archive of packages is not signed; what looks like a signing block is that of a package in it.
    collector.anomalies.forget(AnomalyKind::SigningBlockMalformed);
    let found = super::collection::open(container, kind, &mut collector)?;
    read_parts(found, ruleset, verify, collector)
}

/// Reads packages that were found to be one app.
fn read_parts(
    found: Collection<'_>,
    ruleset: &Ruleset,
    verify: Verify,
    mut collector: Collector<'_>,
) -> Result<Facts, v1::Failure> {
    let pieces = found.pieces.iter().map(|(name, data)| (name.as_str(), &**data));
    let app = parts::open(pieces, &mut collector);
    for part in &found.parts {
        if matches!(
            part.role,
            v1::PartRole::Alternative | v1::PartRole::Expansion | v1::PartRole::Unread
        ) {
            collector.add_unread_package(part.size);
        }
    }
    let facts = read_app(app, found.kind, ruleset, verify, collector)?;
    let note = found.note.map(|note| v1::Note {
        entry: note.file,
        package: note.package,
        version_code: note.version_code,
        version_name: note.version_name,
    });
    Ok(Facts {
        note,
        parts: found.parts,
        ..facts
    })
}

/// Reads an opened app.
fn read_app(
    mut app: App<'_>,
    kind: v1::InputKind,
    ruleset: &Ruleset,
    verify: Verify,
    mut collector: Collector<'_>,
) -> Result<Facts, v1::Failure> {
    collector.add_layers(&app.modules(), app.code());
    let manifest = manifest::read(&mut app, Origin::Package, &mut collector);
    if manifest.as_ref().is_some_and(|manifest| manifest.split.is_some()) {
        collector.coverage.opaque.insert(Opaque::MissingBase);
    }
    for module in app.modules() {
        collector.add_entries(module);
    }
    let models = ruleset.models();
    let harvest = code::read(&mut app, manifest.as_ref(), false, models, &mut collector);
    let signer = signatures::read(&mut app, manifest.as_ref(), verify, &mut collector);
    let modules = parts::modules(&app);
    let mut found = finish(collector, kind, manifest, signer)?;
    found.harvest = harvest.unwrap_or_default();
    found.parts = modules;
    Ok(found)
}

/// Reads an app that is no package: what is not among its files is out of sight.
fn read_pieces(
    container: Container<'_>,
    kind: v1::InputKind,
    ruleset: &Ruleset,
    mut collector: Collector<'_>,
) -> Result<Facts, v1::Failure> {
    let limits = collector.limits;
    let mut app = App::new(container, limits, &mut collector.anomalies);
    collector.add_layers(&app.modules(), app.code());
    let manifest = manifest::read(&mut app, Origin::Decoded, &mut collector);
    let mut has_smali = false;
    for module in app.modules() {
        collector.add_entries(module);
        has_smali |= module.entries().any(|(path, _)| is_smali(path));
    }
    if has_smali {
        collector.coverage.opaque.insert(Opaque::SmaliCode);
    }
    let models = ruleset.models();
    let harvest = code::read(&mut app, manifest.as_ref(), true, models, &mut collector);
    let mut found = finish(collector, kind, manifest, build::Signer::default())?;
    found.harvest = harvest.unwrap_or_default();
    Ok(found)
}

/// Whether `path` is of a folder of code that apktool disassembled.
fn is_smali(path: &str) -> bool {
    let folder = path.split('/').next().unwrap_or_default();
    folder == "smali" || folder.starts_with("smali_")
}

/// How a binary XML document begins: type and size of the header.
const BINARY_XML: [u8; 4] = [3, 0, 8, 0];

/// Whether `bytes` look like a manifest by itself; text has to name the element near its beginning.
fn is_manifest(bytes: &[u8], limits: &Limits) -> bool {
    if bytes.starts_with(&BINARY_XML) || manifest::is_bundle_manifest(bytes) {
        return true;
    }
    let start = bytes.get(..limits.text_bytes).unwrap_or(bytes);
    let plain: Vec<u8> = start.iter().copied().filter(|byte| *byte != 0).collect();
    crate::formats::axml::is_text(bytes) && memchr::memmem::find(&plain, b"<manifest").is_some()
}

fn not_an_archive(error: &ContainerError) -> v1::Failure {
    let kind = match error {
        ContainerError::Empty => "empty-archive",
        _ => "not-an-archive",
    };
    failure(kind, error.to_string())
}

fn failure(kind: &str, message: String) -> v1::Failure {
    v1::Failure {
        kind: kind.to_owned(),
        message,
        offset: None,
    }
}

fn finish(
    mut collector: Collector<'_>,
    kind: v1::InputKind,
    manifest: Option<Manifest>,
    signer: build::Signer,
) -> Result<Facts, v1::Failure> {
    if manifest.is_none() && collector.coverage.dex_bytes_read == 0 {
        let message = "neither a manifest nor code could be read".to_owned();
        return Err(failure("nothing-readable", message));
    }
    collector.coverage.budget_spent |= collector.budget.is_spent() || collector.facts.dropped() > 0;
    if collector.coverage.budget_spent {
        collector.anomalies.note(AnomalyKind::BudgetSpent, None, None);
    }
    collector.add_anomalies();
    Ok(Facts {
        kind,
        note: None,
        parts: Vec::new(),
        facts: collector.facts,
        coverage: collector.coverage,
        network: collector.network,
        manifest,
        harvest: Harvest::default(),
        signer,
        anomalies: collector.anomalies,
    })
}
