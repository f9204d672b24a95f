//! Keys that everybody has: a signature made with one says nothing about who made it.

/// The keys of the Android Open Source Project's `build/make/target/product/security`, by the
/// SHA-256 of their certificates.
const AOSP: &[(&str, &str)] = &[
    (
        "a40da80a59d170caa950cf15c18c454d47a39b26989d8b640ecd745ba71bf5dc",
        "aosp-testkey",
    ),
    (
        "c8a2e9bccf597c2fb6dc66bee293fc13f2fc47ec77bc6b2b0d52c11f51192ab8",
        "aosp-platform",
    ),
    (
        "28bbfe4a7b97e74681dc55c2fbb6ccb8d6c74963733f6af6ae74d8c3a6e879fd",
        "aosp-shared",
    ),
    (
        "465983f7791f2abeb43ea2cbdc7f21a8260b72bc08a55c839fc1a43bc741a81e",
        "aosp-media",
    ),
    (
        "e1dbadce60dc080d15b58a014b0dcf9400e24de23fa00b287a5a982bfebda2ee",
        "aosp-networkstack",
    ),
];

/// The subject of the key that Android's build tools make on each developer's computer for trying
/// an app out, its parts in the order in which they are sorted.
const DEBUG: [&str; 3] = ["C=US", "CN=Android Debug", "O=Android"];

/// The stable name of a key that everybody has, or that is only for trying an app out.
pub fn known_key(sha256: &str, subject: Option<&str>) -> Option<&'static str> {
    let aosp = AOSP
        .iter()
        .find_map(|(known, name)| (*known == sha256).then_some(*name));
    aosp.or_else(|| is_debug(subject?).then_some("android-debug"))
}

/// Older versions of the tools wrote the parts in another order.
fn is_debug(subject: &str) -> bool {
    let mut parts: Vec<&str> = subject.split(',').map(str::trim).collect();
    parts.sort_unstable();
    parts == DEBUG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_their_certificate_or_their_subject() {
        for (sha256, known) in AOSP {
            assert_eq!(known_key(sha256, None), Some(*known));
        }
        for subject in [
            "CN=Android Debug,O=Android,C=US",
            "C=US,O=Android,CN=Android Debug",
        ] {
            assert_eq!(known_key("00", Some(subject)), Some("android-debug"));
        }
        assert_eq!(known_key("00", Some("CN=Android Debug,O=Android,C=US,L=x")), None);
        assert_eq!(known_key("00", Some("CN=Android,O=Android,C=US")), None);
        assert_eq!(known_key("00", None), None);
    }
}
