//! The collectors: from parsed formats to facts with their places.
//!
//! One collector for each source: the [`manifest`], the [`resources`], the [`dex`] files with a
//! walk over their [`code`] where the tables give reason to, the [`native`] libraries where they do not,
//! the text files among the [`assets`], compiled scripts ([`bytecode`]) and programs ([`dart`]), the names
//! in all of these ([`script`]), the pages that settings name ([`shell`]), and the [`package`] as a whole.

pub mod assets;
pub mod bytecode;
pub mod code;
pub mod dart;
pub mod dex;
mod download;
pub mod harvest;
mod layers;
pub mod manifest;
pub mod native;
mod network;
pub mod package;
pub mod packing;
pub mod resources;
pub mod script;
pub mod shell;

use std::collections::BTreeMap;

use std::sync::Arc;

use crate::anomaly::Anomalies;
use crate::app::Module;
use crate::facts::network::Network;
use crate::facts::words::{Strength, phrase_fact, word_fact};
use crate::facts::{Coverage, Fact, FactKind, FactSet, Interest, Location};
use crate::lexicon::{Hit, Lexicon, Role, Scratch};
use crate::limits::{Budget, Limits, clip};

/// What the collectors work with and fill.
#[derive(Debug)]
pub struct Collector<'r> {
    /// What the rules look for in the tables.
    pub interest: &'r Interest,
    /// The words.
    pub lexicon: &'r Lexicon,
    /// The caps.
    pub limits: &'r Limits,
    /// The facts so far.
    pub facts: FactSet,
    /// The anomalies so far.
    pub anomalies: Anomalies,
    /// What was seen so far.
    pub coverage: Coverage,
    /// The hosts and keys so far.
    pub network: Network,
    /// What is left of the work.
    pub budget: Budget,
    /// Whether a dex file that was walked names a provider.
    pub names_provider: bool,
    /// The library with the app's program, once it was said what became of it.
    program: Option<String>,
    /// Where encrypted data stands behind a dex file.
    tails: Vec<Location>,
    /// The manifest of the part that is being read, where the app has several.
    manifest_file: Option<Arc<str>>,
    /// The same of the resource table.
    resources_file: Option<Arc<str>>,
    scratch: Scratch,
    hits: Vec<Hit>,
    /// Hosts of web addresses in the code, with their places; a few.
    web_hosts: BTreeMap<String, Location>,
}

impl<'r> Collector<'r> {
    /// A collector that has seen nothing.
    #[must_use]
    pub fn new(interest: &'r Interest, lexicon: &'r Lexicon, limits: &'r Limits) -> Self {
        Self {
            interest,
            lexicon,
            limits,
            facts: FactSet::new(),
            anomalies: Anomalies::new(limits.anomalies_per_kind),
            coverage: Coverage::default(),
            network: Network::default(),
            budget: Budget::new(limits),
            names_provider: false,
            program: None,
            tails: Vec::new(),
            manifest_file: None,
            resources_file: None,
            scratch: Scratch::default(),
            hits: Vec::new(),
            web_hosts: BTreeMap::new(),
        }
    }

    /// What is collected from now on is of the part `module` of the app; `None` for the input as a
    /// whole.
    pub fn enter(&mut self, module: Option<Module<'_, '_>>) {
        let part = module.map(|module| module.part()).unwrap_or_default();
        self.anomalies.enter(&part);
        let module = module.filter(|_| !part.is_empty());
        self.manifest_file = module.map(|module| module.manifest_name().into());
        self.resources_file = module.map(|module| module.resources_name().into());
    }

    /// Adds a fact.
    pub fn add(&mut self, fact: Fact, location: Location) {
        self.facts.insert(fact, location, self.limits);
    }

    /// Adds the anomalies noted so far as facts, for rules that speak of them.
    pub fn add_anomalies(&mut self) {
        for anomaly in self.anomalies.kept().to_vec() {
            let location = match (anomaly.subject, anomaly.offset) {
                (Some(name), offset) => Location::Entry { name, offset },
                (None, _) => Location::Package,
            };
            self.add(Fact::new(FactKind::Anomaly, anomaly.kind.name()), location);
        }
    }

    /// Adds the words of a name, such as a package name or a class name.
    fn add_name_words(&mut self, name: &str, location: &Location) {
        let name = clip(name, self.limits.text_bytes);
        self.hits.clear();
        self.lexicon
            .scan_identifier(name, &mut self.scratch, &mut self.hits);
        self.keep_words(location);
    }

    /// Adds the words of a text that is a name, such as the label.
    fn add_label_words(&mut self, label: &str, location: &Location) {
        let label = clip(label, self.limits.text_bytes);
        self.hits.clear();
        self.lexicon.scan(label, &mut self.scratch, &mut self.hits);
        self.keep_words(location);
    }

    fn keep_words(&mut self, location: &Location) {
        for hit in std::mem::take(&mut self.hits) {
            if let Some(fact) = hit_fact(self.lexicon, &hit, true) {
                self.add(fact, location.clone());
            }
        }
    }
}

/// The fact that a word or phrase was seen; `None` for a literal, and for a mask, which has done its
/// work.
fn hit_fact(lexicon: &Lexicon, hit: &Hit, in_name: bool) -> Option<Fact> {
    let (id, strength) = match hit {
        Hit::Term { id, strength, .. } => (id, strength),
        Hit::Phrase { id, strength, .. } => {
            let phrase = lexicon.phrase(*id)?;
            let strength = Strength::from_number(*strength);
            let (kind, language) = (phrase.kind.name(), &phrase.language);
            return Some(phrase_fact(kind, strength, language, &phrase.text));
        }
        Hit::Literal { .. } => return None,
    };
    let term = lexicon.term(*id)?;
    let strength = match term.role {
        Role::Mask => return None,
        Role::Context => Strength::Context,
        Role::Word => Strength::from_number(*strength),
    };
    Some(word_fact(
        in_name,
        term.class.name(),
        strength,
        &term.language,
        &term.text,
    ))
}
