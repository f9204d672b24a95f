//! One app on a list.

use std::cmp::Ordering;

use serde::Serialize;

use crate::messages::Messages;
use crate::render::layout::cut;
use crate::render::sanitize::visible;
use crate::render::table::Table;
use crate::render::{named, phrase, wire_name};
use crate::report::Report;
use crate::report::v1::Band;

/// Hex digits of a digest that are shown where there is little room.
const SHORT: usize = 12;

/// Columns of a name that are shown where there is little room.
const NAME: usize = 36;

/// One app on a list: what is shown of its report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The band.
    pub band: Band,
    /// The score; `null` when not assessable.
    pub score: Option<f64>,
    /// Package name.
    pub package: Option<String>,
    /// Label in the default configuration.
    pub label: Option<String>,
    /// Version code.
    pub version_code: Option<u64>,
    /// SHA-256 of the developer certificate of the newest signature scheme.
    pub certificate_sha256: Option<String>,
    /// SHA-256 of the file.
    pub file_sha256: Option<String>,
    /// Name of the input.
    pub name: String,
    /// The evidence in a phrase.
    pub evidence: String,
}

impl Row {
    /// The row of a report; `None` when it has no score.
    #[must_use]
    pub fn new(report: &Report, messages: &Messages) -> Option<Self> {
        let score = report.score.as_ref()?;
        let app = report.app.as_ref();
        Some(Self {
            band: score.band,
            score: score.value,
            package: app.and_then(|app| app.package.clone()),
            label: app.and_then(|app| app.label.clone()),
            version_code: app.and_then(|app| app.version_code),
            certificate_sha256: app
                .and_then(|app| app.certificates.first())
                .map(|certificate| certificate.sha256.clone()),
            file_sha256: report.input.sha256.clone(),
            name: report.input.name.clone(),
            evidence: phrase::evidence(report, messages),
        })
    }

    /// The order on a list: band, then score, then package; what follows makes it total.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let value = |row: &Self| row.score.unwrap_or(-1.0);
        let rest = |row: &Self| (row.package.clone(), row.file_sha256.clone(), row.name.clone());
        other
            .band
            .cmp(&self.band)
            .then(value(other).total_cmp(&value(self)))
            .then_with(|| rest(self).cmp(&rest(other)))
    }
}

/// How much of the cells is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Names of columns and bands in the language of the reader, digests shortened.
    Short,
    /// Names of columns and bands in the language of the reader, digests whole.
    Full,
    /// Names of columns and bands as programs expect them, digests whole.
    Stable,
}

/// The rows as a table.
#[must_use]
pub fn table(rows: &[Row], form: Form, messages: &Messages) -> Table {
    let keys = match form {
        Form::Short => [
            "band",
            "score",
            "package",
            "label",
            "certificate-short",
            "sha256-short",
            "evidence",
        ],
        Form::Full => [
            "band",
            "score",
            "package",
            "label",
            "certificate",
            "sha256",
            "evidence",
        ],
        Form::Stable => [
            "band",
            "score",
            "package",
            "label",
            "certificate_sha256",
            "file_sha256",
            "evidence",
        ],
    };
    let header = keys.map(|key| match form {
        Form::Stable => key.to_owned(),
        Form::Short | Form::Full => messages.text("column", key).to_owned(),
    });
    let digest = |digest: &Option<String>| {
        let digest = digest.as_deref().unwrap_or_default();
        match form {
            Form::Short => digest.chars().take(SHORT).collect(),
            Form::Full | Form::Stable => digest.to_owned(),
        }
    };
    let name = |name: &Option<String>| {
        let name = name.as_deref().unwrap_or_default();
        match form {
            Form::Short => cut(&visible(name), NAME),
            Form::Full | Form::Stable => name.to_owned(),
        }
    };
    let cells = |row: &Row| {
        vec![
            match form {
                Form::Stable => wire_name(&row.band),
                Form::Short | Form::Full => named(messages, "band-short", &row.band),
            },
            row.score.map(|value| format!("{value:.1}")).unwrap_or_default(),
            name(&row.package),
            name(&row.label),
            digest(&row.certificate_sha256),
            digest(&row.file_sha256),
            row.evidence.clone(),
        ]
    };
    Table {
        header: header.to_vec(),
        rows: rows.iter().map(cells).collect(),
    }
}
