//! Who signed a package, and whether the signatures hold.
//!
//! Formats: JAR signatures (v1), "APK Signature Scheme v2", "v3" and "v3.1" (source.android.com). The
//! rules are those of Android's `ApkSignatureVerifier` and of apksig, which says the same ahead of
//! time for every Android version. [`read`] finds the certificates; with the feature `verify` and a
//! [`Verify`] other than `None` it also says whether the signatures hold.
//!
//! A scheme is *verified*, *broken* or *not checked*, and the [`Reason`] says why. What Android does
//! with all of them together is the [`Signing::verdict`]: the newest scheme that is there decides,
//! and there is no falling back from a broken one.
//!
//! Deviations: at most ten signers of a scheme are taken, as Android 14 does, by older versions too;
//! certificates with unknown critical extensions are taken; PKCS #7 files in BER are not read; v3.2
//! and the separate v4 file are not looked at; a source stamp is noticed and not verified.

#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

mod block;
mod certificate;
mod der;
mod jar;
mod key;
mod known;
mod pkcs7;
mod reason;
mod stamp;
mod verdict;
#[cfg(feature = "verify")]
mod verify;

use crate::anomaly::{Anomalies, AnomalyKind};
use crate::container::{Container, Inflater};
use crate::limits::{Budget, Limits};

pub use certificate::Certificate;
pub use jar::is_signature;
pub use key::Key;
pub use known::known_key;
pub use reason::Reason;
pub use stamp::Stamp;

/// A signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scheme {
    /// The JAR signature in META-INF.
    V1,
    /// APK Signature Scheme v2.
    V2,
    /// APK Signature Scheme v3.
    V3,
    /// APK Signature Scheme v3.1.
    V31,
}

impl Scheme {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scheme::V1 => "v1",
            Scheme::V2 => "v2",
            Scheme::V3 => "v3",
            Scheme::V31 => "v3.1",
        }
    }

    /// The id of its pair in the signing block.
    fn id(self) -> Option<u32> {
        match self {
            Scheme::V1 => None,
            Scheme::V2 => Some(0x7109_871a),
            Scheme::V3 => Some(0xf053_68c0),
            Scheme::V31 => Some(0x1b93_ad61),
        }
    }
}

/// How much of the signatures is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verify {
    /// Nothing: certificates are read.
    #[default]
    None,
    /// The signatures over the lists of digests, which takes one to three milliseconds for an app.
    /// Whether the contents of the package have these digests is left open.
    Signatures,
    /// The digests of the contents as well, which takes as long as hashing the file, and inflating
    /// all of it when it has a JAR signature that counts.
    Everything,
}

/// Whether a signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Verified,
    /// It does not: Android refuses the package.
    Broken,
    /// That was not found out.
    NotChecked,
}

impl Status {
    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Verified => "verified",
            Status::Broken => "broken",
            Status::NotChecked => "not-checked",
        }
    }
}

/// What was found out of one scheme, or of all together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it holds.
    pub status: Status,
    /// Why not, or why that is not known; `None` when it does.
    pub reason: Option<Reason>,
    /// Absolute offset in bytes where the fault lies, when it has one.
    pub offset: Option<u64>,
    /// The entry it concerns, when it concerns one.
    pub entry: Option<String>,
}

impl Outcome {
    fn verified() -> Self {
        Self {
            status: Status::Verified,
            reason: None,
            offset: None,
            entry: None,
        }
    }

    fn because(reason: Reason) -> Self {
        Self {
            status: reason.status(),
            reason: Some(reason),
            ..Self::verified()
        }
    }

    #[cfg(feature = "verify")]
    fn at(self, offset: u64) -> Self {
        Self {
            offset: Some(offset),
            ..self
        }
    }

    #[cfg(feature = "verify")]
    fn of(self, entry: &str) -> Self {
        Self {
            entry: Some(entry.to_owned()),
            ..self
        }
    }
}

/// What was found of one scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeResult {
    /// Which.
    pub scheme: Scheme,
    /// Whether it holds.
    pub outcome: Outcome,
    /// Number of its signers.
    pub signers: usize,
    /// The lowest API level from which on Android is content with it, as far as it holds.
    from: u32,
}

/// What the manifest asks of the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demands {
    /// Lowest API level the app runs on.
    pub min_sdk: u32,
    /// API level the app was made for.
    pub target_sdk: u32,
    /// `targetSandboxVersion`.
    pub target_sandbox: u32,
}

