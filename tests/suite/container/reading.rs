//! Contents: caps, lies about sizes, broken streams, reused buffers, and damaged archives.

use dunwatch::anomaly::{Anomalies, AnomalyKind as Kind};
use dunwatch::container::{Container, Inflater, Method};
use dunwatch::limits::{Budget, Limits};
use dunwatch::signing::{self, Demands, Verify};

use super::{DEX, app, dex};
use crate::support::zip::{self, Archive, DEFLATED, File};

#[test]
fn entries_are_capped() {
    let bytes = app().build();
    let mut anomalies = Anomalies::new(8);
    let limits = Limits {
        entries: 1,
        ..Limits::default()
    };
    let container = Container::open(&bytes, &limits, &mut anomalies).unwrap();
    assert_eq!(container.entries().len(), 1);
    assert_eq!(anomalies.count(Kind::BudgetSpent), 1);
}

/// Reads `DEX` of `archive` under `limits`.
fn read_dex(archive: &Archive, limits: &Limits) -> (usize, Anomalies, Budget) {
    let bytes = archive.build();
    let mut anomalies = Anomalies::new(8);
    let container = Container::open(&bytes, limits, &mut anomalies).unwrap();
    let mut budget = Budget::new(limits);
    let entry = container.find(DEX).unwrap();
    let contents = Inflater::new()
        .read(entry, limits, &mut budget, &mut anomalies)
        .unwrap();
    (contents.len(), anomalies, budget)
}

#[test]
fn bombs_are_cut_at_the_caps() {
    let zeros = Archive::new().file(File::deflated(DEX, &[0; 1 << 20]));
    let by_size = Limits {
        entry_bytes: 1000,
        ..Limits::default()
    };
    let (length, anomalies, budget) = read_dex(&zeros, &by_size);
    assert_eq!((length, anomalies.count(Kind::ZipBomb)), (1000, 1));
    assert_eq!(budget.bytes_left(), by_size.app_bytes - 1000);
    let by_ratio = Limits {
        ratio: 100,
        ratio_floor: 50_000,
        ..Limits::default()
    };
    let (length, anomalies, _) = read_dex(&zeros, &by_ratio);
    assert!((50_000..200_000).contains(&length), "{length}");
    assert_eq!(anomalies.count(Kind::ZipBomb), 1);
    let by_app = Limits {
        app_bytes: 3000,
        ..Limits::default()
    };
    let (length, anomalies, budget) = read_dex(&zeros, &by_app);
    assert_eq!((length, anomalies.count(Kind::BudgetSpent)), (3000, 1));
    assert!(budget.is_spent());
    assert_eq!(anomalies.count(Kind::ZipBomb), 0);
}

#[test]
fn stored_entries_are_capped_as_well() {
    let limits = Limits {
        entry_bytes: 1000,
        ..Limits::default()
    };
    let (length, anomalies, _) = read_dex(&app(), &limits);
    assert_eq!((length, anomalies.count(Kind::ZipBomb)), (1000, 1));
}

#[test]
fn stated_sizes_that_lie() {
    for size in [0, 1, 5, 1 << 30, u32::MAX - 1] {
        let file = File::deflated(DEX, &dex()).both(move |header| header.size = size);
        let (length, anomalies, _) = read_dex(&Archive::new().file(file), &Limits::default());
        assert_eq!(length, dex().len());
        assert_eq!(anomalies.count(Kind::ZipInflatedSize), 1);
        assert_eq!(anomalies.count(Kind::ZipCrc), 0);
    }
}

#[test]
fn a_broken_stream_gives_what_comes_before() {
    let mut payload = zip::deflate(&dex());
    payload.truncate(payload.len() / 2);
    let archive = Archive::new().file(File::raw(DEX, DEFLATED, payload, &dex()));
    let (length, anomalies, _) = read_dex(&archive, &Limits::default());
    assert!((1..dex().len()).contains(&length), "{length}");
    for kind in [Kind::ZipInflate, Kind::ZipInflatedSize, Kind::ZipCrc] {
        assert_eq!(anomalies.count(kind), 1, "{kind}");
    }
    let garbage = Archive::new().file(File::raw(DEX, DEFLATED, vec![0xff; 50], b"wanted"));
    let (length, anomalies, _) = read_dex(&garbage, &Limits::default());
    assert_eq!((length, anomalies.count(Kind::ZipInflate)), (0, 1));
}

#[test]
fn a_wrong_checksum() {
    let file = File::stored(DEX, &dex()).both(|header| header.crc ^= 1);
    let (length, anomalies, _) = read_dex(&Archive::new().file(file), &Limits::default());
    assert_eq!((length, anomalies.count(Kind::ZipCrc)), (dex().len(), 1));
}

