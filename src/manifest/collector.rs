//! Takes values out of the document within the limits.

use super::attributes::{self as attr, Known};
use crate::anomaly::{Anomalies, AnomalyKind};
use crate::formats::document::{Document, Element, Value};
use crate::formats::resources::{Resolved, Resources};
use crate::limits::{Budget, Limits, clip};

/// What an item of the manifest counts beside its texts, in bytes.
const ITEM: usize = 256;

/// The locales in which a text is looked for, the default first.
const LOCALES: &[&str] = &["", "en", "en-US", "en-GB"];

/// The elements that matter here; others may well have a namespace of their own.
const RECOGNISED: &[&str] = &[
    "application",
    "uses-permission",
    "uses-permission-sdk-23",
    "uses-permission-sdk-m",
    "permission",
    "uses-sdk",
    "uses-feature",
    "queries",
    "instrumentation",
    "activity",
    "activity-alias",
    "service",
    "receiver",
    "provider",
    "meta-data",
    "intent-filter",
    "action",
    "category",
    "data",
];

/// What to do with the children of an element.
pub(super) enum Walk {
    /// Read them as if they stood beside the element.
    Enter,
    /// Leave them to whoever reads the element.
    Pass,
}

pub(super) struct Collector<'c, 'd> {
    pub(super) document: &'d Document,
    pub(super) table: Option<&'c dyn Resources>,
    pub(super) limits: &'c Limits,
    pub(super) budget: &'c mut Budget,
    pub(super) anomalies: &'c mut Anomalies,
    room: usize,
}

impl<'c, 'd> Collector<'c, 'd> {
    pub(super) fn new(
        document: &'d Document,
        table: Option<&'c dyn Resources>,
        limits: &'c Limits,
        budget: &'c mut Budget,
        anomalies: &'c mut Anomalies,
    ) -> Self {
        Self {
            document,
            table,
            limits,
            budget,
            anomalies,
            room: limits.manifest_bytes,
        }
    }

    /// Notes the attributes whose name is not the one that goes with their id.
    pub(super) fn check_names(&mut self) {
        for element in self.document.elements() {
            for attribute in element
                .attributes
                .iter()
                .filter(|attribute| attr::is_misnamed(attribute))
            {
                self.anomalies.note(
                    AnomalyKind::AxmlAttributeName,
                    Some(attribute.offset),
                    Some(self.clip(&attribute.name)),
                );
            }
        }
    }

    /// Calls `visit` with each child of `element` and its local name.
    pub(super) fn walk(
        &mut self,
        element: &'d Element,
        mut visit: impl FnMut(&mut Self, &'d Element, &str) -> Walk,
    ) {
        let document = self.document;
        let mut waiting: Vec<(&'d Element, bool)> = document
            .children(element)
            .rev()
            .map(|child| (child, false))
            .collect();
        while let Some((child, hidden)) = waiting.pop() {
            if !self.budget.steps(1) {
                self.anomalies.at(AnomalyKind::BudgetSpent, child.offset);
                return;
            }
            let name = child
                .name
                .split_once(':')
                .map_or(&*child.name, |(_, local)| local);
            if (child.namespace.is_some() || name.len() != child.name.len()) && RECOGNISED.contains(&name) {
                self.note(AnomalyKind::ManifestElementPrefix, child, name);
            }
            if hidden && RECOGNISED.contains(&name) {
                self.note(AnomalyKind::ManifestHiddenElement, child, name);
            }
            if let Walk::Enter = visit(self, child, name) {
                waiting.extend(document.children(child).rev().map(|inner| (inner, true)));
            }
        }
    }

    /// Notes an anomaly of `element`, which is called `name`.
    pub(super) fn note(&mut self, kind: AnomalyKind, element: &Element, name: &str) {
        self.anomalies
            .note(kind, Some(element.offset), Some(self.clip(name)));
    }

    /// Makes room for one more item; `false` when there is none.
    pub(super) fn item(&mut self) -> bool {
        self.take(ITEM)
    }

    /// A copy of `text` as far as the limits allow, or `None` when there is no room left.
    pub(super) fn keep(&mut self, text: &str) -> Option<String> {
        let text = self.clip(text);
        self.take(text.len()).then(|| text.to_owned())
    }

    fn take(&mut self, size: usize) -> bool {
        match self.room.checked_sub(size) {
            Some(left) => self.room = left,
            None => {
                self.anomalies.of(AnomalyKind::BudgetSpent, "manifest");
                return false;
            }
        }
        true
    }

    fn clip<'s>(&self, text: &'s str) -> &'s str {
        clip(text, self.limits.text_bytes)
    }

