//! The compiled vocabulary: which facts are of which kind, and what to look for at all.

use std::collections::{BTreeMap, BTreeSet};

use super::load::LoadError;
use super::published::{ListKind, Match, What};
use super::schema::{Kind, Level, VocabularyEntry, VocabularyFile};
use super::sdk::{self, Sdk};
use crate::facts::interest::{EntryPattern, Literal, Member, is_host_below};
use crate::facts::needles::Needles;
use crate::facts::network::Watch;
use crate::facts::words::Strength;
use crate::facts::{Fact, FactKind, Interest};
use crate::lexicon::{PhraseKind, WordClass};

/// Facts to kinds.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    levels: BTreeMap<String, Level>,
    exact: BTreeMap<(FactKind, String), BTreeSet<String>>,
    class_prefixes: BTreeMap<String, BTreeSet<String>>,
    entry_patterns: Vec<(EntryPattern, String)>,
    library_patterns: Vec<(EntryPattern, String)>,
    native_patterns: Vec<(EntryPattern, String)>,
    component_prefixes: Vec<(String, String)>,
    hosts: Vec<(String, String)>,
    pages: Vec<(String, String)>,
    published_patterns: Vec<(PublishedPattern, String)>,
    read_patterns: Vec<(ReadPattern, String)>,
    located_kinds: BTreeSet<String>,
    inherited_methods: Vec<(Member, String)>,
    interest: Interest,
}

impl Vocabulary {
    /// Compiles the vocabulary.
    ///
    /// # Errors
    /// An entry without exactly one pattern, or of an unknown kind, with its place.
    pub fn build(
        kinds: &BTreeMap<String, Kind>,
        files: &BTreeMap<String, VocabularyFile>,
        sdks: &BTreeMap<String, Sdk>,
        texts: &BTreeMap<String, String>,
    ) -> Result<Self, LoadError> {
        let mut vocabulary = Self::default();
        for (id, kind) in kinds {
            vocabulary.levels.insert(id.clone(), kind.level);
            if kind.located {
                vocabulary.located_kinds.insert(id.clone());
            }
        }
        let own = sdks.values().flat_map(|sdk| [sdk.kind(), sdk.weak_kind()]);
        for id in word_kinds()
            .chain(phrase_kinds())
            .chain(sdk::group_kinds())
            .chain(own)
        {
            vocabulary.levels.insert(id, Level::Named);
        }
        for (path, file) in files {
            let text = texts.get(path).map(String::as_str).unwrap_or_default();
            for entry in &file.entry {
                let (span, entry) = (entry.span(), entry.get_ref());
                if !kinds.contains_key(&entry.kind) {
                    let problem = format!("`{}` is not a kind; kinds.toml lists them", entry.kind);
                    return Err(LoadError::at(path, text, span, problem));
                }
                vocabulary
                    .add(entry)
                    .map_err(|problem| LoadError::at(path, text, span, problem))?;
            }
        }
        for (path, span, entry) in sdk::rows(sdks) {
            let text = texts.get(path).map(String::as_str).unwrap_or_default();
            vocabulary
                .add(&entry)
                .map_err(|problem| LoadError::at(path, text, span, problem))?;
        }
        let scripts = vocabulary.exact.keys();
        let scripts = scripts.filter(|(kind, _)| *kind == FactKind::Script);
        vocabulary.interest.scripts = Needles::new(scripts.map(|(_, name)| name.clone()).collect());
        let literals = std::mem::take(&mut vocabulary.interest.literals);
        vocabulary.interest = vocabulary.interest.with_literals(literals);
        Ok(vocabulary)
    }

