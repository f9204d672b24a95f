//! A builder of manifests as App Bundles hold them: `XmlNode` of aapt2's `Resources.proto`.

use super::axml::{AttributeValue, Node};

/// A field that holds bytes.
fn field(number: u8, contents: &[u8]) -> Vec<u8> {
    let mut data = vec![number << 3 | 2];
    data.extend(varint(contents.len() as u32));
    data.extend(contents);
    data
}

fn varint(mut number: u32) -> Vec<u8> {
    let mut data = Vec::new();
    while number >= 0x80 {
        data.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    data.push(number as u8);
    data
}

/// The document whose root is `node`. Values are written as text, and references left out.
pub(crate) fn manifest(node: &Node) -> Vec<u8> {
    let mut element = field(3, node.name.as_bytes());
    for attribute in &node.attributes {
        let value = match &attribute.value {
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Typed(0x12, value) => (*value != 0).to_string(),
            AttributeValue::Typed(_, value) => value.to_string(),
        };
        let mut data = field(2, attribute.name.as_bytes());
        data.extend(field(3, value.as_bytes()));
        if let Some(namespace) = &attribute.namespace {
            data.extend(field(1, namespace.as_bytes()));
        }
        if let Some(id) = attribute.id {
            data.push(5 << 3);
            data.extend(varint(id));
        }
        element.extend(field(4, &data));
    }
    for child in &node.children {
        element.extend(field(5, &manifest(child)));
    }
    field(1, &element)
}
