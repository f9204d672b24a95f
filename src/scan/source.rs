//! The inputs of a scan, one after the other and always in the same order.
//!
//! First the paths as they were given, then the lists. A path is
//!
//! - a file: an input, whatever its name;
//! - a folder: every file below it whose name ends in one of [`EXTENSIONS`], in byte order of the
//!   names within each folder. Links are followed; one that leads back up is passed over. A base and
//!   the splits beside it are one input, called by the base, when their manifests say so;
//! - a pattern, when nothing of that name exists: every file that matches, a base with those splits
//!   beside it that match. `*` and `?` stay within a folder, `**` does not;
//! - nothing that can be read: an input all the same, whose record says why.
//!
//! A list has one path a line: a file or folder, no pattern. Empty lines are passed over.
//!
//! The names of one folder are held in memory in order to be sorted; for a folder of millions of
//! files a list needs less.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use super::Error;
use super::content::failure;
use super::digest::Digest;
use super::parts::{Groups, is_package};
use crate::report::v1::Failure;

/// Endings of the files that count within a folder, in any case.
pub const EXTENSIONS: &[&str] = &["apk", "aab", "xapk", "apks", "apkm", "dex"];

/// Length of a line in a list, in bytes.
const LINE_BYTES: u64 = 1 << 16;

/// What is to be scanned.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Files, folders and patterns.
    pub paths: Vec<PathBuf>,
    /// Lists, `-` for the standard input.
    pub lists: Vec<PathBuf>,
    /// The part of the inputs to take.
    pub shard: Option<Shard>,
}

/// One part of the inputs. The name of an input decides which part it belongs to, so the parts
/// fit together also when files come or go between their scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Shard {
    /// Whether the input called `name` belongs to this part.
    #[must_use]
    pub fn contains(self, name: &str) -> bool {
        Digest::of(name.as_bytes()).prefix() % self.count == self.index - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (index, count) = text.split_once('/')?;
            let (index, count): (u64, u64) = (index.parse().ok()?, count.parse().ok()?);
            (1..=count).contains(&index).then_some(Self { index, count })
        };
        parse().ok_or("expected i/n with i from 1 to n, such as 2/8")
    }
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Name in the report: the path, with U+FFFD for what is not Unicode.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// The packages of the app, the one at `path` first, when they are several; see [`Groups`].
    pub parts: Vec<PathBuf>,
    /// Why it cannot be read, where that is known already.
    pub problem: Option<Failure>,
}

impl Input {
    fn new(path: PathBuf, problem: Option<Failure>) -> Self {
        Self {
            name: path.to_string_lossy().into_owned(),
            path,
            parts: Vec::new(),
            problem,
        }
    }
}

impl Selection {
    /// The inputs.
    ///
    /// # Errors
    ///
    /// When a list cannot be opened.
    pub fn inputs(&self) -> Result<Inputs, Error> {
        let mut lists = Vec::new();
        for path in &self.lists {
            let reader: Box<dyn Read + Send> = if path.as_os_str() == "-" {
                Box::new(io::stdin())
            } else {
                let file = File::open(path).map_err(|source| Error::List {
                    path: path.clone(),
                    source,
                })?;
                Box::new(file)
            };
            lists.push(List {
                path: path.clone(),
                reader: BufReader::new(reader),
                first: true,
            });
        }
        Ok(Inputs {
            paths: self.paths.clone().into_iter(),
            lists: lists.into_iter(),
            list: None,
            walk: None,
            shard: self.shard,
        })
    }
}

/// Iterates over the inputs of a [`Selection`].
pub struct Inputs {
    paths: std::vec::IntoIter<PathBuf>,
    lists: std::vec::IntoIter<List>,
    list: Option<List>,
    walk: Option<Walk>,
    shard: Option<Shard>,
}

impl Iterator for Inputs {
    type Item = Result<Input, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.any() {
                Some(Ok(input)) if self.shard.is_some_and(|shard| !shard.contains(&input.name)) => {}
                other => return other,
            }
        }
    }
}

