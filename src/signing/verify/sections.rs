//! The text of `MANIFEST.MF` and of signature files: sections of attributes.
//!
//! Format: "JAR File Specification", *notes on manifest and signature files*, as apksig's
//! `ManifestParser` and Android's `StrictJarManifestReader` read it. A line that begins with a space
//! goes on with the line before; an empty line ends a section.

use std::ops::Range;

/// One section.
#[derive(Debug, Default)]
pub(super) struct Section<'t> {
    /// Where it stands in the text, the empty line behind it included.
    pub(super) range: Range<usize>,
    /// Names and values in their order, put together from their lines.
    attributes: Vec<(Line<'t>, Line<'t>)>,
}

/// Bytes of a line, or of several put together.
type Line<'t> = std::borrow::Cow<'t, [u8]>;

impl Section<'_> {
    /// The value of the first attribute called `name`; case does not count.
    pub(super) fn value(&self, name: &str) -> Option<&[u8]> {
        self.attributes
            .iter()
            .find_map(|(known, value)| known.eq_ignore_ascii_case(name.as_bytes()).then_some(&**value))
    }

    /// The entry it is about; none in the first section.
    pub(super) fn name(&self) -> Option<&[u8]> {
        self.value("Name")
    }
}

/// Reads `text` section by section.
pub(super) struct Sections<'t> {
    text: &'t [u8],
    at: usize,
    /// A line that was read to see whether it goes on with the one before.
    ahead: Option<(usize, &'t [u8])>,
}

impl<'t> Sections<'t> {
    pub(super) fn of(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            ahead: None,
        }
    }

    /// The next line, with the offset where it begins.
    fn line(&mut self) -> Option<(usize, &'t [u8])> {
        if let Some(line) = self.ahead.take() {
            return Some(line);
        }
        let begin = self.at;
        let rest = self.text.get(begin..).filter(|rest| !rest.is_empty())?;
        let length = rest
            .iter()
            .position(|byte| matches!(byte, b'\r' | b'\n'))
            .unwrap_or(rest.len());
        let ending = match rest.get(length..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        self.at = begin.saturating_add(length).saturating_add(ending);
        Some((begin, rest.get(..length)?))
    }

    /// Where the next line begins.
    fn offset(&self) -> usize {
        self.ahead.map_or(self.at, |(begin, _)| begin)
    }

    /// The next line together with those that go on with it.
    fn whole_line(&mut self) -> Option<(usize, Line<'t>)> {
        let (begin, line) = self.line()?;
        let mut whole = Line::Borrowed(line);
        if line.is_empty() {
            return Some((begin, whole));
        }
        while let Some((at, next)) = self.line() {
            match next {
                [b' ', more @ ..] => whole.to_mut().extend_from_slice(more),
                _ => {
                    self.ahead = Some((at, next));
                    break;
                }
            }
        }
        Some((begin, whole))
    }
}

impl<'t> Iterator for Sections<'t> {
    type Item = Section<'t>;

    fn next(&mut self) -> Option<Section<'t>> {
        // Empty lines before a section are passed over and belong to none.
        let (begin, mut line) =
            std::iter::from_fn(|| self.whole_line()).find(|(_, line)| !line.is_empty())?;
        let mut section = Section::default();
        loop {
            section.attributes.push(attribute(line));
            match self.whole_line() {
                Some((_, next)) if !next.is_empty() => line = next,
                _ => break,
            }
        }
        section.range = begin..self.offset();
        Some(section)
    }
}

/// Name and value; a line without a colon is all name.
fn attribute(line: Line<'_>) -> (Line<'_>, Line<'_>) {
    let Some(colon) = line.windows(2).position(|pair| pair == b": ") else {
        return (line, Line::default());
    };
    match line {
        Line::Borrowed(line) => {
            let (name, rest) = line.split_at(colon);
            (name.into(), rest.get(2..).unwrap_or_default().into())
        }
        Line::Owned(mut name) => {
            let value = name.split_off(colon);
            (name.into(), value.get(2..).unwrap_or_default().to_vec().into())
        }
    }
}

/// `bytes` in base 64 (RFC 4648) with padding.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for group in bytes.chunks(3) {
        let number = (0..3).fold(0_u32, |sum, at| {
            sum << 8 | group.get(at).copied().map_or(0, u32::from)
        });
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS.get((number >> shift & 63) as usize).copied();
            let is_there = at <= group.len();
            text.push(digit.filter(|_| is_there).unwrap_or(b'='));
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn sections_end_with_an_empty_line_and_lines_go_on_behind_a_space() {
        let text = b"A: 1\r\nB\r\n\r\nName: long\n er\n  name\nX-Digest: =\n\n\nName: last";
        let sections: Vec<_> = Sections::of(text).collect();
        assert_eq!(sections.len(), 3);
        assert_eq!(sections[0].value("a"), Some(&b"1"[..]));
        assert_eq!(sections[0].value("B"), Some(&b""[..]));
        assert_eq!(&text[sections[0].range.clone()], b"A: 1\r\nB\r\n\r\n");
        assert_eq!(sections[1].name(), Some(&b"longer name"[..]));
        assert_eq!(
            &text[sections[1].range.clone()],
            b"Name: long\n er\n  name\nX-Digest: =\n\n"
        );
        assert_eq!(sections[2].name(), Some(&b"last"[..]));
        assert_eq!(sections[2].range.end, text.len());
        assert!(Sections::of(b"\n\n\r\n").next().is_none());
    }

    #[test]
    fn base_64_is_filled_up() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text.as_bytes());
        }
    }
}
