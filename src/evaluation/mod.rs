//! How well the scores fit labels that somebody gave.
//!
//! Reports and a table of labels in, measures with intervals out: [`Truth`] reads the table,
//! [`Gathering`] brings it together with the reports, and [`evaluate`] computes an [`Evaluation`],
//! which is also the wire form `dunwatch.eval/1`. Each measure is defined where it is computed:
//!
//! | | |
//! |---|---|
//! | [`decision`] | labels by band; precision, recall, false alarms and F1 of a rule; recall by language |
//! | [`ranking`] | PR-AUC, ROC-AUC, recall at a false-alarm rate |
//! | [`calibration`] | Brier score, reliability table, expected calibration error |
//! | [`lift`] | what each signature is worth in decibans, beside its weight |
//! | [`estimate`] | intervals by drawing groups of apps |
//!
//! Files and threads are unknown here. The order in which reports and rows come changes nothing,
//! and all arithmetic is either on whole numbers, basic, or from the `libm` crate: equal inputs and
//! an equal seed give equal digits on every machine.

use serde::Serialize;

pub mod calibration;
pub mod case;
pub mod decision;
pub mod estimate;
pub mod gather;
pub mod lift;
pub mod random;
pub mod ranking;
pub mod sample;
pub mod truth;

pub use calibration::Calibration;
pub use case::{Card, Case, Outcome};
pub use decision::{Cell, Decision, LanguageRecall, Rule};
pub use estimate::Estimate;
pub use gather::{Gathering, Grouping, Matching};
pub use lift::Lift;
pub use ranking::Ranking;
pub use sample::Sample;
pub use truth::{Label, Truth};

use crate::report::v1::{self, Band};
use crate::signatures::Ruleset;
use sample::Weights;

/// The value of [`Evaluation::schema`].
pub const SCHEMA: &str = "dunwatch.eval/1";

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the table, as it is to be shown.
    pub table: String,
    /// Its column of labels.
    pub label: String,
    /// The probability that is looked at.
    pub card: Card,
    /// Which apps are drawn together.
    pub grouping: Grouping,
    /// The lowest band that is called positive in the recall by language. `None` for the band high,
    /// or for the threshold of the card when there is one.
    pub positive: Option<Band>,
    /// Resamples of the bootstrap; 0 for no intervals.
    pub resamples: u32,
    /// What its random numbers begin with.
    pub seed: u64,
}

/// Why there are no intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoIntervals {
    /// No resamples were asked for.
    NotAskedFor,
    /// Assessed apps of one of the labels come from fewer than two groups.
    TooFewGroups,
}

/// How the intervals came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bootstrap {
    /// Share of the resamples that lies within an interval.
    pub level: f64,
    /// Which apps were drawn together.
    pub grouping: Grouping,
    /// Groups of labelled apps.
    pub groups: usize,
    /// Groups with an assessed positive app.
    pub positive_groups: usize,
    /// Groups with an assessed negative app.
    pub negative_groups: usize,
    /// Resamples.
    pub resamples: u32,
    /// What the random numbers began with.
    pub seed: u64,
    /// Why no number has an interval; `null` when there are intervals.
    pub missing: Option<NoIntervals>,
}

/// Apps of one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessed {
    /// The label.
    pub label: Label,
    /// Apps.
    pub count: u64,
    /// Those with a score.
    pub assessed: u64,
    /// Their share.
    pub coverage: Estimate,
}

/// All numbers that are computed from a sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measures {
    /// How many apps could be assessed, by label.
    pub assessed: Vec<Assessed>,
    /// Labels by outcome.
    pub confusion: Vec<Cell>,
    /// What comes of calling apps positive; the first rule is used for the languages.
    pub decisions: Vec<Decision>,
    /// Measures of the order.
    pub ranking: Ranking,
    /// Measures of the probabilities.
    pub calibration: Calibration,
    /// What each signature is worth.
    pub signatures: Vec<Lift>,
    /// Recall by language, by the first of the decisions.
    pub languages: Vec<LanguageRecall>,
}

/// The result: `dunwatch.eval/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Always `dunwatch.eval/1`.
    pub schema: String,
    /// The program, and the rules whose weights and thresholds were used.
    pub tool: v1::Tool,
    /// Name of the table of labels.
    pub table: String,
    /// Its column of labels.
    pub label: String,
    /// The probability that was looked at.
    pub card: Card,
    /// How reports and rows were brought together.
    pub matching: Matching,
    /// How the intervals came about.
    pub bootstrap: Bootstrap,
    /// The numbers.
    #[serde(flatten)]
    pub measures: Measures,
    /// The precision-recall curve, from the highest probability down.
    pub curve: Vec<ranking::Line>,
}

