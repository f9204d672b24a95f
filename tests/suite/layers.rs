//! What stands in each layer of a package, and how much of it was read.

use dunwatch::analysis::{Input, facts, facts_of};
use dunwatch::anomaly::Anomalies;
use dunwatch::container::{Container, LooseFile};
use dunwatch::facts::Coverage;
use dunwatch::facts::layers::{LayerCoverage, LayerName, Tally};
use dunwatch::limits::Limits;

use crate::collections::packed;
use crate::hostile::entries;
use crate::support::apps::{self, RULES};
use crate::support::dart::{Shape, Snapshot};
use crate::support::elf::Library;
use crate::support::zip::{Archive, File};

/// The parts of a fixture app that `keeps` wants, with further files.
fn app(name: &str, keeps: impl Fn(&str) -> bool, files: &[(&str, &[u8])]) -> Vec<u8> {
    let parts = entries(&apps::fixture(name));
    let kept = parts.iter().filter(|(name, _)| keeps(name));
    let archive = kept.fold(Archive::new(), |archive, (name, data)| {
        archive.file(File::deflated(name, data))
    });
    let with = |archive: Archive, (name, data): &(&str, &[u8])| archive.file(File::deflated(name, data));
    files.iter().fold(archive, with).build()
}

/// Pairs of a signing block that hold certificates: v2, v3, v3.1.
const SCHEMES: [u32; 3] = [0x7109_871a, 0xf053_68c0, 0x1b93_ad61];

fn everything(_: &str) -> bool {
    true
}

fn coverage(bytes: &[u8], limits: &Limits) -> Coverage {
    facts(bytes, &RULES, limits).unwrap().coverage
}

/// Present, read, unreadable, skipped and unexamined: how many, and their bytes.
fn states(layer: &LayerCoverage) -> [(u64, u64); 5] {
    let pair = |tally: Tally| (tally.count, tally.bytes);
    [
        pair(layer.all()),
        pair(layer.was_read()),
        pair(layer.was_unreadable()),
        pair(layer.was_skipped()),
        pair(layer.unexamined()),
    ]
}

#[test]
fn every_entry_of_a_package_is_in_one_layer() {
    for (row, bytes) in apps::fixtures() {
        let name = row.get("name");
        let container = Container::open(&bytes, &Limits::default(), &mut Anomalies::new(0)).unwrap();
        let files = container.entries().iter().filter(|entry| !entry.is_directory());
        let files = files.count() as u64;
        let coverage = coverage(&bytes, &Limits::default());
        let listed: u64 = coverage.layers.iter().map(|(_, layer)| layer.all().count).sum();
        // A hidden dex file counts among the dex files too; a signing block is no entry.
        let hidden = u64::from(name.contains("hidden-dex"));
        let block = container.signing_block().map_or(0, |block| {
            let schemes = SCHEMES.iter().filter(|id| block.value(**id).is_some());
            schemes.count() as u64
        });
        assert_eq!(listed, files + hidden + block, "{name}");
        for part in [LayerName::Manifest, LayerName::Resources, LayerName::Dex] {
            let layer = coverage.layers.get(part);
            assert_eq!(layer.all(), layer.was_read(), "{name}: {}", part.name());
        }
    }
}

#[test]
fn text_files_are_read_cut_left_out_or_no_text() {
    let files: [(&str, &[u8]); 5] = [
        ("assets/a.js", b"let a = 1;"),
        ("assets/b.js", b"let b = 'a little longer than the cap';"),
        ("assets/c.js", b"\0\x01\x02"),
        ("assets/d.html", b"<p>one</p>"),
        ("assets/e.txt", b"one too many"),
    ];
    let limits = Limits {
        text_files: 4,
        text_file_bytes: 20,
        ..Limits::default()
    };
    let coverage = coverage(&app("sms-app", everything, &files), &limits);
    let texts = coverage.layers.get(LayerName::TextAssets);
    let expected = [(5, 74), (2, 40), (1, 3), (2, 31), (0, 0)];
    assert_eq!(states(&texts), expected);
}

#[test]
fn bundles_of_an_engine_are_not_taken_for_scripts_that_could_not_be_read() {
    let files: [(&str, &[u8]); 1] = [("assets/level.bundle", b"UnityFS\0\0\0\0\x08")];
    let coverage = coverage(&app("sms-app", everything, &files), &Limits::default());
    let texts = coverage.layers.get(LayerName::TextAssets);
    assert_eq!(states(&texts), [(1, 12), (0, 0), (0, 0), (0, 0), (1, 12)]);
}

