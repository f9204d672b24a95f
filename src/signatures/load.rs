//! From rule files to typed rules, with the place of every mistake.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::advice::{Advice, ChannelsFile, ItemsFile};
use super::flows::FlowFile;
use super::ids;
use super::network::{self, FieldsFile, HostsFile, KeysFile, LibrariesFile};
use super::policy::Jurisdiction;
use super::published::PublishedList;
use super::schema::{
    Indicator, Kind, KindsFile, RulesetFile, SCHEMA, ScoringFile, VocabularyFile, Withdrawal, WithdrawnFile,
};
use super::sdk::Sdk;
use crate::lexicon::load::line_and_column;

/// The rule files: path relative to the set's root, with `/` as separator, and text.
pub type Files = BTreeMap<String, String>;

/// A rule file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub struct LoadError {
    /// Path of the file within the set.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl LoadError {
    /// An error at the byte range `span` of `text`.
    #[must_use]
    pub fn at(file: &str, text: &str, span: Range<usize>, problem: impl Into<String>) -> Self {
        let (line, column) = line_and_column(text, span.start);
        Self {
            file: file.to_owned(),
            line,
            column,
            problem: problem.into(),
        }
    }
}

/// The rule files, read but not yet connected.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// Version stated in `ruleset.toml`.
    pub version: String,
    /// Day on which the rules of stores and countries were looked at, stated there.
    pub as_of: String,
    /// SHA-256 over names and contents, lower-case hex.
    pub sha256: String,
    /// The kinds by id.
    pub kinds: BTreeMap<String, Kind>,
    /// The vocabulary files by path.
    pub vocabulary: BTreeMap<String, VocabularyFile>,
    /// The indicators by path.
    pub indicators: BTreeMap<String, Indicator>,
    /// The SDKs by path.
    pub sdks: BTreeMap<String, Sdk>,
    /// The rules of stores and countries by path.
    pub policies: BTreeMap<String, Jurisdiction>,
    /// The published lists by path.
    pub published: BTreeMap<String, PublishedList>,
    /// What a person can do.
    pub advice: Advice,
    /// Hosts, keys, fields and libraries.
    pub network: network::Parsed,
    /// The weights.
    pub scoring: ScoringFile,
    /// The lists of words and phrases by path, unparsed: the lexicon has its own reader.
    pub lexicon: BTreeMap<String, String>,
    /// The flow models by path.
    pub flows: BTreeMap<String, FlowFile>,
}

/// Folders that hold indicators, one file each.
pub const INDICATOR_FOLDERS: [&str; 3] = ["harvest", "lending", "context"];

/// What has been read so far.
#[derive(Default)]
struct Reading {
    ruleset: Option<RulesetFile>,
    kinds: Option<BTreeMap<String, Kind>>,
    scoring: Option<ScoringFile>,
    vocabulary: BTreeMap<String, VocabularyFile>,
    indicators: BTreeMap<String, Indicator>,
    sdks: BTreeMap<String, Sdk>,
    policies: BTreeMap<String, Jurisdiction>,
    published: BTreeMap<String, PublishedList>,
    items: Vec<ItemsFile>,
    channels: Vec<ChannelsFile>,
    network: network::Parsed,
    withdrawn: Vec<WithdrawnFile>,
    lexicon: BTreeMap<String, String>,
    flows: BTreeMap<String, FlowFile>,
}

