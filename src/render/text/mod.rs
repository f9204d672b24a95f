//! The report a person reads in a terminal.
//!
//! First line: the band, the score, the app's name and the sentence why. Then what the app may
//! take and how far that is shown, why it is taken for a lending app, what else was found, who is in
//! the app and who has written about it, which rules it breaks, what could not be seen, and what a
//! person can do. Each line of evidence gives its place in the file.

use anstyle::{AnsiColor, Style};

use super::layout::{Page, Span, padded, width};
use super::place;
use super::sanitize::short;
use super::{grouped, wire_name};
use crate::advice::Given;
use crate::messages::{Language, Messages};
use crate::report::Report;
use crate::report::v1::{self, App, Band, Evidence, Failure, Score, Status};

mod advice;
mod cards;
mod network;
mod parties;
mod rules;
mod signer;
mod take;
mod unseen;

pub(crate) use take::reading_permissions;

/// Places shown for one line; the rest is counted.
const PLACES: usize = 5;
/// Packages of the app that are listed.
const MOST_PARTS: usize = 8;

/// The text of `report` for a terminal of `columns` columns, with ANSI styles, and with what a person
/// can do where that is `given`.
#[must_use]
pub fn text(report: &Report, given: Option<&Given<'_>>, messages: &Messages, columns: usize) -> String {
    let mut sheet = Sheet {
        page: Page::new(columns),
        messages,
        report,
    };
    sheet.first_line();
    sheet.identity();
    if report.error.is_none() {
        sheet.take();
        if let Some(score) = &report.score {
            sheet.cards(score);
        }
        sheet.findings();
        sheet.sdks();
        sheet.published();
        sheet.policies();
        sheet.network();
    }
    sheet.unseen();
    if let Some(given) = given {
        sheet.advice(given);
    }
    sheet.hint();
    sheet.page.finish()
}

/// A report on its way to text. Sections are in the submodules.
struct Sheet<'a> {
    page: Page,
    messages: &'a Messages,
    report: &'a Report,
}

