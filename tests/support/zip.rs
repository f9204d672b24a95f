//! Builds ZIP archives, honest and hostile.
//!
//! An [`Archive`] of [`File`]s comes out as any tool would write it. Every field of it can then be
//! made to lie, one at a time, so that a test shows what a single malformation does:
//!
//! ```ignore
//! let apk = Archive::new()
//!     .file(File::deflated("classes.dex", &dex).central(|header| header.method = 0x1234))
//!     .prepended(b"dex\n035\0")
//!     .end(|record| record.count = 7)
//!     .build();
//! ```
//!
//! The closures given to [`File::local`], [`File::central`] and [`Archive::end`] see the fields as
//! an honest writer would fill them in, right before they are written.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each suite uses a part of the builder; its interface is public to all of them"
)]

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The code of stored data.
pub const STORED: u16 = 0;
/// The code of deflated data.
pub const DEFLATED: u16 = 8;
/// General purpose flag: the data is encrypted.
pub const ENCRYPTED: u16 = 1;
/// General purpose flag: a data descriptor follows.
pub const DESCRIPTOR: u16 = 1 << 3;

/// The fields of a local header or of a directory record.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// Signature, the first four bytes.
    pub signature: [u8; 4],
    /// Version needed to extract.
    pub version: u16,
    /// General purpose flags.
    pub flags: u16,
    /// Compression method.
    pub method: u16,
    /// CRC-32.
    pub crc: u32,
    /// Compressed size in bytes.
    pub compressed_size: u32,
    /// Inflated size in bytes.
    pub size: u32,
    /// Name.
    pub name: Vec<u8>,
    /// Length of the name, if another than the true one is stated.
    pub name_length: Option<u16>,
    /// Extra field.
    pub extra: Vec<u8>,
    /// Comment; directory records only.
    pub comment: Vec<u8>,
    /// Number of the disk; directory records only.
    pub disk: u16,
    /// Offset of the local header; directory records only.
    pub offset: u32,
}

/// The fields of a data descriptor.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// Whether the signature is written.
    pub signed: bool,
    /// CRC-32.
    pub crc: u32,
    /// Compressed size in bytes.
    pub compressed_size: u32,
    /// Inflated size in bytes.
    pub size: u32,
}

/// The fields of the end record.
#[derive(Debug, Clone, Default)]
pub struct End {
    /// Number of this disk.
    pub disk: u16,
    /// Disk of the directory.
    pub directory_disk: u16,
    /// Entries on this disk.
    pub count_on_disk: u16,
    /// Entries.
    pub count: u16,
    /// Size of the directory in bytes.
    pub size: u32,
    /// Offset of the directory.
    pub directory: u32,
    /// Comment.
    pub comment: Vec<u8>,
    /// Length of the comment, if another than the true one is stated.
    pub comment_length: Option<u16>,
}

type Edit<T> = Option<Box<dyn Fn(&mut T)>>;

/// One file of an archive.
pub struct File {
    name: Vec<u8>,
    method: u16,
    /// The data as it is written.
    payload: Vec<u8>,
    crc: u32,
    size: u32,
    local: Edit<Header>,
    central: Edit<Header>,
    descriptor: Option<Edit<Descriptor>>,
    before: Vec<u8>,
    listed: bool,
    written: bool,
    offset: Option<u32>,
    zip64: bool,
}

impl File {
    /// A file that is stored.
    pub fn stored(name: impl AsRef<[u8]>, contents: &[u8]) -> Self {
        Self::raw(name, STORED, contents.to_vec(), contents)
    }

    /// A file that is deflated.
    pub fn deflated(name: impl AsRef<[u8]>, contents: &[u8]) -> Self {
        Self::raw(name, DEFLATED, deflate(contents), contents)
    }

