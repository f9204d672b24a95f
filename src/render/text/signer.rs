//! Who signed the package, and whether that holds: a line for each certificate and each scheme.

use super::{PLACES, Sheet, borrowed};
use crate::render::sanitize::short;
use crate::render::{named, place};
use crate::report::v1::{App, Certificate, SignatureScheme};

impl Sheet<'_> {
    pub(super) fn certificates(&self, app: &App) -> Vec<String> {
        if app.certificates.is_empty() {
            return vec![self.say("no-certificate", &[])];
        }
        let shown = app.certificates.iter().take(PLACES);
        shown
            .flat_map(|certificate| self.certificate(certificate))
            .collect()
    }

    fn certificate(&self, certificate: &Certificate) -> Vec<String> {
        let unknown = || self.say("unknown", &[]);
        let key = certificate.key.as_ref().map_or_else(unknown, |key| {
            let size = key.size.map_or_else(unknown, |size| size.to_string());
            self.say("key", &[("type", &short(&key.algorithm)), ("size", &size)])
        });
        let subject = certificate.subject.as_deref().map_or_else(unknown, short);
        let values = [
            ("subject", subject),
            ("scheme", short(&certificate.scheme)),
            ("key", key),
        ];
        let mut lines = vec![
            self.say("certificate", &borrowed(&values)),
            short(&certificate.sha256),
        ];
        lines.extend(certificate.known.as_deref().map(|id| {
            let name = self.messages.find("known-key", id).unwrap_or(id);
            self.say("known-key", &[("name", name), ("id", &short(id))])
        }));
        lines
    }

    pub(super) fn signature(&self, app: &App) -> Vec<String> {
        let Some(signature) = &app.signature else {
            return Vec::new();
        };
        let mut lines: Vec<String> = signature
            .schemes
            .iter()
            .map(|scheme| self.scheme(scheme))
            .collect();
        // The verdict is that of the newest scheme, unless Android asks for more.
        let newest = signature.schemes.first();
        if let Some(reason) = &signature.reason
            && newest.is_some_and(|newest| newest.reason.as_ref() != Some(reason))
        {
            let status = named(self.messages, "signature", &signature.status);
            lines.push(self.outcome("signature-all", "", &status, reason));
        }
        if let Some(level) = signature
            .accepted_from
            .filter(|from| *from > app.min_sdk.unwrap_or(1))
        {
            lines.push(self.say("signature-from", &[("level", &level.to_string())]));
        }
        if !signature.lineage.is_empty() {
            let count = signature.lineage.len().to_string();
            lines.push(self.say("lineage", &[("count", &count)]));
        }
        if signature.source_stamp.is_some() {
            lines.push(self.say("source-stamp", &[]));
        }
        lines
    }

    fn scheme(&self, scheme: &SignatureScheme) -> String {
        let name = short(&scheme.scheme);
        let status = named(self.messages, "signature", &scheme.status);
        let Some(reason) = &scheme.reason else {
            return self.say("signature", &[("scheme", &name), ("status", &status)]);
        };
        let line = self.outcome("signature-why", &name, &status, reason);
        let place = scheme.location.as_ref().map(place::line).unwrap_or_default();
        if place.is_empty() {
            line
        } else {
            format!("{line} {place}")
        }
    }

    fn outcome(&self, key: &str, scheme: &str, status: &str, reason: &str) -> String {
        let why = self.messages.find("signature-reason", reason).unwrap_or(reason);
        let reason = short(reason);
        let values = [
            ("scheme", scheme),
            ("status", status),
            ("why", why),
            ("reason", &reason),
        ];
        self.say(key, &values)
    }
}
