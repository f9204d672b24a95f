//! The paths of data: what `dunwatch flows` prints.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use dunwatch::harvest::flow::Through;
use dunwatch::harvest::flow::path::Move;
use dunwatch::harvest::flow::slots::Shape;
use dunwatch::harvest::{CodePlace, Flow, Harvest, Level, Read, Step};
use dunwatch::limits::Limits;
use dunwatch::messages::{Language, Messages};
use dunwatch::render::flows::{Flows, Outcome, Selection, text};
use dunwatch::render::graph::graph;
use dunwatch::render::json;

use crate::support::apps::{self, RULES};
use crate::support::dex;

fn english() -> &'static Messages {
    Messages::of(Language::English)
}

fn plain(flows: &Flows, exact: bool, language: Language) -> String {
    let styled = text(flows, exact, Messages::of(language), 100);
    anstream::adapter::strip_str(&styled).to_string()
}

/// The flows of a file of the repository.
fn followed(path: &str, selection: &Selection) -> Flows {
    let bytes = fs::read(apps::repository(path)).unwrap();
    let name = path.rsplit('/').next().unwrap();
    match dunwatch::analysis::facts(&bytes, &RULES, &Limits::default()) {
        Ok(facts) => Flows::of(name, &facts, &RULES, selection),
        Err(error) => Flows::failed(name, error),
    }
}

fn all(path: &str) -> Flows {
    followed(path, &Selection::default())
}

fn place(method: &str, offset: Option<u32>) -> CodePlace {
    CodePlace {
        dex: "classes2.dex".to_owned(),
        method: method.to_owned(),
        offset,
    }
}

const QUERY: &str = "Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;\
                     Ljava/lang/String;[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;";
const MAIN: &str = "Lcom/example/app/Main;->onCreate(Landroid/os/Bundle;)V";
const TASK: &str = "Lcom/example/app/Main$1;->run()V";
const READ: &str = "Lcom/example/data/Book;->rows(Landroid/content/Context;)Ljava/util/List;";
const SEND: &str = "Lcom/vendor/risk/sdk/Net;->post([B)V";
const RENAMED: &str = "La/b/c;->a(Ljava/lang/Object;)V";

/// Every kind of step, level and owner.
fn sample() -> Harvest {
    let step = |kind, method, offset, calls: Option<&str>| Step {
        kind,
        place: place(method, Some(offset)),
        calls: calls.map(str::to_owned),
    };
    let getter = Some("Landroid/database/Cursor;->getString(I)Ljava/lang/String;");
    let append = Some("Ljava/lang/StringBuilder;->append(Ljava/lang/String;)Ljava/lang/StringBuilder;");
    let write = Some("Ljava/io/OutputStream;->write([B)V");
    let through = |through, offset| step(Move::Through(through), RENAMED, offset, None);
    let path = vec![
        step(Move::Read, READ, 4, Some(QUERY)),
        step(Move::Step, READ, 9, getter),
        step(Move::Step, READ, 12, append),
        step(Move::Step, READ, 16, append),
        step(Move::Step, READ, 20, None),
        step(Move::Return, TASK, 7, Some(READ)),
        step(Move::Call, TASK, 11, Some(RENAMED)),
        step(Move::Step, RENAMED, 1, None),
        through(Through::Field, 2),
        through(Through::File, 3),
        through(Through::Store, 5),
        through(Through::Intent, 6),
        through(Through::Callback, 7),
        step(Move::Call, RENAMED, 8, Some(SEND)),
        step(Move::Sink, SEND, 0x30, write),
    ];
    let read = |data: &str, shape, reachable, flows| Read {
        data: data.to_owned(),
        shape,
        place: place(READ, Some(4)),
        reachable,
        entry: match reachable {
            Some(true) => vec![place(MAIN, None), place(TASK, Some(7)), place(READ, None)],
            _ => Vec::new(),
        },
        flows,
    };
    let proven = Flow {
        sink: "network".to_owned(),
        level: Level::Proven,
        place: place(SEND, Some(0x30)),
        path,
    };
    let linked = Flow {
        sink: "sms".to_owned(),
        level: Level::Linked,
        place: place(RENAMED, Some(2)),
        path: Vec::new(),
    };
    Harvest {
        reads: vec![
            read("contacts", Shape::Bulk, Some(true), vec![proven, linked.clone()]),
            read("sms", Shape::Lookup, None, vec![linked]),
            read("sms", Shape::Unknown, Some(true), Vec::new()),
            read("call-log", Shape::Picked, Some(false), Vec::new()),
        ],
        methods: 1234,
        decoded: 1200,
        facts: 99,
        is_cut: true,
    }
}

