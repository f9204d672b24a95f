//! The word lists against texts that must and must not be taken for lending.

use dunwatch::lexicon::{Hit, Lexicon, Role, Scratch, load};
use serde::Deserialize;
use std::sync::LazyLock;

#[expect(clippy::unwrap_used, reason = "a test may fail here")]
/// The word lists of the repository.
fn lists() -> dunwatch::lexicon::WordLists {
    let files = dunwatch::signatures::embedded_files();
    let lists = files
        .into_iter()
        .filter(|(path, _)| path.starts_with("lexicon/"))
        .collect();
    load::lists(&lists).unwrap()
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::build(lists(), &[]).unwrap());

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Examples {
    example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    language: String,
    text: String,
    #[serde(rename = "match")]
    matches: bool,
    #[serde(default)]
    identifier: bool,
}

fn hits(text: &str, identifier: bool) -> Vec<Hit> {
    let mut hits = Vec::new();
    if identifier {
        LEXICON.scan_identifier(text, &mut Scratch::default(), &mut hits);
    } else {
        LEXICON.scan(text, &mut Scratch::default(), &mut hits);
    }
    hits
}

/// Each hit as `language:term listed>counted`.
fn named(hits: &[Hit]) -> Vec<String> {
    hits.iter()
        .filter_map(|hit| match hit {
            Hit::Term { id, strength, .. } => LEXICON
                .term(*id)
                .map(|term| format!("{}:{} {}>{strength}", term.language, term.text, term.strength)),
            Hit::Phrase { .. } | Hit::Literal { .. } => None,
        })
        .collect()
}

/// Whether a term listed with `listed` or more is found that counts `counted` or more.
fn holds(hits: &[Hit], listed: u8, counted: u8) -> bool {
    hits.iter().any(|hit| match hit {
        Hit::Term { id, strength, .. } => LEXICON
            .term(*id)
            .is_some_and(|term| term.role == Role::Word && term.strength >= listed && *strength >= counted),
        Hit::Phrase { .. } | Hit::Literal { .. } => false,
    })
}

