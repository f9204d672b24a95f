//! The schemes v2, v3 and v3.1.

use dunwatch::signing::{Reason, Scheme, Verify};

use super::{Found, archive, read};
use crate::support::random::Random;
use crate::support::signing::{
    Contents, ECDSA_256, ECDSA_512, ECDSA_VERITY, Key, PROOF_OF_ROTATION, ROTATION_MIN_SDK,
    STRIPPING_PROTECTION, Signer, V2, V3, V31, certificate, lineage,
};

const ALL_TO_COME: u32 = i32::MAX as u32;

fn contents() -> Contents {
    Contents::of(&archive().build())
}

/// A package signed with v2 by one signer that `edit` changed.
fn v2(edit: impl Fn(&mut Signer<'_>)) -> Found {
    let key = Key::new(1);
    let contents = contents();
    let mut signer = Signer::v2(&key);
    edit(&mut signer);
    let value = contents.value(&[signer]);
    read(&contents.signed(&[(V2, &value)]), 24, Verify::Everything)
}

/// The same with v3.
fn v3(edit: impl Fn(&mut Signer<'_>)) -> Found {
    let key = Key::new(1);
    let contents = contents();
    let mut signer = Signer::v3(&key, 28, ALL_TO_COME);
    edit(&mut signer);
    let value = contents.value(&[signer]);
    read(&contents.signed(&[(V3, &value)]), 28, Verify::Everything)
}

#[test]
fn a_sound_package_is_verified_in_every_way_of_digesting() {
    for algorithms in [
        vec![ECDSA_256],
        vec![ECDSA_512],
        vec![ECDSA_VERITY],
        vec![ECDSA_256, 0x1234_5678, ECDSA_512, ECDSA_VERITY],
    ] {
        let found = v2(|signer| signer.algorithms.clone_from(&algorithms));
        assert_eq!(found.reason(Scheme::V2), None, "{algorithms:x?}");
        assert_eq!(found.accepted_from, Some(24));
        assert!(found.anomalies.iter().all(|kind| !kind.starts_with("signature")));
    }
}

#[test]
fn each_lie_of_a_v2_signer_has_its_reason() {
    type Edit = fn(&mut Signer<'_>);
    let cases: [(Reason, Edit); 9] = [
        (Reason::SignatureWrong, |signer| signer.wrong_signature = 1),
        (Reason::ContentsChanged, |signer| signer.wrong_digest = 1),
        (Reason::NoCertificate, |signer| signer.certificates.clear()),
        (Reason::CertificateDoesNotFit, |signer| {
            signer.certificates = vec![Key::new(2).certificate];
        }),
        (Reason::CertificateDoesNotFit, |signer| {
            signer.certificates = vec![b"none".to_vec()];
        }),
        (Reason::AlgorithmsDiffer, |signer| {
            signer.digest_algorithms = Some(vec![ECDSA_256, ECDSA_512]);
        }),
        (Reason::NoKnownAlgorithm, |signer| {
            signer.algorithms = vec![0x1234]
        }),
        (Reason::NoKnownAlgorithm, |signer| signer.algorithms.clear()),
        (Reason::SchemeStripped, |signer| {
            signer.attributes = vec![(STRIPPING_PROTECTION, 3_u32.to_le_bytes().to_vec())];
        }),
    ];
    for (reason, edit) in cases {
        let found = v2(edit);
        assert_eq!(found.reason(Scheme::V2), Some(reason));
        assert_eq!(found.verdict.unwrap().reason, Some(reason));
        assert_eq!(found.accepted_from, None);
        assert!(found.anomalies.contains(&"signature-broken"));
    }
}

#[test]
fn an_rsa_algorithm_with_another_key_is_refused() {
    let found = v2(|signer| signer.algorithms = vec![0x0103]);
    assert_eq!(found.reason(Scheme::V2), Some(Reason::KeyMalformed));
}

#[test]
fn contents_are_compared_only_when_asked_for() {
    let key = Key::new(1);
    let contents = contents();
    let signer = Signer {
        wrong_digest: 1,
        ..Signer::v2(&key)
    };
    let value = contents.value(&[signer]);
    let apk = contents.signed(&[(V2, &value)]);
    let reason = |verify| read(&apk, 24, verify).reason(Scheme::V2);
    assert_eq!(reason(Verify::None), Some(Reason::NotAsked));
    assert_eq!(reason(Verify::Signatures), Some(Reason::ContentsNotCompared));
    assert_eq!(reason(Verify::Everything), Some(Reason::ContentsChanged));
}

#[test]
fn a_byte_changed_anywhere_outside_of_the_block_is_noticed() {
    let key = Key::new(1);
    let contents = contents();
    let value = contents.value(&[Signer::v2(&key)]);
    let apk = contents.signed(&[(V2, &value)]);
    // A byte of an entry, and the date in a record of the directory.
    for at in [60, apk.len() - 22 - 46] {
        let mut changed = apk.clone();
        changed[at] ^= 1;
        let found = read(&changed, 24, Verify::Everything);
        assert_eq!(found.reason(Scheme::V2), Some(Reason::ContentsChanged), "{at}");
    }
}

#[test]
fn signers_are_counted() {
    let keys: Vec<Key> = (1..=11).map(Key::new).collect();
    let contents = contents();
    let reason = |count: usize| {
        let signers: Vec<_> = keys.iter().take(count).map(Signer::v2).collect();
        let value = contents.value(&signers);
        read(&contents.signed(&[(V2, &value)]), 24, Verify::Everything).reason(Scheme::V2)
    };
    assert_eq!(reason(0), Some(Reason::NoSigners));
    assert_eq!(reason(10), None);
    assert_eq!(reason(11), Some(Reason::TooManySigners));
}

#[test]
fn a_value_that_is_cut_off_is_malformed_at_its_offset() {
    let key = Key::new(1);
    let contents = contents();
    let value = contents.value(&[Signer::v2(&key)]);
    for length in [0, 3, 4, 20, value.len() - 1] {
        let apk = contents.signed(&[(V2, &value[..length])]);
        let found = read(&apk, 24, Verify::Everything);
        assert_eq!(found.reason(Scheme::V2), Some(Reason::Malformed), "{length}");
        let block = contents.signed(&[]).len();
        let offset = found.schemes[0].1.offset.unwrap();
        assert!(offset < apk.len() as u64 && offset > 4096, "{offset} {block}");
    }
}

#[test]
fn v3_needs_levels_without_gaps() {
    assert_eq!(v3(|_| {}).accepted_from, Some(28));
    let broken = |levels: [(u32, u32); 2]| v3(|signer| signer.levels = Some(levels)).reason(Scheme::V3);
    let gap = Some(Reason::LevelsNotCovered);
    assert_eq!(
        broken([(28, ALL_TO_COME), (28, 30)]),
        gap,
        "outside and inside differ"
    );
    assert_eq!(broken([(28, 32); 2]), gap, "the newest versions are missing");
    assert_eq!(broken([(30, 28); 2]), gap, "the wrong way round");
    let late = v3(|signer| signer.levels = Some([(31, ALL_TO_COME); 2]));
    assert_eq!((late.reason(Scheme::V3), late.accepted_from), (None, Some(31)));
    let (first, second) = (Key::new(1), Key::new(2));
    let contents = contents();
    let two = |next: u32| {
        let signers = [Signer::v3(&first, 28, 30), Signer::v3(&second, next, ALL_TO_COME)];
        let value = contents.value(&signers);
        read(&contents.signed(&[(V3, &value)]), 28, Verify::Everything).reason(Scheme::V3)
    };
    assert_eq!((two(31), two(32), two(30)), (None, gap, gap));
}

#[test]
fn every_link_of_a_lineage_is_verified() {
    let keys: Vec<Key> = (1..=3).map(Key::new).collect();
    let sound = lineage(&[&keys[1], &keys[2], &keys[0]]);
    let with =
        |value: Vec<u8>| v3(move |signer| signer.attributes = vec![(PROOF_OF_ROTATION, value.clone())]);
    let found = with(sound.clone());
    assert_eq!((found.reason(Scheme::V3), found.lineage), (None, 3));
    let other = lineage(&[&keys[0], &keys[1]]);
    assert_eq!(with(other).reason(Scheme::V3), Some(Reason::LineageOfOtherKey));
    let twice = lineage(&[&keys[0], &keys[1], &keys[0]]);
    assert_eq!(with(twice).reason(Scheme::V3), Some(Reason::LineageWrong));
    let mut unsigned = sound.clone();
    *unsigned.last_mut().unwrap() ^= 1;
    assert_eq!(with(unsigned).reason(Scheme::V3), Some(Reason::LineageWrong));
    let mut version = sound.clone();
    version[0] = 2;
    assert_eq!(with(version).reason(Scheme::V3), Some(Reason::LineageMalformed));
    let cut = sound[..sound.len() - 1].to_vec();
    assert_eq!(with(cut).reason(Scheme::V3), Some(Reason::LineageMalformed));
}

#[test]
fn v3_and_v3_1_belong_together() {
    let (old, new) = (Key::new(1), Key::new(2));
    let contents = contents();
    let level = |level: u32| vec![(ROTATION_MIN_SDK, level.to_le_bytes().to_vec())];
    let first = |attributes| Signer {
        attributes,
        ..Signer::v3(&old, 28, 32)
    };
    let rotated = Signer {
        attributes: vec![(PROOF_OF_ROTATION, lineage(&[&old, &new]))],
        ..Signer::v3(&new, 33, ALL_TO_COME)
    };
    let newer = contents.value(&[rotated]);
    let both = |attributes| {
        let value = contents.value(&[first(attributes)]);
        read(
            &contents.signed(&[(V3, &value), (V31, &newer)]),
            28,
            Verify::Everything,
        )
    };
    let found = both(level(33));
    assert_eq!(found.reason(Scheme::V31), None);
    assert_eq!(found.reason(Scheme::V3), None);
    assert_eq!((found.accepted_from, found.lineage), (Some(28), 2));
    assert!(
        !found.anomalies.contains(&"signature-signers-differ"),
        "one is the other's heir"
    );
    assert_eq!(both(level(34)).reason(Scheme::V3), Some(Reason::SchemeStripped));
    let alone = Signer {
        attributes: level(33),
        ..Signer::v3(&old, 28, ALL_TO_COME)
    };
    let value = contents.value(&[alone]);
    let stripped = read(&contents.signed(&[(V3, &value)]), 28, Verify::Everything);
    assert_eq!(stripped.reason(Scheme::V3), Some(Reason::SchemeStripped));
}

#[test]
fn a_broken_newer_scheme_is_not_made_good_by_an_older_one() {
    let key = Key::new(1);
    let contents = contents();
    let broken = Signer {
        wrong_signature: 1,
        ..Signer::v3(&key, 28, ALL_TO_COME)
    };
    let (v2, v3) = (contents.value(&[Signer::v2(&key)]), contents.value(&[broken]));
    let found = read(&contents.signed(&[(V2, &v2), (V3, &v3)]), 24, Verify::Everything);
    assert_eq!(found.reason(Scheme::V2), None);
    assert_eq!(found.verdict.unwrap().reason, Some(Reason::SignatureWrong));
}

#[test]
fn different_signers_of_different_schemes_are_noticed() {
    let (first, second) = (Key::new(1), Key::new(2));
    let contents = contents();
    let value = contents.value(&[Signer::v2(&first)]);
    let newer = contents.value(&[Signer::v3(&second, 28, ALL_TO_COME)]);
    let found = read(
        &contents.signed(&[(V2, &value), (V3, &newer)]),
        24,
        Verify::Everything,
    );
    assert!(found.anomalies.contains(&"signature-signers-differ"));
}

/// The `SubjectPublicKeyInfo` of an RSA key of these numbers.
fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    use crate::support::signing::element;
    let algorithm = element(
        0x30,
        &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1], &[5, 0]],
    );
    let number = |digits: &[u8]| element(2, &[&[0], digits]);
    let key = element(0x30, &[&number(modulus), &number(exponent)]);
    element(0x30, &[&algorithm, &element(3, &[&[0], &key])])
}

