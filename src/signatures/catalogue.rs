//! Everything in a set of rules under one roof: what there is, by id, with what all sorts of
//! signatures have in common.
//!
//! Indicators, SDKs and published lists have the id of their file, rules of stores and countries the
//! one reports know them by (`google-play/personal-loans`), and files that are read as a whole their
//! path without the ending (`lexicon/id`, `apis/roles`).

use std::collections::BTreeMap;

use super::load::{Files, Parsed, parse};
use super::policy::{Jurisdiction, Rule};
use super::schema::{Indicator, Text, Withdrawal};
use super::sdk::names;
use super::{Ruleset, RulesetError};
use crate::lexicon::{self, WordLists};

names! {
    /// Sorts of signatures.
    Sort {
        /// What a combination of facts means.
        Indicators = "indicators",
        /// Libraries, services, frameworks and protectors.
        Sdks = "sdks",
        /// Rules of stores and countries.
        Policies = "policies",
        /// Lists that others have published.
        Published = "published",
        /// Words of a language.
        Words = "words",
        /// Phrases of a language.
        Phrases = "phrases",
        /// Which fact is of which kind.
        Vocabulary = "vocabulary",
        /// What methods do with values.
        Flows = "flows",
        /// What a person can do.
        Advice = "advice",
    }
}

names! {
    /// Whether and how a signature counts.
    Standing {
        /// Not matched yet.
        Draft = "draft",
        /// Counts half.
        Experimental = "experimental",
        /// Counts.
        Stable = "stable",
        /// Kept for old reports.
        Deprecated = "deprecated",
        /// A rule that binds on the day of the set.
        InForce = "in-force",
        /// A rule that binds later.
        NotYetInForce = "not-yet-in-force",
        /// A rule that another one has taken the place of.
        Replaced = "replaced",
        /// No longer matched, because it was wrong or is not wanted.
        Withdrawn = "withdrawn",
    }
}

impl Sort {
    /// Whether a file is one entry, with its path for an id.
    fn is_file(self) -> bool {
        matches!(
            self,
            Self::Words | Self::Phrases | Self::Vocabulary | Self::Flows | Self::Advice
        )
    }
}

/// What all sorts of signatures have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id, the only one in the set.
    pub id: String,
    /// What sort of signature it is.
    pub sort: Sort,
    /// Folder of an indicator or of a file that is read as a whole, category of an SDK, jurisdiction of
    /// a rule, sort of a published list.
    pub category: String,
    /// Whether it counts; absent for files that are read as a whole.
    pub standing: Option<Standing>,
    /// How far its source was verified; absent where each line says it, or references do.
    pub check: Option<&'static str>,
    /// Its title or name; Chinese is empty where there is none.
    pub title: Text,
    /// Tags of the languages it is about.
    pub languages: Vec<String>,
    /// Path within the set.
    pub path: String,
    /// Why and since when it no longer counts.
    pub withdrawn: Option<Withdrawal>,
}

impl Entry {
    /// Path of its page in the reference.
    #[must_use]
    pub fn page(&self) -> String {
        let name = match self.id.split_once('/') {
            Some((_, name)) if self.sort.is_file() => name,
            _ => &self.id,
        };
        format!("{}/{name}.md", self.sort.name())
    }

    /// Whether it still counts.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        self.standing == Some(Standing::Withdrawn)
    }
}

/// All signatures of a set.
#[derive(Debug)]
pub struct Catalogue<'r> {
    /// The set in force.
    pub ruleset: &'r Ruleset,
    /// Its files.
    pub files: &'r Files,
    pub(super) parsed: Parsed,
    pub(super) lists: WordLists,
    entries: Vec<Entry>,
    by_id: BTreeMap<String, usize>,
}

impl<'r> Catalogue<'r> {
    /// The catalogue of `ruleset`, which was read from `files`.
    ///
    /// # Errors
    /// When `files` are not those of a set that can be used.
    pub fn new(ruleset: &'r Ruleset, files: &'r Files) -> Result<Self, RulesetError> {
        let parsed = parse(files)?;
        let lists = lexicon::load::lists(&parsed.lexicon)?;
        let mut entries = entries(&parsed, &lists, files);
        entries.sort_by(|a, b| (a.sort, &a.category, &a.id).cmp(&(b.sort, &b.category, &b.id)));
        let by_id = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| (entry.id.clone(), index))
            .collect();
        Ok(Self {
            ruleset,
            files,
            parsed,
            lists,
            entries,
            by_id,
        })
    }

    /// All entries, by sort, category and id.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Entry> {
        self.by_id.get(id).and_then(|index| self.entries.get(*index))
    }

    /// The indicators, each with its path.
    pub(super) fn indicators(&self) -> impl Iterator<Item = (&str, &Indicator)> {
        let all = self.parsed.indicators.iter();
        all.map(|(path, indicator)| (path.as_str(), indicator))
    }

    /// The rules of stores and countries, each with its file.
    pub(super) fn rules(&self) -> impl Iterator<Item = (&Jurisdiction, &Rule)> {
        let files = self.parsed.policies.values();
        files.flat_map(|file| file.rule.iter().map(move |rule| (file, rule.get_ref())))
    }
}

