//! Words in programs that are compiled from Dart.

use dunwatch::analysis::facts;
use dunwatch::facts::words::term_of;
use dunwatch::facts::{FactKind, Location, Opaque};
use dunwatch::limits::Limits;
use dunwatch::report::v1::Band;
use dunwatch::{Options, analyze};

use crate::hostile::entries;
use crate::support::apps::{self, RULES};
use crate::support::dart::{Shape, Snapshot};
use crate::support::elf::Library;
use crate::support::zip::{Archive, File};

const LIBRARY: &str = "lib/arm64-v8a/libapp.so";
const TEXTS: [&str; 6] = [
    "Pinjaman online langsung cair",
    "贷款口子",
    "préstamo rápido sin buró",
    "Izin kontak dinonaktifkan, aktifkan agar pengajuan pinjaman Anda dapat diproses",
    "rentenir",
    "Kami akan sebar foto KTP, ajukan pinjaman, bayar pinjaman, tenor pinjaman, jatuh tempo pinjaman",
];
const SHAPES: [Shape; 4] = [Shape::Mixed, Shape::Apart, Shape::Image64, Shape::Image32];

fn program(shape: Shape) -> Vec<u8> {
    let snapshot = Snapshot::new(shape, &TEXTS).build();
    Library::of_program(&snapshot, shape != Shape::Image32).build()
}

/// An app that reads messages to show them, with further files.
fn app(files: &[(&str, &[u8])]) -> Vec<u8> {
    let parts = entries(&apps::fixture("sms-app"));
    let own = parts.iter().map(|(name, data)| (name.as_str(), data.as_slice()));
    let add = |archive: Archive, (name, data): (&str, &[u8])| archive.file(File::deflated(name, data));
    own.chain(files.iter().copied()).fold(Archive::new(), add).build()
}

#[test]
fn strings_of_a_program_are_texts_with_their_place_and_names_are_not() {
    for shape in SHAPES {
        let data = program(shape);
        let bytes = app(&[
            (LIBRARY, &data),
            ("assets/flutter_assets/AssetManifest.json", b"{}"),
        ]);
        let found = facts(&bytes, &RULES, &Limits::default()).unwrap();
        let place = |term: &str| {
            let kinds = [FactKind::Word, FactKind::Phrase].into_iter();
            let mut all = kinds.flat_map(|kind| found.facts.of_kind(kind));
            let (_, places) = all.find(|(fact, _)| term_of(fact) == term)?;
            places.iter().find_map(|place| match place {
                Location::Entry { name, offset } if name == LIBRARY => *offset,
                _ => None,
            })
        };
        let wide: Vec<u8> = TEXTS[1].encode_utf16().flat_map(u16::to_le_bytes).collect();
        let latin: Vec<u8> = TEXTS[2].chars().map(|letter| letter as u8).collect();
        for (term, written) in [
            ("pinjaman daring", TEXTS[0].as_bytes()),
            ("贷款口子", &wide),
            ("préstamo rápido", &latin),
            (
                "Izin kontak dinonaktifkan ... pengajuan pinjaman Anda dapat diproses",
                TEXTS[3].as_bytes(),
            ),
        ] {
            let expected = memchr::memmem::find(&data, written).map(|at| at as u64);
            assert_eq!(place(term), expected, "{shape:?} {term}");
        }
        assert_eq!(place("rentenir"), None, "{shape:?}");
        let opaque = found.coverage.opaque;
        assert!(opaque.contains(&Opaque::ScriptFlows) && !opaque.contains(&Opaque::ScriptCode));
        let native: Vec<&str> = found
            .facts
            .of_kind(FactKind::Native)
            .map(|(fact, _)| fact.value.as_str())
            .collect();
        assert!(
            native.contains(&"dart-version 0123456789abcdef0123456789abcdef"),
            "{native:?}"
        );
    }
}

#[test]
fn one_library_is_read_of_several_processors() {
    let other =
        Library::of_program(&Snapshot::new(Shape::Image32, &["utang piutang"]).build(), false).build();
    let bytes = app(&[
        ("lib/armeabi-v7a/libapp.so", &other),
        (LIBRARY, &program(Shape::Mixed)),
    ]);
    let found = facts(&bytes, &RULES, &Limits::default()).unwrap();
    let places = found.facts.iter().flat_map(|(_, places)| places);
    let of_program = |place: &&Location| match place {
        Location::Entry { name, offset } => offset.is_some() && name.starts_with("lib/"),
        _ => false,
    };
    assert!(
        places
            .filter(of_program)
            .all(|place| place.to_string().contains(LIBRARY))
    );
}

#[test]
fn a_snapshot_without_its_symbol_is_found_all_the_same() {
    let snapshot = Snapshot::new(Shape::Mixed, &TEXTS).build();
    let mut library = Library::of_program(&snapshot, true);
    library.objects.clear();
    let bytes = app(&[(LIBRARY, &library.build())]);
    let found = facts(&bytes, &RULES, &Limits::default()).unwrap();
    let mut native = found.facts.of_kind(FactKind::Native);
    assert!(native.any(|(fact, _)| fact.value.starts_with("dart-version ")));
}

#[test]
fn programs_that_are_not_read_are_out_of_sight() {
    let script_code = |files: &[(&str, &[u8])], limits: &Limits| {
        let found = facts(&app(files), &RULES, limits).unwrap();
        assert!(!found.coverage.budget_spent);
        found.coverage.opaque.contains(&Opaque::ScriptCode)
    };
    let assets = ("assets/flutter_assets/AssetManifest.json", &b"{}"[..]);
    let (data, limits) = (program(Shape::Mixed), Limits::default());
    let plain = Library::new(b"\0no program\0").build();
    let few = Limits {
        script_file_bytes: data.len() as u64 - 1,
        ..Limits::default()
    };
    for (files, limits, expected) in [
        (vec![(LIBRARY, &data[..]), assets], &limits, false),
        (vec![assets], &limits, true),
        (vec![(LIBRARY, &data), assets], &few, true),
        (vec![(LIBRARY, &plain), assets], &limits, true),
        (vec![(LIBRARY, b"no library"), assets], &limits, true),
        // A library of this name in an app that is not written in Dart.
        (vec![(LIBRARY, &plain)], &limits, false),
    ] {
        assert_eq!(script_code(&files, limits), expected, "{} files", files.len());
    }
}

#[test]
fn what_a_program_says_counts_like_any_other_text() {
    let bytes = app(&[(LIBRARY, &program(Shape::Mixed))]);
    let score = analyze(&bytes, &RULES, &Options::default()).score.unwrap();
    assert!(score.lending_db > 0.0 && score.band > Band::Low, "{score:?}");
    let mut evidence = score.contributions.iter().flat_map(|part| &part.evidence);
    assert!(evidence.any(|place| place.kind == "native" && place.entry.as_deref() == Some(LIBRARY)));
}
