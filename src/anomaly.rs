//! What a parser noticed that an honest tool would not have written.
//!
//! Parsing returns a value and its anomalies. They are facts that signatures can match and that
//! the report shows; none of them is a log line, and none of them stops an analysis by itself.

use std::fmt;

macro_rules! anomaly_kinds {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// The closed list of anomalies. Names are stable: reports and signatures use them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AnomalyKind { $($(#[$doc])+ $variant,)+ }

        impl AnomalyKind {
            /// All kinds, in the order of their declaration.
            pub const ALL: &'static [AnomalyKind] = &[$(AnomalyKind::$variant,)+];

            /// The stable name, in kebab case.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(AnomalyKind::$variant => $name,)+ }
            }
        }
    };
}

anomaly_kinds! {
    /// Bytes stand before the first local header.
    ZipPrependedData = "zip-prepended-data",
    /// Bytes stand behind the end record and its comment.
    ZipTrailingData = "zip-trailing-data",
    /// The file begins with a dex header (the Janus trick, CVE-2017-13156).
    ZipDexPrefix = "zip-dex-prefix",
    /// More than one end-of-central-directory record.
    ZipSeveralEndRecords = "zip-several-end-records",
    /// No end-of-central-directory record was found.
    ZipNoEndRecord = "zip-no-end-record",
    /// The comment is long enough to hide an archive in.
    ZipOversizedComment = "zip-oversized-comment",
    /// The comment's stated length does not fit the file.
    ZipCommentLength = "zip-comment-length",
    /// Two entries have one name.
    ZipDuplicateName = "zip-duplicate-name",
    /// The encryption flag is set on data that is not encrypted.
    ZipEncryptedFlag = "zip-encrypted-flag",
    /// An unknown compression method is stated for data that Android reads as stored or deflated.
    ZipUnknownMethod = "zip-unknown-method",
    /// The local header states other sizes than the central directory.
    ZipLocalSize = "zip-local-size",
    /// The local header states another checksum than the central directory.
    ZipLocalCrc = "zip-local-crc",
    /// The local header states another name than the central directory.
    ZipLocalName = "zip-local-name",
    /// The local header states another method than the central directory.
    ZipLocalMethod = "zip-local-method",
    /// No local header stands where the central directory says.
    ZipLocalHeaderMissing = "zip-local-header-missing",
    /// The end record states another number of entries than there are.
    ZipWrongCount = "zip-wrong-count",
    /// Disk numbers of a split archive.
    ZipMultiDisk = "zip-multi-disk",
    /// Zip64 records are present.
    ZipZip64 = "zip-zip64",
    /// A data descriptor differs from the central directory.
    ZipDescriptorMismatch = "zip-descriptor-mismatch",
    /// A name holds a NUL byte.
    ZipNulInName = "zip-nul-in-name",
    /// A name is not UTF-8.
    ZipNonUtf8Name = "zip-non-utf8-name",
    /// A name leaves the package (`../` or a leading slash).
    ZipPathTraversal = "zip-path-traversal",
    /// A core name such as `classes.dex` is used as a directory.
    ZipCoreNameAsDirectory = "zip-core-name-as-directory",
    /// Two entries share bytes.
    ZipOverlap = "zip-overlap",
    /// Bytes that no entry and no signing block accounts for stand before the central directory.
    ZipGap = "zip-gap",
    /// The file ends inside the archive.
    ZipTruncated = "zip-truncated",
    /// The central directory could not be walked to its end.
    ZipBrokenDirectory = "zip-broken-directory",
    /// Android's reader refuses the archive; what is reported was salvaged.
    ZipAndroidRefuses = "zip-android-refuses",
    /// The stock ZIP library reads the archive differently.
    ZipCrossCheck = "zip-cross-check",
    /// An entry's compressed data could not be inflated to its end.
    ZipInflate = "zip-inflate",
    /// An entry inflates to another size than it states.
    ZipInflatedSize = "zip-inflated-size",
    /// An entry's data does not have the stated checksum.
    ZipCrc = "zip-crc",
    /// An entry is larger than the caps allow; it was read up to the cap.
    ZipBomb = "zip-bomb",
    /// The APK signing block is malformed.
    SigningBlockMalformed = "signing-block-malformed",
    /// The signature does not hold; Android refuses the package.
    SignatureBroken = "signature-broken",
    /// The signatures of different schemes are by different signers.
    SignatureSignersDiffer = "signature-signers-differ",

    /// The document or a chunk ends early.
    AxmlTruncated = "axml-truncated",
    /// The file header states another size or type than expected.
    AxmlHeader = "axml-header",
    /// A chunk type that does not belong here was passed over.
    AxmlUnknownChunk = "axml-unknown-chunk",
    /// A chunk states a size that does not fit.
    AxmlChunkSize = "axml-chunk-size",
    /// The string pool states counts or offsets that do not fit.
    AxmlStringPool = "axml-string-pool",
    /// The resource map is missing, shuffled or does not fit the string pool.
    AxmlResourceMap = "axml-resource-map",
    /// An attribute's name does not match its resource id.
    AxmlAttributeName = "axml-attribute-name",
    /// An attribute lies outside its element or has an unusual stride.
    AxmlAttribute = "axml-attribute",
    /// Elements are not closed in the order they were opened.
    AxmlNesting = "axml-nesting",
    /// The manifest is plain text, which Android does not install.
    ManifestPlainText = "manifest-plain-text",
    /// A manifest element is written with a namespace prefix.
    ManifestElementPrefix = "manifest-element-prefix",
    /// A permission is declared more than once.
    ManifestDuplicatePermission = "manifest-duplicate-permission",
    /// A name is a reference to a resource where Android takes literal text only.
    ManifestNameReference = "manifest-name-reference",
    /// An element stands inside one of another kind, where Android reads it all the same.
    ManifestHiddenElement = "manifest-hidden-element",
    /// There is no manifest, or it cannot be read.
    ManifestUnreadable = "manifest-unreadable",

    /// The resource table ends early.
    ArscTruncated = "arsc-truncated",
    /// The resource table's header states another size or type than expected.
    ArscHeader = "arsc-header",
    /// A chunk type that does not belong in a resource table was passed over.
    ArscUnknownChunk = "arsc-unknown-chunk",
    /// A chunk states a size that does not fit.
    ArscChunkSize = "arsc-chunk-size",
    /// A string pool states counts or offsets that do not fit.
    ArscStringPool = "arsc-string-pool",
    /// An entry lies outside its chunk.
    ArscEntry = "arsc-entry",
    /// A chain of resource references has no end.
    ArscReferenceLoop = "arsc-reference-loop",

    /// A dex header states a size, offset or tag that does not fit.
    DexHeader = "dex-header",
    /// The checksum of a dex file is wrong.
    DexChecksum = "dex-checksum",
    /// The dex version is not one Android runs.
    DexVersion = "dex-version",
    /// A dex table lies outside the file.
    DexTable = "dex-table",
    /// A dex string is not valid MUTF-8, not terminated, or of another length than stated.
    DexString = "dex-string",
    /// The strings of a dex file are not sorted, as the verifier requires.
    DexUnsorted = "dex-unsorted",
    /// Class data or code cannot be decoded.
    DexCode = "dex-code",
    /// A `classesN.dex` stands behind a gap in the numbering, where Android does not look.
    DexNumberGap = "dex-number-gap",
    /// A dex file stands elsewhere in the package.
    DexHidden = "dex-hidden",
    /// A dex entry cannot be read as one.
    DexUnreadable = "dex-unreadable",

    /// A table of a native library lies outside the file, or its rows have an unusual size.
    ElfTable = "elf-table",
    /// A native library cannot be read as one.
    ElfUnreadable = "elf-unreadable",

    /// A table of Hermes bytecode lies outside the file, or its counts do not add up.
    HermesTable = "hermes-table",
    /// Hermes bytecode of a version or form that is not read.
    HermesUnreadable = "hermes-unreadable",

    /// An archive of APKs says something else of the app than its APKs do.
    BundleNoteDiffers = "bundle-note-differs",
    /// A package that an archive of APKs lists is not in it.
    BundlePartMissing = "bundle-part-missing",
    /// A package among an app's parts cannot be read.
    BundlePartUnreadable = "bundle-part-unreadable",
    /// A package among an app's parts is of another app or version.
    BundleForeignPart = "bundle-foreign-part",
    /// A package that would be installed in place of another part holds other code.
    BundleAlternative = "bundle-alternative",
    /// The parts of an app are signed by different signers.
    BundleSignersDiffer = "bundle-signers-differ",

    /// The work budget was spent before the analysis was complete.
    BudgetSpent = "budget-spent",
}