    /// A file whose data in the archive is `payload`; size and checksum are those of `contents`.
    pub fn raw(name: impl AsRef<[u8]>, method: u16, payload: Vec<u8>, contents: &[u8]) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            method,
            payload,
            crc: crc32fast::hash(contents),
            size: u32::try_from(contents.len()).expect("a small file"),
            local: None,
            central: None,
            descriptor: None,
            before: Vec::new(),
            listed: true,
            written: true,
            offset: None,
            zip64: false,
        }
    }

    /// Changes the local header.
    #[must_use]
    pub fn local(mut self, edit: impl Fn(&mut Header) + 'static) -> Self {
        self.local = Some(Box::new(edit));
        self
    }

    /// Changes the directory record.
    #[must_use]
    pub fn central(mut self, edit: impl Fn(&mut Header) + 'static) -> Self {
        self.central = Some(Box::new(edit));
        self
    }

    /// Changes both headers, as a file does whose two headers tell the same lie.
    #[must_use]
    pub fn both(self, edit: impl Fn(&mut Header) + Clone + 'static) -> Self {
        self.local(edit.clone()).central(edit)
    }

    /// Writes a data descriptor, and zeros in the local header.
    #[must_use]
    pub fn with_descriptor(mut self) -> Self {
        self.descriptor = Some(None);
        self
    }

    /// Writes a data descriptor with changed fields, and zeros in the local header.
    #[must_use]
    pub fn descriptor(mut self, edit: impl Fn(&mut Descriptor) + 'static) -> Self {
        self.descriptor = Some(Some(Box::new(edit)));
        self
    }

    /// Puts `bytes` before the local header.
    #[must_use]
    pub fn after(mut self, bytes: &[u8]) -> Self {
        self.before = bytes.to_vec();
        self
    }

    /// Leaves the file out of the directory.
    #[must_use]
    pub fn unlisted(mut self) -> Self {
        self.listed = false;
        self
    }

    /// Writes a directory record only, which points to `offset`.
    #[must_use]
    pub fn only_listed(mut self, offset: u32) -> Self {
        self.written = false;
        self.offset = Some(offset);
        self
    }

    /// States sizes and offset in zip64 extra fields.
    #[must_use]
    pub fn zip64(mut self) -> Self {
        self.zip64 = true;
        self
    }

    fn header(&self, signature: &[u8; 4]) -> Header {
        Header {
            signature: *signature,
            version: 20,
            flags: if self.descriptor.is_some() { DESCRIPTOR } else { 0 },
            method: self.method,
            crc: self.crc,
            compressed_size: u32::try_from(self.payload.len()).expect("a small file"),
            size: self.size,
            name: self.name.clone(),
            ..Header::default()
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut header = self.header(b"PK\x03\x04");
        if self.descriptor.is_some() {
            (header.crc, header.compressed_size, header.size) = (0, 0, 0);
        } else if self.zip64 {
            zip64_extra(&mut header, &[self.size.into(), self.payload.len() as u64]);
        }
        apply(&self.local, &mut header);
        header.write(out, false);
        out.extend(&self.payload);
        if let Some(edit) = &self.descriptor {
            let mut descriptor = Descriptor {
                signed: true,
                crc: self.crc,
                compressed_size: u32::try_from(self.payload.len()).expect("a small file"),
                size: self.size,
            };
            apply(edit, &mut descriptor);
            if descriptor.signed {
                out.extend(b"PK\x07\x08");
            }
            for field in [descriptor.crc, descriptor.compressed_size, descriptor.size] {
                out.extend(field.to_le_bytes());
            }
        }
    }

    fn list(&self, offset: u32, out: &mut Vec<u8>) {
        let mut header = self.header(b"PK\x01\x02");
        header.offset = self.offset.unwrap_or(offset);
        if self.zip64 {
            let offset = header.offset;
            header.offset = u32::MAX;
            let values = [self.size.into(), self.payload.len() as u64, offset.into()];
            zip64_extra(&mut header, &values);
        }
        apply(&self.central, &mut header);
        header.write(out, true);
    }
}

