//! `sdks/*.toml`: the libraries, services, frameworks and protectors that can be told from a package.
//!
//! An SDK is known by its marks: classes, native libraries, components, meta-data, hosts, files. It
//! is in an app when one mark that can stand alone is seen, or two different ones that cannot.
//! What it is documented to collect is stated by the file and never concluded from the app.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::schema::{Examples, Reference, Status, Text, VocabularyEntry, Withdrawal};

/// A file of `sdks/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sdk {
    /// Schema number.
    pub schema: Spanned<u32>,
    /// Equals the file name; never reused.
    pub id: Spanned<String>,
    /// Name of the product.
    pub name: String,
    /// What it is for.
    pub category: Category,
    /// What its presence says of the app.
    pub stance: Stance,
    /// How mature the entry is.
    pub status: Status,
    /// How far the source of the marks was verified.
    pub check: Check,
    /// What it is documented to collect.
    pub collects: Vec<Collected>,
    /// What it is.
    pub description: Text,
    /// What its presence means for a person.
    #[serde(default)]
    pub impact: String,
    /// When a mark is there without the SDK at work.
    #[serde(default)]
    pub false_positives: String,
    /// When it is missed.
    #[serde(default)]
    pub false_negatives: String,
    /// Where its marks and what it collects are documented.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// Where the facts were read, for sources without an address.
    #[serde(default)]
    pub sources: Vec<String>,
    /// A remark for the reader of the file.
    pub note: Option<String>,
    /// Day it was added, `YYYY-MM-DD`.
    pub added: String,
    /// Day it was last changed.
    pub modified: Option<String>,
    /// Why and since when it no longer counts.
    pub withdrawn: Option<Withdrawal>,
    /// How it is recognised.
    pub marks: Vec<Spanned<Mark>>,
    /// Facts it must and must not match.
    #[serde(default)]
    pub examples: Examples,
}

impl Sdk {
    /// Whether it is looked for.
    #[must_use]
    pub fn is_matched(&self) -> bool {
        self.status.is_matched() && self.withdrawn.is_none()
    }

    /// The kind of a fact that is one of its marks and can stand alone.
    #[must_use]
    pub fn kind(&self) -> String {
        format!("sdk:{}", self.id.get_ref())
    }

    /// The kind of a fact that counts only beside another mark.
    #[must_use]
    pub fn weak_kind(&self) -> String {
        format!("sdk:{}:weak", self.id.get_ref())
    }

    /// The id of the SDK of which a fact of this kind is a mark.
    #[must_use]
    pub fn id_of(kind: &str) -> Option<&str> {
        let id = kind.strip_prefix("sdk:")?;
        Some(id.strip_suffix(":weak").unwrap_or(id))
    }

    /// The kinds that rules speak of when it is in an app: its category, its stance, and, unless that is
    /// neutral, what it is documented to read of the three kinds of personal data. A neutral library
    /// that hands contacts to the app's own code says nothing of what that does with them.
    /// Experimental entries have kinds of their own, so that rules can weigh them less.
    pub fn groups(&self) -> impl Iterator<Item = String> {
        let suffix = if self.status == Status::Experimental {
            "-experimental"
        } else {
            ""
        };
        let category = format!("sdk-{}{suffix}", self.category.name());
        let stance = format!("sdk-{}{suffix}", self.stance.name());
        let says = self.stance != Stance::Neutral;
        let read = self.collects.iter().filter(move |data| says && data.is_harvest());
        let reads: Vec<String> = read
            .map(|data| format!("sdk-reads-{}{suffix}", data.name()))
            .collect();
        [category, stance].into_iter().chain(reads)
    }
}

