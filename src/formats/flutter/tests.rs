//! Tests of the reader on built snapshots.

use super::builder::Shape;
use super::*;
use crate::formats::random;

const TEXTS: [&str; 5] = [
    "pinjaman online",
    "贷款口子 😀",
    "préstamo rápido",
    "package:contacts_service/contacts_service.dart",
    "a",
];
const SHAPES: [Shape; 4] = [Shape::Mixed, Shape::Apart, Shape::Image64, Shape::Image32];

fn parse(data: &[u8], shape: Shape) -> Snapshot<'_> {
    Snapshot::parse(data, 1000, shape != Shape::Image32).unwrap()
}

fn texts(data: &[u8], shape: Shape) -> Vec<String> {
    let snapshot = parse(data, shape);
    let strings = snapshot.strings();
    strings.map(|string| string.text().into_owned()).collect()
}

#[test]
fn strings_of_every_shape_are_found_with_their_place() {
    let long = "x".repeat(300);
    for shape in SHAPES {
        let mut wanted: Vec<&str> = TEXTS.to_vec();
        wanted.push(&long);
        let built = builder::Snapshot::new(shape, &wanted);
        let data = built.build();
        let snapshot = parse(&data, shape);
        assert_eq!(snapshot.kind, SnapshotKind::Compiled);
        assert_eq!(snapshot.version, "0123456789abcdef0123456789abcdef");
        assert!(snapshot.features.starts_with("product ") && snapshot.features.ends_with("pointers"));
        let found = texts(&data, shape);
        // A single letter is no string in an image, where there is nothing around to tell.
        let is_told = |text: &&&str| matches!(shape, Shape::Mixed | Shape::Apart) || text.len() > 1;
        for text in wanted.iter().filter(is_told) {
            assert_eq!(
                found.iter().filter(|found| found == text).count(),
                1,
                "{shape:?} {text}: {found:?}"
            );
        }
        assert!(found.len() <= built.texts.len(), "{shape:?} {found:?}");
        let mut strings = snapshot.strings();
        for string in strings.by_ref() {
            let at = string.offset as usize - 1000;
            assert_eq!(&data[at..at + string.bytes.len()], string.bytes);
        }
        assert!(!strings.is_cut_short());
    }
}

#[test]
fn a_table_kept_in_a_string_does_not_end_the_chain() {
    let table: String = (0..200_u8).map(|byte| char::from(byte % 20)).collect();
    let data = builder::Snapshot::new(Shape::Mixed, &[TEXTS[0], &table, TEXTS[1]]).build();
    let found = texts(&data, Shape::Mixed);
    assert!(found.contains(&TEXTS[0].to_owned()) && found.contains(&TEXTS[1].to_owned()));
    assert!(!found.contains(&table));
}

#[test]
fn data_without_strings_gives_next_to_none() {
    let mut random = random::Random::new(3);
    let mut data = builder::Snapshot::new(Shape::Mixed, &[]).build();
    let start = data.len();
    data.extend(random.bytes(400_000));
    let snapshot = parse(&data, Shape::Mixed);
    let letters: usize = snapshot
        .strings()
        .filter(|string| string.offset as usize >= 1000 + start)
        .map(|string| string.bytes.len())
        .sum();
    assert!(letters < 400, "{letters}");
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let data = builder::Snapshot::new(Shape::Mixed, &TEXTS).build();
    for end in 0..60 {
        let length = end as u64;
        let error = Snapshot::parse(&data[..end], 0, true).err();
        assert_eq!(error, Some(SnapshotError::NotSnapshot { length }));
    }
    for at in [0, 3, 20] {
        let mut other = data.clone();
        other[at] = 0;
        assert!(Snapshot::parse(&other, 0, true).is_err(), "{at}");
    }
}

#[test]
fn a_length_that_lies_hides_no_cluster() {
    for length in [0_u64, 9, u64::MAX, 1 << 40] {
        let mut data = builder::Snapshot::new(Shape::Mixed, &TEXTS).build();
        data[4..12].copy_from_slice(&length.to_le_bytes());
        assert!(
            texts(&data, Shape::Mixed).contains(&TEXTS[0].to_owned()),
            "{length}"
        );
    }
}

#[test]
fn beginnings_without_an_end_are_looked_at_a_few_times_only() {
    let mut data = builder::Snapshot::new(Shape::Mixed, &[]).build();
    // Each byte but the last begins a long text in all of the rest.
    let mut filler = vec![0xFE; 200_000];
    filler.push(0);
    data.splice(data.len() - 64..data.len() - 64, filler);
    data[4..12].fill(0xFF);
    let snapshot = parse(&data, Shape::Mixed);
    let mut strings = snapshot.strings();
    let total: usize = strings.by_ref().map(|string| string.bytes.len()).sum();
    assert!(total <= data.len());
}

#[test]
fn whatever_the_bytes_are_the_work_is_bounded() {
    let mut random = random::Random::new(9);
    let mut readable = 0;
    for round in 0..4000 {
        let shape = SHAPES[round % 4];
        let data = random.mutate(&builder::Snapshot::new(shape, &TEXTS).build());
        if let Ok(snapshot) = Snapshot::parse(&data, 0, shape != Shape::Image32) {
            readable += 1;
            let mut end = 0;
            for string in snapshot.strings() {
                assert!(string.offset >= end, "strings do not overlap");
                end = string.offset + string.bytes.len() as u64;
            }
            assert!(end <= data.len() as u64);
        }
    }
    assert!(readable > 2000, "{readable}");
}
