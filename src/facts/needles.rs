//! Texts that are looked for in other texts, all of them in one pass.

use aho_corasick::{AhoCorasick, Input, MatchKind};

/// Texts, made ready once to be looked for in many others.
#[derive(Debug, Clone, Default)]
pub struct Needles {
    texts: Vec<String>,
    search: Option<AhoCorasick>,
}

impl Needles {
    /// Makes `texts` ready; their order gives their indices.
    #[must_use]
    pub fn new(texts: Vec<String>) -> Self {
        // Searches that stop at the first text of a place pass over the rest of the file faster than
        // those that report overlapping ones.
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(&texts)
            .ok()
            .filter(|_| !texts.is_empty());
        Self { texts, search }
    }

    /// The text with this index.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        self.texts.get(index).map(String::as_str)
    }

    /// Whether any stands in `data`.
    #[must_use]
    pub fn is_any_in(&self, data: &[u8]) -> bool {
        self.search.as_ref().is_some_and(|search| search.is_match(data))
    }

    /// All that stand in `data`, overlapping ones as well: index of the text, and the offset in bytes
    /// at which it begins, which rises.
    pub fn places<'n>(&'n self, data: &'n [u8]) -> impl Iterator<Item = (usize, usize)> + use<'n> {
        let mut from = 0usize;
        let starts = std::iter::from_fn(move || {
            let hit = self.search.as_ref()?.find(Input::new(data).range(from..))?;
            from = hit.start().saturating_add(1);
            Some(hit.start())
        });
        starts.flat_map(move |start| {
            let rest = data.get(start..).unwrap_or_default();
            let texts = self.texts.iter().enumerate();
            texts
                .filter(move |(_, text)| rest.starts_with(text.as_bytes()))
                .map(move |(index, _)| (index, start))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(texts: &[&str], data: &str) -> Vec<(usize, usize)> {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        Needles::new(texts).places(data.as_bytes()).collect()
    }

    #[test]
    fn texts_that_overlap_or_begin_alike_are_all_found() {
        assert_eq!(
            places(&["ab", "abc", "bc"], "abcab"),
            [(0, 0), (1, 0), (2, 1), (0, 3)]
        );
        assert_eq!(places(&["aa"], "aaa"), [(0, 0), (0, 1)]);
        assert_eq!(places(&["x", "x"], "x"), [(0, 0), (1, 0)]);
    }

    #[test]
    fn nothing_is_found_where_nothing_is_sought_or_stands() {
        let one = Needles::new(vec!["abc".to_owned()]);
        assert!(one.is_any_in(b"xabc") && !one.is_any_in(b"ab") && !Needles::default().is_any_in(b"abc"));
        assert_eq!(places(&[], "abc"), []);
        assert_eq!(places(&["abc"], ""), []);
        assert_eq!(places(&["abc"], "ab"), []);
    }
}
