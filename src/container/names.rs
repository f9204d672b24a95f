//! What a name inside a package may be, and what a hostile one looks like.

use std::borrow::Cow;

use crate::anomaly::{Anomalies, AnomalyKind};

/// Whether libziparchive takes `name` (its `IsValidEntryName`): no NUL, and multi-byte sequences
/// whose lead byte and continuation bytes fit each other. Overlong forms and surrogates pass, as
/// they do there.
pub(super) fn android_accepts(name: &[u8]) -> bool {
    if name.is_ascii() {
        return memchr::memchr(0, name).is_none();
    }
    let mut bytes = name.iter().copied();
    while let Some(lead) = bytes.next() {
        let continuation = match lead {
            0 => return false,
            0x01..=0x7f => 0,
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf7 => 3,
            0xf8..=0xfb => 4,
            0xfc..=0xfd => 5,
            _ => return false,
        };
        for _ in 0..continuation {
            if !matches!(bytes.next(), Some(0x80..=0xbf)) {
                return false;
            }
        }
    }
    true
}

/// `raw` as text; bytes that are not UTF-8 are replaced.
pub(super) fn text(raw: &[u8]) -> Cow<'_, str> {
    // Much faster for the short, plain names that nearly all are.
    std::str::from_utf8(raw).map_or_else(|_| String::from_utf8_lossy(raw), Cow::Borrowed)
}

/// Notes what is unusual about `raw`, the name of the record at `offset`; `text` is its lossy form.
pub(super) fn examine(raw: &[u8], text: &str, offset: u64, anomalies: &mut Anomalies) {
    let mut note = |kind| anomalies.note(kind, Some(offset), Some(text));
    if memchr::memchr(0, raw).is_some() {
        note(AnomalyKind::ZipNulInName);
    }
    if text.as_bytes() != raw {
        note(AnomalyKind::ZipNonUtf8Name);
    }
    if leaves_package(raw) {
        note(AnomalyKind::ZipPathTraversal);
    }
    if let Some(slash) = memchr::memchr(b'/', raw)
        && raw.get(..slash).is_some_and(is_core_name)
    {
        note(AnomalyKind::ZipCoreNameAsDirectory);
    }
}

/// Whether extracting `name` naively would write outside of the target directory.
fn leaves_package(name: &[u8]) -> bool {
    let separator = |byte: &u8| matches!(byte, b'/' | b'\\');
    // Most names have one dot; splitting is for those with two in a row.
    let two_dots = || {
        memchr::memchr_iter(b'.', name).any(|at| name.get(at..).is_some_and(|rest| rest.starts_with(b"..")))
    };
    name.first().is_some_and(separator) || (two_dots() && name.split(separator).any(|part| part == b".."))
}

/// Whether `name` is one that Android itself looks up at the root of a package.
fn is_core_name(name: &[u8]) -> bool {
    match name {
        b"AndroidManifest.xml" | b"resources.arsc" => true,
        _ => name
            .strip_prefix(b"classes")
            .and_then(|rest| rest.strip_suffix(b".dex"))
            .is_some_and(|number| number.iter().all(u8::is_ascii_digit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_libziparchive_takes_them() {
        for name in [
            &b"a/b.txt"[..],
            "\u{4e2d}".as_bytes(),
            b"",
            b"\xc0\xaf",
            b"\xed\xa0\x80",
        ] {
            assert!(android_accepts(name), "{name:?}");
        }
        for name in [&b"a\0b"[..], b"\x80", b"\xff", b"\xe4\xb8", b"\xe4a\xad"] {
            assert!(!android_accepts(name), "{name:?}");
        }
    }

    #[test]
    fn hostile_names_are_told_from_plain_ones() {
        for name in [&b"../a"[..], b"a/../../b", b"/etc", b"a\\..\\b", b"\\x"] {
            assert!(leaves_package(name), "{name:?}");
        }
        for name in [&b"a..b/c"[..], b"a/...", b"a"] {
            assert!(!leaves_package(name), "{name:?}");
        }
        assert!(is_core_name(b"classes2.dex") && is_core_name(b"classes.dex"));
        assert!(!is_core_name(b"classesx.dex") && !is_core_name(b"META-INF"));
    }
}