fn zip64_extra(header: &mut Header, values: &[u64]) {
    header.size = u32::MAX;
    header.compressed_size = u32::MAX;
    header.extra.extend(1_u16.to_le_bytes());
    let length = u16::try_from(values.len() * 8).expect("three values");
    header.extra.extend(length.to_le_bytes());
    header
        .extra
        .extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn apply<T>(edit: &Edit<T>, value: &mut T) {
    if let Some(edit) = edit {
        edit(value);
    }
}

impl Header {
    fn write(&self, out: &mut Vec<u8>, central: bool) {
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).expect("a short field");
        out.extend(self.signature);
        if central {
            out.extend(self.version.to_le_bytes());
        }
        for field in [self.version, self.flags, self.method, 0, 0x5821] {
            out.extend(field.to_le_bytes());
        }
        for field in [self.crc, self.compressed_size, self.size] {
            out.extend(field.to_le_bytes());
        }
        let name_length = self.name_length.unwrap_or_else(|| length(&self.name));
        out.extend(name_length.to_le_bytes());
        out.extend(length(&self.extra).to_le_bytes());
        if central {
            out.extend(length(&self.comment).to_le_bytes());
            out.extend(self.disk.to_le_bytes());
            out.extend([0; 6]);
            out.extend(self.offset.to_le_bytes());
        }
        out.extend(&self.name);
        out.extend(&self.extra);
        if central {
            out.extend(&self.comment);
        }
    }
}

/// An archive to be built.
#[derive(Default)]
pub struct Archive {
    files: Vec<File>,
    prepended: Vec<u8>,
    mended: bool,
    signing_block: Option<Vec<u8>>,
    before_directory: Vec<u8>,
    after_directory: Vec<u8>,
    end: Edit<End>,
    no_end: bool,
    zip64: bool,
    appended: Vec<u8>,
    truncated: usize,
}

impl Archive {
    /// An archive without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, file: File) -> Self {
        self.files.push(file);
        self
    }

    /// Puts `bytes` before the archive and mends all offsets.
    #[must_use]
    pub fn prepended(mut self, bytes: &[u8]) -> Self {
        self.prepended = bytes.to_vec();
        self.mended = true;
        self
    }

    /// Puts `bytes` before the archive and leaves all offsets as they were.
    #[must_use]
    pub fn prepended_unmended(mut self, bytes: &[u8]) -> Self {
        self.prepended = bytes.to_vec();
        self.mended = false;
        self
    }

    /// Puts an APK signing block with these pairs before the directory.
    #[must_use]
    pub fn signing_block(mut self, pairs: &[(u32, &[u8])]) -> Self {
        self.signing_block = Some(signing_block(pairs));
        self
    }

    /// Puts `bytes` where the signing block belongs.
    #[must_use]
    pub fn raw_signing_block(mut self, bytes: &[u8]) -> Self {
        self.signing_block = Some(bytes.to_vec());
        self
    }

    /// Puts `bytes` between the signing block, or the last file, and the directory.
    #[must_use]
    pub fn before_directory(mut self, bytes: &[u8]) -> Self {
        self.before_directory = bytes.to_vec();
        self
    }

    /// Puts `bytes` between the directory and the end record.
    #[must_use]
    pub fn after_directory(mut self, bytes: &[u8]) -> Self {
        self.after_directory = bytes.to_vec();
        self
    }

    /// Changes the end record.
    #[must_use]
    pub fn end(mut self, edit: impl Fn(&mut End) + 'static) -> Self {
        self.end = Some(Box::new(edit));
        self
    }

    /// Sets the comment.
    #[must_use]
    pub fn comment(self, comment: &[u8]) -> Self {
        let comment = comment.to_vec();
        self.end(move |end| end.comment.clone_from(&comment))
    }

    /// Writes no end record.
    #[must_use]
    pub fn without_end(mut self) -> Self {
        self.no_end = true;
        self
    }

    /// Writes a zip64 end record and its locator, and all ones in the plain one.
    #[must_use]
    pub fn zip64(mut self) -> Self {
        self.zip64 = true;
        self
    }

    /// Puts `bytes` behind the end record.
    #[must_use]
    pub fn appended(mut self, bytes: &[u8]) -> Self {
        self.appended = bytes.to_vec();
        self
    }

    /// Cuts off the last `count` bytes of the whole.
    #[must_use]
    pub fn truncated(mut self, count: usize) -> Self {
        self.truncated = count;
        self
    }

    /// The bytes of the files alone, as they stand before the directory.
    pub fn build_files(&self) -> Vec<u8> {
        let mut out = self.prepended.clone();
        self.write_files(&mut out);
        out
    }

    /// Writes the files and returns where their local headers stand.
    fn write_files(&self, out: &mut Vec<u8>) -> Vec<usize> {
        let mut offsets = Vec::new();
        for file in &self.files {
            out.extend(&file.before);
            offsets.push(out.len());
            if file.written {
                file.write(out);
            }
        }
        offsets
    }

    /// The bytes of the archive.
    pub fn build(&self) -> Vec<u8> {
        let mut out = self.prepended.clone();
        let base = if self.mended { 0 } else { out.len() };
        let position = |out: &Vec<u8>| u32::try_from(out.len() - base).expect("a small archive");
        let offsets = self.write_files(&mut out);
        out.extend(self.signing_block.iter().flatten());
        out.extend(&self.before_directory);
        let directory = position(&out);
        let listed = || self.files.iter().zip(&offsets).filter(|(file, _)| file.listed);
        for (file, offset) in listed() {
            let offset = u32::try_from(*offset - base).expect("a small archive");
            file.list(offset, &mut out);
        }
        let count = u16::try_from(listed().count()).expect("few files");
        let mut end = End {
            count_on_disk: count,
            count,
            size: position(&out) - directory,
            directory,
            ..End::default()
        };
        out.extend(&self.after_directory);
        if self.zip64 {
            let at = position(&out);
            end.write_zip64(at, &mut out);
        }
        apply(&self.end, &mut end);
        if !self.no_end {
            end.write(&mut out);
        }
        out.extend(&self.appended);
        out.truncate(out.len() - self.truncated);
        out
    }
}

