//! Packages made to wear a reader out: little to send, much to read. Each bomb is of one sort.
//!
//! A `size` of 1 makes them as large as they are measured (`docs/hostile-input.md`); a larger one
//! divides what is repeated, for the tests.
#![allow(dead_code, reason = "the suites and the measuring task use a part each")]

use super::pool::{Strings, chunk, set_word};
use super::zip::{Archive, DEFLATED, File, deflate};
use super::{arsc, axml, elf};

#[path = "bombs/programs.rs"]
pub(crate) mod programs;

use programs::{beginnings, bytecode_strings, imports, script_names};

/// A bomb.
pub(crate) struct Bomb {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) what: &'static str,
    /// The package.
    pub(crate) bytes: Vec<u8>,
}

const LABEL: u32 = 0x0101_0001;
const NAME: u32 = 0x0101_0003;

/// All sorts.
pub(crate) fn all(size: usize) -> Vec<Bomb> {
    let bomb = |name, what, archive: Archive| Bomb {
        name,
        what,
        bytes: archive.build(),
    };
    vec![
        bomb("ratio", "one entry of zeros, 1,030 bytes for each", ratio(size)),
        bomb("sum", "200 entries, each of 16 MiB", sum(size)),
        bomb(
            "overlap",
            "250 records that share one local header",
            overlap(size),
        ),
        bomb(
            "nesting",
            "archives in archives, ten in each, six deep",
            nesting(),
        ),
        bomb("entries", "60,000 files without contents", entries(size)),
        bomb(
            "string pool",
            "300,000 strings that are one text of 32 KiB",
            string_pool(size),
        ),
        bomb(
            "manifest strings",
            "100,000 attributes, each another name of one text",
            manifest_strings(size),
        ),
        bomb(
            "deep XML",
            "200,000 elements, each in the one before",
            deep_binary(size),
        ),
        bomb("deep text XML", "the same as text", deep_text(size)),
        bomb(
            "attributes",
            "elements of 60,000 attributes that are one",
            attributes(size),
        ),
        bomb("huge counts", "4,294,967,295 rows in each table", huge_counts()),
        bomb(
            "self-reference",
            "a label that is a reference to itself",
            self_reference(),
        ),
        bomb(
            "references",
            "a label in 20,000 locales, each a reference to it",
            references(size),
        ),
        bomb("words", "16 MiB of words of lending", words(size)),
        bomb(
            "unsorted strings",
            "a dex file of 2,000,000 short strings out of order",
            unsorted_strings(size),
        ),
        bomb(
            "one string",
            "a dex file of 2,000,000 strings that are one of 1 MiB",
            one_string(size),
        ),
        bomb(
            "shared class data",
            "40,000 classes that share 60,000 methods",
            shared_class_data(size),
        ),
        bomb(
            "shared code",
            "one method of 60,000 units, 30,000 times",
            shared_code(size),
        ),
        bomb(
            "nested values",
            "an array in an array, 1,000,000 deep",
            nested_values(size),
        ),
        bomb(
            "imports",
            "libraries whose every table has as many rows as it can",
            imports(size),
        ),
        bomb(
            "signers",
            "a signing block of 500,000 signers without certificates",
            signers(size),
        ),
        bomb("certificates", "10,000 signature files", certificates(size)),
        bomb(
            "bytecode strings",
            "a Hermes file of 1,000,000 strings that are one of 1 MiB",
            bytecode_strings(size),
        ),
        bomb(
            "beginnings of strings",
            "a Dart snapshot of 16 MiB in which strings seem to begin everywhere",
            beginnings(size),
        ),
        bomb(
            "script names",
            "8 MiB of a call that scripts read contacts by",
            script_names(size),
        ),
    ]
}

/// A manifest that asks for what makes the code be walked.
fn manifest() -> axml::Node {
    let permission = |name: &str| axml::Node::new("uses-permission").android(NAME, "name", name);
    let label = axml::reference(0x7f01_0000);
    axml::Node::new("manifest")
        .plain("package", "com.example.bomb")
        .child(permission("android.permission.READ_CONTACTS"))
        .child(permission("android.permission.READ_SMS"))
        .child(axml::Node::new("application").android(LABEL, "label", label))
}

fn app() -> Archive {
    Archive::new().file(File::deflated("AndroidManifest.xml", &axml::build(&manifest())))
}

fn with(name: &str, contents: &[u8]) -> Archive {
    app().file(File::deflated(name, contents))
}

/// Contents that begin as a dex file does.
fn zeros(count: usize) -> Vec<u8> {
    let mut zeros = b"dex\n035\0".to_vec();
    zeros.resize(count, 0);
    zeros
}

