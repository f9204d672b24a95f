//! Longer phrases: parts that stand in order, with a gap of free text between them.
//!
//! A part is matched like a term of its language and is nothing by itself. Parts make a phrase when
//! each follows the one before it within [`GAP`] characters and inside one paragraph. Phrases and
//! words do not hide each other.

use super::{Check, Lexicon};
use serde::{Deserialize, Serialize};

/// Characters of free text between two parts, at most.
pub const GAP: usize = 80;
/// What stands for a gap in a listed phrase.
const GAP_SIGN: &str = "...";

/// What a phrase does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhraseKind {
    /// The borrower agrees that others may be told or called.
    ConsentDisclose,
    /// Everybody gets the loan.
    GuaranteedApproval,
    /// The loan is the reason for reading contacts, messages or calls.
    PermissionRationale,
    /// Others will be told, called or sent something.
    ThreatContacts,
}

impl PhraseKind {
    /// All kinds.
    pub const ALL: &'static [PhraseKind] = &[
        Self::ConsentDisclose,
        Self::GuaranteedApproval,
        Self::PermissionRationale,
        Self::ThreatContacts,
    ];

    /// The name used in the lists and in signatures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ConsentDisclose => "consent-disclose",
            Self::GuaranteedApproval => "guaranteed-approval",
            Self::PermissionRationale => "permission-rationale",
            Self::ThreatContacts => "threat-contacts",
        }
    }
}

/// One listed phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phrase {
    /// BCP 47 tag.
    pub language: String,
    /// What it does.
    pub kind: PhraseKind,
    /// The phrase as listed, `...` for a gap.
    pub text: String,
    /// Strength as listed, 1 to 3.
    pub strength: u8,
    /// How far its source was verified.
    pub check: Check,
    /// Where it was found; empty for an unsourced phrase.
    pub source: String,
    /// What it means, in English.
    pub gloss: String,
}

impl Phrase {
    /// The parts, in order; an empty one where two gaps meet or nothing stands beside a gap.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.text.split(GAP_SIGN).map(str::trim)
    }
}

/// Number of a phrase; phrases are numbered in the order they were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhraseId(pub u32);

/// A place in a phrase, and in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartFound {
    /// Index of the phrase.
    pub(super) phrase: u32,
    /// Which of its parts, from 0.
    pub(super) at: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// One phrase in a text, from its first part to its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PhraseFound {
    pub(super) phrase: u32,
    pub(super) kind: PhraseKind,
    pub(super) strength: u8,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Adds to `phrases` what the `parts` found in `text` make, by place.
pub(super) fn assemble(
    text: &str,
    parts: &mut Vec<PartFound>,
    lexicon: &Lexicon,
    phrases: &mut Vec<PhraseFound>,
) {
    phrases.clear();
    parts.sort_unstable();
    parts.dedup();
    for of_phrase in parts.chunk_by(|a, b| a.phrase == b.phrase) {
        let Some(phrase) = of_phrase.first().map(|part| part.phrase) else {
            continue;
        };
        let Some(listed) = lexicon.phrases.get(phrase as usize) else {
            continue;
        };
        let mut last = 0;
        for (start, end) in chains(text, of_phrase, listed.parts().count()) {
            if start >= last {
                last = end;
                phrases.push(PhraseFound {
                    phrase,
                    kind: listed.kind,
                    strength: lexicon.effective_phrase_strength(PhraseId(phrase)),
                    start,
                    end,
                });
            }
        }
    }
    keep_distinct(phrases);
}

/// Start and end of each run of all `count` parts, ordered. `found` is sorted by part and place.
fn chains(text: &str, found: &[PartFound], count: usize) -> Vec<(u32, u32)> {
    let mut by_part = found.chunk_by(|a, b| a.at == b.at);
    let mut reached: Vec<(u32, u32)> = Vec::new();
    for at in 0..count {
        let spans = by_part.next().unwrap_or_default();
        if spans.first().is_none_or(|span| span.at as usize != at) {
            return Vec::new();
        }
        if at == 0 {
            reached.extend(spans.iter().map(|span| (span.start, span.end)));
        } else {
            reached.sort_unstable_by_key(|&(start, end)| (end, start));
            let follows = |span: &PartFound| {
                // No other part before it is nearer, so none reaches where this one does not.
                let nearest = reached.partition_point(|&(_, end)| end <= span.start);
                let &(start, end) = reached.get(nearest.checked_sub(1)?)?;
                let gap = text.get(end as usize..span.start as usize)?;
                is_gap(gap).then_some((start, span.end))
            };
            reached = spans.iter().filter_map(follows).collect();
        }
    }
    reached.sort_unstable();
    reached
}

/// Whether so much may stand between two parts.
fn is_gap(text: &str) -> bool {
    text.len() <= GAP * 4 && text.chars().count() <= GAP && !has_empty_line(text)
}

