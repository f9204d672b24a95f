//! Each id stands for one signature, of whatever sort: reports, `withdrawn.toml` and links name
//! signatures by their id alone.
//!
//! Indicators, SDKs and published lists have the id of their file, rules of stores and countries
//! `jurisdiction/rule`, and files that are read as a whole their path without the ending. Kinds are no
//! signatures; that no indicator has the name of one is seen to where conditions are read.

use std::collections::BTreeMap;
use std::ops::Range;

use super::catalogue::stem;
use super::load::{Files, LoadError, Parsed};

/// One use of an id.
struct Use<'p> {
    id: String,
    sort: &'static str,
    path: &'p str,
    span: Range<usize>,
}

/// Checks that no id is used twice.
///
/// # Errors
/// The second use in the order of the paths; the problem names the file of the first.
pub(super) fn check(parsed: &Parsed, files: &Files) -> Result<(), LoadError> {
    let mut uses = uses(parsed, files);
    uses.sort_by(|a, b| (a.path, a.span.start).cmp(&(b.path, b.span.start)));
    let mut first: BTreeMap<&str, &Use<'_>> = BTreeMap::new();
    for one in &uses {
        let Some(other) = first.insert(&one.id, one) else {
            continue;
        };
        let text = files.get(one.path).map(String::as_str).unwrap_or_default();
        let problem = if other.path == one.path {
            format!(
                "the id `{}` stands here twice; give one of the two another",
                one.id
            )
        } else {
            format!(
                "the id `{}` of this {} is the one of the {} in {} as well; give one of the two another id, or \
                 put the file in the place of the other by giving it the same path",
                one.id, one.sort, other.sort, other.path
            )
        };
        return Err(LoadError::at(one.path, text, one.span.clone(), problem));
    }
    Ok(())
}

fn uses<'p>(parsed: &'p Parsed, files: &'p Files) -> Vec<Use<'p>> {
    let named = |sort, path: &'p String, id: &toml::Spanned<String>| Use {
        id: id.get_ref().clone(),
        sort,
        path,
        span: id.span(),
    };
    let indicators = parsed.indicators.iter();
    let sdks = parsed.sdks.iter();
    let published = parsed.published.iter();
    let rules = parsed.policies.iter().flat_map(|(path, file)| {
        file.rule.iter().map(move |rule| Use {
            id: file.full_id(rule.get_ref()),
            sort: "rule",
            path,
            span: rule.span(),
        })
    });
    let whole = files.keys().filter_map(|path| {
        let (folder, _) = path.split_once('/')?;
        let sort = match folder {
            "apis" => "vocabulary",
            "flows" => "file of flow models",
            "advice" => "advice",
            "lexicon" => "word list",
            "phrases" => "phrase list",
            _ => return None,
        };
        Some(Use {
            id: stem(path).to_owned(),
            sort,
            path,
            span: 0..0,
        })
    });
    indicators
        .map(|(path, one)| named("indicator", path, &one.id))
        .chain(sdks.map(|(path, one)| named("SDK", path, &one.id)))
        .chain(published.map(|(path, one)| named("published list", path, &one.id)))
        .chain(rules)
        .chain(whole)
        .collect()
}
