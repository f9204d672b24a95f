//! What a manifest says, where Android's reading of it is not the obvious one.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly, its helpers too")]

use dunwatch::anomaly::{Anomalies, AnomalyKind};
use dunwatch::formats::arsc::Table;
use dunwatch::formats::resources::Resources;
use dunwatch::formats::{axml, xml};
use dunwatch::limits::{Budget, Limits};
use dunwatch::manifest::{Component, ComponentKind, Manifest, ManifestError, SdkVersion};

use crate::support::arsc::{Package, Value, build};
use crate::support::axml::{self as binary, Node, Style, reference};

const NAME: u32 = 0x0101_0003;

/// Reads a manifest written as text; what stands inside the root is given.
fn text(inner: &str) -> (Manifest, Anomalies) {
    let limits = Limits::default();
    let (mut budget, mut anomalies) = (Budget::new(&limits), Anomalies::new(8));
    let text = format!(
        "<manifest xmlns:android='{}' package='com.example.app'>{inner}</manifest>",
        binary::ANDROID
    );
    let document = xml::parse(text.as_bytes(), &limits, &mut budget, &mut anomalies).unwrap();
    let manifest = Manifest::from_document(&document, None, &limits, &mut budget, &mut anomalies).unwrap();
    (manifest, anomalies)
}

/// Reads binary XML, with a table of resources if there is one.
fn compiled(data: &[u8], resources: Option<&[u8]>) -> (Manifest, Anomalies) {
    let limits = Limits::default();
    let (mut budget, mut anomalies) = (Budget::new(&limits), Anomalies::new(8));
    let document = axml::parse(data, &limits, &mut budget, &mut anomalies).unwrap();
    let table = resources.map(|data| Table::parse(data, &mut budget, &mut anomalies).unwrap());
    let table = table.as_ref().map(|table| table as &dyn Resources);
    let manifest = Manifest::from_document(&document, table, &limits, &mut budget, &mut anomalies);
    (manifest.unwrap(), anomalies)
}

fn names(manifest: &Manifest) -> Vec<&str> {
    manifest
        .permissions
        .iter()
        .map(|permission| permission.name.trim_start_matches("android.permission."))
        .collect()
}

fn implied(manifest: &Manifest) -> Vec<&str> {
    let implied = manifest.implied_permissions.iter();
    implied
        .map(|permission| permission.name.trim_start_matches("android.permission."))
        .collect()
}

fn uses(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("<uses-permission android:name='android.permission.{name}'/>"))
        .collect()
}

fn component<'m>(manifest: &'m Manifest, name: &str) -> &'m Component {
    manifest
        .components
        .iter()
        .find(|component| component.name == name)
        .unwrap()
}

fn permission(name: &str) -> Node {
    Node::new("uses-permission").android(NAME, "name", name)
}

fn root() -> Node {
    Node::new("manifest").plain("package", "com.example.app")
}

#[test]
fn reads_the_head() {
    let limits = Limits::default();
    let (mut budget, mut anomalies) = (Budget::new(&limits), Anomalies::new(8));
    let document = xml::parse(
        b"<manifest xmlns:android='http://schemas.android.com/apk/res/android' package='a.b' split='s' configForSplit='c'
            android:versionCode='0x10' android:versionCodeMajor='2' android:versionName='1.2' android:isFeatureSplit='true'
            android:sharedUserId='a.shared'/>",
        &limits,
        &mut budget,
        &mut anomalies,
    );
    let manifest =
        Manifest::from_document(&document.unwrap(), None, &limits, &mut budget, &mut anomalies).unwrap();
    assert_eq!(manifest.long_version_code(), Some((2 << 32) | 16));
    assert_eq!(
        (manifest.package.as_str(), manifest.version_name.as_deref()),
        ("a.b", Some("1.2"))
    );
    assert_eq!(
        (manifest.split.as_deref(), manifest.config_for_split.as_deref()),
        (Some("s"), Some("c"))
    );
    assert!(manifest.is_feature_split);
    assert_eq!(manifest.shared_user_id.as_deref(), Some("a.shared"));
}

#[test]
fn there_is_no_manifest_without_a_manifest_element() {
    let limits = Limits::default();
    let (mut budget, mut anomalies) = (Budget::new(&limits), Anomalies::new(8));
    let mut read = |text: &[u8]| {
        let document = xml::parse(text, &limits, &mut budget, &mut anomalies).unwrap();
        Manifest::from_document(&document, None, &limits, &mut budget, &mut anomalies)
    };
    assert_eq!(read(b"<resources/>"), Err(ManifestError::NoManifest));
    assert_eq!(
        read(b"<junk><manifest package='inner'/></junk>").unwrap().package,
        "inner"
    );
}

