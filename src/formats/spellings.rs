//! XML in whatever form it comes: binary as in a package, a protocol buffer as in an App Bundle, or text as
//! in a decoded app.

use super::aapt::node;
use super::document::Document;
use super::protobuf::Message;
use super::{axml, xml};
use crate::anomaly::Anomalies;
use crate::limits::{Budget, Limits};

/// The document in `data`, whose outermost element is one of `roots` where it comes out of an App Bundle;
/// `None` when there is none.
///
/// # Limits
/// Those of the reader of each form.
pub fn document(
    data: &[u8],
    roots: &[&str],
    limits: &Limits,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> Option<Document> {
    if data.is_empty() {
        None
    } else if is_bundled(data, roots) {
        node::parse(data, limits, budget, anomalies).ok()
    } else if axml::is_text(data) {
        xml::parse(data, limits, budget, anomalies).ok()
    } else {
        axml::parse(data, limits, budget, anomalies).ok()
    }
}

/// Whether `data` comes out of an App Bundle: a message that is all one element, called by one of `roots`.
#[must_use]
pub fn is_bundled(data: &[u8], roots: &[&str]) -> bool {
    const ELEMENT: u32 = 1;
    const NAME: u32 = 3;
    data.first() == Some(&0x0a)
        && Message::new(data)
            .message(ELEMENT)
            .and_then(|element| element.text(NAME))
            .is_some_and(|name| roots.contains(&name))
}
