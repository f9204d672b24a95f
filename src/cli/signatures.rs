//! `dunwatch signatures`: what the set of rules holds, whether it is sound, and its reference.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};

use super::explain::unknown;
use super::rules;
use super::terminal::Terminal;
use super::{Exit, Misuse};
use crate::messages::Messages;
use crate::render::json;
use crate::render::sanitize::short;
use crate::render::signatures::pages::{MARK, pages};
use crate::render::signatures::{catalogue as listing, complaints, json as values, text};
use crate::signatures::catalogue::{Catalogue, Entry, Sort, Standing};
use crate::signatures::lint;
use crate::signatures::sheet::{Relations, Sheet};

/// Says where the file with a path of the set is.
type Place<'p> = &'p dyn Fn(&str) -> String;

const DETAILS: &str = "\
Examples:
  dunwatch signatures list --sort sdks --category risk-data
  dunwatch signatures show google-play/personal-loans
  dunwatch signatures lint --signatures my-rules
  dunwatch signatures docs --out docs/signatures --check";

#[derive(Debug, Args)]
#[command(after_help = DETAILS)]
pub(super) struct Signatures {
    #[command(subcommand)]
    action: Action,

    /// Add the rule files in this folder; one with the path of a built-in file replaces it
    #[arg(long, value_name = "DIR", global = true)]
    signatures: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the signatures in force, one a line
    List(List),
    /// Print everything a signature says
    Show(Show),
    /// Look for what signatures lack; exit code 1 when there is something
    Lint(Lint),
    /// Run the examples of all signatures; exit code 1 when one does not hold
    Test,
    /// Write the reference: a page for each signature, and an index
    Docs(Docs),
}

#[derive(Debug, Args)]
struct List {
    /// Form of the list
    #[arg(long, default_value = "table", value_name = "FORMAT")]
    format: Format,

    /// Only this sort: indicators, sdks, policies, published, words, phrases, vocabulary, flows, advice
    #[arg(long, value_name = "SORT", value_parser = sort)]
    sort: Option<Sort>,

    /// Only this folder of indicators, category of SDKs, or store or country, such as country:ID
    #[arg(long, value_name = "NAME")]
    category: Option<String>,

    /// Only what is about this language, such as id or zh-Hans
    #[arg(long, value_name = "TAG")]
    language: Option<String>,

    /// Only this status: draft, experimental, stable, deprecated, withdrawn; of rules: in-force,
    /// not-yet-in-force, replaced
    #[arg(long, value_name = "STATUS", value_parser = standing)]
    status: Option<Standing>,

    /// Only what was verified in this way: official, literal, excerpt, paraphrase-local, unsourced
    #[arg(long, value_name = "CHECK", value_parser = check)]
    check: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TextOrJson {
    Text,
    Json,
}

#[derive(Debug, Args)]
struct Show {
    /// Id of a signature, as `signatures list` prints it
    #[arg(value_name = "ID")]
    id: String,

    /// Form of the output
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: TextOrJson,
}

#[derive(Debug, Args)]
struct Lint {
    /// Form of the complaints
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: TextOrJson,
}

#[derive(Debug, Args)]
struct Docs {
    /// Folder of the reference
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Write nothing; exit code 1 when the pages there are not the ones that would be written
    #[arg(long)]
    check: bool,
}

/// The value of a closed list that has this name.
fn named<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, wanted: &str) -> Result<T, String> {
    let found = all.iter().copied().find(|one| name(*one) == wanted);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        format!("there are {}", names.join(", "))
    })
}

fn sort(wanted: &str) -> Result<Sort, String> {
    named(Sort::ALL, Sort::name, wanted)
}

fn standing(wanted: &str) -> Result<Standing, String> {
    named(Standing::ALL, Standing::name, wanted)
}

fn check(wanted: &str) -> Result<&'static str, String> {
    use crate::signatures::sdk::Check;
    named(Check::ALL, Check::name, wanted).map(Check::name)
}

