//! Tests of the collector on built packages.

use super::*;
use crate::anomaly::Anomalies;
use crate::container::Container;
use crate::facts::interest::EntryPattern;
use crate::facts::network::{Network, Watch};
use crate::facts::{FactSet, Interest};
use crate::formats::elf::builder::Library as Built;
use crate::lexicon::{Lexicon, WordLists};

#[path = "../../../../tests/support/zip.rs"]
mod archive;
use archive::{Archive, File};

const TEXTS: &[u8] = b"\0content://sms.backup\0content://com.android.contacts/data\0";

fn collect(archive: Archive, known: Option<Fact>, limits: &Limits) -> (FactSet, Anomalies) {
    let (facts, anomalies, _) = collect_all(archive, known, limits);
    (facts, anomalies)
}

fn collect_all(archive: Archive, known: Option<Fact>, limits: &Limits) -> (FactSet, Anomalies, Network) {
    let literal = |text: &str| Literal {
        text: text.to_owned(),
        whole: false,
    };
    let interest = Interest {
        located: ["content://sms".to_owned()].into(),
        natives: ["packed *", "exports Java_com_a_*", "needs libc.so"]
            .map(EntryPattern::new)
            .into_iter()
            .collect(),
        known_libraries: [EntryPattern::new("libknown*")].into_iter().collect(),
        network: Watch::new(["smsList".to_owned()].into(), Vec::new()),
        ..Interest::default()
    };
    let interest = interest.with_literals(vec![
        literal("content://sms"),
        literal("content://com.android.contacts"),
    ]);
    let lexicon = Lexicon::build(WordLists::default(), &[]).unwrap();
    let mut collector = Collector::new(&interest, &lexicon, limits);
    if let Some(fact) = known {
        collector.add(fact, Location::Package);
    }
    let bytes = archive.build();
    let container = Container::open(&bytes, limits, &mut Anomalies::new(0)).unwrap();
    collector.add_native(&[Module::whole(&container)], &mut Inflater::new());
    (collector.facts, collector.anomalies, collector.network)
}

#[test]
fn literals_are_found_in_one_folder_with_their_offset() {
    let library = Built::new(TEXTS).build();
    let offset = memchr::memmem::find(&library, b"content://com").unwrap() as u64;
    let archive = Archive::new()
        .file(File::deflated("lib/x86/libb.so", &library))
        .file(File::deflated("lib/arm64-v8a/libb.so", &library))
        .file(File::stored("lib/arm64-v8a/liba.so", b"no library"))
        .file(File::deflated("assets/libb.so", &library));
    let (facts, anomalies) = collect(archive, None, &Limits::default());
    let fact = Fact::new(FactKind::Literal, "content://com.android.contacts");
    let place = Location::Entry {
        name: "lib/arm64-v8a/libb.so".to_owned(),
        offset: Some(offset),
    };
    let native = |value| Fact::new(FactKind::Native, value);
    let (exports, needs) = (native("exports Java_com_a_B_read"), native("needs libc.so"));
    let of_library = Location::Entry {
        name: "lib/arm64-v8a/libb.so".to_owned(),
        offset: None,
    };
    assert!(facts.iter().eq([
        (&fact, [place].as_slice()),
        (&exports, [of_library.clone()].as_slice()),
        (&needs, [of_library].as_slice()),
    ]));
    assert_eq!(
        anomalies.kept()[0].subject.as_deref(),
        Some("lib/arm64-v8a/liba.so")
    );
}

