//! One mistake for each complaint, in a set of rules that is sound apart from it.

mod mistakes;
mod set;

use std::collections::BTreeSet;

use super::{Complaint, codes, lint};
use crate::messages::{Language, Messages};
use crate::signatures::Ruleset;
use crate::signatures::load::Files;
use mistakes::{MISTAKES, Mistake};

fn complaints(files: &Files) -> Result<Vec<Complaint>, String> {
    let ruleset = Ruleset::from_files(files).map_err(|error| error.to_string())?;
    Ok(lint(&ruleset, files))
}

/// The sound set with the mistake in it.
fn with(mistake: &Mistake) -> Result<Files, String> {
    let mut files = set::files();
    for (path, from, to) in mistake.edits {
        let text = files.entry((*path).to_owned()).or_default();
        if !text.contains(from) {
            return Err(format!("`{from}` is not in {path}"));
        }
        *text = text.replacen(from, to, 1);
    }
    Ok(files)
}

/// Whether the sentences of all languages have the places that the complaint fills.
fn is_filled(complaint: &Complaint) -> bool {
    let values: BTreeSet<&str> = complaint.values.iter().map(|(name, _)| *name).collect();
    Language::ALL.iter().all(|language| {
        let sentence = Messages::of(*language).text("lint-problem", complaint.code.name);
        let places = sentence.split('{').skip(1);
        let places: BTreeSet<&str> = places.filter_map(|part| Some(part.split_once('}')?.0)).collect();
        places == values
    })
}

/// Whether the mistake gives its complaint, at its place, and no other.
fn check(mistake: &Mistake) -> Result<(), String> {
    let files = with(mistake)?;
    let found = complaints(&files)?;
    let [complaint] = found.as_slice() else {
        return Err(format!("{found:?}"));
    };
    let line = files
        .get(&complaint.file)
        .and_then(|text| text.lines().nth(complaint.line - 1));
    let is_right = complaint.code.name == mistake.code
        && complaint.file == mistake.file
        && line.is_some_and(|line| line.contains(mistake.line))
        && !complaint.id.is_empty()
        && is_filled(complaint);
    if is_right {
        Ok(())
    } else {
        Err(format!("{complaint:?} at {line:?}"))
    }
}

#[test]
fn the_set_of_the_mistakes_is_sound_without_them() {
    assert_eq!(complaints(&set::files()), Ok(Vec::new()));
}

#[test]
fn each_mistake_gives_its_complaint_and_no_other() {
    let wrong: Vec<String> = MISTAKES
        .iter()
        .filter_map(|mistake| Some(format!("{}: {}", mistake.code, check(mistake).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_mistake_and_a_name_of_its_own() {
    let shown: BTreeSet<&str> = MISTAKES.iter().map(|mistake| mistake.code).collect();
    let known: BTreeSet<&str> = codes::ALL.iter().map(|code| code.name).collect();
    assert_eq!(shown, known);
    assert_eq!(known.len(), codes::ALL.len());
}

/// Two faults of one file come in the order of its lines, whatever their codes.
#[test]
fn complaints_are_in_the_order_of_files_and_lines() {
    let mut files = set::files();
    let list = files.get_mut("published/sample-list.toml").unwrap();
    *list = list.replace("2024-05", "May").replace("\"high\"", "\"sure\"");
    let sdk = files.get_mut("sdks/gatherer.toml").unwrap();
    *sdk = sdk.replace("Gatherer\"\ncategory", "\"\ncategory");
    let places: Vec<(String, &str)> = complaints(&files)
        .unwrap()
        .into_iter()
        .map(|complaint| {
            (
                format!("{}:{}", complaint.file, complaint.line),
                complaint.code.name,
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("published/sample-list.toml:2".to_owned(), "L01"),
            ("published/sample-list.toml:12".to_owned(), "L04"),
            ("sdks/gatherer.toml:2".to_owned(), "S06"),
        ]
    );
}
