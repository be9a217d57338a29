//! A body as an HTML form has it: `payload=<JSON>`, percent-encoded.

use std::borrow::Cow;

/// The JSON in a form's field `payload`; a body that is no form is returned as it is.
///
/// Never told by the type that is declared: rollbar-gem and rollbar-php declare a form and send JSON.
pub fn json(bytes: &[u8]) -> Cow<'_, [u8]> {
    let begins_like_json = bytes
        .trim_ascii_start()
        .first()
        .is_none_or(|byte| matches!(byte, b'{' | b'[' | b'"' | 0xef));
    if begins_like_json {
        return Cow::Borrowed(bytes);
    }
    url::form_urlencoded::parse(bytes)
        .find(|(name, _)| name == "payload")
        .map_or(Cow::Borrowed(bytes), |(_, json)| {
            Cow::Owned(json.into_owned().into_bytes())
        })
}