/// Whether two line breaks stand in `text` with nothing but blanks between them, written as they
/// are or as the escapes `\n` and `\r\n`.
fn has_empty_line(text: &str) -> bool {
    let mut letters = text.chars().peekable();
    let mut breaks = 0;
    while let Some(letter) = letters.next() {
        let escape = (letter == '\\')
            .then(|| letters.next_if(|next| matches!(next, 'n' | 'r' | 't')))
            .flatten();
        match (letter, escape) {
            ('\u{2029}', _) => return true,
            ('\n' | '\u{0085}' | '\u{2028}', _) | (_, Some('n')) => breaks += 1,
            (_, Some(_)) => {}
            _ if letter.is_whitespace() => {}
            _ => breaks = 0,
        }
        if breaks == 2 {
            return true;
        }
    }
    false
}

/// Of phrases at the same place the strongest stays, then the first in the list; of one kind, a
/// phrase inside another that is as strong is the same statement, in whatever language.
fn keep_distinct(phrases: &mut Vec<PhraseFound>) {
    phrases.sort_unstable_by_key(|one| (one.start, u32::MAX - one.end, u8::MAX - one.strength, one.phrase));
    phrases.dedup_by(|later, first| first.start == later.start && first.end == later.end);
    let mut around: [Option<PhraseFound>; PhraseKind::ALL.len()] = [None; PhraseKind::ALL.len()];
    phrases.retain(|one| {
        let Some(outer) = around.get_mut(one.kind as usize) else {
            return true;
        };
        let is_inside = outer.is_some_and(|outer| one.end <= outer.end && one.strength <= outer.strength);
        if !is_inside {
            *outer = Some(*one);
        }
        !is_inside
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_ends_a_paragraph() {
        for (text, expected) in [
            ("a b", false),
            ("a\nb", false),
            ("a\n\nb", true),
            ("a\r\nb", false),
            ("a\r\n \t\r\nb", true),
            ("a\\nb\\nc", false),
            ("a\\n\\nb", true),
            ("a\\r\\n\\r\\nb", true),
            ("a\\n\nb", true),
            ("a\u{2029}b", true),
            ("a \\", false),
        ] {
            assert_eq!(has_empty_line(text), expected, "{text:?}");
        }
    }

    fn part(at: u32, start: u32, end: u32) -> PartFound {
        PartFound {
            phrase: 0,
            at,
            start,
            end,
        }
    }

    #[test]
    fn parts_stand_in_order_and_near_each_other() {
        let text = "0123456789".repeat(30);
        let chains = |parts: &[PartFound], count| {
            let mut parts = parts.to_vec();
            parts.sort_unstable();
            chains(&text, &parts, count)
        };
        let nothing: [(u32, u32); 0] = [];
        assert_eq!(chains(&[part(0, 0, 5), part(1, 10, 15)], 2), [(0, 15)]);
        assert_eq!(chains(&[part(0, 0, 5), part(1, 5, 9)], 2), [(0, 9)], "no gap");
        assert_eq!(
            chains(&[part(1, 0, 5), part(0, 10, 15)], 2),
            nothing,
            "turned around"
        );
        assert_eq!(
            chains(&[part(0, 0, 5), part(1, 4, 9)], 2),
            nothing,
            "they overlap"
        );
        assert_eq!(chains(&[part(0, 0, 5), part(1, 85, 90)], 2), [(0, 90)]);
        assert_eq!(chains(&[part(0, 0, 5), part(1, 86, 90)], 2), nothing, "too far");
        assert_eq!(
            chains(&[part(0, 0, 5), part(2, 10, 15)], 3),
            nothing,
            "one is missing"
        );
        assert_eq!(
            chains(
                &[
                    part(0, 0, 5),
                    part(0, 60, 65),
                    part(1, 100, 105),
                    part(2, 180, 185)
                ],
                3
            ),
            [(60, 185)],
            "the nearest part counts"
        );
        assert_eq!(chains(&[part(0, 3, 5), part(0, 9, 11)], 1), [(3, 5), (9, 11)]);
    }

    #[test]
    fn one_statement_counts_once() {
        let found = |phrase, kind, strength, start, end| PhraseFound {
            phrase,
            kind,
            strength,
            start,
            end,
        };
        let (consent, threat) = (PhraseKind::ConsentDisclose, PhraseKind::ThreatContacts);
        let kept = |mut all: Vec<PhraseFound>| {
            keep_distinct(&mut all);
            all.iter().map(|one| one.phrase).collect::<Vec<_>>()
        };
        let same = vec![
            found(4, threat, 2, 0, 9),
            found(3, threat, 3, 0, 9),
            found(5, threat, 3, 0, 9),
        ];
        assert_eq!(kept(same), [3], "the strongest, then the first");
        assert_eq!(
            kept(vec![found(0, threat, 2, 0, 9), found(1, threat, 2, 2, 7)]),
            [0]
        );
        assert_eq!(
            kept(vec![found(0, threat, 2, 0, 9), found(1, threat, 3, 2, 7)]),
            [0, 1]
        );
        assert_eq!(
            kept(vec![found(0, threat, 2, 0, 9), found(1, consent, 2, 2, 7)]),
            [0, 1]
        );
        assert_eq!(
            kept(vec![found(0, threat, 2, 0, 9), found(1, threat, 2, 5, 12)]),
            [0, 1]
        );
    }
}
