//! What Android makes of all schemes of a package together.
//!
//! Each version takes the newest scheme it knows among those that are there, and refuses the package
//! when that one is broken (`ApkSignatureVerifier.verify`).

use super::{Demands, Outcome, Reason, Scheme, SchemeResult, Signing, Status};

/// First API level that knows v2.
pub(super) const NOUGAT: u32 = 24;
/// First API level that knows v3.
const PIE: u32 = 28;
/// First API level that asks apps made for it for more than a JAR signature.
const ELEVEN: u32 = 30;
/// First API level that knows v3.1.
const TIRAMISU: u32 = 33;

/// The first API level that knows `scheme`.
pub(super) fn since(scheme: Scheme) -> u32 {
    match scheme {
        Scheme::V31 => TIRAMISU,
        Scheme::V3 => PIE,
        Scheme::V2 => NOUGAT,
        Scheme::V1 => 1,
    }
}

/// Fills in the verdict and from where on it is good.
pub(super) fn give(signing: &mut Signing<'_>, demands: Demands) {
    // Android does not find a signing block that stands elsewhere than it looks.
    let is_seen = |one: &&SchemeResult| one.outcome.reason != Some(Reason::LayoutNotSigned);
    let seen: Vec<&SchemeResult> = signing.schemes.iter().filter(is_seen).collect();
    let Some(newest) = seen.first().copied().or(signing.schemes.first()) else {
        return;
    };
    let needs_newer = demands.target_sdk >= ELEVEN || demands.target_sandbox > 1;
    let was_asked = newest.outcome.reason != Some(Reason::NotAsked);
    let verdict = if newest.scheme == Scheme::V1 && needs_newer && was_asked {
        Outcome::because(Reason::NewerSchemeNeeded)
    } else {
        newest.outcome.clone()
    };
    let accepted_from = (verdict.status == Status::Verified).then(|| accepted_from(&seen, demands.min_sdk));
    signing.accepted_from = accepted_from;
    signing.verdict = Some(verdict);
}

/// Whether the schemes name the same signers, a v3 signer being the one that it was before its key
/// changed: a version that takes another scheme would otherwise see another maker.
pub(super) fn signers_agree(signing: &Signing<'_>) -> bool {
    let mut older: Option<Vec<&[u8]>> = None;
    for one in signing.schemes.iter().rev() {
        if one.outcome.status == Status::Broken || one.outcome.reason == Some(Reason::NotUsed) {
            continue;
        }
        let own = signing
            .certificates
            .iter()
            .filter(|found| found.scheme == one.scheme);
        let mut signers: Vec<&[u8]> = match (one.scheme, signing.lineage.first()) {
            (Scheme::V3 | Scheme::V31, Some(oldest)) => vec![&oldest.der],
            _ => own.map(|found| &*found.der).collect(),
        };
        signers.sort_unstable();
        signers.dedup();
        if older.is_some_and(|older| older != signers) {
            return false;
        }
        older = Some(signers);
    }
    true
}

/// The level from which on every version is content with the scheme that it takes, going back from
/// the newest version.
fn accepted_from(schemes: &[&SchemeResult], min_sdk: u32) -> u32 {
    let mut from = u32::MAX;
    for one in schemes {
        if one.outcome.status != Status::Verified {
            break;
        }
        // Below the levels of its signers, v3.1 is not there and v3 counts.
        let start = match one.scheme {
            Scheme::V31 => since(one.scheme).max(one.from),
            _ => since(one.scheme),
        };
        from = start.max(one.from);
        if from > start || from <= min_sdk {
            break;
        }
    }
    from.max(min_sdk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(scheme: Scheme, from: u32) -> SchemeResult {
        SchemeResult {
            scheme,
            outcome: Outcome::verified(),
            signers: 1,
            from,
        }
    }

    #[test]
    fn a_package_is_taken_from_where_every_version_finds_a_scheme_that_holds() {
        let (v31, v3) = (&verified(Scheme::V31, 34), &verified(Scheme::V3, 0));
        let (v2, v1) = (&verified(Scheme::V2, 0), &verified(Scheme::V1, 1));
        assert_eq!(accepted_from(&[v3], 21), PIE);
        assert_eq!(accepted_from(&[v3], 30), 30);
        assert_eq!(accepted_from(&[v31], 21), 34);
        assert_eq!(accepted_from(&[v31, v3, v2], 21), NOUGAT);
        assert_eq!(accepted_from(&[v31, v3, v2, v1], 1), 1);
        assert_eq!(accepted_from(&[&verified(Scheme::V3, 30), v2], 21), 30, "a gap");
        let broken = &SchemeResult {
            outcome: Outcome::because(Reason::SignatureWrong),
            ..v2.clone()
        };
        assert_eq!(accepted_from(&[v3, broken, v1], 1), PIE);
    }
}
