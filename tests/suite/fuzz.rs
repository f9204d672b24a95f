//! The inputs of the fuzz targets that are kept, run without the fuzzer: the seeds, which cover
//! much of the code, and those that once found a defect. See `docs/fuzzing.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::apps::repository;

#[path = "../fuzz/targets/aapt.rs"]
mod aapt;
#[path = "../fuzz/targets/analyze.rs"]
mod analyze;
#[path = "../fuzz/targets/arsc.rs"]
mod arsc;
#[path = "../fuzz/targets/axml.rs"]
mod axml;
#[path = "../fuzz/targets/certificates.rs"]
mod certificates;
#[path = "../fuzz/targets/code.rs"]
mod code;
#[path = "../fuzz/targets/container.rs"]
mod container;
#[path = "../fuzz/targets/dart.rs"]
mod dart;
#[path = "../fuzz/targets/dex.rs"]
mod dex;
#[path = "../fuzz/targets/elf.rs"]
mod elf;
#[path = "../fuzz/targets/harvest.rs"]
mod harvest;
#[path = "../fuzz/targets/hermes.rs"]
mod hermes;
#[path = "../fuzz/targets/lexicon.rs"]
mod lexicon;
#[path = "../fuzz/targets/signatures.rs"]
mod signatures;
#[path = "../fuzz/targets/xml.rs"]
mod xml;

/// What a target does with an input.
type Target = fn(&[u8]);

/// Every target, by the name of its file.
const TARGETS: &[(&str, Target)] = &[
    ("aapt", aapt::run),
    ("analyze", analyze::run),
    ("arsc", arsc::run),
    ("axml", axml::run),
    ("certificates", certificates::run),
    ("code", code::run),
    ("container", container::run),
    ("dart", dart::run),
    ("dex", dex::run),
    ("elf", elf::run),
    ("harvest", harvest::run),
    ("hermes", hermes::run),
    ("lexicon", lexicon::run),
    ("signatures", signatures::run),
    ("xml", xml::run),
];

/// The entries of a folder below `tests/fuzz`, in order; none if it is not there.
fn entries(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository("tests/fuzz").join(folder));
    let entries = entries.into_iter().flatten();
    let paths: BTreeSet<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.into_iter().collect()
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[test]
fn kept_inputs_pass() {
    let mut inputs = 0;
    for (name, run) in TARGETS {
        for kind in ["seeds", "regressions"] {
            for path in entries(&format!("{kind}/{name}")) {
                // The name stands in the output should the target panic.
                println!("{}", path.display());
                run(&fs::read(&path).unwrap());
                inputs += 1;
            }
        }
    }
    assert!(inputs >= TARGETS.len(), "{inputs} inputs");
}

#[test]
fn every_target_is_listed_everywhere() {
    let named: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    let files: Vec<String> = entries("targets").iter().map(|path| stem(path)).collect();
    assert_eq!(named, files);
    let manifest = fs::read_to_string(repository("tests/fuzz/Cargo.toml")).unwrap();
    let readme = fs::read_to_string(repository("tests/fuzz/README.md")).unwrap();
    for name in &named {
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name} in Cargo.toml"
        );
        assert!(readme.contains(&format!("| `{name}` |")), "{name} in README.md");
        assert!(!entries(&format!("seeds/{name}")).is_empty(), "seeds of {name}");
    }
    for kind in ["seeds", "regressions", "dictionaries"] {
        for path in entries(kind) {
            assert!(
                named.contains(&stem(&path).as_str()),
                "{} is of no target",
                path.display()
            );
        }
    }
}

#[test]
fn kept_inputs_are_small() {
    let inputs = |kind: &str| {
        let folders = entries(kind).into_iter();
        let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap());
        files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum::<u64>()
    };
    let total = inputs("seeds") + inputs("regressions");
    assert!(total < 1 << 20, "{total} bytes");
}
