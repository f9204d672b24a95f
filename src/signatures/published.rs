//! `published/*.toml`: lists of apps that others have published, and who of them is in an input.
//!
//! A list is a statement of its publisher and is repeated as one: "named by X on DATE". Hashes,
//! certificates, hosts and package names are compared exactly. A package name that only looks like a
//! listed one is told apart, for it may as well be the name of an honest app. Names for people
//! (`app-name`) are kept for reference and never compared: they are reused.
//!
//! Files are compared by SHA-256 only. The older hashes of a list stand in it for the reader; the
//! lists so far give the SHA-256 of every file they give another hash of.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::load::LoadError;
use super::schema::{Reference, Status, Text, Withdrawal};
use super::sdk::names;

/// A file of `published/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PublishedList {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// Equals the file name; never reused.
    pub id: Spanned<String>,
    /// Who published it.
    pub publisher: String,
    /// Name of the publication.
    pub title: Text,
    /// When, as exactly as is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub date: String,
    /// What the publisher says of the apps.
    pub statement: Text,
    /// What sort of list it is.
    pub kind: ListKind,
    /// How mature the entry is.
    pub status: Status,
    /// Where the publication or a copy of it is.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// Where it was read, for sources without an address.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is doubtful about it.
    pub note: Option<String>,
    /// Day it was added, `YYYY-MM-DD`.
    pub added: String,
    /// Day it was last changed.
    pub modified: Option<String>,
    /// Why and since when it no longer counts.
    pub withdrawn: Option<Withdrawal>,
    /// Who is listed.
    pub entries: Vec<Spanned<PublishedEntry>>,
}

names! {
    /// What sort of list it is.
    ListKind {
        /// The publisher warns of the apps.
        Warning = "warning",
        /// Lending apps, without a judgement.
        NeutralLending = "neutral-lending",
    }
}

/// One listed app: exactly one of the first seven keys.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PublishedEntry {
    /// Package name.
    pub package: Option<String>,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: Option<String>,
    /// SHA-256 of the signer's certificate, lower-case hex.
    pub certificate: Option<String>,
    /// A host the app talks to.
    pub host: Option<String>,
    /// SHA-1 of the file; for reference.
    pub sha1: Option<String>,
    /// MD5 of the file; for reference.
    pub md5: Option<String>,
    /// Name of the app; for reference.
    pub app_name: Option<String>,
    /// Name of the app beside another key.
    pub name: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// `high`, `medium` or `low`: how sure the entry itself is.
    pub confidence: Option<String>,
    /// What is doubtful about it.
    pub note: Option<String>,
}

impl PublishedEntry {
    /// What is listed, and whether it is compared with apps.
    #[must_use]
    pub fn listed(&self) -> Option<(What, &str)> {
        let keys = [
            (What::Package, &self.package),
            (What::File, &self.sha256),
            (What::Certificate, &self.certificate),
            (What::Host, &self.host),
        ];
        keys.into_iter()
            .find_map(|(what, value)| Some((what, value.as_deref()?)))
    }

    fn keys(&self) -> usize {
        let keys = [
            &self.package,
            &self.sha256,
            &self.certificate,
            &self.host,
            &self.sha1,
            &self.md5,
            &self.app_name,
        ];
        keys.into_iter().flatten().count()
    }
}

names! {
    /// What of an app is compared.
    What {
        /// Its package name.
        Package = "package",
        /// The file.
        File = "file",
        /// A signer's certificate.
        Certificate = "certificate",
        /// A host it names.
        Host = "host",
    }
}

names! {
    /// How an app fits an entry.
    Match {
        /// It is the same.
        Exact = "exact",
        /// Its package name looks like it.
        LookAlike = "look-alike",
    }
}

/// An app that fits an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Id of the list.
    pub list: String,
    /// What sort of list it is.
    pub kind: ListKind,
    /// How it fits.
    pub matched: Match,
    /// What of it.
    pub what: What,
    /// The value as the list has it.
    pub value: String,
}

impl Named {
    /// The value of the fact, `list-kind match what list value`.
    #[must_use]
    pub fn fact(&self) -> String {
        let Self {
            list,
            kind,
            matched,
            what,
            value,
        } = self;
        format!(
            "{} {} {} {list} {value}",
            kind.name(),
            matched.name(),
            what.name()
        )
    }
}

/// All lists, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Published {
    lists: BTreeMap<String, PublishedList>,
    exact: BTreeMap<(What, String), Vec<String>>,
}

/// Letters of a package name below which likeness says nothing.
const TELLING_LENGTH: usize = 12;
/// Last labels of a package name that say nothing of the app.
const PLAIN_LABELS: [&str; 8] = [
    "app", "android", "google", "mobile", "lite", "pro", "play", "main",
];

impl Published {
    /// Connects the lists.
    ///
    /// # Errors
    /// An entry without exactly one key, or a hash of the wrong length, with its place.
    pub(crate) fn build(
        files: BTreeMap<String, PublishedList>,
        texts: &BTreeMap<String, String>,
    ) -> Result<Self, LoadError> {
        let mut published = Self::default();
        for (path, list) in files {
            let text = texts.get(&path).map(String::as_str).unwrap_or_default();
            let counts = list.status.is_matched() && list.withdrawn.is_none();
            for entry in &list.entries {
                let problem = mistake(entry.get_ref());
                if let Some(problem) = problem {
                    return Err(LoadError::at(&path, text, entry.span(), problem));
                }
                if let Some((what, value)) = entry.get_ref().listed().filter(|_| counts) {
                    let key = (what, value.to_owned());
                    published
                        .exact
                        .entry(key)
                        .or_default()
                        .push(list.id.get_ref().clone());
                }
            }
            published.lists.insert(list.id.get_ref().clone(), list);
        }
        Ok(published)
    }

