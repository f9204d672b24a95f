//! Tests on built apps with the component `LMain;`.

use super::*;
use crate::harvest::assembly::{class, method, with, with_files};
use crate::harvest::models::Models;
use crate::limits::Limits;

fn models() -> Models {
    let mut models = Models::default();
    for listener in ["LListener;", "Ljava/lang/Thread;"] {
        models.class(listener).callbacks.push("run".to_owned());
    }
    models.made.insert("LView;".to_owned());
    models.class("LView;").callbacks.push("on*".to_owned());
    models
}

/// The methods that can run, beside those of the component.
fn reached(app: &str) -> Vec<String> {
    reached_in(&[("classes.dex", app)], &[])
}

fn reached_in(files: &[(&str, &str)], loaded: &[&str]) -> Vec<String> {
    let loaded: Vec<String> = loaded.iter().map(|name| (*name).to_owned()).collect();
    with_files(files, &models(), |world| {
        let mut budget = Budget::new(&Limits::default());
        let reach = explore(world, &[class(world, "LMain;")], &loaded, &mut budget);
        assert!(reach.is_complete() && reach.is_decided());
        let defined = world.program.definitions().map(|(method, _)| method);
        let found = defined.filter(|method| reach.contains(*method));
        let names = found.map(|method| world.program.signature(method));
        names.filter(|name| !name.starts_with("LMain;")).collect()
    })
}

/// An activity with this code in `onCreate`, which has four registers.
fn activity(code: &str, more: &str) -> String {
    format!(
        "class LMain; < Landroid/app/Activity;
        method onCreate()V 4
          {code}
          return-void
        {more}"
    )
}

/// A class with a method `run` that is called back when its objects get anywhere.
const THREAD: &str = "
    class LTask; < Ljava/lang/Thread;
    method <init>()V 1
      return-void
    method run()V 1
      return-void
    method other()V 1
      return-void";
const MAKE: &str = "new-instance v0 LTask;\ninvoke-direct v0 LTask;-><init>()V\n";

#[test]
fn only_components_of_the_manifest_begin() {
    let app = activity(
        "",
        "class LOther; < Landroid/app/Activity;\nmethod onCreate()V 1\nreturn-void",
    );
    assert!(reached(&app).is_empty());
    let called = activity(
        "invoke-static LOther;->call()V",
        "class LOther;\nmethod static call()V 1\nreturn-void\nmethod static not()V 1\nreturn-void",
    );
    assert_eq!(reached(&called), ["LOther;->call()V"]);
}

#[test]
fn a_callback_runs_only_when_its_object_is_handed_on() {
    let not = reached(&activity(MAKE, THREAD));
    assert_eq!(not, ["LTask;-><init>()V"]);
    let both = ["LTask;-><init>()V", "LTask;->run()V"];
    let started = format!("{MAKE}invoke-virtual v0 LTask;->start()V");
    assert_eq!(reached(&activity(&started, THREAD)), both);
    let given = format!("{MAKE}invoke-static v0 LOut;->post(Ljava/lang/Object;)V");
    assert_eq!(reached(&activity(&given, THREAD)), both);
    let named = format!("{MAKE}invoke-virtual v0 LTask;->setName()V");
    assert_eq!(reached(&activity(&named, THREAD)), not);
}

#[test]
fn a_field_hands_on_what_is_taken_out_and_used() {
    let kept = format!("{MAKE}sput-object v0 LMain;->KEPT:LTask;");
    let with_reader = |reader: &str| {
        let members = format!("method onStop()V 2\n{reader}return-void\nfield static KEPT LTask;\n{THREAD}");
        reached(&activity(&kept, &members)).contains(&"LTask;->run()V".to_owned())
    };
    assert!(!with_reader(""));
    let read = "sget-object v0 LMain;->KEPT:LTask;\n";
    assert!(!with_reader(read));
    assert!(with_reader(&format!(
        "{read}invoke-virtual v0 LTask;->start()V\n"
    )));
}

#[test]
fn what_the_class_of_an_object_overrides_does_not_run() {
    let more = "
        class LBase;
        method <init>()V 1
          return-void
        method go()V 1
          return-void
        class LLow; < LBase;
        method <init>()V 1
          invoke-direct p0 LBase;-><init>()V
          return-void
        method go()V 1
          return-void";
    let code = "
        new-instance v0 LLow;
        invoke-direct v0 LLow;-><init>()V
        invoke-virtual v0 LBase;->go()V";
    let found = reached(&activity(code, more));
    assert_eq!(found, ["LBase;-><init>()V", "LLow;-><init>()V", "LLow;->go()V"]);
    let both = code.to_owned() + &code.replace("LLow;", "LBase;");
    assert!(reached(&activity(&both, more)).contains(&"LBase;->go()V".to_owned()));
}

#[test]
fn a_receiver_out_of_sight_runs_what_its_class_defines() {
    let more = "
        abstract class LBase;
        method template()V 1
          invoke-virtual p0 LBase;->step()V
          return-void
        method abstract step()V
        class LLow; < LBase;
        method step()V 1
          return-void";
    let code =
        "invoke-static LOut;->find()LBase;\nmove-result-object v0\ninvoke-virtual v0 LBase;->template()V";
    assert_eq!(reached(&activity(code, more)), ["LBase;->template()V"]);
    let made = format!("new-instance v1 LLow;\n{code}");
    assert_eq!(
        reached(&activity(&made, more)),
        ["LBase;->template()V", "LLow;->step()V"]
    );
}

