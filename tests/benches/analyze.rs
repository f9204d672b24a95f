//! Speed of the layers, and of a whole analysis against the floor.
//!
//! Inputs are the fixture apps and, where it is there, the corpus of real apps. The table with the
//! ratios of real apps is printed by `cargo xtask bench FOLDER`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the shared parts of the suites fail by panicking"
)]

use std::fs;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dunwatch::analysis::sha256;
use dunwatch::anomaly::Anomalies;
use dunwatch::app::{App, Part};
use dunwatch::container::Container;
use dunwatch::facts::text;
use dunwatch::formats::arsc::Table;
use dunwatch::formats::axml;
use dunwatch::formats::dex::Dex;
use dunwatch::limits::{Budget, Limits};
use dunwatch::matching::findings;
use dunwatch::{Options, Ruleset, analyze};

#[path = "../support/apps.rs"]
#[expect(dead_code, reason = "shared with the suites")]
mod apps;
#[path = "../support/floor.rs"]
mod floor;

/// A real app of middling size, else the largest fixture.
fn sample() -> (String, Vec<u8>) {
    let real = apps::corpus().and_then(|corpus| {
        let mut files: Vec<_> = apps::corpus_files(&corpus)
            .filter_map(|(_, path)| Some((fs::metadata(&path).ok()?.len(), path)))
            .collect();
        files.sort();
        let (_, path) = files.into_iter().rev().nth(4)?;
        Some((
            path.file_stem()?.to_string_lossy().get(..12)?.to_owned(),
            fs::read(&path).ok()?,
        ))
    });
    real.unwrap_or_else(|| ("fixture".to_owned(), apps::fixture("predatory-lender-zh")))
}

fn part(app: &mut App<'_>, name: &str, limits: &Limits) -> Vec<u8> {
    let mut budget = Budget::new(limits);
    let mut anomalies = Anomalies::new(limits.anomalies_per_kind);
    match app.read(0, name, limits, &mut budget, &mut anomalies) {
        Part::Data(data) => data.into_owned(),
        _ => Vec::new(),
    }
}

fn layers(criterion: &mut Criterion) {
    let limits = Limits::default();
    let (_, bytes) = sample();
    let mut anomalies = Anomalies::new(limits.anomalies_per_kind);
    let Ok(container) = Container::open(&bytes, &limits, &mut anomalies) else {
        return;
    };
    let mut app = App::new(container, &limits, &mut anomalies);
    let manifest = part(&mut app, "AndroidManifest.xml", &limits);
    let resources = part(&mut app, "resources.arsc", &limits);
    let dex = part(&mut app, "classes.dex", &limits);
    let rules = &*apps::RULES;

    let mut group = criterion.benchmark_group("layer");
    let mut layer = |name: &str, size: usize, run: &mut dyn FnMut(&mut Budget, &mut Anomalies)| {
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut budget = Budget::new(&limits);
                let mut anomalies = Anomalies::new(limits.anomalies_per_kind);
                run(&mut budget, &mut anomalies);
            });
        });
    };
    layer("container", bytes.len(), &mut |_, anomalies| {
        black_box(Container::open(&bytes, &limits, anomalies).is_ok());
    });
    layer("axml", manifest.len(), &mut |budget, anomalies| {
        black_box(axml::parse(&manifest, &limits, budget, anomalies).is_ok());
    });
    layer("arsc", resources.len(), &mut |budget, anomalies| {
        if let Ok(table) = Table::parse(&resources, budget, anomalies) {
            black_box(table.pool().iter().count());
        }
    });
    layer("dex", dex.len(), &mut |budget, anomalies| {
        for file in Dex::parse(&dex, &limits, budget, anomalies).unwrap_or_default() {
            black_box(file.strings().map(|(_, text)| text.len()).sum::<usize>());
        }
    });
    group.finish();

    let facts = text::parse(
        "permission android.permission.READ_CONTACTS @ manifest uses-permission +1\n\
         word loan-product-strong id pinjaman online @ resource string/a id\n",
    )
    .unwrap_or_default();
    criterion.bench_function("matching", |bencher| {
        bencher.iter(|| black_box(findings(&facts, rules)))
    });
    criterion.bench_function("rules", |bencher| {
        bencher.iter(|| black_box(Ruleset::embedded().is_ok()))
    });
}

fn whole(criterion: &mut Criterion) {
    let (name, bytes) = sample();
    let further = floor::further_entries(&bytes);
    let rules = &*apps::RULES;
    let mut group = criterion.benchmark_group(format!("whole/{name}"));
    group.throughput(Throughput::Bytes(floor::inflate(&bytes, &further) as u64));
    group.bench_function("floor", |bencher| {
        bencher.iter(|| black_box(floor::inflate(&bytes, &further)))
    });
    group.bench_function("hash", |bencher| bencher.iter(|| black_box(sha256(&bytes))));
    let options = Options {
        sha256: Some(sha256(&bytes)),
        ..Options::default()
    };
    group.bench_function("analyze", |bencher| {
        bencher.iter(|| black_box(analyze(&bytes, rules, &options)))
    });
    group.finish();
}

criterion_group!(benches, layers, whole);
criterion_main!(benches);
