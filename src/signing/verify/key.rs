//! Signatures of RSA, DSA and elliptic curves: the cryptography is that of the RustCrypto crates.
//!
//! Keys are capped before a number of theirs is computed with. Curves other than P-256, P-384 and
//! P-521, and DSA keys of sizes outside of FIPS 186-4, are not computed.

use md5::Md5;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::digest::Digest;
use crate::signing::Reason;
use crate::signing::key::{Curve, Dsa, PublicKey};

/// The sizes of RSA keys that are computed with, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 512..=16384;

/// How a signature was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSA with the padding of PKCS #1 v1.5.
    Pkcs1(Digest),
    /// RSA with the probabilistic padding, its salt as long as the digest.
    Pss(Digest),
    Dsa(Digest),
    Ecdsa(Digest),
}

impl Algorithm {
    fn digest(self) -> Digest {
        match self {
            Self::Pkcs1(digest) | Self::Pss(digest) | Self::Dsa(digest) | Self::Ecdsa(digest) => digest,
        }
    }
}

/// Whether `signature` was made with the key of the `SubjectPublicKeyInfo` `key` over `message`.
///
/// # Errors
/// The reason why not, or why that is not known.
pub(super) fn verify(
    key: &[u8],
    algorithm: Algorithm,
    message: &[&[u8]],
    signature: &[u8],
) -> Result<(), Reason> {
    let key = PublicKey::read(key).ok_or(Reason::KeyMalformed)?;
    let digest = algorithm.digest().of(message);
    match (key, algorithm) {
        (PublicKey::Rsa { modulus, exponent }, Algorithm::Pkcs1(_) | Algorithm::Pss(_)) => {
            rsa(modulus, exponent, algorithm, &digest, signature)
        }
        (PublicKey::Dsa { prime, rest }, Algorithm::Dsa(_)) => dsa(prime, &rest, &digest, signature),
        (PublicKey::Ec { curve, point }, Algorithm::Ecdsa(_)) => {
            ecdsa(curve.unwrap_or(Curve::Other), point, &digest, signature)
        }
        (PublicKey::Other(_), _) => Err(Reason::KeyNotSupported),
        _ => Err(Reason::KeyMalformed),
    }
}

fn rsa(
    modulus: &[u8],
    exponent: &[u8],
    algorithm: Algorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), Reason> {
    // Larger exponents are refused by the library; larger numbers are not even made.
    if modulus.len() > RSA_BITS.end() / 8 || exponent.len() > 8 {
        return Err(Reason::KeyNotSupported);
    }
    let numbers = (
        BoxedUint::from_be_slice_vartime(modulus),
        BoxedUint::from_be_slice_vartime(exponent),
    );
    let key = ::rsa::PublicKey::new_with_size_limits(numbers.0, numbers.1, RSA_BITS);
    let key = key.map_err(|error| match error {
        ::rsa::Error::ModulusTooLarge
        | ::rsa::Error::ModulusTooSmall
        | ::rsa::Error::PublicExponentTooLarge => Reason::KeyNotSupported,
        _ => Reason::KeyMalformed,
    })?;
    let verified = match algorithm {
        Algorithm::Pss(Digest::Sha512) => key.verify(Pss::<Sha512>::new(), digest, signature),
        Algorithm::Pss(_) => key.verify(Pss::<Sha256>::new(), digest, signature),
        _ => {
            let padding = match algorithm.digest() {
                Digest::Md5 => Pkcs1v15Sign::new::<Md5>(),
                Digest::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
                Digest::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
                Digest::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
                Digest::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
                Digest::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
            };
            key.verify(padding, digest, signature)
        }
    };
    verified.map_err(|_| Reason::SignatureWrong)
}

fn dsa(prime: &[u8], rest: &Dsa<'_>, digest: &[u8], signature: &[u8]) -> Result<(), Reason> {
    let (large, small) = match (prime.len(), rest.order.len()) {
        sizes @ ((128, 20) | (256, 28 | 32) | (384, 32)) => sizes,
        _ => return Err(Reason::KeyNotSupported),
    };
    // Every number gets the width that the library computes in.
    let number = |digits: &[u8], bytes: usize| {
        let bits = u32::try_from(bytes.saturating_mul(8)).map_err(|_| Reason::KeyMalformed)?;
        BoxedUint::from_be_slice(digits, bits).map_err(|_| Reason::KeyMalformed)
    };
    let prime = number(prime, large)?;
    let public = number(rest.public, large)?;
    let is_sound = public < prime && rest.order.last().is_some_and(|last| last & 1 == 1);
    if !is_sound {
        return Err(Reason::KeyMalformed);
    }
    let order = number(rest.order, small)?;
    let generator = number(rest.generator, large)?;
    let key = ::dsa::Components::from_components(prime, order, generator)
        .and_then(|components| ::dsa::VerifyingKey::from_components(components, public))
        .map_err(|_| Reason::KeyMalformed)?;
    let signature = ::dsa::Signature::try_from(signature).map_err(|_| Reason::SignatureWrong)?;
    key.verify_prehash(digest, &signature)
        .map_err(|_| Reason::SignatureWrong)
}

/// A digest shorter than half of the field is filled up with zeros in front, which the library asks
/// for and which leaves the number what it is.
macro_rules! curve {
    ($curve:ident, $least:literal, $point:ident, $digest:ident, $signature:ident) => {{
        let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes($point).map_err(|_| Reason::KeyMalformed)?;
        let signature = $curve::ecdsa::Signature::from_der($signature).map_err(|_| Reason::SignatureWrong)?;
        let mut filled = vec![0; usize::saturating_sub($least, $digest.len())];
        filled.extend_from_slice($digest);
        key.verify_prehash(&filled, &signature)
    }};
}

fn ecdsa(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), Reason> {
    let verified = match curve {
        Curve::P256 => curve!(p256, 16, point, digest, signature),
        Curve::P384 => curve!(p384, 24, point, digest, signature),
        Curve::P521 => curve!(p521, 33, point, digest, signature),
        Curve::Other => return Err(Reason::KeyNotSupported),
    };
    verified.map_err(|_| Reason::SignatureWrong)
}
