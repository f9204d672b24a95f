//! Archives of APKs: what they say of themselves.
//!
//! Three forms are in use, each an archive with the APKs of one app and a note about them:
//!
//! - XAPK (APKPure and others): `manifest.json` with `package_name`, `version_code`, `version_name`,
//!   `split_apks` (`file`, `id`) and `expansions`;
//! - APKM (APKMirror): `info.json` with `pname`, `versioncode`, `release_version`;
//! - APKS: what `bundletool build-apks` makes, with `toc.pb` (`BuildApksResult` in
//!   `src/main/proto/commands.proto` of google/bundletool), and what SAI exports, with
//!   `meta.sai_v1.json` or `meta.sai_v2.json` (META-FORMAT.md of Aefyr/SAI).
//!
//! An archive of APKs without any note is taken for the last form, as installers take it. The note is
//! what the archive says; what the APKs say decides.

use serde_json::Value;

use crate::container::{Container, Inflater};
use crate::formats::protobuf::Message;
use crate::limits::{Budget, Limits};

/// Size up to which a note is read, in bytes.
const NOTE_BYTES: u64 = 1 << 20;

/// The forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectionKind {
    /// `manifest.json`.
    Xapk,
    /// `toc.pb`, `meta.sai_v1.json`, `meta.sai_v2.json`, or no note at all.
    Apks,
    /// `info.json`.
    Apkm,
}

/// What the archive says of the app in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    /// The entry it stands in.
    pub file: String,
    /// Package name.
    pub package: Option<String>,
    /// Version code.
    pub version_code: Option<u64>,
    /// Version for people.
    pub version_name: Option<String>,
    /// The APK that is named as the base.
    pub base: Option<String>,
    /// The APKs that are installed together, as far as they are listed.
    pub listed: Vec<String>,
    /// APKs that are installed in place of others, on other devices.
    pub alternatives: Vec<String>,
}

/// A file in the archive that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// An APK.
    Package,
    /// An expansion file.
    Expansion,
    /// An archive of a form that is not looked for here.
    Archive,
}

/// What the entry called `name` is; `None` for icons, notes and the like.
#[must_use]
pub fn member(name: &str) -> Option<Member> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    match ending.as_str() {
        "apk" => Some(Member::Package),
        "obb" => Some(Member::Expansion),
        "xapk" | "apks" | "apkm" | "aab" | "apex" => Some(Member::Archive),
        _ => None,
    }
}

/// The form of the archive; `None` for one that is a package itself, or holds none.
#[must_use]
pub fn kind(container: &Container<'_>) -> Option<CollectionKind> {
    let has = |name: &str| container.find(name).is_some();
    if has("AndroidManifest.xml") || has("classes.dex") || has("BundleConfig.pb") {
        return None;
    }
    let mut entries = container.entries().iter();
    if !entries.any(|entry| member(&entry.name) == Some(Member::Package)) {
        return None;
    }
    Some(
        if has("toc.pb") || has("meta.sai_v1.json") || has("meta.sai_v2.json") {
            CollectionKind::Apks
        } else if has("manifest.json") {
            CollectionKind::Xapk
        } else if has("info.json") {
            CollectionKind::Apkm
        } else {
            CollectionKind::Apks
        },
    )
}

/// Reads the note; `None` when there is none or it cannot be read.
///
/// # Limits
/// Notes above 1 MiB are not read.
pub fn note(
    container: &Container<'_>,
    kind: CollectionKind,
    inflater: &mut Inflater,
    limits: &Limits,
    budget: &mut Budget,
) -> Option<Note> {
    let names: &[&str] = match kind {
        CollectionKind::Xapk => &["manifest.json"],
        CollectionKind::Apkm => &["info.json"],
        CollectionKind::Apks => &["toc.pb", "meta.sai_v2.json", "meta.sai_v1.json"],
    };
    let (name, entry) = names
        .iter()
        .find_map(|name| Some((*name, container.find(name)?)))?;
    if entry.size > NOTE_BYTES {
        return None;
    }
    let limits = Limits {
        entry_bytes: NOTE_BYTES,
        ..limits.clone()
    };
    let mut unheard = crate::anomaly::Anomalies::new(0);
    let data = inflater.read(entry, &limits, budget, &mut unheard).ok()?;
    let note = if name == "toc.pb" {
        table_of_contents(&data, budget)
    } else {
        json(&data)
    };
    Some(Note {
        file: name.to_owned(),
        ..note?
    })
}

/// Reads any of the notes in JSON, whose keys differ.
fn json(data: &[u8]) -> Option<Note> {
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let value: Value = serde_json::from_slice(data).ok()?;
    let text = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| value.get(key))?;
        match found {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    };
    let apks = value.get("split_apks").and_then(Value::as_array);
    let files = apks.into_iter().flatten().filter_map(|apk| {
        let file = apk.get("file")?.as_str()?;
        Some((
            file.to_owned(),
            apk.get("id").and_then(Value::as_str) == Some("base"),
        ))
    });
    let files: Vec<(String, bool)> = files.collect();
    Some(Note {
        package: text(&["package_name", "pname", "package"]),
        version_code: text(&["version_code", "versioncode"]).and_then(|code| code.trim().parse().ok()),
        version_name: text(&["version_name", "release_version"]),
        base: files
            .iter()
            .find(|(_, is_base)| *is_base)
            .map(|(file, _)| file.clone()),
        listed: files.into_iter().map(|(file, _)| file).collect(),
        ..Note::default()
    })
    .filter(|_| value.is_object())
}

/// Variants that are looked at.
const VARIANTS: usize = 64;

