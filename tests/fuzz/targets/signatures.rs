//! Rule files. A line `=== PATH` begins a file; a mistake in one is told, whatever it is.
#![cfg_attr(fuzzing, no_main)]

use dunwatch::Ruleset;

/// Loads the rules in `data`.
pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let files = text
        .split("=== ")
        .filter_map(|part| part.split_once('\n'))
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    match Ruleset::from_files(&files) {
        Ok(rules) => {
            let _ = (rules.version(), rules.indicators_in_order().count());
        }
        Err(mistake) => assert!(!mistake.to_string().is_empty()),
    }
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| run(data));
