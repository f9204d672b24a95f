//! From rule files to typed rules, with the place of every mistake.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::flows::FlowFile;
use super::schema::{Indicator, Kind, KindsFile, RulesetFile, SCHEMA, ScoringFile, VocabularyFile};
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
    /// SHA-256 over names and contents, lower-case hex.
    pub sha256: String,
    /// The kinds by id.
    pub kinds: BTreeMap<String, Kind>,
    /// The vocabulary files by path.
    pub vocabulary: BTreeMap<String, VocabularyFile>,
    /// The indicators by path.
    pub indicators: BTreeMap<String, Indicator>,
    /// The weights.
    pub scoring: ScoringFile,
    /// The word lists by path, unparsed: the lexicon has its own reader.
    pub lexicon: BTreeMap<String, String>,
    /// The flow models by path.
    pub flows: BTreeMap<String, FlowFile>,
}

/// Folders that hold indicators, one file each.
pub const INDICATOR_FOLDERS: [&str; 3] = ["harvest", "lending", "context"];

/// Reads all rule files.
///
/// # Errors
/// The first file with a mistake, in the order of the paths.
pub fn parse(files: &Files) -> Result<Parsed, LoadError> {
    let mut kinds = None;
    let mut ruleset: Option<RulesetFile> = None;
    let mut scoring = None;
    let mut vocabulary = BTreeMap::new();
    let mut indicators = BTreeMap::new();
    let mut lexicon = BTreeMap::new();
    let mut flows = BTreeMap::new();
    for (path, text) in files {
        match path.split_once('/') {
            None if path == "ruleset.toml" => {
                let file: RulesetFile = read(path, text)?;
                check_schema(path, text, &file.schema)?;
                ruleset = Some(file);
            }
            None if path == "kinds.toml" => {
                let file: KindsFile = read(path, text)?;
                check_schema(path, text, &file.schema)?;
                kinds = Some(file.kind);
            }
            None if path == "scoring.toml" => {
                let file: ScoringFile = read(path, text)?;
                check_schema(path, text, &file.schema)?;
                scoring = Some(file);
            }
            Some(("apis", _)) => {
                let file: VocabularyFile = read(path, text)?;
                check_schema(path, text, &file.schema)?;
                check_id(path, text, &file.id)?;
                vocabulary.insert(path.clone(), file);
            }
            Some(("flows", _)) => {
                let file: FlowFile = read(path, text)?;
                check_schema(path, text, &file.schema)?;
                check_id(path, text, &file.id)?;
                flows.insert(path.clone(), file);
            }
            Some(("lexicon", _)) => {
                lexicon.insert(path.clone(), text.clone());
            }
            Some((folder, _)) if INDICATOR_FOLDERS.contains(&folder) => {
                let file: Indicator = read(path, text)?;
                check_schema(path, text, &file.schema)?;
                check_id(path, text, &file.id)?;
                indicators.insert(path.clone(), file);
            }
            _ => {
                let problem = "no rule file has this path; see signatures/README.md for the folders";
                return Err(LoadError::at(path, text, 0..0, problem));
            }
        }
    }
    let missing = |file: &str| LoadError::at(file, "", 0..0, "the file is missing from the set");
    Ok(Parsed {
        version: ruleset.ok_or_else(|| missing("ruleset.toml"))?.version,
        sha256: digest(files),
        kinds: kinds.ok_or_else(|| missing("kinds.toml"))?,
        vocabulary,
        indicators,
        scoring: scoring.ok_or_else(|| missing("scoring.toml"))?,
        lexicon,
        flows,
    })
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
