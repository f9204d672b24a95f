//! Where a word begins and ends in a text, and whether it is the word that was listed.

use super::fold::{is_apostrophe, is_invisible, is_joining, is_mark};
use super::normalise::{Normal, normalise};
use super::pattern::Pattern;
use super::rules::{Boundary, Folding, LanguageRules, Plural};
use std::ops::Range;

/// Characters looked at beyond a match in search of the end of its word.
const REACH: usize = 40;

/// What a text is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Sentences and labels.
    Text,
    /// An identifier, split into words; `true` when none of its letters is lower case, so that
    /// capitals mean nothing.
    Identifier(bool),
}

/// The span of `pattern` in `text` if it really stands where its loose form was found.
pub(super) fn confirm(
    text: &str,
    found: Range<usize>,
    pattern: &Pattern,
    rules: &LanguageRules,
    manner: Manner,
    scratch: &mut Normal,
) -> Option<Range<usize>> {
    if rules.boundary == Boundary::Substring {
        if !stands_apart(text, &found) {
            return None;
        }
        normalise(text.get(found.clone())?, rules.folding, false, scratch);
        return (pattern.words.first().map(AsRef::as_ref) == Some(scratch.text())).then_some(found);
    }
    let span = whole_words(text, found, rules)?;
    let written = text.get(span.clone())?;
    normalise(written, rules.folding, false, scratch);
    let bare = pattern.bare && manner != Manner::Text && written.is_ascii();
    if bare {
        normalise_listed(written, scratch);
    }
    if !(if bare {
        bare_equal(pattern, scratch)
    } else {
        equal(scratch.text(), pattern, rules)
    }) {
        return None;
    }
    if !pattern.capitals.is_empty() {
        if manner == Manner::Identifier(true) {
            return None;
        }
        normalise(written, rules.folding, true, scratch);
        let mut words = scratch.text().split(' ').enumerate();
        let wanted = |(at, word): &(usize, Box<str>)| {
            words
                .by_ref()
                .find(|(index, _)| index == at)
                .is_some_and(|(_, seen)| seen == word.as_ref())
        };
        if !pattern.capitals.iter().all(wanted) {
            return None;
        }
    }
    if let Some(exact) = &pattern.exact {
        normalise(written, Folding::Exact, false, scratch);
        if scratch.text() != exact.as_ref() {
            return None;
        }
    }
    Some(span)
}

fn normalise_listed(written: &str, scratch: &mut Normal) {
    normalise(written, Folding::Latin, false, scratch);
}

/// Whether an identifier equals a term without its diacritics, word for word.
fn bare_equal(pattern: &Pattern, scratch: &mut Normal) -> bool {
    let written = scratch.text().to_owned();
    normalise(&pattern.text, Folding::Latin, false, scratch);
    written == scratch.text()
}

/// Neither end lies inside a grapheme cluster, or inside a word of Latin letters.
fn stands_apart(text: &str, found: &Range<usize>) -> bool {
    let before = text
        .get(..found.start)
        .and_then(|before| before.chars().next_back());
    let after = text.get(found.end..).and_then(|after| after.chars().next());
    let inside = text.get(found.clone()).unwrap_or_default();
    let latin = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let cuts_latin = (latin(before) && latin(inside.chars().next()))
        || (latin(after) && latin(inside.chars().next_back()));
    !cuts_latin && !after.is_some_and(is_mark) && !inside.chars().next().is_some_and(is_mark)
}

