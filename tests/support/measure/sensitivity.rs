//! Which single numbers of the scoring move a fixture app across a band.
//!
//! Every weight is left out, halved and doubled, one at a time, and so are the starting values and
//! thresholds moved by 3 dB either way, about a factor of two. What remains of a change after the caps
//! of its group is what counts.

use std::fmt::Write as _;
use std::path::Path;

use dunwatch::Ruleset;
use dunwatch::analysis::{self, Facts};
use dunwatch::limits::Limits;
use dunwatch::matching::{self, Finding};
use dunwatch::score::{Band, score_by};
use dunwatch::signatures::schema::ScoringFile;

use super::{Result, bytes, rows, text};

/// The document, relative to the repository.
pub(crate) const DOCUMENT: &str = "docs/sensitivity.md";

/// Decibans by which starting values and thresholds are moved.
const STEP: f64 = 3.0;

/// A fixture app that has been read.
struct App {
    name: String,
    facts: Facts,
    findings: Vec<Finding>,
}

/// A changed number: what was done to it, and the numbers with it.
type Variant = (String, ScoringFile);

/// One of the numbers.
type Number = fn(&mut ScoringFile) -> &mut f64;

fn apps(root: &Path, ruleset: &Ruleset) -> Result<Vec<App>> {
    let table = text(&root.join("fixtures/expected.tsv"))?;
    let mut apps = Vec::new();
    for [name, ..] in rows::<4>(&table)? {
        let data = bytes(&root.join(format!("fixtures/apks/{name}.apk")))?;
        let facts = analysis::facts(&data, ruleset, &Limits::default())
            .map_err(|failure| format!("{name}: {}", failure.message))?;
        apps.push(App {
            name: name.to_owned(),
            findings: matching::findings(&facts.facts, ruleset),
            facts,
        });
    }
    Ok(apps)
}

fn variants(scoring: &ScoringFile) -> Vec<Variant> {
    let mut all = Vec::new();
    for (index, weight) in scoring.weight.iter().enumerate() {
        for (what, factor) in [("left out", 0.0), ("halved", 0.5), ("doubled", 2.0)] {
            let mut changed = scoring.clone();
            if let Some(weight) = changed.weight.get_mut(index) {
                weight.get_mut().db *= factor;
            }
            all.push((format!("`{}` {what}", weight.get_ref().indicator), changed));
        }
    }
    let numbers: [(&str, Number); 6] = [
        ("starting value of the harvest card", |file| {
            &mut file.card.harvest.prior
        }),
        ("starting value of the lending card", |file| {
            &mut file.card.lending.prior
        }),
        ("threshold `harvest-declared`", |file| {
            &mut file.band.harvest_declared
        }),
        ("threshold `harvest-capable`", |file| {
            &mut file.band.harvest_capable
        }),
        ("threshold `harvest-proven`", |file| &mut file.band.harvest_proven),
        ("threshold `lending`", |file| &mut file.band.lending),
    ];
    for (what, number) in numbers {
        for step in [-STEP, STEP] {
            let mut changed = scoring.clone();
            *number(&mut changed) += step;
            all.push((format!("{what} {step:+} dB"), changed));
        }
    }
    all
}

fn band(app: &App, ruleset: &Ruleset, scoring: &ScoringFile) -> Band {
    score_by(&app.findings, &app.facts.coverage, ruleset, scoring).band
}

fn name(band: Band) -> &'static str {
    match band {
        Band::Low => "low",
        Band::NotAssessable => "not assessable",
        Band::Elevated => "elevated",
        Band::High => "high",
    }
}

/// The document: every change that moves an app, and how many do not.
pub(crate) fn document(root: &Path, ruleset: &Ruleset) -> Result<String> {
    let apps = apps(root, ruleset)?;
    let before: Vec<Band> = apps
        .iter()
        .map(|app| band(app, ruleset, ruleset.scoring()))
        .collect();
    let variants = variants(ruleset.scoring());
    let mut table = String::new();
    let mut moving = 0usize;
    for (what, scoring) in &variants {
        let mut moved = Vec::new();
        for (app, before) in apps.iter().zip(&before) {
            let after = band(app, ruleset, scoring);
            if after != *before {
                moved.push(format!("`{}` {} → {}", app.name, name(*before), name(after)));
            }
        }
        if !moved.is_empty() {
            moving = moving.saturating_add(1);
            // Writing to a String cannot fail.
            let _ = writeln!(table, "| {what} | {} |", moved.join("<br>"));
        }
    }
    Ok(format!(
        "# What a single number decides\n\n\
Made by `cargo xtask sensitivity` from the {} fixture apps and the numbers in `signatures/scoring.toml`; a test compares it.\n\n\
Each weight is left out, halved and doubled, and each starting value and threshold is moved by {STEP} dB either way, one number at a time: {} changes in all. \
{moving} of them move an app across a band; the others move none. A weight is changed before the cap of its group, so where a group is full another member takes its place.\n\n\
| changed | apps that change their band |\n|---|---|\n{table}",
        apps.len(),
        variants.len(),
    ))
}
