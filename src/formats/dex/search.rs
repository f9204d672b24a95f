//! Finding strings by their text or by how it begins.
//!
//! A sorted table is searched in two steps: first among the beginnings of every few strings, which lie
//! close together in memory, then among the strings between two of those.

use super::{Dex, mutf8};

/// Strings of a table that is not sorted which can be found all the same.
const MOST_ORDERED: usize = 1 << 21;
/// Strings from one whose beginning is kept to the next.
const STEP: usize = 16;
/// Bytes of a beginning that are kept.
const BEGINNING: usize = size_of::<u128>();

impl<'a> Dex<'a> {
    /// The index of a slot that holds a string: by binary search in a sorted table, in any other by a
    /// search in an order made on first use.
    ///
    /// # Limits
    /// That order has the first two million strings; the format's own limits leave room for fewer.
    #[must_use]
    pub fn find_string(&self, text: &str) -> Option<u32> {
        let wanted = mutf8::encode(text);
        if self.is_sorted() {
            let place = self.first_not_before(&wanted);
            let data = self.data(*self.strings.get(place)?)?;
            return mutf8::compare(data, &wanted).0.is_eq().then_some(place);
        }
        // One byte more than is wanted decides; to look for the end of each string would be long.
        let most = wanted.len().saturating_add(1);
        let beginning = |index| self.beginning(*self.strings.get(index)?, most);
        let order = self.order();
        let place = order.partition_point(|index| beginning(*index).unwrap_or_default() < &*wanted);
        let index = *order.get(place)?;
        (beginning(index) == Some(&*wanted)).then_some(index)
    }

    /// The slots in the order of their bytes, equal strings in that of the table.
    fn order(&self) -> &[u32] {
        self.order.get_or_init(|| {
            let walk = self.strings().take(MOST_ORDERED);
            let mut all: Vec<(&[u8], u32)> = walk.map(|(index, text)| (text, index)).collect();
            all.sort_unstable();
            all.into_iter().map(|(_, index)| index).collect()
        })
    }

    /// The slots whose string begins with `start`, in the order of the table: by binary search in a
    /// sorted table, by a walk in any other.
    pub fn strings_starting_with(&self, start: &str) -> impl Iterator<Item = u32> + use<'_, 'a> {
        let wanted = mutf8::encode(start).into_owned();
        let is_sorted = self.is_sorted();
        let mut next = if is_sorted {
            self.first_not_before(&wanted)
        } else {
            0
        };
        let matches = move |index: u32| self.string_starts_with(index, &wanted);
        let count = self.string_count();
        std::iter::from_fn(move || {
            while next < count {
                let index = next;
                next = next.saturating_add(1);
                if matches(index) {
                    return Some(index);
                }
                if is_sorted {
                    next = count;
                }
            }
            None
        })
    }

