//! The configuration a resource value is for: locale and the other qualifiers.
//!
//! Format: `ResTable_config` of AOSP `libs/androidfw/include/androidfw/ResourceTypes.h`; the names
//! of the qualifiers are those of resource directories. Old files state a smaller size; what is not
//! there is zero, as in `ResTable_config::copyFromDeviceNoSwap`.

use std::fmt::Write as _;

use crate::bytes::u16_at;
use crate::formats::resources::language_of_today;

/// Size in bytes of the part of a configuration that is read.
const SIZE: usize = 64;

/// A configuration, decoded when asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Configuration {
    bytes: [u8; SIZE],
}

/// Qualifiers of one field: position, mask, and a name for each value.
type Named = (usize, u8, &'static [(u8, &'static str)]);

/// The fields in front of the density, in the order of resource directories.
const BEFORE_DENSITY: &[Named] = &[
    (
        28,
        0x0f,
        &[(1, "small"), (2, "normal"), (3, "large"), (4, "xlarge")],
    ),
    (28, 0x30, &[(0x10, "notlong"), (0x20, "long")]),
    (48, 0x03, &[(1, "notround"), (2, "round")]),
    (49, 0x03, &[(1, "nowidecg"), (2, "widecg")]),
    (49, 0x0c, &[(4, "lowdr"), (8, "highdr")]),
    (12, 0xff, &[(1, "port"), (2, "land"), (3, "square")]),
    (
        29,
        0x0f,
        &[
            (2, "desk"),
            (3, "car"),
            (4, "television"),
            (5, "appliance"),
            (6, "watch"),
            (7, "vrheadset"),
        ],
    ),
    (29, 0x30, &[(0x10, "notnight"), (0x20, "night")]),
];

/// The fields behind the density.
const BEHIND_DENSITY: &[Named] = &[
    (13, 0xff, &[(1, "notouch"), (2, "stylus"), (3, "finger")]),
    (
        18,
        0x03,
        &[(1, "keysexposed"), (2, "keyshidden"), (3, "keyssoft")],
    ),
    (16, 0xff, &[(1, "nokeys"), (2, "qwerty"), (3, "12key")]),
    (18, 0x0c, &[(4, "navexposed"), (8, "navhidden")]),
    (
        17,
        0xff,
        &[(1, "nonav"), (2, "dpad"), (3, "trackball"), (4, "wheel")],
    ),
];

const DENSITIES: &[(u16, &str)] = &[
    (120, "ldpi"),
    (160, "mdpi"),
    (213, "tvdpi"),
    (240, "hdpi"),
    (320, "xhdpi"),
    (480, "xxhdpi"),
    (640, "xxxhdpi"),
    (0xfffe, "anydpi"),
    (0xffff, "nodpi"),
];

impl Default for Configuration {
    fn default() -> Self {
        Self { bytes: [0; SIZE] }
    }
}

impl Configuration {
    /// Reads the configuration at the beginning of `data`, as far as its stated size and the data go.
    #[must_use]
    pub fn parse(data: &[u8]) -> Self {
        let stated = usize::from(u16_at(data, 0).unwrap_or_default());
        let mut bytes = [0; SIZE];
        for (to, from) in bytes.iter_mut().zip(data.iter().take(stated)).skip(4) {
            *to = *from;
        }
        Self { bytes }
    }

    fn byte(&self, position: usize) -> u8 {
        self.bytes.get(position).copied().unwrap_or_default()
    }

    fn half(&self, position: usize) -> u16 {
        u16_at(&self.bytes, position).unwrap_or_default()
    }

    /// Language and region as packed in the file, to be compared only.
    #[must_use]
    pub(super) fn locale_key(&self) -> &[u8] {
        self.bytes.get(8..12).unwrap_or_default()
    }

    /// Whether the value is for every locale.
    #[must_use]
    pub fn is_default_locale(&self) -> bool {
        self.byte(8) == 0 && self.byte(10) == 0
    }

