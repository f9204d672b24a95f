//! The harvest rows: for each kind of data the best that is known of how it is read and where it
//! goes.
//!
//! Where the harvest analysis found reads of a kind the row is about the best of them, and its level
//! is never stronger than what was found: a read in code that nothing runs is *located*, whatever
//! its values do. Where it found none the row says what the indicators know from declarations and
//! names.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{build, v1};
use crate::harvest::flow::Through;
use crate::harvest::flow::path::Move;
use crate::harvest::flow::slots::Shape;
use crate::harvest::{CodePlace, Flow, Harvest, Level, Read, Step, sink_rank};
use crate::matching::Finding;
use crate::signatures::Ruleset;
use crate::signatures::schema;

/// Steps of a path that are written out: as many from its beginning as from its end.
const STEPS: usize = 40;

/// One row for each kind of data that the app may read or that a finding speaks of.
#[must_use]
pub fn rows(findings: &[Finding], found: &Harvest, ruleset: &Ruleset) -> Vec<v1::Harvest> {
    let mut rows = named(findings, ruleset);
    for (data, kind) in [
        ("contacts", v1::Data::Contacts),
        ("sms", v1::Data::Sms),
        ("call-log", v1::Data::CallLog),
    ] {
        let reads = found.reads.iter().filter(|read| read.data == data);
        // The first of equals: reads are sorted by their place.
        if let Some(best) = reads.min_by_key(|read| Reverse(strength(read))) {
            rows.insert(kind, followed(kind, best));
        }
    }
    rows.into_values().collect()
}

/// What makes a read the one to report: that it can run, how it reads, how far it is shown, that it
/// is shown to run, and where the data goes.
fn strength(read: &Read) -> (bool, Shape, Level, bool, Reverse<usize>) {
    let flow = strongest(read);
    let sink = flow.map_or(usize::MAX, |flow| sink_rank(&flow.sink));
    (
        read.reachable != Some(false),
        read.shape,
        level(flow),
        read.reachable == Some(true),
        Reverse(sink),
    )
}

/// The strongest sink at the highest level; none in code that nothing runs. Sinks without a name in
/// the report, such as an intent, are left out: whether they lie on the device is not known.
fn strongest(read: &Read) -> Option<&Flow> {
    let flows = read.flows.iter().filter(|flow| sink(&flow.sink).is_some());
    flows
        .filter(|_| read.reachable != Some(false))
        .min_by_key(|flow| (Reverse(flow.level), sink_rank(&flow.sink)))
}

fn level(flow: Option<&Flow>) -> Level {
    flow.map_or(Level::Located, |flow| flow.level)
}

fn followed(data: v1::Data, read: &Read) -> v1::Harvest {
    let flow = strongest(read);
    let at = |what: &str, place| evidence(place, what.to_owned());
    let path = match flow {
        Some(flow) if !flow.path.is_empty() => steps(&flow.path),
        Some(flow) => vec![at("read", &read.place), at("sink", &flow.place)],
        None => vec![at("read", &read.place)],
    };
    v1::Harvest {
        data,
        read: match read.shape {
            Shape::Bulk => v1::Read::Bulk,
            Shape::Lookup => v1::Read::Lookup,
            Shape::Picked => v1::Read::Picked,
            Shape::Unknown => v1::Read::Unknown,
        },
        level: match level(flow) {
            Level::Located => v1::Level::Located,
            Level::Linked => v1::Level::Linked,
            Level::Proven => v1::Level::Proven,
        },
        reachable: read.reachable,
        sink: flow.and_then(|flow| sink(&flow.sink)),
        path,
    }
}

/// The sink as the report names it.
fn sink(name: &str) -> Option<v1::Sink> {
    Some(match name {
        "network" => v1::Sink::Network,
        "file-then-network" => v1::Sink::FileThenNetwork,
        "file" => v1::Sink::File,
        "database" => v1::Sink::Database,
        "log" => v1::Sink::Log,
        "sms" => v1::Sink::Sms,
        "webview-bridge" => v1::Sink::WebviewBridge,
        "react-native-bridge" => v1::Sink::ReactNativeBridge,
        "flutter-bridge" => v1::Sink::FlutterBridge,
        "cordova-bridge" => v1::Sink::CordovaBridge,
        _ => return None,
    })
}

/// The steps of a path, of a long one its beginning and its end.
fn steps(path: &[Step]) -> Vec<v1::Evidence> {
    let half = STEPS / 2;
    let end = path.len().saturating_sub(half);
    let kept = |index: usize| path.len() <= STEPS || index < half || index >= end;
    path.iter()
        .enumerate()
        .filter(|(index, _)| kept(*index))
        .map(|(_, step)| {
            let what = happens(step.kind);
            let text = match &step.calls {
                Some(callee) => format!("{what} {callee}"),
                None => what.to_owned(),
            };
            evidence(&step.place, text)
        })
        .collect()
}

/// The stable name of what happens at a step.
fn happens(kind: Move) -> &'static str {
    match kind {
        Move::Read => "read",
        Move::Step => "step",
        Move::Call => "call",
        Move::Return => "return",
        Move::Through(Through::Field) => "through-field",
        Move::Through(Through::File) => "through-file",
        Move::Through(Through::Store) => "through-store",
        Move::Through(Through::Intent) => "through-intent",
        Move::Through(Through::Callback) => "through-callback",
        Move::Sink => "sink",
    }
}

