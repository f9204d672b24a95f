//! Words of text files: pages, scripts and texts that stand in the package beside the resource table.
//!
//! Hybrid apps say what they say in such files. They are read as text and searched for words; what
//! their scripts do with data is not followed. Scripts that are compiled for Hermes are found here as
//! well and read by [`super::bytecode`].

use std::borrow::Cow;

use super::network::seen_in;
use super::script::is_telling;
use super::{Collector, hit_fact};
use crate::anomaly::Anomalies;
use crate::app::{Module, Placed};
use crate::container::Inflater;
use crate::facts::layers::LayerName;
use crate::facts::{Location, Opaque};
use crate::formats::hermes;
use crate::formats::text::{Encoding, TELLING_BYTES, TextFile};
use crate::lexicon::Hit;
use crate::limits::Limits;

/// Folders of the package's root that web frameworks use.
const WEB_FOLDERS: [&str; 5] = ["www/", "web/", "public/", "html/", "dist/"];

/// Paths of payloads that are not read: assemblies in Unity and Xamarin.
const COMPILED_MARKS: [&str; 2] = ["assets/bin/Data/Managed/", "assemblies/"];

/// Paths that tell of an app written in Dart.
const DART_MARKS: [&str; 1] = ["assets/flutter_assets/"];

/// Paths that tell of an app written in JavaScript.
const SCRIPT_MARKS: [&str; 4] = [
    "assets/index.android.bundle",
    "assets/www/index.html",
    "assets/public/index.html",
    "assets/apps/__UNI__",
];

/// Bytes of text searched at a time, at most: words are looked for faster in ASCII, and in packed
/// scripts single other letters stand far apart.
const PIECE: usize = 8 << 10;

/// Bytes of letters without which a script may be a single name or number.
const LEAST_ENCODED: usize = 256;

/// Bytes of text that are one step of the budget, as a power of two.
pub(super) const BYTES_PER_STEP: u32 = 5;

/// What a text file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    /// Code: a bundle that may also be something else.
    Bundle,
    /// Code by its ending.
    Script,
    /// A page.
    Page,
    /// Anything else.
    Text,
}

/// A text file that is looked into.
#[derive(Debug)]
pub struct TextEntry<'c, 'a> {
    /// What it is for.
    sort: Sort,
    /// Where it stands.
    pub placed: Placed<'c, 'a>,
    /// How it is encoded.
    pub encoding: Encoding,
    /// Whether it fits the cap on one file; otherwise only its beginning is read.
    pub is_whole: bool,
}

/// Why a file that is called like a text file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Its contents are no text.
    NoText,
    /// A cap is met.
    Capped,
}

/// The text files of a package that are read, in the order they are read in.
#[derive(Debug, Default)]
pub struct TextEntries<'c, 'a> {
    /// Those that are text and within the caps.
    pub read: Vec<TextEntry<'c, 'a>>,
    /// Those that are left out, and why.
    pub left_out: Vec<(Placed<'c, 'a>, LeftOut)>,
    /// Scripts that are compiled for Hermes.
    pub compiled: Vec<Placed<'c, 'a>>,
    /// Whether a script is left out, or is read in part: it is no text, or a cap is met.
    pub is_script_unread: bool,
}

impl<'c, 'a> TextEntries<'c, 'a> {
    /// Looks at how the candidates begin and what they say of their size.
    ///
    /// # Limits
    /// `limits.text_files`, `limits.text_file_bytes` and `limits.text_files_bytes`.
    #[must_use]
    pub fn find(modules: &[Module<'c, 'a>], inflater: &mut Inflater, limits: &Limits) -> Self {
        let mut found = Self::default();
        let mut candidates: Vec<(Sort, Placed<'c, 'a>)> = Vec::new();
        for module in modules {
            let of = |placed: Placed<'c, 'a>| Some((sort_of(placed.path)?, placed));
            candidates.extend(module.placed().filter_map(of));
        }
        // Code and pages first: they are what an app says, should a cap be met.
        candidates.sort_by_key(|(sort, _)| *sort);
        let mut left = limits.text_files_bytes;
        for (count, (sort, placed)) in candidates.into_iter().enumerate() {
            let entry = placed.entry;
            let start = if count < limits.text_files {
                inflater.peek(entry, TELLING_BYTES)
            } else {
                Vec::new()
            };
            let is_script = sort < Sort::Page;
            if is_script && hermes::is_bytecode(&start) {
                found.compiled.push(placed);
                continue;
            }
            let encoding = Encoding::of(&start)
                .filter(|_| count < limits.text_files && !(is_script && is_encoded(&start)));
            let is_code = match sort {
                Sort::Bundle => encoding.is_some(),
                Sort::Script => true,
                Sort::Page | Sort::Text => false,
            };
            let size = entry.size.min(limits.text_file_bytes);
            let is_whole = entry.size <= limits.text_file_bytes;
            let fits = size <= left;
            found.is_script_unread |= is_code && (encoding.is_none() || !is_whole || !fits);
            match encoding {
                Some(encoding) if fits => {
                    left = left.saturating_sub(size);
                    found.read.push(TextEntry {
                        sort,
                        placed,
                        encoding,
                        is_whole,
                    });
                }
                None if count < limits.text_files => {
                    // Engines keep other things in bundles.
                    if is_code || sort != Sort::Bundle {
                        found.left_out.push((placed, LeftOut::NoText));
                    }
                }
                _ => found.left_out.push((placed, LeftOut::Capped)),
            }
        }
        found
    }
}

