//! What a rule of a store or country must have.

use super::Complaints;
use crate::facts::FactSet;
use crate::matching;
use crate::policies::{Subject, judge};
use crate::signatures::Ruleset;
use crate::signatures::policy::{Jurisdiction, Rule, RuleExample, RuleVerdict};
use crate::signatures::sdk::Check;

impl Complaints {
    pub(super) fn policies(&mut self, ruleset: &Ruleset) {
        for file in ruleset.policies() {
            self.title(file.id.get_ref(), &file.name);
            for rule in &file.rule {
                self.rule(&file.full_id(rule.get_ref()), rule.get_ref(), ruleset.as_of());
            }
        }
    }

    fn rule(&mut self, id: &str, rule: &Rule, as_of: &str) {
        self.id(&rule.id);
        self.title(id, &rule.title);
        if rule.instrument.trim().is_empty() {
            self.add(
                id,
                "P01",
                "the instrument is empty",
                "name the law, circular or policy",
            );
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
            self.add(
                id,
                "P02",
                "it ends before it begins",
                "mend `in-force` or `until`",
            );
        }
        if rule.sources.is_empty() && rule.check != Check::Unsourced {
            self.add(
                id,
                "P03",
                "it has no source",
                "name where it was read, or state `unsourced`",
            );
        }
        let permissions = rule.forbids.iter().chain(&rule.limits);
        for name in permissions.filter(|name| !name.contains('.')) {
            let problem = format!("`{name}` is not the full name of a permission");
            self.add(id, "P04", problem, "write android.permission.…");
        }
        if let Some(both) = rule.forbids.iter().find(|name| rule.limits.contains(name)) {
            let problem = format!("`{both}` is both forbidden and limited");
            self.add(id, "P05", problem, "leave it in one of the lists");
        }
        self.verdicts_shown(id, rule, as_of);
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
                let problem = format!("no example has the verdict `{}`", verdict.name());
                self.add(id, "P06", problem, "add one");
            }
        }
    }

    pub(super) fn run_policies(&mut self, ruleset: &Ruleset) {
        for file in ruleset.policies() {
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
            let Some(facts) = self.facts(&id, example.facts.get_ref()) else {
                continue;
            };
            let found = verdict(&facts, file, rule, example, ruleset);
            if found != Some(example.verdict) {
                let found = found.map_or("none", RuleVerdict::name);
                let problem = format!("an example gives `{found}` and not `{}`", example.verdict.name());
                self.add(&id, "P07", problem, "mend the rule or the example");
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
