//! What stands in each layer of the package, and how much of it was read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One layer of the package. What is left out is zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayerCoverage {
    /// `manifest`, `resources`, `resource-files`, `dex`, `native-libraries`, `text-assets`,
    /// `other-assets`, `nested-packages`, `certificates` or `other-files`.
    pub layer: String,
    /// What is there.
    pub present: Tally,
    /// What was read to its end; the bytes of what was read in part are in it as well.
    #[serde(default, skip_serializing_if = "Tally::is_zero")]
    pub read: Tally,
    /// What could not be read.
    #[serde(default, skip_serializing_if = "Tally::is_zero")]
    pub unreadable: Tally,
    /// What was left out because a cap was met or the work budget was spent.
    #[serde(default, skip_serializing_if = "Tally::is_zero")]
    pub skipped: Tally,
    /// What nothing looked into.
    #[serde(default, skip_serializing_if = "Tally::is_zero")]
    pub unexamined: Tally,
}

/// A number of things, and their size together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their size once inflated, in bytes.
    pub bytes: u64,
}

impl Tally {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}