#[test]
fn the_package_is_the_text_as_written_and_not_the_typed_value() {
    let mut parts = binary::parts(&root().child(permission("x")), &Style::default());
    // The raw value of `package` shows another string than the typed one.
    let tag = &mut parts.nodes[1];
    tag[16 + 20 + 8..16 + 20 + 12].copy_from_slice(&0_u32.to_le_bytes());
    assert_eq!(compiled(&parts.build(), None).0.package, "name");
}

#[test]
fn sdk_levels_have_the_defaults_of_the_platform_and_the_last_element_counts() {
    let levels = |manifest: &Manifest| (manifest.effective_min_sdk(), manifest.effective_target_sdk());
    assert_eq!(levels(&text("").0), (1, 0));
    assert_eq!(
        levels(&text("<uses-sdk android:minSdkVersion='21'/>").0),
        (21, 21)
    );
    assert_eq!(
        levels(&text("<uses-sdk android:targetSdkVersion='33'/>").0),
        (1, 33)
    );
    let (manifest, _) = text(
        "<uses-sdk android:minSdkVersion='9' android:targetSdkVersion='30'/><uses-sdk android:minSdkVersion='14'/>",
    );
    assert_eq!((levels(&manifest), &manifest.target_sdk), ((14, 14), &None));
    let (manifest, _) = text("<uses-sdk android:targetSdkVersion='Tiramisu' android:maxSdkVersion='40'/>");
    assert_eq!(
        manifest.target_sdk,
        Some(SdkVersion::Codename("Tiramisu".to_owned()))
    );
    assert!(manifest.effective_target_sdk() > 1000);
    assert_eq!(manifest.max_sdk, Some(40));
}

#[test]
fn a_permission_asked_for_twice_is_one_with_the_widest_range() {
    let (manifest, anomalies) = text(
        "<uses-permission android:name='p.A' android:maxSdkVersion='18'/>
         <uses-permission-sdk-23 android:name='p.B' android:maxSdkVersion='28'/>
         <uses-permission-sdk-m android:name='p.A'/>
         <uses-permission android:name='p.B' android:maxSdkVersion='30'/>
         <uses-permission-sdk-23 android:name='p.C' android:minSdkVersion='31'/>",
    );
    let read: Vec<_> = manifest
        .permissions
        .iter()
        .map(|permission| {
            (
                permission.name.as_str(),
                permission.min_sdk,
                permission.max_sdk,
                permission.sdk_23,
                permission.count,
            )
        })
        .collect();
    let expected = [
        ("p.A", None, None, false, 2),
        ("p.B", None, Some(30), false, 2),
        ("p.C", Some(31), None, true, 1),
    ];
    assert_eq!(read, expected);
    assert_eq!(manifest.permissions[0].place.line, Some(1));
    assert_eq!(anomalies.count(AnomalyKind::ManifestDuplicatePermission), 2);
}

#[test]
fn permissions_the_platform_implies_are_kept_apart() {
    let sdk = |level: u32| format!("<uses-sdk android:targetSdkVersion='{level}'/>");
    let contacts = uses(&["READ_CONTACTS", "WRITE_CONTACTS"]);
    let (manifest, _) = text(&(sdk(15) + &contacts));
    assert_eq!(names(&manifest), ["READ_CONTACTS", "WRITE_CONTACTS"]);
    assert_eq!(
        implied(&manifest),
        ["POST_NOTIFICATIONS", "READ_CALL_LOG", "WRITE_CALL_LOG"]
    );
    let log = manifest.permission("android.permission.READ_CALL_LOG").unwrap();
    assert_eq!(
        log.implied_by.as_deref(),
        Some("android.permission.READ_CONTACTS")
    );
    assert!(log.is_implied() && log.place == manifest.permissions[0].place);

    assert_eq!(implied(&text(&(sdk(16) + &contacts)).0), ["POST_NOTIFICATIONS"]);
    assert!(implied(&text(&(sdk(33) + &contacts)).0).is_empty());
    assert_eq!(
        implied(&text(&(sdk(33) + &uses(&["WRITE_EXTERNAL_STORAGE"]))).0),
        ["READ_EXTERNAL_STORAGE"]
    );
    assert_eq!(
        implied(&text(&uses(&["READ_SMS"])).0),
        [
            "POST_NOTIFICATIONS",
            "WRITE_EXTERNAL_STORAGE",
            "READ_PHONE_STATE",
            "READ_EXTERNAL_STORAGE",
            "ACCESS_MEDIA_LOCATION",
            "READ_MEDIA_AUDIO",
            "READ_MEDIA_VIDEO",
            "READ_MEDIA_IMAGES",
            "READ_MEDIA_VISUAL_USER_SELECTED"
        ],
        "without any level the oldest rules hold, and what is implied implies further"
    );
}

