//! The flows of apps as a graph for Graphviz (the DOT language).
//!
//! Nodes are methods: a house is an entry point, a box any other. A cylinder is a read, an octagon
//! a sink. Thin edges are the calls from an entry point to the read, thick ones the way of the
//! data, broken ones a wait in a field, a file and so on; a dotted edge joins a read to the sink of
//! a flow that is linked only. Each file is a cluster. Nodes and edges stand in the order in which
//! they are met, so that equal flows give equal text.
//!
//! Names from the file are cut, made visible and escaped: in a quoted text of DOT the quote, the
//! backslash and the ampersand have a meaning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::flows::{Flow, Flows, Outcome, Read, Step, What};
use super::layout::cut;
use super::sanitize::short;
use super::signature;
use crate::messages::Messages;

/// Columns of a label.
const LABEL: usize = 80;

/// The graph of the flows of all `files`.
#[must_use]
pub fn graph(files: &[Flows], messages: &Messages) -> String {
    let mut text = String::from(
        "digraph flows {\n  graph [rankdir=LR, fontname=\"sans-serif\", charset=\"UTF-8\"];\n  \
         node [shape=box, fontname=\"sans-serif\", fontsize=10];\n  \
         edge [fontname=\"sans-serif\", fontsize=9];\n",
    );
    for (number, flows) in files.iter().enumerate() {
        let mut cluster = Cluster::new(number, messages);
        for read in &flows.reads {
            cluster.read(read);
        }
        cluster.write(flows, &mut text);
    }
    text.push_str("}\n");
    text
}

/// What a node stands for; the text tells it from the others of its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Method(String, String),
    Read(String, String, Option<u32>, String, String),
    Sink(String, String, Option<u32>, String),
}

#[derive(Debug)]
struct Node {
    label: Vec<String>,
    shape: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    /// A call on the way from an entry point.
    Call,
    /// The framework calls what the method set up.
    Callback,
    /// The data moves.
    Value(What),
    /// The code of the read reaches the sink.
    Linked,
}

struct Cluster<'m> {
    messages: &'m Messages,
    number: usize,
    nodes: Vec<Node>,
    known: BTreeMap<Key, usize>,
    edges: Vec<(usize, usize, Edge)>,
    drawn: BTreeSet<(usize, usize, Edge)>,
}

impl<'m> Cluster<'m> {
    fn new(number: usize, messages: &'m Messages) -> Self {
        Self {
            messages,
            number,
            nodes: Vec::new(),
            known: BTreeMap::new(),
            edges: Vec::new(),
            drawn: BTreeSet::new(),
        }
    }

    fn node(&mut self, key: Key, label: impl FnOnce() -> Vec<String>, shape: &'static str) -> usize {
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let number = self.nodes.len();
        self.nodes.push(Node {
            label: label(),
            shape,
        });
        self.known.insert(key, number);
        number
    }

    fn method(&mut self, dex: &str, method: &str) -> usize {
        let key = Key::Method(dex.to_owned(), method.to_owned());
        self.node(key, || vec![signature::readable(method), short(dex)], "box")
    }

    fn edge(&mut self, from: usize, to: usize, kind: Edge) {
        if self.drawn.insert((from, to, kind)) {
            self.edges.push((from, to, kind));
        }
    }

    fn read(&mut self, read: &Read) {
        let mut before: Option<(usize, Edge)> = None;
        for (position, place) in read.entry.iter().enumerate() {
            let node = self.method(&place.dex, &place.method);
            if position == 0
                && !read.is_entry_cut()
                && let Some(node) = self.nodes.get_mut(node)
            {
                node.shape = "house";
            }
            if let Some((from, kind)) = before {
                self.edge(from, node, kind);
            }
            let kind = match place.offset {
                Some(_) => Edge::Call,
                None => Edge::Callback,
            };
            before = Some((node, kind));
        }
        let method = self.method(&read.place.dex, &read.place.method);
        let place = read.place.clone();
        let key = Key::Read(
            place.dex,
            place.method,
            place.offset,
            read.data.clone(),
            read.read.clone(),
        );
        let label = vec![
            short(self.messages.text("data", &read.data)),
            self.messages.text("read-short", &read.read).to_owned(),
            offset(read.place.offset),
        ];
        let source = self.node(key, || label, "cylinder");
        self.edge(source, method, Edge::Value(What::Read));
        for flow in &read.flows {
            self.flow(method, flow);
        }
    }

    fn flow(&mut self, read: usize, flow: &Flow) {
        let end = self.method(&flow.place.dex, &flow.place.method);
        let place = flow.place.clone();
        let call = flow.path.last().and_then(|step| step.calls.as_deref());
        let mut label = vec![short(self.messages.text("sink-short", &flow.sink))];
        label.extend(call.map(signature::compact));
        label.push(offset(flow.place.offset));
        let key = Key::Sink(place.dex, place.method, place.offset, flow.sink.clone());
        let sink = self.node(key, || label, "octagon");
        for pair in flow.path.windows(2) {
            if let [one, next] = pair
                && (one.place.method != next.place.method || waited(next.what))
            {
                let from = self.method(&one.place.dex, &one.place.method);
                let to = self.method(&next.place.dex, &next.place.method);
                self.edge(from, to, Edge::Value(moved(one, next)));
            }
        }
        if flow.path.is_empty() {
            if read != end {
                self.edge(read, end, Edge::Linked);
            }
            self.edge(end, sink, Edge::Linked);
        } else {
            self.edge(end, sink, Edge::Value(What::Sink));
        }
    }

