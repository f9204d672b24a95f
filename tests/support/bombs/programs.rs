//! Bombs in native libraries, compiled scripts and programs.

use super::super::{dart, elf, hermes};
use super::{Archive, DEFLATED, File, app, deflate, with};

/// A library whose segments, dynamic rows and symbols are as many as are read: 65,535 segments over
/// the whole file, 65,536 libraries needed, 65,536 functions that Java can call.
pub(crate) fn library() -> Vec<u8> {
    const ROWS: usize = 1 << 16;
    let words = |words: &[u64]| -> Vec<u8> { words.iter().flat_map(|word| word.to_le_bytes()).collect() };
    let segments = 64;
    let dynamic = segments + 65_535 * 56;
    let symbols = dynamic + ROWS * 16;
    let names = symbols + ROWS * 24;
    // Names overlap: each begins at another letter of one of 300 texts.
    let text = format!("Java_{}\0", "a".repeat(240)).repeat(300);
    let end = (names + text.len()) as u64;
    let mut out = elf::Library::new(b"\0").build();
    out.truncate(64);
    out[32..40].copy_from_slice(&(segments as u64).to_le_bytes());
    out[40..48].fill(0);
    out[56..58].fill(0xff);
    out[60..64].fill(0);
    let segment = |kind: u64, at: usize, length: u64| {
        words(&[kind | 4 << 32, at as u64, at as u64, at as u64, length, length, 8])
    };
    out.extend(segment(2, dynamic, (ROWS * 16) as u64));
    out.extend(segment(1, 0, end).repeat(65_534));
    out.extend(words(&[
        5,
        names as u64,
        10,
        text.len() as u64,
        6,
        symbols as u64,
    ]));
    out.extend((3..ROWS as u64).flat_map(|row| words(&[1, row])));
    for row in 0..ROWS {
        let name = (row % 300) as u32 * 246;
        out.extend(name.to_le_bytes());
        out.extend([0x12, 0, 1, 0]);
        out.extend([0; 16]);
    }
    out.extend(text.as_bytes());
    out
}

pub(super) fn imports(size: usize) -> Archive {
    let library = library();
    let payload = deflate(&library);
    let file = |number| {
        let name = format!("lib/arm64-v8a/lib{number}.so");
        File::raw(name, DEFLATED, payload.clone(), &library)
    };
    (0..64 / size.min(16)).map(file).fold(app(), Archive::file)
}

pub(super) fn bytecode_strings(size: usize) -> Archive {
    let text = "pinjaman online ".repeat((1 << 16) / size);
    let mut bundle = hermes::Bundle::new(96, &[&text]);
    bundle.identifiers.clear();
    bundle.functions = 0;
    let mut data = bundle.build();
    // The word of the one string, and behind it the overflow table and the characters.
    let words = 128 + 2 * 4;
    let word = data[words..words + 4].to_vec();
    let count = 1_000_000 / size;
    data.splice(words..words, word.repeat(count - 1));
    data[128..132].copy_from_slice(&(count as u32).to_le_bytes());
    data[52..56].copy_from_slice(&(count as u32).to_le_bytes());
    with("assets/index.android.bundle", &data)
}

pub(super) fn script_names(size: usize) -> Archive {
    let call = b"plus.contacts.getAddressBook();";
    with("assets/a.js", &call.repeat((8 << 20) / call.len() / size))
}

pub(super) fn beginnings(size: usize) -> Archive {
    let mut snapshot = dart::Snapshot::new(dart::Shape::Mixed, &[]).build();
    // Each begins five texts, the sixth of which is none.
    let text = |letter| [&[0xFA][..], &[letter; 61]].concat();
    let texts: Vec<u8> = (b'a'..b'f').flat_map(text).collect();
    let unit = [&texts[..], &[0x84, 0, 0]].concat();
    snapshot.extend(unit.repeat((16 << 20) / unit.len() / size));
    let end = snapshot.len() as u64;
    snapshot[4..12].copy_from_slice(&end.to_le_bytes());
    with(
        "lib/arm64-v8a/libapp.so",
        &elf::Library::of_program(&snapshot, true).build(),
    )
}
