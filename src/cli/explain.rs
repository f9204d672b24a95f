//! `dunwatch explain`: what an id in a report means.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::rules::Rules;
use super::terminal::Terminal;
use super::{Exit, Misuse};
use crate::render::explain::{explain, names, near};
use crate::render::sanitize::short;
use crate::signing::Verify;

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Id of a finding, an anomaly, or another name that stands in a report
    #[arg(value_name = "ID")]
    id: String,

    /// Add the rule files in this folder; one with the path of a built-in file replaces it
    #[arg(long, value_name = "DIR")]
    signatures: Option<PathBuf>,
}

impl Explain {
    pub(super) fn run(&self, terminal: &Terminal) -> anyhow::Result<Exit> {
        let rules = Rules::load(self.signatures.as_deref(), Verify::None)?;
        let messages = terminal.messages();
        let explanations = rules.explanations(messages.language());
        if let Some(text) = explain(&self.id, &explanations, messages, terminal.columns()) {
            let mut out = terminal.out();
            out.write_all(text.as_bytes())?;
            out.flush()?;
            return Ok(Exit::Done);
        }
        let mut complaint = messages.fill("explain", "unknown", &[("id", &short(&self.id))]);
        let near = near(&self.id, names(&explanations, messages));
        if !near.is_empty() {
            complaint.push_str(messages.text("phrase", "join"));
            complaint.push_str(&messages.fill("explain", "near", &[("ids", &near.join(", "))]));
        }
        Err(Misuse(complaint).into())
    }
}