fn ratio(size: usize) -> Archive {
    with("classes.dex", &zeros((300 << 20) / size))
}

fn numbered(number: usize) -> String {
    match number {
        0 => "classes.dex".to_owned(),
        _ => format!("classes{}.dex", number + 1),
    }
}

fn sum(size: usize) -> Archive {
    let contents = zeros((16 << 20) / size);
    let payload = deflate(&contents);
    let file = |number| File::raw(numbered(number), DEFLATED, payload.clone(), &contents);
    (0..200).map(file).fold(app(), Archive::file)
}

fn overlap(size: usize) -> Archive {
    let contents = zeros((16 << 20) / size);
    let first = app().build_files().len();
    let offset = u32::try_from(first).expect("a small archive");
    let payload = deflate(&contents);
    let file = |number| {
        let payload = if number == 0 { payload.clone() } else { Vec::new() };
        let file = File::raw(numbered(number), DEFLATED, payload, &contents);
        let length = (contents.len() / 1030) as u32;
        let file = file.central(move |header| header.compressed_size = header.compressed_size.max(length));
        if number == 0 {
            file
        } else {
            file.only_listed(offset)
        }
    };
    (0..250).map(file).fold(app(), Archive::file)
}

fn nesting() -> Archive {
    let mut inner = zeros(1 << 20);
    let mut name = "classes.dex";
    for _ in 0..6 {
        let payload = deflate(&inner);
        let file = |number| File::raw(format!("{number}{name}"), DEFLATED, payload.clone(), &inner);
        let plain = File::raw(name, DEFLATED, payload.clone(), &inner);
        inner = (0..9)
            .map(file)
            .fold(Archive::new().file(plain), Archive::file)
            .build();
        name = "a.zip";
    }
    app().file(File::stored("assets/a", &inner))
}

fn entries(size: usize) -> Archive {
    let file = |number| File::stored(format!("a{number}"), b"");
    (0..60_000 / size).map(file).fold(app(), Archive::file)
}

/// A pool of `count` strings that all begin at the same text, but for the last, which is `manifest`.
fn one_text(count: usize, text: &str) -> Vec<u8> {
    let mut pool = Strings {
        utf8: true,
        all: vec![text.to_owned(), "manifest".to_owned()],
    }
    .build();
    let strings = pool.split_off(28 + 8);
    let last = pool.split_off(28 + 4);
    pool.resize(28 + 4 * (count - 1), 0);
    pool.extend(last);
    pool.extend(strings);
    let length = u32::try_from(pool.len()).expect("a pool");
    for (at, word) in [(4, length), (8, count as u32), (20, 28 + 4 * count as u32)] {
        set_word(&mut pool, at, word);
    }
    pool
}

fn string_pool(size: usize) -> Archive {
    let text = "pinjaman online ".repeat(2047);
    let mut rest = 0_u32.to_le_bytes().to_vec();
    rest.extend(one_text(300_000 / size, &text));
    with("resources.arsc", &chunk(2, 12, &rest))
}

/// Nodes between the start and the end of a `manifest` element, with a pool and room for names.
fn document(pool: &[u8], nodes: &[u8]) -> Archive {
    let document = axml::document(&[pool, nodes]);
    Archive::new().file(File::deflated("AndroidManifest.xml", &document))
}

fn node(kind: u16, words: &[u32]) -> Vec<u8> {
    let mut rest = [1, u32::MAX].map(u32::to_le_bytes).concat();
    rest.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    chunk(kind, 16, &rest)
}

/// A start of the element `name` with `count` attributes, each with the string that `text` tells as
/// name and value.
fn start(name: u32, count: u16, text: impl Fn(u32) -> u32) -> Vec<u8> {
    let mut words = vec![u32::MAX, name, 20 << 16 | 20, u32::from(count), 0];
    for number in 0..u32::from(count) {
        let string = text(number);
        words.extend([u32::MAX, string, string, 3 << 24 | 8, string]);
    }
    node(0x0102, &words)
}

fn manifest_strings(size: usize) -> Archive {
    let each = 50_000 / size as u32;
    let pool = one_text(2 * each as usize + 1, &"x".repeat(0x7fff));
    let nodes = (0..2).flat_map(|half| start(2 * each, each as u16, move |number| half * each + number));
    document(&pool, &nodes.collect::<Vec<u8>>())
}

fn names() -> Vec<u8> {
    Strings {
        utf8: true,
        all: vec!["manifest".to_owned(), "a".to_owned()],
    }
    .build()
}

fn deep_binary(size: usize) -> Archive {
    document(&names(), &start(0, 0, |_| 0).repeat(200_000 / size))
}

