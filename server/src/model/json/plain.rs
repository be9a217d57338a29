//! Where in a text JSON has something to escape.

/// How many bytes from the start of `bytes` are neither a quote, a backslash nor a control.
#[inline]
pub fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return at * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    // The last bytes as part of a word that begins before them, or else by themselves.
    if let (false, Some(word)) = (rest.is_empty(), bytes.last_chunk::<8>()) {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special == 0 {
            return bytes.len();
        }
        return bytes.len() - 8 + special.trailing_zeros() as usize / 8;
    }
    let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    let end = rest.iter().position(|&byte| is_special(byte));
    bytes.len() - rest.len() + end.unwrap_or(rest.len())
}

/// The high bit of each byte that ends a plain run, eight bytes at once: right up to and with the
/// lowest such byte, which is all that is asked.
///
/// From "Bit Twiddling Hacks", `haszero` and `hasless`.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let quote = zero(word ^ (ONES * u64::from(b'"')));
    let backslash = zero(word ^ (ONES * u64::from(b'\\')));
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    quote | backslash | control
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_run_ends_where_it_ends() {
        for length in 0..40 {
            for end in [0, 1, 0x1f, b'"', b'\\'] {
                let mut bytes = vec![b' '; length];
                bytes.extend([end, b'x', 0x7f, 0x80, 0xff, b'"']);
                assert_eq!(plain_length(&bytes), length, "{end}");
            }
            assert_eq!(plain_length(&vec![0xff; length]), length);
        }
    }
}