impl Inputs {
    /// The next input of any shard.
    fn any(&mut self) -> Option<Result<Input, Error>> {
        loop {
            if let Some(walk) = &mut self.walk {
                if let Some(input) = walk.next() {
                    return Some(Ok(input));
                }
                self.walk = None;
            }
            let (path, patterns) = if let Some(path) = self.paths.next() {
                (path, true)
            } else if let Some(list) = &mut self.list {
                match list.next() {
                    Some(Ok(path)) => (path, false),
                    Some(Err(error)) => return Some(Err(error)),
                    None => {
                        self.list = None;
                        continue;
                    }
                }
            } else {
                self.list = Some(self.lists.next()?);
                continue;
            };
            match path.metadata() {
                Ok(metadata) if metadata.is_dir() => self.walk = Some(Walk::folder(&path)),
                Err(_) if patterns => match Walk::pattern(&path) {
                    Some(walk) => self.walk = Some(walk),
                    None => return Some(Ok(Input::new(path, None))),
                },
                _ => return Some(Ok(Input::new(path, None))),
            }
        }
    }
}

/// A walk through a folder.
struct Walk {
    entries: walkdir::IntoIter,
    /// The folders that the walk is in, the innermost last, with the apps in parts that they hold.
    folders: Vec<(PathBuf, Groups)>,
    pattern: Option<Pattern>,
}

struct Pattern {
    matcher: GlobMatcher,
    /// The pattern as it was given.
    text: PathBuf,
    /// Whether the walk begins in the current folder without the pattern saying so.
    bare: bool,
    matched: bool,
}

impl Walk {
    fn folder(path: &Path) -> Self {
        Self {
            entries: entries(path, usize::MAX),
            folders: Vec::new(),
            pattern: None,
        }
    }

    /// A walk for a pattern; `None` when the text is none.
    fn pattern(text: &Path) -> Option<Self> {
        let is_special = |part: &Component<'_>| {
            let bytes = part.as_os_str().as_encoded_bytes();
            bytes.iter().any(|byte| b"*?[{".contains(byte))
        };
        let root: PathBuf = text.components().take_while(|part| !is_special(part)).collect();
        let depth = text.components().count() - root.components().count();
        if depth == 0 {
            return None;
        }
        let pattern = text.to_str()?;
        let glob = GlobBuilder::new(pattern).literal_separator(true).build().ok()?;
        let bare = root.as_os_str().is_empty();
        // Braces can hold separators, so that the number of components does not bound the depth.
        let deep = pattern.contains("**") || pattern.contains('{');
        Some(Self {
            entries: entries(
                if bare { Path::new(".") } else { &root },
                if deep { usize::MAX } else { depth },
            ),
            folders: Vec::new(),
            pattern: Some(Pattern {
                matcher: glob.compile_matcher(),
                text: text.to_owned(),
                bare,
                matched: false,
            }),
        })
    }

    fn next(&mut self) -> Option<Input> {
        loop {
            let Some(entry) = self.entries.next() else {
                let pattern = self.pattern.take()?;
                let problem = failure("no-match", "No file matches the pattern.");
                return (!pattern.matched).then(|| Input::new(pattern.text, Some(problem)));
            };
            let found = match entry {
                Ok(entry) => self.entry(&entry),
                Err(error) => self.problem(&error),
            };
            if found.is_some() {
                return found;
            }
        }
    }

    fn entry(&mut self, entry: &DirEntry) -> Option<Input> {
        if !entry.file_type().is_file() {
            return None;
        }
        let path = self.path(entry.path());
        if !self.takes(path) {
            return None;
        }
        let path = path.to_owned();
        if let Some(pattern) = &mut self.pattern {
            pattern.matched = true;
        }
        let name = entry.file_name();
        let folder = entry.path().parent().filter(|_| is_package(name));
        let groups = folder.and_then(|folder| self.groups(folder, &path));
        if groups.is_some_and(|groups| groups.is_taken(name)) {
            return None;
        }
        let splits = groups.map_or(&[][..], |groups| groups.splits(name));
        let splits: Vec<PathBuf> = splits.iter().map(|name| path.with_file_name(name)).collect();
        let mut input = Input::new(path, None);
        if !splits.is_empty() {
            input.parts.push(input.path.clone());
            input.parts.extend(splits);
        }
        Some(input)
    }

    /// The apps in parts in `folder`, where the file shown as `path` stands.
    fn groups(&mut self, folder: &Path, path: &Path) -> Option<&Groups> {
        while let Some((open, _)) = self.folders.last()
            && !folder.starts_with(open)
        {
            self.folders.pop();
        }
        if self.folders.last().is_none_or(|(open, _)| open != folder) {
            let groups = Groups::of_folder(folder, |name| self.takes(&path.with_file_name(name)));
            self.folders.push((folder.to_owned(), groups));
        }
        self.folders.last().map(|(_, groups)| groups)
    }

    /// What a walk stumbled over: a link back up is nothing, a dead link is an input if its name
    /// counts, a folder that cannot be read is an input that failed.
    fn problem(&self, error: &walkdir::Error) -> Option<Input> {
        let path = error.path().filter(|_| error.loop_ancestor().is_none())?;
        let shown = self.path(path);
        if path.is_symlink() {
            return self.takes(shown).then(|| Input::new(shown.to_owned(), None));
        }
        let problem = failure("unreadable-folder", "The folder could not be read.");
        Some(Input::new(shown.to_owned(), Some(problem)))
    }

    fn path<'a>(&self, path: &'a Path) -> &'a Path {
        match &self.pattern {
            Some(pattern) if pattern.bare => path.strip_prefix(".").unwrap_or(path),
            _ => path,
        }
    }

    fn takes(&self, path: &Path) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.matcher.is_match(path),
            None => path.extension().is_some_and(|extension| {
                EXTENSIONS
                    .iter()
                    .any(|known| extension.eq_ignore_ascii_case(known))
            }),
        }
    }
}

