//! dunwatch.

pub mod analysis;
pub mod anomaly;
pub mod bytes;
pub mod container;
pub mod formats;
pub mod lexicon;
#[cfg(feature = "cli")]
pub mod cli;
pub mod limits;
pub mod messages;
#[cfg(feature = "cli")]
pub mod render;
pub mod report;
pub mod manifest;
#[cfg(feature = "cli")]
pub mod scan;
#[cfg(feature = "cli")]
pub mod watchlist;
