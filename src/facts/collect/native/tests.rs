//! Tests of the collector on built packages.

use super::*;
use crate::anomaly::Anomalies;
use crate::container::Container;
use crate::facts::interest::EntryPattern;
use crate::facts::{FactSet, Interest};
use crate::formats::elf::builder::Library as Built;
use crate::lexicon::{Lexicon, WordLists};

#[path = "../../../../tests/support/zip.rs"]
mod archive;
use archive::{Archive, File};

const TEXTS: &[u8] = b"\0content://sms.backup\0content://com.android.contacts/data\0";

fn collect(archive: Archive, known: Option<Fact>, limits: &Limits) -> (FactSet, Anomalies) {
    let literal = |text: &str| Literal {
        text: text.to_owned(),
        whole: false,
    };
    let interest = Interest {
        literals: vec![
            literal("content://sms"),
            literal("content://com.android.contacts"),
        ],
        located: ["content://sms".to_owned()].into(),
        natives: ["packed *", "exports Java_com_a_*", "needs libc.so"]
            .map(EntryPattern::new)
            .to_vec(),
        ..Interest::default()
    };
    let lexicon = Lexicon::build(WordLists::default(), &[]).unwrap();
    let mut collector = Collector::new(&interest, &lexicon, limits);
    if let Some(fact) = known {
        collector.add(fact, Location::Package);
    }
    let bytes = archive.build();
    let container = Container::open(&bytes, limits, &mut Anomalies::new(0)).unwrap();
    collector.add_native(&[Module::whole(&container)], &mut Inflater::new());
    (collector.facts, collector.anomalies)
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
fn nothing_is_looked_into_once_a_provider_is_named_or_the_caps_are_reached() {
    let library = Built::new(TEXTS).build();
    let few = Limits {
        library_bytes: library.len() as u64 - 1,
        ..Limits::default()
    };
    let none = Limits {
        libraries: 0,
        ..Limits::default()
    };
    let literal = |text: &str| Some(Fact::new(FactKind::Literal, text));
    for (known, limits, expected) in [
        (literal("content://sms"), &Limits::default(), 1),
        (literal("any"), &Limits::default(), 4),
        (literal("any"), &few, 1),
        (literal("any"), &none, 1),
    ] {
        let archive = Archive::new().file(File::stored("lib/x86/liba.so", &library));
        let (facts, anomalies) = collect(archive, known, limits);
        assert_eq!(facts.len(), expected);
        assert!(anomalies.is_empty(), "{anomalies:?}");
    }
}
