//! The dex reader on broken files: whatever the bytes are, every walk ends and nothing panics.

use dunwatch::anomaly::Anomalies;
use dunwatch::formats::dex::{AnnotationSet, Dex, Value};
use dunwatch::limits::{Budget, Limits};

use crate::support::dex::{Builder, container, sample, seal};

/// A seeded generator (xorshift), so that every run sees the same mutations.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Counts what a walk visits and stops it when that is more than the limit.
struct Visits(u64);

impl Visits {
    fn one(&mut self) {
        self.0 += 1;
    }

    fn value(&mut self, dex: &Dex<'_>, value: Value<'_>) {
        self.one();
        match value {
            Value::Array(array) => array.values().for_each(|value| self.value(dex, value)),
            Value::Annotation(note) => note.elements().for_each(|(_, value)| self.value(dex, value)),
            Value::String(index) => drop(dex.string(index)),
            Value::Type(index) => drop(dex.type_descriptor(index)),
            Value::Field(index) | Value::Enum(index) => drop(dex.field_signature(index)),
            Value::Method(index) => drop(dex.method_signature(index)),
            _ => {}
        }
    }

    fn set(&mut self, dex: &Dex<'_>, set: AnnotationSet<'_>) {
        for note in set.annotations() {
            let elements = note.annotation.elements();
            elements.for_each(|(_, value)| self.value(dex, value));
        }
    }

    fn code(&mut self, dex: &Dex<'_>, offset: u32) {
        let Some(code) = dex.code(offset) else {
            return;
        };
        for instruction in code.instructions().flatten() {
            self.one();
            let registers = instruction.registers();
            assert!(registers.iter().count() <= registers.len().into());
            let _ = (
                instruction.literal(),
                instruction.index(),
                instruction.prototype(),
            );
            if let Some(target) = instruction.target() {
                let _ = code.payload(target);
                let _ = code.instructions_from(target).next();
            }
        }
        for range in code.tries() {
            code.handlers(&range).take(1000).for_each(|_| self.one());
        }
    }

    fn file(&mut self, dex: &Dex<'_>) {
        let names = dex.names();
        for (index, text) in dex.strings() {
            self.one();
            assert_eq!(dex.string_bytes(index), Some(text));
            let _ = (dex.string(index), names.contains(index));
        }
        let _ = (dex.find_string("/upload"), dex.find_type("Lcom/example/Main;"));
        for index in 0..dex.method_count() {
            self.one();
            let _ = dex.method_signature(index);
        }
        for index in 0..dex.call_site_count() {
            let values = dex.call_site(index).into_iter().flat_map(|array| array.values());
            values.for_each(|value| self.value(dex, value));
        }
        for (_, class) in dex.classes() {
            let _ = dex.interfaces(&class).iter().map(|_| self.one()).count();
            let values = dex
                .static_values(&class)
                .into_iter()
                .flat_map(|array| array.values());
            values.for_each(|value| self.value(dex, value));
            if let Some(data) = dex.class_data(&class) {
                data.fields().for_each(|_| self.one());
                data.methods()
                    .for_each(|method| self.code(dex, method.code_offset));
            }
            if let Some(directory) = dex.annotations(&class) {
                directory.class().into_iter().for_each(|set| self.set(dex, set));
                directory.fields().for_each(|(_, set)| self.set(dex, set));
                directory.methods().for_each(|(_, set)| self.set(dex, set));
                for (_, parameters) in directory.parameters() {
                    parameters.iter().flatten().for_each(|set| self.set(dex, set));
                }
            }
        }
    }
}

/// Reads everything; whether the file was readable at all, and how much was visited.
fn read_everything(bytes: &[u8]) -> (bool, u64) {
    let limits = Limits {
        steps: 100_000,
        ..Limits::default()
    };
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(4);
    let Ok(files) = Dex::parse(bytes, &limits, &mut budget, &mut anomalies) else {
        return (false, 0);
    };
    let mut visits = Visits(0);
    for dex in &files {
        visits.file(dex);
        dex.audit(&mut budget, &mut anomalies);
    }
    (true, visits.0)
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const EXTREMES: [u32; 8] = [0, 1, 0x70, 0x7f, 0xffff, 0x7fff_ffff, 0xffff_fff0, u32::MAX];
    for _ in 0..=random.below(3) {
        let length = bytes.len();
        let word = random.below(length / 4) * 4;
        match random.below(6) {
            0 => bytes[random.below(length)] ^= 1 << random.below(8),
            1 => bytes[random.below(length)] = random.next() as u8,
            2 => bytes[word..word + 4].copy_from_slice(&EXTREMES[random.below(8)].to_le_bytes()),
            3 => {
                let other = random.below(length / 4) * 4;
                for byte in 0..4 {
                    bytes.swap(word + byte, other + byte);
                }
            }
            // Most of what matters stands in the header.
            4 => bytes[0x20 + random.below(0x50)] = random.next() as u8,
            _ => bytes.truncate(length - random.below(length / 8)),
        }
        if random.below(4) > 0 && bytes.len() > 12 {
            seal(bytes);
        }
    }
}

#[test]
fn mutated_files_are_read_or_refused() {
    let single = sample().build();
    let several = container(&[
        Builder {
            version: 41,
            ..sample()
        },
        Builder {
            version: 41,
            ..sample()
        },
    ]);
    let (_, sound) = read_everything(&single);
    assert!(sound > 50, "a sound file is read: {sound}");
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut readable, rounds) = (0, 20_000);
    for round in 0..rounds {
        let mut bytes = if round % 4 == 0 {
            several.clone()
        } else {
            single.clone()
        };
        mutate(&mut bytes, &mut random);
        let (read, visits) = read_everything(&bytes);
        readable += u32::from(read);
        assert!(
            visits < 1_000_000,
            "round {round}: {visits} visits of {} bytes",
            bytes.len()
        );
    }
    assert!(
        readable > rounds / 2,
        "most mutations leave something to read: {readable}"
    );
}
