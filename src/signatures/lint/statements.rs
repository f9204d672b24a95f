//! What all sorts of signatures state of themselves: ids, texts, sources, dates.

use super::Complaints;
use super::codes;
use crate::signatures::schema::{Examples, Reference, Text, Withdrawal, WithdrawnFile};

/// Words that pass judgement; reports state facts.
const VERDICT_WORDS: [&str; 10] = [
    "scam",
    "malware",
    "criminal",
    "fraudulent",
    "illegal",
    "predatory",
    "诈骗",
    "恶意",
    "非法",
    "犯罪",
];

impl Complaints<'_> {
    /// The withdrawals of `withdrawn.toml`; comes before the signatures they are about.
    pub(super) fn withdrawn(&mut self) {
        let path = "withdrawn.toml";
        let text = self.files.get(path).map(String::as_str).unwrap_or_default();
        let Ok(file) = toml::from_str::<WithdrawnFile>(text) else {
            return;
        };
        self.open(path);
        for entry in file.withdraw {
            self.at(&entry.span());
            let entry = entry.into_inner();
            let withdrawal = Withdrawal {
                on: entry.on,
                reason: entry.reason,
            };
            self.withdrawal(&entry.id, Some(&withdrawal));
            self.withdrawn_elsewhere.insert(entry.id);
        }
    }

    pub(super) fn id(&mut self, id: &str) {
        let is_kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || !id.bytes().all(is_kebab) {
            self.add(id, codes::D01, &[]);
        }
    }

    /// Texts that must not be empty.
    pub(super) fn texts(&mut self, id: &str, texts: &[(&str, &str)]) {
        for (name, text) in texts {
            if text.trim().is_empty() {
                self.add(id, codes::D02, &[("name", name)]);
            }
        }
    }

    /// A text that is there in both languages and passes no judgement.
    pub(super) fn title(&mut self, id: &str, title: &Text) {
        for title in [&title.en, &title.zh] {
            if title.trim().is_empty() {
                self.add(id, codes::D03, &[]);
            }
            let lower = title.to_lowercase();
            if let Some(word) = VERDICT_WORDS.iter().find(|word| lower.contains(**word)) {
                self.add(id, codes::D04, &[("word", word)]);
            }
        }
    }

    pub(super) fn references(&mut self, id: &str, is_stable: bool, references: &[Reference]) {
        if is_stable && references.is_empty() {
            self.add(id, codes::D05, &[]);
        }
        for reference in references {
            if !reference.url.starts_with("https://") {
                self.add(id, codes::D06, &[("url", &reference.url)]);
            }
            self.date(id, &reference.accessed);
        }
    }

    pub(super) fn dates(
        &mut self,
        id: &str,
        added: &str,
        modified: Option<&String>,
        withdrawn: Option<&Withdrawal>,
    ) {
        for date in std::iter::once(added).chain(modified.map(String::as_str)) {
            self.date(id, date);
        }
        if let Some(before) = modified.filter(|modified| modified.as_str() < added) {
            self.add(id, codes::D14, &[("modified", before), ("added", added)]);
        }
        self.withdrawal(id, withdrawn);
    }

    pub(super) fn withdrawal(&mut self, id: &str, withdrawn: Option<&Withdrawal>) {
        let Some(withdrawal) = withdrawn.filter(|_| !self.withdrawn_elsewhere.contains(id)) else {
            return;
        };
        self.date(id, &withdrawal.on);
        if withdrawal.reason.trim().is_empty() {
            self.add(id, codes::D15, &[]);
        }
    }

    pub(super) fn date(&mut self, id: &str, date: &str) {
        if !is_date(date) {
            self.add(id, codes::D07, &[("date", date)]);
        }
    }

    pub(super) fn both_sorts(&mut self, id: &str, examples: &Examples) {
        if examples.matching.is_empty() || examples.no_match.is_empty() {
            self.add(id, codes::D09, &[]);
        }
    }
}

pub(super) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |length: usize, range: std::ops::RangeInclusive<u32>| {
        parts.next().is_some_and(|part| {
            part.len() == length && part.parse::<u32>().is_ok_and(|value| range.contains(&value))
        })
    };
    number(4, 1990..=2999) && number(2, 1..=12) && number(2, 1..=31) && parts.next().is_none()
}
