//! `cargo xtask bombs FOLDER`: the packages of `docs/hostile-input.md`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::builders::bombs;

/// Writes each bomb into `folder` and returns their names, sizes in bytes and sorts as a table.
pub(crate) fn write(folder: &Path) -> Result<String> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut table = String::new();
    for bomb in bombs::all(1) {
        let path = folder.join(format!("{}.apk", bomb.name.replace(' ', "-")));
        fs::write(&path, &bomb.bytes).with_context(|| path.display().to_string())?;
        table.push_str(&format!("{}\t{}\t{}\n", bomb.name, bomb.bytes.len(), bomb.what));
    }
    Ok(table)
}
