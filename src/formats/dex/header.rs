//! The header of one dex file.

use super::table::take_u32;

/// The endian tag of every dex file that Android runs.
pub(super) const ENDIAN_TAG: u32 = 0x1234_5678;
/// Length of the header before version 41, in bytes.
pub(super) const HEADER_SIZE: u32 = 0x70;
/// Length of the header from version 41 on, in bytes.
pub(super) const CONTAINER_HEADER_SIZE: u32 = 0x78;
/// First version whose files may share one container.
pub(super) const CONTAINER_VERSION: u16 = 41;

/// A table as the header states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Section {
    /// Stated number of rows.
    pub count: u32,
    /// Stated offset in bytes.
    pub offset: u32,
}

/// What the header of a dex file states. Nothing in it is checked but by [`super::Dex::parse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The version, such as 35; 0 when it is not a number.
    pub version: u16,
    /// Adler-32 of everything behind this field.
    pub checksum: u32,
    /// SHA-1 of everything behind this field. It is an identifier; Android does not check it.
    pub signature: [u8; 20],
    /// Length of the file in bytes; in a container the way to the next header.
    pub file_size: u32,
    /// Length of the header in bytes.
    pub header_size: u32,
    /// Tells the order of bytes in a number.
    pub endian_tag: u32,
    /// Offset of the map list.
    pub map_offset: u32,
    /// The string table.
    pub strings: Section,
    /// The type table.
    pub types: Section,
    /// The prototype table.
    pub prototypes: Section,
    /// The field table.
    pub fields: Section,
    /// The method table.
    pub methods: Section,
    /// The class table.
    pub classes: Section,
    /// From version 41 on, length of the container in bytes.
    pub container_size: Option<u32>,
    /// From version 41 on, offset of this header within the container.
    pub header_offset: Option<u32>,
}

/// Whether `bytes` begin like a dex file of any version.
#[must_use]
pub fn is_dex(bytes: &[u8]) -> bool {
    matches!(bytes, [b'd', b'e', b'x', b'\n', _, _, _, 0, ..])
}

impl Header {
    /// Reads the header at the front; `None` when it is cut off.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (magic, mut rest) = bytes.split_first_chunk::<8>()?;
        let checksum = take_u32(&mut rest)?;
        let (signature, mut rest) = rest.split_first_chunk::<20>()?;
        let mut word = || take_u32(&mut rest);
        let [file_size, header_size, endian_tag, _, _, map_offset] =
            [word()?, word()?, word()?, word()?, word()?, word()?];
        let mut section = || {
            Some(Section {
                count: word()?,
                offset: word()?,
            })
        };
        let [strings, types, prototypes] = [section()?, section()?, section()?];
        let [fields, methods, classes, _] = [section()?, section()?, section()?, section()?];
        let version = version(magic);
        let in_container = version >= CONTAINER_VERSION && header_size >= CONTAINER_HEADER_SIZE;
        let mut container_word = || take_u32(&mut rest).filter(|_| in_container);
        Some(Self {
            version,
            checksum,
            signature: *signature,
            file_size,
            header_size,
            endian_tag,
            map_offset,
            strings,
            types,
            prototypes,
            fields,
            methods,
            classes,
            container_size: container_word(),
            header_offset: container_word(),
        })
    }
}

fn version(magic: &[u8; 8]) -> u16 {
    let digits = magic
        .get(4..7)
        .and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}
