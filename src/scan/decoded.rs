//! A folder that holds one decoded app, such as apktool makes of an APK.

use std::path::Path;

use walkdir::WalkDir;

use super::content::{self, Content, Pipes, failure};
use crate::container::LooseFile;
use crate::limits::Limits;
use crate::report::v1::Failure;

/// Folders whose files are looked into; of the others only the names count.
const FOLDERS: [&str; 4] = ["assets", "lib", "unknown", "original"];

/// The files of a folder.
#[derive(Debug)]
pub struct Folder {
    files: Vec<(String, Option<Content>)>,
}

/// Whether the folder at `path` holds a decoded app.
#[must_use]
pub fn is_decoded(path: &Path) -> bool {
    ["AndroidManifest.xml", "original/AndroidManifest.xml"]
        .iter()
        .any(|name| path.join(name).is_file())
}

impl Folder {
    /// Reads what matters of the folder at `path`. Links are not followed.
    ///
    /// # Errors
    ///
    /// When the folder or one of these files cannot be read, or there are more than `limits` allow.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Failure> {
        if !is_decoded(path) {
            return Err(failure(
                "no-app-in-folder",
                "The folder holds no decoded app, no base.apk and no single app in parts: name its files, \
                 or use `dunwatch scan`.",
            ));
        }
        let mut files = Vec::new();
        let mut room = limits.app_bytes;
        let walk = WalkDir::new(path).sort_by(|left, right| {
            let (left, right) = (left.file_name(), right.file_name());
            left.as_encoded_bytes().cmp(right.as_encoded_bytes())
        });
        let mut walk = walk.into_iter();
        while let Some(entry) = walk.next() {
            let Ok(entry) = entry else {
                return Err(failure("unreadable-folder", "The folder could not be read."));
            };
            let Ok(inner) = entry.path().strip_prefix(path) else {
                continue;
            };
            let name = inner.to_string_lossy().replace('\\', "/");
            if entry.file_type().is_dir() {
                if is_smali(&name) {
                    files.push((format!("{name}/"), None));
                    walk.skip_current_dir();
                }
            } else if entry.file_type().is_file() {
                let contents = if is_read(&name) {
                    let contents = content::open(entry.path(), Pipes::Refuse)?;
                    let left = room.checked_sub(contents.len() as u64);
                    room = left.ok_or_else(too_large)?;
                    Some(contents)
                } else {
                    None
                };
                files.push((name, contents));
            }
            if files.len() > limits.entries {
                return Err(too_large());
            }
        }
        files.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(Self { files })
    }

    /// The files in byte order of their paths.
    #[must_use]
    pub fn files(&self) -> Vec<LooseFile<'_>> {
        let files = self.files.iter();
        files
            .map(|(name, contents)| LooseFile {
                name,
                contents: contents.as_deref(),
            })
            .collect()
    }
}

fn too_large() -> Failure {
    failure("too-large", "The folder holds more than the caps allow.")
}

/// Whether the folder `name` holds disassembled code.
fn is_smali(name: &str) -> bool {
    name == "smali" || (name.starts_with("smali_") && !name.contains('/'))
}

/// Whether the file at `name` is looked into.
fn is_read(name: &str) -> bool {
    match name.split_once('/') {
        None => {
            let ending = name.rsplit_once('.').map(|(_, ending)| ending);
            matches!(ending, Some("xml" | "yml" | "dex" | "arsc"))
        }
        // The settings of Cordova stand in a file of XML.
        Some(("res", rest)) => {
            rest.starts_with("values") || rest.starts_with("raw") || rest == "xml/config.xml"
        }
        Some((folder, _)) => FOLDERS.contains(&folder),
    }
}
