//! Words and names of scripts that are compiled for Hermes: the strings in their tables.
//!
//! The code itself is not decoded. Of a file only the part with the strings is inflated, which stands
//! at its beginning. Strings that are nothing but a name of the script are not searched for words, as
//! the names of a dex file are not.

use super::Collector;
use super::assets::BYTES_PER_STEP;
use crate::anomaly::AnomalyKind;
use crate::app::Placed;
use crate::container::Inflater;
use crate::formats::hermes::{self, Bundle, HermesError, HermesString};
use crate::formats::text::Encoding;

impl Collector<'_> {
    /// Collects the words of compiled scripts; whether all their strings were read.
    ///
    /// # Limits
    /// `limits.script_file_bytes`, `limits.script_files_bytes` and `limits.script_strings`; a step of
    /// the budget for each string and each 32 bytes.
    pub(super) fn add_bytecode(&mut self, scripts: &[Placed<'_, '_>], inflater: &mut Inflater) -> bool {
        let mut left = self.limits.script_files_bytes;
        let mut is_read = true;
        for placed in scripts {
            is_read &= self.add_bundle(placed, inflater, &mut left);
        }
        is_read
    }

    fn add_bundle(&mut self, placed: &Placed<'_, '_>, inflater: &mut Inflater, left: &mut u64) -> bool {
        let entry = placed.entry;
        let start = inflater.peek(entry, hermes::TELLING_BYTES);
        let Some(extent) = hermes::extent(&start) else {
            self.anomalies.of(AnomalyKind::HermesUnreadable, &placed.name());
            self.count_unreadable(placed);
            return false;
        };
        let size = extent.min(entry.size);
        // An optional look is no reason to call the budget spent.
        let most = self
            .limits
            .script_file_bytes
            .min(*left)
            .min(self.budget.bytes_left());
        if size > most {
            self.count_skipped(placed);
            return false;
        }
        *left = left.saturating_sub(size);
        let Some(data) = self.read_beginning(placed, size, inflater) else {
            return false;
        };
        let is_read = self.add_strings(&placed.name(), &data);
        if is_read {
            // What stands behind the bytecode belongs to it as padding does.
            self.count_read(placed, entry.size, size);
        } else if self.budget.steps_left() == 0 {
            self.count_skipped(placed);
        } else {
            self.count_unreadable(placed);
        }
        inflater.recycle(data);
        is_read
    }

    fn add_strings(&mut self, name: &str, data: &[u8]) -> bool {
        let bundle = match Bundle::parse(data, self.limits, &mut self.budget, &mut self.anomalies) {
            Ok(bundle) => bundle,
            Err(HermesError::BudgetSpent) => return false,
            Err(_) => {
                self.anomalies.of(AnomalyKind::HermesUnreadable, name);
                return false;
            }
        };
        let mut strings = bundle.strings();
        let mut read = 0usize;
        for string in strings.by_ref() {
            read = read.saturating_add(1);
            let steps = string.bytes.len() as u64 >> BYTES_PER_STEP;
            if !self.budget.steps(steps) {
                return false;
            }
            let encoding = if string.is_wide {
                Encoding::Utf16Le
            } else {
                Encoding::Utf8
            };
            let is_name = is_name(&string);
            self.add_compiled_string(name, string.offset, string.bytes, encoding, is_name);
        }
        bundle.is_whole() && read == bundle.string_count()
    }
}

/// Whether a string is an identifier as scripts write it, and no text that is used as one.
fn is_name(string: &HermesString<'_>) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    string.is_identifier && !string.is_wide && string.bytes.iter().all(is_letter)
}
