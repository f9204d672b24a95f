//! Whether signatures hold: packages signed here in every scheme, sound and with one lie each.

mod blocks;
mod fixtures;
mod jar;

use dunwatch::anomaly::Anomalies;
use dunwatch::container::{Container, Inflater};
use dunwatch::limits::{Budget, Limits};
use dunwatch::signing::{self, Demands, Outcome, Reason, Scheme, Status, Verify};

use crate::support::zip::{Archive, File};

fn archive() -> Archive {
    Archive::new()
        .file(File::deflated("AndroidManifest.xml", &[7; 3000]))
        .file(File::stored("classes.dex", &[9; 5000]))
}

/// What was found of a package.
struct Found {
    schemes: Vec<(Scheme, Outcome)>,
    verdict: Option<Outcome>,
    accepted_from: Option<u32>,
    lineage: usize,
    anomalies: Vec<&'static str>,
}

fn read(apk: &[u8], min_sdk: u32, verify: Verify) -> Found {
    let limits = Limits::default();
    let mut anomalies = Anomalies::new(8);
    let container = Container::open(apk, &limits, &mut anomalies).unwrap();
    let demands = Demands {
        min_sdk,
        ..Demands::default()
    };
    let mut inflater = Inflater::new();
    let found = signing::read(
        &container,
        demands,
        verify,
        &mut inflater,
        &limits,
        &mut Budget::new(&limits),
        &mut anomalies,
    );
    Found {
        schemes: found
            .schemes
            .into_iter()
            .map(|one| (one.scheme, one.outcome))
            .collect(),
        verdict: found.verdict,
        accepted_from: found.accepted_from,
        lineage: found.lineage.len(),
        anomalies: anomalies.kept().iter().map(|one| one.kind.name()).collect(),
    }
}

impl Found {
    /// The reason for the outcome of `scheme`; `None` when it is verified.
    fn reason(&self, scheme: Scheme) -> Option<Reason> {
        let (_, outcome) = self.schemes.iter().find(|(known, _)| *known == scheme).unwrap();
        assert_eq!(outcome.reason.is_none(), outcome.status == Status::Verified);
        outcome.reason
    }
}
