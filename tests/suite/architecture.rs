//! The order of the rooms: imports run downwards, and each outside crate has one owner.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::apps::repository;

/// The rooms, lowest first; rooms of one line may not import each other unless they are the same.
const ORDER: &[&[&str]] = &[
    &["bytes", "limits", "anomaly", "hex"],
    &["container", "formats", "lexicon"],
    &["app", "manifest", "signing"],
    &["harvest"],
    &["facts"],
    &["signatures"],
    &["matching"],
    &["score", "policies"],
    // The linter runs the examples of the rules, so it stands above what judges by them.
    &["signatures/lint"],
    &["report"],
    &["analysis"],
    &["advice"],
    &["evaluation"],
    &["messages"],
    &["render"],
    &["scan"],
    &["watchlist"],
    &["cli"],
];

/// Outside crates that only some rooms may name.
const OWNERS: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("rayon", &["scan"]),
    ("zip", &["container/cross_check"]),
    ("goblin", &["formats/elf"]),
    ("quick_xml", &["formats/xml"]),
    ("memmap2", &["scan/map"]),
    ("anyhow", &["cli", "main"]),
    (
        "aho_corasick",
        &["lexicon", "facts/collect/native", "facts/needles"],
    ),
    ("flate2", &["container/inflate"]),
    ("x509_cert", &["signing"]),
    ("rsa", &["signing/verify"]),
    ("dsa", &["signing/verify"]),
    ("p256", &["signing/verify"]),
    ("p384", &["signing/verify"]),
    ("p521", &["signing/verify"]),
    ("md5", &["signing/verify"]),
    ("toml", &["signatures", "lexicon", "messages"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Path below `src`, without the ending, with `/`.
fn modules() -> Vec<(String, String)> {
    let root = repository("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files
        .iter()
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .with_extension("")
                .to_string_lossy()
                .replace('\\', "/");
            // What stands behind the tests' marker, here or in files of its own, may use anything.
            let text = fs::read_to_string(path).unwrap();
            let text = text
                .split("#[cfg(test)]\nmod tests")
                .next()
                .unwrap_or_default()
                .to_owned();
            (name, text)
        })
        .filter(|(name, _)| !name.split('/').any(|part| part == "tests"))
        .collect()
}

fn rank(room: &str) -> Option<usize> {
    ORDER.iter().position(|rooms| rooms.contains(&room))
}

/// Rooms named by `crate::room` outside of comments.
fn rooms_used(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        for part in line.split("crate::").skip(1) {
            match part.strip_prefix('{') {
                // `use crate::{a, b::c};` on one line.
                Some(list) => {
                    let list = list.split('}').next().unwrap_or_default();
                    rooms.extend(
                        list.split(',')
                            .map(|item| item.trim().split("::").next().unwrap_or_default().to_owned()),
                    );
                }
                None => {
                    let name: String = part
                        .chars()
                        .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
                        .collect();
                    rooms.push(name);
                }
            }
        }
    }
    rooms
}

#[test]
fn imports_run_downwards_only() {
    let mut wrong = Vec::new();
    for (module, text) in modules() {
        let room = module.split('/').next().unwrap_or_default();
        // A part of a room that is listed by itself has the place of its own line.
        let mut within = module.as_str();
        while rank(within).is_none()
            && let Some((outer, _)) = within.rsplit_once('/')
        {
            within = outer;
        }
        let Some(own) = rank(within) else {
            assert!(
                ["lib", "main"].contains(&room),
                "the room `{room}` has no place in the order"
            );
            continue;
        };
        for used in rooms_used(&text) {
            if used == room || used.is_empty() {
                continue;
            }
            if rank(&used).is_some_and(|other| other >= own) {
                wrong.push(format!("{module} imports {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn formats_know_nothing_of_each_other() {
    let formats = ["axml", "arsc", "dex", "xml", "elf", "aapt"];
    for (module, text) in modules() {
        let Some(own) = formats.iter().find(|format| {
            module == format!("formats/{format}") || module.starts_with(&format!("formats/{format}/"))
        }) else {
            continue;
        };
        for other in formats.iter().filter(|other| *other != own) {
            assert!(
                !text.contains(&format!("formats::{other}::")),
                "{module} imports {other}"
            );
            assert!(
                !text.contains(&format!("super::{other}::")),
                "{module} imports {other}"
            );
        }
    }
}

#[test]
fn outside_crates_have_one_owner() {
    for (module, text) in modules() {
        for (outside, owners) in OWNERS {
            let named = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.starts_with("//"))
                .any(|line| {
                    line.starts_with(&format!("use {outside}::"))
                        || line.contains(&format!(" {outside}::"))
                        || line.contains(&format!("({outside}::"))
                        || line.contains(&format!("<{outside}::"))
                });
            let owned = owners
                .iter()
                .any(|owner| module == *owner || module.starts_with(&format!("{owner}/")));
            assert!(!named || owned, "{module} names {outside}");
        }
    }
}

#[test]
fn the_core_touches_neither_files_nor_clocks_nor_threads() {
    for (module, text) in modules() {
        let room = module.split('/').next().unwrap_or_default();
        if ["scan", "watchlist", "cli", "main"].contains(&room) {
            continue;
        }
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            for forbidden in [
                "std::fs",
                "std::time",
                "std::thread",
                "std::env::",
                "std::net",
                "std::process",
                "println!",
                "eprintln!",
            ] {
                assert!(!line.contains(forbidden), "{module}: {line}");
            }
        }
    }
}

#[test]
fn files_stay_small() {
    for (module, text) in modules() {
        let lines = text.lines().count();
        assert!(lines <= 620, "{module} has {lines} lines");
    }
}
