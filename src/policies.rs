//! What is said of an app under the rules of stores and countries.
//!
//! Rules are judged only for apps that are taken for lending apps; each rule gets one verdict, and
//! there is no verdict over all. The first of these that fits decides:
//!
//! 1. the rule has been replaced, is not in force on the day of the rule set, or asks for a higher
//!    target level: *not applicable*;
//! 2. an exception holds: *meets*;
//! 3. something it forbids is there: *breaks*;
//! 4. something it ties to a purpose, a consent or a declared exception is there, or a permission it
//!    forbids is only added by the platform: *may break*;
//! 5. no file can show that it is met: *not applicable*, and the reason says so;
//! 6. it speaks of what code does and the code could not be seen: *may break*;
//! 7. otherwise *meets*.

use std::collections::BTreeSet;

use crate::facts::{Fact, FactKind, FactSet, Location};
use crate::matching::Finding;
use crate::signatures::Ruleset;
use crate::signatures::policy::{Jurisdiction, Rule, RuleVerdict};
use crate::signatures::sdk::names;

/// Which stores and countries are asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    /// The stores, and the countries whose languages the app speaks.
    #[default]
    Spoken,
    /// All.
    All,
    /// These, as `store:…` or `country:XX`.
    Only(Vec<String>),
}

names! {
    /// What a verdict rests on.
    Reason {
        /// A permission the rule forbids is declared.
        ForbiddenPermission = "forbidden-permission",
        /// Conduct the rule forbids was found in the code.
        ForbiddenBehaviour = "forbidden-behaviour",
        /// A permission the rule ties to a condition is declared.
        LimitedPermission = "limited-permission",
        /// The platform adds a permission the rule forbids or limits, because of an old target level.
        ImpliedPermission = "implied-permission",
        /// Conduct the rule ties to a condition was found in the code.
        LimitedBehaviour = "limited-behaviour",
        /// The rule speaks of what code does, and the code could not be seen.
        CodeNotSeen = "code-not-seen",
        /// An exception holds.
        Exception = "exception",
        /// Nothing the rule speaks of was found.
        NothingFound = "nothing-found",
        /// Another rule has taken its place.
        Replaced = "replaced",
        /// It is not in force on the day of the rule set.
        NotInForce = "not-in-force",
        /// It is about apps written for a higher level.
        TargetSdk = "target-sdk",
        /// No file can show it.
        NotVisible = "not-visible",
    }
}

/// What is said of one rule.
#[derive(Debug, Clone)]
pub struct Verdict<'r> {
    /// The store or country.
    pub jurisdiction: &'r Jurisdiction,
    /// The rule.
    pub rule: &'r Rule,
    /// The verdict.
    pub verdict: RuleVerdict,
    /// What it rests on.
    pub reason: Reason,
    /// The permissions it rests on, in the order of the rule.
    pub permissions: Vec<String>,
    /// The indicators it rests on, in the order of the rule.
    pub behaviours: Vec<String>,
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The facts of the app.
    pub facts: &'a FactSet,
    /// The indicators that hold.
    pub findings: &'a [Finding],
    /// The level it is written for.
    pub target_sdk: Option<u32>,
    /// Whether its code could be seen.
    pub is_assessable: bool,
}

/// The verdicts on an app that is taken for a lending app, by jurisdiction and rule as the files have
/// them. Withdrawn rules are left out.
#[must_use]
pub fn judge<'r>(
    subject: &Subject<'_>,
    asked: &[&'r Jurisdiction],
    ruleset: &'r Ruleset,
) -> Vec<Verdict<'r>> {
    let mut verdicts = Vec::new();
    for &jurisdiction in asked {
        for rule in jurisdiction.rule.iter().map(|rule| rule.get_ref()) {
            if rule.withdrawn.is_none() {
                verdicts.push(verdict(subject, jurisdiction, rule, ruleset.as_of()));
            }
        }
    }
    verdicts
}

fn verdict<'r>(
    subject: &Subject<'_>,
    jurisdiction: &'r Jurisdiction,
    rule: &'r Rule,
    as_of: &str,
) -> Verdict<'r> {
    let say = |verdict, reason, permissions: Vec<String>, behaviours: Vec<String>| Verdict {
        jurisdiction,
        rule,
        verdict,
        reason,
        permissions,
        behaviours,
    };
    let plain = |verdict, reason| say(verdict, reason, Vec::new(), Vec::new());
    let later = rule.in_force.as_deref().is_some_and(|day| day > as_of);
    let lower =
        matches!((rule.min_target_sdk, subject.target_sdk), (Some(least), Some(target)) if target < least);
    let aside = [
        (rule.until.is_some(), Reason::Replaced),
        (later, Reason::NotInForce),
        (lower, Reason::TargetSdk),
    ];
    if let Some((_, reason)) = aside.into_iter().find(|(holds, _)| *holds) {
        return plain(RuleVerdict::NotApplicable, reason);
    }
    let found = |ids: &[String]| -> Vec<String> {
        let known = |id: &&String| subject.findings.iter().any(|finding| finding.id == **id);
        ids.iter().filter(known).cloned().collect()
    };
    let asked = |kind, names: &[String]| -> Vec<String> {
        let known = |name: &&String| subject.facts.contains(&Fact::new(kind, name.as_str()));
        names.iter().filter(known).cloned().collect()
    };
    let exceptions = found(&rule.unless);
    if !exceptions.is_empty() {
        return say(RuleVerdict::Meets, Reason::Exception, Vec::new(), exceptions);
    }
    let (permissions, behaviours) = (
        asked(FactKind::Permission, &rule.forbids),
        found(&rule.forbids_behaviour),
    );
    if !permissions.is_empty() || !behaviours.is_empty() {
        let reason = if permissions.is_empty() {
            Reason::ForbiddenBehaviour
        } else {
            Reason::ForbiddenPermission
        };
        return say(RuleVerdict::Breaks, reason, permissions, behaviours);
    }
    let mut permissions = asked(FactKind::Permission, &rule.limits);
    let behaviours = found(&rule.limits_behaviour);
    let mut reason = Reason::LimitedPermission;
    if permissions.is_empty() {
        reason = if behaviours.is_empty() {
            Reason::ImpliedPermission
        } else {
            Reason::LimitedBehaviour
        };
        permissions = asked(FactKind::ImpliedPermission, &rule.forbids);
        permissions.extend(asked(FactKind::ImpliedPermission, &rule.limits));
    }
    if !permissions.is_empty() || !behaviours.is_empty() {
        return say(RuleVerdict::MayBreak, reason, permissions, behaviours);
    }
    if !rule.is_visible() {
        return plain(RuleVerdict::NotApplicable, Reason::NotVisible);
    }
    if rule.has_behaviour() && !subject.is_assessable {
        return plain(RuleVerdict::MayBreak, Reason::CodeNotSeen);
    }
    plain(RuleVerdict::Meets, Reason::NothingFound)
}

