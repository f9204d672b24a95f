//! Tests on built code.

use super::*;
use crate::harvest::assembly::{method, with};
use crate::harvest::models::Models;

/// What the method `run` of the class `LMain;` may return as text, holes written as `_`; null as
/// `null`.
fn all(app: &str) -> Vec<String> {
    with(app, &Models::default(), |world| {
        let mut methods = world.program.methods();
        let is_run = |method: &MethodId| {
            world.named(*method) == ("LMain;", "run") && world.program.code(*method).is_some()
        };
        let run = methods.find(is_run).unwrap();
        let body = world.body(run).unwrap();
        let mut found = Vec::new();
        for (_, value) in body.returns() {
            let texts = Evaluator::new(world).texts(run, value);
            found.extend(texts.texts.iter().map(|text| text.replace(HOLE, "_")));
            found.extend(texts.may_be_null.then(|| "null".to_owned()));
        }
        found
    })
}

/// The same for a method of these instructions, with six registers and no parameter.
fn run(code: &str) -> Vec<String> {
    all(&format!(
        "class LMain;\nmethod static run()Ljava/lang/String; 6\n{code}"
    ))
}

const BUILDER: &str = "
    new-instance v0 Ljava/lang/StringBuilder;
    invoke-direct v0 Ljava/lang/StringBuilder;-><init>()V";
const APPEND: &str = "Ljava/lang/StringBuilder;->append(Ljava/lang/String;)Ljava/lang/StringBuilder;";
const TO_STRING: &str = "
    invoke-virtual v0 Ljava/lang/StringBuilder;->toString()Ljava/lang/String;
    move-result-object v0
    return-object v0";

#[test]
fn constants_pass_through_registers_and_phis() {
    assert_eq!(
        run("const-string v1 \"a\"\nmove-object v0 v1\nreturn-object v0"),
        ["a"]
    );
    let either = "
        invoke-static LOther;->ask()Z
        move-result v1
        const-string v0 \"a\"
        if-eqz v1 :done
        const-string v0 \"b\"
        :done
        return-object v0";
    assert_eq!(run(either), ["a", "b"]);
    assert_eq!(run("const/4 v0 #0\nreturn-object v0"), ["0", "null"]);
    assert_eq!(run("const-class v0 LMain;\nreturn-object v0"), ["LMain;"]);
}

#[test]
fn numbers_are_computed() {
    let of = |operation: &str| run(&format!("const/16 v1 #20\nconst/4 v2 #3\n{operation}\nreturn v0"));
    assert_eq!(of("add-int v0 v1 v2"), ["23"]);
    assert_eq!(of("sub-int v0 v1 v2"), ["17"]);
    assert_eq!(of("mul-int/lit8 v0 v1 #-2"), ["-40"]);
    assert_eq!(of("div-int v0 v1 v2"), ["6"]);
    assert_eq!(of("rem-int v0 v1 v2"), ["2"]);
    assert_eq!(of("const/4 v2 #0\ndiv-int v0 v1 v2"), ["_"]);
    assert_eq!(of("and-int v0 v1 v2"), ["_"]);
}

