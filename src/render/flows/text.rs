//! The flows of an app as a person reads them.
//!
//! One block for each read: what it is, where, how it is reached and whose code it is in; then the
//! ways of its data, one block for each sink, method by method.

use anstyle::{AnsiColor, Style};

use super::{Flow, Flows, Outcome, Owner, OwnerKind, Place, Read, Step, What};
use crate::messages::{Language, Messages};
use crate::render::layout::{Page, Span, padded, width};
use crate::render::sanitize::short;
use crate::render::{grouped, signature};

/// Calls named for a stretch within one method; the rest is counted.
const NAMED: usize = 6;
/// Columns before the fields of a read.
const INDENT: usize = 2;
/// Columns before the steps of a path.
const STEPS: usize = 7;

/// The text of `flows` for a terminal of `columns` columns, with ANSI styles. With `exact` every
/// method has its descriptor beside it, and no steps are drawn together.
#[must_use]
pub fn text(flows: &Flows, exact: bool, messages: &Messages, columns: usize) -> String {
    let mut sheet = Sheet {
        page: Page::new(columns),
        messages,
        exact,
    };
    sheet.heading(flows);
    sheet.summary(flows);
    for read in &flows.reads {
        sheet.read(read);
    }
    sheet.page.finish()
}

struct Sheet<'m> {
    page: Page,
    messages: &'m Messages,
    exact: bool,
}

fn bold() -> Style {
    Style::new().bold()
}

fn dimmed(text: impl Into<String>) -> Span {
    Span::styled(text, Style::new().dimmed())
}

/// How a level is shown; as the bands, none is green.
fn level_style(level: &str) -> Style {
    match level {
        "proven" => AnsiColor::Red.on_default().bold(),
        "linked" => AnsiColor::Yellow.on_default().bold(),
        _ => bold(),
    }
}

fn offset(offset: u32) -> String {
    format!("+{offset:#x}")
}

