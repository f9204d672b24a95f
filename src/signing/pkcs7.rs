//! PKCS #7 signed data (RFC 2315, RFC 5652), the form of a JAR signature.
//!
//! Android finds a signer's certificate by issuer and serial number and knows no other way.

#![cfg_attr(
    not(feature = "verify"),
    allow(dead_code, reason = "most of it is read for verification")
)]

use super::certificate::{Fields, is_same_name};
use super::der::{CONTEXT_0, Element, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET};

/// Certificates and signers looked at in one file.
const MOST: usize = 32;

/// What a JAR signature file holds.
pub(super) struct SignedData<'a> {
    /// Contents of the identifier of what is signed.
    pub(super) content_type: &'a [u8],
    /// The certificates.
    pub(super) certificates: Vec<&'a [u8]>,
    /// The signers; their elements as far as they can be read.
    pub(super) signers: Vec<Option<SignerInfo<'a>>>,
}

/// One signer.
pub(super) struct SignerInfo<'a> {
    issuer: &'a [u8],
    serial: &'a [u8],
    /// Contents of the identifier of the digest algorithm.
    pub(super) digest: &'a [u8],
    /// The signed attributes with their tag and length.
    pub(super) attributes: Option<Element<'a>>,
    /// Contents of the identifier of the signature algorithm.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> SignedData<'a> {
    pub(super) fn read(file: &'a [u8]) -> Option<Self> {
        let content = Element::read(file)?.tagged(SEQUENCE)?;
        let wrapper = content.children().nth(1)?.tagged(CONTEXT_0)?;
        let signed_data = Element::read(wrapper.contents)?.tagged(SEQUENCE)?;
        let mut parts = signed_data.children().peekable();
        let _version = parts.next()?.tagged(INTEGER)?;
        let _algorithms = parts.next()?.tagged(SET)?;
        let content_type = parts.next()?.first(OBJECT_IDENTIFIER)?.contents;
        let certificates = parts
            .next_if(|element| element.tag == CONTEXT_0)
            .into_iter()
            .flat_map(Element::children)
            .filter(|element| element.tag == SEQUENCE)
            .map(|element| element.encoded)
            .take(MOST)
            .collect();
        let signers = parts
            .find(|element| element.tag == SET)
            .into_iter()
            .flat_map(Element::children)
            .map(SignerInfo::read)
            .take(MOST)
            .collect();
        Some(Self {
            content_type,
            certificates,
            signers,
        })
    }

    /// The certificate that `signer` names.
    pub(super) fn certificate(&self, signer: &SignerInfo<'_>) -> Option<&'a [u8]> {
        self.certificates.iter().copied().find(|certificate| {
            Fields::of(certificate).is_some_and(|fields| {
                fields.serial == signer.serial && is_same_name(fields.issuer, signer.issuer)
            })
        })
    }

    /// The certificate of the first signer, or else the first.
    pub(super) fn first_certificate(&self) -> Option<&'a [u8]> {
        let signer = self.signers.first().and_then(Option::as_ref);
        signer
            .and_then(|signer| self.certificate(signer))
            .or_else(|| self.certificates.first().copied())
    }
}

impl<'a> SignerInfo<'a> {
    fn read(element: Element<'a>) -> Option<Self> {
        let mut parts = element.tagged(SEQUENCE)?.children().peekable();
        let _version = parts.next()?.tagged(INTEGER)?;
        let mut identity = parts.next()?.tagged(SEQUENCE)?.children();
        let issuer = identity.next()?.encoded;
        let serial = identity.next()?.tagged(INTEGER)?.contents;
        let digest = parts.next()?.first(OBJECT_IDENTIFIER)?.contents;
        let attributes = parts.next_if(|element| element.tag == CONTEXT_0);
        let algorithm = parts.next()?.first(OBJECT_IDENTIFIER)?.contents;
        let signature = parts.next()?.tagged(OCTET_STRING)?.contents;
        Some(Self {
            issuer,
            serial,
            digest,
            attributes,
            algorithm,
            signature,
        })
    }

    /// The values of the signed attribute `identifier`; `None` when it is not there just once.
    pub(super) fn attribute(&self, identifier: &[u8]) -> Option<Element<'a>> {
        let mut found = self.attributes?.children().filter_map(|attribute| {
            let mut parts = attribute.tagged(SEQUENCE)?.children();
            let id = parts.next()?.tagged(OBJECT_IDENTIFIER)?;
            (id.contents == identifier).then(|| parts.next()?.tagged(SET))
        });
        let values = found.next()??;
        let mut values = values.children();
        let value = values.next()?;
        (found.next().is_none() && values.next().is_none()).then_some(value)
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
        let contents = contents.concat();
        let mut out = vec![tag, 0x82];
        out.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
        out.extend(contents);
        out
    }

    fn certificate(serial: u8, issuer: &str) -> Vec<u8> {
        let empty = element(SEQUENCE, &[]);
        let name = element(SEQUENCE, &[issuer.as_bytes()]);
        let serial = [INTEGER, 1, serial];
        let fields: [&[u8]; 5] = [&serial, &empty, &name, &empty, &empty];
        element(SEQUENCE, &[&element(SEQUENCE, &fields), &empty])
    }

    fn signed_data(certificates: &[&[u8]], issuer: &str, serial: u8) -> Vec<u8> {
        let name = element(SEQUENCE, &[issuer.as_bytes()]);
        let identity = element(SEQUENCE, &[&name, &[INTEGER, 1, serial]]);
        let algorithm = element(SEQUENCE, &[&[OBJECT_IDENTIFIER, 1, 1]]);
        let info: [&[u8]; 5] = [
            &[INTEGER, 1, 1],
            &identity,
            &algorithm,
            &algorithm,
            &[OCTET_STRING, 1, 9],
        ];
        let info = element(SEQUENCE, &info);
        let parts: [&[u8]; 5] = [
            &[INTEGER, 1, 1],
            &element(SET, &[]),
            &element(SEQUENCE, &[&[OBJECT_IDENTIFIER, 1, 7]]),
            &element(CONTEXT_0, certificates),
            &element(SET, &[&info]),
        ];
        let content = element(CONTEXT_0, &[&element(SEQUENCE, &parts)]);
        element(SEQUENCE, &[&[OBJECT_IDENTIFIER, 1, 1], &content])
    }

    #[test]
    fn the_signers_certificate_is_found_by_issuer_and_serial() {
        let (authority, signer) = (certificate(1, "authority"), certificate(2, "authority"));
        let file = signed_data(&[&authority, &signer], "authority", 2);
        let data = SignedData::read(&file).unwrap();
        assert_eq!(data.first_certificate(), Some(&signer[..]));
        let info = data.signers[0].as_ref().unwrap();
        assert_eq!((info.signature, info.attributes.is_none()), (&[9][..], true));
        let file = signed_data(&[&authority, &signer], "nobody", 2);
        let data = SignedData::read(&file).unwrap();
        assert_eq!(data.first_certificate(), Some(&authority[..]));
        assert!(data.certificate(data.signers[0].as_ref().unwrap()).is_none());
    }

    #[test]
    fn a_file_that_is_cut_off_gives_nothing() {
        let file = signed_data(&[&certificate(1, "a")], "a", 1);
        for length in 0..file.len() {
            assert!(SignedData::read(&file[..length]).is_none(), "{length}");
        }
    }
}
