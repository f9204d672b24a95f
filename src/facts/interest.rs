//! What the collectors look for in a dex file's identifier tables.
//!
//! A dex file names tens of thousands of methods; the rules speak of a few hundred. The rules
//! state those here, in the terms of the format, and the collectors report nothing else.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::needles::Needles;
use super::network::Watch;
use super::network::address::WEB_STARTS;

/// A method or field name within a class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Name of the member.
    pub name: String,
    /// `(parameters)return` of a method; `None` for every overload, and for fields.
    pub prototype: Option<String>,
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Interest {
    /// Methods by the descriptor of the class they are called on.
    pub methods: BTreeMap<String, BTreeSet<Member>>,
    /// Methods looked for on every class, for calls through an app's own subclass.
    pub inherited_methods: BTreeSet<Member>,
    /// Fields by the descriptor of their class.
    pub fields: BTreeMap<String, BTreeSet<String>>,
    /// Class descriptors.
    pub classes: BTreeSet<String>,
    /// Beginnings of class descriptors.
    pub class_prefixes: BTreeSet<String>,
    /// String literals.
    pub literals: Vec<Literal>,
    /// The texts of these literals, for a look at what holds none of them as a rule.
    pub literal_texts: Needles,
    /// Paths within the package.
    pub entries: EntryPatterns,
    /// What native libraries state of themselves.
    pub natives: EntryPatterns,
    /// File names of native libraries whose origin is known, so that hosts and keys in them say nothing of
    /// the maker of an app.
    pub known_libraries: EntryPatterns,
    /// Names in scripts, pages and compiled programs.
    pub scripts: Needles,
    /// Hosts; those below them are meant as well.
    pub hosts: BTreeSet<String>,
    /// Methods, fields and literals whose uses in the code are located, as they stand in the maps
    /// above (`Lclass;->name`, `Lclass;->name(parameters)return` or the text of the literal).
    pub located: BTreeSet<String>,
    /// Permissions without which no code is walked.
    pub located_permissions: BTreeSet<String>,
    /// Keys and fields.
    pub network: Watch,
}

impl Interest {
    /// Looks for `literals` in the constants of the code.
    #[must_use]
    pub fn with_literals(mut self, literals: Vec<Literal>) -> Self {
        let texts = literals.iter().map(|literal| literal.text.clone());
        self.literal_texts = Needles::new(texts.collect());
        self.literals = literals;
        self
    }

    /// Whether the origin of the native library called `name` is known.
    #[must_use]
    pub fn knows_library(&self, name: &str) -> bool {
        self.known_libraries.matches(name)
    }

    /// Whether `host`, or a host it lies below, is looked for.
    #[must_use]
    pub fn wants_host(&self, host: &str) -> bool {
        let mut rest = host;
        loop {
            if self.hosts.contains(rest) {
                return true;
            }
            match rest.split_once('.') {
                Some((_, above)) => rest = above,
                None => return false,
            }
        }
    }
}

/// Whether `host` is `above` or lies below it.
#[must_use]
pub fn is_host_below(host: &str, above: &str) -> bool {
    host.strip_suffix(above)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The host of a web address, in lower case; `None` when `text` is none.
///
/// User, port, path, query and fragment are left out. A name that holds anything but letters,
/// digits, hyphens and dots, or no dot, is no host: pieces of addresses that are put together at run
/// time look like that.
#[must_use]
pub fn host_of(text: &str) -> Option<String> {
    let rest = WEB_STARTS.iter().find_map(|start| text.strip_prefix(start))?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = authority.split(':').next()?.trim_end_matches('.');
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let whole =
        host.len() <= 253 && host.contains('.') && !host.starts_with('.') && host.bytes().all(is_name);
    whole.then(|| host.to_ascii_lowercase())
}

/// A path within the package that is looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryPattern {
    /// The whole path.
    Whole(String),
    /// Its beginning.
    Starts(String),
    /// Its end.
    Ends(String),
}

impl EntryPattern {
    /// A pattern from text with at most one `*`, at its beginning or end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match (text.strip_suffix('*'), text.strip_prefix('*')) {
            (Some(start), _) => Self::Starts(start.to_owned()),
            (None, Some(end)) => Self::Ends(end.to_owned()),
            (None, None) => Self::Whole(text.to_owned()),
        }
    }

    /// Whether `path` is meant.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        match self {
            Self::Whole(whole) => path == whole,
            Self::Starts(start) => path.starts_with(start.as_str()),
            Self::Ends(end) => path.ends_with(end.as_str()),
        }
    }
}

