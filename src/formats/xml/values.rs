//! Resource values written as XML: the files in `res/values*/` of an app's sources and of decoded apps.
//!
//! Format: "App resources overview" and "String resources" (developer.android.com); quotes, spaces and
//! escapes are read as `StringBuilder` in AOSP `tools/aapt2/ResourceUtils.cpp` reads them. Only
//! strings, arrays and plurals are taken; what stands in tags within a text belongs to it.
//!
//! Known deviations: of a text that cannot be read to its end the beginning is taken; entities other
//! than the five of XML stay as written.

use std::sync::Arc;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::decode;
use crate::limits::{Budget, Limits};

/// One text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextValue {
    /// Type of the resource: `string`, `array` or `plurals`.
    pub kind: &'static str,
    /// Its name.
    pub name: Arc<str>,
    /// Whether it is all of the value, and not one item of several.
    pub is_whole: bool,
    /// The text, or a reference such as `@string/other`.
    pub text: String,
}

/// The texts of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// In their order.
    pub texts: Vec<TextValue>,
    /// Whether the file is a document that could be read to its end.
    pub is_whole: bool,
}

/// The texts in one file.
///
/// # Limits
/// Texts together with their names take no more than the file; their number is bounded by
/// [`Limits::xml_nodes`] and the budget. `None` when the budget ended first.
#[must_use]
pub fn texts(data: &[u8], limits: &Limits, budget: &mut Budget) -> Option<Texts> {
    let text = decode(data);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    reader.config_mut().allow_dangling_amp = true;
    let mut found = Found::default();
    let mut has_root = false;
    let is_ended = loop {
        if !budget.steps(1) || found.texts.len() >= limits.xml_nodes {
            return None;
        }
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                has_root = true;
                found.start(&tag);
            }
            Ok(Event::Empty(_)) => has_root = true,
            Ok(Event::End(_)) => found.end(),
            Ok(Event::Text(text)) => found.add(&text.xml10_content()),
            Ok(Event::CData(text)) => found.add(&text.xml10_content()),
            Ok(Event::GeneralRef(name)) => found.add_reference(&name),
            Ok(Event::Eof) => break found.depth == 0,
            Err(_) => break false,
            Ok(_) => {}
        }
    };
    Some(Texts {
        texts: found.texts,
        is_whole: is_ended && has_root,
    })
}

/// Depth at which resources stand: below `resources`.
const RESOURCE: usize = 1;

#[derive(Default)]
struct Found {
    texts: Vec<TextValue>,
    depth: usize,
    /// Kind and name of the resource that is open.
    resource: Option<(&'static str, Arc<str>)>,
    /// Depth of the element whose text is gathered.
    gathering: Option<usize>,
    text: String,
}

impl Found {
    fn start(&mut self, tag: &BytesStart<'_>) {
        let name = tag.name();
        let name = name.as_ref();
        if self.depth == RESOURCE {
            let kind = match name {
                "string" => Some("string"),
                "item" if attribute(tag, "type").as_deref() == Some("string") => Some("string"),
                "array" | "string-array" => Some("array"),
                "plurals" => Some("plurals"),
                _ => None,
            };
            self.resource = kind.zip(attribute(tag, "name").map(Arc::from));
        }
        let is_string = self.resource.as_ref().is_some_and(|(kind, _)| *kind == "string");
        let at = if is_string {
            RESOURCE
        } else {
            RESOURCE.saturating_add(1)
        };
        if self.resource.is_some() && self.depth == at {
            self.gathering = Some(self.depth);
            self.text.clear();
        }
        self.depth = self.depth.saturating_add(1);
    }

    fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.gathering == Some(self.depth) {
            self.gathering = None;
            if let Some((kind, name)) = &self.resource {
                self.texts.push(TextValue {
                    kind,
                    name: name.clone(),
                    is_whole: self.depth == RESOURCE,
                    text: unescape(&std::mem::take(&mut self.text)),
                });
            }
        }
        if self.depth <= RESOURCE {
            self.resource = None;
        }
    }

    fn add(&mut self, text: &str) {
        if self.gathering.is_some() {
            self.text.push_str(text);
        }
    }

