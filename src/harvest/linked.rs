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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::assembly::{method, with};
    use crate::harvest::models::{Models, Position, Sink};

    fn models() -> Models {
        let mut models = Models::default();
        for (class, kind) in [
            ("LHttp;", "network"),
            ("LPage;", "webview-bridge"),
            ("LLog;", "log"),
        ] {
            models.method(class, "send").sink = Some(Sink {
                kind: kind.to_owned(),
                from: vec![Position::All],
            });
        }
        models.method("LSocket;", "<init>").opens = Some(Opening::parse("network").unwrap());
        models
    }

    /// The kind of the sink that the code around `LMain;->read` reaches, and the method it is in.
    fn found(app: &str) -> Option<(String, String)> {
        with(&format!("class LMain;\n{app}"), &models(), |world| {
            let reach = Reach::everything(world.program, world.index);
            let (kind, place) = nearest(world, &reach, method(world, "LMain;->read()V"))?;
            Some((kind, world.named(place.method).1.to_owned()))
        })
    }

    fn network(method: &str) -> Option<(String, String)> {
        Some(("network".to_owned(), method.to_owned()))
    }

    /// A static method that calls these.
    fn calls(name: &str, callees: &[&str]) -> String {
        let calls = callees
            .iter()
            .map(|callee| format!("invoke-static {callee}()V\n"));
        format!(
            "method static {name}()V 1\n{}return-void\n",
            calls.collect::<String>()
        )
    }

    #[test]
    fn sinks_are_found_below_and_beside_the_read() {
        assert_eq!(found(&calls("read", &["LHttp;->send"])), network("read"));
        let below = calls("read", &["LMain;->next"]) + &calls("next", &["LHttp;->send"]);
        assert_eq!(found(&below), network("next"));
        let beside = calls("main", &["LMain;->read", "LMain;->next"])
            + &calls("next", &["LHttp;->send"])
            + &calls("read", &[]);
        assert_eq!(found(&beside), network("next"));
        let opened = "method static read()V 1\ninvoke-direct v0 LSocket;-><init>()V\nreturn-void";
        assert_eq!(found(opened), network("read"));
    }

    #[test]
    fn the_nearest_counts() {
        let app = calls("read", &["LMain;->far"])
            + &calls("far", &["LHttp;->send"])
            + &calls("main", &["LMain;->read", "LHttp;->send"]);
        assert_eq!(found(&app), network("main"));
    }

    #[test]
    fn what_is_apart_or_stays_on_the_device_does_not_count() {
        let apart = calls("read", &[]) + &calls("other", &["LHttp;->send"]);
        assert_eq!(found(&apart), None);
        assert_eq!(found(&calls("read", &["LLog;->send", "LPage;->send"])), None);
    }

    #[test]
    fn far_ways_end() {
        let chain = |length: u32| {
            let mut app = calls("read", &["LMain;->m0"]);
            for number in 0..length {
                app += &calls(&format!("m{number}"), &[&format!("LMain;->m{}", number + 1)]);
            }
            app + &calls(&format!("m{length}"), &["LHttp;->send"])
        };
        assert_eq!(found(&chain(DEPTH - 1)), network("m5"));
        assert_eq!(found(&chain(DEPTH)), None);
    }
}
