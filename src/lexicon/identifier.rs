//! Splitting identifiers into words.

/// Writes the words of `name` to `words`, with a space for each sign between them and where lower
/// case turns to upper case, a run of capitals ends before a capitalised word, or letters meet
/// digits. `inserted` gets the places in `words` of the spaces that stand for nothing in `name`.
pub(super) fn split(name: &str, words: &mut String, inserted: &mut Vec<u32>) {
    words.clear();
    inserted.clear();
    let mut letters = name.chars().peekable();
    let mut before = '\0';
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied().unwrap_or('\0');
        let begins_word = (before.is_lowercase() && letter.is_uppercase())
            || (before.is_uppercase() && letter.is_uppercase() && next.is_lowercase())
            || (before.is_ascii_digit() && letter.is_alphabetic())
            || (before.is_alphabetic() && letter.is_ascii_digit());
        if begins_word {
            inserted.push(u32::try_from(words.len()).unwrap_or(u32::MAX));
            words.push(' ');
        }
        let divides = letter.is_ascii_punctuation();
        words.push(if divides { ' ' } else { letter });
        before = letter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_the_usual_styles() {
        let mut words = String::new();
        let mut inserted = Vec::new();
        for (name, expected) in [
            ("instantLoanApp", "instant Loan App"),
            ("LOAN_APP_2", "LOAN APP 2"),
            ("SMSReader", "SMS Reader"),
            ("com.fast.loan", "com fast loan"),
            ("Lcom/fast/Loan$1;", "Lcom fast Loan 1 "),
            ("step2Loan", "step 2 Loan"),
        ] {
            split(name, &mut words, &mut inserted);
            assert_eq!(words, expected);
            assert_eq!(words.len() - inserted.len(), name.len());
        }
    }
}
