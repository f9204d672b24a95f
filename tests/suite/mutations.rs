//! Damaged packages: every one ends in a record, within the budget.

use dunwatch::limits::Limits;
use dunwatch::report::v1::Status;
use dunwatch::{Options, analyze};

use crate::support::apps::{self, RULES};
use crate::support::random::Random;

/// Mutations of each fixture app; 27 apps make thousands.
const PER_APP: u64 = 150;

/// Changes `bytes` in one of several ways.
fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let length = bytes.len();
    match random.below(6) {
        0 => bytes.truncate(random.below(length)),
        1 => {
            for _ in 0..=random.below(40) {
                let at = random.below(length);
                bytes[at] ^= 1 << random.below(8);
            }
        }
        // Counts and sizes: a word becomes another one of the file, or an extreme.
        2 => {
            for _ in 0..=random.below(8) {
                let (to, from) = (random.below(length - 4), random.below(length - 4));
                let word: [u8; 4] = match random.below(3) {
                    0 => [0xff; 4],
                    1 => [0; 4],
                    _ => bytes[from..from + 4].try_into().unwrap(),
                };
                bytes[to..to + 4].copy_from_slice(&word);
            }
        }
        // The directory and the end record, where little changes much.
        3 => {
            let start = length - length.min(2048);
            for _ in 0..=random.below(12) {
                let at = start + random.below(length - start);
                bytes[at] = random.below(256) as u8;
            }
        }
        4 => {
            let (from, count) = (random.below(length), random.below(4096));
            let part = bytes[from..(from + count).min(bytes.len())].to_vec();
            let to = random.below(length);
            bytes.splice(to..to, part);
        }
        _ => {
            let from = random.below(length);
            let to = (from + random.below(4096)).min(bytes.len());
            bytes.drain(from..to);
        }
    }
    bytes
}

#[test]
fn every_damaged_package_ends_in_a_record() {
    let limits = Limits {
        steps: 20_000_000,
        app_bytes: 64 << 20,
        ..Limits::default()
    };
    let mut counts = [0u32; 3];
    for (number, (row, bytes)) in (1u64..).zip(apps::fixtures()) {
        let mut random = Random::new(number);
        for round in 0..PER_APP {
            let damaged = mutate(&bytes, &mut random);
            let options = Options {
                limits: limits.clone(),
                ..Options::default()
            };
            let report = analyze(&damaged, &RULES, &options);
            let name = row.get("name");
            match report.status {
                Status::Failed => {
                    assert!(report.error.is_some() && report.score.is_none(), "{name} {round}");
                    counts[2] += 1;
                }
                status => {
                    assert!(report.error.is_none() && report.score.is_some(), "{name} {round}");
                    assert!(report.coverage.is_some(), "{name} {round}");
                    counts[status as usize] += 1;
                }
            }
        }
    }
    println!("ok {}, degraded {}, failed {}", counts[0], counts[1], counts[2]);
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

#[test]
fn the_same_bytes_give_the_same_report() {
    for (row, bytes) in apps::fixtures() {
        let once = serde_json::to_string(&analyze(&bytes, &RULES, &Options::default())).unwrap();
        let again = serde_json::to_string(&analyze(&bytes, &RULES, &Options::default())).unwrap();
        assert_eq!(once, again, "{}", row.get("name"));
    }
}

/// A small budget lowers coverage and says so; it never changes into a clean report.
#[test]
fn a_spent_budget_is_reported() {
    let bytes = apps::fixture("predatory-lender-id");
    for steps in [0, 1, 10, 100, 400] {
        let limits = Limits {
            steps,
            ..Limits::default()
        };
        let report = analyze(
            &bytes,
            &RULES,
            &Options {
                limits,
                ..Options::default()
            },
        );
        if report.status == Status::Failed {
            continue;
        }
        let coverage = report.coverage.unwrap();
        assert!(coverage.budget_spent, "{steps} steps");
        assert_eq!(report.status, Status::Degraded, "{steps} steps");
        assert!(
            report
                .anomalies
                .iter()
                .any(|anomaly| anomaly.kind == "budget-spent"),
            "{steps} steps"
        );
    }
}
