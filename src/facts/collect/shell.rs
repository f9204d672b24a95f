//! Pages of a server that the settings of a framework name in place of the app's own.
//!
//! Capacitor keeps its settings in a file of JSON (`server.url`), uni-app and its forerunner 5+App in
//! another (`launch_path`), Cordova in a resource, `config.xml`. There `content` names the first page, and
//! `allow-navigation` the hosts that the web view may go to and whose pages may call plug-ins. A first page of
//! the package that is next to nothing and names such a host sends the app there. The hosts of `access` may be
//! asked for data; they stand among the hosts of the app and are no pages.

use core::net::Ipv4Addr;

use super::Collector;
use super::assets::BYTES_PER_STEP;
use super::package::SHELL_PAGE_BYTES;
use crate::anomaly::Anomalies;
use crate::app::Placed;
use crate::container::Inflater;
use crate::facts::interest::{host_of, is_host_below};
use crate::facts::network::address::{Address, MARK, addresses};
use crate::facts::{Fact, FactKind, Location};
use crate::formats::document::{Document, Element};
use crate::formats::spellings;

/// Where Capacitor says which page an app shows.
const CAPACITOR_CONFIG: &str = "assets/capacitor.config.json";
/// Folder of the apps of uni-app, each with its settings in `www/manifest.json`.
const UNI_APPS: &str = "assets/apps/";
/// The settings below the folder of one of them.
const UNI_MANIFEST: &str = "www/manifest.json";
/// The outermost element of Cordova's settings, today and in the first versions.
const CORDOVA_ROOTS: [&str; 2] = ["widget", "cordova"];
/// Folder of Cordova's pages.
const CORDOVA_PAGES: &str = "assets/www/";
/// The first page where the settings name none.
const CORDOVA_START: &str = "index.html";
/// Bytes of Cordova's settings that are read.
const CONFIG_BYTES: u64 = 1 << 20;
/// Hosts that Cordova's settings may open to the web view, at most.
const OPEN_HOSTS: usize = 256;
/// Where development servers stand, which are no servers for others.
const LOCAL: &str = "local";

impl Collector<'_> {
    /// The host of the page that an app shows instead of its own, as the text file `placed` names it when it
    /// holds the settings of Capacitor or uni-app.
    pub(super) fn add_page_of_settings(&mut self, placed: &Placed<'_, '_>, text: &[u8]) {
        let pointer = match placed.path {
            CAPACITOR_CONFIG => "/server/url",
            path if is_uni_manifest(path) => "/launch_path",
            _ => return,
        };
        // A tree of values is many times as large as its text.
        if text.len() > self.limits.text_bytes {
            return;
        }
        let settings: Option<serde_json::Value> = serde_json::from_slice(text).ok();
        let address = settings
            .as_ref()
            .and_then(|settings| settings.pointer(pointer)?.as_str());
        if let Some(host) = address.and_then(host_of) {
            let location = Location::Entry {
                name: placed.name().into_owned(),
                offset: None,
            };
            self.add(Fact::new(FactKind::Page, host), location);
        }
    }

    /// Adds the hosts that Cordova's settings at `placed` name, and those whose pages the app shows.
    ///
    /// # Limits
    /// The first MiB of the settings, and 256 hosts in them that the web view may go to; those of
    /// reading a document, and a step of the budget for each 32 bytes of an address.
    pub fn add_cordova_settings(&mut self, placed: &Placed<'_, '_>, inflater: &mut Inflater) {
        let Some(data) = self.read_beginning(placed, CONFIG_BYTES, inflater) else {
            return;
        };
        // The settings are no part of what Android reads, so that what is odd about them says nothing.
        let mut unheard = Anomalies::new(0);
        let (limits, budget) = (self.limits, &mut self.budget);
        match spellings::document(&data, &CORDOVA_ROOTS, limits, budget, &mut unheard) {
            Some(document) => {
                self.count_read(placed, data.len() as u64, CONFIG_BYTES);
                let is_cordova = document
                    .root()
                    .is_some_and(|root| CORDOVA_ROOTS.contains(&&*root.name));
                if is_cordova {
                    self.add_cordova_hosts(placed, &document, inflater);
                }
            }
            None => self.count_unreadable(placed),
        }
        inflater.recycle(data);
    }

    fn add_cordova_hosts(&mut self, placed: &Placed<'_, '_>, document: &Document, inflater: &mut Inflater) {
        let name = placed.name();
        let mut start = CORDOVA_START;
        let mut open: Vec<(String, Location)> = Vec::new();
        for named in document.elements().iter().filter_map(Named::of) {
            // Elements may all share one long text, and the name of the file may be long.
            let bytes = named.address.len().saturating_add(name.len()) as u64;
            if !self.budget.steps(bytes >> BYTES_PER_STEP) {
                return;
            }
            let place = Location::Entry {
                name: name.clone().into_owned(),
                offset: Some(named.offset),
            };
            let address = address_of_pattern(named.address);
            if let Some(address) = &address {
                self.network.add_address(address, &place, self.limits);
            }
            match (named.sort, address) {
                // The last one counts.
                (Sort::Content, None) => start = named.address,
                (Sort::Content, Some(address)) => {
                    start = "";
                    self.add(Fact::new(FactKind::Page, address.host), place);
                }
                (Sort::Navigation, Some(address)) if open.len() < OPEN_HOSTS => {
                    open.push((address.host, place));
                }
                (Sort::Navigation | Sort::Access, _) => {}
            }
        }
        if open.is_empty() || start.is_empty() {
            return;
        }
        let hosts = self.hosts_of_page(placed, start, inflater);
        for (above, place) in open {
            for host in hosts.iter().filter(|host| is_host_below(host, &above)) {
                self.add(Fact::new(FactKind::Page, host), place.clone());
            }
        }
    }

    /// The hosts that the page called `start` names, when it is so short that it says nothing else.
    fn hosts_of_page(
        &mut self,
        settings: &Placed<'_, '_>,
        start: &str,
        inflater: &mut Inflater,
    ) -> Vec<String> {
        let start = start.split(['?', '#']).next().unwrap_or(start);
        let path = format!("{CORDOVA_PAGES}{start}");
        let Some(entry) = settings.module.find(&path) else {
            return Vec::new();
        };
        if entry.size >= SHELL_PAGE_BYTES {
            return Vec::new();
        }
        // It is one of the text files, which say what became of them.
        let (limits, mut unheard) = (self.limits, Anomalies::new(0));
        let Ok(data) = inflater.read(entry, limits, &mut self.budget, &mut unheard) else {
            return Vec::new();
        };
        let hosts = addresses(&String::from_utf8_lossy(&data))
            .map(|(_, address)| address.host)
            .collect();
        inflater.recycle(data);
        hosts
    }
}

