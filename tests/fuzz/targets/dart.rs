//! Snapshots of Dart programs: header and strings. The first byte says for how many bits.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::formats::flutter::Snapshot;

/// Reads what stands behind the first byte as a snapshot.
pub(crate) fn run(data: &[u8]) {
    let Some((first, data)) = data.split_first() else {
        return;
    };
    let Ok(snapshot) = Snapshot::parse(data, 0, first & 1 == 1) else {
        return;
    };
    let mut end = 0;
    for string in snapshot.strings() {
        let start = usize::try_from(string.offset).unwrap_or(usize::MAX);
        assert!(start >= end, "strings do not overlap");
        end = start + string.bytes.len();
        assert_eq!(
            data.get(start..end),
            Some(string.bytes),
            "a string knows its place"
        );
        assert!(string.text().len() <= 2 * string.bytes.len());
    }
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
