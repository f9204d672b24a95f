//! A small writer of SVG 1.1.
//!
//! Text stays text, so that it can be read aloud, searched and translated; title and description
//! belong to the picture as a whole. Colours come from classes, with a second set for those who
//! prefer a dark page; the picture brings its own ground, so that it can be read on any. Nothing is
//! loaded from elsewhere. Coordinates have one decimal.

use std::fmt::Write as _;

use super::sanitize::visible;

/// The classes; a program that knows no media queries shows the light ones.
const STYLE: &str = "\
.ground{fill:#fff}.ink{fill:#1c1c1c}.quiet{fill:#595959}
.grid{stroke:#dedede;fill:none}.axis{stroke:#595959;fill:none}
.first-line{stroke:#0b62a4;fill:none;stroke-width:2}.second-line{stroke:#b3541e;fill:none;stroke-width:2}
.first{fill:#0b62a4}.second{fill:#b3541e}.shade{fill:#0b62a4;fill-opacity:.18}
.broken{stroke:#595959;fill:none;stroke-dasharray:5 4}
@media(prefers-color-scheme:dark){.ground{fill:#16181c}.ink{fill:#ececec}.quiet{fill:#b3b3b3}
.grid{stroke:#3a3d44}.axis,.broken{stroke:#b3b3b3}
.first-line{stroke:#6cb6ff}.second-line{stroke:#ffa657}
.first,.shade{fill:#6cb6ff}.second{fill:#ffa657}}
";

/// Where a text begins, measured from its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// At it.
    Start,
    /// So that it is in the middle.
    Middle,
    /// So that the text ends there.
    End,
}

/// A picture on its way to text.
#[derive(Debug)]
pub(super) struct Drawing {
    width: u16,
    height: u16,
    head: String,
    body: String,
}

impl Drawing {
    /// An empty picture. `name` tells its title from those of others on one page; `language` is a
    /// BCP-47 tag.
    pub(super) fn new(
        width: u16,
        height: u16,
        name: &str,
        language: &str,
        title: &str,
        description: &str,
    ) -> Self {
        let (title, description) = (escaped(title), escaped(description));
        let head = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"{name}-title {name}-desc\" \
             xml:lang=\"{language}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <title id=\"{name}-title\">{title}</title>\n<desc id=\"{name}-desc\">{description}</desc>\n"
        );
        Self {
            width,
            height,
            head,
            body: String::new(),
        }
    }

    /// The text of the picture.
    pub(super) fn finish(self) -> String {
        let Self {
            width,
            height,
            head,
            body,
        } = self;
        format!(
            "{head}<style>\n{STYLE}</style>\n\
             <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n"
        )
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, size: u8, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        let _ = writeln!(
            self.body,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{text}</text>"
        );
    }

    /// A text that runs upwards, its middle at the point.
    pub(super) fn text_upwards(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.body,
            "<text class=\"{class}\" transform=\"translate({x:.1} {y:.1}) rotate(-90)\" text-anchor=\"middle\">{text}</text>"
        );
    }

    pub(super) fn line(&mut self, class: &str, points: &[(f64, f64)]) {
        let points = listed(points);
        let _ = writeln!(self.body, "<polyline class=\"{class}\" points=\"{points}\"/>");
    }

    pub(super) fn area(&mut self, class: &str, points: &[(f64, f64)]) {
        let points = listed(points);
        let _ = writeln!(self.body, "<polygon class=\"{class}\" points=\"{points}\"/>");
    }

    /// A rectangle between two corners, with what it stands for.
    pub(super) fn bar(&mut self, class: &str, (x, y): (f64, f64), (right, bottom): (f64, f64), title: &str) {
        let (width, height, title) = (right - x, bottom - y, escaped(title));
        let _ = writeln!(
            self.body,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\">\
             <title>{title}</title></rect>"
        );
    }

    /// A dot, with what it stands for.
    pub(super) fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64, title: &str) {
        let title = escaped(title);
        let _ = writeln!(
            self.body,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"><title>{title}</title></circle>"
        );
    }
}

fn listed(points: &[(f64, f64)]) -> String {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    points.join(" ")
}

/// Text for an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // The two of Unicode that XML does not know.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_element() {
        let mut drawing = Drawing::new(10, 20, "n", "en", "<a&b>", "\"\u{1b}\u{ffff}");
        drawing.text("ink", (1.0, 2.25), Anchor::Middle, 9, "</text>");
        drawing.bar("first", (1.0, 2.0), (3.5, 4.0), "x");
        let text = drawing.finish();
        assert!(text.contains("<title id=\"n-title\">&lt;a&amp;b&gt;</title>"));
        assert!(text.contains("<desc id=\"n-desc\">&quot;\\u{1b}\u{fffd}</desc>"));
        assert!(text.contains("y=\"2.2\" text-anchor=\"middle\" font-size=\"9\">&lt;/text&gt;</text>"));
        assert!(text.contains("width=\"2.5\" height=\"2.0\"><title>x</title></rect>\n</svg>\n"));
    }
}
