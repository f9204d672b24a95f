//! Binary XML: what a compiler writes, and what it never writes.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly, its helpers too")]

use dunwatch::anomaly::{Anomalies, AnomalyKind};
use dunwatch::formats::axml::{AxmlError, parse};
use dunwatch::formats::document::{Document, Element, Value};
use dunwatch::limits::{Budget, Limits};
use dunwatch::manifest::Manifest;
use proptest::prelude::*;

use crate::support::axml::{self, Attribute, AttributeValue, Node, Parts, Style};
use crate::support::pool::{chunk, set_word};
use crate::support::random::Random;

fn read(data: &[u8]) -> (Result<Document, AxmlError>, Anomalies) {
    read_within(data, &Limits::default())
}

fn read_within(data: &[u8], limits: &Limits) -> (Result<Document, AxmlError>, Anomalies) {
    let mut anomalies = Anomalies::new(8);
    let document = parse(data, limits, &mut Budget::new(limits), &mut anomalies);
    (document, anomalies)
}

/// `a(b(c), d)` with an attribute of the platform and a plain one on `b`.
fn sample() -> Node {
    let b = Node::new("b")
        .android(0x0101_0003, "name", "x.y")
        .plain("package", "p")
        .child(Node::new("c"));
    Node::new("a")
        .child(b)
        .child(Node::new("d").android(0x0101_0271, "maxSdkVersion", 18))
}

fn parts() -> Parts {
    axml::parts(&sample(), &Style::default())
}

/// The tree in one line: names, and attributes by resource id or name.
fn shape(document: &Document) -> String {
    fn one(document: &Document, element: &Element) -> String {
        let attributes = element
            .attributes
            .iter()
            .map(|attribute| match attribute.resource_id {
                Some(id) => format!("@{id:08x}={:?}", attribute.value),
                None => format!("@{}={:?}", attribute.name, attribute.value),
            });
        let children = document.children(element).map(|child| one(document, child));
        let inner: Vec<_> = attributes.chain(children).collect();
        format!("{}({})", element.name, inner.join(" "))
    }
    one(document, document.root().unwrap())
}

const SHAPE: &str = "a(b(@01010003=String(\"x.y\") @package=String(\"p\") c()) d(@01010271=Integer(18)))";

#[track_caller]
fn assert_reads_as_sample(data: &[u8], expected: &[AnomalyKind]) {
    let (document, anomalies) = read(data);
    assert_eq!(shape(&document.unwrap()), SHAPE);
    let kinds: std::collections::BTreeSet<_> = anomalies.kept().iter().map(|anomaly| anomaly.kind).collect();
    assert_eq!(kinds, expected.iter().copied().collect());
}

#[test]
fn reads_a_plain_document_without_anomalies_in_both_encodings() {
    for utf8 in [true, false] {
        let style = Style {
            utf8,
            ..Style::default()
        };
        assert_reads_as_sample(&axml::parts(&sample(), &style).build(), &[]);
    }
}

#[test]
fn elements_and_attributes_know_their_line_and_offset() {
    let data = parts().build();
    let document = read(&data).0.unwrap();
    let b = document.children(document.root().unwrap()).next().unwrap();
    assert_eq!(b.line, Some(3));
    assert_eq!(&data[b.offset as usize..][..2], [0x02, 0x01]);
    let name = &b.attributes[0];
    assert_eq!(name.offset, b.offset + 16 + 20);
    assert_eq!((name.raw.as_deref(), &*name.name), (Some("x.y"), "name"));
    assert_eq!(name.namespace.as_deref(), Some(axml::ANDROID));
}

#[test]
fn the_type_of_the_file_does_not_matter() {
    let mut data = parts().build();
    data[..2].copy_from_slice(&[0, 0]);
    assert_reads_as_sample(&data, &[AnomalyKind::AxmlHeader]);
}

#[test]
fn a_wrong_size_of_the_file_is_noted() {
    for size in [0, 9, u32::MAX] {
        let mut data = parts().build();
        set_word(&mut data, 4, size);
        let (document, anomalies) = read(&data);
        assert_eq!(anomalies.count(AnomalyKind::AxmlHeader), 1);
        if size != 9 {
            assert_eq!(shape(&document.unwrap()), SHAPE);
        }
    }
    for header_size in [0_u16, 9, 0xffff] {
        let mut data = parts().build();
        data[2..4].copy_from_slice(&header_size.to_le_bytes());
        let (document, anomalies) = read(&data);
        assert_eq!(anomalies.count(AnomalyKind::AxmlHeader), 1);
        if header_size != 9 {
            assert_eq!(shape(&document.unwrap()), SHAPE);
        }
    }
    let mut data = parts().build();
    data.extend([0; 5]);
    assert_reads_as_sample(&data, &[AnomalyKind::AxmlHeader]);
}