/// `found` widened to whole words, or nothing when a sign ties it to its neighbour.
fn whole_words(text: &str, found: Range<usize>, rules: &LanguageRules) -> Option<Range<usize>> {
    let inside = text.get(found.clone())?;
    let mut start = found.start;
    if inside
        .chars()
        .next()
        .is_some_and(|letter| continues(letter, rules))
    {
        let before = text.get(..start)?;
        for (count, (at, letter)) in before.char_indices().rev().enumerate() {
            if !continues(letter, rules) {
                break;
            }
            if count == REACH {
                return None;
            }
            start = at;
        }
        if is_tied_before(text.get(..start)?, rules) {
            return None;
        }
    }
    let mut end = found.end;
    if inside
        .chars()
        .next_back()
        .is_some_and(|letter| continues(letter, rules))
    {
        let after = text.get(found.end..)?;
        for (count, letter) in after.chars().enumerate() {
            if !continues(letter, rules) {
                break;
            }
            if count == REACH {
                return None;
            }
            end = end.saturating_add(letter.len_utf8());
        }
        end = possessive(text, end, rules)?;
    }
    Some(start..end)
}

fn continues(letter: char, rules: &LanguageRules) -> bool {
    is_joining(letter) && !(letter == '\u{200C}' && rules.folding == Folding::Urdu)
}

/// An apostrophe or a full stop between two letters joins them, except after an elided word.
fn is_tied_before(before: &str, rules: &LanguageRules) -> bool {
    let mut letters = before.chars().rev().filter(|letter| !is_invisible(*letter));
    let (Some(sign), Some(letter)) = (letters.next(), letters.next()) else {
        return false;
    };
    if sign == '.' {
        return letter.is_ascii_alphabetic();
    }
    if !is_apostrophe(sign) || !letter.is_alphabetic() {
        return false;
    }
    let word: String = before
        .chars()
        .rev()
        .skip_while(|letter| is_apostrophe(*letter) || is_invisible(*letter))
        .take_while(|letter| letter.is_alphabetic())
        .take(REACH)
        .collect();
    let word: String = word.chars().rev().flat_map(char::to_lowercase).collect();
    !rules.elision.contains(&word)
}

/// The end of the word with a possessive 's, where the language has one; nothing when something
/// else is tied to the word.
fn possessive(text: &str, end: usize, rules: &LanguageRules) -> Option<usize> {
    let mut letters = text.get(end..)?.chars();
    let (sign, next) = (letters.next(), letters.next());
    let (Some(sign), Some(letter)) = (sign, next) else {
        return Some(end);
    };
    if sign == '.' && letter.is_ascii_alphabetic() {
        return None;
    }
    if !is_apostrophe(sign) || !letter.is_alphabetic() {
        return Some(end);
    }
    let word: String = text
        .get(end..)?
        .chars()
        .skip(1)
        .take(REACH)
        .take_while(|l| l.is_alphanumeric())
        .collect();
    let allowed = rules.plural == Plural::Last && rules.plural_endings.contains(&word.to_lowercase());
    allowed.then_some(end)
}

/// Compares the words of a text with those of a pattern.
fn equal(written: &str, pattern: &Pattern, rules: &LanguageRules) -> bool {
    let mut seen = written.split(' ');
    let last = pattern.words.len().saturating_sub(1);
    let all = pattern.words.iter().enumerate().all(|(at, word)| {
        let Some(seen) = seen.next() else { return false };
        if is_form(seen, word, at == last, pattern, rules) {
            return true;
        }
        at == 0
            && rules.prefixes.iter().any(|prefix| {
                seen.strip_prefix(prefix.as_str())
                    .is_some_and(|seen| is_form(seen, word, at == last, pattern, rules))
            })
    });
    all && seen.next().is_none()
}

fn is_form(seen: &str, word: &str, last: bool, pattern: &Pattern, rules: &LanguageRules) -> bool {
    let Some(ending) = seen.strip_prefix(word) else {
        return false;
    };
    if last && rules.boundary == Boundary::Prefix {
        return ending
            .chars()
            .next()
            .map_or(!pattern.stem, |next| is_mark(next) == pattern.stem);
    }
    if ending.is_empty() {
        return true;
    }
    let plural = match rules.plural {
        Plural::None => false,
        Plural::Last => last,
        Plural::Each => true,
    };
    (plural && rules.plural_endings.iter().any(|allowed| allowed == ending))
        || (last && rules.suffixes.iter().any(|allowed| allowed == ending))
}
