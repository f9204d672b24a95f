//! `dunwatch explain`: what an id in a report means.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::rules;
use super::terminal::Terminal;
use super::{Exit, Misuse};
use crate::messages::Messages;
use crate::render::explain::{explain, names, near};
use crate::render::sanitize::short;
use crate::render::signatures::text;
use crate::signatures::catalogue::Catalogue;
use crate::signatures::sheet::{Relations, Sheet};

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Id of a finding, an anomaly, an SDK, a rule, a published list, or another name that stands in a
    /// report
    #[arg(value_name = "ID")]
    id: String,

    /// Add the rule files in this folder; one with the path of a built-in file replaces it
    #[arg(long, value_name = "DIR")]
    signatures: Option<PathBuf>,
}

impl Explain {
    pub(super) fn run(&self, terminal: &Terminal) -> anyhow::Result<Exit> {
        let (ruleset, files) = rules::set(self.signatures.as_deref())?;
        let messages = terminal.messages();
        let explanations = rules::explanations(&ruleset, messages.language());
        let catalogue = Catalogue::new(&ruleset, &files)?;
        let text = explain(&self.id, &explanations, messages, terminal.columns());
        let Some(text) = text.or_else(|| self.sheet(&catalogue, terminal)) else {
            let ids = catalogue.entries().iter().map(|entry| entry.id.as_str());
            let known = names(&explanations, messages).chain(ids);
            return Err(unknown(&self.id, known, messages).into());
        };
        let mut out = terminal.out();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(Exit::Done)
    }

    /// What a signature of another sort than an indicator says.
    fn sheet(&self, catalogue: &Catalogue<'_>, terminal: &Terminal) -> Option<String> {
        let entry = catalogue.find(&self.id)?;
        let sheet = Sheet::new(entry, catalogue, &Relations::new(catalogue));
        let place = rules::place(self.signatures.as_deref(), &entry.path);
        let version = catalogue.ruleset.version();
        let (messages, columns) = (terminal.messages(), terminal.columns());
        Some(text::text(&sheet, version, &place, messages, columns))
    }
}

/// The complaint about a name that is none of `known`, with the nearest ones.
pub(super) fn unknown<'a>(id: &str, known: impl Iterator<Item = &'a str>, messages: &Messages) -> Misuse {
    let mut complaint = messages.fill("explain", "unknown", &[("id", &short(id))]);
    let near = near(id, known);
    if !near.is_empty() {
        complaint.push_str(messages.text("phrase", "join"));
        complaint.push_str(&messages.fill("explain", "near", &[("ids", &near.join(", "))]));
    }
    Misuse(complaint)
}
