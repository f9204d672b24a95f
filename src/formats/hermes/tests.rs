//! Tests of the reader on built files.

use super::*;
use crate::formats::random;

const TEXTS: [&str; 3] = ["pinjaman online", "贷款口子 😀", "préstamo"];

fn parse(data: &[u8]) -> (Result<Bundle<'_>, HermesError>, Anomalies) {
    let limits = Limits::default();
    let mut anomalies = Anomalies::new(8);
    let bundle = Bundle::parse(data, &limits, &mut Budget::new(&limits), &mut anomalies);
    (bundle, anomalies)
}

fn texts(data: &[u8]) -> Vec<String> {
    let bundle = parse(data).0.unwrap();
    bundle
        .strings()
        .map(|string| string.text().into_owned())
        .collect()
}

#[test]
fn strings_of_every_layout_are_found_with_their_place_and_kind() {
    for version in [
        51, 55, 56, 59, 62, 70, 71, 74, 76, 84, 85, 89, 90, 94, 96, 97, 98, 99,
    ] {
        let long = "x".repeat(300);
        let built = builder::Bundle::new(version, &[TEXTS[0], TEXTS[1], TEXTS[2], &long]);
        let data = built.build();
        let (bundle, anomalies) = parse(&data);
        let bundle = bundle.unwrap();
        assert!(
            anomalies.is_empty() && bundle.is_whole(),
            "{version} {anomalies:?}"
        );
        assert_eq!((bundle.version, bundle.source_hash), (version, [7; 20]));
        let found: Vec<HermesString<'_>> = bundle.strings().collect();
        assert_eq!(found.len(), bundle.string_count());
        let expected = built.texts.iter().chain(&built.identifiers);
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found.text(), expected.as_str(), "{version}");
            assert_eq!(found.is_identifier, built.identifiers.contains(expected));
            assert_eq!(found.is_wide, !expected.is_ascii());
            let at = found.offset as usize;
            assert_eq!(&data[at..at + found.bytes.len()], found.bytes, "{version}");
        }
        assert!(extent(&data[..TELLING_BYTES]).unwrap() >= data.len() as u64);
    }
}

#[test]
fn the_layout_is_told_by_the_counts_and_not_by_the_version() {
    let mut built = builder::Bundle::new(97, &TEXTS);
    built.function_header = 16;
    assert!(texts(&built.build()).contains(&"pinjaman online".to_owned()));
    let newer = builder::Bundle::new(140, &TEXTS).build();
    assert!(texts(&newer).contains(&"pinjaman online".to_owned()));
    let mut other = builder::Bundle::new(140, &TEXTS);
    other.function_header = 20;
    let version = HermesError::Version { version: 140 };
    assert_eq!(parse(&other.build()).0.err(), Some(version));
}

#[test]
fn forms_and_versions_that_are_not_read_are_named() {
    let old = builder::Bundle::new(50, &TEXTS).build();
    assert_eq!(parse(&old).0.err(), Some(HermesError::Version { version: 50 }));
    assert_eq!(extent(&old), None);
    let mut delta = builder::Bundle::new(96, &TEXTS).build();
    delta[..8].iter_mut().for_each(|byte| *byte = !*byte);
    assert_eq!(parse(&delta).0.err(), Some(HermesError::Delta));
    let data = builder::Bundle::new(96, &TEXTS).build();
    for end in 0..TELLING_BYTES {
        let length = end as u64;
        assert_eq!(
            parse(&data[..end]).0.err(),
            Some(HermesError::NotHermes { length })
        );
    }
}

#[test]
fn a_file_that_is_cut_off_is_read_as_far_as_it_goes() {
    let data = builder::Bundle::new(96, &TEXTS).build();
    let end = data.len() - "getAllcontacts".len() - 3;
    let (bundle, anomalies) = parse(&data[..end]);
    assert!(!bundle.unwrap().is_whole());
    assert_eq!(anomalies.count(AnomalyKind::HermesTable), 1);
    assert_eq!(texts(&data[..end]), ["pinjaman online", "贷款口子 😀"]);
}

#[test]
fn counts_that_lie_are_clipped_and_an_anomaly() {
    let mut data = builder::Bundle::new(96, &TEXTS).build();
    // Strings, of the overflow table, and characters.
    for at in [52, 60] {
        let mut lying = data.clone();
        lying[at..at + 4].fill(0xff);
        let (bundle, anomalies) = parse(&lying);
        assert!(!bundle.unwrap().is_whole());
        assert!(anomalies.count(AnomalyKind::HermesTable) > 0, "{at}");
    }
    // The first run claims one string too many: the usual layout is taken.
    data[128 + 48] += 1;
    let (bundle, anomalies) = parse(&data);
    assert_eq!(anomalies.count(AnomalyKind::HermesTable), 1);
    assert_eq!(bundle.unwrap().strings().count(), 5);
}

#[test]
fn caps_and_budget_hold() {
    let data = builder::Bundle::new(96, &TEXTS).build();
    let limits = Limits {
        script_strings: 2,
        ..Limits::default()
    };
    let mut anomalies = Anomalies::new(8);
    let few = Bundle::parse(&data, &limits, &mut Budget::new(&limits), &mut anomalies).unwrap();
    assert!(few.strings().count() == 2 && !few.is_whole() && anomalies.is_empty());
    let limits = Limits {
        steps: 3,
        ..Limits::default()
    };
    let none = Bundle::parse(&data, &limits, &mut Budget::new(&limits), &mut anomalies);
    assert_eq!(none.err(), Some(HermesError::BudgetSpent));
}

#[test]
fn strings_that_share_all_characters_are_read_a_few_times() {
    let texts = vec!["a".repeat(200); 1000];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut data = builder::Bundle::new(96, &texts).build();
    let words = 128 + 3 * 16 + 2 * 4 + 2 * 4;
    let word = ((200_u32 << 24) | 1 << 1).to_le_bytes();
    for row in 0..1000 {
        data[words + row * 4..words + row * 4 + 4].copy_from_slice(&word);
    }
    // So many characters that all strings together are a few times as many.
    data[60..64].copy_from_slice(&2000_u32.to_le_bytes());
    let bundle = parse(&data).0.unwrap();
    let mut walk = bundle.strings();
    assert_eq!(walk.by_ref().count(), 40);
    assert!(walk.is_cut_short());
}

#[test]
fn whatever_the_bytes_are_the_work_is_bounded() {
    let mut random = random::Random::new(5);
    let mut readable = 0;
    for round in 0..4000 {
        let version = [51, 60, 76, 96, 99][round % 5];
        let data = random.mutate(&builder::Bundle::new(version, &TEXTS).build());
        if let (Ok(bundle), _) = parse(&data) {
            readable += 1;
            let total: usize = bundle.strings().map(|string| string.bytes.len()).sum();
            assert!(total <= SHARED * data.len());
            assert!(
                bundle
                    .strings()
                    .all(|string| string.offset < data.len() as u64 + 1)
            );
        }
    }
    assert!(readable > 2000, "{readable}");
}

/// A walk goes over the characters four times, and a last string may be as long as all of them.
const SHARED: usize = 5;