    /// The locale as a BCP 47 tag in today's form (`id` for the old `in`); empty for the default.
    #[must_use]
    pub fn locale(&self) -> String {
        let mut tag = String::new();
        if self.is_default_locale() {
            return tag;
        }
        let language = unpack(self.byte(8), self.byte(9), b'a');
        tag.push_str(match language.as_str() {
            "" => "und",
            other => language_of_today(other),
        });
        let script = self.letters(36, 4);
        if !script.is_empty() && self.byte(52) == 0 {
            let mut letters = script.chars();
            tag.push('-');
            tag.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            tag.push_str(letters.as_str());
        }
        for part in [unpack(self.byte(10), self.byte(11), b'0'), self.letters(40, 8)] {
            if !part.is_empty() {
                tag.push('-');
                tag.push_str(&part);
            }
        }
        let numbering = self.letters(53, 8);
        if !numbering.is_empty() {
            tag.push_str("-u-nu-");
            tag.push_str(&numbering);
        }
        tag
    }

    fn letters(&self, position: usize, length: usize) -> String {
        let bytes = self.bytes.iter().skip(position).take(length);
        bytes
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .map(|&byte| char::from(byte))
            .collect()
    }

    /// The API level below which the value is not used; 0 when there is none.
    #[must_use]
    pub fn sdk_version(&self) -> u16 {
        self.half(24)
    }

    /// How many kinds of qualifiers other than locale and API level restrict the value.
    #[must_use]
    pub(super) fn restrictions(&self) -> usize {
        let others = |position: usize| !matches!(position, 0..=11 | 24..=27 | 36..=47 | 52..);
        let count = |range: std::ops::Range<usize>| {
            range
                .filter(|&position| others(position) && self.byte(position) != 0)
                .count()
        };
        count(12..SIZE).saturating_add(if self.half(4) != 0 || self.half(6) != 0 {
            100
        } else {
            0
        })
    }

    /// The qualifiers as in the name of a resource directory, such as `zh-rCN-land-v21`.
    #[must_use]
    pub fn qualifiers(&self) -> String {
        let mut name = Qualifiers::default();
        if self.half(4) != 0 {
            name.number("mcc", self.half(4), "");
        }
        match self.half(6) {
            0 => {}
            u16::MAX => name.number("mnc", 0, ""),
            network => name.number("mnc", network, ""),
        }
        self.locale_qualifier(&mut name);
        self.named(
            &mut name,
            &[(19, 0x03, &[(1, "neuter"), (2, "feminine"), (3, "masculine")])],
        );
        self.named(&mut name, &[(28, 0xc0, &[(0x40, "ldltr"), (0x80, "ldrtl")])]);
        for (position, prefix) in [(30, "sw"), (32, "w"), (34, "h")] {
            if self.half(position) != 0 {
                name.number(prefix, self.half(position), "dp");
            }
        }
        self.named(&mut name, BEFORE_DENSITY);
        let density = self.half(14);
        match DENSITIES.iter().find(|(value, _)| *value == density) {
            Some((_, text)) => name.word(text),
            None if density != 0 => name.number("", density, "dpi"),
            None => {}
        }
        self.named(&mut name, BEHIND_DENSITY);
        if self.half(20) != 0 || self.half(22) != 0 {
            name.number("", self.half(20), "x");
            let _ = write!(name.0, "{}", self.half(22));
        }
        if self.half(24) != 0 || self.half(26) != 0 {
            name.number("v", self.half(24), "");
            if self.half(26) != 0 {
                let _ = write!(name.0, ".{}", self.half(26));
            }
        }
        name.0
    }

    fn locale_qualifier(&self, name: &mut Qualifiers) {
        if self.is_default_locale() {
            return;
        }
        let language = unpack(self.byte(8), self.byte(9), b'a');
        let region = unpack(self.byte(10), self.byte(11), b'0');
        let script = if self.byte(52) == 0 {
            self.letters(36, 4)
        } else {
            String::new()
        };
        let (variant, numbering) = (self.letters(40, 8), self.letters(53, 8));
        if script.is_empty() && variant.is_empty() && numbering.is_empty() {
            name.word(&language);
            if !region.is_empty() {
                name.word("r");
                name.0.push_str(&region);
            }
            return;
        }
        name.word("b+");
        name.0.push_str(&language);
        for part in [script, region, variant]
            .into_iter()
            .filter(|part| !part.is_empty())
        {
            name.0.push('+');
            name.0.push_str(&part);
        }
        if !numbering.is_empty() {
            name.0.push_str("+u+nu+");
            name.0.push_str(&numbering);
        }
    }

