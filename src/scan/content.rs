//! The bytes of an input.
//!
//! Files up to [`MAPPED_FROM`] bytes are read, larger ones are mapped, so that memory does not
//! grow with the inputs. A mapped file that another program shortens while it is examined ends
//! the process (SIGBUS on Unix); the records written until then stay valid, and the scan goes on
//! when it is started again. Do not scan a folder that is being rewritten in place.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::Deref;
use std::path::Path;

use super::map::{self, Map};
use crate::report::v1::Failure;

/// Size in bytes from which a file is mapped.
pub const MAPPED_FROM: u64 = 8 << 20;

/// Size in bytes up to which something that cannot be mapped, such as a pipe, is read.
pub const PIPE_BYTES: u64 = 1 << 30;

/// Whether something else than a regular file may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipes {
    /// Pipes and devices are read up to [`PIPE_BYTES`]. Opening one may wait for its writer.
    Read,
    /// Only regular files are opened.
    Refuse,
}

/// The bytes of an input, read or mapped.
#[derive(Debug)]
pub struct Content(Kind);

#[derive(Debug)]
enum Kind {
    Read(Vec<u8>),
    Mapped(Map),
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kind::Read(bytes) => bytes,
            Kind::Mapped(map) => map,
        }
    }
}

/// Opens the file at `path`.
///
/// # Errors
///
/// A failure for the record of the input.
pub fn open(path: &Path, pipes: Pipes) -> Result<Content, Failure> {
    // Looked at before it is opened: opening a pipe waits for its writer.
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() && (pipes == Pipes::Refuse || metadata.is_dir()) {
        return Err(failure("not-a-file", "This is not a regular file."));
    }
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let limit = if metadata.is_file() {
        let length = file.metadata().map_err(|error| unreadable(&error))?.len();
        if length >= MAPPED_FROM {
            let map = map::map(&file).map_err(|error| unreadable(&error))?;
            return Ok(Content(Kind::Mapped(map)));
        }
        MAPPED_FROM
    } else {
        PIPE_BYTES
    };
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > limit {
        return Err(failure(
            "too-large",
            "It grew while it was read, or is no file and too large.",
        ));
    }
    Ok(Content(Kind::Read(bytes)))
}

/// A failure with its stable name and one sentence.
pub(super) fn failure(kind: &str, message: &str) -> Failure {
    Failure {
        kind: kind.to_owned(),
        message: message.to_owned(),
        offset: None,
    }
}

/// The failure that stands for an error of the system; its text is the same on every system.
fn unreadable(error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => failure("not-found", "There is no such file."),
        ErrorKind::PermissionDenied => failure("permission-denied", "The file may not be read by this user."),
        kind => failure(
            "unreadable-file",
            &format!("The system could not read the file: {kind}."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_files_read_alike() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0, 1, usize::try_from(MAPPED_FROM).unwrap() + 3] {
            let path = folder.path().join("f");
            let bytes: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            assert!(*open(&path, Pipes::Refuse).unwrap() == *bytes);
        }
    }

    #[test]
    fn what_cannot_be_read_has_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let kind = |path: &Path| open(path, Pipes::Refuse).unwrap_err().kind;
        assert_eq!(kind(&folder.path().join("absent")), "not-found");
        assert_eq!(kind(folder.path()), "not-a-file");
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert_eq!(kind(&folder.path().join("file/below")), "not-found");
        if Path::new("/dev/zero").exists() {
            assert_eq!(kind(Path::new("/dev/zero")), "not-a-file");
        }
    }
}
