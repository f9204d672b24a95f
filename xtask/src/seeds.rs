//! `cargo xtask seeds FOLDER`: inputs to begin fuzzing with, a folder for each target.
//!
//! They are the parts of the fixture packages and what the builders of the test suites make. Equal
//! inputs are written once, under a name made of their checksum.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use dunwatch::anomaly::Anomalies;
use dunwatch::container::{Container, Inflater};
use dunwatch::formats::dex::Dex;
use dunwatch::limits::{Budget, Limits};
use dunwatch::signatures::embedded_files;

use crate::builders::{archives, dart, elf, hermes};
use crate::corpus::files;

/// Larger inputs are left out; the fuzzer is faster with small ones. In bytes.
const LARGEST: usize = 48 << 10;
/// Methods of one dex file whose code becomes a seed.
const METHODS: usize = 12;

/// Writes the seeds into `folder` and returns their number by target as a table.
pub(crate) fn write(folder: &Path) -> Result<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seeds = Seeds {
        folder: folder.to_owned(),
        written: std::collections::BTreeMap::new(),
    };
    for (_, bytes) in archives::crafted() {
        seeds.add("container", &bytes)?;
    }
    for part in ["fixtures/apks", "fixtures/micro/apks"] {
        for (_, bytes) in files(&root.join(part))? {
            seeds.add("analyze", &bytes)?;
            seeds.package(&bytes)?;
        }
    }
    let bundle = fs::read(root.join("fixtures/bundles/lender-ladder.aab"))?;
    seeds.add("analyze", &bundle)?;
    seeds.bundle(&bundle)?;
    for (wide, sections) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut library = elf::Library::new(b"\0content://sms\0no text\x07\0");
        (library.wide, library.sections) = (wide, sections);
        seeds.add("elf", &library.build())?;
    }
    for version in [51, 56, 70, 76, 89, 96, 99] {
        let long = "x".repeat(300);
        let bundle = hermes::Bundle::new(version, &["pinjaman online", "贷款口子", &long]);
        seeds.add("hermes", &bundle.build())?;
    }
    for (bits, shape) in [
        (1, dart::Shape::Mixed),
        (0, dart::Shape::Apart),
        (1, dart::Shape::Image64),
        (0, dart::Shape::Image32),
    ] {
        let snapshot = dart::Snapshot::new(shape, &["pinjaman online", "贷款口子", "préstamo rápido"]);
        seeds.add("dart", &[&[bits][..], &snapshot.build()].concat())?;
    }
    seeds.texts(&root)?;
    seeds.rules()?;
    let row = |(target, count): (&&str, &usize)| format!("{target}\t{count}\n");
    Ok(seeds.written.iter().map(row).collect())
}

struct Seeds {
    folder: PathBuf,
    written: std::collections::BTreeMap<&'static str, usize>,
}

impl Seeds {
    fn add(&mut self, target: &'static str, bytes: &[u8]) -> Result<()> {
        if bytes.len() > LARGEST {
            return Ok(());
        }
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let path = folder.join(format!("{:08x}", crc32fast::hash(bytes)));
        if !path.exists() {
            fs::write(&path, bytes).with_context(|| path.display().to_string())?;
            *self.written.entry(target).or_default() += 1;
        }
        Ok(())
    }

    /// The manifests and resource tables of an App Bundle.
    fn bundle(&mut self, bytes: &[u8]) -> Result<()> {
        let limits = Limits::default();
        let mut anomalies = Anomalies::new(0);
        let mut budget = Budget::new(&limits);
        let container = Container::open(bytes, &limits, &mut anomalies)?;
        let mut inflater = Inflater::new();
        for entry in container.entries() {
            let is_read = entry.name.ends_with(".pb") || entry.name.ends_with("AndroidManifest.xml");
            if is_read && let Ok(data) = inflater.read(entry, &limits, &mut budget, &mut anomalies) {
                self.add("aapt", &data)?;
            }
        }
        Ok(())
    }

    /// The parts of a package.
    fn package(&mut self, bytes: &[u8]) -> Result<()> {
        let limits = Limits::default();
        let mut anomalies = Anomalies::new(0);
        let mut budget = Budget::new(&limits);
        let Ok(container) = Container::open(bytes, &limits, &mut anomalies) else {
            return Ok(());
        };
        let mut inflater = Inflater::new();
        for entry in container.entries() {
            let Ok(contents) = inflater.read(entry, &limits, &mut budget, &mut anomalies) else {
                continue;
            };
            let ending = entry.name.rsplit('.').next().unwrap_or_default();
            let targets: &[&str] = match ending {
                "xml" => &["axml"],
                "arsc" => &["arsc"],
                "dex" => &["dex", "harvest"],
                "so" => &["elf"],
                "RSA" | "DSA" | "EC" => &["certificates"],
                _ => &[],
            };
            for target in targets {
                self.add(target, &contents)?;
            }
            if ending == "dex" {
                self.code(&contents)?;
            }
        }
        for (_, value) in container.signing_block().iter().flat_map(|block| &block.pairs) {
            self.add("certificates", value)?;
        }
        Ok(())
    }

    /// The code items of the longest methods of a dex file, as they stand there.
    fn code(&mut self, bytes: &[u8]) -> Result<()> {
        let limits = Limits::default();
        let mut budget = Budget::new(&limits);
        let Ok(files) = Dex::parse(bytes, &limits, &mut budget, &mut Anomalies::new(0)) else {
            return Ok(());
        };
        for dex in &files {
            let classes = dex.classes().filter_map(|(_, class)| dex.class_data(&class));
            let methods = classes.flat_map(|data| data.methods());
            let mut found: Vec<(u32, u32)> = methods
                .filter_map(|method| Some((dex.code(method.code_offset)?.unit_count(), method.code_offset)))
                .collect();
            found.sort_unstable();
            for (units, offset) in found.into_iter().rev().take(METHODS) {
                // Header, code units, and room for a few ranges and handlers.
                let start = usize::try_from(dex.absolute(offset))?;
                let end = start + 16 + 2 * units as usize + 128;
                self.add("code", &bytes[start..end.min(bytes.len())])?;
            }
        }
        Ok(())
    }

    /// Manifests as text, and texts with and without words of lending.
    fn texts(&mut self, root: &Path) -> Result<()> {
        for entry in fs::read_dir(root.join("fixtures/apps"))? {
            let path = entry?.path().join("AndroidManifest.xml");
            if let Ok(text) = fs::read(&path) {
                self.add("xml", &text)?;
            }
        }
        let path = root.join("tests/suite/lexicon_examples.toml");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let texts = text.lines().filter_map(|line| line.strip_prefix("text = "));
        for text in texts {
            self.add("lexicon", text.trim_matches('"').as_bytes())?;
        }
        Ok(())
    }

    /// Rule files, each beside the smallest ones that a set needs.
    fn rules(&mut self) -> Result<()> {
        let files = embedded_files();
        let form = |path: &str| files.get(path).map(|text| format!("=== {path}\n{text}"));
        let frame = "=== ruleset.toml\nschema = 1\nversion = \"2026.11\"\n=== scoring.toml\nschema = 1\n";
        for path in files.keys() {
            let kinds = form("kinds.toml").filter(|_| path.contains("apis/"));
            let text = form(path).unwrap_or_default();
            let set = format!("{frame}{}{text}", kinds.unwrap_or_default());
            self.add("signatures", set.as_bytes())?;
        }
        Ok(())
    }
}
