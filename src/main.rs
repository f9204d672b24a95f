//! The command line of dunwatch.

fn main() {}
