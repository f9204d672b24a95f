//! Phrases against texts that must and must not hold them.

use std::ops::Range;

use dunwatch::lexicon::{Hit, Lexicon, PhraseKind, Scratch, load};
use serde::Deserialize;

use crate::support::apps::RULES;
use crate::support::random::Random;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Examples {
    example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    language: String,
    kind: PhraseKind,
    text: String,
    #[serde(rename = "match")]
    matches: bool,
}

/// A phrase that was found.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    language: String,
    kind: PhraseKind,
    text: String,
    span: Range<usize>,
}

fn seen_by(lexicon: &Lexicon, text: &str) -> Vec<Seen> {
    let mut hits = Vec::new();
    lexicon.scan(text, &mut Scratch::default(), &mut hits);
    let seen = |hit: Hit| {
        let Hit::Phrase { id, span, .. } = hit else {
            return None;
        };
        let phrase = lexicon.phrase(id)?;
        Some(Seen {
            language: phrase.language.clone(),
            kind: phrase.kind,
            text: phrase.text.clone(),
            span: span.start as usize..span.end as usize,
        })
    };
    hits.into_iter().filter_map(seen).collect()
}

fn seen(text: &str) -> Vec<Seen> {
    seen_by(RULES.lexicon(), text)
}

#[test]
fn every_example_is_told_apart() {
    let examples: Examples = toml::from_str(include_str!("phrase_examples.toml")).unwrap();
    let mut wrong = Vec::new();
    for example in &examples.example {
        let found = seen(&example.text);
        let right = if example.matches {
            found
                .iter()
                .any(|seen| seen.kind == example.kind && seen.language == example.language)
        } else {
            found.iter().all(|seen| seen.kind != example.kind)
        };
        if !right {
            wrong.push(format!(
                "{} {:?} match = {}: {} {found:?}",
                example.language, example.kind, example.matches, example.text
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for rules in RULES.lexicon().phrases().map(|(_, phrase)| &phrase.language) {
        for matches in [true, false] {
            let has = |example: &Example| example.language == *rules && example.matches == matches;
            assert!(examples.example.iter().any(has), "{rules} match = {matches}");
        }
    }
}

#[test]
fn every_phrase_is_found_wherever_it_stands_in_a_long_text() {
    let mut missing = Vec::new();
    for (_, phrase) in RULES.lexicon().phrases() {
        let parts: Vec<&str> = phrase.parts().collect();
        // Four bytes a character: the longest gap there may be.
        for gap in [" ".to_owned(), format!(" {} ", "😀".repeat(76))] {
            let whole = parts.join(&gap);
            for before in [0, 1, 511, 513, 1100, 5000] {
                let text = format!("{} {whole} {}", "- ".repeat(before), "x- ".repeat(1000));
                let found = seen(&text);
                if !found
                    .iter()
                    .any(|seen| seen.kind == phrase.kind && text[seen.span.clone()].contains(parts[0]))
                {
                    missing.push(format!("{}:{} after {before}", phrase.language, phrase.text));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "{} missing:\n{}",
        missing.len(),
        missing.join("\n")
    );
}

#[test]
fn a_gap_has_eighty_characters_and_no_empty_line() {
    let text = |gap: &str| format!("We will inform{gap}in your contact list.");
    for (gap, expected) in [
        (" ".to_owned(), true),
        (" all of the people ".to_owned(), true),
        (format!(" {} ", "x".repeat(78)), true),
        (format!(" {} ", "x".repeat(79)), false),
        (format!(" {} ", "猫".repeat(78)), true),
        (" all\nof them ".to_owned(), true),
        (" all\r\n\r\nof them ".to_owned(), false),
        ("\\n\\n".to_owned(), false),
        (" all\\n \\nof them ".to_owned(), false),
    ] {
        assert_eq!(!seen(&text(&gap)).is_empty(), expected, "{gap:?}");
    }
}

#[test]
fn parts_by_themselves_and_turned_around_are_nothing() {
    for text in [
        "we will inform",
        "in your contact list",
        "in your contact list we will inform",
        "we will informally in your contact list",
    ] {
        assert_eq!(seen(text), [], "{text}");
    }
    let found = seen("we will inform x. We will inform y in your contact list. In your contact list");
    let spans: Vec<_> = found.iter().map(|seen| seen.span.clone()).collect();
    let expected = 18..55;
    assert_eq!(spans, [expected], "from the nearest beginning to the nearest end");
}

#[test]
fn words_and_phrases_do_not_hide_each_other() {
    let text = "Izin kontak dinonaktifkan, aktifkan agar pengajuan pinjaman Anda dapat diproses";
    let mut hits = Vec::new();
    RULES.lexicon().scan(text, &mut Scratch::default(), &mut hits);
    assert!(
        hits.iter()
            .any(|hit| matches!(hit, Hit::Phrase { strength: 3, .. }))
    );
    assert!(
        hits.iter()
            .any(|hit| matches!(hit, Hit::Term { span, .. } if span.start > 10)),
        "{hits:?}"
    );
}

#[test]
fn an_unsourced_three_counts_two() {
    let counted = |text: &str| {
        let lexicon = RULES.lexicon();
        let (id, phrase) = lexicon.phrases().find(|(_, phrase)| phrase.text == text).unwrap();
        (phrase.strength, lexicon.effective_phrase_strength(id))
    };
    assert_eq!(counted("sebar foto KTP"), (3, 3), "sourced");
    assert_eq!(
        counted("we will inform ... in your contact list"),
        (3, 2),
        "unsourced"
    );
}

#[test]
fn one_place_counts_once_whatever_the_language() {
    let list = |language: &str| {
        format!(
            "schema = 1\nlanguage = \"{language}\"\nphrases = [\n  {{ kind = \"threat-contacts\", text = \
             \"सम्पर्क ... फोन\", strength = 2, check = \"unsourced\", gloss = \"\" }},\n]\n"
        )
    };
    let mut files = dunwatch::signatures::embedded_files();
    files.retain(|path, _| path.starts_with("lexicon/"));
    files.insert("phrases/hi.toml".to_owned(), list("hi"));
    files.insert("phrases/ne.toml".to_owned(), list("ne"));
    let lexicon = Lexicon::build(load::lists(&files).unwrap(), &[]).unwrap();
    let found = seen_by(&lexicon, "सम्पर्क र फोन");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0].language, "hi",
        "the first in the order of the language tags"
    );
}

#[test]
fn errors_of_data_files_name_the_place() {
    let message = |row: &str| {
        let text = format!("schema = 1\nlanguage = \"en\"\nphrases = [\n  {{ {row} }},\n]\n");
        load::parse_phrases("phrases/en.toml", &text)
            .unwrap_err()
            .to_string()
    };
    let row = "kind = \"threat-contacts\", strength = 2, check = \"unsourced\", gloss = \"\"";
    for (row, expected) in [
        (
            format!("{row}, text = \"a\", note = \"b\""),
            "phrases/en.toml:4:90: unknown field `note`",
        ),
        (
            format!("{row}, text = \"a ...\""),
            "phrases/en.toml:4:85: \"a ...\": a phrase has words",
        ),
        (
            format!("{row}, text = \"a\", source = \"b\""),
            "phrases/en.toml:4:85: \"a\": a source is named exactly",
        ),
        (
            row.replace("threat", "treat") + ", text = \"a\"",
            "phrases/en.toml:4:12: unknown variant `treat-contacts`",
        ),
    ] {
        let message = message(&row);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn any_text_of_parts_is_read_without_a_panic() {
    let lexicon = RULES.lexicon();
    let parts: Vec<&str> = lexicon.phrases().flat_map(|(_, phrase)| phrase.parts()).collect();
    let glue = [
        "", " ", "\n\n", "\\n", "\u{200C}", "\u{0301}", "😀", "s", "-", "\\", "\0",
    ];
    let mut random = Random::new(7);
    let mut scratch = Scratch::default();
    for _ in 0..2000 {
        let mut text = String::new();
        for _ in 0..random.below(40) {
            text.push_str(parts[random.below(parts.len())]);
            text.push_str(glue[random.below(glue.len())]);
        }
        let mut hits = Vec::new();
        lexicon.scan(&text, &mut scratch, &mut hits);
        for hit in &hits {
            if let Hit::Phrase { span, .. } = hit {
                assert!(text.get(span.start as usize..span.end as usize).is_some());
            }
        }
        let mut bytes = text.into_bytes();
        for _ in 0..4.min(bytes.len()) {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        lexicon.scan_bytes(&bytes, &mut scratch, &mut Vec::new());
    }
}
