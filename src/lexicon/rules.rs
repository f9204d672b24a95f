//! What may vary between a listed word and the text: the rules of one language, as data.

use serde::Deserialize;

/// How letters are made comparable before two words are compared.
///
/// All of them apply NFKD, lower case (except for capitals, see [`LanguageRules::capitals`]), map
/// every decimal digit to ASCII and drop zero-width characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Folding {
    /// Diacritics are dropped, and ɓ ɗ ƙ ƴ đ ø ł ı œ æ ß become plain letters.
    Latin,
    /// As [`Folding::Latin`], but ñ is a letter of its own.
    Spanish,
    /// Diacritics are kept, đ is a letter of its own; only the place of the tone mark is free.
    Vietnamese,
    /// As [`Folding::Latin`]; then aa = a, ee = i, oo = u, w = v, z = j.
    RomanisedHindi,
    /// The nukta is dropped, chandrabindu equals anusvara.
    Devanagari,
    /// Vowel signs and tatweel are dropped, the forms of alef are one, ى equals ي, final ة equals ه,
    /// and the article is optional before a word.
    Arabic,
    /// Vowel signs and the hamza on ye are dropped, Arabic ي ك ه equal Urdu ی ک ہ.
    Urdu,
    /// The homophone letters ሀ ሐ ኀ, ሰ ሠ, አ ዐ and ጸ ፀ are one each.
    Ethiopic,
    /// Nothing further.
    Plain,
    /// Coarser than all others: what differs under it differs in every language. Not for data files.
    #[serde(skip)]
    Loose,
    /// Finer than all others: only NFKD, case and width. Not for data files.
    #[serde(skip)]
    Exact,
}

/// Where a word may begin and end in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// At the boundaries of words, give or take the listed prefixes and suffixes.
    Word,
    /// From the beginning of a word on: endings join the last word freely.
    Prefix,
    /// Anywhere between two grapheme clusters; blanks inside do not count.
    Substring,
}

/// Which words of a term may stand in the plural.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plural {
    /// None.
    #[default]
    None,
    /// The last one, and its possessive.
    Last,
    /// Every word.
    Each,
}

/// Further forms of one term that count less than the term.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forms {
    /// The listed term.
    pub term: String,
    /// The strength of the forms.
    pub strength: u8,
    /// The forms.
    pub texts: Vec<String>,
}

/// One way to write a word or a term.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Spelling {
    /// The text as it is written.
    pub text: String,
    /// The text in small letters.
    pub(super) lower: String,
}

impl From<String> for Spelling {
    fn from(text: String) -> Self {
        let lower = text.to_lowercase();
        Self { text, lower }
    }
}

/// The rules of one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LanguageRules {
    /// BCP 47 tag.
    pub code: String,
    /// English name.
    pub name: String,
    /// What makes letters comparable.
    pub folding: Folding,
    /// Where words begin and end.
    pub boundary: Boundary,
    /// Letters that may be written together with the first word of a term, one of them at a time.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// Endings that may follow the last word of a term, one of them at a time.
    #[serde(default)]
    pub suffixes: Vec<String>,
    /// Which words may stand in the plural.
    #[serde(default)]
    pub plural: Plural,
    /// Endings of the plural.
    #[serde(default)]
    pub plural_endings: Vec<String>,
    /// Abbreviations that are also ordinary words and count in capitals only.
    #[serde(default)]
    pub capitals: Vec<String>,
    /// What may stand before an apostrophe that divides two words.
    #[serde(default)]
    pub elision: Vec<String>,
    /// Ends of a stem that give way to an ending, with [`Boundary::Prefix`]. The first is dropped
    /// from any last word, the others from the last of several words.
    #[serde(default)]
    pub stem_endings: Vec<String>,
    /// Whether the words of a term may be written without a space between them.
    #[serde(default)]
    pub joined: bool,
    /// Consonants that may be doubled where two words meet.
    #[serde(default)]
    pub doubling: Vec<String>,
    /// Least number of words of a term whose diacritics are missing in the text; 0 = any.
    #[serde(default)]
    pub folded_words: usize,
    /// Least number of words of a term that is found without diacritics in an identifier; 0 = never.
    #[serde(default)]
    pub bare_words: usize,
    /// Letters that are also written with other letters, everywhere in a text at once.
    #[serde(default)]
    pub digraphs: Vec<[String; 2]>,
    /// Spellings that may stand for each other wherever one of them occurs in a term as whole words
    /// (with [`Boundary::Substring`]: anywhere).
    #[serde(default)]
    pub spelling: Vec<Vec<Spelling>>,
    /// Further, weaker forms of single terms.
    #[serde(default)]
    pub forms: Vec<Forms>,
}
