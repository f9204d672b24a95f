//! The layouts of the common protectors: where their stub classes, libraries and payloads stand.

use super::{
    MAIN_ACTIVITY, descriptor, dex, is_out_of_sight, manifest, noise, package, plain_class, report, shapes,
};
use crate::support::dex::{Body, Class, shape};

/// Where the libraries, assets and stub classes of a protector stand.
struct Layout {
    /// Id of its signature.
    id: &'static str,
    /// The stub that takes the place of the app's own application class; empty when that one stays.
    application: &'static str,
    /// Further classes of its own.
    classes: &'static [&'static str],
    /// Files, and their length when they are encrypted; libraries are short.
    files: &'static [(&'static str, usize)],
    /// Encrypted bytes behind the dex file.
    tail: usize,
}

const LAYOUTS: [Layout; 17] = [
    Layout {
        id: "qihoo-360-jiagu",
        application: "com.stub.StubApp",
        classes: &["com.qihoo.util.Configuration", "com.tianyu.util.DtcLoader"],
        files: &[
            ("assets/libjiagu.so", 0),
            ("assets/libjiagu_a64.so", 0),
            ("assets/libjiagu_x86.so", 0),
        ],
        tail: 90_000,
    },
    Layout {
        id: "qihoo-360-protect",
        application: "com.qihoo.util.StubApplication",
        classes: &["com.qihoo.util.QHClassLoader"],
        files: &[
            ("lib/armeabi/libprotectClass.so", 0),
            ("assets/libprotectClass_x86.so", 0),
        ],
        tail: 70_000,
    },
    Layout {
        id: "tencent-legu",
        application: "com.tencent.StubShell.TxAppEntry",
        classes: &[
            "com.tencent.StubShell.SystemClassLoader",
            "com.tencent.StubShell.ZipUtil",
        ],
        files: &[
            ("lib/armeabi-v7a/libshella-4.1.0.15.so", 0),
            ("lib/armeabi-v7a/libshellx-4.1.0.15.so", 0),
            ("assets/0OO00l111l1l", 70_000),
            ("tencent_stub", 20_000),
        ],
        tail: 0,
    },
    Layout {
        id: "tencent-legu",
        application: "com.wrapper.proxyapplication.WrapperProxyApplication",
        classes: &["com.wrapper.proxyapplication.Util"],
        files: &[
            ("lib/arm64-v8a/libshell-super.com.example.wallet.so", 0),
            ("assets/0OO00oo01l1l", 80_000),
        ],
        tail: 0,
    },
    Layout {
        id: "bangcle",
        application: "com.secneo.apkwrapper.ApplicationWrapper",
        classes: &["com.secneo.apkwrapper.Helper"],
        files: &[
            ("lib/armeabi/libsecexe.so", 0),
            ("lib/armeabi/libsecmain.so", 0),
            ("assets/bangcle_classes.jar", 66_000),
        ],
        tail: 0,
    },
    Layout {
        id: "bangcle",
        application: "com.SecShell.SecShell.ApplicationWrapper",
        classes: &["com.SecShell.SecShell.Helper"],
        files: &[
            ("lib/armeabi-v7a/libSecShell.so", 0),
            ("assets/secData0.jar", 66_000),
        ],
        tail: 0,
    },
    Layout {
        id: "secneo",
        application: "com.secneo.apkwrapper.AW",
        classes: &["com.secneo.apkwrapper.H"],
        files: &[
            ("lib/arm64-v8a/libDexHelper.so", 0),
            ("assets/classes0.jar", 120_000),
        ],
        tail: 0,
    },
    Layout {
        id: "ijiami",
        application: "s.h.e.l.l.S",
        classes: &["s.h.e.l.l.N"],
        files: &[
            ("lib/armeabi-v7a/libexec.so", 0),
            ("lib/armeabi-v7a/libexecmain.so", 0),
            ("assets/ijiami.dat", 90_000),
            ("assets/ijm_lib/armeabi/libexec.so", 0),
        ],
        tail: 0,
    },
    Layout {
        id: "ijiami",
        application: "com.shell.SuperApplication",
        classes: &["com.shell.NativeApplication"],
        files: &[("lib/armeabi/libexec.so", 0), ("assets/ijiami.ajm", 90_000)],
        tail: 0,
    },
    Layout {
        id: "baidu-protect",
        application: "com.baidu.protect.StubApplication",
        classes: &["com.baidu.protect.A"],
        files: &[
            ("lib/armeabi/libbaiduprotect.so", 0),
            ("assets/baiduprotect1.jar", 88_000),
        ],
        tail: 0,
    },
    Layout {
        id: "alibaba-mobisec",
        application: "com.ali.mobisecenhance.StubApplication",
        classes: &["com.ali.mobisecenhance.ReflectUtils"],
        files: &[
            ("lib/armeabi/libmobisec.so", 0),
            ("assets/aliprotect.dat", 64_000),
        ],
        tail: 0,
    },
    Layout {
        id: "netease-yidun",
        application: "com.netease.nis.wrapper.MyApplication",
        classes: &["com.netease.nis.wrapper.MyJni"],
        files: &[
            ("lib/arm64-v8a/libnesec.so", 0),
            ("assets/nedata.db", 75_000),
            ("assets/nedig.properties", 0),
        ],
        tail: 0,
    },
    Layout {
        id: "dexprotector",
        application: "com.example.wallet.ProtectedApplication",
        classes: &["com.example.wallet.LibApplication"],
        files: &[
            ("lib/arm64-v8a/libdexprotector.so", 0),
            ("assets/dp.arm-v8.so.dat", 40_000),
            ("assets/classes.dex.dat", 95_000),
        ],
        tail: 0,
    },
    Layout {
        id: "appsealing",
        application: "com.inka.appsealing.AppSealingApplication",
        classes: &["com.inka.appsealing.DexLoader"],
        files: &[
            ("lib/arm64-v8a/libcovault-appsec.so", 0),
            ("assets/sealed1.dex", 110_000),
        ],
        tail: 0,
    },
    Layout {
        id: "liapp",
        application: "com.lockincomp.liapp.LiappApplication",
        classes: &["com.lockincomp.liapp.LiappClassLoader"],
        files: &[("assets/LIAPP.ini", 0), ("assets/LIAPPClient.sc", 90_000)],
        tail: 0,
    },
    Layout {
        id: "naga",
        application: "com.edog.AppWrapper",
        classes: &["com.edog.ELib"],
        files: &[
            ("lib/armeabi/libedog.so", 0),
            ("lib/armeabi/libchaosvmp.so", 0),
            ("assets/maindata/fake_classes.dex", 70_000),
        ],
        tail: 0,
    },
    Layout {
        id: "nprotect-appguard",
        application: "com.inca.security.Core.AppGuardApplication",
        classes: &["com.inca.security.Core.Loader"],
        files: &[
            ("lib/arm64-v8a/libAppGuard.so", 0),
            ("assets/AppGuard0.jar", 90_000),
        ],
        tail: 0,
    },
];

