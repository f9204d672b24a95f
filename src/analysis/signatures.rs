//! Who signed the parts of an app.
//!
//! The report tells of the base. Android wants every split to be signed by the same signers
//! (`ParsingPackageUtils.getSigningDetails` and `PackageInstallerSession`), and refuses all of them
//! when one signature is broken.

use crate::anomaly::AnomalyKind;
use crate::app::App;
use crate::facts::collect::Collector;
use crate::limits::Budget;
use crate::manifest::Manifest;
use crate::report::build;
use crate::signing::{self, Verify};

/// Reads the signatures of all parts; the answer is of the base.
pub(super) fn read(
    app: &mut App<'_>,
    manifest: Option<&Manifest>,
    verify: Verify,
    collector: &mut Collector<'_>,
) -> build::Signer {
    let demands = manifest.map(demands).unwrap_or_default();
    let limits = collector.limits;
    let (modules, inflater) = app.reader();
    let mut base: Option<build::Signer> = None;
    let mut budget = Budget::new(limits);
    for module in &modules {
        // The modules of an App Bundle stand in one file.
        if base.is_some() && module.is_folder() {
            break;
        }
        collector.enter(Some(*module));
        let container = module.container();
        let signing = signing::read(
            container,
            demands,
            verify,
            inflater,
            limits,
            &mut budget,
            &mut collector.anomalies,
        );
        let signer = build::signer(&signing);
        collector.add_certificates(&signing.sources);
        match &base {
            None => base = Some(signer),
            Some(base) if !has_same_signers(base, &signer) => {
                collector
                    .anomalies
                    .note(AnomalyKind::BundleSignersDiffer, None, None);
            }
            Some(_) => {}
        }
    }
    collector.enter(None);
    base.unwrap_or_default()
}

/// Whether the certificates are the same, whatever the schemes.
fn has_same_signers(left: &build::Signer, right: &build::Signer) -> bool {
    let certificates = |signer: &build::Signer| {
        let digests = signer.certificates.iter().map(|one| one.sha256.clone());
        digests.collect::<std::collections::BTreeSet<_>>()
    };
    certificates(left) == certificates(right)
}

/// What the manifest asks of the signature.
fn demands(manifest: &Manifest) -> signing::Demands {
    signing::Demands {
        min_sdk: manifest.effective_min_sdk(),
        target_sdk: manifest.effective_target_sdk(),
        target_sandbox: manifest.target_sandbox.unwrap_or(1),
    }
}
