//! Which apps stand on a list.

use crate::report::Report;
use crate::report::v1::{Band, Verdict};

/// Conditions, all of which an app has to meet. The default lets every app through.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The band is one of these; any when empty.
    pub bands: Vec<Band>,
    /// Each of these is declared or implied. A full name, or its last part in any case.
    pub permissions: Vec<String>,
    /// Whether the lending card stands at zero or above.
    pub lending: Option<bool>,
    /// A rule or jurisdiction that is broken or may be.
    pub rules: Vec<String>,
    /// The score is known and at least this.
    pub min_score: Option<f64>,
    /// Only the highest version code of each package and developer certificate is looked at.
    pub newest: bool,
}

impl Filter {
    /// Whether `report` meets all conditions but `newest`, which takes more than one report.
    #[must_use]
    pub fn accepts(&self, report: &Report) -> bool {
        let Some(score) = &report.score else {
            return false;
        };
        let band = self.bands.is_empty() || self.bands.contains(&score.band);
        let lending = self
            .lending
            .is_none_or(|wanted| wanted == (score.lending_db >= 0.0));
        let value = self
            .min_score
            .is_none_or(|least| score.value.is_some_and(|value| value >= least));
        let permissions = self.permissions.iter().all(|wanted| {
            report
                .permissions
                .iter()
                .any(|permission| is_called(&permission.name, wanted))
        });
        let rules = self.rules.iter().all(|wanted| {
            report.policies.iter().any(|policy| {
                matches!(policy.verdict, Verdict::Breaks | Verdict::MayBreak)
                    && (policy.rule == *wanted || policy.jurisdiction == *wanted)
            })
        });
        band && lending && value && permissions && rules
    }
}

fn is_called(name: &str, wanted: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    name == wanted || last.eq_ignore_ascii_case(wanted)
}
