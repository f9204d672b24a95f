//! A package opened for the harvest analysis alone, with models that the caller chooses.

use std::collections::{BTreeMap, BTreeSet};

use dunwatch::anomaly::Anomalies;
use dunwatch::container::{Container, Inflater};
use dunwatch::facts::collect::manifest::{component_actions, component_classes};
use dunwatch::formats::axml;
use dunwatch::formats::dex::Dex;
use dunwatch::harvest::models::Models;
use dunwatch::harvest::program::CodeFile;
use dunwatch::harvest::{self, Harvest, Request};
use dunwatch::limits::{Budget, Limits};
use dunwatch::manifest::Manifest;

use super::Result;

/// The first dex file of a package, and what its manifest says.
#[derive(Debug)]
pub(crate) struct Package {
    /// The name the dex file is reported under.
    pub(crate) dex_name: String,
    /// The bytes of the dex file.
    pub(crate) dex: Vec<u8>,
    /// Descriptors of the component classes.
    pub(crate) components: Vec<String>,
    /// Classes of the components that answer to an action, by action.
    pub(crate) actions: BTreeMap<String, Vec<String>>,
    /// The permissions that are asked for.
    pub(crate) permissions: BTreeSet<String>,
}

impl Package {
    /// Opens a package of one dex file.
    pub(crate) fn open(bytes: &[u8]) -> Result<Self> {
        let limits = Limits::default();
        let mut budget = Budget::new(&limits);
        let mut anomalies = Anomalies::new(1);
        let container = Container::open(bytes, &limits, &mut anomalies).map_err(|error| error.to_string())?;
        let mut inflater = Inflater::new();
        let mut entry = |name: &str| {
            let entry = container.find(name).ok_or_else(|| format!("no {name}"))?;
            let data = inflater.read(entry, &limits, &mut budget, &mut anomalies);
            data.map(|data| data.into_owned())
                .map_err(|error| format!("{name}: {error}"))
        };
        let (dex, manifest) = (entry("classes.dex")?, entry("AndroidManifest.xml")?);
        let document = axml::parse(&manifest, &limits, &mut budget, &mut anomalies)
            .map_err(|error| error.to_string())?;
        let manifest = Manifest::from_document(&document, None, &limits, &mut budget, &mut anomalies)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            dex_name: "classes.dex".to_owned(),
            dex,
            components: component_classes(&manifest),
            actions: component_actions(&manifest),
            permissions: manifest
                .permissions
                .iter()
                .map(|permission| permission.name.clone())
                .collect(),
        })
    }
}

/// Analyses packages as one app with several dex files, in this order. All data is wanted.
pub(crate) fn analyze(packages: &[&Package], models: &Models, all_sinks: bool) -> Result<Harvest> {
    let limits = Limits::default();
    let mut budget = Budget::new(&limits);
    let mut anomalies = Anomalies::new(1);
    let mut parsed: Vec<(&str, Vec<Dex<'_>>)> = Vec::new();
    for package in packages {
        let files = Dex::parse(&package.dex, &limits, &mut budget, &mut anomalies)
            .map_err(|error| error.to_string())?;
        parsed.push((&package.dex_name, files));
    }
    let files = parsed
        .iter()
        .flat_map(|(name, files)| files.iter().map(|dex| CodeFile { name, dex }))
        .collect();
    let components = packages
        .iter()
        .flat_map(|package| package.components.iter().cloned());
    let request = Request {
        components: Some(components.collect()),
        data: None,
        actions: packages
            .iter()
            .flat_map(|package| package.actions.clone())
            .collect(),
        loaded: Vec::new(),
        all_sinks,
    };
    Ok(harvest::analyze(files, models, &request, &limits, &mut budget))
}
