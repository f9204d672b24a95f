//! The integration tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers as well"
    clippy::print_stdout,
    reason = "a test that cannot go on fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod container;
mod aapt2;
mod arsc;
mod axml;
mod manifest;
mod dex;
mod dexdump;
mod lexicon;
mod cli;
mod render;
mod samples;
mod scan;