/// What an element of Cordova's settings names an address for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// The first page.
    Content,
    /// Where the web view may go.
    Navigation,
    /// What pages may ask for data.
    Access,
}

/// An address that Cordova's settings name.
#[derive(Debug)]
struct Named<'d> {
    sort: Sort,
    /// The address as it is written.
    address: &'d str,
    /// Offset of the element in bytes.
    offset: u64,
}

impl<'d> Named<'d> {
    fn of(element: &'d Element) -> Option<Self> {
        let (sort, attribute) = match &*element.name {
            "content" => (Sort::Content, "src"),
            "allow-navigation" => (Sort::Navigation, "href"),
            "access" => (Sort::Access, "origin"),
            _ => return None,
        };
        Some(Self {
            sort,
            address: element.plain_attribute(attribute)?.value.as_str()?,
            offset: element.offset,
        })
    }
}

/// The address in a pattern of Cordova's, `https://*.example.com/*`: without the `*`, and `https` where it
/// stands for the scheme. `None` when it names no host, or one in the person's own network.
fn address_of_pattern(pattern: &str) -> Option<Address> {
    let (scheme, rest) = pattern.trim().split_once(MARK)?;
    let rest = rest.strip_prefix("*.").unwrap_or(rest);
    let scheme = if scheme == "*" { "https" } else { scheme };
    let (_, address) = addresses(&format!("{scheme}{MARK}{rest}")).next()?;
    let is_near = match address.host.parse::<Ipv4Addr>() {
        Ok(number) => number.is_private() || number.is_loopback() || number.is_link_local(),
        Err(_) => is_host_below(&address.host, LOCAL),
    };
    (!is_near).then_some(address)
}

/// Whether the settings of an app of uni-app stand at `path`.
fn is_uni_manifest(path: &str) -> bool {
    let app = path.strip_prefix(UNI_APPS).and_then(|rest| rest.split_once('/'));
    app.is_some_and(|(_, file)| file == UNI_MANIFEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_addresses_where_they_name_a_host() {
        for (pattern, expected) in [
            (
                "https://m.loan.example/app?x=1",
                Some("https m.loan.example /app"),
            ),
            ("http://*.loan.example/*", Some("http loan.example ")),
            ("*://*.loan.example/*", Some("https loan.example ")),
            ("https://loan.example:8443/*", Some("https loan.example ")),
            ("*", None),
            ("http://*/*", None),
            ("https://*.*", None),
            ("data:*", None),
            ("index.html", None),
            ("http://ionic.local/*", None),
            ("http://localhost:8080/", None),
            ("http://192.168.8.21:8787/", None),
            ("http://203.0.113.9:8787/", Some("http 203.0.113.9 ")),
            ("tel:*", None),
        ] {
            let found = address_of_pattern(pattern).map(|address| {
                let path = address.path.unwrap_or_default();
                format!("{} {} {path}", address.scheme, address.host)
            });
            assert_eq!(found.as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn settings_of_uni_app_stand_in_the_folder_of_an_app() {
        for (path, expected) in [
            ("assets/apps/__UNI__1/www/manifest.json", true),
            ("assets/apps/H5A/www/manifest.json", true),
            ("assets/apps/a/b/www/manifest.json", false),
            ("assets/apps/a/www/b/manifest.json", false),
            ("assets/apps/www/manifest.json", false),
            ("assets/www/manifest.json", false),
        ] {
            assert_eq!(is_uni_manifest(path), expected, "{path}");
        }
    }
}