/// Reads all rule files.
///
/// # Errors
/// The first file with a mistake, in the order of the paths.
pub fn parse(files: &Files) -> Result<Parsed, LoadError> {
    let mut reading = Reading::default();
    for (path, text) in files {
        match path.split_once('/') {
            None => reading.root_file(path, text)?,
            Some((folder, _)) => reading.file_of(folder, path, text)?,
        }
    }
    reading.withdraw(files)?;
    let missing = |file: &str| LoadError::at(file, "", 0..0, "the file is missing from the set");
    let ruleset = reading.ruleset.ok_or_else(|| missing("ruleset.toml"))?;
    let parsed = Parsed {
        version: ruleset.version,
        as_of: ruleset.as_of,
        sha256: digest(files),
        kinds: reading.kinds.ok_or_else(|| missing("kinds.toml"))?,
        vocabulary: reading.vocabulary,
        indicators: reading.indicators,
        sdks: reading.sdks,
        policies: reading.policies,
        published: reading.published,
        advice: Advice::new(reading.items, reading.channels),
        network: reading.network,
        scoring: reading.scoring.ok_or_else(|| missing("scoring.toml"))?,
        lexicon: reading.lexicon,
        flows: reading.flows,
    };
    ids::check(&parsed, files)?;
    Ok(parsed)
}

/// A rule file that states its schema, and its id where files of its folder have one.
macro_rules! checked {
    ($path:expr, $text:expr, $type:ty) => {{
        let file: $type = read($path, $text)?;
        check_schema($path, $text, &file.schema)?;
        file
    }};
    ($path:expr, $text:expr, $type:ty, id) => {{
        let file = checked!($path, $text, $type);
        check_id($path, $text, &file.id)?;
        file
    }};
}

impl Reading {
    fn root_file(&mut self, path: &str, text: &str) -> Result<(), LoadError> {
        match path {
            "ruleset.toml" => self.ruleset = Some(checked!(path, text, RulesetFile)),
            "kinds.toml" => self.kinds = Some(checked!(path, text, KindsFile).kind),
            "scoring.toml" => self.scoring = Some(checked!(path, text, ScoringFile)),
            "withdrawn.toml" => self.withdrawn.push(checked!(path, text, WithdrawnFile)),
            _ => return Err(unknown_path(path, text)),
        }
        Ok(())
    }

    fn file_of(&mut self, folder: &str, path: &str, text: &str) -> Result<(), LoadError> {
        let at = || path.to_owned();
        match folder {
            "apis" => {
                self.vocabulary
                    .insert(at(), checked!(path, text, VocabularyFile, id));
            }
            "flows" => {
                self.flows.insert(at(), checked!(path, text, FlowFile, id));
            }
            "sdks" => {
                self.sdks.insert(at(), checked!(path, text, Sdk, id));
            }
            "policies" => {
                self.policies.insert(at(), checked!(path, text, Jurisdiction, id));
            }
            "published" => {
                self.published
                    .insert(at(), checked!(path, text, PublishedList, id));
            }
            "advice" if path.starts_with("advice/channels-") => {
                self.channels.push(checked!(path, text, ChannelsFile, id));
            }
            "advice" if matches!(path, "advice/evidence.toml" | "advice/steps.toml") => {
                self.items.push(checked!(path, text, ItemsFile, id));
            }
            "network" => match path {
                network::HOSTS => self.network.hosts = Some(checked!(path, text, HostsFile, id)),
                network::KEYS => self.network.keys = Some(checked!(path, text, KeysFile, id)),
                network::FIELDS => self.network.fields = Some(checked!(path, text, FieldsFile, id)),
                network::LIBRARIES => {
                    self.network.libraries = Some(checked!(path, text, LibrariesFile, id));
                }
                _ => return Err(unknown_path(path, text)),
            },
            "lexicon" | "phrases" => {
                self.lexicon.insert(at(), text.to_owned());
            }
            _ if INDICATOR_FOLDERS.contains(&folder) => {
                self.indicators.insert(at(), checked!(path, text, Indicator, id));
            }
            _ => return Err(unknown_path(path, text)),
        }
        Ok(())
    }

    /// Marks what `withdrawn.toml` names.
    fn withdraw(&mut self, files: &Files) -> Result<(), LoadError> {
        let path = "withdrawn.toml";
        let text = files.get(path).map(String::as_str).unwrap_or_default();
        for entry in std::mem::take(&mut self.withdrawn)
            .into_iter()
            .flat_map(|file| file.withdraw)
        {
            let (span, entry) = (entry.span(), entry.into_inner());
            let withdrawal = Withdrawal {
                on: entry.on,
                reason: entry.reason,
            };
            if !self.withdraw_one(&entry.id, &withdrawal) {
                let problem = format!("`{}` is no indicator, SDK, published list or rule", entry.id);
                return Err(LoadError::at(path, text, span, problem));
            }
        }
        Ok(())
    }

