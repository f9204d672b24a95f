//! dunwatch.

pub mod analysis;
pub mod anomaly;
pub mod bytes;
pub mod container;
pub mod formats;
pub mod limits;
pub mod report;
pub mod manifest;