fn of_sample(selection: &Selection) -> Flows {
    Flows::of_harvest("sample.apk", &sample(), Some("com.example.app"), selection)
}

#[test]
fn every_kind_of_step_is_told() {
    let everything = Selection {
        all: true,
        ..Selection::default()
    };
    let flows = of_sample(&everything);
    insta::assert_snapshot!("sample_en", plain(&flows, false, Language::English));
    insta::assert_snapshot!("sample_zh", plain(&flows, false, Language::SimplifiedChinese));
    insta::assert_snapshot!("sample_exact", plain(&flows, true, Language::English));
    insta::assert_snapshot!("sample_dot", graph(&[flows], english()));
}

#[test]
fn fixture_apps_are_told() {
    let lender = all("fixtures/apks/predatory-lender-id.apk");
    insta::assert_snapshot!("lender_en", plain(&lender, false, Language::English));
    insta::assert_snapshot!("lender_zh", plain(&lender, false, Language::SimplifiedChinese));
    let backup = all("fixtures/apks/contacts-backup.apk");
    let wrapper = all("fixtures/micro/apks/calls-generic-wrapper-renamed.apk");
    insta::assert_snapshot!("wrapper_exact", plain(&wrapper, true, Language::English));
    insta::assert_snapshot!("two_files_dot", graph(&[backup, wrapper.clone()], english()));
    insta::assert_snapshot!("wrapper_json", json::pretty(&wrapper).unwrap());
}

#[test]
fn reads_are_chosen_by_data_and_by_reach() {
    let count = |data: &[&str], all| {
        let data = data.iter().map(|data| (*data).to_owned()).collect();
        let flows = of_sample(&Selection { data, all });
        (flows.reads.len(), flows.left_out)
    };
    assert_eq!(count(&[], false), (3, 1));
    assert_eq!(count(&[], true), (4, 0));
    assert_eq!(count(&["sms"], false), (2, 0));
    assert_eq!(count(&["call-log"], false), (0, 1));
    assert_eq!(count(&["call-log", "contacts"], true), (2, 0));
}

#[test]
fn what_was_not_followed_is_said() {
    for (name, outcome, sentence) in [
        (
            "bank",
            Outcome::NoPermission,
            "the manifest asks for no permission",
        ),
        ("packed-shell", Outcome::NoProvider, "it names no table"),
    ] {
        let flows = all(&format!("fixtures/apks/{name}.apk"));
        assert_eq!(flows.outcome, outcome, "{name}");
        let text = plain(&flows, false, Language::English);
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined.contains(sentence), "{text}");
        assert!(!joined.contains("Methods decoded"), "{text}");
    }
    let packed = plain(&all("fixtures/apks/packed-shell.apk"), false, Language::English);
    assert!(packed.contains("Out of sight: "), "{packed}");
    let backup = all("fixtures/apks/contacts-backup.apk");
    assert_eq!(backup.outcome, Outcome::Followed);
    assert_eq!(backup.not_looked_for, ["call-log", "sms"]);
}

#[test]
fn a_dex_file_alone_has_no_manifest() {
    let dex = dex::sample().build();
    let facts = dunwatch::analysis::facts(&dex, &RULES, &Limits::default()).unwrap();
    let flows = Flows::of("classes.dex", &facts, &RULES, &Selection::default());
    assert_eq!(flows.outcome, Outcome::NoManifest);
}

/// Names that end a quoted text, act on a terminal, or turn the direction of a line round.
const HOSTILE: [&str; 7] = [
    "La\"];evil[label=\"/B;->m\\\"(I)V",
    "La/B\\;->\\N\\G\\L(\\)V",
    "Lx/\u{1b}[2J\u{7}/C;->\u{202e}m\n()V",
    "L</TABLE>&#10;&quot;;-><init>(L<;>)V",
    "}\n}\ndigraph x { a -> b }",
    "",
    "Lx/\u{9b}31m;->(((((([[[[[[[[[[[[",
];

fn hostile() -> Flows {
    let reads = HOSTILE
        .iter()
        .map(|name| {
            let mut read = sample().reads.swap_remove(0);
            read.data = (*name).to_owned();
            read.place.method = (*name).to_owned();
            read.place.dex = (*name).to_owned();
            for place in &mut read.entry {
                place.method = (*name).to_owned();
            }
            for flow in &mut read.flows {
                flow.sink = (*name).to_owned();
                for step in &mut flow.path {
                    step.place.dex = (*name).to_owned();
                    step.place.method = format!("{name}{}", step.place.offset.unwrap());
                    step.calls = Some((*name).to_owned());
                }
            }
            read
        })
        .collect();
    let harvest = Harvest { reads, ..sample() };
    let package = Some(HOSTILE[0]);
    Flows::of_harvest(HOSTILE[2], &harvest, package, &Selection::default())
}

