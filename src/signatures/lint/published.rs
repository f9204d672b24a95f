//! What a published list must have.

use std::collections::BTreeSet;

use super::statements::is_date;
use super::{Complaints, codes};
use crate::signatures::Ruleset;
use crate::signatures::published::PublishedList;
use crate::signatures::schema::Status;

impl Complaints<'_> {
    pub(super) fn published(&mut self, ruleset: &Ruleset) {
        for (id, list) in ruleset.published().lists() {
            self.open_signature(&["published"], id);
            self.at(&list.id.span());
            self.list(id, list);
        }
    }

    fn list(&mut self, id: &str, list: &PublishedList) {
        self.id(id);
        for text in [&list.title, &list.statement] {
            for text in [&text.en, &text.zh] {
                if text.trim().is_empty() {
                    self.add(id, codes::D03, &[]);
                }
            }
        }
        if list.status == Status::Stable && list.references.is_empty() && list.sources.is_empty() {
            self.add(id, codes::D05, &[]);
        }
        self.references(id, false, &list.references);
        self.dates(id, &list.added, list.modified.as_ref(), list.withdrawn.as_ref());
        if !is_partial_date(&list.date) {
            self.add(id, codes::L01, &[("date", &list.date)]);
        }
        if list.publisher.trim().is_empty() {
            self.add(id, codes::L02, &[]);
        }
        for entry in &list.entries {
            let (span, entry) = (entry.span(), entry.get_ref());
            if let Some(confidence) = &entry.confidence
                && !["high", "medium", "low"].contains(&confidence.as_str())
            {
                self.add_at(&span, id, codes::L04, &[("confidence", confidence)]);
            }
            if let Some(country) = &entry.country
                && !(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()))
            {
                self.add_at(&span, id, codes::L05, &[("country", country)]);
            }
        }
        let mut seen = BTreeSet::new();
        for entry in &list.entries {
            let Some(value) = entry.get_ref().listed() else {
                continue;
            };
            if !seen.insert(value) {
                self.add_at(&entry.span(), id, codes::L03, &[("value", value.1)]);
            }
        }
    }
}

/// A day, a month or a year.
fn is_partial_date(text: &str) -> bool {
    is_date(text) || is_date(&format!("{text}-01")) || is_date(&format!("{text}-01-01"))
}
