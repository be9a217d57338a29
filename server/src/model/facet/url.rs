//! Addresses as they are counted.

use super::cut;

/// How much of an address is looked at: what a value can show, and some for ids that become one
/// character.
const READ_MAX_BYTES: usize = 600;

/// An address without scheme, user, query and fragment, each id in its path as `*`:
/// `shop.example/orders/*`.
///
/// With its ids nearly every address would be another, and the bound of values would be reached by
/// those that came once; whose order failed, the occurrences say.
pub(super) fn without_ids(url: &str) -> String {
    let url = cut(url.trim(), READ_MAX_BYTES);
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = &url[..end];
    let (authority, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", url),
    };
    let host = authority.rsplit('@').next().unwrap_or_default();
    let mut plain = String::with_capacity(host.len() + path.len());
    plain.push_str(host);
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            plain.push('/');
        }
        plain.push_str(if is_id(segment) { "*" } else { segment });
    }
    plain
}

/// Whether a segment names one thing among many: a number, a UUID or hash, or a long word with
/// digits all over, such as a ULID.
fn is_id(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let is_hex = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    match segment.len() {
        0 => false,
        length if digits == length => true,
        8.. if digits > 0 && segment.bytes().all(is_hex) => true,
        20.. => digits >= 4 && segment.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_secrets_and_queries_are_no_part_of_it() {
        for (url, plain) in [
            (
                "https://shop.example/checkout?step=pay",
                "shop.example/checkout",
            ),
            (
                "https://shop.example/orders/8812/lines#2",
                "shop.example/orders/*/lines",
            ),
            (
                "http://ann:secret@shop.example:8080/a",
                "shop.example:8080/a",
            ),
            ("/carts/0191f6a1-7c1e-7d2b-a5f0-3c2b1a0f9e8d", "/carts/*"),
            ("/files/9f86d081884c7d65", "/files/*"),
            ("/o/01ARZ3NDEKTSV4RRFFQ69G5FAV/x", "/o/*/x"),
            (
                "/v2/how-to-mend-it-in-2024-and-later",
                "/v2/how-to-mend-it-in-2024-and-later",
            ),
            ("/facade/deadbeef", "/facade/deadbeef"),
            ("https://shop.example", "shop.example"),
            ("//", "//"),
            ("", ""),
            ("?a=1", ""),
        ] {
            assert_eq!(without_ids(url), plain, "{url}");
        }
        let long = format!("https://shop.example/{}", "é/".repeat(1_000));
        assert!(without_ids(&long).len() <= READ_MAX_BYTES);
    }
}