impl Collector<'_> {
    /// Collects the words of text files, scripts and compiled programs, and notes whether some of them
    /// is out of sight.
    ///
    /// # Limits
    /// Those of [`TextEntries::find`], of compiled scripts and of compiled programs; one step of the
    /// budget for each 32 bytes.
    pub fn add_assets(&mut self, modules: &[Module<'_, '_>], inflater: &mut Inflater) {
        let paths = || modules.iter().flat_map(|module| module.entries());
        let any = |marks: &[&str]| paths().any(|(path, _)| marks.iter().any(|mark| path.starts_with(mark)));
        let texts = TextEntries::find(modules, inflater, self.limits);
        for (placed, reason) in &texts.left_out {
            match reason {
                LeftOut::NoText => {
                    let layer = self.coverage.layer(LayerName::TextAssets);
                    layer.unreadable(placed.entry.size);
                }
                LeftOut::Capped => self.count_skipped(placed),
            }
        }
        let mut is_unread = texts.is_script_unread || any(&COMPILED_MARKS);
        for text in &texts.read {
            let is_read = self.add_text_entry(text, inflater);
            is_unread |= !is_read && text.sort < Sort::Page;
        }
        is_unread |= !self.add_bytecode(&texts.compiled, inflater);
        let is_dart = any(&DART_MARKS);
        let dart = self.add_dart(modules, inflater, is_dart);
        is_unread |= !dart.unwrap_or(!is_dart);
        let is_script =
            dart.is_some() || !texts.compiled.is_empty() || (!texts.read.is_empty() && any(&SCRIPT_MARKS));
        if is_unread {
            self.coverage.opaque.insert(Opaque::ScriptCode);
        } else if is_script {
            self.coverage.opaque.insert(Opaque::ScriptFlows);
        }
    }

    /// Collects the words of one file; whether it was read to its end.
    fn add_text_entry(&mut self, text: &TextEntry<'_, '_>, inflater: &mut Inflater) -> bool {
        let placed = &text.placed;
        let most = self.limits.text_file_bytes;
        let Some(data) = self.read_beginning(placed, most, inflater) else {
            return false;
        };
        let length = data.len() as u64;
        let is_affordable = self.budget.steps((length >> BYTES_PER_STEP).saturating_add(1));
        if is_affordable {
            let name = placed.name();
            self.add_text(&name, 0, &data, text.encoding);
            if is_telling(placed.path, text.sort < Sort::Text) {
                self.add_script_names(&name, 0, &data);
            }
            self.add_page_of_settings(placed, &data);
            self.count_read(placed, length, most);
        } else {
            self.count_skipped(placed);
        }
        inflater.recycle(data);
        is_affordable && length == placed.entry.size
    }

    /// The contents of an entry that is worth a look, at most `most` bytes of them; `None`, and counted
    /// as not read, when they cannot be had.
    pub(super) fn read_beginning<'a>(
        &mut self,
        placed: &Placed<'_, 'a>,
        most: u64,
        inflater: &mut Inflater,
    ) -> Option<Cow<'a, [u8]>> {
        let entry = placed.entry;
        // An optional look is no reason to call the budget spent.
        if entry.size.min(most) > self.budget.bytes_left() {
            self.count_skipped(placed);
            return None;
        }
        let limits = Limits {
            entry_bytes: most,
            ..self.limits.clone()
        };
        // A file of which only the beginning is wanted is no bomb.
        let mut unheard = Anomalies::new(0);
        let anomalies = if entry.size <= most {
            &mut self.anomalies
        } else {
            &mut unheard
        };
        match inflater.read(entry, &limits, &mut self.budget, anomalies) {
            Ok(data) => Some(data),
            Err(error) => {
                self.count_refused(placed, &error);
                None
            }
        }
    }

    /// Collects the words of a text that stands at `start` of the entry `name`, in bytes.
    pub(super) fn add_text(&mut self, name: &str, start: u64, data: &[u8], encoding: Encoding) {
        let file = TextFile::new(data, encoding);
        let mut pieces = file.pieces(self.limits.text_bytes.min(PIECE), self.lexicon.reach());
        while let Some(text) = pieces.advance() {
            self.hits.clear();
            self.lexicon.scan(text, &mut self.scratch, &mut self.hits);
            let seen = seen_in(text, &self.interest.network);
            for hit in std::mem::take(&mut self.hits) {
                let (Hit::Term { span, .. } | Hit::Phrase { span, .. }) = &hit else {
                    continue;
                };
                let Some(offset) = pieces.place(span.start as usize) else {
                    continue;
                };
                if let Some(fact) = hit_fact(self.lexicon, &hit, false) {
                    self.add(fact, entry_at(name, start, offset));
                }
            }
            for (at, seen) in seen {
                if let Some(offset) = pieces.place(at) {
                    self.add_seen(&seen, &entry_at(name, start, offset));
                }
            }
        }
    }
}

