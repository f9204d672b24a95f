//! XML documents: `XmlNode`.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

use std::sync::Arc;

use thiserror::Error;

use super::{Item, low};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::formats::document::{Attribute, Document, Element, Value};
use crate::formats::protobuf::{Field, Message};
use crate::limits::{Budget, Limits};

/// Why a document cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NodeError {
    /// No element was found.
    #[error("no element in {size} bytes of a protocol buffer")]
    NoElement {
        /// Size of the data in bytes.
        size: u64,
    },
}

/// A node that waits to be read.
struct Waiting<'a> {
    parent: Option<u32>,
    depth: usize,
    node: Message<'a>,
}

/// Parses a document.
///
/// # Errors
/// When there is no element.
///
/// # Limits
/// Elements and attributes together are bounded by [`Limits::xml_nodes`], nesting by
/// [`Limits::xml_depth`], both by the budget.
pub fn parse(
    data: &[u8],
    limits: &Limits,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> Result<Document, NodeError> {
    let mut reader = Reader {
        limits,
        budget,
        anomalies,
        document: Document::new(false),
        nodes: 0,
    };
    let mut waiting = vec![Waiting {
        parent: None,
        depth: 0,
        node: Message::new(data),
    }];
    while let Some(next) = waiting.pop() {
        if !reader.node(&next, &mut waiting) {
            reader.anomalies.at(AnomalyKind::BudgetSpent, next.node.offset());
            break;
        }
    }
    if reader.document.root().is_none() {
        let size = data.len() as u64;
        return Err(NodeError::NoElement { size });
    }
    Ok(reader.document)
}

struct Reader<'c> {
    limits: &'c Limits,
    budget: &'c mut Budget,
    anomalies: &'c mut Anomalies,
    document: Document,
    nodes: usize,
}

impl Reader<'_> {
    /// Reads a node and adds its children to those that wait; `false` when there is no room for more.
    fn node<'a>(&mut self, next: &Waiting<'a>, waiting: &mut Vec<Waiting<'a>>) -> bool {
        const ELEMENT: u32 = 1;
        const TEXT: u32 = 2;
        const SOURCE: u32 = 3;
        let (mut element, mut line) = (None, None);
        let mut fields = next.node.fields();
        for (number, field, offset) in fields.by_ref() {
            if !self.take() {
                return false;
            }
            match (number, field) {
                (ELEMENT, Field::Bytes(data)) => element = Some(Message::at(data, offset)),
                (TEXT, Field::Bytes(data)) => self.text(next.parent, data),
                (SOURCE, Field::Bytes(data)) => {
                    line = Message::at(data, offset)
                        .number(1)
                        .map(low)
                        .filter(|line| *line > 0);
                }
                _ => {}
            }
        }
        if fields.is_broken() {
            self.anomalies.at(AnomalyKind::AxmlTruncated, next.node.offset());
        }
        let Some(message) = element else { return true };
        if next.depth >= self.limits.xml_depth {
            self.anomalies.at(AnomalyKind::AxmlNesting, message.offset());
            return true;
        }
        self.element(next, &message, line, waiting)
    }

    fn element<'a>(
        &mut self,
        next: &Waiting<'a>,
        message: &Message<'a>,
        line: Option<u32>,
        waiting: &mut Vec<Waiting<'a>>,
    ) -> bool {
        const NAMESPACE: u32 = 2;
        const NAME: u32 = 3;
        const ATTRIBUTE: u32 = 4;
        const CHILD: u32 = 5;
        let mut element = Element::named("");
        element.line = line;
        element.offset = message.offset();
        let mut children = Vec::new();
        let mut fields = message.fields();
        for (number, field, offset) in fields.by_ref() {
            if !self.take() {
                return false;
            }
            let Field::Bytes(data) = field else { continue };
            match number {
                NAMESPACE => element.namespace = text(data).filter(|uri| !uri.is_empty()),
                NAME => element.name = text(data).unwrap_or_else(|| "".into()),
                ATTRIBUTE => element.attributes.push(attribute(&Message::at(data, offset))),
                CHILD => children.push(Message::at(data, offset)),
                _ => {}
            }
        }
        if fields.is_broken() {
            self.anomalies.at(AnomalyKind::AxmlTruncated, message.offset());
        }
        let Some(index) = self.document.push(next.parent, element) else {
            return false;
        };
        // The last one to wait is read first.
        waiting.extend(children.into_iter().rev().map(|node| Waiting {
            parent: Some(index),
            depth: next.depth.saturating_add(1),
            node,
        }));
        true
    }

    fn text(&mut self, parent: Option<u32>, data: &[u8]) {
        let text = String::from_utf8_lossy(data);
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if let Some(element) = parent.and_then(|parent| self.document.element_mut(parent)) {
            element.text.get_or_insert_with(|| text.into());
        }
    }

    fn take(&mut self) -> bool {
        self.nodes = self.nodes.saturating_add(1);
        self.nodes <= self.limits.xml_nodes && self.budget.steps(1)
    }
}

