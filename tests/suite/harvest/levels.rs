//! What the levels mean, and that the answers depend on nothing but the code.

use std::fs;
use std::path::Path;

use dunwatch::harvest::flow::path::Move;
use dunwatch::harvest::{Flow, Harvest, Level, Read, Step};

use super::micro::OUTCOMES;
use crate::support::apps::{RULES, repository};
use crate::support::measure::micro::measure;
use crate::support::measure::package::{Package, analyze};

fn harvest(case: &str) -> &'static Harvest {
    let apk = format!("{case}.apk");
    let outcome = OUTCOMES.iter().find(|outcome| outcome.apk == apk);
    &outcome.unwrap().harvest
}

/// The only read of a case.
fn only_read(case: &str) -> &'static Read {
    let [read] = &harvest(case).reads[..] else {
        panic!("{case}: {:?}", harvest(case).reads);
    };
    read
}

#[test]
fn located_is_a_read_that_nothing_is_sent_beside() {
    let read = only_read("sms-unread-count-shown");
    assert_eq!((read.level(), read.reachable), (Level::Located, Some(true)));
    assert!(!read.entry.is_empty(), "{read:?}");
    assert!(read.flows.is_empty(), "{read:?}");
}

#[test]
fn linked_is_a_read_beside_code_that_sends_something_else() {
    let read = only_read("contacts-count-sent");
    assert_eq!((read.level(), read.reachable), (Level::Linked, Some(true)));
    let [flow] = &read.flows[..] else {
        panic!("{read:?}");
    };
    assert_eq!(flow.sink, "network");
    assert!(flow.path.is_empty(), "{flow:?}");
}

#[test]
fn proven_is_a_value_followed_to_the_sink() {
    let read = only_read("contacts-http-direct");
    assert_eq!((read.level(), read.reachable), (Level::Proven, Some(true)));
    let flow = &read.flows[0];
    assert_eq!((flow.sink.as_str(), flow.level), ("network", Level::Proven));
    assert!(flow.path.len() > 2, "{flow:?}");
}

#[test]
fn unreachable_code_is_located_and_no_more() {
    for case in ["dead-class", "dead-thread-not-started", "dead-private-method"] {
        let reads = &harvest(case).reads;
        assert!(!reads.is_empty(), "{case}");
        for read in reads {
            assert_eq!(
                (read.level(), read.reachable),
                (Level::Located, Some(false)),
                "{case}: {read:?}"
            );
            assert!(read.entry.is_empty(), "{case}: {read:?}");
        }
    }
}

/// Whether the value can be at one step and then at the next.
fn is_connected(one: &Step, next: &Step) -> bool {
    one.place.method == next.place.method
        || (one.kind == Move::Call && one.calls.is_some())
        || matches!(next.kind, Move::Return | Move::Through(_))
}

/// What is wrong with a path, if anything.
fn fault(read: &Read, flow: &Flow) -> Option<String> {
    let (Some(first), Some(last)) = (flow.path.first(), flow.path.last()) else {
        return Some("no path".to_owned());
    };
    if first.kind != Move::Read || first.place != read.place {
        return Some(format!("begins with {first:?}"));
    }
    if last.kind != Move::Sink || last.place != flow.place {
        return Some(format!("ends in {last:?}"));
    }
    let within = flow.path.get(1..flow.path.len() - 1).unwrap_or_default();
    if let Some(step) = within
        .iter()
        .find(|step| matches!(step.kind, Move::Read | Move::Sink))
    {
        return Some(format!("{step:?} on the way"));
    }
    let gap = flow.path.windows(2).find(|two| !is_connected(&two[0], &two[1]));
    gap.map(|two| format!("nothing leads from {:?} to {:?}", two[0], two[1]))
}

#[test]
fn nothing_is_proven_without_a_path_from_the_read_to_the_sink() {
    let mut wrong = Vec::new();
    let mut paths = 0;
    for outcome in OUTCOMES.iter() {
        for read in &outcome.harvest.reads {
            for flow in &read.flows {
                match flow.level {
                    Level::Proven => {
                        paths += 1;
                        let fault = fault(read, flow);
                        wrong.extend(fault.map(|fault| format!("{}: {fault}", outcome.apk)));
                    }
                    _ if flow.path.is_empty() => {}
                    _ => wrong.push(format!("{}: a path that is not proven", outcome.apk)),
                }
            }
        }
    }
    assert!(paths > 200, "{paths} paths");
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_second_run_says_the_same() {
    let again = measure(Path::new(env!("CARGO_MANIFEST_DIR")), &RULES).unwrap();
    assert_eq!(again.len(), OUTCOMES.len());
    for (one, other) in OUTCOMES.iter().zip(&again) {
        assert_eq!(one.harvest, other.harvest, "{}", one.apk);
    }
}

/// Packages without a class in common, as the dex files of one app.
#[test]
fn the_order_of_the_dex_files_changes_nothing() {
    let cases = ["contacts-http-direct", "sms-uri-string", "dead-private-method"];
    let packages: Vec<Package> = cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            let apk = fs::read(repository(&format!("fixtures/micro/apks/{case}.apk"))).unwrap();
            let mut package = Package::open(&apk).unwrap();
            package.dex_name = format!("{number}.dex");
            package
        })
        .collect();
    let run = |order: &[usize]| {
        let packages: Vec<&Package> = order.iter().map(|number| &packages[*number]).collect();
        analyze(&packages, RULES.models(), false).unwrap()
    };
    let together = run(&[0, 1, 2]);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(run(&order), together, "{order:?}");
    }
    let mut alone: Vec<Read> = (0..3).flat_map(|number| run(&[number]).reads).collect();
    let mut reads = together.reads;
    assert_eq!(reads.len(), 3, "{reads:?}");
    alone.sort_by(|one, other| one.place.cmp(&other.place));
    reads.sort_by(|one, other| one.place.cmp(&other.place));
    assert_eq!(reads, alone);
}
