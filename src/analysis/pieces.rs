//! Which APKs belong together: a base and the splits that are installed with it.
//!
//! Rules: `PackageLite` and `ApkLiteParseUtils.parseClusterPackageLite` of AOSP
//! `core/java/android/content/pm/parsing`: all have the package and version code of the base, which
//! alone has no `split` attribute, and no two splits have one name.

use std::collections::BTreeMap;

use super::manifest::document;
use crate::anomaly::Anomalies;
use crate::app::{App, Part};
use crate::container::Container;
use crate::limits::{Budget, Limits};
use crate::manifest::Manifest;

/// What an APK says it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Package name.
    pub package: String,
    /// Version code, the major part included; 0 when not stated.
    pub version_code: u64,
    /// Name of the split; `None` for a base.
    pub split: Option<String>,
    /// Whether the split has code and resources of its own, as a feature does.
    pub is_feature: bool,
    /// Whether the split is for one configuration of devices.
    pub is_configuration: bool,
}

impl Identity {
    /// What `manifest` says.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        let split = manifest.split.clone();
        let is_named_so = |name: &String| name.starts_with("config.") || name.contains(".config.");
        Self {
            package: manifest.package.clone(),
            version_code: manifest.long_version_code().unwrap_or_default(),
            is_configuration: manifest.config_for_split.is_some() || split.as_ref().is_some_and(is_named_so),
            is_feature: manifest.is_feature_split,
            split,
        }
    }

    /// Reads what the APK in `data` says; `None` when it is none.
    #[must_use]
    pub fn read(data: &[u8], limits: &Limits, budget: &mut Budget) -> Option<Self> {
        let mut unheard = Anomalies::new(0);
        let container = Container::open(data, limits, &mut unheard).ok()?;
        // What Android takes for no package is no part of one.
        container.find("AndroidManifest.xml")?;
        let mut app = App::new(container, limits, &mut unheard);
        let Part::Data(data) = app.manifest(0, limits, budget, &mut unheard) else {
            return None;
        };
        let document = document(&data, limits, budget, &mut unheard)?;
        let manifest = Manifest::from_document(&document, None, limits, budget, &mut unheard).ok()?;
        Some(Self::of(&manifest))
    }

    /// Whether this is installed together with `base`.
    #[must_use]
    pub fn belongs_to(&self, base: &Self) -> bool {
        self.split.is_some() && self.package == base.package && self.version_code == base.version_code
    }
}

/// What became of several APKs, by their positions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assembly {
    /// The base; `None` when there are splits only.
    pub base: Option<usize>,
    /// The splits that belong to it, or, without a base, to each other.
    pub splits: Vec<usize>,
    /// Those that would be installed in place of others: further bases, splits of a name that is
    /// there.
    pub alternatives: Vec<usize>,
    /// Those of another app or version.
    pub strangers: Vec<usize>,
    /// Those that cannot be read.
    pub unreadable: Vec<usize>,
}

impl Assembly {
    /// Tells what belongs together. Of several bases the one at `preferred` is taken, else the first.
    ///
    /// `None` when there are bases of several apps and none is preferred, or nothing can be read.
    #[must_use]
    pub fn of(identities: &[Option<Identity>], preferred: Option<usize>) -> Option<Self> {
        let known = |position: usize| identities.get(position).and_then(Option::as_ref);
        let is_base = |position: &usize| known(*position).is_some_and(|one| one.split.is_none());
        let bases: Vec<usize> = (0..identities.len()).filter(is_base).collect();
        let preferred = preferred.filter(is_base);
        let same =
            |a: &usize, b: &usize| known(*a).map(|one| &one.package) == known(*b).map(|one| &one.package);
        let first = bases.first().copied();
        if preferred.is_none() && first.is_some_and(|first| !bases.iter().all(|other| same(&first, other))) {
            return None;
        }
        let base = preferred.or(first);
        let leader = base.or_else(|| (0..identities.len()).find(|&position| known(position).is_some()))?;
        let leading = known(leader)?;
        let mut assembly = Self {
            base,
            ..Self::default()
        };
        let mut names: Vec<&str> = Vec::new();
        for (position, identity) in identities.iter().enumerate() {
            let Some(identity) = identity else {
                assembly.unreadable.push(position);
                continue;
            };
            if Some(position) == base {
                continue;
            }
            let name = identity.split.as_deref();
            if identity.belongs_to(leading) && !name.is_some_and(|name| names.contains(&name)) {
                names.extend(name);
                assembly.splits.push(position);
            } else if identity.package == leading.package && identity.version_code == leading.version_code {
                assembly.alternatives.push(position);
            } else {
                assembly.strangers.push(position);
            }
        }
        Some(assembly)
    }

    /// The positions of what is read, the base first.
    pub fn parts(&self) -> impl Iterator<Item = usize> + '_ {
        self.base.into_iter().chain(self.splits.iter().copied())
    }
}

