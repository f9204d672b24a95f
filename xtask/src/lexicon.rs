//! `cargo xtask lexicon --from DIR`: writes signatures/lexicon/*.toml and signatures/phrases/*.toml from
//! a table of terms and one of phrases.
//!
//! `DIR/lexicon.tsv` has the columns language, term, class, strength, check, source and note;
//! `DIR/phrases.tsv` language, kind, phrase, strength, check, source and gloss. One file of each sort
//! is written for each language; the rules of the languages (`rules.toml`) are kept by hand.

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use dunwatch::lexicon::load::{SCHEMA, parse_list, parse_phrases};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Write the lists of words and phrases from tables.
#[derive(Args)]
pub(crate) struct Lexicon {
    /// Directory that holds lexicon.tsv and phrases.tsv.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Directory whose folders lexicon and phrases the lists are written to.
    #[arg(long, value_name = "DIR", default_value = "signatures")]
    to: PathBuf,
}

const COLUMNS: &str = "language\tterm\tclass\tstrength\tcheck\tsource\tnote";
const PHRASE_COLUMNS: &str = "language\tkind\tphrase\tstrength\tcheck\tsource\tgloss";

pub(crate) fn run(arguments: &Lexicon) -> Result<()> {
    let read = |name: &str| {
        let path = arguments.from.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    for (language, text) in lists(&read("lexicon.tsv")?)? {
        let name = format!("{language}.toml");
        parse_list(&name, &text)?;
        write_file(&arguments.to.join("lexicon").join(name), &text)?;
    }
    for (language, text) in phrases(&read("phrases.tsv")?)? {
        let name = format!("{language}.toml");
        parse_phrases(&name, &text)?;
        write_file(&arguments.to.join("phrases").join(name), &text)?;
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// The text of each list of phrases, by language.
fn phrases(table: &str) -> Result<BTreeMap<&str, String>> {
    let mut rows = table.lines();
    ensure!(
        rows.next() == Some(PHRASE_COLUMNS),
        "the columns are not those expected"
    );
    let mut lists: BTreeMap<&str, String> = BTreeMap::new();
    for (number, row) in (2..).zip(rows) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [language, kind, phrase, strength, check, source, gloss] = columns[..] else {
            bail!("line {number}: {} columns", columns.len());
        };
        let list = lists.entry(language).or_insert_with(|| {
            format!(
                "# Phrases of lending apps, `...` for a gap. Written by `cargo xtask lexicon`.\n\
                 schema = {SCHEMA}\nlanguage = {}\nphrases = [\n",
                quoted(language)
            )
        });
        write!(list, "  {{ kind = {}, text = {}", quoted(kind), quoted(phrase))?;
        write!(list, ", strength = {strength}, check = {}", quoted(check))?;
        if source != "unsourced" {
            write!(list, ", source = {}", quoted(source))?;
        }
        writeln!(list, ", gloss = {} }},", quoted(gloss))?;
    }
    for list in lists.values_mut() {
        list.push_str("]\n");
    }
    Ok(lists)
}

/// The text of each list, by language.
fn lists(table: &str) -> Result<BTreeMap<&str, String>> {
    let mut rows = table.lines();
    ensure!(rows.next() == Some(COLUMNS), "the columns are not those expected");
    let mut lists: BTreeMap<&str, String> = BTreeMap::new();
    for (number, row) in (2..).zip(rows) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [language, term, class, strength, check, source, note] = columns[..] else {
            bail!("line {number}: {} columns", columns.len());
        };
        let list = lists.entry(language).or_insert_with(|| {
            format!(
                "# Words of lending apps. Written by `cargo xtask lexicon`; how they are compared with text\n\
                 # is told in rules.toml.\nschema = {SCHEMA}\nlanguage = {}\nterms = [\n",
                quoted(language)
            )
        });
        write!(
            list,
            "  {{ text = {}, class = \"{}\"",
            quoted(term),
            class.to_lowercase()
        )?;
        write!(list, ", strength = {strength}, check = {}", quoted(check))?;
        if source != "unsourced" {
            write!(list, ", source = {}", quoted(source))?;
        }
        let (role, note) = role(class, note);
        if let Some(role) = role {
            write!(list, ", role = {}", quoted(role))?;
        }
        if !note.is_empty() {
            write!(list, ", note = {}", quoted(note))?;
        }
        list.push_str(" },\n");
    }
    for list in lists.values_mut() {
        list.push_str("]\n");
    }
    Ok(lists)
}

/// The role of a false friend stands at the beginning of its note.
fn role<'a>(class: &str, note: &'a str) -> (Option<&'static str>, &'a str) {
    const ROLES: [(&str, &str); 2] = [
        ("mask", "mask: contains a listed term"),
        (
            "context",
            "context: contains no listed term, counter-evidence only",
        ),
    ];
    if class == "false-friend" {
        for (role, prefix) in ROLES {
            if let Some(rest) = note.strip_prefix(prefix) {
                return (Some(role), rest.trim_start_matches("; "));
            }
        }
    }
    (None, note)
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // Joiners are invisible in an editor.
            '\u{200B}'..='\u{200F}' => quoted.push_str(&format!("\\u{:04X}", letter as u32)),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
