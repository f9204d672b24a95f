//! The map list, and the sections that only it leads to: call sites and method handles.

use super::Dex;
use super::table::{Table, from, take_u32};
use super::value::EncodedArray;

/// Kinds of sections in the map list.
pub mod item {
    /// Call sites of `invoke-custom`.
    pub const CALL_SITE: u16 = 0x0007;
    /// Method handles.
    pub const METHOD_HANDLE: u16 = 0x0008;
    /// The fields and methods of classes.
    pub const CLASS_DATA: u16 = 0x2000;
    /// Code.
    pub const CODE: u16 = 0x2001;
    /// The strings' text.
    pub const STRING_DATA: u16 = 0x2002;
    /// Debug information.
    pub const DEBUG_INFORMATION: u16 = 0x2003;
    /// Annotations.
    pub const ANNOTATION: u16 = 0x2004;
    /// Flags of members that apps must not use.
    pub const HIDDEN_API: u16 = 0xf000;
}

/// Rows looked at in search of a section; the format knows 21 kinds, each at most once.
const MAXIMUM_ROWS: usize = 64;

/// A row of the map list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapItem {
    /// What the section holds, see [`item`].
    pub kind: u16,
    /// Stated number of items.
    pub count: u32,
    /// Stated offset of the section in bytes.
    pub offset: u32,
}

/// What a method handle stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodHandle {
    /// 0 to 3 put or get a static or instance field (static put first); 4 to 8 invoke a static,
    /// instance, constructor, direct or interface method.
    pub kind: u16,
    /// Field or method index, after the kind.
    pub member: u32,
}

impl MethodHandle {
    /// Whether [`Self::member`] is a field index.
    #[must_use]
    pub fn is_field(&self) -> bool {
        self.kind <= 3
    }
}

pub(super) fn table(bytes: &[u8], offset: u32) -> Table<'_, 12> {
    let mut rest = from(bytes, offset);
    match take_u32(&mut rest) {
        Some(count) if offset != 0 => Table::clip(rest, 0, count),
        _ => Table::EMPTY,
    }
}

/// Where a section stands: the data, its offset and its count.
pub(super) fn section<'a>(bytes: &'a [u8], map: Table<'a, 12>, kind: u16) -> (&'a [u8], u32, u32) {
    let found = items(map).find(|item| item.kind == kind);
    found.map_or((bytes, 0, 0), |item| (bytes, item.offset, item.count))
}

fn items<'a>(map: Table<'a, 12>) -> impl Iterator<Item = MapItem> + use<'a> {
    map.rows().iter().take(MAXIMUM_ROWS).map(|row| {
        let [a, b, _, _, e, f, g, h, i, j, k, l] = *row;
        MapItem {
            kind: u16::from_le_bytes([a, b]),
            count: u32::from_le_bytes([e, f, g, h]),
            offset: u32::from_le_bytes([i, j, k, l]),
        }
    })
}

impl<'a> Dex<'a> {
    /// The map list, at most its first 64 rows.
    pub fn map_items(&self) -> impl Iterator<Item = MapItem> + use<'a> {
        items(self.map)
    }

    /// The first section of a kind that the map list states, see [`item`].
    #[must_use]
    pub fn map_item(&self, kind: u16) -> Option<MapItem> {
        self.map_items().find(|item| item.kind == kind)
    }

    /// Call sites that the file holds.
    #[must_use]
    pub fn call_site_count(&self) -> u32 {
        self.call_sites.count()
    }

    /// The arguments of a call site's linker: a method handle, the name, the method type, and
    /// whatever else the linker takes.
    #[must_use]
    pub fn call_site(&self, index: u32) -> Option<EncodedArray<'a>> {
        let offset = u32::from_le_bytes(*self.call_sites.get(index)?);
        EncodedArray::at(self.bytes, offset)
    }

    /// Method handles that the file holds.
    #[must_use]
    pub fn method_handle_count(&self) -> u32 {
        self.method_handles.count()
    }

    /// A method handle.
    #[must_use]
    pub fn method_handle(&self, index: u32) -> Option<MethodHandle> {
        let [a, b, _, _, e, f, _, _] = *self.method_handles.get(index)?;
        Some(MethodHandle {
            kind: u16::from_le_bytes([a, b]),
            member: u16::from_le_bytes([e, f]).into(),
        })
    }
}
