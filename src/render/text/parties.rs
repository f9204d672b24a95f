//! Who is in the app, and who has written about it.

use anstyle::Style;

use super::{Sheet, borrowed};
use crate::render::layout::{Span, padded, width};
use crate::render::sanitize::short;
use crate::report::v1::{Published, Sdk};

impl Sheet<'_> {
    /// SDKs that say something of the app by themselves, each with its marks; the others by category.
    pub(super) fn sdks(&mut self) {
        let report = self.report;
        if report.sdks.is_empty() {
            return;
        }
        self.heading("sdks");
        let (telling, plain): (Vec<&Sdk>, Vec<&Sdk>) = report.sdks.iter().partition(|sdk| is_telling(sdk));
        for sdk in telling {
            self.sdk(sdk);
        }
        self.sdks_by_category(&plain);
    }

    fn sdk(&mut self, sdk: &Sdk) {
        let list = self.messages.text("phrase", "list");
        let mut remarks = vec![
            self.messages.text("sdk-category", &sdk.category).to_owned(),
            self.messages.text("sdk-stance", &sdk.stance).to_owned(),
        ];
        remarks.retain(|text| !text.is_empty());
        if sdk.check == "unsourced" {
            remarks.push(self.say("unsourced", &[]));
        }
        let mut spans = vec![
            Span::styled(short(&sdk.name), Style::new().bold()),
            format!(" [{}]", remarks.join(list)).into(),
        ];
        if !sdk.collects.is_empty() {
            let names: Vec<&str> = sdk
                .collects
                .iter()
                .map(|data| self.messages.text("collected", data))
                .collect();
            let text = self.say("sdk-collects", &[("data", &names.join(list))]);
            spans.push(format!("{}{text}", self.colon()).into());
        }
        self.page.paragraph(&"  ".into(), &spans);
        self.places(4, &sdk.evidence);
    }

    fn sdks_by_category(&mut self, sdks: &[&Sdk]) {
        let mut categories: Vec<&str> = sdks.iter().map(|sdk| sdk.category.as_str()).collect();
        categories.sort_unstable();
        categories.dedup();
        let label = |key| self.messages.text("sdk-category", key);
        let columns = categories.iter().map(|key| width(label(key))).max().unwrap_or(0);
        for category in categories {
            let names: Vec<String> = sdks
                .iter()
                .filter(|sdk| sdk.category == category)
                .map(|sdk| short(&sdk.name))
                .collect();
            let text = names.join(self.messages.text("phrase", "list"));
            let lead = format!(
                "  {}  ",
                padded(self.messages.text("sdk-category", category), columns)
            );
            self.page
                .paragraph(&Span::styled(lead, Style::new().dimmed()), &[text.into()]);
        }
    }

    /// The published lists that name the app, or an app that looks like it.
    pub(super) fn published(&mut self) {
        let report = self.report;
        if report.published.is_empty() {
            return;
        }
        self.heading("published");
        for one in &report.published {
            self.published_entry(one);
        }
        let text = self.say("published-note", &[]);
        self.quiet(2, text);
    }

    fn published_entry(&mut self, one: &Published) {
        let tag = self.messages.language().tag();
        let title = one.titles.get(tag).unwrap_or(&one.title);
        let statement = one.statements.get(tag).unwrap_or(&one.statement);
        let values = [
            ("publisher", short(&one.publisher)),
            ("date", short(&one.date)),
            ("title", short(title)),
            ("statement", short(statement)),
            ("what", self.messages.text("published-what", &one.what).to_owned()),
            ("value", short(&one.value)),
        ];
        let key = if one.matched == "exact" {
            "published-exact"
        } else {
            "published-look-alike"
        };
        let text = self.say(key, &borrowed(&values));
        self.page.paragraph(&"  ".into(), &[text.into()]);
    }
}

/// Whether an SDK says something of the app by itself.
fn is_telling(sdk: &Sdk) -> bool {
    sdk.stance != "neutral" || sdk.category == "protector" || sdk.collects.iter().any(|data| is_harvest(data))
}

/// Whether it is one of the three kinds of data the program is about.
fn is_harvest(data: &str) -> bool {
    matches!(data, "contacts" | "sms" | "call-log")
}
