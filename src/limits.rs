//! Every cap of the analyzer, and the work budget of one app.
//!
//! The caps bound single tables; the [`Budget`] bounds their sum, so that many tables which are
//! each within their cap cannot together take unbounded time or memory. Both count work (steps,
//! bytes, entries) and never time: the same bytes spend the same budget on every machine.

/// Caps on what one app may make the analyzer do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// ZIP entries read from one central directory.
    pub entries: usize,
    /// Inflated size of one entry, in bytes.
    pub entry_bytes: u64,
    /// Inflated size of all entries of one app together, in bytes.
    pub app_bytes: u64,
    /// Inflated bytes per compressed byte, once an entry is larger than `ratio_floor`.
    pub ratio: u64,
    /// Inflated size in bytes below which the ratio is not looked at.
    pub ratio_floor: u64,
    /// Entries of the package that are peeked at in search of hidden dex files.
    pub peeked_entries: usize,
    /// Entries of a package with the shape of a packed one that are looked at for encrypted data, the
    /// largest first.
    pub sampled_entries: usize,
    /// Bytes of one of those, and of the end of a dex file, that are looked at.
    pub sample_bytes: usize,
    /// Work steps of one app: about one step for each table row, attribute or instruction.
    pub steps: u64,
    /// Depth of nested elements in an XML document.
    pub xml_depth: usize,
    /// Elements and attributes of one XML document.
    pub xml_nodes: usize,
    /// Bytes kept of one manifest: its texts, and a flat rate for each item.
    pub manifest_bytes: usize,
    /// Hops when a resource refers to another resource.
    pub resource_hops: usize,
    /// Resource uses reported for one string of the pool.
    pub uses_per_string: usize,
    /// APKs that are looked at in an archive of APKs, or are given together.
    pub parts: usize,
    /// Dex files of one app.
    pub dex_files: usize,
    /// Length of one string of a dex file, in bytes; the rest is not read.
    pub dex_string_bytes: usize,
    /// Length of one string that is handed to the word matcher, in bytes; the rest is not read.
    pub text_bytes: usize,
    /// Text files of one app, beside the resource table, that are looked at for words.
    pub text_files: usize,
    /// Inflated size of one of those files, in bytes; the rest is not read.
    pub text_file_bytes: u64,
    /// Inflated size of those files together, in bytes.
    pub text_files_bytes: u64,
    /// Strings read of one file of compiled script code.
    pub script_strings: usize,
    /// Inflated bytes read of one such file.
    pub script_file_bytes: u64,
    /// Inflated bytes of those files together.
    pub script_files_bytes: u64,
    /// Native libraries of one app that are looked into.
    pub libraries: usize,
    /// Inflated size of those libraries together, in bytes.
    pub library_bytes: u64,
    /// Inflated size in bytes up to which a native library is looked into where only its hosts and keys are
    /// of interest.
    pub small_library_bytes: u64,
    /// Inflated size of those libraries together, in bytes.
    pub small_libraries_bytes: u64,
    /// Hosts, and paths without a host, that one native library can add.
    pub hosts_per_library: usize,
    /// Rows read of one table of a native library.
    pub library_rows: usize,
    /// Code units of the methods that the harvest analysis reads as blocks and values; 0 leaves the
    /// analysis out.
    pub harvest_code_units: u64,
    /// Facts about values that the harvest analysis keeps.
    pub harvest_facts: usize,
    /// Hosts kept for one app.
    pub hosts: usize,
    /// Paths kept of one host.
    pub paths_per_host: usize,
    /// Paths without a host kept for one app.
    pub paths: usize,
    /// Keys kept for one app, and names of fields.
    pub keys: usize,
    /// Places kept of one host, path, key or field.
    pub places_per_host: usize,
    /// Facts kept for one app.
    pub facts: usize,
    /// Locations kept for facts of the same kind and name.
    pub locations_per_fact: usize,
    /// Anomalies kept with their place for each kind; further ones are counted.
    pub anomalies_per_kind: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 1 << 17,
            entry_bytes: 256 << 20,
            app_bytes: 512 << 20,
            ratio: 256,
            ratio_floor: 16 << 20,
            peeked_entries: 4096,
            sampled_entries: 32,
            sample_bytes: 64 << 10,
            steps: 400_000_000,
            xml_depth: 256,
            xml_nodes: 1 << 20,
            manifest_bytes: 16 << 20,
            resource_hops: 16,
            uses_per_string: 64,
            parts: 512,
            dex_files: 256,
            dex_string_bytes: 1 << 20,
            text_bytes: 64 << 10,
            text_files: 2000,
            text_file_bytes: 8 << 20,
            text_files_bytes: 32 << 20,
            script_strings: 1 << 20,
            script_file_bytes: 32 << 20,
            script_files_bytes: 64 << 20,
            libraries: 64,
            library_bytes: 64 << 20,
            small_library_bytes: 1 << 20,
            small_libraries_bytes: 4 << 20,
            hosts_per_library: 32,
            library_rows: 1 << 16,
            harvest_code_units: 6_000_000,
            harvest_facts: 400_000,
            hosts: 500,
            paths_per_host: 32,
            paths: 300,
            keys: 200,
            places_per_host: 2,
            facts: 100_000,
            locations_per_fact: 16,
            anomalies_per_kind: 8,
        }
    }
}

/// What is left of the work one app may cause.
#[derive(Debug, Clone)]
pub struct Budget {
    steps: u64,
    bytes: u64,
    spent: bool,
}

impl Budget {
    /// A full budget.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            steps: limits.steps,
            bytes: limits.app_bytes,
            spent: false,
        }
    }

    /// Takes `count` steps; `false` when they are not there, and then the budget is spent.
    #[must_use]
    pub fn steps(&mut self, count: u64) -> bool {
        match self.steps.checked_sub(count) {
            Some(left) => self.steps = left,
            None => {
                self.steps = 0;
                self.spent = true;
                return false;
            }
        }
        true
    }

    /// Takes `count` inflated bytes; `false` when they are not there, and then the budget is spent.
    #[must_use]
    pub fn bytes(&mut self, count: u64) -> bool {
        match self.bytes.checked_sub(count) {
            Some(left) => self.bytes = left,
            None => {
                self.spent = true;
                return false;
            }
        }
        true
    }

    /// Inflated bytes that may still be produced.
    #[must_use]
    pub fn bytes_left(&self) -> u64 {
        self.bytes
    }

    /// Steps that may still be taken.
    #[must_use]
    pub fn steps_left(&self) -> u64 {
        self.steps
    }

    /// Whether any request was turned down.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.spent
    }
}

/// The beginning of `text`: at most `most` bytes, cut at a character.
#[must_use]
pub fn clip(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_a_character() {
        assert_eq!(clip("añb", 2), "a");
        assert_eq!(clip("añb", 3), "añ");
        assert_eq!(clip("añb", 99), "añb");
        assert_eq!(clip("ñ", 1), "");
    }

    #[test]
    fn a_request_that_is_turned_down_marks_the_budget_as_spent() {
        let mut budget = Budget::new(&Limits {
            steps: 3,
            app_bytes: 10,
            ..Limits::default()
        });
        assert!(budget.steps(3) && budget.bytes(4));
        assert!(!budget.is_spent());
        assert!(!budget.bytes(7));
        assert_eq!(budget.bytes_left(), 6, "a refused request takes nothing");
        assert!(budget.is_spent());
        assert!(!budget.steps(1));
    }
}