fn deep_text(size: usize) -> Archive {
    let text = format!("<manifest>{}", "<a b='c'>".repeat(200_000 / size));
    Archive::new().file(File::deflated("AndroidManifest.xml", text.as_bytes()))
}

fn attributes(size: usize) -> Archive {
    let one = start(0, 60_000, |_| 1);
    document(&names(), &one.repeat(40 / size.min(40)))
}

/// A table whose every count is all ones, and its dex file and library likewise.
fn huge_counts() -> Archive {
    let mut table = arsc::build(&[label_package(&[""], arsc::Value::Integer(1))], true);
    let pool = 12;
    set_word(&mut table, 8, u32::MAX);
    set_word(&mut table, pool + 8, u32::MAX);
    if let Some(at) = memchr::memmem::find(&table, &[1, 2, 84, 0]) {
        set_word(&mut table, at + 12, u32::MAX);
    }
    let mut dex = RawDex::new([0; 6]).build();
    for field in (0x38..0x68).step_by(8) {
        set_word(&mut dex, field, u32::MAX);
        set_word(&mut dex, field + 4, 0x70);
    }
    let mut library = elf::Library::new(b"\0").build();
    library[56..58].fill(0xff);
    library[60..62].fill(0xff);
    with("resources.arsc", &table)
        .file(File::deflated("classes.dex", &dex))
        .file(File::deflated("lib/arm64-v8a/liba.so", &library))
}

/// A package with the entry 0 of its first type in each of `locales`.
fn label_package(locales: &[&str], value: arsc::Value) -> arsc::Package {
    locales.iter().fold(arsc::Package::app(), |package, locale| {
        package.strings(locale, &[(0, "label", value.clone())])
    })
}

fn self_reference() -> Archive {
    let package = label_package(&["", "en"], arsc::Value::Reference(0x7f01_0000));
    with("resources.arsc", &arsc::build(&[package], true))
}

fn references(size: usize) -> Archive {
    let letter = |number: usize| char::from(b'a' + (number % 26) as u8);
    let locale = |number: usize| {
        let parts = [number, number / 26].map(letter);
        let region = [number / 676, number / 17_576].map(|part| letter(part).to_ascii_uppercase());
        format!("{}{}-{}{}", parts[0], parts[1], region[0], region[1])
    };
    let mut locales: Vec<String> = (0..20_000 / size).map(locale).collect();
    locales.push(String::new());
    let locales: Vec<&str> = locales.iter().map(String::as_str).collect();
    let package = label_package(&locales, arsc::Value::Reference(0x7f01_0000));
    with("resources.arsc", &arsc::build(&[package], true))
}

fn words(size: usize) -> Archive {
    let mut pool = Strings {
        utf8: false,
        all: Vec::new(),
    };
    for number in 0..256 / size.min(256) {
        pool.push(&format!(
            "{number} {}",
            "loan pinjaman online préstamo 借款 ".repeat(1900)
        ));
    }
    let rest = [&0_u32.to_le_bytes()[..], &pool.build()].concat();
    with("resources.arsc", &chunk(2, 12, &rest))
}

/// A dex file written row by row, without any order.
struct RawDex {
    counts: [usize; 6],
    rows: [Vec<u8>; 6],
    data: Vec<u8>,
}

/// Bytes of a row of each table: strings, types, prototypes, fields, methods, classes.
const ROWS: [usize; 6] = [4, 4, 12, 8, 8, 32];
const STRINGS: usize = 0;
const TYPES: usize = 1;
const METHODS: usize = 4;
const CLASSES: usize = 5;

impl RawDex {
    fn new(counts: [usize; 6]) -> Self {
        Self {
            counts,
            rows: Default::default(),
            data: Vec::new(),
        }
    }

    /// Offset that the next byte of the data will have.
    fn here(&self) -> u32 {
        let tables: usize = self.counts.iter().zip(ROWS).map(|(count, row)| count * row).sum();
        (0x70 + tables + self.data.len()) as u32
    }

    fn row(&mut self, table: usize, words: &[u32]) {
        self.rows[table].extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }

    /// Puts a string into the data and returns its offset.
    fn text(&mut self, text: &str) -> u32 {
        let at = self.here();
        self.data.extend(uleb(text.len() as u32));
        self.data.extend(text.bytes().chain([0]));
        at
    }

