//! Signs archives: keys, certificates, the values of the signing block, PKCS #7 files.
//!
//! Keys are those of the curve P-256, whose signatures are made without chance. Digests are computed
//! here anew, for packages whose sections are smaller than a piece of 1 MiB.

#![allow(unreachable_pub, reason = "the interface is public to all suites")]

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest as _, Sha256, Sha512};

/// ECDSA with SHA-256 over pieces of 1 MiB.
pub const ECDSA_256: u32 = 0x0201;
/// ECDSA with SHA-512, likewise.
pub const ECDSA_512: u32 = 0x0202;
/// ECDSA with SHA-256 over a tree of pages.
pub const ECDSA_VERITY: u32 = 0x0423;

/// Pairs of the signing block.
pub const V2: u32 = 0x7109_871a;
pub const V3: u32 = 0xf053_68c0;
pub const V31: u32 = 0x1b93_ad61;
/// Attributes of a signer.
pub const STRIPPING_PROTECTION: u32 = 0xbeef_f00d;
pub const PROOF_OF_ROTATION: u32 = 0x3ba0_6f8c;
pub const ROTATION_MIN_SDK: u32 = 0x559f_8b02;

/// A key with its certificate.
pub struct Key {
    key: SigningKey,
    name: Vec<u8>,
    pub certificate: Vec<u8>,
}

/// One element of DER.
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let mut out = vec![tag];
    match contents.len() {
        short @ 0..0x80 => out.push(u8::try_from(short).unwrap()),
        long => {
            out.push(0x82);
            out.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
    }
    out.extend(contents);
    out
}

/// A name of one common name.
pub fn name(text: &str) -> Vec<u8> {
    let text = element(0x0c, &[text.as_bytes()]);
    let pair = element(0x30, &[&[0x06, 3, 0x55, 4, 3], &text]);
    element(0x30, &[&element(0x31, &[&pair])])
}

impl Key {
    /// The key number `seed`, whose certificate is named after it.
    pub fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let text = format!("key {seed}");
        Self {
            name: name(&text),
            certificate: certificate(&info(&key), &text, &[]),
            key,
        }
    }

    /// The public key as a `SubjectPublicKeyInfo`.
    pub fn info(&self) -> Vec<u8> {
        info(&self.key)
    }

    /// A signature over the SHA-256, or with `long` the SHA-512, of `data`.
    pub fn sign(&self, data: &[u8], long: bool) -> Vec<u8> {
        let digest = if long {
            Sha512::digest(data).to_vec()
        } else {
            Sha256::digest(data).to_vec()
        };
        let signature: Signature = self.key.sign_prehash(&digest).unwrap();
        signature.to_der().as_bytes().to_vec()
    }
}

fn info(key: &SigningKey) -> Vec<u8> {
    let point = key.verifying_key().to_sec1_point(false);
    let algorithm = element(
        0x30,
        &[
            &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1],
            &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        ],
    );
    element(0x30, &[&algorithm, &element(3, &[&[0], point.as_bytes()])])
}

/// A certificate of version 3 for the key `info`, with these extensions. Nobody looks at its own
/// signature.
pub fn certificate(info: &[u8], subject: &str, extensions: &[&[u8]]) -> Vec<u8> {
    let algorithm = element(0x30, &[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
    let times = [b"200102030405Z", b"500102030405Z"].map(|time| element(0x17, &[time]));
    let extensions = element(0xa3, &[&element(0x30, extensions)]);
    let parts: [&[u8]; 8] = [
        &[0xa0, 3, 2, 1, 2],
        &[2, 1, 7],
        &algorithm,
        &name(subject),
        &element(0x30, &[&times[0], &times[1]]),
        &name(subject),
        info,
        &extensions,
    ];
    let signed = element(0x30, &parts);
    element(0x30, &[&signed, &algorithm, &element(3, &[&[0], b"none"])])
}

/// `bytes` behind their length.
pub fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_le_bytes()[..], bytes].concat()
}