impl Sheet<'_> {
    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.messages.fill("flows", key, values)
    }

    fn line(&mut self, indent: usize, spans: &[Span]) {
        self.page.paragraph(&" ".repeat(indent).into(), spans);
    }

    fn sentence(&mut self, key: &str, values: &[(&str, &str)]) {
        let text = self.say(key, values);
        self.line(INDENT, &[text.into()]);
    }

    fn colon(&self) -> &'static str {
        match self.messages.language() {
            Language::English => ": ",
            Language::SimplifiedChinese => "：",
        }
    }

    fn heading(&mut self, flows: &Flows) {
        let mut spans = vec![Span::styled(short(&flows.input), bold())];
        spans.extend(
            flows
                .package
                .iter()
                .map(|package| format!("  {}", short(package)).into()),
        );
        self.line(0, &spans);
    }

    /// How much was found, and in what.
    fn summary(&mut self, flows: &Flows) {
        match flows.outcome {
            Outcome::Followed => {
                let ended = flows.reads.iter().filter(|read| !read.flows.is_empty());
                let (reads, ends) = (flows.reads.len().to_string(), ended.count().to_string());
                match flows.reads.len() {
                    0 => self.sentence("nothing", &[]),
                    _ => self.sentence("found", &[("reads", &reads), ("ends", &ends)]),
                }
            }
            Outcome::NoPermission => self.sentence("no-permission", &[]),
            Outcome::NoProvider => self.sentence("no-provider", &[]),
            Outcome::NoManifest => self.sentence("no-manifest", &[]),
            Outcome::NoCode => self.sentence("no-code", &[]),
            Outcome::CodeUnreadable => self.sentence("code-unreadable", &[]),
            Outcome::Failed => self.failure(flows),
        }
        if flows.left_out > 0 {
            let count = grouped(flows.left_out);
            self.sentence("left-out", &[("count", &count)]);
        }
        if flows.outcome == Outcome::Followed && !flows.not_looked_for.is_empty() {
            let names: Vec<&str> = flows.not_looked_for.iter().map(|data| self.data(data)).collect();
            let names = names.join(self.messages.text("phrase", "list"));
            self.sentence("not-looked-for", &[("names", &names)]);
        }
        self.coverage(flows);
    }

    fn coverage(&mut self, flows: &Flows) {
        let Some(coverage) = &flows.coverage else {
            return;
        };
        if flows.outcome == Outcome::Followed {
            let values = [grouped(coverage.methods_decoded), grouped(coverage.methods)];
            let [decoded, methods] = &values;
            self.sentence("coverage", &[("decoded", decoded), ("methods", methods)]);
        }
        if coverage.is_cut {
            self.sentence("cut", &[]);
        }
        if coverage.dex_bytes_read < coverage.dex_bytes {
            let missing = grouped(coverage.dex_bytes - coverage.dex_bytes_read);
            let all = grouped(coverage.dex_bytes);
            self.sentence("dex-missing", &[("missing", &missing), ("all", &all)]);
        }
        for name in &coverage.opaque {
            let text = self.messages.text("opaque", name).to_owned();
            let label = self.messages.text("field", "opaque").to_owned();
            self.line(
                INDENT,
                &[
                    label.into(),
                    self.colon().into(),
                    text.into(),
                    dimmed(format!(" [{name}]")),
                ],
            );
        }
    }

    fn failure(&mut self, flows: &Flows) {
        let Some(error) = &flows.error else {
            return;
        };
        let text = self.messages.find("failure", &error.kind);
        let text = text.map_or_else(|| short(&error.message), str::to_owned);
        let heading = self.messages.text("report", "failed").to_owned();
        let spans = [
            Span::styled(heading, AnsiColor::Magenta.on_default().bold()),
            format!("  {text} [{}]", short(&error.kind)).into(),
        ];
        self.line(INDENT, &spans);
    }

    fn data<'a>(&'a self, data: &'a str) -> &'a str {
        self.messages.text("data", data)
    }

    fn read(&mut self, read: &Read) {
        self.page.space();
        let values = [
            ("data", short(self.data(&read.data))),
            ("read", self.messages.text("read-short", &read.read).to_owned()),
        ];
        let [(_, data), (_, how)] = &values;
        let title = self.say("read", &[("data", data), ("read", how)]);
        let level = self.messages.text("level", &read.level).to_owned();
        let spans = [
            Span::styled(title, bold()),
            "  ".into(),
            Span::styled(level, level_style(&read.level)),
        ];
        self.line(0, &spans);
        let columns = ["place", "entry", "owner"]
            .iter()
            .map(|key| width(self.messages.text("flows", key)))
            .max()
            .unwrap_or(0);
        let spans = self.place(&read.place);
        self.field("place", columns, &spans);
        self.descriptor(columns + 2 * INDENT, &read.place.method);
        let owner = self.owner(&read.owner);
        self.field("owner", columns, &[owner.into()]);
        self.entry(read, columns);
        if read.flows.is_empty() {
            let text = self.messages.text("report", "no-sink").to_owned();
            self.line(INDENT, &[text.into()]);
        }
        for flow in &read.flows {
            self.flow(flow);
        }
    }

    fn field(&mut self, key: &str, columns: usize, spans: &[Span]) {
        let label = padded(self.messages.text("flows", key), columns);
        self.page
            .paragraph(&dimmed(format!("{}{label}  ", " ".repeat(INDENT))), spans);
    }

    /// The method, the dex file and the offset.
    fn place(&self, place: &Place) -> Vec<Span> {
        let mut rest = format!("  {}", short(&place.dex));
        if let Some(at) = place.offset {
            rest.push(' ');
            rest.push_str(&offset(at));
        }
        vec![signature::readable(&place.method).into(), dimmed(rest)]
    }

    /// The descriptor on a line of its own, where it is wanted.
    fn descriptor(&mut self, indent: usize, method: &str) {
        if self.exact {
            self.line(indent, &[dimmed(short(method))]);
        }
    }

    fn owner(&self, owner: &Owner) -> String {
        if let Some(sdk) = &owner.sdk {
            return self.say("owner-sdk", &[("name", &short(sdk))]);
        }
        match (owner.kind, &owner.library) {
            (OwnerKind::App, _) => self.say("owner-app", &[]),
            (OwnerKind::Library, Some(prefix)) => self.say("owner-library", &[("prefix", &short(prefix))]),
            (OwnerKind::Library | OwnerKind::Renamed, _) => self.say("owner-renamed", &[]),
        }
    }

    /// Whether and how the read is reached.
    fn entry(&mut self, read: &Read, columns: usize) {
        let key = match read.reachable {
            Some(true) => "reachable",
            Some(false) => "unreachable",
            None => "reachable-unknown",
        };
        let text = self.messages.text("report", key).to_owned();
        self.field("entry", columns, &[text.into()]);
        let indent = columns + 2 * INDENT;
        if read.is_entry_cut() {
            let text = self.say("chain-cut", &[]);
            self.line(indent, &[dimmed(text)]);
        }
        for (position, place) in read.entry.iter().enumerate() {
            let lead = if position == 0 { "  " } else { "→ " };
            let mut spans = self.place(place);
            let before = position.checked_sub(1).and_then(|before| read.entry.get(before));
            if before.is_some_and(|before| before.offset.is_none()) {
                spans.push(dimmed(format!("  {}", self.say("called-back", &[]))));
            }
            self.page
                .paragraph(&format!("{}{lead}", " ".repeat(indent)).into(), &spans);
            self.descriptor(indent + 2, &place.method);
        }
    }

    fn flow(&mut self, flow: &Flow) {
        let sink = short(self.messages.text("sink-short", &flow.sink));
        let level = self.messages.text("level", &flow.level).to_owned();
        let owner = self.owner(&flow.owner);
        let title = self.say("sink", &[("sink", &sink)]);
        let spans = [
            Span::styled(title, bold()),
            "  ".into(),
            Span::styled(level, level_style(&flow.level)),
        ];
        self.line(INDENT, &spans);
        let columns = ["place", "owner"]
            .iter()
            .map(|key| width(self.messages.text("flows", key)))
            .max()
            .unwrap_or(0);
        let spans = self.place(&flow.place);
        self.below("place", columns, &spans);
        self.descriptor(columns + 3 * INDENT, &flow.place.method);
        self.below("owner", columns, &[owner.into()]);
        if flow.path.is_empty() {
            let text = self.say("no-path", &[]);
            self.line(2 * INDENT, &[text.into()]);
        }
        let same = |one: &Step, other: &Step| one.place.method == other.place.method;
        for (position, steps) in flow.path.chunk_by(same).enumerate() {
            self.steps(position + 1, steps);
        }
    }

    fn below(&mut self, key: &str, columns: usize, spans: &[Span]) {
        let label = padded(self.messages.text("flows", key), columns);
        self.page
            .paragraph(&dimmed(format!("{}{label}  ", " ".repeat(2 * INDENT))), spans);
    }

    /// What happens in one method, from where the data comes into it until it leaves it.
    fn steps(&mut self, number: usize, steps: &[Step]) {
        let Some(first) = steps.first() else {
            return;
        };
        let spans = [
            signature::readable(&first.place.method).into(),
            dimmed(format!("  {}", short(&first.place.dex))),
        ];
        self.page.paragraph(&format!("{number:>5}  ").into(), &spans);
        self.descriptor(STEPS, &first.place.method);
        let joined =
            |one: &Step, other: &Step| !self.exact && one.what == What::Step && other.what == What::Step;
        let stretches: Vec<&[Step]> = steps.chunk_by(joined).collect();
        let offsets: Vec<String> = stretches.iter().map(|stretch| offsets(stretch)).collect();
        let columns = offsets.iter().map(|text| width(text)).max().unwrap_or(0);
        for (stretch, offsets) in stretches.iter().zip(&offsets) {
            self.stretch(stretch, &padded(offsets, columns));
        }
    }

    fn stretch(&mut self, steps: &[Step], offsets: &str) {
        let Some(first) = steps.first() else {
            return;
        };
        let mut text = self.messages.text("flow-step", what(first.what)).to_owned();
        let calls = self.calls(steps);
        if !calls.is_empty() {
            text.push_str(self.colon());
            text.push_str(&calls);
        }
        let lead = format!("{}{offsets}  ", " ".repeat(STEPS));
        let indent = width(&lead);
        let style = match first.what {
            What::Read | What::Sink => bold(),
            _ => Style::new(),
        };
        self.page.paragraph(&dimmed(lead), &[Span::styled(text, style)]);
        if let [only] = steps
            && let Some(callee) = &only.calls
        {
            self.descriptor(indent, callee);
        }
    }

    /// The methods called on a stretch: in full for a single step, else by class and name.
    fn calls(&self, steps: &[Step]) -> String {
        if let [only] = steps {
            return only.calls.as_deref().map(signature::readable).unwrap_or_default();
        }
        let mut names: Vec<String> = steps
            .iter()
            .filter_map(|step| step.calls.as_deref().map(signature::brief))
            .collect();
        names.dedup();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let mut text = names.join(self.messages.text("phrase", "list"));
        if more > 0 {
            text.push(' ');
            text.push_str(&self.say("more", &[("count", &more.to_string())]));
        }
        text
    }
}

/// The offsets of a stretch, first and last.
fn offsets(steps: &[Step]) -> String {
    let mut known = steps.iter().filter_map(|step| step.place.offset);
    match (known.next(), known.next_back()) {
        (Some(first), Some(last)) if first != last => format!("{}…{}", offset(first), offset(last)),
        (Some(first), _) => offset(first),
        (None, _) => String::new(),
    }
}

fn what(what: What) -> &'static str {
    match what {
        What::Read => "read",
        What::Step => "step",
        What::Call => "call",
        What::Return => "return",
        What::Field => "field",
        What::File => "file",
        What::Store => "store",
        What::Intent => "intent",
        What::Callback => "callback",
        What::Sink => "sink",
    }
}
