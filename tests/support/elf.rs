//! Builds small native libraries, of 64 and of 32 bits.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its part of the builder"
)]

/// Where the file is loaded, so that addresses and offsets differ.
const BASE: u64 = 0x1000;
const READ: u64 = 4;
const READ_WRITE: u64 = 6;

/// A library to be written.
#[derive(Debug, Clone)]
pub struct Library {
    /// Whether it is made for 64 bits.
    pub wide: bool,
    /// Whether there are section headers.
    pub sections: bool,
    /// The read-only data.
    pub read_only: Vec<u8>,
    /// The writable data.
    pub writable: Vec<u8>,
    /// Functions, and whether the library defines them.
    pub functions: Vec<(&'static str, bool)>,
    /// Objects in the read-only data: name, offset and size there.
    pub objects: Vec<(&'static str, usize, usize)>,
    /// Libraries needed.
    pub needed: Vec<&'static str>,
}

impl Library {
    /// A 64-bit library with sections and the given read-only data.
    pub fn new(read_only: &[u8]) -> Self {
        Self {
            wide: true,
            sections: true,
            read_only: read_only.to_vec(),
            writable: b"content://writable\0".to_vec(),
            functions: vec![
                ("Java_com_a_B_read", true),
                ("JNI_OnLoad", true),
                ("JNI_OnLoad_later", true),
                ("Java_com_a_B_imported", false),
                ("malloc", false),
            ],
            objects: Vec::new(),
            needed: vec!["liblog.so", "libc.so"],
        }
    }

    /// A library as Flutter packs it: `snapshot` behind a few other bytes, and a symbol for it.
    pub fn of_program(snapshot: &[u8], wide: bool) -> Self {
        const OTHER: &[u8] = b"\0other data\0....................................................";
        let mut library = Self::new(&[OTHER, snapshot].concat());
        library.wide = wide;
        library.functions.clear();
        library.objects = vec![("_kDartIsolateSnapshotData", OTHER.len(), snapshot.len())];
        library
    }

    /// The bytes of the library.
    pub fn build(&self) -> Vec<u8> {
        let (header, segment) = if self.wide { (64, 56) } else { (52, 32) };
        let mut names = vec![0];
        let mut name = |text: &str| {
            names.extend(text.bytes().chain([0]));
            (names.len() - text.len() - 1) as u64
        };
        let mut symbols = self.out();
        symbols.symbol(0, 0);
        for (text, defined) in &self.functions {
            symbols.symbol(name(text), u64::from(*defined));
        }
        let read_only = header + 3 * segment;
        for (text, offset, size) in &self.objects {
            let value = BASE + read_only + *offset as u64;
            symbols.object(name(text), value, *size as u64, 1);
        }
        let needed: Vec<u64> = self.needed.iter().map(|text| name(text)).collect();
        let at_symbols = read_only + self.read_only.len() as u64;
        let at_names = at_symbols + symbols.bytes.len() as u64;
        let at_dynamic = at_names + names.len() as u64;
        let mut dynamic = self.out();
        let needed = needed.into_iter().map(|offset| (1, offset));
        let places = [
            (5, BASE + at_names),
            (6, BASE + at_symbols),
            (10, names.len() as u64),
            (0, 0),
        ];
        for (tag, value) in needed.chain(places) {
            dynamic.words(&[tag, value]);
        }
        let length = dynamic.bytes.len() as u64;
        let writable = at_dynamic + length;
        let at_sections = writable + self.writable.len() as u64;

        let mut out = self.out();
        out.header(if self.sections { at_sections } else { 0 });
        out.segment(1, READ, 0, at_dynamic);
        out.segment(1, READ_WRITE, at_dynamic, at_sections - at_dynamic);
        out.segment(2, READ_WRITE, at_dynamic, length);
        for part in [
            &self.read_only,
            &symbols.bytes,
            &names,
            &dynamic.bytes,
            &self.writable,
        ] {
            out.bytes.extend(part);
        }
        if self.sections {
            out.section(0, 0, 0, 0);
            out.section(1, 2, read_only, self.read_only.len() as u64);
            out.section(1, 3, writable, self.writable.len() as u64);
        }
        out.bytes
    }

    fn out(&self) -> Out {
        Out {
            wide: self.wide,
            bytes: Vec::new(),
        }
    }
}

struct Out {
    wide: bool,
    bytes: Vec<u8>,
}

impl Out {
    fn number(&mut self, value: u64, size: usize) {
        self.bytes.extend(&value.to_le_bytes()[..size]);
    }

    fn words(&mut self, values: &[u64]) {
        let size = if self.wide { 8 } else { 4 };
        values.iter().for_each(|value| self.number(*value, size));
    }

    fn header(&mut self, sections: u64) {
        let sizes: [u64; 3] = if self.wide { [64, 56, 64] } else { [52, 32, 40] };
        let class = if self.wide { 2 } else { 1 };
        self.bytes.extend(b"\x7fELF");
        self.bytes.extend([class, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        self.number(3, 2);
        self.number(if self.wide { 183 } else { 40 }, 2);
        self.number(1, 4);
        self.words(&[0, sizes[0], sections]);
        self.number(0, 4);
        let count = if sections == 0 { 0 } else { 3 };
        for value in [sizes[0], sizes[1], 3, sizes[2], count, 0] {
            self.number(value, 2);
        }
    }

    fn segment(&mut self, kind: u64, flags: u64, offset: u64, size: u64) {
        self.number(kind, 4);
        if self.wide {
            self.number(flags, 4);
        }
        self.words(&[offset, BASE + offset, BASE + offset, size, size]);
        if !self.wide {
            self.number(flags, 4);
        }
        self.words(&[0x1000]);
    }

    fn section(&mut self, kind: u64, flags: u64, offset: u64, size: u64) {
        self.number(0, 4);
        self.number(kind, 4);
        self.words(&[flags, offset, offset, size]);
        self.number(0, 8);
        self.words(&[1, 0]);
    }

    fn symbol(&mut self, name: u64, section: u64) {
        self.object(name, 0, 0, section);
    }

    fn object(&mut self, name: u64, value: u64, size: u64, section: u64) {
        self.number(name, 4);
        if !self.wide {
            self.words(&[value, size]);
        }
        self.number(0x12, 2);
        self.number(section, 2);
        if self.wide {
            self.words(&[value, size]);
        }
    }
}
