//! What an SDK signature must have.

use std::collections::BTreeMap;

use super::{Complaints, codes};
use crate::matching;
use crate::signatures::Ruleset;
use crate::signatures::schema::Status;
use crate::signatures::sdk::{Check, Mark, Sdk, Stance};

impl Complaints<'_> {
    pub(super) fn sdks(&mut self, ruleset: &Ruleset) {
        let mut owners: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for (id, sdk) in ruleset.sdks() {
            self.open_signature(&["sdks"], id);
            self.at(&sdk.id.span());
            self.sdk(id, sdk);
            for mark in &sdk.marks {
                let span = mark.span();
                let Some(mark) = mark.get_ref().pattern() else {
                    continue;
                };
                if let Some(other) = owners.insert(mark, id).filter(|other| other != id) {
                    self.add_at(&span, id, codes::S03, &[("mark", mark.1), ("other", other)]);
                }
            }
        }
    }

    fn sdk(&mut self, id: &str, sdk: &Sdk) {
        let is_stable = sdk.status == Status::Stable;
        self.id(id);
        self.title(id, &sdk.description);
        if sdk.name.trim().is_empty() {
            self.add(id, codes::S06, &[]);
        }
        if is_stable {
            self.texts(
                id,
                &[
                    ("impact", &sdk.impact),
                    ("false-positives", &sdk.false_positives),
                    ("false-negatives", &sdk.false_negatives),
                ],
            );
            self.both_sorts(id, &sdk.examples);
        }
        self.references(id, is_stable, &sdk.references);
        self.dates(id, &sdk.added, sdk.modified.as_ref(), sdk.withdrawn.as_ref());
        if sdk.is_matched() && sdk.marks.is_empty() {
            self.add(id, codes::S01, &[]);
        }
        if let [only] = sdk.marks.as_slice()
            && sdk.is_matched()
            && only.get_ref().alone == Some(false)
        {
            self.add(id, codes::S07, &[]);
        }
        if sdk.check != Check::Unsourced && sdk.references.is_empty() && sdk.sources.is_empty() {
            self.add(id, codes::S08, &[]);
        }
        if is_stable && sdk.check == Check::Unsourced {
            self.add(id, codes::S02, &[]);
        }
        if sdk.stance == Stance::StrongSignal && !sdk.collects.iter().any(|data| data.is_harvest()) {
            self.add(id, codes::S04, &[]);
        }
        for mark in &sdk.marks {
            if let Some(shown) = malformed(mark.get_ref()) {
                self.add_at(&mark.span(), id, codes::S05, &[("mark", &shown)]);
            }
        }
    }

    pub(super) fn run_sdks(&mut self, ruleset: &Ruleset) {
        for (id, sdk) in ruleset.sdks().iter().filter(|(_, sdk)| sdk.is_matched()) {
            self.open_signature(&["sdks"], id);
            self.run(id, &sdk.examples, |facts| {
                matching::matched(facts, ruleset)
                    .sdks
                    .iter()
                    .any(|found| found.id == *id)
            });
        }
    }
}

/// Top-level labels that half of all libraries share.
const SHARED_LABELS: [&str; 10] = [
    "android", "androidx", "app", "cn", "com", "dev", "io", "java", "net", "org",
];

/// Whether a prefix of classes has a label that is somebody's own.
fn is_narrow(prefix: &str) -> bool {
    let labels = prefix.strip_prefix('L').unwrap_or_default().split('/');
    let mut labels = labels.filter(|label| !label.is_empty());
    let first = labels.next().unwrap_or_default();
    let has_own = labels.next().is_some() || (first.len() > 2 && !SHARED_LABELS.contains(&first));
    prefix.contains('/') && has_own
}

/// A mark that has not the form of one, as text.
fn malformed(mark: &Mark) -> Option<String> {
    let (key, text) = mark.pattern()?;
    let sound = match key {
        "class" => text.starts_with('L') && text.ends_with(';'),
        "class-prefix" => is_narrow(text),
        "component" => text.contains('.') && !text.contains('/'),
        "host" => text.contains('.') && !text.contains(['/', ':', '*']) && text.to_lowercase() == text,
        _ => !text.is_empty(),
    };
    (!sound).then(|| format!("{key} = {text}"))
}
