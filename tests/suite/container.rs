//! Hostile archives: what is read of them, and which anomalies they leave.

use dunwatch::anomaly::{Anomalies, AnomalyKind as Kind};
use dunwatch::container::{Container, ContainerError, EntryError, Inflater, Method, Refusal, Scheme};
use dunwatch::limits::{Budget, Limits};

use crate::support::zip::{self, Archive, DEFLATED, DESCRIPTOR, ENCRYPTED, File, STORED};

const MANIFEST: &str = "AndroidManifest.xml";
const DEX: &str = "classes.dex";

fn manifest() -> Vec<u8> {
    [&[3, 0, 8, 0, 0, 1, 0, 0][..], &[b'm'; 248]].concat()
}

fn dex() -> Vec<u8> {
    (0..3000_u32)
        .flat_map(|number| (number / 7).to_le_bytes())
        .collect()
}

fn app() -> Archive {
    Archive::new()
        .file(File::deflated(MANIFEST, &manifest()))
        .file(File::stored(DEX, &dex()))
}

/// What one archive came to.
struct Outcome {
    kinds: Vec<Kind>,
    refusal: Option<Refusal>,
    names: Vec<String>,
    /// The contents that [`Outcome::of`] was asked for.
    manifest: Option<Vec<u8>>,
    dex: Option<Vec<u8>>,
}

impl Outcome {
    fn of(bytes: &[u8]) -> Self {
        let limits = Limits::default();
        let mut anomalies = Anomalies::new(8);
        let container = Container::open(bytes, &limits, &mut anomalies).expect("an archive");
        let mut inflater = Inflater::new();
        let mut budget = Budget::new(&limits);
        let mut read = |name| {
            let entry = container.find(name)?;
            let contents = inflater.read(entry, &limits, &mut budget, &mut anomalies);
            contents.ok().map(std::borrow::Cow::into_owned)
        };
        let (manifest, dex) = (read(MANIFEST), read(DEX));
        Self {
            refusal: container.refusal(),
            names: container
                .entries()
                .iter()
                .map(|entry| entry.name.to_string())
                .collect(),
            manifest,
            dex,
            kinds: Kind::ALL
                .iter()
                .copied()
                .filter(|kind| anomalies.count(*kind) > 0)
                .collect(),
        }
    }

    /// Asserts that exactly `kinds` were noted, and that manifest and code were read all the same.
    #[track_caller]
    fn shows(&self, kinds: &[Kind]) -> &Self {
        let mut expected = kinds.to_vec();
        expected.sort_unstable();
        assert_eq!(self.kinds, expected);
        assert_eq!(self.manifest, Some(manifest()), "the manifest is read");
        assert_eq!(self.dex, Some(dex()), "the code is read");
        self
    }

    #[track_caller]
    fn is_refused(&self, refusal: Refusal) {
        assert_eq!(self.refusal, Some(refusal));
    }

    #[track_caller]
    fn is_accepted(&self) {
        assert_eq!(self.refusal, None);
    }
}

#[test]
fn an_honest_archive_shows_nothing() {
    let outcome = Outcome::of(&app().build());
    outcome.shows(&[]).is_accepted();
    assert_eq!(outcome.names, [MANIFEST, DEX]);
}

#[test]
fn honest_descriptors_and_fillers_show_nothing() {
    let filler = File::stored("", &[])
        .local(|header| header.extra = vec![0; 100])
        .unlisted();
    let archive = Archive::new()
        .file(filler)
        .file(File::deflated(MANIFEST, &manifest()).with_descriptor())
        .file(
            File::stored(DEX, &dex())
                .descriptor(|found| found.signed = false)
                .after(&[0; 77]),
        );
    Outcome::of(&archive.build()).shows(&[]).is_accepted();
}

#[test]
fn prepended_bytes() {
    let refused = [Kind::ZipPrependedData, Kind::ZipAndroidRefuses];
    for archive in [app().prepended(b"#!shell"), app().prepended_unmended(b"#!shell")] {
        let outcome = Outcome::of(&archive.build());
        outcome.shows(&refused);
        assert!(outcome.refusal.is_some());
    }
}

