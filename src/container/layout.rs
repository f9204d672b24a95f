//! How the entries lie in the file: what overlaps, and which bytes belong to nothing.

use std::ops::Range;

use memchr::memmem;

use super::{Entry, local_header, signature};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::u16_at;

/// The extents that are not entries.
pub(super) struct Frame {
    /// Offset behind which nothing but the signing block, the directory and the end record stand.
    pub(super) entries_end: usize,
    /// Offset of the central directory.
    pub(super) directory: usize,
    /// Offset behind the last record of the directory.
    pub(super) directory_end: usize,
    /// Offset of the end record that was chosen, or the end of the file.
    pub(super) end_record: usize,
}

/// Notes overlaps, gaps, prepended bytes and further end records.
pub(super) fn examine(data: &[u8], entries: &[Entry<'_>], frame: &Frame, anomalies: &mut Anomalies) {
    let mut order: Vec<(Range<u64>, &Entry<'_>)> = entries
        .iter()
        .filter_map(|entry| Some((entry.extent()?, entry)))
        .collect();
    order.sort_unstable_by_key(|(extent, _)| (extent.start, extent.end));
    let mut cursor = 0_u64;
    for (extent, entry) in order {
        if extent.start < cursor {
            let kind = AnomalyKind::ZipOverlap;
            anomalies.note(kind, Some(extent.start), Some(&entry.name));
        } else if extent.start > cursor {
            gap(data, cursor..extent.start, anomalies);
        }
        cursor = cursor.max(extent.end);
    }
    if cursor > 0 {
        gap(data, cursor..frame.entries_end as u64, anomalies);
    }
    slack(data, frame, anomalies);
}

/// Looks at bytes that belong to no entry.
fn gap(data: &[u8], range: Range<u64>, anomalies: &mut Anomalies) {
    let prefix = range.start == 0;
    let (Ok(mut start), Ok(end)) = (usize::try_from(range.start), usize::try_from(range.end)) else {
        return;
    };
    // Build tools fill holes with local headers that have no name, and pad with zeros.
    while let Some(rest) = data.get(start..end)
        && rest.starts_with(&signature::LOCAL)
        && u16_at(rest, 26) == Some(0)
        && let Some(extra) = u16_at(rest, 28)
    {
        start = start
            .saturating_add(local_header::SIZE)
            .saturating_add(usize::from(extra));
    }
    let Some(rest) = data.get(start..end).filter(|rest| !rest.is_empty()) else {
        return;
    };
    if prefix {
        anomalies.at(AnomalyKind::ZipPrependedData, start as u64);
    } else if rest.iter().any(|byte| *byte != 0) {
        anomalies.at(AnomalyKind::ZipGap, start as u64);
    }
    note_end_records(rest, start, None, anomalies);
}

/// Looks at what stands between the directory and the end record, and behind.
fn slack(data: &[u8], frame: &Frame, anomalies: &mut Anomalies) {
    let mut rest = data
        .get(frame.directory_end..frame.end_record)
        .unwrap_or_default();
    if rest.starts_with(&signature::CENTRAL) {
        anomalies.at(AnomalyKind::ZipWrongCount, frame.directory_end as u64);
        rest = &[];
    }
    let known = rest.starts_with(&signature::END64) || rest.starts_with(&signature::LOCATOR64);
    let ends = frame.end_record < data.len();
    if ends && !known && rest.iter().any(|byte| *byte != 0) {
        anomalies.at(AnomalyKind::ZipGap, frame.directory_end as u64);
    }
    let behind = data.get(frame.directory..).unwrap_or_default();
    note_end_records(behind, frame.directory, Some(frame.end_record), anomalies);
}

fn note_end_records(part: &[u8], origin: usize, chosen: Option<usize>, anomalies: &mut Anomalies) {
    for at in memmem::find_iter(part, &signature::END) {
        let offset = origin.saturating_add(at);
        if Some(offset) != chosen {
            anomalies.at(AnomalyKind::ZipSeveralEndRecords, offset as u64);
        }
    }
}
