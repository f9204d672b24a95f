//! Tests of the reader on built libraries.

use super::*;
use crate::formats::random;

const TEXTS: &[u8] = b"\x01\x02content://com.android.contacts\0abc\0\xffcontent://sms\0no end";

fn parse(data: &[u8]) -> (Result<Library<'_>, ElfError>, Anomalies) {
    let limits = Limits::default();
    let mut anomalies = Anomalies::new(8);
    let library = Library::parse(data, &limits, &mut Budget::new(&limits), &mut anomalies);
    (library, anomalies)
}

fn texts(data: &[u8]) -> Vec<&str> {
    let library = parse(data).0.unwrap();
    for (offset, text) in library.strings() {
        assert!(data[usize::try_from(offset).unwrap()..].starts_with(text.as_bytes()));
    }
    library.strings().map(|(_, text)| text).collect()
}

#[test]
fn texts_and_names_of_both_classes_are_found() {
    for wide in [true, false] {
        let mut built = builder::Library::new(TEXTS);
        built.wide = wide;
        let data = built.build();
        let (library, anomalies) = parse(&data);
        let library = library.unwrap();
        assert!(anomalies.is_empty(), "{anomalies:?}");
        let architecture = if wide {
            Architecture::Arm64
        } else {
            Architecture::Arm
        };
        assert_eq!(library.architecture, architecture);
        assert!(library.jni_names.iter().eq(["JNI_OnLoad", "Java_com_a_B_read"]));
        assert!(library.needed.iter().eq(["libc.so", "liblog.so"]));
        assert_eq!(texts(&data), ["content://com.android.contacts", "content://sms"]);
    }
}

#[test]
fn what_a_library_takes_and_how_it_is_packed_is_told() {
    let mut random = random::Random::new(1);
    let noise: Vec<u8> = (0..8192)
        .map(|_| u8::try_from(random.below(256)).unwrap())
        .collect();
    let code: Vec<u8> = (0..8192_u32).flat_map(|at| (at % 97).to_le_bytes()).collect();
    for (contents, sections, is_noise) in [(&noise, true, true), (&noise, false, true), (&code, false, false)]
    {
        let mut built = builder::Library::new(contents);
        built.sections = sections;
        let mut data = built.build();
        // The first segment can be run.
        data[68] = 5;
        let library = parse(&data).0.unwrap();
        assert!(library.imports.contains("malloc") && !library.imports.contains("JNI_OnLoad"));
        assert_eq!(library.marks.has_sections, sections);
        assert_eq!(library.marks.is_code_noise, is_noise);
        assert!(!library.marks.is_upx);
    }
    let upx = builder::Library::new(b"\0\0UPX!\0").build();
    assert!(parse(&upx).0.unwrap().marks.is_upx);
    // Too little code to tell.
    let mut small = builder::Library::new(&noise[..1000]).build();
    small[68] = 5;
    assert!(!parse(&small).0.unwrap().marks.is_code_noise);
}

#[test]
fn a_symbol_stands_for_its_bytes_in_the_file() {
    for wide in [true, false] {
        let data = builder::Library::of_program(b"the program", wide).build();
        let library = parse(&data).0.unwrap();
        assert_eq!(library.is_wide, wide);
        let region = library.symbol("_kDartIsolateSnapshotData").unwrap();
        assert_eq!(region.data, b"the program");
        assert_eq!(&data[region.offset..region.offset + 11], b"the program");
        assert_eq!(library.symbol("_kDartIsolateSnapshot"), None);
        assert_eq!(library.symbol("ata"), None);
    }
}

#[test]
fn without_sections_the_segments_that_are_not_writable_count() {
    let mut built = builder::Library::new(TEXTS);
    built.sections = false;
    let data = built.build();
    assert!(parse(&data).1.is_empty());
    let found = texts(&data);
    assert!(found.contains(&"content://com.android.contacts") && found.contains(&"liblog.so"));
    assert!(!found.contains(&"content://writable"));
}

#[test]
fn a_library_that_is_cut_off_is_read_as_far_as_it_goes() {
    let data = builder::Library::new(TEXTS).build();
    let end = memchr::memmem::find(&data, b"content://sms").unwrap();
    let (library, anomalies) = parse(&data[..end]);
    assert!(library.unwrap().jni_names.is_empty());
    assert_eq!(anomalies.count(AnomalyKind::ElfTable), 2, "sections and dynamic");
    assert!(texts(&data[..end]).contains(&"content://com.android.contacts"));
    for end in 0..64 {
        let length = end as u64;
        assert_eq!(parse(&data[..end]).0.err(), Some(ElfError::NotElf { length }));
    }
}

#[test]
fn counts_that_lie_are_clipped_to_what_is_there() {
    let mut data = builder::Library::new(TEXTS).build();
    // e_phnum, e_shnum and the sizes of the dynamic segment and of the first section.
    for (at, size) in [(56, 2), (60, 2), (64 + 2 * 56 + 32, 8)] {
        data[at..at + size].fill(0xff);
    }
    let section = data.len() - 2 * 64 + 32;
    data[section..section + 8].fill(0xff);
    let (library, anomalies) = parse(&data);
    let library = library.unwrap();
    assert_eq!(anomalies.count(AnomalyKind::ElfTable), 3, "{anomalies:?}");
    assert!(library.jni_names.contains("JNI_OnLoad"));
    assert!(texts(&data).contains(&"content://com.android.contacts"));
    let limits = Limits {
        library_rows: 2,
        ..Limits::default()
    };
    let few = Library::parse(&data, &limits, &mut Budget::new(&limits), &mut anomalies.clone());
    assert!(
        few.unwrap().jni_names.is_empty(),
        "the dynamic segment is the third"
    );
}

#[test]
fn sections_that_overlap_are_visited_once() {
    let mut built = builder::Library::new(TEXTS);
    built.writable = b"\0".to_vec();
    let mut data = built.build();
    let second = data.len() - 64;
    data.copy_within(second - 64..second, second);
    assert_eq!(texts(&data), ["content://com.android.contacts", "content://sms"]);
}

#[test]
fn whatever_the_bytes_are_the_work_is_bounded() {
    let mut random = random::Random::new(7);
    let mut built = builder::Library::new(TEXTS);
    let mut readable = 0;
    for round in 0..4000 {
        built.wide = round % 2 == 0;
        built.sections = round % 3 != 0;
        let data = random.mutate(&built.build());
        if let (Ok(library), _) = parse(&data) {
            readable += 1;
            let visited: usize = library.regions().map(|region| region.data.len()).sum();
            assert!(visited <= data.len());
            assert!(library.strings().all(|(_, text)| text.len() >= SHORTEST_TEXT));
        }
    }
    assert!(readable > 2000, "{readable}");
}