#[test]
fn peeking_reads_the_first_bytes() {
    let bytes = app().file(File::deflated("e", &dex())).build();
    let mut anomalies = Anomalies::new(8);
    let container = Container::open(&bytes, &Limits::default(), &mut anomalies).unwrap();
    let mut inflater = Inflater::new();
    for name in [DEX, "e"] {
        let entry = container.find(name).unwrap();
        assert_eq!(inflater.peek(entry, 7), dex()[..7]);
        assert_eq!(inflater.peek(entry, 0), Vec::<u8>::new());
    }
    assert!(anomalies.is_empty());
}

#[test]
fn stored_contents_are_borrowed() {
    let bytes = app().build();
    let mut anomalies = Anomalies::new(8);
    let limits = Limits::default();
    let container = Container::open(&bytes, &limits, &mut anomalies).unwrap();
    let entry = container.find(DEX).unwrap();
    assert_eq!(entry.method, Method::Stored);
    let contents = Inflater::new()
        .read(entry, &limits, &mut Budget::new(&limits), &mut anomalies)
        .unwrap();
    assert!(matches!(contents, std::borrow::Cow::Borrowed(_)));
}

#[test]
fn a_recycled_buffer_changes_no_contents() {
    let bytes = Archive::new()
        .file(File::deflated("long", &[7; 9000]))
        .file(File::deflated(DEX, &dex()))
        .file(File::deflated("lies", &dex()).both(|header| header.size = 4))
        .build();
    let mut anomalies = Anomalies::new(8);
    let limits = Limits::default();
    let container = Container::open(&bytes, &limits, &mut anomalies).unwrap();
    let mut inflater = Inflater::new();
    let mut budget = Budget::new(&limits);
    for (name, expected) in [
        ("long", vec![7; 9000]),
        (DEX, dex()),
        ("lies", dex()),
        ("long", vec![7; 9000]),
    ] {
        let entry = container.find(name).unwrap();
        let contents = inflater
            .read(entry, &limits, &mut budget, &mut anomalies)
            .unwrap();
        assert_eq!(contents, expected);
        inflater.recycle(contents);
    }
}

/// Everything the room does, on `bytes`; returns the inflated size of all entries.
fn exercise(bytes: &[u8], limits: &Limits) -> u64 {
    let mut anomalies = Anomalies::new(2);
    let Ok(container) = Container::open(bytes, limits, &mut anomalies) else {
        return 0;
    };
    container.cross_check(&mut anomalies);
    let mut inflater = Inflater::new();
    let mut budget = Budget::new(limits);
    let mut total = 0;
    for entry in container.entries() {
        let _ = inflater.peek(entry, 16);
        if let Ok(contents) = inflater.read(entry, limits, &mut budget, &mut anomalies) {
            total += contents.len() as u64;
        }
    }
    let demands = Demands::default();
    let everything = Verify::Everything;
    let signing = signing::read(
        &container,
        demands,
        everything,
        &mut inflater,
        limits,
        &mut Budget::new(limits),
        &mut anomalies,
    );
    for certificate in &signing.certificates {
        let _ = (certificate.subject(), certificate.validity(), certificate.key());
    }
    assert!(container.entries().len() <= limits.entries);
    total
}

#[test]
fn mutations_end_within_the_budget() {
    let value = zip::v2_value(&[b"certificate"]);
    let seeds = [
        app().signing_block(&[(0x7109_871a, &value)]).build(),
        app()
            .zip64()
            .file(File::deflated("x", &dex()).zip64())
            .comment(b"PK")
            .build(),
        app()
            .file(File::deflated("META-INF/A.RSA", &[0x30; 90]).with_descriptor())
            .file(File::stored("META-INF/A.SF", b"s"))
            .build(),
    ];
    let limits = Limits {
        app_bytes: 1 << 20,
        ..Limits::default()
    };
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    for round in 0..3000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=random(4) {
            let length = bytes.len();
            // Most of the structure stands at the end.
            let reach = if random(2) == 0 { 400 } else { length };
            let at = length - 1 - random(reach);
            match random(4) {
                0 => bytes[at] ^= 1 << random(8),
                1 => bytes[at] = [0, 0xff, 0x7f][random(3)],
                2 => bytes.swap(at, length - 1 - random(400)),
                _ => bytes.truncate(length - random(40)),
            }
        }
        assert!(exercise(&bytes, &limits) <= limits.app_bytes, "round {round}");
    }
}
