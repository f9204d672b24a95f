//! Tests of the reader on built files.

use super::builder::{self, Body, Builder, Class, Malformation, Unit, get, put, sample, shape};
use super::*;

fn open(bytes: &[u8]) -> (Vec<Dex<'_>>, Anomalies) {
    let limits = Limits::default();
    let mut anomalies = Anomalies::new(8);
    let files = Dex::parse(bytes, &limits, &mut Budget::new(&limits), &mut anomalies).unwrap();
    (files, anomalies)
}

fn single(bytes: &[u8]) -> Dex<'_> {
    let (mut files, anomalies) = open(bytes);
    assert!(anomalies.is_empty(), "{anomalies:?}");
    assert_eq!(files.len(), 1);
    files.remove(0)
}

fn audit(dex: &Dex<'_>) -> Anomalies {
    let mut anomalies = Anomalies::new(8);
    dex.audit(&mut Budget::new(&Limits::default()), &mut anomalies);
    anomalies
}

fn text(bytes: Option<&[u8]>) -> &str {
    std::str::from_utf8(bytes.unwrap()).unwrap()
}

#[test]
fn a_sound_file_has_no_anomaly() {
    for version in [35, 37, 38, 39, 40, 41] {
        let bytes = Builder { version, ..sample() }.build();
        let dex = single(&bytes);
        assert_eq!(dex.header().version, version);
        assert!(audit(&dex).is_empty(), "{:?}", audit(&dex));
    }
}

#[test]
fn strings_are_read_to_the_nul_and_found_by_text() {
    let bytes = sample().build();
    let dex = single(&bytes);
    assert!(dex.is_sorted());
    assert_eq!(dex.string(0).unwrap(), "");
    for wanted in ["h\u{e9}llo \u{1f600}", "nul\0inside", "zz last", "", "/upload"] {
        let index = dex.find_string(wanted).unwrap();
        assert_eq!(dex.string(index).unwrap(), wanted);
    }
    assert_eq!(dex.find_string("absent"), None);
    assert_eq!(dex.string(dex.string_count()), None);
    let walked: Vec<u32> = dex.strings().map(|(index, _)| index).collect();
    assert_eq!(walked, (0..dex.string_count()).collect::<Vec<_>>());
    for (index, bytes) in dex.strings() {
        assert_eq!(dex.string_bytes(index), Some(bytes));
    }
}

#[test]
fn names_are_told_from_literals() {
    let bytes = sample().build();
    let dex = single(&bytes);
    let names = dex.names();
    let is_name = |text| names.contains(dex.find_string(text).unwrap());
    for name in ["Lcom/example/Main;", "VL", "println", "PATH", "Main.java", "I"] {
        assert!(is_name(name), "{name}");
    }
    for literal in ["h\u{e9}llo \u{1f600}", "/v1/contacts", "zz last", "/upload"] {
        assert!(!is_name(literal), "{literal}");
    }
    assert!(!names.contains(u32::MAX));
    assert!(names.count() > 10 && names.count() < dex.string_count().into());
}

#[test]
fn identifiers_are_written_as_in_the_assembler() {
    let bytes = sample().build();
    let dex = single(&bytes);
    let methods: Vec<String> = (0..dex.method_count())
        .map(|i| dex.method_signature(i).unwrap())
        .collect();
    assert_eq!(
        methods,
        [
            "Lcom/example/Main;->post(Ljava/lang/String;[I)Ljava/lang/String;",
            "Lcom/example/Main;->run()V",
            "Ljava/io/PrintStream;->println(Ljava/lang/String;)V",
        ]
    );
    assert_eq!(
        dex.field_signature(0).unwrap(),
        "Lcom/example/Main;->PATH:Ljava/lang/String;"
    );
    let main = dex.find_type("Lcom/example/Main;").unwrap();
    assert_eq!(text(dex.type_descriptor(main)), "Lcom/example/Main;");
    assert_eq!(dex.find_type("zz last"), None);
    assert_eq!(dex.method_signature(3), None);
}

