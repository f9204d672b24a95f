//! What a person can do about an app: which evidence to keep, which steps to take, where to turn.
//!
//! Chosen from the data in `signatures/advice/` by what a report says; never for a band *low* and
//! never for a file that could not be read.

use crate::report::Report;
use crate::report::v1::Band;
use crate::signatures::Ruleset;
use crate::signatures::advice::{Channel, Item, When};

/// Advice for one report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given<'r> {
    /// What to do, in order.
    pub steps: Vec<&'r Item>,
    /// What to keep.
    pub evidence: Vec<&'r Item>,
    /// Where to turn, by country as the rule set calls it; `any` last.
    pub channels: Vec<(&'r str, &'r [Channel])>,
}

/// The advice that fits `report`; `None` where there is none to give.
///
/// Channels are those of the countries whose rules the report was asked for, and those for all.
#[must_use]
pub fn given<'r>(report: &Report, ruleset: &'r Ruleset) -> Option<Given<'r>> {
    let score = report.score.as_ref()?;
    let band = match score.band {
        Band::High => When::High,
        Band::Elevated => When::Elevated,
        Band::NotAssessable => When::NotAssessable,
        Band::Low => return None,
    };
    let is_lending = score.lending_db >= ruleset.scoring().band.lending;
    let fits =
        |item: &&Item| item.when.contains(&band) && item.lending.is_none_or(|wanted| wanted == is_lending);
    let advice = ruleset.advice();
    let countries = report
        .jurisdictions
        .iter()
        .filter_map(|name| name.strip_prefix("country:"));
    let channels = countries.chain(["any"]).filter_map(|country| {
        let (name, channels) = advice.channels.get_key_value(country)?;
        Some((name.as_str(), channels.as_slice()))
    });
    Some(Given {
        steps: advice.steps.iter().filter(fits).collect(),
        evidence: advice.evidence.iter().filter(fits).collect(),
        channels: channels.collect(),
    })
}
