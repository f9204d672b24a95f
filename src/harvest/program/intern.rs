//! Numbers for byte strings and prototypes, by hash. Crafted input can make hashes collide, so
//! each place that is looked at in vain costs a step of the budget.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::NONE;
use crate::limits::Budget;

/// An open hash table of numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    /// Hash and number; a power of two of them, at most half of them taken.
    slots: Vec<(u32, u32)>,
    taken: usize,
}

/// What a look-up found.
enum Found {
    Number(u32),
    Free(usize),
}

impl Slots {
    /// The number with this hash for which `is_same` holds, otherwise `new`, which is added.
    /// `None` when the budget is spent.
    pub(super) fn find_or_add(
        &mut self,
        hash: u32,
        new: u32,
        is_same: impl Fn(u32) -> bool,
        budget: &mut Budget,
    ) -> Option<u32> {
        if self.taken.saturating_mul(2) >= self.slots.len() {
            self.grow(budget)?;
        }
        match self.look_up(hash, is_same, || budget.steps(1))? {
            Found::Number(number) => Some(number),
            Found::Free(place) => {
                *self.slots.get_mut(place)? = (hash, new);
                self.taken = self.taken.saturating_add(1);
                Some(new)
            }
        }
    }

    /// The number with this hash for which `is_same` holds.
    pub(super) fn find(&self, hash: u32, is_same: impl Fn(u32) -> bool) -> Option<u32> {
        match self.look_up(hash, is_same, || true)? {
            Found::Number(number) => Some(number),
            Found::Free(_) => None,
        }
    }

    #[inline]
    fn look_up(
        &self,
        hash: u32,
        is_same: impl Fn(u32) -> bool,
        mut go_on: impl FnMut() -> bool,
    ) -> Option<Found> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut place = hash as usize & mask;
        loop {
            match *self.slots.get(place)? {
                (_, NONE) => return Some(Found::Free(place)),
                (other, number) if other == hash && is_same(number) => return Some(Found::Number(number)),
                _ => {}
            }
            if !go_on() {
                return None;
            }
            place = place.wrapping_add(1) & mask;
        }
    }

    fn grow(&mut self, budget: &mut Budget) -> Option<()> {
        let size = self.slots.len().saturating_mul(2).max(1024);
        let old = std::mem::replace(&mut self.slots, vec![(0, NONE); size]);
        for (hash, number) in old.into_iter().filter(|(_, number)| *number != NONE) {
            let Found::Free(place) = self.look_up(hash, |_| false, || budget.steps(1))? else {
                continue;
            };
            *self.slots.get_mut(place)? = (hash, number);
        }
        Some(())
    }
}

/// The hash of a key, shortened to what [`Slots`] keeps.
pub(super) fn hash(key: &(impl Hash + ?Sized)) -> u32 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    let [a, b, c, d, e, f, g, h] = hasher.finish().to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) ^ u32::from_le_bytes([e, f, g, h])
}

/// Byte strings numbered in the order of their first appearance.
#[derive(Debug, Clone, Default)]
pub(super) struct Interner<'a> {
    texts: Vec<&'a [u8]>,
    slots: Slots,
}

impl<'a> Interner<'a> {
    /// The number of a text. Costs a step for each 16 bytes; `None` when they are not there.
    pub(super) fn intern(&mut self, text: &'a [u8], budget: &mut Budget) -> Option<u32> {
        if !budget.steps((text.len() / 16) as u64) {
            return None;
        }
        let new = u32::try_from(self.texts.len()).ok().filter(|new| *new != NONE)?;
        let texts = &self.texts;
        let is_same = |number: u32| texts.get(number as usize) == Some(&text);
        let number = self.slots.find_or_add(hash(text), new, is_same, budget)?;
        if number == new {
            self.texts.push(text);
        }
        Some(number)
    }

    pub(super) fn find(&self, text: &[u8]) -> Option<u32> {
        self.slots.find(hash(text), |number| {
            self.texts.get(number as usize) == Some(&text)
        })
    }

    pub(super) fn text(&self, number: usize) -> &'a [u8] {
        self.texts.get(number).copied().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn equal_texts_have_one_number_also_after_growing() {
        let words: Vec<String> = (0..5000).map(|word| format!("L{word};")).collect();
        let mut budget = Budget::new(&Limits::default());
        let mut interner = Interner::default();
        for (number, word) in (0u32..).zip(&words) {
            assert_eq!(interner.intern(word.as_bytes(), &mut budget), Some(number));
        }
        for (number, word) in (0u32..).zip(&words) {
            assert_eq!(interner.intern(word.as_bytes(), &mut budget), Some(number));
            assert_eq!(interner.find(word.as_bytes()), Some(number));
        }
        assert_eq!((interner.len(), interner.text(7)), (5000, &b"L7;"[..]));
        assert_eq!(interner.find(b"absent"), None);
        assert_eq!(Interner::default().find(b"absent"), None);
    }

    #[test]
    fn collisions_are_told_apart_and_paid_for() {
        let mut slots = Slots::default();
        let mut budget = Budget::new(&Limits {
            steps: 3,
            ..Limits::default()
        });
        for number in 0..3 {
            let found = slots.find_or_add(5, number, |other| other == number, &mut budget);
            assert_eq!(found, Some(number));
        }
        assert_eq!(slots.find(5, |other| other == 1), Some(1));
        assert_eq!(slots.find_or_add(5, 9, |_| false, &mut budget), None);
        assert!(budget.is_spent());
    }
}
