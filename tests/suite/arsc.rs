//! Resource tables: every layout, references, locales, and tables that lie.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};

use dunwatch::anomaly::{Anomalies, AnomalyKind};
use dunwatch::formats::arsc::{self, ArscError, Table};
use dunwatch::formats::resources::{Resolved, Resources};
use dunwatch::limits::{Budget, Limits};
use proptest::prelude::*;

use crate::support::arsc::{Layout, Package, Type, Value, build, configuration};
use crate::support::pool::{chunk, set_word};
use crate::support::random::Random;

/// A table and what it takes to ask it.
struct Asked<'a> {
    table: Table<'a>,
    limits: Limits,
    budget: Budget,
    anomalies: Anomalies,
}

impl<'a> Asked<'a> {
    fn new(data: &'a [u8]) -> Self {
        let limits = Limits::default();
        let mut budget = Budget::new(&limits);
        let mut anomalies = Anomalies::new(8);
        let table = Table::parse(data, &mut budget, &mut anomalies).unwrap();
        Self {
            table,
            limits,
            budget,
            anomalies,
        }
    }

    fn string(&mut self, id: u32, locales: &[&str]) -> Option<String> {
        let text =
            self.table
                .resolve_string(id, locales, &self.limits, &mut self.budget, &mut self.anomalies);
        text.map(std::borrow::Cow::into_owned)
    }

    fn locales(&mut self, id: u32) -> BTreeMap<String, String> {
        self.table
            .strings_by_locale(id, &self.limits, &mut self.budget, &mut self.anomalies)
    }

    fn uses(&mut self, text: &str) -> Vec<String> {
        let index = self
            .table
            .pool()
            .iter()
            .find(|(_, known)| known.as_deref() == Some(text))
            .unwrap()
            .0;
        let wanted = BTreeSet::from([index]);
        let uses = self
            .table
            .string_uses(&wanted, &self.limits, &mut self.budget, &mut self.anomalies);
        let uses = uses.get(&index).map(Vec::as_slice).unwrap_or_default();
        let line = |found: &arsc::StringUse<'_>| {
            format!(
                "{:08x} {}/{} [{}]",
                found.resource_id, found.type_name, found.entry_name, found.qualifiers
            )
        };
        uses.iter().map(line).collect()
    }
}

fn labels() -> Package {
    Package::app()
        .strings(
            "",
            &[
                (0, "app", "Loan".into()),
                (1, "alias", Value::Reference(0x7f01_0000)),
            ],
        )
        .strings("zh-CN", &[(0, "app", "贷款".into())])
        .strings(
            "in",
            &[(0, "app", "Pinjaman".into()), (1, "alias", "Lain".into())],
        )
}

#[test]
fn resolves_by_locale_and_follows_references() {
    for utf8 in [true, false] {
        let data = build(&[labels()], utf8);
        let mut asked = Asked::new(&data);
        assert_eq!(asked.string(0x7f01_0000, &[""]).unwrap(), "Loan");
        assert_eq!(asked.string(0x7f01_0000, &["zh-CN", ""]).unwrap(), "贷款");
        assert_eq!(asked.string(0x7f01_0001, &["sw", ""]).unwrap(), "Loan");
        assert_eq!(asked.string(0x7f01_0002, &[""]), None);
        assert_eq!(asked.string(0x7f09_0000, &[""]), None);
        assert_eq!(asked.string(0x0101_0000, &[""]), None);
        let name = asked.table.name(0x7f01_0001, &mut asked.budget).unwrap();
        assert_eq!((&*name.0, &*name.1), ("string", "alias"));
        assert_eq!(asked.table.packages()[0].name, "com.example");
        assert!(asked.anomalies.is_empty());
    }
}