#[test]
fn unknown_chunks_are_passed_over_wherever_they_stand() {
    let parts = parts();
    let unknown = chunk(0x4242, 8, &[1; 12]);
    let mut chunks: Vec<&[u8]> = vec![&unknown, &parts.pool, &unknown, &parts.map];
    for node in &parts.nodes {
        chunks.push(&unknown);
        chunks.push(node);
    }
    assert_reads_as_sample(&axml::document(&chunks), &[AnomalyKind::AxmlUnknownChunk]);
}

#[test]
fn of_several_pools_before_the_first_node_the_last_counts() {
    let parts = parts();
    let nodes = parts.nodes.concat();
    let decoy = axml::parts(&Node::new("decoy"), &Style::default()).pool;
    let data = axml::document(&[&decoy, &parts.pool, &parts.map, &nodes]);
    assert_reads_as_sample(&data, &[AnomalyKind::AxmlStringPool]);
    let data = axml::document(&[&parts.pool, &parts.map, &nodes, &decoy]);
    assert_reads_as_sample(&data, &[AnomalyKind::AxmlUnknownChunk]);
}

#[test]
fn a_pool_behind_the_nodes_is_salvaged() {
    let parts = parts();
    let data = axml::document(&[&parts.map, &parts.nodes.concat(), &parts.pool]);
    assert_reads_as_sample(
        &data,
        &[AnomalyKind::AxmlStringPool, AnomalyKind::AxmlUnknownChunk],
    );
}

#[test]
fn a_string_count_that_lies_keeps_the_strings() {
    let mut parts = parts();
    set_word(&mut parts.pool, 8, 0x00ff_ffff);
    assert_reads_as_sample(&parts.build(), &[AnomalyKind::AxmlStringPool]);
}

#[test]
fn a_style_count_that_lies_keeps_the_strings() {
    let mut parts = parts();
    set_word(&mut parts.pool, 12, 7);
    assert_reads_as_sample(&parts.build(), &[AnomalyKind::AxmlStringPool]);
}

#[test]
fn node_sizes_that_lie_are_repaired() {
    for size in [0, 7, u32::MAX, 0x7fff_fff0] {
        for node in 0..parts().nodes.len() {
            let mut parts = parts();
            set_word(&mut parts.nodes[node], 4, size);
            assert_reads_as_sample(&parts.build(), &[AnomalyKind::AxmlChunkSize]);
        }
    }
}

#[test]
fn attributes_are_found_by_start_and_stride() {
    let style = Style {
        attribute_gap: 12,
        attribute_padding: 4,
        ..Style::default()
    };
    assert_reads_as_sample(
        &axml::parts(&sample(), &style).build(),
        &[AnomalyKind::AxmlAttribute],
    );
}

#[test]
fn an_attribute_count_that_lies_keeps_the_attributes_there_are() {
    let mut parts = parts();
    let b = &mut parts.nodes[2];
    b[16 + 12..16 + 14].copy_from_slice(&[0xff, 0xff]);
    assert_reads_as_sample(&parts.build(), &[AnomalyKind::AxmlAttribute]);
}

#[test]
fn a_stride_of_zero_ends_at_the_cap() {
    let mut parts = parts();
    let b = &mut parts.nodes[2];
    b[16 + 10..16 + 14].copy_from_slice(&[0, 0, 0xff, 0xff]);
    let limits = Limits {
        xml_nodes: 100,
        ..Limits::default()
    };
    let (document, anomalies) = read_within(&parts.build(), &limits);
    assert!(document.unwrap().elements()[1].attributes.len() <= 100);
    assert_eq!(anomalies.count(AnomalyKind::BudgetSpent), 1);
}

#[test]
fn attributes_keep_their_id_when_names_are_wiped() {
    let style = Style {
        wiped_names: true,
        ..Style::default()
    };
    let (document, anomalies) = read(&axml::parts(&sample(), &style).build());
    assert_eq!(shape(&document.unwrap()), SHAPE);
    assert!(
        anomalies.is_empty(),
        "the manifest knows which names go with which ids"
    );
}

#[test]
fn a_missing_resource_map_leaves_the_names() {
    let parts = parts();
    let (document, anomalies) = read(&axml::document(&[&parts.pool, &parts.nodes.concat()]));
    let document = document.unwrap();
    let name = &document.elements()[1].attributes[0];
    assert_eq!((name.resource_id, &*name.name), (None, "name"));
    assert_eq!(anomalies.count(AnomalyKind::AxmlResourceMap), 1);
}

