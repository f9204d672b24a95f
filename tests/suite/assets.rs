//! Words in the text files of a package.

use dunwatch::analysis::facts;
use dunwatch::facts::{Coverage, FactKind, Location, Opaque};
use dunwatch::limits::Limits;
use dunwatch::report::v1::{Band, Status};
use dunwatch::{Options, analyze};

use crate::hostile::entries;
use crate::support::apps::{self, RULES};
use crate::support::hermes;
use crate::support::random::Random;
use crate::support::zip::{Archive, File};

const PHRASE: &str = "Izin kontak dinonaktifkan, aktifkan agar pengajuan pinjaman Anda dapat diproses";

/// An app that reads messages to show them, with further files.
fn app(files: &[(&str, &[u8])]) -> Vec<u8> {
    let parts = entries(&apps::fixture("sms-app"));
    let archive = parts.iter().fold(Archive::new(), |archive, (name, data)| {
        archive.file(File::deflated(name, data))
    });
    let with = |archive: Archive, (name, data): &(&str, &[u8])| archive.file(File::deflated(name, data));
    files.iter().fold(archive, with).build()
}

/// Term and offset of every word and phrase found in entries, and the coverage.
fn read_within(files: &[(&str, &[u8])], limits: &Limits) -> (Vec<(String, String, usize)>, Coverage) {
    let found = facts(&app(files), &RULES, limits).unwrap();
    let mut seen = Vec::new();
    for kind in [FactKind::Word, FactKind::Phrase] {
        for (fact, locations) in found.facts.of_kind(kind) {
            for location in locations {
                if let Location::Entry {
                    name,
                    offset: Some(offset),
                } = location
                {
                    let term = dunwatch::facts::words::term_of(fact).to_owned();
                    seen.push((name.clone(), term, usize::try_from(*offset).unwrap()));
                }
            }
        }
    }
    (seen, found.coverage)
}

fn read(files: &[(&str, &[u8])]) -> (Vec<(String, String, usize)>, Coverage) {
    read_within(files, &Limits::default())
}

/// Where `term` was found in the only file.
fn places(data: &[u8], term: &str, limits: &Limits) -> Vec<usize> {
    let (seen, _) = read_within(&[("assets/a.js", data)], limits);
    let of_term = |(_, found, offset): (String, String, usize)| (found == term).then_some(offset);
    seen.into_iter().filter_map(of_term).collect()
}

fn utf16(text: &str, unit: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{FEFF}{text}").encode_utf16().flat_map(unit).collect()
}

#[test]
fn words_are_found_in_every_sort_of_text_file_with_their_place() {
    let text = "<p>x Pinjaman online</p>";
    for name in [
        "assets/index.android.bundle",
        "assets/public/index.html",
        "assets/www/js/app.js",
        "assets/i18n/id.json",
        "assets/I18N/ID.JSON",
        "res/raw/terms.txt",
        "res/4q.txt",
        "www/index.html",
    ] {
        let (seen, _) = read(&[(name, text.as_bytes())]);
        let expected = (name.to_owned(), "pinjaman daring".to_owned(), 5);
        assert!(seen.contains(&expected), "{name}: {seen:?}");
    }
    for name in [
        "assets/a.png",
        "kotlin/a.txt",
        "res/layout/a.xml",
        "assets/open_source_licenses.html",
    ] {
        let (seen, _) = read(&[(name, text.as_bytes())]);
        assert_eq!(seen, [], "{name}");
    }
}

