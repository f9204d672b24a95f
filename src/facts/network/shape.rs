//! The form of a key: plain text and places for digits, letters and the like.
//!
//! `1:{digits}:android:{hex}` is the form of a Firebase app id. A place is a class in braces, with its
//! length behind a colon where that is fixed (`{hex:32}`) or bounded (`{digits:8-20}`). A place takes as
//! many characters as it can, so what stands behind one must begin with something it does not take.

use thiserror::Error;

/// A form that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// A brace that is not closed.
    #[error("a brace is not closed")]
    Open,
    /// A class that is not known.
    #[error("`{0}` is no class; there are digits, hex, lower, alnum, token and name")]
    Class(String),
    /// A length that is none.
    #[error("`{0}` is no length; write `32` or `8-20`")]
    Length(String),
    /// A place takes what stands behind it.
    #[error("what stands behind a place must begin with something the place does not take")]
    Greedy,
}

/// What may stand in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Digits,
    Hex,
    Lower,
    Alnum,
    Token,
    Name,
}

impl Class {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "digits" => Self::Digits,
            "hex" => Self::Hex,
            "lower" => Self::Lower,
            "alnum" => Self::Alnum,
            "token" => Self::Token,
            "name" => Self::Name,
            _ => return None,
        })
    }

    /// Letters and digits of ASCII: `hex` and `lower` in lower case, `name` with hyphens, `token` with
    /// hyphens and underscores.
    fn takes(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Lower => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Token => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Name => byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-',
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Place { class: Class, least: usize, most: usize },
}

/// Longest place without a bound, in bytes.
const LONGEST: usize = 256;

/// The form of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape(Vec<Part>);

impl Shape {
    /// Reads a form.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ShapeError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (plain, place) = rest.split_once('{').map_or((rest, None), |(a, b)| (a, Some(b)));
            if !plain.is_empty() {
                parts.push(Part::Text(plain.to_owned()));
            }
            let Some(place) = place else {
                break;
            };
            let (inner, behind) = place.split_once('}').ok_or(ShapeError::Open)?;
            parts.push(read_place(inner)?);
            rest = behind;
        }
        for pair in parts.windows(2) {
            let first = match pair.get(1) {
                Some(Part::Text(text)) => text.bytes().next(),
                _ => None,
            };
            if let Some(Part::Place { class, least, most }) = pair.first()
                && (*least < *most)
                && first.is_none_or(|first| class.takes(first))
            {
                return Err(ShapeError::Greedy);
            }
        }
        Ok(Self(parts))
    }

    /// The text every key of this form begins with.
    #[must_use]
    pub fn start(&self) -> &str {
        match self.0.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether all of `text` has this form.
    #[must_use]
    pub fn is_whole(&self, text: &str) -> bool {
        self.match_start(text) == Some(text.len())
    }

    /// The length in bytes of the key that `text` begins with, when nothing that could belong to it
    /// follows.
    #[must_use]
    pub fn match_start(&self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut at = 0_usize;
        for part in &self.0 {
            let rest = bytes.get(at..)?;
            let length = match part {
                Part::Text(text) => rest.starts_with(text.as_bytes()).then_some(text.len())?,
                Part::Place { class, least, most } => {
                    let length = rest
                        .iter()
                        .take(*most)
                        .take_while(|byte| class.takes(**byte))
                        .count();
                    (length >= *least).then_some(length)?
                }
            };
            at = at.saturating_add(length);
        }
        let follows = bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        (!follows).then_some(at)
    }
}

fn read_place(inner: &str) -> Result<Part, ShapeError> {
    let (name, length) = inner.split_once(':').map_or((inner, None), |(a, b)| (a, Some(b)));
    let class = Class::from_name(name).ok_or_else(|| ShapeError::Class(name.to_owned()))?;
    let (least, most) = match length {
        None => (1, LONGEST),
        Some(text) => {
            let (least, most) = text.split_once('-').unwrap_or((text, text));
            let number = |part: &str| part.parse().map_err(|_| ShapeError::Length(text.to_owned()));
            (number(least)?, number(most)?)
        }
    };
    if least > most || most > LONGEST {
        return Err(ShapeError::Length(length.unwrap_or_default().to_owned()));
    }
    Ok(Part::Place { class, least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_takes_keys_and_nothing_else() {
        for (shape, text, expected) in [
            ("1:{digits}:android:{hex}", "1:1234:android:ab12", true),
            ("1:{digits}:android:{hex}", "1:1234:ios:ab12", false),
            ("1:{digits}:android:{hex}", "1:1234:android:AB12", false),
            ("AIza{token:35}", "AIzaSyA1234567890abcdefghijklmnopqrs-_x", true),
            ("AIza{token:35}", "AIzaSyA1234567890abcdefghijklmnopqrs-_", false),
            (
                "AIza{token:35}",
                "AIzaSyA1234567890abcdefghijklmnopqrs-_xy",
                false,
            ),
            ("{name}.appspot.com", "my-app.appspot.com", true),
            ("{name}.appspot.com", "a.b.appspot.com", false),
            ("{hex:24}", "0123456789abcdef01234567", true),
            ("{digits:3-5}", "12", false),
            ("{digits:3-5}", "12345", true),
            ("{digits:3-5}", "123456", false),
        ] {
            assert_eq!(
                Shape::parse(shape).unwrap().is_whole(text),
                expected,
                "{shape}: {text}"
            );
        }
    }

    #[test]
    fn a_key_at_the_beginning_of_a_text_ends_where_its_form_ends() {
        let shape = Shape::parse("ca-app-pub-{digits:16}~{digits:10}").unwrap();
        assert_eq!(shape.start(), "ca-app-pub-");
        let key = "ca-app-pub-1234567890123456~1234567890";
        assert_eq!(shape.match_start(&format!("{key}\"}}")), Some(key.len()));
        assert_eq!(shape.match_start(&format!("{key}1")), None);
    }

    #[test]
    fn forms_that_cannot_match_are_refused() {
        for (shape, error) in [
            ("a{hex", ShapeError::Open),
            ("{word}", ShapeError::Class("word".to_owned())),
            ("{hex:x}", ShapeError::Length("x".to_owned())),
            ("{hex:9-3}", ShapeError::Length("9-3".to_owned())),
            ("{hex}a", ShapeError::Greedy),
            ("{hex}{digits}", ShapeError::Greedy),
        ] {
            assert_eq!(Shape::parse(shape), Err(error), "{shape}");
        }
        assert!(Shape::parse("{hex:4}a{digits:2}{hex}").is_ok());
    }
}
