//! Bytes as lower-case hexadecimal text.

/// Two lower-case digits for each byte.
#[must_use]
pub(crate) fn lower(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn keeps_leading_zeros() {
        assert_eq!(super::lower(&[0, 0x0a, 0xff]), "000aff");
    }
}
