//! Names in scripts, pages and compiled programs: plug-ins and calls by which they reach the phone.
//!
//! The names stand in the rules (`script` of the vocabulary). In text they are looked for as they are
//! written, in Hermes bytecode and Dart snapshots in each string; a name is one where no further
//! letter of a name follows or goes before. What frameworks bring into every app names everything that
//! the framework can do, so that its files are passed over.

use std::collections::BTreeMap;

use super::Collector;
use super::assets::entry_at;
use crate::facts::{Fact, FactKind};
use crate::formats::text::Encoding;

/// Beginnings of the file names of scripts that frameworks bring into every app.
const RUNTIMES: [&str; 6] = [
    "uni-jsframework",
    "__uniapp",
    "cordova.js",
    "cordova.min.js",
    "native-bridge",
    "ng-cordova",
];

/// Where Capacitor lists the plug-ins of an app.
const CAPACITOR_PLUGINS: &str = "assets/capacitor.plugins.json";

impl Collector<'_> {
    /// Adds the names in a text of UTF-8 or Latin-1 that stands at `start` of the entry `name`, in
    /// bytes.
    pub(super) fn add_script_names(&mut self, name: &str, start: u64, text: &[u8]) {
        let names = &self.interest.scripts;
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for (index, offset) in names.places(text) {
            let sought = names.get(index).unwrap_or_default();
            let count = counts.entry(index).or_default();
            if *count >= self.limits.locations_per_fact
                || !stands_alone(text, offset, offset.saturating_add(sought.len()))
            {
                continue;
            }
            *count = count.saturating_add(1);
            let location = entry_at(name, start, offset);
            self.add(Fact::new(FactKind::Script, sought), location);
        }
    }

    /// Adds what a string of a compiled script or program says that stands at `start` of the entry
    /// `name`, in bytes. One that is a name, as its language writes them, says no words.
    pub(super) fn add_compiled_string(
        &mut self,
        name: &str,
        start: u64,
        bytes: &[u8],
        encoding: Encoding,
        is_name: bool,
    ) {
        if encoding != Encoding::Utf16Le {
            self.add_script_names(name, start, bytes);
            // Latin-1 that is more than ASCII is no UTF-8, and what is looked for is ASCII.
            if let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()) {
                self.add_constant(text, (name, start), !is_name, self.limits);
            }
        }
        if !is_name {
            self.add_text(name, start, bytes, encoding);
        }
    }
}

/// Whether the names in a text file mean that the app uses them: it is code of the app, or the list of
/// its plug-ins.
pub(super) fn is_telling(path: &str, is_code: bool) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let is_runtime = RUNTIMES.iter().any(|runtime| file.starts_with(runtime));
    (is_code && !is_runtime) || path == CAPACITOR_PLUGINS
}

/// Whether no letter of a name goes on before or behind what stands there.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let is_letter = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let at = |index: Option<usize>| index.and_then(|index| text.get(index));
    let (first, last) = (text.get(start), at(end.checked_sub(1)));
    let goes_on = is_letter(last) && is_letter(text.get(end));
    let began = is_letter(first) && is_letter(at(start.checked_sub(1)));
    !goes_on && !began
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_where_no_letter_follows() {
        for (text, name, expected) in [
            (
                "plus.contacts.getAddressBook(",
                "plus.contacts.getAddressBook",
                true,
            ),
            (
                "window.plus.contacts.getAddressBook(",
                "plus.contacts.getAddressBook",
                true,
            ),
            (
                "surplus.contacts.getAddressBook(",
                "plus.contacts.getAddressBook",
                false,
            ),
            ("\"cordova-plugin-contacts\"", "cordova-plugin-contacts", true),
            (
                "cordova-plugin-contacts.contacts",
                "cordova-plugin-contacts",
                true,
            ),
            ("cordova-plugin-contacts-picker", "cordova-plugin-contacts", false),
            ("package:call_log/call_log.dart", "package:call_log/", true),
            ("content://sms/inbox", "content://sms", true),
            ("content://smsbackup", "content://sms", false),
        ] {
            let start = text.find(name).unwrap();
            assert_eq!(
                stands_alone(text.as_bytes(), start, start + name.len()),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn files_of_frameworks_are_passed_over() {
        for (path, is_code, expected) in [
            ("assets/apps/__UNI__1/www/app-service.js", true, true),
            ("assets/uni-jsframework-vue3.js", true, false),
            ("assets/apps/__UNI__1/www/__uniappview.html", true, false),
            ("assets/www/js/ng-cordova.min.js", true, false),
            ("assets/www/cordova_plugins.js", true, true),
            ("assets/capacitor.plugins.json", false, true),
            ("assets/apps/a/www/package-lock.json", false, false),
        ] {
            assert_eq!(is_telling(path, is_code), expected, "{path}");
        }
    }
}
