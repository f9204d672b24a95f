//! Whether signatures hold, scheme by scheme.

mod blocks;
mod contents;
mod digest;
mod jar;
mod jar_block;
mod key;
mod lineage;
mod sections;

use super::{Certificate, Demands, Outcome, Reason, Scheme, Signing, Verify};
use crate::container::{Container, Inflater};
use crate::limits::{Budget, Limits};
use contents::Contents;

/// What a verification works with.
pub(super) struct Work<'w> {
    pub(super) inflater: &'w mut Inflater,
    pub(super) limits: &'w Limits,
    pub(super) budget: Budget,
}

/// Verifies what a version that the app supports would look at, and puts the outcomes in `signing`.
pub(super) fn run<'a>(
    container: &Container<'a>,
    demands: Demands,
    verify: Verify,
    signing: &mut Signing<'a>,
    work: &mut Work<'_>,
) {
    let mut contents = Contents::of(container, verify);
    let blocks = blocks::verify(container, demands.min_sdk, contents.as_mut());
    for one in &blocks {
        let Some(known) = signing
            .schemes
            .iter_mut()
            .find(|known| known.scheme == one.scheme)
        else {
            continue;
        };
        known.outcome = one.outcome.clone();
        known.from = one.from;
    }
    signing.lineage = blocks
        .iter()
        .find(|one| !one.lineage.is_empty())
        .map(|one| {
            let certificate = |der: &&'a [u8]| Certificate::new(one.scheme, (*der).into());
            one.lineage.iter().map(certificate).collect()
        })
        .unwrap_or_default();
    let Some(known) = signing
        .schemes
        .iter_mut()
        .find(|known| known.scheme == Scheme::V1)
    else {
        return;
    };
    let found: Vec<Scheme> = if contents.is_some() {
        blocks.iter().map(|one| one.scheme).collect()
    } else {
        Vec::new()
    };
    let jar = jar::verify(container, demands.min_sdk, &found, verify, work);
    known.outcome = jar.outcome;
    known.from = jar.from;
    if !jar.certificates.is_empty() {
        known.signers = jar.certificates.len();
        signing
            .certificates
            .retain(|certificate| certificate.scheme != Scheme::V1);
        signing.certificates.extend(jar.certificates);
    }
}

/// The outcome of a check that went well, when the contents were or were not looked at.
fn good(verify: Verify) -> Outcome {
    if verify == Verify::Everything {
        Outcome::verified()
    } else {
        Outcome::because(Reason::ContentsNotCompared)
    }
}
