//! Archives in which each malformation that the builder knows shows once, with names for messages.
#![allow(
    dead_code,
    reason = "the suites and the seeds of the fuzz targets use a part each"
)]

use super::zip::{self, Archive, DEFLATED, DESCRIPTOR, ENCRYPTED, File, STORED};

const MANIFEST: &str = "AndroidManifest.xml";
const DEX: &str = "classes.dex";

/// Contents with the look of binary XML.
fn manifest() -> Vec<u8> {
    [&[3, 0, 8, 0, 0, 1, 0, 0][..], &[b'm'; 248]].concat()
}

fn code() -> Vec<u8> {
    (0..300_u32)
        .flat_map(|number| (number / 7).to_le_bytes())
        .collect()
}

/// A small sound archive: one deflated and one stored file.
fn app() -> Archive {
    Archive::new()
        .file(File::deflated(MANIFEST, &manifest()))
        .file(File::stored(DEX, &code()))
}

/// The sound archive with `file` behind the others.
fn with(file: File) -> Vec<u8> {
    app().file(file).build()
}

/// An archive whose first file, deflated, is passed through `change`.
fn changed(change: impl Fn(File) -> File) -> Vec<u8> {
    Archive::new()
        .file(change(File::deflated(MANIFEST, &manifest())))
        .file(File::stored(DEX, &code()))
        .build()
}

/// All of them.
pub(crate) fn crafted() -> Vec<(&'static str, Vec<u8>)> {
    let parts = [
        whole(),
        frames(),
        end_records(),
        records(),
        headers(),
        data(),
        zip64(),
    ];
    parts.into_iter().flatten().collect()
}

/// Archives as tools write them.
fn whole() -> Vec<(&'static str, Vec<u8>)> {
    let filler = File::stored("", &[])
        .local(|header| header.extra = vec![0; 100])
        .unlisted();
    vec![
        ("honest", app().build()),
        ("descriptor", changed(File::with_descriptor)),
        ("empty file", with(File::stored("empty", b""))),
        ("empty deflated file", with(File::deflated("empty", b""))),
        ("folder", with(File::stored("res/", b""))),
        ("filler", app().file(filler).build()),
        ("padding", with(File::stored("x", b"x").after(&[0; 77]))),
        (
            "signing block",
            app().signing_block(&[(0x7109_871a, b"value")]).build(),
        ),
        (
            "broken signing block",
            app()
                .raw_signing_block(b"\x20\0\0\0\0\0\0\0APK Sig Block 42")
                .build(),
        ),
        ("no files", Archive::new().build()),
        ("nothing", Vec::new()),
        (
            "text",
            b"no archive at all, but long enough for an end record".to_vec(),
        ),
    ]
}

/// Bytes around, between and behind the parts.
fn frames() -> Vec<(&'static str, Vec<u8>)> {
    let decoy = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    vec![
        ("prepended", app().prepended(b"#!shell").build()),
        ("prepended unmended", app().prepended_unmended(b"#!shell").build()),
        ("dex before", app().prepended(b"dex\n035\0...").build()),
        (
            "local header before",
            app().prepended(b"PK\x03\x04..........").build(),
        ),
        ("appended", app().appended(b"more").build()),
        ("far appended", app().appended(&[1; 70_000]).build()),
        ("appended end record", app().appended(&decoy).build()),
        ("gap before directory", app().before_directory(b"hidden").build()),
        (
            "gap between files",
            with(File::stored("x", b"x").after(b"hidden")),
        ),
        ("gap behind directory", app().after_directory(b"hidden").build()),
        (
            "end record behind directory",
            app().after_directory(&decoy).build(),
        ),
        ("cut in end record", app().truncated(10).build()),
        ("cut in directory", app().truncated(60).build()),
        ("cut in file", app().truncated(400).build()),
        ("no end record", app().without_end().build()),
        ("comment", app().comment(b"channel=7").build()),
        ("long comment", app().comment(&[b'x'; 5000]).build()),
        ("longest comment", app().comment(&[b'x'; 0xffff]).build()),
        ("end record in comment", app().comment(&decoy).build()),
    ]
}

