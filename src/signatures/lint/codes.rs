//! The complaints of the linter, each with its remedy.

/// A sort of complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    /// Stable name: a letter for what it is about, and a number.
    pub name: &'static str,
    /// What is wrong.
    pub complaint: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

macro_rules! codes {
    ($($name:ident $complaint:literal $remedy:literal,)+) => {
        $(
            #[doc = $complaint]
            pub(super) const $name: Code = Code {
                name: stringify!($name),
                complaint: $complaint,
                remedy: $remedy,
            };
        )+

        /// All codes, by name.
        pub const ALL: &[Code] = &[$($name,)+];
    };
}

codes! {
    A01 "a text of advice is empty in one language" "give it in both languages",
    A02 "an item of advice is shown in no band" "name bands in `when`",
    A03 "a number or address of a body is empty" "leave it out",
    A04 "two items or bodies of a file have one id" "give each an id of its own",
    A05 "a body has no source and is not `unsourced`" "name where it was read, or state `unsourced`",
    D01 "an id is not in kebab case" "use a-z, 0-9 and hyphens",
    D02 "a text that a stable signature needs is empty" "write a sentence or two",
    D03 "a title or statement is empty in one language" "give it in both languages",
    D04 "a title passes judgement" "say what the file declares or the code does",
    D05 "a stable signature has no source" "add a reference",
    D06 "a reference is not https" "use the https address",
    D07 "a date is none" "write it as YYYY-MM-DD",
    D08 "a related signature does not exist" "name an existing one",
    D09 "a stable signature lacks examples of one sort" "add to `match` and `no-match`",
    D10 "an example is not a list of facts" "write `kind value @ place`, one a line, as src/facts/text.rs tells",
    D11 "an example does not match, or a counter-example does" "mend the signature or the example",
    D12 "a kind has no vocabulary entry" "add one, or remove the kind",
    D13 "a kind is used by no indicator" "use it, or remove the kind",
    D14 "it was changed before it was added" "mend `added` or `modified`",
    D15 "it is withdrawn without a reason" "say why, so that earlier reports can be understood",
    D16 "two indicators have one title" "say what tells them apart",
    F01 "a part of a phrase has fewer than two letters" "lengthen the part, or leave it out",
    F02 "a phrase stands in its list twice" "keep one of them",
    F03 "a phrase has no gloss" "say in English what it means",
    G01 "a weight, a cap, a prior or the bands have no reason" "say where the number comes from",
    G02 "a weight is higher than the cap of its group" "lower the weight, or argue a higher cap",
    G03 "a group has no weight" "weigh an indicator in it, or remove the group",
    L01 "the date of a published list is none" "write YYYY, YYYY-MM or YYYY-MM-DD",
    L02 "a published list has no publisher" "say who published it",
    L03 "an entry stands in a published list twice" "keep one of them",
    L04 "the confidence of an entry is none" "write high, medium or low",
    L05 "the country of an entry is none" "write two capital letters (ISO 3166-1)",
    M01 "a file of flow models does not say what it is about, or where that is documented"
        "fill in `title`, `description` and `references`",
    P01 "a rule has no instrument" "name the law, circular or policy",
    P02 "a rule ends before it begins" "mend `in-force` or `until`",
    P03 "a rule has no source and is not `unsourced`" "name where it was read, or state `unsourced`",
    P04 "a permission is not written in full" "write android.permission.…",
    P05 "a permission is both forbidden and limited" "leave it in one of the lists",
    P06 "a verdict that the rule can give has no example" "add one",
    P07 "an example gives another verdict" "mend the rule or the example",
    P08 "a rule was looked at more than two years before the day of the set"
        "look whether it still holds, and move `checked-on`",
    P09 "a rule was looked at after the day of the set" "move `as-of` in ruleset.toml, or mend `checked-on`",
    P10 "a country is pointed to by a language without a list of words" "add the list, or take the language out",
    S01 "an SDK that is matched has no marks" "add a mark, or make it a draft",
    S02 "a stable SDK is unsourced" "make it experimental",
    S03 "a mark stands in two SDKs" "leave it to one of them",
    S04 "a strong signal collects no contacts, messages or calls" "add what it reads, or choose another stance",
    S05 "a mark has not the form of one" "see signatures/README.md for the form of marks",
    S06 "an SDK has no name" "name the product",
    S07 "an SDK has one mark, which does not count alone" "add a mark, or let it count alone",
    S08 "an SDK has no source and is not `unsourced`" "name where it was read, or state `unsourced`",
    V01 "a vocabulary file does not say what it is about, or where that is documented"
        "fill in `title`, `description` and `references`",
    V02 "an entry stands in the vocabulary twice" "keep one of them",
    W01 "a word stands in its list twice" "keep one of them, in the class that fits best",
    W02 "a mask covers no listed word" "make it `context`, list the word it is to hide, or leave it out",
    W03 "a language has rules and no words" "add the list, or take the rules out",
}
