//! The complaints so far, and the place that is looked at.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Complaint;
use super::codes::Code;
use crate::lexicon::load::line_and_column;
use crate::signatures::load::Files;

/// The complaints so far.
#[derive(Debug)]
pub(super) struct Complaints<'f> {
    pub(super) files: &'f Files,
    /// Ids that `withdrawn.toml` withdraws: day and reason are that file's.
    pub(super) withdrawn_elsewhere: BTreeSet<String>,
    path: String,
    line: usize,
    found: Vec<Complaint>,
}

impl<'f> Complaints<'f> {
    pub(super) fn new(files: &'f Files) -> Self {
        Self {
            files,
            withdrawn_elsewhere: BTreeSet::new(),
            path: String::new(),
            line: 1,
            found: Vec::new(),
        }
    }

    /// Complaints are about this file from now on.
    pub(super) fn open(&mut self, path: &str) {
        path.clone_into(&mut self.path);
        self.line = 1;
    }

    /// Complaints are about the file of the signature `id` from now on, which is in one of `folders`.
    pub(super) fn open_signature(&mut self, folders: &[&str], id: &str) {
        let mut paths = self.files.keys();
        let path = paths.find(|path| {
            let parts = path.split_once('/').zip(path.rsplit_once('/'));
            parts.is_some_and(|((folder, _), (_, name))| {
                folders.contains(&folder) && name.strip_suffix(".toml") == Some(id)
            })
        });
        let path = path.cloned().unwrap_or_default();
        self.open(&path);
    }

    /// Complaints are about this place of the file from now on.
    pub(super) fn at(&mut self, span: &Range<usize>) {
        self.line = self.line_of(span.start);
    }

    /// Complaints are about the first place of the file that has `text` from now on, or about its
    /// beginning where none has.
    pub(super) fn at_text(&mut self, text: &str) {
        self.line = self.text().find(text).map_or(1, |start| self.line_of(start));
    }

    /// Complaints are about the first line that begins with `row` behind the place that has `before`
    /// from now on, or about that place where no line does.
    pub(super) fn at_row_behind(&mut self, before: &str, row: &str) {
        let text = self.text();
        let start = text.find(before).unwrap_or(0);
        let behind = text.get(start..).unwrap_or_default();
        let down = behind.lines().position(|line| line.trim_start().starts_with(row));
        self.line = self.line_of(start).saturating_add(down.unwrap_or(0));
    }

    /// As [`Self::at_text`], with the last such place.
    pub(super) fn at_last_text(&mut self, text: &str) {
        self.line = self.text().rfind(text).map_or(1, |start| self.line_of(start));
    }

    /// Adds a complaint; `values` fill the places of its sentence.
    pub(super) fn add(&mut self, id: &str, code: Code, values: &[(&'static str, &str)]) {
        self.found.push(Complaint {
            file: self.path.clone(),
            line: self.line,
            code,
            id: id.to_owned(),
            values: values
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        });
    }

    /// Adds a complaint about a certain place of the file.
    pub(super) fn add_at(
        &mut self,
        span: &Range<usize>,
        id: &str,
        code: Code,
        values: &[(&'static str, &str)],
    ) {
        let line = self.line;
        self.at(span);
        self.add(id, code, values);
        self.line = line;
    }

    pub(super) fn sorted(mut self) -> Vec<Complaint> {
        self.found.sort();
        self.found
    }

    fn text(&self) -> &'f str {
        self.files.get(&self.path).map(String::as_str).unwrap_or_default()
    }

    fn line_of(&self, offset: usize) -> usize {
        line_and_column(self.text(), offset).0
    }
}
