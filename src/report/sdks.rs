//! The SDKs of an app on the wire.

use super::{build, v1};
use crate::matching::SdkFound;
use crate::signatures::Ruleset;

/// One row for each SDK that was found, by id.
#[must_use]
pub fn rows(found: &[SdkFound], ruleset: &Ruleset) -> Vec<v1::Sdk> {
    let known = |one: &SdkFound| {
        let sdk = ruleset.sdks().get(&one.id)?;
        Some(v1::Sdk {
            id: one.id.clone(),
            name: sdk.name.clone(),
            category: sdk.category.name().to_owned(),
            stance: sdk.stance.name().to_owned(),
            collects: sdk.collects.iter().map(|data| data.name().to_owned()).collect(),
            status: sdk.status.name().to_owned(),
            check: sdk.check.name().to_owned(),
            evidence: build::evidence(&one.evidence),
        })
    };
    found.iter().filter_map(known).collect()
}
