//! Numbers for rows of tables, by content.

use crate::harvest::lists::Lists;

/// Rows that are numbered by content, see [`number`].
pub(super) struct Numbered {
    /// The number of each row.
    pub(super) of_row: Vec<u32>,
    /// The different rows in the order of their numbers, which is ascending.
    pub(super) rows: Vec<(u32, u64)>,
}

/// Numbers rows so that equal ones have one number: by counting over the first part, which lies
/// below `parts`, and sorting by the second. A table of hashes would be slower, and crafted rows
/// could make it arbitrarily slow.
pub(super) fn number(rows: &[(u32, u64)], parts: usize) -> Numbered {
    let entries = (0u32..).zip(rows).map(|(row, (part, key))| (*part, (*key, row)));
    let mut by_part = Lists::sorted(parts, entries);
    by_part.sort_each();
    let mut numbered = Numbered {
        of_row: vec![u32::MAX; rows.len()],
        rows: Vec::with_capacity(rows.len()),
    };
    for (part, entries) in by_part.iter() {
        let mut before = None;
        for (key, row) in entries {
            if before != Some(*key) {
                before = Some(*key);
                numbered.rows.push((part, *key));
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
    fn equal_rows_have_one_number() {
        let rows = [(1, 7), (0, 9), (1, 7), (1, 3), (0, 9)];
        let numbered = number(&rows, 2);
        assert_eq!(numbered.rows, [(0, 9), (1, 3), (1, 7)]);
        assert_eq!(numbered.of_row, [2, 0, 2, 1, 0]);
    }

    #[test]
    fn rows_of_no_known_part_have_no_number() {
        let numbered = number(&[(2, 1), (0, 1)], 2);
        assert_eq!(numbered.rows, [(0, 1)]);
        assert_eq!(numbered.of_row, [u32::MAX, 0]);
    }
}
