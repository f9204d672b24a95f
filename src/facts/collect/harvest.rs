//! What the harvest analysis found, as facts: `data shape level end`.
//!
//! `shape` is `bulk`, `lookup`, `picked` or `unknown`; `level` is `located`, `linked` or `proven`, or
//! `unreachable` for a read in code that nothing runs; `end` is `leaves` when the data reaches a sink
//! through which it leaves the device, `bridged` when it is handed to pages or scripts of the app, `kept` for a file, a database or a log, `nowhere` without a
//! sink. A sink that reports have no name for is none: what an intent carries may stay or leave. The
//! place is that of the read. So `contacts bulk proven leaves` says that the value of a read of the
//! whole address book was followed to a sink.

use super::Collector;
use crate::facts::{Fact, FactKind, Location};
use crate::harvest::flow::slots::Shape;
use crate::harvest::{CodePlace, Harvest, Level, Read, sink_rank};

impl Collector<'_> {
    /// Adds a fact for each read.
    pub fn add_harvest(&mut self, harvest: &Harvest) {
        for read in &harvest.reads {
            self.add(Fact::new(FactKind::Harvest, value(read)), location(&read.place));
        }
        self.coverage.budget_spent |= harvest.is_cut;
    }
}

fn value(read: &Read) -> String {
    let leaves = |sink: &str| matches!(sink, "network" | "file-then-network" | "sms");
    let is_bridge = |sink: &str| sink.ends_with("-bridge");
    let flows = || read.flows.iter().filter(|flow| has_name(&flow.sink));
    let strongest = flows().map(|flow| flow.level).max();
    let end = match strongest {
        None => "nowhere",
        _ if flows().any(|flow| Some(flow.level) == strongest && leaves(&flow.sink)) => "leaves",
        _ if flows().any(|flow| Some(flow.level) == strongest && is_bridge(&flow.sink)) => "bridged",
        Some(_) => "kept",
    };
    let level = match (read.reachable, strongest) {
        (Some(false), _) => "unreachable",
        (_, None | Some(Level::Located)) => "located",
        (_, Some(Level::Linked)) => "linked",
        (_, Some(Level::Proven)) => "proven",
    };
    format!("{} {} {level} {end}", read.data, shape(read.shape))
}

/// Whether reports have a name for the sink.
fn has_name(sink: &str) -> bool {
    sink_rank(sink) < sink_rank("unknown")
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Bulk => "bulk",
        Shape::Lookup => "lookup",
        Shape::Picked => "picked",
        Shape::Unknown => "unknown",
    }
}

fn location(place: &CodePlace) -> Location {
    Location::DexCode {
        dex: place.dex.clone(),
        method: place.method.clone(),
        offset: place.offset.unwrap_or_default(),
    }
}
