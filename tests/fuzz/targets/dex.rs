//! Dex files: every table, class, annotation and instruction.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::dex::{Dex, mutf8};
use dunwatch::limits::{Budget, Limits};

/// Rows and instructions looked at; classes may share their data, so the product is not bounded by
/// the file.
const MOST: usize = 2_000;

/// Reads `data` as dex files and walks through them.
pub(crate) fn run(data: &[u8]) {
    let limits = Limits {
        steps: 200_000,
        ..Limits::default()
    };
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(2);
    let Ok(files) = Dex::parse(data, &limits, &mut budget, &mut anomalies) else {
        return;
    };
    for dex in files.iter().take(4) {
        dex.audit(&mut budget, &mut anomalies);
        for (_, bytes) in dex.literals().take(MOST) {
            let text = mutf8::decode(bytes);
            let _ = dex.find_string(&text);
        }
        let _ = dex.strings_starting_with("content://").count();
        let _ = dex.names();
        for (index, _) in dex.prototypes().take(MOST) {
            let _ = dex.prototype_descriptor(index);
        }
        for (index, _) in dex.methods().take(MOST) {
            let _ = dex.method_signature(index);
        }
        for (index, _) in dex.fields().take(MOST) {
            let _ = dex.field_signature(index);
        }
        let mut left = MOST;
        for (_, class) in dex.classes().take(256) {
            let _ = dex.interfaces(&class).iter().take(MOST).count();
            if let Some(values) = dex.static_values(&class) {
                left = left.saturating_sub(values.values().take(left).count());
            }
            if let Some(notes) = dex.annotations(&class) {
                let sets = notes
                    .class()
                    .into_iter()
                    .chain(notes.methods().map(|(_, set)| set));
                let all = sets.take(64).flat_map(|set| set.annotations().take(64));
                left = left.saturating_sub(all.take(left).count());
            }
            let Some(data) = dex.class_data(&class) else {
                continue;
            };
            left = left.saturating_sub(data.fields().take(left).count());
            for member in data.methods().take(left) {
                left = left.saturating_sub(1);
                let Some(code) = dex.code(member.code_offset) else {
                    continue;
                };
                for instruction in code.instructions().take(left).flatten() {
                    left = left.saturating_sub(1);
                    let _ = (
                        instruction.registers(),
                        instruction.literal(),
                        instruction.index(),
                    );
                    assert!(instruction.next_address() > instruction.address);
                    if let Some(target) = instruction.target() {
                        let _ = code.payload(target);
                    }
                }
                for range in code.tries().take(left) {
                    left = left.saturating_sub(code.handlers(&range).take(left).count());
                }
            }
        }
    }
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
