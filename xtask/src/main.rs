//! Development tasks.

mod bench;
mod bombs;
mod builders;
mod corpus;
mod harvest;
mod labelled;
mod lexicon;
mod seeds;

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
    /// Write packages made to wear a reader out, to be measured.
    Bombs {
        /// Folder to write into, best outside of the repository.
        folder: PathBuf,
    },
    /// Write inputs to begin fuzzing with, and print how many there are for each target.
    Seeds {
        /// Folder to write into, best outside of the repository.
        folder: PathBuf,
    },
    /// Print what the harvest analysis finds in the micro-suite, and write docs/harvest-micro-suite.md.
    Micro,
    /// Print how many leaks of DroidBench the harvest analysis finds, as a table by category.
    Droidbench {
        /// Folder with the packages and expected.tsv; without it, that of the corpus.
        folder: Option<PathBuf>,
    },
    /// Print which single numbers of the scoring move a fixture app, and write docs/sensitivity.md.
    Sensitivity,
}

fn main() -> Result<()> {
    let text = match Task::parse() {
        Task::Lexicon(arguments) => return lexicon::run(&arguments),
        Task::Bench { folder, rounds } => bench::table(&folder, rounds)?,
        Task::Harvest { folder, rounds } => harvest::table(&folder, rounds)?,
        Task::Bombs { folder } => bombs::write(&folder)?,
        Task::Seeds { folder } => seeds::write(&folder)?,
        Task::Micro => labelled::micro()?,
        Task::Droidbench { folder } => labelled::droidbench(folder.as_deref())?,
        Task::Sensitivity => labelled::sensitivity()?,
    };
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
