//! What files of the vocabulary and of flow models must have.

use std::collections::BTreeMap;

use super::{Complaints, codes};
use crate::signatures::catalogue::stem;
use crate::signatures::flows::FlowFile;
use crate::signatures::load::Files;
use crate::signatures::schema::VocabularyFile;

impl Complaints {
    pub(super) fn vocabulary(&mut self, files: &Files) {
        let mut seen: BTreeMap<(String, &'static str, String), &str> = BTreeMap::new();
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("apis/")) {
            let Ok(file) = toml::from_str::<VocabularyFile>(text) else {
                continue;
            };
            let id = stem(path);
            let is_told = ![&file.title, &file.description]
                .iter()
                .any(|text| text.trim().is_empty());
            if !is_told || file.references.is_empty() {
                self.add(id, codes::V01, "title, description or references are empty");
            }
            self.references(id, false, &file.references);
            for entry in &file.entry {
                let entry = entry.get_ref();
                let Some((key, value)) = entry.pattern() else {
                    continue;
                };
                let row = (entry.kind.clone(), key, value.to_owned());
                if let Some(other) = seen.insert(row, path) {
                    let problem = format!("`{value}` of kind `{}` stands in {other} as well", entry.kind);
                    self.add(id, codes::V02, problem);
                }
            }
        }
    }

    pub(super) fn flows(&mut self, files: &Files) {
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("flows/")) {
            let Ok(file) = toml::from_str::<FlowFile>(text) else {
                continue;
            };
            let id = stem(path);
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
