//! Many short lists in two flat arrays.

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
    /// The list with this number; empty when there is none.
    pub(super) fn get(&self, list: u32) -> &[T] {
        let end = self.end(list);
        let start = list.checked_sub(1).map_or(0, |before| self.end(before));
        self.items.get(start..end).unwrap_or_default()
    }

    fn end(&self, list: u32) -> usize {
        self.ends.get(list as usize).map_or(0, |end| *end as usize)
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
    pub(super) fn push(&mut self, item: T) {
        self.items.push(item);
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

    /// Items for `count` lists in any order, each with the number of its list. The items of one
    /// list keep their order.
    pub(super) fn sorted(count: u32, items: impl Iterator<Item = (u32, T)> + Clone, filler: T) -> Self {
        let mut places = vec![0u32; count as usize];
        for (list, _) in items.clone() {
            if let Some(place) = places.get_mut(list as usize) {
                *place = place.saturating_add(1);
            }
        }
        let mut total = 0u32;
        for place in &mut places {
            let length = std::mem::replace(place, total);
            total = total.saturating_add(length);
        }
        let mut sorted = vec![filler; total as usize];
        for (list, item) in items {
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

    /// Gives back what was allocated ahead.
    pub(super) fn shrink(&mut self) {
        self.ends.shrink_to_fit();
        self.items.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_told_apart() {
        let mut lists = Lists::default();
        lists.extend([1, 2]);
        lists.close();
        lists.push(3);
        lists.close();
        assert_eq!(lists.len(), 3);
        let all: Vec<&[i32]> = (0..4).map(|list| lists.get(list)).collect();
        assert_eq!(all, [&[1, 2][..], &[], &[3], &[]]);
    }

    #[test]
    fn sorting_keeps_the_order_within_a_list() {
        let items = [(2, 'a'), (0, 'b'), (2, 'c'), (9, 'd')];
        let lists = Lists::sorted(3, items.into_iter(), ' ');
        let all: Vec<&[char]> = (0..3).map(|list| lists.get(list)).collect();
        assert_eq!(all, [&['b'][..], &[], &['a', 'c']]);
    }
}
