//! The dex reader against AOSP's dexdump (Debian package `dexdump`): the same classes, fields,
//! methods, strings and instructions. Skipped where the tool or the corpus is missing.
//!
//! `DUNWATCH_CORPUS` names the folder of the corpus; its `apks` folder holds the packages.

use std::collections::{BTreeSet, VecDeque};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::{fmt, fs};

use dunwatch::anomaly::Anomalies;
use dunwatch::container::{Container, Entry, Inflater};
use dunwatch::formats::dex::{Dex, IndexKind, Instruction};
use dunwatch::limits::{Budget, Limits};

use crate::support::apps;
use crate::support::dex::{sample, seal};
use crate::support::random::Random;

/// Damaged versions of each small file.
const DAMAGES: usize = 12;

/// Text that dexdump prints of `dex`, or `None` when it refuses the file or breaks down over it.
fn dexdump(dex: &[u8], options: &[&str]) -> Option<Vec<u8>> {
    let mut file = tempfile::Builder::new().suffix(".dex").tempfile().unwrap();
    file.write_all(dex).unwrap();
    let output = Command::new("dexdump")
        .args(options)
        .arg(file.path())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    output.status.success().then_some(output.stdout)
}

fn is_installed() -> bool {
    let found = Command::new("dexdump")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        println!("skipped: dexdump is not installed");
    }
    found
}

fn corpus() -> Option<PathBuf> {
    apps::corpus().map(|corpus| corpus.join("apks"))
}

/// The dex files among the entries of a package.
fn entries(apk: &[u8]) -> Vec<(String, Vec<u8>)> {
    let limits = Limits::default();
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(limits.anomalies_per_kind);
    let Ok(container) = Container::open(apk, &limits, &mut anomalies) else {
        return Vec::new();
    };
    let mut inflater = Inflater::new();
    let mut read = |entry: &Entry<'_>| {
        let data = inflater.read(entry, &limits, &mut budget, &mut anomalies).ok()?;
        Some((entry.name.to_string(), data.into_owned()))
    };
    let code = container
        .entries()
        .iter()
        .filter(|entry| entry.name.ends_with(".dex"));
    code.filter_map(&mut read).collect()
}

/// Bytes that are shown as text.
#[derive(PartialEq, Eq, Clone, Default)]
struct Text(Vec<u8>);

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{}\"", self.0.escape_ascii())
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

/// One line of what both sides say about a file, in the order of the file.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Strings(u32),
    Class(Text),
    Source(Text),
    Superclass(Text),
    Member {
        is_method: bool,
        name: Text,
        kind: Text,
        access: u32,
    },
    Code {
        registers: u16,
        ins: u16,
        outs: u16,
        units: u32,
    },
    Instruction {
        address: u32,
        name: Text,
        index: Option<u32>,
        text: Option<Text>,
    },
}

