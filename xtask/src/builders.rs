//! The builders of the test suites that tasks use.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    reason = "shared with the suites, which use more of it; nothing of it reads input"
)]

#[path = "../../tests/support/archives.rs"]
pub(crate) mod archives;
#[path = "../../tests/support/arsc.rs"]
pub(crate) mod arsc;
#[path = "../../tests/support/axml.rs"]
pub(crate) mod axml;
#[path = "../../tests/support/bombs.rs"]
pub(crate) mod bombs;
#[path = "../../tests/support/dart.rs"]
pub(crate) mod dart;
#[path = "../../tests/support/elf.rs"]
pub(crate) mod elf;
#[path = "../../tests/support/hermes.rs"]
pub(crate) mod hermes;
#[path = "../../tests/support/pool.rs"]
pub(crate) mod pool;
#[path = "../../tests/support/zip.rs"]
pub(crate) mod zip;
