//! X.509 certificates, and the one of the signer inside a PKCS #7 file.
//!
//! Only as much DER (X.690) is walked as leads to the fields wanted: `SignedData` (RFC 5652) to its
//! certificates and its first `SignerInfo`, a certificate (RFC 5280) to issuer, serial and subject.
//! Deviation: lengths of indefinite form (BER) are not read.

use std::borrow::Cow;

use sha2::{Digest, Sha256};
use x509_cert::der::Decode;
use x509_cert::name::RdnSequence;

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// The context-specific, constructed tag `[0]`.
const CONTEXT_0: u8 = 0xa0;
/// Certificates looked at in one file.
const CERTIFICATES: usize = 32;

/// A signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scheme {
    /// The JAR signature in META-INF.
    V1,
    /// APK Signature Scheme v2.
    V2,
    /// APK Signature Scheme v3.
    V3,
    /// APK Signature Scheme v3.1.
    V31,
}

impl Scheme {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scheme::V1 => "v1",
            Scheme::V2 => "v2",
            Scheme::V3 => "v3",
            Scheme::V31 => "v3.1",
        }
    }
}

/// A certificate the package claims to be signed with. Unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate<'a> {
    /// Where it was found.
    pub scheme: Scheme,
    /// Its DER encoding.
    pub der: Cow<'a, [u8]>,
}

impl<'a> Certificate<'a> {
    pub(super) fn new(scheme: Scheme, der: Cow<'a, [u8]>) -> Self {
        Self { scheme, der }
    }

    /// The SHA-256 of the DER encoding, as 64 hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        crate::hex::lower(&Sha256::digest(&self.der))
    }

    /// The subject in the form of RFC 4514; `None` when it cannot be parsed.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        let subject = Fields::of(&self.der)?.subject;
        Some(RdnSequence::from_der(subject).ok()?.to_string())
    }
}

/// The encoded fields of a certificate that name it.
struct Fields<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
}

impl<'a> Fields<'a> {
    fn of(certificate: &'a [u8]) -> Option<Self> {
        let outer = Element::read(certificate)?.tagged(SEQUENCE)?;
        let signed = Element::read(outer.contents)?.tagged(SEQUENCE)?;
        let mut elements = signed.children().peekable();
        // The version, absent in certificates of version 1.
        elements.next_if(|element| element.tag == CONTEXT_0);
        let serial = elements.next()?.tagged(INTEGER)?;
        let _algorithm = elements.next()?;
        let issuer = elements.next()?.tagged(SEQUENCE)?;
        let _validity = elements.next()?;
        let subject = elements.next()?.tagged(SEQUENCE)?;
        Some(Self {
            serial: serial.encoded,
            issuer: issuer.encoded,
            subject: subject.encoded,
        })
    }
}

/// The signer's certificate in a PKCS #7 file: the one that the first `SignerInfo` names by issuer
/// and serial number, or else the first.
pub(super) fn of_signed_data(file: &[u8]) -> Option<&[u8]> {
    let content = Element::read(file)?.tagged(SEQUENCE)?;
    let wrapper = content.children().nth(1)?.tagged(CONTEXT_0)?;
    let signed_data = Element::read(wrapper.contents)?.tagged(SEQUENCE)?;
    let certificates = signed_data.children().find(|element| element.tag == CONTEXT_0)?;
    let candidates = || {
        certificates
            .children()
            .filter(|element| element.tag == SEQUENCE)
            .map(|element| element.encoded)
            .take(CERTIFICATES)
    };
    // The digest algorithms, the other set, stand before the certificates.
    let signer = signed_data
        .children()
        .skip_while(|element| element.tag != CONTEXT_0)
        .find(|element| element.tag == SET)
        .and_then(|infos| infos.children().next());
    let named = signer
        .and_then(|info| info.children().nth(1))
        .and_then(|identity| {
            let mut fields = identity.children();
            Some((fields.next()?.encoded, fields.next()?.encoded))
        })
        .and_then(|(issuer, serial)| {
            candidates().find(|certificate| {
                Fields::of(certificate)
                    .is_some_and(|fields| fields.issuer == issuer && fields.serial == serial)
            })
        });
    named.or_else(|| candidates().next())
}

/// One DER element.
#[derive(Debug, Clone, Copy)]
struct Element<'a> {
    tag: u8,
    contents: &'a [u8],
    /// Tag, length and contents.
    encoded: &'a [u8],
}