/// Path without its ending.
pub(super) fn stem(path: &str) -> &str {
    path.strip_suffix(".toml").unwrap_or(path)
}

fn entries(parsed: &Parsed, lists: &WordLists, files: &Files) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    found.extend(parsed.indicators.iter().map(|(path, one)| {
        whole(
            Sort::Indicators,
            path,
            one.id.get_ref(),
            one.title.clone(),
            Some(standing(one.status, one.withdrawn.as_ref())),
            one.withdrawn.clone(),
        )
    }));
    found.extend(parsed.sdks.iter().map(|(path, one)| Entry {
        category: one.category.name().to_owned(),
        check: Some(one.check.name()),
        ..whole(
            Sort::Sdks,
            path,
            one.id.get_ref(),
            Text {
                en: one.name.clone(),
                zh: one.name.clone(),
            },
            Some(standing(one.status, one.withdrawn.as_ref())),
            one.withdrawn.clone(),
        )
    }));
    for (path, file) in &parsed.policies {
        let rules = file.rule.iter().map(|rule| rule.get_ref());
        found.extend(rules.map(|rule| of_rule(path, file, rule, &parsed.as_of)));
    }
    found.extend(parsed.published.iter().map(|(path, one)| Entry {
        category: one.kind.name().to_owned(),
        ..whole(
            Sort::Published,
            path,
            one.id.get_ref(),
            one.title.clone(),
            Some(standing(one.status, one.withdrawn.as_ref())),
            one.withdrawn.clone(),
        )
    }));
    found.extend(parsed.lexicon.keys().filter_map(|path| of_list(path, lists)));
    let vocabulary = parsed.vocabulary.iter();
    found.extend(vocabulary.map(|(path, file)| of_file(Sort::Vocabulary, path, &file.title)));
    let flows = parsed.flows.iter();
    found.extend(flows.map(|(path, file)| of_file(Sort::Flows, path, &file.title)));
    let advice = files.keys().filter(|path| path.starts_with("advice/"));
    found.extend(advice.map(|path| of_file(Sort::Advice, path, stem(path))));
    found
}

/// An entry whose category is the folder.
fn whole(
    sort: Sort,
    path: &str,
    id: &str,
    title: Text,
    standing: Option<Standing>,
    withdrawn: Option<Withdrawal>,
) -> Entry {
    Entry {
        id: id.to_owned(),
        sort,
        category: path.split('/').next().unwrap_or_default().to_owned(),
        standing,
        check: None,
        title,
        languages: Vec::new(),
        path: path.to_owned(),
        withdrawn,
    }
}

fn of_file(sort: Sort, path: &str, title: &str) -> Entry {
    let title = Text {
        en: title.to_owned(),
        zh: String::new(),
    };
    whole(sort, path, stem(path), title, None, None)
}

/// The words or phrases of one language, under the name of its main list; none for the rules of the
/// languages, and for further lists of a language, whose words stand on its page.
fn of_list(path: &str, lists: &WordLists) -> Option<Entry> {
    let name = stem(path).rsplit('/').next()?;
    let rules = lists.languages.iter().find(|rules| rules.code == name)?;
    let sort = match path.starts_with("phrases/") {
        true => Sort::Phrases,
        false => Sort::Words,
    };
    let title = rules.name.as_str();
    Some(Entry {
        languages: vec![name.to_owned()],
        ..of_file(sort, path, title)
    })
}

fn of_rule(path: &str, file: &Jurisdiction, rule: &Rule, as_of: &str) -> Entry {
    let standing = if rule.withdrawn.is_some() {
        Standing::Withdrawn
    } else if rule.until.is_some() {
        Standing::Replaced
    } else if rule.in_force.as_deref().is_some_and(|day| day > as_of) {
        Standing::NotYetInForce
    } else {
        Standing::InForce
    };
    let languages = file.languages.iter().chain(&file.regions).cloned().collect();
    Entry {
        category: file.jurisdiction.get_ref().clone(),
        check: Some(rule.check.name()),
        languages,
        ..whole(
            Sort::Policies,
            path,
            &file.full_id(rule),
            rule.title.clone(),
            Some(standing),
            rule.withdrawn.clone(),
        )
    }
}

fn standing(status: super::schema::Status, withdrawn: Option<&Withdrawal>) -> Standing {
    use super::schema::Status;
    match (withdrawn, status) {
        (Some(_), _) => Standing::Withdrawn,
        (None, Status::Draft) => Standing::Draft,
        (None, Status::Experimental) => Standing::Experimental,
        (None, Status::Stable) => Standing::Stable,
        (None, Status::Deprecated) => Standing::Deprecated,
    }
}

/// Whether a kind is one that facts get without a vocabulary file, and the sort it comes from.
pub(super) fn sort_of_kind(kind: &str) -> Option<Sort> {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| kind.starts_with(prefix));
    if begins(&["word-", "name-word-"]) {
        Some(Sort::Words)
    } else if begins(&["phrase-"]) {
        Some(Sort::Phrases)
    } else if begins(&["sdk-", "sdk:"]) {
        Some(Sort::Sdks)
    } else {
        None
    }
}