fn list<T>(items: &[T], encode: impl Fn(&T) -> Vec<u8>) -> Vec<u8> {
    let items: Vec<Vec<u8>> = items.iter().map(|item| prefixed(&encode(item))).collect();
    prefixed(&items.concat())
}

/// A signer of the schemes v2, v3 and v3.1, sound unless its fields are made to lie.
pub struct Signer<'k> {
    pub key: &'k Key,
    pub algorithms: Vec<u32>,
    /// Algorithms in the list of digests, when they are to be others.
    pub digest_algorithms: Option<Vec<u32>>,
    pub certificates: Vec<Vec<u8>>,
    /// Lowest and highest level outside and inside of the signed data.
    pub levels: Option<[(u32, u32); 2]>,
    pub attributes: Vec<(u32, Vec<u8>)>,
    /// Added to the last byte of each digest.
    pub wrong_digest: u8,
    /// Added to the last byte of each signature.
    pub wrong_signature: u8,
}

impl<'k> Signer<'k> {
    pub fn v2(key: &'k Key) -> Self {
        Self {
            key,
            algorithms: vec![ECDSA_256],
            digest_algorithms: None,
            certificates: vec![key.certificate.clone()],
            levels: None,
            attributes: Vec::new(),
            wrong_digest: 0,
            wrong_signature: 0,
        }
    }

    /// A signer for the levels from `lowest` to `highest`.
    pub fn v3(key: &'k Key, lowest: u32, highest: u32) -> Self {
        Self {
            levels: Some([(lowest, highest); 2]),
            ..Self::v2(key)
        }
    }

    fn encode(&self, contents: &Contents) -> Vec<u8> {
        let levels = |at: usize| {
            self.levels.map_or(Vec::new(), |levels| {
                [levels[at].0.to_le_bytes(), levels[at].1.to_le_bytes()].concat()
            })
        };
        let digests = list(
            self.digest_algorithms.as_ref().unwrap_or(&self.algorithms),
            |id| {
                let mut digest = contents.digest(*id);
                *digest.last_mut().unwrap() ^= self.wrong_digest;
                [&id.to_le_bytes()[..], &prefixed(&digest)].concat()
            },
        );
        let attributes = list(&self.attributes, |(id, value)| {
            [&id.to_le_bytes()[..], value].concat()
        });
        let certificates = list(&self.certificates, Clone::clone);
        let signed = [digests, certificates, levels(1), attributes].concat();
        let signatures = list(&self.algorithms, |id| {
            let mut signature = self.key.sign(&signed, *id == ECDSA_512);
            *signature.last_mut().unwrap() ^= self.wrong_signature;
            [&id.to_le_bytes()[..], &prefixed(&signature)].concat()
        });
        [
            prefixed(&signed),
            levels(0),
            signatures,
            prefixed(&self.key.info()),
        ]
        .concat()
    }
}

/// The proof that each of `keys` was followed by the next.
pub fn lineage(keys: &[&Key]) -> Vec<u8> {
    let mut value = 1_u32.to_le_bytes().to_vec();
    for (at, key) in keys.iter().enumerate() {
        let id = if at == 0 { 0 } else { ECDSA_256 };
        let signed = [prefixed(&key.certificate), id.to_le_bytes().to_vec()].concat();
        let signature = match at.checked_sub(1) {
            Some(before) => keys[before].sign(&signed, false),
            None => Vec::new(),
        };
        let node = [
            prefixed(&signed),
            0_u32.to_le_bytes().to_vec(),
            ECDSA_256.to_le_bytes().to_vec(),
            prefixed(&signature),
        ];
        value.extend(prefixed(&node.concat()));
    }
    value
}

/// An archive cut into the sections that are signed.
pub struct Contents {
    entries: Vec<u8>,
    directory: Vec<u8>,
    end: Vec<u8>,
}