#[test]
fn words_are_found_in_every_encoding_and_behind_escapes() {
    let term = "贷款口子";
    let limits = Limits::default();
    let escaped = "a=\"\\u8d37\\u6B3E\\u{53e3}\\u5b50\"";
    for (data, offset) in [
        ("a=\"贷款口子\"".as_bytes().to_vec(), 3),
        ("\u{FEFF}a=\"贷款口子\"".as_bytes().to_vec(), 6),
        (escaped.as_bytes().to_vec(), 3),
        (utf16("a=\"贷款口子\"", u16::to_le_bytes), 8),
        (utf16("a=\"贷款口子\"", u16::to_be_bytes), 8),
        (utf16(escaped, u16::to_le_bytes), 8),
    ] {
        assert_eq!(places(&data, term, &limits), [offset], "{data:?}");
    }
    let latin = places(b"a='pr\\xe9stamo\\u00a0r\\u00E1pido'", "préstamo rápido", &limits);
    assert_eq!(latin, [3]);
}

#[test]
fn what_stands_across_the_border_of_a_piece_is_found_once() {
    let limits = Limits {
        text_bytes: 8 << 10,
        ..Limits::default()
    };
    let listed = "Izin kontak dinonaktifkan ... pengajuan pinjaman Anda dapat diproses";
    for filler in ["lorem ipsum ", "кнопка ", "\\n"] {
        for at in (6400..8300).step_by(53) {
            let mut text: String = filler.chars().cycle().take(at).collect();
            text.push(' ');
            let start = text.len();
            text.push_str(PHRASE);
            text.push(' ');
            text.extend(filler.chars().cycle().take(9000));
            assert_eq!(places(text.as_bytes(), listed, &limits), [start], "{filler} {at}");
        }
    }
    // A word that goes on behind the border is another word, and so is one that begins before it.
    for at in (6400..8300).step_by(29) {
        let text = format!("{} xpinjaman onlinex {}", "-".repeat(at), "-".repeat(9000));
        assert_eq!(
            places(text.as_bytes(), "pinjaman daring", &limits),
            [0; 0],
            "{at}"
        );
    }
}

#[test]
fn scripts_that_were_read_are_out_of_sight_in_what_they_do_only() {
    let opaque = |name: &str, data: &[u8]| {
        let (_, coverage) = read(&[(name, data)]);
        let of_scripts = |opaque: &&Opaque| matches!(opaque, Opaque::ScriptCode | Opaque::ScriptFlows);
        coverage.opaque.iter().find(of_scripts).copied()
    };
    let hermes = b"\xC6\x1F\xBC\x03\xC1\x03\x19\x1F\x60\0\0\0 pinjaman online";
    let random: Vec<u8> = {
        let mut random = Random::new(3);
        random.bytes(4000)
    };
    for (name, data, expected) in [
        (
            "assets/index.android.bundle",
            &b"var a"[..],
            Some(Opaque::ScriptFlows),
        ),
        ("assets/index.android.bundle", hermes, Some(Opaque::ScriptCode)),
        (
            "assets/index.android.bundle",
            &compiled(96),
            Some(Opaque::ScriptFlows),
        ),
        ("assets/chunk.hbc", &compiled(99), Some(Opaque::ScriptFlows)),
        (
            "assets/index.android.bundle",
            &compiled(50),
            Some(Opaque::ScriptCode),
        ),
        ("assets/public/index.html", b"<p>", Some(Opaque::ScriptFlows)),
        (
            "assets/apps/__UNI__1/www/app-service.js",
            b"a",
            Some(Opaque::ScriptFlows),
        ),
        (
            "assets/apps/__UNI__1/www/app-service.js",
            &random,
            Some(Opaque::ScriptCode),
        ),
        (
            "assets/flutter_assets/kernel_blob.bin",
            b"x",
            Some(Opaque::ScriptCode),
        ),
        ("assets/bin/Data/Managed/a.dll", b"MZ", Some(Opaque::ScriptCode)),
        ("assemblies/assemblies.blob", b"XABA", Some(Opaque::ScriptCode)),
        ("assets/chart.js", b"var a", None),
        ("assets/scene.bundle", b"UnityFS\0\0\0\0\x06", None),
        ("assets/a.json", &random, None),
    ] {
        assert_eq!(opaque(name, data), expected, "{name} {:?}", data.get(..8));
    }
}

