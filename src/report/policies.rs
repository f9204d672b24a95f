//! The verdicts on rules of stores and countries, on the wire.

use std::collections::BTreeMap;

use super::v1;
use crate::policies::Verdict;
use crate::signatures::policy::RuleVerdict;
use crate::signatures::schema::Text;

/// One row for each rule.
#[must_use]
pub fn rows(verdicts: &[Verdict<'_>]) -> Vec<v1::Policy> {
    verdicts.iter().map(row).collect()
}

fn row(verdict: &Verdict<'_>) -> v1::Policy {
    let rule = verdict.rule;
    let name = &verdict.jurisdiction.name;
    v1::Policy {
        rule: verdict.jurisdiction.full_id(rule),
        jurisdiction: verdict.jurisdiction.jurisdiction.get_ref().clone(),
        jurisdiction_name: name.en.clone(),
        jurisdiction_names: chinese(name),
        verdict: match verdict.verdict {
            RuleVerdict::Breaks => v1::Verdict::Breaks,
            RuleVerdict::MayBreak => v1::Verdict::MayBreak,
            RuleVerdict::Meets => v1::Verdict::Meets,
            RuleVerdict::NotApplicable => v1::Verdict::NotApplicable,
        },
        permissions: verdict.permissions.clone(),
        behaviours: verdict.behaviours.clone(),
        reason: verdict.reason.name().to_owned(),
        title: rule.title.en.clone(),
        titles: chinese(&rule.title),
        instrument: rule.instrument.clone(),
        clause: rule.clause.clone(),
        in_force: rule.in_force.clone(),
        check: rule.check.name().to_owned(),
        sources: rule.sources.clone(),
        checked_on: rule.checked_on.clone(),
    }
}

fn chinese(text: &Text) -> BTreeMap<String, String> {
    BTreeMap::from([("zh-CN".to_owned(), text.zh.clone())])
}