#[test]
fn labels_per_locale_include_those_of_what_the_default_refers_to() {
    let data = build(&[labels()], true);
    let mut asked = Asked::new(&data);
    let pairs = |map: BTreeMap<String, String>| {
        map.into_iter()
            .map(|(a, b)| format!("{a}={b}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        pairs(asked.locales(0x7f01_0000)),
        ["=Loan", "id=Pinjaman", "zh-CN=贷款"]
    );
    assert_eq!(
        pairs(asked.locales(0x7f01_0001)),
        ["=Loan", "id=Lain", "zh-CN=贷款"]
    );
}

#[test]
fn a_loop_of_references_ends() {
    let package = Package::app().strings(
        "",
        &[
            (0, "a", Value::Reference(0x7f01_0001)),
            (1, "b", Value::Reference(0x7f01_0000)),
        ],
    );
    let data = build(&[package], true);
    let mut asked = Asked::new(&data);
    assert_eq!(asked.string(0x7f01_0000, &[""]), None);
    assert!(asked.locales(0x7f01_0000).is_empty());
    assert_eq!(asked.anomalies.count(AnomalyKind::ArscReferenceLoop), 2);
}

#[test]
fn finds_uses_in_simple_values_arrays_and_plurals_with_their_configuration() {
    let mut package = labels();
    let mut land = configuration("zh-CN");
    land[12] = 2;
    package.types.push(Type {
        id: 2,
        configuration: land,
        layout: Layout::Dense,
        compact: false,
        entries: BTreeMap::from([(
            3,
            (
                "days".to_owned(),
                Value::Bag(vec!["Loan".into(), "x".into(), "Loan".into()]),
            ),
        )]),
    });
    let data = build(&[package], true);
    let mut asked = Asked::new(&data);
    assert_eq!(
        asked.uses("Loan"),
        ["7f010000 string/app []", "7f020003 plurals/days [zh-rCN-land]"]
    );
    assert_eq!(asked.uses("Pinjaman"), ["7f010000 string/app [in]"]);
    asked.limits.uses_per_string = 1;
    assert_eq!(asked.uses("Loan").len(), 1);
}

#[test]
fn nothing_wanted_costs_nothing() {
    let data = build(&[labels()], true);
    let mut asked = Asked::new(&data);
    let mut empty = Budget::new(&Limits {
        steps: 0,
        ..Limits::default()
    });
    let uses = asked
        .table
        .string_uses(&BTreeSet::new(), &asked.limits, &mut empty, &mut asked.anomalies);
    assert!(uses.is_empty() && !empty.is_spent());
    let uses = asked.table.string_uses(
        &BTreeSet::from([0]),
        &asked.limits,
        &mut empty,
        &mut asked.anomalies,
    );
    assert!(uses.is_empty() && empty.is_spent());
    assert_eq!(asked.anomalies.count(AnomalyKind::BudgetSpent), 1);
}

#[test]
fn of_configurations_with_one_locale_the_least_restricted_counts() {
    let mut package = labels();
    for (field, value, text) in [(12, 2, "land"), (24, 21, "v21")] {
        let mut restricted = configuration("");
        restricted[field] = value;
        package.types.push(Type {
            id: 1,
            configuration: restricted,
            layout: Layout::Dense,
            compact: false,
            entries: BTreeMap::from([(0, ("app".to_owned(), text.into()))]),
        });
    }
    let data = build(&[package], true);
    assert_eq!(Asked::new(&data).string(0x7f01_0000, &[""]).unwrap(), "v21");
    let values = Asked::new(&data)
        .table
        .all_values(0x7f01_0000, &mut Budget::new(&Limits::default()));
    assert_eq!(values.len(), 5);
}

#[test]
fn other_types_are_resolved_too() {
    let package = Package::app().strings(
        "",
        &[(0, "n", Value::Integer(7)), (1, "b", Value::Bag(Vec::new()))],
    );
    let data = build(&[package], true);
    let mut asked = Asked::new(&data);
    let mut resolve = |id| {
        asked
            .table
            .resolve(id, &[""], &asked.limits, &mut asked.budget, &mut asked.anomalies)
    };
    assert_eq!(
        resolve(0x7f01_0000),
        Some(Resolved::Other { kind: 0x10, data: 7 })
    );
    assert_eq!(resolve(0x7f01_0001), None);
}

#[test]
fn libraries_overlayables_and_staged_aliases_are_passed_over() {
    let mut package = labels();
    package.extra = (0x0202..=0x0206).map(|kind| chunk(kind, 8, &[0; 8])).collect();
    let data = build(std::slice::from_ref(&package), true);
    let mut asked = Asked::new(&data);
    assert_eq!(asked.string(0x7f01_0000, &[""]).unwrap(), "Loan");
    assert!(asked.anomalies.is_empty());

    package.extra = vec![chunk(0x4242, 8, &[0; 8])];
    let data = build(&[package], true);
    let mut asked = Asked::new(&data);
    assert_eq!(asked.string(0x7f01_0000, &[""]).unwrap(), "Loan");
    assert_eq!(asked.anomalies.count(AnomalyKind::ArscUnknownChunk), 1);
}

#[test]
fn splits_number_their_types_from_an_offset() {
    let mut package = labels();
    package.type_id_offset = 4;
    let data = build(&[package], true);
    let mut asked = Asked::new(&data);
    assert_eq!(asked.string(0x7f05_0000, &[""]).unwrap(), "Loan");
    assert_eq!(asked.string(0x7f01_0000, &[""]), None);
    assert_eq!(asked.uses("贷款"), ["7f050000 string/app [zh-rCN]"]);
}

/// Position of the first chunk of `kind` from `from` on; chunks of these tables are aligned.
fn find(data: &[u8], kind: u16, from: usize) -> usize {
    let headers: &[u16] = if kind == 0x0201 { &[84] } else { &[28, 288] };
    let is = |at: &usize| {
        let half = |at: usize| u16::from_le_bytes([data[at], data[at + 1]]);
        half(*at) == kind && headers.contains(&half(at + 2))
    };
    (from..data.len() - 8).step_by(4).find(is).unwrap()
}

#[test]
fn name_pools_are_found_though_the_package_lies_about_their_place() {
    let mut data = build(&[labels()], true);
    let package = find(&data, 0x0200, 0);
    set_word(&mut data, package + 268, 4);
    set_word(&mut data, package + 276, 0xffff_ffff);
    let mut asked = Asked::new(&data);
    assert_eq!(asked.uses("贷款"), ["7f010000 string/app [zh-rCN]"]);
    assert_eq!(asked.anomalies.count(AnomalyKind::ArscStringPool), 2);
}

#[test]
fn counts_and_sizes_that_lie_leave_what_is_there() {
    let intact = build(&[labels()], true);
    let kind = find(&intact, 0x0201, 0);
    // Entry count, pool count, package count, size of the last type.
    let mut data = intact.clone();
    set_word(&mut data, kind + 12, 0xffff_ffff);
    assert_eq!(Asked::new(&data).string(0x7f01_0000, &[""]).unwrap(), "Loan");

    let mut data = intact.clone();
    set_word(&mut data, 12 + 8, 0x7fff_ffff);
    let mut asked = Asked::new(&data);
    assert_eq!(asked.string(0x7f01_0000, &[""]).unwrap(), "Loan");
    assert_eq!(asked.anomalies.count(AnomalyKind::ArscStringPool), 1);

    let mut data = intact.clone();
    set_word(&mut data, 8, 99);
    let mut asked = Asked::new(&data);
    assert_eq!(asked.string(0x7f01_0000, &[""]).unwrap(), "Loan");
    assert_eq!(asked.anomalies.count(AnomalyKind::ArscHeader), 1);

    let mut data = intact;
    let last = find(&data, 0x0201, find(&data, 0x0201, kind + 4) + 4);
    set_word(&mut data, last + 4, 0xffff_fff0);
    let mut asked = Asked::new(&data);
    assert_eq!(asked.string(0x7f01_0000, &["id"]).unwrap(), "Pinjaman");
    assert_eq!(asked.anomalies.count(AnomalyKind::ArscChunkSize), 1);
}

#[test]
fn an_entry_outside_its_chunk_is_noted_and_the_others_stay() {
    let mut data = build(&[labels()], true);
    let kind = find(&data, 0x0201, 0);
    set_word(&mut data, kind + 84 + 4, 0x00ff_fff0);
    let mut asked = Asked::new(&data);
    assert_eq!(asked.string(0x7f01_0000, &[""]).unwrap(), "Loan");
    assert_eq!(asked.uses("Loan"), ["7f010000 string/app []"]);
    assert_eq!(asked.anomalies.count(AnomalyKind::ArscEntry), 1);
}

#[test]
fn a_table_is_known_behind_other_chunks_and_under_another_type() {
    let intact = build(&[labels()], true);
    let behind = [chunk(0x4242, 8, &[0; 8]), intact.clone()].concat();
    let mut renamed = intact.clone();
    renamed[0] = 0x77;
    let mut longer = intact;
    longer.extend([0; 3]);
    for data in [behind, renamed, longer] {
        let mut asked = Asked::new(&data);
        assert_eq!(asked.string(0x7f01_0000, &[""]).unwrap(), "Loan");
        assert_eq!(asked.anomalies.count(AnomalyKind::ArscHeader), 1);
    }
    let limits = Limits::default();
    let none = Table::parse(&[0; 40], &mut Budget::new(&limits), &mut Anomalies::new(1));
    assert_eq!(none.unwrap_err(), ArscError::NoTable { size: 40 });
}

#[test]
fn bags_that_share_their_bytes_end_with_the_budget() {
    let bag = Value::Bag(vec![Value::from("x"); 4000]);
    let entries: Vec<_> = (0..4000)
        .map(|index| (index, "e", if index == 0 { bag.clone() } else { "y".into() }))
        .collect();
    let mut data = build(&[Package::app().strings("", &entries)], true);
    let kind = find(&data, 0x0201, 0);
    for slot in 0..4000 {
        set_word(&mut data, kind + 84 + slot * 4, 0);
    }
    let mut asked = Asked::new(&data);
    asked.budget = Budget::new(&Limits {
        steps: 100_000,
        ..Limits::default()
    });
    let uses = asked.uses("x");
    assert!(asked.budget.is_spent() && uses.len() <= asked.limits.uses_per_string);
}

fn values() -> impl Strategy<Value = Value> {
    let simple = prop_oneof![
        "\\PC{0,10}".prop_map(Value::Text),
        any::<u32>().prop_map(Value::Integer),
        any::<u32>().prop_map(Value::Reference),
    ];
    prop_oneof![
        4 => simple.clone(),
        1 => proptest::collection::vec(simple, 0..4).prop_map(Value::Bag),
    ]
}

fn types() -> impl Strategy<Value = Type> {
    let layout = proptest::sample::select(vec![Layout::Dense, Layout::Dense16, Layout::Sparse]);
    let entries = proptest::collection::btree_map(0_u16..40, ("[a-z]{1,3}", values()), 0..12);
    let locale = proptest::sample::select(vec!["", "en", "zh-TW", "sw"]);
    (1_u8..3, locale, layout, any::<bool>(), entries).prop_map(|(id, locale, layout, compact, entries)| {
        Type {
            id,
            configuration: configuration(locale),
            layout,
            compact,
            entries,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_built_is_read(types in proptest::collection::vec(types(), 0..5), utf8 in any::<bool>()) {
        let package = Package { types: types.clone(), ..Package::app() };
        let data = build(&[package], utf8);
        let mut asked = Asked::new(&data);
        prop_assert!(asked.anomalies.is_empty());
        for id in 1_u8..3 {
            for index in 0_u16..40 {
                let written: Vec<_> = types
                    .iter()
                    .filter(|kind| kind.id == id)
                    .filter_map(|kind| Some((&kind.entries.get(&index)?.1, &kind.configuration)))
                    .collect();
                let resource = 0x7f00_0000 | u32::from(id) << 16 | u32::from(index);
                let read = asked.table.all_values(resource, &mut asked.budget);
                prop_assert_eq!(read.len(), written.len());
                for (read, (value, bytes)) in read.iter().zip(written) {
                    prop_assert_eq!(read.configuration, arsc::Configuration::parse(bytes));
                    let same = match (value, read.value) {
                        (Value::Text(text), arsc::Value::String(index)) => {
                            asked.table.pool().get(index).as_deref() == Some(text)
                        }
                        (Value::Reference(a), arsc::Value::Reference(b)) => *a == b,
                        (Value::Integer(a), arsc::Value::Other { kind: 0x10, data }) => *a == data,
                        (Value::Bag(items), arsc::Value::Bag { items: count }) => items.len() == count as usize,
                        _ => false,
                    };
                    prop_assert!(same, "{:?} is read as {:?}", value, read.value);
                }
            }
        }
    }

    #[test]
    fn every_use_of_every_string_is_found(types in proptest::collection::vec(types(), 0..5)) {
        let package = Package { types: types.clone(), ..Package::app() };
        let data = build(&[package], true);
        let mut asked = Asked::new(&data);
        let all = (0..asked.table.pool().len() as u32).collect();
        let uses = asked.table.string_uses(&all, &asked.limits, &mut asked.budget, &mut asked.anomalies);
        let mut read = BTreeSet::new();
        for (index, places) in &uses {
            let text = asked.table.pool().get(*index).unwrap();
            read.extend(places.iter().map(|place| {
                (text.to_string(), place.resource_id, place.entry_name.to_string(), place.locale.to_string())
            }));
        }
        let mut written = BTreeSet::new();
        for kind in &types {
            let locale = arsc::Configuration::parse(&kind.configuration).locale();
            for (index, (name, value)) in &kind.entries {
                let id = 0x7f00_0000 | u32::from(kind.id) << 16 | u32::from(*index);
                let items = match value {
                    Value::Bag(items) => items.as_slice(),
                    simple => std::slice::from_ref(simple),
                };
                for item in items {
                    if let Value::Text(text) = item {
                        written.insert((text.clone(), id, name.clone(), locale.clone()));
                    }
                }
            }
        }
        prop_assert_eq!(read, written);
    }

    #[test]
    fn any_bytes_end(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        let limits = Limits::default();
        let _ = Table::parse(&data, &mut Budget::new(&limits), &mut Anomalies::new(1));
    }
}

#[test]
fn mutations_end_within_the_budget() {
    let mut package = labels();
    for (layout, compact) in [(Layout::Sparse, false), (Layout::Dense16, true)] {
        package.types.push(Type {
            id: 2,
            configuration: configuration("sw"),
            layout,
            compact,
            entries: BTreeMap::from([
                (0, ("a".to_owned(), Value::Bag(vec!["Loan".into()]))),
                (9, ("b".to_owned(), "mkopo".into())),
            ]),
        });
    }
    let limits = Limits {
        steps: 100_000,
        ..Limits::default()
    };
    let mut random = Random::new(3);
    let mut readable = 0;
    for utf8 in [true, false] {
        let data = build(std::slice::from_ref(&package), utf8);
        for _ in 0..10_000 {
            let mutant = random.mutate(&data);
            let mut budget = Budget::new(&limits);
            let mut anomalies = Anomalies::new(4);
            let Ok(table) = Table::parse(&mutant, &mut budget, &mut anomalies) else {
                continue;
            };
            let wanted = (0..u32::try_from(table.pool().len()).unwrap()).collect();
            let uses = table.string_uses(&wanted, &limits, &mut budget, &mut anomalies);
            assert!(uses.values().all(|places| places.len() <= limits.uses_per_string));
            assert!(
                table
                    .pool()
                    .iter()
                    .filter_map(|(_, text)| text)
                    .all(|text| text.len() <= mutant.len() * 3)
            );
            let _ = table.strings_by_locale(0x7f01_0001, &limits, &mut budget, &mut anomalies);
            readable += 1;
        }
    }
    assert!(readable > 10_000, "only {readable} mutants are still tables");
}