    fn write(&self, flows: &Flows, text: &mut String) {
        let mut title = vec![short(&flows.input)];
        title.extend(flows.package.as_deref().map(short));
        if flows.outcome != Outcome::Followed || flows.reads.is_empty() {
            title.push(self.messages.text("flows", remark(flows.outcome)).to_owned());
        }
        let number = self.number;
        let _ = writeln!(text, "  subgraph cluster_{number} {{");
        let _ = writeln!(text, "    label={};", quoted(&title));
        if self.nodes.is_empty() {
            // A cluster without a node is not drawn, and the file must not be missing.
            let _ = writeln!(text, "    f{number} [style=invis, label=\"\"];");
        }
        for (position, node) in self.nodes.iter().enumerate() {
            let style = match node.shape {
                "cylinder" => ", style=filled, fillcolor=\"#fff2cc\"",
                "octagon" => ", style=filled, fillcolor=\"#f8cecc\"",
                "house" => ", style=filled, fillcolor=\"#dae8fc\"",
                _ => "",
            };
            let _ = writeln!(
                text,
                "    f{number}n{position} [shape={}, label={}{style}];",
                node.shape,
                quoted(&node.label)
            );
        }
        for (from, to, kind) in &self.edges {
            let (key, style) = style(*kind);
            let label = self.messages.text("flow-edge", key).to_owned();
            let _ = writeln!(
                text,
                "    f{number}n{from} -> f{number}n{to} [label={}, {style}];",
                quoted(&[label])
            );
        }
        text.push_str("  }\n");
    }
}

/// Whether the data waited somewhere before such a step. It is drawn within one method too.
fn waited(what: What) -> bool {
    matches!(
        what,
        What::Field | What::File | What::Store | What::Intent | What::Callback
    )
}

/// How the data gets from one step to the next in another method: a call is told by the step that
/// makes it, everything else by the step where the data comes out.
fn moved(from: &Step, to: &Step) -> What {
    match (from.what, to.what) {
        (_, what) if waited(what) || what == What::Return => what,
        (What::Call, _) => What::Call,
        _ => What::Step,
    }
}

fn style(kind: Edge) -> (&'static str, &'static str) {
    const THICK: &str = "color=\"#b85450\", penwidth=2";
    const WAITED: &str = "color=\"#b85450\", penwidth=2, style=dashed";
    match kind {
        Edge::Call => ("calls", "color=\"#666666\""),
        Edge::Callback => ("called-back", "color=\"#666666\", style=dashed"),
        Edge::Linked => ("linked", "color=\"#b85450\", style=dotted"),
        Edge::Value(What::Read) => ("read", THICK),
        Edge::Value(What::Step) => ("step", THICK),
        Edge::Value(What::Call) => ("call", THICK),
        Edge::Value(What::Return) => ("return", THICK),
        Edge::Value(What::Sink) => ("sink", THICK),
        Edge::Value(What::Field) => ("field", WAITED),
        Edge::Value(What::File) => ("file", WAITED),
        Edge::Value(What::Store) => ("store", WAITED),
        Edge::Value(What::Intent) => ("intent", WAITED),
        Edge::Value(What::Callback) => ("callback", WAITED),
    }
}

/// The sentence for a file without anything to draw.
fn remark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Followed => "nothing",
        Outcome::NoPermission => "no-permission",
        Outcome::NoProvider => "no-provider",
        Outcome::NoManifest => "no-manifest",
        Outcome::NoCode => "no-code",
        Outcome::CodeUnreadable => "code-unreadable",
        Outcome::Failed => "failed",
    }
}

fn offset(offset: Option<u32>) -> String {
    offset.map(|offset| format!("+{offset:#x}")).unwrap_or_default()
}

/// Lines as a quoted text of DOT. The lines are visible text.
fn quoted(lines: &[String]) -> String {
    let mut text = String::from("\"");
    for (position, line) in lines.iter().filter(|line| !line.is_empty()).enumerate() {
        if position > 0 {
            text.push_str("\\n");
        }
        for character in cut(line, LABEL).chars() {
            match character {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                // Graphviz reads entities of HTML in any label.
                '&' => text.push_str("&amp;"),
                _ => text.push(character),
            }
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_cannot_end_early() {
        for (text, expected) in [
            ("a\"];x", r#""a\"];x""#),
            ("a\\", r#""a\\""#),
            ("\\N&#10;<b>", r#""\\N&amp;#10;<b>""#),
            ("", "\"\""),
        ] {
            assert_eq!(quoted(&[text.to_owned()]), expected);
        }
        assert_eq!(
            quoted(&["a".to_owned(), String::new(), "b".to_owned()]),
            "\"a\\nb\""
        );
        assert!(quoted(&["x".repeat(500)]).chars().count() <= LABEL + 2);
    }
}
