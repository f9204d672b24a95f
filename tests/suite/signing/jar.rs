//! JAR signatures.

use dunwatch::signing::{Reason, Scheme, Verify};
use sha2::{Digest as _, Sha256};

use super::{Found, read};
use crate::support::random::Random;
use crate::support::signing::{Contents, Key, Signer, V2, attributes, certificate, pkcs7};
use crate::support::zip::{Archive, File};

/// The digest of `bytes` in base 64.
fn digest(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(bytes);
    let mut bits = digest
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect::<Vec<_>>();
    bits.resize(43 * 6, 0);
    let text: String = bits
        .chunks(6)
        .map(|six| char::from(DIGITS[six.iter().fold(0_usize, |sum, bit| sum << 1 | usize::from(*bit))]))
        .collect();
    text + "="
}

/// A package on its way to a JAR signature.
struct Jar {
    entries: Vec<(&'static str, Vec<u8>)>,
    manifest: String,
    file: String,
    block: Vec<u8>,
    more: Vec<(&'static str, Vec<u8>)>,
}

impl Jar {
    /// Signed soundly, `header` added to the signature file.
    fn new(header: &str) -> Self {
        let entries = vec![("AndroidManifest.xml", vec![7; 3000]), ("res/a.png", vec![1; 10])];
        let mut manifest = "Manifest-Version: 1.0\r\n\r\n".to_owned();
        let mut file = String::new();
        for (name, contents) in &entries {
            let section = format!("Name: {name}\r\nSHA-256-Digest: {}\r\n\r\n", digest(contents));
            file += &format!(
                "Name: {name}\r\nSHA-256-Digest: {}\r\n\r\n",
                digest(section.as_bytes())
            );
            manifest += &section;
        }
        let whole = digest(manifest.as_bytes());
        let file =
            format!("Signature-Version: 1.0\r\n{header}SHA-256-Digest-Manifest: {whole}\r\n\r\n{file}");
        let block = pkcs7(&Key::new(1), file.as_bytes(), None);
        Self {
            entries,
            manifest,
            file,
            block,
            more: Vec::new(),
        }
    }

    /// Signs the signature file as it is now.
    fn signed(mut self) -> Self {
        self.block = pkcs7(&Key::new(1), self.file.as_bytes(), None);
        self
    }

    fn build(&self) -> Vec<u8> {
        let mut archive = Archive::new();
        for (name, contents) in &self.entries {
            archive = archive.file(File::deflated(name, contents));
        }
        archive = archive
            .file(File::deflated("META-INF/MANIFEST.MF", self.manifest.as_bytes()))
            .file(File::deflated("META-INF/CERT.SF", self.file.as_bytes()))
            .file(File::deflated("META-INF/CERT.EC", &self.block));
        for (name, contents) in &self.more {
            archive = archive.file(File::stored(name, contents));
        }
        archive.build()
    }

    fn read(&self) -> Found {
        read(&self.build(), 24, Verify::Everything)
    }
}

fn reason(jar: &Jar) -> Option<Reason> {
    jar.read().reason(Scheme::V1)
}

#[test]
fn a_sound_signature_is_verified() {
    let found = Jar::new("").read();
    assert_eq!((found.reason(Scheme::V1), found.accepted_from), (None, Some(24)));
    let found = read(&Jar::new("").build(), 24, Verify::Signatures);
    assert_eq!(found.reason(Scheme::V1), Some(Reason::ContentsNotCompared));
}

#[test]
fn older_versions_that_refuse_it_are_told() {
    let from = |min_sdk| read(&Jar::new("").build(), min_sdk, Verify::Everything).accepted_from;
    // ECDSA came with Android 4.3; levels between that and Android 7 are not told apart.
    assert_eq!((from(1), from(18), from(21)), (Some(24), Some(18), Some(21)));
}

#[test]
fn signed_attributes_are_verified() {
    let mut jar = Jar::new("");
    let text = jar.file.clone();
    jar.block = pkcs7(&Key::new(1), text.as_bytes(), Some(&attributes(text.as_bytes())));
    assert_eq!(reason(&jar), None);
    jar.block = pkcs7(&Key::new(1), text.as_bytes(), Some(&attributes(b"other")));
    assert_eq!(reason(&jar), Some(Reason::SignatureWrong));
    jar.block = pkcs7(&Key::new(1), text.as_bytes(), Some(&[]));
    assert_eq!(reason(&jar), Some(Reason::Malformed));
}

#[test]
fn each_change_behind_the_signature_has_its_reason() {
    let mut jar = Jar::new("");
    jar.entries[1].1[0] ^= 1;
    let found = jar.read();
    assert_eq!(found.reason(Scheme::V1), Some(Reason::EntryChanged));
    assert_eq!(found.schemes[0].1.entry.as_deref(), Some("res/a.png"));

    let mut jar = Jar::new("");
    jar.entries.push(("added", vec![1]));
    assert_eq!(reason(&jar), Some(Reason::EntryNotSigned));

    let mut jar = Jar::new("");
    jar.entries.pop();
    assert_eq!(reason(&jar), Some(Reason::EntryMissing));

    let mut jar = Jar::new("");
    jar.more.push(("res/a.png", vec![1; 10]));
    assert_eq!(reason(&jar), Some(Reason::EntryTwice));

    let mut jar = Jar::new("");
    jar.file += "\r\n";
    assert_eq!(reason(&jar), Some(Reason::SignatureWrong));

    let mut jar = Jar::new("");
    jar.manifest = jar.manifest.replace("SHA-256-Digest", "SHA-257-Digest");
    assert_eq!(reason(&jar), Some(Reason::EntryListChanged));

    let mut jar = Jar::new("");
    jar.block.truncate(40);
    assert_eq!(reason(&jar), Some(Reason::Malformed));

    let mut jar = Jar::new("");
    jar.manifest = "Manifest-Version: 1.0\n\nX: y\n".to_owned();
    assert_eq!(reason(&jar), Some(Reason::Malformed));
}

#[test]
fn what_stands_in_meta_inf_is_not_protected() {
    let mut jar = Jar::new("");
    jar.more.push(("META-INF/added", vec![1]));
    assert_eq!(reason(&jar), None);
}

#[test]
fn sections_are_compared_when_the_whole_list_is_another() {
    let mut jar = Jar::new("");
    jar.manifest = jar.manifest.replacen("1.0", "1.1", 1);
    assert_eq!(
        reason(&jar),
        None,
        "the first section is protected by no digest here"
    );
    jar.manifest = jar.manifest.replace("res/a.png\r\n", "res/a.png\r\nX: y\r\n");
    assert_eq!(reason(&jar), Some(Reason::EntryListChanged));
}

#[test]
fn signature_files_that_are_not_well_formed_do_not_count() {
    let mut jar = Jar::new("");
    jar.file = jar.file.replacen("Signature-Version", "Other-Version", 1);
    assert_eq!(reason(&jar.signed()), Some(Reason::NoSigners));
    let mut jar = Jar::new("");
    let section = jar.file.find("Name: res").unwrap();
    let again = jar.file[section..].to_owned();
    jar.file += &again;
    assert_eq!(reason(&jar.signed()), Some(Reason::NoSigners));
}

#[test]
fn a_newer_scheme_that_was_taken_off_is_missed() {
    let jar = Jar::new("X-Android-APK-Signed: 2, 3\r\n");
    assert_eq!(reason(&jar), Some(Reason::SchemeStripped));
    let unknown = Jar::new("X-Android-APK-Signed: 15, 34\r\n");
    assert_eq!(reason(&unknown), None);
    let both = Jar::new("X-Android-APK-Signed: 2\r\n");
    let key = Key::new(1);
    let contents = Contents::of(&both.build());
    let value = contents.value(&[Signer::v2(&key)]);
    let apk = contents.signed(&[(V2, &value)]);
    assert_eq!(read(&apk, 21, Verify::Everything).reason(Scheme::V1), None);
    // From Android 7 on nobody looks at v1 when v2 is there.
    let newer = read(&apk, 24, Verify::Everything);
    assert_eq!(newer.reason(Scheme::V1), Some(Reason::NotUsed));
    assert_eq!(newer.accepted_from, Some(24));
}

#[test]
fn a_key_that_is_not_for_signing_is_refused() {
    /// `keyUsage`: `keyCertSign`, and `digitalSignature`.
    const NOT_SIGNING: &[u8] = &[0x30, 0x0b, 6, 3, 0x55, 0x1d, 0x0f, 4, 4, 3, 2, 2, 4];
    const SIGNING: &[u8] = &[0x30, 0x0b, 6, 3, 0x55, 0x1d, 0x0f, 4, 4, 3, 2, 7, 0x80];
    for (usage, expected) in [
        (NOT_SIGNING, Some(Reason::CertificateDoesNotFit)),
        (SIGNING, None),
    ] {
        let mut jar = Jar::new("");
        let mut key = Key::new(1);
        key.certificate = certificate(&key.info(), "key 1", &[usage]);
        jar.block = pkcs7(&key, jar.file.as_bytes(), None);
        assert_eq!(reason(&jar), expected);
    }
}

#[test]
fn no_mutation_of_the_files_is_verified_with_other_entries_or_stops_the_program() {
    let mut random = Random::new(3);
    for round in 0..300 {
        let mut jar = Jar::new("");
        match round % 3 {
            0 => jar.block = random.mutate(&jar.block),
            1 => jar.file = String::from_utf8_lossy(&random.mutate(jar.file.as_bytes())).into_owned(),
            _ => jar.manifest = String::from_utf8_lossy(&random.mutate(jar.manifest.as_bytes())).into_owned(),
        }
        jar.entries[0].1[0] ^= 1;
        assert!(reason(&jar).is_some(), "an entry was changed in round {round}");
    }
}
