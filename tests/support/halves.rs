//! An app in two parts, in each of the forms in which such apps come.

use super::axml::{self, Node};
use super::proto;
use super::zip::{Archive, File};

/// What makes up a part: its manifest, and its other files by their paths on a device.
#[derive(Debug, Clone)]
pub(crate) struct Half {
    pub(crate) manifest: Node,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Half {
    pub(crate) fn new(manifest: Node, files: &[(&str, &[u8])]) -> Self {
        let owned = |(path, data): &(&str, &[u8])| ((*path).to_owned(), data.to_vec());
        Self {
            manifest,
            files: files.iter().map(owned).collect(),
        }
    }

    /// The package.
    pub(crate) fn package(&self) -> Vec<u8> {
        let manifest = axml::build(&self.manifest);
        let archive = Archive::new().file(File::deflated("AndroidManifest.xml", &manifest));
        let add = |archive: Archive, (path, data): &(String, Vec<u8>)| archive.file(File::stored(path, data));
        self.files.iter().fold(archive, add).build()
    }

    /// The files in the module called `module` of an App Bundle.
    fn of_module(&self, module: &str) -> Vec<(String, Vec<u8>)> {
        let manifest = format!("{module}/manifest/AndroidManifest.xml");
        let mut files = vec![(manifest, proto::manifest(&self.manifest))];
        for (path, data) in &self.files {
            files.push((in_module(module, path), data.clone()));
        }
        files
    }
}

/// Where what stands at `path` on a device stands in the module called `module`.
pub(crate) fn in_module(module: &str, path: &str) -> String {
    let folder = if path.ends_with(".dex") && !path.contains('/') {
        "dex/"
    } else {
        ""
    };
    format!("{module}/{folder}{path}")
}

/// Name of the split of the second part.
pub(crate) const SPLIT: &str = "split_risk.apk";

/// The module that it is in an App Bundle.
pub(crate) const MODULE: &str = "risk";

/// An archive with both packages.
pub(crate) fn archive(base: &Half, other: &Half) -> Vec<u8> {
    Archive::new()
        .file(File::deflated("base.apk", &base.package()))
        .file(File::deflated(SPLIT, &other.package()))
        .build()
}

/// An App Bundle with both modules.
pub(crate) fn bundle(base: &Half, other: &Half) -> Vec<u8> {
    let config = Archive::new().file(File::stored("BundleConfig.pb", b"\x0a\x02\x12\x00"));
    let files = [base.of_module("base"), other.of_module(MODULE)].concat();
    let add = |archive: Archive, (path, data): &(String, Vec<u8>)| archive.file(File::stored(path, data));
    files.iter().fold(config, add).build()
}

/// One package with the files of both, and the manifest of the base; code of the second is numbered on.
pub(crate) fn whole(base: &Half, other: &Half) -> Vec<u8> {
    let mut files = base.files.clone();
    files.extend(other.files.iter().map(|(path, data)| {
        let path = path.replace("classes.dex", "classes2.dex");
        (path, data.clone())
    }));
    Half {
        manifest: base.manifest.clone(),
        files,
    }
    .package()
}
