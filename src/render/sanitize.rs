//! Text from inside an analysed file, made fit to be shown.
//!
//! A label or entry name may hold escape sequences that move the cursor or retitle the terminal,
//! characters that turn the direction of a line round so that it reads as something else, or
//! characters that cannot be seen. They are written out as `\u{…}`. Joiners (U+200C, U+200D) stay:
//! Hindi and Persian are not written without them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Characters of a text that are shown; the rest is cut.
pub const SHOWN: usize = 300;

/// `text` with everything written out that does not show as itself.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if is_hidden(character) => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
            }
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// [`visible`] text, cut to [`SHOWN`] characters.
#[must_use]
pub fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", visible(&text[..end])),
        None => visible(text).into_owned(),
    }
}

/// Whether a character acts on its surroundings or shows nothing.
pub(super) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        for (text, shown) in [
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("a\u{202e}kpa", "a\\u{202e}kpa"),
            (
                "\u{2066}\u{2069}\u{200f}\u{feff}",
                "\\u{2066}\\u{2069}\\u{200f}\\u{feff}",
            ),
            ("\u{e0041}", "\\u{e0041}"),
            ("क्\u{200d}ष 速贷 ไทย عرب", "क्\u{200d}ष 速贷 ไทย عرب"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let long = "贷".repeat(SHOWN + 1);
        assert_eq!(short(&long).chars().count(), SHOWN + 1);
        assert!(short(&long).ends_with('…'));
        assert_eq!(short(&"贷".repeat(SHOWN)), "贷".repeat(SHOWN));
    }
}