#[test]
fn a_permission_named_by_a_reference_is_not_asked_for() {
    let data = build(
        &[Package::app().strings("", &[(0, "p", "android.permission.READ_SMS".into())])],
        true,
    );
    let element = Node::new("uses-permission").android(NAME, "name", reference(0x7f01_0000));
    let (manifest, anomalies) = compiled(&binary::build(&root().child(element)), Some(&data));
    assert!(manifest.permissions.is_empty());
    assert_eq!(anomalies.count(AnomalyKind::ManifestNameReference), 1);
}

#[test]
fn elements_written_with_a_prefix_are_recognised_and_noted() {
    let mut bound = permission("p.A");
    bound.namespace = Some(binary::ANDROID.to_owned());
    let mut literal = permission("p.B");
    literal.name = "android:uses-permission".to_owned();
    let (manifest, anomalies) = compiled(&binary::build(&root().child(bound).child(literal)), None);
    assert_eq!(names(&manifest), ["p.A", "p.B"]);
    assert_eq!(anomalies.count(AnomalyKind::ManifestElementPrefix), 2);
    assert_eq!(anomalies.kept()[0].subject.as_deref(), Some("uses-permission"));
    assert_eq!(
        anomalies.kept()[0].offset,
        Some(manifest.permissions[0].place.offset)
    );
}

#[test]
fn permissions_hidden_in_elements_that_android_does_not_close_are_found() {
    let (manifest, anomalies) = text(
        "<application/>
         <uses-feature android:name='f'><uses-permission android:name='p.A'/></uses-feature>
         <application><uses-permission android:name='p.B'/><activity android:name='.No'/></application>
         <unknown><uses-permission android:name='p.C'/></unknown>
         <permission android:name='d'><uses-permission android:name='p.D'/></permission>",
    );
    assert_eq!(names(&manifest), ["p.A", "p.B"]);
    assert!(manifest.components.is_empty());
    assert!(anomalies.count(AnomalyKind::ManifestHiddenElement) >= 2);
}

#[test]
fn attributes_count_by_resource_id_even_when_names_are_wiped_or_lie() {
    let root = root().child(permission("p.A"));
    let wiped = Style {
        wiped_names: true,
        ..Style::default()
    };
    let (manifest, anomalies) = compiled(&binary::parts(&root, &wiped).build(), None);
    assert_eq!(names(&manifest), ["p.A"]);
    assert_eq!(anomalies.count(AnomalyKind::AxmlAttributeName), 1);

    let decoy = Node::new("uses-permission")
        .android(0x0101_0001, "name", "p.Decoy")
        .android(NAME, "label", "p.Real");
    let (manifest, anomalies) = compiled(&binary::build(&self::root().child(decoy)), None);
    assert_eq!(names(&manifest), ["p.Real"]);
    assert_eq!(anomalies.count(AnomalyKind::AxmlAttributeName), 2);

    let plain = Node::new("uses-permission").plain("name", "p.Ignored");
    assert!(
        compiled(&binary::build(&self::root().child(plain)), None)
            .0
            .permissions
            .is_empty()
    );
}

#[test]
fn attributes_are_known_by_name_when_the_resource_map_is_missing() {
    let parts = binary::parts(&root().child(permission("p.A")), &Style::default());
    let data = binary::document(&[&parts.pool, &parts.nodes.concat()]);
    let (manifest, anomalies) = compiled(&data, None);
    assert_eq!(names(&manifest), ["p.A"]);
    assert_eq!(anomalies.count(AnomalyKind::AxmlResourceMap), 1);
}