fn entries(root: &Path, depth: usize) -> walkdir::IntoIter {
    WalkDir::new(root)
        .follow_links(true)
        .max_depth(depth)
        .sort_by(|left, right| {
            let (left, right) = (left.file_name(), right.file_name());
            left.as_encoded_bytes().cmp(right.as_encoded_bytes())
        })
        .into_iter()
}

/// A list of paths.
struct List {
    path: PathBuf,
    reader: BufReader<Box<dyn Read + Send>>,
    first: bool,
}

impl List {
    fn next(&mut self) -> Option<Result<PathBuf, Error>> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = self.reader.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line);
            let long = line.len() as u64 == LINE_BYTES && !line.ends_with(b"\n");
            let problem = match read {
                Ok(0) => return None,
                Ok(_) if long => io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a line is too long: this is no list of paths",
                ),
                Ok(_) => {
                    let mut text = line.as_slice();
                    if std::mem::take(&mut self.first) {
                        text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
                    }
                    text = text.strip_suffix(b"\n").unwrap_or(text);
                    text = text.strip_suffix(b"\r").unwrap_or(text);
                    if text.iter().all(u8::is_ascii_whitespace) {
                        continue;
                    }
                    return Some(Ok(to_path(text)));
                }
                Err(error) => error,
            };
            return Some(Err(Error::List {
                path: self.path.clone(),
                source: problem,
            }));
        }
    }
}

