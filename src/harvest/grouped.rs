//! Lists by number, all of them in two arrays: for relations between the dense ids of a program.

/// For each group its items, in the order they were given.
#[derive(Debug, Clone)]
pub(super) struct Grouped<T> {
    /// Where each group begins in `items`, and the end of the last one.
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Grouped<T> {
    fn default() -> Self {
        Self {
            starts: vec![0],
            items: Vec::new(),
        }
    }
}

impl<T: Copy> Grouped<T> {
    /// Groups `items` by their number. Numbers from `groups` on, and items beyond `u32::MAX`, are
    /// left out.
    pub(super) fn new(groups: usize, items: impl Iterator<Item = (u32, T)> + Clone) -> Self {
        let mut starts = vec![0u32; groups.saturating_add(1)];
        let inside = items
            .filter(|(group, _)| (*group as usize) < groups)
            .take(u32::MAX as usize);
        for (group, _) in inside.clone() {
            if let Some(count) = starts.get_mut(group as usize) {
                *count = count.wrapping_add(1);
            }
        }
        let mut total = 0u32;
        for start in &mut starts {
            let count = *start;
            *start = total;
            total = total.wrapping_add(count);
        }
        let Some((_, filler)) = inside.clone().next() else {
            return Self {
                starts,
                items: Vec::new(),
            };
        };
        let mut sorted = vec![filler; total as usize];
        for (group, item) in inside {
            if let Some(place) = starts.get_mut(group as usize) {
                if let Some(slot) = sorted.get_mut(*place as usize) {
                    *slot = item;
                }
                *place = place.wrapping_add(1);
            }
        }
        // Each group's place has moved on to the beginning of the next group.
        starts.rotate_right(1);
        if let Some(first) = starts.first_mut() {
            *first = 0;
        }
        Self {
            starts,
            items: sorted,
        }
    }

    /// Adds an item to the group that is being written; `false` when there is no room.
    #[inline]
    pub(super) fn push(&mut self, item: T, most: usize) -> bool {
        let fits = self.items.len() < most;
        if fits {
            self.items.push(item);
        }
        fits
    }

    /// Ends the group that is being written.
    pub(super) fn end_group(&mut self) {
        self.starts
            .push(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
    }

    /// The items of the group that is being written.
    pub(super) fn unfinished(&self) -> &[T] {
        let start = self.starts.last().copied().unwrap_or_default();
        self.items.get(start as usize..).unwrap_or_default()
    }

    /// The items of one group; none for a number outside the groups.
    #[inline]
    pub(super) fn get(&self, group: usize) -> &[T] {
        self.between(group, group.saturating_add(1))
    }

    /// The items of the groups from `first` on and before `end`.
    #[inline]
    pub(super) fn between(&self, first: usize, end: usize) -> &[T] {
        let bounds = (self.starts.get(first), self.starts.get(end));
        let (Some(start), Some(end)) = bounds else {
            return &[];
        };
        self.items.get(*start as usize..*end as usize).unwrap_or_default()
    }

    /// Every group with its items, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[T])> {
        (0u32..).zip(self.starts.windows(2)).map(|(group, bounds)| {
            let range = match bounds {
                [start, end] => *start as usize..*end as usize,
                _ => 0..0,
            };
            (group, self.items.get(range).unwrap_or_default())
        })
    }
}

impl<T: Copy + Ord> Grouped<T> {
    /// Sorts the items of each group.
    pub(super) fn sort_each(&mut self) {
        for bounds in self.starts.windows(2) {
            if let [start, end] = bounds
                && let Some(items) = self.items.get_mut(*start as usize..*end as usize)
            {
                items.sort_unstable();
            }
        }
    }
}

/// Rows that are numbered by content, see [`number`].
pub(super) struct Numbered {
    /// The number of each row.
    pub(super) of_row: Vec<u32>,
    /// The different rows in the order of their numbers, which is ascending.
    pub(super) rows: Vec<(u32, u64)>,
}

/// Numbers rows so that equal ones have one number: by counting over the first part, which lies
/// below `groups`, and sorting by the second. A table of hashes would be slower, and crafted rows
/// could make it arbitrarily slow.
pub(super) fn number(rows: &[(u32, u64)], groups: usize) -> Numbered {
    let entries = (0u32..)
        .zip(rows)
        .map(|(row, (group, key))| (*group, (*key, row)));
    let mut grouped = Grouped::new(groups, entries);
    grouped.sort_each();
    let mut numbered = Numbered {
        of_row: vec![u32::MAX; rows.len()],
        rows: Vec::with_capacity(rows.len()),
    };
    for (group, entries) in grouped.iter() {
        let mut before = None;
        for (key, row) in entries {
            if before != Some(*key) {
                before = Some(*key);
                numbered.rows.push((group, *key));
            }
            let last = numbered.rows.len().saturating_sub(1);
            if let Some(slot) = numbered.of_row.get_mut(*row as usize) {
                *slot = u32::try_from(last).unwrap_or(u32::MAX);
            }
        }
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_by_group_in_their_order() {
        let items = [(2, 'a'), (0, 'b'), (2, 'c'), (9, 'd')];
        let grouped = Grouped::new(3, items.into_iter());
        assert_eq!(grouped.get(0), ['b']);
        assert_eq!(grouped.get(1), []);
        assert_eq!(grouped.get(2), ['a', 'c']);
        assert_eq!(grouped.get(3), []);
        assert_eq!(grouped.between(0, 3), ['b', 'a', 'c']);
        let all: Vec<(u32, usize)> = grouped.iter().map(|(group, list)| (group, list.len())).collect();
        assert_eq!(all, [(0, 1), (1, 0), (2, 2)]);
    }

    #[test]
    fn without_items_every_group_is_empty() {
        let grouped = Grouped::<u32>::new(2, std::iter::empty());
        assert_eq!(grouped.get(0), [] as [u32; 0]);
        assert_eq!(grouped.iter().count(), 2);
        assert_eq!(Grouped::<u32>::default().get(0), [] as [u32; 0]);
    }

    #[test]
    fn groups_can_be_written_one_after_the_other() {
        let mut grouped = Grouped::default();
        assert!(grouped.push(1, 2) && grouped.push(2, 2));
        assert_eq!(grouped.unfinished(), [1, 2]);
        assert!(!grouped.push(3, 2));
        grouped.end_group();
        grouped.end_group();
        assert!(grouped.unfinished().is_empty());
        assert_eq!(
            (grouped.get(0), grouped.get(1), grouped.get(2)),
            (&[1, 2][..], &[][..], &[][..])
        );
    }

    #[test]
    fn equal_rows_have_one_number() {
        let rows = [(1, 7), (0, 9), (1, 7), (1, 3), (0, 9)];
        let numbered = number(&rows, 2);
        assert_eq!(numbered.rows, [(0, 9), (1, 3), (1, 7)]);
        assert_eq!(numbered.of_row, [2, 0, 2, 1, 0]);
    }
}
