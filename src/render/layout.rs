//! Lines of a given width from styled text.
//!
//! Width is counted in columns of a terminal: East Asian wide characters take two, combining marks
//! none. Lines break at spaces, and between wide characters, but not before a closing or after an
//! opening mark. A word longer than a line is broken where it must.

use std::fmt::Write as _;

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A stretch of text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    text: String,
    style: Style,
}

impl Span {
    /// Text in `style`.
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

impl From<String> for Span {
    fn from(text: String) -> Self {
        Self::styled(text, Style::new())
    }
}

impl From<&str> for Span {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// Columns that `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` followed by spaces up to `columns`.
#[must_use]
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` cut to `columns`, with a mark where something is missing.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > columns {
            break;
        }
        shown.push(character);
    }
    shown.push('…');
    shown
}

/// Text being laid out.
#[derive(Debug)]
pub struct Page {
    width: usize,
    text: String,
    /// The style at the end of the text.
    style: Style,
}

impl Page {
    /// An empty page of `width` columns, at least 20.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self {
            width: width.max(20),
            text: String::new(),
            style: Style::new(),
        }
    }

    /// What was laid out.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    /// An empty line.
    pub fn space(&mut self) {
        self.text.push('\n');
    }

    /// Text whose first line begins after `lead`, and whose further lines line up behind it.
    /// `lead` counts as its own width and is not broken.
    pub fn paragraph(&mut self, lead: &Span, spans: &[Span]) {
        let indent = width(&lead.text).min(self.width / 2);
        self.put(&lead.text, lead.style);
        let mut used = width(&lead.text);
        let mut pending = 0;
        let mut fresh = true;
        for (piece, style) in spans.iter().flat_map(pieces) {
            let columns = width(piece.text);
            if !fresh && used + pending + columns > self.width {
                self.line(indent);
                used = indent;
                pending = 0;
            }
            // Spaces within a stretch belong to it, those between two to neither.
            let between = if style == self.style { style } else { Style::new() };
            self.put(&" ".repeat(pending), between);
            used += pending;
            used = self.word(piece.text, style, used, indent);
            pending = piece.spaces;
            fresh = false;
        }
        self.restyle(Style::new());
        while self.text.ends_with(' ') {
            self.text.pop();
        }
        self.text.push('\n');
    }

    /// A word; character by character over several lines when it fits on none.
    fn word(&mut self, word: &str, style: Style, mut used: usize, indent: usize) -> usize {
        let columns = width(word);
        if used + columns <= self.width {
            self.put(word, style);
            return used + columns;
        }
        for character in word.chars() {
            let columns = character.width().unwrap_or(0);
            if used + columns > self.width {
                self.line(indent);
                used = indent;
            }
            self.put(character.encode_utf8(&mut [0; 4]), style);
            used += columns;
        }
        used
    }

    fn line(&mut self, indent: usize) {
        self.restyle(Style::new());
        self.text.push('\n');
        self.text.push_str(&" ".repeat(indent));
    }

    fn put(&mut self, text: &str, style: Style) {
        if !text.is_empty() {
            self.restyle(style);
            self.text.push_str(text);
        }
    }

    /// Ends one style and begins another, when they differ.
    fn restyle(&mut self, style: Style) {
        if style != self.style {
            let _ = write!(self.text, "{:#}{style}", self.style);
            self.style = style;
        }
    }
}

/// Text that is kept on one line, and the spaces that follow it.
struct Piece<'a> {
    text: &'a str,
    spaces: usize,
}

fn pieces(span: &Span) -> impl Iterator<Item = (Piece<'_>, Style)> {
    let mut rest = span.text.as_str();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut characters = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, character)) = characters.next() {
            if character == ' ' {
                end = at;
                break;
            }
            if let Some(&(next_at, next)) = characters.peek()
                && may_break(character, next)
            {
                end = next_at;
                break;
            }
        }
        let (text, after) = rest.split_at(end);
        let next = after.trim_start_matches(' ');
        let spaces = after.len() - next.len();
        rest = next;
        Some((Piece { text, spaces }, span.style))
    })
}

/// Whether a line may end between two characters that are not spaces.
fn may_break(before: char, after: char) -> bool {
    const OPENING: &str = "（《「『【〈“‘([{<";
    const CLOSING: &str = "，。、；：！？）》」』】〉”’%,.;:!?)]}>…";
    let wide = |character: char| character.width() == Some(2);
    (wide(before) || wide(after))
        && after.width() != Some(0)
        && after != ' '
        && !OPENING.contains(before)
        && !CLOSING.contains(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid(width: usize, lead: &str, text: &str) -> Vec<String> {
        let mut page = Page::new(width);
        page.paragraph(&lead.into(), &[text.into()]);
        page.finish().lines().map(str::to_owned).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_line_up() {
        assert_eq!(
            laid(20, "Name  ", "one two three four five"),
            ["Name  one two three", "      four five"]
        );
    }

    #[test]
    fn wide_characters_take_two_columns_and_break_anywhere_but_before_a_mark() {
        let lines = laid(20, "", "这是一款借贷应用，能够读取个人数据。并将其传出");
        assert_eq!(lines[0], "这是一款借贷应用，能");
        assert!(lines.iter().all(|line| width(line) <= 20));
        let lines = laid(20, "", "一二三四五六七八九十，甲乙");
        assert_eq!(lines, ["一二三四五六七八九", "十，甲乙"]);
    }

    #[test]
    fn long_words_are_broken_where_they_must() {
        let lines = laid(20, "  ", &format!("see {}", "x".repeat(40)));
        assert_eq!(lines[0], "  see");
        assert!(lines.iter().all(|line| width(line) <= 20));
        assert_eq!(lines.concat().matches('x').count(), 40);
    }

    #[test]
    fn cutting_and_padding_count_columns() {
        assert_eq!(cut("速贷速贷", 5), "速贷…");
        assert_eq!(cut("速贷", 4), "速贷");
        assert_eq!(padded("速", 4), "速  ");
    }

    #[test]
    fn styles_do_not_count() {
        let bold = Style::new().bold();
        let mut page = Page::new(20);
        page.paragraph(
            &"".into(),
            &[Span::styled("0123456789 ", bold), "012345678".into()],
        );
        let text = page.finish();
        assert_eq!(
            anstream::adapter::strip_str(&text).to_string(),
            "0123456789 012345678\n"
        );
    }

    #[test]
    fn a_style_is_begun_and_ended_once_a_line() {
        let bold = Style::new().bold();
        let mut page = Page::new(20);
        page.paragraph(
            &"".into(),
            &[Span::styled("one two three four five", bold), " six".into()],
        );
        assert_eq!(
            page.finish(),
            format!("{bold}one two three four{bold:#}\n{bold}five{bold:#} six\n")
        );
    }
}
