//! An evaluation as a person reads it: what was compared, then a table for each kind of measure.

use anstyle::Style;

use super::{NONE, decibans, number, rule, title, with_interval};
use crate::evaluation::gather::Listed;
use crate::evaluation::{Decision, Evaluation, Label, Measures, Outcome};
use crate::messages::Messages;
use crate::render::layout::{Page, Span, cut, padded, width};
use crate::render::sanitize::short;
use crate::render::{grouped, named, wire_name};

/// Columns of a name in a table.
const NAME: usize = 40;

/// Digits of a digest that are shown.
const DIGEST: usize = 12;

/// Bands from the highest down, then what has none.
const OUTCOMES: [Outcome; 5] = [
    Outcome::High,
    Outcome::Elevated,
    Outcome::Low,
    Outcome::NotAssessable,
    Outcome::Failed,
];

/// The text of `evaluation` for a terminal of `columns` columns, with ANSI styles. Tables are as wide
/// as they are.
#[must_use]
pub fn text(evaluation: &Evaluation, messages: &Messages, columns: usize) -> String {
    let mut sheet = Sheet {
        text: String::new(),
        columns,
        messages,
    };
    sheet.paragraph(
        "",
        Span::styled(title(evaluation, "title", messages), Style::new().bold()),
    );
    sheet.input(evaluation);
    let measures = &evaluation.measures;
    sheet.outcomes(measures);
    sheet.decisions(&measures.decisions);
    sheet.ranking(measures);
    sheet.calibration(measures);
    sheet.languages(measures);
    sheet.signatures(measures);
    sheet.text
}

/// On which side the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}
use Side::{Left, Right};

struct Sheet<'m> {
    text: String,
    columns: usize,
    messages: &'m Messages,
}