#[test]
fn components_are_exported_by_default_as_the_target_level_says() {
    let components = "<application android:permission='p.App'>
        <activity android:name='.Plain'/>
        <activity android:name='Main'><intent-filter android:priority='-5'><action android:name='a.MAIN'/>
            <category android:name='c.L'/><data android:scheme='https' android:host='x.y'/>
            <data android:mimeType='text/*' android:scheme='https'/></intent-filter></activity>
        <activity android:name='other.Shut' android:exported='false'><intent-filter/></activity>
        <activity-alias android:name='.Alias' android:targetActivity='.Plain'><intent-filter/></activity-alias>
        <service android:name='.S' android:process=':remote' android:enabled='false' android:permission='p.Own'/>
        <receiver android:name='.R'><meta-data android:name='m' android:value='12'><intent-filter/></meta-data></receiver>
        <provider android:name='.P' android:authorities='a.b;c.d' android:readPermission='p.Read'/>
        </application>";
    for (level, provider) in [(16, true), (17, false), (34, false)] {
        let (manifest, _) = text(&format!(
            "<uses-sdk android:targetSdkVersion='{level}'/>{components}"
        ));
        assert_eq!(component(&manifest, "com.example.app.P").exported, provider);
    }
    assert!(
        component(&text(components).0, "com.example.app.P").exported,
        "no level is the oldest"
    );

    let (manifest, _) = text(components);
    let kinds: Vec<_> = manifest
        .components
        .iter()
        .map(|component| component.kind)
        .collect();
    assert_eq!(kinds.len(), 7);
    assert!(!component(&manifest, "com.example.app.Plain").exported);
    let main = component(&manifest, "com.example.app.Main");
    assert!(main.exported && !main.exported_stated);
    let filter = &main.intent_filters[0];
    assert_eq!(
        (filter.actions.as_slice(), filter.categories.as_slice()),
        (&["a.MAIN".to_owned()][..], &["c.L".to_owned()][..])
    );
    assert_eq!(
        (
            filter.schemes.len(),
            filter.hosts.len(),
            filter.mime_types.len(),
            filter.priority
        ),
        (1, 1, 1, -5)
    );
    let shut = component(&manifest, "other.Shut");
    assert!(!shut.exported && shut.exported_stated);
    let alias = component(&manifest, "com.example.app.Alias");
    assert_eq!(
        (alias.kind, alias.target.as_deref()),
        (ComponentKind::ActivityAlias, Some("com.example.app.Plain"))
    );
    assert_eq!(
        (alias.exported, alias.permission.as_deref()),
        (true, None),
        "an alias does not inherit the permission"
    );
    let service = component(&manifest, "com.example.app.S");
    assert_eq!(
        (service.enabled, service.process.as_deref()),
        (false, Some("com.example.app:remote"))
    );
    assert_eq!(service.permission.as_deref(), Some("p.Own"));
    let receiver = component(&manifest, "com.example.app.R");
    assert!(receiver.exported, "meta-data does not keep what stands inside");
    assert_eq!(receiver.meta_data[0].value.as_deref(), Some("12"));
    assert_eq!(receiver.permission.as_deref(), Some("p.App"));
    let provider = component(&manifest, "com.example.app.P");
    assert_eq!(provider.authorities, ["a.b", "c.d"]);
    assert_eq!(provider.read_permission.as_deref(), Some("p.Read"));
    assert_eq!(provider.write_permission.as_deref(), Some("p.App"));
}

