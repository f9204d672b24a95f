//! Two cards, one score.
//!
//! Evidence for the harvest capability H and for lending L is added up separately in decibans:
//! `10 log10` of how much likelier the evidence is in an app that has the property than in one
//! that has not. Correlated evidence shares a group, and a group counts at most its cap, so ten
//! synonyms are one signal. The score is `100 * sigma(H) * sigma(L)`, the probability of both under
//! independent cards; powers are taken with `libm`, so every platform agrees to the last digit.
//! The band is read off a matrix of H and L. All numbers stand in `signatures/scoring.toml`.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::coverage::{Coverage, Layer, Opaque};
use crate::matching::{Evidence, Finding};
use crate::signatures::Ruleset;
use crate::signatures::schema::{CardName, Data, Level, Read, ScoringFile, Status};

/// Share of the code below which an absence of evidence says nothing.
const LEAST_CODE_SEEN: f64 = 0.9;

/// What is made of the findings.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// 0 to 100, one decimal; `None` when not assessable.
    pub value: Option<f64>,
    /// The band.
    pub band: Band,
    /// Why it is that band.
    pub why: Why,
    /// Short form of the evidence.
    pub vector: String,
    /// Harvest card in decibans, the prior included.
    pub harvest_db: f64,
    /// Lending card in decibans, the prior included.
    pub lending_db: f64,
    /// What was added: harvest first, heavier first.
    pub contributions: Vec<Contribution>,
}

impl Score {
    /// Whether the app is taken for a lending app.
    #[must_use]
    pub fn is_lending(&self, ruleset: &Ruleset) -> bool {
        self.lending_db >= ruleset.scoring().band.lending
    }
}

/// The bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "see report::v1::Band")]
pub enum Band {
    Low,
    NotAssessable,
    Elevated,
    High,
}

/// The reason behind a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "see report::v1::Why")]
pub enum Why {
    LendingAndHarvest,
    LendingAndPermissions,
    HarvestWithoutLending,
    LendingWithoutHarvest,
    CapabilityWithoutLending,
    NeitherFound,
    CodeHidden,
    CodeUnreadable,
    WebShell,
    NoCode,
    NoManifest,
}

/// One weighed finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// Id of the indicator.
    pub id: String,
    /// The card.
    pub card: CardName,
    /// Decibans added after the caps.
    pub db: f64,
    /// How far the evidence goes.
    pub level: Level,
    /// The evidence.
    pub evidence: Vec<Evidence>,
}

/// Weighs the findings of one app.
#[must_use]
pub fn score(findings: &[Finding], coverage: &Coverage, ruleset: &Ruleset) -> Score {
    score_by(findings, coverage, ruleset, ruleset.scoring())
}

/// As [`score`], by other numbers than those of the rule set: what a band rests on can be found out by
/// changing one of them.
#[must_use]
pub fn score_by(
    findings: &[Finding],
    coverage: &Coverage,
    ruleset: &Ruleset,
    scoring: &ScoringFile,
) -> Score {
    let contributions = contributions(findings, ruleset, scoring);
    let cards = &scoring.card;
    let sum = |card: CardName, prior: f64| {
        let added = contributions
            .iter()
            .filter(|found| found.card == card)
            .map(|found| found.db);
        hundredths(added.fold(prior, |sum, db| sum + db))
    };
    let harvest_db = sum(CardName::Harvest, cards.harvest.prior);
    let lending_db = sum(CardName::Lending, cards.lending.prior);
    let (band, why) = assess(harvest_db, lending_db, coverage, scoring);
    let assessable = band != Band::NotAssessable;
    let value = 100.0 * sigma(harvest_db) * sigma(lending_db);
    Score {
        value: assessable.then(|| libm::round(value * 10.0) / 10.0),
        band,
        why,
        vector: vector(findings, lending_db >= scoring.band.lending, coverage, ruleset),
        harvest_db,
        lending_db,
        contributions,
    }
}

/// The probability that belongs to a number of decibans.
#[must_use]
pub fn sigma(decibans: f64) -> f64 {
    1.0 / (1.0 + libm::pow(10.0, -decibans / 10.0))
}

fn hundredths(value: f64) -> f64 {
    libm::round(value * 100.0) / 100.0
}

