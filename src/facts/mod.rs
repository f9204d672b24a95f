//! Facts: what the package says, each with the places where it says it.
//!
//! A fact is a kind and a value, both text, so that a test can state facts without an APK (see
//! [`text`]) and a dump of them can be read and compared. Signatures match on facts only; nothing
//! behind this room looks at bytes again.

pub mod collect;
pub mod coverage;
pub mod entropy;
pub mod interest;
pub mod layers;
pub mod location;
pub mod needles;
pub mod network;
pub mod text;
pub mod words;

use std::collections::BTreeMap;
use std::fmt;

pub use coverage::{Coverage, Opaque};
pub use interest::Interest;
pub use layers::{LayerName, Layers};
pub use location::{DexTable, Location};

use crate::limits::Limits;

macro_rules! fact_kinds {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// Kinds of facts, in the order facts are sorted by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FactKind { $($(#[$doc])+ $variant,)+ }

        impl FactKind {
            /// All kinds.
            pub const ALL: &'static [FactKind] = &[$(FactKind::$variant,)+];

            /// The name used in the text form and in signatures, in kebab case.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(FactKind::$variant => $name,)+ }
            }
        }
    };
}

fact_kinds! {
    /// The package name.
    Package = "package",
    /// A permission the manifest declares; full name.
    Permission = "permission",
    /// A permission the platform adds for an old target SDK; full name.
    ImpliedPermission = "implied-permission",
    /// A component; its kind and its fully qualified class, separated by a space.
    Component = "component",
    /// An intent action the app answers to.
    Action = "action",
    /// A `meta-data` name.
    MetaData = "meta-data",
    /// A method reference: `Lclass;->name(parameters)return`.
    Method = "method",
    /// A field reference: `Lclass;->name`.
    Field = "field",
    /// A class that is referred to; its descriptor.
    Class = "class",
    /// A watched string literal.
    Literal = "literal",
    /// A path within the package.
    Entry = "entry",
    /// A native library's file name.
    Library = "library",
    /// What a native library states of itself: a sort and a text, see [`collect::native`] and
    /// [`collect::dart`].
    Native = "native",
    /// A host of a web address, in lower case; only those the rules look for.
    Host = "host",
    /// A host whose pages the app shows as its own, in lower case.
    Page = "page",
    /// A name in scripts, pages or compiled programs of the app; only those the rules look for.
    Script = "script",
    /// A word of the lexicon in a text: class and strength, language, term.
    Word = "word",
    /// A word of the lexicon in the app's name, package name or component names.
    NameWord = "name-word",
    /// A phrase of the lexicon in a text: kind and strength, language, phrase.
    Phrase = "phrase",
    /// A read of provider data: what, how, how far it is shown, and where it goes; see
    /// [`collect::harvest`].
    Harvest = "harvest",
    /// An entry of a published list that the app fits: sort of list, likeness, what is listed, the
    /// list, the value.
    Published = "published",
    /// An anomaly; its stable name.
    Anomaly = "anomaly",
    /// A conclusion about the shape of the whole package; its stable name.
    Shape = "shape",
}

impl fmt::Display for FactKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One fact, without its places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// What kind of fact it is.
    pub kind: FactKind,
    /// What was seen.
    pub value: String,
}

impl Fact {
    /// A fact of `kind` with `value`.
    #[must_use]
    pub fn new(kind: FactKind, value: impl Into<String>) -> Self {
        Self {
            kind,
            value: value.into(),
        }
    }
}

/// All facts of one app. Iteration is in the order of kind and value, places in the order they
/// were found; both are bounded by [`Limits`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactSet {
    facts: BTreeMap<Fact, Vec<Location>>,
    dropped: u64,
}

impl FactSet {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fact seen at `location`. Places beyond the caps are dropped, facts beyond the cap
    /// are counted in [`FactSet::dropped`].
    pub fn insert(&mut self, fact: Fact, location: Location, limits: &Limits) {
        if let Some(locations) = self.facts.get_mut(&fact) {
            if locations.len() < limits.locations_per_fact && !locations.contains(&location) {
                locations.push(location);
            }
        } else if self.facts.len() < limits.facts {
            self.facts.insert(fact, vec![location]);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// The facts with their places.
    pub fn iter(&self) -> impl Iterator<Item = (&Fact, &[Location])> {
        self.facts
            .iter()
            .map(|(fact, locations)| (fact, locations.as_slice()))
    }

    /// The facts of one kind.
    pub fn of_kind(&self, kind: FactKind) -> impl Iterator<Item = (&Fact, &[Location])> {
        self.facts
            .range(Fact::new(kind, "")..)
            .take_while(move |(fact, _)| fact.kind == kind)
            .map(|(fact, locations)| (fact, locations.as_slice()))
    }

    /// Whether the fact is known.
    #[must_use]
    pub fn contains(&self, fact: &Fact) -> bool {
        self.facts.contains_key(fact)
    }

    /// The places of `fact`; none when it is not there.
    #[must_use]
    pub fn places(&self, fact: &Fact) -> &[Location] {
        self.facts.get(fact).map_or(&[], Vec::as_slice)
    }

    /// Number of facts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Facts that did not fit.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}
