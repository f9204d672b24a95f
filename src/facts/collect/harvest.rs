//! What the harvest analysis found, as facts: `data shape level end`.
//!
//! `shape` is `bulk`, `lookup`, `picked` or `unknown`; `level` is `located`, `linked` or `proven`, or
//! `unreachable` for a read in code that nothing runs; `end` is `leaves` when the data reaches a sink
//! through which it leaves the device, `kept` for one where it stays, `nowhere` without a sink. The
//! place is that of the read. So `contacts bulk proven leaves` says that the value of a read of the
//! whole address book was followed to a sink.

use super::Collector;
use crate::facts::{Fact, FactKind, Location};
use crate::harvest::flow::slots::Shape;
use crate::harvest::linked::LEAVING;
use crate::harvest::{CodePlace, Harvest, Level, Read};

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
    let leaves = |sink: &str| LEAVING.contains(&sink) || sink == "file-then-network";
    let strongest = read.flows.iter().filter(|flow| flow.level == read.level());
    let end = match (
        read.flows.is_empty(),
        strongest.into_iter().any(|flow| leaves(&flow.sink)),
    ) {
        (true, _) => "nowhere",
        (false, true) => "leaves",
        (false, false) => "kept",
    };
    let level = match (read.reachable, read.level()) {
        (Some(false), _) => "unreachable",
        (_, Level::Located) => "located",
        (_, Level::Linked) => "linked",
        (_, Level::Proven) => "proven",
    };
    format!("{} {} {level} {end}", read.data, shape(read.shape))
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
