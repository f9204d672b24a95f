//! Tables of fixed-size rows clipped to the data that is there, and LEB128 numbers.

/// Rows of `N` bytes. Rows that the header states but the file does not hold are missing at the
/// end, so the index of every row that is there stays right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a, const N: usize> {
    rows: &'a [[u8; N]],
    declared: u32,
}

impl<'a, const N: usize> Table<'a, N> {
    pub(super) const EMPTY: Self = Self {
        rows: &[],
        declared: 0,
    };

    /// The table of `declared` rows at `offset`, as far as `bytes` goes.
    pub(super) fn clip(bytes: &'a [u8], offset: u32, declared: u32) -> Self {
        let (rows, _) = from(bytes, offset).as_chunks();
        let rows = rows.get(..declared as usize).unwrap_or(rows);
        Self { rows, declared }
    }

    pub(super) fn is_clipped(&self) -> bool {
        self.rows.len() < self.declared as usize
    }

    /// Rows that are there; at most `u32::MAX`, as the stated count is a `u32`.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn rows(&self) -> &'a [[u8; N]] {
        self.rows
    }

    pub(super) fn get(&self, index: u32) -> Option<&'a [u8; N]> {
        self.rows.get(index as usize)
    }
}

/// Everything from `offset` on; nothing when `offset` lies outside.
pub(super) fn from(bytes: &[u8], offset: u32) -> &[u8] {
    bytes.get(offset as usize..).unwrap_or_default()
}

/// Takes a four-byte number off the front.
pub(super) fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number))
}

/// Takes one byte off the front.
pub(super) fn take_u8(bytes: &mut &[u8]) -> Option<u8> {
    let (&byte, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(byte)
}

/// Takes an unsigned LEB128 number off the front. Like ART this reads at most five bytes and
/// ignores what does not fit into 32 bits; `None` when the data ends inside the number.
#[inline]
pub(super) fn uleb128(bytes: &mut &[u8]) -> Option<u32> {
    let first = take_u8(bytes)?;
    if first < 0x80 {
        return Some(u32::from(first));
    }
    let mut number = u32::from(first & 0x7f);
    for shift in [7, 14, 21, 28] {
        let byte = take_u8(bytes)?;
        number |= u32::from(byte & 0x7f).wrapping_shl(shift);
        if byte < 0x80 {
            break;
        }
    }
    Some(number)
}

/// Takes a signed LEB128 number off the front, with the same tolerance as [`uleb128`].
pub(super) fn sleb128(bytes: &mut &[u8]) -> Option<i32> {
    let mut number = 0u32;
    for shift in [0, 7, 14, 21, 28] {
        let byte = take_u8(bytes)?;
        number |= u32::from(byte & 0x7f).wrapping_shl(shift);
        if byte < 0x80 {
            let unused = 25u32.saturating_sub(shift);
            return Some(number.wrapping_shl(unused).cast_signed().wrapping_shr(unused));
        }
    }
    Some(number.cast_signed())
}

/// Passes over `count` LEB128 numbers; `None` when the data ends before.
pub(super) fn skip_leb128(bytes: &mut &[u8], count: u64) -> Option<()> {
    for _ in 0..count {
        uleb128(bytes)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leb128_numbers_of_the_specification() {
        let cases: [(&[u8], i32, u32); 5] = [
            (&[0x00], 0, 0),
            (&[0x01], 1, 1),
            (&[0x7f], -1, 127),
            (&[0x80, 0x7f], -128, 16256),
            (&[0xff, 0xff, 0xff, 0xff, 0x0f], -1, u32::MAX),
        ];
        for (mut bytes, signed, unsigned) in cases {
            let mut again = bytes;
            assert_eq!(uleb128(&mut bytes), Some(unsigned));
            assert_eq!(sleb128(&mut again), Some(signed));
            assert!(bytes.is_empty() && again.is_empty());
        }
    }

    #[test]
    fn a_leb128_number_ends_after_five_bytes_and_at_the_end_of_the_data() {
        let mut long: &[u8] = &[0x80, 0x80, 0x80, 0x80, 0xff, 0x05];
        assert_eq!(uleb128(&mut long), Some(0xf000_0000));
        assert_eq!(long, [5]);
        assert_eq!(uleb128(&mut &[0x80u8, 0x80][..]), None);
        assert_eq!(sleb128(&mut &[0x80u8][..]), None);
    }

    #[test]
    fn a_table_is_clipped_to_whole_rows() {
        let table = Table::<4>::clip(&[0; 11], 1, 9);
        assert!(table.is_clipped());
        assert_eq!(table.count(), 2);
        assert!(table.get(2).is_none());
        assert_eq!(Table::<4>::clip(&[0; 11], u32::MAX, u32::MAX).count(), 0);
    }
}