/// End records that lie.
fn end_records() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "long comment stated",
            app().end(|end| end.comment_length = Some(99)).build(),
        ),
        (
            "short comment stated",
            app()
                .end(|end| (end.comment, end.comment_length) = (vec![b'c'; 9], Some(3)))
                .build(),
        ),
        ("fewer entries", app().end(|end| end.count = 1).build()),
        ("more entries", app().end(|end| end.count += 1).build()),
        ("most entries", app().end(|end| end.count = u16::MAX).build()),
        (
            "most entries on disk",
            app().end(|end| end.count_on_disk = u16::MAX).build(),
        ),
        ("no entries", app().end(|end| end.count = 0).build()),
        (
            "other count on disk",
            app().end(|end| end.count_on_disk = 9).build(),
        ),
        (
            "disks",
            app().end(|end| (end.disk, end.directory_disk) = (3, 2)).build(),
        ),
        ("directory later", app().end(|end| end.directory += 1).build()),
        ("directory earlier", app().end(|end| end.directory -= 1).build()),
        ("directory at 0", app().end(|end| end.directory = 0).build()),
        (
            "directory outside",
            app().end(|end| end.directory = 1 << 30).build(),
        ),
        ("directory short", app().end(|end| end.size -= 1).build()),
        ("directory long", app().end(|end| end.size += 1).build()),
        ("directory empty", app().end(|end| end.size = 0).build()),
    ]
}

/// Directory records that lie.
fn records() -> Vec<(&'static str, Vec<u8>)> {
    let listed = |edit: fn(&mut zip::Header)| changed(move |file| file.central(edit));
    vec![
        ("duplicate", with(File::stored(DEX, b"another"))),
        ("unlisted", with(File::stored("x", b"x").unlisted())),
        (
            "same local header",
            with(File::stored(MANIFEST, b"").only_listed(0)),
        ),
        ("no local header", with(File::stored("x", b"").only_listed(5))),
        (
            "local header behind",
            with(File::stored("x", b"").only_listed(1 << 20)),
        ),
        ("NUL in name", with(File::stored("classes.dex\0.png", b"x"))),
        ("name not UTF-8", with(File::stored(b"\xff\xfe", b"x"))),
        ("overlong name", with(File::stored(b"\xc0\xaf", b"x"))),
        ("no name", with(File::stored("", b"x"))),
        ("name upwards", with(File::stored("a/../../b", b"x"))),
        ("absolute name", with(File::stored("/etc/hosts", b"x"))),
        ("core name as folder", with(File::stored("classes.dex/x", b"x"))),
        (
            "record signature",
            listed(|header| header.signature = *b"PK\x09\x09"),
        ),
        (
            "record name too long",
            listed(|header| header.name_length = Some(60_000)),
        ),
        (
            "record name longer",
            listed(|header| header.name_length = Some(20)),
        ),
        ("record comment", listed(|header| header.comment = vec![b'c'; 40])),
        ("record disk", listed(|header| header.disk = 1)),
        ("record version", listed(|header| header.version = 99)),
        ("record method stored", listed(|header| header.method = STORED)),
        ("record method unknown", listed(|header| header.method = 99)),
        (
            "record descriptor flag",
            listed(|header| header.flags = DESCRIPTOR),
        ),
    ]
}

/// Local headers that lie.
fn headers() -> Vec<(&'static str, Vec<u8>)> {
    let local = |edit: fn(&mut zip::Header)| changed(move |file| file.local(edit));
    vec![
        (
            "local signature",
            local(|header| header.signature = *b"PK\x09\x09"),
        ),
        ("local size", local(|header| header.size += 1)),
        (
            "local compressed size",
            local(|header| header.compressed_size = 1),
        ),
        ("local checksum", local(|header| header.crc ^= 1)),
        (
            "local name",
            local(|header| header.name = b"AndroidManifest.xmk".to_vec()),
        ),
        (
            "local name shorter",
            local(|header| header.name_length = Some(18)),
        ),
        (
            "local name too long",
            local(|header| header.name_length = Some(60_000)),
        ),
        ("local method", local(|header| header.method = STORED)),
        ("local encryption", local(|header| header.flags = ENCRYPTED)),
        ("local descriptor flag", local(|header| header.flags = DESCRIPTOR)),
        ("local extra", local(|header| header.extra = vec![0; 300])),
        (
            "local extra too long",
            changed(|file| file.local(|header| header.extra = vec![0; 2000])),
        ),
        (
            "one local size all ones",
            local(|header| (header.size, header.flags) = (u32::MAX, DESCRIPTOR)),
        ),
        (
            "both local sizes all ones",
            local(|header| {
                (header.size, header.compressed_size, header.flags) = (u32::MAX, u32::MAX, DESCRIPTOR);
            }),
        ),
        (
            "both encrypted",
            changed(|file| file.both(|header| header.flags = ENCRYPTED)),
        ),
        // The data of the last file begins where the directory does.
        ("nameless at the end", app().file(File::stored("", b"")).build()),
    ]
}

