//! What several suites build their inputs with.

pub mod zip;