    /// Lets the collectors look for further hosts, which have no kind of their own.
    pub(crate) fn watch_hosts<'h>(&mut self, hosts: impl Iterator<Item = &'h str>) {
        self.interest.hosts.extend(hosts.map(str::to_owned));
    }

    /// Lets the collectors pass over further libraries, which have no kind of their own.
    pub(crate) fn know_libraries<'l>(&mut self, patterns: impl Iterator<Item = &'l EntryPattern>) {
        self.interest.known_libraries.extend(patterns.cloned());
    }

    /// Lets the collectors look for keys and fields, which have no kind of their own.
    pub(crate) fn watch_network(&mut self, watch: Watch) {
        self.interest.network = watch;
    }

    /// How far a fact of this kind goes by itself; `None` for an unknown kind.
    #[must_use]
    pub fn level(&self, kind: &str) -> Option<Level> {
        self.levels.get(kind).copied()
    }

    /// What the collectors look for.
    #[must_use]
    pub fn interest(&self) -> &Interest {
        &self.interest
    }

    /// The kinds a fact is of.
    #[must_use]
    pub fn kinds_of(&self, fact: &Fact) -> BTreeSet<&str> {
        let mut kinds = BTreeSet::new();
        match fact.kind {
            FactKind::Word | FactKind::NameWord | FactKind::Phrase => self.word_kinds_of(fact, &mut kinds),
            FactKind::Method => self.method_kinds_of(&fact.value, &mut kinds),
            FactKind::Class => {
                for (prefix, ids) in &self.class_prefixes {
                    if fact.value.starts_with(prefix.as_str()) {
                        kinds.extend(ids.iter().map(String::as_str));
                    }
                }
            }
            FactKind::Entry => {
                for (pattern, kind) in &self.entry_patterns {
                    if pattern.matches(&fact.value) {
                        kinds.insert(kind);
                    }
                }
            }
            FactKind::Harvest => {
                for (pattern, kind) in &self.read_patterns {
                    if pattern.matches(&fact.value) {
                        kinds.insert(kind);
                    }
                }
            }
            FactKind::Published => {
                for (pattern, kind) in &self.published_patterns {
                    if pattern.matches(&fact.value) {
                        kinds.insert(kind);
                    }
                }
            }
            FactKind::Library => {
                for (pattern, kind) in &self.library_patterns {
                    if pattern.matches(&fact.value) {
                        kinds.insert(kind);
                    }
                }
            }
            FactKind::Native => {
                for (pattern, kind) in &self.native_patterns {
                    if pattern.matches(&fact.value) {
                        kinds.insert(kind);
                    }
                }
            }
            FactKind::Component => {
                let class = fact.value.split_once(' ').map_or("", |(_, class)| class);
                for (prefix, kind) in &self.component_prefixes {
                    if class.starts_with(prefix.as_str()) {
                        kinds.insert(kind);
                    }
                }
            }
            FactKind::Page => {
                for (host, kind) in &self.pages {
                    if host == "*" || is_host_below(&fact.value, host) {
                        kinds.insert(kind);
                    }
                }
            }
            FactKind::Host => {
                for (host, kind) in &self.hosts {
                    if is_host_below(&fact.value, host) {
                        kinds.insert(kind);
                    }
                }
            }
            _ => {}
        }
        if let Some(ids) = self.exact.get(&(fact.kind, fact.value.clone())) {
            kinds.extend(ids.iter().map(String::as_str));
        }
        kinds
    }

    fn word_kinds_of<'a>(&'a self, fact: &Fact, kinds: &mut BTreeSet<&'a str>) {
        let Some(class) = fact.value.split(' ').next() else {
            return;
        };
        let id = format!("{}-{class}", fact.kind.name());
        if let Some((id, _)) = self.levels.get_key_value(&id) {
            kinds.insert(id);
        }
    }

    fn method_kinds_of<'a>(&'a self, signature: &str, kinds: &mut BTreeSet<&'a str>) {
        let overloads = signature.split('(').next().unwrap_or(signature);
        if let Some(ids) = self.exact.get(&(FactKind::Method, overloads.to_owned())) {
            kinds.extend(ids.iter().map(String::as_str));
        }
        let Some((_, member)) = signature.split_once("->") else {
            return;
        };
        let name = member.split('(').next().unwrap_or(member);
        for (wanted, kind) in &self.inherited_methods {
            let prototype = member.get(name.len()..).unwrap_or_default();
            if wanted.name == name
                && wanted
                    .prototype
                    .as_deref()
                    .is_none_or(|wanted| wanted == prototype)
            {
                kinds.insert(kind);
            }
        }
    }

    fn add(&mut self, entry: &VocabularyEntry) -> Result<(), String> {
        let patterns = [
            (FactKind::Permission, &entry.permission),
            (FactKind::Method, &entry.method),
            (FactKind::Field, &entry.field),
            (FactKind::Class, &entry.class),
            (FactKind::Class, &entry.class_prefix),
            (FactKind::Literal, &entry.uri),
            (FactKind::Literal, &entry.string),
            (FactKind::Action, &entry.action),
            (FactKind::MetaData, &entry.meta_data),
            (FactKind::Entry, &entry.entry),
            (FactKind::Library, &entry.library),
            (FactKind::Native, &entry.native),
            (FactKind::Component, &entry.component),
            (FactKind::Host, &entry.host),
            (FactKind::Script, &entry.script),
            (FactKind::Page, &entry.page),
            (FactKind::Published, &entry.published),
            (FactKind::Anomaly, &entry.anomaly),
            (FactKind::Shape, &entry.shape),
            (FactKind::Harvest, &entry.harvest),
        ];
        let mut stated = patterns
            .into_iter()
            .filter_map(|(kind, value)| Some((kind, value.as_ref()?)));
        let (Some((fact_kind, pattern)), None) = (stated.next(), stated.next()) else {
            return Err("an entry has exactly one pattern (permission, method, field, …)".to_owned());
        };
        if self.located_kinds.contains(&entry.kind) {
            let places = match fact_kind {
                FactKind::Permission => &mut self.interest.located_permissions,
                _ => &mut self.interest.located,
            };
            places.insert(pattern.clone());
        }
        match fact_kind {
            FactKind::Method => self.add_method(pattern, &entry.kind)?,
            FactKind::Field => {
                let (class, name) = pattern
                    .split_once("->")
                    .ok_or("a field is written `Lclass;->name`")?;
                self.interest
                    .fields
                    .entry(class.to_owned())
                    .or_default()
                    .insert(name.to_owned());
            }
            FactKind::Class if entry.class_prefix.is_some() => {
                self.interest.class_prefixes.insert(pattern.clone());
                self.class_prefixes
                    .entry(pattern.clone())
                    .or_default()
                    .insert(entry.kind.clone());
                return Ok(());
            }
            FactKind::Class => {
                self.interest.classes.insert(pattern.clone());
            }
            FactKind::Literal => {
                let literal = Literal {
                    text: pattern.clone(),
                    whole: entry.string.is_some(),
                };
                if !self.interest.literals.contains(&literal) {
                    self.interest.literals.push(literal);
                }
            }
            FactKind::Entry => {
                let pattern = EntryPattern::new(pattern);
                self.interest.entries.insert(pattern.clone());
                self.entry_patterns.push((pattern, entry.kind.clone()));
                return Ok(());
            }
            FactKind::Harvest => {
                let pattern = ReadPattern::new(pattern)?;
                self.read_patterns.push((pattern, entry.kind.clone()));
                return Ok(());
            }
            FactKind::Published => {
                let pattern = PublishedPattern::new(pattern)?;
                self.published_patterns.push((pattern, entry.kind.clone()));
                return Ok(());
            }
            FactKind::Native => {
                let pattern = EntryPattern::new(pattern);
                self.interest.natives.insert(pattern.clone());
                self.native_patterns.push((pattern, entry.kind.clone()));
                return Ok(());
            }
            FactKind::Library => {
                let is_part = pattern.contains('*');
                let pattern = EntryPattern::new(pattern);
                self.interest.known_libraries.insert(pattern.clone());
                if is_part {
                    self.library_patterns.push((pattern, entry.kind.clone()));
                    return Ok(());
                }
            }
            FactKind::Component => {
                self.component_prefixes
                    .push((pattern.clone(), entry.kind.clone()));
                return Ok(());
            }
            FactKind::Page => {
                self.pages.push((pattern.clone(), entry.kind.clone()));
                return Ok(());
            }
            FactKind::Host => {
                self.interest.hosts.insert(pattern.clone());
                self.hosts.push((pattern.clone(), entry.kind.clone()));
                return Ok(());
            }
            _ => {}
        }
        self.exact
            .entry((fact_kind, pattern.clone()))
            .or_default()
            .insert(entry.kind.clone());
        Ok(())
    }

    fn add_method(&mut self, pattern: &str, kind: &str) -> Result<(), String> {
        let (class, member) = pattern
            .split_once("->")
            .ok_or("a method is written `Lclass;->name`")?;
        let (name, prototype) = match member.find('(') {
            Some(start) => member.split_at(start),
            None => (member, ""),
        };
        let member = Member {
            name: name.to_owned(),
            prototype: (!prototype.is_empty()).then(|| prototype.to_owned()),
        };
        if class == "*" {
            self.interest.inherited_methods.insert(member.clone());
            self.inherited_methods.push((member, kind.to_owned()));
        } else {
            self.interest
                .methods
                .entry(class.to_owned())
                .or_default()
                .insert(member);
        }
        Ok(())
    }
}

