//! The nodes of binary XML: from chunks to elements.

use std::sync::Arc;

use super::{NO_STRING, ResourceMap, Strings};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::bytes::{u16_at, u32_at};
use crate::formats::chunk::Chunk;
use crate::formats::document::{ANDROID_NAMESPACE, Attribute, Document, Element, Value};
use crate::limits::{Budget, Limits};

const START_NAMESPACE: u16 = 0x0100;
const END_NAMESPACE: u16 = 0x0101;
const START_ELEMENT: u16 = 0x0102;
const END_ELEMENT: u16 = 0x0103;
const TEXT: u16 = 0x0104;

/// Size of a node's header in bytes: chunk header, line, comment.
const NODE_HEADER: usize = 16;
/// Size of the fixed part of a start tag behind the header, in bytes.
const TAG_SIZE: usize = 20;
/// Size of one attribute in bytes.
const ATTRIBUTE_SIZE: usize = 20;

/// What a node of this type takes up, in bytes, when its stated size cannot be right.
pub(super) fn size_of_node(kind: u16, data: &[u8]) -> Option<usize> {
    match kind {
        START_NAMESPACE | END_NAMESPACE | END_ELEMENT => Some(NODE_HEADER.saturating_add(8)),
        TEXT => Some(NODE_HEADER.saturating_add(12)),
        START_ELEMENT => {
            let count = usize::from(u16_at(data, NODE_HEADER.saturating_add(12))?);
            Some(
                NODE_HEADER
                    .saturating_add(TAG_SIZE)
                    .saturating_add(count.saturating_mul(ATTRIBUTE_SIZE)),
            )
        }
        _ => None,
    }
}

/// Builds the element tree node by node.
pub(super) struct Builder<'a, 'c> {
    strings: Strings<'a>,
    map: ResourceMap<'a>,
    limits: &'c Limits,
    budget: &'c mut Budget,
    pub(super) anomalies: &'c mut Anomalies,
    document: Document,
    open: Vec<u32>,
    /// Open elements below the depth that is kept.
    too_deep: usize,
    nodes: usize,
    unmapped: bool,
}

impl<'a, 'c> Builder<'a, 'c> {
    pub(super) fn new(
        strings: Strings<'a>,
        map: ResourceMap<'a>,
        limits: &'c Limits,
        budget: &'c mut Budget,
        anomalies: &'c mut Anomalies,
    ) -> Self {
        Self {
            strings,
            map,
            limits,
            budget,
            anomalies,
            document: Document::new(false),
            open: Vec::new(),
            too_deep: 0,
            nodes: 0,
            unmapped: false,
        }
    }

    /// Takes the next chunk; `false` when no more can be taken.
    pub(super) fn chunk(&mut self, chunk: &Chunk<'a>) -> bool {
        if !chunk.sound {
            self.anomalies.at(AnomalyKind::AxmlChunkSize, chunk.offset);
        }
        if !self.budget.steps(1) {
            self.anomalies.at(AnomalyKind::BudgetSpent, chunk.offset);
            return false;
        }
        match chunk.kind {
            START_ELEMENT => return self.start_element(chunk),
            END_ELEMENT => self.end_element(chunk),
            TEXT => self.text(chunk),
            _ => {}
        }
        true
    }

    /// The document, if it has an element.
    pub(super) fn finish(self) -> Option<Document> {
        if !self.open.is_empty() || self.too_deep > 0 {
            self.anomalies.of(AnomalyKind::AxmlTruncated, "unclosed element");
        }
        if self.unmapped {
            self.anomalies
                .of(AnomalyKind::AxmlResourceMap, "attribute without resource id");
        }
        self.document.root().is_some().then_some(self.document)
    }

    fn string(&mut self, index: u32, offset: u64) -> Option<Arc<str>> {
        self.strings.get(index, offset, self.anomalies)
    }

