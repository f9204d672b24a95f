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
                self.add(id, codes::V01, &[]);
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
                    let values = [("value", value), ("kind", &entry.kind), ("other", other)];
                    self.add_at(&span, id, codes::V02, &values);
                }
            }
        }
        kinds
    }

    /// Checks the flow models. Two files may not say different things of one method: which of them
    /// holds would depend on their names.
    pub(super) fn flows(&mut self) {
        let mut seen: BTreeMap<(&'static str, String), &str> = BTreeMap::new();
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
                self.add(id, codes::M01, &[]);
            }
            self.references(id, false, &file.references);
            for (table, class, method) in file.methods() {
                let name = format!("{class}->{method}");
                let Some(other) = seen.insert((table, name.clone()), path) else {
                    continue;
                };
                self.at_method(table, class, method);
                let values = [("method", name.as_str()), ("table", table), ("other", other)];
                self.add(id, codes::M02, &values);
            }
        }
    }

    /// Complaints are about the row of a method from now on.
    fn at_method(&mut self, table: &str, class: &str, method: &str) {
        if table == "opens" {
            self.at_row_behind("[opens]", &format!("\"{class}->{method}\""));
            return;
        }
        let plain = method
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        let row = if plain {
            format!("{method} =")
        } else {
            format!("\"{method}\"")
        };
        self.at_row_behind(&format!("[{table}.\"{class}\"]"), &row);
    }
}
