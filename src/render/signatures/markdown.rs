//! Markdown of GitHub for texts that are not written as Markdown: nothing in them becomes markup, a
//! link or a tag.

use crate::render::sanitize::visible;
use crate::render::table;

/// Words, within a table or outside of one.
pub(super) fn words(text: &str) -> String {
    table::markdown(text)
}

/// A paragraph; its beginning is no list, heading or rule either.
pub(super) fn paragraph(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let escaped = words(&joined);
    let number = escaped.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = escaped.split_at(number);
    if rest.starts_with(['.', ')']) && number > 0 {
        format!("{digits}\\{rest}")
    } else if escaped.starts_with(['-', '+', '=']) {
        format!("\\{escaped}")
    } else {
        escaped
    }
}

/// A name in the letters of code. A table takes a bar for the end of a cell even there.
pub(super) fn code(name: &str, in_table: bool) -> String {
    if name.is_empty() {
        return String::new();
    }
    let shown = visible(name);
    let fence = "`".repeat(longest_run(&shown, '`') + 1);
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    let shown = if in_table {
        shown.replace('|', "\\|")
    } else {
        shown.into_owned()
    };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// Lines that are shown as they are.
pub(super) fn block(lines: &str) -> String {
    let shown: Vec<String> = lines.lines().map(|line| visible(line).into_owned()).collect();
    let shown = shown.join("\n");
    let fence = "`".repeat((longest_run(&shown, '`') + 1).max(3));
    format!("{fence}text\n{shown}\n{fence}\n")
}

/// An address that is a link.
pub(super) fn address(url: &str) -> String {
    let mut safe = String::with_capacity(url.len());
    for letter in visible(url).chars() {
        match letter {
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            '|' => safe.push_str("%7C"),
            '`' => safe.push_str("%60"),
            '\\' => safe.push_str("%5C"),
            ' ' => safe.push_str("%20"),
            _ => safe.push(letter),
        }
    }
    format!("<{safe}>")
}

/// A link to another page.
pub(super) fn link(shown: &str, target: &str) -> String {
    format!("[{}]({target})", words(shown))
}

/// The way from the page `from` to the page `to`, both relative to the root of the reference.
pub(super) fn relative(from: &str, to: &str) -> String {
    format!("{}{to}", "../".repeat(from.matches('/').count()))
}

/// A table of cells that are Markdown by now.
pub(super) fn table(header: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(header);
    text.push_str(&line(&vec!["---".to_owned(); header.len()]));
    text.extend(rows.iter().map(|row| line(row)));
    text
}

fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for letter in text.chars() {
        run = if letter == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_marks_of_their_own_stay_names() {
        for (name, in_table, expected) in [
            ("a.b", true, "`a.b`"),
            ("a|b", true, "`a\\|b`"),
            ("a|b", false, "`a|b`"),
            ("a`b", true, "``a`b``"),
            ("`", true, "`` ` ``"),
            ("a``b`", false, "``` a``b` ```"),
            ("<init>", true, "`<init>`"),
            ("a\nb", true, "`a\\nb`"),
            ("", true, ""),
        ] {
            assert_eq!(code(name, in_table), expected, "{name}");
        }
        assert_eq!(block("a\n```\n\u{1b}"), "````text\na\n```\n\\u{1b}\n````\n");
    }

    #[test]
    fn words_become_no_markup() {
        for (text, expected) in [
            ("1. a\n  b", "1\\. a b"),
            ("12) a", "12\\) a"),
            ("2026 a", "2026 a"),
            ("- a", "\\- a"),
            ("# a <b> | `c`", "\\# a \\<b\\> \\| \\`c\\`"),
        ] {
            assert_eq!(paragraph(text), expected);
        }
        assert_eq!(
            address("https://a.example/x?a|b<c>"),
            "<https://a.example/x?a%7Cb%3Cc%3E>"
        );
    }

    #[test]
    fn pages_find_each_other() {
        assert_eq!(relative("index.md", "sdks/a.md"), "sdks/a.md");
        assert_eq!(relative("sdks/a.md", "index.md"), "../index.md");
        assert_eq!(relative("policies/cn/a.md", "sdks/a.md"), "../../sdks/a.md");
    }
}
