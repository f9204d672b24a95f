//! Archives of APKs: the parts of one app are found, and read as one.
//!
//! Bounds: at most `limits.parts` APKs are looked at, and what they inflate to comes out of the one
//! budget that everything in them comes out of as well. What is left out is named.

use std::borrow::Cow;

use super::pieces::{Assembly, Identity};
use super::{Piece, parts, sha256};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::app::collection::{self, CollectionKind, Member, Note};
use crate::app::is_code_name;
use crate::container::{Container, Entry, Inflater, Method};
use crate::facts::collect::Collector;
use crate::facts::coverage::Opaque;
use crate::limits::{Budget, Limits};
use crate::report::v1;

/// What is in an archive of APKs.
pub(super) struct Collection<'a> {
    /// Its form.
    pub(super) kind: v1::InputKind,
    /// The APKs that are read as one app, the base first: name and contents.
    pub(super) pieces: Vec<(String, Cow<'a, [u8]>)>,
    /// Every part with what became of it.
    pub(super) parts: Vec<v1::Part>,
    /// What the archive says of the app.
    pub(super) note: Option<Note>,
}

/// An APK in the archive.
struct Candidate<'a> {
    name: String,
    size: u64,
    /// `None` when it cannot be read.
    data: Option<Cow<'a, [u8]>>,
    identity: Option<Identity>,
}

/// Finds the parts of the app in `container`; the entries that are none of it are named.
///
/// # Errors
/// When there is no base, or there are several apps.
pub(super) fn open<'a>(
    container: &Container<'a>,
    kind: CollectionKind,
    collector: &mut Collector<'_>,
) -> Result<Collection<'a>, v1::Failure> {
    let mut inflater = Inflater::new();
    let limits = collector.limits;
    let note = collection::note(container, kind, &mut inflater, limits, &mut collector.budget);
    let candidates = candidates(container, note.as_ref(), &mut inflater, collector);
    let kind = match kind {
        CollectionKind::Xapk => v1::InputKind::Xapk,
        CollectionKind::Apks => v1::InputKind::Apks,
        CollectionKind::Apkm => v1::InputKind::Apkm,
    };
    let mut collection = assembled(candidates, kind, note, &mut inflater, collector)?;
    collection.list_others(container, collector);
    Ok(collection)
}

/// The packages that were given together.
///
/// # Errors
/// As [`open`].
pub(super) fn given<'a>(
    pieces: &[Piece<'a>],
    collector: &mut Collector<'_>,
) -> Result<Collection<'a>, v1::Failure> {
    let limits = collector.limits;
    let candidate = |(position, piece): (usize, &Piece<'a>)| {
        let data = Some(piece.bytes).filter(|_| position < limits.parts);
        Candidate {
            name: piece.name.to_owned(),
            size: piece.bytes.len() as u64,
            identity: data.and_then(|data| Identity::read(data, limits, &mut collector.budget)),
            data: data.map(Cow::Borrowed),
        }
    };
    let candidates = pieces.iter().enumerate().map(candidate).collect();
    assembled(
        candidates,
        v1::InputKind::SplitApks,
        None,
        &mut Inflater::new(),
        collector,
    )
}

/// Tells which of the candidates are one app.
fn assembled<'a>(
    candidates: Vec<Candidate<'a>>,
    kind: v1::InputKind,
    note: Option<Note>,
    inflater: &mut Inflater,
    collector: &mut Collector<'_>,
) -> Result<Collection<'a>, v1::Failure> {
    let identities: Vec<Option<Identity>> = candidates.iter().map(|one| one.identity.clone()).collect();
    let preferred = preferred(&candidates, note.as_ref());
    let Some(assembly) = Assembly::of(&identities, preferred) else {
        return Err(refusal(&identities));
    };
    let mut collection = Collection {
        kind,
        pieces: Vec::new(),
        parts: Vec::new(),
        note,
    };
    if assembly.base.is_none() {
        collector.coverage.opaque.insert(Opaque::MissingBase);
    }
    collection.list(&candidates, &assembly, inflater, collector);
    collection.compare(&identities, &assembly, collector);
    let mut contents: Vec<Option<(String, Cow<'a, [u8]>)>> = candidates
        .into_iter()
        .map(|one| Some((one.name, one.data?)))
        .collect();
    for position in assembly.parts() {
        collection
            .pieces
            .extend(contents.get_mut(position).and_then(Option::take));
    }
    Ok(collection)
}

