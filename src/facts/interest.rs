//! What the collectors look for in a dex file's identifier tables.
//!
//! A dex file names tens of thousands of methods; the rules speak of a few hundred. The rules
//! state those here, in the terms of the format, and the collectors report nothing else.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Paths within the package.
    pub entries: Vec<EntryPattern>,
    /// Methods, fields and literals whose uses in the code are located, as they stand in the maps
    /// above (`Lclass;->name`, `Lclass;->name(parameters)return` or the text of the literal).
    pub located: BTreeSet<String>,
    /// Permissions without which no code is walked.
    pub located_permissions: BTreeSet<String>,
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
