//! Looking for terms in one text.

use super::compile::Lexicon;
use super::identifier::split;
use super::normalise::{Normal, normalise_loose};
use super::pattern::{Pattern, Sought};
use super::phrase::{PartFound, PhraseFound, assemble};
use super::resolve::{Found, resolve};
use super::rules::Boundary;
use super::words::{Manner, confirm};
use super::{Hit, PhraseId, TermId};
use std::ops::Range;

/// Matches kept of one text; what a longer text holds beyond them is not reported.
const MATCHES: usize = 1 << 14;
/// Texts longer than this, in bytes, are read in windows around their anchors only.
const LONG: usize = 1 << 10;

/// Buffers that are reused from text to text. Each thread has its own.
#[derive(Debug, Default)]
pub struct Scratch {
    loose: Normal,
    own: Normal,
    pub(super) found: Vec<Found>,
    masks: Vec<Found>,
    parts: Vec<PartFound>,
    phrases: Vec<PhraseFound>,
    literals: Vec<u32>,
    words: String,
    inserted: Vec<u32>,
    places: Vec<usize>,
}

impl Lexicon {
    /// Adds what `text` holds to `hits`: literals by their index, then terms and then phrases by their
    /// place.
    pub fn scan(&self, text: &str, scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        if self.prefilter.suspects::<false>(text.as_bytes()) != Some(false) {
            self.scan_suspect(text, Manner::Text, scratch, hits);
        }
    }

    /// As [`Lexicon::scan`], for the modified UTF-8 of a dex file: encoded surrogates and NUL are
    /// decoded, what is broken becomes U+FFFD.
    pub fn scan_bytes(&self, bytes: &[u8], scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        if self.prefilter.suspects::<false>(bytes) != Some(false) {
            match std::str::from_utf8(bytes) {
                Ok(text) => self.scan_suspect(text, Manner::Text, scratch, hits),
                Err(_) => self.scan_suspect(&decode(bytes), Manner::Text, scratch, hits),
            }
        }
    }

    /// As [`Lexicon::scan`], for the name of a resource, class, method or package: words are told
    /// apart by capitals, digits and signs. Spans refer to `name`. Phrases are not looked for.
    pub fn scan_identifier(&self, name: &str, scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        if self.prefilter.suspects::<true>(name.as_bytes()) == Some(false) {
            return;
        }
        let mut words = std::mem::take(&mut scratch.words);
        split(name, &mut words, &mut scratch.inserted);
        let all_capitals = !name.bytes().any(|byte| byte.is_ascii_lowercase());
        let first = hits.len();
        self.scan_suspect(&words, Manner::Identifier(all_capitals), scratch, hits);
        scratch.words = words;
        for hit in hits.iter_mut().skip(first) {
            if let Hit::Term { span, .. } = hit {
                let back = |at: u32| {
                    let before = scratch.inserted.partition_point(|&gap| gap < at);
                    at.saturating_sub(u32::try_from(before).unwrap_or(u32::MAX))
                };
                *span = back(span.start)..back(span.end);
            }
        }
    }

    fn scan_suspect(&self, text: &str, manner: Manner, scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        let mut places = std::mem::take(&mut scratch.places);
        self.prefilter.places(text, &mut places);
        if !places.is_empty() {
            scratch.clear();
            if text.len() <= LONG {
                self.collect(text, 0..text.len(), manner, scratch);
            } else {
                self.collect_around(&places, text, manner, scratch);
            }
            self.report(text, scratch, hits);
        }
        scratch.places = places;
    }

