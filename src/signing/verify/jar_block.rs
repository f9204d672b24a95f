//! One signature block of a JAR signature: PKCS #7 signed data over a signature file.

use super::digest::Digest;
use super::key::{self, Algorithm};
use crate::signing::Reason;
use crate::signing::certificate::Fields;
use crate::signing::der::{BIT_STRING, Element, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use crate::signing::pkcs7::{SignedData, SignerInfo};
use crate::signing::verdict::NOUGAT;

/// First API level that verifies signed attributes.
const KITKAT: u32 = 19;
/// 1.2.840.113549.1.9.3
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
/// 1.2.840.113549.1.9.4
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];

/// The certificate of the signer of `text`, the first whose signature holds for the versions from
/// `level` on. Versions before Android 7 look at the first signer alone.
///
/// # Errors
/// The reason why none does.
pub(super) fn verify(block: &[u8], text: &[u8], level: u32) -> Result<Vec<u8>, Reason> {
    let data = SignedData::read(block).ok_or(Reason::Malformed)?;
    let tried = if level < NOUGAT { 1 } else { usize::MAX };
    let mut reason = Reason::NoSigners;
    let mut signer = None;
    for info in data.signers.iter().take(tried) {
        let info = info.as_ref().ok_or(Reason::Malformed)?;
        match verify_signer(&data, info, text, level) {
            Ok(certificate) => signer = signer.or(Some(certificate)),
            // A wrong signature leaves the others a chance; anything else refuses the file.
            Err(Reason::SignatureWrong) => reason = Reason::SignatureWrong,
            Err(other) => return Err(other),
        }
    }
    signer.map(<[u8]>::to_vec).ok_or(reason)
}

fn verify_signer<'a>(
    data: &SignedData<'a>,
    info: &SignerInfo<'a>,
    text: &[u8],
    level: u32,
) -> Result<&'a [u8], Reason> {
    let (algorithm, digest, since) = algorithm(info).ok_or(Reason::AlgorithmNotAccepted)?;
    if since > level {
        return Err(Reason::AlgorithmNotAccepted);
    }
    let certificate = data.certificate(info).ok_or(Reason::NoCertificate)?;
    let fields = Fields::of(certificate).ok_or(Reason::CertificateDoesNotFit)?;
    if !may_sign(certificate) {
        return Err(Reason::CertificateDoesNotFit);
    }
    let Some(attributes) = info.attributes else {
        key::verify(fields.key, algorithm, &[text], info.signature)?;
        return Ok(certificate);
    };
    if level < KITKAT {
        return Err(Reason::AlgorithmNotAccepted);
    }
    let content_type = info
        .attribute(CONTENT_TYPE)
        .and_then(|value| value.tagged(OBJECT_IDENTIFIER))
        .ok_or(Reason::Malformed)?;
    let stated = info
        .attribute(MESSAGE_DIGEST)
        .and_then(|value| value.tagged(OCTET_STRING))
        .ok_or(Reason::Malformed)?;
    if content_type.contents != data.content_type || stated.contents != digest.of(&[text]) {
        return Err(Reason::SignatureWrong);
    }
    // Signed as the set that they are, and not with the tag that they have in the file.
    let rest = attributes.encoded.get(1..).unwrap_or_default();
    key::verify(fields.key, algorithm, &[b"\x31", rest], info.signature)?;
    Ok(certificate)
}

/// Whether a certificate leaves its key free to make signatures: the extension `keyUsage` may say
/// otherwise.
fn may_sign(certificate: &[u8]) -> bool {
    /// The context-specific, constructed tag `[3]`.
    const EXTENSIONS: u8 = 0xa3;
    /// 2.5.29.15
    const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    /// `digitalSignature` and `nonRepudiation`.
    const SIGNING: u8 = 0xc0;
    let usage = || {
        let signed = Element::read(certificate)?.first(SEQUENCE)?;
        let wrapper = signed.children().find(|element| element.tag == EXTENSIONS)?;
        let usage = wrapper.first(SEQUENCE)?.children().find(|one| {
            one.first(OBJECT_IDENTIFIER)
                .is_some_and(|id| id.contents == KEY_USAGE)
        })?;
        let value = Element::read(usage.children().last()?.contents)?.tagged(BIT_STRING)?;
        Some(value.contents.get(1).copied().unwrap_or_default())
    };
    usage().is_none_or(|usage| usage & SIGNING != 0)
}