fn packed(layout: &Layout) -> Vec<u8> {
    let stub = Class::new(&descriptor(layout.application)).method(
        "attachBaseContext",
        shape("V", &[]),
        Body::returning(Vec::new()),
    );
    let further = layout.classes.iter().map(|name| plain_class(name));
    let mut code = dex([stub].into_iter().chain(further).collect());
    code.extend(noise(layout.tail));
    let files: Vec<(&str, Vec<u8>)> = layout
        .files
        .iter()
        .map(|(name, length)| {
            let data = if *length == 0 {
                b"\x7fELF short".to_vec()
            } else {
                noise(*length)
            };
            (*name, data)
        })
        .collect();
    package(&manifest(layout.application, MAIN_ACTIVITY), &code, &files)
}

#[test]
fn every_packed_app_is_not_assessable_and_its_protector_is_named_with_evidence() {
    for layout in &LAYOUTS {
        let bytes = packed(layout);
        let report = report(&bytes);
        let name = format!("{} {}", layout.id, layout.application);
        assert!(is_out_of_sight(&report), "{name}");
        let sdk = report.sdks.iter().find(|sdk| sdk.id == layout.id);
        assert!(
            sdk.is_some_and(|sdk| !sdk.evidence.is_empty()),
            "{name}: {:?}",
            report.sdks
        );
        let mut expected = vec!["components-missing"];
        if layout.files.iter().any(|(_, length)| *length > 0) {
            expected.push("encrypted-payload");
        }
        if layout.tail > 0 {
            expected.push("encrypted-tail");
        }
        expected.extend(["launcher-missing", "packed-code"]);
        assert_eq!(shapes(&bytes), expected, "{name}");
        let finding = report
            .findings
            .iter()
            .find(|one| one.id == "packed-code")
            .unwrap();
        let payloads = layout.files.iter().filter(|(_, length)| *length > 0);
        for (file, _) in payloads {
            let is_named = finding
                .evidence
                .iter()
                .any(|place| place.entry.as_deref() == Some(*file));
            assert!(is_named, "{name}: {file}: {:?}", finding.evidence);
        }
    }
}
