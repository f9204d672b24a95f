//! What could not be seen: coverage, what is out of sight, anomalies.

use super::{Sheet, borrowed};
use crate::render::layout::width;
use crate::render::sanitize::short;
use crate::render::{grouped, named, percent, place};
use crate::report::v1::Coverage;

const FIELDS: [&str; 6] = ["code", "manifest", "resources", "layers", "opaque", "anomalies"];

/// Layers that have a line of their own.
const OWN_LINE: [&str; 2] = ["manifest", "resources"];

/// Names of missing parts that are shown.
const NAMED: usize = 6;

impl Sheet<'_> {
    pub(super) fn unseen(&mut self) {
        self.heading("unseen");
        let report = self.report;
        let label = |key: &&str| width(self.messages.text("field", key));
        let columns = FIELDS.iter().map(label).max().unwrap_or(0);
        match &report.coverage {
            Some(coverage) => self.coverage(coverage, columns),
            None => {
                let text = self.say("coverage-null", &[]);
                self.page.paragraph(&"  ".into(), &[text.into()]);
            }
        }
        self.anomalies(columns);
    }

    fn coverage(&mut self, coverage: &Coverage, columns: usize) {
        let label = |key| self.messages.text("field", key);
        let mut parts = vec![match coverage.code {
            Some(share) => self.say("coverage", &[("percent", &percent(share))]),
            None => self.say("coverage-unknown", &[]),
        }];
        parts.push(self.say("coverage-dex", &[("bytes", &grouped(coverage.dex_bytes))]));
        parts.push(match (coverage.methods, coverage.methods_decoded) {
            (Some(methods), Some(decoded)) => {
                let values = [("methods", grouped(methods)), ("decoded", grouped(decoded))];
                self.say("coverage-methods", &borrowed(&values))
            }
            _ => self.say("coverage-methods-unknown", &[]),
        });
        // Code that is hidden or absent was not walked for that reason.
        if coverage.code.is_none() {
            parts.pop();
        }
        let text = parts.join(self.messages.text("phrase", "join"));
        self.field(label("code"), columns, &[text.into()]);
        for (key, layer) in [("manifest", coverage.manifest), ("resources", coverage.resources)] {
            let text = named(self.messages, "layer", &layer);
            self.field(label(key), columns, &[text.into()]);
        }
        self.layers(coverage, columns);
        if coverage.opaque.is_empty() {
            let text = self.say("nothing-opaque", &[]);
            self.field(label("opaque"), columns, &[text.into()]);
        }
        for (position, code) in coverage.opaque.iter().enumerate() {
            let shown = if position == 0 { label("opaque") } else { "" };
            let text = self.opaque(code, coverage);
            self.field(shown, columns, &[text.into()]);
        }
        if coverage.budget_spent {
            let text = self.say("budget-spent", &[]);
            self.field(label("budget"), columns, &[text.into()]);
        }
    }

    /// One line for each layer of which something was left out or could not be read.
    fn layers(&mut self, coverage: &Coverage, columns: usize) {
        let mut shown = self.messages.text("field", "layers");
        let layers = coverage.layers.iter();
        for layer in layers.filter(|layer| !OWN_LINE.contains(&layer.layer.as_str())) {
            let known = self.messages.find("layer-name", &layer.layer);
            let what = known.map_or_else(|| short(&layer.layer), str::to_owned);
            for (key, tally) in [
                ("layer-unreadable", layer.unreadable),
                ("layer-skipped", layer.skipped),
            ] {
                if tally.is_zero() {
                    continue;
                }
                let values = [
                    ("count", grouped(tally.count)),
                    ("all", grouped(layer.present.count)),
                    ("what", what.clone()),
                    ("bytes", grouped(tally.bytes)),
                ];
                let text = self.say(key, &borrowed(&values));
                self.field(shown, columns, &[text.into()]);
                shown = "";
            }
        }
    }

    /// A code, or a code and a detail behind a colon, and the sentence that belongs to it.
    fn opaque(&self, code: &str, coverage: &Coverage) -> String {
        let name = code.split(':').next().unwrap_or(code);
        let text = match self.messages.find("opaque", name) {
            Some(sentence) => format!("{}{}{sentence}", short(code), self.colon()),
            None => short(code),
        };
        if let Some(missing) = self.missing(name, coverage) {
            return self.sentences(&text, &missing);
        }
        let sdks = self.report.sdks.iter();
        let protectors: Vec<String> = sdks
            .filter(|sdk| name == "packed-code" && sdk.category == "protector")
            .map(|sdk| short(&sdk.name))
            .collect();
        if protectors.is_empty() {
            return text;
        }
        let names = protectors.join(self.messages.text("phrase", "list"));
        let by = self.say("protected-by", &[("names", &names)]);
        self.sentences(&text, &by)
    }

    /// The names of what is missing by the code `opaque`; `None` when there are none.
    fn missing(&self, opaque: &str, coverage: &Coverage) -> Option<String> {
        let missing = coverage.missing.iter();
        let names: Vec<&str> = missing
            .filter(|missing| missing.opaque == opaque)
            .map(|missing| missing.name.as_str())
            .collect();
        let shown: Vec<String> = names.iter().take(NAMED).map(|name| short(name)).collect();
        let list = shown.join(self.messages.text("phrase", "list"));
        match names.len().checked_sub(NAMED) {
            _ if names.is_empty() => None,
            None | Some(0) => Some(self.say("missing-names", &[("names", &list)])),
            Some(more) => {
                let values = [("names", list), ("count", grouped(more as u64))];
                Some(self.say("missing-names-more", &borrowed(&values)))
            }
        }
    }

    fn anomalies(&mut self, columns: usize) {
        let report = self.report;
        let label = self.messages.text("field", "anomalies");
        if report.anomalies.is_empty() {
            if report.coverage.is_some() {
                let text = self.say("no-anomalies", &[]);
                self.field(label, columns, &[text.into()]);
            }
            return;
        }
        let mut last = "";
        for (position, anomaly) in report.anomalies.iter().enumerate() {
            let line = place::line(&anomaly.location);
            if anomaly.kind != last {
                let mut text = short(&anomaly.kind);
                if let Some(sentence) = self.messages.find("anomaly", &anomaly.kind) {
                    text = format!("{text}{}{sentence}", self.colon());
                }
                if anomaly.count > 1 {
                    let count = self.say("anomaly-count", &[("count", &grouped(anomaly.count))]);
                    text = format!("{text} [{count}]");
                }
                self.field(if position == 0 { label } else { "" }, columns, &[text.into()]);
            }
            if !line.is_empty() {
                self.quiet(columns + 4, line);
            }
            last = &anomaly.kind;
        }
    }
}