/// How the signature was made, the digest of the signed attributes, and the first API level from
/// which on all versions take the two together.
fn algorithm(info: &SignerInfo<'_>) -> Option<(Algorithm, Digest, u32)> {
    let digest = match info.digest {
        // 1.2.840.113549.2.5
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05] => Digest::Md5,
        // 1.3.14.3.2.26
        [0x2b, 0x0e, 0x03, 0x02, 0x1a] => Digest::Sha1,
        // 2.16.840.1.101.3.4.2
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, kind] => match kind {
            1 => Digest::Sha256,
            2 => Digest::Sha384,
            3 => Digest::Sha512,
            4 => Digest::Sha224,
            _ => return None,
        },
        _ => return None,
    };
    /// The signature algorithms: with the digest of the other field, or one of their own.
    enum Kind {
        Rsa(Option<Digest>),
        Dsa(Option<Digest>),
        Ecdsa(Option<Digest>),
    }
    let kind = match info.algorithm {
        // 1.2.840.113549.1.1
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, kind] => Kind::Rsa(match kind {
            1 => None,
            4 => Some(Digest::Md5),
            5 => Some(Digest::Sha1),
            11 => Some(Digest::Sha256),
            12 => Some(Digest::Sha384),
            13 => Some(Digest::Sha512),
            14 => Some(Digest::Sha224),
            _ => return None,
        }),
        // 1.2.840.10040.4
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 1] => Kind::Dsa(None),
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 3] => Kind::Dsa(Some(Digest::Sha1)),
        // 2.16.840.1.101.3.4.3
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 1] => Kind::Dsa(Some(Digest::Sha224)),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 2] => Kind::Dsa(Some(Digest::Sha256)),
        // 1.2.840.10045.2.1 and 1.2.840.10045.4
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1] => Kind::Ecdsa(None),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1] => Kind::Ecdsa(Some(Digest::Sha1)),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, kind] => Kind::Ecdsa(Some(match kind {
            1 => Digest::Sha224,
            2 => Digest::Sha256,
            3 => Digest::Sha384,
            4 => Digest::Sha512,
            _ => return None,
        })),
        _ => return None,
    };
    let (Kind::Rsa(own) | Kind::Dsa(own) | Kind::Ecdsa(own)) = kind;
    // Between two digests only Android 5 and 6 make no difference.
    if own.is_some_and(|own| own != digest) {
        return None;
    }
    let (algorithm, since) = match (kind, digest) {
        (Kind::Rsa(own), digest) => (Algorithm::Pkcs1(digest), rsa_since(digest, own.is_some())),
        (Kind::Dsa(None), Digest::Sha1) => (Algorithm::Dsa(digest), 0),
        (Kind::Dsa(None), Digest::Sha224 | Digest::Sha256) => (Algorithm::Dsa(digest), 22),
        (Kind::Dsa(Some(Digest::Sha1)), _) => (Algorithm::Dsa(digest), 9),
        (Kind::Dsa(Some(_)), _) => (Algorithm::Dsa(digest), 21),
        (Kind::Ecdsa(_), Digest::Md5) | (Kind::Dsa(None), _) => return None,
        (Kind::Ecdsa(_), Digest::Sha1) => (Algorithm::Ecdsa(digest), 18),
        (Kind::Ecdsa(None), Digest::Sha256 | Digest::Sha384 | Digest::Sha512) => {
            (Algorithm::Ecdsa(digest), 18)
        }
        (Kind::Ecdsa(_), _) => (Algorithm::Ecdsa(digest), 21),
    };
    Some((algorithm, digest, since))
}

fn rsa_since(digest: Digest, has_own: bool) -> u32 {
    match (digest, has_own) {
        (Digest::Md5, false) | (Digest::Sha1, _) => 0,
        (Digest::Sha256, _) | (Digest::Sha384 | Digest::Sha512, false) => 18,
        (Digest::Md5 | Digest::Sha384 | Digest::Sha512, true) | (Digest::Sha224, _) => 21,
    }
}