/// The words of a read, in the order they stand in: what is read, how, how far that is shown, and
/// where the data ends.
const READ_WORDS: [&[&str]; 4] = [
    &["contacts", "sms", "call-log"],
    &["bulk", "lookup", "picked", "unknown"],
    &["unreachable", "located", "linked", "proven"],
    &["leaves", "bridged", "kept", "nowhere"],
];

/// Which reads are meant: for each word the one that must stand there, or none for any.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ReadPattern([Option<String>; 4]);

impl ReadPattern {
    fn new(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split(' ').collect();
        let words: [&str; 4] = words
            .try_into()
            .map_err(|_| "a read is written `data shape level end`, with `*` for any word".to_owned())?;
        for (word, known) in words.iter().zip(READ_WORDS) {
            if *word != "*" && !known.contains(word) {
                return Err(format!("`{word}` is none of {}", known.join(", ")));
            }
        }
        Ok(Self(words.map(|word| (word != "*").then(|| word.to_owned()))))
    }

    fn matches(&self, value: &str) -> bool {
        let mut words = value.split(' ');
        let all = self.0.iter().all(|wanted| {
            let word = words.next();
            word.is_some() && wanted.as_deref().is_none_or(|wanted| word == Some(wanted))
        });
        all && words.next().is_none()
    }
}