#[test]
fn classes_know_their_members() {
    let bytes = sample().build();
    let dex = single(&bytes);
    let (_, class) = dex.classes().next().unwrap();
    assert_eq!(text(dex.type_descriptor(class.class)), "Lcom/example/Main;");
    assert_eq!(
        text(dex.type_descriptor(class.superclass.unwrap())),
        "Ljava/lang/Object;"
    );
    assert_eq!(text(dex.string_bytes(class.source_file.unwrap())), "Main.java");
    let interfaces: Vec<_> = dex
        .interfaces(&class)
        .iter()
        .map(|i| text(dex.type_descriptor(i)))
        .collect();
    assert_eq!(interfaces, ["Ljava/lang/Runnable;"]);
    let data = dex.class_data(&class).unwrap();
    let fields: Vec<_> = data
        .fields()
        .map(|field| (field.field, field.is_static))
        .collect();
    assert_eq!(fields, [(0, true), (1, false)]);
    let methods: Vec<_> = data
        .methods()
        .map(|m| (m.method, m.is_direct, m.code_offset != 0))
        .collect();
    assert_eq!(methods, [(1, true, true), (0, false, false)]);
    let values: Vec<_> = dex.static_values(&class).unwrap().values().collect();
    let [Value::String(index)] = values[..] else {
        panic!("{values:?}");
    };
    assert_eq!(dex.string(index).unwrap(), "/v1/contacts");
    let (_, other) = dex.classes().nth(1).unwrap();
    assert!(dex.class_data(&other).is_none() && other.data_offset == 0);
}

