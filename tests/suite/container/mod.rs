//! Hostile archives: what is read of them, and which anomalies they leave.

mod directory;
mod reading;
mod signing;

use dunwatch::anomaly::{Anomalies, AnomalyKind as Kind};
use dunwatch::container::{Container, Inflater, Refusal};
use dunwatch::limits::{Budget, Limits};

use crate::support::zip::{Archive, File};

const MANIFEST: &str = "AndroidManifest.xml";
const DEX: &str = "classes.dex";

fn manifest() -> Vec<u8> {
    [&[3, 0, 8, 0, 0, 1, 0, 0][..], &[b'm'; 248]].concat()
}

fn dex() -> Vec<u8> {
    (0..3000_u32)
        .flat_map(|number| (number / 7).to_le_bytes())
        .collect()
}

fn app() -> Archive {
    Archive::new()
        .file(File::deflated(MANIFEST, &manifest()))
        .file(File::stored(DEX, &dex()))
}

/// What one archive came to.
struct Outcome {
    kinds: Vec<Kind>,
    refusal: Option<Refusal>,
    names: Vec<String>,
    /// The contents that [`Outcome::of`] was asked for.
    manifest: Option<Vec<u8>>,
    dex: Option<Vec<u8>>,
}

impl Outcome {
    fn of(bytes: &[u8]) -> Self {
        let limits = Limits::default();
        let mut anomalies = Anomalies::new(8);
        let container = Container::open(bytes, &limits, &mut anomalies).expect("an archive");
        let mut inflater = Inflater::new();
        let mut budget = Budget::new(&limits);
        let mut read = |name| {
            let entry = container.find(name)?;
            let contents = inflater.read(entry, &limits, &mut budget, &mut anomalies);
            contents.ok().map(std::borrow::Cow::into_owned)
        };
        let (manifest, dex) = (read(MANIFEST), read(DEX));
        Self {
            refusal: container.refusal(),
            names: container
                .entries()
                .iter()
                .map(|entry| entry.name.to_string())
                .collect(),
            manifest,
            dex,
            kinds: Kind::ALL
                .iter()
                .copied()
                .filter(|kind| anomalies.count(*kind) > 0)
                .collect(),
        }
    }

    /// Asserts that exactly `kinds` were noted, and that manifest and code were read all the same.
    #[track_caller]
    fn shows(&self, kinds: &[Kind]) -> &Self {
        let mut expected = kinds.to_vec();
        expected.sort_unstable();
        assert_eq!(self.kinds, expected);
        assert_eq!(self.manifest, Some(manifest()), "the manifest is read");
        assert_eq!(self.dex, Some(dex()), "the code is read");
        self
    }

    #[track_caller]
    fn is_refused(&self, refusal: Refusal) {
        assert_eq!(self.refusal, Some(refusal));
    }

    #[track_caller]
    fn is_accepted(&self) {
        assert_eq!(self.refusal, None);
    }
}
