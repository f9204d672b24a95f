//! What tells that a library is packed: what section headers would say, a packer's own mark, and code
//! that looks like noise.
//!
//! The dynamic linker needs no section headers, so that packers leave them out or make them lie. UPX
//! writes its name behind the program headers. Machine code repeats itself: of the processors Android
//! runs on, a byte of it holds 5 to 6.8 bits of information, encrypted or compressed data nearly 8.

use std::collections::BTreeSet;
use std::ops::Range;

use goblin::elf::program_header::PT_LOAD;
use goblin::elf::section_header::SHF_EXECINSTR;
use goblin::elf::{ProgramHeader, SectionHeader};

use super::{linking::name, range};

/// Bytes from the beginning in which UPX writes its name.
const UPX_REACH: usize = 1 << 10;
/// Bytes of code that are looked at, and fewest that tell something.
const SAMPLE: usize = 64 << 10;
const SMALLEST_SAMPLE: usize = 4 << 10;
/// Bits of information in a byte above which data is no machine code.
const NOISE: f64 = 7.5;
/// Names of sections that are kept.
const MOST_NAMES: usize = 256;

/// Signs of packing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Whether there are section headers.
    pub has_sections: bool,
    /// Names of the sections.
    pub sections: BTreeSet<String>,
    /// Whether UPX left its name.
    pub is_upx: bool,
    /// Whether what is loaded as code is no machine code but compressed or encrypted.
    pub is_code_noise: bool,
}

impl Marks {
    pub(super) fn read(
        data: &[u8],
        sections: &[SectionHeader],
        segments: &[ProgramHeader],
        names_index: u16,
    ) -> Self {
        let start = data.get(..UPX_REACH).unwrap_or(data);
        let names = sections
            .get(usize::from(names_index))
            .and_then(|section| data.get(range(data, section.sh_offset, section.sh_size)))
            .unwrap_or_default();
        let section_name = |section: &SectionHeader| name(names.get(section.sh_name..)?);
        Self {
            has_sections: !sections.is_empty(),
            sections: sections
                .iter()
                .filter_map(section_name)
                .take(MOST_NAMES)
                .collect(),
            is_upx: memchr::memmem::find(start, b"UPX!").is_some(),
            is_code_noise: is_noise(data, sections, segments),
        }
    }
}

/// Whether the middle of the largest piece of code is noise.
fn is_noise(data: &[u8], sections: &[SectionHeader], segments: &[ProgramHeader]) -> bool {
    let mut of_sections = sections
        .iter()
        .filter(|section| section.sh_flags & u64::from(SHF_EXECINSTR) != 0)
        .map(|section| range(data, section.sh_offset, section.sh_size));
    let mut of_segments = segments
        .iter()
        .filter(|segment| segment.p_type == PT_LOAD && segment.is_executable())
        .map(|segment| range(data, segment.p_offset, segment.p_filesz));
    let largest = |ranges: &mut dyn Iterator<Item = Range<usize>>| ranges.max_by_key(|range| range.len());
    let code = largest(&mut of_sections).or_else(|| largest(&mut of_segments));
    let Some(code) = code.and_then(|range| data.get(range)) else {
        return false;
    };
    let skipped = code.len().saturating_sub(SAMPLE) / 2;
    let sample = code.get(skipped..).unwrap_or(code);
    let sample = sample.get(..SAMPLE).unwrap_or(sample);
    sample.len() >= SMALLEST_SAMPLE && bits_of_a_byte(sample) > NOISE
}

/// Information in a byte of `data`, in bits.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn bits_of_a_byte(data: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in data {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let all = data.len() as f64;
    let part = |count: &u32| {
        let share = f64::from(*count) / all;
        if share > 0.0 {
            -share * libm::log2(share)
        } else {
            0.0
        }
    };
    counts.iter().map(part).sum()
}
