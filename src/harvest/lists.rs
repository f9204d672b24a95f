//! Many short lists in two flat arrays: for relations between dense numbers, such as the ids of a
//! program or the blocks and values of a body.
//!
//! Lists are written one after the other ([`Lists::push`] and [`Lists::close`], [`Lists::extend`]),
//! or all at once from items in any order ([`Lists::sorted`]). Positions are numbers of 32 bits: what
//! writes lists keeps them below that, each by a limit of its own.

/// Lists of different lengths, numbered from 0.
#[derive(Debug, Clone)]
pub(super) struct Lists<T> {
    /// Where each list ends among the items; the one before ends where it begins.
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self {
            ends: Vec::new(),
            items: Vec::new(),
        }
    }
}

impl<T: Copy> Lists<T> {
    /// Items for `count` lists in any order, each with the number of its list. The items of one list
    /// keep their order. Items of further lists, and those beyond `u32::MAX`, are left out.
    pub(super) fn sorted(count: usize, items: impl Iterator<Item = (u32, T)> + Clone) -> Self {
        let mut places = vec![0u32; count];
        let inside = items
            .filter(|(list, _)| (*list as usize) < count)
            .take(u32::MAX as usize);
        for (list, _) in inside.clone() {
            if let Some(length) = places.get_mut(list as usize) {
                *length = length.saturating_add(1);
            }
        }
        let mut total = 0u32;
        for place in &mut places {
            let length = std::mem::replace(place, total);
            total = total.saturating_add(length);
        }
        let filler = inside.clone().next();
        let mut sorted = filler.map_or_else(Vec::new, |(_, filler)| vec![filler; total as usize]);
        for (list, item) in inside {
            if let Some(place) = places.get_mut(list as usize)
                && let Some(slot) = sorted.get_mut(*place as usize)
            {
                *slot = item;
                *place = place.saturating_add(1);
            }
        }
        // Each place has moved on to the end of its list.
        Self {
            ends: places,
            items: sorted,
        }
    }

    /// The list with this number; empty when there is none.
    #[inline]
    pub(super) fn get(&self, list: u32) -> &[T] {
        self.between(list as usize, (list as usize).saturating_add(1))
    }

    /// The items of the lists from `first` on and before `end`; none when not all of them are there.
    #[inline]
    pub(super) fn between(&self, first: usize, end: usize) -> &[T] {
        let (Some(start), Some(end)) = (self.start(first), self.start(end)) else {
            return &[];
        };
        self.items.get(start..end).unwrap_or_default()
    }

    /// Where a list begins, or would begin if it were the next one.
    #[inline]
    fn start(&self, list: usize) -> Option<usize> {
        match list.checked_sub(1) {
            Some(before) => self.ends.get(before).map(|end| *end as usize),
            None => Some(0),
        }
    }

    /// Every list with its number, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[T])> {
        (0..self.len()).map(|list| (list, self.get(list)))
    }

    /// How many lists there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// How many items all lists have together.
    pub(super) fn item_count(&self) -> usize {
        self.items.len()
    }

    /// Adds an item to the list that is being written.
    #[inline]
    pub(super) fn push(&mut self, item: T) {
        self.items.push(item);
    }

    /// Adds an item to the list that is being written; `false` when all lists together have `most`
    /// items already.
    #[inline]
    pub(super) fn push_below(&mut self, most: usize, item: T) -> bool {
        let fits = self.items.len() < most;
        if fits {
            self.items.push(item);
        }
        fits
    }

    /// The items of the list that is being written.
    pub(super) fn unfinished(&self) -> &[T] {
        let start = self.ends.last().map_or(0, |end| *end as usize);
        self.items.get(start..).unwrap_or_default()
    }

    /// Ends the list that is being written.
    pub(super) fn close(&mut self) {
        self.ends
            .push(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
    }

    /// Adds a whole list.
    pub(super) fn extend(&mut self, items: impl IntoIterator<Item = T>) {
        self.items.extend(items);
        self.close();
    }

    /// Gives back what was allocated ahead.
    pub(super) fn shrink(&mut self) {
        self.ends.shrink_to_fit();
        self.items.shrink_to_fit();
    }
}

impl<T: Copy + Ord> Lists<T> {
    /// Sorts the items of each list.
    pub(super) fn sort_each(&mut self) {
        let mut start = 0usize;
        for end in &self.ends {
            let end = *end as usize;
            if let Some(items) = self.items.get_mut(start..end) {
                items.sort_unstable();
            }
            start = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<T: Copy>(lists: &Lists<T>) -> Vec<Vec<T>> {
        lists.iter().map(|(_, list)| list.to_vec()).collect()
    }

    #[test]
    fn lists_are_told_apart() {
        let mut lists = Lists::default();
        lists.extend([1, 2]);
        lists.close();
        lists.push(3);
        lists.close();
        assert_eq!((lists.len(), lists.item_count()), (3, 3));
        assert_eq!(all(&lists), [vec![1, 2], vec![], vec![3]]);
        assert!(lists.get(3).is_empty());
        lists.shrink();
        assert_eq!(lists.get(2), [3]);
    }

    #[test]
    fn sorting_keeps_the_order_within_a_list() {
        let items = [(2, 'a'), (0, 'b'), (2, 'c'), (9, 'd')];
        let lists = Lists::sorted(3, items.into_iter());
        assert_eq!(all(&lists), [vec!['b'], vec![], vec!['a', 'c']]);
        assert_eq!(lists.get(9), []);
    }

    #[test]
    fn neighbours_are_one_slice() {
        let lists = Lists::sorted(3, [(2, 'a'), (0, 'b'), (2, 'c')].into_iter());
        assert_eq!(lists.between(0, 3), ['b', 'a', 'c']);
        assert_eq!(lists.between(1, 3), ['a', 'c']);
        assert_eq!(lists.between(1, 2), []);
        assert_eq!(lists.between(2, 4), []);
        assert_eq!(lists.between(3, 1), []);
    }

    #[test]
    fn without_items_every_list_is_empty() {
        let lists = Lists::<u32>::sorted(2, std::iter::empty());
        assert_eq!(all(&lists), [vec![], vec![]] as [Vec<u32>; 2]);
        assert!(Lists::<u32>::default().get(0).is_empty());
        assert_eq!(Lists::<u32>::default().len(), 0);
    }

    #[test]
    fn what_is_full_takes_nothing_more() {
        let mut lists = Lists::default();
        assert!(lists.push_below(2, 1) && lists.push_below(2, 2));
        assert_eq!(lists.unfinished(), [1, 2]);
        assert!(!lists.push_below(2, 3));
        lists.close();
        assert!(lists.unfinished().is_empty());
        lists.close();
        assert_eq!(all(&lists), [vec![1, 2], vec![]]);
    }

    #[test]
    fn each_list_is_sorted_for_itself() {
        let mut lists = Lists::default();
        lists.extend([3, 1]);
        lists.extend([]);
        lists.extend([2, 0, 9]);
        lists.sort_each();
        assert_eq!(all(&lists), [vec![1, 3], vec![], vec![0, 2, 9]]);
    }
}
