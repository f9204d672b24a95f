//! Code that is fetched and run: a class loader and an address in the code of one class.
//!
//! Looked for only in apps that ask for one of the kinds of data, and only in dex files that name both a
//! class loader for files and an address of the web. Inner classes count with the class around them.

use std::collections::BTreeMap;

use super::Collector;
use crate::facts::network::address::WEB_STARTS;
use crate::facts::{Fact, FactKind, Location};
use crate::formats::dex::{Dex, IndexKind, StringSet};

/// Classes that load code from files or memory. Loaders of the app's own package are none.
const LOADERS: [&str; 4] = [
    "Ldalvik/system/DexClassLoader;",
    "Ldalvik/system/InMemoryDexClassLoader;",
    "Ldalvik/system/DelegateLastClassLoader;",
    "Ldalvik/system/DexFile;",
];
/// Classes that fetch what an address names.
const FETCHERS: [&str; 3] = [
    "Ljava/net/URL;",
    "Landroid/app/DownloadManager;",
    "Landroid/app/DownloadManager$Request;",
];
/// Name of the shape.
const SHAPE: &str = "downloaded-code";

/// A place in the code: method index, and offset in 16-bit code units.
type Site = (u32, u32);

/// The first places of a loader and of an address in one class.
#[derive(Debug, Default)]
struct Sites {
    loader: Option<Site>,
    address: Option<Site>,
}

/// Rows of the tables that are looked for.
struct Rows {
    loaders: StringSet,
    fetchers: StringSet,
    addresses: StringSet,
}

impl Rows {
    /// `None` when the dex file does not name both.
    fn new(dex: &Dex<'_>) -> Option<Self> {
        let mut rows = Self {
            loaders: StringSet::new(dex.method_count()),
            fetchers: StringSet::new(dex.method_count()),
            addresses: StringSet::new(dex.string_count()),
        };
        let types =
            |names: &[&str]| -> Vec<u32> { names.iter().filter_map(|name| dex.find_type(name)).collect() };
        let (loaders, fetchers) = (types(&LOADERS), types(&FETCHERS));
        if loaders.is_empty() {
            return None;
        }
        for start in WEB_STARTS {
            dex.strings_starting_with(start)
                .for_each(|index| rows.addresses.insert(index));
        }
        for (index, method) in dex.methods() {
            if loaders.contains(&method.class) {
                rows.loaders.insert(index);
            } else if fetchers.contains(&method.class) {
                rows.fetchers.insert(index);
            }
        }
        let is_there = rows.loaders.count() > 0 && (rows.fetchers.count() > 0 || rows.addresses.count() > 0);
        is_there.then_some(rows)
    }
}

impl Collector<'_> {
    /// Notes classes whose code holds a class loader and an address.
    ///
    /// # Limits
    /// One step of the budget for each code unit.
    pub(super) fn add_downloads(&mut self, name: &str, dex: &Dex<'_>) {
        let is_affordable = self.budget.steps(dex.method_count().into());
        let Some(rows) = Rows::new(dex).filter(|_| is_affordable) else {
            return;
        };
        let mut found: BTreeMap<Vec<u8>, Sites> = BTreeMap::new();
        'walk: for (_, class) in dex.classes() {
            let Some(data) = dex.class_data(&class) else {
                continue;
            };
            let mut sites = Sites::default();
            for method in data.methods() {
                let Some(code) = dex.code(method.code_offset) else {
                    continue;
                };
                if !self.budget.steps(code.unit_count().into()) {
                    break 'walk;
                }
                for instruction in code.instructions().flatten() {
                    let Some(index) = instruction.index() else {
                        continue;
                    };
                    let site = (method.method, instruction.address);
                    match instruction.opcode.index_kind() {
                        IndexKind::Method if rows.loaders.contains(index) => {
                            sites.loader.get_or_insert(site);
                        }
                        IndexKind::Method if rows.fetchers.contains(index) => {
                            sites.address.get_or_insert(site);
                        }
                        IndexKind::String if rows.addresses.contains(index) => {
                            sites.address.get_or_insert(site);
                        }
                        _ => {}
                    }
                }
            }
            if sites.loader.is_some() || sites.address.is_some() {
                let around = found.entry(outer(dex, class.class)).or_default();
                around.loader = around.loader.or(sites.loader);
                around.address = around.address.or(sites.address);
            }
        }
        for sites in found.into_values() {
            let (Some(loader), Some(address)) = (sites.loader, sites.address) else {
                continue;
            };
            for (method, offset) in [loader, address] {
                if let Some(method) = dex.method_signature(method) {
                    let place = Location::DexCode {
                        dex: name.to_owned(),
                        method,
                        offset,
                    };
                    self.add(Fact::new(FactKind::Shape, SHAPE), place);
                }
            }
        }
    }
}

/// The descriptor of the outermost class around `class`, without its end.
fn outer(dex: &Dex<'_>, class: u32) -> Vec<u8> {
    let name = dex.type_descriptor(class).unwrap_or_default();
    let is_within = |byte: &&u8| !matches!(**byte, b'$' | b';');
    name.iter().take_while(is_within).copied().collect()
}