#[test]
fn libraries_are_read_only_where_something_gives_reason_to() {
    let library = Library::new(b"content://sms\0").build();
    let size = library.len() as u64;
    let files: [(&str, &[u8]); 3] = [
        ("lib/arm64-v8a/liba.so", &library),
        ("lib/arm64-v8a/libb.so", b"no library"),
        ("lib/x86/liba.so", &library),
    ];
    let of = |bytes: &[u8], limits: &Limits| {
        states(&coverage(bytes, limits).layers.get(LayerName::NativeLibraries))
    };
    let all = (3, 2 * size + 10);
    let asks_nothing = app("emi-calculator", everything, &files);
    let asked = coverage(&asks_nothing, &Limits::default());
    assert!(asked.layers.get(LayerName::NativeLibraries).was_read().is_zero());
    // The dex file names the provider already, so that small libraries are worth a look only.
    let named = app("sms-app", everything, &files);
    let small = Limits {
        small_library_bytes: 10,
        ..Limits::default()
    };
    let unexamined = (2, 2 * size);
    assert_eq!(
        of(&named, &Limits::default()),
        [all, (1, size), (1, 10), (0, 0), (1, size)]
    );
    assert_eq!(of(&named, &small), [all, (0, 0), (1, 10), (0, 0), unexamined]);
    let unnamed = app("sms-app", |name| !name.ends_with(".dex"), &files);
    let rest = (1, size);
    assert_eq!(
        of(&unnamed, &Limits::default()),
        [all, (1, size), (1, 10), (0, 0), rest]
    );
    let one = Limits {
        libraries: 1,
        ..Limits::default()
    };
    assert_eq!(of(&unnamed, &one), [all, (0, 0), (1, 10), (1, size), rest]);
}

#[test]
fn a_program_counts_once_by_what_became_of_its_strings() {
    let snapshot = Snapshot::new(Shape::Mixed, &["Pinjaman online langsung cair"]).build();
    let program = Library::of_program(&snapshot, true).build();
    let plain = Library::new(b"\0no program\0").build();
    let assets = ("assets/flutter_assets/AssetManifest.json", &b"{}"[..]);
    let of = |data: &[u8], asset: Option<(&str, &[u8])>, limits: &Limits| {
        let files: Vec<(&str, &[u8])> = [("lib/arm64-v8a/libapp.so", data)]
            .into_iter()
            .chain(asset)
            .collect();
        // An app that asks for nothing, one that names what it asks for, and one that does not.
        let apps = [
            app("emi-calculator", everything, &files),
            app("sms-app", everything, &files),
            app("sms-app", |name| !name.ends_with(".dex"), &files),
        ];
        apps.map(|bytes| states(&coverage(&bytes, limits).layers.get(LayerName::NativeLibraries)))
    };
    let (size, none) = (program.len() as u64, (0, 0));
    let all = (1, size);
    let read = [all, all, none, none, none];
    assert_eq!(of(&program, Some(assets), &Limits::default()), [read; 3]);
    let few = Limits {
        script_file_bytes: size - 1,
        ..Limits::default()
    };
    assert_eq!(
        of(&program, Some(assets), &few),
        [[all, none, none, all, none]; 3]
    );
    let other = (1, plain.len() as u64);
    let unreadable = [other, none, other, none, none];
    assert_eq!(of(&plain, Some(assets), &Limits::default()), [unreadable; 3]);
    let no_library = [(1, 5), none, (1, 5), none, none];
    assert_eq!(of(b"\x7fELF?", Some(assets), &Limits::default()), [no_library; 3]);
    // A library of this name that is none of Flutter: read where libraries are.
    let [asks_nothing, named, unnamed] = of(&plain, None, &Limits::default());
    let unexamined = [other, none, none, none, other];
    assert_eq!((asks_nothing, named), (unexamined, unexamined));
    assert_eq!(unnamed, [other, other, none, none, none]);
}

#[test]
fn code_behind_the_cap_on_dex_files_is_out_of_sight() {
    let bytes = apps::fixture("predatory-lender-en-multidex");
    let whole = coverage(&bytes, &Limits::default());
    let one = Limits {
        dex_files: 1,
        ..Limits::default()
    };
    let cut = coverage(&bytes, &one);
    let (all, seen) = (whole.layers.get(LayerName::Dex), cut.layers.get(LayerName::Dex));
    assert_eq!(all.was_read(), all.all());
    assert_eq!(seen.all(), all.all());
    assert_eq!(seen.was_skipped().count, all.all().count - 1);
    assert_eq!(cut.dex_bytes, whole.dex_bytes);
    assert!(cut.code() < Some(1.0), "{:?}", cut.code());
}