#[test]
fn class_initializers_run_with_the_first_use() {
    let more = "
        class LOther;
        method static <clinit>()V 1
          invoke-static LOther;->prepare()V
          return-void
        method static prepare()V 1
          return-void
        method static call()V 1
          return-void";
    let found = reached(&activity("invoke-static LOther;->call()V", more));
    assert_eq!(
        found,
        ["LOther;-><clinit>()V", "LOther;->call()V", "LOther;->prepare()V"]
    );
    assert!(reached(&activity("", more)).is_empty());
}

#[test]
fn annotated_methods_run_when_objects_are_made() {
    let more = |note: &str| {
        format!(
            "class LBus;
            method <init>()V 1
              return-void
            method handle()V 1
              return-void
            note {note}"
        )
    };
    let code = "new-instance v0 LBus;\ninvoke-direct v0 LBus;-><init>()V";
    let runs = |code: &str, note: &str| {
        reached(&activity(code, &more(note))).contains(&"LBus;->handle()V".to_owned())
    };
    assert!(runs(code, "Lorg/bus/Subscribe;"));
    assert!(!runs(code, "Ljava/lang/Deprecated;"));
    assert!(!runs("", "Lorg/bus/Subscribe;"));
}

#[test]
fn reflection_by_constants_is_followed() {
    let more = "
        class La/Hidden;
        method static send()V 1
          return-void
        method static other()V 1
          return-void";
    let code = |class: &str| {
        format!(
            "const-string v0 \"{class}\"
            invoke-static v0 Ljava/lang/Class;->forName(Ljava/lang/String;)Ljava/lang/Class;
            const-string v1 \"send\""
        )
    };
    assert_eq!(
        reached(&activity(&code("a.Hidden"), more)),
        ["La/Hidden;->send()V"]
    );
    assert!(reached(&activity(&code("a.Other"), more)).is_empty());
    let only_text = "const-string v0 \"a.Hidden\"\nconst-string v1 \"send\"";
    assert!(reached(&activity(only_text, more)).is_empty());
}

#[test]
fn types_of_foreign_libraries_are_called_back() {
    let more = |above: &str| {
        format!(
            "class LHandler; : {above}
            method <init>()V 1
              return-void
            method perform()V 1
              return-void"
        )
    };
    let code = "new-instance v0 LHandler;\ninvoke-direct v0 LHandler;-><init>()V";
    let runs =
        |above: &str| reached(&activity(code, &more(above))).contains(&"LHandler;->perform()V".to_owned());
    assert!(runs("Lcom/library/Action;"));
    assert!(!runs("Ljava/lang/Comparable;"));
    assert!(!runs("LListener;"), "the models know its callbacks");
}

#[test]
fn layouts_make_what_the_models_say() {
    let more = "
        class LShown; < LView;
        method onDraw()V 1
          return-void
        method hide()V 1
          return-void
        class LPlain;
        method onDraw()V 1
          return-void";
    assert_eq!(reached(&activity("", more)), ["LShown;->onDraw()V"]);
}

#[test]
fn a_dex_file_that_is_loaded_by_hand_runs_as_a_whole() {
    let files = [
        ("classes.dex", activity("", "")),
        (
            "assets/x.dex",
            "class LHidden;\nmethod private send()V 1\nreturn-void".to_owned(),
        ),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    assert_eq!(reached_in(&files, &["assets/x.dex"]), ["LHidden;->send()V"]);
    assert!(reached_in(&files, &[]).is_empty());
}

#[test]
fn a_call_behind_a_constant_does_not_run() {
    let app = activity(
        "sget-boolean v0 LMain;->FLAG:Z\nif-eqz v0 :off\ninvoke-static LOther;->call()V\n:off",
        "field static FLAG Z\nclass LOther;\nmethod static call()V 1\nreturn-void",
    );
    assert!(reached(&app).is_empty());
    assert_eq!(
        reached(&app.replace("FLAG Z\n", "FLAG Z = 1\n")),
        ["LOther;->call()V"]
    );
}

#[test]
fn the_way_from_the_entry_point_is_told() {
    let app = activity(
        "invoke-virtual p0 LMain;->next()V",
        &format!("method next()V 2\n{MAKE}invoke-virtual v0 LTask;->start()V\nreturn-void{THREAD}"),
    );
    with(&app, &models(), |world| {
        let mut budget = Budget::new(&Limits::default());
        let reach = explore(world, &[class(world, "LMain;")], &[], &mut budget);
        let [create, next] = ["onCreate", "next"].map(|name| method(world, &format!("LMain;->{name}()V")));
        let run = method(world, "LTask;->run()V");
        let chain = [(create, Some(0)), (next, None), (run, None)];
        assert_eq!(reach.chain(run, 9), chain);
        assert_eq!(reach.chain(run, 2), chain[1..]);
        let mut none = Budget::new(&Limits {
            steps: 0,
            ..Limits::default()
        });
        assert!(!explore(world, &[class(world, "LMain;")], &[], &mut none).is_complete());
    });
}

#[test]
fn without_a_manifest_everything_may_run() {
    with(&activity("", THREAD), &models(), |world| {
        let reach = Reach::everything(world.program, world.index);
        assert!(!reach.is_decided() && reach.contains(method(world, "LTask;->run()V")));
    });
}
