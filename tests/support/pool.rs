//! Chunks and string pools.

/// A chunk: type, header size, and everything behind the eight bytes of the chunk header.
pub(crate) fn chunk(kind: u16, header_size: u16, rest: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    data.extend(kind.to_le_bytes());
    data.extend(header_size.to_le_bytes());
    data.extend((rest.len() as u32 + 8).to_le_bytes());
    data.extend(rest);
    data
}

/// Sets the 32 bits at `position`.
pub(crate) fn set_word(data: &mut [u8], position: usize, value: u32) {
    data[position..position + 4].copy_from_slice(&value.to_le_bytes());
}

/// Strings with their index, each once.
#[derive(Debug, Default, Clone)]
pub(crate) struct Strings {
    pub(crate) utf8: bool,
    pub(crate) all: Vec<String>,
}

impl Strings {
    /// The index of `text`, which is added when it is new.
    pub(crate) fn index(&mut self, text: &str) -> u32 {
        match self.all.iter().position(|known| known == text) {
            Some(index) => index as u32,
            None => self.push(text),
        }
    }

    /// Adds `text` even if it is there.
    pub(crate) fn push(&mut self, text: &str) -> u32 {
        self.all.push(text.to_owned());
        self.all.len() as u32 - 1
    }

    /// The pool as a chunk.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut offsets = Vec::new();
        let mut strings = Vec::new();
        for text in &self.all {
            offsets.extend((strings.len() as u32).to_le_bytes());
            let units: Vec<u16> = text.encode_utf16().collect();
            if self.utf8 {
                let bytes = modified_utf8(&units);
                length8(&mut strings, units.len());
                length8(&mut strings, bytes.len());
                strings.extend(bytes);
                strings.push(0);
            } else {
                if units.len() > 0x7fff {
                    strings.extend(((units.len() >> 16) as u16 | 0x8000).to_le_bytes());
                }
                strings.extend((units.len() as u16).to_le_bytes());
                strings.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
                strings.extend([0, 0]);
            }
        }
        strings.resize(strings.len().next_multiple_of(4), 0);
        let start = 28 + offsets.len() as u32;
        let mut rest = Vec::new();
        for field in [
            self.all.len() as u32,
            0,
            if self.utf8 { 0x100 } else { 0 },
            start,
            0,
        ] {
            rest.extend(field.to_le_bytes());
        }
        rest.extend(offsets);
        rest.extend(strings);
        chunk(1, 28, &rest)
    }
}

/// The bytes aapt2 writes for text: surrogates take three bytes each.
fn modified_utf8(units: &[u16]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for &unit in units {
        match unit {
            1..=0x7f => bytes.push(unit as u8),
            0 | 0x80..=0x7ff => bytes.extend([0xc0 | (unit >> 6) as u8, 0x80 | (unit & 0x3f) as u8]),
            _ => bytes.extend([
                0xe0 | (unit >> 12) as u8,
                0x80 | ((unit >> 6) & 0x3f) as u8,
                0x80 | (unit & 0x3f) as u8,
            ]),
        }
    }
    bytes
}

fn length8(data: &mut Vec<u8>, length: usize) {
    if length > 0x7f {
        data.push((length >> 8) as u8 | 0x80);
    }
    data.push(length as u8);
}