#[test]
fn a_resource_map_longer_than_the_pool_is_noted() {
    let mut parts = parts();
    let mut ids = parts.map.split_off(8);
    ids.resize(4096, 7);
    parts.map = chunk(0x0180, 8, &ids);
    let (document, anomalies) = read(&parts.build());
    let document = document.unwrap();
    assert_eq!(
        document.elements()[1].attributes[0].resource_id,
        Some(0x0101_0003)
    );
    assert_eq!(anomalies.count(AnomalyKind::AxmlResourceMap), 1);
}

#[test]
fn an_end_tag_closes_the_innermost_element_whatever_its_name() {
    let mut parts = parts();
    let (c_end, a_end) = (4, parts.nodes.len() - 2);
    let name = parts.nodes[a_end][20..24].to_vec();
    parts.nodes[c_end][20..24].copy_from_slice(&name);
    assert_reads_as_sample(&parts.build(), &[AnomalyKind::AxmlNesting]);
}

#[test]
fn what_stands_behind_the_root_is_kept_apart() {
    let mut parts = parts();
    let root = parts.nodes.len() - 2;
    let end = parts.nodes[root].clone();
    parts.nodes.insert(root, end);
    let extra = parts.nodes[1].clone();
    parts.nodes.push(extra);
    assert_reads_as_sample(
        &parts.build(),
        &[AnomalyKind::AxmlNesting, AnomalyKind::AxmlTruncated],
    );
}

#[test]
fn elements_below_the_deepest_level_are_left_out() {
    let limits = Limits {
        xml_depth: 2,
        ..Limits::default()
    };
    let (document, anomalies) = read_within(&parts().build(), &limits);
    assert_eq!(shape(&document.unwrap()), SHAPE.replace(" c()", ""));
    assert_eq!(anomalies.count(AnomalyKind::AxmlNesting), 1);
}

#[test]
fn a_string_index_outside_the_pool_leaves_an_unreadable_value() {
    let mut parts = parts();
    set_word(&mut parts.nodes[2], 16 + 20 + 16, 0x00ab_cdef);
    let (document, anomalies) = read(&parts.build());
    let document = document.unwrap();
    let value = &document.elements()[1].attributes[0].value;
    assert_eq!(
        *value,
        Value::Other {
            kind: 3,
            data: 0x00ab_cdef
        }
    );
    assert_eq!(anomalies.count(AnomalyKind::AxmlStringPool), 1);
}

#[test]
fn overlapping_strings_do_not_decode_to_more_than_the_file_can_hold() {
    let long = "x".repeat(30_000);
    let names: Vec<String> = (0..2_000).map(|index| format!("n{index}")).collect();
    let mut root = Node::new(&long);
    for name in &names {
        root = root.child(Node::new(name));
    }
    let mut parts = axml::parts(&root, &Style::default());
    // All offsets but the last ones show the long string.
    let count = u32::from_le_bytes(parts.pool[8..12].try_into().unwrap()) as usize;
    let first = u32::from_le_bytes(parts.pool[28 + 8..28 + 12].try_into().unwrap());
    for slot in 2..count {
        set_word(&mut parts.pool, 28 + slot * 4, first);
    }
    let data = parts.build();
    let document = read(&data).0.unwrap();
    let mut shown: Vec<_> = document.elements().iter().map(|element| &element.name).collect();
    shown.dedup_by(|a, b| std::sync::Arc::ptr_eq(a, b));
    let bytes: usize = shown.iter().map(|name| name.len()).sum();
    assert!(bytes <= data.len() * 4, "{bytes} bytes from {}", data.len());
}

#[test]
fn no_element_is_an_error() {
    assert!(matches!(read(&[]).0, Err(AxmlError::TooShort { size: 0 })));
    assert!(matches!(read(&[0; 64]).0, Err(AxmlError::NoElement { .. })));
    let parts = parts();
    assert!(matches!(
        read(&axml::document(&[&parts.pool])).0,
        Err(AxmlError::NoElement { offset: 8 })
    ));
}

fn values() -> impl Strategy<Value = AttributeValue> {
    let kinds = proptest::sample::select(vec![0_u8, 1, 2, 4, 5, 6, 0x10, 0x11, 0x12, 0x1c]);
    prop_oneof![
        "\\PC{0,12}".prop_map(AttributeValue::Text),
        (kinds, any::<u32>()).prop_map(|(kind, data)| AttributeValue::Typed(kind, data)),
    ]
}

fn attributes() -> impl Strategy<Value = Attribute> {
    let namespace = proptest::option::of(proptest::sample::select(vec![axml::ANDROID, "urn:other"]));
    let id = proptest::option::of(0x0101_0000_u32..0x0101_0008);
    (namespace, "[a-z]{1,4}", id, values()).prop_map(|(namespace, name, id, value)| Attribute {
        namespace: namespace.map(str::to_owned),
        name,
        id,
        value,
    })
}