const COMPILED: [&str; 4] = [
    "pinjaman online",
    "贷款口子",
    "Izin kontak dinonaktifkan, aktifkan agar pengajuan pinjaman Anda dapat diproses",
    "Kami akan sebar foto KTP, ajukan pinjaman, bayar pinjaman, tenor pinjaman, jatuh tempo pinjaman",
];

/// A script compiled for Hermes.
fn compiled(version: u32) -> Vec<u8> {
    let mut bundle = hermes::Bundle::new(version, &COMPILED);
    // A text that a script uses as a key, a name that is none of the words it is made of, and a name.
    bundle.identifiers = ["pinjaman cepat", "pinjamanOnline", "rentenir"]
        .map(str::to_owned)
        .to_vec();
    bundle.build()
}

#[test]
fn strings_of_compiled_scripts_are_texts_and_their_names_are_not() {
    let offset = |data: &[u8], text: &[u8]| memchr::memmem::find(data, text).unwrap();
    for version in [51, 76, 96, 99] {
        let data = compiled(version);
        let (seen, _) = read(&[("assets/index.android.bundle", &data)]);
        let wide: Vec<u8> = "贷款口子".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (term, place) in [
            ("pinjaman daring", offset(&data, b"pinjaman online")),
            ("pinjaman cepat", offset(&data, b"pinjaman cepat")),
            ("贷款口子", offset(&data, &wide)),
            (
                "Izin kontak dinonaktifkan ... pengajuan pinjaman Anda dapat diproses",
                offset(&data, b"Izin kontak"),
            ),
        ] {
            let expected = ("assets/index.android.bundle".to_owned(), term.to_owned(), place);
            assert!(seen.contains(&expected), "{version} {expected:?}: {seen:?}");
        }
        assert!(seen.iter().all(|(_, term, _)| term != "rentenir"), "{seen:?}");
    }
}

#[test]
fn compiled_scripts_of_other_versions_are_named_and_count_as_unread() {
    for data in [
        compiled(50),
        compiled(96).iter().map(|byte| !byte).collect::<Vec<u8>>(),
    ] {
        let bytes = app(&[("assets/index.android.bundle", &data)]);
        let report = analyze(&bytes, &RULES, &Options::default());
        let told = report.anomalies.iter().any(|anomaly| {
            anomaly.kind == "hermes-unreadable"
                && anomaly.location.entry.as_deref() == Some("assets/index.android.bundle")
        });
        assert!(told, "{:?}", report.anomalies);
        assert!(
            report
                .coverage
                .unwrap()
                .opaque
                .contains(&"script-code".to_owned())
        );
    }
}

#[test]
fn a_compiled_script_is_read_up_to_its_strings_and_within_its_caps() {
    let mut data = compiled(96);
    let strings = data.len() as u64;
    data.resize(40 << 20, 7);
    let with = |limits: Limits| {
        let (seen, coverage) = read_within(&[("assets/index.android.bundle", &data)], &limits);
        let is_unread = coverage.opaque.contains(&Opaque::ScriptCode);
        assert!(!coverage.budget_spent);
        (!seen.is_empty(), is_unread)
    };
    let bytes = |script_file_bytes| Limits {
        script_file_bytes,
        ..Limits::default()
    };
    assert_eq!(with(Limits::default()), (true, false));
    assert_eq!(with(bytes(strings)), (true, false));
    assert_eq!(with(bytes(strings - 1)), (false, true));
    let few = Limits {
        script_strings: 2,
        ..Limits::default()
    };
    assert_eq!(with(few), (true, true));
}

#[test]
fn what_a_compiled_script_says_counts_like_any_other_text() {
    let bytes = app(&[("assets/index.android.bundle", &compiled(96))]);
    let score = analyze(&bytes, &RULES, &Options::default()).score.unwrap();
    assert!(score.lending_db > 0.0 && score.band > Band::Low, "{score:?}");
    let mut evidence = score.contributions.iter().flat_map(|part| &part.evidence);
    assert!(evidence.any(|place| place.kind == "asset"));
}

