//! Lists the rule files under `signatures/`, so that they are embedded in the library.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=signatures");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("signatures");
    let mut paths = Vec::new();
    collect(&root, &mut paths)?;
    paths.sort();
    let mut table = String::from(
        "/// Path within `signatures/`, and text.\npub(super) const FILES: &[(&str, &str)] = &[\n",
    );
    for path in &paths {
        let relative = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        writeln!(
            table,
            "    ({relative:?}, include_str!({:?})),",
            path.display().to_string()
        )?;
    }
    table.push_str("];\n");
    fs::write(
        PathBuf::from(std::env::var("OUT_DIR")?).join("signatures.rs"),
        table,
    )?;
    Ok(())
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    Ok(())
}
