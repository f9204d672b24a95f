//! Looking up entries by name.
//!
//! A sorted list of hashes and not a hash table: names are chosen by whoever made the archive, and
//! 100,000 names of one hash would make a table quadratic.

use std::cmp::Ordering;
use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::Entry;

/// Positions of entries, sorted by hash, then name, then position.
#[derive(Debug)]
pub(super) struct Index {
    order: Vec<(u64, u32)>,
}

impl Index {
    /// The index of `entries`.
    pub(super) fn new(entries: &[Entry<'_>]) -> Self {
        let mut order: Vec<(u64, u32)> = (0_u32..)
            .zip(entries)
            .map(|(position, entry)| (hash(entry.raw_name), position))
            .collect();
        order.sort_unstable_by(|left, right| {
            left.0
                .cmp(&right.0)
                .then_with(|| name(entries, left.1).cmp(name(entries, right.1)))
                .then(left.1.cmp(&right.1))
        });
        Self { order }
    }

    /// The entries called `wanted`, in their order in the archive.
    pub(super) fn find<'e, 'a>(
        &'e self,
        entries: &'e [Entry<'a>],
        wanted: &[u8],
    ) -> impl Iterator<Item = &'e Entry<'a>> {
        let key = hash(wanted);
        let below = |item: &(u64, u32)| {
            item.0.cmp(&key).then_with(|| name(entries, item.1).cmp(wanted)) == Ordering::Less
        };
        let start = self.order.partition_point(below);
        self.order
            .get(start..)
            .unwrap_or_default()
            .iter()
            .map_while(move |item| entry(entries, item.1).filter(|_| item.0 == key))
            .take_while(move |entry| entry.raw_name == wanted)
    }

    /// Positions of the entries whose name an earlier entry has, in ascending order.
    pub(super) fn duplicates(&self, entries: &[Entry<'_>]) -> Vec<u32> {
        let mut found: Vec<u32> = self
            .order
            .windows(2)
            .filter_map(|pair| match pair {
                [left, right] if left.0 == right.0 && name(entries, left.1) == name(entries, right.1) => {
                    Some(right.1)
                }
                _ => None,
            })
            .collect();
        found.sort_unstable();
        found
    }
}

fn entry<'e, 'a>(entries: &'e [Entry<'a>], position: u32) -> Option<&'e Entry<'a>> {
    entries.get(usize::try_from(position).ok()?)
}

fn name<'a>(entries: &[Entry<'a>], position: u32) -> &'a [u8] {
    entry(entries, position).map_or(&[], |entry| entry.raw_name)
}

fn hash(name: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(name);
    hasher.finish()
}