#[cfg(unix)]
fn to_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn to_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(selection: &Selection, root: &Path) -> Vec<String> {
        selection
            .inputs()
            .unwrap()
            .map(|input| {
                let input = input.unwrap();
                let name = input.path.strip_prefix(root).unwrap_or(&input.path);
                let problem = input
                    .problem
                    .map(|failure| format!(" {}", failure.kind))
                    .unwrap_or_default();
                format!("{}{problem}", name.display())
            })
            .collect()
    }

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        root
    }

    fn paths(root: &Path, paths: &[&str]) -> Selection {
        Selection {
            paths: paths.iter().map(|path| root.join(path)).collect(),
            ..Selection::default()
        }
    }

    #[test]
    fn folders_are_walked_in_byte_order() {
        let root = tree(&[
            "f/b.apk",
            "f/B.APK",
            "f/a/z.xapk",
            "f/a.dex",
            "f/note.txt",
            "f/ä.aab",
            "f/.apk",
            "x.bin",
        ]);
        assert_eq!(
            names(&paths(root.path(), &["f", "x.bin", "none.apk"]), root.path()),
            [
                "f/B.APK",
                "f/a/z.xapk",
                "f/a.dex",
                "f/b.apk",
                "f/ä.aab",
                "x.bin",
                "none.apk"
            ]
        );
    }

    #[test]
    fn patterns_match_files_of_any_name() {
        let root = tree(&["f/1.bin", "f/2.bin", "f/g/3.bin", "f/[x]", "f/{a,b}"]);
        let found = |patterns: &[&str]| names(&paths(root.path(), patterns), root.path());
        assert_eq!(found(&["f/*.bin"]), ["f/1.bin", "f/2.bin"]);
        assert_eq!(found(&["f/**/*.bin"]), ["f/1.bin", "f/2.bin", "f/g/3.bin"]);
        assert_eq!(found(&["*/g/?.bin", "f/[x]"]), ["f/g/3.bin", "f/[x]"]);
        assert_eq!(found(&["f/{1,g/3}.bin"]), ["f/1.bin", "f/g/3.bin"]);
        assert_eq!(found(&["f/*.apk", "f/[z"]), ["f/*.apk no-match", "f/[z"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_but_not_in_circles() {
        use std::os::unix::fs::symlink;
        let root = tree(&["f/a.apk", "g/b.apk"]);
        symlink(root.path().join("f"), root.path().join("f/up")).unwrap();
        symlink(root.path().join("g"), root.path().join("f/other")).unwrap();
        symlink("nowhere", root.path().join("f/dead.apk")).unwrap();
        symlink("nowhere", root.path().join("f/dead.txt")).unwrap();
        assert_eq!(
            names(&paths(root.path(), &["f"]), root.path()),
            ["f/a.apk", "f/dead.apk", "f/other/b.apk"]
        );
    }

    #[test]
    fn lists_tolerate_line_ends_and_empty_lines() {
        let root = tree(&["f/a.apk", "f/b*.apk"]);
        let list = root.path().join("list");
        let at = |name: &str| root.path().join(name).display().to_string();
        let text = format!(
            "\u{feff}{}\r\n\r\n  \n{}\n{}\n{}",
            at("f/b*.apk"),
            at("gone"),
            at("f"),
            at("f/a*")
        );
        std::fs::write(&list, text).unwrap();
        let selection = Selection {
            lists: vec![list.clone()],
            ..Selection::default()
        };
        assert_eq!(
            names(&selection, root.path()),
            ["f/b*.apk", "gone", "f/a.apk", "f/b*.apk", "f/a*"]
        );
        std::fs::write(&list, vec![b'x'; 1 << 17]).unwrap();
        assert!(selection.inputs().unwrap().next().unwrap().is_err());
        std::fs::remove_file(&list).unwrap();
        assert!(matches!(selection.inputs(), Err(Error::List { .. })));
    }

    #[test]
    fn shards_take_every_input_once() {
        let files: Vec<String> = (0..100).map(|i| format!("f/{i:03}.apk")).collect();
        let root = tree(&files.iter().map(String::as_str).collect::<Vec<_>>());
        let mut found = Vec::new();
        for index in 1..=3 {
            let mut selection = paths(root.path(), &["f"]);
            selection.shard = Some(format!("{index}/3").parse().unwrap());
            let part = names(&selection, root.path());
            assert!(part.len() > 10);
            found.extend(part);
        }
        found.sort();
        assert_eq!(found, files);
        for wrong in ["0/3", "4/3", "1", "a/b", "1/0", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
