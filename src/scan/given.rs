//! The files of an input, opened.
//!
//! An app in several packages is one input: a base and the splits beside it that belong to it. Which
//! do is told by what their manifests say ([`together`]), for files that were named together, or, in a
//! folder, for a `base.apk` and every `split_*.apk` beside it, as they are copied from a device.

use std::path::{Path, PathBuf};

use super::content::{self, Content, Pipes};
use super::decoded::{Folder, is_decoded};
use super::digest::Digest;
use crate::analysis::pieces::{self, Identity};
use crate::analysis::{Input as Given, Piece};
use crate::container::LooseFile;
use crate::limits::{Budget, Limits};
use crate::report::v1::Failure;

/// Name of the base among packages copied from a device.
pub const BASE: &str = "base.apk";

/// Beginning of the names of its splits.
const SPLIT: &str = "split_";

/// The opened files of one input.
#[derive(Debug)]
pub enum Opened {
    /// One file.
    File(Content),
    /// The packages of one app with the names of their files, in byte order of these.
    Parts(Vec<(String, Content)>),
    /// A folder with one decoded app.
    Folder(Folder),
}

impl Opened {
    /// Opens the file at `path`, or the app in the folder there, or, when there are `parts`, these.
    ///
    /// # Errors
    ///
    /// A failure for the record of the input.
    pub fn open(path: &Path, parts: &[PathBuf], pipes: Pipes) -> Result<Self, Failure> {
        if !parts.is_empty() {
            let open = |path: &PathBuf| Ok((file_name(path), content::open(path, pipes)?));
            let mut parts = parts.iter().map(open).collect::<Result<Vec<_>, Failure>>()?;
            parts.sort_by(|left, right| left.0.cmp(&right.0));
            return Ok(Self::Parts(parts));
        }
        if path.is_dir() {
            let base = path.join(BASE);
            if is_decoded(path) || !base.is_file() {
                return Ok(Self::Folder(Folder::open(path, &Limits::default())?));
            }
            let mut parts = splits_beside(&base);
            parts.insert(0, base);
            return Self::open(path, &parts, pipes);
        }
        Ok(Self::File(content::open(path, pipes)?))
    }

    /// Calls `use_it` with what the analysis takes.
    pub fn with<R>(&self, use_it: impl FnOnce(Given<'_>) -> R) -> R {
        match self {
            Self::File(content) => use_it(Given::File(content)),
            Self::Parts(parts) => {
                let pieces: Vec<Piece<'_>> = parts
                    .iter()
                    .map(|(name, content)| Piece { name, bytes: content })
                    .collect();
                use_it(Given::Parts(&pieces))
            }
            Self::Folder(folder) => {
                let files: Vec<LooseFile<'_>> = folder.files();
                use_it(Given::Folder(&files))
            }
        }
    }

    /// SHA-256 of the input; see [`Given::sha256`].
    #[must_use]
    pub fn digest(&self) -> Digest {
        match self {
            Self::File(content) => Digest::of(content),
            Self::Parts(_) | Self::Folder(_) => {
                let hex = self.with(|given| given.sha256());
                Digest::from_hex(&hex).unwrap_or_else(|| Digest::of(hex.as_bytes()))
            }
        }
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// What the package at `path` says it is; `None` for anything else, such as a pipe, which can be read
/// only once.
fn identity(path: &Path) -> Option<Identity> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let content = content::open(path, Pipes::Refuse).ok()?;
    let limits = Limits::default();
    Identity::read(&content, &limits, &mut Budget::new(&limits))
}

/// Which of the files at `paths` are one app, by their positions: each group stands where its first
/// file does.
#[must_use]
pub fn together(paths: &[PathBuf]) -> Vec<Vec<usize>> {
    if paths.len() < 2 {
        return (0..paths.len()).map(|position| vec![position]).collect();
    }
    let identities: Vec<Option<Identity>> = paths.iter().map(|path| identity(path)).collect();
    pieces::groups(&identities)
}

/// The splits beside the base at `path` that belong to it, in byte order of their names; none when it
/// is not called like a base, or they are not of its package and version.
#[must_use]
pub fn splits_beside(path: &Path) -> Vec<PathBuf> {
    if path.file_name().is_none_or(|name| name != BASE) {
        return Vec::new();
    }
    let Some(entries) = path.parent().and_then(|folder| folder.read_dir().ok()) else {
        return Vec::new();
    };
    let names = entries.flatten().map(|entry| entry.file_name());
    let mut names: Vec<_> = names
        .filter(|name| is_split_name(name.as_encoded_bytes()))
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    names.sort_by(|left, right| left.as_encoded_bytes().cmp(right.as_encoded_bytes()));
    let mut paths = vec![path.to_owned()];
    paths.extend(names.into_iter().map(|name| path.with_file_name(name)));
    let groups = together(&paths);
    let own = groups
        .into_iter()
        .find(|group| group.contains(&0))
        .unwrap_or_default();
    own.into_iter()
        .filter(|position| *position > 0)
        .filter_map(|position| paths.get(position).cloned())
        .collect()
}

fn is_split_name(name: &[u8]) -> bool {
    name.starts_with(SPLIT.as_bytes()) && name.ends_with(b".apk")
}
