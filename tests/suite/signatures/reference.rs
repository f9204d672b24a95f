//! The reference in `docs/signatures` is the one that the signatures give.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use dunwatch::messages::{Language, Messages};
use dunwatch::render::signatures::pages::pages;
use dunwatch::signatures::catalogue::Catalogue;
use dunwatch::signatures::embedded_files;

use crate::support::apps::{RULES, repository};

/// All files below `folder` with their contents, by their path relative to `root`, with `/`.
fn read(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, found);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}

#[test]
fn the_reference_holds_exactly_what_is_written_for_the_signatures() {
    let files = embedded_files();
    let catalogue = Catalogue::new(&RULES, &files).unwrap();
    let wanted = pages(&catalogue, Messages::of(Language::English));
    assert!(wanted.len() > 500, "{} pages", wanted.len());
    let root = repository("docs/signatures");
    let mut there = BTreeMap::new();
    read(&root, &root, &mut there);
    let paths: BTreeSet<&String> = wanted.keys().chain(there.keys()).collect();
    let wrong: Vec<String> = paths
        .into_iter()
        .filter_map(|path| match (wanted.get(path), there.get(path)) {
            (Some(page), Some(file)) if page.as_bytes() == file.as_slice() => None,
            (Some(_), Some(_)) => Some(format!("stale: docs/signatures/{path}")),
            (Some(_), None) => Some(format!("missing: docs/signatures/{path}")),
            (None, _) => Some(format!("left over: docs/signatures/{path}")),
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{}\nrun: cargo run -- signatures docs --out docs/signatures (and delete what is left over and not written by it)",
        wrong.join("\n")
    );
}

/// Every link of a page to another one, or to a place in one, leads somewhere.
#[test]
fn the_links_between_the_pages_lead_somewhere() {
    let files = embedded_files();
    let catalogue = Catalogue::new(&RULES, &files).unwrap();
    let pages = pages(&catalogue, Messages::of(Language::English));
    let mut links = 0;
    for (path, text) in &pages {
        for piece in text.split("](").skip(1) {
            let target = piece.split(')').next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            let (page, anchor) = target.split_once('#').unwrap_or((target, ""));
            let found = if page.is_empty() {
                pages.get_key_value(path)
            } else {
                pages.get_key_value(&joined(path, page))
            };
            let Some((_, text)) = found else {
                panic!("{path} links {target}");
            };
            let place = format!("<a id=\"{anchor}\"></a>");
            assert!(
                anchor.is_empty() || text.contains(&place),
                "{path} links {target}"
            );
            links += 1;
        }
    }
    assert!(links > 2000, "{links} links");
}

/// The path of `link`, which stands in the page `from`.
fn joined(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." => {}
            name => parts.push(name),
        }
    }
    parts.join("/")
}