impl Signatures {
    pub(super) fn run(&self, terminal: &Terminal) -> anyhow::Result<Exit> {
        let (ruleset, files) = rules::set(self.signatures.as_deref())?;
        let catalogue = Catalogue::new(&ruleset, &files)?;
        match &self.action {
            Action::List(list) => list.run(&catalogue, terminal),
            Action::Show(show) => show.run(
                &catalogue,
                &|path| rules::place(self.signatures.as_deref(), path),
                terminal,
            ),
            Action::Lint(lint) => lint.run(
                &catalogue,
                &|path| rules::place(self.signatures.as_deref(), path),
                terminal,
            ),
            Action::Test => test(
                &catalogue,
                &|path| rules::place(self.signatures.as_deref(), path),
                terminal,
            ),
            Action::Docs(docs) => docs.run(&catalogue, terminal),
        }
    }
}

impl List {
    fn run(&self, catalogue: &Catalogue<'_>, terminal: &Terminal) -> anyhow::Result<Exit> {
        self.check(catalogue, terminal.messages())?;
        let entries = catalogue.entries().iter();
        let found: Vec<&Entry> = entries.filter(|entry| self.fits(entry)).collect();
        let text = match self.format {
            Format::Table => listing::short_table(&found, terminal.messages()).terminal(terminal.width()),
            Format::Csv => listing::table(&found, terminal.stable_messages()).csv(),
            Format::Json => {
                let entries: Vec<_> = found.iter().map(|entry| values::entry(entry)).collect();
                json::pretty(&entries)?
            }
        };
        let mut out = terminal.data();
        if found.is_empty() && self.format == Format::Table {
            writeln!(
                terminal.err(),
                "{}",
                terminal.messages().text("signatures", "nothing")
            )?;
        } else {
            out.write_all(text.as_bytes())?;
        }
        out.flush()?;
        Ok(Exit::Done)
    }

    /// Refuses a category or a language that nothing has.
    fn check(&self, catalogue: &Catalogue<'_>, messages: &Messages) -> Result<(), Misuse> {
        let entries = catalogue.entries();
        let categories: BTreeSet<&str> = entries.iter().map(|entry| entry.category.as_str()).collect();
        let languages = entries.iter().flat_map(|entry| &entry.languages);
        let languages: BTreeSet<&str> = languages.map(String::as_str).collect();
        for (asked, known) in [(&self.category, categories), (&self.language, languages)] {
            if let Some(asked) = asked
                && !known.iter().any(|name| name.eq_ignore_ascii_case(asked))
            {
                return Err(unknown(asked, known.into_iter(), messages));
            }
        }
        Ok(())
    }

    fn fits(&self, entry: &Entry) -> bool {
        let fits = |wanted: &str, known: &str| known.eq_ignore_ascii_case(wanted);
        self.sort.is_none_or(|sort| entry.sort == sort)
            && self
                .category
                .as_ref()
                .is_none_or(|category| fits(category, &entry.category))
            && self
                .language
                .as_ref()
                .is_none_or(|wanted| entry.languages.iter().any(|tag| fits(wanted, tag)))
            && self.status.is_none_or(|status| entry.standing == Some(status))
            && self.check.is_none_or(|check| entry.check == Some(check))
    }
}

impl Show {
    fn run(&self, catalogue: &Catalogue<'_>, place: Place<'_>, terminal: &Terminal) -> anyhow::Result<Exit> {
        let Some(entry) = catalogue.find(&self.id) else {
            let ids = catalogue.entries().iter().map(|entry| entry.id.as_str());
            return Err(unknown(&self.id, ids, terminal.messages()).into());
        };
        let sheet = Sheet::new(entry, catalogue, &Relations::new(catalogue));
        let mut out = terminal.out();
        match self.format {
            TextOrJson::Text => {
                let version = catalogue.ruleset.version();
                let text = text::text(
                    &sheet,
                    version,
                    &place(&entry.path),
                    terminal.messages(),
                    terminal.columns(),
                );
                out.write_all(text.as_bytes())?;
            }
            TextOrJson::Json => out.write_all(json::pretty(&values::sheet(&sheet))?.as_bytes())?,
        }
        out.flush()?;
        Ok(Exit::Done)
    }
}

