//! Directories, local headers and what stands around them: what is listed, and what is noted.

use dunwatch::anomaly::{Anomalies, AnomalyKind as Kind};
use dunwatch::container::{Container, ContainerError, EntryError, Inflater, Refusal};
use dunwatch::limits::{Budget, Limits};

use super::{DEX, MANIFEST, Outcome, app, dex, manifest};
use crate::support::zip::{self, Archive, DEFLATED, DESCRIPTOR, ENCRYPTED, File, STORED};

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
    for edit in [(|end| end.size = u32::MAX) as fn(&mut zip::End), |end| {
        end.directory = u32::MAX
    }] {
        Outcome::of(&app().end(edit).build())
            .shows(&[Kind::ZipAndroidRefuses])
            .is_refused(Refusal::Zip64);
    }
    // A count of all ones announces nothing.
    Outcome::of(&app().end(|end| end.count = u16::MAX).build())
        .shows(&[Kind::ZipWrongCount, Kind::ZipAndroidRefuses])
        .is_refused(Refusal::BrokenDirectory);
    Outcome::of(&app().end(|end| end.count_on_disk = u16::MAX).build())
        .shows(&[Kind::ZipWrongCount])
        .is_accepted();
}

#[test]
fn zip64_sizes_of_a_local_header() {
    let with = |edit: fn(&mut zip::Header)| {
        let archive = Archive::new()
            .file(
                File::deflated(MANIFEST, &manifest())
                    .with_descriptor()
                    .local(edit),
            )
            .file(File::stored(DEX, &dex()));
        Outcome::of(&archive.build())
    };
    let refused = [Kind::ZipLocalSize, Kind::ZipAndroidRefuses];
    with(|header| header.size = u32::MAX)
        .shows(&refused)
        .is_accepted();
    with(|header| (header.size, header.compressed_size) = (u32::MAX, u32::MAX))
        .shows(&refused)
        .is_accepted();
}

#[test]
fn a_nameless_file_where_the_directory_begins() {
    Outcome::of(&app().file(File::stored("", b"")).build())
        .shows(&[Kind::ZipAndroidRefuses])
        .is_accepted();
    Outcome::of(&app().file(File::stored("", b"x")).build())
        .shows(&[])
        .is_accepted();
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
