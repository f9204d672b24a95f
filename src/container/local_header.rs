//! The local header of an entry, compared with its record in the central directory.

use super::directory::{Record, zip64_field};
use super::{Entry, Method, flag, names, signature, u64_at};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::{u16_at, u32_at};

/// Bytes of a local header without its name and extra field.
pub(super) const SIZE: usize = 30;

/// The fixed fields of a local header, and the extents of what follows.
pub(super) struct LocalHeader<'a> {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed_size: u64,
    pub(super) size: u64,
    pub(super) name: &'a [u8],
    /// Whether the zip64 sizes are there if one of the plain ones announces them. Android wants
    /// both announced.
    pub(super) sizes_sound: bool,
    /// Offset of the first byte of data.
    pub(super) data: usize,
}

impl<'a> LocalHeader<'a> {
    /// The local header at `offset`, if one stands there.
    pub(super) fn read(data: &'a [u8], offset: usize) -> Option<Self> {
        let rest = data.get(offset..)?;
        let header = rest.first_chunk::<SIZE>()?;
        if !header.starts_with(&signature::LOCAL) {
            return None;
        }
        let name_end = SIZE.checked_add(usize::from(u16_at(header, 26)?))?;
        let extra_end = name_end.checked_add(usize::from(u16_at(header, 28)?))?;
        let mut compressed_size = u64::from(u32_at(header, 18)?);
        let mut size = u64::from(u32_at(header, 22)?);
        let sentinel = u64::from(u32::MAX);
        let announced = [size, compressed_size].map(|size| size == sentinel);
        let mut sizes_sound = announced == [false; 2];
        if announced == [true; 2]
            && let Some(field) = rest
                .get(name_end..extra_end)
                .and_then(|extra| zip64_field(extra, size, compressed_size, None))
        {
            size = field.size.unwrap_or(size);
            compressed_size = field.compressed_size.unwrap_or(compressed_size);
            sizes_sound = true;
        }
        Some(Self {
            flags: u16_at(header, 6)?,
            method: u16_at(header, 8)?,
            crc: u32_at(header, 14)?,
            compressed_size,
            size,
            name: rest.get(SIZE..name_end)?,
            sizes_sound,
            data: offset.checked_add(extra_end)?,
        })
    }
}

/// Makes an entry of `record`: finds its data, decides whether Android reads it, and notes where
/// the local header lies. `limit` is the offset of the central directory, before which all data
/// has to end; `shift` is added to the stated offset.
pub(super) fn resolve<'a>(
    data: &'a [u8],
    record: &Record<'a>,
    limit: usize,
    shift: u64,
    anomalies: &mut Anomalies,
) -> Entry<'a> {
    let name = names::text(record.name);
    names::examine(record.name, &name, record.position, anomalies);
    let local_offset = record.local_offset.saturating_add(shift);
    let mut entry = Entry {
        name,
        raw_name: record.name,
        method: Method::from_code(record.method),
        flags: record.flags,
        crc: record.crc,
        compressed_size: record.compressed_size,
        size: record.size,
        local_offset,
        data_offset: None,
        accepted: record.readable && !record.salvaged,
        sizes_known: record.sizes_known,
        trailer: 0,
        rest: &[],
    };
    let place = Some(record.position);
    let header = usize::try_from(local_offset)
        .ok()
        .filter(|offset| *offset < limit)
        .and_then(|offset| LocalHeader::read(data, offset));
    let Some(header) = header else {
        let kind = AnomalyKind::ZipLocalHeaderMissing;
        anomalies.note(kind, place, Some(&entry.name));
        entry.accepted = false;
        note_flags(&entry, record, 0, anomalies);
        return entry;
    };
    note_flags(&entry, record, header.flags, anomalies);
    if !record.salvaged {
        compare(&mut entry, record, &header, anomalies);
    }
    entry.data_offset = Some(header.data as u64);
    entry.rest = data.get(header.data..limit).unwrap_or_default();
    if header.flags & flag::DESCRIPTOR != 0 && record.sizes_known {
        descriptor(&mut entry, data, &header, anomalies);
    }
    let available = entry.rest.len() as u64;
    // Something has to follow the fixed part: Android expects no file without a name.
    let followed = local_offset.saturating_add(SIZE as u64) < limit as u64;
    entry.accepted &= followed;
    let fits = header.data <= limit
        && record.compressed_size <= available
        && (entry.method != Method::Stored || record.size <= available);
    if !fits {
        entry.accepted = false;
        if header.data > data.len() || limit == data.len() {
            anomalies.note(AnomalyKind::ZipTruncated, place, Some(&entry.name));
        } else {
            // The data would run into the central directory.
            anomalies.note(AnomalyKind::ZipOverlap, place, Some(&entry.name));
        }
    }
    entry
}

