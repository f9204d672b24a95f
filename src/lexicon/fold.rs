//! What one character becomes before words are compared.
//!
//! Characters are decomposed (NFKD), so that a letter and its marks are separate and every encoding
//! of the same text is equal; the marks are then dropped or kept as the script asks for.
//! References: Unicode Standard Annex 15 (normal forms) and the character names of the blocks.

use super::rules::Folding;
use std::sync::LazyLock;
use unicode_normalization::char::{decompose_canonical, decompose_compatible, is_combining_mark};

/// What a decomposed character contributes to the normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// Nothing at all.
    Nothing,
    /// A boundary between words; `true` when it ends a line.
    Gap(bool),
    /// A letter, digit or mark that is part of a word.
    Letter(char),
    /// A tone mark of Vietnamese, to be moved to the end of its word.
    Tone(char),
    /// A sign between words that must be equal.
    Sign(char),
}

/// The groups of letters that normalisation treats differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Arabic,
    Han,
    Thai,
    Other,
}

/// The script of a normalised letter.
pub(super) fn script(letter: char) -> Script {
    match letter {
        'a'..='z' | 'A'..='Z' => Script::Latin,
        '\u{0620}'..='\u{065F}' | '\u{066E}'..='\u{06D3}' => Script::Arabic,
        '\u{0E00}'..='\u{0E7F}' => Script::Thai,
        letter if is_han(letter) => Script::Han,
        _ => Script::Other,
    }
}

/// Whether `letter` is a Chinese character.
pub(super) fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}' | '\u{3005}'..='\u{3007}')
}

/// Whether words are written without spaces in the script of `letter`, so that it joins no word.
pub(super) fn is_unspaced(letter: char) -> bool {
    is_han(letter)
        || matches!(letter, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
            | '\u{3040}'..='\u{30FF}')
}

/// Whether `letter` is invisible and holds no meaning for the comparison of words.
pub(super) fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{0640}' | '\u{0E2F}')
}

/// Whether `letter` is one of the apostrophes in use.
pub(super) fn is_apostrophe(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '\u{2019}' | '\u{2018}' | '\u{02BC}' | '\u{00B4}' | '`' | '\u{FF07}'
    )
}

/// Whether `letter` continues the word before it and begins or continues one before it.
pub(super) fn is_joining(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric() || letter == '_';
    }
    (is_invisible(letter) && letter != '\u{0E2F}') || (is_word_letter(letter) && !is_unspaced(letter))
}

/// Letters that [`is_word_letter`] knows from a table: the scripts of the lists but Chinese.
const TABLED: u32 = 0x1380;

/// Whether `letter` is a letter, digit or mark.
fn is_word_letter(letter: char) -> bool {
    static TABLE: LazyLock<Vec<bool>> = LazyLock::new(|| {
        let letters = (0..TABLED).map(|code| char::from_u32(code).is_some_and(is_word_letter_at_all));
        letters.collect()
    });
    if (letter as u32) < TABLED {
        return TABLE.get(letter as usize).copied().unwrap_or_default();
    }
    is_word_letter_at_all(letter)
}