    /// Marks what has this id; `false` when nothing has.
    fn withdraw_one(&mut self, id: &str, withdrawal: &Withdrawal) -> bool {
        let mut slots = Vec::new();
        slots.extend(
            self.indicators
                .values_mut()
                .filter(|one| one.id.get_ref() == id)
                .map(|one| &mut one.withdrawn),
        );
        slots.extend(
            self.sdks
                .values_mut()
                .filter(|one| one.id.get_ref() == id)
                .map(|one| &mut one.withdrawn),
        );
        slots.extend(
            self.published
                .values_mut()
                .filter(|one| one.id.get_ref() == id)
                .map(|one| &mut one.withdrawn),
        );
        for file in self.policies.values_mut() {
            let prefix = file.prefix().to_owned();
            let rules = file.rule.iter_mut().map(|rule| rule.get_mut());
            let named = rules.filter(|rule| format!("{prefix}/{}", rule.id) == id);
            slots.extend(named.map(|rule| &mut rule.withdrawn));
        }
        let any = !slots.is_empty();
        for slot in slots {
            *slot = Some(withdrawal.clone());
        }
        any
    }
}

fn unknown_path(path: &str, text: &str) -> LoadError {
    let problem = "no rule file has this path; see signatures/README.md for the folders";
    LoadError::at(path, text, 0..0, problem)
}

fn read<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, LoadError> {
    toml::from_str(text)
        .map_err(|error| LoadError::at(path, text, error.span().unwrap_or(0..0), error.message()))
}

fn check_schema(path: &str, text: &str, schema: &toml::Spanned<u32>) -> Result<(), LoadError> {
    if *schema.get_ref() == SCHEMA {
        return Ok(());
    }
    let problem = format!(
        "schema {} is not supported; this version reads schema {SCHEMA}",
        schema.get_ref()
    );
    Err(LoadError::at(path, text, schema.span(), problem))
}

fn check_id(path: &str, text: &str, id: &toml::Spanned<String>) -> Result<(), LoadError> {
    let stem = path
        .rsplit('/')
        .next()
        .and_then(|name| name.strip_suffix(".toml"))
        .unwrap_or_default();
    if id.get_ref() == stem {
        return Ok(());
    }
    let problem = format!(
        "the id `{}` differs from the file name `{stem}`; make them equal",
        id.get_ref()
    );
    Err(LoadError::at(path, text, id.span(), problem))
}

/// SHA-256 over the lengths, names and contents of the files.
fn digest(files: &Files) -> String {
    let mut hasher = Sha256::new();
    for (path, text) in files {
        for part in [path, text] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    crate::hex::lower(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_shown_in_place() {
        let files = |text: &str| Files::from([("apis/a.toml".to_owned(), text.to_owned())]);
        let text = "schema = 1\nid = \"b\"\ntitle = \"\"\ndescription = \"\"\nreferences = []\nentry = []\n";
        let error = parse(&files(text)).unwrap_err();
        assert_eq!((error.line, error.column), (2, 6), "{error}");
        let error = parse(&files("schema = 1\nid = \"a\"\ncolour = 1\n")).unwrap_err();
        assert_eq!(error.line, 3, "{error}");
        assert!(error.problem.contains("unknown field `colour`"), "{error}");
        let error = parse(&files(&text.replace("schema = 1", "schema = 9"))).unwrap_err();
        assert!(
            error.to_string().starts_with("apis/a.toml:1:10: schema 9"),
            "{error}"
        );
    }

    #[test]
    fn the_digest_tells_names_from_contents() {
        let set = |a: &str, b: &str| digest(&Files::from([(a.to_owned(), b.to_owned())]));
        assert_ne!(set("ab", "c"), set("a", "bc"));
    }
}