fn note_flags(entry: &Entry<'_>, record: &Record<'_>, local_flags: u16, anomalies: &mut Anomalies) {
    let mut note = |kind| anomalies.note(kind, Some(record.position), Some(&entry.name));
    if (record.flags | local_flags) & flag::ENCRYPTED != 0 {
        note(AnomalyKind::ZipEncryptedFlag);
    }
    if matches!(entry.method, Method::Other(_)) {
        note(AnomalyKind::ZipUnknownMethod);
    }
    if record.zip64 {
        note(AnomalyKind::ZipZip64);
    }
    if record.disk != 0 && !(record.disk == u16::MAX && record.zip64) {
        note(AnomalyKind::ZipMultiDisk);
    }
}

fn compare(entry: &mut Entry<'_>, record: &Record<'_>, header: &LocalHeader<'_>, anomalies: &mut Anomalies) {
    let offset = Some(entry.local_offset);
    let mut accepted = entry.accepted && header.sizes_sound;
    let mut note = |kind| anomalies.note(kind, offset, Some(&entry.name));
    if header.name != record.name {
        accepted = false;
        note(AnomalyKind::ZipLocalName);
    }
    if header.method != record.method {
        note(AnomalyKind::ZipLocalMethod);
    }
    let deferred = header.flags & flag::DESCRIPTOR != 0;
    // A data descriptor leaves these fields to be zero; a value that is there has to be right.
    let lies = |local: u64, central: u64| local != central && !(deferred && local == 0);
    if lies(header.compressed_size, record.compressed_size) || lies(header.size, record.size) {
        accepted &= deferred;
        note(AnomalyKind::ZipLocalSize);
    }
    if lies(u64::from(header.crc), u64::from(record.crc)) {
        accepted &= deferred;
        note(AnomalyKind::ZipLocalCrc);
    }
    entry.accepted = accepted;
}

/// Reads the data descriptor behind the data of `entry` and notes whether it differs.
fn descriptor(entry: &mut Entry<'_>, data: &[u8], header: &LocalHeader<'_>, anomalies: &mut Anomalies) {
    let length = if entry.method == Method::Stored {
        entry.size
    } else {
        entry.compressed_size
    };
    let Some(at) = usize::try_from(length)
        .ok()
        .and_then(|length| header.data.checked_add(length))
    else {
        return;
    };
    let signed = data
        .get(at..)
        .is_some_and(|rest| rest.starts_with(&signature::DESCRIPTOR));
    let fields = if signed { at.saturating_add(4) } else { at };
    let sizes = fields.saturating_add(4);
    let wide = entry.compressed_size.max(entry.size) >= u64::from(u32::MAX);
    let (compressed_size, size, width) = if wide {
        (u64_at(data, sizes), u64_at(data, sizes.saturating_add(8)), 20)
    } else {
        (
            u32_at(data, sizes).map(u64::from),
            u32_at(data, sizes.saturating_add(4)).map(u64::from),
            12,
        )
    };
    let agrees = u32_at(data, fields) == Some(entry.crc)
        && compressed_size == Some(entry.compressed_size)
        && size == Some(entry.size);
    if signed || agrees {
        entry.trailer = fields.saturating_sub(at).saturating_add(width) as u64;
    }
    if !agrees {
        let kind = AnomalyKind::ZipDescriptorMismatch;
        anomalies.note(kind, Some(at as u64), Some(&entry.name));
    }
}

impl Method {
    fn from_code(code: u16) -> Self {
        match code {
            0 => Method::Stored,
            8 => Method::Deflated,
            other => Method::Other(other),
        }
    }
}
