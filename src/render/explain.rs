//! What a name in a report means.

use super::layout::{Page, Span, width};
use super::sanitize::visible;
use crate::messages::Messages;

/// What is to be said about an indicator or a rule. The texts come from the signature files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The id.
    pub id: String,
    /// Completes the sentence "The app …".
    pub title: String,
    /// Status of the signature.
    pub status: String,
    /// What is looked for and why.
    pub description: String,
    /// What it means for the person concerned.
    pub impact: String,
    /// When it is found where it should not be.
    pub false_positives: String,
    /// When it is not found where it should be.
    pub false_negatives: String,
    /// Where this is known from.
    pub references: Vec<String>,
    /// Kinds of facts it is made of.
    pub kinds: Vec<String>,
}

/// Names that are explained by the catalogue itself, by table, with the key that says what the
/// table is of.
const TABLES: [(&str, &str); 6] = [
    ("anomaly", "anomaly"),
    ("opaque", "opaque"),
    ("failure", "failure"),
    ("level-means", "level"),
    ("band-short", "band"),
    ("why", "why"),
];

/// The explanation of `id`: from `explanations`, or from the catalogue for anomalies and the other
/// closed names of a report. `None` when nothing has this name.
#[must_use]
pub fn explain(
    id: &str,
    explanations: &[Explanation],
    messages: &Messages,
    columns: usize,
) -> Option<String> {
    if let Some(found) = explanations.iter().find(|explanation| explanation.id == id) {
        return Some(indicator(found, messages, columns));
    }
    // `name:detail` is explained as `name`.
    let name = id.split(':').next().unwrap_or(id);
    let mut page = Page::new(columns);
    let mut found = false;
    for (table, about) in TABLES {
        let Some(sentence) = messages.find(table, name) else {
            continue;
        };
        if found {
            page.space();
        }
        let sentence = messages
            .find(
                "explain",
                &format!("{table}-{name}").replace("band-short", "band"),
            )
            .unwrap_or(sentence);
        title(&mut page, name);
        page.paragraph(&"  ".into(), &[sentence.into()]);
        page.paragraph(&"  ".into(), &[messages.text("explain", about).into()]);
        found = true;
    }
    found.then(|| page.finish())
}

fn indicator(explanation: &Explanation, messages: &Messages, columns: usize) -> String {
    let mut page = Page::new(columns);
    title(&mut page, &explanation.id);
    let sentence = messages.fill("explain", "title-finding", &[("title", &explanation.title)]);
    page.paragraph(&"  ".into(), &[visible(&sentence).as_ref().into()]);
    paragraphs(&mut page, &explanation.description);
    let list = messages.text("phrase", "list");
    for (key, text) in [
        ("status", explanation.status.clone()),
        ("kinds", explanation.kinds.join(list)),
        ("impact", explanation.impact.clone()),
        ("false-positives", explanation.false_positives.clone()),
        ("false-negatives", explanation.false_negatives.clone()),
        ("references", explanation.references.join("\n")),
    ] {
        if text.trim().is_empty() {
            continue;
        }
        page.space();
        title(&mut page, messages.text("explain", key));
        if key == "references" {
            for reference in text.lines() {
                page.paragraph(&"  ".into(), &[visible(reference).as_ref().into()]);
            }
        } else {
            paragraphs(&mut page, &text);
        }
    }
    page.finish()
}

fn title(page: &mut Page, text: &str) {
    page.paragraph(
        &"".into(),
        &[Span::styled(visible(text), anstyle::Style::new().bold())],
    );
}

/// Text with empty lines between its paragraphs; other line ends are spaces.
fn paragraphs(page: &mut Page, text: &str) {
    for (position, paragraph) in text.trim().split("\n\n").enumerate() {
        if position > 0 {
            page.space();
        }
        let joined = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        page.paragraph(&"  ".into(), &[visible(&joined).as_ref().into()]);
    }
}

/// All names that [`explain`] knows.
pub fn names<'a>(explanations: &'a [Explanation], messages: &'a Messages) -> impl Iterator<Item = &'a str> {
    let own = explanations.iter().map(|explanation| explanation.id.as_str());
    own.chain(TABLES.iter().flat_map(|(table, _)| messages.keys(table)))
}

/// The names nearest to `id`, at most five: those that hold it or that it holds, then those that
/// differ in few letters.
#[must_use]
pub fn near<'a>(id: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    // A name is short; what is longer is none, and is not worth a comparison.
    if id.is_empty() || width(id) > 200 {
        return Vec::new();
    }
    let wanted = id.to_lowercase().replace('_', "-");
    let mut found: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let inside = wanted.len() > 2 && (name.contains(&wanted) || wanted.contains(name));
            let far = distance(&wanted, name);
            let allowed = 1 + wanted.chars().count() / 4;
            (inside || far <= allowed).then_some((if inside { far.min(1) } else { far }, name))
        })
        .collect();
    found.sort_unstable();
    found.dedup_by_key(|(_, name)| *name);
    found.into_iter().map(|(_, name)| name).take(5).collect()
}

/// Letters to insert, remove or exchange to make one text of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        for (to, cell) in right.iter().zip(row.iter_mut().skip(1)) {
            let exchanged = diagonal + usize::from(from != *to);
            diagonal = *cell;
            before = exchanged.min(diagonal + 1).min(before + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (left, right, expected) in [
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("abc", "", 3),
            ("a", "a", 0),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn near_names_are_found() {
        let messages = Messages::of(Language::English);
        let all = || names(&[], messages);
        assert_eq!(near("zip-overlpa", all()).first(), Some(&"zip-overlap"));
        assert!(near("truncated", all()).contains(&"zip-truncated"));
        assert_eq!(near("DEX_HIDDEN", all()).first(), Some(&"dex-hidden"));
        assert!(near("qqqqqqqqqqqq", all()).is_empty());
        assert!(near("", all()).is_empty());
    }

    #[test]
    fn every_name_is_explained_in_every_language() {
        for language in Language::ALL {
            let messages = Messages::of(*language);
            for name in names(&[], messages) {
                let text = explain(name, &[], messages, 80).unwrap();
                assert!(text.contains(name), "{name}");
            }
            assert!(explain("no-such-name", &[], messages, 80).is_none());
        }
    }
}
