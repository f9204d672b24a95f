//! Whether bytes look encrypted.
//!
//! Well encrypted data cannot be told from chance, and neither can well compressed data; the latter
//! nearly always says in its first bytes what it is. What has no such beginning and as much entropy
//! as chance is taken for encrypted. Programs, texts, tables and most media lie well below.

/// Bytes without which the entropy of a sample says nothing.
pub const LEAST_SAMPLE: usize = 4 << 10;

/// Bits for each byte from which on a sample of [`LEAST_SAMPLE`] or more may be chance: chance itself
/// reaches 7.95 with so few bytes, and 7.997 with 64 KiB.
const LIKE_CHANCE: f64 = 7.9;

/// How files in compressed or otherwise dense formats begin, and at which offset.
const DENSE: [(usize, &[u8]); 34] = [
    (0, b"PK"),
    (0, b"\x1F\x8B"),
    (0, b"7z\xBC\xAF"),
    (0, b"\xFD7zXZ"),
    (0, b"BZh"),
    (0, b"\x28\xB5\x2F\xFD"),
    (0, b"\x04\x22\x4D\x18"),
    (0, b"Rar!"),
    (0, b"\x5D\x00\x00"),
    (0, b"\x78\x01"),
    (0, b"\x78\x5E"),
    (0, b"\x78\x9C"),
    (0, b"\x78\xDA"),
    (0, b"\x89PNG"),
    (0, b"\xFF\xD8\xFF"),
    (0, b"GIF8"),
    (0, b"RIFF"),
    (0, b"OggS"),
    (0, b"ID3"),
    (0, b"\xFF\xFB"),
    (0, b"fLaC"),
    (0, b"%PDF"),
    (0, b"wOFF"),
    (0, b"wOF2"),
    (0, b"\x7FELF"),
    (0, b"dex\n"),
    (0, b"UnityFS"),
    (0, b"FSB5"),
    (0, b"BKHD"),
    (0, b"CCZ!"),
    (0, b"\xABKTX"),
    (0, b"\x1A\x45\xDF\xA3"),
    (0, b"SQLite format 3"),
    (4, b"ftyp"),
];

/// Whether a file that begins with `sample` is encrypted, as far as its bytes tell; `false` for less
/// than [`LEAST_SAMPLE`] bytes.
#[must_use]
pub fn looks_encrypted(sample: &[u8]) -> bool {
    let is_dense = DENSE
        .iter()
        .any(|(offset, start)| sample.get(*offset..).is_some_and(|rest| rest.starts_with(start)));
    sample.len() >= LEAST_SAMPLE && !is_dense && bits_per_byte(sample) >= LIKE_CHANCE
}

/// Shannon's entropy of the single bytes, in bits for each byte: 0 for nothing and for one value, 8 for
/// all values equally often.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are far below 2^52 bytes")]
pub fn bits_per_byte(sample: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in sample {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let total = sample.len() as f64;
    let seen = counts.iter().filter(|count| **count > 0);
    seen.map(|count| {
        let share = f64::from(*count) / total;
        -share * libm::log2(share)
    })
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::random::Random;

    /// Bytes that pass for chance.
    fn noise(length: usize) -> Vec<u8> {
        Random::new(1).bytes(length)
    }

    #[test]
    fn entropy_is_nothing_for_one_value_and_eight_for_all() {
        assert!(bits_per_byte(&[]).abs() < 1e-9 && bits_per_byte(&[7; 99]).abs() < 1e-9);
        let all: Vec<u8> = (0..=255).collect();
        assert!((bits_per_byte(&all) - 8.0).abs() < 1e-9);
        assert!((bits_per_byte(b"abab") - 1.0).abs() < 1e-9);
    }

    #[test]
    fn chance_passes_for_encrypted_and_text_programs_and_known_formats_do_not() {
        let chance = noise(64 << 10);
        assert!(looks_encrypted(&chance) && looks_encrypted(&chance[..LEAST_SAMPLE]));
        assert!(!looks_encrypted(&chance[..LEAST_SAMPLE - 1]));
        let text = "The quick brown fox jumps over the lazy dog. ".repeat(400);
        assert!(!looks_encrypted(text.as_bytes()));
        let words: Vec<u8> = (0..8_000_u32).flat_map(|n| (n * 37).to_le_bytes()).collect();
        assert!(!looks_encrypted(&words));
        for start in [
            &b"PK\x03\x04"[..],
            b"\x89PNG\r\n",
            b"OggS",
            b"\x28\xB5\x2F\xFD",
            b"0000ftypisom",
        ] {
            let mut file = start.to_vec();
            file.extend(&chance);
            assert!(!looks_encrypted(&file), "{start:?}");
        }
    }
}