impl Sheet<'_> {
    fn say(&self, key: &str) -> String {
        self.messages.text("eval", key).to_owned()
    }

    fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.messages.fill("eval", key, values)
    }

    fn paragraph(&mut self, lead: &str, span: Span) {
        let mut page = Page::new(self.columns);
        page.paragraph(&Span::styled(lead, Style::new().dimmed()), &[span]);
        self.text.push_str(&page.finish());
    }

    fn heading(&mut self, key: &str) {
        self.text.push('\n');
        let text = self.say(key);
        self.paragraph("", Span::styled(text, Style::new().bold()));
    }

    /// Cells in columns; a column without a side stands on the left.
    fn table(&mut self, sides: &[Side], rows: &[Vec<String>]) {
        let side = |column: usize| sides.get(column).copied().unwrap_or(Left);
        let wide = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..sides.len()).map(wide).collect();
        for row in rows {
            let cells = row.iter().zip(&widths).enumerate();
            let line: Vec<String> = cells
                .map(|(column, (cell, wide))| match side(column) {
                    Left => padded(cell, *wide),
                    Right => format!("{}{cell}", " ".repeat(wide.saturating_sub(width(cell)))),
                })
                .collect();
            self.text.push_str("  ");
            self.text.push_str(line.join("  ").trim_end());
            self.text.push('\n');
        }
    }

    /// What was compared and how.
    fn input(&mut self, evaluation: &Evaluation) {
        let mut fields = vec![
            ("reports", self.reports(evaluation)),
            ("rows", self.rows(evaluation)),
            (
                "probability",
                named(self.messages, "eval-probability", &evaluation.card),
            ),
            ("groups", self.groups(evaluation)),
            ("intervals", self.intervals(evaluation)),
        ];
        let rules = &evaluation.matching.rules;
        fields.extend(rules.iter().map(|used| {
            let values = [
                ("version", &*short(&used.ruleset.version)),
                ("sha256", &*digest(&used.ruleset.sha256)),
                ("tool", &*short(&used.tool)),
                ("count", &*grouped(used.reports)),
            ];
            ("rules", self.fill("rules-used", &values))
        }));
        let own = &evaluation.tool.ruleset;
        if rules.iter().any(|used| used.ruleset != *own) {
            let values = [("version", &*own.version), ("sha256", &*digest(&own.sha256))];
            fields.push(("weights", self.fill("other-rules", &values)));
        }
        self.text.push('\n');
        let label = |key: &str| self.say(key);
        let columns = fields
            .iter()
            .map(|(key, _)| width(&label(key)))
            .max()
            .unwrap_or(0);
        let leads: Vec<String> = fields
            .iter()
            .map(|(key, _)| format!("  {}  ", padded(&label(key), columns)))
            .collect();
        for (lead, (_, value)) in leads.iter().zip(fields) {
            self.paragraph(lead, value.into());
        }
    }

    fn reports(&self, evaluation: &Evaluation) -> String {
        let matching = &evaluation.matching;
        let values = [
            ("read", &*grouped(matching.reports)),
            ("labelled", &*grouped(matching.labelled)),
            ("unsure", &*grouped(matching.unsure)),
            ("repeated", &*grouped(matching.repeated)),
        ];
        self.fill("reports-read", &values) + &self.listed("reports-unlabelled", &matching.unlabelled)
    }

    fn rows(&self, evaluation: &Evaluation) -> String {
        let matching = &evaluation.matching;
        let values = [("rows", &*grouped(matching.rows))];
        self.fill("rows-read", &values) + &self.listed("rows-unmatched", &matching.unmatched_rows)
    }

    /// How many there are, and the names of the first.
    fn listed(&self, key: &str, listed: &Listed) -> String {
        let count = self.fill(key, &[("count", &grouped(listed.count))]);
        if listed.first.is_empty() {
            return count;
        }
        let names: Vec<String> = listed.first.iter().map(|name| short(name)).collect();
        let more = if listed.count > names.len() as u64 {
            "…"
        } else {
            ""
        };
        let list = self.messages.text("phrase", "list");
        let names = format!(
            "{}{}{more}",
            names.join(list),
            if more.is_empty() { "" } else { list }
        );
        self.fill("named", &[("what", &count), ("names", names.trim_end())])
    }

    fn groups(&self, evaluation: &Evaluation) -> String {
        let bootstrap = &evaluation.bootstrap;
        let count = |number: usize| grouped(number as u64);
        let values = [
            ("by", &*named(self.messages, "eval-grouping", &bootstrap.grouping)),
            ("groups", &*count(bootstrap.groups)),
            ("positive", &*count(bootstrap.positive_groups)),
            ("negative", &*count(bootstrap.negative_groups)),
        ];
        self.fill("groups-by", &values)
    }

    fn intervals(&self, evaluation: &Evaluation) -> String {
        let bootstrap = &evaluation.bootstrap;
        match bootstrap.missing {
            Some(missing) => named(self.messages, "eval-missing", &missing),
            None => {
                let values = [
                    ("resamples", &*grouped(u64::from(bootstrap.resamples))),
                    ("seed", &*bootstrap.seed.to_string()),
                ];
                self.fill("intervals-by", &values)
            }
        }
    }

    fn outcomes(&mut self, measures: &Measures) {
        self.heading("outcomes");
        let mut rows = vec![vec![
            String::new(),
            self.say("positive"),
            String::new(),
            self.say("negative"),
        ]];
        let cell = |label: Label, outcome: Outcome| {
            let mut cells = measures.confusion.iter();
            let cell = cells.find(|cell| cell.label == label && cell.outcome == outcome);
            cell.map(|cell| (cell.count, cell.share)).unwrap_or_default()
        };
        for outcome in OUTCOMES {
            let name = wire_name(&outcome);
            let name = self
                .messages
                .find("band-short", &name)
                .unwrap_or(self.messages.text("status", &name));
            let mut row = vec![name.to_owned()];
            for label in [Label::Positive, Label::Negative] {
                let (count, share) = cell(label, outcome);
                row.extend([grouped(count), with_interval(&share, number)]);
            }
            rows.push(row);
        }
        let mut all = vec![self.say("all")];
        let mut assessed = vec![self.say("assessed")];
        for label in &measures.assessed {
            all.extend([grouped(label.count), String::new()]);
            assessed.extend([grouped(label.assessed), with_interval(&label.coverage, number)]);
        }
        rows.extend([all, assessed]);
        self.table(&[Left, Right, Left, Right, Left], &rows);
    }

    fn decisions(&mut self, decisions: &[Decision]) {
        self.heading("decisions");
        type Cell = fn(&Decision) -> String;
        let lines: [(&str, Cell); 9] = [
            ("true-positives", |one| grouped(one.true_positives)),
            ("false-positives", |one| grouped(one.false_positives)),
            ("false-negatives", |one| grouped(one.false_negatives)),
            ("true-negatives", |one| grouped(one.true_negatives)),
            ("precision", |one| with_interval(&one.precision, number)),
            ("recall", |one| with_interval(&one.recall, number)),
            ("recall-of-all", |one| with_interval(&one.recall_of_all, number)),
            ("false-alarm-rate", |one| {
                with_interval(&one.false_alarm_rate, number)
            }),
            ("f1", |one| with_interval(&one.f1, number)),
        ];
        let mut header = vec![self.say("called")];
        header.extend(decisions.iter().map(|one| rule(one.rule, self.messages)));
        let mut rows = vec![header];
        for (key, cell) in lines {
            let mut row = vec![self.say(key)];
            row.extend(decisions.iter().map(cell));
            rows.push(row);
        }
        self.table(&vec![Left; decisions.len() + 1], &rows);
    }

    fn ranking(&mut self, measures: &Measures) {
        self.heading("ranking");
        let ranking = &measures.ranking;
        let chance = |value: Option<f64>| self.fill("by-chance", &[("value", &number(value))]);
        let mut rows = vec![
            vec![
                self.say("average-precision"),
                with_interval(&ranking.average_precision, number),
                chance(ranking.prevalence.value),
            ],
            vec![
                self.say("roc-auc"),
                with_interval(&ranking.roc_auc, number),
                chance(Some(0.5)),
            ],
        ];
        for at in &ranking.recall_at {
            let rate = format!("{} %", at.false_alarm_rate * 100.0);
            let from = at.from.filter(|_| at.recall.value.is_some());
            let from = from.map(|from| self.fill("from", &[("value", &number(Some(from)))]));
            rows.push(vec![
                self.fill("recall-at", &[("rate", &rate)]),
                with_interval(&at.recall, number),
                from.unwrap_or_default(),
            ]);
        }
        self.table(&[Left, Left, Left], &rows);
    }

    fn calibration(&mut self, measures: &Measures) {
        self.heading("calibration");
        let calibration = &measures.calibration;
        let constant = number(calibration.brier_baseline.value);
        let rows = [
            vec![
                self.say("brier"),
                with_interval(&calibration.brier, number),
                self.fill("constant", &[("value", &constant)]),
            ],
            vec![
                self.say("brier-skill"),
                with_interval(&calibration.brier_skill, number),
            ],
            vec![
                self.say("calibration-error"),
                with_interval(&calibration.expected_calibration_error, number),
            ],
        ];
        self.table(&[Left, Left, Left], &rows);
        self.text.push('\n');
        let header = ["bin", "apps", "positive", "predicted", "observed"];
        let mut rows = vec![header.map(|key| self.say(key)).to_vec()];
        for bin in calibration.bins.iter().filter(|bin| bin.count > 0) {
            rows.push(vec![
                format!("{:.1}–{:.1}", bin.from, bin.to),
                grouped(bin.count),
                grouped(bin.positives),
                number(bin.predicted),
                with_interval(&bin.observed, number),
            ]);
        }
        self.table(&[Left, Right, Right, Right, Left], &rows);
    }

    fn languages(&mut self, measures: &Measures) {
        let Some(first) = measures.decisions.first() else {
            return;
        };
        if measures.languages.is_empty() {
            return;
        }
        self.heading("languages");
        let text = self.fill("languages-by", &[("rule", &rule(first.rule, self.messages))]);
        self.paragraph("  ", text.into());
        let header = [
            "language",
            "positive",
            "assessed",
            "found",
            "recall",
            "recall-of-all",
        ];
        let mut rows = vec![header.map(|key| self.say(key)).to_vec()];
        for language in &measures.languages {
            rows.push(vec![
                cut(&short(&language.language), NAME),
                grouped(language.positives),
                grouped(language.assessed),
                grouped(language.found),
                with_interval(&language.recall, number),
                with_interval(&language.recall_of_all, number),
            ]);
        }
        self.table(&[Left, Right, Right, Right, Left, Left], &rows);
    }

    fn signatures(&mut self, measures: &Measures) {
        if measures.signatures.is_empty() {
            return;
        }
        self.heading("signatures");
        let header = ["signature", "card", "positive", "negative", "weight", "lift"];
        let mut rows = vec![header.map(|key| self.say(key)).to_vec()];
        for lift in &measures.signatures {
            let card = lift.card.map(|card| named(self.messages, "eval-card", &card));
            rows.push(vec![
                cut(&short(&lift.id), NAME),
                card.unwrap_or_else(|| NONE.to_owned()),
                grouped(lift.positives),
                grouped(lift.negatives),
                decibans(lift.weight_db),
                with_interval(&lift.lift_db, decibans),
            ]);
        }
        self.table(&[Left, Left, Right, Right, Right, Left], &rows);
    }
}

fn digest(hex: &str) -> String {
    short(hex).chars().take(DIGEST).collect()
}
