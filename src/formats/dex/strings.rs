//! The string table: slots, text, and the walks over all of it.

use std::borrow::Cow;

use super::table::{from, uleb128};
use super::{Dex, NO_INDEX, mutf8};

impl<'a> Dex<'a> {
    /// Slots of the string table that the file holds.
    #[must_use]
    pub fn string_count(&self) -> u32 {
        self.strings.count()
    }

    /// The MUTF-8 bytes of a string, up to its NUL; the stated length is not trusted. `None` for
    /// an index outside the table or a slot that points outside the file. A string without NUL
    /// ends with the file, and a string longer than `Limits::dex_string_bytes` is cut there.
    #[must_use]
    pub fn string_bytes(&self, index: u32) -> Option<&'a [u8]> {
        self.data(*self.strings.get(index)?).map(up_to_nul)
    }

    /// The bytes of a string that has no more than `most`; `None` for a longer one, whose end is not
    /// looked for.
    #[must_use]
    pub fn short_string(&self, index: u32, most: usize) -> Option<&'a [u8]> {
        let bytes = self.beginning(*self.strings.get(index)?, most.saturating_add(1))?;
        (bytes.len() <= most).then_some(bytes)
    }

    /// Whether a string begins with `start`; its end is not looked for.
    #[must_use]
    pub fn string_starts_with(&self, index: u32, start: &[u8]) -> bool {
        let row = self.strings.get(index);
        row.and_then(|row| self.beginning(*row, start.len())) == Some(start)
    }

    /// The text of a string; what is not valid MUTF-8 becomes U+FFFD.
    #[must_use]
    pub fn string(&self, index: u32) -> Option<Cow<'a, str>> {
        self.string_bytes(index).map(mutf8::decode)
    }

    /// Absolute offset of the first byte of a string's text, in bytes.
    #[must_use]
    pub fn string_offset(&self, index: u32) -> Option<u64> {
        let offset = u32::from_le_bytes(*self.strings.get(index)?);
        let (_, skipped) = self.string_start(offset)?;
        Some(self.absolute(offset).saturating_add(skipped))
    }

    /// Every string with its index, in the order of the table; slots that cannot be read are left
    /// out. The walk looks at no more bytes than twice the size of the file: strings that overlap
    /// over and over cannot make it longer.
    #[must_use]
    pub fn strings(&self) -> Strings<'a, '_> {
        Strings { slots: self.slots() }
    }

    /// The strings that are no [`names`](Dex::names). Once the walk has reached the end of the table,
    /// [`Dex::is_sorted`] is known from it at almost no cost. It looks at no more bytes than twice the
    /// size of the file.
    #[must_use]
    pub fn literals(&self) -> Literals<'a, '_> {
        Literals {
            names: self.names(),
            walk: self.order_walk(),
        }
    }

    /// Whether the strings stand in the order of their UTF-16 units, without duplicates, as the
    /// format requires. Found out on first use, by one walk over the table.
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        *self.sorted.get_or_init(|| {
            let mut walk = self.order_walk();
            while walk.is_ascending && walk.next().is_some() {}
            walk.found_order()
        })
    }

    fn slots(&self) -> Slots<'a, '_> {
        Slots {
            dex: self,
            next: 0,
            missing: 0,
            allowance: self.bytes.len().saturating_mul(2),
        }
    }

    fn order_walk(&self) -> OrderWalk<'a, '_> {
        OrderWalk {
            slots: self.slots(),
            before: None,
            is_ascending: true,
        }
    }

    /// The strings that name something: type descriptors, shorties, field and method names and
    /// source files. The others can only be literals. A literal that equals some name is in the
    /// set as well, as both share one slot.
    #[must_use]
    pub fn names(&self) -> StringSet {
        let mut names = StringSet::new(self.string_count());
        for row in self.types.rows() {
            names.insert(u32::from_le_bytes(*row));
        }
        for [a, b, c, d, ..] in self.prototypes.rows() {
            names.insert(u32::from_le_bytes([*a, *b, *c, *d]));
        }
        for [.., a, b, c, d] in self.fields.rows().iter().chain(self.methods.rows()) {
            names.insert(u32::from_le_bytes([*a, *b, *c, *d]));
        }
        for (_, class) in self.classes() {
            // The mark for "none" lies outside every table.
            names.insert(class.source_file.unwrap_or(NO_INDEX));
        }
        names
    }

    fn string_start(&self, offset: u32) -> Option<(&'a [u8], u64)> {
        let whole = from(self.bytes, offset);
        let mut data = whole;
        uleb128(&mut data)?;
        Some((data, whole.len().saturating_sub(data.len()) as u64))
    }

    /// The first `most` bytes of a string, or the whole of a shorter one.
    #[inline]
    pub(super) fn beginning(&self, row: [u8; 4], most: usize) -> Option<&'a [u8]> {
        let data = self.data(row)?;
        Some(up_to_nul(data.get(..most).unwrap_or(data)))
    }

    /// A string and what follows its NUL, as far as a string may reach.
    #[inline]
    pub(super) fn data(&self, row: [u8; 4]) -> Option<&'a [u8]> {
        let mut data = from(self.bytes, u32::from_le_bytes(row));
        uleb128(&mut data)?;
        Some(data.get(..self.string_cap).unwrap_or(data))
    }
}

