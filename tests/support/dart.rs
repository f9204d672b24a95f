//! Builds small snapshots of Dart programs, and libraries as Flutter packs them.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its part of the builder"
)]

/// Where strings stand, and how their length is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// In one cluster, the width in the lowest bit of the length.
    Mixed,
    /// In one cluster for each width.
    Apart,
    /// In the image, as objects of 64 bits.
    Image64,
    /// In the image, as objects of 32 bits.
    Image32,
}

/// A snapshot to be written.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Where the strings stand.
    pub shape: Shape,
    /// Texts; those beyond Latin-1 take two bytes for each unit.
    pub texts: Vec<String>,
}

impl Snapshot {
    /// A snapshot of a shape, with the given texts among those that every program has.
    pub fn new(shape: Shape, texts: &[&str]) -> Self {
        const USUAL: [&str; 6] = [
            "dart:core",
            "Object",
            "runtimeType",
            "get:hashCode",
            "",
            "_List@0150898",
        ];
        const MORE: [&str; 6] = [
            "dart:async",
            "Future",
            "then",
            "onError",
            "_Closure@0150898",
            "Null",
        ];
        // As many of both widths as any program has.
        const WIDE: [&str; 6] = ["→ 1", "→ 2", "→ 3", "→ 4", "→ 5", "→ 6"];
        let all = USUAL
            .into_iter()
            .chain(texts.iter().copied())
            .chain(MORE)
            .chain(WIDE);
        Self {
            shape,
            texts: all.map(str::to_owned).collect(),
        }
    }

    /// The bytes of the snapshot.
    pub fn build(&self) -> Vec<u8> {
        let strings: Vec<(Vec<u8>, bool)> = self.texts.iter().map(|text| characters(text)).collect();
        let mut out = vec![0xF5, 0xF5, 0xDC, 0xDC];
        out.extend([0; 8]);
        out.extend(3_u64.to_le_bytes());
        out.extend(b"0123456789abcdef0123456789abcdef");
        out.extend(b"product no-code_comments arm64 android compressed-pointers\0");
        // Counts and references: numbers that end like lengths do.
        out.extend([0x8A, 0x12, 0x83, 0x81, 0x07, 0x80, 0xFF].repeat(9));
        match self.shape {
            Shape::Mixed => {
                for (bytes, wide) in &strings {
                    number(&mut out, units(bytes, *wide) << 1 | usize::from(*wide));
                    out.extend(bytes);
                }
            }
            Shape::Apart => {
                for width in [false, true] {
                    for (bytes, _) in strings.iter().filter(|(_, wide)| *wide == width) {
                        number(&mut out, units(bytes, width));
                        out.extend(bytes);
                    }
                    out.extend([0x90, 0x01, 0x02, 0x83]);
                }
            }
            Shape::Image64 | Shape::Image32 => {}
        }
        let length = out.len() as u64 - 4;
        out[4..12].copy_from_slice(&length.to_le_bytes());
        out.resize(out.len().next_multiple_of(64), 0);
        let (distance, narrow) = (
            if self.shape == Shape::Image64 { 16 } else { 8 },
            self.shape == Shape::Image32,
        );
        if self.shape == Shape::Image64 || narrow {
            for (bytes, wide) in &strings {
                let doubled = units(bytes, *wide) << 1;
                let tags = if narrow { 4 } else { 8 };
                out.extend(&0x0055_0304_u64.to_le_bytes()[..tags]);
                out.extend((doubled as u32).to_le_bytes());
                let hash: u32 = if narrow { 0x1234_5678 } else { 0 };
                out.extend(hash.to_le_bytes());
                out.extend(bytes);
                out.resize(out.len().next_multiple_of(distance), 0);
            }
        }
        out
    }
}

fn characters(text: &str) -> (Vec<u8>, bool) {
    if text.chars().all(|letter| letter <= '\u{FF}') {
        return (text.chars().map(|letter| letter as u8).collect(), false);
    }
    (text.encode_utf16().flat_map(u16::to_le_bytes).collect(), true)
}

fn units(bytes: &[u8], wide: bool) -> usize {
    if wide { bytes.len() / 2 } else { bytes.len() }
}

/// A number in groups of seven bits, the last of which has the highest bit set.
fn number(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7F {
        out.push((value & 0x7F) as u8);
        value >>= 7;
    }
    out.push(value as u8 | 0x80);
}