/// Which entries of published lists are meant: sort of list, likeness, and what of the app is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PublishedPattern([Option<String>; 3]);

impl PublishedPattern {
    fn new(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split(' ').collect();
        let words: [&str; 3] = words.try_into().map_err(|_| {
            "an entry of a list is written `list-kind match what`, with `*` for any word".to_owned()
        })?;
        let known: [Vec<&str>; 3] = [
            ListKind::ALL.iter().map(|kind| kind.name()).collect(),
            Match::ALL.iter().map(|matched| matched.name()).collect(),
            What::ALL.iter().map(|what| what.name()).collect(),
        ];
        for (word, known) in words.iter().zip(known) {
            if *word != "*" && !known.contains(word) {
                return Err(format!("`{word}` is none of {}", known.join(", ")));
            }
        }
        Ok(Self(words.map(|word| (word != "*").then(|| word.to_owned()))))
    }

    fn matches(&self, value: &str) -> bool {
        let mut words = value.split(' ');
        self.0.iter().all(|wanted| match (words.next(), wanted) {
            (Some(word), Some(wanted)) => word == wanted,
            (word, None) => word.is_some(),
            (None, Some(_)) => false,
        })
    }
}

/// Kinds of the words of the lexicon: `word-<class>-<strength>` in a text and
/// `name-word-<class>-<strength>` in a name.
pub(crate) fn word_kinds() -> impl Iterator<Item = String> {
    ["word", "name-word"].into_iter().flat_map(|place| {
        WordClass::ALL.iter().flat_map(move |class| {
            Strength::ALL
                .iter()
                .map(move |strength| format!("{place}-{}-{}", class.name(), strength.name()))
        })
    })
}

/// Kinds of the phrases of the lexicon: `phrase-<kind>-<strength>`.
pub(crate) fn phrase_kinds() -> impl Iterator<Item = String> {
    let strengths = [Strength::Weak, Strength::Medium, Strength::Strong];
    PhraseKind::ALL
        .iter()
        .flat_map(move |kind| strengths.map(|strength| format!("phrase-{}-{}", kind.name(), strength.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_matched_word_by_word() {
        let pattern = ReadPattern::new("sms bulk * leaves").unwrap();
        for (value, expected) in [
            ("sms bulk proven leaves", true),
            ("sms bulk linked leaves", true),
            ("sms bulk proven kept", false),
            ("contacts bulk proven leaves", false),
            ("sms bulk proven", false),
            ("sms bulk proven leaves twice", false),
        ] {
            assert_eq!(pattern.matches(value), expected, "{value}");
        }
    }

    #[test]
    fn a_misspelt_read_is_an_error() {
        for (text, problem) in [
            ("sms bulk proven", "`data shape level end`"),
            ("sms bulk proven leaves twice", "`data shape level end`"),
            ("sms whole proven leaves", "`whole` is none of bulk, lookup"),
            ("calls * * *", "`calls` is none of contacts"),
        ] {
            let error = ReadPattern::new(text).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
