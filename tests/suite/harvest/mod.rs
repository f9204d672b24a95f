//! The harvest analysis against packages whose leaks are known, and what it says of its own answers.
//!
//! `UPDATE_RECORDS=1 cargo test harvest` writes the recorded tables anew and keeps their reasons;
//! `cargo xtask micro` does the same for the document.

mod droidbench;
mod levels;
mod micro;
