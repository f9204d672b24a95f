//! What indicators, and the kinds they are made of, must have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, codes};
use crate::signatures::load::INDICATOR_FOLDERS;
use crate::signatures::schema::{Indicator, Status};
use crate::signatures::{Ruleset, references};

impl Complaints<'_> {
    pub(super) fn indicators(&mut self, ruleset: &Ruleset) {
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for indicator in ruleset.indicators_in_order() {
            let id = indicator.id.get_ref();
            self.open_signature(&INDICATOR_FOLDERS, id);
            self.at(&indicator.id.span());
            self.indicator(id, indicator, ruleset);
            // Two findings of a report do not read the same.
            for title in [indicator.title.en.as_str(), indicator.title.zh.as_str()] {
                if let Some(other) = owners.insert(title, id).filter(|other| other != id) {
                    self.add(id, codes::D16, &[("title", title), ("other", other)]);
                }
            }
        }
    }

    fn indicator(&mut self, id: &str, indicator: &Indicator, ruleset: &Ruleset) {
        let is_stable = indicator.status == Status::Stable;
        self.id(id);
        self.title(id, &indicator.title);
        if is_stable {
            self.texts(
                id,
                &[
                    ("description", &indicator.description),
                    ("impact", &indicator.impact),
                    ("false-positives", &indicator.false_positives),
                    ("false-negatives", &indicator.false_negatives),
                ],
            );
            self.both_sorts(id, &indicator.examples);
        }
        self.references(id, is_stable, &indicator.references);
        let withdrawn = indicator.withdrawn.as_ref();
        self.dates(id, &indicator.added, indicator.modified.as_ref(), withdrawn);
        for related in &indicator.related {
            if ruleset.indicator(related.get_ref()).is_none() {
                self.add_at(&related.span(), id, codes::D08, &[("related", related.get_ref())]);
            }
        }
    }

    /// Every kind of `kinds.toml` has an entry in the vocabulary, which has those of `entries`, and an
    /// indicator that uses it.
    pub(super) fn kinds(&mut self, ruleset: &Ruleset, entries: &BTreeSet<String>) {
        let used: BTreeSet<&str> = ruleset.indicators_in_order().flat_map(references).collect();
        self.open("kinds.toml");
        for kind in ruleset.kinds().keys() {
            self.at_text(&format!("[kind.{kind}]"));
            // Neighbouring permissions are listed for rules that others add.
            if !kind.starts_with("permission-") && !used.contains(kind.as_str()) {
                self.add(kind, codes::D13, &[]);
            }
            if !entries.contains(kind) {
                self.add(kind, codes::D12, &[]);
            }
        }
    }
}