#[test]
fn dex_files_that_are_none_and_those_left_to_an_empty_budget_are_told_apart() {
    let bytes = app(
        "sms-app",
        |name| !name.ends_with(".dex"),
        &[("classes.dex", b"dex\n035\0")],
    );
    let broken = coverage(&bytes, &Limits::default());
    let dex = broken.layers.get(LayerName::Dex);
    assert_eq!(states(&dex), [(1, 8), (0, 0), (1, 8), (0, 0), (0, 0)]);
    let bytes = apps::fixture("predatory-lender-id");
    let mut skipped = 0;
    for steps in (100..4_000).step_by(300) {
        let limits = Limits {
            steps,
            ..Limits::default()
        };
        let dex = facts(&bytes, &RULES, &limits)
            .unwrap()
            .coverage
            .layers
            .get(LayerName::Dex);
        let is_whole = dex.was_read() == dex.all() || dex.was_skipped() == dex.all();
        assert!(is_whole, "{steps}: {dex:?}");
        skipped += dex.was_skipped().count;
    }
    assert!(skipped > 0);
}

#[test]
fn archives_within_count_where_they_stand() {
    let inner = app("sms-app", |name| name == "classes.dex", &[]);
    let dex = entries(&apps::fixture("sms-app"));
    let dex = dex.iter().find(|(name, _)| name == "classes.dex").unwrap();
    let (size, dex_size) = (inner.len() as u64, dex.1.len() as u64);
    let mut cut = inner.clone();
    cut.truncate(6);
    cut.resize(200, 0);
    let files: [(&str, &[u8]); 3] = [
        ("assets/plugin.apk", &inner),
        ("assets/data.bin", &cut),
        ("assets/image.dat", &[7; 300]),
    ];
    let outer = app("sms-app", everything, &files);
    let layers = coverage(&outer, &Limits::default()).layers;
    let nested = layers.get(LayerName::NestedPackages);
    assert_eq!(states(&nested), [(1, size), (1, size), (0, 0), (0, 0), (0, 0)]);
    let others = layers.get(LayerName::OtherAssets);
    assert_eq!(states(&others), [(2, 500), (0, 0), (1, 200), (0, 0), (1, 300)]);
    let code = layers.get(LayerName::Dex);
    assert_eq!(
        (code.all(), code.was_read().bytes),
        (code.was_read(), 2 * dex_size)
    );
    let none = Limits {
        peeked_entries: 0,
        ..Limits::default()
    };
    let layers = coverage(&outer, &none).layers;
    assert_eq!(layers.get(LayerName::NestedPackages).was_skipped().count, 1);
    assert_eq!(layers.get(LayerName::OtherAssets).was_skipped().count, 2);
}

#[test]
fn layers_stand_in_the_report_by_their_names() {
    let report = dunwatch::analyze(&apps::fixture("sms-app"), &RULES, &dunwatch::Options::default());
    let layers = report.coverage.unwrap().layers;
    let names: Vec<&str> = layers.iter().map(|layer| layer.layer.as_str()).collect();
    let all: Vec<&str> = LayerName::ALL.iter().map(|layer| layer.name()).collect();
    assert!(names.iter().all(|name| all.contains(name)), "{names:?}");
    for name in ["manifest", "resources", "dex", "certificates"] {
        let layer = layers.iter().find(|layer| layer.layer == name).unwrap();
        assert_eq!(layer.present, layer.read, "{name}");
        assert!(layer.present.bytes > 0, "{name}");
    }
}

/// The layers in which something is, with their states; certificates stand in signing blocks as well.
fn all_states(coverage: &Coverage) -> Vec<(&'static str, [(u64, u64); 5])> {
    let layers = coverage.layers.iter();
    layers
        .filter(|(name, _)| *name != LayerName::Certificates)
        .map(|(name, layer)| (name.name(), states(layer)))
        .collect()
}

/// The states of several layers together.
fn sum(all: impl IntoIterator<Item = [(u64, u64); 5]>) -> [(u64, u64); 5] {
    all.into_iter().fold([(0, 0); 5], |sum, states| {
        std::array::from_fn(|at| (sum[at].0 + states[at].0, sum[at].1 + states[at].1))
    })
}