/// The string at the beginning of `data`.
#[inline]
fn up_to_nul(data: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, data).unwrap_or(data.len());
    data.get(..end).unwrap_or(data)
}

/// Goes through the slots in turn, without looking for the ends of the strings.
#[derive(Debug, Clone)]
struct Slots<'a, 'dex> {
    dex: &'dex Dex<'a>,
    next: u32,
    /// Slots that could not be read.
    missing: u32,
    /// Bytes that may still be looked at: strings that overlap cannot make the walk longer.
    allowance: usize,
}

impl<'a> Slots<'a, '_> {
    fn spend(&mut self, bytes: usize) {
        self.allowance = self.allowance.saturating_sub(bytes);
    }

    /// Looks for the end of the string at the beginning of `data`.
    #[inline]
    fn measure(&mut self, data: &'a [u8]) -> &'a [u8] {
        let text = up_to_nul(data);
        self.spend(text.len().saturating_add(1));
        text
    }

    fn is_at_end(&self) -> bool {
        self.next == self.dex.string_count()
    }

    fn is_whole(&self) -> bool {
        self.missing == 0 && self.is_at_end()
    }

    fn is_cut_short(&self) -> bool {
        self.allowance == 0 && !self.is_at_end()
    }
}

impl<'a> Iterator for Slots<'a, '_> {
    /// A slot, and its string with what follows it.
    type Item = (u32, &'a [u8]);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        while self.allowance > 0 {
            let index = self.next;
            let row = *self.dex.strings.get(index)?;
            self.next = index.saturating_add(1);
            if let Some(data) = self.dex.data(row) {
                return Some((index, data));
            }
            self.missing = self.missing.saturating_add(1);
        }
        None
    }
}

/// Walks the string table, see [`Dex::strings`].
#[derive(Debug, Clone)]
pub struct Strings<'a, 'dex> {
    slots: Slots<'a, 'dex>,
}

impl Strings<'_, '_> {
    /// Whether the walk stopped before the end of the table, because strings overlap.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.slots.is_cut_short()
    }
}

impl<'a> Iterator for Strings<'a, '_> {
    type Item = (u32, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (index, data) = self.slots.next()?;
        Some((index, self.slots.measure(data)))
    }
}

/// Compares each string with the one before it.
#[derive(Debug, Clone)]
struct OrderWalk<'a, 'dex> {
    slots: Slots<'a, 'dex>,
    before: Option<&'a [u8]>,
    is_ascending: bool,
}

impl OrderWalk<'_, '_> {
    /// Whether the table is in order, once the walk is over.
    fn found_order(&self) -> bool {
        self.is_ascending && self.slots.is_whole()
    }
}

impl<'a> Iterator for OrderWalk<'a, '_> {
    /// A slot, and its string with what follows it.
    type Item = (u32, &'a [u8]);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let (index, data) = self.slots.next()?;
        if let Some(before) = self.before.replace(data) {
            let (order, looked) = mutf8::compare(before, data);
            self.is_ascending &= order.is_lt();
            self.slots.spend(looked);
        }
        Some((index, data))
    }
}

/// Walks the string table for what is no name, see [`Dex::literals`].
#[derive(Debug, Clone)]
pub struct Literals<'a, 'dex> {
    names: StringSet,
    walk: OrderWalk<'a, 'dex>,
}

impl Literals<'_, '_> {
    /// Whether every slot up to the end of the table was read, once the walk is over.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.walk.slots.is_whole()
    }

    /// Whether the walk stopped before the end of the table, because strings overlap.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.walk.slots.is_cut_short()
    }
}

impl<'a> Iterator for Literals<'a, '_> {
    type Item = (u32, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((index, data)) = self.walk.next() else {
                let _ = self.walk.slots.dex.sorted.set(self.walk.found_order());
                return None;
            };
            if !self.names.contains(index) {
                return Some((index, self.walk.slots.measure(data)));
            }
        }
    }
}

/// A set of string indices of one dex file, as a bitmap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringSet {
    words: Vec<u64>,
}

impl StringSet {
    /// An empty set for indices below `count`.
    #[must_use]
    pub fn new(count: u32) -> Self {
        Self {
            words: vec![0; (count as usize).div_ceil(64)],
        }
    }

    /// The set of `indices` below `count`.
    #[must_use]
    pub fn of(count: u32, indices: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Self::new(count);
        indices.into_iter().for_each(|index| set.insert(index));
        set
    }

    /// Adds an index; one that is out of range is ignored.
    #[inline]
    pub fn insert(&mut self, index: u32) {
        if let Some(word) = self.words.get_mut((index / 64) as usize) {
            *word |= 1u64.wrapping_shl(index);
        }
    }

    /// Whether the index was added.
    #[inline]
    #[must_use]
    pub fn contains(&self, index: u32) -> bool {
        let word = self.words.get((index / 64) as usize).copied().unwrap_or_default();
        word.wrapping_shr(index) & 1 == 1
    }

    /// How many indices were added.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}