/// The measures of `sample`, of which `matching` tells how it came about.
#[must_use]
pub fn evaluate(
    sample: &Sample,
    matching: Matching,
    settings: &Settings,
    tool: &v1::Tool,
    ruleset: &Ruleset,
) -> Evaluation {
    let rules = rules(settings, ruleset);
    let bootstrap = bootstrap(sample, settings);
    let measure = |weights: &Weights| measure(sample, weights, &rules);
    let mut measures = measure(&sample.whole());
    if bootstrap.missing.is_none() {
        estimate::intervals(&mut measures, sample, settings.resamples, settings.seed, measure);
    }
    calibration::settle(&mut measures.calibration.bins, sample);
    for language in &mut measures.languages {
        language.recall.settle(language.groups);
        language.recall_of_all.settle(language.groups);
    }
    lift::describe(&mut measures.signatures, ruleset);
    Evaluation {
        schema: SCHEMA.to_owned(),
        tool: tool.clone(),
        table: settings.table.clone(),
        label: settings.label.clone(),
        card: settings.card,
        matching,
        bootstrap,
        measures,
        curve: ranking::curve(sample),
    }
}

/// The rules that are looked at, the one for the languages first.
fn rules(settings: &Settings, ruleset: &Ruleset) -> Vec<Rule> {
    let bands = &ruleset.scoring().band;
    let threshold = |card, from_db| Some(Rule::Card { card, from_db });
    let card = match settings.card {
        Card::Both => None,
        Card::Harvest => threshold(v1::Card::Harvest, bands.harvest_capable),
        Card::Lending => threshold(v1::Card::Lending, bands.lending),
    };
    let band = |from| Rule::Band { from };
    let mut rules: Vec<Rule> = card
        .into_iter()
        .chain([Band::High, Band::Elevated].map(band))
        .collect();
    if let Some(from) = settings.positive {
        rules.sort_by_key(|rule| *rule != band(from));
    }
    rules
}

fn bootstrap(sample: &Sample, settings: &Settings) -> Bootstrap {
    let groups = |positive| sample.groups_with(|case| case.positive == positive && case.assessment.is_some());
    let (positive_groups, negative_groups) = (groups(true), groups(false));
    let missing = if settings.resamples == 0 {
        Some(NoIntervals::NotAskedFor)
    } else if positive_groups.min(negative_groups) < estimate::LEAST_GROUPS {
        Some(NoIntervals::TooFewGroups)
    } else {
        None
    };
    Bootstrap {
        level: estimate::LEVEL,
        grouping: settings.grouping,
        groups: sample.groups(),
        positive_groups,
        negative_groups,
        resamples: settings.resamples,
        seed: settings.seed,
        missing,
    }
}

fn measure(sample: &Sample, weights: &Weights, rules: &[Rule]) -> Measures {
    let decide = |rule: &Rule| decision::decide(*rule, sample, weights);
    let by_language = |rule: &Rule| decision::by_language(*rule, sample, weights);
    Measures {
        assessed: [Label::Positive, Label::Negative]
            .map(|label| assessed(label, sample, weights))
            .to_vec(),
        confusion: decision::confusion(sample, weights),
        decisions: rules.iter().map(decide).collect(),
        ranking: ranking::ranking(sample, weights),
        calibration: calibration::calibration(sample, weights),
        signatures: lift::lifts(sample, weights),
        languages: rules.first().map(by_language).unwrap_or_default(),
    }
}

fn assessed(label: Label, sample: &Sample, weights: &Weights) -> Assessed {
    let (mut count, mut assessed) = (0, 0);
    for (case, weight) in sample.cases(weights) {
        if case.positive == (label == Label::Positive) {
            count += weight;
            assessed += if case.assessment.is_some() { weight } else { 0 };
        }
    }
    Assessed {
        label,
        count,
        assessed,
        coverage: Estimate::share(assessed, count),
    }
}

impl estimate::Estimates for Measures {
    fn estimates(&mut self) -> Vec<&mut Estimate> {
        let mut all: Vec<&mut Estimate> = Vec::new();
        all.extend(self.assessed.iter_mut().map(|label| &mut label.coverage));
        all.extend(self.confusion.iter_mut().map(|cell| &mut cell.share));
        for decision in &mut self.decisions {
            all.extend([
                &mut decision.precision,
                &mut decision.recall,
                &mut decision.recall_of_all,
                &mut decision.false_alarm_rate,
                &mut decision.f1,
            ]);
        }
        let ranking = &mut self.ranking;
        all.extend([
            &mut ranking.average_precision,
            &mut ranking.prevalence,
            &mut ranking.roc_auc,
        ]);
        all.extend(ranking.recall_at.iter_mut().map(|at| &mut at.recall));
        all.extend(ranking.precision_at.iter_mut().map(|at| &mut at.precision));
        let calibration = &mut self.calibration;
        all.extend([
            &mut calibration.brier,
            &mut calibration.brier_baseline,
            &mut calibration.brier_skill,
            &mut calibration.expected_calibration_error,
        ]);
        all.extend(calibration.bins.iter_mut().map(|bin| &mut bin.observed));
        all.extend(self.signatures.iter_mut().map(|lift| &mut lift.lift_db));
        for language in &mut self.languages {
            all.extend([&mut language.recall, &mut language.recall_of_all]);
        }
        all
    }
}