impl<'a> Element<'a> {
    /// The element at the start of `data`.
    fn read(data: &'a [u8]) -> Option<Self> {
        let (&tag, rest) = data.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = digits
                    .iter()
                    .fold(0_u64, |sum, digit| sum << 8 | u64::from(*digit));
                (usize::try_from(length).ok()?, rest)
            }
            _ => return None,
        };
        let contents = rest.get(..length)?;
        let encoded = data.get(..data.len().checked_sub(rest.len())?.checked_add(length)?)?;
        Some(Self {
            tag,
            contents,
            encoded,
        })
    }

    fn tagged(self, tag: u8) -> Option<Self> {
        (self.tag == tag).then_some(self)
    }

    /// The elements inside, as far as they can be read.
    fn children(self) -> impl Iterator<Item = Element<'a>> {
        let mut rest = self.contents;
        std::iter::from_fn(move || {
            let element = Element::read(rest)?;
            rest = rest.get(element.encoded.len()..)?;
            Some(element)
        })
    }
}

#[cfg(test)]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]
mod tests {
    use super::*;

    fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
        let contents = contents.concat();
        let mut out = vec![tag, 0x82];
        out.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
        out.extend(contents);
        out
    }

    /// A name of one common name.
    fn name(text: &str) -> Vec<u8> {
        let text = [&[0x0c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let pair = [&[0x06, 3, 0x55, 4, 3][..], &text].concat();
        let pair = [&[SEQUENCE, u8::try_from(pair.len()).unwrap()][..], &pair].concat();
        let set = [&[SET, u8::try_from(pair.len()).unwrap()][..], &pair].concat();
        [&[SEQUENCE, u8::try_from(set.len()).unwrap()][..], &set].concat()
    }

    fn certificate(serial: u8, issuer: &str, subject: &str) -> Vec<u8> {
        let empty = element(SEQUENCE, &[]);
        let version = [CONTEXT_0, 3, 2, 1, 2];
        let serial = [INTEGER, 1, serial];
        let fields: [&[u8]; 6] = [&version, &serial, &empty, &name(issuer), &empty, &name(subject)];
        element(SEQUENCE, &[&element(SEQUENCE, &fields), &empty])
    }

    fn signed_data(certificates: &[&[u8]], issuer: &str, serial: u8) -> Vec<u8> {
        let identity = element(SEQUENCE, &[&name(issuer), &[INTEGER, 1, serial]]);
        let info = element(SEQUENCE, &[&[INTEGER, 1, 1], &identity]);
        let parts: [&[u8]; 5] = [
            &[INTEGER, 1, 1],
            &element(SET, &[]),
            &element(SEQUENCE, &[]),
            &element(CONTEXT_0, certificates),
            &element(SET, &[&info]),
        ];
        let content = element(CONTEXT_0, &[&element(SEQUENCE, &parts)]);
        element(SEQUENCE, &[&[6, 1, 1], &content])
    }

    #[test]
    fn the_signers_certificate_is_found_by_issuer_and_serial() {
        let authority = certificate(1, "authority", "authority");
        let signer = certificate(2, "authority", "signer");
        let file = signed_data(&[&authority, &signer], "authority", 2);
        assert_eq!(of_signed_data(&file), Some(&signer[..]));
        let file = signed_data(&[&authority, &signer], "nobody", 2);
        assert_eq!(of_signed_data(&file), Some(&authority[..]));
    }

    #[test]
    fn the_subject_is_read_and_the_rest_need_not_be_valid() {
        let der = certificate(2, "a", "Loan, Inc");
        let found = Certificate::new(Scheme::V2, der.into());
        assert_eq!(found.subject().as_deref(), Some("CN=Loan\\, Inc"));
    }

    #[test]
    fn broken_files_give_nothing() {
        let file = signed_data(&[&certificate(1, "a", "b")], "a", 1);
        for length in 0..file.len() {
            let _ = of_signed_data(&file[..length]);
        }
        assert_eq!(of_signed_data(&file[..file.len() - 1]), None);
        assert_eq!(of_signed_data(&[SEQUENCE, 0x80, 0, 0]), None);
        assert_eq!(of_signed_data(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert!(Element::read(&[2, 0x88, 1]).is_none());
    }
}
