//! A walker over DER elements (X.690), as far as certificates and PKCS #7 files need one.
//!
//! Deviation: lengths of the indefinite form (BER) are not read; lengths longer than needed are.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// The context-specific, constructed tag `[0]`.
pub(super) const CONTEXT_0: u8 = 0xa0;

/// One element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) contents: &'a [u8],
    /// Tag, length and contents.
    pub(super) encoded: &'a [u8],
}

impl<'a> Element<'a> {
    /// The element at the start of `data`.
    pub(super) fn read(data: &'a [u8]) -> Option<Self> {
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

    pub(super) fn tagged(self, tag: u8) -> Option<Self> {
        (self.tag == tag).then_some(self)
    }

    /// The elements inside, as far as they can be read.
    pub(super) fn children(self) -> impl Iterator<Item = Element<'a>> {
        let mut rest = self.contents;
        std::iter::from_fn(move || {
            let element = Element::read(rest)?;
            rest = rest.get(element.encoded.len()..)?;
            Some(element)
        })
    }

    /// The first element inside, of the kind `tag`.
    pub(super) fn first(self, tag: u8) -> Option<Element<'a>> {
        self.children().next()?.tagged(tag)
    }

    /// The digits of an unsigned integer, most significant first, without leading zeros.
    pub(super) fn digits(self) -> Option<&'a [u8]> {
        let digits = self.tagged(INTEGER)?.contents;
        let is_negative = digits.first().is_none_or(|first| *first > 0x7f);
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.get(zeros..).filter(|_| !is_negative)
    }

    /// The bytes of a bit string of whole bytes.
    pub(super) fn bits(self) -> Option<&'a [u8]> {
        let (unused, bytes) = self.tagged(BIT_STRING)?.contents.split_first()?;
        (*unused == 0).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        assert!(Element::read(&[SEQUENCE, 0x80, 0, 0]).is_none());
        assert!(Element::read(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff]).is_none());
        assert!(Element::read(&[INTEGER, 0x88, 1]).is_none());
        assert!(Element::read(&[INTEGER, 2, 1]).is_none());
        let long = Element::read(&[INTEGER, 0x82, 0, 1, 7, 9]).unwrap();
        assert_eq!((long.contents, long.encoded.len()), (&[7][..], 5));
    }

    #[test]
    fn numbers_and_bits_are_those_of_whole_bytes() {
        let digits = |bytes| Element::read(bytes).and_then(Element::digits);
        assert_eq!(digits(&[INTEGER, 3, 0, 0x80, 1]), Some(&[0x80, 1][..]));
        assert_eq!(digits(&[INTEGER, 1, 0x80]), None, "negative");
        assert_eq!(digits(&[INTEGER, 0]), None);
        let bits = |bytes| Element::read(bytes).and_then(Element::bits);
        assert_eq!(bits(&[BIT_STRING, 2, 0, 5]), Some(&[5][..]));
        assert_eq!(bits(&[BIT_STRING, 2, 3, 8]), None);
    }
}
