//! Whose code a method is, as far as its name tells.
//!
//! Known deviation: names are all there is to go by. A library may be put into the app's own
//! package, and code of the app into that of a library.

use serde::Serialize;

use crate::render::signature::class;
use crate::signatures::Ruleset;

/// Labels of a package that name a library.
const PREFIX: usize = 3;
/// Labels that packages of one maker share, such as `com.example`.
const MAKER: usize = 2;
/// Letters that a renamed label has at most.
const RENAMED: usize = 2;

/// Whose code a method is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Owner {
    /// What is known.
    pub kind: OwnerKind,
    /// The first three labels of the package of the class; `null` for code of the app and for
    /// renamed code.
    pub library: Option<String>,
    /// Name of the SDK whose signature lists the class; `null` when none does.
    pub sdk: Option<String>,
}

/// What the package of a class says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerKind {
    /// It begins with the app's package name, or shares the first two labels with it.
    App,
    /// It is another one.
    Library,
    /// All its labels have one or two letters, or there are none: it says nothing.
    Renamed,
}

impl Owner {
    /// Whose code the method with this signature is, in the app `package`.
    #[must_use]
    pub fn of(signature: &str, package: Option<&str>) -> Self {
        let class = class(signature).unwrap_or_default();
        let mut labels: Vec<&str> = class.split('.').collect();
        labels.pop();
        let own: Vec<&str> = package.unwrap_or_default().split('.').collect();
        let shares =
            |count: usize| count >= MAKER && own.len() >= count && labels.get(..count) == own.get(..count);
        if shares(own.len()) || shares(MAKER) {
            return Self {
                kind: OwnerKind::App,
                library: None,
                sdk: None,
            };
        }
        if labels.iter().all(|label| label.chars().count() <= RENAMED) {
            return Self {
                kind: OwnerKind::Renamed,
                library: None,
                sdk: None,
            };
        }
        labels.truncate(PREFIX);
        Self {
            kind: OwnerKind::Library,
            library: Some(labels.join(".")),
            sdk: None,
        }
    }

    /// The same owner of the method with this signature, named by the SDK that `ruleset` knows it by.
    #[must_use]
    pub(super) fn named(mut self, signature: &str, ruleset: &Ruleset) -> Self {
        let class = signature.split("->").next().unwrap_or_default();
        if self.kind == OwnerKind::Library {
            self.sdk = ruleset.sdk_of(class).map(|sdk| sdk.name.clone());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(class: &str) -> (OwnerKind, Option<String>) {
        let owner = Owner::of(&format!("L{class};->m()V"), Some("id.kilat.app"));
        (owner.kind, owner.library)
    }

    #[test]
    fn packages_tell_whose_code_it_is() {
        for own in [
            "id/kilat/app/Main",
            "id/kilat/app/sync/A",
            "id/kilat/core/B",
            "id/kilat/C",
        ] {
            assert_eq!(of(own), (OwnerKind::App, None), "{own}");
        }
        for (library, prefix) in [
            ("okhttp3/Call", "okhttp3"),
            ("com/squareup/okhttp/internal/io/Sink", "com.squareup.okhttp"),
            ("id/kilatan/x/Y", "id.kilatan.x"),
            ("id/A2", "id"),
        ] {
            let expected = if prefix == "id" {
                (OwnerKind::Renamed, None)
            } else {
                (OwnerKind::Library, Some(prefix.to_owned()))
            };
            assert_eq!(of(library), expected, "{library}");
        }
        for renamed in ["a/b/C", "ab/cd/Sender", "a", "Upload"] {
            assert_eq!(of(renamed), (OwnerKind::Renamed, None), "{renamed}");
        }
    }

    #[test]
    fn without_a_package_nothing_is_the_apps_own() {
        for package in [None, Some(""), Some("com")] {
            let owner = Owner::of("Lcom/example/a/B;->m()V", package);
            assert_eq!(owner.library.as_deref(), Some("com.example.a"));
        }
        assert_eq!(Owner::of("", Some("a.b")).kind, OwnerKind::Renamed);
    }
}
