//! The attributes of the platform that the manifest is read by.
//!
//! Ids are part of the platform's public API and never change: `public.xml` in AOSP
//! `frameworks/base/core/res/res/values`.

use crate::formats::document::{ANDROID_NAMESPACE, Attribute, Element};

/// An attribute of the platform: its resource id, and its name for documents without ids.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    id: u32,
    name: &'static str,
}

macro_rules! attributes {
    ($($constant:ident = $id:literal $name:literal,)+) => {
        $(pub(super) const $constant: Known = Known { id: $id, name: $name };)+
        const ALL: &[Known] = &[$($constant,)+];
    };
}

attributes! {
    LABEL = 0x0101_0001 "label",
    NAME = 0x0101_0003 "name",
    PERMISSION = 0x0101_0006 "permission",
    READ_PERMISSION = 0x0101_0007 "readPermission",
    WRITE_PERMISSION = 0x0101_0008 "writePermission",
    PROTECTION_LEVEL = 0x0101_0009 "protectionLevel",
    PERMISSION_GROUP = 0x0101_000a "permissionGroup",
    SHARED_USER_ID = 0x0101_000b "sharedUserId",
    HAS_CODE = 0x0101_000c "hasCode",
    ENABLED = 0x0101_000e "enabled",
    DEBUGGABLE = 0x0101_000f "debuggable",
    EXPORTED = 0x0101_0010 "exported",
    PROCESS = 0x0101_0011 "process",
    AUTHORITIES = 0x0101_0018 "authorities",
    GRANT_URI_PERMISSIONS = 0x0101_001b "grantUriPermissions",
    PRIORITY = 0x0101_001c "priority",
    TARGET_PACKAGE = 0x0101_0021 "targetPackage",
    VALUE = 0x0101_0024 "value",
    RESOURCE = 0x0101_0025 "resource",
    MIME_TYPE = 0x0101_0026 "mimeType",
    SCHEME = 0x0101_0027 "scheme",
    HOST = 0x0101_0028 "host",
    TARGET_ACTIVITY = 0x0101_0202 "targetActivity",
    MIN_SDK_VERSION = 0x0101_020c "minSdkVersion",
    VERSION_CODE = 0x0101_021b "versionCode",
    VERSION_NAME = 0x0101_021c "versionName",
    TARGET_SDK_VERSION = 0x0101_0270 "targetSdkVersion",
    MAX_SDK_VERSION = 0x0101_0271 "maxSdkVersion",
    TEST_ONLY = 0x0101_0272 "testOnly",
    BACKUP_AGENT = 0x0101_027f "backupAgent",
    ALLOW_BACKUP = 0x0101_0280 "allowBackup",
    GL_ES_VERSION = 0x0101_0281 "glEsVersion",
    REQUIRED = 0x0101_028e "required",
    USES_CLEARTEXT_TRAFFIC = 0x0101_04ec "usesCleartextTraffic",
    NETWORK_SECURITY_CONFIG = 0x0101_0527 "networkSecurityConfig",
    TARGET_SANDBOX_VERSION = 0x0101_054c "targetSandboxVersion",
    IS_FEATURE_SPLIT = 0x0101_055b "isFeatureSplit",
    VERSION_CODE_MAJOR = 0x0101_0576 "versionCodeMajor",
    APP_COMPONENT_FACTORY = 0x0101_057a "appComponentFactory",
    IS_SPLIT_REQUIRED = 0x0101_0591 "isSplitRequired",
    REQUIRED_SPLIT_TYPES = 0x0101_064e "requiredSplitTypes",
    SPLIT_TYPES = 0x0101_064f "splitTypes",
}

/// The attribute of `element` that is `known`: by resource id, else by name among those of the
/// platform that have no id.
pub(super) fn find(element: &Element, known: Known) -> Option<&Attribute> {
    let by_id = element
        .attributes
        .iter()
        .find(|attribute| attribute.resource_id == Some(known.id));
    by_id.or_else(|| {
        element.attributes.iter().find(|attribute| {
            attribute.resource_id.is_none() && is_platform(attribute) && &*attribute.name == known.name
        })
    })
}

/// Whether the name of `attribute` can be read and is not the one that goes with its resource id.
pub(super) fn is_misnamed(attribute: &Attribute) -> bool {
    let known = attribute.resource_id.and_then(|id| {
        let position = ALL.binary_search_by_key(&id, |known| known.id).ok()?;
        ALL.get(position)
    });
    known.is_some_and(|known| known.name != &*attribute.name)
}

fn is_platform(attribute: &Attribute) -> bool {
    // An unbound prefix stands for itself: fragments of decompiled manifests lack the binding.
    matches!(
        attribute.namespace.as_deref(),
        Some(ANDROID_NAMESPACE | "android")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sorted_and_unique() {
        assert!(ALL.is_sorted_by(|a, b| a.id < b.id));
    }
}
