//! Why a signature does not hold, or was not checked.

use super::Status;

macro_rules! reasons {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal $status:ident,)+) => {
        /// The closed list of reasons. Names are stable: reports use them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason { $($(#[$doc])+ $variant,)+ }

        impl Reason {
            /// All reasons, in the order of their declaration.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant,)+];

            /// The stable name, in kebab case.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Reason::$variant => $name,)+ }
            }

            /// What it says of the signature.
            #[must_use]
            pub fn status(self) -> Status {
                match self { $(Reason::$variant => Status::$status,)+ }
            }
        }
    };
}

reasons! {
    /// Verification was not asked for.
    NotAsked = "not-asked" NotChecked,
    /// The program was built without the cryptography.
    NotBuiltIn = "not-built-in" NotChecked,
    /// No Android version that the app supports looks at it.
    NotUsed = "not-used" NotChecked,
    /// The signature over the list of digests holds; the contents were not compared with it.
    ContentsNotCompared = "contents-not-compared" NotChecked,
    /// A key or algorithm that is not computed here.
    KeyNotSupported = "key-not-supported" NotChecked,
    /// The package is larger than the caps allow.
    LimitReached = "limit-reached" NotChecked,

    /// The fields of the signature do not fit.
    Malformed = "malformed" Broken,
    /// There are no signers.
    NoSigners = "no-signers" Broken,
    /// There are more signers than Android takes.
    TooManySigners = "too-many-signers" Broken,
    /// A signer has no signature of a kind Android knows.
    NoKnownAlgorithm = "no-known-algorithm" Broken,
    /// Android does not take these algorithms together.
    AlgorithmNotAccepted = "algorithm-not-accepted" Broken,
    /// The key is none that the signature could be made with.
    KeyMalformed = "key-malformed" Broken,
    /// The signature was not made by this key over this data.
    SignatureWrong = "signature-wrong" Broken,
    /// A signer has no certificate.
    NoCertificate = "no-certificate" Broken,
    /// The certificate is for another key, or not for signing.
    CertificateDoesNotFit = "certificate-does-not-fit" Broken,
    /// Signatures and digests are not for the same algorithms.
    AlgorithmsDiffer = "algorithms-differ" Broken,
    /// The file was changed after signing.
    ContentsChanged = "contents-changed" Broken,
    /// Between the parts of the file stands what no signature could cover.
    LayoutNotSigned = "layout-not-signed" Broken,
    /// The API levels of the signers contradict each other or leave gaps.
    LevelsNotCovered = "levels-not-covered" Broken,
    /// The history of the key cannot be read.
    LineageMalformed = "lineage-malformed" Broken,
    /// A link of the key's history is not signed by the key before it.
    LineageWrong = "lineage-wrong" Broken,
    /// The history of the key ends with another key.
    LineageOfOtherKey = "lineage-of-other-key" Broken,
    /// A newer signature that this one speaks of is missing.
    SchemeStripped = "scheme-stripped" Broken,

    /// The list of entries that a JAR signature needs is missing.
    NoEntryList = "no-entry-list" Broken,
    /// The signed list and the list of entries do not agree.
    EntryListChanged = "entry-list-changed" Broken,
    /// An entry that is listed is missing.
    EntryMissing = "entry-missing" Broken,
    /// An entry is not listed or not signed.
    EntryNotSigned = "entry-not-signed" Broken,
    /// Entries are signed by different signers.
    EntrySignersDiffer = "entry-signers-differ" Broken,
    /// An entry was changed after signing.
    EntryChanged = "entry-changed" Broken,
    /// An entry cannot be read.
    EntryUnreadable = "entry-unreadable" Broken,
    /// Two entries have one name.
    EntryTwice = "entry-twice" Broken,

    /// The app is made for an Android version that takes a JAR signature no longer.
    NewerSchemeNeeded = "newer-scheme-needed" Broken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_kebab_case() {
        let names: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
        );
    }
}
