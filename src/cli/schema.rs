//! `dunwatch schema`: the JSON Schema of a report.

use std::io::Write;

use clap::Args;

use super::Exit;
use super::terminal::Terminal;
use crate::render::json;

#[derive(Debug, Args)]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(&self, terminal: &Terminal) -> anyhow::Result<Exit> {
        let schema = json::schema()?;
        let mut out = terminal.data();
        out.write_all(schema.as_bytes())?;
        out.flush()?;
        Ok(Exit::Done)
    }
}
