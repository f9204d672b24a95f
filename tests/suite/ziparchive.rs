//! The container against AOSP's libziparchive (Debian package `android-libziparchive`): which
//! archives open, what they list, and what comes out.
//!
//! A small program of ours, `tests/oracles/ziparchive.cc`, is built into the folder of test
//! artefacts and asked about many archives at once. The library is that of platform-tools 29.0.6,
//! the beginning of 2020; what newer ones do otherwise, and what dunwatch does otherwise on
//! purpose, stands in `ziparchive_differences.tsv`. A difference that no row explains fails, and
//! so does a row that explains nothing, or whose anomaly was not noted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dunwatch::anomaly::{Anomalies, AnomalyKind};
use dunwatch::container::{Container, Entry, Inflater, Method, Refusal};
use dunwatch::limits::{Budget, Limits};

use crate::support::random::Random;
use crate::support::{apps, archives};

const SOURCE: &str = include_str!("../oracles/ziparchive.cc");
const DIFFERENCES: &str = include_str!("ziparchive_differences.tsv");
const HEADER: &str = "/usr/include/android/ziparchive/zip_archive.h";

/// Mutations of each crafted archive.
const PER_ARCHIVE: usize = 50;

/// The oracle, built unless that has been done; says why it cannot be.
fn oracle() -> Option<PathBuf> {
    let skipped = |reason: &str| {
        println!("skipped: {reason}");
        None
    };
    if !Path::new(HEADER).is_file() {
        return skipped("android-libziparchive-dev is not installed");
    }
    let Ok(triplet) = Command::new("g++").arg("-print-multiarch").output() else {
        return skipped("g++ is not installed");
    };
    let libraries = format!(
        "/usr/lib/{}/android",
        String::from_utf8_lossy(&triplet.stdout).trim()
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let program = folder.join(format!("ziparchive-{:08x}", crc32fast::hash(SOURCE.as_bytes())));
    if program.is_file() {
        return Some(program);
    }
    fs::create_dir_all(folder).unwrap();
    // Built beside its place and moved there, so that two tests cannot meet a half-written one.
    let built = tempfile::NamedTempFile::new_in(folder).unwrap().into_temp_path();
    let result = Command::new("g++")
        .args(["-std=c++17", "-O2", "-Wall", "-Werror", "-I/usr/include/android"])
        .arg(apps::repository("tests/oracles/ziparchive.cc"))
        .arg("-o")
        .arg(&built)
        .args([format!("-L{libraries}"), format!("-Wl,-rpath,{libraries}")])
        .arg("-lziparchive")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&result.stderr);
    assert!(result.status.success(), "the oracle does not build:\n{said}");
    built.persist(&program).unwrap();
    Some(program)
}

/// What libziparchive says of one archive.
enum Theirs {
    /// Refused with this code.
    Refused(i32),
    Opened {
        entries: Vec<Extracted>,
        /// Entries that are listed and not found.
        failed: usize,
    },
}

/// An entry as it was listed, and what became of its extraction.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Extracted {
    name: String,
    /// Method, compressed size, size, checksum and offset of the data.
    fields: [u64; 5],
    /// Length and checksum of the contents, or the code of the failure.
    contents: Result<[u64; 2], i64>,
}

/// Asks the oracle about all archives in `paths`.
fn ask(oracle: &Path, paths: &[PathBuf]) -> Vec<Theirs> {
    let mut list = tempfile::tempfile().unwrap();
    for path in paths {
        writeln!(list, "{}", path.display()).unwrap();
    }
    std::io::Seek::rewind(&mut list).unwrap();
    let output = Command::new(oracle)
        .stdin(list)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Theirs> = text.split("archive /").skip(1).map(answer).collect();
    let last = text.lines().rfind(|line| line.starts_with("archive "));
    assert!(output.status.success(), "the oracle ended at {last:?}");
    assert_eq!(answers.len(), paths.len());
    answers
}

fn answer(text: &str) -> Theirs {
    let mut opened = (Vec::new(), 0);
    for line in text.lines().skip(1) {
        let words: Vec<&str> = line.split(' ').collect();
        let hex = |at: usize| u64::from_str_radix(words[at], 16).unwrap();
        let number = |at: usize| words[at].parse::<i64>().unwrap();
        let unsigned = |at: usize| words[at].parse::<u64>().unwrap();
        match words[0] {
            "error" => return Theirs::Refused(number(1) as i32),
            "failed" => opened.1 += 1,
            "entry" => opened.0.push(Extracted {
                name: words[1].to_owned(),
                fields: [unsigned(2), unsigned(3), unsigned(4), hex(5), unsigned(6)],
                contents: match number(7) {
                    0 => Ok([unsigned(8), hex(9)]),
                    code => Err(code),
                },
            }),
            _ => {}
        }
    }
    Theirs::Opened {
        entries: opened.0,
        failed: opened.1,
    }
}