    fn named(&self, name: &mut Qualifiers, fields: &[Named]) {
        for (position, mask, words) in fields {
            let value = self.byte(*position) & mask;
            if let Some((_, word)) = words.iter().find(|(known, _)| *known == value) {
                name.word(word);
            }
        }
    }
}

#[derive(Default)]
struct Qualifiers(String);

impl Qualifiers {
    fn word(&mut self, word: &str) {
        if !self.0.is_empty() && !word.is_empty() {
            self.0.push('-');
        }
        self.0.push_str(word);
    }

    fn number(&mut self, prefix: &str, number: u16, suffix: &str) {
        self.word(&format!("{prefix}{number}{suffix}"));
    }
}

/// Unpacks a language or region: two letters, or three of five bits each above `base`.
fn unpack(first: u8, second: u8, base: u8) -> String {
    if first & 0x80 == 0 {
        return [first, second]
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric())
            .map(|&b| char::from(b))
            .collect();
    }
    let parts = [
        second & 0x1f,
        (second >> 5) | ((first & 0x03) << 3),
        (first & 0x7c) >> 2,
    ];
    let letters = parts.iter().map(|part| char::from(part.saturating_add(base)));
    letters.filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests may fail loudly"
)]
mod tests {
    use super::*;

    type Fields<'f> = &'f [(usize, &'f [u8])];

    fn configuration(fields: Fields<'_>) -> Configuration {
        let mut bytes = [0; SIZE];
        bytes[0] = 64;
        for (position, values) in fields {
            bytes[*position..position + values.len()].copy_from_slice(values);
        }
        Configuration::parse(&bytes)
    }

    #[test]
    fn names_locales_as_bcp_47_and_as_directory() {
        let cases: &[(Fields<'_>, &str, &str)] = &[
            (&[], "", ""),
            (&[(8, b"zhCN")], "zh-CN", "zh-rCN"),
            (&[(8, b"in")], "id", "in"),
            (&[(8, b"tl")], "fil", "tl"),
            (&[(8, &[0xad, 0x05])], "fil", "fil"),
            (&[(8, b"sr"), (36, b"Latn")], "sr-Latn", "b+sr+Latn"),
            (&[(8, b"sr"), (36, b"Cyrl"), (52, &[1])], "sr", "sr"),
            (&[(8, b"es"), (10, &[0xa4, 0x24])], "es-419", "es-r419"),
        ];
        for (fields, locale, qualifiers) in cases {
            let configuration = configuration(fields);
            assert_eq!(
                (
                    configuration.locale().as_str(),
                    configuration.qualifiers().as_str()
                ),
                (*locale, *qualifiers)
            );
        }
    }

    #[test]
    fn names_the_other_qualifiers_in_directory_order() {
        let all = configuration(&[
            (4, &[54, 1, 4, 0]),
            (8, b"de"),
            (12, &[2, 3]),
            (14, &[240, 0]),
            (24, &[21, 0]),
            (28, &[0x82, 0x20, 88, 2]),
        ]);
        assert_eq!(
            all.qualifiers(),
            "mcc310-mnc4-de-ldrtl-sw600dp-normal-land-night-hdpi-finger-v21"
        );
        assert_eq!(all.sdk_version(), 21);
        assert!(all.restrictions() > configuration(&[(8, b"de"), (24, &[21, 0])]).restrictions());
    }

    #[test]
    fn a_size_smaller_than_today_leaves_the_rest_empty() {
        let mut bytes = [0x11; SIZE];
        bytes[..4].copy_from_slice(&[12, 0, 0, 0]);
        bytes[8..12].copy_from_slice(b"frFR");
        assert_eq!(Configuration::parse(&bytes).locale(), "fr-FR");
        assert_eq!(Configuration::parse(&bytes[..10]).locale(), "fr");
    }
}
