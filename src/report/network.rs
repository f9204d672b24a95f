//! Hosts and keys on the wire.

use super::{build, v1};
use crate::facts::network::{Host, Network, Places};
use crate::signatures::Ruleset;
use crate::signatures::network::HostClass;

/// Hosts that are not common first, each part by name; the rest as it is kept.
#[must_use]
pub fn network(found: &Network, ruleset: &Ruleset) -> v1::Network {
    let known = ruleset.network();
    let mut hosts: Vec<(bool, v1::Host)> = found
        .hosts
        .iter()
        .map(|(name, host)| {
            let class = known.host(name).map(|(class, _)| class);
            (class.is_some_and(HostClass::is_common), row(name, host, class))
        })
        .collect();
    // Stable, so that the names keep their order.
    hosts.sort_by_key(|(is_common, _)| *is_common);
    v1::Network {
        hosts: hosts.into_iter().map(|(_, host)| host).collect(),
        paths: found
            .paths
            .iter()
            .map(|(name, places)| v1::Named {
                name: name.clone(),
                count: places.count,
                evidence: evidence(places),
            })
            .collect(),
        fields: found
            .fields
            .iter()
            .map(|(name, places)| v1::Field {
                name: name.clone(),
                data: known.data(name).unwrap_or_default().to_owned(),
                count: places.count,
                evidence: evidence(places),
            })
            .collect(),
        identifiers: found
            .keys
            .iter()
            .map(|((kind, value), places)| v1::Identifier {
                kind: kind.clone(),
                value: value.clone(),
                count: places.count,
                evidence: evidence(places),
            })
            .collect(),
        dropped: found.dropped,
    }
}

fn row(name: &str, host: &Host, class: Option<HostClass>) -> v1::Host {
    let is_common = class.is_some_and(HostClass::is_common);
    let mut places = evidence(&host.places);
    if is_common {
        places.truncate(1);
    }
    v1::Host {
        host: name.to_owned(),
        ip: host.is_ip,
        class: class.map(|class| class.name().to_owned()),
        schemes: host.schemes.iter().cloned().collect(),
        paths: if is_common {
            Vec::new()
        } else {
            host.paths.iter().cloned().collect()
        },
        count: host.places.count,
        evidence: places,
    }
}

fn evidence(places: &Places) -> Vec<v1::Evidence> {
    places.kept.iter().map(build::place).collect()
}
