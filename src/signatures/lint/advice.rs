//! What advice must have.

use super::Complaints;
use crate::signatures::Ruleset;
use crate::signatures::schema::Text;

impl Complaints {
    pub(super) fn advice(&mut self, ruleset: &Ruleset) {
        let advice = ruleset.advice();
        for item in advice.steps.iter().chain(&advice.evidence) {
            self.both_languages(&item.id, &item.text);
            if item.when.is_empty() {
                self.add(&item.id, "A02", "it is shown in no band", "name bands in `when`");
            }
        }
        for (country, channels) in &advice.channels {
            for channel in channels {
                let id = format!("{country}/{}", channel.id);
                self.both_languages(&id, &channel.purpose);
                let body = Text {
                    en: channel.body.en.clone(),
                    zh: channel.body.zh.clone(),
                };
                self.both_languages(&id, &body);
                self.date(&id, &channel.checked_on);
                if channel.contact.iter().any(|contact| contact.trim().is_empty()) {
                    self.add(&id, "A03", "a number or address is empty", "leave it out");
                }
            }
        }
    }

    fn both_languages(&mut self, id: &str, text: &Text) {
        if text.en.trim().is_empty() || text.zh.trim().is_empty() {
            self.add(id, "A01", "a text is empty", "give it in both languages");
        }
    }
}