impl fmt::Display for AnomalyKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One anomaly, where it was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anomaly {
    /// What it is.
    pub kind: AnomalyKind,
    /// Absolute offset in bytes within the parsed buffer: the APK for `zip-*` and `signing-*`, the
    /// inflated entry for all others.
    pub offset: Option<u64>,
    /// What it concerns, where there is a name: a ZIP entry, an element, a permission.
    pub subject: Option<String>,
}

/// Collects anomalies: a few of each kind with their place, and the count of all.
#[derive(Debug, Clone)]
pub struct Anomalies {
    per_kind: usize,
    kept: Vec<Anomaly>,
    counts: std::collections::BTreeMap<AnomalyKind, u64>,
    /// What stands before the names of what is being read.
    prefix: String,
}

impl Anomalies {
    /// An empty collection that keeps `per_kind` places of each kind.
    #[must_use]
    pub fn new(per_kind: usize) -> Self {
        Self {
            per_kind,
            kept: Vec::new(),
            counts: std::collections::BTreeMap::new(),
            prefix: String::new(),
        }
    }

    /// What is noted from now on is of the part of the input whose entries have `prefix` before their
    /// names, such as `base.apk!/`; empty for the input itself.
    pub fn enter(&mut self, prefix: &str) {
        prefix.clone_into(&mut self.prefix);
    }