impl Lint {
    fn run(&self, catalogue: &Catalogue<'_>, place: Place<'_>, terminal: &Terminal) -> anyhow::Result<Exit> {
        let found = lint::lint(catalogue.ruleset, catalogue.files);
        let messages = terminal.messages();
        let mut out = terminal.data();
        match self.format {
            TextOrJson::Text => out.write_all(complaints::text(&found, place, messages).as_bytes())?,
            TextOrJson::Json => {
                let values = complaints::json(&found, place, terminal.stable_messages());
                out.write_all(json::pretty(&values)?.as_bytes())?;
            }
        }
        out.flush()?;
        let values = [
            ("count", &*found.len().to_string()),
            ("signatures", &*catalogue.entries().len().to_string()),
        ];
        writeln!(
            terminal.err(),
            "{}",
            messages.fill("signatures", "linted", &values)
        )?;
        Ok(if found.is_empty() { Exit::Done } else { Exit::Found })
    }
}

fn test(catalogue: &Catalogue<'_>, place: Place<'_>, terminal: &Terminal) -> anyhow::Result<Exit> {
    let failed = lint::test(catalogue.ruleset, catalogue.files);
    let messages = terminal.messages();
    let mut out = terminal.data();
    out.write_all(complaints::tested(&lint::tested(catalogue.ruleset), messages).as_bytes())?;
    out.write_all(complaints::text(&failed, place, messages).as_bytes())?;
    let values = [("count", &*failed.len().to_string())];
    writeln!(out, "{}", messages.fill("signatures", "failures", &values))?;
    out.flush()?;
    Ok(if failed.is_empty() {
        Exit::Done
    } else {
        Exit::Found
    })
}

impl Docs {
    fn run(&self, catalogue: &Catalogue<'_>, terminal: &Terminal) -> anyhow::Result<Exit> {
        let messages = terminal.stable_messages();
        let wanted = pages(catalogue, messages);
        let mut there = BTreeMap::new();
        if self.out.is_dir() {
            read_pages(&self.out, &self.out, &mut there)?;
        }
        // A page that somebody else has written is left alone.
        let superfluous: BTreeSet<&String> = there
            .iter()
            .filter(|(path, text)| text.starts_with(MARK) && !wanted.contains_key(*path))
            .map(|(path, _)| path)
            .collect();
        if self.check {
            return self.stale(&wanted, &there, &superfluous, terminal);
        }
        for (path, text) in &wanted {
            if there.get(path) != Some(text) {
                let path = self.out.join(path);
                let unwritable = || format!("cannot write {}", path.display());
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder).with_context(unwritable)?;
                }
                fs::write(&path, text).with_context(unwritable)?;
            }
        }
        for path in superfluous {
            let path = self.out.join(path);
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        let values = [("count", &*wanted.len().to_string())];
        writeln!(
            terminal.err(),
            "{}",
            terminal.messages().fill("signatures", "pages-written", &values)
        )?;
        Ok(Exit::Done)
    }

    /// Says which pages are not those that would be written.
    fn stale(
        &self,
        wanted: &BTreeMap<String, String>,
        there: &BTreeMap<String, String>,
        superfluous: &BTreeSet<&String>,
        terminal: &Terminal,
    ) -> anyhow::Result<Exit> {
        let missing = wanted.keys().filter(|path| !there.contains_key(*path));
        let missing = missing.map(|path| ("page-missing", path));
        let differing = wanted
            .iter()
            .filter(|(path, text)| there.get(*path).is_some_and(|other| other != *text));
        let differing = differing.map(|(path, _)| ("page-differs", path));
        let more = superfluous.iter().map(|path| ("page-superfluous", *path));
        let mut out = terminal.data();
        let mut count = 0_usize;
        for (key, path) in missing.chain(differing).chain(more) {
            count = count.saturating_add(1);
            let path = self.out.join(path).display().to_string();
            let line = terminal
                .messages()
                .fill("signatures", key, &[("path", &short(&path))]);
            writeln!(out, "{line}")?;
        }
        out.flush()?;
        if count == 0 {
            return Ok(Exit::Done);
        }
        let folder = self.out.display().to_string();
        let values = [("count", &*count.to_string()), ("folder", &*short(&folder))];
        let said = terminal.messages().fill("signatures", "pages-stale", &values);
        writeln!(terminal.err(), "{said}")?;
        Ok(Exit::Found)
    }
}

/// Reads the `.md` files below `folder`, by their path relative to `root`.
fn read_pages(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.is_dir() {
            read_pages(root, &path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            found.insert(relative, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(())
}
