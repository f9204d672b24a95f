//! What several suites build their inputs with.

pub mod zip;
//! Builders of inputs, well-formed and malformed, shared by the suites.

pub(crate) mod arsc;
pub(crate) mod axml;
pub(crate) mod pool;
pub(crate) mod random;