#[test]
fn a_dex_file_before_the_archive() {
    let bytes = app().prepended(b"dex\n035\0...").build();
    let container = Container::open(&bytes, &Limits::default(), &mut Anomalies::new(8)).unwrap();
    assert_eq!(container.prepended(), b"dex\n035\0...");
    Outcome::of(&bytes)
        .shows(&[
            Kind::ZipPrependedData,
            Kind::ZipDexPrefix,
            Kind::ZipAndroidRefuses,
        ])
        .is_refused(Refusal::FirstBytes);
}

#[test]
fn trailing_bytes() {
    Outcome::of(&app().appended(b"more").build())
        .shows(&[Kind::ZipTrailingData, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::CommentLength);
    // More than Android searches for the end record.
    Outcome::of(&app().appended(&[1; 70_000]).build())
        .shows(&[Kind::ZipTrailingData, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::NoEndRecord);
}

#[test]
fn a_second_end_record_wins_if_it_is_the_last() {
    // The first one would list nothing.
    let decoy = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    Outcome::of(&app().after_directory(&decoy).build())
        .shows(&[Kind::ZipSeveralEndRecords, Kind::ZipGap])
        .is_accepted();
}

#[test]
fn an_end_record_in_the_comment_is_the_one_android_takes() {
    let first = app().build();
    let size = Archive::new().build().len();
    let mut bytes = first.clone();
    let record = first.len() - size;
    let copy = first[record..].to_vec();
    bytes[first.len() - 2..].copy_from_slice(&22_u16.to_le_bytes());
    bytes.extend(copy);
    Outcome::of(&bytes)
        .shows(&[Kind::ZipSeveralEndRecords, Kind::ZipGap])
        .is_accepted();
}

#[test]
fn comments() {
    Outcome::of(&app().comment(b"channel=7").build())
        .shows(&[])
        .is_accepted();
    Outcome::of(&app().comment(&[b'x'; 5000]).build())
        .shows(&[Kind::ZipOversizedComment])
        .is_accepted();
    Outcome::of(&app().end(|end| end.comment_length = Some(99)).build())
        .shows(&[Kind::ZipCommentLength, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::CommentLength);
}

#[test]
fn duplicate_names() {
    let outcome = Outcome::of(&app().file(File::stored(DEX, b"another")).build());
    outcome
        .shows(&[Kind::ZipDuplicateName, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::DuplicateName);
    assert_eq!(outcome.names.len(), 3);
}

#[test]
fn the_encryption_flag_is_not_looked_at() {
    let archive = Archive::new()
        .file(File::deflated(MANIFEST, &manifest()).central(|header| header.flags = ENCRYPTED))
        .file(File::stored(DEX, &dex()).local(|header| header.flags = ENCRYPTED));
    Outcome::of(&archive.build())
        .shows(&[Kind::ZipEncryptedFlag])
        .is_accepted();
}

#[test]
fn an_unknown_method_is_read_as_stored() {
    let archive = Archive::new()
        .file(File::stored(MANIFEST, &manifest()).both(|header| {
            header.method = 0x1c5d;
            // Made up, as malware does; what counts is the inflated size.
            header.compressed_size = 11;
        }))
        .file(File::stored(DEX, &dex()).both(|header| header.method = 99));
    Outcome::of(&archive.build())
        .shows(&[Kind::ZipUnknownMethod])
        .is_accepted();
}

#[test]
fn an_unknown_method_on_deflated_data_is_salvaged() {
    let archive = Archive::new()
        .file(File::stored(MANIFEST, &manifest()))
        .file(File::deflated(DEX, &dex()).both(|header| header.method = 99));
    Outcome::of(&archive.build())
        .shows(&[Kind::ZipUnknownMethod])
        .is_accepted();
}

#[test]
fn what_android_reads_as_stored_is_not_inflated() {
    // A chunk header that is a deflate stream as well; the checksum is that of the stream.
    let inner = vec![7_u8; 2303];
    let mut polyglot = vec![0x01, 0xff, 0x08, 0x00, 0xf7];
    polyglot.extend(&inner);
    let file = File::raw(MANIFEST, DEFLATED, polyglot.clone(), &inner).both(|header| header.method = 5);
    polyglot.truncate(2303);
    let outcome = Outcome::of(&Archive::new().file(file).build());
    assert_eq!(outcome.manifest, Some(polyglot[..2303].to_vec()));

    // The same without the look of a chunk is inflated.
    let mut stream = vec![0x01, 0xff, 0x18, 0x00, 0xe7];
    let inner = vec![7_u8; 0x18ff];
    stream.extend(&inner);
    let file = File::raw(MANIFEST, DEFLATED, stream, &inner).both(|header| header.method = 5);
    let outcome = Outcome::of(&Archive::new().file(file).build());
    assert_eq!(outcome.manifest, Some(inner));
}

#[test]
fn local_headers_that_lie() {
    let with = |edit: fn(&mut zip::Header)| {
        let archive = Archive::new()
            .file(File::deflated(MANIFEST, &manifest()).local(edit))
            .file(File::stored(DEX, &dex()));
        Outcome::of(&archive.build())
    };
    with(|header| header.size += 1)
        .shows(&[Kind::ZipLocalSize, Kind::ZipAndroidRefuses])
        .is_accepted();
    with(|header| header.compressed_size = 1)
        .shows(&[Kind::ZipLocalSize, Kind::ZipAndroidRefuses])
        .is_accepted();
    with(|header| header.crc ^= 1)
        .shows(&[Kind::ZipLocalCrc, Kind::ZipAndroidRefuses])
        .is_accepted();
    with(|header| header.name = b"AndroidManifest.xmk".to_vec())
        .shows(&[Kind::ZipLocalName, Kind::ZipAndroidRefuses])
        .is_accepted();
    // Android does not look at the local method.
    with(|header| header.method = STORED)
        .shows(&[Kind::ZipLocalMethod])
        .is_accepted();
}

#[test]
fn a_local_header_that_is_not_there() {
    let outcome = Outcome::of(&app().file(File::stored("x", b"").only_listed(5)).build());
    outcome
        .shows(&[Kind::ZipLocalHeaderMissing, Kind::ZipAndroidRefuses])
        .is_accepted();
    let bytes = app().file(File::stored("x", b"").only_listed(5)).build();
    let mut anomalies = Anomalies::new(8);
    let limits = Limits::default();
    let container = Container::open(&bytes, &limits, &mut anomalies).unwrap();
    let entry = container.find("x").unwrap();
    let read = Inflater::new().read(entry, &limits, &mut Budget::new(&limits), &mut anomalies);
    let name = "x".to_owned();
    assert_eq!(read, Err(EntryError::NoData { name, offset: 5 }));
}

#[test]
fn a_record_that_points_behind_the_directory() {
    Outcome::of(&app().file(File::stored("x", b"").only_listed(1 << 20)).build())
        .shows(&[Kind::ZipLocalHeaderMissing, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::LocalOffset);
}

#[test]
fn wrong_counts() {
    // Fewer than there are: Android sees those only.
    let bytes = app()
        .file(File::stored("hidden", b"h"))
        .end(|end| (end.count, end.count_on_disk) = (2, 2))
        .build();
    let outcome = Outcome::of(&bytes);
    outcome.shows(&[Kind::ZipWrongCount, Kind::ZipGap]).is_accepted();
    assert_eq!(outcome.names, [MANIFEST, DEX]);
    // More than there are: Android runs off the end.
    Outcome::of(&app().end(|end| end.count += 1).build())
        .shows(&[Kind::ZipWrongCount, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::BrokenDirectory);
    // The count of this disk is not looked at.
    Outcome::of(&app().end(|end| end.count_on_disk = 9).build())
        .shows(&[Kind::ZipWrongCount])
        .is_accepted();
    Outcome::of(&app().end(|end| end.count = 0).build())
        .shows(&[Kind::ZipWrongCount, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::Empty);
}

#[test]
fn disk_numbers() {
    Outcome::of(&app().end(|end| (end.disk, end.directory_disk) = (3, 2)).build())
        .shows(&[Kind::ZipMultiDisk])
        .is_accepted();
    let archive = app().file(File::stored("x", b"x").central(|header| header.disk = 1));
    Outcome::of(&archive.build())
        .shows(&[Kind::ZipMultiDisk])
        .is_accepted();
}

#[test]
fn zip64() {
    Outcome::of(&app().zip64().build())
        .shows(&[Kind::ZipZip64])
        .is_accepted();
    let archive = Archive::new()
        .file(File::deflated(MANIFEST, &manifest()).zip64())
        .file(File::stored(DEX, &dex()).zip64());
    Outcome::of(&archive.build())
        .shows(&[Kind::ZipZip64])
        .is_accepted();
    // All ones without the records that they announce.
    Outcome::of(&app().end(|end| end.count = u16::MAX).build())
        .shows(&[Kind::ZipWrongCount, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::Zip64);
}

#[test]
fn data_descriptors_that_lie() {
    let archive = Archive::new()
        .file(File::deflated(MANIFEST, &manifest()).descriptor(|found| found.crc = 1))
        .file(File::stored(DEX, &dex()).descriptor(|found| found.size = 1));
    Outcome::of(&archive.build())
        .shows(&[Kind::ZipDescriptorMismatch])
        .is_accepted();
    // The flag is set, and nothing follows.
    let archive = Archive::new()
        .file(File::deflated(MANIFEST, &manifest()).local(|header| header.flags = DESCRIPTOR))
        .file(File::stored(DEX, &dex()));
    Outcome::of(&archive.build())
        .shows(&[Kind::ZipDescriptorMismatch])
        .is_accepted();
}

#[test]
fn names() {
    let with = |name: &[u8]| Outcome::of(&app().file(File::stored(name, b"x")).build());
    with(b"classes.dex\0.png")
        .shows(&[Kind::ZipNulInName, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::EntryName);
    with(b"\xff\xfe")
        .shows(&[Kind::ZipNonUtf8Name, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::EntryName);
    with(b"a/../../b").shows(&[Kind::ZipPathTraversal]).is_accepted();
    with(b"/etc/hosts").shows(&[Kind::ZipPathTraversal]).is_accepted();
    for name in ["classes.dex/x", "AndroidManifest.xml/", "resources.arsc/a/b"] {
        with(name.as_bytes())
            .shows(&[Kind::ZipCoreNameAsDirectory])
            .is_accepted();
    }
}

#[test]
fn overlapping_entries() {
    Outcome::of(&app().file(File::stored(MANIFEST, &[]).only_listed(0)).build())
        .kinds
        .iter()
        .find(|kind| **kind == Kind::ZipOverlap)
        .expect("two records of one local header overlap");
    // A file that reaches into the directory.
    let outcome = Outcome::of(
        &app()
            .file(File::stored("x", b"x").both(|header| header.size = 1000))
            .build(),
    );
    outcome
        .shows(&[Kind::ZipOverlap, Kind::ZipAndroidRefuses])
        .is_accepted();
}

#[test]
fn gaps() {
    Outcome::of(&app().file(File::stored("x", b"x").after(b"hidden")).build())
        .shows(&[Kind::ZipGap])
        .is_accepted();
    Outcome::of(&app().before_directory(b"hidden").build())
        .shows(&[Kind::ZipGap])
        .is_accepted();
    // An entry that is not listed is a gap as well.
    Outcome::of(&app().file(File::stored("x", b"x").unlisted()).build())
        .shows(&[Kind::ZipGap])
        .is_accepted();
    // Bytes behind the end of the deflate stream.
    let payload = [zip::deflate(&manifest()), b"hidden".to_vec()].concat();
    let archive = Archive::new()
        .file(File::raw(MANIFEST, DEFLATED, payload, &manifest()))
        .file(File::stored(DEX, &dex()));
    if !cfg!(feature = "libdeflate") {
        Outcome::of(&archive.build()).shows(&[Kind::ZipGap]).is_accepted();
    }
}

#[test]
fn without_an_end_record() {
    Outcome::of(&app().without_end().build())
        .shows(&[Kind::ZipNoEndRecord, Kind::ZipTruncated, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::NoEndRecord);
    // The record was blotted out, the file is whole.
    let mut bytes = app().build();
    let length = bytes.len();
    bytes[length - 22..length - 18].fill(0);
    Outcome::of(&bytes)
        .shows(&[Kind::ZipNoEndRecord, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::NoEndRecord);
}

#[test]
fn without_a_directory() {
    let archive = Archive::new()
        .file(File::deflated(MANIFEST, &manifest()).with_descriptor())
        .file(File::stored(DEX, &dex()));
    let whole = archive.build();
    let directory = memchr::memmem::find(&whole, b"PK\x01\x02").unwrap();
    let outcome = Outcome::of(&whole[..directory]);
    outcome
        .shows(&[Kind::ZipNoEndRecord, Kind::ZipTruncated, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::NoEndRecord);
    assert_eq!(outcome.names, [MANIFEST, DEX]);
}

#[test]
fn truncated_inside_an_entry() {
    let archive = Archive::new()
        .file(File::stored(DEX, &dex()))
        .file(File::deflated(MANIFEST, &manifest()))
        .file(File::stored("big", &[9; 5000]));
    let bytes = archive.truncated(2000).build();
    let outcome = Outcome::of(&bytes);
    outcome
        .shows(&[Kind::ZipNoEndRecord, Kind::ZipTruncated, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::NoEndRecord);
    assert_eq!(outcome.names, [DEX, MANIFEST, "big"]);
}

#[test]
fn a_broken_directory_is_filled_up_from_local_headers() {
    let archive = Archive::new()
        .file(File::deflated(MANIFEST, &manifest()))
        .file(File::stored("x", b"x").central(|header| header.signature = *b"PK\x09\x09"))
        .file(File::stored(DEX, &dex()));
    let outcome = Outcome::of(&archive.build());
    outcome
        .shows(&[Kind::ZipBrokenDirectory, Kind::ZipAndroidRefuses, Kind::ZipGap])
        .is_refused(Refusal::BrokenDirectory);
    assert_eq!(outcome.names, [MANIFEST, "x", DEX]);
}

#[test]
fn an_archive_inside_an_entry_is_not_taken_for_entries() {
    let inner = Archive::new().file(File::stored("inner", b"i")).build();
    let bytes = app()
        .file(File::stored("assets/inner.zip", &inner))
        .without_end()
        .build();
    let directory = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    let outcome = Outcome::of(&bytes[..directory - 1]);
    assert!(
        !outcome.names.contains(&"inner".to_owned()),
        "{:?}",
        outcome.names
    );
}

#[test]
fn what_is_no_archive() {
    let open = |bytes: &[u8]| {
        let mut anomalies = Anomalies::new(8);
        Container::open(bytes, &Limits::default(), &mut anomalies).map(|_| ())
    };
    assert_eq!(open(b""), Err(ContainerError::NotAnArchive { length: 0 }));
    assert_eq!(
        open(&[b'P'; 300]),
        Err(ContainerError::NotAnArchive { length: 300 })
    );
    assert_eq!(open(&Archive::new().build()), Err(ContainerError::Empty));
}

#[test]
fn entries_are_capped() {
    let bytes = app().build();
    let mut anomalies = Anomalies::new(8);
    let limits = Limits {
        entries: 1,
        ..Limits::default()
    };
    let container = Container::open(&bytes, &limits, &mut anomalies).unwrap();
    assert_eq!(container.entries().len(), 1);
    assert_eq!(anomalies.count(Kind::BudgetSpent), 1);
}

/// Reads `DEX` of `archive` under `limits`.
fn read_dex(archive: &Archive, limits: &Limits) -> (usize, Anomalies, Budget) {
    let bytes = archive.build();
    let mut anomalies = Anomalies::new(8);
    let container = Container::open(&bytes, limits, &mut anomalies).unwrap();
    let mut budget = Budget::new(limits);
    let entry = container.find(DEX).unwrap();
    let contents = Inflater::new()
        .read(entry, limits, &mut budget, &mut anomalies)
        .unwrap();
    (contents.len(), anomalies, budget)
}

#[test]
fn bombs_are_cut_at_the_caps() {
    let zeros = Archive::new().file(File::deflated(DEX, &[0; 1 << 20]));
    let by_size = Limits {
        entry_bytes: 1000,
        ..Limits::default()
    };
    let (length, anomalies, budget) = read_dex(&zeros, &by_size);
    assert_eq!((length, anomalies.count(Kind::ZipBomb)), (1000, 1));
    assert_eq!(budget.bytes_left(), by_size.app_bytes - 1000);
    let by_ratio = Limits {
        ratio: 100,
        ratio_floor: 50_000,
        ..Limits::default()
    };
    let (length, anomalies, _) = read_dex(&zeros, &by_ratio);
    assert!((50_000..200_000).contains(&length), "{length}");
    assert_eq!(anomalies.count(Kind::ZipBomb), 1);
    let by_app = Limits {
        app_bytes: 3000,
        ..Limits::default()
    };
    let (length, anomalies, budget) = read_dex(&zeros, &by_app);
    assert_eq!((length, anomalies.count(Kind::BudgetSpent)), (3000, 1));
    assert!(budget.is_spent());
    assert_eq!(anomalies.count(Kind::ZipBomb), 0);
}

#[test]
fn stored_entries_are_capped_as_well() {
    let limits = Limits {
        entry_bytes: 1000,
        ..Limits::default()
    };
    let (length, anomalies, _) = read_dex(&app(), &limits);
    assert_eq!((length, anomalies.count(Kind::ZipBomb)), (1000, 1));
}

#[test]
fn stated_sizes_that_lie() {
    for size in [0, 1, 5, 1 << 30, u32::MAX - 1] {
        let file = File::deflated(DEX, &dex()).both(move |header| header.size = size);
        let (length, anomalies, _) = read_dex(&Archive::new().file(file), &Limits::default());
        assert_eq!(length, dex().len());
        assert_eq!(anomalies.count(Kind::ZipInflatedSize), 1);
        assert_eq!(anomalies.count(Kind::ZipCrc), 0);
    }
}

#[test]
fn a_broken_stream_gives_what_comes_before() {
    let mut payload = zip::deflate(&dex());
    payload.truncate(payload.len() / 2);
    let archive = Archive::new().file(File::raw(DEX, DEFLATED, payload, &dex()));
    let (length, anomalies, _) = read_dex(&archive, &Limits::default());
    assert!((1..dex().len()).contains(&length), "{length}");
    for kind in [Kind::ZipInflate, Kind::ZipInflatedSize, Kind::ZipCrc] {
        assert_eq!(anomalies.count(kind), 1, "{kind}");
    }
    let garbage = Archive::new().file(File::raw(DEX, DEFLATED, vec![0xff; 50], b"wanted"));
    let (length, anomalies, _) = read_dex(&garbage, &Limits::default());
    assert_eq!((length, anomalies.count(Kind::ZipInflate)), (0, 1));
}

#[test]
fn a_wrong_checksum() {
    let file = File::stored(DEX, &dex()).both(|header| header.crc ^= 1);
    let (length, anomalies, _) = read_dex(&Archive::new().file(file), &Limits::default());
    assert_eq!((length, anomalies.count(Kind::ZipCrc)), (dex().len(), 1));
}

#[test]
fn peeking_reads_the_first_bytes() {
    let bytes = app().file(File::deflated("e", &dex())).build();
    let mut anomalies = Anomalies::new(8);
    let container = Container::open(&bytes, &Limits::default(), &mut anomalies).unwrap();
    let mut inflater = Inflater::new();
    for name in [DEX, "e"] {
        let entry = container.find(name).unwrap();
        assert_eq!(inflater.peek(entry, 7), dex()[..7]);
        assert_eq!(inflater.peek(entry, 0), Vec::<u8>::new());
    }
    assert!(anomalies.is_empty());
}

#[test]
fn stored_contents_are_borrowed() {
    let bytes = app().build();
    let mut anomalies = Anomalies::new(8);
    let limits = Limits::default();
    let container = Container::open(&bytes, &limits, &mut anomalies).unwrap();
    let entry = container.find(DEX).unwrap();
    assert_eq!(entry.method, Method::Stored);
    let contents = Inflater::new()
        .read(entry, &limits, &mut Budget::new(&limits), &mut anomalies)
        .unwrap();
    assert!(matches!(contents, std::borrow::Cow::Borrowed(_)));
}

#[test]
fn a_recycled_buffer_changes_no_contents() {
    let bytes = Archive::new()
        .file(File::deflated("long", &[7; 9000]))
        .file(File::deflated(DEX, &dex()))
        .file(File::deflated("lies", &dex()).both(|header| header.size = 4))
        .build();
    let mut anomalies = Anomalies::new(8);
    let limits = Limits::default();
    let container = Container::open(&bytes, &limits, &mut anomalies).unwrap();
    let mut inflater = Inflater::new();
    let mut budget = Budget::new(&limits);
    for (name, expected) in [
        ("long", vec![7; 9000]),
        (DEX, dex()),
        ("lies", dex()),
        ("long", vec![7; 9000]),
    ] {
        let entry = container.find(name).unwrap();
        let contents = inflater
            .read(entry, &limits, &mut budget, &mut anomalies)
            .unwrap();
        assert_eq!(contents, expected);
        inflater.recycle(contents);
    }
}

/// Everything the room does, on `bytes`; returns the inflated size of all entries.
fn exercise(bytes: &[u8], limits: &Limits) -> u64 {
    let mut anomalies = Anomalies::new(2);
    let Ok(container) = Container::open(bytes, limits, &mut anomalies) else {
        return 0;
    };
    container.cross_check(&mut anomalies);
    let mut inflater = Inflater::new();
    let mut budget = Budget::new(limits);
    let mut total = 0;
    for entry in container.entries() {
        let _ = inflater.peek(entry, 16);
        if let Ok(contents) = inflater.read(entry, limits, &mut budget, &mut anomalies) {
            total += contents.len() as u64;
        }
    }
    for certificate in container.certificates(&mut inflater, limits, &mut budget, &mut anomalies) {
        let _ = certificate.subject();
    }
    assert!(container.entries().len() <= limits.entries);
    total
}

#[test]
fn mutations_end_within_the_budget() {
    let value = zip::v2_value(&[b"certificate"]);
    let seeds = [
        app().signing_block(&[(0x7109_871a, &value)]).build(),
        app()
            .zip64()
            .file(File::deflated("x", &dex()).zip64())
            .comment(b"PK")
            .build(),
        app()
            .file(File::deflated("META-INF/A.RSA", &[0x30; 90]).with_descriptor())
            .file(File::stored("META-INF/A.SF", b"s"))
            .build(),
    ];
    let limits = Limits {
        app_bytes: 1 << 20,
        ..Limits::default()
    };
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    for round in 0..3000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=random(4) {
            let length = bytes.len();
            // Most of the structure stands at the end.
            let reach = if random(2) == 0 { 400 } else { length };
            let at = length - 1 - random(reach);
            match random(4) {
                0 => bytes[at] ^= 1 << random(8),
                1 => bytes[at] = [0, 0xff, 0x7f][random(3)],
                2 => bytes.swap(at, length - 1 - random(400)),
                _ => bytes.truncate(length - random(40)),
            }
        }
        assert!(exercise(&bytes, &limits) <= limits.app_bytes, "round {round}");
    }
}

fn cross_check(bytes: &[u8]) -> Vec<String> {
    let mut anomalies = Anomalies::new(8);
    let container = Container::open(bytes, &Limits::default(), &mut anomalies).unwrap();
    container.cross_check(&mut anomalies);
    anomalies
        .kept()
        .iter()
        .filter(|found| found.kind == Kind::ZipCrossCheck)
        .map(|found| found.subject.clone().unwrap())
        .collect()
}

#[test]
fn the_stock_library_agrees_on_honest_archives() {
    assert!(cross_check(&app().build()).is_empty());
    assert!(cross_check(&app().comment(b"c").build()).is_empty());
    let descriptor = File::deflated("x", b"xxxx").with_descriptor();
    assert!(cross_check(&app().file(descriptor).build()).is_empty());
}

#[test]
fn the_stock_library_disagrees_on_forged_ones() {
    let hidden = app().end(|end| (end.count, end.count_on_disk) = (1, 1)).build();
    let broken = app().file(File::stored("x", b"").central(|header| header.signature = [0; 4]));
    for bytes in [
        broken.build(),
        app().appended(b"PK\x05\x06").without_end().build(),
    ] {
        assert_eq!(cross_check(&bytes), ["refused"]);
    }
    let duplicate = app().file(File::stored(DEX, b"1")).build();
    assert_eq!(cross_check(&duplicate), ["number of entries"]);
    // It obeys the count as Android does.
    assert!(cross_check(&hidden).is_empty());
}

#[test]
fn signing_blocks() {
    let value = zip::v2_value(&[b"first", b"second"]);
    let bytes = app().signing_block(&[(0x7109_871a, &value), (7, b"x")]).build();
    let mut anomalies = Anomalies::new(8);
    let limits = Limits::default();
    let container = Container::open(&bytes, &limits, &mut anomalies).unwrap();
    let block = container.signing_block().expect("a signing block");
    assert_eq!(block.pairs.len(), 2);
    assert_eq!(block.value(7), Some(&b"x"[..]));
    assert!(bytes[usize::try_from(block.offset + block.size).unwrap()..].starts_with(b"PK\x01\x02"));
    let mut budget = Budget::new(&limits);
    let found = container.certificates(&mut Inflater::new(), &limits, &mut budget, &mut anomalies);
    let ders: Vec<_> = found
        .iter()
        .map(|found| (found.scheme, found.der.as_ref()))
        .collect();
    assert_eq!(ders, [(Scheme::V2, &b"first"[..]), (Scheme::V2, b"second")]);
    assert_eq!(found[0].subject(), None);
    let digest = "a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e";
    assert_eq!(found[0].sha256(), digest);
    assert!(anomalies.is_empty());
}

#[test]
fn malformed_signing_blocks() {
    let block = zip::signing_block(&[(7, b"value")]);
    let edited = |edit: fn(&mut Vec<u8>)| {
        let mut block = block.clone();
        edit(&mut block);
        app().raw_signing_block(&block).build()
    };
    // The two sizes differ.
    Outcome::of(&edited(|block| block[0] ^= 1)).shows(&[Kind::SigningBlockMalformed, Kind::ZipGap]);
    // The size reaches before the start of the file.
    Outcome::of(&edited(|block| {
        let at = block.len() - 17;
        block[at] = 0x7f;
    }))
    .shows(&[Kind::SigningBlockMalformed, Kind::ZipGap]);
    // A pair reaches past the end.
    Outcome::of(&edited(|block| block[8] = 0xff)).shows(&[Kind::SigningBlockMalformed]);
    // A gap between block and directory: Android does not see the block.
    let gap = app().raw_signing_block(&block).before_directory(b"x").build();
    Outcome::of(&gap).shows(&[Kind::SigningBlockMalformed, Kind::ZipGap]);
}
