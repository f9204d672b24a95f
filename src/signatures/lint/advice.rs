//! What advice must have.

use std::collections::BTreeSet;

use super::{Complaints, codes};
use crate::signatures::Ruleset;
use crate::signatures::catalogue::stem;
use crate::signatures::load::Files;
use crate::signatures::schema::Text;
use crate::signatures::sdk::Check;

impl Complaints {
    pub(super) fn advice(&mut self, ruleset: &Ruleset, files: &Files) {
        self.ids_of_advice(files);
        let advice = ruleset.advice();
        for item in advice.steps.iter().chain(&advice.evidence) {
            self.both_languages(&item.id, &item.text);
            if item.when.is_empty() {
                self.add(&item.id, codes::A02, "it is shown in no band");
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
                if channel.sources.is_empty() && channel.check != Check::Unsourced {
                    self.add(&id, codes::A05, "it has no source");
                }
                if channel.contact.iter().any(|contact| contact.trim().is_empty()) {
                    self.add(&id, codes::A03, "a number or address is empty");
                }
            }
        }
    }

    /// Ids stand for items in reports, so each file has every one once.
    fn ids_of_advice(&mut self, files: &Files) {
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("advice/")) {
            let file: toml::Table = toml::from_str(text).unwrap_or_default();
            let lists = ["item", "channel"].map(|key| file.get(key).and_then(|list| list.as_array()));
            let mut seen = BTreeSet::new();
            for id in lists
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|one| one.get("id")?.as_str())
            {
                if !seen.insert(id) {
                    let problem = format!("`{id}` stands here twice");
                    self.add(stem(path), codes::A04, problem);
                }
            }
        }
    }

    fn both_languages(&mut self, id: &str, text: &Text) {
        if text.en.trim().is_empty() || text.zh.trim().is_empty() {
            self.add(id, codes::A01, "a text is empty");
        }
    }
}
