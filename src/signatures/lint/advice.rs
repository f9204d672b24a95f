//! What advice must have.

use std::collections::BTreeSet;

use super::{Complaints, codes};
use crate::signatures::advice::{Channel, ChannelsFile, Item, ItemsFile};
use crate::signatures::catalogue::stem;
use crate::signatures::schema::Text;
use crate::signatures::sdk::Check;

impl Complaints<'_> {
    pub(super) fn advice(&mut self) {
        for (path, text) in self.files.iter().filter(|(path, _)| path.starts_with("advice/")) {
            self.open(path);
            // The loader has refused what is neither.
            if let Ok(file) = toml::from_str::<ItemsFile>(text) {
                self.once(stem(path), file.item.iter().map(|item| &item.id));
                file.item.iter().for_each(|item| self.item(item));
            } else if let Ok(file) = toml::from_str::<ChannelsFile>(text) {
                self.once(stem(path), file.channel.iter().map(|channel| &channel.id));
                for channel in &file.channel {
                    self.channel(&format!("{}/{}", file.country, channel.id), channel);
                }
            }
        }
    }

    /// Ids stand for items in reports, so each file has every one once.
    fn once<'a>(&mut self, file: &str, ids: impl Iterator<Item = &'a String>) {
        let mut seen = BTreeSet::new();
        for id in ids {
            if !seen.insert(id) {
                self.at_last_text(&id_line(id));
                self.add(file, codes::A04, &[("id", id)]);
            }
        }
    }

    fn item(&mut self, item: &Item) {
        self.at_text(&id_line(&item.id));
        self.both_languages(&item.id, &item.text);
        if item.when.is_empty() {
            self.add(&item.id, codes::A02, &[]);
        }
    }

    fn channel(&mut self, id: &str, channel: &Channel) {
        self.at_text(&id_line(&channel.id));
        self.both_languages(id, &channel.purpose);
        let body = Text {
            en: channel.body.en.clone(),
            zh: channel.body.zh.clone(),
        };
        self.both_languages(id, &body);
        self.date(id, &channel.checked_on);
        if channel.sources.is_empty() && channel.check != Check::Unsourced {
            self.add(id, codes::A05, &[]);
        }
        if channel.contact.iter().any(|contact| contact.trim().is_empty()) {
            self.add(id, codes::A03, &[]);
        }
    }

    fn both_languages(&mut self, id: &str, text: &Text) {
        if text.en.trim().is_empty() || text.zh.trim().is_empty() {
            self.add(id, codes::A01, &[]);
        }
    }
}

/// The line of an item that states its id.
fn id_line(id: &str) -> String {
    format!("id = \"{id}\"\n")
}