/// Every kind that some SDK can give, whether or not one does.
pub(crate) fn group_kinds() -> impl Iterator<Item = String> {
    let categories = Category::ALL.iter().map(|category| category.name().to_owned());
    let stances = Stance::ALL.iter().map(|stance| stance.name().to_owned());
    let reads = Collected::ALL.iter().filter(|data| data.is_harvest());
    let reads = reads.map(|data| format!("reads-{}", data.name()));
    categories
        .chain(stances)
        .chain(reads)
        .flat_map(|name| [format!("sdk-{name}"), format!("sdk-{name}-experimental")])
}

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$inner:meta])+ $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
        pub enum $type { $($(#[$inner])+ #[serde(rename = $name)] $variant,)+ }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Stable name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}
pub(crate) use names;

names! {
    /// What an SDK is for.
    Category {
        /// Gathers data about a person for credit or collection.
        RiskData = "risk-data",
        /// Tells one device from another.
        DeviceFingerprint = "device-fingerprint",
        /// Makes a credit score of what is on a phone.
        AlternativeScore = "alternative-score",
        /// Checks who somebody is.
        IdentityCheck = "identity-check",
        /// Takes or makes payments.
        Payment = "payment",
        /// Tells where an installation came from.
        Attribution = "attribution",
        /// Counts what people do.
        Analytics = "analytics",
        /// Shows advertisements.
        Advertising = "advertising",
        /// Delivers messages from a server.
        Push = "push",
        /// Reports crashes.
        Crash = "crash",
        /// Maps and places.
        Maps = "maps",
        /// Stores files on servers.
        Storage = "storage",
        /// Lets pages call the app's code.
        Bridge = "bridge",
        /// What the app is built with.
        Framework = "framework",
        /// Packs, encrypts or guards the app's code.
        Protector = "protector",
        /// Chat and support.
        Messaging = "messaging",
        /// Sign-in and sharing.
        Social = "social",
        /// Network calls.
        Network = "network",
        /// Anything else.
        Other = "other",
    }
}

names! {
    /// What the presence of an SDK says of the app.
    Stance {
        /// It is documented, or was seen, to read contacts, messages or calls for credit.
        StrongSignal = "strong-signal",
        /// It is made for credit decisions, or used by lenders nearly alone.
        LendingHint = "lending-hint",
        /// Nothing.
        Neutral = "neutral",
    }
}

names! {
    /// What an SDK is documented to collect.
    Collected {
        /// The address book.
        Contacts = "contacts",
        /// Text messages.
        Sms = "sms",
        /// The call log.
        CallLog = "call-log",
        /// Appointments.
        Calendar = "calendar",
        /// Accounts on the phone.
        Accounts = "accounts",
        /// The list of installed apps.
        InstalledApps = "installed-apps",
        /// The place of the phone.
        Location = "location",
        /// Serial numbers and the like of the device.
        DeviceIdentifiers = "device-identifiers",
        /// The phone number.
        PhoneNumber = "phone-number",
        /// The resettable identifier for advertising.
        AdvertisingId = "advertising-id",
        /// Photos.
        Photos = "photos",
        /// Files.
        Files = "files",
        /// The face.
        Face = "face",
        /// Identity papers.
        IdentityPapers = "identity-papers",
        /// Accounts, cards and statements.
        BankAccount = "bank-account",
        /// What the person does in the app.
        Usage = "usage",
        /// Traces of crashes.
        CrashTraces = "crash-traces",
        /// What stands on the screen.
        ScreenContent = "screen-content",
        /// State of the network.
        NetworkState = "network-state",
        /// Sensors.
        Sensors = "sensors",
    }
}

impl Collected {
    /// Whether it is one of the three kinds of data this program is about.
    #[must_use]
    pub fn is_harvest(self) -> bool {
        matches!(self, Self::Contacts | Self::Sms | Self::CallLog)
    }
}

names! {
    /// How far a source was verified.
    Check {
        /// Read on the page of the authority or the maker, or in the text of the law.
        Official = "official",
        /// Found by machine in the named source.
        Literal = "literal",
        /// Read in an excerpt or a report of others.
        Excerpt = "excerpt",
        /// The source says the same in another form.
        ParaphraseLocal = "paraphrase-local",
        /// From general knowledge.
        Unsourced = "unsourced",
    }
}

/// One way to recognise an SDK: exactly one pattern.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mark {
    /// A class descriptor.
    pub class: Option<String>,
    /// The beginning of a class descriptor.
    pub class_prefix: Option<String>,
    /// File name of a native library; one `*` at its beginning or end.
    pub library: Option<String>,
    /// The beginning of a component's class name.
    pub component: Option<String>,
    /// A `meta-data` name.
    pub meta_data: Option<String>,
    /// A host, with every host below it.
    pub host: Option<String>,
    /// A path in the package; one `*` at its beginning or end.
    pub entry: Option<String>,
    /// Whether it counts without another mark.
    pub alone: Option<bool>,
    /// A remark.
    pub note: Option<String>,
}

impl Mark {
    /// The mark as an entry of the vocabulary.
    fn entry(&self, kind: String) -> VocabularyEntry {
        VocabularyEntry {
            kind,
            class: self.class.clone(),
            class_prefix: self.class_prefix.clone(),
            library: self.library.clone(),
            component: self.component.clone(),
            meta_data: self.meta_data.clone(),
            host: self.host.clone(),
            entry: self.entry.clone(),
            ..VocabularyEntry::default()
        }
    }

    /// How much of a class descriptor the mark names, in bytes; `None` when it is about another class.
    pub(super) fn covers(&self, descriptor: &str) -> Option<usize> {
        let prefix = self
            .class_prefix
            .as_deref()
            .filter(|prefix| descriptor.starts_with(prefix));
        let class = self.class.as_deref().filter(|class| *class == descriptor);
        prefix.or(class).map(str::len)
    }

    /// What is looked for, as its key and its text.
    #[must_use]
    pub fn pattern(&self) -> Option<(&'static str, &str)> {
        let patterns = [
            ("class", &self.class),
            ("class-prefix", &self.class_prefix),
            ("library", &self.library),
            ("component", &self.component),
            ("meta-data", &self.meta_data),
            ("host", &self.host),
            ("entry", &self.entry),
        ];
        patterns
            .into_iter()
            .find_map(|(key, text)| Some((key, text.as_deref()?)))
    }
}

/// The marks of all SDKs as rows for the vocabulary, with the place of each in `texts`.
pub(crate) fn rows(
    sdks: &BTreeMap<String, Sdk>,
) -> impl Iterator<Item = (&str, Range<usize>, VocabularyEntry)> {
    sdks.iter()
        .filter(|(_, sdk)| sdk.is_matched())
        .flat_map(|(path, sdk)| {
            sdk.marks.iter().map(move |mark| {
                let kind = match mark.get_ref().alone {
                    Some(false) => sdk.weak_kind(),
                    _ => sdk.kind(),
                };
                (path.as_str(), mark.span(), mark.get_ref().entry(kind))
            })
        })
}

/// The SDKs by id.
pub(crate) fn by_id(sdks: BTreeMap<String, Sdk>) -> BTreeMap<String, Sdk> {
    let sdks = sdks.into_values();
    sdks.map(|sdk| (sdk.id.get_ref().clone(), sdk)).collect()
}
