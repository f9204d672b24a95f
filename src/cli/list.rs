//! `dunwatch list`: the apps in the results of scans, sorted and filtered.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::terminal::Terminal;
use super::{Band, Exit};
use crate::render::json;
use crate::report::v1;
use crate::watchlist::row::{Form, table};
use crate::watchlist::{self, Filter};

const DETAILS: &str = "\
RESULTS is a results.ndjson, the --out folder of a scan, or - for the standard input. Apps are
sorted by band, then score, then package. A file that was found in several places stands on the list
once. Conditions add up; --band can be given several times to let several bands through.

In CSV, cells that a spreadsheet would run as a formula begin with an apostrophe.

Examples:
  dunwatch list results/ --band high --lending yes
  dunwatch list results/ --permission READ_SMS --format csv > list.csv
  dunwatch list results/ --rule country:IN --newest --format markdown";

#[derive(Debug, Args)]
#[command(after_help = DETAILS)]
pub(super) struct List {
    /// Results of scans
    #[arg(required = true, value_name = "RESULTS")]
    results: Vec<PathBuf>,

    /// Form of the list; digests are shortened in the table
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    format: Format,

    /// Only apps in this band
    #[arg(long, value_name = "BAND")]
    band: Vec<Band>,

    /// Only apps that hold this permission, as android.permission.READ_SMS or READ_SMS
    #[arg(long, value_name = "NAME")]
    permission: Vec<String>,

    /// Only apps that are taken for lending apps, or only others
    #[arg(long, value_name = "WHICH")]
    lending: Option<Lending>,

    /// Only apps that break or may break this rule, or a rule of this store or country
    #[arg(long, value_name = "ID")]
    rule: Vec<String>,

    /// Only apps with at least this score
    #[arg(long, value_name = "SCORE")]
    min_score: Option<f64>,

    /// Look only at the highest version code of each package and developer certificate
    #[arg(long)]
    newest: bool,

    /// Print at most this many apps
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Markdown,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lending {
    Yes,
    No,
}

impl List {
    pub(super) fn run(&self, terminal: &Terminal) -> anyhow::Result<Exit> {
        let filter = Filter {
            bands: self.band.iter().map(|band| v1::Band::from(*band)).collect(),
            permissions: self.permission.clone(),
            lending: self.lending.map(|lending| lending == Lending::Yes),
            rules: self.rule.clone(),
            min_score: self.min_score,
            newest: self.newest,
        };
        let messages = match self.format {
            Format::Table | Format::Markdown => terminal.messages(),
            Format::Csv | Format::Json => terminal.stable_messages(),
        };
        let mut list = watchlist::List::read(&self.results, &filter, messages)?;
        if let Some(limit) = self.limit {
            list.rows.truncate(limit);
        }
        let text = match self.format {
            Format::Table => table(&list.rows, Form::Short, messages).terminal(terminal.width()),
            Format::Csv => table(&list.rows, Form::Stable, messages).csv(),
            Format::Markdown => table(&list.rows, Form::Full, messages).markdown(),
            Format::Json => json::pretty(&list.rows)?,
        };
        let mut out = terminal.data();
        if self.format != Format::Table || !list.rows.is_empty() {
            out.write_all(text.as_bytes())?;
        }
        out.flush()?;
        let mut err = terminal.err();
        if list.rows.is_empty() {
            writeln!(err, "{}", terminal.messages().text("list", "nothing"))?;
        }
        if list.left_out > 0 {
            let values = [("count", &*list.left_out.to_string())];
            writeln!(err, "{}", terminal.messages().fill("list", "left-out", &values))?;
        }
        Ok(Exit::Done)
    }
}
