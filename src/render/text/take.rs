//! What the app may take: one block for each kind of data, then the remaining permissions.

use super::{Sheet, borrowed};
use crate::render::layout::{Span, width};
use crate::render::sanitize::short;
use crate::render::{grouped, named, percent, wire_name};
use crate::report::v1::{Data, Evidence, Harvest, Layer, Level, Permission, Read};

/// Steps of a path that are shown.
const STEPS: usize = 5;

/// Other permissions named; the rest is counted.
const NAMED: usize = 60;

const PREFIX: &str = "android.permission.";

/// The permissions that let an app read a kind of data.
fn reading(data: Data) -> &'static [&'static str] {
    match data {
        Data::Contacts => &["android.permission.READ_CONTACTS"],
        Data::Sms => &[
            "android.permission.READ_SMS",
            "android.permission.RECEIVE_SMS",
            "android.permission.RECEIVE_MMS",
            "android.permission.RECEIVE_WAP_PUSH",
        ],
        Data::CallLog => &["android.permission.READ_CALL_LOG"],
    }
}

const KINDS: [Data; 3] = [Data::Contacts, Data::Sms, Data::CallLog];

/// Short names of the permissions in `permissions` that let an app read personal data.
pub(crate) fn reading_permissions(permissions: &[Permission]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for known in KINDS.iter().flat_map(|data| reading(*data)) {
        if permissions.iter().any(|permission| permission.name == *known) {
            names.push(known.strip_prefix(PREFIX).unwrap_or(known));
        }
    }
    names
}

impl Sheet<'_> {
    pub(super) fn take(&mut self) {
        self.heading("take");
        let messages = self.messages;
        let label = |data: &Data| named(messages, "data", data);
        let columns = KINDS.iter().map(|data| width(&label(data))).max().unwrap_or(0);
        for data in KINDS {
            let rows: Vec<&Harvest> = self
                .report
                .harvest
                .iter()
                .filter(|row| row.data == data)
                .collect();
            let label = label(&data);
            let held: Vec<&Permission> = self
                .report
                .permissions
                .iter()
                .filter(|permission| reading(data).contains(&permission.name.as_str()))
                .collect();
            if rows.is_empty() {
                let text = self.no_read(!held.is_empty());
                self.field(&label, columns, &[text.into()]);
            }
            for (position, row) in rows.iter().enumerate() {
                self.row(if position == 0 { label.as_str() } else { "" }, columns, row);
            }
            let shown = |permission: &Permission| {
                rows.iter()
                    .flat_map(|row| &row.path)
                    .any(|place| place.value.as_ref() == Some(&permission.name))
            };
            for permission in held.into_iter().filter(|permission| !shown(permission)) {
                let text = self.permission(permission);
                self.quiet(columns + 4, text);
            }
        }
        self.other_permissions();
    }

    fn row(&mut self, label: &str, columns: usize, row: &Harvest) {
        let text = match (row.level, row.read) {
            // What is only declared was not seen to be read, and what is only named not to be sent.
            (Level::Declared, _) => self.no_read(true),
            (Level::Named, Read::Unknown) => {
                let sink = if row.sink.is_some() {
                    "sink-named"
                } else {
                    "no-sink"
                };
                self.sentences(&self.say("read-named", &[]), &self.say(sink, &[]))
            }
            _ => {
                let sink = match &row.sink {
                    // The code gets there; of the data that is not known.
                    Some(sink) if row.level == Level::Linked => {
                        let sink = named(self.messages, "sink-short", sink);
                        self.say("sink-linked", &[("sink", &sink)])
                    }
                    Some(sink) => named(self.messages, "sink", sink),
                    None => self.say("no-sink", &[]),
                };
                self.sentences(&named(self.messages, "read", &row.read), &sink)
            }
        };
        self.field(label, columns, &[text.into()]);
        let level = self.level(row.level);
        self.below(columns, &level);
        // Declarations and names are no code that could be reached.
        if row.level > Level::Named || row.reachable.is_some() {
            let reachable = match row.reachable {
                Some(true) => "reachable",
                Some(false) => "unreachable",
                None => "reachable-unknown",
            };
            let text = self.say(reachable, &[]);
            self.below(columns, &[text.into()]);
        }
        self.path(columns + 4, &row.path);
    }

    /// The steps of a path: of a long one its beginning and its end.
    fn path(&mut self, indent: usize, path: &[Evidence]) {
        let left_out = path.len().saturating_sub(STEPS);
        if left_out == 0 {
            self.places(indent, path);
            return;
        }
        let (first, rest) = path.split_at(STEPS.div_ceil(2));
        self.places(indent, first);
        let count = grouped(left_out as u64);
        let text = self.say("more-steps", &[("count", &count)]);
        self.quiet(indent, text);
        self.places(indent, rest.get(left_out..).unwrap_or_default());
    }

    /// The degree of evidence, and what it means.
    pub(super) fn level(&self, level: Level) -> [Span; 2] {
        let name = wire_name(&level);
        [
            Span::styled(
                self.messages.text("level", &name),
                anstyle::Style::new().underline(),
            ),
            format!("{}{}", self.colon(), self.messages.text("level-means", &name)).into(),
        ]
    }

    fn no_read(&self, asked: bool) -> String {
        if self.manifest_is_missing() {
            return self.say("no-read-no-manifest", &[]);
        }
        let examined = self.report.coverage.as_ref().and_then(|coverage| coverage.code);
        match (examined, asked) {
            (Some(share), true) => self.say("permission-without-read", &[("percent", &percent(share))]),
            (Some(share), false) => self.say("no-read", &[("percent", &percent(share))]),
            (None, true) => self.say("permission-without-read-unknown", &[]),
            (None, false) => self.say("no-read-unknown", &[]),
        }
    }

    fn manifest_is_missing(&self) -> bool {
        let coverage = self.report.coverage.as_ref();
        coverage.is_none_or(|coverage| matches!(coverage.manifest, Layer::Unreadable | Layer::Absent))
    }

    fn permission(&self, permission: &Permission) -> String {
        let name = short(&permission.name);
        match permission.max_sdk {
            _ if permission.implied => self.say("permission-implied", &[("name", &name)]),
            Some(level) => {
                let values = [("name", name), ("level", level.to_string())];
                self.say("permission-max", &borrowed(&values))
            }
            None => self.say("permission", &[("name", &name)]),
        }
    }

    fn other_permissions(&mut self) {
        let report = self.report;
        let text = if self.manifest_is_missing() {
            self.say("permissions-unknown", &[])
        } else if report.permissions.is_empty() {
            self.say("no-permissions", &[])
        } else {
            let others: Vec<String> = report
                .permissions
                .iter()
                .filter(|permission| {
                    !KINDS
                        .iter()
                        .any(|data| reading(*data).contains(&permission.name.as_str()))
                })
                .map(|permission| short(permission.name.strip_prefix(PREFIX).unwrap_or(&permission.name)))
                .collect();
            if others.is_empty() {
                return;
            }
            let mut names = others
                .iter()
                .take(NAMED)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(self.messages.text("phrase", "list"));
            if others.len() > NAMED {
                names.push_str(" …");
            }
            let values = [("count", others.len().to_string()), ("names", names)];
            self.say("other-permissions", &borrowed(&values))
        };
        self.page.paragraph(&"  ".into(), &[text.into()]);
    }
}
