//! The integration tests: one binary, a module per suite.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, in its helpers as well, and says so when it is skipped"
)]

#[path = "../support/mod.rs"]
mod support;

mod aapt2;
mod advice;
mod apksigner;
mod architecture;
mod arsc;
mod assets;
mod axml;
mod bombs;
mod bundles;
mod cli;
mod collections;
mod container;
mod corpus;
mod dart;
mod dex;
mod dexdump;
mod evaluation;
mod facts;
mod fixtures;
mod flows;
mod frameworks;
mod fuzz;
mod halves;
mod harvest;
mod harvest_hostile;
mod harvest_report;
mod hostile;
mod language_apps;
mod layers;
mod lexicon;
mod lone_parts;
mod manifest;
mod matching;
mod missing;
mod mutations;
mod network;
mod packers;
mod phrases;
mod policies;
mod published;
mod render;
mod reports;
mod samples;
mod scan;
mod sdks;
mod signatures;
mod signing;
mod splits;
mod ziparchive;
