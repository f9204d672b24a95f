//! The normal form of a text, with the way back to the original.
//!
//! Words are separated by single spaces; a hyphen, an apostrophe and any run of blanks count as one
//! space, and there is none beside other signs. Between two Chinese characters and between two
//! letters of Thai a space is dropped unless a line ends there.

use super::fold::{Piece, Script, ascii_piece, fold, script};
use super::prefilter::Prefilter;
use super::rules::Folding;

/// A normalised text. Buffers are reused from text to text.
#[derive(Debug, Default, Clone)]
pub(super) struct Normal {
    /// The normalised text, UTF-8.
    pub(super) bytes: Vec<u8>,
    /// For each byte, where the character it comes from begins in the original text.
    pub(super) from: Vec<u32>,
    /// For each byte, where the character it comes from ends, dropped marks after it included.
    pub(super) upto: Vec<u32>,
}

impl Normal {
    /// The normalised text.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.from.clear();
        self.upto.clear();
    }

    #[inline]
    fn push(&mut self, letter: char, from: u32, upto: u32) {
        if letter.is_ascii() {
            self.push_byte(letter as u8, from, upto);
            return;
        }
        let mut buffer = [0u8; 4];
        for &byte in letter.encode_utf8(&mut buffer).as_bytes() {
            self.push_byte(byte, from, upto);
        }
    }

    fn push_byte(&mut self, byte: u8, from: u32, upto: u32) {
        self.bytes.push(byte);
        self.from.push(from);
        self.upto.push(upto);
    }

    /// Drops what comes after `length`; the end of what stays now reaches as far as what went.
    fn shorten(&mut self, length: usize) {
        let reach = self.upto.last().copied();
        self.bytes.truncate(length);
        self.from.truncate(length);
        self.upto.truncate(length);
        if let (Some(last), Some(reach)) = (self.upto.last_mut(), reach) {
            *last = reach;
        }
    }
}

/// What stands at the end of the normal form while it is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    Nothing,
    Sign,
    Letter(Script),
}

struct Writer<'a> {
    out: &'a mut Normal,
    folding: Folding,
    tail: Tail,
    /// A space that is due before the next letter; `Some(true)` when a line ends there.
    gap: Option<bool>,
    /// Where the present run of Latin or Arabic letters begins in the normal form.
    run: usize,
    tone: Option<char>,
    last: char,
}

/// Writes the normal form of `text` to `out`.
pub(super) fn normalise(text: &str, folding: Folding, keep_case: bool, out: &mut Normal) {
    write(text, folding, keep_case, |_| None, out);
}

/// Writes the loose form of `text` to `out`, most characters of which `table` knows.
pub(super) fn normalise_loose(text: &str, table: &Prefilter, out: &mut Normal) {
    write(
        text,
        Folding::Loose,
        false,
        |letter| table.loose_piece(letter),
        out,
    );
}

fn write(
    text: &str,
    folding: Folding,
    keep_case: bool,
    known: impl Fn(char) -> Option<Piece>,
    out: &mut Normal,
) {
    out.clear();
    out.bytes.reserve(text.len());
    out.from.reserve(text.len());
    out.upto.reserve(text.len());
    let mut writer = Writer {
        out,
        folding,
        tail: Tail::Nothing,
        gap: None,
        run: 0,
        tone: None,
        last: '\0',
    };
    for (offset, letter) in text.char_indices() {
        let from = u32::try_from(offset).unwrap_or(u32::MAX);
        let upto = from.saturating_add(letter.len_utf8() as u32);
        if letter.is_ascii() {
            writer.piece(ascii_piece(letter, keep_case), from, upto);
        } else if let Some(piece) = known(letter) {
            writer.piece(piece, from, upto);
        } else {
            fold(letter, folding, keep_case, |piece| {
                writer.piece(piece, from, upto)
            });
        }
    }
    writer.end_run();
}