#[test]
fn absurd_keys_are_not_computed_with() {
    use crate::support::signing::prefixed;
    let contents = contents();
    let reason = |info: &[u8]| {
        let certificate = certificate(info, "key 9", &[]);
        let digests = prefixed(&[]);
        let signed = [digests, prefixed(&prefixed(&certificate)), prefixed(&[])].concat();
        let signature = [&0x0103_u32.to_le_bytes()[..], &prefixed(&[1; 256])].concat();
        let signatures = prefixed(&prefixed(&signature));
        let signer = prefixed(&[prefixed(&signed), signatures, prefixed(info)].concat());
        let apk = contents.signed(&[(V2, &prefixed(&signer))]);
        read(&apk, 24, Verify::Everything).reason(Scheme::V2).unwrap()
    };
    let odd = [0xff; 256];
    assert_eq!(reason(&rsa(&odd, &[1, 0, 1])), Reason::SignatureWrong);
    assert_eq!(reason(&rsa(&odd, &[0xff; 200])), Reason::KeyNotSupported);
    assert_eq!(reason(&rsa(&[0xff; 4096], &[3])), Reason::KeyNotSupported);
    assert_eq!(reason(&rsa(&[0xff; 20], &[3])), Reason::KeyNotSupported);
    for (modulus, exponent) in [
        (&[0xfe; 256][..], &[3][..]),
        (&odd, &[1]),
        (&odd, &[0]),
        (&odd, &[2]),
    ] {
        let found = reason(&rsa(modulus, exponent));
        assert!(
            matches!(found, Reason::KeyMalformed | Reason::SignatureWrong),
            "{found:?}"
        );
    }
    assert_eq!(reason(b"none"), Reason::KeyMalformed);
}

#[test]
fn no_mutation_of_a_block_is_verified_or_stops_the_program() {
    let keys: Vec<Key> = (1..=2).map(Key::new).collect();
    let contents = contents();
    let signer = Signer {
        attributes: vec![(PROOF_OF_ROTATION, lineage(&[&keys[0], &keys[1]]))],
        algorithms: vec![ECDSA_256, ECDSA_512],
        ..Signer::v3(&keys[1], 28, ALL_TO_COME)
    };
    let value = contents.value(&[signer]);
    let mut random = Random::new(7);
    let mut broken = 0;
    for _ in 0..400 {
        let mutated = random.mutate(&value);
        let apk = contents.signed(&[(V3, &mutated)]);
        let found = read(&apk, 28, Verify::Everything);
        if found.reason(Scheme::V3).is_some() {
            broken += 1;
        } else {
            // What the digest in the signature does not cover: unchosen signatures and the like.
            assert_eq!(found.lineage, 2);
        }
    }
    assert!(broken > 250, "{broken} of 400");
}
