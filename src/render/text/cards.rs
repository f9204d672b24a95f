//! What the score rests on, and the findings that bear no weight.

use anstyle::Style;

use super::Sheet;
use crate::render::layout::Span;
use crate::render::named;
use crate::render::sanitize::short;
use crate::report::v1::{Card, Contribution, Finding, Level, Score};

/// Columns of a weight such as `+10.5 dB` with the space before and behind it.
const WEIGHT: usize = 12;

impl Sheet<'_> {
    pub(super) fn cards(&mut self, score: &Score) {
        let lending = if score.lending_db >= 0.0 {
            "lending"
        } else {
            "lending-weak"
        };
        self.card(lending, Card::Lending, score.lending_db, score);
        self.card("harvest-card", Card::Harvest, score.harvest_db, score);
    }

    fn card(&mut self, heading: &str, card: Card, sum: f64, score: &Score) {
        self.heading(heading);
        let text = self.say("sum", &[("db", &format!("{sum:+.1}"))]);
        self.page.paragraph(&"  ".into(), &[text.into()]);
        let mut empty = true;
        for one in score.contributions.iter().filter(|one| one.card == card) {
            self.contribution(one);
            empty = false;
        }
        if empty {
            let text = self.say("no-weighed", &[]);
            self.page.paragraph(&"  ".into(), &[text.into()]);
        }
    }

    fn contribution(&mut self, one: &Contribution) {
        let finding = self.report.findings.iter().find(|finding| finding.id == one.id);
        let lead = format!("{:>1$} dB  ", format!("{:+.1}", one.db), WEIGHT - 5);
        let spans = self.indicator(&one.id, one.level, finding);
        self.page.paragraph(&lead.into(), &spans);
        self.places(WEIGHT, &one.evidence);
    }

    /// The title in the language of the reader, else in English.
    fn title<'f>(&self, finding: &'f Finding) -> &'f str {
        finding
            .titles
            .get(self.messages.language().tag())
            .unwrap_or(&finding.title)
    }

    /// Id, title and degree of evidence of an indicator.
    fn indicator(&self, id: &str, level: Level, finding: Option<&Finding>) -> Vec<Span> {
        let title = finding
            .map(|finding| self.title(finding))
            .filter(|title| !title.is_empty())
            .map(|title| format!("{}{}", self.colon(), short(title)));
        vec![
            Span::styled(short(id), Style::new().bold()),
            title.unwrap_or_default().into(),
            format!(" [{}]", named(self.messages, "level", &level)).into(),
        ]
    }

    /// Findings that no contribution shows already.
    pub(super) fn findings(&mut self) {
        let report = self.report;
        let weighed = |finding: &Finding| {
            let contributions = report.score.iter().flat_map(|score| &score.contributions);
            contributions.into_iter().any(|one| one.id == finding.id)
        };
        let rest: Vec<&Finding> = report.findings.iter().filter(|one| !weighed(one)).collect();
        if rest.is_empty() {
            return;
        }
        self.heading("findings");
        for finding in rest {
            let spans = self.indicator(&finding.id, finding.level, Some(finding));
            self.page.paragraph(&"  ".into(), &spans);
            self.places(4, &finding.evidence);
        }
    }
}
