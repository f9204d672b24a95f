//! Words and rows of letters of the lists that occur in the strings of any app, the most frequent
//! first, a line each.
//!
//! Counted over the strings of the dex files and resource tables of 305 open apps, none of them a
//! lender's, and of Android's own resources in all its languages. They change nothing but the speed of
//! the prefilter.

/// The first eight letters of words that occur in thirty strings or more.
pub(super) const WORDS: &str = include_str!("frequent/words.txt");

/// Two to four letters in a row of other scripts than Latin, from 25 strings on.
pub(super) const LETTERS: &str = include_str!("frequent/letters.txt");
