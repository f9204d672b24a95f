//! Ways to break a built dex file.

use super::{get, put, seal};

/// What can be wrong with a file.
#[derive(Debug, Clone, Copy)]
pub enum Malformation {
    /// Another version.
    Version([u8; 3]),
    /// The checksum is wrong.
    Checksum,
    /// Another stated file size.
    FileSize(u32),
    /// Another stated header size.
    HeaderSize(u32),
    /// The endian tag of the other order.
    EndianTag,
    /// Table 0 to 5 (strings, types, prototypes, fields, methods, classes) states another count.
    Count(usize, u32),
    /// Table 0 to 5 stands elsewhere.
    Offset(usize, u32),
    /// Two rows of the string table are swapped.
    SwappedStrings(usize, usize),
    /// A string states another length; both lengths are below 128.
    StringLength(usize, u8),
    /// A row of the string table points elsewhere.
    StringOffset(usize, u32),
    /// The file ends here.
    Truncated(usize),
}

impl Malformation {
    /// Breaks a file before version 41. All but [`Self::Checksum`] leave the checksum right.
    pub fn apply(self, bytes: &mut Vec<u8>) {
        let row = |bytes: &[u8], index: usize| get(bytes, 0x3c) as usize + index * 4;
        match self {
            Self::Version(digits) => bytes[4..7].copy_from_slice(&digits),
            Self::FileSize(size) => put(bytes, 0x20, size),
            Self::HeaderSize(size) => put(bytes, 0x24, size),
            Self::EndianTag => put(bytes, 0x28, 0x7856_3412),
            Self::Count(table, count) => put(bytes, 0x38 + table * 8, count),
            Self::Offset(table, offset) => put(bytes, 0x3c + table * 8, offset),
            Self::SwappedStrings(left, right) => {
                let (left, right) = (row(bytes, left), row(bytes, right));
                let (first, second) = (get(bytes, left), get(bytes, right));
                put(bytes, left, second);
                put(bytes, right, first);
            }
            Self::StringLength(index, length) => {
                let offset = get(bytes, row(bytes, index)) as usize;
                bytes[offset] = length;
            }
            Self::StringOffset(index, offset) => {
                let row = row(bytes, index);
                put(bytes, row, offset);
            }
            Self::Truncated(length) => bytes.truncate(length),
            Self::Checksum => {
                seal(bytes);
                bytes[8] ^= 0xff;
                return;
            }
        }
        if bytes.len() > 12 {
            // What the reader will take for the file.
            let covered = (get(bytes, 0x20) as usize).min(bytes.len());
            if covered > 12 {
                let checksum = simd_adler32::adler32(&&bytes[12..covered]);
                put(bytes, 8, checksum);
            }
        }
    }
}