    fn build(&self) -> Vec<u8> {
        let mut out = b"dex\n035\0".to_vec();
        out.resize(0x20, 0);
        let end = self.here();
        for word in [end, 0x70, 0x1234_5678, 0, 0, 0] {
            out.extend(word.to_le_bytes());
        }
        let mut at = 0x70;
        for (count, row) in self.counts.iter().zip(ROWS) {
            let offset = if *count == 0 { 0 } else { at };
            out.extend([*count as u32, offset as u32].map(u32::to_le_bytes).concat());
            at += count * row;
        }
        out.extend([0; 8]);
        for (rows, (count, row)) in self.rows.iter().zip(self.counts.iter().zip(ROWS)) {
            assert_eq!(rows.len(), count * row);
            out.extend(rows);
        }
        out.extend(&self.data);
        out
    }
}

fn uleb(mut value: u32) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn unsorted_strings(size: usize) -> Archive {
    let count = 2_000_000 / size;
    let mut dex = RawDex::new([count, 1, 0, 0, 0, 0]);
    let texts: Vec<u32> = (0..=255_u8)
        .rev()
        .map(|letter| dex.text(&format!("{letter}")))
        .collect();
    for number in 0..count {
        dex.row(STRINGS, &[texts[number % texts.len()]]);
    }
    dex.row(TYPES, &[0]);
    with("classes.dex", &dex.build())
}

fn one_string(size: usize) -> Archive {
    let count = 2_000_000 / size;
    let mut dex = RawDex::new([count, 0, 0, 0, 0, 0]);
    let text = dex.text(&"L".repeat(1 << 20));
    for _ in 0..count {
        dex.row(STRINGS, &[text]);
    }
    with("classes.dex", &dex.build())
}

/// A dex file of `classes` classes that share class data with `methods` methods, all of which share
/// one code of `units` code units; it names a provider, so that its code is walked.
fn shared(classes: usize, methods: usize, units: usize) -> Archive {
    let mut dex = RawDex::new([2, 1, 0, 0, 1, classes]);
    for text in ["La;", "content://sms"] {
        let text = dex.text(text);
        dex.row(STRINGS, &[text]);
    }
    dex.row(TYPES, &[0]);
    dex.row(METHODS, &[0, 0]);
    while !dex.here().is_multiple_of(4) {
        dex.data.push(0);
    }
    let code = dex.here();
    dex.data.extend([1_u16, 0, 0, 0].map(u16::to_le_bytes).concat());
    dex.data.extend([0, units as u32].map(u32::to_le_bytes).concat());
    // const-string v0, the provider.
    dex.data.extend([0x001a_u16, 1].map(u16::to_le_bytes).concat());
    dex.data.extend(0x000e_u16.to_le_bytes().repeat(units - 2));
    let data = dex.here();
    dex.data.extend([0, 0, 0].into_iter().chain(uleb(methods as u32)));
    let one = [vec![0, 1], uleb(code)].concat();
    dex.data.extend(one.repeat(methods));
    for _ in 0..classes {
        dex.row(CLASSES, &[0, 1, u32::MAX, 0, u32::MAX, 0, data, 0]);
    }
    with("classes.dex", &dex.build())
}

fn shared_class_data(size: usize) -> Archive {
    shared(40_000 / size, 60_000 / size, 3)
}

fn shared_code(size: usize) -> Archive {
    shared(1, 30_000 / size, 60_000)
}

fn nested_values(size: usize) -> Archive {
    let mut dex = RawDex::new([2, 1, 0, 0, 0, 1]);
    for text in ["La;", "content://sms"] {
        let text = dex.text(text);
        dex.row(STRINGS, &[text]);
    }
    dex.row(TYPES, &[0]);
    let values = dex.here();
    // Each array holds one value, which is an array.
    dex.data.extend([1, 0x1c].repeat(1_000_000 / size));
    dex.data.push(0);
    dex.row(CLASSES, &[0, 1, u32::MAX, 0, u32::MAX, 0, 0, values]);
    with("classes.dex", &dex.build())
}

fn signers(size: usize) -> Archive {
    let one = [&8_u32.to_le_bytes()[..], &4_u32.to_le_bytes(), &[0; 4]].concat();
    let all = one.repeat(500_000 / size);
    let value = [&(all.len() as u32).to_le_bytes()[..], &all].concat();
    with("classes.dex", &RawDex::new([0; 6]).build()).signing_block(&[
        (0x7109_871a, &value),
        (0xf053_68c0, &value),
        (0x1b93_ad61, &value),
    ])
}

fn certificates(size: usize) -> Archive {
    let contents = [&[0x30, 0x82, 0xff, 0xff][..], &[0x30; 0x8000]].concat();
    let payload = deflate(&contents);
    let file = |number| {
        File::raw(
            format!("META-INF/{number}.RSA"),
            DEFLATED,
            payload.clone(),
            &contents,
        )
    };
    (0..10_000 / size).map(file).fold(app(), Archive::file)
}