#[test]
fn nothing_is_looked_into_that_does_not_fit_the_caps() {
    let library = Built::new(TEXTS).build();
    let size = library.len() as u64;
    let few = Limits {
        library_bytes: size - 1,
        ..Limits::default()
    };
    let none = Limits {
        libraries: 0,
        ..Limits::default()
    };
    let small = |one: u64, all: u64| Limits {
        small_library_bytes: one,
        small_libraries_bytes: all,
        ..Limits::default()
    };
    let literal = |text: &str| Some(Fact::new(FactKind::Literal, text));
    for (known, limits, expected) in [
        (literal("any"), &Limits::default(), 4),
        (literal("any"), &small(0, 0), 4),
        (literal("any"), &few, 1),
        (literal("any"), &none, 1),
        // Once a provider is named, only small libraries are.
        (literal("content://sms"), &Limits::default(), 4),
        (literal("content://sms"), &few, 4),
        (literal("content://sms"), &none, 1),
        (literal("content://sms"), &small(size, size), 4),
        (literal("content://sms"), &small(size - 1, size), 1),
        (literal("content://sms"), &small(size, size - 1), 1),
    ] {
        let archive = Archive::new().file(File::stored("lib/x86/liba.so", &library));
        let (facts, anomalies) = collect(archive, known, limits);
        assert_eq!(facts.len(), expected);
        assert!(anomalies.is_empty(), "{anomalies:?}");
    }
}

const SERVERS: &[u8] =
    b"\0https://API.maker.example/v1/user/7/sms\0say https://two.example, \0/api/v2/contacts\0smsList\0\
    /proc/self/maps\0smsLists\0ftp://three.example\0";

#[test]
fn hosts_paths_and_fields_are_found_with_their_library_and_offset() {
    let library = Built::new(SERVERS).build();
    let at = |text: &str| Location::Entry {
        name: "lib/arm64-v8a/libb.so".to_owned(),
        offset: memchr::memmem::find(&library, text.as_bytes()).map(|at| at as u64),
    };
    for known in [None, Some(Fact::new(FactKind::Literal, "content://sms"))] {
        let archive = Archive::new()
            .file(File::deflated("lib/x86/libb.so", &library))
            .file(File::deflated("lib/arm64-v8a/libknown-a.so", &library))
            .file(File::deflated("lib/arm64-v8a/libb.so", &library));
        let (_, _, network) = collect_all(archive, known, &Limits::default());
        let hosts: Vec<(&str, &[Location])> = network
            .hosts
            .iter()
            .map(|(name, host)| (name.as_str(), host.places.kept.as_slice()))
            .collect();
        let text = "say https://two.example";
        assert_eq!(
            hosts,
            [
                ("api.maker.example", [at("https://API")].as_slice()),
                ("two.example", [at(text)].as_slice())
            ]
        );
        assert!(
            network.hosts["api.maker.example"]
                .paths
                .contains("/v1/user/{id}/sms")
        );
        let path = &network.paths["/api/v2/contacts"];
        assert_eq!(
            (path.kept.as_slice(), path.count),
            ([at("/api/v2")].as_slice(), 1)
        );
        let field = &network.fields["smsList"];
        assert_eq!(
            (field.kept.as_slice(), field.count),
            ([at("smsList")].as_slice(), 1)
        );
        assert_eq!(
            (network.paths.len(), network.fields.len(), network.dropped),
            (1, 1, 0)
        );
    }
}

#[test]
fn one_library_cannot_take_the_room_of_the_others() {
    let list: String = (0..9)
        .map(|number| format!("\0http://h{number}.example"))
        .collect();
    let (large, small) = (
        Built::new(list.as_bytes()).build(),
        Built::new(b"\0ws://own.example\0").build(),
    );
    let archive = Archive::new()
        .file(File::stored("lib/x86/libb.so", &small))
        .file(File::stored("lib/x86/liba.so", &large));
    let limits = Limits {
        hosts_per_library: 3,
        ..Limits::default()
    };
    let (_, _, network) = collect_all(archive, None, &limits);
    let hosts: Vec<&str> = network.hosts.keys().map(String::as_str).collect();
    // The last text of the list has no NUL behind it.
    assert_eq!(hosts, ["h0.example", "h1.example", "h2.example", "own.example"]);
    assert_eq!(network.dropped, 5);
}

#[test]
fn texts_that_run_into_each_other_name_no_server() {
    let text = [
        b"\0".as_slice(),
        &[b'a'; LONGEST_CONSTANT],
        b" http://run.examplehttps://on\0http://own.example\0",
    ]
    .concat();
    let archive = Archive::new().file(File::stored("lib/x86/liba.so", &Built::new(&text).build()));
    let (_, _, network) = collect_all(archive, None, &Limits::default());
    assert!(network.hosts.keys().eq(["own.example"]));
}
