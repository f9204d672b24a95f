//! What the suites share: builders of inputs, sound and broken, the fixture apps, and the corpus
//! of real apps where it is there.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the builders are shared with the unit tests and the benches; each binary uses its part"
)]

pub mod apps;
pub mod archives;
pub mod arsc;
pub mod axml;
pub mod bombs;
pub mod dart;
pub mod dex;
pub mod elf;
pub mod halves;
pub mod hermes;
pub mod measure;
pub mod pool;
pub mod proto;
pub mod random;
pub mod records;
pub mod signing;
pub mod zip;
