//! The index of the reference: how many, by sort and category, by language, and apart from these what
//! is experimental and what is withdrawn.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::pages::MARK;
use super::{markdown, name, title};
use crate::messages::Messages;
use crate::signatures::catalogue::{Catalogue, Entry, Sort, Standing};

pub(super) fn index(catalogue: &Catalogue<'_>, messages: &Messages) -> String {
    let mut text = format!("{MARK}\n\n# {}\n\n", name(messages, "signatures"));
    let values = [
        ("version", catalogue.ruleset.version()),
        ("day", catalogue.ruleset.as_of()),
    ];
    let _ = writeln!(text, "{}\n", messages.fill("signature-said", "index", &values));
    text.push_str(&counts(catalogue, messages));
    for sort in Sort::ALL {
        text.push_str(&section(*sort, catalogue, messages));
    }
    text.push_str(&languages(catalogue, messages));
    for (key, standing) in [
        ("experimental", Standing::Experimental),
        ("withdrawn", Standing::Withdrawn),
    ] {
        let _ = write!(text, "\n<a id=\"{key}\"></a>\n\n## {}\n\n", name(messages, key));
        let found: Vec<&Entry> = catalogue
            .entries()
            .iter()
            .filter(|entry| entry.standing == Some(standing))
            .collect();
        if found.is_empty() {
            let _ = writeln!(text, "{}", name(messages, "none-of-them"));
        } else {
            text.push_str(&table(&found, messages));
        }
    }
    text
}

fn header(keys: &[&str], messages: &Messages) -> Vec<String> {
    keys.iter()
        .map(|key| markdown::words(name(messages, key)))
        .collect()
}

fn counts(catalogue: &Catalogue<'_>, messages: &Messages) -> String {
    let of = |sort: Sort, standing: Option<Standing>| {
        let entries = catalogue.entries().iter();
        let found = entries.filter(|entry| {
            entry.sort == sort && standing.is_none_or(|standing| entry.standing == Some(standing))
        });
        found.count().to_string()
    };
    let rows: Vec<Vec<String>> = Sort::ALL
        .iter()
        .map(|sort| {
            let shown = messages.text("signature-sort", sort.name());
            vec![
                markdown::link(shown, &format!("#{}", sort.name())),
                of(*sort, None),
                of(*sort, Some(Standing::Experimental)),
                of(*sort, Some(Standing::Withdrawn)),
            ]
        })
        .collect();
    markdown::table(
        &header(&["sort", "entries", "experimental", "withdrawn"], messages),
        &rows,
    )
}

fn section(sort: Sort, catalogue: &Catalogue<'_>, messages: &Messages) -> String {
    let mut by_category: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in catalogue.entries().iter().filter(|entry| entry.sort == sort) {
        by_category.entry(&entry.category).or_default().push(entry);
    }
    let shown = messages.text("signature-sort", sort.name());
    let mut text = format!("\n<a id=\"{}\"></a>\n\n## {shown}\n", sort.name());
    let is_divided = by_category.len() > 1;
    for (category, entries) in by_category {
        if is_divided {
            let _ = write!(text, "\n### {}\n", markdown::code(category, false));
        }
        text.push('\n');
        text.push_str(&table(&entries, messages));
    }
    text
}

fn table(entries: &[&Entry], messages: &Messages) -> String {
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            vec![
                markdown::link(&entry.id, &entry.page()),
                markdown::words(title(&entry.title, messages)),
                markdown::words(entry.standing.map_or("", Standing::name)),
                markdown::words(entry.check.unwrap_or_default()),
            ]
        })
        .collect();
    markdown::table(&header(&["id", "title", "status", "check"], messages), &rows)
}

/// Every language with its lists, and the countries it points to.
fn languages(catalogue: &Catalogue<'_>, messages: &Messages) -> String {
    let mut tags: BTreeMap<&str, BTreeMap<Sort, BTreeSet<String>>> = BTreeMap::new();
    for entry in catalogue.entries() {
        let shown = match entry.sort {
            Sort::Policies => markdown::code(&entry.category, true),
            _ => {
                let language = title(&entry.title, messages);
                markdown::link(language, &entry.page())
            }
        };
        for tag in &entry.languages {
            let sorts = tags.entry(tag).or_default();
            sorts.entry(entry.sort).or_default().insert(shown.clone());
        }
    }
    let of = |sorts: &BTreeMap<Sort, BTreeSet<String>>, sort: Sort| {
        let shown = sorts.get(&sort).into_iter().flatten().cloned();
        shown.collect::<Vec<_>>().join("<br>")
    };
    let rows: Vec<Vec<String>> = tags
        .iter()
        .map(|(tag, sorts)| {
            vec![
                markdown::code(tag, true),
                of(sorts, Sort::Words),
                of(sorts, Sort::Phrases),
                of(sorts, Sort::Policies),
            ]
        })
        .collect();
    let columns = header(&["language", "words", "phrases", "jurisdiction"], messages);
    format!(
        "\n<a id=\"languages\"></a>\n\n## {}\n\n{}",
        name(messages, "languages"),
        markdown::table(&columns, &rows)
    )
}