#[test]
fn caps_leave_the_rest_out_and_say_so_of_scripts() {
    let word = b"x pinjaman online x";
    let files: Vec<(String, &[u8])> = (0..5).map(|n| (format!("assets/{n}.js"), &word[..])).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, data)| (name.as_str(), *data)).collect();
    let with = |limits: Limits| {
        let (seen, coverage) = read_within(&files, &limits);
        let seen = seen
            .iter()
            .filter(|(_, term, _)| term == "pinjaman daring")
            .count();
        (seen, coverage.opaque.contains(&Opaque::ScriptCode))
    };
    assert_eq!(with(Limits::default()), (5, false));
    assert_eq!(
        with(Limits {
            text_files: 2,
            ..Limits::default()
        }),
        (2, true)
    );
    assert_eq!(
        with(Limits {
            text_files_bytes: 60,
            ..Limits::default()
        }),
        (3, true)
    );
    assert_eq!(
        with(Limits {
            text_file_bytes: 18,
            ..Limits::default()
        }),
        (5, true),
        "the beginning is read"
    );
    assert_eq!(
        with(Limits {
            text_file_bytes: 10,
            ..Limits::default()
        }),
        (0, true)
    );
}

#[test]
fn a_large_file_is_read_at_its_beginning_and_is_no_anomaly() {
    let mut data = b"pinjaman online ".to_vec();
    data.resize(40 << 20, b' ');
    data.extend(b"sebar foto KTP");
    let report = analyze(&app(&[("assets/a.js", &data)]), &RULES, &Options::default());
    assert_eq!(report.status, Status::Ok);
    assert_eq!(report.anomalies, []);
    let (seen, coverage) = read(&[("assets/a.js", &data)]);
    assert!(
        seen.iter().all(|(_, _, offset)| *offset == 0) && !seen.is_empty(),
        "{seen:?}"
    );
    assert!(coverage.opaque.contains(&Opaque::ScriptCode) && !coverage.budget_spent);
}

#[test]
fn what_a_page_says_counts_like_any_other_text() {
    let page = "<h1>Pinjaman online langsung cair</h1><p>Ajukan pinjaman, tenor pinjaman 7 hari, limit pinjaman \
                besar.</p><p>Bayar pinjaman Anda sebelum jatuh tempo pinjaman. Kami akan sebar foto KTP.</p>";
    let report = analyze(
        &app(&[("assets/www/index.html", page.as_bytes())]),
        &RULES,
        &Options::default(),
    );
    let score = report.score.unwrap();
    assert!(score.lending_db > 0.0 && score.band > Band::Low, "{score:?}");
    let evidence = score.contributions.iter().flat_map(|part| &part.evidence);
    let of_page = |kind: &str| {
        let mut places = evidence.clone();
        places.any(|place| place.kind == kind && place.entry.as_deref() == Some("assets/www/index.html"))
    };
    assert!(of_page("asset") && !of_page("entry"));
    let plain = analyze(&app(&[]), &RULES, &Options::default()).score.unwrap();
    assert_eq!(plain.band, Band::Low);
}

#[test]
fn any_bytes_in_a_text_file_are_read_without_a_panic() {
    let text = format!("{PHRASE}\\u8d37\\ud83d\\ude00 贷款口子 😀").repeat(20);
    let sources = [
        text.clone().into_bytes(),
        utf16(&text, u16::to_le_bytes),
        utf16(&text, u16::to_be_bytes),
    ];
    let limits = Limits {
        text_bytes: 100,
        ..Limits::default()
    };
    let mut random = Random::new(11);
    for turn in 0..60 {
        let data = random.mutate(&sources[turn % sources.len()]);
        let (seen, _) = read_within(&[("assets/a.txt", &data)], &limits);
        assert!(seen.iter().all(|(_, _, offset)| *offset < data.len()));
    }
}