/// APKs that are listed.
const LISTED: usize = 4096;

/// Reads `toc.pb`. Of the variants the one with the highest number is for the newest devices.
fn table_of_contents(data: &[u8], budget: &mut Budget) -> Option<Note> {
    const PACKAGE_NAME: u32 = 4;
    const VARIANT: u32 = 1;
    const ASSET_SLICES: u32 = 3;
    let message = Message::new(data);
    if !message.is_sound(budget) {
        return None;
    }
    let mut variants: Vec<(u64, Vec<String>)> = Vec::new();
    for variant in message.messages(VARIANT).take(VARIANTS) {
        const APK_SET: u32 = 2;
        const NUMBER: u32 = 3;
        let paths = variant.messages(APK_SET).flat_map(|set| paths(&set)).take(LISTED);
        variants.push((variant.number(NUMBER).unwrap_or_default(), paths.collect()));
    }
    variants.retain(|(_, paths)| !paths.is_empty());
    variants.sort_by_key(|(number, _)| *number);
    let mut listed = variants.pop().map(|(_, paths)| paths).unwrap_or_default();
    let slices = message.messages(ASSET_SLICES).flat_map(|set| paths(&set));
    listed.extend(slices.take(LISTED));
    let mut alternatives: Vec<String> = variants.into_iter().flat_map(|(_, paths)| paths).collect();
    alternatives.retain(|path| !listed.contains(path));
    alternatives.sort();
    alternatives.dedup();
    Some(Note {
        package: message.text(PACKAGE_NAME).map(str::to_owned),
        listed,
        alternatives,
        ..Note::default()
    })
}

/// The paths in an `ApkSet` or `AssetSliceSet`.
fn paths(set: &Message<'_>) -> Vec<String> {
    const DESCRIPTION: u32 = 2;
    const PATH: u32 = 2;
    let descriptions = set.messages(DESCRIPTION).take(LISTED);
    descriptions
        .filter_map(|one| one.text(PATH).map(str::to_owned))
        .collect()
}

/// Whether `data` begins like a package that the installer of APKMirror had encrypted, which was the
/// form of its `.apkm` files in 2020: version, algorithm, cost in work and memory, size of a chunk,
/// then salt and nonce. Source: `UnApkm.java` of souramoo/unapkm.
#[must_use]
pub fn is_encrypted(data: &[u8]) -> bool {
    const HEADER: usize = 66;
    const MEMORY: std::ops::RangeInclusive<u64> = 8 << 10..=512 << 20;
    const CHUNK: std::ops::RangeInclusive<u64> = 1 << 10..=64 << 20;
    let field = |position: usize| {
        let bytes = data.get(position..)?.first_chunk::<8>()?;
        Some(u64::from_le_bytes(*bytes))
    };
    data.len() > HEADER
        && matches!(data.get(1), Some(1 | 2))
        && field(2).is_some_and(|work| (1..=64).contains(&work))
        && field(10).is_some_and(|memory| MEMORY.contains(&memory))
        && field(18).is_some_and(|chunk| CHUNK.contains(&chunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notes_of_all_forms_are_read() {
        let xapk = json(
            br#"{"xapk_version":2,"package_name":"a.b","name":"A","version_code":"12","version_name":"1.2",
                "split_apks":[{"file":"a.b.apk","id":"base"},{"file":"config.in.apk","id":"config.in"}]}"#,
        )
        .unwrap();
        assert_eq!(
            (xapk.package.as_deref(), xapk.version_code),
            (Some("a.b"), Some(12))
        );
        assert_eq!(xapk.base.as_deref(), Some("a.b.apk"));
        assert_eq!(xapk.listed, ["a.b.apk", "config.in.apk"]);
        let apkm =
            json(br#"{"apkm_version":5,"pname":"a.b","versioncode":7,"release_version":"3"}"#).unwrap();
        assert_eq!(
            (apkm.version_code, apkm.version_name.as_deref()),
            (Some(7), Some("3"))
        );
        for broken in [&b"[]"[..], b"{", b"", b"\xff"] {
            assert_eq!(json(broken), None);
        }
    }

    #[test]
    fn the_newest_variant_is_taken() {
        let field = |number: u8, contents: &[u8]| {
            let length = u8::try_from(contents.len()).unwrap();
            [&[number << 3 | 2, length], contents].concat()
        };
        let set = |path: &str| field(2, &field(2, &field(2, path.as_bytes())));
        let variant = |number: u8, path: &str| field(1, &[set(path), vec![3 << 3, number]].concat());
        let toc = [
            variant(1, "splits/base-master_2.apk"),
            variant(0, "splits/base-master.apk"),
            field(4, b"a.b"),
        ]
        .concat();
        let mut budget = Budget::new(&Limits::default());
        let note = table_of_contents(&toc, &mut budget).unwrap();
        assert_eq!(note.package.as_deref(), Some("a.b"));
        assert_eq!(note.listed, ["splits/base-master_2.apk"]);
        assert_eq!(note.alternatives, ["splits/base-master.apk"]);
        assert_eq!(table_of_contents(b"\x0a\xff", &mut budget), None);
    }

    #[test]
    fn an_encrypted_package_is_known_by_its_header() {
        let mut data = vec![1, 2];
        for field in [4_u64, 64 << 20, 64 << 10] {
            data.extend(field.to_le_bytes());
        }
        data.resize(100, 0xa5);
        assert!(is_encrypted(&data));
        assert!(!is_encrypted(&data[..60]));
        data[1] = 3;
        assert!(!is_encrypted(&data));
    }
}
