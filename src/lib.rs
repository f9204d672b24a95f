//! dunwatch tells from an Android package alone whether the app can harvest the address book,
//! text messages or the call log, whether it is a lending app, and how sure that is.
//!
//! ```no_run
//! use dunwatch::{Options, Ruleset, analyze};
//!
//! let ruleset = Ruleset::embedded()?;
//! let bytes = std::fs::read("app.apk")?;
//! let report = analyze(&bytes, &ruleset, &Options { name: "app.apk".to_owned(), ..Options::default() });
//! println!("{:?}", report.score.map(|score| score.band));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Architecture
//!
//! One way through the house, one artefact per arrow, each printable and testable on its own:
//!
//! ```text
//! bytes -> container -> formats -> app, manifest -> facts -> matching -> score -> report -> render
//!                                             \-> harvest -^
//! ```
//!
//! | room | what it is for |
//! |---|---|
//! | [`bytes`], [`limits`], [`anomaly`] | the cursor, every cap and the work budget, what parsers notice |
//! | [`container`] | ZIP as Android reads it |
//! | [`formats`] | binary XML, resource tables, dex, ELF, plain XML; they know nothing of each other |
//! | [`app`], [`manifest`] | the parts of one opened app, and what its manifest says |
//! | [`signing`] | who signed the package, and whether the signatures hold |
//! | [`lexicon`] | words of lending in many languages, and how they are found in text |
//! | [`harvest`] | where the code reads the data, whether it can run, where the values go |
//! | [`facts`] | facts with their places, what was seen and what not, and the collectors |
//! | [`signatures`] | the rules, read from `signatures/` |
//! | [`matching`], [`score`] | which rules hold, and what they weigh |
//! | [`policies`] | what the rules of stores and countries say of a lending app |
//! | [`report`] | the versioned wire types |
//! | [`analysis`] | all of it in a row: [`analyze`] |
//! | [`advice`] | what a person can do about what a report says |
//! | `evaluation` | how well scores fit labels: measures with intervals |
//! | `messages`, `render` | sentences in English and Chinese; reports as text, tables, CSV, Markdown |
//! | `scan`, `watchlist` | many files, resumable; lists made of the results |
//! | `cli` | the command line; nothing below it knows files, threads or terminals |
//!
//! # Invariants
//!
//! * Imports run downwards in the order of the table; a test reads them.
//! * Everything up to [`analysis`] is pure: no files, clocks, threads, globals or printing. The same
//!   bytes and rules give the same report, byte for byte.
//! * Parsing returns a value and notes anomalies. Something is present, absent or unreadable, and
//!   unreadable is never taken for absent.
//! * Nothing in an input makes the library panic, or use more than [`limits`] allows.
//! * A finding without a place in the file cannot be built.

pub mod advice;
pub mod analysis;
pub mod anomaly;
pub mod app;
pub mod bytes;
#[cfg(feature = "cli")]
pub mod cli;
pub mod container;
#[cfg(feature = "cli")]
pub mod evaluation;
pub mod facts;
pub mod formats;
pub mod harvest;
mod hex;
pub mod lexicon;
pub mod limits;
pub mod manifest;
pub mod matching;
pub mod messages;
pub mod policies;
#[cfg(feature = "cli")]
pub mod render;
pub mod report;
#[cfg(feature = "cli")]
pub mod scan;
pub mod score;
pub mod signatures;
pub mod signing;
#[cfg(feature = "cli")]
pub mod watchlist;

pub use analysis::{Input, Options, analyze, analyze_input};
pub use report::Report;
pub use signatures::Ruleset;
