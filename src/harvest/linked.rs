//! Whether the code that reads also reaches something that sends: by calls alone, without following
//! values. It is the weaker statement that stands where no path of the value was found.

use std::collections::{BTreeSet, VecDeque};

use super::index::CallKind;
use super::models::Opening;
use super::program::MethodId;
use super::reach::{Reach, Reason};
use super::world::{Place, World};

/// Callers of the reading method, upwards, that count as the same code.
const CALLERS: u32 = 3;
/// Callers looked at on each level.
const WIDTH: usize = 16;
/// Calls downwards.
const DEPTH: u32 = 6;
/// Methods looked at.
const METHODS: usize = 2_000;
/// Methods that one virtual call may run.
const TARGETS: usize = 8;

/// Kinds of sinks through which data leaves the device, the strongest first.
pub const LEAVING: [&str; 6] = [
    "network",
    "sms",
    "webview-bridge",
    "react-native-bridge",
    "flutter-bridge",
    "cordova-bridge",
];

/// The nearest sink that the code around a read reaches.
#[must_use]
pub fn nearest(world: &World<'_, '_>, reach: &Reach, read: MethodId) -> Option<(String, Place)> {
    let mut visited = BTreeSet::from([read]);
    let mut queue = VecDeque::from([(read, 0u32)]);
    let mut level = vec![read];
    for _ in 0..CALLERS {
        let mut next = Vec::new();
        for method in level {
            let callers = world.callers(method, WIDTH).unwrap_or_default();
            let mut callers: Vec<MethodId> = callers.into_iter().map(|place| place.method).collect();
            // Who makes the object whose callback this is.
            if let Some(Reason::Callback(maker)) = reach.reason(method) {
                callers.push(maker);
            }
            for caller in callers {
                if reach.contains(caller) && visited.insert(caller) {
                    next.push(caller);
                    queue.push_back((caller, 0));
                }
            }
        }
        level = next;
    }
    while let Some((method, depth)) = queue.pop_front() {
        if depth < DEPTH && visited.len() < METHODS {
            for callback in callbacks_made(world, reach, method) {
                if visited.insert(callback) {
                    queue.push_back((callback, depth.saturating_add(1)));
                }
            }
        }
        for call in world.index.calls_from(method) {
            if let Some(kind) = sends(world, call.callee) {
                return Some((kind, world.place(method, call.address)?));
            }
            if depth >= DEPTH || visited.len() >= METHODS {
                continue;
            }
            let targets = if matches!(call.kind, CallKind::Virtual | CallKind::Interface) {
                let row = world.program.method(call.callee);
                let targets = world
                    .hierarchy
                    .targets(row.class, row.selector, reach.instantiated(), TARGETS);
                if targets.complete {
                    targets.methods
                } else {
                    Vec::new()
                }
            } else {
                world.resolve(call.callee).into_iter().collect()
            };
            for target in targets {
                if visited.insert(target) {
                    queue.push_back((target, depth.saturating_add(1)));
                }
            }
        }
    }
    None
}

/// The callbacks of the objects that a method makes, such as threads and tasks.
fn callbacks_made(world: &World<'_, '_>, reach: &Reach, method: MethodId) -> Vec<MethodId> {
    let mut found = Vec::new();
    for class in world.index.new_instances_in(method) {
        let Some(class) = world.program.class(*class) else {
            continue;
        };
        let is_callback = |method: &&MethodId| matches!(reach.reason(**method), Some(Reason::Callback(_)));
        found.extend(class.methods.iter().filter(is_callback));
    }
    found
}

fn sends(world: &World<'_, '_>, callee: MethodId) -> Option<String> {
    let binding = world.bound.of(callee)?;
    let kind = match (binding.sink, binding.opens) {
        // Opening a page is no sending; what a page is told is followed as a value.
        (Some(sink), _) if sink.kind != "webview-bridge" && LEAVING.contains(&sink.kind.as_str()) => {
            &sink.kind
        }
        (_, Some(Opening::Kind { kind, .. })) if kind == "network" => kind,
        _ => return None,
    };
    Some(kind.clone())
}
