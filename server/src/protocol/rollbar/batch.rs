//! Several items in one request, `POST /api/1/item_batch/`.

use super::{occurrence, take_token};
use crate::{
    model::{
        json::{Node, Text},
        occurrence::Occurrence,
    },
    protocol::{Malformed, Received, json},
};

/// Items of one batch; more are refused as a whole.
pub const BATCH_MAX: usize = 100;

/// A batch as it came in.
#[derive(Clone, Debug)]
pub struct Batch<'t> {
    /// The access token in the body.
    pub access_token: Option<Text<'t>>,
    /// The items in their order, each for itself.
    pub items: Vec<Result<Occurrence<'t>, Malformed>>,
}

/// Reads the body of a request to `/api/1/item_batch/`: `{"access_token": …, "data": [item, …]}`, or
/// only the list. An item is what `data` is in a request of one, or that whole request.
pub fn parse_batch<'t>(bytes: &'t [u8], received: &Received) -> Result<Batch<'t>, Malformed> {
    let mut access_token = None;
    let list = match json::parse(bytes)? {
        Node::List(list) => list,
        Node::Object(mut root) => {
            access_token = take_token(&mut root);
            let items = root.take("data").or_else(|| root.take("payload"));
            match items {
                Some(Node::List(list)) => list,
                _ => return Err(NOT_A_BATCH),
            }
        }
        _ => return Err(NOT_A_BATCH),
    };
    if list.is_empty() {
        return Err(Malformed::NotAnItem("the batch holds no item"));
    }
    if list.len() > BATCH_MAX {
        return Err(Malformed::TooManyItems { max: BATCH_MAX });
    }
    let items = list
        .into_iter()
        .map(|value| item(value, &mut access_token, received))
        .collect();
    Ok(Batch {
        access_token,
        items,
    })
}

const NOT_A_BATCH: Malformed =
    Malformed::NotAnItem("the body must be a list of items, or an object with such a list as data");

fn item<'t>(
    value: Node<'t>,
    access_token: &mut Option<Text<'t>>,
    received: &Received,
) -> Result<Occurrence<'t>, Malformed> {
    let Node::Object(mut fields) = value else {
        return Err(Malformed::NotAnItem("an item of a batch must be an object"));
    };
    if let Some(Node::Object(data)) = fields.take("data") {
        if access_token.is_none() {
            *access_token = take_token(&mut fields);
        }
        return occurrence(data, received);
    }
    occurrence(fields, received)
}

/// Whether an occurrence comes from where anybody can read the token: a browser, an app, a device.
///
/// What says nothing of its platform is one: its token is the only thing that tells.
pub fn is_client(occurrence: &Occurrence<'_>) -> bool {
    let platform = occurrence.platform.as_deref().unwrap_or_default().trim();
    let first = platform.split_whitespace().next().unwrap_or_default();
    matches!(
        first.to_ascii_lowercase().as_str(),
        "" | "browser"
            | "client"
            | "android"
            | "ios"
            | "apple"
            | "cocoa"
            | "flash"
            | "flutter"
            | "react-native"
            | "unity"
            | "electron"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Batch<'_>, Malformed> {
        parse_batch(text.as_bytes(), &Received::default())
    }

    #[test]
    fn a_batch_is_read_item_by_item() {
        let item = r#"{"environment": "a", "body": {"message": {"body": "x"}}}"#;
        let whole = format!(r#"{{"access_token": "t", "data": {item}}}"#);
        for text in [
            format!("[{item}, 7, {whole}]"),
            format!(r#"{{"access_token": "t", "data": [{item}, {{}}, {item}]}}"#),
        ] {
            let batch = read(&text).expect("a batch");
            assert_eq!(batch.access_token.as_deref(), Some("t"));
            let taken: Vec<bool> = batch.items.iter().map(Result::is_ok).collect();
            assert_eq!(taken, [true, false, true], "{text}");
        }
        for text in ["[]", "{}", "7", r#"{"data": {}}"#] {
            assert!(matches!(read(text), Err(Malformed::NotAnItem(_))), "{text}");
        }
        let many = format!("[{}{item}]", format!("{item},").repeat(BATCH_MAX));
        let refused = read(&many).expect_err("too many");
        assert_eq!(refused, Malformed::TooManyItems { max: BATCH_MAX });
    }
}
