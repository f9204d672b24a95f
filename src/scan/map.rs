//! The memory map of an input file: the one place with unsafe code.

use std::fs::File;
use std::io;
use std::ops::Deref;

/// A file mapped for reading.
#[derive(Debug)]
pub(super) struct Map(memmap2::Mmap);

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Maps `file` for reading.
///
/// # Errors
///
/// When the system refuses.
pub(super) fn map(file: &File) -> io::Result<Map> {
    #[expect(
        unsafe_code,
        reason = "a map cannot be had without; nothing here writes to it, and it is dropped with the input"
    )]
    // SAFETY: another program may change the file under the map. The bytes are only ever read as
    // numbers and copied text, no validity is remembered between reads, and every index is checked
    // against the fixed length of the map, so changed bytes give a wrong report and no more. A file
    // made shorter ends the process, as the module `content` documents.
    let map = unsafe { memmap2::Mmap::map(file) }?;
    #[cfg(unix)]
    // Whole files are hashed front to back; a refused hint changes nothing.
    let _ = map.advise(memmap2::Advice::Sequential);
    Ok(Map(map))
}
