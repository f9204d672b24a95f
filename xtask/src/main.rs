//! Development tasks.

mod lexicon;

use anyhow::Result;
use clap::Parser;

/// Development tasks of dunwatch.
#[derive(Parser)]
enum Task {
    Lexicon(lexicon::Lexicon),
}

fn main() -> Result<()> {
    match Task::parse() {
        Task::Lexicon(arguments) => lexicon::run(&arguments),
    }
}