/// What our reader says, and whether that is all: it ends at the first instruction that is none, or
/// that names a string that is not there. What dexdump says of the rest of such code is arbitrary.
fn ours(dex: &Dex<'_>) -> (VecDeque<Line>, bool) {
    let descriptor = |index| Text::from(dex.type_descriptor(index).unwrap());
    let string = |index| Text::from(dex.string_bytes(index).unwrap());
    let mut lines = VecDeque::from([Line::Strings(dex.string_count())]);
    for (_, class) in dex.classes() {
        lines.push_back(Line::Class(descriptor(class.class)));
        lines.extend(class.superclass.map(|index| Line::Superclass(descriptor(index))));
        let data = dex.class_data(&class);
        for member in data.iter().flat_map(|data| data.fields()) {
            let field = dex.field(member.field).unwrap();
            lines.push_back(Line::Member {
                is_method: false,
                name: string(field.name),
                kind: descriptor(field.field_type),
                access: member.access_flags,
            });
        }
        for member in data.iter().flat_map(|data| data.methods()) {
            let method = dex.method(member.method).unwrap();
            lines.push_back(Line::Member {
                is_method: true,
                name: string(method.name),
                kind: Text(dex.prototype_descriptor(method.prototype).unwrap().into_bytes()),
                access: member.access_flags,
            });
            let Some(code) = dex.code(member.code_offset) else {
                assert_eq!(member.code_offset, 0);
                continue;
            };
            let is_known = |instruction: &Instruction<'_>| {
                let is_text = instruction.opcode.index_kind() == IndexKind::String;
                !is_text
                    || instruction
                        .index()
                        .is_some_and(|index| index < dex.string_count())
            };
            lines.push_back(Line::Code {
                registers: code.registers,
                ins: code.ins,
                outs: code.outs,
                units: code.unit_count(),
            });
            for instruction in code.instructions() {
                let Some(instruction) = instruction.ok().filter(is_known) else {
                    return (lines, false);
                };
                let kind = instruction.opcode.index_kind();
                let index = instruction.index();
                lines.push_back(Line::Instruction {
                    address: instruction.address,
                    name: instruction.opcode.name().as_bytes().into(),
                    index,
                    text: index.filter(|_| kind == IndexKind::String).map(string),
                });
            }
        }
        lines.extend(class.source_file.map(|index| Line::Source(string(index))));
    }
    (lines, true)
}