    /// In a sorted table the first slot whose string does not come before `wanted`; the number of slots
    /// when there is none.
    pub(super) fn first_not_before(&self, wanted: &[u8]) -> u32 {
        let key = beginning(wanted);
        let beginnings = self.beginnings();
        let from = beginnings.partition_point(|kept| *kept < key);
        let upto = beginnings.partition_point(|kept| *kept <= key);
        let from = from.saturating_sub(1).saturating_mul(STEP);
        let rows = self.strings.rows();
        let upto = upto.saturating_mul(STEP).min(rows.len());
        let between = rows.get(from..upto).unwrap_or_default();
        let is_before = |row: &[u8; 4]| {
            let order = mutf8::compare(self.data(*row).unwrap_or_default(), wanted).0;
            order.is_lt()
        };
        let place = from.saturating_add(between.partition_point(is_before));
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// The beginnings of every sixteenth string, as numbers in the same order.
    fn beginnings(&self) -> &[u128] {
        self.beginnings.get_or_init(|| {
            let rows = self.strings.rows().iter().step_by(STEP);
            rows.map(|row| beginning(self.data(*row).unwrap_or_default()))
                .collect()
        })
    }
}

/// The beginning of a string as a number that is never greater than that of a string after it.
fn beginning(text: &[u8]) -> u128 {
    let mut kept = [0; BEGINNING];
    for (kept, byte) in kept.iter_mut().zip(text) {
        match *byte {
            0 => break,
            // The smallest unit, `C0 80`, stands before the unit 1, so what follows must not decide.
            0xc0 => {
                *kept = 1;
                break;
            }
            byte => *kept = byte,
        }
    }
    u128::from_be_bytes(kept)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::builder::{Builder, Class, Malformation};
    use super::*;
    use crate::anomaly::Anomalies;
    use crate::limits::{Budget, Limits};

    fn with_dex(bytes: &[u8], check: impl FnOnce(&Dex<'_>)) {
        let limits = Limits::default();
        let (mut budget, mut anomalies) = (Budget::new(&limits), Anomalies::new(1));
        let files = Dex::parse(bytes, &limits, &mut budget, &mut anomalies).unwrap();
        check(files.first().unwrap());
    }

    fn build(strings: &[String]) -> Vec<u8> {
        let builder = Builder {
            strings: strings.to_vec(),
            ..Builder::default()
        };
        builder.build()
    }

    /// Checks that the searches find each of `wanted` where a look at all strings does.
    fn check<'w>(dex: &Dex<'_>, wanted: impl IntoIterator<Item = &'w str>) {
        let all: Vec<(u32, String)> = (0..dex.string_count())
            .map(|index| (index, dex.string(index).unwrap().into_owned()))
            .collect();
        for wanted in wanted {
            let those = |is: fn(&str, &str) -> bool| -> Vec<u32> {
                let found = all.iter().filter(|(_, text)| is(text, wanted));
                found.map(|(index, _)| *index).collect()
            };
            let found = Vec::from_iter(dex.find_string(wanted));
            assert_eq!(found, those(|text, wanted| text == wanted), "{wanted:?}");
            let found: Vec<u32> = dex.strings_starting_with(wanted).collect();
            assert_eq!(
                found,
                those(|text, wanted| text.starts_with(wanted)),
                "{wanted:?}"
            );
        }
    }

    /// Strings that often share the bytes that are kept, and units whose bytes stand out of order.
    fn texts() -> impl Strategy<Value = String> {
        let start = prop_oneof![
            Just(""),
            Just("a"),
            Just("aaaaaaaaaaaaaaa"),
            Just("aaaaaaaaaaaaaaaaa")
        ];
        const UNITS: [char; 7] = ['\0', '\u{1}', '\u{2}', 'a', '\u{80}', '\u{ffff}', '\u{10000}'];
        let rest = vec(prop::sample::select(&UNITS), 0..4);
        (start, rest).prop_map(|(start, rest)| {
            rest.into_iter().fold(start.to_owned(), |text, unit| {
                text + unit.encode_utf8(&mut [0; 4])
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn beginnings_rise_with_the_strings(left in texts(), right in texts()) {
            let (left, right) = (mutf8::encode(&left), mutf8::encode(&right));
            if mutf8::compare(&left, &right).0.is_lt() {
                prop_assert!(beginning(&left) <= beginning(&right));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_there_is_found_and_nothing_else(strings in vec(texts(), 0..120), others in vec(texts(), 8)) {
            let bytes = build(&strings);
            with_dex(&bytes, |dex| {
                assert!(dex.is_sorted());
                check(dex, strings.iter().chain(&others).map(String::as_str));
            });
        }

        #[test]
        fn a_table_without_order_is_searched_as_well(
            strings in vec(texts(), 60..80),
            others in vec(texts(), 4),
            swapped in 1usize..4,
        ) {
            let mut bytes = build(&strings);
            with_dex(&build(&strings), |dex| {
                let last = dex.string_count() as usize - 1;
                Malformation::SwappedStrings(swapped - 1, last / swapped).apply(&mut bytes);
            });
            with_dex(&bytes, |dex| {
                assert!(!dex.is_sorted());
                check(dex, strings.iter().chain(&others).map(String::as_str));
            });
        }
    }

    #[test]
    fn the_smallest_unit_comes_before_the_next_whatever_follows() {
        // Both begin a row of sixteen, so that the search goes by their beginnings.
        let smallest = (0..STEP).map(|number| format!("\0{number:02}"));
        let next = (0..STEP).map(|number| format!("\u{1}{number:02}"));
        let strings: Vec<String> = smallest.chain(next).collect();
        with_dex(&build(&strings), |dex| {
            assert!(dex.is_sorted());
            for text in &strings {
                let index = dex.find_string(text).unwrap();
                assert_eq!(dex.string(index).as_deref(), Some(text.as_str()));
            }
        });
    }

    #[test]
    fn many_strings_that_begin_alike_are_told_apart_by_the_rest() {
        let start = "the same beginning of more than sixteen bytes ";
        let strings: Vec<String> = (0..100).map(|number| format!("{start}{number:02}")).collect();
        with_dex(&build(&strings), |dex| {
            let parts = [
                start,
                "the same beginning",
                "the same b",
                "the same beginning of less",
            ];
            let absent = [&*format!("{start}50 and on"), &format!("{start}999")];
            check(dex, strings.iter().map(String::as_str).chain(parts).chain(absent));
        });
    }

    #[test]
    fn an_empty_table_holds_nothing() {
        with_dex(&build(&[]), |dex| {
            assert_eq!(dex.string_count(), 0);
            assert_eq!((dex.find_string("a"), dex.find_string("")), (None, None));
            assert_eq!(dex.strings_starting_with("").next(), None);
            assert_eq!(dex.first_type_with("L"), None);
        });
    }

    #[test]
    fn the_first_type_of_a_package_is_found_with_and_without_order() {
        let classes = (0..40).map(|number| Class::new(&format!("Lorg/a{number:02}/Main;")));
        let builder = Builder {
            classes: classes.collect(),
            ..Builder::default()
        };
        let mut bytes = builder.build();
        let check = |dex: &Dex<'_>| {
            let first = |prefix| {
                let descriptor = dex.type_descriptor(dex.first_type_with(prefix)?);
                Some(String::from_utf8_lossy(descriptor?).into_owned())
            };
            for (prefix, expected) in [
                ("Lorg/a00/", Some("Lorg/a00/Main;")),
                ("Lorg/a1", Some("Lorg/a10/Main;")),
                ("Lorg/a39/Main;", Some("Lorg/a39/Main;")),
                ("Lorg/a4", None),
                ("Lorg/", Some("Lorg/a00/Main;")),
                ("Lz", None),
            ] {
                assert_eq!(first(prefix).as_deref(), expected, "{prefix}");
            }
        };
        with_dex(&bytes, |dex| {
            assert!(dex.is_sorted());
            check(dex);
        });
        with_dex(&bytes.clone(), |dex| {
            let last = dex.string_count() as usize - 1;
            Malformation::SwappedStrings(last - 1, last).apply(&mut bytes);
        });
        with_dex(&bytes, |dex| {
            assert!(!dex.is_sorted());
            check(dex);
        });
    }
}
