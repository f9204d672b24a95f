//! The integration tests.

#[path = "../support/mod.rs"]
mod support;

mod container;
