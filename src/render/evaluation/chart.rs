//! A square field of two shares, each from 0 to 1, with its axes and captions.

use crate::render::layout::Page;
use crate::render::svg::{Anchor, Drawing};

const WIDTH: u16 = 640;
const HEIGHT: u16 = 480;

/// Edges of the field.
const LEFT: f64 = 68.0;
const RIGHT: f64 = 612.0;
const TOP: f64 = 92.0;
const BOTTOM: f64 = 424.0;

/// Columns of a caption.
const CAPTION: usize = 84;

/// What stands around a chart.
pub(super) struct Captions<'a> {
    /// Tells the picture from others on one page.
    pub(super) name: &'a str,
    /// BCP-47 tag of the language.
    pub(super) language: &'a str,
    /// What is shown.
    pub(super) title: String,
    /// How it is to be read.
    pub(super) text: String,
    /// What is compared.
    pub(super) subject: String,
    /// Names of the axes, the horizontal one first.
    pub(super) axes: [&'a str; 2],
}

/// A chart being drawn.
pub(super) struct Chart {
    pub(super) drawing: Drawing,
}

impl Chart {
    pub(super) fn new(captions: &Captions<'_>) -> Self {
        let description = format!("{} {}", captions.text, captions.subject);
        let mut drawing = Drawing::new(
            WIDTH,
            HEIGHT,
            captions.name,
            captions.language,
            &captions.title,
            &description,
        );
        drawing.text("ink", (LEFT, 26.0), Anchor::Start, 16, &captions.title);
        let mut page = Page::new(CAPTION);
        page.paragraph(&"".into(), &[captions.text.as_str().into()]);
        for (line, y) in page.finish().lines().zip([46.0, 62.0]) {
            drawing.text("quiet", (LEFT, y), Anchor::Start, 12, line);
        }
        let middle = (LEFT + RIGHT) / 2.0;
        let [across, up] = captions.axes;
        drawing.text("ink", (middle, BOTTOM + 34.0), Anchor::Middle, 12, across);
        drawing.text_upwards("ink", (LEFT - 40.0, (TOP + BOTTOM) / 2.0), up);
        drawing.text(
            "quiet",
            (RIGHT, f64::from(HEIGHT) - 6.0),
            Anchor::End,
            10,
            &captions.subject,
        );
        let mut chart = Self { drawing };
        for tick in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
            let (x, y) = chart.point(tick, tick);
            chart.drawing.line("grid", &[(LEFT, y), (RIGHT, y)]);
            chart.drawing.line("grid", &[(x, TOP), (x, BOTTOM)]);
            let label = format!("{tick:.1}");
            chart
                .drawing
                .text("quiet", (LEFT - 8.0, y + 4.0), Anchor::End, 12, &label);
            chart
                .drawing
                .text("quiet", (x, BOTTOM + 17.0), Anchor::Middle, 12, &label);
        }
        chart
            .drawing
            .line("axis", &[(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)]);
        chart
    }

    /// Where two shares stand in the picture.
    #[expect(clippy::unused_self, reason = "the field belongs to the chart")]
    pub(super) fn point(&self, across: f64, up: f64) -> (f64, f64) {
        (
            LEFT + across.clamp(0.0, 1.0) * (RIGHT - LEFT),
            BOTTOM - up.clamp(0.0, 1.0) * (BOTTOM - TOP),
        )
    }

    /// The points of shares.
    pub(super) fn points(&self, shares: &[(f64, f64)]) -> Vec<(f64, f64)> {
        shares
            .iter()
            .map(|(across, up)| self.point(*across, *up))
            .collect()
    }

    /// Says what a colour stands for, one beside the other above the field.
    pub(super) fn legend(&mut self, entries: &[(&str, &str)]) {
        let mut right = RIGHT;
        for (class, text) in entries.iter().rev() {
            self.drawing
                .text("ink", (right, TOP - 8.0), Anchor::End, 12, text);
            // The width of a text is not known here; this leaves room enough.
            #[expect(clippy::cast_precision_loss, reason = "a few columns")]
            let wide = crate::render::layout::width(text) as f64 * 7.5 + 18.0;
            let corner = (right - wide, TOP - 18.0);
            self.drawing
                .bar(class, corner, (corner.0 + 11.0, corner.1 + 11.0), text);
            right -= wide + 16.0;
        }
    }
}
