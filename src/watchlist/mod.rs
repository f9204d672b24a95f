//! Lists of apps from the results of scans.

pub mod filter;
pub mod list;
pub mod row;

pub use filter::Filter;
pub use list::{Error, List};
pub use row::Row;
