//! The command line of dunwatch.

use std::process::ExitCode;

fn main() -> ExitCode {
    dunwatch::cli::main(std::env::args_os())
}