/// Hands what dexdump says to `take`, line by line.
fn theirs(output: &[u8], mut take: impl FnMut(Line)) {
    let mut is_method = false;
    let (mut name, mut kind) = (Text::default(), Text::default());
    let (mut registers, mut ins, mut outs) = (0, 0, 0);
    let mut rest = output;
    while !rest.is_empty() {
        let mut end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        if let Some((address, what)) = instruction(&rest[..end]) {
            let opcode_end = what.iter().position(|byte| *byte == b' ').unwrap_or(what.len());
            let opcode = &what[..opcode_end];
            // Nothing is printed of a string that is not there.
            let tail = memchr::memmem::find(rest, b"\" // string@");
            let tail = tail.filter(|_| opcode.starts_with(b"const-string"));
            let is_text = tail.is_some();
            if let Some(tail) = tail {
                // The text is printed as it is, line ends included.
                end = tail + memchr::memchr(b'\n', &rest[tail..]).unwrap();
            }
            let line = &rest[..end];
            if !matches!(
                opcode,
                b"packed-switch-data" | b"sparse-switch-data" | b"array-data"
            ) {
                take(Line::Instruction {
                    address,
                    name: opcode.into(),
                    index: index(line),
                    text: is_text.then(|| {
                        let start = memchr::memmem::find(line, b", \"").unwrap() + 3;
                        let end = memchr::memmem::rfind(line, b"\" // string@").unwrap();
                        line[start..end].into()
                    }),
                });
            }
        } else if let Some((label, value)) = labelled(&rest[..end]) {
            match label {
                "string_ids_size" => take(Line::Strings(decimal(value))),
                "  Class descriptor" => take(Line::Class(quoted(value))),
                "  Superclass" => take(Line::Superclass(quoted(value))),
                "      name" => name = quoted(value),
                "      type" => kind = quoted(value),
                "      access" => take(Line::Member {
                    is_method,
                    name: name.clone(),
                    kind: kind.clone(),
                    access: hexadecimal(&value[2..]),
                }),
                "      registers" => registers = decimal(value) as u16,
                "      ins" => ins = decimal(value) as u16,
                "      outs" => outs = decimal(value) as u16,
                "      insns size" => take(Line::Code {
                    registers,
                    ins,
                    outs,
                    units: decimal(value),
                }),
                "  source_file_idx" => {
                    if let Some(open) = memchr::memchr(b'(', value)
                        && !value.ends_with(b"(unknown)")
                    {
                        take(Line::Source(value[open + 1..value.len() - 1].into()));
                    }
                }
                _ => {}
            }
        } else if is_heading(&rest[..end], "fields") {
            is_method = false;
        } else if is_heading(&rest[..end], "methods") {
            is_method = true;
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
}

/// Whether a line is a heading such as `  Direct methods    -`.
fn is_heading(line: &[u8], of: &str) -> bool {
    line.starts_with(b"  ") && line.ends_with(b" -") && memchr::memmem::find(line, of.as_bytes()).is_some()
}

/// Address and text of a line such as `110124: 2200 6c00      |0000: new-instance v0, ...`.
fn instruction(line: &[u8]) -> Option<(u32, &[u8])> {
    let bar = memchr::memchr(b'|', line.get(..64.min(line.len()))?)?;
    let (bytes, code) = line.split_at(bar);
    if !bytes
        .iter()
        .all(|byte| byte.is_ascii_hexdigit() || b" .:".contains(byte))
    {
        return None;
    }
    let colon = memchr::memchr(b':', code)?;
    let address = code
        .get(1..colon)
        .filter(|address| address.iter().all(u8::is_ascii_hexdigit))?;
    Some((hexadecimal(address), code.get(colon + 2..)?))
}

/// The index at the end of a line: `// method@00e9`, of a polymorphic call `// method@1, proto@2`.
fn index(line: &[u8]) -> Option<u32> {
    let comment = memchr::memmem::rfind(line, b" // ")?;
    let at = comment + memchr::memchr(b'@', &line[comment..])?;
    let digits = line[at + 1..]
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    Some(hexadecimal(&line[at + 1..at + 1 + digits]))
}

/// Label and value of a line such as `      name          : 'run'`.
fn labelled(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = memchr::memmem::find(line, b" : ")?;
    let label = std::str::from_utf8(&line[..colon]).ok()?;
    Some((label.trim_end(), &line[colon + 3..]))
}

fn quoted(value: &[u8]) -> Text {
    value[1..value.len() - 1].into()
}

fn decimal(value: &[u8]) -> u32 {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

fn hexadecimal(digits: &[u8]) -> u32 {
    let digits = digits.iter().map_while(|digit| char::from(*digit).to_digit(16));
    digits.fold(0, |number, digit| (number << 4) | digit)
}

/// What was compared, and the first difference of each file.
#[derive(Debug, Default)]
struct Tally {
    refused: u32,
    files: u32,
    classes: u64,
    methods: u64,
    strings: u64,
    instructions: u64,
    differences: Vec<String>,
}

/// Compares a sound file, of which no anomaly may be noted.
fn compare(name: &str, bytes: &[u8], tally: &mut Tally) {
    let anomalies = compare_lines(name, bytes, tally);
    if !anomalies.is_empty() {
        tally.differences.push(format!("{name}: {anomalies:?}"));
    }
}

/// Compares what both say of a file that dexdump takes; returns the anomalies noted.
fn compare_lines(name: &str, bytes: &[u8], tally: &mut Tally) -> Anomalies {
    let mut anomalies = Anomalies::new(8);
    let Some(output) = dexdump(bytes, &["-d", "-f"]) else {
        tally.refused += 1;
        return anomalies;
    };
    let limits = Limits::default();
    let mut budget = Budget::new(&limits);
    let files = Dex::parse(bytes, &limits, &mut budget, &mut anomalies).unwrap();
    files[0].audit(&mut budget, &mut anomalies);
    let mut difference = None;
    let (mut expected, is_whole) = ours(&files[0]);
    theirs(&output, |line| {
        if !is_whole && expected.is_empty() {
            return;
        }
        match &line {
            Line::Class(_) => tally.classes += 1,
            Line::Member { is_method: true, .. } => tally.methods += 1,
            Line::Instruction { text, .. } => {
                tally.instructions += 1;
                tally.strings += u64::from(text.is_some());
            }
            _ => {}
        }
        let ours = expected.pop_front();
        if difference.is_none() && ours.as_ref() != Some(&line) {
            difference = Some(format!("{name}: we say {ours:?}, dexdump {line:?}"));
        }
    });
    if let (None, Some(more)) = (&difference, expected.front()) {
        difference = Some(format!("{name}: dexdump says nothing of {more:?}"));
    }
    tally.differences.extend(difference);
    tally.files += 1;
    anomalies
}

#[test]
fn built_files_are_what_android_accepts() {
    if !is_installed() {
        return;
    }
    let mut tally = Tally::default();
    compare("sample", &sample().build(), &mut tally);
    assert_eq!(
        (tally.files, tally.classes, tally.methods, tally.strings),
        (1, 2, 2, 1),
        "{tally:?}"
    );
}

/// The dex files of the micro-suite that are small, and the sample of the builder.
fn small_files() -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(apps::repository("fixtures/micro/apks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let of = |path: &PathBuf| entries(&fs::read(path).unwrap());
    let files = paths.iter().step_by(12).flat_map(of);
    let small = files.filter(|(_, dex)| dex.len() < 12_000);
    small.chain([("sample".to_owned(), sample().build())]).collect()
}

/// A damaged file under a right checksum: what the verifier lets pass reads the same.
#[test]
fn damaged_files_that_dexdump_takes_read_as_it_reads_them() {
    if !is_installed() {
        return;
    }
    let mut random = Random::new(35);
    let mut tally = Tally::default();
    for (name, dex) in small_files() {
        for round in 0..DAMAGES {
            let mut damaged = dex.clone();
            for _ in 0..=random.below(2) {
                let at = 0x20 + random.below(dex.len() - 0x20);
                damaged[at] = match random.below(3) {
                    0 => damaged[at] ^ 1 << random.below(8),
                    1 => damaged[at].wrapping_add(1),
                    _ => random.below(256) as u8,
                };
            }
            seal(&mut damaged);
            compare_lines(&format!("{name} {round}"), &damaged, &mut tally);
        }
    }
    let shown = tally
        .differences
        .iter()
        .take(20)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    println!("{} files taken, {} refused", tally.files, tally.refused);
    assert!(
        tally.differences.is_empty(),
        "{} differences\n{shown}",
        tally.differences.len()
    );
    assert!(tally.files > 50 && tally.refused > 50, "{tally:?}");
}

/// The packages of the fixtures and of the micro-suite.
#[test]
fn dex_files_of_the_fixtures_read_as_dexdump_reads_them() {
    if !is_installed() {
        return;
    }
    let mut tally = Tally::default();
    for (row, apk) in apps::fixtures() {
        for (name, dex) in entries(&apk) {
            compare(&format!("{} {name}", row.get("name")), &dex, &mut tally);
        }
    }
    assert!(tally.differences.is_empty(), "{}", tally.differences.join("\n"));
    assert!(tally.files > 20, "{tally:?}");
}

#[test]
fn every_dex_file_of_the_corpus_reads_as_dexdump_reads_it() {
    let Some(folder) = corpus().filter(|_| is_installed()) else {
        return;
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let queue = Mutex::new(VecDeque::from(paths));
    let next = || queue.lock().unwrap().pop_front();
    // Versions of one app share files; checksum, signature and size tell them apart.
    let seen = Mutex::new(BTreeSet::new());
    let is_new = |bytes: &[u8]| seen.lock().unwrap().insert(bytes.get(..0x24).map(<[u8]>::to_vec));
    let work = || {
        let mut tally = Tally::default();
        while let Some(path) = next() {
            for (name, bytes) in entries(&fs::read(&path).unwrap()) {
                if is_new(&bytes) {
                    compare(&format!("{} {name}", path.display()), &bytes, &mut tally);
                }
            }
        }
        tally
    };
    let tallies = std::thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.map(|worker| worker.join().unwrap())
    });
    println!("{tallies:#?}");
    assert!(tallies.iter().all(|tally| tally.differences.is_empty()));
    assert!(tallies.iter().map(|tally| tally.files).sum::<u32>() > 100);
}