#[test]
fn reads_the_application_and_what_stands_beside_it() {
    let (manifest, _) = text(
        "<application android:name='.App' android:label='Kilat' android:debuggable='true' android:hasCode='false'
            android:allowBackup='false' android:appComponentFactory='x.Factory' android:usesCleartextTraffic='true'
            android:backupAgent='.Backup' android:process='other.process'>
          <meta-data android:name='k' android:value='v'/>
          <uses-library android:name='l' android:required='false'/><uses-native-library android:name='n'/>
         </application>
         <permission android:name='p.Mine' android:protectionLevel='0x2' android:permissionGroup='g'/>
         <queries><package android:name='q.p'/><provider android:authorities='x;y'/>
           <intent><action android:name='a.VIEW'/></intent></queries>
         <uses-feature android:name='f' android:required='false'/><uses-feature android:glEsVersion='0x20000'/>
         <feature-group><uses-feature android:name='g'/></feature-group>
         <instrumentation android:name='.Runner' android:targetPackage='t'/>",
    );
    let application = &manifest.application;
    assert_eq!(application.class.as_deref(), Some("com.example.app.App"));
    assert_eq!(application.component_factory.as_deref(), Some("x.Factory"));
    assert_eq!(
        application.backup_agent.as_deref(),
        Some("com.example.app.Backup")
    );
    assert_eq!(application.process.as_deref(), Some("other.process"));
    assert_eq!(
        (application.debuggable, application.has_code),
        (Some(true), Some(false))
    );
    assert_eq!(
        (application.allow_backup, application.uses_cleartext_traffic),
        (Some(false), Some(true))
    );
    assert_eq!((application.enabled, application.test_only), (None, None));
    assert_eq!(
        (manifest.label.as_deref(), manifest.labels[""].as_str()),
        (Some("Kilat"), "Kilat")
    );
    assert_eq!(manifest.meta_data[0].value.as_deref(), Some("v"));
    let libraries: Vec<_> = manifest
        .libraries
        .iter()
        .map(|l| (l.name.as_str(), l.element, l.required))
        .collect();
    assert_eq!(
        libraries,
        [("l", "uses-library", false), ("n", "uses-native-library", true)]
    );
    let mine = &manifest.defined_permissions[0];
    assert_eq!(
        (mine.name.as_str(), mine.protection_level, mine.group.as_deref()),
        ("p.Mine", 2, Some("g"))
    );
    assert_eq!(manifest.queries.packages[0].0, "q.p");
    assert_eq!(
        manifest
            .queries
            .providers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["x", "y"]
    );
    assert_eq!(manifest.queries.intents[0].actions, ["a.VIEW"]);
    let features: Vec<_> = manifest
        .features
        .iter()
        .map(|f| (f.name.as_str(), f.gl_es_version, f.required))
        .collect();
    assert_eq!(
        features,
        [("f", None, false), ("", Some(0x20000), true), ("g", None, true)]
    );
    assert_eq!(manifest.instrumentations[0].class, "com.example.app.Runner");
}

#[test]
fn references_are_followed_through_the_table() {
    let data = build(
        &[Package::app()
            .strings(
                "",
                &[
                    (0, "app", "Loan".into()),
                    (1, "debug", Value::Integer(1)),
                    (2, "auth", "com.example.files".into()),
                    (3, "code", Value::Integer(41)),
                ],
            )
            .strings("zh-CN", &[(0, "app", "贷款".into())])],
        false,
    );
    let provider = Node::new("provider").android(NAME, "name", ".P").android(
        0x0101_0018,
        "authorities",
        reference(0x7f01_0002),
    );
    let application = Node::new("application")
        .android(0x0101_0001, "label", reference(0x7f01_0000))
        .android(0x0101_000f, "debuggable", reference(0x7f01_0001))
        .android(0x0101_0527, "networkSecurityConfig", reference(0x7f02_0000))
        .child(provider);
    let root = root()
        .android(0x0101_021b, "versionCode", reference(0x7f01_0003))
        .child(application);
    let (manifest, anomalies) = compiled(&binary::build(&root), Some(&data));
    assert_eq!(manifest.label.as_deref(), Some("Loan"));
    assert_eq!(manifest.labels.get("zh-CN").map(String::as_str), Some("贷款"));
    assert_eq!(manifest.application.label_resource, Some(0x7f01_0000));
    assert_eq!(manifest.application.debuggable, Some(true));
    assert_eq!(manifest.application.network_security_config, Some(0x7f02_0000));
    assert_eq!(manifest.components[0].authorities, ["com.example.files"]);
    assert_eq!(manifest.version_code, Some(41));
    assert!(anomalies.is_empty());

    let (manifest, _) = compiled(&binary::build(&root), None);
    assert_eq!(
        (manifest.label, manifest.version_code),
        (None, None),
        "without a table nothing is made up"
    );
}

#[test]
fn what_is_kept_of_a_manifest_is_bounded() {
    let limits = Limits {
        manifest_bytes: 20_000,
        text_bytes: 100,
        ..Limits::default()
    };
    let (mut budget, mut anomalies) = (Budget::new(&limits), Anomalies::new(8));
    let name = "é".repeat(200);
    let many: String = (0..1000)
        .map(|index| format!("<uses-permission android:name='{index}{name}'/>"))
        .collect();
    let text = format!("<manifest xmlns:android='{}'>{many}</manifest>", binary::ANDROID);
    let document = xml::parse(text.as_bytes(), &limits, &mut budget, &mut anomalies).unwrap();
    let manifest = Manifest::from_document(&document, None, &limits, &mut budget, &mut anomalies).unwrap();
    assert!((10..100).contains(&manifest.permissions.len()));
    assert!(
        manifest
            .permissions
            .iter()
            .all(|permission| permission.name.len() <= 100)
    );
    assert!(anomalies.count(AnomalyKind::BudgetSpent) > 0);
}