    fn start_element(&mut self, chunk: &Chunk<'a>) -> bool {
        let depth = self.open.len();
        if depth >= self.limits.xml_depth || self.too_deep > 0 {
            self.anomalies.at(AnomalyKind::AxmlNesting, chunk.offset);
            self.too_deep = self.too_deep.saturating_add(1);
            return true;
        }
        let tag = chunk.body();
        if tag.len() < TAG_SIZE {
            self.anomalies.at(AnomalyKind::AxmlTruncated, chunk.offset);
        }
        let word = |position| u32_at(tag, position).unwrap_or(NO_STRING);
        let namespace = self.string(word(0), chunk.offset);
        let name = self
            .string(word(4), chunk.offset)
            .unwrap_or_else(|| self.strings.empty.clone());
        let (attributes, complete) = self.attributes(chunk);
        self.nodes = self.nodes.saturating_add(1);
        let parent = self.open.last().copied();
        if parent.is_none() && self.document.root().is_some() {
            self.anomalies.at(AnomalyKind::AxmlNesting, chunk.offset);
        }
        let element = Element {
            namespace,
            name,
            attributes,
            line: u32_at(chunk.data, 8),
            offset: chunk.offset,
            ..Element::default()
        };
        match self.document.push(parent, element) {
            Some(index) => self.open.push(index),
            None => return false,
        }
        complete
    }

    /// The attributes of a start tag, and whether there is room for more nodes.
    fn attributes(&mut self, chunk: &Chunk<'a>) -> (Vec<Attribute>, bool) {
        let tag = chunk.body();
        let half = |position| usize::from(u16_at(tag, position).unwrap_or_default());
        let (start, stride, count) = (half(8), half(10), half(12));
        if count > 0 && (start != TAG_SIZE || stride != ATTRIBUTE_SIZE) {
            self.anomalies.at(AnomalyKind::AxmlAttribute, chunk.offset);
        }
        let mut attributes = Vec::new();
        for index in 0..count {
            let position = start.saturating_add(index.saturating_mul(stride));
            let end = position.saturating_add(ATTRIBUTE_SIZE);
            let Some(bytes) = tag.get(position..end) else {
                self.anomalies.at(AnomalyKind::AxmlAttribute, chunk.offset);
                break;
            };
            self.nodes = self.nodes.saturating_add(1);
            if self.nodes > self.limits.xml_nodes || !self.budget.steps(1) {
                self.anomalies.at(AnomalyKind::BudgetSpent, chunk.offset);
                return (attributes, false);
            }
            attributes.push(self.attribute(bytes, chunk.body_offset().saturating_add(position as u64)));
        }
        (attributes, true)
    }

    fn attribute(&mut self, bytes: &[u8], offset: u64) -> Attribute {
        let word = |position| u32_at(bytes, position).unwrap_or(NO_STRING);
        let namespace = self.string(word(0), offset);
        let name = self
            .string(word(4), offset)
            .unwrap_or_else(|| self.strings.empty.clone());
        let resource_id = self.map.get(word(4));
        self.unmapped |= resource_id.is_none() && namespace.as_deref() == Some(ANDROID_NAMESPACE);
        let kind = bytes.get(15).copied().unwrap_or_default();
        let data = word(16);
        let value = match kind {
            0x00 => Value::Null,
            0x01 | 0x07 => Value::Reference(data),
            0x02 | 0x08 => Value::AttributeReference(data),
            0x03 => self
                .string(data, offset)
                .map_or(Value::Other { kind, data }, Value::String),
            0x04 => Value::Float(f32::from_bits(data)),
            0x10 => Value::Integer(data.cast_signed()),
            0x11 => Value::Hexadecimal(data),
            0x12 => Value::Boolean(data != 0),
            _ => Value::Other { kind, data },
        };
        Attribute {
            namespace,
            name,
            resource_id,
            value,
            raw: self.string(word(8), offset),
            offset,
        }
    }

    fn end_element(&mut self, chunk: &Chunk<'a>) {
        if let Some(left) = self.too_deep.checked_sub(1) {
            self.too_deep = left;
            return;
        }
        let closed = self.open.pop();
        let name = u32_at(chunk.body(), 4).and_then(|index| self.string(index, chunk.offset));
        let opened = closed
            .and_then(|index| self.document.element(index))
            .map(|element| &*element.name);
        if opened.is_none() || opened != Some(name.as_deref().unwrap_or_default()) {
            self.anomalies.at(AnomalyKind::AxmlNesting, chunk.offset);
        }
    }

    fn text(&mut self, chunk: &Chunk<'a>) {
        let text = u32_at(chunk.body(), 0).and_then(|index| self.string(index, chunk.offset));
        let Some(element) = self
            .open
            .last()
            .and_then(|&index| self.document.element_mut(index))
        else {
            return;
        };
        if self.too_deep == 0 && element.text.is_none() {
            element.text = text;
        }
    }
}
