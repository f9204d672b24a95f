//! What a rule of a store or country must have.

use std::collections::BTreeSet;

use super::{Complaints, codes};
use crate::facts::FactSet;
use crate::matching;
use crate::policies::{Subject, judge};
use crate::signatures::Ruleset;
use crate::signatures::policy::{Jurisdiction, Rule, RuleExample, RuleVerdict};
use crate::signatures::sdk::Check;

impl Complaints<'_> {
    pub(super) fn policies(&mut self, ruleset: &Ruleset) {
        let terms = ruleset.lexicon().terms();
        let languages: BTreeSet<&str> = terms.map(|(_, term)| term.language.as_str()).collect();
        for file in ruleset.policies() {
            self.open_signature(&["policies"], file.id.get_ref());
            self.at(&file.id.span());
            self.title(file.id.get_ref(), &file.name);
            for language in file
                .languages
                .iter()
                .filter(|language| !languages.contains(language.as_str()))
            {
                self.add(file.id.get_ref(), codes::P10, &[("language", language)]);
            }
            for rule in &file.rule {
                self.at(&rule.span());
                self.rule(&file.full_id(rule.get_ref()), rule.get_ref(), ruleset.as_of());
            }
        }
    }

    fn rule(&mut self, id: &str, rule: &Rule, as_of: &str) {
        self.id(&rule.id);
        self.title(id, &rule.title);
        if rule.instrument.trim().is_empty() {
            self.add(id, codes::P01, &[]);
        }
        let days = [
            rule.in_force.as_deref(),
            rule.until.as_deref(),
            Some(&rule.checked_on),
        ];
        for day in days.into_iter().flatten() {
            self.date(id, day);
        }
        if matches!((&rule.in_force, &rule.until), (Some(from), Some(until)) if until < from) {
            self.add(id, codes::P02, &[]);
        }
        if rule.sources.is_empty() && rule.check != Check::Unsourced {
            self.add(id, codes::P03, &[]);
        }
        self.age(id, &rule.checked_on, as_of);
        self.withdrawal(id, rule.withdrawn.as_ref());
        let permissions = rule.forbids.iter().chain(&rule.limits);
        for name in permissions.filter(|name| !name.contains('.')) {
            self.add(id, codes::P04, &[("permission", name)]);
        }
        if let Some(both) = rule.forbids.iter().find(|name| rule.limits.contains(name)) {
            self.add(id, codes::P05, &[("permission", both)]);
        }
        self.verdicts_shown(id, rule, as_of);
    }

    /// Laws change: a rule is looked at again within two years of the day the set states.
    fn age(&mut self, id: &str, checked_on: &str, as_of: &str) {
        if checked_on > as_of {
            self.add(id, codes::P09, &[("day", checked_on), ("as-of", as_of)]);
        }
        let year = |day: &str| day.get(..4).and_then(|year| year.parse::<u32>().ok());
        let (Some(then), Some(now)) = (year(checked_on), year(as_of)) else {
            return;
        };
        // Days of one form compare like their letters: the part behind the year is month and day.
        let is_old = then.saturating_add(2) < now
            || (then.saturating_add(2) == now && checked_on.get(4..) < as_of.get(4..));
        if is_old {
            self.add(id, codes::P08, &[("day", checked_on)]);
        }
    }

    /// Each verdict that a rule can give has an example.
    fn verdicts_shown(&mut self, id: &str, rule: &Rule, as_of: &str) {
        if rule.withdrawn.is_some() {
            return;
        }
        let is_later = rule.in_force.as_deref().is_some_and(|day| day > as_of);
        let is_judged = rule.until.is_none() && !is_later;
        let breaks = !(rule.forbids.is_empty() && rule.forbids_behaviour.is_empty());
        let may_break = !(rule.limits.is_empty() && rule.limits_behaviour.is_empty());
        let wanted = [
            (RuleVerdict::Breaks, is_judged && breaks),
            (RuleVerdict::MayBreak, is_judged && may_break),
            (RuleVerdict::Meets, is_judged && rule.is_visible()),
            (RuleVerdict::NotApplicable, !is_judged || !rule.is_visible()),
        ];
        for (verdict, _) in wanted.into_iter().filter(|(_, wanted)| *wanted) {
            if !rule.example.iter().any(|example| example.verdict == verdict) {
                self.add(id, codes::P06, &[("verdict", verdict.name())]);
            }
        }
    }

    pub(super) fn run_policies(&mut self, ruleset: &Ruleset) {
        for file in ruleset.policies() {
            self.open_signature(&["policies"], file.id.get_ref());
            for rule in file.rule.iter().map(|rule| rule.get_ref()) {
                if rule.withdrawn.is_none() {
                    self.run_rule(file, rule, ruleset);
                }
            }
        }
    }

    fn run_rule(&mut self, file: &Jurisdiction, rule: &Rule, ruleset: &Ruleset) {
        let id = file.full_id(rule);
        for example in &rule.example {
            let Some(facts) = self.facts(&id, &example.facts) else {
                continue;
            };
            let found = verdict(&facts, file, rule, example, ruleset);
            if found != Some(example.verdict) {
                let found = found.map_or("none", RuleVerdict::name);
                let values = [("found", found), ("expected", example.verdict.name())];
                self.add_at(&example.facts.span(), &id, codes::P07, &values);
            }
        }
    }
}

fn verdict(
    facts: &FactSet,
    file: &Jurisdiction,
    rule: &Rule,
    example: &RuleExample,
    ruleset: &Ruleset,
) -> Option<RuleVerdict> {
    let findings = matching::findings(facts, ruleset);
    let subject = Subject {
        facts,
        findings: &findings,
        target_sdk: example.target_sdk,
        is_assessable: true,
    };
    let verdicts = judge(&subject, &[file], ruleset);
    verdicts
        .iter()
        .find(|verdict| verdict.rule.id == rule.id)
        .map(|verdict| verdict.verdict)
}
