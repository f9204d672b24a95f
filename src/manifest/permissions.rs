//! Permissions: asked for, implied and defined.

use super::attributes as attr;
use super::collector::Collector;
use super::{Manifest, Place};
use crate::anomaly::AnomalyKind;
use crate::formats::document::Element;

/// A permission the app asks for, or gets because of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Full name.
    pub name: String,
    /// Lowest API level on which it is asked for.
    pub min_sdk: Option<u32>,
    /// Highest API level on which it is asked for.
    pub max_sdk: Option<u32>,
    /// Whether it is asked for by `uses-permission-sdk-23` only, and so not below API level 23.
    pub sdk_23: bool,
    /// The permission that implies this one; `None` for one that is asked for. The empty string
    /// stands for the target level alone.
    pub implied_by: Option<String>,
    /// How often it is asked for.
    pub count: u32,
    /// The element that asks for it first, or for the one that implies it.
    pub place: Place,
}

impl Permission {
    /// Whether the platform adds the permission without it being asked for.
    #[must_use]
    pub fn is_implied(&self) -> bool {
        self.implied_by.is_some()
    }
}

/// A permission the app defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionDefinition {
    /// Full name.
    pub name: String,
    /// The value of `protectionLevel`; 0, `normal`, when absent.
    pub protection_level: u32,
    /// The group it is shown in.
    pub group: Option<String>,
    /// Where it is defined.
    pub place: Place,
}

/// Permissions that were part of another one up to a target level: the other one, the level below
/// which it implies, and what it implies. Order as in AOSP `data/etc/platform.xml`, because what is
/// implied can imply further.
const SPLIT: &[(&str, u32, &str)] = &[
    ("ACCESS_FINE_LOCATION", u32::MAX, "ACCESS_COARSE_LOCATION"),
    ("WRITE_EXTERNAL_STORAGE", u32::MAX, "READ_EXTERNAL_STORAGE"),
    ("READ_CONTACTS", 16, "READ_CALL_LOG"),
    ("WRITE_CONTACTS", 16, "WRITE_CALL_LOG"),
    ("ACCESS_FINE_LOCATION", 29, "ACCESS_BACKGROUND_LOCATION"),
    ("ACCESS_COARSE_LOCATION", 29, "ACCESS_BACKGROUND_LOCATION"),
    ("READ_EXTERNAL_STORAGE", 29, "ACCESS_MEDIA_LOCATION"),
    ("WRITE_EXTERNAL_STORAGE", 29, "ACCESS_MEDIA_LOCATION"),
    ("BLUETOOTH", 31, "BLUETOOTH_SCAN"),
    ("BLUETOOTH", 31, "BLUETOOTH_CONNECT"),
    ("BLUETOOTH", 31, "BLUETOOTH_ADVERTISE"),
    ("BLUETOOTH_ADMIN", 31, "BLUETOOTH_SCAN"),
    ("BLUETOOTH_ADMIN", 31, "BLUETOOTH_CONNECT"),
    ("BLUETOOTH_ADMIN", 31, "BLUETOOTH_ADVERTISE"),
    ("BODY_SENSORS", 33, "BODY_SENSORS_BACKGROUND"),
    ("READ_EXTERNAL_STORAGE", 33, "READ_MEDIA_AUDIO"),
    ("READ_EXTERNAL_STORAGE", 33, "READ_MEDIA_VIDEO"),
    ("READ_EXTERNAL_STORAGE", 33, "READ_MEDIA_IMAGES"),
    ("WRITE_EXTERNAL_STORAGE", 33, "READ_MEDIA_AUDIO"),
    ("WRITE_EXTERNAL_STORAGE", 33, "READ_MEDIA_VIDEO"),
    ("WRITE_EXTERNAL_STORAGE", 33, "READ_MEDIA_IMAGES"),
    ("READ_MEDIA_IMAGES", u32::MAX, "READ_MEDIA_VISUAL_USER_SELECTED"),
    ("READ_MEDIA_VIDEO", u32::MAX, "READ_MEDIA_VISUAL_USER_SELECTED"),
    (
        "ACCESS_MEDIA_LOCATION",
        u32::MAX,
        "READ_MEDIA_VISUAL_USER_SELECTED",
    ),
];

/// Permissions that older apps did not need: the target level below which they are added.
const COMPATIBILITY: &[(u32, &str)] = &[
    (33, "POST_NOTIFICATIONS"),
    (4, "WRITE_EXTERNAL_STORAGE"),
    (4, "READ_PHONE_STATE"),
];

const PLATFORM: &str = "android.permission.";

pub(super) fn read_use(
    manifest: &mut Manifest,
    collector: &mut Collector<'_, '_>,
    element: &Element,
    sdk_23: bool,
) {
    let min_sdk = collector.integer(element, attr::MIN_SDK_VERSION);
    let max_sdk = collector.integer(element, attr::MAX_SDK_VERSION);
    let Some(name) = collector.literal(element, attr::NAME) else {
        return;
    };
    // A short list in every honest manifest; the budget bounds it in the others.
    if !collector.budget.steps(manifest.permissions.len() as u64) {
        return;
    }
    if let Some(known) = manifest.permissions.iter_mut().find(|known| known.name == name) {
        // On each API level the element that applies there counts.
        known.min_sdk = known.min_sdk.zip(min_sdk).map(|(a, b)| a.min(b));
        known.max_sdk = known.max_sdk.zip(max_sdk).map(|(a, b)| a.max(b));
        known.sdk_23 &= sdk_23;
        known.count = known.count.saturating_add(1);
        collector.note(AnomalyKind::ManifestDuplicatePermission, element, &name);
        return;
    }
    if collector.item() {
        manifest.permissions.push(Permission {
            name,
            min_sdk,
            max_sdk,
            sdk_23,
            implied_by: None,
            count: 1,
            place: element.into(),
        });
    }
}

pub(super) fn read_definition(manifest: &mut Manifest, collector: &mut Collector<'_, '_>, element: &Element) {
    let protection_level = collector
        .integer(element, attr::PROTECTION_LEVEL)
        .unwrap_or_default();
    let group = collector.text(element, attr::PERMISSION_GROUP);
    if let Some(name) = collector
        .literal(element, attr::NAME)
        .filter(|_| collector.item())
    {
        manifest.defined_permissions.push(PermissionDefinition {
            name,
            protection_level,
            group,
            place: element.into(),
        });
    }
}

/// Adds the permissions the platform adds at installation.
pub(super) fn imply(manifest: &mut Manifest) {
    let target = manifest.effective_target_sdk();
    for (_, name) in COMPATIBILITY.iter().take_while(|(level, _)| target < *level) {
        add(manifest, name, None);
    }
    for (cause, _, name) in SPLIT.iter().filter(|(_, level, _)| target < *level) {
        if let Some(cause) = manifest.permission(&format!("{PLATFORM}{cause}")).cloned() {
            add(manifest, name, Some(cause));
        }
    }
}

fn add(manifest: &mut Manifest, name: &str, cause: Option<Permission>) {
    let name = format!("{PLATFORM}{name}");
    if manifest.permission(&name).is_some() {
        return;
    }
    manifest.implied_permissions.push(Permission {
        name,
        min_sdk: cause.as_ref().and_then(|cause| cause.min_sdk),
        max_sdk: cause.as_ref().and_then(|cause| cause.max_sdk),
        sdk_23: cause.as_ref().is_some_and(|cause| cause.sdk_23),
        place: cause.as_ref().map_or(manifest.place, |cause| cause.place),
        implied_by: Some(cause.map(|cause| cause.name).unwrap_or_default()),
        count: 0,
    });
}
