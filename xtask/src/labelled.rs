//! `cargo xtask micro` and `cargo xtask droidbench`: the harvest analysis against labelled packages;
//! `cargo xtask sensitivity`: what single numbers of the scoring decide.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use dunwatch::Ruleset;

use measure::{droidbench, micro, sensitivity};

#[path = "../../tests/support/measure/mod.rs"]
#[expect(dead_code, reason = "shared with the suites, which look at more of it")]
mod measure;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Measures the micro-suite, writes its document and returns it as text.
pub(crate) fn micro() -> Result<String> {
    let root = root();
    let outcomes = micro::measure(&root, &Ruleset::embedded()?).map_err(|error| anyhow!(error))?;
    let record = root.join(micro::RECORD);
    let record = fs::read_to_string(&record).with_context(|| record.display().to_string())?;
    let text = micro::document(&outcomes, &measure::reasons(&record));
    let path = root.join(micro::DOCUMENT);
    fs::write(&path, &text).with_context(|| path.display().to_string())?;
    Ok(text)
}

/// Measures the packages of the benchmark in `folder` and returns a table as text.
pub(crate) fn droidbench(folder: Option<&Path>) -> Result<String> {
    let root = root();
    let corpus = std::env::var_os("DUNWATCH_CORPUS");
    let corpus = corpus.map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    let default = corpus.join("droidbench");
    let folder = folder.unwrap_or(&default);
    let outcomes =
        droidbench::measure(&root, folder, &Ruleset::embedded()?).map_err(|error| anyhow!(error))?;
    Ok(droidbench::document(&outcomes))
}

/// Measures what single numbers of the scoring decide, writes the document and returns it as text.
pub(crate) fn sensitivity() -> Result<String> {
    let root = root();
    let text = sensitivity::document(&root, &Ruleset::embedded()?).map_err(|error| anyhow!(error))?;
    let path = root.join(sensitivity::DOCUMENT);
    fs::write(&path, &text).with_context(|| path.display().to_string())?;
    Ok(text)
}
