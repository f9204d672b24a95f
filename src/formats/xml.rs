//! XML written as text, read by quick-xml into the same tree as binary XML.
//!
//! Android installs no package with such a manifest; decompiled apps and bundles of app sources
//! carry them, as do assets. Format: XML 1.0 with namespaces.
//!
//! Known deviations: mismatched end tags close the innermost element, attributes that cannot be
//! read are left out, and references to entities other than the five of XML stay as written.
//! Offsets count bytes of the text as UTF-8, also where the file is UTF-16.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

pub mod values;

use std::borrow::Cow;
use std::sync::Arc;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use thiserror::Error;

use super::document::{Attribute, Document, Element, Value};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::formats::text::letters_of_utf16;
use crate::limits::{Budget, Limits};

/// Prefixes that may be bound at one place in a document.
const PREFIXES: usize = 256;

/// Why a document cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XmlError {
    /// No element was found.
    #[error("no element in the text, read up to offset {offset}")]
    NoElement {
        /// Absolute offset where reading ended, in bytes.
        offset: u64,
    },
}

/// Parses XML written as text in UTF-8 or, behind a byte order mark, in UTF-16.
///
/// # Errors
/// When no element can be found.
///
/// # Limits
/// Elements and attributes together are bounded by [`Limits::xml_nodes`], nesting by
/// [`Limits::xml_depth`], both by the budget.
pub fn parse(
    data: &[u8],
    limits: &Limits,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> Result<Document, XmlError> {
    let text = decode(data);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    reader.config_mut().allow_dangling_amp = true;
    let mut builder = Builder {
        limits,
        budget,
        anomalies,
        document: Document::new(true),
        open: Vec::new(),
        too_deep: 0,
        prefixes: Vec::new(),
        nodes: 0,
        lines: Lines::new(text.as_bytes()),
    };
    let mut offset = 0;
    loop {
        let next = reader.buffer_position();
        let more = match reader.read_event() {
            Ok(Event::Start(tag)) => builder.start(&tag, offset),
            Ok(Event::Empty(tag)) => {
                let more = builder.start(&tag, offset);
                builder.end(offset);
                more
            }
            Ok(Event::End(_)) => {
                builder.end(offset);
                true
            }
            Ok(Event::Text(text)) => {
                builder.text(&text.xml10_content());
                true
            }
            Ok(Event::CData(text)) => {
                builder.text(&text.xml10_content());
                true
            }
            Ok(Event::Eof) => false,
            Ok(_) => true,
            Err(_) => {
                builder.anomalies.at(AnomalyKind::AxmlTruncated, next);
                false
            }
        };
        offset = reader.buffer_position();
        if !more {
            break;
        }
    }
    if !builder.open.is_empty() {
        builder
            .anomalies
            .of(AnomalyKind::AxmlTruncated, "unclosed element");
    }
    let document = builder.document;
    if document.root().is_none() {
        return Err(XmlError::NoElement { offset });
    }
    Ok(document)
}

fn decode(data: &[u8]) -> Cow<'_, str> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        Cow::Owned(letters_of_utf16(units).collect())
    };
    match data {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(data),
    }
}

/// Counts lines up to offsets that only grow.
struct Lines<'t> {
    text: &'t [u8],
    offset: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
        }
    }

    fn at(&mut self, offset: u64) -> u32 {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.get(self.offset..offset).unwrap_or_default();
        let count = memchr::memchr_iter(b'\n', passed).count();
        self.line = self.line.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.offset = offset.max(self.offset);
        self.line
    }
}

struct Builder<'c, 't> {
    limits: &'c Limits,
    budget: &'c mut Budget,
    anomalies: &'c mut Anomalies,
    document: Document,
    open: Vec<u32>,
    too_deep: usize,
    /// Prefixes bound so far, each with the number of elements open at its place.
    prefixes: Vec<(usize, Arc<str>, Arc<str>)>,
    nodes: usize,
    lines: Lines<'t>,
}

impl Builder<'_, '_> {
    fn start(&mut self, tag: &BytesStart<'_>, offset: u64) -> bool {
        if self.open.len() >= self.limits.xml_depth || self.too_deep > 0 {
            self.anomalies.at(AnomalyKind::AxmlNesting, offset);
            self.too_deep = self.too_deep.saturating_add(1);
            return true;
        }
        let Some(pairs) = self.pairs(tag, offset) else {
            return false;
        };
        for (key, value) in &pairs {
            let bound = if *key == "xmlns" {
                Some("")
            } else {
                key.strip_prefix("xmlns:")
            };
            if let Some(prefix) = bound.filter(|_| self.prefixes.len() < PREFIXES) {
                self.prefixes
                    .push((self.open.len(), prefix.into(), value.as_ref().into()));
            }
        }
        let attributes = pairs
            .iter()
            .filter(|(key, _)| *key != "xmlns" && !key.starts_with("xmlns:"))
            .map(|(key, value)| {
                let (namespace, name) = self.qualified(key, false);
                Attribute {
                    namespace,
                    name,
                    resource_id: None,
                    value: Value::String(value.as_ref().into()),
                    raw: None,
                    offset,
                }
            })
            .collect();
        let tag_name = tag.name();
        let (namespace, name) = self.qualified(tag_name.as_ref(), true);
        let parent = self.open.last().copied();
        if parent.is_none() && self.document.root().is_some() {
            self.anomalies.at(AnomalyKind::AxmlNesting, offset);
        }
        let element = Element {
            namespace,
            name,
            attributes,
            line: Some(self.lines.at(offset)),
            offset,
            ..Element::default()
        };
        match self.document.push(parent, element) {
            Some(index) => self.open.push(index),
            None => return false,
        }
        true
    }