impl Sheet<'_> {
    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.messages.fill("report", key, values)
    }

    /// Two sentences, one behind the other.
    fn sentences(&self, first: &str, second: &str) -> String {
        self.say("sentences", &[("first", first), ("second", second)])
    }

    fn heading(&mut self, key: &str) {
        self.page.space();
        let text = self.messages.text("heading", key).to_owned();
        self.page
            .paragraph(&"".into(), &[Span::styled(text, Style::new().bold())]);
    }

    /// A label and what stands beside it.
    fn field(&mut self, label: &str, columns: usize, spans: &[Span]) {
        let lead = format!("  {}  ", padded(label, columns));
        self.page
            .paragraph(&Span::styled(lead, Style::new().dimmed()), spans);
    }

    /// Further lines below a field.
    fn below(&mut self, columns: usize, spans: &[Span]) {
        let lead = " ".repeat(columns + 4);
        self.page.paragraph(&lead.into(), spans);
    }

    /// The places of some evidence, one a line, behind `indent` spaces.
    fn places(&mut self, indent: usize, evidence: &[Evidence]) {
        for one in evidence.iter().take(PLACES) {
            let line = place::line(one);
            let shown = if line.is_empty() {
                self.say("no-place", &[])
            } else {
                line
            };
            self.quiet(indent, shown);
        }
        if let Some(more) = evidence.len().checked_sub(PLACES).filter(|more| *more > 0) {
            let count = grouped(more as u64);
            let shown = self.say("more-places", &[("count", &count)]);
            self.quiet(indent, shown);
        }
    }

    fn quiet(&mut self, indent: usize, text: String) {
        let lead = " ".repeat(indent);
        self.page
            .paragraph(&lead.into(), &[Span::styled(text, Style::new().dimmed())]);
    }

    fn first_line(&mut self) {
        let report = self.report;
        if let Some(error) = &report.error {
            self.failure(error);
            return;
        }
        let name = self.name();
        let mut spans = Vec::new();
        if let Some(score) = &report.score {
            let band = self.messages.text("band", &wire_name(&score.band)).to_owned();
            spans.push(Span::styled(band, band_style(score.band)));
            spans.push(format!("  {}  ", self.value(score)).into());
            spans.push(Span::styled(name, Style::new().bold()));
            spans.push(self.colon().into());
            spans.push(self.messages.text("why", &wire_name(&score.why)).into());
        } else {
            spans.push(Span::styled(name, Style::new().bold()));
            spans.push(self.colon().into());
            spans.push(self.say("score-unknown", &[]).into());
        }
        self.page.paragraph(&"".into(), &spans);
        if report
            .score
            .as_ref()
            .is_some_and(|score| score.band == Band::NotAssessable)
        {
            let text = self.say("band-not-assessable", &[]);
            self.page.paragraph(&"".into(), &[text.into()]);
        }
        if report.status == Status::Degraded {
            let text = self.say("band-degraded", &[]);
            self.page.paragraph(&"".into(), &[text.into()]);
        }
    }

    fn colon(&self) -> &'static str {
        match self.messages.language() {
            Language::English => ": ",
            Language::SimplifiedChinese => "：",
        }
    }

    fn value(&self, score: &Score) -> String {
        match score.value {
            Some(value) => self.say("score", &[("value", &format!("{value:.1}"))]),
            None => self.say("score-unknown", &[]),
        }
    }

    fn failure(&mut self, error: &Failure) {
        let heading = self.say("failed", &[]);
        let sentence = self.messages.find("failure", &error.kind);
        let mut text = sentence.map_or_else(|| short(&error.message), str::to_owned);
        if let Some(offset) = error.offset {
            let place = self.say("failed-offset", &[("offset", &grouped(offset))]);
            text = self.sentences(&text, &place);
        }
        // An error of the analysis itself is worth its words, whatever the language.
        if error.kind == "internal-error" && sentence.is_some() {
            text = self.sentences(&text, &short(&error.message));
        }
        let spans = [
            Span::styled(heading, AnsiColor::Magenta.on_default().bold()),
            "  ".into(),
            Span::styled(short(&self.report.input.name), Style::new().bold()),
            if text.is_empty() { "" } else { self.colon() }.into(),
            text.into(),
            format!(" [{}]", short(&error.kind)).into(),
        ];
        self.page.paragraph(&"".into(), &spans);
    }

    /// The app's name in the language of the reader, or what comes closest.
    fn name(&self) -> String {
        let Some(app) = &self.report.app else {
            return short(&self.report.input.name);
        };
        localized(app, self.messages.language())
            .or(app.package.as_deref())
            .map_or_else(|| self.say("no-name", &[]), short)
    }

    /// The packages the app comes in, what is not read before the others.
    fn parts(&self) -> Vec<String> {
        let mut parts: Vec<&v1::Part> = self.report.input.parts.iter().collect();
        parts.sort_by_key(|part| {
            let is_read = matches!(
                part.role,
                v1::PartRole::Base | v1::PartRole::Feature | v1::PartRole::Configuration
            );
            (part.role != v1::PartRole::Base, is_read)
        });
        let line = |part: &&v1::Part| {
            let role = wire_name(&part.role);
            let role = self.messages.text("part-role", &role).to_owned();
            self.say("part", &[("name", &short(&part.name)), ("role", &role)])
        };
        let mut lines: Vec<String> = parts.iter().take(MOST_PARTS).map(line).collect();
        if let Some(more) = parts.len().checked_sub(MOST_PARTS).filter(|more| *more > 0) {
            lines.push(self.say("more-parts", &[("count", &more.to_string())]));
        }
        lines
    }

    fn identity(&mut self) {
        let report = self.report;
        let unknown = self.say("unknown", &[]);
        let mut lines: Vec<(&str, String)> = Vec::new();
        if let Some(app) = &report.app {
            let or_unknown = |text: Option<String>| text.unwrap_or_else(|| unknown.clone());
            let version = [
                ("package", or_unknown(app.package.as_deref().map(short))),
                ("name", or_unknown(app.version_name.as_deref().map(short))),
                ("code", or_unknown(app.version_code.map(|code| code.to_string()))),
            ];
            lines.push(("package", self.say("version", &borrowed(&version))));
            let sdk = [
                ("min", or_unknown(app.min_sdk.map(|level| level.to_string()))),
                (
                    "target",
                    or_unknown(app.target_sdk.map(|level| level.to_string())),
                ),
            ];
            lines.push(("android", self.say("sdk", &borrowed(&sdk))));
        }
        let name = short(&report.input.name);
        lines.push(match report.input.size {
            Some(size) => {
                let kind = wire_name(&report.input.kind);
                let file = [("name", name), ("kind", kind), ("size", grouped(size))];
                ("file", self.say("file", &borrowed(&file)))
            }
            None => ("file", name),
        });
        lines.extend(report.input.sha256.iter().map(|sha256| ("sha256", short(sha256))));
        lines.extend(self.parts().into_iter().map(|line| ("part", line)));
        if let Some(app) = &report.app {
            lines.extend(
                self.certificates(app)
                    .into_iter()
                    .map(|line| ("certificate", line)),
            );
            lines.extend(self.signature(app).into_iter().map(|line| ("signature", line)));
        }
        lines.extend(report.score.iter().map(|score| ("vector", short(&score.vector))));
        let rules = &report.tool.ruleset;
        if !rules.version.is_empty() {
            let values = [
                ("version", short(&rules.version)),
                ("sha256", rules.sha256.chars().take(12).collect()),
                ("tool", short(&report.tool.version)),
            ];
            lines.push(("rules", self.say("rules", &borrowed(&values))));
        }
        let label = |key| self.messages.text("field", key);
        let columns = lines.iter().map(|(key, _)| width(label(key))).max().unwrap_or(0);
        self.page.space();
        let mut last = "";
        for (key, line) in lines {
            let shown = if key == last {
                ""
            } else {
                self.messages.text("field", key)
            };
            self.field(shown, columns, &[line.into()]);
            last = key;
        }
    }

    /// How to learn more about the first line that has an id.
    fn hint(&mut self) {
        let report = self.report;
        let contributions = report.score.iter().flat_map(|score| &score.contributions);
        let ids = contributions
            .map(|one| &one.id)
            .chain(report.findings.iter().map(|one| &one.id));
        let anomalies = report.anomalies.iter().map(|one| &one.kind);
        if let Some(id) = ids.chain(anomalies).next() {
            self.heading("explain");
            let text = self.say("explain", &[("id", &short(id))]);
            self.page.paragraph(&"  ".into(), &[text.into()]);
        }
    }
}

/// The label for readers of `language`, where the app has one.
fn localized(app: &App, language: Language) -> Option<&str> {
    let tags: &[&str] = match language {
        Language::English => &["en"],
        Language::SimplifiedChinese => &["zh-CN", "zh-Hans", "zh-Hans-CN", "zh"],
    };
    let own = tags.iter().find_map(|tag| app.labels.get(*tag));
    own.or(app.label.as_ref()).map(String::as_str)
}

/// Values as [`Messages::fill`] takes them.
fn borrowed<'a>(values: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    values
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

/// How a band is shown. None is green: a low band is no promise.
pub(crate) fn band_style(band: Band) -> Style {
    match band {
        Band::High => AnsiColor::Red.on_default().bold(),
        Band::Elevated => AnsiColor::Yellow.on_default().bold(),
        Band::NotAssessable => AnsiColor::Magenta.on_default().bold(),
        Band::Low => Style::new().bold(),
    }
}
