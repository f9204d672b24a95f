//! The rules in force, and the analysis under them.

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::Misuse;
use super::jurisdictions::Jurisdictions;
use crate::analysis::{Input, Options, analyze_input};
use crate::messages::Language;
use crate::policies::Selection;
use crate::render::explain::Explanation;
use crate::render::signatures::in_repository;
use crate::report::v1::Tool;
use crate::report::{Report, build};
use crate::scan::Analyze;
use crate::signatures::load::Files;
use crate::signatures::schema::{Counted, Indicator, When};
use crate::signatures::{Ruleset, embedded_files};
use crate::signing::Verify;

/// A ruleset, the name it has in reports, and which of its rules of stores and countries are judged.
pub(super) struct Rules {
    ruleset: Ruleset,
    tool: Tool,
    jurisdictions: Selection,
    verify: Verify,
}

impl Rules {
    /// The built-in rules, and those in the folder `signatures` in addition: a file there with the
    /// path of a built-in one replaces it. Of signatures as much is verified as `verify` says.
    pub(super) fn load(signatures: Option<&Path>, verify: Verify) -> anyhow::Result<Self> {
        let (ruleset, _) = set(signatures)?;
        let tool = build::tool(&ruleset);
        Ok(Self {
            ruleset,
            tool,
            jurisdictions: Selection::default(),
            verify,
        })
    }

    /// The same rules, of which those of the stores and countries `asked` for are judged.
    pub(super) fn judging(mut self, asked: &Jurisdictions) -> anyhow::Result<Self> {
        self.jurisdictions = asked.selection(&self.ruleset)?;
        Ok(self)
    }

    /// The rules themselves.
    pub(super) fn ruleset(&self) -> &Ruleset {
        &self.ruleset
    }
}

impl Analyze for Rules {
    fn tool(&self) -> &Tool {
        &self.tool
    }

    fn settings(&self) -> Vec<String> {
        let jurisdictions = match &self.jurisdictions {
            Selection::Spoken => Vec::new(),
            Selection::All => vec!["all".to_owned()],
            Selection::Only(names) => names.clone(),
        };
        let jurisdictions = jurisdictions.iter().map(|name| format!("jurisdiction {name}"));
        let everything = self.verify == Verify::Everything;
        jurisdictions
            .chain(everything.then(|| "verify".to_owned()))
            .collect()
    }

    fn analyze(&self, input: Input<'_>, name: &str, sha256: &str) -> Report {
        let options = Options {
            name: name.to_owned(),
            sha256: Some(sha256.to_owned()),
            jurisdictions: self.jurisdictions.clone(),
            verify: self.verify,
            ..Options::default()
        };
        analyze_input(input, &self.ruleset, &options)
    }
}

/// The built-in rules and those in the folder `signatures`, with all the files they are read from.
pub(super) fn set(signatures: Option<&Path>) -> anyhow::Result<(Ruleset, Files)> {
    let mut files = embedded_files();
    let Some(folder) = signatures else {
        return Ok((Ruleset::from_files(&files)?, files));
    };
    let mut own = Files::new();
    read_folder(folder, folder, &mut own).map_err(|error| Misuse(format!("{error:#}")))?;
    if own.is_empty() {
        return Err(Misuse(format!("no .toml file in {}", folder.display())).into());
    }
    files.extend(own);
    let ruleset = Ruleset::from_files(&files)
        .map_err(|error| Misuse(format!("the rules in {}: {error}", folder.display())))?;
    Ok((ruleset, files))
}

/// Where the file with this path of the set is: in the folder `signatures`, or built in and in the
/// repository.
pub(super) fn place(signatures: Option<&Path>, path: &str) -> String {
    let own = signatures.map(|folder| folder.join(path));
    match own.filter(|file| file.is_file()) {
        Some(file) => file.display().to_string(),
        None => in_repository(path),
    }
}

/// Reads the `.toml` files below `folder`, by their path relative to `root`.
fn read_folder(root: &Path, folder: &Path, files: &mut Files) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.is_dir() {
            read_folder(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let text = String::from_utf8(bytes).map_err(|error| {
                let good = error.utf8_error().valid_up_to();
                anyhow::anyhow!("{} is not UTF-8 from byte {good} on", path.display())
            })?;
            let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            files.insert(relative, text);
        }
    }
    Ok(())
}

/// What the signature files say about their indicators.
pub(super) fn explanations(ruleset: &Ruleset, language: Language) -> Vec<Explanation> {
    ruleset
        .indicators_in_order()
        .map(|indicator| explanation(indicator, language))
        .collect()
}

fn explanation(indicator: &Indicator, language: Language) -> Explanation {
    let reference = |reference: &crate::signatures::schema::Reference| {
        format!(
            "{} ({}, {})",
            reference.url, reference.publisher, reference.accessed
        )
    };
    Explanation {
        id: indicator.id.get_ref().clone(),
        title: match language {
            Language::English => indicator.title.en.clone(),
            Language::SimplifiedChinese => indicator.title.zh.clone(),
        },
        status: indicator.status.name().to_owned(),
        description: indicator.description.clone(),
        impact: indicator.impact.clone(),
        false_positives: indicator.false_positives.clone(),
        false_negatives: indicator.false_negatives.clone(),
        references: indicator.references.iter().map(reference).collect(),
        kinds: kinds(indicator.when.get_ref()),
    }
}

/// The condition, one part an item.
fn kinds(when: &When) -> Vec<String> {
    let mut parts = when.all.clone();
    for choice in [&when.any, &when.also_any] {
        if !choice.is_empty() {
            parts.push(choice.join(" | "));
        }
    }
    if let Some(at_least) = &when.at_least {
        let counted: Vec<String> = at_least.of.iter().map(counted).collect();
        parts.push(format!("{} × ({})", at_least.distinct, counted.join(" | ")));
    }
    parts.extend(when.none.iter().map(|kind| format!("! {kind}")));
    parts
}

fn counted(counted: &Counted) -> String {
    match counted {
        Counted::Each(kind) => kind.clone(),
        Counted::Together(kinds) => format!("({})", kinds.join(" | ")),
    }
}
