//! Activities, aliases, services, receivers and providers.

use super::application::{MetaData, meta_data};
use super::attributes as attr;
use super::collector::{Collector, Walk};
use super::{Manifest, Place};
use crate::formats::document::Element;

/// The kind of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// A screen.
    Activity,
    /// Another name for an activity.
    ActivityAlias,
    /// Work in the background.
    Service,
    /// A receiver of broadcasts.
    Receiver,
    /// A provider of content.
    Provider,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What it is.
    pub kind: ComponentKind,
    /// Fully qualified class name; of an alias, its own name.
    pub name: String,
    /// Fully qualified name of the activity an alias stands for.
    pub target: Option<String>,
    /// The name shown to people, references followed.
    pub label: Option<String>,
    /// Whether other apps can reach it: as stated, else by default.
    pub exported: bool,
    /// Whether `exported` is stated.
    pub exported_stated: bool,
    /// Whether it can run at all.
    pub enabled: bool,
    /// Permission that callers need; the application's when it states none.
    pub permission: Option<String>,
    /// Permission that readers of a provider need.
    pub read_permission: Option<String>,
    /// Permission that writers of a provider need.
    pub write_permission: Option<String>,
    /// Whether a provider can grant access to single items.
    pub grant_uri_permissions: bool,
    /// Authorities of a provider.
    pub authorities: Vec<String>,
    /// Name of the process, fully qualified.
    pub process: Option<String>,
    /// Intents it answers to.
    pub intent_filters: Vec<IntentFilter>,
    /// Meta-data.
    pub meta_data: Vec<MetaData>,
    /// Where it stands.
    pub place: Place,
}

/// Which intents are answered, or asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IntentFilter {
    /// Actions.
    pub actions: Vec<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// URI schemes.
    pub schemes: Vec<String>,
    /// Hosts.
    pub hosts: Vec<String>,
    /// Media types.
    pub mime_types: Vec<String>,
    /// Priority among other apps.
    pub priority: i32,
    /// Where it stands.
    pub place: Place,
}

/// The kind of component that an element called `name` is.
pub(super) fn kind(name: &str) -> Option<ComponentKind> {
    Some(match name {
        "activity" => ComponentKind::Activity,
        "activity-alias" => ComponentKind::ActivityAlias,
        "service" => ComponentKind::Service,
        "receiver" => ComponentKind::Receiver,
        "provider" => ComponentKind::Provider,
        _ => return None,
    })
}

pub(super) fn read<'d>(
    manifest: &mut Manifest,
    collector: &mut Collector<'_, 'd>,
    element: &'d Element,
    kind: ComponentKind,
) {
    let package = manifest.package.as_str();
    let Some(name) = collector.class(element, attr::NAME, package) else {
        return;
    };
    if !collector.item() {
        return;
    }
    let own_permission = collector.text(element, attr::PERMISSION);
    let is_alias = kind == ComponentKind::ActivityAlias;
    let permission = match own_permission {
        None if !is_alias => manifest
            .application
            .permission
            .as_deref()
            .and_then(|name| collector.keep(name)),
        own => own,
    };
    let mut component = Component {
        kind,
        name,
        target: is_alias
            .then(|| collector.class(element, attr::TARGET_ACTIVITY, package))
            .flatten(),
        label: collector.text(element, attr::LABEL),
        exported: false,
        exported_stated: false,
        enabled: collector.flag(element, attr::ENABLED).unwrap_or(true),
        read_permission: None,
        write_permission: None,
        grant_uri_permissions: collector
            .flag(element, attr::GRANT_URI_PERMISSIONS)
            .unwrap_or_default(),
        authorities: Vec::new(),
        process: collector.process(element, package),
        permission,
        intent_filters: Vec::new(),
        meta_data: Vec::new(),
        place: element.into(),
    };
    if kind == ComponentKind::Provider {
        provider(&mut component, collector, element);
    }
    collector.walk(element, |collector, child, name| match name {
        "intent-filter" => {
            component.intent_filters.extend(intent_filter(collector, child));
            Walk::Pass
        }
        "meta-data" => {
            component.meta_data.extend(meta_data(collector, child));
            Walk::Enter
        }
        "property" | "grant-uri-permission" | "path-permission" | "layout" => Walk::Enter,
        _ => Walk::Pass,
    });
    let stated = collector.flag(element, attr::EXPORTED);
    component.exported_stated = stated.is_some();
    component.exported = stated.unwrap_or(match kind {
        ComponentKind::Provider => manifest.effective_target_sdk() < 17,
        _ => !component.intent_filters.is_empty(),
    });
    manifest.components.push(component);
}

fn provider(component: &mut Component, collector: &mut Collector<'_, '_>, element: &Element) {
    let read = collector.text(element, attr::READ_PERMISSION);
    let write = collector.text(element, attr::WRITE_PERMISSION);
    let mut general = || {
        component
            .permission
            .as_deref()
            .and_then(|name| collector.keep(name))
    };
    component.read_permission = read.or_else(&mut general);
    component.write_permission = write.or_else(&mut general);
    let authorities = collector.text(element, attr::AUTHORITIES).unwrap_or_default();
    let authorities = authorities.split(';').filter(|authority| !authority.is_empty());
    for authority in authorities {
        component
            .authorities
            .extend(collector.keep(authority).filter(|_| collector.item()));
    }
}

/// Reads an `intent-filter` or the `intent` of a query.
pub(super) fn intent_filter<'d>(
    collector: &mut Collector<'_, 'd>,
    element: &'d Element,
) -> Option<IntentFilter> {
    if !collector.item() {
        return None;
    }
    let mut filter = IntentFilter {
        priority: collector
            .integer(element, attr::PRIORITY)
            .map_or(0, u32::cast_signed),
        place: element.into(),
        ..IntentFilter::default()
    };
    collector.walk(element, |collector, child, name| {
        match name {
            "action" => collector.add(&mut filter.actions, child, attr::NAME),
            "category" => collector.add(&mut filter.categories, child, attr::NAME),
            "data" => {
                collector.add(&mut filter.schemes, child, attr::SCHEME);
                collector.add(&mut filter.hosts, child, attr::HOST);
                collector.add(&mut filter.mime_types, child, attr::MIME_TYPE);
                return Walk::Enter;
            }
            _ => {}
        }
        Walk::Pass
    });
    Some(filter)
}
