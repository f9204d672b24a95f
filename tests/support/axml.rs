//! A builder of binary XML that can also write what no compiler writes.

use super::pool::{Strings, chunk};

pub(crate) const ANDROID: &str = "http://schemas.android.com/apk/res/android";

/// An attribute's value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AttributeValue {
    Text(String),
    /// Type and data of a `Res_value`.
    Typed(u8, u32),
}

/// An attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attribute {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) id: Option<u32>,
    pub(crate) value: AttributeValue,
}

/// An element.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Node {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) text: Option<String>,
    pub(crate) children: Vec<Node>,
}

impl Node {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Adds an attribute of the platform with its resource id.
    pub(crate) fn android(mut self, id: u32, name: &str, value: impl Into<AttributeValue>) -> Self {
        self.attributes.push(Attribute {
            namespace: Some(ANDROID.to_owned()),
            name: name.to_owned(),
            id: Some(id),
            value: value.into(),
        });
        self
    }

    /// Adds an attribute without namespace and id.
    pub(crate) fn plain(mut self, name: &str, value: impl Into<AttributeValue>) -> Self {
        self.attributes.push(Attribute {
            namespace: None,
            name: name.to_owned(),
            id: None,
            value: value.into(),
        });
        self
    }

    pub(crate) fn child(mut self, child: Node) -> Self {
        self.children.push(child);
        self
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i32> for AttributeValue {
    fn from(value: i32) -> Self {
        Self::Typed(0x10, value as u32)
    }
}

impl From<bool> for AttributeValue {
    fn from(value: bool) -> Self {
        Self::Typed(0x12, if value { u32::MAX } else { 0 })
    }
}

/// A reference to a resource.
pub(crate) fn reference(id: u32) -> AttributeValue {
    AttributeValue::Typed(0x01, id)
}

/// How the document is written.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    pub(crate) utf8: bool,
    /// Attribute names are replaced by the empty string.
    pub(crate) wiped_names: bool,
    /// Bytes between the fixed part of a start tag and its first attribute.
    pub(crate) attribute_gap: u16,
    /// Bytes behind each attribute.
    pub(crate) attribute_padding: u16,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            utf8: true,
            wiped_names: false,
            attribute_gap: 0,
            attribute_padding: 0,
        }
    }
}

/// The chunks of a document, to be rearranged.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) pool: Vec<u8>,
    pub(crate) map: Vec<u8>,
    /// Namespace, start, text and end nodes in order.
    pub(crate) nodes: Vec<Vec<u8>>,
}

impl Parts {
    pub(crate) fn build(&self) -> Vec<u8> {
        let nodes: Vec<u8> = self.nodes.concat();
        document(&[&self.pool, &self.map, &nodes])
    }
}

/// A document of chunks.
pub(crate) fn document(chunks: &[&[u8]]) -> Vec<u8> {
    chunk(3, 8, &chunks.concat())
}

/// A compiled document in the usual style.
pub(crate) fn build(root: &Node) -> Vec<u8> {
    parts(root, &Style::default()).build()
}

/// The chunks of a compiled document.
pub(crate) fn parts(root: &Node, style: &Style) -> Parts {
    let mut ids = Vec::new();
    collect_ids(root, &mut ids);
    ids.sort();
    ids.dedup();
    let mut writer = Writer {
        strings: Strings {
            utf8: style.utf8,
            all: Vec::new(),
        },
        ids: ids.iter().map(|(id, name)| (*id, name.clone())).collect(),
        style,
        nodes: Vec::new(),
        line: 1,
    };
    for (_, name) in &ids {
        writer.strings.push(if style.wiped_names { "" } else { name });
    }
    writer.namespace(0x0100);
    writer.node(root);
    writer.namespace(0x0101);
    let map: Vec<u8> = ids.iter().flat_map(|(id, _)| id.to_le_bytes()).collect();
    Parts {
        pool: writer.strings.build(),
        map: chunk(0x0180, 8, &map),
        nodes: writer.nodes,
    }
}

fn collect_ids(node: &Node, ids: &mut Vec<(u32, String)>) {
    let known = node
        .attributes
        .iter()
        .filter_map(|attribute| Some((attribute.id?, attribute.name.clone())));
    ids.extend(known);
    node.children.iter().for_each(|child| collect_ids(child, ids));
}

struct Writer<'s> {
    strings: Strings,
    ids: Vec<(u32, String)>,
    style: &'s Style,
    nodes: Vec<Vec<u8>>,
    line: u32,
}

impl Writer<'_> {
    fn optional(&mut self, text: Option<&str>) -> u32 {
        text.map_or(u32::MAX, |text| self.string(text))
    }

    /// The index of a string that is not the name of an attribute with id.
    fn string(&mut self, text: &str) -> u32 {
        let reserved = self.ids.len();
        match self
            .strings
            .all
            .iter()
            .skip(reserved)
            .position(|known| known == text)
        {
            Some(index) => (index + reserved) as u32,
            None => self.strings.push(text),
        }
    }

    fn push(&mut self, kind: u16, rest: &[u32], tail: &[u8]) {
        let mut data = Vec::new();
        data.extend(self.line.to_le_bytes());
        data.extend(u32::MAX.to_le_bytes());
        data.extend(rest.iter().flat_map(|word| word.to_le_bytes()));
        data.extend(tail);
        self.nodes.push(chunk(kind, 16, &data));
    }

    fn namespace(&mut self, kind: u16) {
        let (prefix, uri) = (self.string("android"), self.string(ANDROID));
        self.push(kind, &[prefix, uri], &[]);
    }

    fn node(&mut self, node: &Node) {
        self.line += 1;
        let namespace = self.optional(node.namespace.as_deref());
        let name = self.string(&node.name);
        let mut tail = Vec::new();
        let gap = self.style.attribute_gap;
        let padding = self.style.attribute_padding;
        for half in [20 + gap, 20 + padding, node.attributes.len() as u16, 0, 0, 0] {
            tail.extend(half.to_le_bytes());
        }
        tail.resize(tail.len() + usize::from(gap), 0xee);
        for attribute in &node.attributes {
            self.attribute(attribute, &mut tail);
            tail.resize(tail.len() + usize::from(padding), 0xee);
        }
        self.push(0x0102, &[namespace, name], &tail);
        if let Some(text) = &node.text {
            let text = self.string(text);
            self.push(0x0104, &[text, 8, 0], &[]);
        }
        node.children.iter().for_each(|child| self.node(child));
        self.push(0x0103, &[namespace, name], &[]);
    }

    fn attribute(&mut self, attribute: &Attribute, tail: &mut Vec<u8>) {
        let namespace = self.optional(attribute.namespace.as_deref());
        let known = |(id, name): &(u32, String)| Some(*id) == attribute.id && *name == attribute.name;
        let name = match self.ids.iter().position(known) {
            Some(index) => index as u32,
            None => self.string(&attribute.name),
        };
        let (raw, kind, data) = match &attribute.value {
            AttributeValue::Text(text) => {
                let index = self.string(text);
                (index, 3, index)
            }
            AttributeValue::Typed(kind, data) => (u32::MAX, *kind, *data),
        };
        for word in [namespace, name, raw, 8 | (u32::from(kind) << 24), data] {
            tail.extend(word.to_le_bytes());
        }
    }
}