    /// The lists by id.
    #[must_use]
    pub fn lists(&self) -> &BTreeMap<String, PublishedList> {
        &self.lists
    }

    /// The hosts that are listed.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.exact
            .keys()
            .filter(|(what, _)| *what == What::Host)
            .map(|(_, host)| host.as_str())
    }

    /// The entries that `value` is, the same in every letter.
    #[must_use]
    pub fn named(&self, what: What, value: &str) -> Vec<Named> {
        self.lists_of(what, value, Match::Exact)
    }

    /// The entries whose package name looks like `package` and is another one.
    #[must_use]
    pub fn look_alikes(&self, package: &str) -> Vec<Named> {
        let listed = self.exact.keys().filter(|(what, _)| *what == What::Package);
        listed
            .filter(|(_, name)| looks_like(package, name))
            .flat_map(|(_, name)| self.lists_of(What::Package, name, Match::LookAlike))
            .collect()
    }

    fn lists_of(&self, what: What, value: &str, matched: Match) -> Vec<Named> {
        let ids = self.exact.get(&(what, value.to_owned()));
        let mut named: Vec<Named> = ids
            .into_iter()
            .flatten()
            .filter_map(|id| {
                Some(Named {
                    list: id.clone(),
                    kind: self.lists.get(id)?.kind,
                    matched,
                    what,
                    value: value.to_owned(),
                })
            })
            .collect();
        named.sort();
        named.dedup();
        named
    }
}

fn mistake(entry: &PublishedEntry) -> Option<String> {
    if entry.keys() != 1 {
        return Some(
            "an entry has exactly one of package, sha256, certificate, host, sha1, md5 and app-name"
                .to_owned(),
        );
    }
    let hashes = [
        (&entry.sha256, 64),
        (&entry.certificate, 64),
        (&entry.sha1, 40),
        (&entry.md5, 32),
    ];
    hashes.into_iter().find_map(|(hash, length)| {
        let hash = hash.as_deref()?;
        let is_hex = hash
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        (hash.len() != length || !is_hex)
            .then(|| format!("`{hash}` is not {length} digits of lower-case hex"))
    })
}

/// Whether two different package names look alike: one letter differs in names long enough, or they
/// are the same up to plain last labels or digits at the end.
fn looks_like(one: &str, other: &str) -> bool {
    if one == other || stem(one).len() < TELLING_LENGTH || stem(other).len() < TELLING_LENGTH {
        return false;
    }
    stem(one).eq_ignore_ascii_case(stem(other)) || differ_in_one(one.as_bytes(), other.as_bytes())
}

/// A package name without plain last labels and digits at its end.
fn stem(package: &str) -> &str {
    let mut rest = package;
    loop {
        rest = rest.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
        match rest.rsplit_once('.') {
            Some((before, last)) if PLAIN_LABELS.contains(&last) && before.contains('.') => rest = before,
            Some((before, "")) => rest = before,
            _ => return rest,
        }
    }
}

/// Whether one letter is exchanged, added or left out.
fn differ_in_one(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if long.len().saturating_sub(short.len()) > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (rest_short, rest_long) = (short.get(same..), long.get(same.saturating_add(1)..));
    if short.len() == long.len() {
        short.get(same.saturating_add(1)..) == rest_long
    } else {
        rest_short == rest_long
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_names_that_look_alike_are_told_from_others() {
        for (one, other, expected) in [
            ("com.vosep.rapido", "com.voscp.rapido", true),
            ("com.vosep.rapido", "com.vosep.rapid", true),
            ("com.vosep.rapido.google", "com.vosep.rapido", true),
            ("com.vosep.rapido2", "com.vosep.rapido", true),
            ("com.vosep.rapido", "com.vosep.rapido", false),
            ("com.vosep.rapido", "com.vosep.lento", false),
            ("com.aa.bb", "com.aa.bc", false),
            ("com.vosep.rapido.cash", "com.vosep.rapido", false),
            ("com.android.app", "com.android", false),
        ] {
            assert_eq!(looks_like(one, other), expected, "{one} {other}");
            assert_eq!(looks_like(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn an_entry_has_one_key_and_hashes_have_their_length() {
        let hash = "a".repeat(64);
        for (text, problem) in [
            (format!("sha256 = \"{hash}\""), None),
            (
                format!("sha256 = \"{hash}\"\npackage = \"a.b\""),
                Some("exactly one"),
            ),
            ("sha256 = \"abc\"".to_owned(), Some("64 digits")),
            (
                format!("certificate = \"{}\"", hash.to_uppercase()),
                Some("lower-case"),
            ),
            ("name = \"A\"".to_owned(), Some("exactly one")),
        ] {
            let entry: PublishedEntry = toml::from_str(&text).unwrap();
            match (mistake(&entry), problem) {
                (None, None) => {}
                (Some(found), Some(wanted)) => assert!(found.contains(wanted), "{found}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
