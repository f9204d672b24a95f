//! `cargo xtask bench`: what an analysis costs against the floor, as a table.
//!
//! The floor is the same entries only inflated, with the same backend. Both are timed in turns on
//! the same machine in one run and the best of several rounds is kept, for the machines are noisy.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use dunwatch::analysis::sha256;
use dunwatch::{Options, Ruleset, analyze};

use crate::corpus::{files, millis};

#[path = "../../tests/support/floor.rs"]
mod floor;

/// Files below this size are left out, in bytes.
const LEAST_SIZE: usize = 1_000_000;

struct App {
    name: String,
    bytes: Vec<u8>,
    further: Vec<String>,
    inflated: usize,
    sha256: String,
    floor: Duration,
    hash: Duration,
    analysis: Duration,
}

/// Measures every package of at least 1 MB under `folder` and returns the table as text.
pub(crate) fn table(folder: &Path, rounds: usize) -> Result<String> {
    let start = Instant::now();
    let ruleset = Ruleset::embedded()?;
    let loading = start.elapsed();
    let mut apps = read(folder)?;
    if apps.is_empty() {
        bail!("no package of {LEAST_SIZE} bytes or more in {}", folder.display());
    }
    for _ in 0..rounds {
        for app in &mut apps {
            let start = Instant::now();
            app.inflated = floor::inflate(&app.bytes, &app.further);
            app.floor = app.floor.min(start.elapsed());
            let start = Instant::now();
            app.sha256 = sha256(&app.bytes);
            app.hash = app.hash.min(start.elapsed());
            let options = Options {
                sha256: Some(app.sha256.clone()),
                ..Options::default()
            };
            let start = Instant::now();
            std::hint::black_box(analyze(&app.bytes, &ruleset, &options));
            app.analysis = app.analysis.min(start.elapsed());
        }
    }
    let mut text = String::new();
    writeln!(
        text,
        "| app | inflated MB | floor ms | analysis ms | ratio | hashing ms |\n|---|---|---|---|---|---|"
    )?;
    for app in &apps {
        let (floor, analysis) = (millis(app.floor), millis(app.analysis));
        let name = app.name.get(..12).unwrap_or(&app.name);
        writeln!(
            text,
            "| {name} | {:.2} | {floor:.2} | {analysis:.2} | {:.2} |",
            megabytes(app.inflated),
            analysis / floor
        )?;
    }
    let floor: Duration = apps.iter().map(|app| app.floor).sum();
    let analysis: Duration = apps.iter().map(|app| app.analysis).sum();
    let hash: Duration = apps.iter().map(|app| app.hash).sum();
    let inflated: usize = apps.iter().map(|app| app.inflated).sum();
    writeln!(
        text,
        "| all {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
        apps.len(),
        megabytes(inflated),
        millis(floor),
        millis(analysis),
        millis(analysis) / millis(floor),
        millis(hash)
    )?;
    let one = (0..rounds)
        .map(|_| spread(&apps, &ruleset, 1))
        .min()
        .unwrap_or_default();
    let two = (0..rounds)
        .map(|_| spread(&apps, &ruleset, 2))
        .min()
        .unwrap_or_default();
    writeln!(
        text,
        "\ntwo threads against one: {:.2} times",
        millis(one) / millis(two)
    )?;
    writeln!(text, "loading the rules: {:.0} ms", millis(loading))?;
    writeln!(
        text,
        "floor: {:.0} MB/s inflated",
        megabytes(inflated) / floor.as_secs_f64()
    )?;
    Ok(text)
}

fn read(folder: &Path) -> Result<Vec<App>> {
    let mut apps = Vec::new();
    for (name, bytes) in files(folder)? {
        if bytes.len() >= LEAST_SIZE && floor::inflate(&bytes, &[]) > 0 {
            apps.push(App {
                name,
                further: floor::further_entries(&bytes),
                bytes,
                inflated: 0,
                sha256: String::new(),
                floor: Duration::MAX,
                hash: Duration::MAX,
                analysis: Duration::MAX,
            });
        }
    }
    Ok(apps)
}

/// The time all apps take on so many threads, eight times over.
fn spread(apps: &[App], ruleset: &Ruleset, threads: usize) -> Duration {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let index = next.fetch_add(1, Ordering::Relaxed)
                    && index < apps.len() * 4
                {
                    if let Some(app) = apps.get(index % apps.len()) {
                        let options = Options {
                            sha256: Some(app.sha256.clone()),
                            ..Options::default()
                        };
                        std::hint::black_box(analyze(&app.bytes, ruleset, &options));
                    }
                }
            });
        }
    });
    start.elapsed()
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
