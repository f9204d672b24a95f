//! Readers of the file formats inside a package.
//!
//! Each reader takes the inflated bytes of one entry and gives a value together with the anomalies
//! it met. The readers know nothing of each other; what two of them have in common stands beside
//! them: [`chunk`] and [`string_pool`] for the two formats that androidfw defines, [`document`] for
//! the spellings of XML, which [`spellings`] tells apart, [`resources`] for those of resource tables.

pub mod aapt;
pub mod arsc;
pub mod axml;
pub mod chunk;
pub mod dex;
pub mod document;
pub mod elf;
pub mod flutter;
pub mod hermes;
pub mod protobuf;
pub mod resources;
pub mod spellings;
pub mod string_pool;
pub mod text;
pub mod values;
pub mod xml;

#[cfg(test)]
#[path = "../../tests/support/random.rs"]
pub(crate) mod random;