fn evidence(place: &CodePlace, value: String) -> v1::Evidence {
    v1::Evidence {
        kind: "dex".to_owned(),
        value: Some(value),
        dex: Some(place.dex.clone()),
        method: Some(place.method.clone()),
        offset: place.offset.map(u64::from),
        ..v1::Evidence::default()
    }
}

/// For each kind of data the strongest statement that findings make from declarations and names.
fn named(findings: &[Finding], ruleset: &Ruleset) -> BTreeMap<v1::Data, v1::Harvest> {
    let mut best: BTreeMap<schema::Data, (schema::Level, schema::HarvestRow, &Finding)> = BTreeMap::new();
    for finding in findings {
        let Some(row) = ruleset
            .indicator(&finding.id)
            .and_then(|indicator| indicator.harvest)
        else {
            continue;
        };
        let rank = |level: schema::Level, row: schema::HarvestRow| (level, row.read, row.sink_named);
        let known = best.entry(row.data).or_insert((finding.level, row, finding));
        if rank(finding.level, row) > rank(known.0, known.1) {
            *known = (finding.level, row, finding);
        }
    }
    let rows = best.into_iter().map(|(data, (level, row, finding))| {
        let data = match data {
            schema::Data::Contacts => v1::Data::Contacts,
            schema::Data::Sms => v1::Data::Sms,
            schema::Data::CallLog => v1::Data::CallLog,
        };
        let row = v1::Harvest {
            data,
            read: match row.read {
                Some(schema::Read::Bulk) => v1::Read::Bulk,
                Some(schema::Read::Lookup) => v1::Read::Lookup,
                Some(schema::Read::Picked) => v1::Read::Picked,
                Some(schema::Read::Unknown) | None => v1::Read::Unknown,
            },
            level: build::level(level),
            reachable: None,
            // Names in the tables do not tell which sink the data reaches.
            sink: row.sink_named.then_some(v1::Sink::Unknown),
            path: build::evidence(&finding.evidence),
        };
        (data, row)
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(offset: u32) -> CodePlace {
        CodePlace {
            dex: "classes.dex".to_owned(),
            method: "La;->b()V".to_owned(),
            offset: Some(offset),
        }
    }

    fn flow(sink: &str, level: Level, steps: usize) -> Flow {
        let step = |offset| Step {
            kind: Move::Step,
            place: place(offset),
            calls: None,
        };
        Flow {
            sink: sink.to_owned(),
            level,
            place: place(900),
            path: (0..).map(step).take(steps).collect(),
        }
    }

    fn read(shape: Shape, reachable: Option<bool>, flows: Vec<Flow>) -> Read {
        Read {
            data: "sms".to_owned(),
            shape,
            place: place(7),
            reachable,
            entry: Vec::new(),
            flows,
        }
    }

    fn row(reads: Vec<Read>) -> v1::Harvest {
        let best = reads.iter().max_by_key(|read| strength(read)).unwrap();
        followed(v1::Data::Sms, best)
    }

    #[test]
    fn the_best_read_is_the_one_that_can_run_and_takes_the_most() {
        let proven = || vec![flow("network", Level::Proven, 3)];
        let dead = read(Shape::Bulk, Some(false), proven());
        let lookup = read(Shape::Lookup, Some(true), proven());
        let whole = read(Shape::Bulk, Some(true), Vec::new());
        let chosen = row(vec![dead.clone(), lookup.clone(), whole]);
        assert_eq!(
            (chosen.read, chosen.level, chosen.sink),
            (v1::Read::Bulk, v1::Level::Located, None)
        );
        let chosen = row(vec![dead.clone(), lookup]);
        assert_eq!(
            (chosen.read, chosen.level, chosen.sink),
            (v1::Read::Lookup, v1::Level::Proven, Some(v1::Sink::Network))
        );
        let chosen = row(vec![dead]);
        assert_eq!(
            (chosen.level, chosen.reachable, chosen.sink),
            (v1::Level::Located, Some(false), None)
        );
        assert_eq!(chosen.path.len(), 1);
    }

    #[test]
    fn of_several_ways_the_strongest_is_told() {
        let flows = vec![
            flow("log", Level::Proven, 2),
            flow("file-then-network", Level::Proven, 5),
            flow("network", Level::Linked, 0),
        ];
        let chosen = row(vec![read(Shape::Bulk, None, flows)]);
        assert_eq!(
            (chosen.level, chosen.sink, chosen.path.len()),
            (v1::Level::Proven, Some(v1::Sink::FileThenNetwork), 5)
        );
        let chosen = row(vec![read(
            Shape::Bulk,
            Some(true),
            vec![flow("network", Level::Linked, 0)],
        )]);
        let values: Vec<_> = chosen.path.iter().map(|step| step.value.as_deref()).collect();
        assert_eq!(values, [Some("read"), Some("sink")]);
    }

    #[test]
    fn a_sink_without_a_name_is_not_claimed() {
        let chosen = row(vec![read(
            Shape::Bulk,
            Some(true),
            vec![flow("intent", Level::Proven, 3)],
        )]);
        assert_eq!((chosen.level, chosen.sink), (v1::Level::Located, None));
    }

    #[test]
    fn a_long_path_keeps_its_beginning_and_its_end() {
        let chosen = row(vec![read(
            Shape::Bulk,
            Some(true),
            vec![flow("sms", Level::Proven, 300)],
        )]);
        let offsets: Vec<u64> = chosen.path.iter().filter_map(|step| step.offset).collect();
        assert_eq!(offsets, (0..20).chain(280..300).collect::<Vec<u64>>());
    }
}
