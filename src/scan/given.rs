//! The files of an input, opened.
//!
//! An app in several packages is one input: a base and the splits that belong to it. Which do is told by
//! what their manifests say, for files that were named together ([`together`]) or lie in one folder
//! ([`Groups`]).

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::content::{self, Content, Pipes};
use super::decoded::{Folder, is_decoded};
use super::digest::Digest;
use super::parts::{self, BASE, Groups, Style};
use crate::analysis::pieces::{self, Identity};
use crate::analysis::{Input as Given, Piece};
use crate::container::LooseFile;
use crate::limits::Limits;
use crate::report::v1::Failure;

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
            let parts = if is_decoded(path) {
                Vec::new()
            } else {
                parts_in(path)
            };
            if parts.is_empty() {
                return Ok(Self::Folder(Folder::open(path, &Limits::default())?));
            }
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

/// The inputs that the files at `paths` are, each with its packages when it is an app in several, the
/// base first: as [`Opened::open`] takes them. An app stands where its first file does.
#[must_use]
pub fn together(paths: &[PathBuf]) -> Vec<(PathBuf, Vec<PathBuf>)> {
    let identities: Vec<Option<Identity>> = match paths {
        [] | [_] => vec![None; paths.len()],
        _ => paths.iter().map(|path| parts::identity(path)).collect(),
    };
    let style = |path: &PathBuf| path.file_name().map(Style::of);
    let styles: Vec<Option<Style>> = paths.iter().map(style).collect();
    let mut inputs = Vec::new();
    for group in pieces::groups(&identities, &styles) {
        let positions = group.into_iter();
        let files: Vec<PathBuf> = positions
            .filter_map(|position| paths.get(position).cloned())
            .collect();
        match files.as_slice() {
            [] => {}
            [path] => inputs.push((path.clone(), Vec::new())),
            [base, ..] => inputs.push((base.clone(), files)),
        }
    }
    inputs
}

/// The packages of the one app in parts that `folder` holds, the base first: that of a `base.apk`, else
/// the only app there is. None when there are others, which would be left out without a word.
fn parts_in(folder: &Path) -> Vec<PathBuf> {
    let groups = Groups::of_folder(folder, |_| true);
    let base = folder.join(BASE);
    let base = if base.is_file() {
        Some(OsStr::new(BASE))
    } else {
        groups.only()
    };
    let Some(base) = base else { return Vec::new() };
    let names = std::iter::once(base).chain(groups.splits(base).iter().map(OsString::as_os_str));
    names.map(|name| folder.join(name)).collect()
}