/// Patterns of paths, arranged so that a path is compared with few of them.
#[derive(Debug, Clone, Default)]
pub struct EntryPatterns {
    whole: FxHashSet<String>,
    /// Beginnings by their first byte.
    starts: FxHashMap<u8, Vec<String>>,
    ends: Vec<String>,
}

impl Extend<EntryPattern> for EntryPatterns {
    fn extend<I: IntoIterator<Item = EntryPattern>>(&mut self, patterns: I) {
        patterns.into_iter().for_each(|pattern| self.insert(pattern));
    }
}

impl FromIterator<EntryPattern> for EntryPatterns {
    fn from_iter<I: IntoIterator<Item = EntryPattern>>(patterns: I) -> Self {
        let mut made = Self::default();
        made.extend(patterns);
        made
    }
}

impl EntryPatterns {
    /// Adds a pattern.
    pub fn insert(&mut self, pattern: EntryPattern) {
        match pattern {
            EntryPattern::Whole(whole) => {
                self.whole.insert(whole);
            }
            EntryPattern::Starts(start) => match start.bytes().next() {
                Some(first) => self.starts.entry(first).or_default().push(start),
                // Every path begins, and ends, with nothing.
                None => self.ends.push(start),
            },
            EntryPattern::Ends(end) => self.ends.push(end),
        }
    }

    /// Whether there is no pattern.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.starts.is_empty() && self.ends.is_empty()
    }

    /// Whether one of the patterns means `path`.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let first = path.bytes().next().unwrap_or_default();
        let mut starts = self.starts.get(&first).into_iter().flatten();
        self.whole.contains(path)
            || starts.any(|start| path.starts_with(start.as_str()))
            || self.ends.iter().any(|end| path.ends_with(end.as_str()))
    }
}

/// A string looked for in the literals of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The text.
    pub text: String,
    /// Whether it must be the whole literal. Otherwise the literal may begin with it, as long as no
    /// further character of a name follows: `content://sms` is in `content://sms/inbox` and not in
    /// `content://smsbackup`.
    pub whole: bool,
}

impl Literal {
    /// Whether `text` holds this literal.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        if self.whole {
            return text == self.text;
        }
        text.match_indices(&self.text).any(|(start, found)| {
            let behind = text
                .get(start.saturating_add(found.len())..)
                .and_then(|rest| rest.chars().next());
            !behind.is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '.' | '-'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_told_from_what_stands_around_it() {
        for (text, expected) in [
            ("https://api.Example.com/v1/x?y=1", Some("api.example.com")),
            ("http://user:pass@h.example:8080", Some("h.example")),
            ("https://h.example.", Some("h.example")),
            ("https://h.example\\@evil.test", Some("h.example")),
            ("https://%s.example.com/", None),
            ("https://localhost/", None),
            ("https://", None),
            ("ftp://h.example/", None),
        ] {
            assert_eq!(host_of(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn arranged_patterns_mean_what_each_of_them_means() {
        let texts = ["assets/a.bin", "assets/lib*", "lib*", "*.dat", "*"];
        let paths = [
            "assets/a.bin",
            "assets/a.bin2",
            "assets/libx",
            "lib/x",
            "li",
            "res/x.dat",
            ".dat",
            "",
        ];
        for several in [&texts[..4], &texts[..2], &texts[2..3], &texts[3..4], &texts[4..]] {
            let mut arranged = EntryPatterns::default();
            several
                .iter()
                .for_each(|text| arranged.insert(EntryPattern::new(text)));
            for path in paths {
                let expected = several.iter().any(|text| EntryPattern::new(text).matches(path));
                assert_eq!(arranged.matches(path), expected, "{several:?}: {path}");
            }
        }
    }

    #[test]
    fn hosts_below_a_host_are_meant_and_others_that_end_alike_are_not() {
        let interest = Interest {
            hosts: BTreeSet::from(["example.com".to_owned()]),
            ..Interest::default()
        };
        for (host, expected) in [
            ("example.com", true),
            ("a.b.example.com", true),
            ("badexample.com", false),
            ("example.com.evil.test", false),
            ("com", false),
        ] {
            assert_eq!(interest.wants_host(host), expected, "{host}");
            assert_eq!(is_host_below(host, "example.com"), expected, "{host}");
        }
    }

    #[test]
    fn a_uri_ends_where_its_name_ends() {
        let uri = Literal {
            text: "content://sms".to_owned(),
            whole: false,
        };
        assert!(uri.is_in("content://sms") && uri.is_in("content://sms/inbox"));
        assert!(!uri.is_in("content://smsbackup") && !uri.is_in("content://sms.backup/x"));
        let word = Literal {
            text: "content://sms".to_owned(),
            whole: true,
        };
        assert!(word.is_in("content://sms") && !word.is_in("content://sms/inbox"));
    }
}
