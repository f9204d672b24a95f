//! Bombs: each ends in a report, after work that is counted, and says what it is or that it was
//! cut. The same packages, larger, are measured in `docs/hostile-input.md`.

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::elf::{ElfError, Library};
use dunwatch::limits::{Budget, Limits};
use dunwatch::report::v1::{Band, Report, Status};
use dunwatch::{Options, analyze};

use crate::collections;
use crate::support::apps::RULES;
use crate::support::zip::{Archive, File};
use crate::support::{axml, bombs};

/// By how much the bombs are smaller here.
const SIZE: usize = 20;

/// What one bomb comes to.
struct Expected {
    name: &'static str,
    /// The caps on steps and inflated bytes under which it is read.
    steps: u64,
    bytes: u64,
    /// Whether one of them, or the cap of a part, cuts it short. If not, the work was less.
    cut: bool,
    /// An anomaly that tells of it; empty where all is in order.
    anomaly: &'static str,
}

const fn row(name: &'static str, steps: u64, bytes: u64, cut: bool, anomaly: &'static str) -> Expected {
    Expected {
        name,
        steps,
        bytes,
        cut,
        anomaly,
    }
}

const MIB: u64 = 1 << 20;

/// Every bomb. Bytes and steps are powers of two near to what is needed.
const EXPECTED: &[Expected] = &[
    row("ratio", 1 << 12, 20 * MIB, false, "dex-header"),
    row("sum", 1 << 14, 16 * MIB, true, "budget-spent"),
    row("overlap", 1 << 14, 16 * MIB, true, "zip-overlap"),
    row("nesting", 1 << 12, MIB, false, ""),
    row("entries", 1 << 14, MIB, false, ""),
    row("string pool", 1 << 17, 2 * MIB, false, "arsc-string-pool"),
    row("manifest strings", 1 << 16, 2 * MIB, false, "budget-spent"),
    row("deep XML", 1 << 16, 2 * MIB, false, "axml-nesting"),
    row("deep text XML", 1 << 16, 2 * MIB, false, "axml-nesting"),
    row("attributes", 1 << 20, 8 * MIB, false, "axml-truncated"),
    row("huge counts", 1 << 12, MIB, false, "dex-table"),
    row("self-reference", 1 << 18, MIB, false, "arsc-reference-loop"),
    row("references", 1 << 22, MIB, true, "budget-spent"),
    row("words", 1 << 12, 4 * MIB, false, ""),
    row("unsorted strings", 1 << 23, 2 * MIB, false, ""),
    row("one string", 1 << 22, 2 * MIB, true, "dex-string"),
    row("shared class data", 1 << 22, 4 * MIB, true, "budget-spent"),
    row("shared code", 1 << 22, 2 * MIB, true, "budget-spent"),
    row("nested values", 1 << 16, MIB, false, ""),
    row("imports", 1 << 21, 64 * MIB, false, ""),
    row("signers", 1 << 16, MIB, false, ""),
    row("certificates", 1 << 12, 32 * MIB, false, ""),
    row("bytecode strings", 1 << 17, MIB, false, ""),
    row("beginnings of strings", 1 << 17, 4 * MIB, false, ""),
    row("script names", 1 << 17, 4 * MIB, false, ""),
];

fn report(bytes: &[u8], limits: &Limits) -> Report {
    let options = Options {
        limits: limits.clone(),
        ..Options::default()
    };
    analyze(bytes, &RULES, &options)
}