/// A name as the oracle writes it.
fn escaped(name: &[u8]) -> String {
    let byte = |byte: &u8| match byte {
        b'!'..=b'~' if *byte != b'\\' => char::from(*byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    name.iter().map(byte).collect()
}

/// What we say of one archive.
struct Ours {
    refusal: Option<Refusal>,
    /// Whether there is anything to salvage.
    opened: bool,
    /// The entries that Android finds, each with the anomalies that reading it added.
    accepted: Vec<(Extracted, BTreeSet<&'static str>)>,
    rejected: usize,
    anomalies: BTreeSet<&'static str>,
}

impl Ours {
    fn of(bytes: &[u8]) -> Self {
        let limits = Limits::default();
        let mut anomalies = Anomalies::new(0);
        let mut ours = Self {
            refusal: None,
            opened: false,
            accepted: Vec::new(),
            rejected: 0,
            anomalies: BTreeSet::new(),
        };
        let Ok(container) = Container::open(bytes, &limits, &mut anomalies) else {
            return ours;
        };
        ours.opened = true;
        ours.refusal = container.refusal();
        ours.anomalies = names(&anomalies);
        let mut inflater = Inflater::new();
        for entry in container.entries() {
            if !entry.accepted {
                ours.rejected += 1;
                continue;
            }
            let mut own = Anomalies::new(0);
            let mut budget = Budget::new(&limits);
            let contents = inflater.read(entry, &limits, &mut budget, &mut own).ok();
            let sum = contents.map(|contents| [contents.len() as u64, crc32fast::hash(&contents).into()]);
            ours.accepted.push((extracted(entry, sum.ok_or(0)), names(&own)));
        }
        ours
    }
}

fn extracted(entry: &Entry<'_>, contents: Result<[u64; 2], i64>) -> Extracted {
    let method = match entry.method {
        Method::Stored => 0,
        Method::Deflated => 8,
        Method::Other(code) => code.into(),
    };
    let offset = entry.data_offset.unwrap_or(0);
    Extracted {
        name: escaped(entry.raw_name),
        fields: [
            method,
            entry.compressed_size,
            entry.size,
            entry.crc.into(),
            offset,
        ],
        contents,
    }
}

fn names(anomalies: &Anomalies) -> BTreeSet<&'static str> {
    let noted = AnomalyKind::ALL.iter().filter(|kind| anomalies.count(**kind) > 0);
    noted.map(|kind| kind.name()).collect()
}

/// The rows of the table, and which of them were needed.
struct Differences {
    rows: BTreeMap<&'static str, &'static str>,
    met: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
    compared: [usize; 4],
}

impl Differences {
    fn new() -> Self {
        let row = |line: &'static str| {
            let cells: Vec<&str> = line.split('\t').collect();
            assert!(cells.len() == 5 && !cells[4].is_empty(), "{line}");
            (cells[0], cells[3])
        };
        Self {
            rows: DIFFERENCES.lines().skip(1).map(row).collect(),
            met: BTreeMap::new(),
            unexplained: Vec::new(),
            compared: [0; 4],
        }
    }

    /// A difference that belongs to `class`, provided one of the anomalies of its row was noted.
    fn found(&mut self, class: &'static str, name: &str, noted: &BTreeSet<&'static str>, what: &str) {
        let explained = self
            .rows
            .get(class)
            .is_some_and(|wanted| wanted.split(' ').any(|kind| noted.contains(kind)));
        if explained {
            *self.met.entry(class).or_default() += 1;
        } else {
            self.unexplained
                .push(format!("{name}: {what} [{class}; {noted:?}]"));
        }
    }

    fn compare(&mut self, name: &str, ours: &Ours, theirs: &Theirs) {
        self.compared[0] += 1;
        match theirs {
            Theirs::Refused(code) if ours.refusal.is_some() || !ours.opened => {
                self.compared[1] += 1;
                if ours.opened && !ours.anomalies.contains("zip-android-refuses") {
                    self.unexplained
                        .push(format!("{name}: refused with {code}, and nothing says so"));
                }
            }
            Theirs::Refused(code) => {
                self.found(
                    "opens-zip64",
                    name,
                    &ours.anomalies,
                    &format!("refused with {code}"),
                );
            }
            Theirs::Opened { .. } if ours.refusal.is_some() || !ours.opened => {
                let class = match ours.refusal {
                    Some(Refusal::Zip64) => "refuses-zip64",
                    Some(Refusal::LocalOffset) => "refuses-zip64-offset",
                    _ => "refuses",
                };
                let what = format!("opened, ours {:?}", ours.refusal);
                self.found(class, name, &ours.anomalies, &what);
            }
            Theirs::Opened { entries, failed } => self.compare_entries(name, ours, entries, *failed),
        }
    }

    fn compare_entries(&mut self, name: &str, ours: &Ours, theirs: &[Extracted], failed: usize) {
        let listed = |entry: &Extracted| (entry.name.clone(), entry.fields);
        let our_list: Vec<_> = ours.accepted.iter().map(|(entry, _)| listed(entry)).collect();
        let their_list: Vec<_> = theirs.iter().map(listed).collect();
        if our_list != their_list || ours.rejected != failed {
            let what = format!(
                "lists {their_list:?} and {failed} more, ours {our_list:?} and {} more",
                ours.rejected
            );
            self.found("lists-zip64", name, &ours.anomalies, &what);
            return;
        }
        for ((entry, own), theirs) in ours.accepted.iter().zip(theirs) {
            self.compared[2] += 1;
            if entry.contents == theirs.contents {
                self.compared[3] += 1;
                continue;
            }
            // Debian's library checks no contents: a wrong checksum is no reason for its failure.
            let whole = own.iter().all(|kind| *kind == "zip-crc");
            let class = match (theirs.contents, entry.fields[0]) {
                (Err(_), 0 | 8) if whole => "reads-behind-descriptor",
                (Err(_), 0 | 8) => "reads-part",
                (Err(-1), _) => "reads-unknown-method",
                _ => "reads",
            };
            let noted = ours.anomalies.union(own).copied().collect();
            let what = format!("{}: {:?}, ours {:?}", entry.name, theirs.contents, entry.contents);
            self.found(class, name, &noted, &what);
        }
    }

    /// Says what was compared; fails for what is not explained.
    fn conclude(&self) {
        let [archives, refused, entries, same] = self.compared;
        println!(
            "{archives} archives, {refused} refused by both, {entries} entries, {same} of them with \
             the same contents; explained differences: {:?}",
            self.met
        );
        let shown = self
            .unexplained
            .iter()
            .take(40)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n");
        assert!(
            self.unexplained.is_empty(),
            "{} differences\n{shown}",
            self.unexplained.len()
        );
    }
}

/// Compares all `archives`, which are written into a folder for the oracle.
fn compare(oracle: &Path, archives: &[(String, Vec<u8>)]) -> Differences {
    let folder = tempfile::tempdir().unwrap();
    let write = |(at, (_, bytes)): (usize, &(String, Vec<u8>))| {
        let path = folder.path().join(at.to_string());
        fs::write(&path, bytes).unwrap();
        path
    };
    let paths: Vec<PathBuf> = archives.iter().enumerate().map(write).collect();
    let mut differences = Differences::new();
    for ((name, bytes), theirs) in archives.iter().zip(ask(oracle, &paths)) {
        differences.compare(name, &Ours::of(bytes), &theirs);
    }
    differences
}

#[test]
fn crafted_archives_are_read_as_libziparchive_reads_them() {
    let Some(oracle) = oracle() else { return };
    let named = |(name, bytes): (&str, Vec<u8>)| (name.to_owned(), bytes);
    let archives: Vec<_> = archives::crafted().into_iter().map(named).collect();
    let differences = compare(&oracle, &archives);
    differences.conclude();
    let unneeded: Vec<_> = differences
        .rows
        .keys()
        .filter(|class| !differences.met.contains_key(*class))
        .collect();
    assert!(unneeded.is_empty(), "explained but not so: {unneeded:?}");
}

#[test]
fn damaged_archives_are_read_as_libziparchive_reads_them() {
    let Some(oracle) = oracle() else { return };
    let mut random = Random::new(29);
    let mut damaged = Vec::new();
    for (name, bytes) in archives::crafted() {
        if !(30..20_000).contains(&bytes.len()) {
            continue;
        }
        for round in 0..PER_ARCHIVE {
            damaged.push((format!("{name}, {round}"), damage(&bytes, &mut random)));
        }
    }
    compare(&oracle, &damaged).conclude();
}

/// Changes a few bytes, most of them in the directory, where much is decided.
fn damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let length = bytes.len();
        let reach = if random.below(3) == 0 {
            length
        } else {
            length.min(260)
        };
        let at = length - 1 - random.below(reach);
        match random.below(6) {
            0 => bytes[at] = 0xff,
            1 => bytes[at] = 0,
            2 => bytes[at] = random.below(256) as u8,
            3 => bytes.swap(at, length - 1 - random.below(reach)),
            4 if at > 30 && random.below(4) == 0 => bytes.truncate(at),
            _ => bytes[at] ^= 1 << random.below(8),
        }
    }
    bytes
}

#[test]
fn packages_of_the_corpus_are_read_as_libziparchive_reads_them() {
    let (Some(oracle), Some(corpus)) = (oracle(), apps::corpus()) else {
        return;
    };
    let paths: Vec<PathBuf> = apps::corpus_files(&corpus).map(|(_, path)| path).collect();
    let absolute: Vec<PathBuf> = paths.iter().map(|path| path.canonicalize().unwrap()).collect();
    let mut differences = Differences::new();
    for (path, theirs) in absolute.iter().zip(ask(&oracle, &absolute)) {
        let name = path.file_name().unwrap().to_string_lossy();
        differences.compare(&name, &Ours::of(&fs::read(path).unwrap()), &theirs);
    }
    differences.conclude();
    assert!(differences.compared[0] >= 305, "{:?}", differences.compared);
}
