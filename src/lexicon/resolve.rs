//! Which of several overlapping matches count.

use super::{Role, TermId};

/// One confirmed match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) term: TermId,
    pub(super) language: u16,
    pub(super) role: Role,
    pub(super) strength: u8,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Found {
    fn covers(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    fn length(&self) -> u32 {
        self.end.saturating_sub(self.start)
    }
}

/// Keeps what counts, ordered by place.
///
/// - A mask hides every word that lies wholly inside it, of whatever language.
/// - A longer match hides a shorter one inside it if both are of one language, or if it is at
///   least as strong; context never hides a word.
/// - Of matches at the same place the strongest stays, then the first in the list.
pub(super) fn resolve(found: &mut Vec<Found>, masks: &mut Vec<Found>, longest: usize) {
    found.sort_unstable_by_key(|one| (one.start, u32::MAX - one.end, u8::MAX - one.strength, one.term));
    masks.clear();
    masks.extend(found.iter().filter(|one| one.role == Role::Mask));
    found.retain(|one| one.role == Role::Mask || !is_inside(masks, one, longest, |_, _| true));
    found.dedup_by(|later, first| first.start == later.start && first.end == later.end);
    masks.clear();
    masks.extend_from_slice(found);
    let hides = |long: &Found, short: &Found| {
        long.length() > short.length()
            && !(long.role == Role::Context && short.role == Role::Word)
            && (long.language == short.language || long.strength >= short.strength)
    };
    found.retain(|one| !is_inside(masks, one, longest, hides));
}

/// Whether one of `outer`, sorted by start, lies around `inner` and `hides` it.
fn is_inside(outer: &[Found], inner: &Found, longest: usize, hides: impl Fn(&Found, &Found) -> bool) -> bool {
    // No match is longer than this; see the bound on stretched matches.
    let reach = u32::try_from(longest.saturating_mul(8).saturating_add(128)).unwrap_or(u32::MAX);
    let from = outer.partition_point(|one| one.start < inner.start.saturating_sub(reach));
    outer
        .get(from..)
        .unwrap_or_default()
        .iter()
        .take_while(|one| one.start <= inner.start)
        .any(|one| one.covers(inner) && hides(one, inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(term: u32, language: u16, role: Role, strength: u8, span: std::ops::Range<u32>) -> Found {
        Found {
            term: TermId(term),
            language,
            role,
            strength,
            start: span.start,
            end: span.end,
        }
    }

    fn kept(mut all: Vec<Found>) -> Vec<u32> {
        resolve(&mut all, &mut Vec::new(), 16);
        all.iter().map(|one| one.term.0).collect()
    }

    #[test]
    fn a_mask_hides_what_lies_wholly_inside_it() {
        let mask = found(0, 0, Role::Mask, 0, 2..8);
        let inside = found(1, 1, Role::Word, 3, 4..8);
        let across = found(2, 0, Role::Word, 3, 6..12);
        let around = found(3, 0, Role::Word, 3, 0..9);
        assert_eq!(kept(vec![mask, inside, across]), [0, 2]);
        assert_eq!(
            kept(vec![mask, inside, around]),
            [3],
            "the longer word takes the mask over"
        );
    }

    #[test]
    fn the_longest_match_wins_within_a_language_and_the_stronger_across() {
        let long_weak = found(0, 0, Role::Word, 1, 0..9);
        assert_eq!(kept(vec![long_weak, found(1, 0, Role::Word, 3, 2..5)]), [0]);
        assert_eq!(kept(vec![long_weak, found(1, 1, Role::Word, 3, 2..5)]), [0, 1]);
        assert_eq!(kept(vec![long_weak, found(1, 1, Role::Word, 1, 2..5)]), [0]);
        assert_eq!(
            kept(vec![long_weak, found(1, 0, Role::Word, 1, 5..12)]),
            [0, 1],
            "they only overlap"
        );
    }

    #[test]
    fn context_hides_no_word_and_one_place_counts_once() {
        let context = found(0, 0, Role::Context, 0, 0..9);
        assert_eq!(kept(vec![context, found(1, 0, Role::Word, 2, 2..5)]), [0, 1]);
        let same = [
            found(4, 1, Role::Word, 2, 0..4),
            found(3, 0, Role::Word, 1, 0..4),
            found(5, 2, Role::Word, 2, 0..4),
        ];
        assert_eq!(kept(same.to_vec()), [4], "the strongest, then the first");
    }
}
