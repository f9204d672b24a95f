//! Builds small files of Hermes bytecode: header, string tables, and functions without code.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its part of the builder"
)]

/// A file to be written.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// Version of the bytecode.
    pub version: u32,
    /// Bytes of a function header.
    pub function_header: usize,
    /// Functions; their headers are zeros.
    pub functions: usize,
    /// Texts that are not identifiers.
    pub texts: Vec<String>,
    /// Identifiers.
    pub identifiers: Vec<String>,
}

impl Bundle {
    /// A file of a version, with the given texts.
    pub fn new(version: u32, texts: &[&str]) -> Self {
        Self {
            version,
            function_header: if version < 97 { 16 } else { 12 },
            functions: 3,
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
            identifiers: vec!["getAll".to_owned(), "contacts".to_owned()],
        }
    }

    /// The bytes of the file.
    pub fn build(&self) -> Vec<u8> {
        let kind_shift = if self.version < 71 { 30 } else { 31 };
        let offset_shift = if self.version < 56 { 2 } else { 1 };
        let (mut words, mut overflow, mut characters) = (Vec::new(), Vec::new(), Vec::new());
        for text in self.texts.iter().chain(&self.identifiers) {
            let offset = characters.len();
            let (wide, length) = if text.is_ascii() {
                characters.extend(text.bytes());
                (0, text.len())
            } else {
                let units: Vec<u16> = text.encode_utf16().collect();
                characters.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
                (1, units.len())
            };
            let word = if length < 255 {
                length << 24 | offset << offset_shift | wide
            } else {
                overflow.extend([offset as u32, length as u32]);
                255 << 24 | (overflow.len() / 2 - 1) << offset_shift | wide
            };
            words.push(word as u32);
        }
        let runs = [
            self.texts.len() as u32,
            self.identifiers.len() as u32 | 1 << kind_shift,
        ];
        let mut out = vec![0xC6, 0x1F, 0xBC, 0x03, 0xC1, 0x03, 0x19, 0x1F];
        out.extend(self.version.to_le_bytes());
        out.extend([7; 20]);
        for count in [
            0,
            0,
            self.functions,
            runs.len(),
            self.identifiers.len(),
            words.len(),
            overflow.len() / 2,
            characters.len(),
        ] {
            out.extend((count as u32).to_le_bytes());
        }
        out.resize(128 + self.functions * self.function_header, 0);
        let hashes = vec![0; self.identifiers.len()];
        for table in [&runs[..], &hashes, &words, &overflow] {
            out.extend(table.iter().flat_map(|row| row.to_le_bytes()));
        }
        out.extend(characters);
        let length = out.len() as u32;
        out[32..36].copy_from_slice(&length.to_le_bytes());
        out
    }
}
