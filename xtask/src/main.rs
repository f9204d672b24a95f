//! Development tasks.

mod bench;
mod harvest;
mod lexicon;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

/// Development tasks of dunwatch.
#[derive(Parser)]
enum Task {
    Lexicon(lexicon::Lexicon),
    /// Print what an analysis costs against bare inflation, as a table.
    Bench {
        /// Folder with packages; those below 1 MB are left out.
        folder: PathBuf,
        /// Rounds, of which the best counts.
        #[arg(long, default_value_t = 10)]
        rounds: usize,
    },
    /// Print what following the data adds to the analysis, as a table.
    Harvest {
        /// Folder with packages.
        folder: PathBuf,
        /// Rounds, of which the best counts.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
}

fn main() -> Result<()> {
    match Task::parse() {
        Task::Lexicon(arguments) => lexicon::run(&arguments),
        Task::Bench { folder, rounds } => {
            let table = bench::table(&folder, rounds)?;
            Ok(std::io::stdout().write_all(table.as_bytes())?)
        }
        Task::Harvest { folder, rounds } => {
            let table = harvest::table(&folder, rounds)?;
            Ok(std::io::stdout().write_all(table.as_bytes())?)
        }
    }
}
