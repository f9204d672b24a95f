//! The sorts of complaints.

/// A sort of complaint. The messages have two sentences for each, by its name: `lint-problem` says
/// what is wrong in the case at hand, `lint-remedy` what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    /// Stable name: a letter for what it is about, and a number.
    pub name: &'static str,
    /// What is wrong, in general.
    pub complaint: &'static str,
}

macro_rules! codes {
    ($($name:ident $complaint:literal,)+) => {
        $(
            #[doc = $complaint]
            pub(super) const $name: Code = Code {
                name: stringify!($name),
                complaint: $complaint,
            };
        )+

        /// All codes, by name.
        pub const ALL: &[Code] = &[$($name,)+];
    };
}

codes! {
    A01 "a text of advice is empty in one language",
    A02 "an item of advice is shown in no band",
    A03 "a number or address of a body is empty",
    A04 "two items or bodies of a file have one id",
    A05 "a body has no source and is not `unsourced`",
    D01 "an id is not in kebab case",
    D02 "a text that a stable signature needs is empty",
    D03 "a title or statement is empty in one language",
    D04 "a title passes judgement",
    D05 "a stable signature has no source",
    D06 "a reference is not https",
    D07 "a date is none",
    D08 "a related signature does not exist",
    D09 "a stable signature lacks examples of one sort",
    D10 "an example is not a list of facts",
    D11 "an example does not match",
    D12 "a kind has no vocabulary entry",
    D13 "a kind is used by no indicator",
    D14 "it was changed before it was added",
    D15 "it is withdrawn without a reason",
    D16 "two indicators have one title",
    D17 "a counter-example matches",
    F01 "a part of a phrase has fewer than two letters",
    F02 "a phrase stands in its list twice",
    F03 "a phrase has no gloss",
    G01 "a weight, a cap, a prior or the bands have no reason",
    G02 "a weight is higher than the cap of its group",
    G03 "a group has no weight",
    L01 "the date of a published list is none",
    L02 "a published list has no publisher",
    L03 "an entry stands in a published list twice",
    L04 "the confidence of an entry is none",
    L05 "the country of an entry is none",
    M01 "a file of flow models does not say what it is about, or where that is documented",
    M02 "a method stands in two files for the same",
    P01 "a rule has no instrument",
    P02 "a rule ends before it begins",
    P03 "a rule has no source and is not `unsourced`",
    P04 "a permission is not written in full",
    P05 "a permission is both forbidden and limited",
    P06 "a verdict that the rule can give has no example",
    P07 "an example gives another verdict",
    P08 "a rule was looked at more than two years before the day of the set",
    P09 "a rule was looked at after the day of the set",
    P10 "a country is pointed to by a language without a list of words",
    S01 "an SDK that is matched has no marks",
    S02 "a stable SDK is unsourced",
    S03 "a mark stands in two SDKs",
    S04 "a strong signal collects no contacts, messages or calls",
    S05 "a mark has not the form of one",
    S06 "an SDK has no name",
    S07 "an SDK has one mark, which does not count alone",
    S08 "an SDK has no source and is not `unsourced`",
    V01 "a vocabulary file does not say what it is about, or where that is documented",
    V02 "an entry stands in the vocabulary twice",
    W01 "a word stands in its list twice",
    W02 "a mask covers no listed word",
    W03 "a language has rules and no words",
}