    /// Names and values of the attributes, or `None` when there is no room for more.
    fn pairs<'t>(&mut self, tag: &'t BytesStart<'_>, offset: u64) -> Option<Vec<(&'t str, Cow<'t, str>)>> {
        let mut pairs = Vec::new();
        for attribute in tag.attributes().with_checks(false) {
            let room = self.nodes.saturating_add(1) < self.limits.xml_nodes;
            if !room
                || !self
                    .budget
                    .steps(1_u64.saturating_add(self.prefixes.len() as u64))
            {
                self.anomalies.at(AnomalyKind::BudgetSpent, offset);
                return None;
            }
            self.nodes = self.nodes.saturating_add(1);
            let Ok(attribute) = attribute else {
                self.anomalies.at(AnomalyKind::AxmlAttribute, offset);
                continue;
            };
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            pairs.push((attribute.key.into_inner(), value.unwrap_or(attribute.value)));
        }
        self.nodes = self.nodes.saturating_add(1);
        Some(pairs)
    }

    /// Splits a name into namespace and local name; an unbound prefix stands for itself.
    fn qualified(&self, name: &str, is_element: bool) -> (Option<Arc<str>>, Arc<str>) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if prefix.is_empty() && !is_element {
            return (None, local.into());
        }
        let bound = self
            .prefixes
            .iter()
            .rev()
            .find(|(_, known, _)| &**known == prefix);
        let namespace = bound.map(|(_, _, uri)| uri.clone());
        let unbound = || (!prefix.is_empty()).then(|| prefix.into());
        (
            namespace.filter(|uri| !uri.is_empty()).or_else(unbound),
            local.into(),
        )
    }

    fn end(&mut self, offset: u64) {
        if let Some(left) = self.too_deep.checked_sub(1) {
            self.too_deep = left;
            return;
        }
        if self.open.pop().is_none() {
            self.anomalies.at(AnomalyKind::AxmlNesting, offset);
        }
        let depth = self.open.len();
        while self
            .prefixes
            .last()
            .is_some_and(|(bound_at, _, _)| *bound_at >= depth)
        {
            self.prefixes.pop();
        }
    }

    fn text(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() || self.too_deep > 0 {
            return;
        }
        if let Some(element) = self
            .open
            .last()
            .and_then(|&index| self.document.element_mut(index))
        {
            element.text.get_or_insert_with(|| text.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> (Result<Document, XmlError>, Anomalies) {
        let limits = Limits::default();
        let mut anomalies = Anomalies::new(8);
        let document = parse(text, &limits, &mut Budget::new(&limits), &mut anomalies);
        (document, anomalies)
    }

    #[test]
    fn reads_namespaces_lines_entities_and_text() {
        let (document, anomalies) = read(
            b"<?xml version='1.0'?>\n<a xmlns:x='urn:x'>\n <b x:c='1 &lt; 2' d='&unknown;'>hey</b>\n <y:e/></a>",
        );
        let document = document.unwrap();
        let root = document.root().unwrap();
        let children: Vec<_> = document.children(root).collect();
        let [b, e] = children.as_slice() else {
            panic!("two children");
        };
        assert_eq!((&*b.name, b.line, b.text.as_deref()), ("b", Some(3), Some("hey")));
        let c = b.attributes.first().unwrap();
        assert_eq!((c.namespace.as_deref(), &*c.name), (Some("urn:x"), "c"));
        assert_eq!(c.value.as_str(), Some("1 < 2"));
        assert_eq!(b.plain_attribute("d").unwrap().value.as_str(), Some("&unknown;"));
        assert_eq!(e.namespace.as_deref(), Some("y"));
        assert!(document.is_text() && anomalies.is_empty());
    }

    #[test]
    fn keeps_what_stands_before_an_error() {
        let (document, anomalies) = read(b"<a><b c='1'/></x></a><<");
        let document = document.unwrap();
        assert_eq!(document.children(document.root().unwrap()).count(), 1);
        assert!(anomalies.count(AnomalyKind::AxmlNesting) + anomalies.count(AnomalyKind::AxmlTruncated) > 0);
        assert!(read(b"no tags").0.is_err());
    }

    #[test]
    fn a_prefix_ends_with_its_element() {
        let (document, _) = read(b"<r><a xmlns:p='urn:p'/><p:b/></r>");
        let document = document.unwrap();
        let namespaces: Vec<_> = document
            .elements()
            .iter()
            .map(|element| element.namespace.as_deref())
            .collect();
        assert_eq!(namespaces, [None, None, Some("p")]);
    }

    #[test]
    fn reads_utf_16() {
        let mut data = vec![0xff, 0xfe];
        data.extend("<a b='é'/>".encode_utf16().flat_map(u16::to_le_bytes));
        let document = read(&data).0.unwrap();
        assert_eq!(
            document
                .root()
                .unwrap()
                .plain_attribute("b")
                .unwrap()
                .value
                .as_str(),
            Some("é")
        );
    }
}
