//! Where the app talks to, and the keys by which services know it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Evidence;

/// Hosts, paths, fields and keys that stand in the app. Nothing says that they are used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Network {
    /// Hosts, those that are not listed as common first, each part by name.
    pub hosts: Vec<Host>,
    /// Paths of programming interfaces that stand without a host, by name; numbers and ids are
    /// replaced by `{id}`.
    pub paths: Vec<Named>,
    /// Names of fields under which apps send personal data, by name.
    pub fields: Vec<Field>,
    /// Keys, by sort and value.
    pub identifiers: Vec<Identifier>,
    /// How often something did not fit the caps.
    #[serde(default)]
    pub dropped: u64,
}

/// A host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Host {
    /// The host, in lower case.
    pub host: String,
    /// Whether it is an IP address.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ip: bool,
    /// `standard`, `platform`, `store`, `social`, `sdk`, `documentation`, `certificate`, `cloud` or
    /// `placeholder` for a listed host; `null` for any other.
    pub class: Option<String>,
    /// The schemes it stands behind; `deep-link` when the app opens links to it.
    pub schemes: Vec<String>,
    /// Paths below it, numbers and ids replaced by `{id}`; not listed for common hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// How often it stands in the app.
    pub count: u64,
    /// Where; of a common host the first place.
    pub evidence: Vec<Evidence>,
}

/// A name that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// The name.
    pub name: String,
    /// How often it stands in the app.
    pub count: u64,
    /// Where.
    pub evidence: Vec<Evidence>,
}

/// The name of a field that is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Field {
    /// The name.
    pub name: String,
    /// What it is known to carry: `contacts`, `sms`, `call-log`, `installed-apps` or `device`.
    pub data: String,
    /// How often it stands in the app.
    pub count: u64,
    /// Where.
    pub evidence: Vec<Evidence>,
}

/// A key by which a service knows the app or its maker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identifier {
    /// The sort of key, such as `firebase-app-id`.
    pub kind: String,
    /// The key.
    pub value: String,
    /// How often it stands in the app.
    pub count: u64,
    /// Where.
    pub evidence: Vec<Evidence>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