fn attribute(message: &Message<'_>) -> Attribute {
    const NAMESPACE: u32 = 1;
    const NAME: u32 = 2;
    const VALUE: u32 = 3;
    const RESOURCE_ID: u32 = 5;
    const COMPILED: u32 = 6;
    let written: Arc<str> = message.text(VALUE).unwrap_or_default().into();
    let compiled = message.message(COMPILED).and_then(|item| Item::read(&item));
    Attribute {
        namespace: message
            .text(NAMESPACE)
            .filter(|uri| !uri.is_empty())
            .map(Arc::from),
        name: message.text(NAME).unwrap_or_default().into(),
        resource_id: message.number(RESOURCE_ID).map(low).filter(|id| *id != 0),
        value: compiled.map_or_else(|| Value::String(written.clone()), Item::value),
        raw: (!written.is_empty()).then_some(written),
        offset: message.offset(),
    }
}

fn text(data: &[u8]) -> Option<Arc<str>> {
    std::str::from_utf8(data).ok().map(Arc::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field with contents.
    fn field(number: u8, contents: &[u8]) -> Vec<u8> {
        let length = u8::try_from(contents.len()).unwrap();
        [&[number << 3 | 2, length], contents].concat()
    }

    fn read(data: &[u8], limits: &Limits) -> (Result<Document, NodeError>, Anomalies) {
        let mut anomalies = Anomalies::new(4);
        let document = parse(data, limits, &mut Budget::new(limits), &mut anomalies);
        (document, anomalies)
    }

    fn element(name: &str, rest: &[u8]) -> Vec<u8> {
        field(1, &[field(3, name.as_bytes()), rest.to_vec()].concat())
    }

    #[test]
    fn reads_elements_in_document_order_with_their_attributes() {
        let id = field(
            4,
            &[
                field(2, b"name"),
                field(3, b""),
                vec![5 << 3, 7],
                field(6, b"\x3a\x02\x30\x09"),
            ]
            .concat(),
        );
        let plain = field(4, &[field(2, b"package"), field(3, b"a.b")].concat());
        let children = [
            field(5, &element("b", &field(5, &element("c", &[])))),
            field(5, &field(2, b" text ")),
            field(5, &[element("d", &[]), field(3, &[8, 12])].concat()),
        ];
        let data = element("a", &[id, plain, children.concat()].concat());
        let (document, anomalies) = read(&data, &Limits::default());
        let document = document.unwrap();
        let names: Vec<&str> = document.elements().iter().map(|one| &*one.name).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        let root = document.root().unwrap();
        assert_eq!(root.text.as_deref(), Some("text"));
        assert_eq!(document.children(root).last().unwrap().line, Some(12));
        let first = root.attributes.first().unwrap();
        assert_eq!((first.resource_id, &first.value), (Some(7), &Value::Integer(9)));
        let package = root.plain_attribute("package").unwrap();
        assert_eq!(package.value.as_str(), Some("a.b"));
        assert!(anomalies.is_empty() && !document.is_text());
    }

    #[test]
    fn what_is_cut_off_or_too_deep_is_read_as_far_as_it_goes() {
        let limits = Limits {
            xml_depth: 3,
            ..Limits::default()
        };
        let deep = (0..15).fold(Vec::new(), |inner, _| {
            let child = if inner.is_empty() { inner } else { field(5, &inner) };
            element("x", &child)
        });
        let (document, anomalies) = read(&deep, &limits);
        assert_eq!(document.unwrap().elements().len(), 3);
        assert_eq!(anomalies.count(AnomalyKind::AxmlNesting), 1);

        let mut cut = element("a", &field(5, &element("b", &[])));
        cut.extend([0x0a, 0x50]);
        let (document, anomalies) = read(&cut, &limits);
        assert_eq!(document.unwrap().elements().len(), 2);
        assert_eq!(anomalies.count(AnomalyKind::AxmlTruncated), 1);

        for data in [&b""[..], b"\x12\x01x", b"\xff"] {
            assert!(read(data, &limits).0.is_err());
        }
        let few = Limits {
            xml_nodes: 2,
            ..limits
        };
        let (document, anomalies) = read(&deep, &few);
        assert!(document.is_err() && anomalies.count(AnomalyKind::BudgetSpent) == 1);
    }
}