#[test]
fn an_archive_of_packages_counts_what_its_parts_hold_and_what_it_leaves_out() {
    let limits = Limits::default();
    for (name, left_out) in [
        ("lender-hi.xapk", 1),
        ("lender-hi.apkm", 0),
        ("lender-ladder.apks", 2),
    ] {
        let bytes = packed(name);
        let report = dunwatch::analyze(&bytes, &RULES, &dunwatch::Options::default());
        let files: std::collections::BTreeMap<String, Vec<u8>> = entries(&bytes).into_iter().collect();
        let read = report.input.parts.iter().filter(|part| {
            use dunwatch::report::v1::PartRole::{Base, Configuration, Feature};
            matches!(part.role, Base | Configuration | Feature)
        });
        let parts: Vec<&[u8]> = read.map(|part| files[&part.name].as_slice()).collect();
        let found = coverage(&bytes, &limits);
        // What each part is by itself; libraries and texts are read of all parts together.
        let of_parts: Vec<Coverage> = parts.iter().map(|part| coverage(part, &limits)).collect();
        for layer in LayerName::ALL {
            let expected = sum(of_parts.iter().map(|one| states(&one.layers.get(*layer))));
            let mut ours = states(&found.layers.get(*layer));
            if *layer == LayerName::NestedPackages {
                assert_eq!((ours[0].0, ours[4].0), (left_out, left_out), "{name}");
                ours = [(0, 0); 5];
            }
            assert_eq!(ours, expected, "{name} {}", layer.name());
        }
        assert_eq!(
            found.layers.get(LayerName::Manifest).was_read().count,
            parts.len() as u64
        );
        assert!(found.layers.get(LayerName::Dex).was_read().count > 0, "{name}");
    }
}

#[test]
fn an_app_bundle_counts_every_file_once_in_its_place_on_a_device() {
    let bytes = packed("lender-ladder.aab");
    let container = Container::open(&bytes, &Limits::default(), &mut Anomalies::new(0)).unwrap();
    let files = container.entries().iter().filter(|entry| !entry.is_directory());
    let (count, size) = files.fold((0, 0), |(count, size), entry| (count + 1, size + entry.size));
    let found = coverage(&bytes, &Limits::default());
    let all = sum(found.layers.iter().map(|(_, layer)| states(layer)));
    assert_eq!(all[0], (count, size));
    for (layer, expected) in [
        (LayerName::Manifest, 2),
        (LayerName::Resources, 2),
        (LayerName::Dex, 3),
    ] {
        let layer = found.layers.get(layer);
        assert_eq!((layer.all().count, layer.was_read()), (expected, layer.all()));
    }
    // What stands beside the modules never reaches a device.
    let others = found.layers.get(LayerName::OtherFiles);
    assert!(others.unexamined().count > 0, "{others:?}");
}

#[test]
fn a_decoded_folder_counts_its_files_and_not_the_code_that_was_taken_apart() {
    let manifest: &[u8] =
        b"<manifest xmlns:android='http://schemas.android.com/apk/res/android' package='a.b'/>";
    let dex = entries(&apps::fixture("dialer"));
    let dex = dex.iter().find(|(name, _)| name == "classes.dex").unwrap();
    let strings: &[u8] = b"<resources><string name='a'>A</string></resources>";
    let files: [(&str, Option<&[u8]>); 9] = [
        ("AndroidManifest.xml", Some(manifest)),
        ("apktool.yml", Some(b"version: 2.9.3\n")),
        ("assets/a.js", Some(b"let a = 1;")),
        ("classes.dex", Some(&dex.1)),
        ("lib/x86/liba.so", Some(b"no library")),
        ("res/drawable/a.png", None),
        ("res/values-hi/strings.xml", Some(b"<resources")),
        ("res/values/strings.xml", Some(strings)),
        ("smali/", None),
    ];
    let loose = files.map(|(name, contents)| LooseFile { name, contents });
    let found = facts_of(Input::Folder(&loose), &RULES, &Limits::default()).unwrap();
    let (manifest, dex, strings) = (manifest.len() as u64, dex.1.len() as u64, strings.len() as u64);
    let none = (0, 0);
    let read = |size| [(1, size), (1, size), none, none, none];
    let expected = [
        ("manifest", read(manifest)),
        (
            "resource-files",
            [(3, strings + 10), (1, strings), (1, 10), none, (1, 0)],
        ),
        ("dex", read(dex)),
        ("native-libraries", [(1, 10), none, none, none, (1, 10)]),
        ("text-assets", read(10)),
        ("other-files", [(1, 15), none, none, none, (1, 15)]),
    ];
    assert_eq!(all_states(&found.coverage), expected);
}