impl Writer<'_> {
    fn piece(&mut self, piece: Piece, from: u32, upto: u32) {
        match piece {
            Piece::Nothing => self.extend(upto),
            Piece::Gap(line) => {
                self.end_run();
                self.gap = Some(line || self.gap == Some(true));
            }
            Piece::Sign(sign) => {
                self.end_run();
                self.gap = None;
                self.out.push(sign, from, upto);
                self.tail = Tail::Sign;
                self.last = sign;
            }
            Piece::Tone(mark) => {
                self.tone = Some(mark);
                self.extend(upto);
            }
            Piece::Letter(letter) if self.is_dropped(letter) => self.extend(upto),
            Piece::Letter(letter) => self.letter(letter, from, upto),
        }
    }

    fn extend(&mut self, upto: u32) {
        if let (Some(last), None) = (self.out.upto.last_mut(), self.gap) {
            *last = upto;
        }
    }

    /// Marks that count after some letters only.
    fn is_dropped(&self, letter: char) -> bool {
        match (letter, self.folding) {
            ('\u{0303}', Folding::Spanish) => self.last != 'n' && self.last != 'N',
            ('\u{0653}' | '\u{0654}' | '\u{0655}', Folding::Arabic) => self.last == '\u{0627}',
            ('\u{0654}', Folding::Urdu) => matches!(self.last, '\u{06CC}' | '\u{06D2}'),
            _ => false,
        }
    }

    fn letter(&mut self, letter: char, from: u32, upto: u32) {
        // A kept mark belongs to the letter before it, whatever the script.
        let marks = matches!(letter, '\u{0300}'..='\u{036F}');
        let script = match self.tail {
            Tail::Letter(before) if marks => before,
            _ => script(letter),
        };
        if self.gap.is_some() || self.tail != Tail::Letter(script) {
            self.end_run();
            self.open_gap(script, from);
            self.run = self.out.bytes.len();
        }
        self.out.push(letter, from, upto);
        self.tail = Tail::Letter(script);
        self.last = letter;
    }

    fn open_gap(&mut self, next: Script, from: u32) {
        let Some(line) = self.gap.take() else { return };
        let Tail::Letter(before) = self.tail else { return };
        if !line && before == next && matches!(next, Script::Han | Script::Thai) {
            return;
        }
        let end = self.out.upto.last().copied().unwrap_or(from);
        self.out.push(' ', end, from);
    }

    /// Finishes a run of letters of one script.
    fn end_run(&mut self) {
        let end = self.out.from.last().copied().zip(self.out.upto.last().copied());
        if let (Some(tone), Some((from, upto))) = (self.tone.take(), end) {
            self.out.push(tone, from, upto);
        }
        match self.tail {
            Tail::Letter(Script::Latin) => match self.folding {
                Folding::Loose => {
                    self.collapse();
                    self.strip_plural();
                }
                Folding::RomanisedHindi => self.collapse(),
                _ => {}
            },
            Tail::Letter(Script::Arabic) if matches!(self.folding, Folding::Loose | Folding::Arabic) => {
                self.strip_article();
            }
            _ => {}
        }
        self.run = self.out.bytes.len();
    }

    /// Spelling of Hindi in Latin letters: aa = a, ee = i, oo = u, w = v, z = j.
    fn collapse(&mut self) {
        let mut write = self.run;
        let mut read = self.run;
        let out = &mut *self.out;
        while let (Some(&byte), Some(&from), Some(&upto)) =
            (out.bytes.get(read), out.from.get(read), out.upto.get(read))
        {
            let doubled = out.bytes.get(read.saturating_add(1)) == Some(&byte);
            let (folded, taken) = match byte {
                b'a' if doubled => (b'a', 2),
                b'e' if doubled => (b'i', 2),
                b'o' if doubled => (b'u', 2),
                b'w' => (b'v', 1),
                b'z' => (b'j', 1),
                _ => (byte, 1),
            };
            let upto = if taken == 2 {
                out.upto.get(read.saturating_add(1)).copied()
            } else {
                Some(upto)
            };
            if let (Some(b), Some(f), Some(u)) = (
                out.bytes.get_mut(write),
                out.from.get_mut(write),
                out.upto.get_mut(write),
            ) {
                (*b, *f, *u) = (folded, from, upto.unwrap_or(from));
            }
            write = write.saturating_add(1);
            read = read.saturating_add(taken);
        }
        out.bytes.truncate(write);
        out.from.truncate(write);
        out.upto.truncate(write);
    }

    /// Drops a final s, then a final e, of words of three letters and more: a plural and its
    /// singular come out equal. What is not a plural differs in the stricter comparison.
    fn strip_plural(&mut self) {
        for ending in [b's', b'e'] {
            let length = self.out.bytes.len();
            if length.saturating_sub(self.run) >= 3 && self.out.bytes.last() == Some(&ending) {
                self.out.shorten(length.saturating_sub(1));
            }
        }
    }

    /// Drops the Arabic article, with a one-letter particle before it or not, where at least three
    /// letters stay.
    fn strip_article(&mut self) {
        const PARTICLES: [&str; 5] = ["\u{0648}", "\u{0641}", "\u{0628}", "\u{0644}", "\u{06A9}"];
        let Some(word) = self
            .out
            .bytes
            .get(self.run..)
            .and_then(|word| std::str::from_utf8(word).ok())
        else {
            return;
        };
        let bare = PARTICLES.iter().find_map(|particle| word.strip_prefix(particle));
        let rest = word
            .strip_prefix("\u{0627}\u{0644}")
            .or_else(|| bare.and_then(|bare| bare.strip_prefix("\u{0627}\u{0644}")))
            .or_else(|| word.strip_prefix("\u{0644}\u{0644}"));
        let Some(rest) = rest.filter(|rest| rest.chars().count() >= 3) else {
            return;
        };
        let end = self.run.saturating_add(word.len().saturating_sub(rest.len()));
        // What stays begins where the article began: a term without the article covers it.
        let begin = self.out.from.get(self.run).copied();
        self.out.bytes.drain(self.run..end);
        self.out.from.drain(self.run..end);
        self.out.upto.drain(self.run..end);
        if let (Some(first), Some(begin)) = (self.out.from.get_mut(self.run), begin) {
            *first = begin;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str, folding: Folding) -> String {
        let mut out = Normal::default();
        normalise(text, folding, false, &mut out);
        assert_eq!(
            (out.from.len(), out.upto.len()),
            (out.bytes.len(), out.bytes.len())
        );
        out.text().to_owned()
    }

    #[test]
    fn each_folding_keeps_what_its_language_needs() {
        for (text, folding, expected) in [
            ("Crédit–Société, ŒUVRE", Folding::Latin, "credit societe,oeuvre"),
            ("Año  ação", Folding::Spanish, "an\u{0303}o acao"),
            (
                "hoà thuỷ Đất",
                Folding::Vietnamese,
                "hoa\u{0300} thuy\u{0309} đa\u{0302}t\u{0301}",
            ),
            ("wasooli zyaada", Folding::RomanisedHindi, "vasuli jyada"),
            ("loans fees", Folding::Loose, "loan fi"),
            ("क़र्ज़ पाएँ १०", Folding::Devanagari, "कर्ज पाएं 10"),
            ("وَالقَرْضُ لِلْقَرْضِ", Folding::Arabic, "قرض قرض"),
            ("贷 款\n口 子", Folding::Plain, "贷款 口子"),
            ("Ａｐｐ：１", Folding::Plain, "app:1"),
        ] {
            assert_eq!(form(text, folding), expected, "{text}");
        }
    }

    #[test]
    fn tone_marks_may_stand_on_either_vowel() {
        assert_eq!(form("hoà", Folding::Vietnamese), form("hòa", Folding::Vietnamese));
        assert_ne!(form("vay", Folding::Vietnamese), form("váy", Folding::Vietnamese));
        assert_ne!(form("đa", Folding::Vietnamese), form("da", Folding::Vietnamese));
    }

    #[test]
    fn the_way_back_covers_what_was_dropped() {
        let mut out = Normal::default();
        normalise("pre\u{0301}t", Folding::Latin, false, &mut out);
        assert_eq!(out.text(), "pret");
        assert_eq!(out.from, [0, 1, 2, 5]);
        assert_eq!(out.upto, [1, 2, 5, 6]);
    }
}
