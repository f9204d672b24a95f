//! Finding strings by their text or by how it begins.
//!
//! A sorted table is searched in two steps: first among the beginnings of every few strings, which lie
//! close together in memory, then among the strings between two of those.

use super::{Dex, mutf8};

/// Strings of a table that is not sorted which can be found all the same.
const MOST_ORDERED: usize = 1 << 21;
/// Strings from one whose beginning is kept to the next.
const STEP: usize = 16;
/// Bytes of a beginning that are kept.
const BEGINNING: usize = size_of::<u128>();

impl<'a> Dex<'a> {
    /// The index of a slot that holds a string: by binary search in a sorted table, in any other by a
    /// search in an order made on first use.
    ///
    /// # Limits
    /// That order has the first two million strings; the format's own limits leave room for fewer.
    #[must_use]
    pub fn find_string(&self, text: &str) -> Option<u32> {
        let wanted = mutf8::encode(text);
        if self.is_sorted() {
            let place = self.first_not_before(&wanted);
            let data = self.data(*self.strings.get(place)?)?;
            return mutf8::compare(data, &wanted).0.is_eq().then_some(place);
        }
        // One byte more than is wanted decides; to look for the end of each string would be long.
        let most = wanted.len().saturating_add(1);
        let beginning = |index| self.beginning(*self.strings.get(index)?, most);
        let order = self.order();
        let place = order.partition_point(|index| beginning(*index).unwrap_or_default() < &*wanted);
        let index = *order.get(place)?;
        (beginning(index) == Some(&*wanted)).then_some(index)
    }

    /// The slots in the order of their bytes, equal strings in that of the table.
    fn order(&self) -> &[u32] {
        self.order.get_or_init(|| {
            let walk = self.strings().take(MOST_ORDERED);
            let mut all: Vec<(&[u8], u32)> = walk.map(|(index, text)| (text, index)).collect();
            all.sort_unstable();
            all.into_iter().map(|(_, index)| index).collect()
        })
    }

    /// The slots whose string begins with `start`, in the order of the table: by binary search in a
    /// sorted table, by a walk in any other.
    pub fn strings_starting_with(&self, start: &str) -> impl Iterator<Item = u32> + use<'_, 'a> {
        let wanted = mutf8::encode(start).into_owned();
        let is_sorted = self.is_sorted();
        let mut next = if is_sorted {
            self.first_not_before(&wanted)
        } else {
            0
        };
        let matches = move |index: u32| self.string_starts_with(index, &wanted);
        let count = self.string_count();
        std::iter::from_fn(move || {
            while next < count {
                let index = next;
                next = next.saturating_add(1);
                if matches(index) {
                    return Some(index);
                }
                if is_sorted {
                    next = count;
                }
            }
            None
        })
    }

    /// In a sorted table the first slot whose string does not come before `wanted`; the number of slots
    /// when there is none.
    pub(super) fn first_not_before(&self, wanted: &[u8]) -> u32 {
        let key = beginning(wanted);
        let beginnings = self.beginnings();
        let from = beginnings.partition_point(|kept| *kept < key);
        let upto = beginnings.partition_point(|kept| *kept <= key);
        let from = from.saturating_sub(1).saturating_mul(STEP);
        let rows = self.strings.rows();
        let upto = upto.saturating_mul(STEP).min(rows.len());
        let between = rows.get(from..upto).unwrap_or_default();
        let is_before = |row: &[u8; 4]| {
            let order = mutf8::compare(self.data(*row).unwrap_or_default(), wanted).0;
            order.is_lt()
        };
        let place = from.saturating_add(between.partition_point(is_before));
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// The beginnings of every sixteenth string, as numbers in the same order.
    fn beginnings(&self) -> &[u128] {
        self.beginnings.get_or_init(|| {
            let rows = self.strings.rows().iter().step_by(STEP);
            rows.map(|row| beginning(self.data(*row).unwrap_or_default()))
                .collect()
        })
    }
}

/// The beginning of a string as a number that is never greater than that of a string after it.
fn beginning(text: &[u8]) -> u128 {
    let mut kept = [0; BEGINNING];
    for (kept, byte) in kept.iter_mut().zip(text.iter().take_while(|byte| **byte != 0)) {
        // The smallest unit, `C0 80`, may be taken for another small one here.
        *kept = if *byte == 0xc0 { 1 } else { *byte };
    }
    u128::from_be_bytes(kept)
}