impl End {
    /// Writes the record.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(b"PK\x05\x06");
        for field in [self.disk, self.directory_disk, self.count_on_disk, self.count] {
            out.extend(field.to_le_bytes());
        }
        out.extend(self.size.to_le_bytes());
        out.extend(self.directory.to_le_bytes());
        let true_length = u16::try_from(self.comment.len()).expect("a comment");
        let length = self.comment_length.unwrap_or(true_length);
        out.extend(length.to_le_bytes());
        out.extend(&self.comment);
    }

    fn write_zip64(&mut self, at: u32, out: &mut Vec<u8>) {
        out.extend(b"PK\x06\x06");
        out.extend(44_u64.to_le_bytes());
        out.extend([45, 0, 45, 0]);
        out.extend([0; 8]);
        for field in [self.count, self.count].map(u64::from) {
            out.extend(field.to_le_bytes());
        }
        for field in [self.size, self.directory].map(u64::from) {
            out.extend(field.to_le_bytes());
        }
        out.extend(b"PK\x06\x07");
        out.extend([0; 4]);
        out.extend(u64::from(at).to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        self.count = u16::MAX;
        self.count_on_disk = u16::MAX;
        self.size = u32::MAX;
        self.directory = u32::MAX;
    }
}

/// `contents` as a raw deflate stream.
pub fn deflate(contents: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(contents).expect("writes to memory");
    encoder.finish().expect("writes to memory")
}

/// An APK signing block with these ids and values.
pub fn signing_block(pairs: &[(u32, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (id, value) in pairs {
        body.extend((value.len() as u64 + 4).to_le_bytes());
        body.extend(id.to_le_bytes());
        body.extend(*value);
    }
    let size = body.len() as u64 + 24;
    let mut block = size.to_le_bytes().to_vec();
    block.extend(body);
    block.extend(size.to_le_bytes());
    block.extend(b"APK Sig Block 42");
    block
}

/// The value of a v2 pair: one signer for each certificate, without digests and signatures.
pub fn v2_value(certificates: &[&[u8]]) -> Vec<u8> {
    let prefixed = |bytes: Vec<u8>| {
        let length = u32::try_from(bytes.len()).expect("a small value");
        [length.to_le_bytes().to_vec(), bytes].concat()
    };
    let signers = certificates.iter().flat_map(|certificate| {
        let digests = prefixed(Vec::new());
        let chain = prefixed(prefixed(certificate.to_vec()));
        let signed = prefixed([digests, chain].concat());
        prefixed(signed)
    });
    prefixed(signers.collect())
}
