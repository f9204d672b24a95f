//! What a value may hold, and names for the parts of an object.

use std::collections::BTreeMap;

/// How rows of a provider are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// The person chose them in the system's picker.
    Picked,
    /// A single row by its key or number.
    Lookup,
    /// Cannot be told.
    Unknown,
    /// All rows, or all of a kind.
    Bulk,
}

/// What a value holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The data itself, or an object that is nothing but a container of it.
    Whole,
    /// An object of the app with the data in one of its fields.
    Carrier,
    /// The address of a provider.
    Address {
        /// What the provider holds.
        data: String,
        /// How it is read by this address.
        shape: Shape,
    },
    /// The data under a constant name: a key, an index.
    Key(String),
}

/// Number of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(u32);

impl SlotId {
    /// [`Slot::Whole`].
    pub const WHOLE: Self = Self(0);
    /// [`Slot::Carrier`].
    pub const CARRIER: Self = Self(1);

    /// What a part of an object becomes where it is put elsewhere: an object that carries the data
    /// stays one, all else becomes `other`.
    #[must_use]
    pub fn carried_or(self, other: Self) -> Self {
        if self == Self::CARRIER { self } else { other }
    }
}

/// The slots met so far.
#[derive(Debug)]
pub struct Slots {
    slots: Vec<Slot>,
    numbers: BTreeMap<Slot, SlotId>,
}

impl Default for Slots {
    fn default() -> Self {
        let mut slots = Self {
            slots: Vec::new(),
            numbers: BTreeMap::new(),
        };
        slots.number(Slot::Whole);
        slots.number(Slot::Carrier);
        slots
    }
}

impl Slots {
    /// Names kept apart; further ones stand for the whole.
    const CAP: usize = 20_000;

    fn number(&mut self, slot: Slot) -> SlotId {
        if let Some(known) = self.numbers.get(&slot) {
            return *known;
        }
        let Ok(next) = u32::try_from(self.slots.len()) else {
            return SlotId::WHOLE;
        };
        if self.slots.len() >= Self::CAP {
            return SlotId::WHOLE;
        }
        self.slots.push(slot.clone());
        self.numbers.insert(slot, SlotId(next));
        SlotId(next)
    }

    /// The slot of an address.
    pub fn address(&mut self, data: &str, shape: Shape) -> SlotId {
        let data = data.to_owned();
        self.number(Slot::Address { data, shape })
    }

    /// The slot under a name.
    pub fn key(&mut self, name: &str) -> SlotId {
        self.number(Slot::Key(name.to_owned()))
    }

    /// What a number stands for.
    #[must_use]
    pub fn get(&self, slot: SlotId) -> &Slot {
        self.slots.get(slot.0 as usize).unwrap_or(&Slot::Whole)
    }
}
