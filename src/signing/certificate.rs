//! X.509 certificates (RFC 5280): who is named, until when, and with what key.
//!
//! Only as much is walked as leads to the fields, so a certificate that is broken elsewhere is still
//! told from others. Its own signature is of no interest: Android knows no authority for apps.

use std::borrow::Cow;

use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_cert::der::Decode;
use x509_cert::name::RdnSequence;
use x509_cert::time::Time;

use super::Scheme;
use super::der::{CONTEXT_0, Element, INTEGER, SEQUENCE};
use super::key::{Key, PublicKey};

/// A certificate the package is signed with, or claims to be.
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

    /// The SHA-1 of the DER encoding, as 40 hexadecimal digits.
    #[must_use]
    pub fn sha1(&self) -> String {
        crate::hex::lower(&Sha1::digest(&self.der))
    }

    /// The subject in the form of RFC 4514; `None` when it cannot be parsed.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        name(Fields::of(&self.der)?.subject)
    }

    /// The issuer in the form of RFC 4514; `None` when it cannot be parsed.
    #[must_use]
    pub fn issuer(&self) -> Option<String> {
        name(Fields::of(&self.der)?.issuer)
    }

    /// Whether subject and issuer are written alike.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        Fields::of(&self.der).is_some_and(|fields| fields.subject == fields.issuer)
    }

    /// The serial number as hexadecimal digits, as it is written.
    #[must_use]
    pub fn serial(&self) -> Option<String> {
        Some(crate::hex::lower(Fields::of(&self.der)?.serial))
    }

    /// Beginning and end of the validity in the form of RFC 3339, each as far as it can be parsed.
    /// Android does not look at either.
    #[must_use]
    pub fn validity(&self) -> (Option<String>, Option<String>) {
        let mut times = Fields::of(&self.der)
            .into_iter()
            .flat_map(|fields| fields.validity.children());
        let mut next = || {
            let time = Time::from_der(times.next()?.encoded).ok()?;
            Some(time.to_date_time().to_string())
        };
        (next(), next())
    }

    /// The public key; `None` when it cannot be parsed.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        PublicKey::read(Fields::of(&self.der)?.key)?.description()
    }
}

/// Whether two encoded names are of the same thing, be it in other kinds of strings or in other case.
pub(super) fn is_same_name(one: &[u8], other: &[u8]) -> bool {
    let plain = |encoded| name(encoded).map(|name| name.to_lowercase());
    one == other || plain(one).is_some_and(|one| plain(other) == Some(one))
}

fn name(encoded: &[u8]) -> Option<String> {
    Some(RdnSequence::from_der(encoded).ok()?.to_string())
}

/// The encoded fields of a certificate.
pub(super) struct Fields<'a> {
    /// The number's contents.
    pub(super) serial: &'a [u8],
    pub(super) issuer: &'a [u8],
    validity: Element<'a>,
    subject: &'a [u8],
    /// The `SubjectPublicKeyInfo`.
    pub(super) key: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(certificate: &'a [u8]) -> Option<Self> {
        let outer = Element::read(certificate)?.tagged(SEQUENCE)?;
        let signed = outer.first(SEQUENCE)?;
        let mut elements = signed.children().peekable();
        // The version, absent in certificates of version 1.
        elements.next_if(|element| element.tag == CONTEXT_0);
        let serial = elements.next()?.tagged(INTEGER)?;
        let _algorithm = elements.next()?;
        let issuer = elements.next()?.tagged(SEQUENCE)?;
        let validity = elements.next()?;
        let subject = elements.next()?.tagged(SEQUENCE)?;
        let key = elements.next().map_or(&[][..], |key| key.encoded);
        Some(Self {
            serial: serial.contents,
            issuer: issuer.encoded,
            validity,
            subject: subject.encoded,
            key,
        })
    }
}
