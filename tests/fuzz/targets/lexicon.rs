//! Words of lending in any text.
#![cfg_attr(fuzzing, no_main)]

use std::sync::LazyLock;

use dunwatch::Ruleset;
use dunwatch::lexicon::{Hit, Scratch};

static RULES: LazyLock<Ruleset> = LazyLock::new(|| Ruleset::embedded().expect("the embedded rules"));

/// Looks for words in `data`, taken as bytes, as text and as an identifier.
pub(crate) fn run(data: &[u8]) {
    let lexicon = RULES.lexicon();
    let mut scratch = Scratch::default();
    let mut hits = Vec::new();
    lexicon.scan_bytes(data, &mut scratch, &mut hits);
    let text = String::from_utf8_lossy(data);
    hits.clear();
    lexicon.scan(&text, &mut scratch, &mut hits);
    for hit in &hits {
        if let Hit::Term { id, span, .. } = hit {
            assert!(lexicon.term(*id).is_some());
            assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
    }
    hits.clear();
    lexicon.scan_identifier(&text, &mut scratch, &mut hits);
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