    /// Notes an anomaly at `offset`.
    pub fn at(&mut self, kind: AnomalyKind, offset: u64) {
        self.note(kind, Some(offset), None);
    }

    /// Notes an anomaly of the thing called `subject`.
    pub fn of(&mut self, kind: AnomalyKind, subject: &str) {
        self.note(kind, None, Some(subject));
    }

    /// Notes an anomaly with whatever is known of its place.
    pub fn note(&mut self, kind: AnomalyKind, offset: Option<u64>, subject: Option<&str>) {
        let count = self.counts.entry(kind).or_default();
        *count = count.saturating_add(1);
        if *count <= self.per_kind as u64 {
            self.kept.push(Anomaly {
                kind,
                offset,
                subject: self.subject(subject),
            });
        }
    }

    /// `subject` with the part it is of, or the part alone.
    fn subject(&self, subject: Option<&str>) -> Option<String> {
        if self.prefix.is_empty() {
            return subject.map(str::to_owned);
        }
        let part = self.prefix.trim_end_matches(['!', '/']);
        Some(match subject {
            Some(subject) if subject.starts_with(&self.prefix) || subject == part => subject.to_owned(),
            Some(subject) => format!("{}{subject}", self.prefix),
            None => part.to_owned(),
        })
    }

    /// Takes back what was noted of `kind`.
    pub fn forget(&mut self, kind: AnomalyKind) {
        self.kept.retain(|anomaly| anomaly.kind != kind);
        self.counts.remove(&kind);
    }

    /// The anomalies kept, in the order they were noted.
    #[must_use]
    pub fn kept(&self) -> &[Anomaly] {
        &self.kept
    }

    /// How often `kind` was noted, those not kept included.
    #[must_use]
    pub fn count(&self, kind: AnomalyKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_kebab_case() {
        let names: std::collections::BTreeSet<_> = AnomalyKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), AnomalyKind::ALL.len());
        assert!(names.iter().all(|name| {
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        }));
    }

    #[test]
    fn names_the_part_once() {
        let mut anomalies = Anomalies::new(8);
        anomalies.enter("base.apk!/");
        anomalies.of(AnomalyKind::DexString, "classes.dex");
        anomalies.of(AnomalyKind::DexString, "base.apk!/classes.dex");
        anomalies.at(AnomalyKind::DexString, 7);
        anomalies.enter("");
        anomalies.at(AnomalyKind::DexString, 8);
        let subjects: Vec<_> = anomalies
            .kept()
            .iter()
            .map(|one| one.subject.as_deref())
            .collect();
        let dex = Some("base.apk!/classes.dex");
        assert_eq!(subjects, [dex, dex, Some("base.apk"), None]);
    }

    #[test]
    fn keeps_a_few_of_each_kind_and_counts_all() {
        let mut anomalies = Anomalies::new(2);
        for offset in 0..5 {
            anomalies.at(AnomalyKind::DexString, offset);
        }
        anomalies.of(AnomalyKind::ZipOverlap, "a");
        assert_eq!(anomalies.kept().len(), 3);
        assert_eq!(anomalies.count(AnomalyKind::DexString), 5);
        assert_eq!(anomalies.count(AnomalyKind::DexHidden), 0);
    }
}
