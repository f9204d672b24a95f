//! One part of an app: an APK, or one module of an App Bundle, seen as it would be installed.

use std::borrow::Cow;

use crate::container::{Container, Entry};

/// Folders of a module that have another place in the APKs made from it. Source: "The Android App
/// Bundle format" (developer.android.com) and `BundleModule` of google/bundletool.
const MOVED: [&str; 3] = ["manifest/", "dex/", "root/"];

/// An entry of a part.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'m, 'a> {
    /// The part.
    pub module: Module<'m, 'a>,
    /// Its path on a device.
    pub path: &'m str,
    /// The entry.
    pub entry: &'m Entry<'a>,
}

impl<'m> Placed<'m, '_> {
    /// Its name in reports.
    #[must_use]
    pub fn name(&self) -> Cow<'m, str> {
        self.module.show(&self.entry.name)
    }
}

/// A part of an app: entries of a container, each with its path on a device and the name that it has
/// in reports.
#[derive(Debug, Clone, Copy)]
pub struct Module<'m, 'a> {
    container: &'m Container<'a>,
    /// What stands before the entries' names in reports: `base.apk!/` for an APK in an archive.
    prefix: &'m str,
    /// Folder of the module within the container, with the slash; empty when it is all of it.
    folder: &'m str,
}

impl<'m, 'a> Module<'m, 'a> {
    /// All of `container`, which is the input itself.
    #[must_use]
    pub fn whole(container: &'m Container<'a>) -> Self {
        Self::new(container, "", "")
    }

    /// The entries of `container` below `folder`, which get `prefix` before their names.
    #[must_use]
    pub fn new(container: &'m Container<'a>, prefix: &'m str, folder: &'m str) -> Self {
        Self {
            container,
            prefix,
            folder,
        }
    }

    /// The container.
    #[must_use]
    pub fn container(&self) -> &'m Container<'a> {
        self.container
    }

    /// What stands before the names of the entries in reports.
    #[must_use]
    pub fn prefix(&self) -> &'m str {
        self.prefix
    }

    /// Whether the module is one of several in its container.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        !self.folder.is_empty()
    }

    /// The entries with their paths on a device, in the order of the container.
    pub fn entries(self) -> impl Iterator<Item = (&'m str, &'m Entry<'a>)> {
        let entries = self.container.entries().iter();
        entries.filter_map(move |entry| Some((self.path(&entry.name)?, entry)))
    }

    /// The same, each with what else is known of it.
    pub fn placed(self) -> impl Iterator<Item = Placed<'m, 'a>> {
        self.entries().map(move |(path, entry)| Placed {
            module: self,
            path,
            entry,
        })
    }

    /// Whether `entry` of its container is one of the module.
    #[must_use]
    pub fn holds(&self, entry: &Entry<'_>) -> bool {
        self.path(&entry.name).is_some()
    }

    /// The entry whose path on a device is `path`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&'m Entry<'a>> {
        if !self.is_folder() {
            return self.container.find(path);
        }
        let folder = match path {
            "AndroidManifest.xml" => "manifest/",
            _ if super::is_code_name(path) => "dex/",
            _ => "",
        };
        let name = |folder: &str| format!("{}{folder}{path}", self.folder);
        let root = || self.container.find(&name("root/"));
        self.container.find(&name(folder)).or_else(root)
    }

    /// What stands before the names of everything in the part; empty when the part is all there is.
    #[must_use]
    pub fn part(&self) -> String {
        format!("{}{}", self.prefix, self.folder)
    }

    /// The name of the manifest in reports.
    #[must_use]
    pub fn manifest_name(&self) -> String {
        let folder = if self.is_folder() { "manifest/" } else { "" };
        format!("{}{folder}AndroidManifest.xml", self.part())
    }

    /// The name of the resource table in reports.
    #[must_use]
    pub fn resources_name(&self) -> String {
        let ending = if self.is_folder() { "pb" } else { "arsc" };
        format!("{}resources.{ending}", self.part())
    }

    /// The name of `entry` in reports.
    #[must_use]
    pub fn shown(&self, entry: &Entry<'_>) -> String {
        self.show(&entry.name).into_owned()
    }

    /// The name in reports of what is called `name` in the container.
    #[must_use]
    pub fn show<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.prefix.is_empty() {
            Cow::Borrowed(name)
        } else {
            Cow::Owned(format!("{}{name}", self.prefix))
        }
    }

    /// The path on a device of the entry called `name`; `None` for one of another module.
    fn path<'n>(&self, name: &'n str) -> Option<&'n str> {
        if !self.is_folder() {
            return Some(name);
        }
        let inner = name.strip_prefix(self.folder)?;
        let moved = MOVED.iter().find_map(|folder| inner.strip_prefix(folder));
        let path = moved.unwrap_or(inner);
        // A file that is called like code and stands elsewhere is none.
        let is_out_of_place = super::is_code_name(path) && !inner.starts_with("dex/");
        Some(if is_out_of_place { name } else { path })
    }
}
