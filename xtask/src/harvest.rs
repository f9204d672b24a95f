//! `cargo xtask harvest`: what following the data adds to the analysis, as a table.
//!
//! Every package is analysed with and without the harvest analysis, in turns on the same machine in
//! one run; the best of several rounds is kept.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use dunwatch::limits::Limits;
use dunwatch::{Options, Ruleset, analysis, analyze};

use crate::corpus::{files, millis};

struct App {
    name: String,
    bytes: Vec<u8>,
    /// Methods that were followed, none when the analysis was not run.
    methods: u64,
    facts: u64,
    without: Duration,
    with: Duration,
}

/// Measures every file of a folder and returns the table as text.
pub(crate) fn table(folder: &Path, rounds: usize) -> Result<String> {
    let ruleset = Ruleset::embedded()?;
    let mut apps = read(folder)?;
    let options = |harvest_code_units: u64| Options {
        sha256: Some(String::new()),
        limits: Limits {
            harvest_code_units,
            ..Limits::default()
        },
        ..Options::default()
    };
    let (with, without) = (options(Limits::default().harvest_code_units), options(0));
    for app in &mut apps {
        if let Ok(found) = analysis::facts(&app.bytes, &ruleset, &with.limits) {
            (app.methods, app.facts) = (found.harvest.methods, found.harvest.facts);
        }
        for _ in 0..rounds {
            let start = Instant::now();
            std::hint::black_box(analyze(&app.bytes, &ruleset, &without));
            app.without = app.without.min(start.elapsed());
            let start = Instant::now();
            std::hint::black_box(analyze(&app.bytes, &ruleset, &with));
            app.with = app.with.min(start.elapsed());
        }
    }
    render(&apps)
}

fn render(apps: &[App]) -> Result<String> {
    let mut text = String::from(
        "| app | methods | facts | without ms | with ms | added ms |\n|---|---|---|---|---|---|\n",
    );
    for app in apps.iter().filter(|app| app.methods > 0) {
        writeln!(
            text,
            "| {} | {} | {} | {:.1} | {:.1} | {:.1} |",
            app.name.get(..12).unwrap_or(&app.name),
            app.methods,
            app.facts,
            millis(app.without),
            millis(app.with),
            added(app),
        )?;
    }
    let followed: Vec<&App> = apps.iter().filter(|app| app.methods > 0).collect();
    for (name, of) in [("all", apps.iter().collect::<Vec<_>>()), ("followed", followed)] {
        let mut all: Vec<f64> = of.iter().map(|app| added(app)).collect();
        all.sort_by(f64::total_cmp);
        let at = |share: usize| all.get((all.len() * share / 100).min(all.len().saturating_sub(1)));
        writeln!(
            text,
            "\n{name}: {} files, added ms: median {:.1}, 99 of 100 below {:.1}, most {:.1}; all together {:.2} times the time without",
            of.len(),
            at(50).copied().unwrap_or_default(),
            at(99).copied().unwrap_or_default(),
            all.last().copied().unwrap_or_default(),
            sum(&of, |app| app.with) / sum(&of, |app| app.without),
        )?;
    }
    Ok(text)
}

fn sum(apps: &[&App], time: impl Fn(&App) -> Duration) -> f64 {
    apps.iter().map(|app| millis(time(app))).sum()
}

fn added(app: &App) -> f64 {
    (millis(app.with) - millis(app.without)).max(0.0)
}

fn read(folder: &Path) -> Result<Vec<App>> {
    let app = |(name, bytes)| App {
        name,
        bytes,
        methods: 0,
        facts: 0,
        without: Duration::MAX,
        with: Duration::MAX,
    };
    Ok(files(folder)?.into_iter().map(app).collect())
}