/// Reads the APKs, those first that the note lists.
fn candidates<'a>(
    container: &Container<'a>,
    note: Option<&Note>,
    inflater: &mut Inflater,
    collector: &mut Collector<'_>,
) -> Vec<Candidate<'a>> {
    let limits = collector.limits;
    let mut entries: Vec<_> = container
        .entries()
        .iter()
        .filter(|entry| collection::member(&entry.name) == Some(Member::Package))
        .collect();
    let is_alternative =
        |name: &str| note.is_some_and(|note| note.alternatives.iter().any(|other| other == name));
    let order = |name: &str| {
        let listed = note.and_then(|note| note.listed.iter().position(|listed| listed == name));
        let is_configuration = name.contains("config.");
        (
            is_alternative(name),
            listed.unwrap_or(usize::MAX),
            is_configuration,
        )
    };
    // Stable, so that the archive's order decides where nothing else does.
    entries.sort_by_key(|entry| order(&entry.name));
    let mut found = Vec::new();
    for (position, entry) in entries.into_iter().enumerate() {
        let is_wanted = position < limits.parts && inflater.peek(entry, 4) == *b"PK\x03\x04";
        let data = is_wanted.then(|| contents(entry, inflater, collector)).flatten();
        let identity = data
            .as_ref()
            .and_then(|data| Identity::read(data, limits, &mut collector.budget));
        found.push(Candidate {
            name: entry.name.to_string(),
            size: entry.size,
            data,
            identity,
        });
    }
    found
}

/// The contents of an APK in the archive. Half of the inflated bytes is kept for what is in the APKs.
fn contents<'a>(
    entry: &Entry<'a>,
    inflater: &mut Inflater,
    collector: &mut Collector<'_>,
) -> Option<Cow<'a, [u8]>> {
    let limits = collector.limits;
    // What is stored needs no memory of its own.
    if entry.method == Method::Stored {
        let anomalies = &mut collector.anomalies;
        return inflater
            .read(entry, limits, &mut Budget::new(limits), anomalies)
            .ok();
    }
    let left = collector.budget.bytes_left();
    if entry.size > left.saturating_sub(limits.app_bytes / 2) {
        // Asks for more than there is, which marks the budget as spent.
        let _ = collector.budget.bytes(left.saturating_add(1));
        return None;
    }
    let limits = Limits {
        entry_bytes: limits.entry_bytes.min(entry.size),
        ..limits.clone()
    };
    inflater
        .read(entry, &limits, &mut collector.budget, &mut collector.anomalies)
        .ok()
}

/// The base that the note or its name tells.
fn preferred(candidates: &[Candidate<'_>], note: Option<&Note>) -> Option<usize> {
    let stated = note.and_then(|note| note.base.as_deref());
    let package = note.and_then(|note| note.package.as_deref());
    let is_base = |one: &Candidate<'_>| one.identity.as_ref().is_some_and(|known| known.split.is_none());
    let named = |name: &str| {
        let is_so = |one: &Candidate<'_>| is_base(one) && one.name == name;
        candidates.iter().position(is_so)
    };
    let of_package = |one: &Candidate<'_>| {
        let known = one.identity.as_ref().map(|known| known.package.as_str());
        is_base(one) && package.is_some() && known == package
    };
    stated
        .and_then(named)
        .or_else(|| named("base.apk"))
        .or_else(|| candidates.iter().position(of_package))
}

fn refusal(identities: &[Option<Identity>]) -> v1::Failure {
    let is_readable = identities.iter().any(Option::is_some);
    let (kind, message) = if is_readable {
        (
            "several-apps",
            "the archive holds several apps; examine them one by one",
        )
    } else {
        ("no-base-package", "no package in the archive could be read")
    };
    v1::Failure {
        kind: kind.to_owned(),
        message: message.to_owned(),
        offset: None,
    }
}

