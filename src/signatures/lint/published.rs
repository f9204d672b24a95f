//! What a published list must have.

use std::collections::BTreeSet;

use super::{Complaints, is_date};
use crate::signatures::Ruleset;
use crate::signatures::published::PublishedList;
use crate::signatures::schema::Status;

impl Complaints {
    pub(super) fn published(&mut self, ruleset: &Ruleset) {
        for (id, list) in ruleset.published().lists() {
            self.list(id, list);
        }
    }

    fn list(&mut self, id: &str, list: &PublishedList) {
        self.id(id);
        for text in [&list.title, &list.statement] {
            for text in [&text.en, &text.zh] {
                if text.trim().is_empty() {
                    self.add(
                        id,
                        "D03",
                        "a title or statement is empty",
                        "give it in both languages",
                    );
                }
            }
        }
        if list.status == Status::Stable && list.references.is_empty() && list.sources.is_empty() {
            self.add(id, "D05", "a stable list has no source", "add a reference");
        }
        self.references(id, false, &list.references);
        self.dates(id, &list.added, list.modified.as_ref(), list.withdrawn.as_ref());
        if !is_partial_date(&list.date) {
            let problem = format!("`{}` is no date", list.date);
            self.add(id, "L01", problem, "write YYYY, YYYY-MM or YYYY-MM-DD");
        }
        if list.publisher.trim().is_empty() {
            self.add(id, "L02", "the publisher is empty", "say who published the list");
        }
        let mut seen = BTreeSet::new();
        for value in list.entries.iter().filter_map(|entry| entry.get_ref().listed()) {
            if !seen.insert(value) {
                let problem = format!("`{}` stands here twice", value.1);
                self.add(id, "L03", problem, "keep one of them");
            }
        }
    }
}

/// A day, a month or a year.
fn is_partial_date(text: &str) -> bool {
    is_date(text) || is_date(&format!("{text}-01")) || is_date(&format!("{text}-01-01"))
}