/// Data that is not what the headers say.
fn data() -> Vec<(&'static str, Vec<u8>)> {
    let short = zip::deflate(&code());
    let cut = short[..short.len() / 2].to_vec();
    let trailing = [zip::deflate(&manifest()), b"hidden".to_vec()].concat();
    let far_trailing = [zip::deflate(&manifest()), vec![b'h'; 70_000]].concat();
    vec![
        ("checksum", changed(|file| file.both(|header| header.crc ^= 1))),
        (
            "size larger",
            changed(|file| file.both(|header| header.size += 1)),
        ),
        (
            "size smaller",
            changed(|file| file.both(|header| header.size -= 1)),
        ),
        ("size 0", changed(|file| file.both(|header| header.size = 0))),
        (
            "size huge",
            changed(|file| file.both(|header| header.size = u32::MAX - 1)),
        ),
        (
            "compressed size smaller",
            changed(|file| file.both(|header| header.compressed_size -= 2)),
        ),
        (
            "compressed size 0",
            changed(|file| file.both(|header| header.compressed_size = 0)),
        ),
        (
            "compressed into directory",
            changed(|file| file.both(|header| header.compressed_size = 5000)),
        ),
        (
            "stored into directory",
            with(File::stored("x", b"x").both(|header| header.size = 1000)),
        ),
        (
            "stored size smaller",
            with(File::stored("x", b"xyz").both(|header| header.size = 1)),
        ),
        (
            "stored compressed size 0",
            with(File::stored("x", b"xyz").both(|header| header.compressed_size = 0)),
        ),
        (
            "unknown method",
            with(File::stored("x", b"xyz").both(|header| header.method = 0x1c5d)),
        ),
        (
            "unknown method deflated",
            changed(|file| file.both(|header| header.method = 99)),
        ),
        ("cut stream", with(File::raw("x", DEFLATED, cut, &code()))),
        (
            "no stream",
            with(File::raw("x", DEFLATED, vec![0xff; 50], b"wanted")),
        ),
        (
            "bytes behind stream",
            with(File::raw("x", DEFLATED, trailing, &manifest())),
        ),
        (
            "many bytes behind stream",
            with(File::raw("x", DEFLATED, far_trailing, &manifest())),
        ),
        (
            "descriptor checksum",
            changed(|file| file.descriptor(|found| found.crc = 1)),
        ),
        (
            "descriptor size",
            changed(|file| file.descriptor(|found| found.size = 1)),
        ),
        (
            "descriptor unsigned",
            changed(|file| file.descriptor(|found| found.signed = false)),
        ),
        (
            "stored descriptor",
            with(File::stored("x", b"xyz").with_descriptor()),
        ),
        ("bomb", with(File::deflated("x", &vec![0; 1 << 20]))),
    ]
}

/// Zip64, sound and not.
fn zip64() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("zip64 end record", app().zip64().build()),
        ("zip64 fields", changed(File::zip64)),
        (
            "zip64 fields in the directory only",
            changed(|file| file.central(|header| header.size = u32::MAX)),
        ),
        (
            "zip64 offset without field",
            changed(|file| file.central(|header| header.offset = u32::MAX)),
        ),
        (
            "zip64 wish by offset",
            app().end(|end| end.directory = u32::MAX).build(),
        ),
        ("zip64 wish by size", app().end(|end| end.size = u32::MAX).build()),
        (
            "zip64 locator without record",
            app().after_directory(b"PK\x06\x07................").build(),
        ),
    ]
}