#[test]
fn fields_hold_what_is_written_and_their_initial_value() {
    let app = |writes: &str| {
        all(&format!(
            "class LMain;
            field static NAME Ljava/lang/String; = \"first\"
            field static OTHER Ljava/lang/String; = \"second\"
            method static set()V 1
              {writes}
              return-void
            method static run()Ljava/lang/String; 1
              sget-object v0 LMain;->OTHER:Ljava/lang/String;
              return-object v0"
        ))
    };
    assert_eq!(app(""), ["second"]);
    let write = "const-string v0 \"third\"\nsput-object v0 LMain;->OTHER:Ljava/lang/String;\n";
    assert_eq!(app(write), ["second", "third"]);
    assert_eq!(app(&write.repeat(PLACES + 1)), ["_"], "too many writes");
    let of_object = all("class LMain;
        field name Ljava/lang/String;
        method <init>()V 2
          const-string v0 \"x\"
          iput-object v0 p0 LMain;->name:Ljava/lang/String;
          return-void
        method run()Ljava/lang/String; 2
          iget-object v0 p0 LMain;->name:Ljava/lang/String;
          return-object v0");
    assert_eq!(of_object, ["x"]);
    let nowhere = "sget-object v0 LOutside;->NAME:Ljava/lang/String;\nreturn-object v0";
    assert_eq!(run(nowhere), ["_"]);
}

#[test]
fn arguments_are_those_of_all_callers() {
    let app = |calls: &str| {
        all(&format!(
            "class LMain;
            method static run(ILjava/lang/String;)Ljava/lang/String; 2
              return-object p1
            method static other()V 2
              const/4 v0 #1
              {calls}
              return-void"
        ))
    };
    let call = |text: &str| {
        let run = "LMain;->run(ILjava/lang/String;)Ljava/lang/String;";
        format!("const-string v1 \"{text}\"\ninvoke-static v0 v1 {run}\n")
    };
    assert_eq!(app(""), ["_"]);
    assert_eq!(app(&(call("a") + &call("b"))), ["a", "b"]);
    assert_eq!(app(&call("a").repeat(PLACES + 1)), ["_"], "too many callers");
}

#[test]
fn results_are_what_own_methods_return() {
    let call = "invoke-static LMain;->give()Ljava/lang/String;\nmove-result-object v0\nreturn-object v0";
    let app = format!(
        "class LMain;
        method static give()Ljava/lang/String; 1
          const-string v0 \"given\"
          return-object v0
        method static run()Ljava/lang/String; 1
          {call}"
    );
    assert_eq!(all(&app), ["given"]);
    assert_eq!(run(call), ["_"], "a method that is not there");
    let circle = "class LMain;
        method static run()Ljava/lang/String; 1
          invoke-static LMain;->run()Ljava/lang/String;
          move-result-object v0
          return-object v0";
    assert_eq!(all(circle), ["_"]);
}

#[test]
fn builders_are_read_chained_and_unchained() {
    let unchained = format!(
        "{BUILDER}
        const-string v1 \"content://\"
        invoke-virtual v0 v1 {APPEND}
        const-string v1 \"sms\"
        invoke-virtual v0 v1 {APPEND}{TO_STRING}"
    );
    assert_eq!(run(&unchained), ["content://sms"]);
    let chained = format!(
        "{BUILDER}
        const-string v1 \"content://\"
        invoke-virtual v0 v1 {APPEND}
        move-result-object v0
        const-string v1 \"sms\"
        invoke-virtual v0 v1 {APPEND}
        move-result-object v0{TO_STRING}"
    );
    assert_eq!(run(&chained), ["content://sms"]);
    let begun = format!(
        "new-instance v0 Ljava/lang/StringBuilder;
        const-string v1 \"a\"
        invoke-direct v0 v1 Ljava/lang/StringBuilder;-><init>(Ljava/lang/String;)V
        const/16 v2 #47
        invoke-virtual v0 v2 Ljava/lang/StringBuilder;->append(C)Ljava/lang/StringBuilder;
        invoke-virtual v0 v2 Ljava/lang/StringBuilder;->append(I)Ljava/lang/StringBuilder;
        invoke-static LOther;->ask()Ljava/lang/String;
        move-result-object v1
        invoke-virtual v0 v1 {APPEND}{TO_STRING}"
    );
    assert_eq!(run(&begun), ["a/47_"]);
}

#[test]
fn methods_of_texts_are_applied() {
    let on = |call: &str| {
        run(&format!(
            "const-string v0 \"Content\"
            const-string v1 \"t\"
            const-string v2 \"%s=%5d 100%%\"
            const/4 v3 #2
            const/4 v4 #5
            {call}
            move-result-object v0
            return-object v0"
        ))
    };
    let string = "Ljava/lang/String;";
    assert_eq!(
        on("invoke-virtual v0 v1 Ljava/lang/String;->concat(Ljava/lang/String;)Ljava/lang/String;"),
        ["Contentt"]
    );
    assert_eq!(
        on(&format!("invoke-virtual v0 {string}->toLowerCase(){string}")),
        ["content"]
    );
    assert_eq!(
        on(&format!("invoke-virtual v0 v3 {string}->substring(I){string}")),
        ["ntent"]
    );
    assert_eq!(
        on(&format!(
            "invoke-virtual v0 v3 v4 {string}->substring(II){string}"
        )),
        ["nte"]
    );
    assert_eq!(
        on(&format!(
            "invoke-virtual v0 v4 v3 {string}->substring(II){string}"
        )),
        ["_"]
    );
    let replace = "replace(Ljava/lang/CharSequence;Ljava/lang/CharSequence;)";
    assert_eq!(
        on(&format!("invoke-virtual v0 v1 v0 {string}->{replace}{string}")),
        ["ConContentenContent"]
    );
    assert_eq!(
        on(&format!(
            "invoke-static v2 v0 {string}->format({string}[Ljava/lang/Object;){string}"
        )),
        ["_=_ 100%"]
    );
    assert_eq!(
        on(&format!("invoke-virtual v0 {string}->repeat(){string}")),
        ["_"],
        "an unknown method"
    );
}

#[test]
fn addresses_are_put_together() {
    let uri = "Landroid/net/Uri;";
    let parsed = format!(
        "const-string v0 \"content://contacts\"
        invoke-static v0 {uri}->parse(Ljava/lang/String;){uri}
        move-result-object v0
        const-string v1 \"people\"
        invoke-static v0 v1 {uri}->withAppendedPath({uri}Ljava/lang/String;){uri}
        move-result-object v0
        return-object v0"
    );
    assert_eq!(run(&parsed), ["content://contacts/people"]);
    let builder = "Landroid/net/Uri$Builder;";
    let step = |name: &str, text: &str| {
        format!(
            "const-string v1 \"{text}\"
            invoke-virtual v0 v1 {builder}->{name}(Ljava/lang/String;){builder}
            move-result-object v0\n"
        )
    };
    let built = format!(
        "new-instance v0 {builder}
        invoke-direct v0 {builder}-><init>()V
        {}{}{}invoke-virtual v0 {builder}->build(){uri}
        move-result-object v0
        return-object v0",
        step("scheme", "content"),
        step("authority", "sms"),
        step("appendPath", "inbox")
    );
    assert_eq!(run(&built), ["content://sms/inbox"]);
}

#[test]
fn files_are_their_paths() {
    let file = "Ljava/io/File;";
    let code = |call: &str| {
        run(&format!(
            "new-instance v0 {file}
            const-string v1 \"/data\"
            const-string v2 \"contacts.csv\"
            {call}
            invoke-virtual v0 {file}->getPath()Ljava/lang/String;
            move-result-object v0
            return-object v0"
        ))
    };
    let string = "Ljava/lang/String;";
    assert_eq!(
        code(&format!(
            "invoke-direct v0 v1 v2 {file}-><init>({string}{string})V"
        )),
        ["/data/contacts.csv"]
    );
    assert_eq!(
        code(&format!("invoke-direct v0 v2 {file}-><init>({string})V")),
        ["contacts.csv"]
    );
    assert_eq!(code(""), ["_"]);
}

#[test]
fn too_many_alternatives_and_too_long_texts_are_cut() {
    let mut many = Texts::default();
    for number in 0..ALTERNATIVES {
        many.join(Texts::one(number.to_string()));
    }
    assert_eq!(many.texts.len(), ALTERNATIVES);
    many.join(Texts::one("one more".to_owned()));
    assert!(many.is_unknown());
    let long = Texts::one("é".repeat(TEXT_BYTES));
    assert_eq!(long.texts.first().unwrap().len(), TEXT_BYTES);
}

#[test]
fn a_single_text_is_neither_null_nor_in_part_unknown() {
    assert_eq!(Texts::one("a".to_owned()).single(), Some("a"));
    assert_eq!(Texts::hole().single(), None);
    assert_eq!(Texts::one(format!("a{HOLE}")).single(), None);
    let null = Texts {
        may_be_null: true,
        ..Texts::one("0".to_owned())
    };
    assert_eq!(null.single(), None);
}

#[test]
fn without_a_body_nothing_is_known() {
    let app = "class LMain;\nmethod static run()V 1\nconst/4 v0 #1\nreturn-void\nmethod abstract none()V";
    with(app, &Models::default(), |world| {
        let run = method(world, "LMain;->run()V");
        let value = world.body(run).unwrap().step(0).unwrap().result.unwrap();
        assert_eq!(Evaluator::new(world).texts(run, value).single(), Some("1"));
        let none = method(world, "LMain;->none()V");
        assert_eq!(Evaluator::new(world).texts(none, value), Texts::hole());
    });
}
