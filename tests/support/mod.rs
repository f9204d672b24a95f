//! What several suites build their inputs with.

pub mod zip;
//! Builders of inputs, well-formed and malformed, shared by the suites.

pub(crate) mod arsc;
pub(crate) mod axml;
pub(crate) mod pool;
pub(crate) mod random;
//! Builders of inputs, sound and broken.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the builders are shared with the unit tests; each binary uses its part"
)]

pub mod dex;