fn is_word_letter_at_all(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

/// Whether `letter` is of a script without capitals, as far as the lists have them.
fn is_caseless(letter: char) -> bool {
    matches!(letter, '\u{0590}'..='\u{109F}' | '\u{1100}'..='\u{139F}')
}

/// Hands `emit` the pieces of `letter`.
pub(super) fn fold(letter: char, folding: Folding, keep_case: bool, mut emit: impl FnMut(Piece)) {
    if letter.is_ascii() {
        emit(ascii_piece(letter, keep_case));
        return;
    }
    if is_invisible(letter) {
        emit(Piece::Nothing);
        return;
    }
    if is_apostrophe(letter) {
        emit(Piece::Gap(false));
        return;
    }
    if is_han(letter) && !matches!(letter, '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}') {
        emit(Piece::Letter(letter));
        return;
    }
    let mut emit_decomposed = |part: char| {
        let mut spell = |part: char| emit(piece(part, folding, keep_case));
        match (part, folding) {
            ('œ' | 'Œ', _) => ['o', 'e'].into_iter().for_each(&mut spell),
            ('æ' | 'Æ', _) => ['a', 'e'].into_iter().for_each(&mut spell),
            ('ß', _) => ['s', 's'].into_iter().for_each(&mut spell),
            _ => spell(part),
        }
    };
    if keep_case || is_caseless(letter) {
        decompose_compatible(letter, emit_decomposed);
    } else {
        for lower in letter.to_lowercase() {
            decompose_compatible(lower, &mut emit_decomposed);
        }
    }
}

/// The piece of an ASCII character.
pub(super) fn ascii_piece(letter: char, keep_case: bool) -> Piece {
    match letter {
        'a'..='z' | '0'..='9' => Piece::Letter(letter),
        'A'..='Z' => Piece::Letter(if keep_case {
            letter
        } else {
            letter.to_ascii_lowercase()
        }),
        '\n' | '\r' => Piece::Gap(true),
        '-' | '\'' | '`' | ' ' | '\0'..='\x1f' => Piece::Gap(false),
        _ => Piece::Sign(letter),
    }
}

fn piece(part: char, folding: Folding, keep_case: bool) -> Piece {
    if part.is_ascii() {
        return ascii_piece(part, keep_case);
    }
    if let Some(digit) = decimal_digit(part) {
        return Piece::Letter(digit);
    }
    match part {
        '\u{0300}'..='\u{036F}' => return latin_mark(part, folding),
        '\u{0600}'..='\u{06FF}' => return arabic(part, folding),
        '\u{0900}'..='\u{097F}' => return devanagari(part, folding),
        '\u{1200}'..='\u{137F}' => return ethiopic(part),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => return Piece::Gap(false),
        '\u{0085}' | '\u{2028}' | '\u{2029}' => return Piece::Gap(true),
        _ => {}
    }
    if part.is_whitespace() {
        return Piece::Gap(false);
    }
    if let Some(plain) = plain_latin(part, folding) {
        return Piece::Letter(plain);
    }
    if is_word_letter(part) {
        Piece::Letter(part)
    } else {
        Piece::Sign(part)
    }
}

/// Letters of Latin script that have no decomposition.
fn plain_latin(part: char, folding: Folding) -> Option<char> {
    if folding == Folding::Exact || (folding == Folding::Vietnamese && part == 'đ') {
        return None;
    }
    Some(match part {
        'đ' | 'Đ' | 'ɗ' | 'Ɗ' => 'd',
        'ɓ' | 'Ɓ' => 'b',
        'ƙ' | 'Ƙ' => 'k',
        'ƴ' | 'Ƴ' => 'y',
        'ø' | 'Ø' => 'o',
        'ł' | 'Ł' => 'l',
        'ı' => 'i',
        _ => return None,
    })
}

fn latin_mark(mark: char, folding: Folding) -> Piece {
    match folding {
        Folding::Exact => Piece::Letter(mark),
        // Kept after n only; the normaliser drops it elsewhere.
        Folding::Spanish if mark == '\u{0303}' => Piece::Letter(mark),
        Folding::Vietnamese => match mark {
            '\u{0300}' | '\u{0301}' | '\u{0303}' | '\u{0309}' | '\u{0323}' => Piece::Tone(mark),
            _ => Piece::Letter(mark),
        },
        _ => Piece::Nothing,
    }
}

fn arabic(part: char, folding: Folding) -> Piece {
    if folding == Folding::Exact {
        return Piece::Letter(part);
    }
    match part {
        '\u{064B}'..='\u{0652}' | '\u{0670}' | '\u{06D6}'..='\u{06ED}' => Piece::Nothing,
        // Madda and hamza above and below; the normaliser knows after which letter they stand.
        '\u{0653}'..='\u{0655}' if folding == Folding::Loose => Piece::Nothing,
        '\u{0671}' => Piece::Letter('\u{0627}'),
        '\u{0649}' | '\u{064A}' => Piece::Letter('\u{06CC}'),
        '\u{0643}' => Piece::Letter('\u{06A9}'),
        '\u{0647}' | '\u{06D5}' => Piece::Letter('\u{06C1}'),
        '\u{0629}' if folding != Folding::Urdu => Piece::Letter('\u{06C1}'),
        _ if is_word_letter(part) => Piece::Letter(part),
        _ => Piece::Sign(part),
    }
}

fn devanagari(part: char, folding: Folding) -> Piece {
    match part {
        '\u{093C}' if folding != Folding::Exact => Piece::Nothing,
        '\u{0901}' if folding != Folding::Exact => Piece::Letter('\u{0902}'),
        '\u{0964}' | '\u{0965}' | '\u{0970}' => Piece::Sign(part),
        _ => Piece::Letter(part),
    }
}

/// Homophones are one letter in all foldings: no other language writes this script here.
fn ethiopic(part: char) -> Piece {
    let rebased = |from: u32, to: u32| {
        let folded = (part as u32).wrapping_sub(from).wrapping_add(to);
        Piece::Letter(char::from_u32(folded).unwrap_or(part))
    };
    match part {
        '\u{1361}' => Piece::Gap(false),
        '\u{1360}' | '\u{1362}'..='\u{1368}' => Piece::Sign(part),
        '\u{1210}'..='\u{1216}' => rebased(0x1210, 0x1200),
        '\u{1280}'..='\u{1286}' => rebased(0x1280, 0x1200),
        '\u{1220}'..='\u{1226}' => rebased(0x1220, 0x1230),
        '\u{12D0}'..='\u{12D6}' => rebased(0x12D0, 0x12A0),
        '\u{1340}'..='\u{1346}' => rebased(0x1340, 0x1338),
        _ => Piece::Letter(part),
    }
}

/// The ASCII digit for a decimal digit of a script of the lists.
fn decimal_digit(part: char) -> Option<char> {
    let zero = match part {
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        '\u{06F0}'..='\u{06F9}' => '\u{06F0}',
        '\u{0966}'..='\u{096F}' => '\u{0966}',
        '\u{09E6}'..='\u{09EF}' => '\u{09E6}',
        '\u{0B66}'..='\u{0B6F}' => '\u{0B66}',
        '\u{0BE6}'..='\u{0BEF}' => '\u{0BE6}',
        '\u{0C66}'..='\u{0C6F}' => '\u{0C66}',
        '\u{0E50}'..='\u{0E59}' => '\u{0E50}',
        '\u{FF10}'..='\u{FF19}' => '\u{FF10}',
        _ => return None,
    };
    char::from_digit((part as u32).wrapping_sub(zero as u32), 10)
}

/// The base letter of `letter` without any mark; for tests of grapheme boundaries.
pub(super) fn is_mark(letter: char) -> bool {
    if letter.is_ascii() {
        return false;
    }
    if letter == '\u{0E33}' || is_combining_mark(letter) {
        return true;
    }
    let mut first = None;
    decompose_canonical(letter, |part| {
        first.get_or_insert(part);
    });
    first.is_some_and(is_combining_mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_letters_without_asking_is_true() {
        for letter in '\0'..='\u{13FF}' {
            assert_eq!(
                is_word_letter(letter),
                is_word_letter_at_all(letter),
                "{letter:?}"
            );
            if is_caseless(letter) {
                assert!(letter.to_lowercase().eq([letter]), "{letter:?}");
            }
        }
    }
}
