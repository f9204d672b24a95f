//! Facts as text: one a line, `kind value @ location`.
//!
//! ```text
//! permission android.permission.READ_CONTACTS @ manifest uses-permission +412
//! field Landroid/provider/ContactsContract$Contacts;->CONTENT_URI @ dex classes.dex field_ids 7
//! word loan-product-strong id pinjaman online @ resource string/app_name id
//! ```
//!
//! Blank lines and lines that begin with `#` are passed over. A line without ` @ ` stands for a
//! fact of the package as a whole. The form is used by the examples in signatures, by the matching
//! tests and by the fact snapshots.

use std::fmt::Write as _;
use std::sync::Arc;

use thiserror::Error;

use super::{DexTable, Fact, FactKind, FactSet, Location};
use crate::limits::Limits;

/// A line that is not a fact.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct TextError {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// Reads facts from text.
///
/// # Errors
/// Names the first line that is not a fact.
pub fn parse(text: &str) -> Result<FactSet, TextError> {
    let mut facts = FactSet::new();
    let limits = Limits::default();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (fact, location) = parse_line(line).map_err(|problem| TextError {
            line: index.saturating_add(1),
            problem,
        })?;
        facts.insert(fact, location, &limits);
    }
    Ok(facts)
}

/// Writes all facts, one line for each place.
#[must_use]
pub fn dump(facts: &FactSet) -> String {
    let mut text = String::new();
    for (fact, locations) in facts.iter() {
        for location in locations {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{} {} @ {location}", fact.kind, fact.value);
        }
    }
    text
}

fn parse_line(line: &str) -> Result<(Fact, Location), String> {
    let (fact, location) = match line.rsplit_once(" @ ") {
        Some((fact, location)) => (fact, parse_location(location)?),
        None => (line, Location::Package),
    };
    let (kind, value) = fact
        .split_once(' ')
        .ok_or_else(|| format!("no value behind the kind in `{fact}`"))?;
    let kind = FactKind::ALL
        .iter()
        .copied()
        .find(|known| known.name() == kind)
        .ok_or_else(|| format!("`{kind}` is no kind of fact"))?;
    Ok((Fact::new(kind, value), location))
}

fn parse_location(text: &str) -> Result<Location, String> {
    let problem = || format!("`{text}` is no location");
    let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
    let split_offset = |rest: &str| match rest.rsplit_once(" +") {
        Some((name, offset)) => (name.to_owned(), offset.parse::<u64>().ok()),
        None => (rest.to_owned(), None),
    };
    match kind {
        "package" if rest.is_empty() => Ok(Location::Package),
        "entry" => {
            let (name, offset) = split_offset(rest);
            Ok(Location::Entry { name, offset })
        }
        "manifest" => {
            let (rest, file) = split_file(rest);
            let (element, offset) = split_offset(rest);
            Ok(Location::Manifest {
                element,
                offset: offset.unwrap_or_default(),
                file,
            })
        }
        "resource" => {
            let (rest, file) = split_file(rest);
            let (path, locale) = rest.split_once(' ').unwrap_or((rest, ""));
            let (kind, name) = path.split_once('/').ok_or_else(problem)?;
            Ok(Location::Resource {
                kind: kind.to_owned(),
                name: name.to_owned(),
                locale: locale.to_owned(),
                file,
            })
        }
        "dex" => {
            let (dex, rest) = rest.split_once(' ').ok_or_else(problem)?;
            let (first, last) = rest.rsplit_once(' ').ok_or_else(problem)?;
            if let Some(offset) = last.strip_prefix('+') {
                let offset = offset.parse().map_err(|_| problem())?;
                return Ok(Location::DexCode {
                    dex: dex.to_owned(),
                    method: first.to_owned(),
                    offset,
                });
            }
            let table = DexTable::from_name(first).ok_or_else(problem)?;
            let index = last.parse().map_err(|_| problem())?;
            Ok(Location::DexTable {
                dex: dex.to_owned(),
                table,
                index,
            })
        }
        _ => Err(problem()),
    }
}

/// What stands before ` in FILE`, and the file.
fn split_file(text: &str) -> (&str, Option<Arc<str>>) {
    match text.split_once(" in ") {
        Some((rest, file)) => (rest, Some(file.into())),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "\
permission android.permission.READ_SMS @ manifest uses-permission +412
field La;->CONTENT_URI @ dex classes2.dex field_ids 7
field La;->CONTENT_URI @ dex classes2.dex La;->read()V +12
literal content://sms @ entry assets/plugin.bin +9
word loan-product-strong id pinjaman online @ resource string/app_name id
word loan-product-strong id pinjaman online @ resource string/title
word loan-product-strong id pinjaman online @ resource string/title id in config.id.apk!/resources.arsc
permission android.permission.READ_SMS @ manifest uses-permission +9 in base.apk!/AndroidManifest.xml
shape packed-code @ package
";

    #[test]
    fn every_location_survives_the_round_trip() {
        let facts = parse(LINES).unwrap();
        assert_eq!(facts.len(), 5);
        let dumped = dump(&facts);
        assert_eq!(parse(&dumped).unwrap(), facts);
        assert!(dumped.contains("@ dex classes2.dex La;->read()V +12"), "{dumped}");
    }

    #[test]
    fn a_bad_line_is_named() {
        for (text, problem) in [
            ("permission", "no value"),
            ("colour red", "no kind of fact"),
            ("permission a @ moon 1", "no location"),
            ("field a @ dex classes.dex colours 1", "no location"),
        ] {
            let error = parse(&format!("# first\n{text}\n")).unwrap_err();
            assert_eq!(error.line, 2);
            assert!(error.problem.contains(problem), "{error}");
        }
    }
}
