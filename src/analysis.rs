//! The whole way through the house, for one input.

use crate::limits::Limits;
use crate::report::Report;
use crate::report::v1::{Failure, Input, InputKind, RulesetId, SCHEMA, Status, Tool};

/// The rules in force (placeholder shape while the loader is written).
#[derive(Debug, Default)]
pub struct Ruleset {}

/// Settings of one analysis.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Name of the input, as it stands in the report.
    pub name: String,
    /// Caps and work budget.
    pub limits: Limits,
}

/// Analyses one file.
#[must_use]
pub fn analyze(bytes: &[u8], _ruleset: &Ruleset, options: &Options) -> Report {
    Report {
        schema: SCHEMA.to_owned(),
        tool: Tool {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ruleset: RulesetId {
                version: String::new(),
                sha256: String::new(),
            },
        },
        input: Input {
            name: options.name.clone(),
            kind: InputKind::Unknown,
            size: Some(bytes.len() as u64),
            sha256: None,
        },
        status: Status::Failed,
        error: Some(Failure {
            kind: "not-built-yet".to_owned(),
            message: String::new(),
            offset: None,
        }),
        app: None,
        permissions: Vec::new(),
        score: None,
        harvest: Vec::new(),
        findings: Vec::new(),
        policies: Vec::new(),
        anomalies: Vec::new(),
        coverage: None,
    }
}