#[test]
fn every_example_is_told_apart() {
    let text = include_str!("lexicon_examples.toml");
    let examples: Examples = toml::from_str(text).unwrap();
    let mut wrong = Vec::new();
    for example in &examples.example {
        let hits = hits(&example.text, example.identifier);
        let right = if example.matches {
            holds(&hits, 3, 2)
        } else {
            !holds(&hits, 0, 2)
        };
        if !right {
            let expected = if example.matches {
                "must match"
            } else {
                "must not match"
            };
            wrong.push(format!(
                "{} {expected}: {} {:?}",
                example.language,
                example.text,
                named(&hits)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        examples.example.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_term_finds_itself() {
    let mut missing = Vec::new();
    for (id, term) in LEXICON.terms() {
        let hits = hits(&term.text, false);
        // A false friend or a longer term of the same place may take it over; something must be found.
        if hits.is_empty() {
            missing.push(format!("{id:?} {}:{}", term.language, term.text));
        }
    }
    assert!(
        missing.is_empty(),
        "{} terms:\n{}",
        missing.len(),
        missing.join("\n")
    );
}

/// One rule of a language in each row: a text, a term as `language:term`, whether it is found.
const RULES: &[(&str, &str, bool)] = &[
    // English: -s and the possessive on the last word, hyphen for space, capitals, full width.
    ("Personal loans here", "en:personal loan", true),
    ("the personal loan's term", "en:personal loan", true),
    ("personals loan", "en:personal loan", false),
    ("personal loaner", "en:personal loan", false),
    ("personal-loan", "en:personal loan", true),
    ("personal\u{00A0} \n loan", "en:personal loan", true),
    ("personal, loan", "en:personal loan", false),
    ("ｐｅｒｓｏｎａｌ　ｌｏａｎ", "en:personal loan", true),
    ("per\u{200B}sonal lo\u{00AD}an", "en:personal loan", true),
    ("www.personal.loan.com", "en:personal loan", false),
    ("complete KYC now", "en:KYC", true),
    ("kyc", "en:KYC", false),
    ("nbfc registered", "en:NBFC", false),
    // Spanish: diacritics fold, ñ does not; plural on each word; capitals.
    ("PRESTAMOS rapidos", "es:préstamo rápido", true),
    ("pre\u{0301}stamo ra\u{0301}pido", "es:préstamo rápido", true),
    ("solo con tu INE", "es:solo con tu INE", true),
    ("solo con tu ine", "es:solo con tu INE", false),
    // Vietnamese: diacritics stay, the place of the tone mark is free, NFD equals NFC.
    ("vay tiền online", "vi:vay tiền online", true),
    ("váy tiền online", "vi:vay tiền online", false),
    ("vay tie\u{0302}\u{0300}n online", "vi:vay tiền online", true),
    ("vay tien online", "vi:vay tiền online", false),
    // Arabic: particle and article before a word, tatweel, vowel signs, forms of alef.
    ("والقروض الفورية", "ar:قروض فورية", true),
    ("قـــروض فَوريّة", "ar:قروض فورية", true),
    ("انقروض فورية", "ar:قروض فورية", false),
    // Urdu: Arabic ya and kaf; madda on alef is a letter of its own.
    ("فوري قرض", "ur:فوری قرض", true),
    ("ادھار", "ur:ادھار", true),
    ("آدھار", "ur:ادھار", false),
    // Hindi and Nepali: nukta, chandrabindu, postpositions.
    ("बिना कागज़ात लोन", "hi:बिना कागजात लोन", true),
    ("तत्काल लोन पाएँ", "hi:तत्काल लोन", true),
    ("कर्जालाई", "ne:कर्जा", true),
    ("ऋणात्मक", "hi:ऋण", false),
    // Bengali: listed endings only.
    ("লোনের", "bn:লোন", true),
    ("ক্লোন", "bn:লোন", false),
    // Tamil: endings and compounds join; doubling at the joint.
    ("கடனுக்கு", "ta:கடன்", true),
    ("நன்றிக்கடன்", "ta:கடன்", false),
    ("உடனடிகடன் ஆப்", "ta:உடனடி கடன் ஆப்", true),
    ("உடனடிக் கடன் ஆப்", "ta:உடனடி கடன் ஆப்", true),
    // Telugu: endings join, with and without ZWNJ.
    ("ఇన్స్టంట్ లోన్లు", "te:ఇన్\u{200C}స్టంట్ లోన్", true),
    ("క్లోన్", "te:లోన్", false),
    // Thai: no boundary but that of grapheme clusters; spaces drop out.
    ("บริการเงิน กู้ด่วน", "th:เงินกู้ด่วน", true),
    ("เงินกู\u{0E49}ได้", "th:เงินกู้", true),
    // Chinese: spaces and ZWSP inside, longest match first, lines stay apart.
    ("贷 款\u{200B}口 子", "zh-Hans:贷款口子", true),
    ("贷款\n口子", "zh-Hans:贷款口子", false),
    ("不上征信", "zh-Hans:上征信", false),
    ("上征信", "zh-Hans:上征信", true),
    ("以下款项", "zh-Hans:下款", false),
    // Yoruba: two words without tone marks, one word only with them.
    ("ya owo lori ayelujara", "yo:yá owó lórí ayélujára", true),
    ("eyawo", "yo:ẹ̀yáwó", false),
    ("ẹ̀yáwó", "yo:ẹ̀yáwó", true),
    // Hausa: hooked letters, possessives.
    ("karbi bashi", "ha:karɓi bashi", true),
    ("karbi bashinka", "ha:karɓi bashi", true),
    // Hindi in Latin letters: no fixed spelling.
    ("wasuli", "hi-Latn:vasooli", true),
    ("5 minute main lown", "hi-Latn:5 minute me loan", false),
    ("5 minute main loan", "hi-Latn:5 minute me loan", true),
    // Indonesian: clitics on the last word.
    ("ajukan pinjamanmu", "id:ajukan pinjaman", true),
    ("ajukan pinjamanlah", "id:ajukan pinjaman", false),
    // French: elision, plural on each word.
    ("d’agents de recouvrement", "fr:agent de recouvrement", true),
    ("prêts instantanés", "fr:prêt instantané", true),
    ("prêt instantanément", "fr:prêt instantané", false),
    // Swahili: listed verb forms. Amharic: homophones, prefixes.
    ("ninakopa", "sw:kukopa", true),
    ("የብድር", "am:ብድር", true),
];

#[test]
fn the_rules_of_each_language_hold() {
    let mut wrong = Vec::new();
    for (text, term, expected) in RULES {
        let (language, listed) = term.split_once(':').unwrap();
        assert!(
            LEXICON
                .terms()
                .any(|(_, term)| term.language == language && term.text == listed),
            "{term} is not listed"
        );
        let hits = hits(text, false);
        let found = hits.iter().any(|hit| {
            matches!(hit, Hit::Term { id, .. } if LEXICON.term(*id).is_some_and(|term|
                term.language == language && term.text == listed))
        });
        if found != *expected {
            wrong.push(format!("{text}: {term} found: {found}; {:?}", named(&hits)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn identifiers_are_split_before_they_are_matched() {
    let terms = |name: &str| named(&hits(name, true));
    assert_eq!(terms("getPersonalLoanList"), ["en:personal loan 2>2"]);
    assert_eq!(terms("PERSONAL_LOAN_2"), ["en:personal loan 2>2"]);
    assert_eq!(terms("personalloan"), [""; 0]);
    assert!(
        terms("vay_tien_online")
            .iter()
            .any(|hit| hit.starts_with("vi:vay tiền online"))
    );
    assert!(
        terms("kyc_status").is_empty() && terms("KYC_STATUS").is_empty(),
        "capitals mean nothing there"
    );
    assert_eq!(terms("needKYCNow"), ["en:KYC 1>1"]);
    let hits = hits("getPersonalLoanList", true);
    assert!(
        matches!(&hits[..], [Hit::Term { span, .. }] if *span == (3..15)),
        "{hits:?}"
    );
}

#[test]
fn an_unsourced_three_counts_two_unless_it_holds_a_sourced_three() {
    let counted = |language: &str, text: &str| {
        let (id, term) = LEXICON
            .terms()
            .find(|(_, term)| term.language == language && term.text == text)
            .unwrap();
        (term.strength, LEXICON.effective_strength(id))
    };
    assert_eq!(counted("en", "loan app"), (3, 3), "sourced");
    assert_eq!(counted("en", "loan in minutes"), (3, 2), "unsourced");
    let (id, _) = LEXICON
        .terms()
        .find(|(_, term)| term.text == "third-party collection")
        .unwrap();
    assert_eq!(LEXICON.effective_strength(id), 2);
    let raised: Vec<_> = LEXICON
        .terms()
        .filter(|(id, term)| term.source.is_empty() && LEXICON.effective_strength(*id) == 3)
        .collect();
    assert!(!raised.is_empty(), "some unsourced terms hold a sourced one");
}

#[test]
fn literals_are_found_in_the_same_pass() {
    let literals = ["content://sms".to_owned(), "api.Example-Zoom.com".to_owned()];
    let lexicon = Lexicon::build(lists(), &literals).unwrap();
    let found = |bytes: &[u8]| {
        let mut hits = Vec::new();
        lexicon.scan_bytes(bytes, &mut Scratch::default(), &mut hits);
        hits
    };
    let index = |index| Hit::Literal { index };
    assert_eq!(found(b"CONTENT://sms/inbox"), [index(0)]);
    assert_eq!(found(b"content://smsfoo"), []);
    assert_eq!(found(b"xcontent://sms"), []);
    assert_eq!(
        found(b"https://api.example-zoom.com/v1 content://sms"),
        [index(0), index(1)]
    );
    // Encoded surrogates and NUL, as dex files have them, and a broken byte.
    assert_eq!(
        found(b"\xED\xA0\xBD\xED\xB8\x80\xC0\x80\xFF content://sms"),
        [index(0)]
    );
    let bad = Lexicon::build(lists(), &["12://".to_owned()]);
    assert!(
        bad.is_err(),
        "a literal without letters would never be looked for"
    );
}

#[test]
fn a_term_is_found_wherever_it_stands_in_a_long_text() {
    let term = "guaranteed approval";
    for filler in ["lorem ipsum dolor ", "Наша кнопка ", "-"] {
        for at in [0, 1, 40, 47, 48, 49, 63, 64, 65, 500, 1023, 1024, 1500] {
            let mut text: String = filler.chars().cycle().take(at).collect();
            text.push(' ');
            let start = text.len();
            text.push_str(term);
            text.push(' ');
            text.extend(filler.chars().cycle().take(3000));
            let hits = hits(&text, false);
            let spans: Vec<_> = hits
                .iter()
                .filter_map(|hit| match hit {
                    Hit::Term { span, .. } => Some(span.clone()),
                    Hit::Phrase { .. } | Hit::Literal { .. } => None,
                })
                .collect();
            let expected = start as u32..(start + term.len()) as u32;
            assert_eq!(spans, [expected], "after {at} characters of {filler:?}");
        }
    }
}

#[test]
fn errors_of_data_files_name_the_place() {
    let message = |text: &str| load::parse_list("xx.toml", text).unwrap_err().to_string();
    let head = "schema = 1\nlanguage = \"xx\"\nterms = [\n";
    let unknown = format!(
        "{head}  {{ text = \"a\", class = \"kyc\", strength = 1, check = \"literal\", sauce = \"b\" }},\n]\n"
    );
    assert!(
        message(&unknown).starts_with("xx.toml:4:65: unknown field `sauce`"),
        "{}",
        message(&unknown)
    );
    let strong =
        format!("{head}  {{ text = \"a\", class = \"kyc\", strength = 4, check = \"unsourced\" }},\n]\n");
    assert_eq!(message(&strong), "xx.toml:4:12: \"a\": strength goes from 0 to 3");
    assert_eq!(
        message("schema = 2\nlanguage = \"xx\"\nterms = []\n"),
        "xx.toml:1:1: schema 2 is not supported, only 1"
    );
    let orphan = load::parse_list(
        "xx.toml",
        &format!("{head}  {{ text = \"a\", class = \"kyc\", strength = 1, check = \"unsourced\" }},\n]\n"),
    );
    let lists = dunwatch::lexicon::WordLists {
        languages: Vec::new(),
        terms: orphan.unwrap(),
        phrases: Vec::new(),
    };
    assert_eq!(
        Lexicon::build(lists, &[]).unwrap_err().to_string(),
        "no rules for the language xx of the term \"a\""
    );
}

#[test]
fn a_list_can_withdraw_terms_of_the_other_lists_of_its_language() {
    let list = |terms: &str, more: &str| format!("schema = 1\nlanguage = \"en\"\nterms = [{terms}]\n{more}");
    let term = |text: &str, strength: u8| {
        format!("{{ text = \"{text}\", class = \"kyc\", strength = {strength}, check = \"unsourced\" }},")
    };
    let withdraw =
        |text: &str| format!("withdraw = [{{ text = \"{text}\", reason = \"others say it too\" }}]\n");
    let read = |own: String| {
        let listed = list(&(term("selfie check", 3) + &term("face check", 3)), "");
        let files = [
            ("lexicon/en.toml".to_owned(), listed),
            ("lexicon/en.own.toml".to_owned(), own),
        ];
        load::lists(&files.into_iter().collect())
    };
    let lists = read(list(&term("selfie check", 1), &withdraw("selfie check"))).unwrap();
    let mut texts: Vec<_> = lists
        .terms
        .iter()
        .map(|term| (term.text.as_str(), term.strength))
        .collect();
    texts.sort_unstable();
    assert_eq!(texts, [("face check", 3), ("selfie check", 1)]);
    let error = read(list("", &withdraw("iris check"))).unwrap_err().to_string();
    assert!(
        error.starts_with("lexicon/en.own.toml:4:22: \"iris check\": no other list of en"),
        "{error}"
    );
}