impl Collection<'_> {
    /// Lists the APKs, and notes those that are not read.
    fn list(
        &mut self,
        candidates: &[Candidate<'_>],
        assembly: &Assembly,
        inflater: &mut Inflater,
        collector: &mut Collector<'_>,
    ) {
        let mut code = None;
        for (position, one) in candidates.iter().enumerate() {
            let mut role = parts::role(one.identity.as_ref());
            if assembly.alternatives.contains(&position) {
                role = v1::PartRole::Alternative;
                let known = code.get_or_insert_with(|| {
                    let read = assembly
                        .parts()
                        .filter_map(|part| candidates.get(part)?.data.as_deref());
                    code_of(read, inflater, collector.limits, &mut collector.budget)
                });
                let data = one.data.as_deref();
                let own = code_of(
                    data.into_iter(),
                    inflater,
                    collector.limits,
                    &mut collector.budget,
                );
                let is_known = known
                    .as_ref()
                    .zip(own)
                    .is_some_and(|(known, own)| own.iter().all(|code| known.contains(code)));
                if !is_known {
                    collector.coverage.opaque.insert(Opaque::UnreadPackage);
                    collector.anomalies.of(AnomalyKind::BundleAlternative, &one.name);
                }
            } else if assembly.strangers.contains(&position) {
                role = v1::PartRole::Unread;
                collector.coverage.opaque.insert(Opaque::UnreadPackage);
                collector.anomalies.of(AnomalyKind::BundleForeignPart, &one.name);
            } else if assembly.unreadable.contains(&position) {
                role = v1::PartRole::Unread;
                collector.coverage.opaque.insert(Opaque::UnreadPackage);
                collector
                    .anomalies
                    .of(AnomalyKind::BundlePartUnreadable, &one.name);
            }
            self.parts.push(v1::Part {
                name: one.name.clone(),
                role,
                split: one.identity.as_ref().and_then(|known| known.split.clone()),
                size: one.size,
                sha256: one.data.as_deref().map(sha256),
            });
        }
        self.parts.sort_by_key(|part| part.role != v1::PartRole::Base);
    }

    /// Lists what else the archive holds and is out of sight.
    fn list_others(&mut self, container: &Container<'_>, collector: &mut Collector<'_>) {
        for entry in container.entries() {
            let (role, opaque) = match collection::member(&entry.name) {
                Some(Member::Expansion) => (v1::PartRole::Expansion, Opaque::ExpansionFile),
                Some(Member::Archive) => (v1::PartRole::Unread, Opaque::UnreadPackage),
                Some(Member::Package) | None => continue,
            };
            collector.coverage.opaque.insert(opaque);
            if self.parts.len() < collector.limits.parts.saturating_mul(2) {
                self.parts.push(v1::Part {
                    name: entry.name.to_string(),
                    role,
                    split: None,
                    size: entry.size,
                    sha256: None,
                });
            }
        }
    }

    /// Notes where the archive says something else than its APKs do.
    fn compare(&self, identities: &[Option<Identity>], assembly: &Assembly, collector: &mut Collector<'_>) {
        let Some(note) = &self.note else { return };
        let leading = assembly.parts().next();
        let Some(known) = leading.and_then(|position| identities.get(position)?.as_ref()) else {
            return;
        };
        let file = &note.file;
        let mut differs = |what: &str| {
            let subject = format!("{file} {what}");
            collector.anomalies.of(AnomalyKind::BundleNoteDiffers, &subject);
        };
        if note
            .package
            .as_ref()
            .is_some_and(|package| *package != known.package)
        {
            differs("package");
        }
        // Notes leave the major part out.
        let low = known.version_code & u64::from(u32::MAX);
        if note
            .version_code
            .is_some_and(|code| code != known.version_code && code != low)
        {
            differs("version code");
        }
        for listed in &note.listed {
            let is_there = self.parts.iter().any(|part| part.name == *listed);
            if !is_there {
                collector.coverage.opaque.insert(Opaque::UnreadPackage);
                collector.anomalies.of(AnomalyKind::BundlePartMissing, listed);
            }
        }
    }
}

/// The code in some APKs, file by file; `None` when it cannot all be read.
fn code_of<'d>(
    packages: impl Iterator<Item = &'d [u8]>,
    inflater: &mut Inflater,
    limits: &Limits,
    budget: &mut Budget,
) -> Option<Vec<String>> {
    let mut unheard = Anomalies::new(0);
    let mut found = Vec::new();
    for data in packages {
        let container = Container::open(data, limits, &mut unheard).ok()?;
        let entries = container.entries().iter();
        for entry in entries.filter(|entry| is_code_name(&entry.name)) {
            let code = inflater.read(entry, limits, budget, &mut unheard).ok()?;
            found.push(sha256(&code));
        }
    }
    (!budget.is_spent()).then_some(found)
}