#[test]
fn annotations_stand_on_classes_fields_methods_and_parameters() {
    let bytes = sample().build();
    let dex = single(&bytes);
    let (_, class) = dex.classes().next().unwrap();
    let directory = dex.annotations(&class).unwrap();
    let describe = |set: AnnotationSet<'_>| -> String {
        let note = set.annotations().next().unwrap();
        assert_eq!(note.visibility, 1);
        let (name, value) = note.annotation.elements().next().unwrap();
        let value = match value {
            Value::String(index) => dex.string(index).unwrap().into_owned(),
            Value::Array(array) => match array.values().collect::<Vec<_>>()[..] {
                [Value::String(index), Value::Int(number), Value::Null] => {
                    format!("{} {number}", dex.string(index).unwrap())
                }
                ref other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        let kind = text(dex.type_descriptor(note.annotation.annotation_type));
        format!("{kind} {} {value}", dex.string(name).unwrap())
    };
    assert_eq!(
        describe(directory.class().unwrap()),
        "Lcom/example/Named; value on the class"
    );
    let fields: Vec<_> = directory
        .fields()
        .map(|(index, set)| (index, describe(set)))
        .collect();
    assert_eq!(fields, [(0, "Lcom/example/Named; value on the field".to_owned())]);
    let methods: Vec<_> = directory
        .methods()
        .map(|(index, set)| (index, describe(set)))
        .collect();
    assert_eq!(methods, [(0, "Lcom/example/Paths; value /upload -2".to_owned())]);
    let (method, parameters) = directory.parameters().next().unwrap();
    let parameters: Vec<_> = parameters.iter().map(|set| set.map(describe)).collect();
    assert_eq!(method, 0);
    assert_eq!(
        parameters,
        [Some("Lcom/example/Named; value body".to_owned()), None]
    );
    assert!(dex.annotations(&dex.class(1).unwrap()).is_none());
}

#[test]
fn code_has_instructions_payloads_and_handlers() {
    let bytes = sample().build();
    let dex = single(&bytes);
    let data = dex.class_data(&dex.class(0).unwrap()).unwrap();
    let code = dex.code(data.methods().next().unwrap().code_offset).unwrap();
    let instructions: Vec<_> = code.instructions().map(Result::unwrap).collect();
    let shown: Vec<_> = instructions
        .iter()
        .map(|i| (i.address, i.opcode.name()))
        .collect();
    assert_eq!(
        shown,
        [
            (0, "sget-object"),
            (2, "const-string"),
            (4, "invoke-virtual"),
            (7, "const/4"),
            (8, "packed-switch"),
            (11, "goto"),
            (12, "return-void"),
            (13, "nop"),
        ]
    );
    assert_eq!(instructions[2].registers().iter().collect::<Vec<_>>(), [0, 1]);
    let switch = instructions[4];
    let Some(Payload::PackedSwitch { first_key, targets }) = code.payload(switch.target().unwrap()) else {
        panic!("{:?}", code.payload(14));
    };
    assert_eq!((first_key, targets.iter().collect::<Vec<_>>()), (7, vec![4]));
    assert_eq!(instructions[5].target(), Some(12));
    let range = code.tries().next().unwrap();
    assert_eq!((range.start, range.length), (0, 7));
    let handlers: Vec<_> = code.handlers(&range).collect();
    assert_eq!(handlers.len(), 2);
    assert_eq!(
        (
            text(dex.type_descriptor(handlers[0].exception.unwrap())),
            handlers[0].address
        ),
        ("Ljava/lang/Exception;", 11)
    );
    assert_eq!((handlers[1].exception, handlers[1].address), (None, 12));
    let references: Vec<_> = code.references().map(|reference| reference.kind).collect();
    assert_eq!(
        references,
        [IndexKind::Field, IndexKind::String, IndexKind::Method]
    );
    assert_eq!(code.instructions_from(11).count(), 3);
    assert_eq!(
        u64::from_le_bytes(
            bytes[code.instructions_offset as usize..][..8]
                .try_into()
                .unwrap()
        ) & 0xffff,
        0x0062
    );
}

#[test]
fn each_lie_of_the_header_is_noted_and_the_rest_is_read() {
    let sound = sample().build();
    let length = sound.len() as u32;
    let cases = [
        (Malformation::Version(*b"036"), AnomalyKind::DexVersion),
        (Malformation::Version(*b"abc"), AnomalyKind::DexVersion),
        (Malformation::Version(*b"042"), AnomalyKind::DexVersion),
        (Malformation::Checksum, AnomalyKind::DexChecksum),
        (Malformation::FileSize(length + 1), AnomalyKind::DexHeader),
        (Malformation::FileSize(length - 4), AnomalyKind::DexHeader),
        (Malformation::FileSize(0), AnomalyKind::DexHeader),
        (Malformation::HeaderSize(0x78), AnomalyKind::DexHeader),
        (Malformation::EndianTag, AnomalyKind::DexHeader),
        (Malformation::Count(0, u32::MAX), AnomalyKind::DexTable),
        (Malformation::Count(5, 10_000), AnomalyKind::DexTable),
        (Malformation::Offset(3, length), AnomalyKind::DexTable),
        (Malformation::Offset(4, u32::MAX), AnomalyKind::DexTable),
        (Malformation::Truncated(sound.len() - 1), AnomalyKind::DexHeader),
    ];
    for (malformation, expected) in cases {
        let mut bytes = sound.clone();
        malformation.apply(&mut bytes);
        let (files, anomalies) = open(&bytes);
        assert_eq!(anomalies.count(expected), 1, "{malformation:?} {anomalies:?}");
        assert_eq!(files.len(), 1);
        let others = anomalies.kept().iter().filter(|anomaly| anomaly.kind != expected);
        let others: Vec<_> = others.map(|anomaly| anomaly.kind).collect();
        if matches!(malformation, Malformation::FileSize(0)) {
            assert_eq!(others, [AnomalyKind::DexChecksum], "nothing is covered by it");
        } else {
            assert!(others.is_empty(), "{malformation:?} {others:?}");
        }
        assert_eq!(text(files[0].type_descriptor(0)), "I", "{malformation:?}");
    }
}

#[test]
fn clipped_tables_keep_their_slots() {
    let sound = sample().build();
    let whole = single(&sound);
    let mut bytes = sound.clone();
    let strings_at_end = (sound.len() - 10) as u32;
    Malformation::Offset(0, strings_at_end).apply(&mut bytes);
    let (files, _) = open(&bytes);
    assert_eq!(files[0].string_count(), 2);
    assert_eq!(files[0].method_count(), whole.method_count());
    assert!(files[0].string(2).is_none());
    for cut in 0..sound.len() {
        let (limits, mut anomalies) = (Limits::default(), Anomalies::new(8));
        let parsed = Dex::parse(&sound[..cut], &limits, &mut Budget::new(&limits), &mut anomalies);
        match parsed {
            Ok(files) => {
                assert!(cut >= 0x70 && anomalies.count(AnomalyKind::DexHeader) == 1);
                let readable = files[0]
                    .strings()
                    .filter(|(i, text)| whole.string_bytes(*i) == Some(text));
                assert!(readable.count() <= whole.string_count() as usize);
            }
            Err(DexError::NotDex { offset: 0 }) => assert!(cut < 8),
            Err(error) => {
                assert_eq!(
                    error,
                    DexError::TooShort {
                        offset: 0,
                        available: cut as u64
                    }
                );
                assert!((8..0x70).contains(&cut));
            }
        }
    }
}

#[test]
fn broken_strings_keep_their_slots_and_are_noted() {
    let sound = sample().build();
    let count = single(&sound).string_count();
    let check = |malformation: Malformation, kind: AnomalyKind| {
        let mut bytes = sound.clone();
        malformation.apply(&mut bytes);
        let (files, _) = open(&bytes);
        assert_eq!(files[0].string_count(), count);
        let anomalies = audit(&files[0]);
        assert!(anomalies.count(kind) > 0, "{malformation:?} {anomalies:?}");
    };
    check(Malformation::SwappedStrings(3, 4), AnomalyKind::DexUnsorted);
    check(Malformation::StringOffset(3, u32::MAX), AnomalyKind::DexString);
    check(Malformation::StringLength(4, 1), AnomalyKind::DexString);
    let mut bytes = sound.clone();
    Malformation::SwappedStrings(3, 4).apply(&mut bytes);
    let (files, _) = open(&bytes);
    let whole = single(&sound);
    for (index, text) in (0..).zip((0..count).map(|index| files[0].string(index).unwrap())) {
        assert_eq!(files[0].find_string(&text), Some(index), "found without order");
    }
    assert_eq!(files[0].string(3), whole.string(4));
    Malformation::StringLength(5, 127).apply(&mut bytes);
    assert_eq!(
        open(&bytes).0[0].string(5),
        whole.string(5),
        "the stated length is not trusted"
    );
}

#[test]
fn overlapping_strings_do_not_make_the_walk_longer() {
    let strings = (0..2000)
        .map(|number| format!("string number {number:04}"))
        .collect();
    let mut bytes = Builder { strings, ..sample() }.build();
    let rows = get(&bytes, 0x3c) as usize;
    // All point to the same text without end, in which every byte is a letter.
    let start = bytes.len();
    bytes.extend([b'a'; 100_000]);
    for row in 0..2000 {
        put(&mut bytes, rows + row * 4, start as u32);
    }
    let (files, anomalies) = open(&bytes);
    assert_eq!(
        anomalies.count(AnomalyKind::DexHeader),
        1,
        "trailing bytes are noted"
    );
    let mut walk = files[0].strings();
    let total: usize = walk.by_ref().map(|(_, text)| text.len()).sum();
    assert!(walk.is_cut_short());
    assert!(total <= 3 * bytes.len(), "{total}");
    let limits = Limits {
        dex_string_bytes: 10,
        ..Limits::default()
    };
    let files = Dex::parse(&bytes, &limits, &mut Budget::new(&limits), &mut Anomalies::new(1)).unwrap();
    assert_eq!(files[0].string_bytes(0), Some(&b"aaaaaaaaaa"[..]));
}

#[test]
fn a_container_holds_several_files_that_share_data() {
    let other = Builder {
        version: 41,
        classes: vec![Class::new("Lcom/example/Second;")],
        ..Builder::default()
    };
    let mut bytes = builder::container(&[
        Builder {
            version: 41,
            ..sample()
        },
        other,
    ]);
    let (files, anomalies) = open(&bytes);
    assert!(anomalies.is_empty(), "{anomalies:?}");
    assert_eq!(files.len(), 2);
    let second = files[1].offset() as usize;
    assert!(second > 0 && files[1].header().header_offset == Some(second as u32));
    assert_eq!(text(files[1].type_descriptor(0)), "Lcom/example/Second;");
    assert!(files.iter().all(|file| audit(file).is_empty()));
    // A string of the second file in the data of the first.
    let shared = get(&bytes, get(&bytes, 0x3c) as usize + 4);
    let expected = files[0].string(1).unwrap().into_owned();
    let row = get(&bytes, second + 0x3c) as usize;
    put(&mut bytes, row, shared);
    builder::seal(&mut bytes[second..]);
    let (files, anomalies) = open(&bytes);
    assert!(anomalies.is_empty());
    assert_eq!(files[1].string(0).unwrap(), expected);
    put(&mut bytes, second + 0x74, 8);
    put(&mut bytes, second + 0x70, u32::MAX);
    builder::seal(&mut bytes[second..]);
    let (files, anomalies) = open(&bytes);
    assert_eq!((files.len(), anomalies.count(AnomalyKind::DexHeader)), (2, 2));
    assert_eq!(
        files[1].string(0).unwrap(),
        expected,
        "the place decides, not the header"
    );
}

#[test]
fn old_files_behind_one_another_are_noticed() {
    let first = sample().build();
    let mut bytes = first.clone();
    bytes.extend(sample().build());
    let (files, anomalies) = open(&bytes);
    assert_eq!(files.len(), 2);
    assert_eq!(anomalies.count(AnomalyKind::DexHidden), 1);
    assert_eq!(anomalies.kept()[0].offset, Some(first.len() as u64));
    assert_eq!(files[1].method_signature(1), files[0].method_signature(1));
    let row = files[1].string_offset(0).unwrap();
    assert!(row > first.len() as u64, "offsets are absolute");
    let limits = Limits {
        dex_files: 1,
        ..Limits::default()
    };
    let files = Dex::parse(&bytes, &limits, &mut Budget::new(&limits), &mut Anomalies::new(1)).unwrap();
    assert_eq!(files.len(), 1);
}

#[test]
fn call_sites_and_method_handles_are_read() {
    let target = ("LB;".to_owned(), "link".to_owned(), shape("V", &[]));
    let units = vec![Unit::Raw(0x00fc), Unit::Raw(0), Unit::Raw(0), Unit::Raw(0x000e)];
    let body = Body {
        units,
        ..Body::default()
    };
    let bytes = Builder {
        version: 38,
        classes: vec![Class::new("LA;").method("a", shape("V", &[]), body)],
        handles: vec![(4, target)],
        call_sites: vec![(0, "called".to_owned(), shape("I", &["J"]))],
        ..Builder::default()
    }
    .build();
    let dex = single(&bytes);
    assert_eq!((dex.call_site_count(), dex.method_handle_count()), (1, 1));
    let handle = dex.method_handle(0).unwrap();
    assert!(!handle.is_field());
    assert_eq!(dex.method_signature(handle.member).unwrap(), "LB;->link()V");
    let values: Vec<_> = dex.call_site(0).unwrap().values().collect();
    let [
        Value::MethodHandle(0),
        Value::String(name),
        Value::MethodType(prototype),
    ] = values[..]
    else {
        panic!("{values:?}");
    };
    assert_eq!(dex.string(name).unwrap(), "called");
    assert_eq!(dex.prototype_descriptor(prototype).unwrap(), "(J)I");
    assert_eq!(dex.map_item(item::CALL_SITE).unwrap().count, 1);
    assert!(dex.map_item(item::HIDDEN_API).is_none());
    assert!(dex.call_site(1).is_none() && dex.method_handle(1).is_none());
}

#[test]
fn class_data_that_lies_ends_early_and_is_noted() {
    let sound = sample().build();
    let class = single(&sound).class(0).unwrap();
    let data = class.data_offset as usize;
    let mut bytes = sound.clone();
    // More methods than any data could hold.
    bytes.splice(data + 2..data + 3, [0xff, 0xff, 0xff, 0xff, 0x0f]);
    let (files, _) = open(&bytes);
    let lying = files[0].class_data(&class).unwrap();
    assert_eq!(lying.direct_methods, u32::MAX);
    let mut methods = lying.methods();
    assert!(methods.by_ref().count() < bytes.len());
    assert!(methods.is_broken());
    assert!(audit(&files[0]).count(AnomalyKind::DexCode) > 0);
    // Fields that swallow the methods.
    bytes[data] = 0x7f;
    let (files, _) = open(&bytes);
    let mut methods = files[0].class_data(&class).unwrap().methods();
    assert!(methods.by_ref().count() < bytes.len());
}

#[test]
fn a_spent_budget_ends_the_audit() {
    let bytes = sample().build();
    let dex = single(&bytes);
    let limits = Limits {
        steps: 5,
        ..Limits::default()
    };
    let mut anomalies = Anomalies::new(8);
    dex.audit(&mut Budget::new(&limits), &mut anomalies);
    assert_eq!(anomalies.count(AnomalyKind::BudgetSpent), 2);
    let mut spent = Budget::new(&Limits {
        steps: 0,
        ..Limits::default()
    });
    let error = Dex::parse(&bytes, &limits, &mut spent, &mut anomalies).unwrap_err();
    assert_eq!(error, DexError::BudgetSpent { offset: 0 });
}

#[test]
fn a_signature_stays_short_whatever_the_parameters_are() {
    let long = format!("L{};", "a".repeat(5000));
    let parameters = vec![long.as_str(); 200];
    let class = Class::new("LA;").method("a", shape("V", &parameters), Body::default());
    let bytes = Builder {
        classes: vec![class],
        ..Builder::default()
    }
    .build();
    let dex = single(&bytes);
    let signature = dex.method_signature(0).unwrap();
    assert!(signature.starts_with("LA;->a(Laaa") && signature.ends_with(";?)V"));
    assert!(signature.len() < 25_000);
    assert_eq!(dex.parameters(&dex.prototype(0).unwrap()).len(), 200);
}
