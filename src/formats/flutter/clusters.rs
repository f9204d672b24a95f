//! Strings in the clusters of a snapshot: one behind the other, each with its length before it.
//!
//! A length is written in groups of seven bits, the lowest first, and the last group has its highest
//! bit set. Since Dart 2.13 one cluster holds the strings of both widths, and the lowest bit of the
//! length tells them apart; before, each width had its own. A chain begins where several texts stand
//! one behind the other by the same rule, none like the one before it, for a program has each string
//! once. A member that is no text does not end it when texts follow: tables that programs keep in
//! strings look like that.

use super::{DartString, LONGEST_STRING, Look};

/// Texts one behind the other that make a chain.
const CHAIN: usize = 6;
/// Texts behind a member that is none, with which the chain goes on.
const RESUMED: usize = 2;
/// Groups of a length at most.
const GROUPS: u32 = 4;

/// How the length says how wide the characters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// By its lowest bit.
    Mixed,
    /// All are Latin-1.
    Narrow,
    /// All are UTF-16.
    Wide,
}

const RULES: [Rule; 3] = [Rule::Mixed, Rule::Narrow, Rule::Wide];

/// A string of a chain.
#[derive(Debug, Clone, Copy)]
struct Member<'a> {
    start: usize,
    bytes: &'a [u8],
    is_wide: bool,
}

impl Member<'_> {
    fn end(&self) -> usize {
        self.start.saturating_add(self.bytes.len())
    }
}

/// Walks over the strings of the chains.
#[derive(Debug, Clone)]
pub(super) struct Clusters<'a> {
    data: &'a [u8],
    origin: u64,
    at: usize,
    chain: Option<Rule>,
    pub(super) look: Look,
}

impl<'a> Clusters<'a> {
    pub(super) fn new(data: &'a [u8], origin: u64) -> Self {
        Self {
            data,
            origin,
            at: 0,
            chain: None,
            look: Look::new(data),
        }
    }

    fn member(&self, at: usize, rule: Rule) -> Option<Member<'a>> {
        let mut encoded = 0usize;
        let mut start = at;
        for group in 0..GROUPS {
            let byte = *self.data.get(start)?;
            start = start.saturating_add(1);
            encoded |= usize::from(byte & 0x7F).wrapping_shl(group.saturating_mul(7));
            if byte > 0x7F {
                let (length, is_wide) = match rule {
                    Rule::Mixed => (encoded >> 1, encoded & 1 == 1),
                    Rule::Narrow => (encoded, false),
                    Rule::Wide => (encoded, true),
                };
                let length = if is_wide { length.saturating_mul(2) } else { length };
                if length > LONGEST_STRING {
                    return None;
                }
                return Some(Member {
                    start,
                    bytes: self.data.get(start..start.saturating_add(length))?,
                    is_wide,
                });
            }
        }
        None
    }

    fn is_text(&mut self, member: &Member<'_>) -> bool {
        if member.is_wide {
            self.look.is_wide_text(member.bytes)
        } else {
            self.look.is_narrow_text(member.bytes)
        }
    }

    /// Whether `count` texts that are not empty stand from `at` on, at most as many empty ones
    /// between them.
    fn are_texts(&mut self, mut at: usize, rule: Rule, count: usize) -> bool {
        let (mut found, mut empty) = (0usize, 0usize);
        let mut before: &[u8] = &[];
        while found < count {
            let Some(member) = self.member(at, rule) else {
                return false;
            };
            if member.bytes.is_empty() {
                empty = empty.saturating_add(1);
                if empty > count {
                    return false;
                }
            } else if member.bytes != before && self.is_text(&member) {
                found = found.saturating_add(1);
                before = member.bytes;
            } else {
                return false;
            }
            at = member.end();
        }
        true
    }

    /// Goes on to the beginning of the next chain: at a text of less than 64 characters, whose length
    /// is one byte.
    fn find_chain(&mut self) -> Option<Rule> {
        loop {
            let rest = self.data.get(self.at..)?;
            let skipped = rest.iter().position(|byte| *byte > 0x80)?;
            self.at = self.at.saturating_add(skipped);
            for rule in RULES {
                if self.are_texts(self.at, rule, CHAIN) {
                    return Some(rule);
                }
            }
            if self.look.is_spent() {
                return None;
            }
            self.at = self.at.saturating_add(1);
        }
    }
}

impl<'a> Iterator for Clusters<'a> {
    type Item = DartString<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.look.is_spent() {
            let Some(rule) = self.chain else {
                self.chain = Some(self.find_chain()?);
                continue;
            };
            let Some(member) = self.member(self.at, rule) else {
                self.chain = None;
                self.at = self.at.saturating_add(1);
                continue;
            };
            if member.bytes.is_empty() {
                self.at = member.end();
                let _ = self.look.take(1);
            } else if self.is_text(&member) {
                self.at = member.end();
                return Some(DartString {
                    offset: self.origin.saturating_add(member.start as u64),
                    bytes: member.bytes,
                    is_wide: member.is_wide,
                });
            } else if self.are_texts(member.end(), rule, RESUMED) {
                self.at = member.end();
            } else {
                self.chain = None;
                self.at = self.at.saturating_add(1);
            }
        }
        None
    }
}