    /// The value of an attribute of the platform, references followed.
    pub(super) fn value(&mut self, element: &Element, known: Known) -> Option<Value> {
        let attribute = attr::find(element, known)?;
        match (&attribute.value, self.table) {
            (&Value::Reference(id), Some(table)) => {
                let resolved = table.resolve(id, LOCALES, self.limits, self.budget, self.anomalies)?;
                Some(match resolved {
                    Resolved::String(text) => Value::String(self.clip(&text).into()),
                    Resolved::Other { kind: 0x10, data } => Value::Integer(data.cast_signed()),
                    Resolved::Other { kind: 0x11, data } => Value::Hexadecimal(data),
                    Resolved::Other { kind: 0x12, data } => Value::Boolean(data != 0),
                    Resolved::Other { kind: 0x04, data } => Value::Float(f32::from_bits(data)),
                    Resolved::Other { kind, data } => Value::Other { kind, data },
                })
            }
            (value, _) => Some(value.clone()),
        }
    }

    /// The value of an attribute of the platform as text, references followed.
    pub(super) fn text(&mut self, element: &Element, known: Known) -> Option<String> {
        let text = match self.value(element, known)? {
            Value::String(text) => return self.keep(&text),
            Value::Integer(value) => value.to_string(),
            Value::Hexadecimal(value) => format!("0x{value:x}"),
            Value::Boolean(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Null | Value::Reference(_) | Value::AttributeReference(_) | Value::Other { .. } => {
                return None;
            }
        };
        self.keep(&text)
    }

    /// The value of an attribute of the platform where only literal text is taken.
    pub(super) fn literal(&mut self, element: &Element, known: Known) -> Option<String> {
        let attribute = attr::find(element, known)?;
        match &attribute.value {
            Value::String(text) => self.keep(text),
            Value::Reference(_) => {
                self.note(AnomalyKind::ManifestNameReference, element, &element.name);
                None
            }
            _ => None,
        }
    }

    /// The class that an attribute of the platform names, fully qualified.
    pub(super) fn class(&mut self, element: &Element, known: Known, package: &str) -> Option<String> {
        let name = self.text(element, known)?;
        self.keep(&class_name(package, &name)?)
    }

    /// The process that the element names, fully qualified; one with a colon is the app's own.
    pub(super) fn process(&mut self, element: &Element, package: &str) -> Option<String> {
        let name = self.text(element, attr::PROCESS)?;
        if name.starts_with(':') {
            self.keep(&format!("{package}{name}"))
        } else {
            Some(name)
        }
    }

    /// Adds the text of an attribute of the platform to `list`, unless it is there.
    pub(super) fn add(&mut self, list: &mut Vec<String>, element: &Element, known: Known) {
        if !self.budget.steps(list.len() as u64) {
            self.anomalies.at(AnomalyKind::BudgetSpent, element.offset);
            return;
        }
        if let Some(text) = self.text(element, known)
            && !list.contains(&text)
            && self.item()
        {
            list.push(text);
        }
    }

    /// The truth value of an attribute of the platform, references followed.
    pub(super) fn flag(&mut self, element: &Element, known: Known) -> Option<bool> {
        match self.value(element, known)? {
            Value::String(text) => Some(matches!(&*text, "1" | "true" | "TRUE")),
            other => other.as_integer().map(|value| value != 0),
        }
    }

    /// The integer of an attribute of the platform, references followed.
    pub(super) fn integer(&mut self, element: &Element, known: Known) -> Option<u32> {
        match self.value(element, known)? {
            Value::String(text) => parse_integer(text.trim()),
            other => other.as_integer(),
        }
    }

    /// The resource that an attribute of the platform refers to.
    pub(super) fn reference(&self, element: &Element, known: Known) -> Option<u32> {
        match attr::find(element, known)?.value {
            Value::Reference(id) => Some(id),
            _ => None,
        }
    }

    /// The text of an attribute without namespace, as written.
    pub(super) fn plain_text(&mut self, element: &Element, name: &str) -> Option<String> {
        let attribute = element.plain_attribute(name)?;
        let text = attribute.raw.as_deref().or(attribute.value.as_str())?;
        self.keep(text)
    }
}

/// The fully qualified name of a class that the manifest calls `name`.
fn class_name(package: &str, name: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    Some(if name.starts_with('.') {
        format!("{package}{name}")
    } else if name.contains('.') {
        name.to_owned()
    } else {
        format!("{package}.{name}")
    })
}

fn parse_integer(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text
            .parse::<u32>()
            .ok()
            .or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned)),
    }
}