fn contributions(findings: &[Finding], ruleset: &Ruleset, scoring: &ScoringFile) -> Vec<Contribution> {
    let mut by_group: BTreeMap<&str, Vec<Contribution>> = BTreeMap::new();
    for weight in &scoring.weight {
        let weight = weight.get_ref();
        let Some(finding) = findings.iter().find(|finding| finding.id == weight.indicator) else {
            continue;
        };
        let Some(group) = scoring
            .group
            .iter()
            .find(|group| group.get_ref().id == weight.group)
        else {
            continue;
        };
        let experimental = ruleset
            .indicator(&finding.id)
            .is_some_and(|known| known.status == Status::Experimental);
        by_group.entry(&weight.group).or_default().push(Contribution {
            id: finding.id.clone(),
            card: group.get_ref().card,
            db: if experimental { weight.db / 2.0 } else { weight.db },
            level: finding.level,
            evidence: finding.evidence.clone(),
        });
    }
    let mut all = Vec::new();
    for group in &scoring.group {
        let mut members = by_group.remove(group.get_ref().id.as_str()).unwrap_or_default();
        members.sort_by(|a, b| b.db.total_cmp(&a.db).then_with(|| a.id.cmp(&b.id)));
        let mut left = group.get_ref().cap;
        for mut member in members {
            member.db = hundredths(member.db.min(left));
            left -= member.db;
            all.push(member);
        }
    }
    all.sort_by(|a, b| {
        a.card
            .cmp(&b.card)
            .then(b.db.total_cmp(&a.db))
            .then_with(|| a.id.cmp(&b.id))
    });
    all
}

/// The matrix of H and L, and what cannot be judged at all.
fn assess(harvest: f64, lending: f64, coverage: &Coverage, scoring: &ScoringFile) -> (Band, Why) {
    let bands = &scoring.band;
    let is_lending = lending >= bands.lending;
    if is_lending && harvest >= bands.harvest_capable {
        return (Band::High, Why::LendingAndHarvest);
    }
    // What is shown to leave the device stands, whatever else was out of sight.
    if harvest >= bands.harvest_proven {
        return (Band::Elevated, Why::HarvestWithoutLending);
    }
    if matches!(coverage.manifest, Layer::Absent | Layer::Unreadable) {
        return (Band::NotAssessable, Why::NoManifest);
    }
    if coverage.opaque.contains(&Opaque::NoCode) {
        return (Band::NotAssessable, Why::NoCode);
    }
    if coverage.opaque.contains(&Opaque::PackedCode) {
        return (Band::NotAssessable, Why::CodeHidden);
    }
    let seen = coverage.code().is_none_or(|code| code >= LEAST_CODE_SEEN);
    let is_whole = coverage.manifest != Layer::Partial && !coverage.is_incomplete();
    if !seen || !is_whole || coverage.opaque.contains(&Opaque::UnreadableDex) {
        return (Band::NotAssessable, Why::CodeUnreadable);
    }
    if coverage.opaque.contains(&Opaque::WebShell) {
        return (Band::NotAssessable, Why::WebShell);
    }
    // What such an app says may stand in the code that could not be read.
    let asks = harvest >= bands.harvest_declared;
    if asks && !is_lending && coverage.opaque.contains(&Opaque::ScriptCode) {
        return (Band::NotAssessable, Why::CodeUnreadable);
    }
    if is_lending && asks {
        return (Band::Elevated, Why::LendingAndPermissions);
    }
    let why = if is_lending {
        Why::LendingWithoutHarvest
    } else if harvest >= bands.harvest_capable {
        Why::CapabilityWithoutLending
    } else {
        Why::NeitherFound
    };
    (Band::Low, why)
}

/// `DW:1/K:CSL/Q:bulk/F:net-proven/L:high/V:0.98`: version; kinds of data asked for; strongest
/// read; flow and level; lending; share of the code seen.
fn vector(findings: &[Finding], is_lending: bool, coverage: &Coverage, ruleset: &Ruleset) -> String {
    let rows = findings.iter().filter_map(|finding| {
        let row = ruleset.indicator(&finding.id)?.harvest?;
        Some((row, finding.level))
    });
    let mut kinds = BTreeSet::new();
    let mut read: Option<Read> = None;
    // The way off the device of single rows says nothing of larger reads beside them.
    let mut flow: (bool, Option<Level>) = (false, None);
    for (row, level) in rows {
        kinds.insert(row.data);
        read = read.max(row.read);
        let is_single = row.read < Some(Read::Unknown);
        flow = flow.max((!is_single, row.sink_named.then_some(level)));
    }
    let kinds: String = kinds
        .into_iter()
        .map(|data| match data {
            Data::Contacts => 'C',
            Data::Sms => 'S',
            Data::CallLog => 'L',
        })
        .collect();
    let kinds = if kinds.is_empty() { "-" } else { &kinds };
    let read = match read {
        None => "-",
        Some(Read::Picked) => "picked",
        Some(Read::Lookup) => "lookup",
        Some(Read::Unknown) => "unknown",
        Some(Read::Bulk) => "bulk",
    };
    let flow = match flow.1 {
        None => "-",
        Some(Level::Declared | Level::Named) => "net-named",
        Some(Level::Located) => "net-located",
        Some(Level::Linked) => "net-linked",
        Some(Level::Proven) => "net-proven",
    };
    let lending = if is_lending { "high" } else { "low" };
    let seen = coverage
        .code()
        .map_or_else(|| "-".to_owned(), |code| format!("{code:.2}"));
    format!("DW:1/K:{kinds}/Q:{read}/F:{flow}/L:{lending}/V:{seen}")
}
