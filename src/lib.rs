//! dunwatch.

pub mod anomaly;
pub mod bytes;
pub mod limits;
