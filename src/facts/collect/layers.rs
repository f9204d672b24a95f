//! Which layer each entry of a package belongs to, and what became of those that were read.

use super::Collector;
use super::assets::is_text_path;
use crate::app::{Code, Module, Placed, is_code_name};
use crate::container::{Entry, EntryError};
use crate::facts::coverage::Layer;
use crate::facts::layers::LayerName;
use crate::signing::{Scheme, Source, is_signature};

/// Endings of packages that stand inside another.
const PACKAGES: [&str; 5] = [".apk", ".apks", ".apkm", ".xapk", ".aab"];

impl Collector<'_> {
    /// Notes what stands in each layer of the parts of an app. `code` are the entries that are read as dex files;
    /// others that Android would load count as left out.
    ///
    /// # Limits
    /// One look at each entry, of which a container has `limits.entries` at most.
    pub fn add_layers(&mut self, modules: &[Module<'_, '_>], code: &[Code]) {
        for (number, module) in modules.iter().enumerate() {
            for (path, entry) in module.entries() {
                let is_read = path.ends_with(".dex") && code.iter().any(|code| code.is_at(number, path));
                self.add_stated(path, entry, is_read);
            }
        }
        // What stands in an App Bundle beside its modules.
        let Some(first) = modules.first().filter(|module| module.is_folder()) else {
            return;
        };
        for entry in first.container().entries() {
            if !modules.iter().any(|module| module.holds(entry)) {
                self.add_stated(&entry.name, entry, false);
            }
        }
    }

    fn add_stated(&mut self, path: &str, entry: &Entry<'_>, is_read_as_code: bool) {
        if entry.is_directory() {
            return;
        }
        let is_code = is_read_as_code || is_code_name(path);
        let layer = self.coverage.layer(layer_of(path, is_code));
        layer.present(entry.size);
        if is_code && !is_read_as_code {
            layer.skipped(entry.size);
            // What is not read lowers the share of the code that was seen.
            self.coverage.dex_bytes = self.coverage.dex_bytes.saturating_add(entry.size);
        }
    }

    /// Notes a package of `bytes` that came with the app and is not read as a part of it.
    pub fn add_unread_package(&mut self, bytes: u64) {
        self.coverage.layer(LayerName::NestedPackages).present(bytes);
    }

    /// Notes what became of the manifest or the resource table, of `bytes`. How far one that was read in
    /// part was read is not known; none of it counts as read then.
    pub fn add_part(&mut self, name: LayerName, state: Layer, bytes: u64) {
        let is_spent = self.budget.steps_left() == 0;
        let layer = self.coverage.layer(name);
        match state {
            Layer::Absent => {}
            Layer::Read => layer.read(bytes),
            Layer::Partial if is_spent => layer.skipped(bytes),
            Layer::Partial | Layer::Unreadable => layer.unreadable(bytes),
        }
    }

    /// Notes the places in which certificates were looked for. The files of JAR signatures are entries,
    /// which [`Collector::add_layers`] has seen; the signing block is none.
    pub fn add_certificates(&mut self, sources: &[Source]) {
        let layer = self.coverage.layer(LayerName::Certificates);
        for source in sources {
            if source.scheme != Scheme::V1 {
                layer.present(source.bytes);
            }
            if source.is_read {
                layer.read(source.bytes);
            } else {
                layer.unreadable(source.bytes);
            }
        }
    }

    /// Notes that `length` bytes of an entry were read, of which `most` were wanted.
    pub fn count_read(&mut self, placed: &Placed<'_, '_>, length: u64, most: u64) {
        let entry = placed.entry;
        let layer = self.coverage.layer(layer_of(placed.path, false));
        match entry.size.checked_sub(length).filter(|rest| *rest > 0) {
            None => layer.read(length),
            Some(rest) if entry.size > most => layer.cut(length, rest),
            Some(rest) if self.budget.is_spent() => layer.cut(length, rest),
            Some(rest) => layer.broken(length, rest),
        }
    }

    /// Notes that an entry could not be had.
    pub fn count_refused(&mut self, placed: &Placed<'_, '_>, error: &EntryError) {
        let layer = self.coverage.layer(layer_of(placed.path, false));
        match error {
            EntryError::BudgetSpent { .. } => layer.skipped(placed.entry.size),
            EntryError::NoData { .. } => layer.unreadable(placed.entry.size),
        }
    }

    /// Notes that an entry is broken or in a form that is not known.
    pub fn count_unreadable(&mut self, placed: &Placed<'_, '_>) {
        self.coverage
            .layer(layer_of(placed.path, false))
            .unreadable(placed.entry.size);
    }

    /// Notes that an entry was left out for a cap or the work budget.
    pub fn count_skipped(&mut self, placed: &Placed<'_, '_>) {
        self.coverage
            .layer(layer_of(placed.path, false))
            .skipped(placed.entry.size);
    }
}

/// The layer of the entry at `path` on a device; `is_code` says whether it is a dex file that Android loads.
pub(super) fn layer_of(path: &str, is_code: bool) -> LayerName {
    if is_code {
        return LayerName::Dex;
    }
    match path {
        "AndroidManifest.xml" => return LayerName::Manifest,
        "resources.arsc" | "resources.pb" => return LayerName::Resources,
        _ => {}
    }
    if path.starts_with("lib/") && path.ends_with(".so") {
        LayerName::NativeLibraries
    } else if path.starts_with("META-INF/") && is_signature(path) {
        LayerName::Certificates
    } else if PACKAGES.iter().any(|ending| path.ends_with(ending)) {
        LayerName::NestedPackages
    } else if is_text_path(path) {
        LayerName::TextAssets
    } else if path.starts_with("res/") {
        LayerName::ResourceFiles
    } else if path.starts_with("assets/") {
        LayerName::OtherAssets
    } else {
        LayerName::OtherFiles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_belongs_to_a_layer() {
        for (path, is_code, expected) in [
            ("AndroidManifest.xml", false, LayerName::Manifest),
            ("assets/AndroidManifest.xml", false, LayerName::TextAssets),
            ("resources.arsc", false, LayerName::Resources),
            ("classes3.dex", true, LayerName::Dex),
            ("resources.pb", false, LayerName::Resources),
            ("assets/classes.dex", false, LayerName::OtherAssets),
            ("res/layout/main.xml", false, LayerName::ResourceFiles),
            ("res/raw/terms.txt", false, LayerName::TextAssets),
            ("lib/arm64-v8a/liba.so", false, LayerName::NativeLibraries),
            ("assets/liba.so", false, LayerName::OtherAssets),
            ("assets/index.html", false, LayerName::TextAssets),
            ("assets/plugin.apk", false, LayerName::NestedPackages),
            ("META-INF/CERT.RSA", false, LayerName::Certificates),
            ("META-INF/services/a.b", false, LayerName::OtherFiles),
            ("kotlin/kotlin.kotlin_builtins", false, LayerName::OtherFiles),
        ] {
            assert_eq!(layer_of(path, is_code), expected, "{path}");
        }
    }
}
