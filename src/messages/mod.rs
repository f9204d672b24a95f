//! The sentences a person reads, by closed names, in each language.
//!
//! One TOML file per language, flat tables of keys, `{name}` marks a place to fill in. A language
//! is added by adding a file and a variant of [`Language`]; a test keeps the files alike in keys
//! and places. A key that is missing all the same shows as itself, which is readable and never
//! stops a report.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Languages a report can be read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese in simplified characters.
    SimplifiedChinese,
}

impl Language {
    /// All languages.
    pub const ALL: &'static [Self] = &[Self::English, Self::SimplifiedChinese];

    /// BCP-47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh-CN",
        }
    }

    /// The best language for a locale such as `zh_CN.UTF-8` or `en-GB`; English when none fits.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        let language = locale.split(['-', '_', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("zh") {
            Self::SimplifiedChinese
        } else {
            Self::English
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("en.toml"),
            Self::SimplifiedChinese => include_str!("zh-CN.toml"),
        }
    }
}

/// The sentences of one language, keyed `table.key`.
#[derive(Debug, Default)]
pub struct Messages {
    language: Language,
    texts: BTreeMap<String, String>,
}

impl Messages {
    /// The catalogue of `language`, read once.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        static ENGLISH: OnceLock<Messages> = OnceLock::new();
        static CHINESE: OnceLock<Messages> = OnceLock::new();
        let cell = match language {
            Language::English => &ENGLISH,
            Language::SimplifiedChinese => &CHINESE,
        };
        cell.get_or_init(|| Self::parse(language))
    }

    fn parse(language: Language) -> Self {
        let tables: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(language.source()).unwrap_or_default();
        let mut texts = BTreeMap::new();
        for (table, entries) in tables {
            for (key, text) in entries {
                texts.insert(format!("{table}.{key}"), text);
            }
        }
        Self { language, texts }
    }

    /// The language of the catalogue.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The sentence under `table.key`, where there is one.
    #[must_use]
    pub fn find(&self, table: &str, key: &str) -> Option<&str> {
        self.texts.get(&format!("{table}.{key}")).map(String::as_str)
    }

    /// The sentence under `table.key`; the key itself where there is none.
    #[must_use]
    pub fn text<'a>(&'a self, table: &str, key: &'a str) -> &'a str {
        self.find(table, key).unwrap_or(key)
    }

    /// The sentence under `table.key` with its places filled in.
    #[must_use]
    pub fn fill(&self, table: &str, key: &str, values: &[(&str, &str)]) -> String {
        let text = self.text(table, key);
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        // One pass over the sentence, so that a value which looks like a place stays a value.
        while let Some(start) = rest.find('{') {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            let value = rest.find('}').and_then(|end| {
                let name = &rest[1..end];
                let value = values.iter().find(|(candidate, _)| *candidate == name)?;
                Some((end + 1, value.1))
            });
            let (length, replacement) = value.unwrap_or((1, "{"));
            filled.push_str(replacement);
            rest = &rest[length..];
        }
        filled.push_str(rest);
        filled
    }

    /// The keys of `table`, in order.
    pub fn keys<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a str> {
        self.texts
            .keys()
            .filter_map(move |key| key.strip_prefix(table)?.strip_prefix('.'))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::JsonSchema;
    use schemars::SchemaGenerator;

    use super::*;
    use crate::anomaly::AnomalyKind;
    use crate::report::v1;
    use crate::signatures::lint::codes;
    use crate::signing::Reason;

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(name, _)| name)
            .collect()
    }

    /// The values of a wire enum, as its JSON Schema states them.
    fn wire_names<T: JsonSchema>() -> Vec<String> {
        let schema = serde_json::to_value(T::json_schema(&mut SchemaGenerator::default())).unwrap();
        let mut names: Vec<String> = Vec::new();
        if let Some(plain) = schema["enum"].as_array() {
            names.extend(plain.iter().map(|name| name.as_str().unwrap().to_owned()));
        }
        for choice in schema["oneOf"].as_array().into_iter().flatten() {
            names.extend(choice["const"].as_str().map(str::to_owned));
            for name in choice["enum"].as_array().into_iter().flatten() {
                names.push(name.as_str().unwrap().to_owned());
            }
        }
        assert!(!names.is_empty());
        names
    }

    #[test]
    fn every_language_has_the_same_keys_and_places() {
        let english = Messages::of(Language::English);
        assert!(english.texts.len() > 100);
        for language in Language::ALL {
            let other = Messages::of(*language);
            let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) =
                (english.texts.keys().collect(), other.texts.keys().collect());
            assert_eq!(
                ours.symmetric_difference(&theirs).collect::<Vec<_>>(),
                Vec::<&&String>::new()
            );
            for (key, text) in &english.texts {
                assert_eq!(places(text), places(&other.texts[key]), "{key}");
                assert!(!other.texts[key].trim().is_empty(), "{key}");
            }
        }
    }

    #[test]
    fn every_value_of_the_wire_has_its_sentence() {
        let messages = Messages::of(Language::English);
        let complaints: Vec<String> = codes::ALL.iter().map(|code| code.name.to_owned()).collect();
        let tables = [
            ("band", wire_names::<v1::Band>()),
            ("status", wire_names::<v1::Status>()),
            ("why", wire_names::<v1::Why>()),
            ("level", wire_names::<v1::Level>()),
            ("level-means", wire_names::<v1::Level>()),
            ("data", wire_names::<v1::Data>()),
            ("read", wire_names::<v1::Read>()),
            ("sink", wire_names::<v1::Sink>()),
            ("layer", wire_names::<v1::Layer>()),
            ("verdict", wire_names::<v1::Verdict>()),
            ("signature", wire_names::<v1::SignatureStatus>()),
            (
                "signature-reason",
                Reason::ALL
                    .iter()
                    .map(|reason| reason.name().to_owned())
                    .collect(),
            ),
            (
                "anomaly",
                AnomalyKind::ALL
                    .iter()
                    .map(|kind| kind.name().to_owned())
                    .collect(),
            ),
            ("lint-problem", complaints.clone()),
            ("lint-remedy", complaints),
        ];
        for (table, names) in tables {
            let expected: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            assert_eq!(messages.keys(table).collect::<BTreeSet<_>>(), expected, "{table}");
        }
    }

    #[test]
    fn no_sentence_is_a_verdict() {
        let words = [
            "scam",
            "malware",
            "malicious",
            "criminal",
            "fraud",
            "clean",
            "safe",
            "harmless",
            "诈骗",
            "骗局",
            "恶意",
            "犯罪",
            "干净",
            "安全",
            "无害",
            "病毒",
        ];
        for language in Language::ALL {
            for (key, text) in &Messages::of(*language).texts {
                let lower = text.to_lowercase();
                for word in words {
                    assert!(!lower.contains(word), "{key} says {word}");
                }
            }
        }
    }

    #[test]
    fn filling_in_does_not_read_the_values() {
        let mut messages = Messages::default();
        messages
            .texts
            .insert("t.k".to_owned(), "{a} and {b}, {c} {".to_owned());
        assert_eq!(
            messages.fill("t", "k", &[("a", "{b}"), ("b", "2")]),
            "{b} and 2, {c} {"
        );
        assert_eq!(messages.fill("t", "absent", &[]), "absent");
    }

    #[test]
    fn locales_choose_a_language() {
        for (locale, language) in [
            ("zh_CN.UTF-8", Language::SimplifiedChinese),
            ("zh-Hans-SG", Language::SimplifiedChinese),
            ("zh", Language::SimplifiedChinese),
            ("en-GB", Language::English),
            ("zhx", Language::English),
            ("C", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::from_locale(locale), language, "{locale}");
        }
    }
}
