//! The element tree of an XML document, whether it was written as text or as binary XML.
//!
//! Elements stand in one list in document order and refer to each other by index, so that a tree of
//! any depth is built, walked and dropped without recursion. Strings are shared: a document takes no
//! more memory for text than its string pool has.

use std::sync::Arc;

/// The namespace of the platform's attributes.
pub const ANDROID_NAMESPACE: &str = "http://schemas.android.com/apk/res/android";

/// A parsed document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    elements: Vec<Element>,
    root: Option<u32>,
    is_text: bool,
}

/// One element.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Element {
    /// Namespace URI, or the bare prefix when it is bound to none.
    pub namespace: Option<Arc<str>>,
    /// Name without prefix; empty when it cannot be read.
    pub name: Arc<str>,
    /// Attributes in the order they are written.
    pub attributes: Vec<Attribute>,
    /// The first run of text directly inside.
    pub text: Option<Arc<str>>,
    /// Line in the source the document was compiled from, or in the text itself.
    pub line: Option<u32>,
    /// Absolute offset in bytes.
    pub offset: u64,
    pub(super) children: Vec<u32>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Namespace URI, or the bare prefix when it is bound to none.
    pub namespace: Option<Arc<str>>,
    /// Name without prefix; empty when it cannot be read.
    pub name: Arc<str>,
    /// Resource id of the attribute, which is what Android goes by.
    pub resource_id: Option<u32>,
    /// The typed value.
    pub value: Value,
    /// The value as it was written in the source, where the compiler kept it.
    pub raw: Option<Arc<str>>,
    /// Absolute offset in bytes.
    pub offset: u64,
}

/// A typed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Empty or undefined.
    Null,
    /// Text.
    String(Arc<str>),
    /// An integer written in decimal.
    Integer(i32),
    /// An integer written in hexadecimal.
    Hexadecimal(u32),
    /// A truth value.
    Boolean(bool),
    /// A reference to a resource.
    Reference(u32),
    /// A reference to an attribute of the theme.
    AttributeReference(u32),
    /// A floating-point number.
    Float(f32),
    /// Any other type, or a string that cannot be read.
    Other {
        /// The value of `Res_value::dataType`.
        kind: u8,
        /// The value of `Res_value::data`.
        data: u32,
    },
}

impl Document {
    /// An empty document; `is_text` says whether it is read from text.
    #[must_use]
    pub fn new(is_text: bool) -> Self {
        Self {
            is_text,
            ..Self::default()
        }
    }

    /// Appends an element below `parent`, or beside the root, and gives its index.
    ///
    /// The first element without parent is the root. Returns `None` when there is no room for more.
    pub fn push(&mut self, parent: Option<u32>, element: Element) -> Option<u32> {
        let index = u32::try_from(self.elements.len()).ok()?;
        match parent.map(|parent| self.elements.get_mut(parent as usize)) {
            Some(Some(parent)) => parent.children.push(index),
            Some(None) => return None,
            None => self.root = self.root.or(Some(index)),
        }
        self.elements.push(element);
        Some(index)
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> Option<&Element> {
        self.element(self.root?)
    }

    /// Index of the root element.
    #[must_use]
    pub fn root_index(&self) -> Option<u32> {
        self.root
    }

    /// The element at `index`.
    #[must_use]
    pub fn element(&self, index: u32) -> Option<&Element> {
        self.elements.get(index as usize)
    }

    /// The element at `index`, to be changed.
    pub fn element_mut(&mut self, index: u32) -> Option<&mut Element> {
        self.elements.get_mut(index as usize)
    }

    /// All elements in document order, those beside the root included.
    #[must_use]
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The children of `element` in document order.
    pub fn children<'d>(&'d self, element: &'d Element) -> impl DoubleEndedIterator<Item = &'d Element> {
        element.children.iter().filter_map(|&child| self.element(child))
    }

    /// Whether the document was read from text and not from binary XML.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.is_text
    }
}

impl Element {
    /// An element without attributes and content.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// The attribute with `name` and no namespace.
    #[must_use]
    pub fn plain_attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.namespace.is_none() && &*attribute.name == name)
    }
}

impl Value {
    /// The text of a string value.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of an integer, in any notation.
    #[must_use]
    pub fn as_integer(&self) -> Option<u32> {
        match *self {
            Self::Integer(value) => Some(value.cast_unsigned()),
            Self::Hexadecimal(value) => Some(value),
            Self::Boolean(value) => Some(if value { u32::MAX } else { 0 }),
            Self::Other { kind, data } if (0x10..=0x1f).contains(&kind) => Some(data),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_without_parent_is_the_root() {
        let mut document = Document::new(false);
        let named = |name: &str| Element {
            name: name.into(),
            ..Element::default()
        };
        let root = document.push(None, named("a"));
        document.push(root, named("b"));
        document.push(None, named("c"));
        document.push(root, named("d"));
        assert_eq!(document.push(Some(99), named("e")), None);
        let children: Vec<_> = document
            .children(document.root().unwrap())
            .map(|child| &*child.name)
            .collect();
        assert_eq!(children, ["b", "d"]);
        assert_eq!(document.elements().len(), 4);
    }
}
