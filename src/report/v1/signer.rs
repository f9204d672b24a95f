//! Who signed an app, and whether the signatures hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Evidence;

/// A signer certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// SHA-256 of the DER encoding, lower-case hex.
    pub sha256: String,
    /// Subject as RFC 4514 text; `null` when it cannot be parsed.
    pub subject: Option<String>,
    /// Signature scheme the certificate was found in: `v1`, `v2`, `v3`, `v3.1`.
    pub scheme: String,
    /// SHA-1 of the DER encoding, lower-case hex.
    #[serde(default)]
    pub sha1: String,
    /// Issuer as RFC 4514 text; `null` when it cannot be parsed. Android does not look at it.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Serial number, its bytes as lower-case hex; `null` when it cannot be parsed.
    #[serde(default)]
    pub serial: Option<String>,
    /// Beginning of the validity as RFC 3339 text; `null` when it cannot be parsed. Android does not
    /// look at it.
    #[serde(default)]
    pub not_before: Option<String>,
    /// End of the validity, likewise.
    #[serde(default)]
    pub not_after: Option<String>,
    /// The public key; `null` when it cannot be parsed.
    #[serde(default)]
    pub key: Option<Key>,
    /// Name of a key that is not anybody's own: `android-debug`, `aosp-testkey`, `aosp-platform`,
    /// `aosp-shared`, `aosp-media`, `aosp-networkstack`; `null` for all others.
    #[serde(default)]
    pub known: Option<String>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Key {
    /// `RSA`, `EC`, `DSA`, or the object identifier of another algorithm.
    #[serde(rename = "type")]
    pub algorithm: String,
    /// Size in bits; `null` when it is not known for the algorithm or curve.
    pub size: Option<u32>,
}

/// What Android makes of the signatures of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signature {
    /// Whether the newest Android version takes the package.
    pub status: SignatureStatus,
    /// Why not, or why that is not known, as a stable name; `null` when it does.
    pub reason: Option<String>,
    /// The lowest API level, at least `min_sdk`, from which on every Android version takes the
    /// package; `null` when the status is not `verified`.
    pub accepted_from: Option<u32>,
    /// The schemes that are there, newest first.
    pub schemes: Vec<SignatureScheme>,
    /// SHA-256 of the certificates in the verified history of the key, oldest first, the present one
    /// included; empty without a history.
    pub lineage: Vec<String>,
    /// The source stamp, a second signature by a store; `null` when there is none. Not verified.
    pub source_stamp: Option<SourceStamp>,
}

/// One signature scheme of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignatureScheme {
    /// `v1`, `v2`, `v3`, `v3.1`.
    pub scheme: String,
    /// Whether it holds.
    pub status: SignatureStatus,
    /// Why not, or why that is not known, as a stable name; `null` when it does.
    pub reason: Option<String>,
    /// Number of signers.
    pub signers: u64,
    /// Where the fault lies; `null` when it has no place.
    pub location: Option<Evidence>,
}

/// Whether a signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureStatus {
    /// It does.
    Verified,
    /// It does not; Android refuses the package.
    Broken,
    /// That was not found out.
    NotChecked,
}

/// A source stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceStamp {
    /// SHA-256 of the stamp's certificate; `null` when the stamp itself is missing.
    pub certificate_sha256: Option<String>,
    /// The SHA-256 that the package states for it; `null` when it states none.
    pub stated_sha256: Option<String>,
}