fn trees() -> impl Strategy<Value = Node> {
    let element = || {
        (
            "\\PC{1,8}",
            proptest::collection::vec(attributes(), 0..4),
            proptest::option::of("\\PC{1,9}"),
        )
    };
    let leaf = element().prop_map(|(name, attributes, text)| Node {
        namespace: None,
        name,
        attributes,
        text,
        children: Vec::new(),
    });
    leaf.prop_recursive(4, 24, 4, move |inner| {
        (element(), proptest::collection::vec(inner, 0..4)).prop_map(
            |((name, attributes, text), children)| Node {
                namespace: Some("urn:element".to_owned()),
                name,
                attributes,
                text,
                children,
            },
        )
    })
}

fn same_value(written: &AttributeValue, read: &Value) -> bool {
    match (written, read) {
        (AttributeValue::Text(a), Value::String(b)) => **a == **b,
        (AttributeValue::Typed(0, _), Value::Null) => true,
        (AttributeValue::Typed(1, a), Value::Reference(b)) => a == b,
        (AttributeValue::Typed(2, a), Value::AttributeReference(b)) => a == b,
        (AttributeValue::Typed(4, a), Value::Float(b)) => *a == b.to_bits(),
        (AttributeValue::Typed(0x10, a), Value::Integer(b)) => *a == *b as u32,
        (AttributeValue::Typed(0x11, a), Value::Hexadecimal(b)) => a == b,
        (AttributeValue::Typed(0x12, a), Value::Boolean(b)) => (*a != 0) == *b,
        (AttributeValue::Typed(a, x), Value::Other { kind: b, data: y }) => a == b && x == y,
        _ => false,
    }
}

fn same(node: &Node, element: &Element, document: &Document) -> bool {
    let attributes = node.attributes.len() == element.attributes.len()
        && node.attributes.iter().zip(&element.attributes).all(|(a, b)| {
            a.namespace.as_deref() == b.namespace.as_deref()
                && *a.name == *b.name
                && a.id == b.resource_id
                && same_value(&a.value, &b.value)
        });
    *node.name == *element.name
        && node.namespace.as_deref() == element.namespace.as_deref()
        && node.text.as_deref() == element.text.as_deref()
        && attributes
        && node.children.len() == document.children(element).count()
        && node
            .children
            .iter()
            .zip(document.children(element))
            .all(|(a, b)| same(a, b, document))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_built_is_read(
        root in trees(),
        utf8 in any::<bool>(),
        attribute_gap in (0_u16..4).prop_map(|words| words * 4),
        attribute_padding in (0_u16..4).prop_map(|words| words * 4),
    ) {
        let style = Style { utf8, wiped_names: false, attribute_gap, attribute_padding };
        let document = read(&axml::parts(&root, &style).build()).0.unwrap();
        prop_assert!(same(&root, document.root().unwrap(), &document));
    }

    #[test]
    fn any_bytes_end(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&data);
    }
}

#[test]
fn mutations_end_within_the_budget() {
    let permission = Node::new("uses-permission").android(0x0101_0003, "name", "android.permission.READ_SMS");
    let activity = Node::new("activity")
        .android(0x0101_0003, "name", ".Main")
        .android(0x0101_0010, "exported", true);
    let application = Node::new("application")
        .android(0x0101_0001, "label", "App")
        .child(activity);
    let root = Node::new("manifest")
        .plain("package", "p.q")
        .child(permission)
        .child(application);
    let limits = Limits {
        steps: 100_000,
        ..Limits::default()
    };
    let mut random = Random::new(2);
    let mut readable = 0;
    for utf8 in [true, false] {
        let data = axml::parts(
            &root,
            &Style {
                utf8,
                ..Style::default()
            },
        )
        .build();
        for _ in 0..10_000 {
            let mutant = random.mutate(&data);
            let mut budget = Budget::new(&limits);
            let mut anomalies = Anomalies::new(4);
            let Ok(document) = parse(&mutant, &limits, &mut budget, &mut anomalies) else {
                continue;
            };
            let text: usize = document.elements().iter().map(|element| element.name.len()).sum();
            assert!(text <= mutant.len() * 64);
            readable += usize::from(
                Manifest::from_document(&document, None, &limits, &mut budget, &mut anomalies).is_ok(),
            );
        }
        for end in 0..data.len() {
            let _ = read(&data[..end]);
        }
    }
    assert!(readable > 10_000, "only {readable} mutants still have a manifest");
}
