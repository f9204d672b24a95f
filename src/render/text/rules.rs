//! What the rules of stores and countries say of the app: first what is broken or may be, by store
//! and country; then how many say nothing.

use anstyle::{AnsiColor, Style};

use super::{Sheet, borrowed};
use crate::render::layout::Span;
use crate::render::named;
use crate::render::sanitize::short;
use crate::report::v1::{Policy, Verdict};

impl Sheet<'_> {
    pub(super) fn policies(&mut self) {
        let report = self.report;
        if report.policies.is_empty() {
            return;
        }
        self.heading("policies");
        let mut last = "";
        for policy in report.policies.iter().filter(|policy| says_something(policy)) {
            if policy.jurisdiction != last {
                let name = self.jurisdiction(&policy.jurisdiction);
                self.page
                    .paragraph(&"  ".into(), &[Span::styled(name, Style::new().bold())]);
                last = &policy.jurisdiction;
            }
            self.policy(policy);
        }
        let count = |wanted: &dyn Fn(&Policy) -> bool| {
            let same = report.policies.iter().filter(|policy| wanted(policy));
            same.count().to_string()
        };
        let values = [
            ("meets", count(&|policy| policy.verdict == Verdict::Meets)),
            ("unseen", count(&|policy| policy.reason == "not-visible")),
            (
                "rest",
                count(&|policy| policy.verdict == Verdict::NotApplicable && policy.reason != "not-visible"),
            ),
        ];
        let text = self.say("policies-rest", &borrowed(&values));
        self.quiet(2, text);
    }

    fn policy(&mut self, policy: &Policy) {
        let tag = self.messages.language().tag();
        let style = match policy.verdict {
            Verdict::Breaks => AnsiColor::Red.on_default().bold(),
            _ => AnsiColor::Yellow.on_default().bold(),
        };
        let title = short(policy.titles.get(tag).unwrap_or(&policy.title));
        let mut spans = vec![
            Span::styled(named(self.messages, "verdict", &policy.verdict), style),
            format!("  {}", short(&policy.rule)).into(),
        ];
        if !title.is_empty() {
            spans.push(format!("{}{title}", self.colon()).into());
        }
        self.page.paragraph(&"    ".into(), &spans);
        let list = self.messages.text("phrase", "list");
        let of_permissions = !policy.reason.ends_with("-behaviour");
        let of_behaviours = !policy.reason.ends_with("-permission");
        let permissions = policy.permissions.iter().filter(|_| of_permissions);
        let behaviours = policy.behaviours.iter().filter(|_| of_behaviours);
        let names: Vec<String> = permissions.chain(behaviours).map(|name| short(name)).collect();
        let reason = self.messages.text("policy-reason", &policy.reason).to_owned();
        let colon = self.colon();
        let rests = match (reason.is_empty(), names.is_empty()) {
            (_, true) => reason,
            (true, false) => names.join(list),
            (false, false) => format!("{reason}{colon}{}", names.join(list)),
        };
        if !rests.is_empty() {
            self.quiet(6, rests);
        }
        self.quiet(6, self.origin(policy));
    }

    /// Instrument, clause, day, and whether the text is confirmed.
    fn origin(&self, policy: &Policy) -> String {
        let list = self.messages.text("phrase", "list");
        let mut parts = vec![short(&policy.instrument)];
        parts.extend(policy.clause.as_deref().map(short));
        parts.extend(
            policy
                .in_force
                .as_deref()
                .map(|day| self.say("policy-in-force", &[("day", &short(day))])),
        );
        if policy.check != "official" {
            parts.push(self.say("policy-not-confirmed", &[("day", &short(&policy.checked_on))]));
        }
        parts.retain(|part| !part.is_empty());
        parts.join(list)
    }

    /// The name of a store or country: ours, or for one of a folder of rules of somebody's own the
    /// name that its rules give it.
    pub(super) fn jurisdiction(&self, id: &str) -> String {
        let short_id = |id: &str| id.rsplit(':').next().unwrap_or_default().to_lowercase();
        let wanted = short_id(id);
        if let Some(name) = self.messages.find("jurisdiction", &wanted) {
            return name.to_owned();
        }
        let mut policies = self.report.policies.iter();
        let tag = self.messages.language().tag();
        let name = policies
            .find(|policy| short_id(&policy.jurisdiction) == wanted)
            .map(|policy| {
                let names = &policy.jurisdiction_names;
                names.get(tag).unwrap_or(&policy.jurisdiction_name)
            })
            .filter(|name| !name.trim().is_empty());
        short(name.map_or(id, String::as_str))
    }
}

fn says_something(policy: &Policy) -> bool {
    matches!(policy.verdict, Verdict::Breaks | Verdict::MayBreak)
}
