//! Files that came with an occurrence: to be saved, never to be shown by a browser in our name.

use axum::{
    extract::{Path, State},
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Pages, render::PageError, viewer::InProject};
use crate::{
    model::id::{AttachmentId, OccurrenceUuid},
    store::attachments,
};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Characters of a name that stand for themselves in RFC 8187's `ext-value`.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// `GET /p/{slug}/occurrences/{uuid}/attachments/{id}`
///
/// Whatever the sender calls it, it is bytes: the type is always the same, and the page it might
/// make has no rights.
pub async fn download(
    State(pages): State<Pages>,
    access: InProject,
    Path((_, uuid, id)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let uuid: OccurrenceUuid = uuid.parse().map_err(|_not_one| PageError::NotFound)?;
    let id = id.parse().map(AttachmentId);
    let id = id.map_err(|_not_a_number| PageError::NotFound)?;
    let (name, bytes) = attachments::bytes(&pages.db, access.project.id, uuid, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(CONTENT_DISPOSITION, disposition(&name));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

/// Saved under its own name, without folders: a browser would cut them, other clients may not.
fn disposition(name: &str) -> HeaderValue {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let base: String = base.chars().filter(|c| !c.is_control()).collect();
    let base = base.trim_matches(['.', ' ']);
    let base = if base.is_empty() { "attachment" } else { base };
    let encoded = utf8_percent_encode(base, KEPT);
    HeaderValue::try_from(format!("attachment; filename*=UTF-8''{encoded}"))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_name_and_nothing_else() {
        let table = [
            ("log.txt", "attachment; filename*=UTF-8''log.txt"),
            ("../../etc/passwd", "attachment; filename*=UTF-8''passwd"),
            (r"C:\temp\a b.txt", "attachment; filename*=UTF-8''a%20b.txt"),
            ("..", "attachment; filename*=UTF-8''attachment"),
            ("", "attachment; filename*=UTF-8''attachment"),
            (
                "a\"; x=\r\ny: z",
                "attachment; filename*=UTF-8''a%22%3B%20x%3Dy%3A%20z",
            ),
            ("ä.png", "attachment; filename*=UTF-8''%C3%A4.png"),
        ];
        for (name, expected) in table {
            assert_eq!(disposition(name), expected, "{name:?}");
        }
    }
}