/// The stores and countries that `selection` means for an app that speaks `spoken`.
#[must_use]
pub fn asked<'r>(selection: &Selection, spoken: &Spoken, ruleset: &'r Ruleset) -> Vec<&'r Jurisdiction> {
    let wanted = |file: &&Jurisdiction| match selection {
        Selection::All => true,
        Selection::Only(names) => names.iter().any(|name| name == file.jurisdiction.get_ref()),
        Selection::Spoken => {
            file.is_store()
                || file
                    .languages
                    .iter()
                    .any(|language| spoken.languages.contains(language))
                || file.regions.iter().any(|region| spoken.locales.contains(region))
        }
    };
    let (mut stores, countries): (Vec<_>, Vec<_>) = ruleset
        .policies()
        .iter()
        .filter(wanted)
        .partition(|file| file.is_store());
    stores.extend(countries);
    stores
}

/// The names of all stores and countries there are rules of.
pub fn known(ruleset: &Ruleset) -> impl Iterator<Item = &str> {
    ruleset
        .policies()
        .iter()
        .map(|file| file.jurisdiction.get_ref().as_str())
}

/// What an app speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    /// Languages of the word lists.
    pub languages: BTreeSet<String>,
    /// Locales with a region that texts about lending or labels stand in.
    pub locales: BTreeSet<String>,
}

/// Different words of a language from which on an app is taken to speak it.
const TELLING_WORDS: usize = 2;

impl Spoken {
    /// From the words that were found and the locales they and the labels stand in. Libraries bring
    /// translations into dozens of languages; they do not speak of loans.
    #[must_use]
    pub fn of<'a>(facts: &FactSet, label_locales: impl Iterator<Item = &'a str>) -> Self {
        let mut words: Vec<(&str, &str)> = Vec::new();
        let mut spoken = Self::default();
        for kind in [FactKind::Word, FactKind::NameWord, FactKind::Phrase] {
            for (fact, places) in facts.of_kind(kind) {
                let Some((language, term)) = telling_word(&fact.value) else {
                    continue;
                };
                words.push((language, term));
                spoken.locales.extend(places.iter().filter_map(region_of));
            }
        }
        words.sort_unstable();
        words.dedup();
        for of_language in words.chunk_by(|a, b| a.0 == b.0) {
            if let Some((language, _)) = of_language.first().filter(|_| of_language.len() >= TELLING_WORDS) {
                spoken.languages.insert((*language).to_owned());
            }
        }
        let regions = label_locales.filter(|locale| locale.contains('-'));
        spoken.locales.extend(regions.map(str::to_owned));
        spoken
    }
}

/// Language and term of a word that counts two or more.
fn telling_word(value: &str) -> Option<(&str, &str)> {
    let mut parts = value.splitn(3, ' ');
    let (class, language, term) = (parts.next()?, parts.next()?, parts.next()?);
    let counts = class.ends_with("-strong") || class.ends_with("-medium");
    counts.then_some((language, term))
}

fn region_of(place: &Location) -> Option<String> {
    match place {
        Location::Resource { locale, .. } if locale.contains('-') => Some(locale.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::text;

    #[test]
    fn two_words_of_a_language_and_the_regions_of_texts_tell_what_an_app_speaks() {
        let facts = text::parse(
            "word loan-product-strong id pinjaman online @ resource string/a\n\
             word loan-process-medium id pencairan @ resource string/b\n\
             word loan-product-strong es préstamo en línea @ resource string/c es-MX\n\
             word loan-product-weak en loan @ resource string/d en-IN\n\
             word false-friend-context sw mkopo wa vitabu @ resource string/e sw\n\
             name-word loan-product-strong id pinjaman online @ manifest application +8\n",
        )
        .unwrap();
        let spoken = Spoken::of(&facts, ["fr", "pt-BR"].into_iter());
        assert_eq!(spoken.languages, BTreeSet::from(["id".to_owned()]));
        assert_eq!(
            spoken.locales,
            BTreeSet::from(["es-MX".to_owned(), "pt-BR".to_owned()])
        );
    }
}
