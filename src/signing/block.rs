//! The values of the schemes v2, v3 and v3.1 in the signing block.
//!
//! Formats: "APK Signature Scheme v2" and "v3" (source.android.com). Every field and list stands
//! behind its length, 32 bits, little-endian:
//!
//! ```text
//! signers  signer*
//! signer   signed data, [v3: lowest and highest API level], signatures, public key
//! signed   digests, certificates, [v3: lowest and highest API level], attributes
//! ```

use crate::bytes::{OutOfBounds, Reader};

/// Signers of one scheme that Android 14 and newer take.
pub(super) const SIGNERS: usize = 10;
/// Items a list of a signer may have; Android sets no limit, and nobody comes near.
#[cfg(feature = "verify")]
const ITEMS: usize = 64;

/// The first certificate of each signer, as far as the value can be read.
pub(super) fn certificates(value: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let Ok(mut signers) = prefixed(&mut Reader::new(value)) else {
        return found;
    };
    while found.len() < SIGNERS {
        let Ok(mut signer) = prefixed(&mut signers) else {
            break;
        };
        let certificate = prefixed(&mut signer).and_then(|mut signed| {
            let _digests = prefixed(&mut signed)?;
            prefixed(&mut prefixed(&mut signed)?)
        });
        if let Ok(certificate) = certificate
            && !certificate.is_empty()
        {
            found.push(certificate.rest());
        }
    }
    found
}

/// One signer.
#[cfg(feature = "verify")]
pub(super) struct Signer<'a> {
    /// Absolute offset in bytes.
    pub(super) offset: u64,
    /// What the signatures are over.
    pub(super) signed: &'a [u8],
    /// Lowest and highest API level, outside and inside of the signed data.
    pub(super) levels: Option<[Levels; 2]>,
    /// Algorithms and signatures.
    pub(super) signatures: Vec<(u32, &'a [u8])>,
    /// The key as a `SubjectPublicKeyInfo`.
    pub(super) key: &'a [u8],
    /// Algorithms and digests of the package.
    pub(super) digests: Vec<(u32, &'a [u8])>,
    /// Certificates, the signer's first.
    pub(super) certificates: Vec<&'a [u8]>,
    /// Ids and values.
    pub(super) attributes: Vec<(u32, &'a [u8])>,
}

/// A range of API levels, both included.
#[cfg(feature = "verify")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Levels {
    pub(super) lowest: u32,
    pub(super) highest: u32,
}

/// The signers in a value whose first byte has the absolute offset `origin`.
///
/// # Errors
/// At the first field that does not fit, or when there is more than a list may have.
#[cfg(feature = "verify")]
pub(super) fn signers(value: &[u8], origin: u64, with_levels: bool) -> Result<Vec<Signer<'_>>, OutOfBounds> {
    let mut all = prefixed(&mut Reader::with_origin(value, origin))?;
    let mut found = Vec::new();
    // One more than may be there is read, so that too many can be told.
    while !all.is_empty() && found.len() <= SIGNERS {
        let offset = all.offset();
        let signer = prefixed(&mut all)?;
        found.push(Signer::read(signer, offset, with_levels)?);
    }
    Ok(found)
}

#[cfg(feature = "verify")]
impl<'a> Signer<'a> {
    fn read(mut signer: Reader<'a>, offset: u64, with_levels: bool) -> Result<Self, OutOfBounds> {
        let mut signed = prefixed(&mut signer)?;
        let whole = signed.rest();
        let outside = with_levels.then(|| Levels::read(&mut signer)).transpose()?;
        let signatures = numbered(&mut signer, |item| Ok(prefixed(item)?.rest()))?;
        let key = prefixed(&mut signer)?.rest();
        let digests = numbered(&mut signed, |item| Ok(prefixed(item)?.rest()))?;
        let certificates = list(&mut signed, |item| Ok(item.rest()))?;
        let inside = with_levels.then(|| Levels::read(&mut signed)).transpose()?;
        let attributes = numbered(&mut signed, |item| Ok(item.rest()))?;
        Ok(Self {
            offset,
            signed: whole,
            levels: outside.zip(inside).map(|(outside, inside)| [outside, inside]),
            signatures,
            key,
            digests,
            certificates,
            attributes,
        })
    }

    /// The value of the attribute `id`.
    pub(super) fn attribute(&self, id: u32) -> Option<&'a [u8]> {
        self.attributes
            .iter()
            .find_map(|(known, value)| (*known == id).then_some(*value))
    }
}

#[cfg(feature = "verify")]
impl Levels {
    fn read(reader: &mut Reader<'_>) -> Result<Self, OutOfBounds> {
        let lowest = reader.u32()?;
        Ok(Self {
            lowest,
            highest: reader.u32()?,
        })
    }
}

/// A list of items that begin with a number.
#[cfg(feature = "verify")]
fn numbered<'a>(
    reader: &mut Reader<'a>,
    mut rest: impl FnMut(&mut Reader<'a>) -> Result<&'a [u8], OutOfBounds>,
) -> Result<Vec<(u32, &'a [u8])>, OutOfBounds> {
    list(reader, |item| Ok((item.u32()?, rest(item)?)))
}

/// A list of which each item stands behind its length.
#[cfg(feature = "verify")]
fn list<'a, T>(
    reader: &mut Reader<'a>,
    mut item: impl FnMut(&mut Reader<'a>) -> Result<T, OutOfBounds>,
) -> Result<Vec<T>, OutOfBounds> {
    let mut items = prefixed(reader)?;
    let mut found = Vec::new();
    while !items.is_empty() {
        if found.len() == ITEMS {
            let (offset, available) = (items.offset(), items.remaining() as u64);
            return Err(OutOfBounds {
                offset,
                wanted: 0,
                available,
            });
        }
        found.push(item(&mut prefixed(&mut items)?)?);
    }
    Ok(found)
}

/// The next field, of the length that stands before it.
pub(super) fn prefixed<'a>(reader: &mut Reader<'a>) -> Result<Reader<'a>, OutOfBounds> {
    let length = reader.u32()?;
    reader.sub(usize::try_from(length).unwrap_or(usize::MAX))
}
