//! Plots of an evaluation: the precision-recall curve, the reliability of the probabilities, and
//! how they are spread over the labels.

use super::chart::{Captions, Chart};
use super::{number, title, with_interval};
use crate::evaluation::Evaluation;
use crate::messages::Messages;
use crate::render::grouped;

/// The plots, each with the name of its file.
#[must_use]
pub fn plots(evaluation: &Evaluation, messages: &Messages) -> Vec<(&'static str, String)> {
    let plotter = Plotter { evaluation, messages };
    vec![
        ("precision-recall.svg", plotter.precision_recall()),
        ("reliability.svg", plotter.reliability()),
        ("scores.svg", plotter.scores()),
    ]
}

struct Plotter<'a> {
    evaluation: &'a Evaluation,
    messages: &'a Messages,
}

impl Plotter<'_> {
    fn chart(&self, name: &str, key: &str, values: &[(&str, &str)], axes: [&str; 2]) -> Chart {
        let say = |key: &str| self.messages.find("eval", key).unwrap_or_default();
        Chart::new(&Captions {
            name,
            language: self.messages.language().tag(),
            title: say(key).to_owned(),
            text: self.messages.fill("eval", &format!("{key}-text"), values),
            subject: title(self.evaluation, "title", self.messages),
            axes: axes.map(say),
        })
    }

    /// The area below the steps is the average precision.
    fn precision_recall(&self) -> String {
        let ranking = &self.evaluation.measures.ranking;
        let value = with_interval(&ranking.average_precision, number);
        let axes = ["axis-recall", "axis-precision"];
        let mut chart = self.chart("precision-recall", "plot-pr", &[("value", &value)], axes);
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        let mut before = 0.0;
        for at in &ranking.precision_at {
            if let (Some(low), Some(high)) = (at.precision.low, at.precision.high) {
                upper.extend([(before, high), (at.recall, high)]);
                lower.extend([(before, low), (at.recall, low)]);
            }
            before = at.recall;
        }
        upper.extend(lower.into_iter().rev());
        if !upper.is_empty() {
            let points = chart.points(&upper);
            chart.drawing.area("shade", &points);
        }
        if let Some(share) = ranking.prevalence.value {
            let points = chart.points(&[(0.0, share), (1.0, share)]);
            chart.drawing.line("broken", &points);
        }
        let mut steps = Vec::new();
        let mut before = 0.0;
        for line in &self.evaluation.curve {
            if line.recall > before {
                steps.extend([(before, line.precision), (line.recall, line.precision)]);
                before = line.recall;
            }
        }
        let points = chart.points(&steps);
        chart.drawing.line("first-line", &points);
        chart.drawing.finish()
    }

    fn reliability(&self) -> String {
        let calibration = &self.evaluation.measures.calibration;
        let value = with_interval(&calibration.brier, number);
        let axes = ["axis-predicted", "axis-observed"];
        let mut chart = self.chart("reliability", "plot-reliability", &[("value", &value)], axes);
        let diagonal = chart.points(&[(0.0, 0.0), (1.0, 1.0)]);
        chart.drawing.line("broken", &diagonal);
        let all: u64 = calibration.bins.iter().map(|bin| bin.count).sum();
        for bin in &calibration.bins {
            let (Some(predicted), Some(observed)) = (bin.predicted, bin.observed.value) else {
                continue;
            };
            if let (Some(low), Some(high)) = (bin.observed.low, bin.observed.high) {
                let points = chart.points(&[(predicted, low), (predicted, high)]);
                chart.drawing.line("first-line", &points);
            }
            let text = format!(
                "{}: {} / {}",
                number(Some(predicted)),
                grouped(bin.positives),
                grouped(bin.count)
            );
            let radius = 4.0 + 8.0 * libm::sqrt(share(bin.count, all));
            let point = chart.point(predicted, observed);
            chart.drawing.dot("first", point, radius, &text);
        }
        chart.drawing.finish()
    }

    fn scores(&self) -> String {
        let bins = &self.evaluation.measures.calibration.bins;
        let positives: u64 = bins.iter().map(|bin| bin.positives).sum();
        let negatives: u64 = bins.iter().map(|bin| bin.count - bin.positives).sum();
        let values = [
            ("positive", &*grouped(positives)),
            ("negative", &*grouped(negatives)),
        ];
        let axes = ["axis-probability", "axis-share"];
        let mut chart = self.chart("scores", "plot-scores", &values, axes);
        chart.legend(&[
            ("first", self.messages.text("eval", "positive")),
            ("second", self.messages.text("eval", "negative")),
        ]);
        for bin in bins {
            let middle = (bin.from + bin.to) / 2.0;
            let bars = [
                ("first", bin.from + 0.01, middle - 0.002, bin.positives, positives),
                (
                    "second",
                    middle + 0.002,
                    bin.to - 0.01,
                    bin.count - bin.positives,
                    negatives,
                ),
            ];
            for (class, from, to, count, all) in bars {
                if count > 0 {
                    let (corner, foot) = (chart.point(from, share(count, all)), chart.point(to, 0.0));
                    chart.drawing.bar(class, corner, foot, &grouped(count));
                }
            }
        }
        chart.drawing.finish()
    }
}

#[expect(clippy::cast_precision_loss, reason = "only drawn")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
