//! What a person can do: steps in order, evidence to keep, and where to turn.

use anstyle::Style;

use super::{Sheet, borrowed};
use crate::advice::Given;
use crate::messages::Language;
use crate::render::layout::Span;
use crate::signatures::advice::{Channel, Item};
use crate::signatures::schema::Text;
use crate::signatures::sdk::Check;

impl Sheet<'_> {
    pub(super) fn advice(&mut self, given: &Given<'_>) {
        if !given.steps.is_empty() {
            self.heading("advice-steps");
            for (number, item) in (1u32..).zip(&given.steps) {
                self.item(&format!("  {number:>2}. "), item);
            }
        }
        if !given.evidence.is_empty() {
            self.heading("advice-evidence");
            for item in &given.evidence {
                self.item("  - ", item);
            }
        }
        if !given.channels.is_empty() {
            self.heading("advice-channels");
            for (country, channels) in &given.channels {
                let name = self.jurisdiction(country);
                self.page
                    .paragraph(&"  ".into(), &[Span::styled(name, Style::new().bold())]);
                for channel in *channels {
                    self.channel(channel);
                }
            }
        }
    }

    fn item(&mut self, lead: &str, item: &Item) {
        let text = self.in_language(&item.text).to_owned();
        self.page.paragraph(&lead.into(), &[text.into()]);
    }

    fn channel(&mut self, channel: &Channel) {
        let body = match self.messages.language() {
            Language::English => &channel.body.en,
            Language::SimplifiedChinese => &channel.body.zh,
        };
        let name = match &channel.body.local {
            Some(local) if local != body => {
                let values = [("body", body.clone()), ("local", local.clone())];
                self.say("channel-local", &borrowed(&values))
            }
            _ => body.clone(),
        };
        let purpose = self.in_language(&channel.purpose).to_owned();
        let spans = [
            Span::styled(name, Style::new().bold()),
            format!("{}{purpose}", self.colon()).into(),
        ];
        self.page.paragraph(&"    ".into(), &spans);
        let contact = if channel.contact.is_empty() {
            self.say("channel-no-contact", &[])
        } else {
            channel.contact.join(self.messages.text("phrase", "join"))
        };
        self.page.paragraph(&"      ".into(), &[contact.into()]);
        if channel.check == Check::Unsourced {
            let text = self.say("channel-not-confirmed", &[]);
            self.quiet(6, text);
        }
    }

    fn in_language<'t>(&self, text: &'t Text) -> &'t str {
        match self.messages.language() {
            Language::English => &text.en,
            Language::SimplifiedChinese => &text.zh,
        }
    }
}