#[test]
fn every_bomb_ends_after_counted_work_and_says_so() {
    let bombs = bombs::all(SIZE);
    let mut wrong = Vec::new();
    assert_eq!(bombs.len(), EXPECTED.len());
    for (bomb, expected) in bombs.iter().zip(EXPECTED) {
        assert_eq!(bomb.name, expected.name);
        let limits = Limits {
            steps: expected.steps,
            app_bytes: expected.bytes,
            ..Limits::default()
        };
        let report = report(&bomb.bytes, &limits);
        let kinds: Vec<&str> = report
            .anomalies
            .iter()
            .map(|anomaly| anomaly.kind.as_str())
            .collect();
        let cut = report.coverage.as_ref().map(|coverage| coverage.budget_spent);
        let found = format!("{}: {:?}, cut {cut:?}, {kinds:?}", bomb.name, report.status);
        println!("{found}");
        let is_told = expected.anomaly.is_empty() || kinds.contains(&expected.anomaly);
        if !is_told || cut.is_some_and(|cut| cut != expected.cut) || (report.status == Status::Failed) {
            wrong.push(found);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An archive of packages, and an App Bundle, that are made to wear a reader out.
fn in_parts() -> Vec<(&'static str, Vec<u8>, Limits)> {
    let limits = |steps, app_bytes| Limits {
        steps,
        app_bytes,
        ..Limits::default()
    };
    let manifest = |split: Option<&str>| axml::build(&collections::root("a.b", 1, split));
    let package = |split: Option<&str>| {
        let zeros = vec![0; 4 << 20];
        Archive::new()
            .file(File::deflated("AndroidManifest.xml", &manifest(split)))
            .file(File::deflated("classes.dex", &zeros))
            .build()
    };
    let mut packages = Archive::new().file(File::deflated("base.apk", &package(None)));
    for number in 0..40 {
        let split = package(Some(&format!("s{number}")));
        packages = packages.file(File::deflated(format!("s{number}.apk"), &split));
    }
    let mut many = Archive::new().file(File::deflated("base.apk", &package(None)));
    for number in 0..2000 {
        many = many.file(File::stored(format!("{number}.apk"), b"PK\x03\x04"));
    }
    let nested = (0..30).fold(package(None), |inner, _| {
        Archive::new().file(File::deflated("base.apk", &inner)).build()
    });
    let field = |number: u8, contents: &[u8]| {
        let mut data = vec![number << 3 | 2];
        let mut length = contents.len();
        while length > 0x7f {
            data.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        data.push(length as u8);
        data.extend(contents);
        data
    };
    // A label in many locales, each a reference to itself.
    let item = field(2, &field(4, &field(1, b"\x10\x80\x80\x84\xf8\x07")));
    let locale = |number: usize| {
        let tag = format!(
            "{}{}{}",
            letter(number / 676),
            letter(number / 26),
            letter(number)
        );
        field(6, &[field(1, &field(3, tag.as_bytes())), item.clone()].concat())
    };
    let values: Vec<u8> = (0..1000).flat_map(locale).collect();
    let entry = field(3, &[field(1, &[]), field(2, b"label"), values].concat());
    let kind = field(3, &[field(1, b"\x08\x01"), field(2, b"string"), entry].concat());
    let table = field(2, &[field(1, b"\x08\x7f"), kind].concat());
    let label = field(
        4,
        &[
            field(2, b"label"),
            b"\x28\x81\x80\x84\x08".to_vec(),
            field(6, &field(1, b"\x10\x80\x80\x84\xf8\x07")),
        ]
        .concat(),
    );
    let application = field(5, &field(1, &[field(3, b"application"), label].concat()));
    let root = field(1, &[field(3, b"manifest"), application].concat());
    let bundle = Archive::new()
        .file(File::stored("BundleConfig.pb", b""))
        .file(File::deflated("base/manifest/AndroidManifest.xml", &root))
        .file(File::deflated("base/resources.pb", &table))
        .build();
    let deep = (0..4000).fold(Vec::new(), |inner: Vec<u8>, _| {
        let child = if inner.is_empty() { inner } else { field(5, &inner) };
        field(1, &[field(3, b"application"), child].concat())
    });
    let deep = field(1, &[field(3, b"manifest"), field(5, &deep)].concat());
    let deep = Archive::new()
        .file(File::stored("BundleConfig.pb", b""))
        .file(File::deflated("base/manifest/AndroidManifest.xml", &deep))
        .build();
    vec![
        ("packages", packages.build(), limits(1 << 20, 16 * MIB)),
        ("many packages", many.build(), limits(1 << 20, 16 * MIB)),
        ("nested archives", nested, limits(1 << 20, 16 * MIB)),
        ("references in a bundle", bundle, limits(1 << 20, MIB)),
        ("deep protocol buffers", deep, limits(1 << 16, 2 * MIB)),
    ]
}

fn letter(number: usize) -> char {
    char::from(b'a' + (number % 26) as u8)
}

#[test]
fn bombs_in_parts_end_after_counted_work_and_are_never_low() {
    for (name, bytes, limits) in in_parts() {
        let report = report(&bytes, &limits);
        let band = report.score.as_ref().map(|score| score.band);
        assert_ne!(band, Some(Band::Low), "{name}");
        let is_told = report.status == Status::Failed || !report.anomalies.is_empty();
        assert!(is_told, "{name}");
        if name == "packages" || name == "references in a bundle" {
            assert!(report.coverage.unwrap().budget_spent, "{name}");
        }
    }
}

/// Segments, dynamic rows and symbols are each bounded, and so is their sum: what is read of one
/// never multiplies with what is read of another.
#[test]
fn the_tables_of_a_library_are_bounded_together() {
    let library = bombs::programs::library();
    let parse = |steps| {
        let limits = Limits {
            steps,
            ..Limits::default()
        };
        let mut budget = Budget::new(&limits);
        Library::parse(&library, &limits, &mut budget, &mut Anomalies::new(1))
    };
    let rows = 3 * Limits::default().library_rows as u64;
    let read = parse(rows).expect("no more than the three tables together");
    assert!(read.needed.len() <= 4096 && read.jni_names.len() <= 4096);
    assert_eq!(parse(rows / 2).err(), Some(ElfError::BudgetSpent));
}
