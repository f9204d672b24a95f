//! What files of the vocabulary and of flow models must have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Complaints, codes};
use crate::signatures::catalogue::stem;
use crate::signatures::flows::FlowFile;
use crate::signatures::schema::VocabularyFile;

impl Complaints<'_> {
    /// Checks the vocabulary; gives back the kinds of its entries.
    pub(super) fn vocabulary(&mut self) -> BTreeSet<String> {
        let mut kinds = BTreeSet::new();
        let mut seen: BTreeMap<(String, &'static str, String), &str> = BTreeMap::new();
        for (path, text) in self.files.iter().filter(|(path, _)| path.starts_with("apis/")) {
            let Ok(file) = toml::from_str::<VocabularyFile>(text) else {
                continue;
            };
            let id = stem(path);
            self.open(path);
            self.at(&file.id.span());
            let is_told = ![&file.title, &file.description]
                .iter()
                .any(|text| text.trim().is_empty());
            if !is_told || file.references.is_empty() {
                self.add(id, codes::V01, "title, description or references are empty");
            }
            self.references(id, false, &file.references);
            for entry in &file.entry {
                let (span, entry) = (entry.span(), entry.get_ref());
                kinds.insert(entry.kind.clone());
                let Some((key, value)) = entry.pattern() else {
                    continue;
                };
                let row = (entry.kind.clone(), key, value.to_owned());
                if let Some(other) = seen.insert(row, path) {
                    let problem = format!("`{value}` of kind `{}` stands in {other} as well", entry.kind);
                    self.add_at(&span, id, codes::V02, problem);
                }
            }
        }
        kinds
    }

    pub(super) fn flows(&mut self) {
        for (path, text) in self.files.iter().filter(|(path, _)| path.starts_with("flows/")) {
            let Ok(file) = toml::from_str::<FlowFile>(text) else {
                continue;
            };
            let id = stem(path);
            self.open(path);
            self.at(&file.id.span());
            let is_told = ![&file.title, &file.description]
                .iter()
                .any(|text| text.trim().is_empty());
            if !is_told || file.references.is_empty() {
                self.add(id, codes::M01, "title, description or references are empty");
            }
            self.references(id, false, &file.references);
        }
    }
}