    /// Adds what a reference such as `&lt;` or `&#39;` stands for.
    fn add_reference(&mut self, name: &quick_xml::events::BytesRef<'_>) {
        if let Ok(Some(character)) = name.resolve_char_ref() {
            self.add(character.encode_utf8(&mut [0; 4]));
        } else if let Some(text) = resolve_predefined_entity(name) {
            self.add(text);
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let attributes = attributes.with_checks(false).flatten();
    let found = attributes
        .into_iter()
        .find(|attribute| attribute.key.as_ref() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0);
    Some(value.unwrap_or(found.value).into_owned())
}

/// The text that is meant: escapes resolved, quotation marks taken off, spaces outside of them
/// joined.
fn unescape(text: &str) -> String {
    let mut meant = String::with_capacity(text.len());
    let mut is_quoted = false;
    let mut space = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character.is_whitespace() && !is_quoted {
            space = true;
            continue;
        }
        if std::mem::take(&mut space) && !meant.is_empty() {
            meant.push(' ');
        }
        match character {
            '"' => is_quoted = !is_quoted,
            '\\' => match characters.next() {
                Some('n') => meant.push('\n'),
                Some('t') => meant.push('\t'),
                Some('u') => {
                    let digits: String = characters.by_ref().take(4).collect();
                    let number = u32::from_str_radix(&digits, 16).ok();
                    meant.extend(number.and_then(char::from_u32));
                }
                Some(other) => meant.push(other),
                None => {}
            },
            other => meant.push(other),
        }
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, bool)> {
        let limits = Limits::default();
        let found = texts(text.as_bytes(), &limits, &mut Budget::new(&limits)).unwrap();
        let row = |value: TextValue| {
            (
                format!("{}/{}", value.kind, value.name),
                value.text,
                value.is_whole,
            )
        };
        found.texts.into_iter().map(row).collect()
    }

    fn row(name: &str, text: &str, is_whole: bool) -> (String, String, bool) {
        (name.to_owned(), text.to_owned(), is_whole)
    }

    #[test]
    fn reads_strings_arrays_and_plurals() {
        let found = read(
            r#"<?xml version="1.0" encoding="utf-8"?>
            <resources>
              <string name="a">Pinjam <b>uang</b> &amp; cepat</string>
              <item type="string" name="b">@string/a</item>
              <dimen name="no">4dp</dimen>
              <string-array name="c"><item>one</item><item>two</item></string-array>
              <plurals name="d"><item quantity="other">%d loans</item></plurals>
              <style name="e"><item name="f">no</item></style>
              <string name="g"><![CDATA[<i>x</i>]]></string>
            </resources>"#,
        );
        assert_eq!(
            found,
            [
                row("string/a", "Pinjam uang & cepat", true),
                row("string/b", "@string/a", true),
                row("array/c", "one", false),
                row("array/c", "two", false),
                row("plurals/d", "%d loans", false),
                row("string/g", "<i>x</i>", true),
            ]
        );
    }

    #[test]
    fn escapes_and_quotation_marks_are_those_of_the_compiler() {
        assert_eq!(unescape(r"  it\'s   \u0041\n "), "it's A\n");
        assert_eq!(unescape("\"  two  spaces \" x"), "  two  spaces  x");
        assert_eq!(unescape(r"\u00"), "\0");
        assert_eq!(unescape("\\"), "");
    }

    #[test]
    fn what_is_cut_off_ends_quietly() {
        assert_eq!(
            read("<resources><string name='a'>x</string><string name='b'>y"),
            [row("string/a", "x", true)]
        );
        assert!(read("no tags <").is_empty());
        assert!(read("</a></b><resources/>").is_empty());
    }

    #[test]
    fn a_document_is_whole_when_all_of_it_is_closed() {
        let limits = Limits::default();
        for (text, expected) in [
            ("<resources/>", true),
            (
                "<resources><string name='a'>x &amp; y</string></resources>\n",
                true,
            ),
            ("<resources><string name='a'>x</string>", false),
            ("<resources><string name='a'>x</str", false),
            ("<resources", false),
            ("no tags <", false),
            ("no tags", false),
            ("", false),
        ] {
            let found = texts(text.as_bytes(), &limits, &mut Budget::new(&limits)).unwrap();
            assert_eq!(found.is_whole, expected, "{text}");
        }
    }

    #[test]
    fn a_budget_that_ends_is_told() {
        let limits = Limits {
            steps: 3,
            ..Limits::default()
        };
        let text = b"<resources><string name='a'>x</string><string name='a'>x</string></resources>";
        assert_eq!(texts(text, &limits, &mut Budget::new(&limits)), None);
    }
}