/// Whether the text is statements of one line whose quoted texts all end.
fn is_sound(dot: &str) -> bool {
    let mut depth = 0_i32;
    for line in dot.lines() {
        let mut quoted = false;
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' if quoted => {
                    characters.next();
                }
                '"' => quoted = !quoted,
                '{' if !quoted => depth += 1,
                '}' if !quoted => depth -= 1,
                _ => {}
            }
        }
        let ends = [';', '{', '}'].iter().any(|end| line.ends_with(*end));
        if quoted || !ends {
            return false;
        }
    }
    depth == 0
}

#[test]
fn hostile_names_change_nothing_but_names() {
    let flows = hostile();
    assert_eq!(flows.reads.len(), HOSTILE.len());
    let acts = |character: char| {
        character != '\n' && (character.is_control() || ('\u{202a}'..='\u{202e}').contains(&character))
    };
    for exact in [false, true] {
        let text = plain(&flows, exact, Language::English);
        assert!(!text.chars().any(acts), "{text}");
    }
    let dot = graph(std::slice::from_ref(&flows), english());
    assert!(is_sound(&dot), "{dot}");
    assert!(!dot.chars().any(acts), "{dot}");
    assert_eq!(dot.matches("subgraph").count(), 1);
    insta::assert_snapshot!("hostile_dot", dot);
    // What is drawn is one cluster, however the names read.
    assert!(!dot.lines().any(|line| line.starts_with("digraph x")));
    let line = json::line(&flows).unwrap();
    assert!(!line.chars().any(acts));
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["reads"][1]["place"]["method"], HOSTILE[1]);
    assert_eq!(value["schema"], "dunwatch.flows/1");
}

#[test]
fn a_sound_graph_is_told_from_another() {
    assert!(is_sound("digraph a {\n x [label=\"\\\"\"];\n}\n"));
    assert!(!is_sound("digraph a {\n x [label=\"\"\"];\n}\n"));
    assert!(!is_sound("digraph a {\n x [label=\"a\nb\"];\n}\n"));
    assert!(!is_sound("digraph a {\n"));
}