impl Contents {
    /// Cuts `archive`, which has no comment; its entries are filled up to whole pages, as verity asks.
    pub fn of(archive: &[u8]) -> Self {
        let (rest, end) = archive.split_at(archive.len() - 22);
        let at = u32::from_le_bytes(end[16..20].try_into().unwrap()) as usize;
        let mut entries = rest[..at].to_vec();
        entries.resize(at.next_multiple_of(4096), 0);
        let mut end = end.to_vec();
        end[16..20].copy_from_slice(&u32::try_from(entries.len()).unwrap().to_le_bytes());
        Self {
            entries,
            directory: rest[at..].to_vec(),
            end,
        }
    }

    fn digest(&self, algorithm: u32) -> Vec<u8> {
        let sections = [&self.entries, &self.directory, &self.end];
        match algorithm {
            ECDSA_512 => chunked::<Sha512>(&sections),
            ECDSA_VERITY => verity(&sections),
            _ => chunked::<Sha256>(&sections),
        }
    }

    /// The value of a pair with these signers.
    pub fn value(&self, signers: &[Signer<'_>]) -> Vec<u8> {
        list(signers, |signer| signer.encode(self))
    }

    /// The package with a signing block of these pairs.
    pub fn signed(&self, pairs: &[(u32, &[u8])]) -> Vec<u8> {
        let block = super::zip::signing_block(pairs);
        let mut end = self.end.clone();
        let at = u32::try_from(self.entries.len() + block.len()).unwrap();
        end[16..20].copy_from_slice(&at.to_le_bytes());
        [&self.entries[..], &block, &self.directory, &end].concat()
    }
}

fn chunked<D: sha2::Digest>(sections: &[&Vec<u8>; 3]) -> Vec<u8> {
    let mut all = vec![0x5a, 3, 0, 0, 0];
    for section in sections {
        assert!((1..=1 << 20).contains(&section.len()), "one piece");
        all.extend(D::digest([&[0xa5][..], &prefixed(section)].concat()));
    }
    D::digest(all).to_vec()
}

fn verity(sections: &[&Vec<u8>; 3]) -> Vec<u8> {
    let all = [&sections[0][..], sections[1], sections[2]].concat();
    let page = |page: &[u8]| {
        let mut salted = vec![0; 8];
        salted.extend(page);
        salted.resize(8 + 4096, 0);
        Sha256::digest(salted)
    };
    let leaves: Vec<u8> = all.chunks(4096).flat_map(page).collect();
    assert!(leaves.len() <= 4096, "one level");
    [&page(&leaves)[..], &(all.len() as u64).to_le_bytes()].concat()
}

/// A PKCS #7 file in which `key` signs `text`, with signed attributes when they are given.
pub fn pkcs7(key: &Key, text: &[u8], attributes: Option<&[u8]>) -> Vec<u8> {
    let sha256 = element(0x30, &[&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]]);
    let ecdsa = element(0x30, &[&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]]);
    let data = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let signed_data = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let signature = match attributes {
        Some(attributes) => key.sign(&element(0x31, &[attributes]), false),
        None => key.sign(text, false),
    };
    let attributes = attributes.map_or(Vec::new(), |attributes| element(0xa0, &[attributes]));
    let info = element(
        0x30,
        &[
            &[2, 1, 1],
            &element(0x30, &[&key.name, &[2, 1, 7]]),
            &sha256,
            &attributes,
            &ecdsa,
            &element(4, &[&signature]),
        ],
    );
    let parts = [
        vec![2, 1, 1],
        element(0x31, &[&sha256]),
        element(0x30, &[&data]),
        element(0xa0, &[&key.certificate]),
        element(0x31, &[&info]),
    ];
    let parts = element(0x30, &[&parts.concat()]);
    element(0x30, &[&signed_data, &element(0xa0, &[&parts])])
}

/// The signed attributes that belong to `text`.
pub fn attributes(text: &[u8]) -> Vec<u8> {
    let identifier = |last| [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, last];
    let data = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let digest = element(4, &[&Sha256::digest(text)]);
    [
        element(0x30, &[&identifier(3), &element(0x31, &[&data])]),
        element(0x30, &[&identifier(4), &element(0x31, &[&digest])]),
    ]
    .concat()
}
