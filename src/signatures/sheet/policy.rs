//! What a rule of a store or country says.

use super::{Body, Cell, Sheet, code, signatures, sources, text};
use crate::signatures::catalogue::Catalogue;
use crate::signatures::policy::{Rule, RuleExample};

impl Sheet {
    pub(super) fn rule(&mut self, catalogue: &Catalogue<'_>) {
        let found = catalogue
            .rules()
            .find(|(file, rule)| file.full_id(rule) == self.entry.id);
        let Some((file, rule)) = found else { return };
        self.fact(
            "jurisdiction",
            text(format!("{} / {}", file.name.en, file.name.zh)),
        );
        self.fact("instrument", text(&rule.instrument));
        self.optional("clause", rule.clause.as_ref());
        self.fact("binds", code(rule.binds.name()));
        let unknown = "unknown".to_owned();
        self.fact("in-force", text(rule.in_force.as_ref().unwrap_or(&unknown)));
        self.optional("in-force-note", rule.in_force_note.as_ref());
        self.optional("until", rule.until.as_ref());
        if let Some(level) = rule.min_target_sdk {
            self.fact("min-target-sdk", text(level.to_string()));
        }
        self.fact("checked-on", text(&rule.checked_on));
        self.both_languages("says", &rule.title);
        self.prose("quote", rule.quote.as_deref().unwrap_or_default());
        self.conditions(rule);
        if rule.is_visible() || rule.has_behaviour() {
            self.part("false-positives", Body::Said("policies-false-positives"));
            self.part("false-negatives", Body::Said("policies-false-negatives"));
        } else {
            self.part("not-visible", Body::Said("policies-not-visible"));
        }
        self.part("sources", Body::Items(sources(&rule.sources)));
        self.prose("note", rule.note.as_deref().unwrap_or_default());
        self.part(
            "examples",
            Body::Rows {
                columns: &["facts", "target-sdk", "verdict"],
                rows: rule.example.iter().map(example).collect(),
            },
        );
    }

    fn conditions(&mut self, rule: &Rule) {
        self.names("forbids", &rule.forbids);
        self.names("limits", &rule.limits);
        for (key, ids) in [
            ("forbids-behaviour", &rule.forbids_behaviour),
            ("limits-behaviour", &rule.limits_behaviour),
            ("unless", &rule.unless),
        ] {
            let links = ids.iter().map(|id| signatures([id.as_str()]));
            self.part(key, Body::Items(links.collect()));
        }
    }
}

fn example(example: &RuleExample) -> Vec<Cell> {
    let facts = example.facts.get_ref().trim().lines();
    let target = example.target_sdk.map(|level| level.to_string());
    vec![
        facts.flat_map(|line| code(line.trim())).collect(),
        text(target.unwrap_or_default()),
        code(example.verdict.name()),
    ]
}
