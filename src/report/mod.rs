//! The report: what is said about one input, and in which words others may rely on.

pub mod build;
pub mod harvest;
pub mod network;
pub mod policies;
pub mod published;
pub mod sdks;
pub mod signer;
pub mod v1;

pub use v1::Report;
