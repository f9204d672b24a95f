//! Public keys (RFC 3279, RFC 5480): the numbers that a signature is checked with.

#![cfg_attr(
    not(feature = "verify"),
    allow(dead_code, reason = "the numbers are read for verification")
)]

use x509_cert::der::asn1::ObjectIdentifier;

use super::der::{Element, OBJECT_IDENTIFIER, SEQUENCE};

/// A public key, described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `RSA`, `EC`, `DSA`, or the object identifier of another algorithm.
    pub algorithm: String,
    /// Size in bits: of the modulus, of the curve's field, of the prime.
    pub size: Option<u32>,
}

/// The length of a number in bits; `None` beyond what a key can be.
fn bits(digits: &[u8]) -> Option<u32> {
    let first = digits.first()?;
    let bytes = u32::try_from(digits.len()).ok()?;
    bytes.checked_mul(8)?.checked_sub(first.leading_zeros())
}

/// An elliptic curve that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
    Other,
}

impl Curve {
    fn of(identifier: &[u8]) -> Self {
        match identifier {
            // 1.2.840.10045.3.1.7
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => Self::P256,
            // 1.3.132.0.34
            [0x2b, 0x81, 0x04, 0x00, 0x22] => Self::P384,
            // 1.3.132.0.35
            [0x2b, 0x81, 0x04, 0x00, 0x23] => Self::P521,
            _ => Self::Other,
        }
    }

    fn bits(self) -> Option<u32> {
        match self {
            Self::P256 => Some(256),
            Self::P384 => Some(384),
            Self::P521 => Some(521),
            Self::Other => None,
        }
    }
}

/// A `SubjectPublicKeyInfo`: the numbers of a key, most significant digit first, without leading
/// zeros.
pub(super) enum PublicKey<'a> {
    Rsa {
        modulus: &'a [u8],
        exponent: &'a [u8],
    },
    Dsa {
        prime: &'a [u8],
        rest: Dsa<'a>,
    },
    Ec {
        /// `None` when the curve is written out.
        curve: Option<Curve>,
        point: &'a [u8],
    },
    /// The contents of another algorithm's identifier.
    Other(&'a [u8]),
}

/// The numbers of a DSA key beside its prime.
pub(super) struct Dsa<'a> {
    pub(super) order: &'a [u8],
    pub(super) generator: &'a [u8],
    pub(super) public: &'a [u8],
}

impl<'a> PublicKey<'a> {
    pub(super) fn read(encoded: &'a [u8]) -> Option<Self> {
        let info = Element::read(encoded)?.tagged(SEQUENCE)?;
        let mut parts = info.children();
        let mut algorithm = parts.next()?.tagged(SEQUENCE)?.children();
        let key = parts.next()?.bits()?;
        let identifier = algorithm.next()?.tagged(OBJECT_IDENTIFIER)?.contents;
        let parameters = algorithm.next();
        let read = match identifier {
            // 1.2.840.113549.1.1.1
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01] => {
                let mut numbers = Element::read(key)?.tagged(SEQUENCE)?.children();
                Self::Rsa {
                    modulus: numbers.next()?.digits()?,
                    exponent: numbers.next()?.digits()?,
                }
            }
            // 1.2.840.10040.4.1
            [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => {
                let mut numbers = parameters?.tagged(SEQUENCE)?.children();
                Self::Dsa {
                    prime: numbers.next()?.digits()?,
                    rest: Dsa {
                        order: numbers.next()?.digits()?,
                        generator: numbers.next()?.digits()?,
                        public: Element::read(key)?.digits()?,
                    },
                }
            }
            // 1.2.840.10045.2.1
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => Self::Ec {
                curve: parameters
                    .and_then(|curve| curve.tagged(OBJECT_IDENTIFIER))
                    .map(|curve| Curve::of(curve.contents)),
                point: key,
            },
            _ => Self::Other(identifier),
        };
        Some(read)
    }

    pub(super) fn description(&self) -> Option<Key> {
        let (algorithm, size) = match self {
            Self::Rsa { modulus, .. } => ("RSA".to_owned(), bits(modulus)),
            Self::Dsa { prime, .. } => ("DSA".to_owned(), bits(prime)),
            Self::Ec { curve, .. } => ("EC".to_owned(), curve.and_then(Curve::bits)),
            Self::Other(identifier) => (ObjectIdentifier::from_bytes(identifier).ok()?.to_string(), None),
        };
        Some(Key { algorithm, size })
    }
}
