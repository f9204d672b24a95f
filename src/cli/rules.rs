//! The rules in force, and the analysis under them.

use std::path::Path;

use super::Misuse;
use crate::analysis::{Options, Ruleset, analyze};
use crate::render::explain::Explanation;
use crate::report::Report;
use crate::report::v1::{RulesetId, Tool};
use crate::scan::Analyze;

/// A ruleset and the name it has in reports.
pub(super) struct Rules {
    ruleset: Ruleset,
    tool: Tool,
}

impl Rules {
    /// The rules in the folder `signatures`, or the built-in ones.
    pub(super) fn load(signatures: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(folder) = signatures {
            return Err(Misuse(format!(
                "cannot load {}: this build has the built-in signatures only",
                folder.display()
            ))
            .into());
        }
        Ok(Self {
            ruleset: Ruleset::default(),
            tool: Tool {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                ruleset: RulesetId {
                    version: String::new(),
                    sha256: String::new(),
                },
            },
        })
    }

    /// What the signature files say about their indicators.
    pub(super) fn explanations(&self) -> Vec<Explanation> {
        Vec::new()
    }
}

impl Analyze for Rules {
    fn tool(&self) -> &Tool {
        &self.tool
    }

    fn analyze(&self, bytes: &[u8], name: &str, _sha256: &str) -> Report {
        let options = Options {
            name: name.to_owned(),
            ..Options::default()
        };
        analyze(bytes, &self.ruleset, &options)
    }
}
