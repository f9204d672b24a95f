//! `--jurisdiction`: which stores and countries are asked.

use clap::Args;

use super::Misuse;
use crate::policies::{Selection, known};
use crate::signatures::Ruleset;

#[derive(Debug, Args)]
pub(super) struct Jurisdictions {
    /// Judge the rules of this store or country, such as google-play or ID; can be repeated; all for
    /// every one [default: the stores, and the countries whose languages the app speaks]
    #[arg(long = "jurisdiction", value_name = "NAME")]
    names: Vec<String>,
}

impl Jurisdictions {
    /// What was asked for.
    ///
    /// # Errors
    /// A name no rules are known of, with those there are.
    pub(super) fn selection(&self, ruleset: &Ruleset) -> Result<Selection, Misuse> {
        if self.names.is_empty() {
            return Ok(Selection::Spoken);
        }
        if self.names.iter().any(|name| name == "all") {
            return Ok(Selection::All);
        }
        let mut asked = Vec::new();
        for name in &self.names {
            let found = known(ruleset).find(|known| {
                let short = known.split_once(':').map_or(*known, |(_, short)| short);
                known.eq_ignore_ascii_case(name) || short.eq_ignore_ascii_case(name)
            });
            let Some(found) = found else {
                let names: Vec<&str> = known(ruleset).collect();
                return Err(Misuse(format!(
                    "no rules are known of {name:?}; there are {}",
                    names.join(", ")
                )));
            };
            asked.push(found.to_owned());
        }
        asked.sort();
        asked.dedup();
        Ok(Selection::Only(asked))
    }
}
