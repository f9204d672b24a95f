//! `dunwatch check`: a report on each file.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::jurisdictions::Jurisdictions;
use super::rules::Rules;
use super::terminal::Terminal;
use super::{Band, Exit};
use crate::report::v1;
use crate::scan::content::Pipes;
use crate::scan::examine;
use crate::scan::given::together;
use crate::signing::Verify;
use crate::{advice, render};

const DETAILS: &str = "\
A base package and its splits, given together, are one app and get one report.

With --format json a single file gives one JSON object over several lines; several files give one
object a line (NDJSON), in the order of the files. A file that cannot be read gets a report that
says so, and the others are examined.

Signatures are verified, the digests of the contents included. A broken one is said; it changes
neither band nor exit code.

Bands from low to high: low, not-assessable, elevated, high. With --fail-on not-assessable the exit
code is 1 for elevated and high as well.

Exit codes:
  0  every file was read, and none reaches the band given with --fail-on
  1  one does, whether or not another could not be read
  2  wrong usage
  3  a file could not be read";

#[derive(Debug, Args)]
#[command(after_help = DETAILS)]
pub(super) struct Check {
    /// Packages (APK, XAPK, APKS, APKM, AAB), dex files, manifests, or folders that hold one app each
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Form of the reports: text for a person, json for a program
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,

    /// End with exit code 1 when an app is in this band or a higher one
    #[arg(long, value_name = "BAND")]
    fail_on: Option<Band>,

    /// Add the rule files in this folder; one with the path of a built-in file replaces it
    #[arg(long, value_name = "DIR")]
    signatures: Option<PathBuf>,

    #[command(flatten)]
    jurisdictions: Jurisdictions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Check {
    pub(super) fn run(&self, terminal: &Terminal) -> anyhow::Result<Exit> {
        let rules =
            Rules::load(self.signatures.as_deref(), Verify::Everything)?.judging(&self.jurisdictions)?;
        let (mut found, mut failed) = (false, false);
        let inputs = together(&self.files);
        for (position, (path, parts)) in inputs.iter().enumerate() {
            let report = examine::file(path, parts, &path.to_string_lossy(), Pipes::Read, &rules);
            match self.format {
                Format::Text => {
                    let mut out = terminal.out();
                    if position > 0 {
                        writeln!(out)?;
                    }
                    let given = advice::given(&report, rules.ruleset());
                    let text = render::text(&report, given.as_ref(), terminal.messages(), terminal.columns());
                    out.write_all(text.as_bytes())?;
                    out.flush()?;
                }
                Format::Json => {
                    let json = if inputs.len() == 1 {
                        render::json::pretty(&report)?
                    } else {
                        render::json::line(&report)? + "\n"
                    };
                    let mut out = terminal.data();
                    out.write_all(json.as_bytes())?;
                    out.flush()?;
                }
            }
            let limit = self.fail_on.map(v1::Band::from);
            found |= matches!((limit, &report.score), (Some(limit), Some(score)) if score.band >= limit);
            failed |= report.status == v1::Status::Failed;
        }
        Ok(match (found, failed) {
            (true, _) => Exit::Found,
            (false, true) => Exit::Unreadable,
            (false, false) => Exit::Done,
        })
    }
}
