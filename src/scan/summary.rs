//! The counts over all records of a scan.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::record::Facts;
use super::source::Shard;
use crate::messages::Messages;
use crate::render::layout::{padded, width};
use crate::render::sanitize::short;
use crate::render::{grouped, wire_name};
use crate::report::v1::{Band, Status, Tool};

/// The value of [`Summary::schema`].
pub const SCHEMA: &str = "dunwatch.summary/1";

/// The content of `summary.json`. It is a function of the records alone and holds no time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Always `dunwatch.summary/1`.
    pub schema: String,
    /// The program and rules of all records.
    pub tool: Tool,
    /// The part of the inputs this scan is about, as `i/n`; `null` when it is all of them.
    pub shard: Option<String>,
    /// Records.
    pub inputs: u64,
    /// Bytes of all inputs of known size.
    pub bytes: u64,
    /// Records whose file has the SHA-256 of an earlier record.
    pub duplicates: u64,
    /// Records by status.
    pub statuses: BTreeMap<String, u64>,
    /// Records by band, those without a score left out.
    pub bands: BTreeMap<String, u64>,
    /// Failed records by reason.
    pub failures: BTreeMap<String, u64>,
}

const STATUSES: [Status; 3] = [Status::Ok, Status::Degraded, Status::Failed];
const BANDS: [Band; 4] = [Band::High, Band::Elevated, Band::NotAssessable, Band::Low];

impl Summary {
    /// No records yet.
    #[must_use]
    pub fn new(tool: &Tool, shard: Option<Shard>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            tool: tool.clone(),
            shard: shard.map(|shard| shard.to_string()),
            inputs: 0,
            bytes: 0,
            duplicates: 0,
            statuses: STATUSES.iter().map(|status| (wire_name(status), 0)).collect(),
            bands: BANDS.iter().map(|band| (wire_name(band), 0)).collect(),
            failures: BTreeMap::new(),
        }
    }

    /// Counts one record.
    pub fn add(&mut self, facts: &Facts, duplicate: bool) {
        self.inputs += 1;
        self.bytes = self.bytes.saturating_add(facts.size.unwrap_or_default());
        self.duplicates += u64::from(duplicate);
        *self.statuses.entry(wire_name(&facts.status)).or_default() += 1;
        if let Some(band) = facts.band {
            *self.bands.entry(wire_name(&band)).or_default() += 1;
        }
        if let Some(kind) = &facts.failure {
            *self.failures.entry(kind.clone()).or_default() += 1;
        }
    }

    /// The counts as a person reads them.
    #[must_use]
    pub fn text(&self, messages: &Messages) -> String {
        let count = |names: &BTreeMap<String, u64>, name: &str| names.get(name).copied().unwrap_or_default();
        let joined = |parts: Vec<String>| {
            if parts.is_empty() {
                messages.text("summary", "none").to_owned()
            } else {
                parts.join(messages.text("phrase", "list"))
            }
        };
        let statuses = STATUSES.iter().map(wire_name).map(|name| {
            let number = count(&self.statuses, &name);
            format!("{} {number}", messages.text("status", &name))
        });
        let bands = BANDS.iter().map(wire_name).map(|name| {
            let number = count(&self.bands, &name);
            format!("{} {number}", messages.text("band-short", &name))
        });
        let failures = self.failures.iter().map(|(kind, number)| {
            // Reasons come from the records, and records may have been written by others.
            format!("{} {number}", short(kind))
        });
        let lines = [
            ("inputs", grouped(self.inputs)),
            ("bytes", grouped(self.bytes)),
            ("duplicates", grouped(self.duplicates)),
            ("statuses", joined(statuses.collect())),
            ("bands", joined(bands.collect())),
            ("failures", joined(failures.collect())),
        ];
        let label = |key| messages.text("summary", key);
        let columns = lines.iter().map(|(key, _)| width(label(key))).max().unwrap_or(0);
        let mut text = format!("{}\n", messages.text("summary", "title"));
        for (key, value) in &lines {
            let _ = writeln!(text, "  {}  {value}", padded(label(key), columns));
        }
        text
    }
}
