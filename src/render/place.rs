//! A piece of evidence as one readable line: the place first, then what stands there.
//!
//! `classes2.dex Lcom/example/Sync;->run()V +0x2a: content://sms`. Within a method the offset
//! counts 16-bit code units and is written `+0x…`, as dexdump does; elsewhere it counts bytes and
//! is written `@0x…`.

use super::sanitize::short;
use crate::report::v1::Evidence;

/// The place of `evidence`, empty when there is none.
#[must_use]
pub fn place(evidence: &Evidence) -> String {
    let mut parts: Vec<String> = Vec::new();
    let file = match (&evidence.entry, &evidence.dex) {
        (Some(entry), Some(dex)) if entry != dex => Some(format!("{} {}", short(entry), short(dex))),
        (Some(name), _) | (None, Some(name)) => Some(short(name)),
        (None, None) => default_file(&evidence.kind).map(str::to_owned),
    };
    parts.extend(file);
    if let Some(element) = &evidence.element {
        parts.push(format!("<{}>", short(element)));
    }
    match (&evidence.resource_type, &evidence.resource) {
        (Some(of), Some(name)) => parts.push(format!("{}/{}", short(of), short(name))),
        (Some(name), None) | (None, Some(name)) => parts.push(short(name)),
        (None, None) => {}
    }
    if let Some(locale) = &evidence.locale {
        parts.push(format!("[{}]", short(locale)));
    }
    match (&evidence.table, evidence.index) {
        (Some(table), Some(index)) => parts.push(format!("{}[{index}]", short(table))),
        (Some(table), None) => parts.push(short(table)),
        (None, Some(index)) => parts.push(format!("[{index}]")),
        (None, None) => {}
    }
    parts.extend(evidence.method.as_deref().map(short));
    if let Some(offset) = evidence.offset {
        let mark = if evidence.method.is_some() { '+' } else { '@' };
        parts.push(format!("{mark}{offset:#x}"));
    }
    parts.join(" ")
}

/// Place and value of `evidence`; empty when there is neither.
#[must_use]
pub fn line(evidence: &Evidence) -> String {
    let place = place(evidence);
    match &evidence.value {
        Some(value) if place.is_empty() => short(value),
        Some(value) => format!("{place}: {}", short(value)),
        None => place,
    }
}

fn default_file(kind: &str) -> Option<&'static str> {
    match kind {
        "manifest" => Some("AndroidManifest.xml"),
        "resource" => Some("resources.arsc"),
        "certificate" => Some("certificate"),
        "package" => Some("package"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str) -> Evidence {
        Evidence {
            kind: kind.to_owned(),
            ..Evidence::default()
        }
    }

    #[test]
    fn each_kind_of_evidence_is_one_line() {
        let some = |text: &str| Some(text.to_owned());
        let manifest = Evidence {
            value: some("android.permission.READ_SMS"),
            element: some("uses-permission"),
            ..of("manifest")
        };
        let resource = Evidence {
            value: some("pinjaman\u{1b}[m"),
            resource_type: some("string"),
            resource: some("title"),
            locale: some("id"),
            ..of("resource")
        };
        let method = Evidence {
            dex: some("classes2.dex"),
            method: some("La;->b()V"),
            offset: Some(42),
            ..of("dex")
        };
        let table = Evidence {
            dex: some("classes.dex"),
            table: some("method_ids"),
            index: Some(7),
            value: some("La;->b()V"),
            ..of("dex")
        };
        let asset = Evidence {
            entry: some("assets/x.js"),
            offset: Some(16),
            ..of("asset")
        };
        let native = Evidence {
            value: some("content://sms"),
            entry: some("lib/arm64-v8a/libx.so"),
            offset: Some(32),
            ..of("native")
        };
        for (evidence, expected) in [
            (native, "lib/arm64-v8a/libx.so @0x20: content://sms"),
            (
                manifest,
                "AndroidManifest.xml <uses-permission>: android.permission.READ_SMS",
            ),
            (resource, "resources.arsc string/title [id]: pinjaman\\u{1b}[m"),
            (method, "classes2.dex La;->b()V +0x2a"),
            (table, "classes.dex method_ids[7]: La;->b()V"),
            (asset, "assets/x.js @0x10"),
            (of("manifest"), "AndroidManifest.xml"),
            (Evidence::default(), ""),
        ] {
            assert_eq!(line(&evidence), expected);
        }
    }
}
