//! Servers and keys: the hosts that are not common, and the keys, few of each.

use super::Sheet;
use crate::render::grouped;
use crate::render::layout::width;
use crate::render::sanitize::short;
use crate::report::v1::{Host, Network};

/// Rows shown of each sort.
const ROWS: usize = 6;
/// Paths shown of one host.
const PATHS: usize = 3;

impl Sheet<'_> {
    /// Hosts, keys and fields; nothing when there are none but common hosts.
    pub(super) fn network(&mut self) {
        let report = self.report;
        let Some(network) = &report.network else {
            return;
        };
        let own: Vec<&Host> = network.hosts.iter().filter(|host| is_own(host)).collect();
        if own.is_empty() && network.identifiers.is_empty() && network.fields.is_empty() {
            return;
        }
        self.heading("network");
        let label = |key| self.messages.text("field", key);
        let keys = ["hosts", "identifiers", "fields"];
        let columns = keys.iter().map(|key| width(label(key))).max().unwrap_or(0);
        let hosts: Vec<String> = own.iter().map(|host| self.host(host)).collect();
        self.network_rows("hosts", columns, &hosts);
        let identifiers = network.identifiers.iter();
        let identifiers: Vec<String> = identifiers
            .map(|one| format!("{} {}", short(&one.kind), short(&one.value)))
            .collect();
        self.network_rows("identifiers", columns, &identifiers);
        self.network_fields(network, columns);
        let common = network.hosts.len().saturating_sub(own.len());
        if common > 0 {
            let text = self.say("common-hosts", &[("count", &grouped(common as u64))]);
            self.quiet(columns + 4, text);
        }
    }

    fn network_rows(&mut self, key: &str, columns: usize, rows: &[String]) {
        let mut shown = self.messages.text("field", key);
        for row in rows.iter().take(ROWS) {
            self.field(shown, columns, &[row.clone().into()]);
            shown = "";
        }
        if let Some(more) = rows.len().checked_sub(ROWS).filter(|more| *more > 0) {
            let text = self.say("more-rows", &[("count", &grouped(more as u64))]);
            self.quiet(columns + 4, text);
        }
    }

    fn host(&self, host: &Host) -> String {
        let mut text = short(&host.host);
        if host.ip {
            text = self.say("ip-host", &[("host", &text)]);
        }
        if host.paths.is_empty() {
            return text;
        }
        let mut paths: Vec<String> = host.paths.iter().take(PATHS).map(|path| short(path)).collect();
        if host.paths.len() > PATHS {
            paths.push("…".to_owned());
        }
        format!(
            "{text}{}{}",
            self.colon(),
            paths.join(self.messages.text("phrase", "list"))
        )
    }

    fn network_fields(&mut self, network: &Network, columns: usize) {
        if network.fields.is_empty() {
            return;
        }
        let names: Vec<String> = network.fields.iter().map(|field| short(&field.name)).collect();
        let text = names.join(self.messages.text("phrase", "list"));
        self.field(self.messages.text("field", "fields"), columns, &[text.into()]);
    }
}

/// Whether a host may be the maker's own.
fn is_own(host: &Host) -> bool {
    matches!(host.class.as_deref(), None | Some("cloud"))
}