/// Which of several files are one app, by their positions: a base with the splits that belong to it,
/// unless there is another base that they would belong to as well. Of several bases of one package and
/// version that one is meant which alone is named in the style of the split; `styles` has one for each
/// file. Each group stands where its first file does, and begins with the base.
#[must_use]
pub fn groups<S: PartialEq>(identities: &[Option<Identity>], styles: &[S]) -> Vec<Vec<usize>> {
    let mut bases: BTreeMap<(&str, u64), Vec<usize>> = BTreeMap::new();
    for (position, identity) in identities.iter().enumerate() {
        if let Some(base) = identity.as_ref().filter(|one| one.split.is_none()) {
            let key = (base.package.as_str(), base.version_code);
            bases.entry(key).or_default().push(position);
        }
    }
    let base_of = |position: usize, identity: &Option<Identity>| {
        let split = identity.as_ref().filter(|one| one.split.is_some())?;
        let bases = bases.get(&(split.package.as_str(), split.version_code))?;
        if let [base] = bases.as_slice() {
            return Some(*base);
        }
        let style = styles.get(position);
        let mut alike = bases.iter().filter(|base| styles.get(**base) == style);
        alike.next().filter(|_| alike.next().is_none()).copied()
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut place_of = BTreeMap::new();
    for (position, identity) in identities.iter().enumerate() {
        let leader = base_of(position, identity).unwrap_or(position);
        let place = *place_of.entry(leader).or_insert_with(|| {
            groups.push(vec![leader]);
            groups.len().saturating_sub(1)
        });
        if leader != position
            && let Some(group) = groups.get_mut(place)
        {
            group.push(position);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(package: &str, version_code: u64, split: Option<&str>) -> Option<Identity> {
        Some(Identity {
            package: package.to_owned(),
            version_code,
            split: split.map(str::to_owned),
            is_feature: false,
            is_configuration: false,
        })
    }

    #[test]
    fn a_base_takes_the_splits_of_its_package_and_version() {
        let given = [
            identity("a", 1, Some("config.in")),
            identity("a", 1, None),
            identity("a", 2, Some("config.hi")),
            identity("b", 1, Some("config.hi")),
            None,
            identity("a", 1, Some("config.in")),
            identity("a", 1, Some("feature")),
        ];
        let expected = Assembly {
            base: Some(1),
            splits: vec![0, 6],
            alternatives: vec![5],
            strangers: vec![2, 3],
            unreadable: vec![4],
        };
        assert_eq!(Assembly::of(&given, None), Some(expected));
    }

    #[test]
    fn of_several_bases_one_has_to_be_named_unless_they_are_one_app() {
        let apps = [identity("a", 1, None), identity("b", 1, None)];
        assert_eq!(Assembly::of(&apps, None), None);
        let named = Assembly::of(&apps, Some(1)).unwrap();
        assert_eq!((named.base, named.strangers), (Some(1), vec![0]));
        let versions = [
            identity("a", 1, None),
            identity("a", 2, None),
            identity("a", 1, None),
        ];
        let first = Assembly::of(&versions, None).unwrap();
        assert_eq!(
            (first.base, first.strangers, first.alternatives),
            (Some(0), vec![1], vec![2])
        );
    }

    #[test]
    fn splits_without_a_base_are_kept_together() {
        let splits = [identity("a", 1, Some("x")), identity("a", 1, Some("y"))];
        let found = Assembly::of(&splits, None).unwrap();
        assert_eq!((found.base, found.splits), (None, vec![0, 1]));
        assert_eq!(Assembly::of(&[None], None), None);
        assert_eq!(Assembly::of(&[], None), None);
    }

    #[test]
    fn files_are_grouped_where_the_first_of_them_stands() {
        let given = [
            identity("a", 1, Some("x")),
            identity("b", 1, None),
            identity("a", 1, None),
            None,
            identity("a", 2, Some("x")),
            identity("a", 1, Some("y")),
            identity("c", 1, None),
            identity("c", 1, None),
            identity("c", 1, Some("x")),
        ];
        let expected = vec![
            vec![2, 0, 5],
            vec![1],
            vec![3],
            vec![4],
            vec![6],
            vec![7],
            vec![8],
        ];
        assert_eq!(groups(&given, &[0; 9]), expected);
    }

    #[test]
    fn of_several_bases_the_one_named_in_the_same_style_is_meant() {
        let given = [
            identity("a", 1, None),
            identity("a", 1, None),
            identity("a", 1, Some("x")),
            identity("a", 1, Some("x")),
            identity("a", 1, Some("y")),
        ];
        let of = |styles: &[u32]| groups(&given, styles);
        assert_eq!(of(&[0, 2, 2, 0, 3]), [vec![0, 3], vec![1, 2], vec![4]]);
        assert_eq!(of(&[2, 2, 2, 2, 2]).len(), 5);
        assert_eq!(of(&[]).len(), 5);
    }
}