impl Default for Demands {
    fn default() -> Self {
        Self {
            min_sdk: 1,
            target_sdk: 1,
            target_sandbox: 1,
        }
    }
}

/// Who signed a package.
#[derive(Debug, Clone)]
pub struct Signing<'a> {
    /// Of each signer the certificate that belongs to its key, newest scheme first.
    pub certificates: Vec<Certificate<'a>>,
    /// The schemes that are there, newest first.
    pub schemes: Vec<SchemeResult>,
    /// What the newest Android version makes of them; `None` for a package without any signature.
    pub verdict: Option<Outcome>,
    /// The lowest API level, at least the app's own lowest, from which on every Android version takes
    /// the package; `None` when the verdict is not that the signature holds.
    pub accepted_from: Option<u32>,
    /// The certificates of a verified lineage, oldest first, the signer's own included.
    pub lineage: Vec<Certificate<'a>>,
    /// The source stamp.
    pub stamp: Option<Stamp>,
    /// Where certificates were looked for.
    pub sources: Vec<Source>,
}

/// Something that should hold certificates: a signature of the signing block, or the file of a JAR
/// signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The scheme.
    pub scheme: Scheme,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether a certificate could be read.
    pub is_read: bool,
}

/// Reads the signatures of a package, and verifies them as far as `verify` asks.
///
/// # Limits
/// Entries are read within `limits`, and the work within `budget`. It is best one for signatures
/// alone, so that a verification that is given up leaves no mark on the analysis, and the same for
/// all packages of an app.
#[must_use]
pub fn read<'a>(
    container: &Container<'a>,
    demands: Demands,
    verify: Verify,
    inflater: &mut Inflater,
    limits: &Limits,
    budget: &mut Budget,
    anomalies: &mut Anomalies,
) -> Signing<'a> {
    let mut found = Found::default();
    if let Some(block) = container.signing_block() {
        for scheme in [Scheme::V31, Scheme::V3, Scheme::V2] {
            let Some(value) = scheme.id().and_then(|id| block.value(id)) else {
                continue;
            };
            let certificates = block::certificates(value);
            found.sources.push(Source {
                scheme,
                bytes: value.len() as u64,
                is_read: !certificates.is_empty(),
            });
            if certificates.is_empty() {
                anomalies.at(AnomalyKind::SigningBlockMalformed, block.offset);
            }
            found.add(
                scheme,
                certificates
                    .into_iter()
                    .map(|der| Certificate::new(scheme, der.into())),
            );
        }
    }
    let jar = jar::certificates(container, inflater, limits, budget, anomalies);
    if jar.is_signed {
        found.add(Scheme::V1, jar.certificates.into_iter());
        found.sources.extend(jar.sources);
    }
    let mut signing = Signing {
        certificates: found.certificates,
        schemes: found.schemes,
        verdict: None,
        accepted_from: None,
        lineage: Vec::new(),
        stamp: stamp::read(container, inflater, limits, budget),
        sources: found.sources,
    };
    #[cfg(feature = "verify")]
    if verify != Verify::None {
        let mut work = verify::Work {
            inflater,
            limits,
            budget: budget.clone(),
        };
        verify::run(container, demands, verify, &mut signing, &mut work);
        *budget = work.budget;
    }
    #[cfg(not(feature = "verify"))]
    if verify != Verify::None {
        for one in &mut signing.schemes {
            one.outcome = Outcome::because(Reason::NotBuiltIn);
        }
    }
    verdict::give(&mut signing, demands);
    if let Some(broken) = signing
        .verdict
        .as_ref()
        .filter(|one| one.status == Status::Broken)
    {
        anomalies.note(
            AnomalyKind::SignatureBroken,
            broken.offset,
            broken.entry.as_deref(),
        );
    }
    if verify != Verify::None && !verdict::signers_agree(&signing) {
        anomalies.note(AnomalyKind::SignatureSignersDiffer, None, None);
    }
    signing
}

/// Certificates and schemes on the way.
#[derive(Default)]
struct Found<'a> {
    certificates: Vec<Certificate<'a>>,
    schemes: Vec<SchemeResult>,
    sources: Vec<Source>,
}

impl<'a> Found<'a> {
    fn add(&mut self, scheme: Scheme, certificates: impl Iterator<Item = Certificate<'a>>) {
        let before = self.certificates.len();
        self.certificates.extend(certificates);
        self.schemes.push(SchemeResult {
            scheme,
            outcome: Outcome::because(Reason::NotAsked),
            signers: self.certificates.len().saturating_sub(before),
            from: 0,
        });
    }
}