    /// All confirmed matches in `text`, longer and shorter ones alike.
    pub(super) fn matches<'s>(&self, text: &str, scratch: &'s mut Scratch) -> &'s [Found] {
        scratch.clear();
        self.collect(text, 0..text.len(), Manner::Text, scratch);
        &scratch.found
    }

    /// Adds the matches near `places`, which are in order.
    fn collect_around(&self, places: &[usize], text: &str, manner: Manner, scratch: &mut Scratch) {
        let mut rest = places.iter().copied().peekable();
        while let Some(first) = rest.next() {
            let mut last = first;
            while let Some(next) = rest.next_if(|next| *next <= last.saturating_add(2 * self.window)) {
                last = next;
            }
            let mut start = first.saturating_sub(self.window);
            let mut end = last.saturating_add(self.window).min(text.len());
            while !text.is_char_boundary(start) {
                start = start.saturating_sub(1);
            }
            while !text.is_char_boundary(end) {
                end = end.saturating_add(1);
            }
            self.collect(text, start..end, manner, scratch);
        }
    }

    /// Adds the matches whose words lie in `window`.
    fn collect(&self, text: &str, window: Range<usize>, manner: Manner, scratch: &mut Scratch) {
        let Scratch {
            loose,
            own,
            found,
            parts,
            literals,
            ..
        } = scratch;
        let base = window.start;
        normalise_loose(text.get(window).unwrap_or_default(), &self.prefilter, loose);
        for matched in self.automaton.find_overlapping_iter(&loose.bytes) {
            let Some(meanings) = self.meanings.get(matched.pattern().as_usize()) else {
                continue;
            };
            let range = matched.start()..matched.end();
            let (Some(&from), Some(&upto)) = (
                loose.from.get(range.start),
                loose.upto.get(range.end.saturating_sub(1)),
            ) else {
                continue;
            };
            let span = base.saturating_add(from as usize)..base.saturating_add(upto as usize);
            // Dropped characters may stretch a match without bound.
            if span.len() > range.len().saturating_mul(8).saturating_add(16) {
                continue;
            }
            for &index in &meanings.patterns {
                let Some(pattern) = self.patterns.get(index as usize) else {
                    continue;
                };
                if found.len().max(parts.len()) >= MATCHES
                    || (matches!(pattern.sought, Sought::Part(..)) && manner != Manner::Text)
                {
                    continue;
                }
                let Some(span) = self.verify(text, loose, &range, &span, pattern, manner, own) else {
                    continue;
                };
                match pattern.sought {
                    Sought::Term(term) => found.extend(self.found(pattern, term, span)),
                    Sought::Part(phrase, at) => parts.extend(part(phrase, at, span)),
                }
            }
            for &index in &meanings.literals {
                if self.is_literal(text, &span, index) && !literals.contains(&index) {
                    literals.push(index);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one match, described in both texts")]
    fn verify(
        &self,
        text: &str,
        loose: &Normal,
        range: &Range<usize>,
        span: &Range<usize>,
        pattern: &Pattern,
        manner: Manner,
        own: &mut Normal,
    ) -> Option<Range<usize>> {
        let rules = self.languages.get(usize::from(pattern.language))?;
        // A Latin word that begins earlier is told apart without looking at the original.
        let before = range.start.checked_sub(1).and_then(|at| loose.bytes.get(at));
        let first = loose.bytes.get(range.start)?;
        if rules.boundary != Boundary::Substring
            && first.is_ascii_alphanumeric()
            && before.is_some_and(u8::is_ascii_alphanumeric)
        {
            return None;
        }
        confirm(text, span.clone(), pattern, rules, manner, own)
    }

    fn found(&self, pattern: &Pattern, term: u32, span: Range<usize>) -> Option<Found> {
        let id = TermId(term);
        let term = self.term(id)?;
        Some(Found {
            term: id,
            language: pattern.language,
            role: term.role,
            strength: pattern
                .strength
                .unwrap_or(u8::MAX)
                .min(self.effective_strength(id)),
            start: u32::try_from(span.start).ok()?,
            end: u32::try_from(span.end).ok()?,
        })
    }

    fn is_literal(&self, text: &str, span: &Range<usize>, index: u32) -> bool {
        let Some(literal) = self.literals.get(index as usize) else {
            return false;
        };
        let bytes = text.as_bytes();
        // The loose form drops final letters: the literal itself says where it ends.
        let joins = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        let end = span.start.saturating_add(literal.len());
        let same = bytes
            .get(span.start..end)
            .is_some_and(|seen| seen.eq_ignore_ascii_case(literal.as_bytes()));
        let edge = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        same && !(edge(literal.as_bytes().first()) && joins(span.start.checked_sub(1)))
            && !(edge(literal.as_bytes().last()) && joins(Some(end)))
    }

    fn report(&self, text: &str, scratch: &mut Scratch, hits: &mut Vec<Hit>) {
        scratch.literals.sort_unstable();
        hits.extend(scratch.literals.iter().map(|&index| Hit::Literal { index }));
        resolve(&mut scratch.found, &mut scratch.masks, self.longest);
        hits.extend(scratch.found.iter().map(|found| Hit::Term {
            id: found.term,
            strength: found.strength,
            span: found.start..found.end,
        }));
        if scratch.parts.is_empty() {
            return;
        }
        assemble(text, &mut scratch.parts, self, &mut scratch.phrases);
        hits.extend(scratch.phrases.iter().map(|found| Hit::Phrase {
            id: PhraseId(found.phrase),
            strength: found.strength,
            span: found.start..found.end,
        }));
    }
}

impl Scratch {
    fn clear(&mut self) {
        self.found.clear();
        self.parts.clear();
        self.literals.clear();
    }
}

fn part(phrase: u32, at: u32, span: Range<usize>) -> Option<PartFound> {
    Some(PartFound {
        phrase,
        at,
        start: u32::try_from(span.start).ok()?,
        end: u32::try_from(span.end).ok()?,
    })
}

/// Decodes modified UTF-8: surrogate pairs in three bytes each, NUL in two.
fn decode(bytes: &[u8]) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let follows = |byte: u8| byte & 0xC0 == 0x80;
    loop {
        rest = match *rest {
            [] => break,
            [a, ref tail @ ..] if a < 0x80 => {
                units.push(u16::from(a));
                tail
            }
            [a, b, ref tail @ ..] if a & 0xE0 == 0xC0 && follows(b) => {
                units.push(u16::from(a & 0x1F) << 6 | u16::from(b & 0x3F));
                tail
            }
            [a, b, c, ref tail @ ..] if a & 0xF0 == 0xE0 && follows(b) && follows(c) => {
                units.push(u16::from(a & 0x0F) << 12 | u16::from(b & 0x3F) << 6 | u16::from(c & 0x3F));
                tail
            }
            [_, ref tail @ ..] => {
                units.push(0xFFFD);
                tail
            }
        };
    }
    String::from_utf16_lossy(&units)
}