/// The place of a byte of a text that stands at `start` of an entry.
pub(super) fn entry_at(name: &str, start: u64, offset: usize) -> Location {
    Location::Entry {
        name: name.to_owned(),
        offset: Some(start.saturating_add(offset as u64)),
    }
}

/// Whether a script begins with nothing but the letters of base64 or hexadecimal: what is encrypted and
/// written in letters looks like that, and no script does.
fn is_encoded(start: &[u8]) -> bool {
    let is_letter = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'\r' | b'\n')
    };
    start.len() >= LEAST_ENCODED && start.iter().all(is_letter)
}

/// Whether the file at `path` is read as text, by its name.
pub(super) fn is_text_path(path: &str) -> bool {
    sort_of(path).is_some()
}

/// What kind of text file is at `path`; `None` when it is none, or only a licence text.
fn sort_of(path: &str) -> Option<Sort> {
    // First the ending, which turns away nearly all files of a package.
    let dot = path.bytes().rposition(|byte| byte == b'.')?;
    let (before, ending) = (path.get(..dot)?, path.get(dot.saturating_add(1)..)?);
    let sort = if ending.bytes().any(|byte| byte.is_ascii_uppercase()) {
        sort_of_ending(&ending.to_ascii_lowercase())?
    } else {
        sort_of_ending(ending)?
    };
    let (folder, stem) = before.rsplit_once('/')?;
    let is_raw = folder == "res/raw" || folder.starts_with("res/raw-");
    let is_resource = path.starts_with("res/");
    if !is_resource && !path.starts_with("assets/") && !WEB_FOLDERS.iter().any(|web| path.starts_with(web)) {
        return None;
    }
    // Other XML below res/ is compiled; files there may have lost their names, not their endings.
    if is_resource && !is_raw && ending.eq_ignore_ascii_case("xml") {
        return None;
    }
    (sort < Sort::Page || !is_boilerplate(stem)).then_some(sort)
}

fn sort_of_ending(ending: &str) -> Option<Sort> {
    Some(match ending {
        "bundle" | "hbc" => Sort::Bundle,
        "js" | "mjs" | "cjs" | "jsbundle" | "vue" => Sort::Script,
        "html" | "htm" | "xhtml" | "wxml" => Sort::Page,
        "json" | "txt" | "md" | "properties" | "strings" | "csv" | "tsv" | "xml" | "arb" | "yaml" | "yml"
        | "po" | "plist" => Sort::Text,
        _ => return None,
    })
}

/// Whether a file of this name, its ending taken off, holds licences of software, which speak of
/// nothing that the app does.
fn is_boilerplate(stem: &str) -> bool {
    let stem = stem.to_lowercase();
    let mut words = stem.split(|letter: char| !letter.is_alphanumeric());
    let plain: String = stem.chars().filter(|letter| letter.is_alphanumeric()).collect();
    matches!(plain.as_str(), "notice" | "notices" | "copying")
        || plain.contains("thirdparty")
        || words.any(|word| matches!(word, "license" | "licenses" | "licence" | "licences"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_files_are_known_by_place_and_ending() {
        for (path, expected) in [
            ("assets/index.android.bundle", Some(Sort::Bundle)),
            ("assets/public/assets/index-1a2b.js", Some(Sort::Script)),
            ("assets/A.HTML", Some(Sort::Page)),
            ("www/index.html", Some(Sort::Page)),
            ("res/raw/terms.txt", Some(Sort::Text)),
            ("res/raw-in/terms.xml", Some(Sort::Text)),
            ("res/aB.json", Some(Sort::Text)),
            ("res/layout/main.xml", None),
            ("res/aB.xml", None),
            ("assets/logo.png", None),
            ("assets/none", None),
            ("kotlin/a.txt", None),
            ("META-INF/a.txt", None),
            ("a.js", None),
        ] {
            assert_eq!(sort_of(path), expected, "{path}");
        }
    }

    #[test]
    fn licences_of_software_are_passed_over_and_scripts_never_are() {
        for (path, expected) in [
            ("assets/LICENSE.txt", None),
            ("assets/NOTICE.md", None),
            ("assets/open_source_licenses.html", None),
            ("assets/ThirdPartyNotices.txt", None),
            ("assets/third-party-licenses.json", None),
            ("assets/index.android.bundle.license", None),
            ("assets/main.js.LICENSE.txt", None),
            ("assets/loan_notice.html", Some(Sort::Page)),
            ("assets/licensed_lender.html", Some(Sort::Page)),
            ("assets/license.js", Some(Sort::Script)),
        ] {
            assert_eq!(sort_of(path), expected, "{path}");
        }
    }
}