#[test]
fn graphviz_draws_the_graphs() {
    let version = Command::new("dot").arg("-V").stderr(Stdio::null()).status();
    if version.is_err() {
        println!("skipped: Graphviz is not installed");
        return;
    }
    let files = [
        of_sample(&Selection::default()),
        hostile(),
        all("fixtures/apks/predatory-lender-id.apk"),
        all("fixtures/apks/bank.apk"),
    ];
    let mut child = Command::new("dot")
        .arg("-Tsvg")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = graph(&files, english());
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let complaints = String::from_utf8_lossy(&stderr);
    assert!(status.success() && !complaints.contains("rror"), "{complaints}");
    let svg = String::from_utf8(stdout).unwrap();
    assert_eq!(svg.matches("class=\"cluster\"").count(), files.len());
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_dunwatch"))
        .arg("flows")
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn the_command_prints_each_form_and_goes_on_after_a_failure() {
    let lender = apps::repository("fixtures/apks/predatory-lender-id.apk");
    let lender = lender.to_str().unwrap();
    let (code, out, err) = run(&["/no/such", lender]);
    assert_eq!((code, err.as_str()), (3, ""));
    assert!(
        out.contains("/no/such\n  NOT READABLE  There is no such file. [not-found]\n\n"),
        "{out}"
    );
    assert!(
        out.contains("predatory-lender-id.apk  id.kilatdana.pinjaman\n  Reads: 3."),
        "{out}"
    );

    let (code, out, _) = run(&[lender, "--format", "json", "--data", "sms", "--data", "call-log"]);
    let value: serde_json::Value = serde_json::from_str(&out).unwrap();
    let data: Vec<&str> = value["reads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|read| read["data"].as_str().unwrap())
        .collect();
    assert_eq!((code, data), (0, vec!["call-log", "sms"]));

    let (code, out, _) = run(&["--format", "json", lender, "/no/such"]);
    let outcomes: Vec<String> = out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["outcome"].to_string())
        .collect();
    assert_eq!(
        (code, outcomes),
        (3, vec!["\"followed\"".to_owned(), "\"failed\"".to_owned()])
    );

    let (code, out, _) = run(&["--format", "dot", lender, "/no/such"]);
    assert_eq!((code, out.matches("subgraph cluster_").count()), (3, 2));
    assert!(is_sound(&out) && out.starts_with("digraph flows {\n"), "{out}");

    for wrong in [
        &[][..],
        &["--data", "photos", lender],
        &["--format", "svg", lender],
    ] {
        assert_eq!(run(wrong).0, 2, "{wrong:?}");
    }
}

/// The flows of these files as JSON, one app after the other, and the exit code.
fn followed_by_command(arguments: &[&str]) -> (i32, Vec<serde_json::Value>) {
    let (code, out, err) = run(&[&["--format", "json"], arguments].concat());
    assert_eq!(err, "");
    let values = serde_json::Deserializer::from_str(&out).into_iter();
    (code, values.map(Result::unwrap).collect())
}

/// The reads with their ways, without `part` before the names of the dex files.
fn ways(flows: &serde_json::Value, part: &str) -> String {
    flows["reads"].to_string().replace(part, "")
}

#[test]
fn an_app_in_parts_is_followed_as_one_in_every_form() {
    let path = |name: &str| apps::repository(name).to_str().unwrap().to_owned();
    let (code, whole) = followed_by_command(&[&path("fixtures/apks/predatory-lender-hi.apk")]);
    assert_eq!((code, whole.len()), (0, 1));
    assert!(!whole[0]["reads"].as_array().unwrap().is_empty());
    let base = path("fixtures/bundles/lender-hi/base.apk");
    let split = path("fixtures/bundles/lender-hi/split_config.hi.apk");
    let (folder, xapk) = (
        path("fixtures/bundles/lender-hi"),
        path("fixtures/bundles/lender-hi.xapk"),
    );
    for (arguments, part) in [
        (&[split.as_str(), base.as_str()][..], "base.apk!/"),
        (&[folder.as_str()], "base.apk!/"),
        (&[xapk.as_str()], "in.turantrupee.loan.apk!/"),
    ] {
        let (code, found) = followed_by_command(arguments);
        assert_eq!((code, found.len()), (0, 1), "{arguments:?}");
        assert!(found[0]["reads"].to_string().contains(part), "{arguments:?}");
        assert_eq!(ways(&found[0], part), ways(&whole[0], ""), "{arguments:?}");
    }
    // The same names as in a report, also where a way leads from one part to another.
    let (code, found) = followed_by_command(&[
        &path("fixtures/bundles/lender-ladder.aab"),
        &path("fixtures/bundles/lender-ladder.apks"),
    ]);
    assert_eq!((code, found.len()), (0, 2));
    for (flows, place) in found
        .iter()
        .zip(["risk/dex/classes.dex", "splits/risk-master_2.apk!/classes.dex"])
    {
        assert_eq!(flows["outcome"], "followed");
        assert!(flows["reads"].to_string().contains(place), "{place}");
    }
    // What does not belong together is not put together.
    let dialer = path("fixtures/apks/dialer.apk");
    assert_eq!(followed_by_command(&[&base, &dialer, &split]).1.len(), 2);
}

#[test]
fn a_decoded_folder_is_followed_by_its_dex_files_or_said_to_hold_none() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().to_str().unwrap();
    let lender = apps::fixture("predatory-lender-id");
    let write = |path: &str, data: &[u8]| fs::write(folder.path().join(path), data).unwrap();
    write(
        "AndroidManifest.xml",
        &apps::entry(&lender, "AndroidManifest.xml"),
    );
    fs::create_dir_all(folder.path().join("smali/a")).unwrap();
    write("smali/a/B.smali", b".class public La/B;");
    let (code, out, _) = run(&[name]);
    assert_eq!(code, 3);
    assert!(
        out.contains("[no-code-in-folder]") && out.contains("smali is not followed"),
        "{out}"
    );
    write("classes.dex", &apps::entry(&lender, "classes.dex"));
    let (code, found) = followed_by_command(&[name]);
    assert_eq!((code, found[0]["outcome"].as_str()), (0, Some("followed")));
    assert_eq!(found[0]["reads"].as_array().unwrap().len(), 3);

    let empty = tempfile::tempdir().unwrap();
    let (code, out, _) = run(&[empty.path().to_str().unwrap()]);
    assert!(code == 3 && out.contains("[no-app-in-folder]"), "{out}");
}

#[test]
fn colours_are_for_levels() {
    let flows = of_sample(&Selection::default());
    let styled = text(&flows, false, english(), 100);
    assert!(
        styled.contains("\u{1b}[31m") || styled.contains("\u{1b}[1m\u{1b}[31m"),
        "{styled:?}"
    );
    let (_, out, _) = run(&[
        apps::repository("fixtures/apks/predatory-lender-id.apk")
            .to_str()
            .unwrap(),
        "--color",
        "always",
    ]);
    assert!(out.contains('\u{1b}'));
}
